//! What a script outside a transaction is made of: units that commit by themselves, numbered as steps. Pure.
//!
//! What was done of them is `history::step`; running them is `run::outside`.

use std::borrow::Cow;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::bundle::{Kind, Operation, Script, Statement};
use crate::history::StepKey;
use crate::placeholder::Filling;
use crate::plan::Action;
use crate::quote::hex;

/// One unit of a script outside a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit<'s> {
    /// From 1, in the order of the script.
    pub(crate) number: usize,
    pub(crate) form: Form,
    /// Its statements, those of a `BEGIN … COMMIT` block without these two.
    pub(crate) statements: Vec<Statement>,
    /// What an `Alone` statement names, as written.
    names: Vec<&'s str>,
    /// Where these names stand in `sql`.
    places: Vec<Range<usize>>,
    /// Its text as it is sent, from its first statement to its last.
    pub(crate) sql: Cow<'s, str>,
    /// SHA-256 of its text as written, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// A name in what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name<'s> {
    pub(crate) text: &'s str,
    /// Byte offset in the text of its unit.
    start: usize,
}

/// How a unit commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In one transaction with the note that it is done.
    Atomic,
    /// By itself; noted before and after.
    Alone(Operation),
    /// It ends with the session, so that every run needs it: `SET`, `PREPARE`, `CREATE TEMP TABLE`. Not noted.
    Session,
}

impl Form {
    /// The word for it in the table of steps.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::Alone(operation) => operation.word(),
            Self::Session => "session",
        }
    }
}

impl<'s> Unit<'s> {
    /// The first statement.
    pub(crate) fn start(&self) -> usize {
        self.statements
            .first()
            .map_or(0, |statement| statement.start)
    }

    /// What it does it to: all its names in one text.
    pub(crate) fn object(&self) -> Option<Cow<'s, str>> {
        match self.names.as_slice() {
            [] => None,
            [name] => Some(Cow::Borrowed(name)),
            names => Some(Cow::Owned(names.join(", "))),
        }
    }

    /// What it names, as it is sent.
    pub(crate) fn names(&self) -> Vec<Name<'_>> {
        let name = |place: &Range<usize>| Name {
            text: self.sql.get(place.clone()).unwrap_or_default(),
            start: place.start,
        };
        self.places.iter().map(name).collect()
    }

    /// What stands before and after a name.
    pub(crate) fn around(&self, name: Name<'_>) -> (&str, &str) {
        let start = name.start;
        (
            self.sql.get(..start).unwrap_or_default(),
            self.sql.get(start + name.text.len()..).unwrap_or_default(),
        )
    }

    /// How the table of steps knows it.
    pub(crate) fn key<'k>(
        &'k self,
        action: Action,
        version: i64,
        object: Option<&'k str>,
    ) -> StepKey<'k> {
        StepKey {
            action,
            version,
            number: self.number,
            sha256: &self.sha256,
            kind: self.form.word(),
            object,
        }
    }
}

/// The units of a script.
pub(crate) fn units<'s>(script: &Script<'s>, filling: &Filling) -> Vec<Unit<'s>> {
    let mut units: Vec<Unit<'s>> = Vec::new();
    let mut place = Place::Outside;
    for statement in script.statements.iter() {
        let sql = script
            .sql
            .get(statement.start..statement.end)
            .unwrap_or_default();
        match (statement.kind, units.last_mut()) {
            (Kind::Name, Some(unit)) => {
                let start = filling.range(script, unit.start(), statement.start).len();
                let length = filling.text(script, &statement).len();
                unit.names.push(sql);
                unit.places.push(start..start + length);
            }
            (Kind::CopyData, Some(unit)) => unit.statements.push(statement),
            (Kind::Commit, _) => place = Place::Outside,
            (Kind::Begin, _) => {
                place = Place::InBlock;
                units.push(unit(units.len(), Form::Atomic, Vec::new()));
            }
            (_, Some(unit)) if place == Place::InBlock => unit.statements.push(statement),
            (Kind::Alone(operation), _) => {
                units.push(unit(units.len(), Form::Alone(operation), vec![statement]));
            }
            _ => {
                let form = if ends_with_session(sql) {
                    Form::Session
                } else {
                    Form::Atomic
                };
                units.push(unit(units.len(), form, vec![statement]));
            }
        }
    }
    for unit in &mut units {
        if let (Some(first), Some(last)) = (unit.statements.first(), unit.statements.last()) {
            let written = script.sql.get(first.start..last.end).unwrap_or_default();
            unit.sha256 = hex(&<[u8; 32]>::from(Sha256::digest(written)));
            unit.sql = filling.range(script, first.start, last.end);
        }
    }
    units
}

