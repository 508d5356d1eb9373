//! The tokens of a text with their byte offsets, on squawk's lexer.
//!
//! White space and comments are tokens too: who reads them decides what to skip.

use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

/// One token and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// What kind of quotation or comment the text ends in, if it ends before this token does.
    pub(crate) fn unterminated(self) -> Option<(&'static str, &'static str)> {
        match self.kind {
            TokenKind::BlockComment { terminated: false } => Some((
                "unterminated comment",
                "close it with \"*/\"; comments nest",
            )),
            TokenKind::QuotedIdent {
                terminated: false, ..
            } => Some((
                "unterminated quoted identifier",
                "close it with a double quote; write a double quote inside it twice",
            )),
            TokenKind::Literal { kind } => match kind {
                LiteralKind::DollarQuotedString { terminated: false } => Some((
                    "unterminated dollar-quoted string",
                    "close it with the tag that opens it, such as \"$$\"; upper and lower case differ",
                )),
                LiteralKind::Str { terminated: false }
                | LiteralKind::NationalStr { terminated: false }
                | LiteralKind::ByteStr { terminated: false }
                | LiteralKind::BitStr { terminated: false }
                | LiteralKind::UnicodeEscStr { terminated: false }
                | LiteralKind::EscStr { terminated: false } => Some((
                    "unterminated quoted string",
                    "close it with a single quote; write a single quote inside it twice",
                )),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The tokens from an offset on, which must be where a token can begin.
pub(crate) fn tokens(sql: &str, from: usize) -> impl Iterator<Item = Token> + '_ {
    let mut position = from;
    tokenize(&sql[from..]).map(move |token| {
        let start = position;
        position += token.len as usize;
        Token {
            kind: token.kind,
            start,
            end: position,
        }
    })
}
