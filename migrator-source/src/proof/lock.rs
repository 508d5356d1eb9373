//! `migrator.lock`: what was found when the folder was run on a scratch server, as text and back.
//!
//! What it is worth for a folder is `proof`. The file is sealed: a change by hand, and what git makes of two branches,
//! does not go unnoticed.

mod commuting;
mod repeated;
mod sides;

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use super::baseline::ProvenBaseline;
use crate::document::Table;
use crate::finding::Finding;
use crate::place::Text;

pub use commuting::Commuting;
pub use repeated::Repeated;

const FORMAT: i64 = 1;
const SEAL: &str = "seal = \"";
const HEAD: &str = "\
# Written by `migrator-dev prove`. On a merge conflict keep neither side: prove again.
";
const AGAIN: &str = "prove again: `cargo run -p migrator-dev -- prove --all`";

/// A SHA-256.
pub type Hash = [u8; 32];

/// What was found when a folder was run on a scratch server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The versions of the servers on which all of it was proven.
    pub servers: Vec<String>,
    /// What of the schema was compared; see [`crate::Scope::label`].
    pub scope: String,
    /// SHA-256 of the text of `schema.sql`.
    pub schema: Hash,
    /// The migrations, in order of version.
    pub migrations: Vec<Proven>,
    /// The baselines, in order of version.
    pub baselines: Vec<ProvenBaseline>,
    /// The repeatables, in the order in which they run.
    pub repeatables: Vec<Repeated>,
    /// Which migrations may come late, and after which newer one.
    pub commuting: Vec<Commuting>,
}

/// What was found of one migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// SHA-256 of the up file's text.
    pub up: Hash,
    /// SHA-256 of the down file's text, where there is one.
    pub down: Option<Hash>,
    /// SHA-256 of the verify script's text, where there is one.
    pub verify: Option<Hash>,
    /// SHA-256 of the assertions about it, where there are some.
    pub tests: Option<Hash>,
    /// The fingerprint of the schema after it.
    pub fingerprint: Hash,
    /// What its down does.
    pub verdict: Verdict,
    /// What it changed, one object a line.
    pub changes: Vec<String>,
}

/// What the down of a migration does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It leads back to the schema before it.
    Exact,
    /// To that schema but for the order of columns.
    ColumnOrder,
    /// To another schema, or nowhere; the up file says that this is meant.
    Different,
    /// The up file says that there is none, and why.
    Irreversible,
    /// There is none.
    Absent,
}

const VERDICTS: [Verdict; 5] = [
    Verdict::Exact,
    Verdict::ColumnOrder,
    Verdict::Different,
    Verdict::Irreversible,
    Verdict::Absent,
];

impl Verdict {
    /// The word in the file and in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::ColumnOrder => "column-order",
            Self::Different => "different",
            Self::Irreversible => "irreversible",
            Self::Absent => "absent",
        }
    }
}

