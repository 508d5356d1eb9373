//! A TOML document as its reader takes it apart: each key once, with its place; whatever is left over is unknown.
//!
//! What the keys mean is the business of `settings` and of `proof/lock`.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::finding::Finding;
use crate::place::Text;

/// A table whose keys are taken out one after the other.
pub(crate) struct Table<'t> {
    text: Text<'t>,
    /// What messages call it; empty: the document itself.
    name: String,
    span: Range<usize>,
    entries: DeTable<'t>,
}

impl<'t> Table<'t> {
    /// The whole document.
    pub(crate) fn parse(text: Text<'t>) -> Result<Self, Finding> {
        match DeTable::parse(text.sql) {
            Ok(document) => Ok(Self {
                text,
                name: String::new(),
                span: 0..0,
                entries: document.into_inner(),
            }),
            Err(error) => {
                let place = text.place(&error.span().unwrap_or(0..0));
                Err(Finding::new(format!("invalid TOML: {}", error.message())).at(place))
            }
        }
    }

    /// A problem at the heading of this table.
    pub(crate) fn problem(&self, message: impl Into<String>) -> Finding {
        Finding::new(message).at(self.text.place(&self.span))
    }

    fn take(&mut self, key: &str) -> Option<Spanned<DeValue<'t>>> {
        self.entries.remove(key)
    }

    fn wrong(&self, key: &str, span: &Range<usize>, expected: &str) -> Finding {
        Finding::new(format!("\"{}\" is not {expected}", self.path(key))).at(self.text.place(span))
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    /// Whether a key is there.
    pub(crate) fn holds(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Every key that is left, in order of place.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<(usize, String)> = self
            .entries
            .keys()
            .map(|key| (key.span().start, key.get_ref().to_string()))
            .collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// The table of a key; an empty one where the key is absent.
    pub(crate) fn table(&mut self, key: &str) -> Result<Table<'t>, Finding> {
        let (span, entries) = match self.take(key) {
            None => (0..0, DeTable::new()),
            Some(value) => {
                let span = value.span();
                match value.into_inner() {
                    DeValue::Table(entries) => (span, entries),
                    _ => return Err(self.wrong(key, &span, "a table")),
                }
            }
        };
        Ok(Table {
            text: self.text,
            name: self.path(key),
            span,
            entries,
        })
    }

    /// The tables of a key; none where the key is absent.
    pub(crate) fn tables(&mut self, key: &str) -> Result<Vec<Table<'t>>, Finding> {
        let Some(value) = self.take(key) else {
            return Ok(Vec::new());
        };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            return Err(self.wrong(key, &span, "an array of tables"));
        };
        items
            .into_iter()
            .map(|item| {
                let span = item.span();
                match item.into_inner() {
                    DeValue::Table(entries) => Ok(Table {
                        text: self.text,
                        name: self.path(key),
                        span,
                        entries,
                    }),
                    _ => Err(self.wrong(key, &span, "a table")),
                }
            })
            .collect()
    }

    /// The text of a key, as `read` understands it; `expected` says what that is.
    pub(crate) fn optional<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Finding> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let read = value.get_ref().as_str().and_then(read);
        read.map(Some)
            .ok_or_else(|| self.wrong(key, &value.span(), expected))
    }

    /// The text of a key, or the digits of its whole number, as `read` understands them.
    pub(crate) fn spelled<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Finding> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let number = value.get_ref().as_integer().map(DeInteger::as_str);
        let spelled = value.get_ref().as_str().or(number).and_then(read);
        spelled
            .map(Some)
            .ok_or_else(|| self.wrong(key, &value.span(), expected))
    }

    /// The text of a key that has to be there.
    pub(crate) fn required<T>(
        &mut self,
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Finding> {
        self.optional(key, expected, read)?
            .ok_or_else(|| self.problem(format!("\"{}\" is missing", self.path(key))))
    }

    /// The whole number of a key that has to be there.
    pub(crate) fn number(&mut self, key: &str) -> Result<i64, Finding> {
        let Some(value) = self.take(key) else {
            return Err(self.problem(format!("\"{}\" is missing", self.path(key))));
        };
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        number.ok_or_else(|| self.wrong(key, &value.span(), "a whole number"))
    }

    /// Whether a key is true; `None` where it is absent.
    pub(crate) fn truth(&mut self, key: &str) -> Result<Option<bool>, Finding> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let truth = value.get_ref().as_bool();
        truth
            .map(Some)
            .ok_or_else(|| self.wrong(key, &value.span(), "true or false"))
    }

    /// The texts of a key; none where it is absent.
    pub(crate) fn texts(&mut self, key: &str) -> Result<Vec<String>, Finding> {
        let Some(value) = self.take(key) else {
            return Ok(Vec::new());
        };
        let texts = value.get_ref().as_array().and_then(|items| {
            let mut texts = items.iter().map(|item| item.get_ref().as_str());
            texts.try_fold(Vec::new(), |mut all, text| {
                all.push(text?.to_owned());
                Some(all)
            })
        });
        texts.ok_or_else(|| self.wrong(key, &value.span(), "an array of texts"))
    }

    /// The whole numbers of a key that has to be there.
    pub(crate) fn numbers(&mut self, key: &str) -> Result<Vec<i64>, Finding> {
        let Some(value) = self.take(key) else {
            return Err(self.problem(format!("\"{}\" is missing", self.path(key))));
        };
        let numbers = value.get_ref().as_array().and_then(|items| {
            let mut numbers = items.iter().map(|item| item.get_ref().as_integer());
            numbers.try_fold(Vec::new(), |mut all, number| {
                let number = number?;
                all.push(i64::from_str_radix(number.as_str(), number.radix()).ok()?);
                Some(all)
            })
        });
        numbers.ok_or_else(|| self.wrong(key, &value.span(), "an array of whole numbers"))
    }

    /// Takes a key without looking at it: it is another reader's.
    pub(crate) fn leave(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Every key that nobody took, in order of place.
    pub(crate) fn unknown(self, known: &[&str]) -> Vec<Finding> {
        let mut keys: Vec<(Range<usize>, &str)> = self
            .entries
            .keys()
            .map(|key| (key.span(), key.get_ref().as_ref()))
            .collect();
        keys.sort_by_key(|(span, _)| span.start);
        keys.into_iter()
            .map(|(span, key)| {
                Finding::new(format!("unknown key \"{}\"", self.path(key)))
                    .hint(format!("known ones are {}", known.join(", ")))
                    .at(self.text.place(&span))
            })
            .collect()
    }
}
