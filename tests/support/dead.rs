//! A database in which a run died outside a transaction, made by writing what that run would have noted.

use super::{Database, History, Ran};

/// `V1` is applied; of `V2` one statement was begun, and nobody noted its end.
pub(crate) struct Dead {
    pub(crate) database: Database,
    pub(crate) history: History,
}

impl Dead {
    /// Died at a statement, before which there are others that last as long as the session.
    pub(crate) fn at(setup: &str, session: &[&str], statement: &str) -> Self {
        let database = Database::fresh();
        let before = session
            .iter()
            .fold(String::new(), |text, sql| text + sql + ";\n");
        let history = History::new(&[
            (
                "V1__setup.sql",
                format!("CREATE TABLE ran (n int);\n{setup}"),
            ),
            (
                "V2__outside.sql",
                format!(
                    "-- migrator: no-transaction\n{before}{statement};\nINSERT INTO public.ran VALUES (1);\n"
                ),
            ),
        ]);
        history.run(&database, &["up", "1"]).exits(0);
        let dead = Self { database, history };
        dead.note(session.len() + 1, statement, "started");
        dead
    }

    /// Writes what a run notes of a step.
    pub(crate) fn note(&self, number: usize, statement: &str, state: &str) {
        self.database.run(&format!(
            "INSERT INTO migrator_step (run, action, version, step, sha256, kind, state, backend_pid, started_at) \
             VALUES ('dead', 'apply', 2, {number}, encode(sha256(convert_to($text${statement}$text$, 'UTF8')), 'hex'), \
             'of a dead run', '{state}', 4711, '2026-01-02 03:04:05Z')"
        ));
    }

    /// Runs a statement of its own before anybody goes on.
    pub(crate) fn with(self, sql: &str) -> Self {
        self.database.run(sql);
        self
    }

    /// The next run reaches the end without a human, and runs nothing twice.
    #[track_caller]
    pub(crate) fn goes_on(&self) {
        self.history.run(&self.database, &["up"]).exits(0);
        self.is_complete();
    }

    #[track_caller]
    pub(crate) fn is_complete(&self) {
        assert_eq!(self.database.applied(), [1, 2]);
        assert_eq!(self.database.value("SELECT count(*) FROM ran"), "1");
        assert_eq!(
            self.database.value(
                "SELECT count(*) FILTER (WHERE journal_id IS NULL), count(*) FILTER (WHERE state <> 'done') FROM migrator_step"
            ),
            "0|0"
        );
    }

    /// The next run, and the one after it, leave it to a person.
    #[track_caller]
    pub(crate) fn is_in_doubt(&self) -> Ran {
        self.history.run(&self.database, &["up"]).exits(9);
        let ran = self.history.run(&self.database, &["up"]).exits(9);
        assert_eq!(self.database.applied(), [1]);
        assert_eq!(self.database.value("SELECT count(*) FROM ran"), "0");
        ran
    }
}
