//! Backups that cannot be made: a clear error, nothing changed, nothing left behind.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{NEW, Place, half};
use crate::support::{Database, History, Ran};

/// It ended like this, with nothing changed and nothing left behind.
#[track_caller]
fn refused(ran: &Ran, place: &Place, database: &Database, schema: &[String]) {
    assert_eq!(database.journal(), ["apply 1"], "{ran}");
    database.has_schema(schema);
    assert_eq!(place.files(), [""; 0], "{ran}");
}

#[test]
fn the_program_is_absent() {
    let (database, history, schema) = half();
    let place = Place::new();
    let ran = place
        .up(&history, &database)
        .variable("PATH", "/nowhere")
        .run()
        .exits(2);
    assert!(
        ran.stderr.contains("error: pg_dump is not on PATH"),
        "{ran}"
    );
    assert!(ran.stderr.contains("hint: "), "{ran}");
    refused(&ran, &place, &database, &schema);
}

#[test]
fn the_program_is_older_than_the_server() {
    let (database, history, schema) = half();
    let place = Place::new();
    place.program("echo 'pg_dump (PostgreSQL) 12.22'; touch \"$0.ran\"");
    let ran = place.up(&history, &database).run().exits(2);
    assert!(
        ran.stderr
            .contains("error: pg_dump 12.22 is older than the server, PostgreSQL "),
        "{ran}"
    );
    refused(&ran, &place, &database, &schema);
    place.program("echo what");
    let ran = place.up(&history, &database).run().exits(2);
    assert!(ran.stderr.contains("does not say which version"), "{ran}");
    refused(&ran, &place, &database, &schema);
}

#[test]
fn the_directory_cannot_be_used() {
    let (database, history, schema) = half();
    let place = Place::new();
    let check = |folder: &str| {
        let ran = history
            .call(&["up", "--backup-to", folder])
            .on(&database)
            .variable("PATH", place.path())
            .run()
            .exits(2);
        assert!(ran.stderr.contains("no backup can be written to"), "{ran}");
        refused(&ran, &place, &database, &schema);
    };
    check(place.backups().join("absent").to_str().expect("UTF-8"));
    let file = place.root.path().join("file");
    fs::write(&file, "").expect("our own folder");
    check(file.to_str().expect("UTF-8"));
    // Nobody may make a file there, not even root.
    check("/proc");
}

#[test]
fn the_directory_is_full() {
    let (database, history, _) = half();
    let place = Place::new();
    // Nothing that a dump would make small.
    database.run(
        "CREATE TABLE noise AS SELECT sha512(at::text::bytea) FROM generate_series(1, 10000) at",
    );
    let schema = database.schema();
    let small = |size| {
        let call = place.up(&history, &database);
        call.with_file_system(&place.backups(), size).run()
    };
    let ran = small("128k").exits(2);
    assert!(ran.stderr.contains("No space left on device"), "{ran}");
    // What had been written is removed, so that the disk is no fuller than before.
    assert!(ran.stderr.ends_with("left:\n"), "{ran}");
    refused(&ran, &place, &database, &schema);
    let ran = small("64m").exits(0);
    assert!(ran.stderr.contains("-1.dump\n"), "{ran}");
    assert_eq!(database.journal(), ["apply 1", "backup 2", "apply 2"]);
}

#[test]
fn a_version_that_does_not_fit_is_refused_before() {
    let place = Place::new();
    let history = History::new(&[
        ("V1__small.sql", "CREATE TABLE small ();"),
        ("V20260101120000__large.sql", "CREATE TABLE large ();"),
    ]);
    let database = Database::fresh();
    database.run(
        "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), \
         applied_on varchar(255), checksum varchar(255))",
    );
    let ran = place.up(&history, &database).run().exits(2);
    let ran = ran.says(&[
        "version 20260101120000 does not fit into",
        "ALTER TABLE",
        "int8-versions",
    ]);
    assert_eq!(place.files(), [""; 0], "{ran}");
    assert!(!database.has("migrator_journal") && !database.has("small"));
    // What fits is applied.
    history.run(&database, &["up", "1"]).exits(0);
    place.up(&history, &database).run().exits(2);
    assert_eq!(place.files(), [""; 0]);
    assert_eq!(database.applied(), [1]);
}

#[test]
fn the_program_fails_and_repeats_the_password() {
    let (database, history, schema) = half();
    let place = Place::new();
    place.program(&format!(
        "{NEW}echo \"pg_dump: error: $PGPASSWORD is no good\" >&2; exit 1"
    ));
    let url = database
        .url()
        .replacen("postgres@", "postgres:hunter22@", 1);
    let ran = place
        .up(&history, &database)
        .variable("DATABASE_URL", &url)
        .run()
        .exits(2);
    assert!(
        ran.stderr.contains("is no good") && !ran.stderr.contains("hunter22"),
        "{ran}"
    );
    refused(&ran, &place, &database, &schema);
}

#[test]
fn a_signal_ends_it_within_two_seconds() {
    let (database, history, schema) = half();
    let place = Place::new();
    let pid = place.root.path().join("pid");
    place.program(&format!(
        "{NEW}echo part > \"$file\"; echo $$ > {}; exec sleep 60",
        pid.display()
    ));
    let child = place.up(&history, &database).start();
    let deadline = Instant::now() + Duration::from_mins(1);
    while fs::read_to_string(&pid).unwrap_or_default().is_empty() {
        assert!(Instant::now() < deadline, "pg_dump was not started");
        thread::sleep(Duration::from_millis(10));
    }
    let pid_of = |text: String| text.trim().parse().expect("a number");
    let sent = Instant::now();
    let process =
        rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
    rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("our own child");
    let ran = Ran::after(child).exits(8);
    assert!(sent.elapsed() < Duration::from_secs(2), "{ran}");
    let program: i32 = pid_of(fs::read_to_string(&pid).expect("a pid"));
    assert!(
        !Path::new(&format!("/proc/{program}")).exists(),
        "the program goes on"
    );
    refused(&ran, &place, &database, &schema);
    // Nothing stands in the way of the next run.
    fs::remove_file(place.root.path().join("bin/pg_dump")).expect("our own file");
    place.up(&history, &database).run().exits(0);
}

#[test]
fn a_session_that_is_ended_meanwhile_ends_the_run() {
    let (database, history, schema) = half();
    let place = Place::new();
    let begun = place.root.path().join("begun");
    place.program(&format!("{NEW}touch {}; exec sleep 60", begun.display()));
    let child = place.up(&history, &database).start();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !begun.exists() {
        assert!(Instant::now() < deadline, "pg_dump was not started");
        thread::sleep(Duration::from_millis(10));
    }
    database.administrate(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND application_name LIKE 'migrator%'",
        database.name()
    ));
    let ran = Ran::after(child).exits(6);
    refused(&ran, &place, &database, &schema);
}
