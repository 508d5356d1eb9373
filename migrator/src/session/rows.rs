//! What a run has to know of our tables, read by one message.

use super::{Session, unexpected};
use crate::bundle::Bundle;
use crate::error::Error;
use crate::foreign::Mirror;
use crate::history::{self, Applied, OpenStep, Repetition};

/// What the tables of ours say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The history, in order of version.
    pub applied: Vec<Applied>,
    /// The steps of unfinished scripts; `None` where the role may not read them.
    pub open: Option<Vec<OpenStep>>,
    /// The newest row of each repeatable; empty where the bundle has none.
    pub repetitions: Vec<Repetition>,
}

impl Session {
    /// Reads the history, the steps of unfinished scripts and, where the bundle has repeatables, what the journal knows
    /// of them, by one message.
    pub fn standing(&mut self, bundle: &Bundle) -> Result<Rows, Error> {
        let location = &self.probe.location;
        let repetitions = if bundle.repeatables.is_empty() {
            None
        } else {
            location.read_repetitions()
        };
        let (Some(history), Some(steps)) = (location.read(), location.read_open_steps()) else {
            return self.applied_and(repetitions, Some(Vec::new()));
        };
        let sql: Vec<String> = [history, steps]
            .into_iter()
            .chain(repetitions.clone())
            .collect();
        let sql = sql.join("; ");
        match self.connection.query(&sql) {
            Ok(results) => {
                let mut results = results.iter();
                let mut next = || results.next().map(Vec::as_slice).unwrap_or_default();
                let applied = next().iter().map(history::read_applied).collect();
                let open = next().iter().map(history::read_open_step).collect();
                let repetitions = next().iter().map(history::read_repetition).collect();
                Ok(Rows {
                    applied,
                    open: Some(open),
                    repetitions,
                })
            }
            // The history may be open to a role that the steps are not.
            Err(error) if error.sqlstate() == Some("42501") => self.applied_and(repetitions, None),
            Err(error) => Err(unexpected("reading the history", &error)),
        }
    }

    /// Reads the steps of unfinished scripts and, where there is one, the mirror, by one message.
    pub(crate) fn open_steps_and_mirror(
        &mut self,
    ) -> Result<(Vec<OpenStep>, Option<Mirror>), Error> {
        let location = &self.probe.location;
        let (Some(steps), Some(mirror)) = (location.read_open_steps(), location.read_mirror())
        else {
            return Ok((self.open_steps()?, self.mirror()?));
        };
        let answers = self.answers("reading the steps", &format!("{steps}; {mirror}"), 2)?;
        let mut answers = answers.iter().map(Vec::as_slice);
        let steps = answers.next().unwrap_or_default();
        let mirror = answers.next().and_then(|rows| rows.first());
        Ok((
            steps.iter().map(history::read_open_step).collect(),
            mirror.map(Mirror::read).transpose()?,
        ))
    }

    /// Reads the mirror, for a role that may not be allowed to: nothing then.
    pub(crate) fn visible_mirror(&mut self) -> Result<Option<Mirror>, Error> {
        let sql = self.probe.location.read_mirror();
        let rows = self.visible_rows("reading the mirror", sql)?;
        let rows = rows.unwrap_or_default();
        rows.first().map(Mirror::read).transpose()
    }

    /// The newest version that is recorded, for a role that may not be allowed to read the history: nothing then.
    pub(crate) fn visible_head(&mut self) -> Result<Option<i64>, Error> {
        let sql = self.probe.location.read();
        let rows = self.visible_rows("reading the history", sql)?;
        let rows = rows.unwrap_or_default();
        Ok(rows.last().map(|row| history::read_applied(row).version))
    }

    /// Reads the mirror. Asks only where there is one.
    pub(crate) fn mirror(&mut self) -> Result<Option<Mirror>, Error> {
        let sql = self.probe.location.read_mirror();
        let rows = self.rows("reading the mirror", sql)?;
        rows.first().map(Mirror::read).transpose()
    }

    fn applied_and(
        &mut self,
        repetitions: Option<String>,
        open: Option<Vec<OpenStep>>,
    ) -> Result<Rows, Error> {
        Ok(Rows {
            applied: self.applied()?,
            open,
            repetitions: self
                .rows("reading the journal", repetitions)?
                .iter()
                .map(history::read_repetition)
                .collect(),
        })
    }
}
