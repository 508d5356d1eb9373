//! What is written in place of a placeholder, where a byte of it comes from, and what is hidden.

use super::*;
use crate::baked;
use crate::server_error::Answer;

const SQL: &str = "CREATE ROLE ${role} PASSWORD ${word}; SELECT 1";

fn table() -> Vec<u8> {
    let mut table = Vec::new();
    for (start, end, kind) in [(0_u8, 36, 0), (38, 46, 0), (12, 19, 7), (29, 36, 8)] {
        table.extend([start, 0, 0, 0, end, 0, 0, 0, kind]);
    }
    table
}

const ROLE: Placeholder = baked::placeholder(
    "role",
    Quoting::Identifier,
    Some("app"),
    "ROLE",
    Secrecy::Open,
);
const WORD: Placeholder =
    baked::placeholder("word", Quoting::Literal, None, "WORD", Secrecy::Secret);

fn bundle() -> Bundle {
    baked::with_placeholders(*baked::EMPTY, &[ROLE, WORD])
}

fn filling(values: &[(&str, &str)], secrets: Secrets) -> Result<Filling, Error> {
    let mut all = Values::default();
    for (name, value) in values {
        all.set(*name, *value);
    }
    Filling::new(&bundle(), &all, secrets)
}

#[test]
fn what_is_sent_and_where_it_comes_from() {
    let table: &'static [u8] = table().leak();
    let script = baked::transactional("f", SQL, table, &[0; 32]);
    let statements: Vec<Statement> = script.statements.iter().collect();
    let first = statements[0];
    for (role, word) in [
        ("app", "x"),
        ("r", ""),
        ("a_much_longer_name", "it's \\ long $$"),
    ] {
        let filling = filling(&[("role", role), ("word", word)], Secrets::Sent).unwrap();
        let sent = filling.text(&script, &first);
        let expected = format!(
            "CREATE ROLE \"{role}\" PASSWORD {}",
            Literal(word).to_string().replace('$', "\\x24")
        );
        assert_eq!(sent, expected);
        for word in ["ROLE", "PASSWORD"] {
            let (sent, written) = (sent.find(word).unwrap(), SQL.find(word).unwrap());
            assert_eq!(filling.place(&script, first.start, sent), written, "{word}");
        }
        assert_eq!(filling.place(&script, first.start, 14), 12);
        let last = sent.len() - 1;
        assert_eq!(filling.place(&script, first.start, last), 29);
        assert_eq!(filling.place(&script, statements[1].start, 7), 45);
        assert!(matches!(
            filling.text(&script, &statements[1]),
            Cow::Borrowed("SELECT 1")
        ));
    }
    let shown = filling(&[("word", "hidden")], Secrets::Hidden).unwrap();
    assert_eq!(
        shown.text(&script, &first),
        "CREATE ROLE \"app\" PASSWORD ${word}"
    );
}

#[test]
fn nothing_leaves_its_quotes() {
    for (value, quoting, expected) in [
        ("a", Quoting::Literal, "E'a'"),
        ("$$; DROP", Quoting::Literal, "E'\\x24\\x24; DROP'"),
        ("'\\", Quoting::Literal, "E'''\\\\'"),
        ("we\"ird", Quoting::Identifier, "\"we\"\"ird\""),
        ("a\\$b\"", Quoting::Identifier, "U&\"a\\\\\\0024b\"\"\""),
    ] {
        assert_eq!(quoted(value, quoting), expected);
    }
}

#[test]
fn every_value_that_cannot_be_used_is_told() {
    let refused = |values: &[(&str, &str)]| {
        let error = filling(values, Secrets::Sent).expect_err("a problem");
        assert_eq!(error.kind(), Kind::Usage);
        error.detail().join(" ")
    };
    assert_eq!(
        refused(&[]),
        "\"word\" has no value: set WORD, or WORD_FILE."
    );
    assert_eq!(
        refused(&[("role", "")]),
        "\"role\" is an identifier, and empty: see ROLE. \"word\" has no value: set WORD, or WORD_FILE."
    );
    let long = "x".repeat(64);
    assert!(refused(&[("role", &long), ("word", "")]).contains("longer than 63 bytes"));
    assert!(refused(&[("word", "a\0b")]).contains("holds a NUL byte"));
    assert!(filling(&[], Secrets::Hidden).is_ok());
}

#[test]
fn secrets_are_hidden_in_every_form() {
    let hidden = filling(&[("word", "it's $ecret enough")], Secrets::Sent).unwrap();
    for (said, expected) in [
        (
            "syntax error at \"E'it''s \\x24ecret enough'\"",
            "syntax error at \"${word}\"",
        ),
        ("value \"it's $ecret enough\"", "value \"${word}\""),
        ("(1, it's $ecr...)", "(1, ${word}...)"),
        ("nothing", "nothing"),
    ] {
        assert_eq!(hidden.redact(said), expected);
    }
    // What would move a terminal is found as it is, and written out only then.
    let hidden = filling(&[("word", "short\r\n$ecret")], Secrets::Sent).unwrap();
    let answer = Answer::new("22P02", "invalid: \"short\r\n$ecret\"\r\u{1b}[2J");
    let ServerError::Answer(answer) = hidden.redacted(ServerError::Answer(Box::new(answer))) else {
        panic!("it is an answer");
    };
    assert_eq!(answer.message, "invalid: \"${word}\"\\r\\u{1b}[2J");
    assert!(!format!("{hidden:?}").contains("ecret"));
    let mut values = Values::default();
    values.set("word", "hidden");
    assert_eq!(format!("{values:?}"), "{\"word\"}");
}

#[test]
fn values_come_from_their_variables() {
    let variables = [
        ("WORD", "w"),
        ("MIGRATOR_PLACEHOLDER_OLD", "o"),
        ("MIGRATOR_PLACEHOLDER_WORD", "x"),
        ("MIGRATOR_PLACEHOLDER_KEPT_FILE", "/there"),
        ("ROLE", ""),
    ];
    assert_eq!(
        given(&variables),
        "kept=from the file kept_file=/there old=o role= word=w"
    );
}

#[test]
fn values_come_from_files() {
    assert_eq!(
        given(&[("WORD_FILE", "/there"), ("ROLE_FILE", "")]),
        "word=from the file"
    );
    assert_eq!(
        given(&[("WORD_FILE", "/there"), ("WORD", "w")]),
        "\"word\" has no value: WORD and WORD_FILE are both set"
    );
    assert_eq!(
        given(&[("WORD_FILE", "/run/nowhere"), ("ROLE", "r")]),
        "\"word\" has no value: WORD_FILE names a file that cannot be read: \"/run/nowhere\": entity not found."
    );
}

/// What a bundle is given by such variables, or why it is not.
fn given(variables: &[(&str, &str)]) -> String {
    let variable = |name: &str| {
        let found = variables.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| (*value).into())
    };
    let file = |path: &str| match path {
        "/there" => Ok(b"from the file\n".to_vec()),
        _ => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
    };
    let environment = Environment {
        variable: &variable,
        file: &file,
    };
    let all = variables.iter().map(|(name, _)| (*name).to_owned());
    let values = Values::from_variables(&bundle(), &environment, all);
    if !values.unreadable.is_empty() {
        let refused = Filling::new(&bundle(), &values, Secrets::Sent).unwrap_err();
        // What is not sent needs no value.
        assert!(Filling::new(&bundle(), &values, Secrets::Hidden).is_ok());
        return refused.detail().join(" ");
    }
    let given = values.given.iter();
    let given: Vec<String> = given.map(|(name, it)| format!("{name}={it}")).collect();
    given.join(" ")
}
