//! The shipped program: the command line around the history in `migrations/`, or in the folder that
//! `MIGRATOR_MIGRATIONS` named while it was compiled.

migrator::main!("../migrations", env = "MIGRATOR_MIGRATIONS");
