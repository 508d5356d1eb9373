//! Other tools' checksums, by their own algorithms, over the texts that are baked. The text is normalised when it is
//! baked, so that every spelling it may have had is tried: either line ending, with and without a byte order mark,
//! without the directives of ours that a file was given since.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::bundle::Migration;
use crate::quote::hex;

use super::Tool;
use super::assign::{Assigned, Repeated};
use super::entry::{Entry, State};
use super::mirror::LineEnds;

/// Every migration whose text is not the one that was applied, as sentences. Tools without checksums, and Liquibase,
/// whose checksum is not one of a text, have none.
#[must_use]
pub(super) fn differing(tool: Tool, assigned: &Assigned<'_>) -> Vec<String> {
    let pairs = assigned.adopted.values().flat_map(|adopted| {
        let rows = adopted.rows.iter();
        rows.map(|row| (*row, adopted.migration))
    });
    let alone = pairs.filter(|(row, _)| row.state == State::Applied);
    let differing: Vec<(&Entry, &Migration<'_>)> = match tool {
        Tool::Atlas => atlas(assigned).into_iter().collect(),
        _ => alone
            .filter(|(row, migration)| {
                let expected = row.checksum.as_deref();
                expected.is_some_and(|expected| !is_of(tool, expected, migration))
            })
            .collect(),
    };
    differing
        .iter()
        .map(|(row, migration)| {
            format!(
                "{} \"{}\" is not the text that was applied as {}: checksum {}",
                migration.version,
                migration.name,
                row.shown(),
                row.checksum.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

/// Whether a checksum is that of a migration's text.
fn is_of(tool: Tool, expected: &str, migration: &Migration<'_>) -> bool {
    let sql = migration.up.sql;
    let any = |of: &dyn Fn(&str) -> String| spellings(sql).any(|text| of(&text) == expected);
    match tool {
        Tool::Sqlx => any(&|text| hex(&Sha384::digest(text))),
        Tool::Prisma => any(&|text| hex(&Sha256::digest(text))),
        Tool::Flyway => any(&|text| flyway(text).to_string()),
        Tool::Refinery => expected
            .parse()
            .is_ok_and(|expected| migration.accepted.contains(&expected)),
        _ => true,
    }
}

/// Whether a repeatable is the one that was applied, as far as its row tells.
pub(super) fn is_as_applied(tool: Tool, repeated: &Repeated<'_>) -> bool {
    let expected = repeated.row.checksum.as_deref();
    let mut texts = spellings(repeated.repeatable.script.sql);
    tool == Tool::Flyway
        && expected.is_some_and(|expected| texts.any(|text| flyway(&text).to_string() == expected))
}

/// The checksum that a tool takes of the file from which a migration was made, as text; `None` where it keeps none.
pub(super) fn checksum(tool: Tool, migration: &Migration<'_>, ends: LineEnds) -> Option<String> {
    let text = without_directives(migration.up.sql);
    let text = match ends {
        LineEnds::Unix => text.to_owned(),
        LineEnds::Windows => text.replace('\n', "\r\n"),
    };
    match tool {
        Tool::Sqlx => Some(hex(&Sha384::digest(text))),
        Tool::Prisma => Some(hex(&Sha256::digest(text))),
        Tool::Flyway => Some(flyway(&text).to_string()),
        Tool::Refinery => Some(migration.checksum.to_string()),
        _ => None,
    }
}

/// How the lines of the files end that were applied: as the checksums say, where they say anything.
pub(super) fn line_ends(tool: Tool, assigned: &Assigned<'_>) -> LineEnds {
    let pairs = assigned.adopted.values().flat_map(|adopted| {
        let rows = adopted.rows.iter();
        rows.map(|row| (row.checksum.as_deref(), adopted.migration))
    });
    let is_of = |ends: LineEnds| {
        let mut pairs = pairs.clone();
        pairs.any(|(expected, migration)| {
            expected.is_some() && checksum(tool, migration, ends).as_deref() == expected
        })
    };
    if !is_of(LineEnds::Unix) && is_of(LineEnds::Windows) {
        LineEnds::Windows
    } else {
        LineEnds::Unix
    }
}

/// Every spelling that a baked text may have had as a file.
fn spellings(sql: &str) -> impl Iterator<Item = String> {
    let bare = without_directives(sql);
    let texts = [Some(sql), (bare != sql).then_some(bare)];
    texts.into_iter().flatten().flat_map(|text| {
        let windows = text.replace('\n', "\r\n");
        let marked = [format!("\u{feff}{text}"), format!("\u{feff}{windows}")];
        [text.to_owned(), windows].into_iter().chain(marked)
    })
}

/// The text after the directives of ours that it begins with.
fn without_directives(sql: &str) -> &str {
    let mut rest = sql;
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.starts_with("-- migrator:") {
            break;
        }
        rest = after;
    }
    rest
}

/// CRC-32 over the lines, without what ends them, as a signed number.
fn flyway(text: &str) -> i32 {
    let mut crc = crc32fast::Hasher::new();
    for line in text.trim_start_matches('\u{feff}').split(['\r', '\n']) {
        crc.update(line.as_bytes());
    }
    crc.finalize().cast_signed()
}

/// The first row whose hash is not the one of its file; each hash covers the names and texts of all files up to its
/// own, so that those after it differ as well. Nothing can be told once a row stands for something else.
fn atlas<'a>(assigned: &Assigned<'a>) -> Option<(&'a Entry, &'a Migration<'a>)> {
    let mut hashes = [Sha256::new(), Sha256::new(), Sha256::new(), Sha256::new()];
    if !(assigned.left.is_empty() && assigned.covered.is_empty()) {
        return None;
    }
    for adopted in assigned.adopted.values() {
        let [row] = adopted.rows.as_slice() else {
            return None;
        };
        if row.state != State::Applied {
            return None;
        }
        let name = match &row.name {
            Some(name) => format!("{}_{name}.sql", row.key),
            None => format!("{}.sql", row.key),
        };
        let sql = adopted.migration.up.sql;
        let bare = without_directives(sql);
        let texts = [
            sql.to_owned(),
            sql.replace('\n', "\r\n"),
            bare.to_owned(),
            bare.replace('\n', "\r\n"),
        ];
        for (hash, text) in hashes.iter_mut().zip(texts) {
            hash.update(&name);
            if !text
                .lines()
                .any(|line| line.trim() == "-- atlas:sum ignore")
            {
                hash.update(&text);
            }
        }
        let Some(expected) = &row.checksum else {
            continue;
        };
        let expected = expected.trim_start_matches("h1:");
        let mut found = hashes
            .iter()
            .map(|hash| STANDARD.encode(hash.clone().finalize()));
        if !found.any(|hash| hash == expected) {
            return Some((*row, adopted.migration));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flyway_sums_lines_whatever_ends_them() {
        // What `cksum`'s algorithm 32 of zlib says of "SELECT 1;SELECT 2;".
        let sum = crc32fast::hash(b"SELECT 1;SELECT 2;").cast_signed();
        for text in [
            "SELECT 1;\nSELECT 2;\n",
            "SELECT 1;\r\nSELECT 2;",
            "\u{feff}SELECT 1;\rSELECT 2;\n\n",
        ] {
            assert_eq!(flyway(text), sum);
        }
        assert_eq!(flyway("123456789"), 0xcbf4_3926_u32.cast_signed());
    }

    #[test]
    fn a_text_is_tried_as_every_file_that_it_may_have_been() {
        let found: Vec<String> =
            spellings("-- migrator: no-transaction\n-- migrator: lock-timeout 1s\nA\nB").collect();
        assert_eq!(found.len(), 8);
        for text in ["A\nB", "A\r\nB", "\u{feff}A\nB", "\u{feff}A\r\nB"] {
            assert!(found.iter().any(|it| it == text), "{text:?}");
        }
        assert_eq!(spellings("A\nB").count(), 4);
    }
}
