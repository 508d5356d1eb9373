//! A session that blocks one of ours, as people and programs read about it.

use std::fmt;
use std::time::Duration;

/// A session that another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocker {
    /// Its process; 0 is a prepared transaction.
    pub(crate) pid: i32,
    /// Its `application_name`.
    pub(crate) application: String,
    /// Its role.
    pub(crate) role: String,
    /// What it does, such as `idle in transaction`; empty when this role may not see that.
    pub(crate) state: String,
    /// For how long.
    pub(crate) state_for: Option<Duration>,
    /// How long its transaction is open.
    pub(crate) transaction_for: Option<Duration>,
    /// The first words of its last statement, without string constants.
    pub(crate) query: String,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("a prepared transaction");
        }
        write!(f, "pid {} of role {}", self.pid, self.role)?;
        if !self.application.is_empty() {
            write!(f, " ({})", self.application)?;
        }
        if !self.state.is_empty() {
            write!(f, ", {}", self.state)?;
        }
        if let Some(time) = self.state_for {
            write!(f, " for {} s", time.as_secs())?;
        }
        if let Some(time) = self.transaction_for {
            write!(f, ", its transaction open for {} s", time.as_secs())?;
        }
        if !self.query.is_empty() {
            write!(f, ": {}", self.query)?;
        }
        Ok(())
    }
}

/// All of them in one line.
pub(crate) fn line(blockers: &[Blocker]) -> String {
    let named: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    named.join("; ")
}

/// How many characters of a statement are shown.
const SHOWN: usize = 60;

/// The first words of a statement in one line. What stands in it between quotes may be a secret, and what stands in a
/// comment may look like a quote: neither is shown.
pub(crate) fn words(query: &str) -> String {
    let mut shown = String::new();
    let mut rest = query;
    while let Some(next) = rest.chars().next() {
        let (piece, length) = if let Some(comment) = rest.strip_prefix("--") {
            (" ", 2 + comment.find('\n').unwrap_or(comment.len()))
        } else if rest.starts_with("/*") {
            (" ", comment_length(rest))
        } else if next == '\'' {
            ("'…'", quoted_length(rest))
        } else if let Some(length) = dollar_quoted_length(rest) {
            ("$$…$$", length)
        } else {
            let length = next.len_utf8();
            (rest.get(..length).unwrap_or_default(), length)
        };
        shown.push_str(piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    let line = shown.split_whitespace().collect::<Vec<&str>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

/// Comments nest.
fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
        } else {
            match rest.chars().next() {
                Some(next) => at += next.len_utf8(),
                None => return text.len(),
            }
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// A string constant up to its end. Where a backslash may or may not hide the quote behind it, all the rest counts as
/// the constant.
fn quoted_length(text: &str) -> usize {
    let mut from = 1;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find('\'')) {
        let at = from + found;
        let inside = text.get(..at).unwrap_or_default();
        let after = text.get(at + 1..).unwrap_or_default();
        if inside.ends_with('\\') {
            return text.len();
        }
        if !after.starts_with('\'') {
            return at + 1;
        }
        from = at + 2;
    }
    text.len()
}

fn dollar_quoted_length(text: &str) -> Option<usize> {
    let (tag, _) = text.strip_prefix('$')?.split_once('$')?;
    let is_tag = tag
        .chars()
        .all(|each| each.is_alphanumeric() || each == '_')
        && !tag.starts_with(|first: char| first.is_ascii_digit());
    if !is_tag {
        return None;
    }
    let mark = format!("${tag}$");
    let body = text.get(mark.len()..)?;
    Some(
        body.find(&mark)
            .map_or(text.len(), |end| mark.len() + end + mark.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_hold_no_secret() {
        for (query, shown) in [
            ("", ""),
            ("SELECT 1", "SELECT 1"),
            (
                "UPDATE  t\n SET a = 'secret', b=2",
                "UPDATE t SET a = '…', b=2",
            ),
            ("SELECT 'it''s secret', 1", "SELECT '…', 1"),
            (r"SELECT E'a\'secret', 'b'", "SELECT E'…'"),
            ("SELECT 'secret", "SELECT '…'"),
            ("-- don't\nSELECT 'secret'", "SELECT '…'"),
            ("/* don't /* a */ b */ SELECT 'secret'", "SELECT '…'"),
            ("/* open 'secret", ""),
            ("DO $$ secret $$, $a$ b $$ c $a$ d", "DO $$…$$, $$…$$ d"),
            (
                "SELECT $1, a$b FROM $x$ secret",
                "SELECT $1, a$b FROM $$…$$",
            ),
            (
                "SELECT größe, größe, größe, größe, größe, größe, größe, größe, größe",
                "SELECT größe, größe, größe, größe, größe, größe, größe, größ…",
            ),
        ] {
            assert_eq!(words(query), shown, "{query}");
        }
    }
}
