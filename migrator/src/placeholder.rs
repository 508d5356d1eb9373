//! Placeholders in a run: which values they have, and what is sent in place of `${name}`. Pure.
//!
//! A value is quoted as it is declared, and holds no dollar sign when it is, so that it can end neither a string nor the
//! dollar-quoted body in which it stands. A secret one appears nowhere but in what is sent: what the server says of it
//! is redacted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::bundle::{Bundle, Placeholder, Quoting, Script, Secrecy, Spot, Statement};
use crate::error::{Error, Kind};
use crate::plan::Plan;
use crate::quote::{Identifier, Literal};
use crate::server_error::{ServerError, printable};
use crate::settings::Environment;

/// What the variables of placeholders begin with where `migrator.toml` names no other.
const PREFIX: &str = "MIGRATOR_PLACEHOLDER_";
/// A longer name is cut off by the server.
const LONGEST_IDENTIFIER: usize = 63;
/// The server shortens what it quotes; so many bytes of a secret are recognised.
const RECOGNISED: usize = 8;

/// The values that a run is given, by the names of their placeholders.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values {
    given: BTreeMap<String, String>,
    /// Why what was given cannot be read; told where a value is needed.
    unreadable: BTreeMap<String, String>,
}

impl Values {
    /// The values of a bundle's placeholders, from the variables that they are declared with, or from the files that
    /// `…_FILE` names. What the bundle does not declare, an older down script may name: its variable is
    /// `MIGRATOR_PLACEHOLDER_NAME`, and `all` holds every one.
    pub fn from_variables(
        bundle: &Bundle,
        environment: &Environment<'_>,
        all: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut values = Self::default();
        for named in all {
            let Some(name) = named.strip_prefix(PREFIX) else {
                continue;
            };
            let name = name.to_ascii_lowercase();
            if let Some(base) = named.strip_suffix("_FILE")
                && let Some(of) = name.strip_suffix("_file")
                && let Ok(Some(value)) = environment.read(base)
            {
                values.given.entry(of.to_owned()).or_insert(value);
            }
            if let Ok(Some(value)) = environment.set(&named) {
                values.set(name, value);
            }
        }
        for placeholder in bundle.placeholders {
            values.given.remove(placeholder.name);
            match environment.read(placeholder.variable) {
                Ok(Some(value)) => values.set(placeholder.name, value),
                // Empty is a value too.
                Ok(None) => {
                    if (environment.variable)(placeholder.variable).is_some() {
                        values.set(placeholder.name, "");
                    }
                }
                Err(error) => {
                    let why: Vec<String> = [error.to_string()]
                        .into_iter()
                        .chain(error.detail().iter().cloned())
                        .collect();
                    values
                        .unreadable
                        .insert(placeholder.name.to_owned(), why.join(": "));
                }
            }
        }
        values
    }

    /// Gives a placeholder its value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.unreadable.remove(&name);
        self.given.insert(name, value.into());
    }
}

impl fmt::Debug for Values {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.given.keys()).finish()
    }
}

/// Whether secrets are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// They are: it is sent to the server.
    Sent,
    /// They are not: it is shown.
    Hidden,
}

/// What stands in place of each placeholder.
#[derive(Clone, Default)]
pub(crate) struct Filling(Vec<Filled>);

#[derive(Clone)]
struct Filled {
    name: String,
    value: String,
    secrecy: Secrecy,
    shown: Secrets,
}

impl Filling {
    /// The values for a bundle; every one that is missing or cannot be written is told.
    pub(crate) fn new(bundle: &Bundle, values: &Values, secrets: Secrets) -> Result<Self, Error> {
        let (mut all, mut problems) = (Vec::new(), Vec::new());
        for it in bundle.placeholders {
            let given = values.given.get(it.name).map(String::as_str);
            let given = given.or(it.default);
            let hidden = secrets == Secrets::Hidden && it.secrecy == Secrecy::Secret;
            if let Some(why) = values.unreadable.get(it.name).filter(|_| !hidden) {
                problems.push(format!("\"{}\" has no value: {why}", it.name));
                continue;
            }
            match given {
                None if hidden => all.push(Filled::new(it.name, "", it.secrecy, secrets)),
                None => problems.push(format!(
                    "\"{}\" has no value: set {variable}, or {variable}_FILE.",
                    it.name,
                    variable = it.variable
                )),
                Some(value) => match fault(it, value) {
                    Some(fault) => {
                        problems.push(format!("\"{}\" {fault}: see {}.", it.name, it.variable));
                    }
                    None => all.push(Filled::new(it.name, value, it.secrecy, secrets)),
                },
            }
        }
        // Nobody says any more whether these are secret.
        let declared = |name: &str| bundle.placeholders.iter().any(|it| it.name == name);
        for (name, value) in values.given.iter().filter(|(name, _)| !declared(name)) {
            all.push(Filled::new(name, value, Secrecy::Secret, secrets));
        }
        let message = match problems.len() {
            0 => return Ok(Self(all)),
            1 => "1 placeholder has no value that can be used".to_owned(),
            count => format!("{count} placeholders have no value that can be used"),
        };
        Err(problems
            .into_iter()
            .fold(Error::new(Kind::Usage, message), Error::with_detail)
            .with_hint("Set the environment variables, and run it again; nothing was changed."))
    }

