//! Tables of texts and the statements in them.

use super::*;

/// Statements are joined with ` | `, data is shown in angle brackets, problems follow as `! line:column message`.
#[track_caller]
fn check(sql: &str, expected: &str) {
    let split = split(Text { file: "f", sql });
    let mut shown = Vec::new();
    for piece in &split.pieces {
        shown.push(sql[piece.range.clone()].to_owned());
        shown.extend(piece.data.clone().map(|data| format!("<{}>", &sql[data])));
    }
    for problem in &split.problems {
        let place = &problem.places[0];
        shown.push(format!(
            "! {}:{} {}",
            place.line, place.column, problem.message
        ));
    }
    assert_eq!(shown.join(" | "), expected, "{sql}");
}

#[test]
fn semicolons_end_statements() {
    check("", "");
    check(" ;; ; ", "");
    check("-- nothing\n/* at /* all */ */", "");
    check("select 1", "select 1");
    check("select 1; select 2 ;\n", "select 1 | select 2");
    check(
        "/* a */ select /* ; */ 1 -- ;\n + 2; -- end",
        "select /* ; */ 1 -- ;\n + 2",
    );
    check(
        "create rule r as on insert to t do (delete from u; delete from v); select 1",
        "create rule r as on insert to t do (delete from u; delete from v) | select 1",
    );
}

#[test]
fn quotations_hide_semicolons() {
    check(r"select ';''; '; select 2", r"select ';''; ' | select 2");
    check(r"select E'\';'; select 2", r"select E'\';' | select 2");
    check(r"select '\'; select 2", r"select '\' | select 2");
    check(
        r#"select U&'\0061;' , U&"d;"; select 2"#,
        r#"select U&'\0061;' , U&"d;" | select 2"#,
    );
    check(
        r#"select "a;""b"; select 2"#,
        r#"select "a;""b" | select 2"#,
    );
    check(
        "select $$;$$, $a$ $$ ; $a$; select 2",
        "select $$;$$, $a$ $$ ; $a$ | select 2",
    );
    check(
        "select B';', X';', N';'; select 2",
        "select B';', X';', N';' | select 2",
    );
    check("select a$1$, $1; select 2", "select a$1$, $1 | select 2");
}

#[test]
fn routine_bodies_hold_statements() {
    let body =
        "create function f() returns int begin atomic select case when a then 1 end; select 2; end";
    check(&format!("{body}; select 3"), &format!("{body} | select 3"));
    let body = "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END";
    check(&format!("{body}; select 3"), &format!("{body} | select 3"));
    check(
        "begin; select 1; end; select 2",
        "begin | select 1 | end | select 2",
    );
    check(
        "create function begin() returns int return 1",
        "create function begin() returns int return 1",
    );
}

#[test]
fn copy_is_followed_by_its_data() {
    check(
        "copy t from stdin;\n1\ta\n2\t'\n\\.\nselect 1;",
        "copy t from stdin | <1\ta\n2\t'\n> | select 1",
    );
    check(
        "copy t from stdin;\n\\.\nselect 1",
        "copy t from stdin | <> | select 1",
    );
    check(
        "copy t from stdin; -- rows\nit's $$ /* \n\\.",
        "copy t from stdin | <it's $$ /* \n>",
    );
    check(
        "copy t from stdin;\n1\n\\.x\n\\.\ncopy t from stdin;\n2\n\\.\n",
        "copy t from stdin | <1\n\\.x\n> | copy t from stdin | <2\n>",
    );
    check(
        "COPY t (a, b) FROM STDIN WITH (FORMAT csv);\n\"a;\n\\.\n",
        "COPY t (a, b) FROM STDIN WITH (FORMAT csv) | <\"a;\n>",
    );
    check("copy t from '/x'; select 1", "copy t from '/x' | select 1");
    check(
        "copy t from stdin;\n1\n",
        "copy t from stdin | ! 1:1 the data of COPY has no end",
    );
    check(
        "copy t from stdin",
        "copy t from stdin | ! 1:1 the data of COPY has no end",
    );
    check(
        "copy t from stdin; select 1;\n1\n\\.\n",
        "copy t from stdin | <1\n> | ! 1:19 the data of a COPY begins on the line after its semicolon",
    );
}

#[test]
fn meta_commands_are_dropped_or_refused() {
    check(
        "\\restrict abc'\nselect 1;\n\\unrestrict abc'\n",
        "select 1",
    );
    check(
        "select 1;\n\\.\nselect 2;",
        "select 1 | select 2 | ! 2:1 \"\\.\" is a meta-command of psql",
    );
    check(
        "\\i it's.sql\nselect 2;",
        "select 2 | ! 1:1 \"\\i\" is a meta-command of psql",
    );
    check(
        "select 'select 1' \\gexec\nselect 2",
        "select 'select 1' | select 2 | ! 1:19 \"\\gexec\" is a meta-command of psql",
    );
    check(
        "select 1\n\\restrict x\n, 2",
        "select 1\n\\restrict x\n, 2 | ! 2:1 \"\\restrict\" in the middle of a statement",
    );
    check("select '\\i x'", "select '\\i x'");
}

#[test]
fn what_does_not_end_is_a_problem_where_it_begins() {
    check(
        "select 1;\nselect 'a;\nselect 2;",
        "select 1 | ! 2:8 unterminated quoted string",
    );
    check("select \"a", "! 1:8 unterminated quoted identifier");
    check("select $x$ $X$", "! 1:8 unterminated dollar-quoted string");
    check("/* a /* b */\nselect 1", "! 1:1 unterminated comment");
    check("select E'\\'", "! 1:8 unterminated quoted string");
}

#[test]
fn some_words_are_refused_anywhere() {
    check(
        "select pg_advisory_unlock_all()",
        "select pg_advisory_unlock_all() | ! 1:8 pg_advisory_unlock_all would release the lock of the run",
    );
    check(
        "select 'pg_advisory_unlock_all'",
        "select 'pg_advisory_unlock_all'",
    );
    let deep = format!("select {}1{}", "(".repeat(3000), ")".repeat(3000));
    let split = split(Text {
        file: "f",
        sql: &deep,
    });
    assert_eq!(
        (split.problems.len(), split.pieces[0].nesting),
        (1, Nesting::TooDeep)
    );
}

#[test]
fn a_file_cannot_change_how_its_strings_are_read() {
    let problem = "a backslash in a string after standard_conforming_strings = off";
    for (set, string, expected) in [
        ("set standard_conforming_strings = off", r"'\d'", "!"),
        (
            "SET LOCAL standard_conforming_strings TO 'false'",
            r"N'\d'",
            "!",
        ),
        (
            "set standard_conforming_strings = off",
            r"E'\d', $$\d$$",
            "",
        ),
        ("set standard_conforming_strings = off", "'d'", ""),
        ("set standard_conforming_strings = on", r"'\d'", ""),
        (
            "set standard_conforming_strings = off; reset standard_conforming_strings",
            r"'\d'",
            "",
        ),
        ("set escape_string_warning = off", r"'\d'", ""),
    ] {
        let split = split(Text {
            file: "f",
            sql: &format!("{set}; select {string}, {string}; select {string}"),
        });
        let messages: Vec<&str> = split
            .problems
            .iter()
            .map(|found| found.message.as_str())
            .collect();
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[problem] };
        assert_eq!(messages, expected, "{set} {string}");
    }
}
