//! The schema as it is read from the catalog: every kind of object survives `schema.sql` and psql.

use std::process::Command;
use std::time::Instant;

use migrator::session::{Purpose, Session};
use migrator::snapshot::{Extra, Scope, Snapshot};
use migrator::{Database as Place, Settings};

use crate::support::Database;

fn snapshot(database: &Database) -> Snapshot {
    snapshot_without(database, &[])
}

fn snapshot_without(database: &Database, ignored: &[&str]) -> Snapshot {
    let settings = Settings::new(Place::from_url(&database.url()).expect("a URL"));
    let scope = Scope {
        extras: vec![Extra::Comments, Extra::Grants],
        ignore: ignored.iter().map(|&pattern| pattern.to_owned()).collect(),
        ..Scope::default()
    };
    let mut session = Session::open(&settings, Purpose::Read, &mut |_| {}).expect("a session");
    session.snapshot(&scope, &mut |_| {}).expect("a snapshot")
}

/// Loads the text of a snapshot into an empty database, and says what is there then.
fn loaded(snapshot: &Snapshot) -> Snapshot {
    let copy = Database::fresh();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), snapshot.to_sql()).expect("our own file");
    let output = Command::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &copy.url(), "-f"])
        .arg(file.path())
        .output()
        .expect("psql");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        snapshot.to_sql()
    );
    self::snapshot(&copy)
}

#[track_caller]
fn assert_same(expected: &Snapshot, found: &Snapshot) {
    let differences = migrator::difference::differences(expected, found);
    assert!(differences.is_empty(), "{differences:#?}");
    assert_eq!(expected.fingerprint(), found.fingerprint());
}

