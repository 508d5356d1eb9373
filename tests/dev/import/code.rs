//! Tools whose migrations are programs: what they print as SQL is taken, and the rest is told.

use super::Import;

const REVISIONS: [(&str, &str); 2] = [
    (
        "versions/a1_first_step.py",
        "revision = 'a1'\ndown_revision = None\n",
    ),
    (
        "versions/b2_second.py",
        "revision: str = 'b2'\ndown_revision: str = 'a1'\n",
    ),
];

const UPGRADE: &str = "BEGIN;\n\nCREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL\n);\n\n\
    -- Running upgrade  -> a1\n\nCREATE TABLE a (x int);\n\n\
    INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;\n\n\
    -- Running upgrade a1 -> b2\n\nALTER TABLE a ADD COLUMN y int;\n\n\
    UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';\n\nCOMMIT;\n\n";

const DOWNGRADE: &str = "BEGIN;\n\n-- Running downgrade b2 -> a1\n\nALTER TABLE a DROP COLUMN y;\n\n\
    UPDATE alembic_version SET version_num='a1' WHERE alembic_version.version_num = 'b2';\n\n\
    -- Running downgrade a1 -> \n\nDROP TABLE a;\n\n\
    DELETE FROM alembic_version WHERE alembic_version.version_num = 'a1';\n\nDROP TABLE alembic_version;\n\nCOMMIT;\n\n";

#[test]
fn alembic() {
    let mut files = REVISIONS.to_vec();
    files.extend([("upgrade.sql", UPGRADE), ("downgrade.sql", DOWNGRADE)]);
    let import = Import::of(&files);
    import.converts("alembic", &[]);
    assert_eq!(
        import.names(),
        [
            "V0001__first_step.down.sql",
            "V0001__first_step.sql",
            "V0002__second.down.sql",
            "V0002__second.sql"
        ]
    );
    assert_eq!(
        import.read("V0001__first_step.sql").trim(),
        "-- Running upgrade  -> a1\n\nCREATE TABLE a (x int);"
    );
    assert_eq!(
        import.read("V0001__first_step.down.sql").trim(),
        "-- Running downgrade a1 -> \n\nDROP TABLE a;"
    );
    assert!(
        import
            .read("map.toml")
            .ends_with("\"a1\" = 1\n\"b2\" = 2\n")
    );
    import.applies();
}

#[test]
fn a_revision_comes_once() {
    let mut files = REVISIONS.to_vec();
    files.extend([("upgrade.sql", UPGRADE), ("upgrade_2.sql", UPGRADE)]);
    Import::of(&files).is_refused(
        "alembic",
        &["upgrade_2.sql:7: revision a1 comes a second time"],
    );
}

#[test]
fn alembic_without_its_sql() {
    Import::of(&REVISIONS).is_refused(
        "alembic",
        &[
            "not converted: versions/a1_first_step.py",
            "not converted: versions/b2_second.py",
            "alembic upgrade head --sql",
        ],
    );
}

