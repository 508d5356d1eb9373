//! `up --backup-to`: a dump before the change, and how it is restored. What cannot be backed up is `backup/refused`.

mod refused;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use migrator::refinery_driver::Driver;
use migrator::session::{Purpose, Session};
use tempfile::TempDir;

use crate::support::{Call, Database, History, Ran, migrator, unique};

/// A directory for backups, and one for programs that come before all others on PATH.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            root: tempfile::tempdir().expect("a temporary folder"),
        };
        for name in ["backups", "bin"] {
            fs::create_dir(place.root.path().join(name)).expect("a new folder");
        }
        place
    }

    fn backups(&self) -> PathBuf {
        self.root.path().join("backups")
    }

    /// The names of what is in it.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.backups())
            .expect("our own folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        names.sort();
        names
    }

    /// A shell script in place of `pg_dump`.
    fn program(&self, text: &str) -> &Self {
        let path = self.root.path().join("bin/pg_dump");
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("our own folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our own file");
        self
    }

    fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        format!("{}:{path}", self.root.path().join("bin").display())
    }

    fn up(&self, history: &History, database: &Database) -> Call {
        let backups = self.backups();
        let arguments = ["up", "--backup-to", backups.to_str().expect("UTF-8")];
        history
            .call(&arguments)
            .on(database)
            .variable("PATH", self.path())
    }
}

fn history() -> History {
    History::numbered(2, |at| {
        format!("CREATE TABLE t{at} (id int);\nINSERT INTO t{at} VALUES ({at});")
    })
}

/// A database where the first is applied, and has rows of its own.
fn half() -> (Database, History, Vec<String>) {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    database.run("INSERT INTO t1 VALUES (100)");
    let schema = database.schema();
    (database, history, schema)
}

fn psql_like(command: &str) -> Ran {
    Call::new("sh".as_ref(), &["-c", command])
        .variable("PATH", std::env::var("PATH").unwrap_or_default())
        .run()
}

#[test]
fn a_backup_is_made_noted_and_can_be_restored() {
    let (database, history, schema) = half();
    let place = Place::new();
    let ran = place.up(&history, &database).run().exits(0);
    let files = place.files();
    let [file] = files.as_slice() else {
        panic!("{files:?} {ran}")
    };
    assert!(
        file.starts_with(database.name()) && file.ends_with("Z-1.dump"),
        "{file}"
    );
    let path = place.backups().join(file);
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(database.journal(), ["apply 1", "backup 2", "apply 2"]);
    let noted = database.value(
        "SELECT detail->>'file', detail->>'bytes', length(detail->>'sha256'), detail->>'pg_dump', name, \
         finished_at > started_at FROM migrator_journal WHERE action = 'backup'",
    );
    let size = fs::metadata(&path).expect("a file").len();
    let version = noted.split('|').nth(3).expect("a version").to_owned();
    assert_eq!(
        noted,
        format!("{}|{size}|64|{version}|step_2|t", path.display())
    );
    let sum = psql_like(&format!("sha256sum {}", path.display()));
    let sha256 =
        database.value("SELECT detail->>'sha256' FROM migrator_journal WHERE action = 'backup'");
    assert!(sum.stdout.starts_with(&sha256), "{sum}");

    assert!(ran.stderr.contains("backed up"), "{ran}");
    let restore = ran
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("restore: "));
    let restore = restore.unwrap_or_else(|| panic!("{ran}"));
    psql_like(restore).exits(0);
    let restored = Database::existing(&format!("{}_restored", database.name()), &database);
    restored.has_schema(&schema);
    assert_eq!(restored.rows("SELECT id FROM t1 ORDER BY id"), ["1", "100"]);
    history.up(&restored);
    assert_eq!(restored.applied(), [1, 2]);
}

#[test]
fn as_json_it_is_in_the_document() {
    let (database, history, _) = half();
    let place = Place::new();
    let backups = place.backups();
    let ran = history
        .call(&["up", "--json", "--log-format", "json"])
        .on(&database)
        .variable("PATH", place.path())
        .variable("MIGRATOR_BACKUP_TO", &backups)
        .run()
        .exits(0);
    let document = ran.json();
    let file = document["backup"]["file"].as_str().expect("a file");
    assert!(Path::new(file).is_file(), "{ran}");
    for field in ["bytes", "sha256", "pg_dump", "restore", "took_ms"] {
        assert!(!document["backup"][field].is_null(), "{field} {ran}");
    }
    for event in ["\"event\":\"backing_up\"", "\"event\":\"backed_up\""] {
        assert!(ran.stderr.contains(event), "{ran}");
    }
    let again = history.run(&database, &["up", "--json"]).exits(0).json();
    assert!(again["backup"].is_null());
    let entries = history
        .run(&database, &["history", "--json"])
        .exits(0)
        .json();
    assert_eq!(entries["entries"][1]["action"], "backup");
    assert_eq!(entries["entries"][1]["detail"]["file"], file);
    history.run(&database, &["history"]).exits(0);
    history.run(&database, &["status"]).exits(0);
}