/// Objects that need each other in every direction, with names that need quotes.
const EVERY_KIND: &str = r#"
CREATE SCHEMA app;
CREATE SCHEMA "Odd ""name";
CREATE EXTENSION pg_trgm WITH SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE TYPE app.pair AS (a int, b text COLLATE "C");
CREATE TYPE app.span AS RANGE (SUBTYPE = float8);
CREATE DOMAIN app.name AS text DEFAULT 'x' NOT NULL CONSTRAINT short CHECK (length(VALUE) < 9);
CREATE SEQUENCE app.numbers AS int START 5 INCREMENT 2 CYCLE MAXVALUE 99;
CREATE FUNCTION app.f(a int, b text DEFAULT 'y') RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT a || b $$;
CREATE TABLE app.parent (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 7) PRIMARY KEY,
    nick app.name, mood app.mood DEFAULT 'happy', pair app.pair, span app.span,
    made text GENERATED ALWAYS AS (app.f(1, 'z')) STORED,
    num int DEFAULT nextval('app.numbers'), u serial, c text COLLATE "C" UNIQUE
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX parent_nick ON app.parent (nick);
CREATE TABLE "Odd ""name"."a table" (
    "a b" bigint REFERENCES app.parent (id) ON DELETE CASCADE, nick text,
    CONSTRAINT "ch eck" CHECK ("a b" > 0), EXCLUDE USING gist (int8range("a b", NULL) WITH &&)
);
CREATE TABLE a_child (parent text REFERENCES app.parent (c), early bigint REFERENCES app.parent);
CREATE TABLE app.heir (more int) INHERITS (app.parent);
CREATE UNLOGGED TABLE app.quick (a int);
CREATE TABLE app.parts (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE app.parts_2 PARTITION OF app.parts DEFAULT;
CREATE INDEX parts_at ON app.parts (at);
CREATE INDEX trigrams ON app.parent USING gin (c app.gin_trgm_ops);
CREATE VIEW app.v AS SELECT p.id, p.nick, 'a.b' AS s FROM app.parent p WHERE p.mood <> 'sad';
CREATE VIEW app.a_view_of_views WITH (security_barrier = true) AS SELECT id FROM app.v;
CREATE MATERIALIZED VIEW app.m AS SELECT count(*) AS n FROM app.v;
CREATE UNIQUE INDEX m_n ON app.m (n);
CREATE FUNCTION app.rows() RETURNS SETOF app.parent LANGUAGE sql STABLE AS 'SELECT * FROM app.parent';
CREATE PROCEDURE app.p(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; -- it's

END $$;
CREATE FUNCTION app.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE TRIGGER touch BEFORE UPDATE ON app.parent FOR EACH ROW EXECUTE FUNCTION app.t();
CREATE TRIGGER off BEFORE UPDATE ON app.parent FOR EACH ROW EXECUTE FUNCTION app.t();
ALTER TABLE app.parent DISABLE TRIGGER off;
CREATE RULE nothing AS ON DELETE TO app.v DO INSTEAD NOTHING;
CREATE STATISTICS app.st (dependencies) ON id, num FROM app.parent;
ALTER TABLE app.quick ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.quick FOR SELECT TO PUBLIC USING (a > 0);
CREATE TABLE loop_a (id int PRIMARY KEY, b int);
CREATE TABLE loop_b (id int PRIMARY KEY, a int REFERENCES loop_a);
ALTER TABLE loop_a ADD FOREIGN KEY (b) REFERENCES loop_b NOT VALID;
CREATE FUNCTION public.default_of() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE uses_function (a int DEFAULT public.default_of());
COMMENT ON TABLE app.parent IS 'it''s the parent';
COMMENT ON COLUMN app.parent.nick IS 'a nick';
COMMENT ON FUNCTION app.f(int, text) IS 'a function';
COMMENT ON COLUMN app.pair.a IS 'of a type';
COMMENT ON CONSTRAINT short ON DOMAIN app.name IS 'of a domain';
COMMENT ON CONSTRAINT "ch eck" ON "Odd ""name"."a table" IS 'of a table';
COMMENT ON TRIGGER touch ON app.parent IS 'a trigger';
COMMENT ON DOMAIN app.name IS 'a domain';
COMMENT ON MATERIALIZED VIEW app.m IS 'stored';
COMMENT ON POLICY mine ON app.quick IS 'a policy';
COMMENT ON AGGREGATE app.total(int) IS 'a sum';
COMMENT ON PROCEDURE app.p(int) IS 'a procedure';
COMMENT ON SEQUENCE app.numbers IS 'numbers';
COMMENT ON INDEX app.parts_at IS 'an index';
GRANT SELECT ON app.parent TO PUBLIC;
"#;

#[test]
fn every_kind_of_object_survives_psql() {
    let database = Database::fresh();
    database.run(EVERY_KIND);
    let snapshot = snapshot(&database);
    for kind in [
        "schema",
        "extension",
        "type",
        "domain",
        "sequence",
        "table",
        "sequence owner",
        "function",
        "aggregate",
        "view",
        "index",
        "constraint",
        "statistics",
        "trigger",
        "rule",
        "row security",
        "policy",
        "comment",
        "grant",
    ] {
        assert!(
            snapshot.objects.iter().any(|object| object.kind == kind),
            "there is no {kind}"
        );
    }
    assert_eq!(
        Snapshot::from_sql(&snapshot.to_sql()).as_ref(),
        Ok(&snapshot)
    );
    assert_same(&snapshot, &loaded(&snapshot));
}

#[test]
fn the_schema_of_the_example_survives_psql() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let text = std::fs::read_to_string(folder.join("schema.sql")).expect("the proven schema");
    let proven = Snapshot::from_sql(&text).expect("what a proof wrote");
    assert!(proven.objects.len() > 50);
    assert_same(&proven, &loaded(&proven));
}

#[test]
fn what_is_left_out_goes_with_its_comments_and_grants() {
    let make = |table: &str| {
        format!(
            "CREATE TABLE {table} (a int CONSTRAINT c CHECK (a > 0)); GRANT SELECT ON {table} TO PUBLIC; \
             COMMENT ON TABLE {table} IS 'x'; COMMENT ON COLUMN {table}.a IS 'y'; \
             COMMENT ON CONSTRAINT c ON {table} IS 'z';"
        )
    };
    let one = Database::fresh();
    one.run(&make("kept"));
    let many = Database::fresh();
    for table in ["kept", "gone", "tmp_1", "tmp_2"] {
        many.run(&make(table));
    }
    let left = snapshot_without(&many, &["public.gone", "public.tmp_*"]);
    assert_same(&snapshot(&one), &left);
    assert_eq!(left.objects.len() * 4, snapshot(&many).objects.len());
}

#[test]
fn a_thousand_tables_are_read_in_seconds() {
    let database = Database::fresh();
    database.run(
        "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, a text, b text, \
         c int, d int, e date, f date, g bool, h uuid, i numeric NOT NULL DEFAULT 0)', i); END LOOP; END $$",
    );
    let start = Instant::now();
    let snapshot = snapshot(&database);
    let took = start.elapsed();
    println!("1,000 tables of 10 columns: {took:?}");
    assert_eq!(snapshot.objects.len(), 2000);
    assert!(took.as_secs() < 10, "{took:?}");
}
