//! `prove`: what is found of good and bad histories, and what is written.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use migrator_dev::server::{Options, Server};
use tempfile::TempDir;

use super::{open_folder, run, text, value, workbench};

/// One server for all of them: what is tested is what happens in it.
static SERVER: LazyLock<Server> =
    LazyLock::new(|| Server::start(&Options::from_environment()).expect("a server"));

/// A folder of migrations.
pub(super) struct Folder {
    root: TempDir,
}

/// What a call of `prove` said.
pub(super) struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Folder {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self {
            root: open_folder(),
        };
        fs::create_dir_all(folder.path().join("tests")).expect("our own folder");
        for (name, sql) in files {
            folder.write(name, sql);
        }
        folder
    }

    pub(super) fn path(&self) -> PathBuf {
        self.root.path().join("migrations")
    }

    pub(super) fn write(&self, name: &str, sql: &str) {
        fs::write(self.path().join(name), sql).expect("our own folder");
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_default()
    }

    pub(super) fn prove(&self, arguments: &[&str]) -> Said {
        let url = SERVER.url("postgres");
        let path = self.path();
        let mut command = workbench(&["prove", "--url", &url, "--folder"]);
        let output = run(command.arg(&path).args(arguments));
        Said {
            code: output.status.code(),
            stdout: text(&output.stdout).to_owned(),
            stderr: text(&output.stderr).to_owned(),
        }
    }

    /// It is proven, and both files are there.
    #[track_caller]
    pub(super) fn is_proven(&self) -> Said {
        let said = self.prove(&[]);
        assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
        assert!(!self.read("schema.sql").is_empty());
        said
    }

    /// It is refused in these words, and nothing is written.
    #[track_caller]
    pub(super) fn is_refused(&self, words: &[&str]) -> Said {
        let before = (self.read("migrator.lock"), self.read("schema.sql"));
        let said = self.prove(&[]);
        assert_eq!(said.code, Some(1), "{}{}", said.stdout, said.stderr);
        said.says(words);
        assert_eq!(
            before,
            (self.read("migrator.lock"), self.read("schema.sql"))
        );
        said
    }
}

impl Said {
    #[track_caller]
    pub(super) fn says(&self, words: &[&str]) {
        for words in words {
            let all = format!("{}{}", self.stdout, self.stderr);
            assert!(all.contains(words), "{words:?} is not in:\n{all}");
        }
    }
}

const USERS: (&str, &str) = (
    "V1__users.sql",
    "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);",
);
const NO_USERS: (&str, &str) = ("V1__users.down.sql", "DROP TABLE users;");

