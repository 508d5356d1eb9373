//! Baselines: proven to make what their migrations make, also when those are gone; refused where they do not.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use migrator::settings::{Database, Settings};
use migrator::verify::{Verification, verify};
use migrator::{Target, up};

use super::{Folder, SERVER, Said, value};

static NEXT: AtomicUsize = AtomicUsize::new(0);

const USERS: (&str, &str) = (
    "V1__users.sql",
    "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, born timestamptz DEFAULT now());",
);
const SEED: (&str, &str) = (
    "V2__seed.sql",
    "INSERT INTO users (name) VALUES ('ann'), ('bob');",
);
const MAIL: (&str, &str) = ("V4__mail.sql", "ALTER TABLE users ADD COLUMN mail text;");
const BASE: (&str, &str) = (
    "B3__base.sql",
    "-- migrator: last-release \"v1\"\n\
     CREATE TABLE users (name text, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, born timestamptz DEFAULT now());\n\
     INSERT INTO users (name) VALUES ('bob');\nDELETE FROM users;\n\
     INSERT INTO users (id, name) OVERRIDING SYSTEM VALUE VALUES (2, 'bob'), (1, 'ann');\n\
     SELECT setval('users_id_seq', 2);\n",
);

fn folder() -> Folder {
    Folder::new(&[USERS, SEED, MAIL, BASE])
}

impl Folder {
    fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).expect("our own folder");
    }

    fn says(&self, arguments: &[&str], code: i32, words: &[&str]) -> Said {
        let said = self.prove(arguments);
        assert_eq!(said.code, Some(code), "{}{}", said.stdout, said.stderr);
        said.says(words);
        said
    }

    /// Where an empty database ends, by what is baked of the folder.
    fn verified(&self) -> Verification {
        let bundle = migrator_dev::bake::bundle(&self.path()).expect("a good folder");
        let name = format!("baked_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = SERVER.url("postgres");
        let mut client = postgres::Client::connect(&admin, postgres::NoTls).expect("a server");
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
        client.batch_execute(&sql).expect("a superuser");
        let url = SERVER.url(&name);
        let settings = Settings::new(Database::from_url(&url).expect("a URL"));
        up(bundle, &settings, Target::Head, &mut |_| {}).expect("it runs");
        assert_eq!(
            value(&url, "SELECT string_agg(name, ' ' ORDER BY id) FROM users"),
            "ann bob"
        );
        verify(bundle, &settings, &mut |_| {}).expect("it can be read")
    }
}

#[test]
fn one_that_equals_its_migrations_is_proven() {
    let folder = folder();
    folder.is_proven().says(&[
        "baseline 3 \"base\"  equal but for the order of columns",
        "not compared, for two runs of the migrations differ: public.users.born",
    ]);
    let lock = folder.read("migrator.lock");
    assert!(
        lock.contains("[[baseline]]\nversion = 3\nname = \"base\"\n"),
        "{lock}"
    );
    let current = "both files are up to date";
    folder.says(&[], 0, &[current]);
    folder.says(&["--check"], 0, &[current]);
    folder.says(&["--check", "--all"], 0, &[current]);
    assert_eq!(folder.verified(), Verification::AsProven(4));

    // Another text is another baseline, though it makes the same.
    folder.write(BASE.0, &format!("{}-- the same\n", BASE.1));
    folder.says(&["--check"], 1, &["migrator.lock would change"]);
    folder.is_proven();
    assert_ne!(lock, folder.read("migrator.lock"));
    folder.write("V5__index.sql", "CREATE INDEX users_mail ON users (mail);");
    folder.is_proven().says(&["baseline 3", "equal"]);
}

#[test]
fn one_that_differs_is_refused() {
    for (from, to, words) in [
        (
            "name text, id",
            "name text NOT NULL, id",
            [
                "another schema than its migrations",
                "different table: public.users",
            ],
        ),
        (
            "(1, 'ann')",
            "(1, 'eve')",
            [
                "does not hold what its migrations make",
                "table public.users: other values in name",
            ],
        ),
        (
            "(2, 'bob'), (1, 'ann')",
            "(1, 'bob'), (2, 'ann')",
            ["does not hold", "the values are there, and in other rows"],
        ),
        (
            ", (1, 'ann')",
            "",
            [
                "does not hold",
                "table public.users: 2 rows expected, 1 found",
            ],
        ),
        (
            "users_id_seq', 2",
            "users_id_seq', 7",
            [
                "does not hold",
                "sequence public.users_id_seq: next value 3 expected, 8 found",
            ],
        ),
        (
            "SELECT setval",
            "CREATE PUBLICATION p FOR TABLE users; SELECT setval",
            ["does not hold", "publication: 0 expected, 1 found"],
        ),
        (
            "SELECT setval",
            "COMMENT ON TABLE users IS 'ours'; SELECT setval",
            ["another schema", "unexpected comment: table public.users"],
        ),
        (
            "DELETE FROM users;",
            "SELECT 1 / 0;",
            ["baseline 3 \"base\" fails", "division by zero"],
        ),
    ] {
        let folder = folder();
        let other = BASE.1.replacen(from, to, 1);
        assert_ne!(other, BASE.1);
        folder.write(BASE.0, &other);
        folder.is_refused(&words);
    }
}

