//! A text as statements: psql's rule for where one ends, `COPY` data, and meta-commands.
//!
//! A semicolon ends a statement outside parentheses and outside the `BEGIN … END` of a routine body. The rule was
//! compared with the server's own parser on 50,779 statements without a difference. What a statement is, is
//! `classify`; whether it may stand there is `transaction`.

mod statement;

use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind};
use statement::Statement;

use crate::classify::{Class, Classified, Setting, Words, classify, conforming_strings};
use crate::command::{self, Verdict};
use crate::directive;
use crate::finding::Finding;
use crate::place::Text;
use crate::placeholder::{self, OPENING, Site, Use};
use crate::token::{Token, tokens};

/// The parser recurses, and a stack that overflows would take the compiler with it.
const DEEPEST: usize = 2_000;

/// A chain of operators is as deep as it is long. The server gives up on one of this length too.
const LONGEST: usize = 200_000;

/// What a text consists of.
#[derive(Debug, Default)]
pub(crate) struct Split {
    pub(crate) pieces: Vec<Piece>,
    /// Comments that are, or look like, directives of a header.
    pub(crate) directives: Vec<Range<usize>>,
    /// Every `${name}` outside of comments and data.
    pub(crate) uses: Vec<Use>,
    pub(crate) problems: Vec<Finding>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Without the semicolon.
    pub(crate) range: Range<usize>,
    pub(crate) class: Class,
    /// What the operation of its class names.
    pub(crate) names: Vec<Range<usize>>,
    /// The rows below a `COPY … FROM stdin`, without the line that ends them.
    pub(crate) data: Option<Range<usize>>,
    pub(crate) nesting: Nesting,
}

/// Whether a statement can be parsed without the stack overflowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    Sound,
    /// Its parentheses and brackets go too deep, or it goes on for too long without a comma.
    TooDeep,
}

/// Splits a text into statements.
pub(crate) fn split(text: Text<'_>) -> Split {
    let mut splitter = Splitter {
        text,
        split: Split::default(),
        statement: Statement::default(),
        conforming: Setting::On,
        placeholders: text.sql.contains(OPENING),
    };
    let mut from = Some(0);
    while let Some(position) = from {
        from = splitter.read(position);
    }
    splitter.split
}

struct Splitter<'a> {
    text: Text<'a>,
    split: Split,
    statement: Statement,
    /// What the file has set `standard_conforming_strings` to.
    conforming: Setting,
    /// Whether the text can hold placeholders at all.
    placeholders: bool,
}

