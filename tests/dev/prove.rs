//! `prove`: what is written, what is run again, and on which servers. What is refused is `prove/refused`, which values
//! are filled in `prove/placeholders`, what there is about baselines `prove/baselines`, and what other versions of
//! PostgreSQL make of it `prove/versions`.

#[path = "prove/baselines.rs"]
mod baselines;
#[path = "prove/placeholders.rs"]
mod placeholders;
#[path = "prove/refused.rs"]
mod refused;
#[path = "prove/repeated.rs"]
mod repeated;
#[path = "prove/versions.rs"]
mod versions;
#[path = "prove/whole.rs"]
mod whole;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use migrator_dev::server::{Options, Server};
use tempfile::TempDir;

use super::{open_folder, run, text, value, workbench};

/// One server for all of them: what is tested is what happens in it.
pub(super) static SERVER: LazyLock<Server> =
    LazyLock::new(|| Server::start(&Options::from_environment()).expect("a server"));

/// A folder of migrations.
pub(super) struct Folder {
    root: TempDir,
}

/// What a call of `prove` said.
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
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
        self.prove_on(&["--url", &SERVER.url("postgres")], arguments)
    }

    /// On these servers.
    pub(super) fn prove_on(&self, servers: &[&str], arguments: &[&str]) -> Said {
        let mut command = workbench(&["prove"]);
        command.args(servers).arg("--folder").arg(self.path());
        let output = run(command.args(arguments));
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
    pub(super) fn exits(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
    }

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
fn one_migration_on_top_of_a_hundred_costs_a_fraction() {
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
    // How long that is in seconds says more about the machine: docs/proof.md has what was measured.
    assert!(one * 4 < all, "{one:?} of {all:?}");
}

#[test]
fn two_branches_that_add_a_migration_conflict_until_proven_together() {
    let folder = Folder::new(&[USERS, NO_USERS]);
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@localhost"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("git runs");
        output.status.success()
    };
    folder.is_proven();
    assert!(git(&["init", "-q", "-b", "main"]));
    assert!(git(&["add", "."]) && git(&["commit", "-qm", "one"]));
    assert!(git(&["checkout", "-qb", "other"]));
    folder.write("V2__b.sql", "CREATE TABLE b ();");
    folder.is_proven();
    assert!(git(&["add", "."]) && git(&["commit", "-qm", "two"]));
    assert!(git(&["checkout", "-q", "main"]));
    folder.write("V3__c.sql", "CREATE TABLE c ();");
    folder.is_proven();
    assert!(git(&["add", "."]) && git(&["commit", "-qm", "three"]));
    assert!(!git(&["merge", "-q", "other"]), "git saw no conflict");
    assert!(folder.read("migrator.lock").contains("<<<<<<<"));
    // A database of the branch that had 3 alone gets 2 late.
    folder.is_proven().says(&[
        "has a merge conflict",
        "2 \"b\"",
        "3 \"c\"",
        "2 late, after 3: the same schema",
    ]);
    let lock = folder.read("migrator.lock");
    assert!(lock.contains("versions = [2]\nnewest = 3"), "{lock}");
    assert_eq!(folder.prove(&["--check"]).code, Some(0));
}

#[test]
fn what_is_proven_is_left_alone_where_only_what_is_stale_is_asked_for() {
    let folder = Folder::new(&[USERS, NO_USERS]);
    let asked = |says: &[&str]| {
        let said = folder.prove(&["--if-stale"]);
        said.exits(0);
        said.says(says);
        said
    };
    asked(&["PostgreSQL", "wrote"]);
    let proven = (folder.read("migrator.lock"), folder.read("schema.sql"));
    let named = format!("The folder is \"{}\".", folder.path().display());
    let said = asked(&[&named, "Everything is proven; both files are up to date."]);
    assert!(!said.stdout.contains("PostgreSQL"), "{}", said.stdout);
    assert_eq!(
        proven,
        (folder.read("migrator.lock"), folder.read("schema.sql"))
    );
    // A new migration, another text, another assertion, a schema that somebody edited.
    folder.write("V2__note.sql", "ALTER TABLE users ADD COLUMN note text;");
    asked(&["wrote"]);
    folder.write("V2__note.sql", "ALTER TABLE users ADD COLUMN remark text;");
    asked(&["wrote"]);
    folder.write("tests/V2.after.sql", "SELECT remark FROM users;");
    asked(&["wrote"]);
    folder.write("schema.sql", "-- nothing\n");
    asked(&["wrote"]);
    asked(&["Everything is proven"]);
}
