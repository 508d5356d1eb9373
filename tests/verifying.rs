//! A schema that is compared with the proof: drift of every kind of object, and what does not count as drift.

use migrator::bundle::{Bundle, Point, Proof};
use migrator::error::{Error, Kind};
use migrator::expected::change;
use migrator::session::{Purpose, Session};
use migrator::snapshot::{Scope, Snapshot};
use migrator::verify::{Deviation, Identity, Verification};
use migrator::{Settings, Target};

use crate::support::{Database, History};

/// One of each.
const EVERYTHING: &str = r#"
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
CREATE TYPE app.pair AS (a int, b text);
CREATE TYPE app.span AS RANGE (subtype = int);
CREATE DOMAIN app.positive AS int DEFAULT 1 CHECK (VALUE > 0);
CREATE SEQUENCE app.numbers INCREMENT BY 2;
CREATE TABLE app.people (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    mood app.mood DEFAULT 'sad',
    age app.positive,
    doubled int GENERATED ALWAYS AS (length(name) * 2) STORED,
    serial serial
);
CREATE TABLE app.parted (id int, at date) PARTITION BY RANGE (id);
CREATE TABLE app.parted_1 PARTITION OF app.parted FOR VALUES FROM (0) TO (10);
CREATE TABLE "Odd. Name" ("a ""b""" int REFERENCES app.people (serial) DEFERRABLE) WITH (fillfactor = 70);
CREATE INDEX people_name ON app.people (lower(name)) WHERE age > 3;
CREATE INDEX parted_at ON app.parted (at);
CREATE VIEW app.names AS SELECT name, age FROM app.people WHERE age > 1;
CREATE MATERIALIZED VIEW app.ages AS SELECT age, count(*) FROM app.people GROUP BY age;
CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN n * 2; -- doubled
END $$;
CREATE PROCEDURE app.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE FUNCTION app.touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON app.people FOR EACH ROW EXECUTE FUNCTION app.touched();
CREATE RULE ignore AS ON DELETE TO app.people DO INSTEAD NOTHING;
ALTER TABLE app.people ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.people FOR SELECT USING (name = current_user);
CREATE STATISTICS app.linked ON id, at FROM app.parted;
COMMENT ON TABLE app.people IS 'people';
"#;

fn history() -> History {
    // A foreign key needs a unique column.
    let everything = EVERYTHING.replace("serial serial", "serial serial UNIQUE");
    History::new(&[
        ("V1__everything.sql", everything.as_str()),
        ("V2__more.sql", "CREATE TABLE more (a int, b text);"),
    ])
}

fn settings(database: &Database) -> Settings {
    Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"))
}

fn snapshot(database: &Database) -> Snapshot {
    let mut session =
        Session::open(&settings(database), Purpose::Read, &mut |_| {}).expect("a session");
    session.snapshot(&Scope::default()).expect("a snapshot")
}

/// The bundle with a proof as a run of it on a database of its own makes it.
fn proven(history: &History) -> &'static Bundle {
    let bundle = history.bundle();
    let scratch = Database::fresh();
    let mut before = Snapshot::default();
    let mut points = Vec::new();
    for migration in bundle.migrations {
        let target = Target::Version(migration.version);
        migrator::up(bundle, &settings(&scratch), target, &mut |_| {}).expect("a run");
        let after = snapshot(&scratch);
        let made = after.objects.iter().filter(|object| {
            before
                .find(&object.kind, &object.name)
                .is_none_or(|known| known.fingerprint() != object.fingerprint())
        });
        let changes: Vec<String> = made.map(change).collect();
        points.push(Point {
            version: migration.version,
            fingerprint: after.fingerprint().0,
            changes: changes.join("\n").leak(),
        });
        before = after;
    }
    let proof = Proof {
        schema: before.to_sql().leak(),
        points: points.leak(),
        servers: &["15.0"],
        ..Proof::ABSENT
    };
    Box::leak(Box::new(Bundle { proof, ..*bundle }))
}

fn up(bundle: &Bundle, database: &Database) -> Result<migrator::Report, Error> {
    migrator::up(bundle, &settings(database), Target::Head, &mut |_| {})
}

