//! `export`: the files for a review, and that the plan among them does what `up` does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Call, Database, History, Ran, migrator};

/// Where an export goes, and what is in it.
struct Target {
    root: tempfile::TempDir,
}

impl Target {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("review")
    }

    fn arguments(&self) -> [String; 3] {
        [
            "export".to_owned(),
            "--to".to_owned(),
            self.path().display().to_string(),
        ]
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file with its text.
    fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect(&self.path(), "", &mut found);
        found
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            let text = fs::read_to_string(entry.path()).expect("UTF-8");
            found.insert(name, text);
        }
    }
}

fn psql(database: &Database, script: &str) -> Ran {
    Call::new("psql".as_ref(), &["-X", "-q", "-f", "-", &database.url()])
        .variable("PATH", std::env::var_os("PATH").unwrap_or_default())
        .feed(script)
}

fn call(arguments: &[String]) -> Call {
    migrator(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn without_a_database_it_writes_the_way_from_an_empty_one() {
    let target = Target::new();
    let ran = call(&target.arguments()).run().exits(0);
    assert!(
        ran.stdout.contains("the plan for an empty database has "),
        "{ran}"
    );
    let mut files = target.files();
    let plan = files.remove("plan.sql").expect("a plan");
    let schema = files.remove("schema.sql").expect("a schema");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    assert_eq!(
        schema,
        fs::read_to_string(source.join("schema.sql")).expect("the proof")
    );
    let mut expected = BTreeMap::new();
    collect(&source, "migrations/", &mut expected);
    expected.retain(|name, _| {
        Path::new(name).extension().is_some_and(|it| it == "sql") && !name.ends_with("/schema.sql")
    });
    assert!(expected.len() > 20);
    assert_eq!(files, expected);

    let (ours, theirs) = (Database::fresh(), Database::fresh());
    migrator(&["up"]).on(&ours).run().exits(0);
    let ran = psql(&theirs, &plan);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    theirs.has_schema(&ours.schema());
    migrator(&["check"]).on(&theirs).run().exits(0);
    migrator(&["verify"]).on(&theirs).run().exits(0);
}

#[test]
fn the_plan_from_empty_takes_the_lock_that_a_run_takes() {
    let (database, target) = (Database::fresh(), Target::new());
    call(&target.arguments()).run().exits(0);
    let asked = migrator(&["plan", "--sql"]).on(&database).run().exits(0);
    let lock = |script: &str| {
        let line = script
            .lines()
            .find(|line| line.contains("pg_try_advisory_lock"));
        line.map(str::to_owned).expect("a lock in the script")
    };
    assert_eq!(lock(&target.read("plan.sql")), lock(&asked.stdout));
}

#[test]
fn with_a_database_it_writes_what_is_pending_there() {
    let (database, target) = (Database::fresh(), Target::new());
    let history = History::new(&[
        ("V1__a.sql", "\u{feff}CREATE TABLE a ();\r\n"),
        ("V1__a.down.sql", "DROP TABLE a;\n"),
        ("V2__b.sql", "CREATE TABLE b ();\n"),
        ("V2__b.verify.sql", "SELECT FROM b;\n"),
    ]);
    history.run(&database, &["up", "1"]).exits(0);
    let arguments = target.arguments();
    let arguments: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .chain(["--json"])
        .collect();
    let document = history.run(&database, &arguments).exits(0).json();
    assert_eq!(document["against"], "database");
    assert_eq!(document["steps"], 1);
    let names = [
        "migrations/V1__a.sql",
        "migrations/V1__a.down.sql",
        "migrations/V2__b.sql",
        "migrations/V2__b.verify.sql",
        "plan.sql",
    ];
    assert_eq!(document["files"], serde_json::json!(names));
    assert_eq!(
        target.files().len(),
        names.len(),
        "and no schema without a proof"
    );
    assert_eq!(target.read("migrations/V1__a.sql"), "CREATE TABLE a ();\n");
    let plan = history.run(&database, &["plan", "--sql"]).exits(0);
    assert_eq!(target.read("plan.sql"), plan.stdout);
    psql(&database, &target.read("plan.sql")).exits(0);
    assert_eq!(database.applied(), [1, 2]);
}

#[test]
fn a_database_that_cannot_be_reached_can_be_left_out() {
    let target = Target::new();
    let unreachable = "postgres://postgres@127.0.0.1:1/none";
    let ran = call(&target.arguments())
        .variable("DATABASE_URL", unreachable)
        .run()
        .exits(6);
    assert!(
        ran.stderr.contains("`--against empty` needs no database"),
        "{ran}"
    );
    assert!(!target.path().exists());
    let mut arguments = target.arguments().to_vec();
    arguments.extend(["--against", "empty", "--history-schema", "tools"].map(str::to_owned));
    call(&arguments)
        .variable("DATABASE_URL", unreachable)
        .run()
        .exits(0);
    assert!(
        target
            .read("plan.sql")
            .contains("\"tools\".\"refinery_schema_history\"")
    );
    let wanted = ["export", "--to", "x", "--against", "database"];
    let ran = migrator(&wanted).run().exits(2);
    assert!(ran.stderr.contains("no database is named"), "{ran}");
}

#[test]
fn a_directory_that_is_used_is_left_alone() {
    let target = Target::new();
    fs::create_dir(target.path()).expect("a new folder");
    fs::write(target.path().join(".mine"), "mine").expect("our own folder");
    let ran = call(&target.arguments()).run().exits(2);
    assert!(ran.stderr.contains("is not empty"), "{ran}");
    assert_eq!(target.files().len(), 1);
    fs::remove_file(target.path().join(".mine")).expect("our own file");
    call(&target.arguments()).run().exits(0);
    let check = |folder: &Path| {
        let folder = folder.to_str().expect("UTF-8");
        let ran = migrator(&["export", "--to", folder]).run().exits(2);
        assert!(ran.stderr.contains("could not write"), "{ran}");
        assert!(ran.stderr.contains("hint: "), "{ran}");
    };
    let file = target.root.path().join("file");
    fs::write(&file, "").expect("our own folder");
    check(&file);
    // Nobody may make a folder there, not even root.
    check(Path::new("/proc/review"));
}
