//! A repeatable as it is baked. When it runs again is `plan::repeat`.

use super::Script;
use crate::label::Label;

/// A script that is applied again whenever its text changes, after all migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeatable<'a> {
    /// The words after `R__` in the file name.
    pub name: &'a str,
    /// The names of those that run before it; when one of them runs, it runs as well.
    pub requires: &'a [&'a str],
    /// The environments in which it is applied; empty: in all.
    pub only: &'a [&'a str],
    /// What it runs, in a transaction.
    pub script: Script<'a>,
}

impl<'a> Repeatable<'a> {
    /// How it is named to people.
    #[must_use]
    pub const fn label(&self) -> Label<'a> {
        Label {
            version: None,
            name: self.name,
        }
    }
}
