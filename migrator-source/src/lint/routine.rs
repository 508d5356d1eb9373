//! Whether the body of a block or a routine ends the transaction that it runs in.

use squawk_lexer::{LiteralKind, TokenKind};

use super::cursor::{Cursor, significant};

/// Whether one of the dollar-quoted or plain strings of a statement is a body that commits or rolls back.
pub(super) fn commits(words: Cursor<'_>) -> bool {
    let strings = words.tokens.iter().filter_map(|token| {
        let text = words.sql.get(token.range())?;
        match token.kind {
            TokenKind::Literal {
                kind: LiteralKind::DollarQuotedString { .. },
            } => {
                let tag = text.get(..=text.get(1..)?.find('$')? + 1)?;
                text.strip_prefix(tag)?.strip_suffix(tag)
            }
            TokenKind::Literal {
                kind: LiteralKind::Str { .. },
            } => text.strip_prefix('\'')?.strip_suffix('\''),
            _ => None,
        }
    });
    strings.into_iter().any(ends_transaction)
}

/// Whether a statement of the body is `COMMIT` or `ROLLBACK`.
fn ends_transaction(body: &str) -> bool {
    let tokens = significant(body);
    let mut cursor = Cursor::new(body, &tokens);
    let mut begins = true;
    while !cursor.is_done() {
        let ends = matches!(
            cursor.ahead(1).to_ascii_uppercase().as_str(),
            ";" | "AND" | "WORK" | "TRANSACTION"
        );
        if begins && ends && (cursor.is("COMMIT") || cursor.is("ROLLBACK")) {
            return true;
        }
        let word = cursor.ahead(0).to_ascii_uppercase();
        begins = matches!(
            word.as_str(),
            ";" | "BEGIN" | "THEN" | "ELSE" | "LOOP" | ">>"
        );
        cursor.at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_statement_of_the_body_ends_the_transaction() {
        for (sql, expected) in [
            ("DO $$ BEGIN COMMIT; END $$", true),
            ("DO $x$ BEGIN IF true THEN rollback; END IF; END $x$", true),
            (
                "DO LANGUAGE plpgsql 'BEGIN LOOP COMMIT AND CHAIN; END LOOP; END'",
                true,
            ),
            ("DO $$ BEGIN PERFORM commit; END $$", false),
            ("DO $$ BEGIN EXECUTE 'COMMIT'; END $$", false),
            ("DO $$ DECLARE commit int; BEGIN commit := 1; END $$", false),
            ("DO $$ BEGIN /* COMMIT; */ NULL; -- COMMIT;\n END $$", false),
            ("DO $$ BEGIN RAISE NOTICE 'COMMIT;'; END $$", false),
            (
                "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN NULL; COMMIT; END $$",
                true,
            ),
        ] {
            let tokens = significant(sql);
            assert_eq!(commits(Cursor::new(sql, &tokens)), expected, "{sql}");
        }
    }
}
