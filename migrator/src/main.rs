//! The shipped program: the command line around the history in `migrations/`.

migrator::main!("../migrations");
