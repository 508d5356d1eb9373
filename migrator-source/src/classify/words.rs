//! The words of a statement, and what can be asked of them.
//!
//! A word is compared as it is written, so that a quoted identifier is never a keyword.

use crate::token::Token;

/// The words of one statement: its tokens without comments.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) sql: &'a str,
    pub(crate) tokens: &'a [Token],
}

impl<'a> Words<'a> {
    pub(super) fn get(self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.sql[token.start..token.end])
    }

    pub(super) fn is(self, at: usize, word: &str) -> bool {
        self.get(at).eq_ignore_ascii_case(word)
    }

    pub(super) fn one_of(self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Whether these words begin the statement; `*` stands for any one.
    pub(super) fn begin_with(self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(at, word)| *word == "*" || self.is(at, word))
    }

    pub(super) fn position(self, word: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|at| self.is(*at, word))
    }

    /// Where the parenthesis closes that opens at `at`.
    fn close(self, at: usize) -> usize {
        (at..self.tokens.len())
            .find(|at| self.get(*at) == ")")
            .unwrap_or(self.tokens.len())
    }

    /// Where a command goes on after its options, as a list in parentheses or as the old `VERBOSE`.
    pub(super) fn after_options(self) -> usize {
        match self.get(1) {
            "(" => self.close(1) + 1,
            word if word.eq_ignore_ascii_case("VERBOSE") => 2,
            _ => 1,
        }
    }

    /// What a list in parentheses says about a boolean option: `None` where it does not name it.
    pub(super) fn option(self, open: usize, name: &str) -> Option<Setting> {
        let close = self.close(open);
        let at = (open..close).find(|at| self.is(*at, name))?;
        let value = if self.get(at + 1) == "=" {
            at + 2
        } else {
            at + 1
        };
        Some(if value < close {
            self.setting(value)
        } else {
            Setting::On
        })
    }

    /// A boolean value.
    pub(super) fn setting(self, at: usize) -> Setting {
        let off = ["false", "off", "0", "no", "f", "n"];
        let word = self.get(at).trim_matches('\'');
        if off.iter().any(|off| word.eq_ignore_ascii_case(off)) {
            Setting::Off
        } else {
            Setting::On
        }
    }

    /// The last list in parentheses: where `WITH (…)` stands.
    pub(super) fn last_option(self, name: &str) -> Option<Setting> {
        let open = (0..self.tokens.len()).rfind(|at| self.get(*at) == "(")?;
        self.option(open, name)
    }
}

/// What a boolean option or parameter is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    On,
    Off,
}