#[test]
fn nothing_pending_needs_no_backup_and_no_program() {
    let (database, history, _) = half();
    history.up(&database);
    let place = Place::new();
    let ran = place
        .up(&history, &database)
        .variable("PATH", "/nowhere")
        .run()
        .exits(0);
    assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn an_empty_database_is_backed_up_as_it_was() {
    let (database, history, place) = (Database::fresh(), history(), Place::new());
    place.up(&history, &database).run().exits(0);
    let files = place.files();
    assert!(
        files.len() == 1 && files[0].ends_with("Z-base.dump"),
        "{files:?}"
    );
    let list = psql_like(&format!(
        "pg_restore --list {}",
        place.backups().join(&files[0]).display()
    ));
    assert!(
        !list.stdout.contains("TABLE"),
        "the history tables come after it: {list}"
    );
}

const NEW: &str = "[ \"$1\" = --version ] && { echo 'pg_dump (PostgreSQL) 99.1'; exit; }\n\
                   for argument; do case $argument in --file=*) file=${argument#--file=};; esac; done\n";

#[test]
fn the_connection_is_in_the_environment_and_nowhere_else() {
    let (database, history, _) = half();
    let place = Place::new();
    let seen = place.root.path().join("seen");
    place.program(&format!(
        "{NEW}{{ echo \"$@\"; env; }} > {}; echo x > \"$file\"",
        seen.display()
    ));
    let role = unique("role");
    database.administrate(&format!(
        "CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'hunter22'"
    ));
    let url = database.url_of(&format!("{role}:hunter22")) + "?sslmode=prefer&application_name=app";
    let ran = place
        .up(&history, &database)
        .variable("DATABASE_URL", &url)
        .variable("PGSERVICEFILE", "")
        .run();
    database.run(&format!(
        "REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role}"
    ));
    database.administrate(&format!("DROP ROLE {role}"));
    let ran = ran.exits(0);
    let seen = fs::read_to_string(seen).expect("what it saw");
    let (arguments, environment) = seen.split_once('\n').expect("two parts");
    assert!(!arguments.contains("hunter22"), "{arguments}");
    let (host, port) = database.place();
    for line in [
        format!("PGHOST={host}"),
        format!("PGPORT={port}"),
        format!("PGUSER={role}"),
        format!("PGDATABASE={}", database.name()),
        "PGPASSWORD=hunter22".to_owned(),
        "PGSSLMODE=prefer".to_owned(),
    ] {
        assert!(
            environment.lines().any(|it| it == line),
            "{line}:\n{environment}"
        );
    }
    assert!(!format!("{ran}").contains("hunter22"), "{ran}");
    let journal = database.rows("SELECT detail FROM migrator_journal WHERE action = 'backup'");
    assert!(!journal.join("").contains("hunter22"));
}

#[test]
fn a_migration_that_fails_names_the_backup() {
    let (database, history, _) = half();
    history.write("V2__step_2.sql", "SELECT 1 / 0;");
    let place = Place::new();
    let ran = place.up(&history, &database).run().exits(1);
    let files = place.files();
    assert_eq!(files.len(), 1, "{ran}");
    assert!(
        ran.stderr.contains(&files[0]) && ran.stderr.contains("pg_restore"),
        "{ran}"
    );
    let ran = history
        .call(&[
            "up",
            "--json",
            "--backup-to",
            place.backups().to_str().expect("UTF-8"),
        ])
        .on(&database)
        .variable("PATH", place.path())
        .run()
        .exits(1);
    assert!(ran.json()["backup"]["file"].is_string(), "{ran}");
    assert_eq!(place.files().len(), 2);
}

#[test]
fn the_lock_is_held_meanwhile() {
    let (database, history, _) = half();
    let place = Place::new();
    let (begun, go) = (
        place.root.path().join("begun"),
        place.root.path().join("go"),
    );
    place.program(&format!(
        "{NEW}touch {}; while [ ! -e {} ]; do sleep 0.05; done; echo x > \"$file\"",
        begun.display(),
        go.display()
    ));
    let child = place.up(&history, &database).start();
    let deadline = Instant::now() + Duration::from_mins(1);
    while !begun.exists() {
        assert!(Instant::now() < deadline, "pg_dump was not started");
        thread::sleep(Duration::from_millis(10));
    }
    let other = history.run(&database, &["up", "--lock-wait", "0"]).exits(5);
    assert!(other.stderr.contains("migrator"), "{other}");
    fs::write(&go, "").expect("our own folder");
    Ran::after(child).exits(0);
    assert_eq!(database.journal(), ["apply 1", "backup 2", "apply 2"]);
}

#[test]
fn the_shipped_binary_says_it_in_its_help() {
    let help = migrator(&["up", "--help"]).run().exits(0);
    assert!(help.stdout.contains("--backup-to"), "{help}");
    assert!(
        Command::new("pg_dump")
            .arg("--version")
            .output()
            .is_ok_and(|it| it.status.success()),
        "pg_dump is needed"
    );
}

#[test]
fn refinerys_runner_makes_one_too() {
    let (database, history, _) = half();
    let place = Place::new();
    let mut settings =
        migrator::Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
    settings.backup_to = Some(place.backups());
    let bundle = history.bundle();
    for _ in 0..2 {
        let mut session = Session::open(&settings, Purpose::Write, &mut |_| {}).expect("a session");
        let runner = bundle.runner().expect("a runner");
        runner
            .run(&mut Driver::new(&mut session, bundle))
            .expect("a run");
    }
    assert_eq!(database.journal(), ["apply 1", "backup 2", "apply 2"]);
    let files = place.files();
    assert!(
        files.len() == 1 && files[0].ends_with("Z-1.dump"),
        "{files:?}"
    );
}
