//! A problem or a warning about a folder, and how it reads.
//!
//! The form is the compiler's own: message, place, the line with a caret, and what to do. Where a byte offset lies in
//! a text is found in `place`.

use std::fmt;

/// Something that is wrong, or odd, in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it; none where the reader refuses something by itself.
    pub rule: Option<&'static str>,
    /// Whether it stops the build.
    pub severity: Severity,
    /// What is the matter, in the voice of PostgreSQL: lower case, no full stop, names in double quotes.
    pub message: String,
    /// Why it is dangerous.
    pub explanation: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where: one place, or several where files contradict each other.
    pub places: Vec<Place>,
}

/// Whether a finding stops the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A compile error.
    Error,
    /// A warning of the compiler.
    Warning,
}

/// A position in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, with the folder in front as the reader calls it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line itself, where the place is within a text.
    pub excerpt: Option<Excerpt>,
}

/// A line of text and what to underline in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, or the part of a long line around the place.
    pub text: String,
    /// How many characters of `text` stand before the underlined ones.
    pub before: usize,
    /// How many characters are underlined, at least one.
    pub length: usize,
}

impl Finding {
    /// What makes a folder unusable.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            rule: None,
            severity: Severity::Error,
            message: message.into(),
            explanation: None,
            hint: None,
            places: Vec::new(),
        }
    }

    /// What is odd.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::new(message)
        }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With one more place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.places.push(place);
        self
    }
}

impl Place {
    /// A file as a whole, or one that could not be read.
    pub(crate) fn whole(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: 1,
            column: 1,
            excerpt: None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(rule) = self.rule {
            write!(f, "{rule}: ")?;
        }
        write!(f, "{}", self.message)?;
        let excerpts = self.places.iter().filter(|place| place.excerpt.is_some());
        let width = excerpts
            .map(|place| place.line.to_string().len())
            .max()
            .unwrap_or(1);
        let margin = " ".repeat(width);
        for place in &self.places {
            write!(
                f,
                "\n{margin}--> {}:{}:{}",
                place.file, place.line, place.column
            )?;
            if let Some(excerpt) = &place.excerpt {
                write!(f, "\n{margin} |\n{:>width$} | {}", place.line, excerpt.text)?;
                let (before, carets) = (" ".repeat(excerpt.before), "^".repeat(excerpt.length));
                write!(f, "\n{margin} | {before}{carets}")?;
            }
        }
        if let Some(explanation) = &self.explanation {
            write!(f, "\n{margin} = note: {explanation}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n{margin} = help: {hint}")?;
        }
        if let Some(rule) = self.rule {
            let allow = format!("-- migrator: allow({rule}) \"why\"");
            write!(
                f,
                "\n{margin} = help: where it is right all the same: {allow}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_like_one_of_the_compiler() {
        let place = |line, column, text: &str, before, length| Place {
            file: "migrations/V3__bad.sql".into(),
            line,
            column,
            excerpt: Some(Excerpt {
                text: text.into(),
                before,
                length,
            }),
        };
        let finding = Finding::new("syntax error: expected a type")
            .hint("see the manual")
            .at(place(9, 5, "  b txet not nul,", 4, 4))
            .at(place(12, 1, "x", 0, 1));
        let expected = "syntax error: expected a type
  --> migrations/V3__bad.sql:9:5
   |
 9 |   b txet not nul,
   |     ^^^^
  --> migrations/V3__bad.sql:12:1
   |
12 | x
   | ^
   = help: see the manual";
        assert_eq!(finding.to_string(), expected);
    }

    #[test]
    fn a_finding_of_a_rule_has_its_name_and_the_way_around_it() {
        let mut finding = Finding::warning("a column is dropped").hint("do not");
        finding.rule = Some("ban-drop-column");
        finding.explanation = Some("it is gone".to_owned());
        let expected = "ban-drop-column: a column is dropped
  = note: it is gone
  = help: do not
  = help: where it is right all the same: -- migrator: allow(ban-drop-column) \"why\"";
        assert_eq!(finding.to_string(), expected);
    }

    #[test]
    fn a_whole_file_has_no_excerpt() {
        let finding = Finding::new("version 3 is used twice").at(Place::whole("m/V3__a.sql"));
        assert_eq!(
            finding.to_string(),
            "version 3 is used twice\n --> m/V3__a.sql:1:1"
        );
    }
}
