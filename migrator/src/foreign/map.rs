//! The file of `--map`: which of our versions stands for what another tool calls otherwise. A table `[map]` of TOML,
//! of which nothing but its lines `"name" = version` is needed here.

use std::collections::BTreeMap;

use crate::error::{Error, Kind};

use super::entry::EXTENSIONS;

/// What another tool's names stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(BTreeMap<String, Named>);

/// A name as the file has it, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    spelled: String,
    meaning: Meaning,
}

/// What one name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This version of ours.
    Version(i64),
    /// Nothing of ours: `"none"` in the file.
    Nothing,
}

impl Map {
    /// Reads the text of a map file; `shown` is how messages call it.
    ///
    /// # Errors
    ///
    /// `Usage`, with every line that cannot be read.
    pub fn read(text: &str, shown: &str) -> Result<Self, Error> {
        let mut map = BTreeMap::new();
        let mut problems = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || line == "[map]" {
                continue;
            }
            match assignment(line) {
                Ok((name, meaning)) => {
                    let named = Named {
                        spelled: name.clone(),
                        meaning,
                    };
                    if map.insert(plain(&name).to_owned(), named).is_some() {
                        problems.push(format!("{shown}:{number}: \"{name}\" is there twice"));
                    }
                }
                Err(problem) => problems.push(format!("{shown}:{number}: {problem}")),
            }
        }
        if problems.is_empty() {
            return Ok(Self(map));
        }
        let error = Error::new(Kind::Usage, format!("\"{shown}\" is not a map file"));
        Err(problems.into_iter().fold(error, Error::with_detail).with_hint(
            "Write one line for each, below `[map]`: `\"name there\" = version here`, or `= \"none\"` for what is not to be adopted.",
        ))
    }

    /// What a name stands for.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Meaning> {
        self.0.get(plain(name)).map(|named| named.meaning)
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of a version, as the file spells them.
    pub(super) fn spelled(&self, version: i64) -> impl Iterator<Item = &str> {
        let of = self.0.values();
        of.filter(move |named| named.meaning == Meaning::Version(version))
            .map(|named| named.spelled.as_str())
    }

    /// Every name with the version that it stands for, in order of the names.
    pub fn versions(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0
            .iter()
            .filter_map(|(name, named)| match named.meaning {
                Meaning::Version(version) => Some((name.as_str(), version)),
                Meaning::Nothing => None,
            })
    }
}

/// A name without what files and tables do not agree about: the zeros before a number, the extension of a file.
pub(super) fn plain(name: &str) -> &str {
    let stem = EXTENSIONS
        .iter()
        .find_map(|extension| name.strip_suffix(extension))
        .unwrap_or(name);
    if stem.bytes().all(|byte| byte.is_ascii_digit()) && !stem.is_empty() {
        let digits = stem.trim_start_matches('0');
        return if digits.is_empty() { "0" } else { digits };
    }
    stem
}

fn assignment(line: &str) -> Result<(String, Meaning), String> {
    let (name, rest) = key(line)?;
    let value = rest
        .trim_start()
        .strip_prefix('=')
        .ok_or("there is no `=` after the name")?;
    Ok((name, meaning(value)?))
}

/// The name before the `=`, and what follows it.
fn key(line: &str) -> Result<(String, &str), String> {
    if let Some(quote @ ('"' | '\'')) = line.chars().next() {
        return quoted(line, quote);
    }
    let form = "it is not of the form `\"name\" = version`";
    let (name, _) = line.split_once('=').ok_or(form)?;
    let rest = line.get(name.len()..).unwrap_or_default();
    let name = name.trim();
    if name.is_empty() || name.starts_with('[') {
        return Err(form.to_owned());
    }
    Ok((name.to_owned(), rest))
}

/// A quoted text from its opening quote on, and what follows it. `"` knows escapes, `'` does not.
fn quoted(text: &str, quote: char) -> Result<(String, &str), String> {
    let mut content = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => {
                let rest = text.get(at + letter.len_utf8()..).unwrap_or_default();
                return Ok((content, rest));
            }
            '\\' if quote == '"' => match letters.next() {
                Some((_, escaped @ ('"' | '\\'))) => content.push(escaped),
                Some((_, 't')) => content.push('\t'),
                _ => return Err("of escapes only \\\", \\\\ and \\t are known".to_owned()),
            },
            _ => content.push(letter),
        }
    }
    Err("a quote is not closed".to_owned())
}

fn meaning(value: &str) -> Result<Meaning, String> {
    let value = value.trim();
    let (bare, rest) = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let (text, rest) = quoted(value, quote)?;
            return match text.as_str() {
                "none" if ends(rest) => Ok(Meaning::Nothing),
                _ => Err("the value is neither a version nor \"none\"".to_owned()),
            };
        }
        _ => value.split_at(value.find('#').unwrap_or(value.len())),
    };
    let digits = bare.trim().replace('_', "");
    match digits.parse() {
        Ok(version) if ends(rest) => Ok(Meaning::Version(version)),
        _ => Err("the value is neither a version nor \"none\"".to_owned()),
    }
}

/// Whether nothing but a comment follows.
fn ends(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_line_is_read() {
        for (line, name, meaning) in [
            ("\"1.2\" = 12", "1.2", Meaning::Version(12)),
            ("'a\\b'=3 # third", "a\\b", Meaning::Version(3)),
            (
                "\"a \\\"b\\\" = c\" = 4",
                "a \"b\" = c",
                Meaning::Version(4),
            ),
            ("000003 = 3", "3", Meaning::Version(3)),
            ("1_init = 3", "1_init.js", Meaning::Version(3)),
            ("1.2 = 2024_01_01", "1.2", Meaning::Version(20_240_101)),
            (
                "  auth.0001_initial = \"none\" # Django's own",
                "auth.0001_initial",
                Meaning::Nothing,
            ),
        ] {
            let text = format!("\u{feff}# names\r\n[map]\r\n\r\n{line}\r\n");
            let map = Map::read(&text, "map.toml").expect(line);
            assert_eq!(map.get(name), Some(meaning), "{line}");
        }
    }

    #[test]
    fn every_line_that_cannot_be_read_is_named() {
        let text = "\"a\" = 1\n\"a\" = 2\n[other]\nb\n\"c = 1\nd = x\ne = \"f\"\n\"g\" 1\n = 1\n\"h\\n\" = 1\ni = 1 2";
        let error = Map::read(text, "map.toml").expect_err("it is not one");
        assert_eq!(error.to_string(), "\"map.toml\" is not a map file");
        assert_eq!(
            error.detail(),
            [
                "map.toml:2: \"a\" is there twice",
                "map.toml:3: it is not of the form `\"name\" = version`",
                "map.toml:4: it is not of the form `\"name\" = version`",
                "map.toml:5: a quote is not closed",
                "map.toml:6: the value is neither a version nor \"none\"",
                "map.toml:7: the value is neither a version nor \"none\"",
                "map.toml:8: there is no `=` after the name",
                "map.toml:9: it is not of the form `\"name\" = version`",
                "map.toml:10: of escapes only \\\", \\\\ and \\t are known",
                "map.toml:11: the value is neither a version nor \"none\"",
            ]
        );
    }
}
