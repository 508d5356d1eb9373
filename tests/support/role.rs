//! A role of the server, which outlives the database of a test and is dropped with it.

use super::Database;
use super::database::unique;

/// A role that may log in and do nothing else. Create it before its database, so that it is dropped after it.
pub(crate) struct Role {
    name: String,
}

impl Role {
    pub(crate) fn new() -> Self {
        let name = unique("role");
        Database::fresh().administrate(&format!("CREATE ROLE {name} LOGIN"));
        Self { name }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        Database::fresh().administrate(&format!("DROP ROLE IF EXISTS {}", self.name));
    }
}
