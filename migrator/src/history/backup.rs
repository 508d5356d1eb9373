//! The row of the journal about a backup.

use super::{JOURNAL, Recorder};
use crate::backup::Backup;
use crate::quote::Literal;

impl Recorder {
    /// Notes a backup, at the first version that it was made for. Fails when the lock is no longer ours.
    #[must_use]
    pub fn backup(&self, version: Option<i64>, name: &str, backup: &Backup) -> String {
        let version = version.map_or_else(|| "NULL".to_owned(), |version| version.to_string());
        format!(
            "INSERT INTO {} (run, action, version, name, started_at, binary_version, bundle, detail) \
             VALUES ({}, 'backup', {version}, {}, pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) \
             pg_catalog.make_interval(secs => {}), {}, {}, \
             pg_catalog.jsonb_build_object('file', {}::text, 'bytes', {}::bigint, 'sha256', {}::text, 'pg_dump', {}::text))",
            self.location.table(JOURNAL),
            self.checked_run(),
            Literal(name),
            backup.took.as_secs_f64(),
            self.binary,
            self.bundle,
            Literal(&backup.file.to_string_lossy()),
            backup.bytes,
            Literal(&backup.sha256),
            Literal(&backup.pg_dump),
        )
    }
}