fn verify(bundle: &Bundle, database: &Database) -> Verification {
    migrator::verify(bundle, &settings(database), &mut |_| {}).expect("an answer")
}

fn told(deviations: &[Deviation]) -> Vec<String> {
    deviations
        .iter()
        .map(|it| format!("{} {} {}", it.fault.word(), it.kind, it.name))
        .collect()
}

#[test]
fn drift_of_every_kind_is_told() {
    let bundle = proven(&history());
    let database = Database::fresh();
    let report = up(bundle, &database).expect("a run");
    assert_eq!(report.verification, Some(Verification::AsProven(2)));
    for (drift, expected) in [
        ("DROP TABLE more", "missing table public.more"),
        ("CREATE TABLE other ()", "unexpected table public.other"),
        ("ALTER TABLE more ADD c int", "different table public.more"),
        (
            "ALTER TABLE more ALTER a SET NOT NULL",
            "different table public.more",
        ),
        (
            "ALTER TABLE more ALTER a SET DEFAULT 3",
            "different table public.more",
        ),
        (
            "ALTER TABLE more ALTER a TYPE bigint",
            "different table public.more",
        ),
        (
            "ALTER TABLE app.people ALTER id SET GENERATED BY DEFAULT",
            "different table app.people",
        ),
        (
            "ALTER TABLE app.people ALTER doubled DROP EXPRESSION",
            "different table app.people",
        ),
        (
            "ALTER TABLE more SET UNLOGGED",
            "different table public.more",
        ),
        (
            "ALTER TABLE app.parted DETACH PARTITION app.parted_1",
            "different table app.parted_1; unexpected index app.parted_1_at_idx",
        ),
        (
            "ALTER TABLE more ADD CONSTRAINT c CHECK (a > 1)",
            "unexpected constraint public.more.c",
        ),
        (
            "ALTER TABLE \"Odd. Name\" DROP CONSTRAINT \"Odd. Name_a \"\"b\"\"_fkey\"",
            "missing constraint public.\"Odd. Name\".\"Odd. Name_a \"\"b\"\"_fkey\"",
        ),
        (
            "DROP INDEX app.people_name",
            "missing index app.people_name",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'app.people_name'::regclass",
            "different index app.people_name",
        ),
        (
            "ALTER SEQUENCE app.numbers INCREMENT BY 3",
            "different sequence app.numbers",
        ),
        (
            "ALTER SEQUENCE app.people_serial_seq OWNED BY NONE",
            "missing sequence owner app.people_serial_seq",
        ),
        (
            "CREATE OR REPLACE VIEW app.names AS SELECT name, age FROM app.people",
            "different view app.names",
        ),
        ("DROP MATERIALIZED VIEW app.ages", "missing view app.ages"),
        (
            "CREATE OR REPLACE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n'",
            "different function app.twice(n integer)",
        ),
        (
            "DROP PROCEDURE app.nothing()",
            "missing function app.nothing()",
        ),
        (
            "DROP AGGREGATE app.total(int)",
            "missing aggregate app.total(integer)",
        ),
        (
            "ALTER TABLE app.people DISABLE TRIGGER touch",
            "different trigger app.people.touch",
        ),
        (
            "DROP RULE ignore ON app.people",
            "missing rule app.people.ignore",
        ),
        (
            "ALTER TYPE app.mood ADD VALUE 'furious'",
            "different type app.mood",
        ),
        (
            "ALTER TYPE app.pair ADD ATTRIBUTE c int",
            "different type app.pair",
        ),
        ("DROP TYPE app.span", "missing type app.span"),
        (
            "ALTER DOMAIN app.positive DROP DEFAULT",
            "different domain app.positive",
        ),
        (
            "ALTER POLICY own ON app.people USING (true)",
            "different policy app.people.own",
        ),
        (
            "ALTER TABLE app.people DISABLE ROW LEVEL SECURITY",
            "missing row security app.people",
        ),
        (
            "DROP STATISTICS app.linked",
            "missing statistics app.linked",
        ),
    ] {
        let database = Database::fresh();
        up(bundle, &database).expect("a run");
        database.run(drift);
        let Verification::Drifted {
            version,
            deviations,
        } = verify(bundle, &database)
        else {
            panic!("{drift} is no drift");
        };
        assert_eq!(
            (version, told(&deviations).join("; ")),
            (2, expected.to_owned()),
            "{drift}"
        );
    }
}

