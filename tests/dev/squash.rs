//! `squash`: the baseline that it writes is proven, and nothing is written or removed where it is not.

use std::fs;
use std::path::Path;

use super::prove::{Folder, SERVER, Said};
use super::{run, text, workbench};

/// What makes the order of statements matter: circles of foreign keys, triggers, views, identity, generated columns.
const TABLES: (&str, &str) = (
    "V1__tables.sql",
    "CREATE SCHEMA app;\n\
     CREATE TYPE app.mood AS ENUM ('fine', 'it''s ok');\n\
     CREATE TABLE app.people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,\n\
         mood app.mood DEFAULT 'fine', best bigint, size int GENERATED ALWAYS AS (length(name)) STORED);\n\
     CREATE TABLE app.pets (id serial PRIMARY KEY, owner bigint NOT NULL REFERENCES app.people, note text);\n\
     ALTER TABLE app.people ADD FOREIGN KEY (best) REFERENCES app.people;\n\
     CREATE TABLE app.log (at timestamptz DEFAULT now(), what text);\n\
     CREATE TABLE app.parts (id int, body bytea) PARTITION BY RANGE (id);\n\
     CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (0) TO (10);\n\
     CREATE FUNCTION app.noted() RETURNS trigger LANGUAGE plpgsql AS $$\n\
         BEGIN INSERT INTO app.log (what) VALUES (new.name); RETURN new; END $$;\n\
     CREATE TRIGGER noted AFTER INSERT ON app.people FOR EACH ROW EXECUTE FUNCTION app.noted();\n\
     CREATE VIEW app.fine AS SELECT id, name FROM app.people WHERE mood = 'fine';\n\
     CREATE MATERIALIZED VIEW app.sizes AS SELECT sum(size) AS size FROM app.people;\n\
     CREATE INDEX ON app.people (name) WHERE mood = 'fine';\n\
     COMMENT ON TABLE app.people IS 'who; and why';\n",
);
const TABLES_DOWN: (&str, &str) = ("V1__tables.down.sql", "DROP SCHEMA app CASCADE;");
const ROWS: (&str, &str) = (
    "V2__rows.sql",
    "INSERT INTO app.people (name, mood) VALUES ('ann', 'fine'), (E'tab\\t back\\\\ line\\nend', NULL), ('é “\\.”', 'it''s ok');\n\
     UPDATE app.people SET best = 3 WHERE id = 1;\n\
     INSERT INTO app.pets (owner, note) VALUES (3, ''), (1, NULL);\n\
     INSERT INTO app.parts VALUES (1, '\\x00ff'), (2, NULL);\n\
     REFRESH MATERIALIZED VIEW app.sizes;\n",
);
const LATER: (&str, &str) = (
    "V3__later.sql",
    "INSERT INTO app.people (name) VALUES ('zoe');\nCREATE TABLE after (id int);",
);

impl Folder {
    fn squash(&self, arguments: &[&str]) -> Said {
        let url = SERVER.url("postgres");
        let mut command = workbench(&["squash", "--url", &url, "--folder"]);
        let output = run(command.arg(self.path()).args(arguments));
        Said {
            code: output.status.code(),
            stdout: text(&output.stdout).to_owned(),
            stderr: text(&output.stderr).to_owned(),
        }
    }

    #[track_caller]
    fn squashes(&self, arguments: &[&str], words: &[&str]) {
        let said = self.squash(arguments);
        assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
        said.says(words);
    }

    /// Nothing is written.
    #[track_caller]
    fn squashes_not(&self, arguments: &[&str], words: &[&str]) {
        let before = self.names();
        let said = self.squash(arguments);
        assert_ne!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
        said.says(words);
        assert_eq!(before, self.names());
    }

