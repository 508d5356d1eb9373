//! Placeholders in a text: `${name}`, where it is code that `migrator.toml` declares a value for.
//!
//! No value is known here. A spot is where one will stand; for everything that reads SQL at compile time, something
//! harmless of the same length stands there.

use std::borrow::Cow;
use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind};

use crate::classify::Words;
use crate::finding::Finding;
use crate::folder::Spot;
use crate::place::Text;
use crate::settings::{Placeholder, Quoting, placeholders};
use crate::token::{Token, tokens};

/// How a placeholder begins.
pub(crate) const OPENING: &str = "${";

/// `${name}` somewhere in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) range: Range<usize>,
    pub(crate) site: Site,
}

/// What it is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// The statement itself.
    Code,
    /// The dollar-quoted body of a routine or a `DO`, in SQL or PL/pgSQL.
    Body,
    /// Such a body in another language.
    Foreign,
    /// A string.
    Literal,
    /// A quoted identifier.
    Quoted,
}

/// The `${name}` that begins at an offset.
pub(crate) fn at(sql: &str, start: usize) -> Option<Range<usize>> {
    let inner = sql.get(start..)?.strip_prefix(OPENING)?;
    let name = &inner[..inner.find('}')?];
    placeholders::is_name(name).then(|| start..start + name.len() + OPENING.len() + 1)
}

/// Whether `${name}` begins in a token: the lexer makes several of it, and takes the sign for the end of a word before it.
pub(crate) fn begins(sql: &str, token: &Token) -> Option<Range<usize>> {
    let may = matches!(
        token.kind,
        TokenKind::PositionalParam { .. } | TokenKind::Ident
    );
    if may && sql[token.range()].ends_with('$') {
        at(sql, token.end - 1)
    } else {
        None
    }
}

/// Every `${name}` in a range that is of one kind.
pub(crate) fn all_in(sql: &str, range: Range<usize>, site: Site, uses: &mut Vec<Use>) {
    let found = sql[range.clone()].match_indices(OPENING);
    uses.extend(found.filter_map(|(offset, _)| {
        let range = at(sql, range.start + offset)?;
        Some(Use { range, site })
    }));
}

/// What a token that quotes something holds, but for dollar-quoted strings, which need their statement to be judged.
pub(crate) fn quoted(sql: &str, token: &Token, uses: &mut Vec<Use>) {
    match token.kind {
        TokenKind::QuotedIdent { .. } => all_in(sql, token.range(), Site::Quoted, uses),
        TokenKind::Literal { kind } if !matches!(kind, LiteralKind::DollarQuotedString { .. }) => {
            all_in(sql, token.range(), Site::Literal, uses);
        }
        _ => {}
    }
}

/// What the dollar-quoted strings of a statement hold.
pub(crate) fn dollar_quoted(words: Words<'_>, uses: &mut Vec<Use>) {
    for (number, token) in words.tokens.iter().enumerate() {
        let dollar = matches!(
            token.kind,
            TokenKind::Literal {
                kind: LiteralKind::DollarQuotedString { .. }
            }
        );
        if !dollar || !words.sql[token.range()].contains(OPENING) {
            continue;
        }
        match body(words, number) {
            None => all_in(words.sql, token.range(), Site::Literal, uses),
            Some(Language::Foreign) => all_in(words.sql, token.range(), Site::Foreign, uses),
            Some(Language::Sql) => inside(words.sql, token, uses),
        }
    }
}

enum Language {
    Sql,
    Foreign,
}

/// The language of a routine of which the token with this number is the body; `None` where it is a mere string.
fn body(words: Words<'_>, number: usize) -> Option<Language> {
    let word = |at: usize| words.tokens.get(at).map_or("", |it| &words.sql[it.range()]);
    let is = |at: usize, other: &str| word(at).eq_ignore_ascii_case(other);
    let kind = if is(1, "OR") { 3 } else { 1 };
    let routine = is(0, "CREATE") && (is(kind, "FUNCTION") || is(kind, "PROCEDURE"));
    let is_body = is(0, "DO") || (routine && number > 0 && is(number - 1, "AS"));
    if !is_body {
        return None;
    }
    let language = (0..words.tokens.len()).find(|at| is(*at, "LANGUAGE"));
    let known = language.is_none_or(|at| {
        let name = word(at + 1).trim_matches(['"', '\'']);
        name.eq_ignore_ascii_case("sql") || name.eq_ignore_ascii_case("plpgsql")
    });
    Some(if known {
        Language::Sql
    } else {
        Language::Foreign
    })
}

