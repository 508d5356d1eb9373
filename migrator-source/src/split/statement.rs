//! The statement that is being read, as far as it decides where it ends.
//!
//! This is the rule of psql's own scanner, with its three counters: parentheses, blocks of a routine body, and the first
//! words, which say whether there can be a body at all.

use squawk_lexer::TokenKind;

use crate::token::Token;

/// The statement that is being read.
#[derive(Default)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    parentheses: usize,
    brackets: usize,
    deepest: usize,
    /// Tokens since the last comma or semicolon.
    run: usize,
    longest_run: usize,
    /// `BEGIN` and `CASE` that are open in the body of a routine.
    blocks: usize,
    /// The first identifiers, as far as they decide whether this makes a routine.
    first: [Opening; 4],
    identifiers: usize,
}

/// What an identifier says about whether a statement makes a routine.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Opening {
    Create,
    Or,
    Replace,
    Routine,
    #[default]
    Other,
}

impl Statement {
    /// Whether a semicolon here ends it.
    pub(super) fn may_end(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    /// How deep its parentheses and brackets go.
    pub(super) fn depth(&self) -> usize {
        self.deepest
    }

    /// The most tokens in it without a comma or semicolon between them.
    pub(super) fn longest_run(&self) -> usize {
        self.longest_run
    }

    pub(super) fn push(&mut self, token: Token, word: &str) {
        self.run += 1;
        self.longest_run = self.longest_run.max(self.run);
        match token.kind {
            TokenKind::Comma | TokenKind::Semi => self.run = 0,
            TokenKind::OpenParen => self.parentheses += 1,
            TokenKind::CloseParen => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::OpenBracket => self.brackets += 1,
            TokenKind::CloseBracket => self.brackets = self.brackets.saturating_sub(1),
            TokenKind::Ident => self.identifier(word),
            _ => {}
        }
        self.deepest = self.deepest.max(self.parentheses + self.brackets);
        self.tokens.push(token);
    }

    fn identifier(&mut self, word: &str) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if let Some(place) = self.first.get_mut(self.identifiers) {
            *place = match word {
                _ if is("create") => Opening::Create,
                _ if is("or") => Opening::Or,
                _ if is("replace") => Opening::Replace,
                _ if is("function") || is("procedure") => Opening::Routine,
                _ => Opening::Other,
            };
        }
        self.identifiers += 1;
        if !self.makes_routine() || self.parentheses > 0 {
            return;
        }
        // `CASE` ends with `END` too, but only a body can hold one that matters.
        if is("begin") || (is("case") && self.blocks > 0) {
            self.blocks += 1;
        } else if is("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }

    fn makes_routine(&self) -> bool {
        matches!(
            self.first,
            [Opening::Create, Opening::Routine, ..]
                | [
                    Opening::Create,
                    Opening::Or,
                    Opening::Replace,
                    Opening::Routine
                ]
        )
    }
}