#[test]
fn a_good_history_is_proven_and_only_what_is_new_is_run_again() {
    let folder = Folder::new(&[
        USERS,
        NO_USERS,
        (
            "V2__late.sql",
            "-- migrator: irreversible \"names are gone\"\nALTER TABLE users DROP COLUMN name;",
        ),
        ("V3__index.sql", "CREATE INDEX users_id ON users (id);"),
    ]);
    let said = folder.is_proven();
    said.says(&["exact", "irreversible", "absent", "a second database"]);
    let lock = folder.read("migrator.lock");
    for words in [
        "verdict = \"exact\"",
        "verdict = \"irreversible\"",
        "verdict = \"absent\"",
        "table: public.users\"",
        "index: public.users_id\"",
    ] {
        assert!(lock.contains(words), "{words} is not in:\n{lock}");
    }
    folder.is_proven().says(&["3 unchanged", "up to date"]);
    assert_eq!(folder.read("migrator.lock"), lock);

    folder.write("V4__more.sql", "ALTER TABLE users ADD COLUMN email text;");
    folder.write("V4__more.down.sql", "ALTER TABLE users DROP COLUMN email;");
    let checked = folder.prove(&["--check"]);
    assert_eq!(checked.code, Some(1));
    checked.says(&["schema.sql and migrator.lock would change"]);
    folder.is_proven().says(&["3 unchanged", "4 \"more\""]);
    assert_eq!(folder.prove(&["--check"]).code, Some(0));
    let left = "SELECT count(*)::text FROM pg_database WHERE datname ~ '^migrator_prove_' \
                AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = pg_database.datname)";
    // Another test's database may be between its creation and its first session.
    let deadline = Instant::now() + Duration::from_secs(20);
    while value(&SERVER.url("postgres"), left) != "0" {
        assert!(Instant::now() < deadline, "databases are left");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_down_that_loses_a_column_is_refused() {
    let folder = Folder::new(&[
        USERS,
        NO_USERS,
        ("V2__rename.sql", "ALTER TABLE users RENAME name TO title;"),
        (
            "V2__rename.down.sql",
            "ALTER TABLE users DROP COLUMN title;",
        ),
        ("V3__broken.sql", "CREATE TABLE t ();"),
        ("V3__broken.down.sql", "DROP TABLE tt;"),
    ]);
    folder.is_refused(&[
        "the down of 2 \"rename\" leaves another schema",
        "expected: name text",
        "the down of 3 \"broken\" fails",
        "allow(down)",
        "2 problems",
    ]);
    let why = "-- migrator: allow(down) \"known\"\n";
    folder.write(
        "V2__rename.sql",
        &format!("{why}ALTER TABLE users RENAME name TO title;"),
    );
    folder.write("V3__broken.sql", &format!("{why}CREATE TABLE t ();"));
    folder.is_proven().says(&["different"]);
}

#[test]
fn another_order_of_columns_is_only_noted() {
    let folder = Folder::new(&[
        USERS,
        ("V2__drop.sql", "ALTER TABLE users DROP COLUMN id;"),
        (
            "V2__drop.down.sql",
            "ALTER TABLE users ADD COLUMN id bigint PRIMARY KEY;",
        ),
        ("V3__after.sql", "CREATE TABLE t ();"),
    ]);
    folder.is_proven().says(&["column-order"]);
    folder.prove(&["--all", "--check"]).says(&["up to date"]);
}

#[test]
fn a_migration_that_works_only_once_is_refused() {
    let role = format!("prove_{}", std::process::id());
    let folder = Folder::new(&[("V1__role.sql", &format!("CREATE ROLE {role};"))]);
    folder.is_refused(&["1 \"role\" works only once", "second database", "hint:"]);
    let drop = value(
        &SERVER.url("postgres"),
        "SELECT string_agg(rolname, ',')::text FROM pg_roles WHERE rolname ~ '^prove_'",
    );
    assert_eq!(drop, role);

    let folder = Folder::new(&[
        (
            "V1__once.sql",
            "CREATE TABLE IF NOT EXISTS t (); CREATE TYPE mood AS ENUM ('a');",
        ),
        ("V1__once.down.sql", "DROP TABLE t;"),
    ]);
    folder.is_refused(&[
        "the down of 1 \"once\" leaves another schema",
        "type: public.mood",
    ]);
}

#[test]
fn a_name_that_is_made_up_each_time_is_refused() {
    let folder = Folder::new(&[(
        "V1__random.sql",
        "DO $$ BEGIN EXECUTE format('CREATE TABLE t_%s ()', replace(gen_random_uuid()::text, '-', '')); END $$;",
    )]);
    folder.is_refused(&["makes another schema", "unexpected table"]);
}

#[test]
fn a_late_migration_that_does_not_commute_is_refused() {
    let folder = Folder::new(&[USERS, ("V3__view.sql", "CREATE TABLE t (a int DEFAULT 3);")]);
    folder.is_proven();
    folder.write("V2__late.sql", "CREATE TABLE t2 (a int);");
    folder.is_proven().says(&["the same with 2 \"late\" last"]);

    let folder = Folder::new(&[
        USERS,
        (
            "V3__default.sql",
            "ALTER TABLE users ALTER name SET DEFAULT '3';",
        ),
    ]);
    folder.is_proven();
    folder.write(
        "V2__late.sql",
        "ALTER TABLE users ALTER name SET DEFAULT '2';",
    );
    folder.is_refused(&[
        "after the newer ones, 2 \"late\" makes another schema",
        "expected: name text DEFAULT '3'::text",
    ]);
}

#[test]
fn an_unordered_migration_has_to_commute_too() {
    let folder = Folder::new(&[
        USERS,
        ("U2__whenever.sql", "CREATE TABLE t (a int);"),
        ("V3__needs_it.sql", "ALTER TABLE t ADD COLUMN b int;"),
    ]);
    folder.is_refused(&[
        "the others fail without 2 \"whenever\"",
        "relation \"t\" does not exist",
    ]);
    folder.write("V3__needs_it.sql", "CREATE TABLE u (a int);");
    folder
        .is_proven()
        .says(&["the same with 2 \"whenever\" last"]);
}

#[test]
fn rows_survive_or_the_proof_fails() {
    let folder = Folder::new(&[
        USERS,
        (
            "V2__split.sql",
            "ALTER TABLE users ADD first text; UPDATE users SET first = name;",
        ),
        ("V2__split.down.sql", "ALTER TABLE users DROP first;"),
        (
            "tests/V2.before.sql",
            "INSERT INTO users VALUES (1, 'Ann');",
        ),
        (
            "tests/V2.after.sql",
            "DO $$ BEGIN ASSERT (SELECT first FROM users) = 'Ann', 'first is lost'; END $$;",
        ),
    ]);
    folder.is_proven();
    assert!(folder.read("migrator.lock").contains("tests = "));
    folder.write("V2__split.sql", "ALTER TABLE users ADD first text;");
    folder.is_refused(&["tests/V2.after.sql\" fails", "first is lost"]);
    folder.write(
        "V2__split.sql",
        "ALTER TABLE users ADD first text; UPDATE users SET first = name;",
    );
    folder.write(
        "V2__split.down.sql",
        "ALTER TABLE users DROP first; TRUNCATE users;",
    );
    folder.is_refused(&[
        "is undone and applied again, and then",
        "V2.after.sql\" fails",
    ]);
    folder.write("V2__split.down.sql", "ALTER TABLE users DROP first;");
    // Changed assertions are run again, without any change of a migration.
    folder.is_proven().says(&["up to date"]);
    folder.write("tests/V2.after.sql", "SELECT 1 / 0;");
    folder.is_refused(&["V2.after.sql\" fails", "division by zero"]);
    folder.write("tests/V7.after.sql", "SELECT 1;");
    folder.is_refused(&["V7.after.sql\" belongs to no migration"]);
}

#[test]
fn a_failing_migration_and_a_missing_extension_are_named() {
    let folder = Folder::new(&[USERS, ("V2__bad.sql", "CREATE TABLE users ();")]);
    folder.is_refused(&["2 \"bad\" fails", "already exists", "V2__bad.sql:1:1"]);
    let folder = Folder::new(&[("V1__e.sql", "CREATE EXTENSION no_such_extension;")]);
    folder.is_refused(&[
        "1 \"e\" fails",
        "no_such_extension",
        "hint: Install the extension",
    ]);
}

#[test]
fn a_stale_or_damaged_lock_is_proven_anew() {
    let folder = Folder::new(&[USERS, ("V2__b.sql", "CREATE TABLE b ();")]);
    folder.is_proven();
    let lock = folder.read("migrator.lock");
    for (file, damaged, words) in [
        (
            "migrator.lock",
            format!("<<<<<<< HEAD\n{lock}"),
            "has a merge conflict",
        ),
        (
            "migrator.lock",
            lock.replace("absent", "exact"),
            "was changed by hand",
        ),
        ("migrator.lock", "format = ".to_owned(), "invalid TOML"),
        (
            "schema.sql",
            "DROP TABLE users;".to_owned(),
            "is not the one that was proven",
        ),
    ] {
        folder.write(file, &damaged);
        assert_eq!(folder.prove(&["--check"]).code, Some(1), "{words}");
        folder
            .is_proven()
            .says(&[words, "Everything is proven anew"]);
        assert_eq!(folder.read("migrator.lock"), lock);
    }
    folder.write("V1__users.sql", "CREATE TABLE users (id int);");
    folder.is_proven();
    assert_ne!(folder.read("migrator.lock"), lock);
}

#[test]
fn a_schema_that_came_out_otherwise_than_recorded_is_told() {
    // The outcome depends on the server, which no hash of a file shows.
    let setting = format!("prove.{}", "shape");
    let folder = Folder::new(&[(
        "V1__shape.sql",
        &format!(
            "DO $$ BEGIN EXECUTE 'CREATE TABLE shape (' || COALESCE(NULLIF(current_setting('{setting}', true), ''), \
             'a') || ' int)'; END $$;"
        ),
    )]);
    folder.is_proven();
    let options = format!("{}?options=-c%20{setting}%3Db", SERVER.url("postgres"));
    let path = folder.path();
    let mut command = workbench(&["prove", "--url", &options, "--folder"]);
    let output = run(command.arg(&path));
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        stderr.contains("is not the one in migrator.lock"),
        "{stderr}"
    );
    assert!(stderr.contains("prove --all"), "{stderr}");
}

#[test]
fn servers_that_are_not_there_are_left_out() {
    let folder = Folder::new(&[USERS, NO_USERS]);
    let path = folder.path();
    let major = SERVER.installation().major().to_string();
    let mut command = workbench(&["prove", "--against", &format!("7,{major}"), "--folder"]);
    let output = run(command.arg(&path));
    assert!(output.status.success(), "{output:?}");
    assert!(
        text(&output.stderr).contains("PostgreSQL 7 is left out"),
        "{output:?}"
    );
    let lock = folder.read("migrator.lock");
    assert!(
        lock.contains(&format!("servers = [\"{}\"]", SERVER.version())),
        "{lock}"
    );
    let output = run(workbench(&["prove", "--against", "7", "--folder"]).arg(&path));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("none of these servers"),
        "{output:?}"
    );
    let output =
        run(workbench(&["prove", "--url", "postgres://localhost:1/x", "--folder"]).arg(&path));
    assert!(
        text(&output.stderr).contains("could not reach the server"),
        "{output:?}"
    );
}

#[test]
fn a_hundred_migrations_are_proven_within_a_minute_and_one_more_within_ten_seconds() {
    let folder = Folder::new(&[]);
    let add = |at: usize| {
        let table = format!(
            "CREATE TABLE t{at} (id bigint PRIMARY KEY, a text); CREATE INDEX i{at} ON t{at} (a);"
        );
        folder.write(&format!("V{at}__t.sql"), &table);
        folder.write(&format!("V{at}__t.down.sql"), &format!("DROP TABLE t{at};"));
    };
    (1..=100).for_each(add);
    let start = Instant::now();
    folder.is_proven();
    let all = start.elapsed();
    add(101);
    let start = Instant::now();
    folder.is_proven().says(&["100 unchanged"]);
    let one = start.elapsed();
    println!("100: {all:?}, one more: {one:?}");
    assert!(all < Duration::from_mins(1), "{all:?}");
    assert!(one < Duration::from_secs(10), "{one:?}");
}
