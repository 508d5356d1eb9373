//! A migrator of your own: the whole program is one line.
//!
//! `cargo run -p example-binary -- info` shows what it holds; `-- up` brings a database to it.

migrator::main!("migrations");