/// What the body in a token holds: its code, and what that quotes.
fn inside(sql: &str, token: &Token, uses: &mut Vec<Use>) {
    let written = &sql[token.range()];
    let tag = written[1..].find('$').map_or(0, |at| at + 2);
    let end = token.end.saturating_sub(tag);
    let Some(text) = sql.get(..end) else { return };
    let mut after = token.start + tag;
    for inner in tokens(text, token.start + tag) {
        if inner.start < after {
            continue;
        }
        if let Some(range) = begins(text, &inner) {
            after = range.end;
            let site = Site::Body;
            uses.push(Use { range, site });
        } else if matches!(
            inner.kind,
            TokenKind::Literal { .. } | TokenKind::QuotedIdent { .. }
        ) {
            let site = match inner.kind {
                TokenKind::QuotedIdent { .. } => Site::Quoted,
                _ => Site::Literal,
            };
            all_in(text, inner.range(), site, uses);
        }
    }
}

/// The spots of a text in order; a use that cannot be one is a problem.
pub(crate) fn spots(
    text: Text<'_>,
    uses: &[Use],
    declared: &[Placeholder],
    problems: &mut Vec<Finding>,
) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for Use { range, site } in uses {
        let name = &text.sql[range.start + OPENING.len()..range.end - 1];
        let placeholder = declared.iter().find(|it| it.name == name);
        let mut problem = |message: String, hint: String| {
            problems.push(Finding::new(message).hint(hint).at(text.place(range)));
        };
        match (placeholder, site) {
            (Some(it), Site::Code | Site::Body) if stands_alone(text.sql, range) => {
                spots.push(Spot {
                    start: range.start,
                    end: range.end,
                    quoting: it.quoting,
                });
            }
            (Some(_), Site::Code | Site::Body) => problem(
                format!("placeholder \"{name}\" is written to something else"),
                "put a space around it; a name or text that is made of parts is composed with || or format()"
                    .to_owned(),
            ),
            (None, Site::Code) => problem(
                format!("placeholder \"{name}\" is not declared"),
                undeclared(name, declared),
            ),
            (None, Site::Body) if !declared.is_empty() => problem(
                format!("placeholder \"{name}\" is not declared"),
                undeclared(name, declared),
            ),
            (Some(it), Site::Literal) => problem(
                format!("placeholder \"{name}\" in a string"),
                match it.quoting {
                    Quoting::Literal => format!("close the string before it: '…' || ${{{name}}} || '…'"),
                    Quoting::Identifier => format!(
                        "declare another one with the same variable and as = \"literal\": \
                         format('… %I …', ${{{name}_text}})"
                    ),
                },
            ),
            (Some(it), Site::Quoted) => problem(
                format!("placeholder \"{name}\" in a quoted identifier"),
                match it.quoting {
                    Quoting::Identifier => {
                        format!("leave the quotes out: ${{{name}}} is quoted where it stands")
                    }
                    Quoting::Literal => "declare it with as = \"identifier\"".to_owned(),
                },
            ),
            (Some(_), Site::Foreign) => problem(
                format!("placeholder \"{name}\" in a body that is neither SQL nor PL/pgSQL"),
                "hand it over as an argument, or read a setting".to_owned(),
            ),
            (None, _) => {}
        }
    }
    spots.sort_by_key(|spot| spot.start);
    spots
}

fn undeclared(name: &str, declared: &[Placeholder]) -> String {
    let known: Vec<&str> = declared.iter().map(|it| it.name.as_str()).collect();
    let other = if known.is_empty() {
        String::new()
    } else {
        format!("; declared are {}", known.join(", "))
    };
    format!("declare it in migrator.toml as [placeholders.{name}]{other}")
}

/// Whether nothing next to it could become a part of what will stand there.
fn stands_alone(sql: &str, range: &Range<usize>) -> bool {
    let joins =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '\'' | '"') || !c.is_ascii();
    let before = sql[..range.start].chars().next_back();
    let after = sql[range.end..].chars().next();
    !before.is_some_and(|c| joins(c) || c == '&') && !after.is_some_and(joins)
}

/// Where a parser would meet a placeholder that has no spot.
pub(crate) fn unspotted(uses: &[Use], spots: &[Spot]) -> Vec<usize> {
    let code = uses.iter().filter(|it| it.site == Site::Code);
    code.map(|it| it.range.start)
        .filter(|start| {
            let found = spots.binary_search_by_key(start, |spot| spot.start);
            found.is_err()
        })
        .collect()
}

/// The text as a parser may read it, all offsets as they were.
pub(crate) fn masked<'t>(sql: &'t str, spots: &[Spot]) -> Cow<'t, str> {
    if spots.is_empty() {
        return Cow::Borrowed(sql);
    }
    let mut masked = String::with_capacity(sql.len());
    let mut copied = 0;
    for spot in spots {
        let quote = match spot.quoting {
            Quoting::Identifier => '"',
            Quoting::Literal => '\'',
        };
        masked.push_str(&sql[copied..spot.start]);
        masked.push(quote);
        masked.push_str(&sql[spot.start + OPENING.len()..spot.end - 1]);
        masked.push('_');
        masked.push(quote);
        copied = spot.end;
    }
    masked.push_str(&sql[copied..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests;
