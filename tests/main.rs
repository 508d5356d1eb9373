//! Everything that needs a PostgreSQL: one binary, one file a topic, a fresh database for each test.
//!
//! `cargo run -q -p migrator-dev -- with-server -- cargo test --workspace` starts a server for them.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails the test that calls it"
)]

mod support;

mod adopting;
mod adopting_recorded;
mod backup;
mod baked;
mod baselines;
mod blocked;
mod bulk;
mod certificates;
mod checking;
mod commands;
mod completions;
mod defaults;
mod documents;
mod doubt;
mod downward;
mod drifted;
mod elsewhere;
mod encryption;
mod environments;
mod example;
mod export;
mod failing;
mod fingerprints;
mod help;
mod interrupted;
mod journal;
mod limits;
mod manual;
mod mirror;
mod negotiation;
mod output;
mod outside;
mod passwords;
mod pieces;
mod placeholders;
mod pooler;
mod reaching;
mod recognising;
mod refinery;
mod repeatables;
mod residue;
mod resolving;
mod retrying;
mod rules;
mod runner;
mod script;
mod servers;
mod serving;
mod settings;
mod signals;
mod snapshot;
mod stamping;
mod states;
mod steps;
mod surroundings;
mod termination;
mod tidy;
mod together;
mod unlocking;
mod unproven;
mod verify_scripts;
mod verifying;
