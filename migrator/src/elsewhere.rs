//! A history in another schema, where the one that is looked at holds none and none was named: what is said of it, and
//! who is refused. Looking for it is `history/probe`.

use crate::change::Change;
use crate::error::{Error, Kind};
use crate::label::first;
use crate::quote::shell;
use crate::session::Session;

/// How many schemas are named.
const NAMED: usize = 12;

/// What is said of it.
pub(crate) fn told(schema: &str, schemas: &[String]) -> String {
    let quoted = schemas.iter().map(|schema| format!("\"{schema}\""));
    format!(
        "there is no history in schema \"{schema}\", but in {}: `--history-schema` names the one that is meant",
        first(quoted, NAMED)
    )
}

/// A stamp would begin a second history beside the one that is meant, and there is nothing to undo. What `up` does is
/// decided by what the database is.
pub(crate) fn refuse(session: &Session, change: Change) -> Result<(), Error> {
    let probe = session.probe();
    if probe.elsewhere.is_empty() || matches!(change, Change::Up(_)) {
        return Ok(());
    }
    let schema = &probe.location.schema;
    let meant = match probe.elsewhere.as_slice() {
        [one] => shell(one),
        _ => "NAME".to_owned(),
    };
    Err(
        Error::new(Kind::Usage, told(schema, &probe.elsewhere)).with_hint(format!(
            "`--history-schema {meant}`, or `--history-schema {}` for a new one; MIGRATOR_HISTORY_SCHEMA is the same \
             for every run.",
            shell(schema)
        )),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_many() {
        let schemas =
            |count: usize| -> Vec<String> { (1..=count).map(|it| format!("s{it}")).collect() };
        let one = told("public", &schemas(1));
        assert!(
            one.starts_with("there is no history in schema \"public\", but in \"s1\": "),
            "{one}"
        );
        let many = told("public", &schemas(2000));
        assert!(many.contains("\"s12\" and 1988 more: "), "{many}");
    }
}
