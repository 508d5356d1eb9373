//! Every command line of ours in a document is one that the program understands. The workbench's are read in
//! `tests/dev/reference.rs`.

use super::{documents, read};
use crate::support::migrator;

/// The pieces of shell in a text: lines of its blocks, and what stands in backquotes.
fn shell(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut block: Option<&str> = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = match block {
                None => Some(language),
                Some(_) => None,
            };
        } else if block == Some("sh") {
            let line = line.split(" #").next().unwrap_or_default();
            pieces.extend(
                line.split(['|', ';', '&', '(', ')', '>'])
                    .map(str::to_owned),
            );
        } else if block.is_none() {
            let code = line.split('`').skip(1).step_by(2);
            pieces.extend(
                code.flat_map(|code| code.split(['|', '\\', '>']))
                    .map(str::to_owned),
            );
        }
    }
    pieces
}

/// The arguments of a call of the program; what a page leaves open is filled in.
fn arguments(piece: &str) -> Option<Vec<String>> {
    let mut words = piece
        .split_whitespace()
        .skip_while(|word| word.contains('=') && !word.starts_with('-'));
    let program = words.next()?;
    if !matches!(program, "migrator" | "target/release/migrator") {
        return None;
    }
    let filled = words.map(|word| match word.trim_matches(['\'', '"']) {
        "TARGET" => "head",
        "VERSION" | "N" => "1",
        "TOOL" => "flyway",
        "SHELL" => "bash",
        "COMMAND" => "up",
        word => word,
    });
    let filled: Vec<String> = filled.map(str::to_owned).collect();
    // A name of a command or an option; elsewhere the word is the name of an application.
    let begins = |word: &String| word.starts_with(|c: char| c.is_ascii_lowercase() || c == '-');
    let open = |word: &String| word.contains(['…', '[', '$']);
    (filled.first().is_some_and(begins) && !filled.iter().any(open)).then_some(filled)
}

#[test]
fn every_command_line_is_understood() {
    let mut count = 0;
    for name in documents() {
        for piece in shell(&read(&name)) {
            let Some(mut arguments) = arguments(&piece) else {
                continue;
            };
            count += 1;
            // Everything before it is read, and nothing is done.
            if arguments.iter().all(|it| it != "--help" && it != "-h") {
                arguments.push("--help".to_owned());
            }
            let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let ran = migrator(&words).run();
            assert_eq!(ran.code, 0, "{name}: {piece}\n{ran}");
        }
    }
    assert!(count > 60, "only {count} command lines were found");
}

#[test]
fn calls_are_found() {
    let text = "a `migrator up +1` b\n```sh\nX=1 migrator plan --sql > f  # c\nls | migrator info\n```\n`migrator up …`";
    let found: Vec<Vec<String>> = shell(text).iter().filter_map(|it| arguments(it)).collect();
    assert_eq!(
        found,
        [vec!["up", "+1"], vec!["plan", "--sql"], vec!["info"]]
    );
}