#[test]
fn rails() {
    let structure = "SET statement_timeout = 0;\n\n--\n-- Name: users; Type: TABLE; Schema: public\n--\n\n\
        CREATE TABLE public.users (id bigint);\n\n--\n-- Name: schema_migrations; Type: TABLE; Schema: public\n--\n\n\
        CREATE TABLE public.schema_migrations (version character varying NOT NULL);\n\n\
        INSERT INTO \"schema_migrations\" (version) VALUES\n('20240102000000'),\n('20240101000000');\n";
    let import = Import::of(&[
        ("structure.sql", structure),
        ("migrate/20240101000000_a.rb", "class A; end\n"),
        ("migrate/20240102000000_b.rb", "class B; end\n"),
        ("migrate/20240103000000_c.rb", "class C; end\n"),
    ]);
    let document = import.document("rails", &["--dry-run"]);
    let shown: Vec<String> = document["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| format!("{} {}", entry["source"], entry["outcome"]))
        .collect();
    assert_eq!(
        shown[1..],
        [
            "\"migrate/20240101000000_a.rb\" \"left-out\"",
            "\"migrate/20240102000000_b.rb\" \"left-out\"",
            "\"migrate/20240103000000_c.rb\" \"not-converted\"",
        ]
    );
    let baseline = &document["entries"][0];
    assert_eq!(baseline["outcome"], "converted");
    assert_eq!(baseline["files"][0], "B20240102000000__structure.sql");
    assert_eq!(baseline["key"], "20240102000000");
}

#[test]
fn rails_at_its_head() {
    let structure = "CREATE TABLE public.users (id bigint);\n\n\
        INSERT INTO \"schema_migrations\" (version) VALUES\n('20240101000000');\n";
    let import = Import::of(&[
        ("db/structure.sql", structure),
        ("db/migrate/20240101000000_a.rb", "class A; end\n"),
    ]);
    import.converts("rails", &[]);
    assert_eq!(import.names(), ["B20240101000000__structure.sql"]);
    let expected = "CREATE TABLE public.users (id bigint);\n\n";
    assert_eq!(import.read("B20240101000000__structure.sql"), expected);
}

#[test]
fn django() {
    let import = Import::of(&[
        ("shop/migrations/0001_initial.py", ""),
        (
            "shop/migrations/0001_initial.sql",
            "BEGIN;\n--\n-- Create model A\n--\nCREATE TABLE \"a\" (\"id\" bigint NOT NULL);\nCOMMIT;\n",
        ),
        ("shop/migrations/__init__.py", ""),
    ]);
    import.converts("django", &[]);
    assert_eq!(import.names(), ["V0001__initial.sql"]);
    assert!(
        import
            .read("map.toml")
            .contains("\"shop.0001_initial\" = 1\n")
    );
    import.applies();
    Import::of(&[("shop/migrations/0002_b.py", "")]).is_refused(
        "django",
        &["python manage.py sqlmigrate shop 0002_b > shop/migrations/0002_b.sql"],
    );
}

#[test]
fn django_with_several_apps() {
    let created = |table: &str| format!("BEGIN;\nCREATE TABLE {table} (id int);\nCOMMIT;\n");
    let (cart, user) = (created("cart"), created("users"));
    let python = "BEGIN;\n--\n-- Raw Python operation\n--\n-- THIS OPERATION CANNOT BE WRITTEN AS SQL\nCOMMIT;\n";
    let mut files = vec![
        (
            "cart/migrations/0001_initial.py",
            "class Migration(migrations.Migration):\n    dependencies = [\n                     migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n    ]\n",
        ),
        ("cart/migrations/0001_initial.sql", &cart),
        (
            "cart/migrations/0002_owner.py",
            "class Migration(migrations.Migration):\n    dependencies = [(\"cart\", \"0001_initial\")]\n",
        ),
        ("cart/migrations/0002_owner.sql", python),
        (
            "auth/migrations/0001_initial_squashed.py",
            "class Migration(migrations.Migration):\n    replaces = [('auth', '0001_initial'), ('auth', '0002_b')]\n",
        ),
        ("auth/migrations/0001_initial_squashed.sql", &user),
    ];
    let import = Import::of(&files);
    let said = import.converts("django", &[]);
    let line = "cart/migrations/0002_owner.sql:5: Django runs Python here";
    assert!(said.contains(line), "{said}");
    assert_eq!(
        import.names(),
        [
            "V0001__auth_0001_initial_squashed.sql",
            "V0002__cart_0001_initial.sql",
            "V0003__cart_0002_owner.sql"
        ]
    );
    let map = import.read("map.toml");
    assert!(
        map.ends_with(
            "\"auth.0001_initial_squashed\" = 1\n\"cart.0001_initial\" = 2\n\"cart.0002_owner\" = 3\n\
             \"auth.0001_initial\" = \"none\"\n\"auth.0002_b\" = \"none\"\n"
        ),
        "{map}"
    );
    import.applies();
    // Django's own plan has the last word.
    let plan = "[X]  cart.0001_initial\n[ ]  auth.0001_initial_squashed (2 squashed migrations)\n";
    files.push(("plan.txt", plan));
    let import = Import::of(&files);
    let said = import.converts("django", &[]);
    assert!(
        said.contains("\"cart.0002_owner\" is not in plan.txt"),
        "{said}"
    );
    assert_eq!(
        import.names(),
        [
            "V0001__cart_0001_initial.sql",
            "V0002__auth_0001_initial_squashed.sql"
        ]
    );
}

#[test]
fn knex() {
    Import::of(&[("20240101000000_a.js", ""), ("20240102000000_b.ts", "")]).is_refused(
        "knex",
        &[
            "20240101000000_a.js:1: it is written in JavaScript",
            "20240102000000_b.ts:1: it is written in JavaScript",
        ],
    );
    let import = Import::of(&[
        ("20240101000000_a.js", ""),
        ("20240101000000_a.up.sql", "CREATE TABLE a (x int);\n"),
        ("20240101000000_a.down.sql", "DROP TABLE a;\n"),
    ]);
    import.converts("knex", &[]);
    assert_eq!(
        import.names(),
        ["V20240101000000__a.down.sql", "V20240101000000__a.sql"]
    );
}