impl Lock {
    /// The text of the file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut body = format!(
            "servers = [{}]\nscope = {}\nschema = \"{}\"\n",
            joined(self.servers.iter().map(|server| quoted(server))),
            quoted(&self.scope),
            Hex(&self.schema)
        );
        for migration in &self.migrations {
            migration.write(&mut body);
        }
        for baseline in &self.baselines {
            baseline.write(&mut body);
        }
        for repeatable in &self.repeatables {
            repeatable.write(&mut body);
        }
        for commuting in &self.commuting {
            commuting.write(&mut body);
        }
        let start = format!("{HEAD}\nformat = {FORMAT}\n");
        let seal = sealed(&start, &body);
        format!("{start}{SEAL}{}\"\n{body}", Hex(&seal))
    }

    /// Reads the file; messages call it `file`.
    ///
    /// # Errors
    ///
    /// What a proof would not have written, with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Finding> {
        let text = Text { file, sql: text };
        let helped = |finding: Finding| finding.hint(AGAIN);
        if let Some(at) = sides::conflict(text.sql) {
            let finding = Finding::new(format!("\"{file}\" has a merge conflict"))
                .at(text.place(&(at..at + 7)));
            return Err(finding
                .hint("keep neither side: `cargo run -p migrator-dev -- prove` writes it anew"));
        }
        let mut document = Table::parse(text).map_err(helped)?;
        let format = document.number("format").map_err(helped)?;
        if format != FORMAT {
            let message =
                format!("\"{file}\" has format {format}, and this version reads {FORMAT}");
            return Err(helped(document.problem(message)));
        }
        let seal = document
            .required("seal", "a SHA-256", hash)
            .map_err(helped)?;
        let lock = Self {
            servers: document.texts("servers").map_err(helped)?,
            scope: document
                .required("scope", "a text", |scope| Some(scope.to_owned()))
                .map_err(helped)?,
            schema: document
                .required("schema", "a SHA-256", hash)
                .map_err(helped)?,
            migrations: document
                .tables("migration")
                .map_err(helped)?
                .into_iter()
                .map(Proven::read)
                .collect::<Result<_, _>>()
                .map_err(helped)?,
            baselines: document
                .tables("baseline")
                .map_err(helped)?
                .into_iter()
                .map(ProvenBaseline::read)
                .collect::<Result<_, _>>()
                .map_err(helped)?,
            repeatables: document
                .tables("repeatable")
                .map_err(helped)?
                .into_iter()
                .map(Repeated::read)
                .collect::<Result<_, _>>()
                .map_err(helped)?,
            commuting: document
                .tables("commuting")
                .map_err(helped)?
                .into_iter()
                .map(Commuting::read)
                .collect::<Result<_, _>>()
                .map_err(helped)?,
        };
        if let Some(unknown) = document
            .unknown(&[
                "format",
                "seal",
                "servers",
                "scope",
                "schema",
                "[[migration]]",
                "[[baseline]]",
                "[[repeatable]]",
                "[[commuting]]",
            ])
            .into_iter()
            .next()
        {
            return Err(helped(unknown));
        }
        let (start, rest) = text.sql.split_once(SEAL).unwrap_or((text.sql, ""));
        let (_, body) = rest.split_once('\n').unwrap_or(("", rest));
        if sealed(start, body) != seal {
            let place = text.place(&(start.len()..start.len() + 4));
            let finding = Finding::new(format!("\"{file}\" was changed by hand")).at(place);
            return Err(helped(finding));
        }
        Ok(lock)
    }
}

impl Proven {
    fn write(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n[[migration]]\nversion = {}\nname = {}\nup = \"{}\"\n",
            self.version,
            quoted(&self.name),
            Hex(&self.up)
        );
        if let Some(down) = &self.down {
            let _ = writeln!(out, "down = \"{}\"", Hex(down));
        }
        if let Some(verify) = &self.verify {
            let _ = writeln!(out, "verify = \"{}\"", Hex(verify));
        }
        if let Some(tests) = &self.tests {
            let _ = writeln!(out, "tests = \"{}\"", Hex(tests));
        }
        let _ = writeln!(out, "fingerprint = \"{}\"", Hex(&self.fingerprint));
        let _ = writeln!(out, "verdict = \"{}\"", self.verdict.word());
        write_changes(&self.changes, out);
    }

    fn read(mut table: Table<'_>) -> Result<Self, Finding> {
        let text = |text: &str| Some(text.to_owned());
        let verdict = |word: &str| VERDICTS.into_iter().find(|verdict| verdict.word() == word);
        let proven = Self {
            version: table.number("version")?,
            name: table.required("name", "a text", text)?,
            up: table.required("up", "a SHA-256", hash)?,
            down: table.optional("down", "a SHA-256", hash)?,
            verify: table.optional("verify", "a SHA-256", hash)?,
            tests: table.optional("tests", "a SHA-256", hash)?,
            fingerprint: table.required("fingerprint", "a SHA-256", hash)?,
            verdict: table.required("verdict", "a verdict", verdict)?,
            changes: table.texts("changes")?,
        };
        let known = [
            "version",
            "name",
            "up",
            "down",
            "verify",
            "tests",
            "fingerprint",
            "verdict",
            "changes",
        ];
        match table.unknown(&known).into_iter().next() {
            Some(unknown) => Err(unknown),
            None => Ok(proven),
        }
    }
}

/// What was changed, one object a line.
pub(super) fn write_changes(changes: &[String], out: &mut String) {
    out.push_str("changes = [");
    for change in changes {
        let _ = write!(out, "\n    {},", quoted(change));
    }
    out.push_str(if changes.is_empty() { "]\n" } else { "\n]\n" });
}

fn sealed(start: &str, body: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(start);
    hasher.update([0]);
    hasher.update(body);
    hasher.finalize().into()
}

pub(super) fn hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}

pub(super) struct Hex<'h>(pub(super) &'h Hash);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// A basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
