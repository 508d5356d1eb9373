//! `import`: what becomes of the folders of other tools. What holds for all tools is here, each tool's own in the
//! files below.

#[path = "import/adopted.rs"]
mod adopted;
#[path = "import/code.rs"]
mod code;
#[path = "import/directed.rs"]
mod directed;
#[path = "import/marked.rs"]
mod marked;
#[path = "import/ordered.rs"]
mod ordered;
#[path = "import/recorded.rs"]
mod recorded;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use migrator_dev::server::{Options, Server};
use serde_json::Value;
use tempfile::TempDir;

use super::{open_folder, run, text, workbench};

/// One server for all of them: what is tested is what is applied to it.
static SERVER: LazyLock<Server> =
    LazyLock::new(|| Server::start(&Options::from_environment()).expect("a server"));

/// A folder of another tool, and the one that is made of it.
pub(super) struct Import {
    root: TempDir,
}

impl Import {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let import = Self {
            root: open_folder(),
        };
        for (name, content) in files {
            let path = import.root.path().join("from").join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("our own folder");
            fs::write(path, content).expect("our own folder");
        }
        import
    }

    /// A folder of the repository, as a whole.
    pub(super) fn of_folder(folder: &Path) -> Self {
        let import = Self::of(&[]);
        copy(folder, &import.root.path().join("from"));
        import
    }

    pub(super) fn to(&self) -> PathBuf {
        self.root.path().join("to")
    }

    fn run(&self, tool: &str, arguments: &[&str]) -> Output {
        let mut command = workbench(&["import", "--from", tool, "from", "--to", "to"]);
        run(command.args(arguments).current_dir(self.root.path()))
    }

    /// Everything converts, and what is written can be read.
    #[track_caller]
    pub(super) fn converts(&self, tool: &str, arguments: &[&str]) -> String {
        let output = self.run(tool, arguments);
        assert!(output.status.success(), "{output:?}");
        let reading = migrator_source::read(&self.to(), "to", &|_| false);
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        text(&output.stdout).to_owned()
    }

    /// Not everything converts, and nothing is written.
    #[track_caller]
    pub(super) fn is_refused(&self, tool: &str, words: &[&str]) {
        let output = self.run(tool, &[]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        for words in words {
            assert!(
                text(&output.stdout).contains(words),
                "{words}\n{}",
                text(&output.stdout)
            );
        }
        assert!(!self.to().exists());
    }

    pub(super) fn document(&self, tool: &str, arguments: &[&str]) -> Value {
        let output = self.run(tool, &[arguments, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).expect("a document")
    }

    /// The names of what was written, but for the map.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.to()).expect("the new folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name != "map.toml")
            .collect();
        names.sort();
        names
    }

    pub(super) fn read(&self, name: &str) -> String {
        let path = self.to().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// What was written runs on a server: up, down and up again where there is a down.
    #[track_caller]
    pub(super) fn applies(&self) {
        let url = SERVER.url("postgres");
        let mut command = workbench(&["prove", "--url", &url, "--folder", "to"]);
        let output = run(command.current_dir(self.root.path()));
        assert!(output.status.success(), "{output:?}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("our own folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("our own folder");
        }
    }
}

#[test]
fn nothing_is_written_unless_everything_converts() {
    let import = Import::of(&[
        ("1_a.up.sql", "CREATE TABLE a (x int);\n"),
        ("2_b.up.sql", "\n\\i other.sql\n"),
        ("3_c.up.sql", "CREATE TABEL c (x int);\n"),
        ("4_d.up.sql", "COPY a FROM '/tmp/a.csv';\n"),
        ("notes.sql", "SELECT 1;\n"),
    ]);
    import.is_refused(
        "golang-migrate",
        &[
            "not converted: 2_b.up.sql -> V2__b.sql\n  2_b.up.sql:2: \"\\i\" is a meta-command of psql\n",
            "not converted: 3_c.up.sql -> V3__c.sql\n  3_c.up.sql:1: syntax error",
            "converted with a remark: 4_d.up.sql -> V4__d.sql\n  4_d.up.sql:1: it reads a file of the server's machine\n",
            "left out: notes.sql\n",
            "1 converted, 1 converted with a remark, 1 left out, 2 not converted\n",
        ],
    );
    let output = import.run("golang-migrate", &["--partial"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(
        import.names(),
        ["V1__a.sql", "V2__b.sql", "V3__c.sql", "V4__d.sql"]
    );
    assert_eq!(import.read("V2__b.sql"), "\n\\i other.sql\n");
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let import = Import::of(&[("1_a.sql", "SELECT 1;\n"), ("1_b.sql", "SELECT 2;\n")]);
    let output = import.run("plain", &["--dry-run"]);
    assert!(output.status.success(), "{output:?}");
    let expected = "converted: 1_a.sql -> V1__a.sql\n\
                    converted with a remark: 1_b.sql -> V2__b.sql\n  1_b.sql:1: version 1 is 2 here\n\
                    1 converted, 1 converted with a remark\n";
    assert_eq!(text(&output.stdout), expected);
    assert_eq!(text(&output.stderr), "nothing was written\n");
    assert!(!import.to().exists());
}

#[test]
fn the_report_is_a_document_too() {
    let import = Import::of(&[
        ("1_a.sql", "-- migrate:up\nSELECT 1;\n"),
        (
            "2_b.sql",
            "-- migrate:up\nSELECT;;\n-- migrate:down\nSELEC 2;\n",
        ),
    ]);
    let document = import.document("dbmate", &[]);
    assert_eq!(document["command"], "import");
    assert_eq!(document["tool"], "dbmate");
    assert_eq!(document["written"], false);
    assert_eq!(document["not_converted"], 1);
    let entry = &document["entries"][1];
    assert_eq!(entry["outcome"], "not-converted");
    assert_eq!(entry["key"], "2");
    assert_eq!(entry["version"], 2);
    assert_eq!(entry["files"][1], "V2__b.down.sql");
    assert_eq!(entry["notes"][0]["file"], "2_b.sql");
    assert_eq!(entry["notes"][0]["line"], 4);
}

#[test]
fn other_migrations_are_never_overwritten() {
    let import = Import::of(&[("1_a.sql", "SELECT 1;\n")]);
    fs::create_dir(import.to()).expect("our own folder");
    fs::write(import.to().join("V1__a.sql"), "SELECT 'mine';\n").expect("our own folder");
    let output = import.run("plain", &["--partial"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let expected = "error: folder \"to\" holds migrations already\ndetail: V1__a.sql\nhint: ";
    assert!(text(&output.stderr).starts_with(expected), "{output:?}");
    assert_eq!(import.read("V1__a.sql"), "SELECT 'mine';\n");
}

#[test]
fn a_folder_of_something_else_is_told() {
    let import = Import::of(&[("readme.sql", "SELECT 1;\n"), ("x.txt", "")]);
    let output = import.run("goose", &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let expected = "error: the folder holds no migration of goose\ndetail: files that the tool passes over: readme.sql\n";
    assert!(text(&output.stderr).starts_with(expected), "{output:?}");
    let output = run(&mut workbench(&["import", "--from", "goose", "no/such"]));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let expected = "error: could not read folder \"no/such\"\n";
    assert!(text(&output.stderr).starts_with(expected), "{output:?}");
}

#[test]
fn texts_are_kept_byte_for_byte() {
    let sql = "SELECT 'é';\r\n\r\n\tSELECT 2 ;-- end";
    let import = Import::of(&[("1_a.sql", sql)]);
    import.converts("sqlx", &[]);
    assert_eq!(import.read("V1__a.sql"), sql);
}

#[test]
fn what_is_no_text_is_told() {
    let import = Import::of(&[("1_a.sql", "SELECT 1;\nSELECT '\0';\n")]);
    let path = import.root.path().join("from/2_b.sql");
    fs::write(path, b"SELECT 1;\n\nSELECT '\xff';\n").expect("our own folder");
    import.is_refused(
        "plain",
        &[
            "1_a.sql:2: the file holds a NUL byte",
            "2_b.sql:3: the file is not UTF-8",
        ],
    );
}

#[test]
fn the_map_tells_which_is_which() {
    let import = Import::of(&[
        ("V1.9__a.sql", "SELECT 1;\n"),
        ("V1.10__b.sql", "SELECT 2;\n"),
    ]);
    import.converts("flyway", &[]);
    let map = import.read("map.toml");
    assert!(
        map.ends_with("\n[map]\n\"1.9\" = 1009\n\"1.10\" = 1010\n"),
        "{map}"
    );
}

#[test]
fn versions_can_be_made_up() {
    let files = [("3.9_a.sql", "SELECT 1;\n"), ("b.sql", "SELECT 2;\n")];
    let import = Import::of(&files);
    import.converts("plain", &["--versions", "renumber"]);
    assert_eq!(import.names(), ["V0001__9_a.sql", "V0002__b.sql"]);
    let import = Import::of(&files);
    import.converts("plain", &["--versions", "timestamp"]);
    let names = import.names();
    let lengths: Vec<usize> = names
        .iter()
        .map(|name| name.find("__").unwrap_or(0))
        .collect();
    assert_eq!(lengths, [15, 15], "{names:?}");
    assert!(names.is_sorted());
}
