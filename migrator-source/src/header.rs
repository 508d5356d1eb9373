//! The header of a file: the directives above its first statement.
//!
//! How one directive is written is `directive`.

use std::ops::Range;

use crate::directive::{self, Directive, Rule};
use crate::finding::{Finding, Place};
use crate::folder::{DownCheck, Limits, Mode};
use crate::place::Text;

/// What the header of a file says.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) mode: Mode,
    pub(crate) limits: Limits,
    pub(crate) irreversible: Option<Irreversible>,
    pub(crate) last_release: Option<LastRelease>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) syntax: Syntax,
    pub(crate) down_check: DownCheck,
    /// Every directive by its name, with its place.
    pub(crate) directives: Vec<(String, Place)>,
    pub(crate) only: Option<Only>,
}

/// Why a migration cannot be undone, and where its file says so.
#[derive(Clone, Debug)]
pub(crate) struct Irreversible {
    pub(crate) why: String,
    pub(crate) place: Place,
}

/// The last release that carries databases older than a baseline, and where its file says so.
#[derive(Clone, Debug)]
pub(crate) struct LastRelease {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// The environments in which a migration is applied, and where its file names them.
#[derive(Clone, Debug)]
pub(crate) struct Only {
    pub(crate) environments: Vec<String>,
    pub(crate) place: Place,
}

/// A repeatable that runs before this one, and where its file says so.
#[derive(Clone, Debug)]
pub(crate) struct Requirement {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Whether the parser has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Checked,
    /// By `allow(syntax)`.
    Allowed,
}

/// Reads the directives of a file whose first statement begins at `first_statement`.
pub(crate) fn read(
    text: Text<'_>,
    comments: &[Range<usize>],
    first_statement: Option<usize>,
    problems: &mut Vec<Finding>,
) -> Header {
    let mut header = Header {
        mode: Mode::Transaction,
        limits: Limits::default(),
        irreversible: None,
        last_release: None,
        requires: Vec::new(),
        syntax: Syntax::Checked,
        down_check: DownCheck::Insisted,
        directives: Vec::new(),
        only: None,
    };
    for comment in comments {
        let place = text.place(comment);
        if first_statement.is_some_and(|start| start < comment.start) {
            let finding = Finding::new("directive after the first statement");
            problems.push(
                finding
                    .hint("move it to the first lines of the file")
                    .at(place),
            );
            continue;
        }
        let directive = match directive::parse(&text.sql[comment.clone()]) {
            Ok(directive) => directive,
            Err(malformed) => {
                problems.push(
                    Finding::new(malformed.message)
                        .hint(malformed.hint)
                        .at(place),
                );
                continue;
            }
        };
        let name = directive.name();
        if let Some((_, first)) = header.directives.iter().find(|(other, _)| *other == name) {
            let finding = Finding::new(format!("directive \"{name}\" is given twice"));
            problems.push(finding.hint("keep one of them").at(first.clone()).at(place));
            continue;
        }
        header.directives.push((name, place.clone()));
        match directive {
            Directive::NoTransaction => header.mode = Mode::NoTransaction,
            Directive::Irreversible(why) => header.irreversible = Some(Irreversible { why, place }),
            Directive::LastRelease(name) => header.last_release = Some(LastRelease { name, place }),
            Directive::Requires(names) => header.requires.extend(names.into_iter().map(|name| {
                let place = place.clone();
                Requirement { name, place }
            })),
            Directive::LockTimeout(limit) => header.limits.lock_timeout = Some(limit),
            Directive::StatementTimeout(limit) => header.limits.statement_timeout = Some(limit),
            Directive::Allow(Rule::Syntax, _) => header.syntax = Syntax::Allowed,
            Directive::Allow(Rule::Down, _) => header.down_check = DownCheck::Allowed,
            Directive::Allow(Rule::Lint, _) => {}
            Directive::Only(environments) => {
                header.only = Some(Only {
                    environments,
                    place,
                });
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let text = Text { file: "f", sql };
        let split = split(text);
        let mut problems = Vec::new();
        let first = split.pieces.first().map(|piece| piece.range.start);
        let header = read(text, &split.directives, first, &mut problems);
        let mut shown = vec![format!("{:?} {:?}", header.mode, header.syntax)];
        shown.extend(header.irreversible.map(|irreversible| irreversible.why));
        shown.extend(
            header
                .limits
                .lock_timeout
                .map(|limit| format!("lock {limit}")),
        );
        shown.extend(
            header
                .limits
                .statement_timeout
                .map(|limit| format!("statement {limit}")),
        );
        shown.extend(problems.iter().map(|problem| {
            let lines: Vec<String> = problem
                .places
                .iter()
                .map(|place| place.line.to_string())
                .collect();
            format!("! {} {}", lines.join(","), problem.message)
        }));
        assert_eq!(shown.join(" | "), expected, "{sql}");
    }

    #[test]
    fn a_header_is_above_the_first_statement() {
        check("select 1", "Transaction Checked");
        check(
            "-- note\n\n-- migrator: no-transaction\n/* x */\nselect 1",
            "NoTransaction Checked",
        );
        check(
            "-- migrator: lock-timeout 10s\n-- migrator: statement-timeout 5min\n-- migrator: allow(syntax) \"x\"\n",
            "Transaction Allowed | lock 10s | statement 5min",
        );
        check(
            "-- migrator: irreversible \"gone\"\n",
            "Transaction Checked | gone",
        );
        check(
            "select 1;\n-- migrator: no-transaction\n",
            "Transaction Checked | ! 2 directive after the first statement",
        );
        check(
            "select 1 -- migrator: no-transaction\n",
            "Transaction Checked | ! 1 directive after the first statement",
        );
        check(
            "select '\n-- migrator: no-transaction\n'",
            "Transaction Checked",
        );
        check(
            "copy t from stdin;\n-- migrator: nonsense\n\\.\n",
            "Transaction Checked",
        );
    }

    #[test]
    fn a_directive_stands_once() {
        check(
            "-- migrator: lock-timeout 1s\n-- migrator: lock-timeout 2s\n-- migrator: nonsense\n",
            "Transaction Checked | lock 1s | ! 1,2 directive \"lock-timeout\" is given twice \
             | ! 3 unknown directive \"nonsense\"",
        );
    }
}
