//! What a proof is worth for a database: a folder is proven, baked with what was found, and run on databases in
//! several states. Each run ends as proven, or is refused.

use std::sync::atomic::{AtomicUsize, Ordering};

use migrator::error::Kind;
use migrator::settings::{Database, Settings};
use migrator::verify::{Identity, Verification, verify};
use migrator::{Bundle, Error, Report, Target};

use super::{Folder, SERVER, USERS};

/// A database of its own.
struct Site {
    settings: Settings,
    url: String,
}

impl Site {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("whole_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let site = |url: String| Self {
            settings: Settings::new(Database::from_url(&url).expect("a URL")),
            url,
        };
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
        site(SERVER.url("postgres")).run(&sql);
        site(SERVER.url(&name))
    }

    fn run(&self, sql: &str) {
        let mut client =
            postgres::Client::connect(&self.url, postgres::NoTls).expect("a server that answers");
        client.batch_execute(sql).expect("SQL that works");
    }

    fn go(&self, bundle: &Bundle, target: Target) -> Result<Report, Error> {
        migrator::up(bundle, &self.settings, target, &mut |_| {})
    }

    /// What was done, and that the schema is the proven one afterwards.
    #[track_caller]
    fn up(&self, bundle: &Bundle) -> String {
        let report = match self.go(bundle, Target::Head) {
            Ok(report) => report,
            Err(error) => panic!("{error}: {:?} {:?}", error.detail(), error.differences()),
        };
        let head = bundle.head().expect("a version");
        assert_eq!(report.verification, Some(Verification::AsProven(head)));
        let again = verify(bundle, &self.settings, &mut |_| {}).expect("an answer");
        assert_eq!(again, Verification::AsProven(head));
        let steps = report.steps.iter().map(|step| match step.version {
            Some(version) => format!("{} {version}", step.action.word()),
            None => format!("{} {}", step.action.word(), step.name),
        });
        steps.collect::<Vec<_>>().join(", ")
    }

    fn identity(&self, bundle: &Bundle) -> Identity {
        migrator::identify(bundle, &self.settings, &mut |_| {}).expect("an answer")
    }
}

impl Folder {
    fn bundle(&self) -> &'static Bundle {
        migrator_dev::bake::bundle(&self.path()).expect("a good folder")
    }
}

#[test]
fn a_late_migration_is_applied_on_the_strength_of_its_proof_alone() {
    let folder = Folder::new(&[
        USERS,
        ("V4__a.sql", "CREATE TABLE a ();"),
        ("V6__b.sql", "CREATE TABLE b ();"),
    ]);
    folder.is_proven();
    let before = folder.bundle();
    let (whole, part, other) = (Site::new(), Site::new(), Site::new());
    assert_eq!(whole.up(before), "apply 1, apply 4, apply 6");
    part.go(before, Target::Version(4)).expect("a run");
    assert_eq!(other.up(before), "apply 1, apply 4, apply 6");

    folder.write("V3__late.sql", "CREATE TABLE late ();");
    // Nobody has tried it yet.
    let refused = whole.go(folder.bundle(), Target::Head).expect_err("late");
    assert_eq!(refused.kind(), Kind::Drift);
    folder.is_proven();
    let proven = folder.bundle();
    let status = migrator::status(proven, &whole.settings, &mut |_| {}).expect("an answer");
    assert_eq!(status.count(migrator::status::State::Commuting), 1);
    assert_eq!(whole.up(proven), "apply 3");
    assert_eq!(part.up(proven), "apply 3, apply 6");
    assert_eq!(Site::new().up(proven), "apply 1, apply 3, apply 4, apply 6");

    // In this state, where one more is late, nothing was tried.
    folder.write("V5__later.sql", "CREATE TABLE later ();");
    let refused = other.go(folder.bundle(), Target::Head).expect_err("late");
    assert_eq!(refused.kind(), Kind::Drift);
    assert!(
        refused
            .hint()
            .is_some_and(|hint| hint.contains("--late apply"))
    );
    assert_eq!(refused.report().steps.len(), 0);
    folder.is_proven();
    assert_eq!(other.up(folder.bundle()), "apply 3, apply 5");
}

