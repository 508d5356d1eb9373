//! One file, from its bytes to a checked script.
//!
//! What depends on the other files of the folder is `assemble`.

use std::fs;

use refinery_core::Migration;
use sha2::{Digest, Sha256};

use crate::checksum;
use crate::decode::{self, Decoded};
use crate::file_name::FileName;
use crate::finding::{Finding, Place};
use crate::folder::{DownCheck, Script};
use crate::header::{self, Irreversible, LastRelease, Only, Requirement, Syntax};
use crate::listing::{self, Entry};
use crate::place::Text;
use crate::placeholder;
use crate::settings::Placeholder;
use crate::split::{Piece, split};
use crate::syntax;
use crate::transaction::{arrange, verify};

/// What became of one file.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Absent where the file holds no text.
    pub(crate) script: Option<Script>,
    /// refinery's checksums; only an up file has them.
    pub(crate) checksums: Vec<u64>,
    pub(crate) irreversible: Option<Irreversible>,
    pub(crate) last_release: Option<LastRelease>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) down_check: DownCheck,
    pub(crate) only: Option<Only>,
    /// The hash of a text that the parser accepts, now or earlier.
    pub(crate) accepted: Option<[u8; 32]>,
    pub(crate) problems: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
}

/// Reads and checks one file; `shown` is how messages call it. Without `placeholders` nobody knows what is declared.
pub(crate) fn read(
    entry: &Entry,
    shown: &str,
    placeholders: Option<&[Placeholder]>,
    accepted_before: &dyn Fn(&[u8; 32]) -> bool,
) -> Checked {
    let decoded = match fs::read(&entry.path) {
        Ok(bytes) => decode::decode(shown, bytes),
        Err(error) => Err(listing::unreadable(shown.to_owned(), &error)),
    };
    match decoded {
        Ok(decoded) => check(entry, shown, decoded, placeholders, accepted_before),
        Err(problem) => Checked {
            problems: vec![problem],
            ..Checked::default()
        },
    }
}

fn check(
    entry: &Entry,
    shown: &str,
    decoded: Decoded,
    placeholders: Option<&[Placeholder]>,
    accepted_before: &dyn Fn(&[u8; 32]) -> bool,
) -> Checked {
    let text = Text {
        file: shown,
        sql: decoded.sql(),
    };
    let sha256: [u8; 32] = Sha256::digest(text.sql).into();
    let mut split = split(text);
    let mut problems = std::mem::take(&mut split.problems);
    let spots = placeholders.map_or_else(Vec::new, |declared| {
        placeholder::spots(text, &split.uses, declared, &mut problems)
    });
    let unspotted = placeholder::unspotted(&split.uses, &spots);
    let masked = placeholder::masked(text.sql, &spots);
    let first = split.pieces.first().map(|piece| piece.range.start);
    let header = header::read(text, &split.directives, first, &mut problems);
    let arranged = if let FileName::Verify { .. } = entry.name {
        problems.extend(verify::misplaced(&header.directives));
        verify::arrange(text, &split.pieces)
    } else {
        arrange(text, &split.pieces, header.mode)
    };
    problems.extend(arranged.problems);
    let mut warnings = arranged.warnings;
    if split.pieces.is_empty() && problems.is_empty() {
        let finding = Finding::warning("the file holds no statement");
        let hint = match entry.name {
            FileName::Verify { .. } => "it verifies nothing",
            _ => "it is recorded as applied and changes nothing",
        };
        warnings.push(finding.hint(hint).at(Place::whole(shown)));
    }

    let mut accepted = None;
    if header.syntax == Syntax::Checked {
        // What the parser has seen is the text without its placeholders.
        let seen: [u8; 32] = if spots.is_empty() {
            sha256
        } else {
            Sha256::digest(masked.as_bytes()).into()
        };
        let errors = if accepted_before(&seen) {
            Vec::new()
        } else {
            // A placeholder without a spot is no SQL, and the parser would complain of it once more.
            let readable = |piece: &&Piece| !unspotted.iter().any(|it| piece.range.contains(it));
            syntax::check(text, &masked, split.pieces.iter().filter(readable))
        };
        // A text that does not even split says nothing about what the parser would accept.
        let sound = errors.is_empty() && problems.is_empty() && unspotted.is_empty();
        accepted = sound.then_some(seen);
        problems.extend(errors);
    }
    let checksums = match checksums(entry, &decoded) {
        Ok(checksums) => checksums,
        Err(problem) => {
            problems.push(problem.at(Place::whole(shown)));
            Vec::new()
        }
    };
    let (raw, normalised) = decoded.into_parts();
    let script = Script {
        file: entry.file.clone(),
        sql: normalised.unwrap_or(raw),
        mode: header.mode,
        limits: header.limits,
        statements: arranged.statements,
        spots,
        sha256,
    };
    Checked {
        script: Some(script),
        checksums,
        irreversible: header.irreversible,
        last_release: header.last_release,
        requires: header.requires,
        down_check: header.down_check,
        only: header.only,
        accepted,
        problems,
        warnings,
    }
}

/// The checksums of an up file, the one that refinery itself computes first.
fn checksums(entry: &Entry, decoded: &Decoded) -> Result<Vec<u64>, Finding> {
    let FileName::Up { version, name, .. } = &entry.name else {
        return Ok(Vec::new());
    };
    let file_name = entry.file.rsplit('/').next().unwrap_or(&entry.file);
    let stem = file_name.trim_end_matches(".sql");
    let migration = Migration::unapplied(stem, &decoded.raw)
        .ok()
        .filter(|migration| migration.version() == *version && migration.name() == name);
    // Our grammar is stricter than refinery's, but letters of rare scripts are for refinery to judge.
    let Some(migration) = migration else {
        let finding = Finding::new(format!(
            "refinery does not accept the file name \"{file_name}\""
        ));
        return Err(finding.hint("use letters, digits and underscores in the name"));
    };
    let mut checksums = checksum::accepted(name, *version, &decoded.raw, decoded.sql());
    checksums.retain(|checksum| *checksum != migration.checksum());
    checksums.insert(0, migration.checksum());
    Ok(checksums)
}
