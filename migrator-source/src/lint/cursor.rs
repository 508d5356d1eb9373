//! A place between the words of a statement, and what is read there.

use squawk_lexer::{LiteralKind, TokenKind};

use super::object::Name;
use crate::token::{Token, tokens};

/// The tokens of a statement without white space and comments.
pub(super) fn significant(sql: &str) -> Vec<Token> {
    tokens(sql, 0)
        .filter(|token| {
            !matches!(
                token.kind,
                TokenKind::Whitespace
                    | TokenKind::LineComment
                    | TokenKind::BlockComment { .. }
                    | TokenKind::Eof
            )
        })
        .collect()
}

#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(sql: &'a str, tokens: &'a [Token]) -> Self {
        Self { sql, tokens, at: 0 }
    }

    pub(super) fn is_done(self) -> bool {
        self.at >= self.tokens.len()
    }

    /// The word a few places ahead, as it is written; empty behind the end.
    pub(super) fn ahead(self, by: usize) -> &'a str {
        let token = self.tokens.get(self.at + by);
        token
            .and_then(|token| self.sql.get(token.range()))
            .unwrap_or_default()
    }

    pub(super) fn is(self, word: &str) -> bool {
        self.ahead(0).eq_ignore_ascii_case(word)
    }

    pub(super) fn is_all(self, words: &[&str]) -> bool {
        let mut words = words.iter().enumerate();
        words.all(|(by, word)| self.ahead(by).eq_ignore_ascii_case(word))
    }

    /// Goes on behind a word if it stands here.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        self.eat_all(&[word])
    }

    /// Goes on behind words if all of them stand here.
    pub(super) fn eat_all(&mut self, words: &[&str]) -> bool {
        let stand = self.is_all(words);
        if stand {
            self.at += words.len();
        }
        stand
    }

    pub(super) fn eat_any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.eat(word))
    }

    /// Goes on to a word outside parentheses.
    pub(super) fn seek(&mut self, word: &str) -> bool {
        while !self.is_done() {
            if self.is(word) {
                return true;
            }
            self.step();
        }
        false
    }

    /// Goes on behind one token, or behind the parenthesis that it opens.
    pub(super) fn step(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.ahead(0) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 || self.is_done() {
                return;
            }
        }
    }

    /// Whether a word stands anywhere from here on.
    pub(super) fn holds(self, words: &[&str]) -> bool {
        (self.at..self.tokens.len()).any(|at| Self { at, ..self }.is_all(words))
    }

    /// A name with all its parts, as PostgreSQL folds it.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut schema = None;
        let mut name = self.part()?;
        while self.eat(".") {
            schema = Some(name);
            name = self.part()?;
        }
        Some(Name { schema, name })
    }

    /// The name of a table in each of its forms.
    pub(super) fn table(&mut self) -> Option<Name> {
        self.eat("ONLY");
        self.eat("(");
        let name = self.name()?;
        self.eat(")");
        self.eat("*");
        Some(name)
    }

    pub(super) fn part(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?;
        let word = self.sql.get(token.range())?;
        let part = match token.kind {
            TokenKind::Ident => word.to_lowercase(),
            TokenKind::QuotedIdent { .. } => {
                let inner = word.trim_start_matches(['U', 'u', '&']).strip_prefix('"')?;
                inner.strip_suffix('"')?.replace("\"\"", "\"")
            }
            _ => return None,
        };
        self.at += 1;
        Some(part)
    }

    /// The text of a string in single quotes.
    pub(super) fn string(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?;
        let TokenKind::Literal {
            kind: LiteralKind::Str { .. },
        } = token.kind
        else {
            return None;
        };
        let word = self.sql.get(token.range())?;
        self.at += 1;
        let inner = word.strip_prefix('\'')?.strip_suffix('\'')?;
        Some(inner.replace("''", "'"))
    }
}