    fn names(&self) -> Vec<String> {
        names(&self.path())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("our own folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry
            .expect("our own folder")
            .file_name()
            .into_string()
            .expect("UTF-8")
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[test]
fn what_it_writes_is_proven_and_stands_for_the_files() {
    let folder = Folder::new(&[
        TABLES,
        TABLES_DOWN,
        ROWS,
        LATER,
        ("tests/V2.after.sql", "SELECT 1;"),
    ]);
    folder.is_proven();
    let before = folder.names();
    folder.squashes(
        &["--to", "2", "--dry-run"],
        &["COPY app.people", "would make"],
    );
    assert_eq!(before, folder.names());
    folder.squashes(
        &["--to", "2"],
        &["wrote", "B2__baseline.sql", "next: `migrator-dev prove"],
    );
    folder
        .is_proven()
        .says(&["baseline 2 \"baseline\"  equal "]);
    let baseline = folder.read("B2__baseline.sql");
    assert!(!baseline.contains("last-release"), "{baseline}");
    folder.squashes_not(
        &["--to", "2"],
        &["there is a baseline of version 2 already"],
    );

    fs::remove_file(folder.path().join("B2__baseline.sql")).expect("our own file");
    folder.is_proven();
    folder.squashes(
        &["--to", "2", "--last-release", "v1.9", "--delete"],
        &["wrote", "removed", "V1__tables.down.sql", "V2.after.sql"],
    );
    assert_eq!(
        folder.names(),
        [
            "B2__baseline.sql",
            "V3__later.sql",
            "migrator.lock",
            "schema.sql",
            "tests"
        ]
    );
    assert!(names(&folder.path().join("tests")).is_empty());
    let baseline = folder.read("B2__baseline.sql");
    assert!(
        baseline.starts_with("-- migrator: last-release \"v1.9\"\n"),
        "{baseline}"
    );
    let schema = folder.read("schema.sql");
    folder
        .is_proven()
        .says(&["baseline 2 \"baseline\"", "as before"]);
    assert_eq!(schema, folder.read("schema.sql"));
}

#[test]
fn what_cannot_be_a_baseline_is_refused() {
    let folder = Folder::new(&[TABLES, TABLES_DOWN, ROWS]);
    folder.squashes_not(
        &["--to", "2"],
        &["cannot become a baseline", "not proven: 1, 2"],
    );
    folder.is_proven();
    folder.squashes_not(&["--to", "7"], &["there is no migration of version 7"]);
    folder.squashes_not(&["--to", "2", "--delete"], &["--last-release"]);
    folder.squashes_not(
        &["--to", "2", "--last-release", "a\"b"],
        &["cannot be written"],
    );
    folder.write(
        "V3__beyond.sql",
        "CREATE PUBLICATION p FOR TABLE app.people;",
    );
    folder.is_proven();
    folder.squashes_not(
        &["--to", "3"],
        &["cannot write into a baseline", "publication: 1"],
    );
    folder.squashes(&["--to", "2"], &["wrote"]);
}

#[test]
fn what_is_stale_in_a_view_is_no_difference_and_what_differs_is_refused() {
    // A row that its own table would refuse today: the baseline cannot bring it back.
    let folder = Folder::new(&[(
        "V1__odd.sql",
        "CREATE TABLE t (id int);\nINSERT INTO t VALUES (-1);\n\
         ALTER TABLE t ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;\n\
         CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t WITH NO DATA;",
    )]);
    folder.is_proven();
    folder.squashes(&["--to", "1"], &["wrote"]);
    folder
        .is_proven()
        .says(&["baseline 1 \"baseline\"", "equal"]);
    // An index that is not valid would be one that is.
    let folder = Folder::new(&[(
        "V1__odd.sql",
        "CREATE TABLE t (id int);\nCREATE INDEX broken ON t (id);\n\
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass;",
    )]);
    folder.is_proven();
    folder.squashes_not(
        &["--to", "1"],
        &["would not be equal", "different index: public.broken"],
    );
}

#[test]
fn the_migrations_of_this_repository_can_be_squashed() {
    let folder = Folder::new(&[]);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    for name in names(&source) {
        if source.join(&name).is_file() {
            fs::copy(source.join(&name), folder.path().join(&name)).expect("our own folder");
        }
    }
    folder.is_proven();
    let versions = migrator_dev::bake::bundle(&folder.path()).expect("a good folder");
    let newest = versions
        .migrations
        .last()
        .expect("migrations")
        .version
        .to_string();
    folder.squashes(
        &["--to", &newest, "--last-release", "v1", "--delete"],
        &["wrote", "removed"],
    );
    folder.is_proven().says(&["as before"]);
}
