//! The rules of `migrator.toml`, asked of a database that has objects and no history.
//!
//! Every rule is asked, because two that match are a mistake. Queries are read-only, limited in time, and rolled back;
//! one that goes wrong is an error that names its rule, and nothing is changed.

use crate::bundle::{Adoption, Bundle, Probe};
use crate::error::{Error, Kind};
use crate::event::Observer;
use crate::foreign::entry::{Entry, State};
use crate::foreign::{Found, read};
use crate::history::Fields;
use crate::quote::Literal;
use crate::session::Session;
use crate::snapshot::Fingerprint;

use super::class::{Evidence, Known};

/// How long the query of a rule may take.
const LIMIT: &str = "10s";

/// What a rule says: whether it matches, or why that cannot be told.
type Answer = Result<bool, String>;

/// The version that the only matching rule names; `None` when none matches.
pub(super) fn matching(
    session: &mut Session,
    bundle: &Bundle,
    found: &[Found],
    observer: Observer<'_>,
) -> Result<Option<Known>, Error> {
    let rules = bundle.adoptions;
    let mut queried = queried(session, rules)?.into_iter();
    let mut fingerprint = None;
    let mut problems = Vec::new();
    let mut matching = Vec::new();
    for rule in rules {
        let answer = match rule.probe {
            Probe::Table { .. } | Probe::Query(_) => queried
                .next()
                .unwrap_or_else(|| Err("it got no answer".to_owned())),
            Probe::Proven(_) | Probe::Fingerprint(_) => {
                let expected = expected(bundle, rule.probe);
                match (expected, fingerprint) {
                    (Err(why), _) => Err(why),
                    (Ok(expected), Some(found)) => Ok(expected == found),
                    (Ok(expected), None) => {
                        let scope = bundle.proof.scope();
                        let found = session.own_snapshot(&scope, observer)?.fingerprint();
                        fingerprint = Some(found);
                        Ok(expected == found)
                    }
                }
            }
            Probe::Position { tool, position } => at_position(session, found, tool, position)?,
        };
        match answer {
            Ok(true) => matching.push(rule),
            Ok(false) => {}
            Err(why) => problems.push(format!("\"{}\": {why}.", rule.name)),
        }
    }
    if !problems.is_empty() {
        return Err(unanswered(problems));
    }
    match matching.as_slice() {
        [] => Ok(None),
        [rule] => Ok(Some(Known {
            version: rule.version,
            evidence: Evidence::Rule(rule.name.to_owned()),
        })),
        several => Err(contradicting(several)),
    }
}

/// What is expected of a fingerprint.
fn expected(bundle: &Bundle, probe: Probe) -> Result<Fingerprint, String> {
    match probe {
        Probe::Fingerprint(hash) => Ok(Fingerprint(hash)),
        Probe::Proven(version) => bundle.proof.fingerprint(version).ok_or_else(|| {
            format!("{version} is not proven, so that its fingerprint is not known")
        }),
        Probe::Table { .. } | Probe::Query(_) | Probe::Position { .. } => {
            Err("it has no fingerprint".to_owned())
        }
    }
}

/// Asks the queries of all rules that have one, by one message; where one of them fails, each by its own.
fn queried(session: &mut Session, rules: &[Adoption]) -> Result<Vec<Answer>, Error> {
    let queries: Vec<String> = rules.iter().filter_map(question).collect();
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    if let Ok(answers) = session.ask(&queries, LIMIT)? {
        return Ok(answers.iter().map(|rows| read_answer(rows)).collect());
    }
    let mut answers = Vec::new();
    for query in &queries {
        answers.push(match session.ask(std::slice::from_ref(query), LIMIT)? {
            Ok(rows) => read_answer(rows.first().map_or(&[][..], Vec::as_slice)),
            Err(said) => Err(said),
        });
    }
    Ok(answers)
}

/// The query of a rule, so that its answer must be a boolean, and tells how many columns and rows there were.
fn question(rule: &Adoption) -> Option<String> {
    let query = match rule.probe {
        Probe::Query(query) => query.to_owned(),
        Probe::Table { schema, table } => format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
             ON n.oid = c.relnamespace WHERE n.nspname = {} AND c.relname = {} \
             AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))",
            Literal(schema),
            Literal(table)
        ),
        Probe::Proven(_) | Probe::Fingerprint(_) | Probe::Position { .. } => return None,
    };
    Some(format!(
        "SELECT CASE WHEN answer THEN 'true' WHEN NOT answer THEN 'false' END, probe.* FROM ({query}\n) \
         AS probe (answer) LIMIT 2"
    ))
}

fn read_answer(rows: &[Fields]) -> Answer {
    match rows {
        [] => Err("its query returned no row".to_owned()),
        [row] => match row.as_slice() {
            [Some(answer), _] => Ok(answer == "true"),
            [None, _] => Err("its query returned null".to_owned()),
            columns => Err(format!(
                "its query returned {} columns",
                columns.len().saturating_sub(1)
            )),
        },
        _ => Err("its query returned more than one row".to_owned()),
    }
}

/// Whether a tool's history is at a position: its newest row is called so.
fn at_position(
    session: &mut Session,
    found: &[Found],
    tool: &str,
    position: &str,
) -> Result<Answer, Error> {
    let mut at = false;
    for found in found.iter().filter(|found| found.tool.to_string() == tool) {
        let rows = match session.ask(&[read::query(found)], LIMIT)? {
            Ok(answers) => answers.into_iter().next().unwrap_or_default(),
            Err(said) => return Ok(Err(said)),
        };
        let entries: Vec<Entry> = rows.iter().map(Entry::read).collect();
        let heads: Vec<&Entry> = entries
            .iter()
            .filter(|entry| entry.state == State::Position)
            .collect();
        if heads.len() > 1 {
            let keys: Vec<&str> = heads.iter().map(|entry| entry.key.as_str()).collect();
            return Ok(Err(format!(
                "\"{}\" has {} heads: {}",
                found.shown(),
                keys.len(),
                keys.join(", ")
            )));
        }
        let broken = entries
            .iter()
            .find(|entry| matches!(entry.state, State::Broken(_)));
        if let Some(broken) = broken {
            return Ok(Err(format!(
                "\"{}\" says that {} was not carried out as a whole",
                found.shown(),
                broken.shown()
            )));
        }
        let counted = |entry: &&Entry| {
            matches!(
                entry.state,
                State::Applied | State::Position | State::Baseline
            )
        };
        let newest = entries.iter().rfind(counted);
        at |= newest.is_some_and(|entry| entry.is_called(position));
    }
    Ok(Ok(at))
}

fn unanswered(problems: Vec<String>) -> Error {
    let message = match problems.len() {
        1 => "a rule of migrator.toml cannot tell what the database is",
        _ => "rules of migrator.toml cannot tell what the database is",
    };
    let error = problems
        .into_iter()
        .fold(Error::new(Kind::Drift, message), Error::with_detail);
    error.with_detail("It was left as it is.").with_hint(
        "Mend the rule and build again. If you know at which version it is: `migrator stamp VERSION`.",
    )
}

fn contradicting(rules: &[&Adoption]) -> Error {
    let error = Error::new(
        Kind::Drift,
        format!("{} rules of migrator.toml match the database", rules.len()),
    );
    let error = rules.iter().fold(error, |error, rule| {
        error.with_detail(format!(
            "\"{}\" says that it is at {}.",
            rule.name, rule.version
        ))
    });
    error.with_detail("It was left as it is.").with_hint(
        "Let them exclude each other and build again. If you know at which version it is: `migrator stamp VERSION`.",
    )
}
