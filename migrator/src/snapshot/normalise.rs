//! What counts of a definition: white space does not, nor the order of columns, nor what server versions print
//! differently. Pure.

use std::ops::Range;

/// What stands before the tables and columns that a view reads.
const READS: &str = "\n/* reads ";

/// What counts of the definition of an object of some kind.
pub(super) fn essence(kind: &str, definition: &str) -> String {
    match kind {
        // Which column comes first depends on the way on which a database got here: a base schema or many changes.
        "table" => flattened(&collapsed(&with_columns_sorted(definition))),
        // PostgreSQL 16 stopped qualifying the columns of views over one table. Which tables and columns are meant is
        // in the comment that the catalog query adds.
        "view" | "rule" => {
            let (statement, reads) = definition.split_once(READS).unwrap_or((definition, ""));
            let statement = flattened(&unqualified(&collapsed(statement)));
            format!("{statement}{READS}{reads}")
        }
        // Their bodies are texts, and stay as they are.
        "function" | "aggregate" | "comment" => collapsed(definition),
        _ => flattened(&collapsed(definition)),
    }
}

/// The columns of a table stand one a line between the first line and the last.
fn with_columns_sorted(definition: &str) -> String {
    let mut lines: Vec<&str> = definition
        .lines()
        .map(|line| line.trim_end_matches(','))
        .collect();
    if let [_, columns @ .., _] = lines.as_mut_slice() {
        columns.sort_unstable();
    }
    lines.join(",\n")
}

/// A piece of SQL text.
enum Piece<'s> {
    /// `'…'` or `"…"`, with its quotes.
    Quoted(&'s str),
    /// `--` up to the end of the line.
    Comment(&'s str),
    Space,
    /// A name or number.
    Word(&'s str),
    Other(&'s str),
}

impl<'s> Piece<'s> {
    const fn text(&self) -> &'s str {
        match self {
            Self::Space => " ",
            Self::Quoted(text) | Self::Comment(text) | Self::Word(text) | Self::Other(text) => text,
        }
    }
}

/// Cuts a text into pieces that together are all of it.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let is_quote = matches!(first, '\'' | '"');
        let is_comment = rest.starts_with("--");
        let end = if is_quote {
            rest[1..].find(first).map(|at| at + 2)
        } else if is_comment {
            rest.find('\n')
        } else if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace())
        } else if is_word(first) {
            rest.find(|c: char| !is_word(c))
        } else {
            Some(first.len_utf8())
        };
        let (this, others) = rest.split_at(end.unwrap_or(rest.len()));
        rest = others;
        Some(if is_quote {
            Piece::Quoted(this)
        } else if is_comment {
            Piece::Comment(this)
        } else if first.is_whitespace() {
            Piece::Space
        } else if is_word(first) {
            Piece::Word(this)
        } else {
            Piece::Other(this)
        })
    })
}

/// Runs of white space outside quotes as one space; a comment to the end of its line ends it still.
fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = "";
    for piece in pieces(text.trim()) {
        match piece {
            Piece::Space => {
                if space.is_empty() {
                    space = " ";
                }
            }
            Piece::Comment(text) => {
                out.push_str(space);
                out.push_str(text.trim_end());
                space = "\n";
            }
            Piece::Quoted(text) | Piece::Word(text) | Piece::Other(text) => {
                out.push_str(space);
                space = "";
                out.push_str(text);
            }
        }
    }
    out
}

/// Without the names before a dot.
fn unqualified(text: &str) -> String {
    let pieces: Vec<Piece<'_>> = pieces(text).collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let named = match piece {
            Piece::Word(word) => word.starts_with(|c: char| !c.is_ascii_digit()),
            Piece::Quoted(text) => text.starts_with('"'),
            _ => false,
        };
        let dot = matches!(pieces.get(at + 1), Some(Piece::Other(".")));
        if named && dot {
            at += 2;
            continue;
        }
        out.push_str(piece.text());
        at += 1;
    }
    out
}

