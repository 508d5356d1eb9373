//! What statements act upon: names as PostgreSQL folds them, and objects with their kind.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name with its schema, where it is written with one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) schema: Option<String>,
    #[serde(rename = "n")]
    pub(crate) name: String,
}

impl Name {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// Whether both may be the same: `search_path` is not known, so a name without a schema is in any.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        let schemas = self.schema.as_ref().zip(other.schema.as_ref());
        self.name == other.name && schemas.is_none_or(|(one, other)| one == other)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The kinds of objects that are told apart: those that share a namespace or a `DROP` are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Table,
    View,
    Index,
    Sequence,
    Type,
    Function,
    Schema,
    Extension,
    Statistics,
    Publication,
    EventTrigger,
    Column,
    Constraint,
    Trigger,
    Policy,
    Rule,
}

impl Kind {
    pub(crate) fn called(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
            Self::Index => "index",
            Self::Sequence => "sequence",
            Self::Type => "type",
            Self::Function => "function",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Statistics => "statistics",
            Self::Publication => "publication",
            Self::EventTrigger => "event trigger",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Rule => "rule",
        }
    }
}

/// Something that a statement acts upon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    #[serde(rename = "k")]
    pub(crate) kind: Kind,
    #[serde(rename = "n")]
    pub(crate) name: Name,
    /// The table that it goes away with: of a column, an index, a trigger; the parent of a partition.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(crate) on: Option<Name>,
}

impl Object {
    pub(crate) fn new(kind: Kind, name: Name) -> Self {
        Self {
            kind,
            name,
            on: None,
        }
    }

    pub(crate) fn on(kind: Kind, name: Name, table: Name) -> Self {
        Self {
            kind,
            name,
            on: Some(table),
        }
    }

    /// Whether both may be the same.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        let tables = self.on.as_ref().zip(other.on.as_ref());
        // A partition has a parent where it is created, and none where it is dropped.
        self.kind == other.kind
            && self.name.matches(&other.name)
            && tables.is_none_or(|(one, other)| self.kind == Kind::Table || one.matches(other))
    }

    pub(crate) fn is_on(&self, table: &Name) -> bool {
        self.on.as_ref().is_some_and(|on| on.matches(table))
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind.called(), self.name)?;
        match (&self.on, self.kind) {
            (Some(_), Kind::Index | Kind::Table) | (None, _) => Ok(()),
            (Some(table), _) => write!(f, " of \"{table}\""),
        }
    }
}

/// What a statement does to objects, as far as its words tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Effect {
    Create(Object, Certainty),
    Drop(Object, Certainty),
    /// `CASCADE` takes along what is not named.
    Cascade,
    Rename(Object, Name),
    /// A constraint that is added without looking at the rows.
    NotValid {
        table: Name,
        constraint: String,
    },
    /// A check that a column is not NULL.
    NotNull {
        table: Name,
        constraint: String,
        column: String,
    },
    Validate {
        table: Name,
        constraint: String,
    },
    AddValue {
        value: String,
        of: Name,
    },
    /// A procedure that commits.
    Committing(Name),
    /// Calls what is defined elsewhere.
    Call(Name),
    /// May do anything: `DO`, a function in a query.
    Opaque,
}

/// Whether something happens in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Certainty {
    Sure,
    /// `IF EXISTS`, `IF NOT EXISTS`, `OR REPLACE`, `TEMPORARY`.
    Perhaps,
}
