//! HTML that cannot be injected: markup is constant, and everything else is escaped on its way in. Pure.

use std::fmt::{Display, Write};

/// A piece of HTML.
#[derive(Clone, Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, or the value of an attribute in double quotes.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        // Writing into a string does not fail.
        let _ = write!(Escaping(&mut self.0), "{text}");
        self
    }

    /// Adds text in which `backticks` mark code.
    pub(super) fn prose(&mut self, text: &str) -> &mut Self {
        for (at, part) in text.split('`').enumerate() {
            if at % 2 == 0 {
                self.text(part);
            } else {
                self.markup("<code>").text(part).markup("</code>");
            }
        }
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Escapes what is written.
struct Escaping<'s>(&'s mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(character),
                // Also those that turn the direction of what follows.
                _ if character.is_control()
                    || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
                {
                    self.0.push('\u{fffd}');
                }
                _ => self.0.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (text, expected) in [
            ("plain, ünïcode", "plain, ünïcode"),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;"),
            ("a\0b\u{202e}c\u{7f}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("two\nlines", "two\nlines"),
        ] {
            let mut html = Html::default();
            html.text(text);
            assert_eq!(html.into_string(), expected);
        }
    }

    #[test]
    fn backticks_are_code() {
        for (text, expected) in [
            ("Run `migrator up`.", "Run <code>migrator up</code>."),
            ("`<b>`", "<code>&lt;b&gt;</code>"),
            ("no end `of it", "no end <code>of it</code>"),
        ] {
            let mut html = Html::default();
            html.prose(text);
            assert_eq!(html.into_string(), expected);
        }
    }
}