#[test]
fn what_does_not_count_is_no_drift() {
    let bundle = proven(&history());
    let database = Database::fresh();
    up(bundle, &database).expect("a run");
    for same in [
        // White space in a function.
        "CREATE OR REPLACE FUNCTION app.twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN\r\n\tRETURN n * 2;   -- doubled\n\n END $$",
        // Another order of columns.
        "ALTER TABLE more DROP a; ALTER TABLE more ADD a int",
        // Somebody else's schema, and rows.
        "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t ()",
        "INSERT INTO more VALUES ('x', 1); ANALYZE",
    ] {
        database.run(same);
        assert_eq!(
            verify(bundle, &database),
            Verification::AsProven(2),
            "{same}"
        );
    }
}

#[test]
fn up_ends_with_exit_seven_when_the_schema_is_another() {
    let bundle = proven(&history());
    let database = Database::fresh();
    database.run("CREATE TABLE stray ()");
    let error = up(bundle, &database).expect_err("drift");
    assert_eq!(
        (error.kind(), error.kind().exit_code()),
        (Kind::SchemaDrift, 7)
    );
    assert_eq!(told(error.deviations()), ["unexpected table public.stray"]);
    assert_eq!(error.report().steps.len(), 2, "what was applied stays");
    assert_eq!(database.applied(), [1, 2]);
    // The next run has nothing to do, and says it again.
    assert_eq!(
        up(bundle, &database).expect_err("drift").kind(),
        Kind::SchemaDrift
    );
    let mut lenient = settings(&database);
    lenient.verify = migrator::settings::Verify::Changed;
    migrator::up(bundle, &lenient, Target::Head, &mut |_| {}).expect("nothing has changed");
    database.run("DROP TABLE stray");
    up(bundle, &database).expect("as proven");
}

#[test]
fn a_version_in_the_middle_is_compared_too() {
    let bundle = proven(&history());
    let database = Database::fresh();
    migrator::up(
        bundle,
        &settings(&database),
        Target::Version(1),
        &mut |_| {},
    )
    .expect("a run");
    assert_eq!(verify(bundle, &database), Verification::AsProven(1));
    database.run("DROP VIEW app.names");
    let Verification::Drifted {
        version: 1,
        deviations,
    } = verify(bundle, &database)
    else {
        panic!("no drift");
    };
    assert_eq!(told(&deviations), ["missing view app.names"]);
}

#[test]
fn a_database_without_history_is_identified() {
    let bundle = proven(&history());
    let database = Database::fresh();
    let identify =
        || migrator::identify(bundle, &settings(&database), &mut |_| {}).expect("an answer");
    assert_eq!(identify(), Identity::Empty);
    database.run(&EVERYTHING.replace("serial serial", "serial serial UNIQUE"));
    assert_eq!(identify(), Identity::Exactly(vec![1]));
    database.run("CREATE TABLE more (a int, b text); DROP VIEW app.names");
    let Identity::Nearest {
        version,
        deviations,
    } = identify()
    else {
        panic!("it is none of them");
    };
    assert_eq!(
        (version, told(&deviations)),
        (2, vec!["missing view app.names".to_owned()])
    );
    assert!(
        deviations[0]
            .expected
            .as_deref()
            .is_some_and(|sql| sql.starts_with("CREATE VIEW app.names")),
        "{deviations:?}"
    );
}

#[test]
fn psql_makes_the_same_schema_from_the_text() {
    let history = history();
    let bundle = proven(&history);
    let database = Database::fresh();
    let text = snapshot(&{
        let scratch = Database::fresh();
        up(bundle, &scratch).expect("a run");
        scratch
    })
    .to_sql();
    database.run(&text);
    let again = snapshot(&database).to_sql();
    for (line, expected) in again.lines().zip(text.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(again, text);
}
