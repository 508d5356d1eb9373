//! A text of ours, and where in the other tool's files each of its lines stood.

use super::report::Note;

/// SQL that was taken from a file, as a whole or in part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    /// The file, relative to the folder that is converted.
    pub(crate) file: String,
    pub(crate) sql: String,
    /// The number in `file` of each line of `sql`.
    pub(crate) lines: Vec<usize>,
    pub(crate) marked: Marked,
}

/// Whether the other tool was told to run a text outside a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Marked {
    #[default]
    Not,
    Outside,
}

impl Text {
    /// Nothing yet of a file.
    pub(crate) fn of(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }

    /// A whole file. A byte order mark is no part of its text.
    pub(crate) fn whole(file: &str, content: &str) -> Self {
        let mut text = Self::of(file);
        let content = content.strip_prefix('\u{feff}').unwrap_or(content);
        for (line, content) in (1..).zip(content.split_inclusive('\n')) {
            text.push(line, content);
        }
        text
    }

    /// Adds a line, with its ending.
    pub(crate) fn push(&mut self, line: usize, content: &str) {
        self.lines.push(line);
        self.sql.push_str(content);
    }

    /// The lines with their numbers in the file, each with its ending.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines
            .iter()
            .copied()
            .zip(self.sql.split_inclusive('\n'))
    }

    /// Without the lines for which `unwanted` is true.
    pub(crate) fn without(&self, unwanted: impl Fn(&str) -> bool) -> Self {
        let mut kept = Self {
            marked: self.marked,
            ..Self::of(&self.file)
        };
        for (line, content) in self.numbered() {
            if !unwanted(content) {
                kept.push(line, content);
            }
        }
        kept
    }

    /// Whether there is nothing in it but white space and line comments.
    pub(crate) fn is_empty(&self) -> bool {
        self.sql.lines().all(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with("--")
        })
    }

    /// A note about its first line.
    pub(crate) fn note(&self, message: impl Into<String>) -> Note {
        Note::at(
            &self.file,
            self.lines.first().copied().unwrap_or(1),
            message,
        )
    }
}
