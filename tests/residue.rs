//! What a migration leaves behind in the session disturbs neither its record nor the next migration.

use crate::support::{Database, History, Role};

/// Applies a file that leaves something behind, and then one that looks around.
fn after(leaving: &str) -> Database {
    let database = Database::holding(
        "CREATE TABLE seen (search_path text, messages text, role text, login text, timeout text, strings text, isolation text)",
    );
    let look = "INSERT INTO seen SELECT current_setting('search_path'), current_setting('client_min_messages'), \
                current_user = session_user, session_user, current_setting('statement_timeout'), \
                current_setting('standard_conforming_strings'), current_setting('transaction_isolation');";
    // The big comment makes it a message of its own, as a large file is.
    let big = format!("-- {}\n{leaving}", "x".repeat(140_000));
    let outside = format!("-- migrator: no-transaction\n{leaving}");
    let history = History::new(&[
        ("V1__leaves.sql", leaving),
        ("V2__looks.sql", look),
        ("V3__leaves.sql", &big),
        ("V4__looks.sql", look),
        ("V5__leaves.sql", &outside),
        ("V6__looks.sql", look),
    ]);
    history.up(&database);
    assert_eq!(database.applied(), [1, 2, 3, 4, 5, 6]);
    let expected = "\"$user\", public|notice|true|postgres|0|on|read committed";
    assert_eq!(database.rows("SELECT * FROM seen"), [expected; 3]);
    assert_eq!(
        database.rows("SELECT DISTINCT role FROM migrator_journal"),
        ["postgres"]
    );
    database
}

#[test]
fn the_search_path_that_a_dump_empties() {
    after("SELECT pg_catalog.set_config('search_path', '', false);");
}

#[test]
fn settings_of_every_kind() {
    after(
        "SET client_min_messages = error;\nSET statement_timeout = '1min';\nSET lock_timeout = '1min';\nSET standard_conforming_strings = off;\n\
         SET default_transaction_isolation = 'serializable';\nSET default_transaction_read_only = on;\nSET search_path = pg_catalog;\n\
         SET synchronous_commit = off;\nSET DateStyle = 'German';\nSET extra_float_digits = 0;\nSET bytea_output = 'escape';\nSET TimeZone = 'Asia/Tokyo';",
    );
}

#[test]
fn the_header_of_a_dump() {
    after(
        "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET idle_in_transaction_session_timeout = 0;\nSET client_encoding = 'UTF8';\n\
         SET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n\
         SET xmloption = content;\nSET client_min_messages = warning;\nSET row_security = off;\nSET default_tablespace = '';\n\
         SET default_table_access_method = heap;",
    );
}

#[test]
fn another_role() {
    let role = Role::new();
    after(&format!("SET ROLE {};", role.name()));
}

#[test]
fn another_login() {
    let role = Role::new();
    after(&format!("SET SESSION AUTHORIZATION {};", role.name()));
}

#[test]
fn another_role_for_the_transaction() {
    let role = Role::new();
    // Outside a transaction this is a warning of the server, and nothing more.
    after(&format!(
        "SET LOCAL ROLE {};\nSET LOCAL search_path = '';",
        role.name()
    ));
}

#[test]
fn objects_of_the_session() {
    let database = after(
        "CREATE TEMP TABLE IF NOT EXISTS seen_temp (id int);\nPREPARE look AS SELECT 1;\n\
         DECLARE held CURSOR WITH HOLD FOR SELECT 1;\nLISTEN changes;\nSET my.own = 'setting';",
    );
    let looks = "DO $$ BEGIN\n\
                 IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'look') THEN RAISE 'a statement'; END IF;\n\
                 IF EXISTS (SELECT FROM pg_cursors WHERE name = 'held') THEN RAISE 'a cursor'; END IF;\n\
                 IF EXISTS (SELECT FROM pg_listening_channels()) THEN RAISE 'a channel'; END IF;\n\
                 IF to_regclass('seen_temp') IS NOT NULL THEN RAISE 'a table'; END IF;\n\
                 IF current_setting('my.own', true) <> '' THEN RAISE 'a setting'; END IF;\nEND $$;";
    let leaves = "CREATE TEMP TABLE seen_temp (id int);\nPREPARE look AS SELECT 1;\n\
                  DECLARE held CURSOR WITH HOLD FOR SELECT 1;\nLISTEN changes;\nSET my.own = 'setting';";
    let history = History::new(&[("V7__leaves.sql", leaves), ("V8__looks.sql", looks)]);
    history.run(&database, &["stamp", "base", "--yes"]).exits(0);
    history.up(&database);
}

#[test]
fn what_shadows_the_tables_and_operators_of_the_record() {
    let database = Database::fresh();
    let history = History::new(&[
        (
            "V1__shadows.sql",
            "CREATE TEMP TABLE refinery_schema_history (version int);\nCREATE TEMP TABLE migrator_journal (id int);\n\
             CREATE SCHEMA evil;\nCREATE FUNCTION evil.eq(text, text) RETURNS bool LANGUAGE sql AS 'SELECT false';\n\
             CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);\n\
             CREATE FUNCTION evil.current_setting(text, bool) RETURNS text LANGUAGE sql AS $$ SELECT 'wrong' $$;\n\
             SET search_path = evil, pg_catalog, public;",
        ),
        (
            "V1__shadows.down.sql",
            "SET search_path = evil, pg_catalog, public;",
        ),
        ("V2__after.sql", "CREATE TABLE after ();"),
    ]);
    history.up(&database);
    assert_eq!(database.applied(), [1, 2]);
    assert!(database.has("public.after"));
    history.run(&database, &["stamp", "1", "--yes"]).exits(0);
    history.run(&database, &["down", "-1"]).exits(0);
    assert_eq!(database.applied(), [0; 0]);
}

#[test]
fn rows_without_a_column_or_without_a_text_are_no_obstacle() {
    let database = Database::fresh();
    let rows =
        "CREATE TABLE t ();\nINSERT INTO t DEFAULT VALUES;\nSELECT FROM t;\nSELECT 1, NULL FROM t;";
    let latin = "SET client_encoding = 'LATIN1';\nSELECT chr(233);";
    History::new(&[("V1__rows.sql", rows), ("V2__latin.sql", latin)]).up(&database);
    assert_eq!(database.applied(), [1, 2]);
}