impl Splitter<'_> {
    /// Reads on from an offset, and says where to read on when the lexer has to skip what is not SQL.
    fn read(&mut self, from: usize) -> Option<usize> {
        let sql = self.text.sql;
        let mut after = from;
        for token in tokens(sql, from) {
            // The lexer makes several tokens of a placeholder; for a statement it is one.
            if token.start < after {
                continue;
            }
            if let Some((message, hint)) = token.unterminated() {
                self.problem(token.start..token.start + 1, message, hint);
                return None;
            }
            let word = &sql[token.range()];
            match token.kind {
                TokenKind::Whitespace | TokenKind::BlockComment { .. } | TokenKind::Eof => {}
                TokenKind::LineComment => {
                    if directive::looks_like_one(word) {
                        self.split.directives.push(token.range());
                    }
                }
                TokenKind::Semi if self.statement.may_end() => {
                    if let Some(next) = self.finish(token.end) {
                        return Some(next);
                    }
                }
                TokenKind::Unknown if word == "\\" => return Some(self.command(token.start)),
                TokenKind::PositionalParam { .. } | TokenKind::Ident
                    if self.placeholders && self.placeholder(&token, &mut after) => {}
                _ => {
                    if self.placeholders && word.contains(OPENING) {
                        placeholder::quoted(sql, &token, &mut self.split.uses);
                    }
                    self.refuse_unlocking(&token, word);
                    self.refuse_escapes(&token, word);
                    self.statement.push(token, word);
                }
            }
        }
        // At the end of the text a statement needs no semicolon.
        self.finish(sql.len());
        None
    }

    /// Ends the statement; says where to read on when its data follows.
    fn finish(&mut self, after: usize) -> Option<usize> {
        let mut statement = std::mem::take(&mut self.statement);
        let (first, last) = (*statement.tokens.first()?, *statement.tokens.last()?);
        let range = first.start..last.end;
        let words = Words {
            sql: self.text.sql,
            tokens: &statement.tokens,
        };
        let Classified { class, names } = classify(words);
        self.conforming = conforming_strings(words).unwrap_or(self.conforming);
        if self.placeholders {
            placeholder::dollar_quoted(words, &mut self.split.uses);
        }
        let nesting = self.nesting(&statement, &range);
        // The next statement uses the same memory.
        statement.tokens.clear();
        self.statement.tokens = std::mem::take(&mut statement.tokens);

        let (data, next) = match class {
            Class::CopyIn => self.data(&range, after),
            _ => (None, None),
        };
        self.split.pieces.push(Piece {
            range,
            class,
            names,
            data,
            nesting,
        });
        next
    }

    /// Takes `${name}` as one word of the statement, whatever will stand there.
    fn placeholder(&mut self, token: &Token, after: &mut usize) -> bool {
        let Some(range) = placeholder::begins(self.text.sql, token) else {
            return false;
        };
        *after = range.end;
        let whole = Token {
            kind: TokenKind::Ident,
            start: token.start,
            end: range.end,
        };
        self.statement.push(whole, &self.text.sql[whole.range()]);
        let site = Site::Code;
        self.split.uses.push(Use { range, site });
        true
    }

    fn nesting(&mut self, statement: &Statement, range: &Range<usize>) -> Nesting {
        if statement.depth() > DEEPEST {
            let message = format!("parentheses are nested more than {DEEPEST} deep");
            self.problem(
                range.clone(),
                &message,
                "write the expression as several statements",
            );
            return Nesting::TooDeep;
        }
        if statement.longest_run() > LONGEST {
            Nesting::TooDeep
        } else {
            Nesting::Sound
        }
    }

    /// The data of a `COPY` whose statement ends before `after`, and where SQL goes on.
    fn data(&mut self, copy: &Range<usize>, after: usize) -> (Option<Range<usize>>, Option<usize>) {
        let sql = self.text.sql;
        let (rest, below) = match sql[after..].find('\n') {
            Some(length) => (after..after + length, after + length + 1),
            None => (after..sql.len(), sql.len()),
        };
        let trailing = sql[rest.clone()].trim();
        if !trailing.is_empty() && !trailing.starts_with("--") {
            let message = "the data of a COPY begins on the line after its semicolon";
            self.problem(
                rest,
                message,
                "move what follows the semicolon below the line \"\\.\"",
            );
        }
        let lines = &sql[below..];
        let mark = if lines == "\\." || lines.starts_with("\\.\n") {
            Some(0)
        } else {
            let closed = lines.find("\n\\.\n").map(|at| at + 1);
            closed.or_else(|| lines.ends_with("\n\\.").then(|| lines.len() - 2))
        };
        if let Some(mark) = mark {
            let next = (below + mark + 3).min(sql.len());
            return (Some(below..below + mark), Some(next));
        }
        self.problem(
            copy.clone(),
            "the data of COPY has no end",
            "end it with a line that holds only \"\\.\"",
        );
        (None, Some(sql.len()))
    }

    /// A meta-command at a backslash; says where its line ends.
    fn command(&mut self, at: usize) -> usize {
        let sql = self.text.sql;
        let end = sql[at..].find('\n').map_or(sql.len(), |length| at + length);
        let rest = &sql[at + 1..end];
        let name = rest
            .split_whitespace()
            .next()
            .filter(|_| !rest.starts_with(char::is_whitespace))
            .unwrap_or("");
        match command::verdict(name) {
            Verdict::Dropped if self.statement.tokens.is_empty() => return end,
            Verdict::Dropped => {
                self.problem(
                    at..end,
                    &format!("\"\\{name}\" in the middle of a statement"),
                    "remove it",
                );
            }
            Verdict::Refused(hint) => {
                self.problem(
                    at..end,
                    &format!("\"\\{name}\" is a meta-command of psql"),
                    hint,
                );
            }
        }
        if command::sends(name) {
            self.finish(at);
        }
        end
    }

    /// The run holds an advisory lock; a file that lets go of all of them would let a second runner in.
    fn refuse_unlocking(&mut self, token: &Token, word: &str) {
        if matches!(token.kind, TokenKind::Ident | TokenKind::QuotedIdent { .. })
            && word
                .trim_matches('"')
                .eq_ignore_ascii_case("pg_advisory_unlock_all")
        {
            let hint = "unlock each lock by its key with pg_advisory_unlock";
            self.problem(
                token.range(),
                "pg_advisory_unlock_all would release the lock of the run",
                hint,
            );
        }
    }

    /// A message is read by the server before the first of its statements runs, so that a file cannot change how its
    /// own strings are read. One problem is enough: what follows may be cut in the wrong places.
    fn refuse_escapes(&mut self, token: &Token, word: &str) {
        let plain = matches!(
            token.kind,
            TokenKind::Literal {
                kind: LiteralKind::Str { .. } | LiteralKind::NationalStr { .. }
            }
        );
        if plain && self.conforming == Setting::Off && word.contains('\\') {
            self.conforming = Setting::On;
            self.problem(
                token.range(),
                "a backslash in a string after standard_conforming_strings = off",
                "write E'…' where a backslash is an escape, and remove the SET: it has no effect on this file",
            );
        }
    }

    fn problem(&mut self, range: Range<usize>, message: &str, hint: &str) {
        let finding = Finding::new(message).hint(hint).at(self.text.place(&range));
        self.split.problems.push(finding);
    }
}

#[cfg(test)]
mod tests;
