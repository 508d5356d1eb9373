//! psql meta-commands: which are dropped, and what to write in place of the others.
//!
//! They are instructions to psql and the server has never heard of them. Where they stand in a file is found by
//! `split`.

/// What happens to a meta-command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It changes nothing for a runner that is not psql.
    Dropped,
    /// What to do instead.
    Refused(&'static str),
}

const TABLE: [(&[&str], Verdict); 12] = [
    // pg_dump writes this pair against dumps that would run commands of psql.
    (&["restrict", "unrestrict"], Verdict::Dropped),
    (
        &["."],
        Verdict::Refused(
            "remove it: \"\\.\" ends the data of a COPY … FROM stdin, and no such data begins above",
        ),
    ),
    (
        &["i", "ir", "include", "include_relative"],
        Verdict::Refused(
            "paste the statements of that file here, or make it a migration of its own",
        ),
    ),
    (
        &["c", "connect"],
        Verdict::Refused(
            "remove it: a run has one database; keep the migrations of another in a folder of its own",
        ),
    ),
    (
        &["copy"],
        Verdict::Refused(
            "use COPY … FROM stdin with the rows below it, ended by a line that holds only \"\\.\"",
        ),
    ),
    (
        &["gexec", "gset", "gdesc", "crosstabview", "watch"],
        Verdict::Refused(
            "use a DO block: its EXECUTE runs a text as SQL, its variables hold results",
        ),
    ),
    (
        &["g", "gx", ";"],
        Verdict::Refused("end the statement with a semicolon"),
    ),
    (
        &["set", "unset", "prompt", "getenv"],
        Verdict::Refused(
            "remove it and write each value where it is used; ON_ERROR_STOP is how migrations always run",
        ),
    ),
    (
        &["if", "elif", "else", "endif"],
        Verdict::Refused("use a DO block with IF"),
    ),
    (
        &["echo", "qecho", "warn"],
        Verdict::Refused("remove it, or use RAISE NOTICE in a DO block"),
    ),
    (
        &["!", "cd", "o", "w", "s"],
        Verdict::Refused("remove it: a migration runs SQL and nothing else"),
    ),
    (
        &["encoding"],
        Verdict::Refused(
            "remove it: migrations are UTF-8, and the server converts to its own encoding",
        ),
    ),
];

const OTHERS: Verdict = Verdict::Refused(
    "remove it: meta-commands are read by psql, and the server does not know them",
);

/// What happens to a command, by the word after its backslash.
pub(crate) fn verdict(command: &str) -> Verdict {
    let row = TABLE
        .iter()
        .find(|(commands, _)| commands.contains(&command));
    row.map_or(OTHERS, |(_, verdict)| *verdict)
}

/// Whether a command sends the statement before it, as a semicolon would.
pub(crate) fn sends(command: &str) -> bool {
    command.starts_with('g') || matches!(command, "crosstabview" | "watch" | ";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_dropped_or_refused() {
        assert_eq!(verdict("restrict"), Verdict::Dropped);
        assert_eq!(verdict("unrestrict"), Verdict::Dropped);
        for command in [
            ".", "i", "connect", "copy", "gexec", "set", "if", "echo", "!", "dt+", "", "encoding",
            "g",
        ] {
            assert!(matches!(verdict(command), Verdict::Refused(_)), "{command}");
        }
        assert_ne!(verdict("i"), OTHERS);
        assert_eq!(verdict("dt+"), OTHERS);
    }
}