#[test]
fn one_on_which_repeatables_make_something_else_is_refused() {
    let folder = folder();
    // It sees the order of columns, which does not count otherwise.
    let view = "DROP VIEW IF EXISTS whole; CREATE VIEW whole AS SELECT * FROM users;";
    folder.write("R__whole.sql", view);
    folder.is_refused(&[
        "after baseline 3 \"base\" the repeatables make another schema",
        "different view: public.whole",
    ]);
    folder.write("R__whole.sql", &view.replace('*', "id, name"));
    folder
        .is_proven()
        .says(&["equal but for the order of columns"]);
    // One that is changed is tried on the baseline too, though nothing else is new.
    folder.write("R__whole.sql", view);
    folder.is_refused(&["after baseline 3 \"base\" the repeatables make another schema"]);
    folder.write(
        "R__whole.sql",
        "DO $$ BEGIN IF (SELECT attnum FROM pg_attribute WHERE attname = 'id' AND attrelid = 'users'::regclass) > 1 \
         THEN RAISE 'unlike'; END IF; END $$;",
    );
    folder.is_refused(&["after baseline 3 \"base\" the repeatables fail", "unlike"]);
}

#[test]
fn its_proof_outlives_the_files_that_it_stands_for() {
    let folder = folder();
    // The text of the schema tells the order of columns.
    let same = BASE.1.replacen(
        "name text, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,",
        "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text,",
        1,
    );
    folder.write(BASE.0, &same);
    folder.is_proven();
    let lock = folder.read("migrator.lock");
    folder.remove(USERS.0);
    folder.remove(SEED.0);
    folder.says(&["--check"], 0, &["up to date"]);
    folder.says(
        &["--check", "--all"],
        0,
        &["baseline 3 \"base\"", "as before"],
    );
    assert_eq!(folder.verified(), Verification::AsProven(4));
    folder.write("V5__index.sql", "CREATE INDEX users_mail ON users (mail);");
    folder.write(
        "tests/V5.before.sql",
        "INSERT INTO users (mail) VALUES ('c');",
    );
    folder
        .is_proven()
        .says(&["1 unchanged since the last proof", "5 \"index\""]);
    let extended = folder.read("migrator.lock");
    for name in [
        "\"users\"",
        "\"seed\"",
        "\"mail\"",
        "\"index\"",
        "[[baseline]]",
    ] {
        assert!(lock.contains(name) || name == "\"index\"");
        assert!(extended.contains(name), "{name} is not in {extended}");
    }
    assert_eq!(folder.verified(), Verification::AsProven(5));

    // What production has cannot be changed by a baseline.
    folder.write(BASE.0, &same.replace("name text", "name text NOT NULL"));
    folder.is_refused(&[
        "makes another schema than was proven after 3",
        "Bring the text",
    ]);
    folder.write(BASE.0, &same);
    folder.write("V2__other.sql", "CREATE TABLE other ();");
    folder.is_refused(&["2 \"other\" cannot be proven any more", "baseline 3"]);
}

#[test]
fn without_files_and_proof_it_is_the_beginning() {
    let folder = Folder::new(&[BASE]);
    folder
        .is_proven()
        .says(&["baseline 3 \"base\"", "the beginning"]);
    folder.says(&["--check"], 0, &["up to date"]);
    assert_eq!(folder.verified(), Verification::AsProven(3));
    folder.write(MAIL.0, MAIL.1);
    folder.is_proven().says(&["4 \"mail\""]);
    assert_eq!(folder.verified(), Verification::AsProven(4));
    // A newer one takes over; what was found of the older one stays below it.
    let newer = BASE.1.replace(
        "born timestamptz DEFAULT now()",
        "born timestamptz DEFAULT now(), mail text",
    );
    folder.write("B4__newer.sql", &newer);
    folder.is_proven().says(&["baseline 4 \"newer\"", "equal"]);
    folder.remove(BASE.0);
    folder.remove(MAIL.0);
    folder.says(&["--check"], 0, &["up to date"]);
    assert_eq!(folder.verified(), Verification::AsProven(4));
}