/// Without the parentheses of `(a AND b) AND c`: the server keeps them as they were written, and forgets them when it
/// reads what it printed itself. The same with `OR`.
fn flattened(text: &str) -> String {
    let pieces: Vec<Piece<'_>> = pieces(text).collect();
    let mut needless = vec![false; pieces.len()];
    // The open parentheses, each with the connectives that were met directly in it.
    let mut open: Vec<(usize, Vec<&str>)> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Other("(") => open.push((at, Vec::new())),
            Piece::Word(word @ ("AND" | "OR")) => {
                if let Some((_, connectives)) = open.last_mut() {
                    connectives.push(word);
                }
            }
            Piece::Other(")") => {
                if let Some((start, connectives)) = open.pop()
                    && is_needless(&pieces, start..at, &connectives)
                {
                    for at in [start, at] {
                        if let Some(needless) = needless.get_mut(at) {
                            *needless = true;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let kept = pieces
        .iter()
        .zip(needless)
        .filter(|(_, needless)| !needless);
    kept.map(|(piece, _)| piece.text()).collect()
}

/// Whether what is in parentheses is joined by one connective and is itself an operand of the same one.
fn is_needless(pieces: &[Piece<'_>], group: Range<usize>, connectives: &[&str]) -> bool {
    let Some((first, others)) = connectives.split_first() else {
        return false;
    };
    let is_text = |piece: &&Piece<'_>| !matches!(piece, Piece::Space);
    let before = pieces.get(..group.start).unwrap_or_default();
    let after = pieces.get(group.end + 1..).unwrap_or_default();
    let before = before.iter().rev().find(is_text).map_or("", Piece::text);
    let after = after.iter().find(is_text).map_or("", Piece::text);
    others.iter().all(|other| other == first)
        && (before == *first || before == "(")
        && (after == *first || after == ")")
        && (before == *first || after == *first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_outside_quotes_does_not_count() {
        let same = ["SELECT  1 ,\n\t'a  b'", " SELECT 1 , 'a  b'\n"];
        assert_eq!(collapsed(same[0]), collapsed(same[1]));
        assert_ne!(collapsed("SELECT 'a  b'"), collapsed("SELECT 'a b'"));
        assert_ne!(collapsed("SELECT \"a  b\""), collapsed("SELECT \"a b\""));
        assert_ne!(collapsed("a -- b\n c"), collapsed("a -- b c"));
        assert_eq!(collapsed("a -- b  \n\n c"), "a -- b\nc");
        assert_eq!(collapsed("it's 'open"), "it's 'open");
    }

    #[test]
    fn the_order_of_columns_does_not_count() {
        let one = essence(
            "table",
            "CREATE TABLE t (\n    a integer,\n    b text\n) WITH (x)",
        );
        let other = essence(
            "table",
            "CREATE TABLE t (\n    b text,\n    a integer\n) WITH (x)",
        );
        assert_eq!(one, other);
        let third = essence(
            "table",
            "CREATE TABLE t (\n    b text,\n    a bigint\n) WITH (x)",
        );
        assert_ne!(one, third);
        assert_eq!(essence("table", "CREATE TABLE t"), "CREATE TABLE t");
    }

    #[test]
    fn versions_qualify_the_columns_of_views_differently() {
        let older = "CREATE VIEW s.v AS\n SELECT t.a,\n \"T\".\"b.c\", 1.5, 'x.y'\n FROM s.t";
        let newer = "CREATE VIEW s.v AS\n SELECT a,\n \"b.c\", 1.5, 'x.y'\n FROM s.t";
        assert_eq!(essence("view", older), essence("view", newer));
        assert_eq!(
            essence("view", newer),
            "CREATE VIEW v AS SELECT a, \"b.c\", 1.5, 'x.y' FROM t\n/* reads "
        );
        let reading = |what: &str| essence("view", &format!("{older}\n/* reads {what} */"));
        assert_ne!(reading("s.t.a"), reading("s.u.a"));
    }

    #[test]
    fn parentheses_that_say_nothing_do_not_count() {
        let same = |one: &str, other: &str| assert_eq!(flattened(one), flattened(other));
        same("(((a) AND (b)) AND (c))", "((a) AND (b) AND (c))");
        same("((a) AND ((b) AND (c)))", "((a) AND (b) AND (c))");
        same("((((a) OR b) OR (c)) OR d)", "((a) OR b OR (c) OR d)");
        for kept in [
            "((a OR b) AND c)",
            "(NOT (a AND b) AND c)",
            "((a AND b) = c)",
            "f((a AND b), c)",
            "(a AND f(b AND c))",
            "(a AND 'x AND (b AND c) AND y')",
        ] {
            assert_eq!(flattened(kept), kept);
        }
    }
}
