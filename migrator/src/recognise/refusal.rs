//! What `up` does with a database that is none of ours: it says what was found, and the commands that go on.

use super::class::{Class, Resemblance, Unknown};
use super::objects::{Kind as ObjectKind, Objects};
use crate::drift;
use crate::error::{Error, Kind};
use crate::foreign::{Found, Tool};

impl Class {
    /// Refuses to touch a database of which it is not known that it is ours, unless the policy accepts it.
    pub fn refuse(&self, policy: drift::Unknown) -> Result<(), Error> {
        match (self, policy) {
            (Self::Foreign(found), drift::Unknown::Refuse) => Err(foreign(found)),
            (Self::Unknown(unknown), drift::Unknown::Refuse) => Err(nothing_known(unknown)),
            (Self::Foreign(_) | Self::Unknown(_), drift::Unknown::Accept)
            | (Self::Empty | Self::Ours(_) | Self::Newer(_) | Self::Known(_), _) => Ok(()),
        }
    }
}

/// The way past any refusal.
const ACCEPT: &str = "`--unknown accept` runs from the beginning beside what is there";

fn foreign(found: &[Found]) -> Error {
    let error = Error::new(
        Kind::Drift,
        "the database has another tool's history, and none of ours",
    );
    let error = found.iter().fold(error, |error, found| {
        error.with_detail(format!(
            "{} keeps its history in \"{}\".",
            found.tool,
            found.shown()
        ))
    });
    let mut ways: Vec<String> = found.iter().map(way).collect();
    ways.push(ACCEPT.to_owned());
    let error = error.with_detail("It was left as it is.");
    error.with_hint(format!("{}.", ways.join("; ")))
}

/// How a history is taken over.
fn way(found: &Found) -> String {
    if found.tool == Tool::Refinery {
        return format!(
            "`--history-schema {}` goes on with that history",
            found.schema
        );
    }
    format!(
        "`migrator adopt --from {}` takes its history over, with `--dry-run` it only says how",
        found.tool
    )
}

fn nothing_known(unknown: &Unknown) -> Error {
    let Unknown { objects, resembles } = unknown;
    let error = Error::new(
        Kind::Drift,
        "the database is not empty, and it is not known at which version it is",
    )
    .with_detail(listed(objects));
    // A version is named for a person to take over only where the database has all of it.
    let open = || "VERSION".to_owned();
    let (detail, stamp) = match resembles {
        Resemblance::None => (
            "It resembles no version of this program.".to_owned(),
            open(),
        ),
        Resemblance::Unproven => (
            "This program carries no proof with which it could be compared.".to_owned(),
            open(),
        ),
        Resemblance::Ambiguous(versions) => {
            let versions: Vec<String> = versions.iter().map(i64::to_string).collect();
            let newest = versions.last().cloned().unwrap_or_default();
            let detail = format!(
                "Its schema is the one after {}: which of them it is, only its rows can tell.",
                versions.join(", and the one after ")
            );
            (detail, newest)
        }
        Resemblance::Nearest { version, differing } => {
            let differ = match differing {
                1 => "1 object differs".to_owned(),
                count => format!("{count} objects differ"),
            };
            let detail = format!(
                "It resembles most the schema after {version}: {differ}; `migrator identify` shows which."
            );
            (detail, open())
        }
    };
    error.with_detail(detail).with_hint(format!(
        "If it is at a version: `migrator stamp {stamp}`. If another tool migrated it: `migrator adopt`. {ACCEPT}.",
    ))
}

/// "It has 2 tables (public.a, public.b), 1 function (public.f())."
fn listed(objects: &Objects) -> String {
    let kind = |kind: &ObjectKind| {
        let more = if kind.count > kind.names.len() {
            ", …"
        } else {
            ""
        };
        format!("{kind} ({}{more})", kind.names.join(", "))
    };
    let kinds: Vec<String> = objects.kinds.iter().map(kind).collect();
    format!("It has {}; it was left as it is.", kinds.join(", "))
}
