//! One schema has one fingerprint on every version of PostgreSQL that is supported; where it has not, it is said.

use super::{Folder, Said};

/// Objects of every kind, whose definitions 13 and 18 print differently.
const OBJECTS: &str = include_str!("../../fixtures/every_object/V1__objects.sql");

/// The pinned downloads, so that it is known which versions they are.
fn every_version(folder: &Folder) -> Said {
    folder.prove_on(
        &["--postgres", "download", "--against", "13,14,15,16,17,18"],
        &[],
    )
}

#[test]
fn a_schema_has_one_fingerprint_on_all_of_them() {
    let folder = Folder::new(&[("V1__objects.sql", OBJECTS)]);
    let said = every_version(&folder);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    let lock = folder.read("migrator.lock");
    for major in 13..=18 {
        assert!(lock.contains(&format!("\"{major}.")), "{lock}");
    }
}

/// `extract` returned `double precision` before 14, and returns `numeric` since.
#[test]
fn what_means_another_thing_in_an_older_version_is_another_schema() {
    let folder = Folder::new(&[(
        "V1__year.sql",
        "-- migrator: irreversible \"a test\"\nCREATE VIEW y AS SELECT extract(year FROM now()) AS y;",
    )]);
    let said = every_version(&folder);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    let line = "error: after 1 \"year\" the schema is not the same on PostgreSQL 13.23 and 14.23";
    assert!(said.stderr.contains(line), "{}", said.stderr);
}

#[test]
fn a_failure_names_the_version() {
    let folder = Folder::new(&[(
        "V1__unless_distinct.sql",
        "-- migrator: irreversible \"a test\"\nCREATE TABLE t (a int, UNIQUE NULLS NOT DISTINCT (a));",
    )]);
    let said = every_version(&folder);
    assert_eq!(said.code, Some(1), "{}", said.stdout);
    for (version, fails) in [("13.23", true), ("14.23", true), ("18.4", false)] {
        let line = format!("error: on PostgreSQL {version}: 1 \"unless_distinct\" fails");
        assert_eq!(said.stderr.contains(&line), fails, "{}", said.stderr);
    }
}
