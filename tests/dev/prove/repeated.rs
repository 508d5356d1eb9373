//! `prove` of repeatables, for some environments only too, and of migrations that come late.

use super::{Folder, USERS};

const VIEW: &str = "CREATE OR REPLACE VIEW names AS SELECT name FROM users;";

#[test]
fn repeatables_are_proven_after_the_migrations() {
    let folder = Folder::new(&[USERS, ("R__names.sql", VIEW)]);
    folder.is_proven().says(&["R \"names\""]);
    let lock = folder.read("migrator.lock");
    assert!(lock.contains("[[repeatable]]\nname = \"names\""), "{lock}");
    assert!(lock.contains("view: public.names"), "{lock}");
    assert!(folder.read("schema.sql").contains("names"));
    folder.is_proven().says(&["both files are up to date"]);

    // Its text alone has changed.
    folder.write(
        "R__names.sql",
        &VIEW.replace("SELECT name", "SELECT name, id"),
    );
    folder.is_proven().says(&[
        "1 unchanged since the last proof",
        "wrote",
        "the same in a second database",
    ]);
    assert_ne!(folder.read("migrator.lock"), lock);
}

#[test]
fn a_repeatable_that_works_only_once_is_refused() {
    let folder = Folder::new(&[USERS, ("R__names.sql", "CREATE VIEW names AS SELECT 1;")]);
    folder.is_refused(&[
        "R \"names\" works only once",
        "already exists",
        "CREATE OR REPLACE",
    ]);
    folder.write("R__names.sql", "SELECT nothing_of_this_name;");
    folder.is_refused(&["R \"names\" fails", "R__names.sql:1:8"]);
    folder.write(
        "R__names.sql",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE t' || (SELECT count(*) FROM pg_class) || ' ()'; END $$;",
    );
    folder.is_refused(&["applying the repeatables twice makes another schema"]);
}

#[test]
fn a_repeatable_for_some_environments_changes_no_schema() {
    let only = "-- migrator: only(dev)\n";
    let folder = Folder::new(&[
        USERS,
        ("R__names.sql", VIEW),
        (
            "R__rows.sql",
            &format!("{only}DELETE FROM users; INSERT INTO users VALUES (1, 'ann');"),
        ),
    ]);
    folder
        .is_proven()
        .says(&["the same without R \"rows\"", "R \"names\""]);
    folder.is_proven().says(&["both files are up to date"]);
    folder.write("R__names.sql", &format!("{only}{VIEW}"));
    folder.is_refused(&[
        "R \"names\" is for dev only, and changes the schema",
        "view: public.names",
    ]);
    // What the others need may not be missing elsewhere.
    folder.write("R__names.sql", VIEW);
    folder.write(
        "R__sums.sql",
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM users) THEN RAISE 'nobody'; END IF; END $$;",
    );
    folder.is_refused(&["the others fail without R \"rows\"", "nobody"]);
}

#[test]
fn what_comes_late_is_tried_after_every_newer_one() {
    let folder = Folder::new(&[
        USERS,
        ("V4__a.sql", "CREATE TABLE a ();"),
        ("V6__b.sql", "CREATE TABLE b ();"),
    ]);
    folder.is_proven();
    assert!(!folder.read("migrator.lock").contains("[[commuting]]"));
    folder.write("V3__late.sql", "CREATE TABLE late ();");
    folder.write("V5__later.sql", "CREATE TABLE later ();");
    folder.is_proven().says(&[
        "3 late, after 4: the same schema",
        "3, 5 late, after 6: the same schema",
    ]);
    let lock = folder.read("migrator.lock");
    assert!(lock.contains("versions = [3]\nnewest = 4"), "{lock}");
    assert!(lock.contains("versions = [3, 5]\nnewest = 6"), "{lock}");

    // What is proven stays so, and is not run again for what comes after it.
    folder.write("V7__next.sql", "CREATE TABLE next ();");
    let said = folder.is_proven();
    assert!(!said.stdout.contains("late, after"), "{}", said.stdout);
    let lock = folder.read("migrator.lock");
    assert_eq!(lock.matches("[[commuting]]").count(), 2, "{lock}");
    folder
        .prove(&["--all"])
        .says(&["3, 5 late, after 6: the same schema"]);
}

#[test]
fn what_does_not_commute_with_one_of_them_is_not_written_down() {
    let folder = Folder::new(&[
        USERS,
        ("V4__a.sql", "CREATE TABLE a ();"),
        ("V6__b.sql", "DROP TABLE a; CREATE TABLE a ();"),
    ]);
    folder.is_proven();
    // After 4 it finds a table, in order it does not; 6 makes that table anew.
    folder.write(
        "V3__late.sql",
        "DO $$ BEGIN IF to_regclass('a') IS NOT NULL THEN ALTER TABLE a ADD x int; END IF; END $$;",
    );
    folder.is_refused(&["after the newer ones, 3 \"late\" makes another schema"]);
    folder.write(
        "V6__b.sql",
        "DROP TABLE a; CREATE TABLE b (); CREATE TABLE c ();",
    );
    folder.is_proven().says(&[
        "3 late, after 4: not the same",
        "3 late, after 6: the same schema",
    ]);
    let lock = folder.read("migrator.lock");
    assert!(lock.contains("versions = [3]\nnewest = 6"), "{lock}");
    assert!(!lock.contains("newest = 4"), "{lock}");
}