    /// Refuses a plan of which a script, such as a down that the journal kept, names what nobody declares here.
    pub(crate) fn refuse_unknown(&self, plan: &Plan<'_>) -> Result<(), Error> {
        let mut unknown: BTreeSet<&str> = BTreeSet::new();
        for step in &plan.steps {
            for script in step.scripts().chain(step.verify()) {
                let names = script.statements.spots().map(|spot| name(script.sql, spot));
                unknown.extend(names.filter(|name| self.get(name).is_none()));
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let error = Error::new(
            Kind::Usage,
            "a script names placeholders that this binary does not declare",
        );
        Err(unknown
            .iter()
            .fold(error, |error, name| {
                error.with_detail(format!(
                    "\"{name}\" has no value: set MIGRATOR_PLACEHOLDER_{}.",
                    name.to_ascii_uppercase()
                ))
            })
            .with_hint("Set the environment variables, or run the binary that applied it."))
    }

    fn get(&self, name: &str) -> Option<&Filled> {
        self.0.iter().find(|it| it.name == name)
    }

    /// The text of a statement as it is sent.
    pub(crate) fn text<'s>(&self, script: &Script<'s>, statement: &Statement) -> Cow<'s, str> {
        self.range(script, statement.start, statement.end)
    }

    /// A part of a script as it is sent.
    pub(crate) fn range<'s>(&self, script: &Script<'s>, start: usize, end: usize) -> Cow<'s, str> {
        let mut spots = within(script, start, end).peekable();
        if spots.peek().is_none() {
            return Cow::Borrowed(script.sql.get(start..end).unwrap_or_default());
        }
        let (mut text, mut copied) = (String::new(), start);
        for spot in spots {
            text.push_str(script.sql.get(copied..spot.start).unwrap_or_default());
            text.push_str(&self.written(script.sql, spot));
            copied = spot.end;
        }
        text.push_str(script.sql.get(copied..end).unwrap_or_default());
        Cow::Owned(text)
    }

    fn written<'s>(&self, sql: &'s str, spot: Spot) -> Cow<'s, str> {
        match self.get(name(sql, spot)) {
            Some(it) if it.shown == Secrets::Sent || it.secrecy == Secrecy::Open => {
                Cow::Owned(quoted(&it.value, spot.quoting))
            }
            _ => Cow::Borrowed(sql.get(spot.start..spot.end).unwrap_or_default()),
        }
    }

    /// The byte of a script at which a byte of what was sent stands; `start` is where the statement begins.
    pub(crate) fn place(&self, script: &Script<'_>, start: usize, sent: usize) -> usize {
        let mut shift = 0_usize;
        for spot in within(script, start, script.sql.len()) {
            // Where the spot begins in what was sent.
            let begins = spot.start - start + shift;
            let length = self.written(script.sql, spot).len();
            if sent < begins {
                break;
            }
            if sent < begins + length {
                return spot.start;
            }
            // What was sent may be shorter than what is written, so that the sum is taken before the difference.
            let total = begins + length;
            let written = spot.end - start;
            if total >= written {
                shift = total - written;
            } else {
                return self.place(script, spot.end, sent - total);
            }
        }
        start + sent.saturating_sub(shift)
    }

    /// A text of the server without secrets.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let secret = self.0.iter().filter(|it| it.secrecy == Secrecy::Secret);
        for it in secret {
            let stand_in = format!("${{{}}}", it.name);
            let forms: BTreeSet<String> = [
                quoted(&it.value, Quoting::Literal),
                quoted(&it.value, Quoting::Identifier),
                it.value.replace('\'', "''"),
                it.value.clone(),
            ]
            .into();
            // The longest form first: another may be a part of it.
            let mut forms: Vec<String> = forms.into_iter().filter(|it| !it.is_empty()).collect();
            forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
            for form in forms {
                text = without(&text, &form, &stand_in);
            }
        }
        text
    }

    /// An answer of the server without secrets, and without what would move a terminal: that may be within a secret.
    pub(crate) fn redacted(&self, error: ServerError) -> ServerError {
        error.reworded(|text| printable(&self.redact(text)))
    }
}

impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|it| &it.name))
            .finish()
    }
}

impl Filled {
    fn new(name: &str, value: &str, secrecy: Secrecy, shown: Secrets) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            secrecy,
            shown,
        }
    }
}

/// Why a value cannot be written.
fn fault(placeholder: &Placeholder, value: &str) -> Option<&'static str> {
    match placeholder.quoting {
        _ if value.contains('\0') => Some("holds a NUL byte"),
        Quoting::Identifier if value.is_empty() => Some("is an identifier, and empty"),
        Quoting::Identifier if value.len() > LONGEST_IDENTIFIER => {
            Some("is an identifier, and longer than 63 bytes")
        }
        Quoting::Identifier | Quoting::Literal => None,
    }
}

/// A value as SQL, without a dollar sign that could end the body around it.
fn quoted(value: &str, quoting: Quoting) -> String {
    match quoting {
        Quoting::Literal => Literal(value).to_string().replace('$', "\\x24"),
        Quoting::Identifier if value.contains('$') => {
            let escaped = value.replace('\\', "\\\\").replace('$', "\\0024");
            format!("U&{}", Identifier(&escaped))
        }
        Quoting::Identifier => Identifier(value).to_string(),
    }
}

fn name(sql: &str, spot: Spot) -> &str {
    sql.get(spot.start + 2..spot.end.saturating_sub(1))
        .unwrap_or_default()
}

fn within(script: &Script<'_>, start: usize, end: usize) -> impl Iterator<Item = Spot> {
    script
        .statements
        .spots()
        .skip_while(move |spot| spot.start < start)
        .take_while(move |spot| spot.end <= end)
}

/// A text without a secret, and without the beginning of it where the server cut it off.
fn without(text: &str, secret: &str, stand_in: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let common = secret
            .chars()
            .zip(rest.chars())
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a.len_utf8())
            .sum::<usize>();
        if common == secret.len() || common >= RECOGNISED {
            clean.push_str(stand_in);
            rest = &rest[common..];
        } else {
            clean.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    clean
}

#[cfg(test)]
mod tests;
