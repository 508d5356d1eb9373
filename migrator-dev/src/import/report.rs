//! What became of each file of the other tool. How it is shown is the command's business.

/// One migration of the other tool, or a file of it that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its file, relative to the folder that is converted.
    pub(crate) source: String,
    /// What the other tool's history calls it.
    pub(crate) key: Option<String>,
    /// Its version with us.
    pub(crate) version: Option<i64>,
    /// The files that it becomes, relative to our folder.
    pub(crate) files: Vec<String>,
    pub(crate) outcome: Outcome,
    pub(crate) notes: Vec<Note>,
}

/// What became of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Converted,
    /// Converted, and something about it is worth knowing.
    Remark,
    /// The other tool does not run it either.
    LeftOut,
    NotConverted,
}

impl Outcome {
    /// The words in output.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Converted => "converted",
            Self::Remark => "converted with a remark",
            Self::LeftOut => "left out",
            Self::NotConverted => "not converted",
        }
    }
}

/// Something that is to be known about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The other tool's file, relative to its folder.
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Note {
    pub(crate) fn at(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
