//! One text, looked at by itself: what depends on nothing else, and is therefore kept from build to build.
//!
//! What comes of it in a history is `judge`.

mod within;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::cursor::{Cursor, significant};
use super::effect::acts;
use super::object::{Effect, Object};
use super::rules::{Rule, own};
use super::{newer, routine, search_path, squawk};
use crate::classify::{Class, Control};
use crate::directive::{self, Directive};
use crate::folder::Mode;
use crate::place::Text;
use crate::split::{Nesting, split};

/// What a text says to a linter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Observed {
    /// The rules that its header allows.
    pub(crate) allowed: Vec<String>,
    /// Whether its header says, and why, that there is no way back.
    pub(crate) answered: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "s")]
    pub(crate) start: usize,
    #[serde(rename = "e")]
    pub(crate) end: usize,
    /// Which of the transactions of its file it runs in; none where it runs alone.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(crate) transaction: Option<usize>,
    /// What its sightings are about. A rule about existing things is silent when nobody knows these yet.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) subjects: Vec<Object>,
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) effects: Vec<Effect>,
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sightings: Vec<Sighting>,
}

/// What may be a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sighting {
    #[serde(rename = "r")]
    pub(crate) rule: String,
    #[serde(rename = "s")]
    pub(crate) start: usize,
    #[serde(rename = "e")]
    pub(crate) end: usize,
    /// The column of a `SET NOT NULL`.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    /// The first server that knows what is written.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<u32>,
    /// What the message adds to the rule's own.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

impl Sighting {
    pub(super) fn new(rule: &str, range: Range<usize>) -> Self {
        Self {
            rule: rule.to_owned(),
            start: range.start,
            end: range.end,
            column: None,
            since: None,
            detail: None,
        }
    }
}

/// Looks at a text for violations of squawk's rules that are looked for, and of ours.
pub(super) fn observe(sql: &str, mode: Mode, looked_for: &[&'static Rule]) -> Observed {
    let text = Text { file: "", sql };
    let split = split(text);
    let mut observed = Observed::default();
    for comment in &split.directives {
        match directive::parse(&sql[comment.clone()]) {
            Ok(Directive::Allow(_, rule)) => observed.allowed.push(rule),
            Ok(Directive::Irreversible(_)) => {
                let answered = ["ban-drop-table", "ban-drop-column", "ban-drop-schema"];
                observed.answered.extend(answered.map(str::to_owned));
            }
            _ => {}
        }
    }
    let mut transactions = Transactions::new(mode);
    for piece in &split.pieces {
        let transaction = transactions.of(piece.class);
        if matches!(
            piece.class,
            Class::Control(_) | Class::CopyIn | Class::CopyOut
        ) {
            continue;
        }
        let statement = &sql[piece.range.clone()];
        let lints = if piece.nesting == Nesting::Sound {
            looked_for
        } else {
            &[]
        };
        let step = step(statement, piece.range.start, transaction, lints);
        if !step.effects.is_empty() || !step.sightings.is_empty() {
            observed.steps.push(step);
        }
    }
    within::look(sql, &split.pieces, &mut observed.steps);
    for step in &mut observed.steps {
        if step.sightings.is_empty() {
            step.subjects.clear();
        }
    }
    observed
}

fn step(
    statement: &str,
    offset: usize,
    transaction: Option<usize>,
    looked_for: &[&'static Rule],
) -> Step {
    let tokens = significant(statement);
    let words = Cursor::new(statement, &tokens);
    let acts = acts(words);
    let mut sightings: Vec<Sighting> = squawk::lint(statement, looked_for)
        .into_iter()
        .map(|violation| Sighting::new(violation.rule, violation.range))
        .collect();
    sightings.extend(search_path::look(words));
    sightings.extend(newer::look(words));
    if transaction.is_some() && words.is("DO") && routine::commits(words) {
        sightings.push(Sighting::new(own::COMMIT, 0..statement.len()));
    }
    for sighting in &mut sightings {
        sighting.column = acts
            .not_null
            .iter()
            .rfind(|(start, _)| *start <= sighting.start)
            .map(|(_, column)| column.clone());
        sighting.start += offset;
        sighting.end += offset;
    }
    Step {
        start: offset,
        end: offset + statement.len(),
        transaction,
        subjects: acts.subjects,
        effects: acts.effects,
        sightings,
    }
}

/// Which transaction of its file a statement runs in.
struct Transactions {
    mode: Mode,
    begun: usize,
    open: Option<usize>,
}

impl Transactions {
    fn new(mode: Mode) -> Self {
        let open = match mode {
            Mode::Transaction => Some(0),
            Mode::NoTransaction => None,
        };
        Self {
            mode,
            begun: 0,
            open,
        }
    }

    fn of(&mut self, class: Class) -> Option<usize> {
        if self.mode == Mode::NoTransaction {
            match class {
                Class::Control(Control::Begin | Control::BeginWithMode) => {
                    self.begun += 1;
                    self.open = Some(self.begun);
                }
                Class::Control(Control::Commit | Control::CommitAndChain | Control::Rollback) => {
                    self.open = None;
                }
                _ => {}
            }
        }
        self.open
    }
}

#[cfg(test)]
mod tests;
