//! Where a statement outside a transaction has the names of what it acts upon.
//!
//! A name is found by its place in the grammar, and is one range from its first part to its last. What the names mean
//! for the next run is not known here.

use std::ops::Range;

use squawk_lexer::TokenKind;

use super::words::Words;
use crate::folder::Operation;

/// The names that an operation needs, in the order of the statement; `None` where they are not where PostgreSQL wants
/// them, or written so that its own functions could not read them back.
pub(super) fn names(words: Words<'_>, operation: Operation) -> Option<Vec<Range<usize>>> {
    let mut cursor = Cursor { words, at: 0 };
    let names = match operation {
        Operation::CreateIndex => cursor.create_index(),
        Operation::DropIndex => {
            cursor.skip(&["DROP", "INDEX", "CONCURRENTLY"]);
            cursor.skip(&["IF", "EXISTS"]);
            Some(vec![cursor.name()?])
        }
        Operation::Reindex | Operation::ReindexMany => cursor.reindex(),
        Operation::DetachPartition => cursor.detach(),
        Operation::CreateDatabase | Operation::CreateTablespace | Operation::CreateSubscription => {
            cursor.at = 2;
            Some(vec![cursor.name()?])
        }
        Operation::DropDatabase | Operation::DropTablespace | Operation::DropSubscription => {
            cursor.at = 2;
            cursor.skip(&["IF", "EXISTS"]);
            Some(vec![cursor.name()?])
        }
        Operation::Repeatable | Operation::Opaque => Some(Vec::new()),
    };
    names.filter(|names| {
        let mut texts = names.iter().filter_map(|name| words.sql.get(name.clone()));
        texts.all(is_readable)
    })
}

/// Whether `to_regclass` and `parse_ident` read a name as the parser does: they know neither comments nor `U&""`.
fn is_readable(name: &str) -> bool {
    !["/*", "--", "U&\"", "u&\""]
        .iter()
        .any(|foreign| name.contains(foreign))
}

/// A place between the words of a statement.
struct Cursor<'a> {
    words: Words<'a>,
    at: usize,
}

impl Cursor<'_> {
    fn create_index(&mut self) -> Option<Vec<Range<usize>>> {
        self.skip(&["CREATE"]);
        self.skip(&["UNIQUE"]);
        self.skip(&["INDEX", "CONCURRENTLY"]);
        self.skip(&["IF", "NOT", "EXISTS"]);
        let mut names = Vec::new();
        // `ON` is a reserved word, and so it is not the name of an index.
        if !self.words.is(self.at, "ON") {
            names.push(self.name()?);
        }
        self.word("ON")?;
        names.push(self.table()?);
        Some(names)
    }

    fn reindex(&mut self) -> Option<Vec<Range<usize>>> {
        let object = self.words.after_options();
        self.at = object + 1;
        self.skip(&["CONCURRENTLY"]);
        if self.words.one_of(object, &["DATABASE", "SYSTEM"]) {
            Some(Vec::new())
        } else {
            Some(vec![self.name()?])
        }
    }

    fn detach(&mut self) -> Option<Vec<Range<usize>>> {
        self.skip(&["ALTER", "TABLE"]);
        self.skip(&["IF", "EXISTS"]);
        let parent = self.table()?;
        self.word("DETACH")?;
        self.word("PARTITION")?;
        let child = self.name()?;
        self.word("CONCURRENTLY")?;
        Some(vec![parent, child])
    }

    /// The name of a table in each of its forms: `t`, `t *`, `ONLY t`, `ONLY (t)`.
    fn table(&mut self) -> Option<Range<usize>> {
        self.skip(&["ONLY"]);
        self.skip(&["("]);
        let name = self.name()?;
        self.skip(&[")"]);
        self.skip(&["*"]);
        Some(name)
    }

    /// A name with all its parts.
    fn name(&mut self) -> Option<Range<usize>> {
        let Range { start, mut end } = self.part()?;
        while self.words.get(self.at) == "." {
            self.at += 1;
            end = self.part()?.end;
        }
        Some(start..end)
    }

    /// One part of a name.
    fn part(&mut self) -> Option<Range<usize>> {
        let token = *self.words.tokens.get(self.at)?;
        let Range { start, mut end } = token.range();
        self.at += 1;
        match token.kind {
            TokenKind::Ident | TokenKind::QuotedIdent { uescape: false, .. } => {}
            TokenKind::QuotedIdent { uescape: true, .. } => {
                // Without the character that escapes, the name would be another one.
                if self.words.is(self.at, "UESCAPE") {
                    end = self.words.tokens.get(self.at + 1)?.end;
                    self.at += 2;
                }
            }
            _ => return None,
        }
        Some(start..end)
    }

    /// Goes on behind a word that must stand here.
    fn word(&mut self, word: &str) -> Option<()> {
        let stands = self.words.is(self.at, word);
        self.at += 1;
        stands.then_some(())
    }

    /// Goes on behind words if they stand here, all of them: one alone may be a name.
    fn skip(&mut self, words: &[&str]) {
        let mut all = words.iter().zip(self.at..);
        if all.all(|(word, at)| self.words.is(at, word)) {
            self.at += words.len();
        }
    }
}

#[cfg(test)]
mod tests;
