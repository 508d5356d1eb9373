//! Histories that are not proven, and what is said about them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::{Folder, NO_USERS, SERVER, USERS};
use crate::{run, text, value, workbench};

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
fn the_downs_of_a_released_history_are_noted() {
    let folder = Folder::new(&[
        USERS,
        NO_USERS,
        ("V2__broken.sql", "CREATE TABLE t ();"),
        ("V2__broken.down.sql", "DROP TABLE tt;"),
    ]);
    folder.is_refused(&["the down of 2 \"broken\" fails", "downs-after = 2"]);
    folder.write("migrator.toml", "[proof]\ndowns-after = 2\n");
    folder.is_proven().says(&["different"]);
    folder.write("V3__next.sql", "CREATE TABLE u ();");
    folder.write("V3__next.down.sql", "DROP TABLE uu;");
    folder.is_refused(&["the down of 3 \"next\" fails", "1 problem"]);
}

#[test]
fn what_is_different_each_time_is_not_the_fault_of_its_down() {
    let folder = Folder::new(&[
        (
            "V1__t.sql",
            "CREATE TABLE t (at timestamptz DEFAULT 'now', n int);",
        ),
        ("V1__t.down.sql", "DROP TABLE t;"),
    ]);
    let said = folder.is_refused(&[
        "1 \"t\" leads to another schema when it is applied again after its down",
        "The down leads back exactly: it is the up that makes something else each time",
    ]);
    assert!(
        !said.stderr.contains("Mend the down file"),
        "{}",
        said.stderr
    );
    folder.write(
        "V1__t.sql",
        "CREATE TABLE t (at timestamptz DEFAULT now());",
    );
    folder.is_proven();
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
fn a_scratch_server_that_is_too_old_is_refused() {
    let folder = Folder::new(&[("V1__n.sql", "SELECT of_a_server_to_come();")]);
    folder.is_refused(&["of_a_server_to_come", "hint: ", "--major or --url"]);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || pretend(&listener).expect("a client"));
    let url = format!("postgres://a@127.0.0.1:{port}/a?sslmode=disable");
    let mut command = workbench(&["prove", "--url", &url, "--folder"]);
    let refused = run(command.arg(folder.path()));
    server.join().expect("a server that answers");
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    for words in ["PostgreSQL 12.22 is too old", "Version 13", "hint: "] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
}

/// Speaks as a server of version 12 for one query, since none can be installed any more.
fn pretend(listener: &TcpListener) -> std::io::Result<()> {
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).expect("a short message");
        [&[kind][..], &length.to_be_bytes(), body].concat()
    };
    let column = |name: &[u8]| [name, &[0; 7], &[0, 0, 0, 25], &[255; 6], &[0, 0]].concat();
    let field = |text: &[u8]| [&[0, 0, 0, u8::try_from(text.len()).expect("short")], text].concat();
    let (mut client, _) = listener.accept()?;
    let mut received = [0; 4096];
    // The startup message, then the query.
    let _ = client.read(&mut received)?;
    client.write_all(&[message(b'R', &[0; 4]), message(b'Z', b"I")].concat())?;
    let _ = client.read(&mut received)?;
    let columns = [&[0, 2][..], &column(b"shown"), &column(b"number")].concat();
    let row = [&[0, 2][..], &field(b"12.22 (Debian)"), &field(b"120022")].concat();
    let answer = [
        message(b'T', &columns),
        message(b'D', &row),
        message(b'C', b"SELECT 1\0"),
        message(b'Z', b"I"),
    ];
    client.write_all(&answer.concat())?;
    // Until the client goes.
    client.read_to_end(&mut Vec::new()).map(drop)
}

#[test]
fn a_verify_script_is_part_of_the_proof() {
    let verify = (
        "V1__users.verify.sql",
        "SELECT 1 / (count(*) - 1) FROM users;",
    );
    let folder = Folder::new(&[USERS, NO_USERS, verify]);
    folder.is_proven();
    assert!(folder.read("migrator.lock").contains("verify = \""));
    folder.is_proven().says(&["1 unchanged", "up to date"]);
    folder.write(verify.0, "SELECT 1 / count(*) FROM users;");
    folder.is_refused(&[
        "1 \"users\" fails",
        "division by zero",
        "V1__users.verify.sql:1:1",
    ]);
    folder.write(verify.0, "SELECT count(*) FROM users;");
    folder.is_proven().says(&["exact"]);
}

#[test]
fn what_is_for_some_environments_only_must_not_change_the_schema() {
    let folder = Folder::new(&[
        USERS,
        (
            "V2__seed.sql",
            "-- migrator: only(dev, test)\nINSERT INTO users VALUES (1, 'Ann');",
        ),
        ("V2__seed.down.sql", "DELETE FROM users;"),
        ("V3__more.sql", "ALTER TABLE users ADD email text;"),
    ]);
    folder.is_proven().says(&["the same without 2 \"seed\""]);
    folder.write(
        "V3__more.sql",
        "DO $$ BEGIN ASSERT EXISTS (SELECT FROM users), 'no rows'; END $$;",
    );
    folder.is_refused(&["the others fail without 2 \"seed\"", "no rows"]);
    folder.write("V3__more.sql", "SELECT 1;");
    folder.write(
        "V2__seed.sql",
        "-- migrator: only(dev, test)\nCREATE TABLE extra ();",
    );
    folder.write("V2__seed.down.sql", "DROP TABLE extra;");
    folder.is_refused(&[
        "2 \"seed\" is for dev, test only, and changes the schema",
        "table: public.extra",
    ]);
}