#[test]
fn a_state_in_which_the_order_matters_is_refused() {
    let folder = Folder::new(&[
        USERS,
        ("V4__a.sql", "CREATE TABLE a ();"),
        (
            "V6__b.sql",
            "DROP TABLE a; CREATE TABLE b (); CREATE TABLE c ();",
        ),
    ]);
    folder.is_proven();
    let (whole, part) = (Site::new(), Site::new());
    whole.up(folder.bundle());
    part.go(folder.bundle(), Target::Version(4)).expect("a run");
    // After 4 it finds a table, in order it does not.
    folder.write(
        "V3__late.sql",
        "DO $$ BEGIN IF to_regclass('a') IS NOT NULL THEN ALTER TABLE a ADD x int; END IF; END $$;",
    );
    folder.is_proven();
    assert_eq!(whole.up(folder.bundle()), "apply 3");
    let refused = part.go(folder.bundle(), Target::Head).expect_err("late");
    assert_eq!(refused.kind(), Kind::Drift);
    assert!(refused.to_string().contains("disagree about 1 migration"));
}

const MAIL: (&str, &str) = ("V2__mail.sql", "ALTER TABLE users ADD COLUMN mail text;");
const LATER: (&str, &str) = ("V3__later.sql", "CREATE TABLE later (id int);");
const BASE: (&str, &str) = (
    "B2__base.sql",
    "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, mail text);",
);
const NAMES: (&str, &str) = (
    "R__names.sql",
    "CREATE OR REPLACE VIEW names AS SELECT name, mail FROM users;",
);
const LONG: (&str, &str) = (
    "R__long.sql",
    "-- migrator: requires R__names\nCREATE OR REPLACE VIEW long AS SELECT name FROM names;",
);

#[test]
fn baselines_and_repeatables_lead_every_database_to_the_same_schema() {
    let folder = Folder::new(&[USERS, MAIL, LATER, BASE, NAMES, LONG]);
    folder.is_proven().says(&["baseline 2 \"base\"", "equal"]);
    let bundle = folder.bundle();
    let empty = Site::new();
    assert_eq!(
        empty.up(bundle),
        "baseline 2, apply 3, repeat names, repeat long"
    );
    assert_eq!(empty.up(bundle), "");

    // From before the tool.
    let legacy = Site::new();
    legacy.run(USERS.1);
    legacy.run(MAIL.1);
    assert_eq!(legacy.identity(bundle), Identity::Exactly(vec![2]));
    assert_eq!(
        legacy.up(bundle),
        "adopt 1, adopt 2, apply 3, repeat names, repeat long"
    );
    // The same with all that repeatables make, and with what another tool has left.
    let complete = Site::new();
    for (_, sql) in [USERS, MAIL, LATER, NAMES, LONG] {
        complete.run(sql);
    }
    assert_eq!(complete.identity(bundle), Identity::Exactly(vec![3]));
    assert_eq!(
        complete.up(bundle),
        "adopt 1, adopt 2, adopt 3, repeat names, repeat long"
    );

    // Half-way, begun by its migrations.
    let half = Site::new();
    half.go(bundle, Target::Version(1)).expect("a run");
    assert_eq!(
        half.up(bundle),
        "apply 2, apply 3, repeat names, repeat long"
    );
    // Half-way, begun by the baseline.
    let based = Site::new();
    based.go(bundle, Target::Version(2)).expect("a run");
    assert_eq!(based.up(bundle), "apply 3, repeat names, repeat long");

    // A changed repeatable is drift until it is proven and applied.
    folder.write(
        NAMES.0,
        "CREATE OR REPLACE VIEW names AS SELECT name, mail, id FROM users;",
    );
    folder.is_proven();
    assert_eq!(half.up(folder.bundle()), "repeat names, repeat long");
    half.run("CREATE OR REPLACE VIEW long AS SELECT 'x'::text AS name");
    let drifted = half.go(folder.bundle(), Target::Head).expect_err("drift");
    assert_eq!(drifted.kind(), Kind::SchemaDrift);
    let named: Vec<&str> = drifted
        .differences()
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(named, ["public.long"]);
}

#[test]
fn what_another_tool_has_left_is_no_difference() {
    let folder = Folder::new(&[USERS, MAIL, NAMES]);
    folder.is_proven();
    let bundle = folder.bundle();
    let site = Site::new();
    site.run(USERS.1);
    site.run(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint, is_applied boolean, tstamp timestamp)",
    );
    assert_eq!(site.identity(bundle), Identity::Exactly(vec![1]));
    site.run("CREATE TABLE stray ()");
    let Identity::Nearest {
        version,
        differences,
    } = site.identity(bundle)
    else {
        panic!("it is none of them");
    };
    let named: Vec<&str> = differences.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((version, named), (1, vec!["public.stray"]));
    // With the views of repeatables the newest is nearest.
    site.run(MAIL.1);
    site.run(NAMES.1);
    let Identity::Nearest {
        version,
        differences,
    } = site.identity(bundle)
    else {
        panic!("it is none of them");
    };
    let named: Vec<&str> = differences.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((version, named), (2, vec!["public.stray"]));
}
