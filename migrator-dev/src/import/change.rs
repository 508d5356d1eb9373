//! What a tool's folder holds, before versions and names are made ours.

use super::number::Number;
use super::report::{Entry, Note, Outcome};
use super::text::Text;

/// What a folder holds.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "the changes among what else there is"
)]
pub(crate) struct Changes {
    /// In the order in which the tool would run them.
    pub(crate) changes: Vec<Change>,
    /// What is no migration, or none in SQL.
    pub(crate) others: Vec<Entry>,
    /// Names in the tool's history that stand for nothing of ours.
    pub(crate) nothing: Vec<String>,
    /// Downs that undo nothing that is there.
    pub(crate) orphans: Vec<String>,
}

/// One migration.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) kind: Kind,
    /// What the tool's history calls it.
    pub(crate) key: Option<String>,
    pub(crate) number: Option<Number>,
    /// In the tool's spelling.
    pub(crate) name: String,
    pub(crate) up: Text,
    pub(crate) down: Option<Text>,
    pub(crate) verify: Option<Text>,
    /// The environments that it is for; none: all.
    pub(crate) only: Vec<String>,
    pub(crate) remarks: Vec<Note>,
    /// Why it cannot be converted.
    pub(crate) refusals: Vec<Note>,
}

/// What a migration is, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Versioned,
    /// refinery's `U`: may be applied out of order.
    Unordered,
    Repeatable,
    Baseline,
}

impl Change {
    pub(crate) fn new(number: Option<Number>, name: &str, up: Text) -> Self {
        Self {
            kind: Kind::Versioned,
            key: None,
            number,
            name: name.to_owned(),
            up,
            down: None,
            verify: None,
            only: Vec::new(),
            remarks: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(crate) fn down(mut self, down: Option<Text>) -> Self {
        self.down = down;
        self
    }
}

impl Changes {
    /// Something that cannot be converted, and why.
    pub(crate) fn refuse(&mut self, file: &str, message: impl Into<String>, hint: &str) {
        self.refuse_at(Note::at(file, 1, message).hint(hint));
    }

    pub(crate) fn refuse_at(&mut self, note: Note) {
        self.other(Outcome::NotConverted, note);
    }

    /// Something that the tool itself passes over, and why.
    pub(crate) fn leave_out(&mut self, file: &str, message: impl Into<String>) {
        self.other(Outcome::LeftOut, Note::at(file, 1, message));
    }

    pub(crate) fn other(&mut self, outcome: Outcome, note: Note) {
        self.others.push(Entry {
            source: note.file.clone(),
            key: None,
            version: None,
            files: Vec::new(),
            outcome,
            notes: vec![note],
        });
    }
}