fn unit<'s>(before: usize, form: Form, statements: Vec<Statement>) -> Unit<'s> {
    Unit {
        number: before + 1,
        form,
        statements,
        names: Vec::new(),
        places: Vec::new(),
        sql: Cow::Borrowed(""),
        sha256: hex(&<[u8; 32]>::from(Sha256::digest(""))),
    }
}

/// Whether a statement sets something that lasts as long as the session.
pub(crate) fn sets_session(sql: &str) -> bool {
    let mut words = sql.split(|c: char| c.is_whitespace() || c == '(');
    let mut word = || words.next().unwrap_or_default().to_ascii_uppercase();
    match word().as_str() {
        "SET" => !matches!(word().as_str(), "LOCAL" | "TRANSACTION" | "CONSTRAINTS"),
        // As pg_dump writes it.
        "SELECT" => matches!(word().as_str(), "SET_CONFIG" | "PG_CATALOG.SET_CONFIG"),
        "RESET" | "PREPARE" | "DEALLOCATE" | "LISTEN" | "UNLISTEN" | "LOAD" => true,
        _ => false,
    }
}

/// Whether what a statement does is gone when the session is.
fn ends_with_session(sql: &str) -> bool {
    if sets_session(sql)
        || sql
            .get(..4)
            .is_some_and(|word| word.eq_ignore_ascii_case("SET "))
    {
        return true;
    }
    let mut words = sql.split_whitespace().map(str::to_ascii_uppercase);
    words.next().as_deref() == Some("CREATE")
        && matches!(
            words
                .find(|word| word != "LOCAL" && word != "GLOBAL")
                .as_deref(),
            Some("TEMP" | "TEMPORARY")
        )
}

/// Whether a statement stands in a `BEGIN … COMMIT` block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InBlock,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Limits, Mode, Statements};

    #[test]
    fn units_are_numbered_and_take_their_names_along() {
        let sql = "SET x = 1;CREATE INDEX CONCURRENTLY i ON t (a);BEGIN;INSERT a;INSERT b;COMMIT;COPY t FROM stdin;1\n\\.\nCREATE TEMP TABLE z ();VACUUM;";
        let mut table = Vec::new();
        let mut at = 0;
        let mut add = |text: &str, kind| {
            let start = at + sql[at..].find(text).expect("in the text");
            at = start;
            table.extend(
                Statement {
                    start,
                    end: start + text.len(),
                    kind,
                }
                .entry(),
            );
        };
        add("SET x = 1", Kind::Plain);
        add(
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            Kind::Alone(Operation::CreateIndex),
        );
        add("i ON", Kind::Name);
        add("t (a)", Kind::Name);
        add("BEGIN", Kind::Begin);
        add("INSERT a", Kind::Plain);
        add("INSERT b", Kind::Plain);
        add("COMMIT", Kind::Commit);
        add("COPY t FROM stdin", Kind::Copy);
        add("1\n", Kind::CopyData);
        add("CREATE TEMP TABLE z ()", Kind::Plain);
        add("VACUUM", Kind::Alone(Operation::Repeatable));
        let script = Script {
            file: "f",
            sql,
            mode: Mode::NoTransaction,
            limits: Limits::default(),
            statements: Statements::from_table(&table),
            sha256: [0; 32],
        };
        let all = units(&script, &Filling::default());
        let seen: Vec<(usize, &str, &str, usize)> = all
            .iter()
            .map(|unit| (unit.number, unit.form.word(), &*unit.sql, unit.names.len()))
            .collect();
        let [index, table] = all[1].names()[..] else {
            panic!("{all:?}");
        };
        assert_eq!(all[1].around(index).0, "CREATE INDEX CONCURRENTLY ");
        assert_eq!(all[1].around(table).1, "");
        assert_eq!(
            seen,
            [
                (1, "session", "SET x = 1", 0),
                (2, "create-index", "CREATE INDEX CONCURRENTLY i ON t (a)", 2),
                (3, "atomic", "INSERT a;INSERT b", 0),
                (4, "atomic", "COPY t FROM stdin;1\n", 0),
                (5, "session", "CREATE TEMP TABLE z ()", 0),
                (6, "repeatable", "VACUUM", 0),
            ]
        );
    }

    #[test]
    fn what_ends_with_the_session_is_known() {
        for sql in [
            "SET search_path TO a",
            "reset role",
            "PREPARE p AS SELECT 1",
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "select set_config ('role', 'x', false)",
            "CREATE TEMP TABLE t ()",
            "create local temporary table t ()",
        ] {
            assert!(ends_with_session(sql), "{sql}");
        }
        for sql in [
            "CREATE TABLE temp ()",
            "SELECT 1",
            "UPDATE t SET a = 1",
            "SELECT f(), set_config('a.b', 'c', false)",
        ] {
            assert!(!ends_with_session(sql), "{sql}");
        }
    }
}
