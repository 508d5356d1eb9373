//! `search_path` changed for longer than the transaction.

use super::cursor::Cursor;
use super::observe::Sighting;
use super::rules::own;

pub(super) fn look(words: Cursor<'_>) -> Option<Sighting> {
    let whole = || 0..words.tokens.last().map_or(0, |token| token.end);
    let mut cursor = words;
    if cursor.eat("SET") {
        cursor.eat("SESSION");
        let sets = cursor.is("search_path") || cursor.is("SCHEMA");
        return sets.then(|| Sighting::new(own::SEARCH_PATH, whole()));
    }
    if !cursor.is("SELECT") {
        return None;
    }
    // pg_catalog.set_config('search_path', '', false)
    while !cursor.is_done() {
        let start = cursor.tokens.get(cursor.at)?.start;
        if cursor.eat_all(&["set_config", "(", "'search_path'", ","]) {
            while !cursor.is_done() && !cursor.is(",") && !cursor.is(")") {
                cursor.step();
            }
            cursor.eat(",");
            let lasts = ["false", "'false'", "'f'", "'off'"];
            if lasts.iter().any(|word| cursor.is(word)) {
                let end = cursor.tokens.get(cursor.at + 1)?.end;
                return Some(Sighting::new(own::SEARCH_PATH, start..end));
            }
        }
        cursor.at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::cursor::significant;
    use super::*;

    #[test]
    fn what_outlasts_the_transaction_is_seen() {
        for (sql, expected) in [
            ("SET search_path TO chat", true),
            ("set session search_path = a, b", true),
            ("SET SCHEMA 'chat'", true),
            (
                "SELECT pg_catalog.set_config('search_path', '', false)",
                true,
            ),
            ("SELECT set_config('search_path', 'a,' || 'b', false)", true),
            ("SET LOCAL search_path TO chat", false),
            ("SELECT set_config('search_path', '', true)", false),
            ("SELECT set_config('work_mem', '1MB', false)", false),
            ("SET work_mem = '1MB'", false),
            ("ALTER ROLE r SET search_path = a", false),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = a AS 'SELECT 1'",
                false,
            ),
            ("SELECT 'SET search_path'", false),
        ] {
            let tokens = significant(sql);
            let found = look(Cursor::new(sql, &tokens));
            assert_eq!(found.is_some(), expected, "{sql}");
        }
    }
}
