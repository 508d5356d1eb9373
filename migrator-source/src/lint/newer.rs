//! What only newer servers know, by words that stand for nothing else.
//!
//! It finds the common ones; the server has the last word.

use super::cursor::Cursor;
use super::observe::Sighting;
use super::rules::own;

/// The word that begins the statement, words within it, the first server that knows them, and what they are called.
const TABLE: [(&str, &[&str], u32, &str); 10] = [
    ("MERGE", &["MERGE", "INTO"], 15, "MERGE"),
    (
        "ALTER",
        &["DETACH", "PARTITION"],
        14,
        "DETACH PARTITION … CONCURRENTLY",
    ),
    (
        "CREATE",
        &["NULLS", "NOT", "DISTINCT"],
        15,
        "NULLS NOT DISTINCT",
    ),
    (
        "ALTER",
        &["NULLS", "NOT", "DISTINCT"],
        15,
        "NULLS NOT DISTINCT",
    ),
    ("CREATE", &["security_invoker"], 15, "security_invoker"),
    ("CREATE", &["BEGIN", "ATOMIC"], 14, "BEGIN ATOMIC"),
    (
        "CREATE",
        &["OR", "REPLACE", "TRIGGER"],
        14,
        "CREATE OR REPLACE TRIGGER",
    ),
    ("CREATE", &["WITHOUT", "OVERLAPS"], 18, "WITHOUT OVERLAPS"),
    ("ALTER", &["SET", "EXPRESSION"], 17, "SET EXPRESSION"),
    ("REPACK", &["REPACK"], 19, "REPACK"),
];

pub(super) fn look(words: Cursor<'_>) -> Option<Sighting> {
    let (_, phrase, since, called) = TABLE.iter().find(|(first, phrase, _, called)| {
        let concurrently = !called.ends_with("CONCURRENTLY") || words.holds(&["CONCURRENTLY"]);
        words.is(first) && words.holds(phrase) && concurrently
    })?;
    let at = (0..words.tokens.len()).find(|at| Cursor { at: *at, ..words }.is_all(phrase))?;
    let (first, last) = (
        words.tokens.get(at)?,
        words.tokens.get(at + phrase.len() - 1)?,
    );
    let mut sighting = Sighting::new(own::NEWER, first.start..last.end);
    sighting.since = Some(*since);
    sighting.detail = Some(format!("{called} is new in PostgreSQL {since}"));
    Some(sighting)
}

#[cfg(test)]
mod tests {
    use super::super::cursor::significant;
    use super::*;

    #[test]
    fn words_of_newer_servers_have_their_version() {
        for (sql, expected) in [
            (
                "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
                Some(15),
            ),
            ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", Some(14)),
            ("ALTER TABLE t DETACH PARTITION p", None),
            (
                "CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT",
                Some(15),
            ),
            (
                "CREATE VIEW v WITH (security_invoker) AS SELECT 1",
                Some(15),
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END",
                Some(14),
            ),
        ] {
            let tokens = significant(sql);
            let found = look(Cursor::new(sql, &tokens)).and_then(|found| found.since);
            assert_eq!(found, expected, "{sql}");
        }
    }
}
