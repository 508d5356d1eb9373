//! The rules of adoption, by tables.

use super::*;

fn rules(text: &str) -> (Vec<Adoption>, Vec<String>) {
    let text = Text {
        file: "f",
        sql: text,
    };
    let mut document = Table::parse(text).unwrap();
    let mut problems = Vec::new();
    let adoptions = read(document.tables("adopt").unwrap(), &mut problems);
    let shown = problems.iter().map(|problem| {
        let place = problem.places.first().unwrap();
        format!("{}:{} {}", place.line, place.column, problem.message)
    });
    let shown = shown.collect();
    (adoptions, shown)
}

#[track_caller]
fn probe(line: &str) -> Probe {
    let (mut adoptions, problems) =
        rules(&format!("[[adopt]]\nname = \"a\"\nversion = 3\n{line}\n"));
    assert!(problems.is_empty(), "{problems:?}");
    adoptions.pop().unwrap().probe
}

#[test]
fn each_probe_is_read() {
    let table = |schema: &str, table: &str| Probe::Table {
        schema: schema.to_owned(),
        table: table.to_owned(),
    };
    assert_eq!(probe("table = \"public.users\""), table("public", "users"));
    assert_eq!(probe("table = \"Public.Users\""), table("public", "users"));
    assert_eq!(
        probe("table = '\"a.\"\"b\".\"C d\"'"),
        table("a.\"b", "C d")
    );
    assert_eq!(
        probe("query = \" SELECT true; -- sure\""),
        Probe::Query("SELECT true".to_owned())
    );
    assert_eq!(probe("fingerprint = 7"), Probe::Proven(7));
    assert_eq!(
        probe(&format!("fingerprint = \"{}\"", "0f".repeat(32))),
        Probe::Fingerprint([15; 32])
    );
    assert_eq!(
        probe("tool = \"alembic\"\nposition = \"1975ea83b712\""),
        Probe::Position {
            tool: "alembic".to_owned(),
            position: "1975ea83b712".to_owned()
        }
    );
}

#[test]
fn mistakes_have_their_place() {
    for (line, expected) in [
        ("", "1:1 the rule has no probe"),
        (
            "table = \"a.b\"\nquery = \"SELECT true\"",
            "1:1 the rule has more than one probe",
        ),
        (
            "table = \"users\"",
            "4:9 \"adopt.table\" is not \"schema.table\"",
        ),
        (
            "table = \"a.b.c\"",
            "4:9 \"adopt.table\" is not \"schema.table\"",
        ),
        (
            "table = \"a.b; c\"",
            "4:9 \"adopt.table\" is not \"schema.table\"",
        ),
        (
            "query = \"SELECT true; SELECT false\"",
            "4:9 \"adopt.query\" is not one query, such as \"SELECT true\"",
        ),
        (
            "query = \"DELETE FROM a\"",
            "4:9 \"adopt.query\" is not one query, such as \"SELECT true\"",
        ),
        (
            "query = \"SELECT 'a\"",
            "4:9 \"adopt.query\" is not one query, such as \"SELECT true\"",
        ),
        (
            "fingerprint = \"abc\"",
            "4:15 \"adopt.fingerprint\" is not a version, or 64 hexadecimal digits",
        ),
        (
            "tool = \"alembic\"",
            "1:1 \"tool\" and \"position\" need each other",
        ),
        ("table = \"a.b\"\nsql = 1", "5:1 unknown key \"adopt.sql\""),
    ] {
        let text = format!("[[adopt]]\nname = \"a\"\nversion = 3\n{line}\n");
        let (adoptions, problems) = rules(&text);
        assert_eq!(problems, [expected], "{line}");
        assert!(adoptions.is_empty(), "{line}");
    }
    let (_, problems) = rules("[[adopt]]\ntool = \"alembik\"\nposition = \"1\"\n");
    assert_eq!(problems.len(), 3, "{problems:?}");
    let rule = "[[adopt]]\nname = \"a\"\nversion = 3\ntable = \"a.b\"\n";
    let (_, problems) = rules(&format!("{rule}{rule}"));
    assert_eq!(problems, ["5:1 two rules are called \"a\""]);
}
