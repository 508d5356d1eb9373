//! What statements mean to each other within one text.

use super::*;

fn seen(sql: &str, mode: Mode) -> String {
    let observed = observe(sql, mode, &[]);
    let sightings = observed.steps.iter().flat_map(|step| &step.sightings);
    let shown = sightings.map(|it| format!("{}:{}", it.rule, &sql[it.start..it.end]));
    shown.collect::<Vec<_>>().join("; ")
}

#[test]
fn a_value_is_not_used_in_the_transaction_that_adds_it() {
    let add = "ALTER TYPE mood ADD VALUE 'new';";
    for (rest, expected) in [
        (
            " UPDATE t SET m = 'new';",
            "enum-value-used-in-transaction:'new'",
        ),
        (
            " ALTER TABLE t ALTER m SET DEFAULT 'new';",
            "enum-value-used-in-transaction:'new'",
        ),
        (" UPDATE t SET m = 'newer';", ""),
        (" ALTER TYPE mood ADD VALUE 'newer' AFTER 'new';", ""),
        (" COMMENT ON TABLE t IS 'new';", ""),
        (
            " CREATE FUNCTION f() RETURNS mood LANGUAGE plpgsql AS $$ BEGIN RETURN 'new'; END $$;",
            "",
        ),
    ] {
        assert_eq!(
            seen(&format!("{add}{rest}"), Mode::Transaction),
            expected,
            "{rest}"
        );
    }
    let own =
        "CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood ADD VALUE 'b'; UPDATE t SET m = 'b';";
    assert_eq!(seen(own, Mode::Transaction), "");
    let before = "UPDATE t SET m = 'new'; ALTER TYPE mood ADD VALUE 'new';";
    assert_eq!(seen(before, Mode::Transaction), "");
    let alone = format!("{add} UPDATE t SET m = 'new';");
    assert_eq!(seen(&alone, Mode::NoTransaction), "");
    let block = format!("BEGIN; {add} UPDATE t SET m = 'new'; COMMIT; UPDATE t SET m = 'new';");
    assert_eq!(
        seen(&block, Mode::NoTransaction),
        "enum-value-used-in-transaction:'new'"
    );
}

#[test]
fn a_constraint_is_not_validated_in_the_transaction_that_adds_it() {
    let add = "ALTER TABLE a.t ADD CONSTRAINT c CHECK (x > 0) NOT VALID;";
    let validate = " ALTER TABLE t VALIDATE CONSTRAINT c;";
    let both = format!("{add}{validate}");
    let found = "constraint-missing-not-valid:ALTER TABLE t VALIDATE CONSTRAINT c";
    assert_eq!(seen(&both, Mode::Transaction), found);
    assert_eq!(seen(&both, Mode::NoTransaction), "");
    assert_eq!(
        seen(&both.replace("INT c;", "INT d;"), Mode::Transaction),
        ""
    );
}

#[test]
fn a_block_ends_no_transaction_of_others() {
    let block = "DO $$ BEGIN COMMIT; END $$;";
    assert!(seen(block, Mode::Transaction).starts_with("commit-in-block:DO"));
    assert_eq!(seen(block, Mode::NoTransaction), "");
    let inside = format!("BEGIN; {block} COMMIT;");
    assert!(seen(&inside, Mode::NoTransaction).starts_with("commit-in-block:DO"));
}

#[test]
fn the_header_answers() {
    let sql = "-- migrator: allow(ban-drop-column) \"moved\"\n-- migrator: irreversible \"gone\"\nSELECT 1;";
    let observed = observe(sql, Mode::Transaction, &[]);
    assert_eq!(observed.allowed, ["ban-drop-column"]);
    assert!(
        observed
            .answered
            .iter()
            .any(|rule| rule == "ban-drop-table")
    );
}

#[test]
fn data_is_not_looked_at() {
    let sql = "COPY t FROM stdin;\nSET search_path = x;\n\\.\nSET search_path = y;";
    assert_eq!(
        seen(sql, Mode::Transaction),
        "search-path-not-local:SET search_path = y"
    );
}
