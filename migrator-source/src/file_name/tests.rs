//! Tables of file names and what they are read as.

use super::*;

fn check(file_name: &str, expected: &str) {
    let order = |order| if order == Order::Versioned { "V" } else { "U" };
    let shown = match parse(file_name) {
        None => "ignored".to_owned(),
        Some(Ok(FileName::Up {
            order: o,
            version,
            name,
        })) => format!("up {} {version} {name}", order(o)),
        Some(Ok(FileName::Down {
            order: o,
            version,
            name,
        })) => format!("down {} {version} {name}", order(o)),
        Some(Ok(FileName::Verify {
            order: o,
            version,
            name,
        })) => format!("verify {} {version} {name}", order(o)),
        Some(Ok(FileName::Repeatable { name })) => format!("repeatable {name}"),
        Some(Ok(FileName::Baseline { version, name })) => format!("baseline {version} {name}"),
        Some(Err(finding)) => {
            format!("{} | {}", finding.message, finding.hint.unwrap_or_default())
        }
    };
    assert!(
        shown.contains(expected) && !expected.is_empty(),
        "{file_name}: {shown}"
    );
}

#[test]
fn good_names_are_read() {
    check("V1__first.sql", "up V 1 first");
    check("V001__first_table.sql", "up V 1 first_table");
    check("V20261120123000__x.sql", "up V 20261120123000 x");
    check("V9223372036854775807__x.sql", "up V 9223372036854775807 x");
    check("V1__größe.sql", "up V 1 größe");
    check("V1___x.sql", "up V 1 _x");
    check("V1__a__b.sql", "up V 1 a__b");
    check("U7__x.sql", "up U 7 x");
    check("V1__first.down.sql", "down V 1 first");
    check("U7__x.down.sql", "down U 7 x");
    check("V1__first.verify.sql", "verify V 1 first");
    check("U7__x.verify.sql", "verify U 7 x");
    check("R__views.sql", "repeatable views");
    check("B12__schema.sql", "baseline 12 schema");
    for other in [
        "migrator.toml",
        "migrator.lock",
        "schema.sql",
        "README.md",
        ".V1__x.sql",
        "mod.rs",
        "sql",
    ] {
        check(other, "ignored");
    }
}

#[test]
fn bad_names_are_problems_with_a_suggestion() {
    check("V1_x.verify.sql", "to \"V1__x.verify.sql\"");
    check("v1__x_verify.sql", "to \"V1__x.verify.sql\"");
    check("R__views.verify.sql", "invalid file name");
    check("B3__base.verify.sql", "invalid file name");
    check("v1__x.sql", "to \"V1__x.sql\"");
    check(
        "V1__x.SQL",
        "ending \".SQL\" is not \".sql\" | rename it, for instance to \"V1__x.sql\"",
    );
    check("V1_x.sql", "to \"V1__x.sql\"");
    check("V1__foo-bar.sql", "to \"V1__foo_bar.sql\"");
    check(
        "V1.2__x.sql",
        "version \"1.2\" is not a whole number | rename it, for instance to \"V1002__x.sql\"",
    );
    check("V1__.sql", "to \"V1__change.sql\"");
    check("V__x.sql", "to \"V1__V_x.sql\"");
    check("001_init.up.sql", "to \"V001__init.sql\"");
    check(
        "20240101120000-add-users.down.sql",
        "to \"V20240101120000__add_users.down.sql\"",
    );
    check("users.sql", "to \"V1__users.sql\"");
    check("r_views.sql", "to \"R__views.sql\"");
    check("R__views.down.sql", "invalid file name");
    check("R1__views.sql", "invalid file name");
    check("B1__x.down.sql", "invalid file name");
    check("|1__x.sql", "invalid file name");
    check("V1__x.up.sql", "to \"V1__x.sql\"");
    check("é.sql", "to \"V1__é.sql\"");
    check("V٣__x.sql", "invalid file name");
    check(
        "V9223372036854775808__x.sql",
        "version 9223372036854775808 is out of range for int8 | name it",
    );
    check(
        &format!("V1__{}.sql", "x".repeat(256)),
        "longer than 255 characters",
    );
    check("V1__x.rs", "is written in Rust");
}
