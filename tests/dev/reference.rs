//! docs/reference.md names what the workbench knows: its commands and options, and the directives and keys that its
//! own messages list.

use std::fs;
use std::path::Path;

use super::{open_folder, run, text, workbench};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference.md");
    fs::read_to_string(path).expect("the page")
}

fn help(arguments: &[&str]) -> String {
    let output = run(workbench(arguments).arg("--help"));
    text(&output.stdout).to_owned()
}

#[test]
fn every_command_and_option_is_named() {
    let page = page();
    let list = help(&[]);
    let list = list
        .split("Commands:\n")
        .nth(1)
        .expect("a list of commands");
    let list = list.split("\n\n").next().expect("its end");
    let commands: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        assert!(page.contains(&format!("| `{command}")), "{command}");
        for line in help(&[command]).lines() {
            if let Some(option) = line.trim_start().strip_prefix("--") {
                let option = option.split([' ', ',']).next().unwrap_or_default();
                assert!(
                    page.contains(&format!("`--{option}")),
                    "{command} --{option}"
                );
            }
        }
    }
}

/// What the hints of a message list as known.
fn known(said: &str) -> Vec<String> {
    let lists = said.lines().filter_map(|line| {
        let (_, list) = line
            .split_once("known ones are ")
            .or_else(|| line.split_once("known are "))?;
        Some(list.replace(" and ", ", ").replace('"', ""))
    });
    lists
        .flat_map(|list| list.split(", ").map(str::to_owned).collect::<Vec<String>>())
        .collect()
}

#[test]
fn every_directive_and_every_key_is_named() {
    let folder = open_folder();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("our own folder");
    };
    write("V1__a.sql", "-- migrator: foo\nSELECT 1;\n");
    let output = run(workbench(&["lint", "--folder"]).arg(folder.path()));
    let directives = known(text(&output.stdout));
    assert!(directives.len() >= 8, "{directives:?}");
    let page = page();
    for directive in directives {
        assert!(
            page.contains(&format!("`-- migrator: {directive}")),
            "{directive}"
        );
    }
    write("V1__a.sql", "SELECT 1;\n");
    write("migrator.toml", "[lint]\nx = 1\n");
    let output = run(workbench(&["lint", "--folder"]).arg(folder.path()));
    let mut keys = known(text(&output.stdout));
    write(
        "migrator.toml",
        "x = 1\n[proof]\nx = 1\n[verify]\nx = 1\n[environments]\nx = 1\n[[adopt]]\nx = 1\n[placeholders.a]\nx = 1\n",
    );
    let output = run(workbench(&[
        "prove",
        "--url",
        "postgres://nobody@localhost:1/none",
        "--folder",
    ])
    .arg(folder.path()));
    keys.extend(known(text(&output.stderr)));
    assert!(keys.len() >= 25, "{keys:?}");
    for key in keys {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
}

/// The documents of the folder `docs`, and the one at the root.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut documents = vec![("README.md".to_owned(), root.join("README.md"))];
    for entry in fs::read_dir(root.join("docs")).expect("the folder of documents") {
        let path = entry.expect("an entry").path();
        documents.push((path.display().to_string(), path));
    }
    documents
        .into_iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|it| it == "md"))
        .map(|(name, path)| (name, fs::read_to_string(path).expect("UTF-8")))
        .collect()
}

/// The arguments of the calls of the workbench in a line.
fn calls(line: &str) -> Vec<Vec<&str>> {
    let line = line.split(" #").next().unwrap_or_default();
    let pieces = line.split(['`', '|', ';', '&', '(', ')', '>']);
    let calls = pieces.filter_map(|piece| {
        let piece = piece.trim();
        let rest = match piece.split_once("-p migrator-dev -- ") {
            Some((before, rest)) if before.starts_with("cargo run") => rest,
            Some(_) => return None,
            None => piece.strip_prefix("migrator-dev ")?,
        };
        let rest = rest.split(" -- ").next().unwrap_or(rest);
        let words: Vec<&str> = rest.split_whitespace().collect();
        let open = |word: &&str| word.contains(['…', '[', '"', '$']);
        (!words.iter().any(open)).then_some(words)
    });
    calls.collect()
}

#[test]
fn every_command_line_of_the_documents_is_understood() {
    let mut count = 0;
    for (name, text) in documents() {
        for line in text.lines() {
            for call in calls(line) {
                count += 1;
                let call: Vec<&str> = call
                    .into_iter()
                    .map(|word| match word {
                        "VERSION" => "1",
                        "TOOL" => "flyway",
                        "COMMAND" => "lint",
                        word => word,
                    })
                    .collect();
                let output = run(workbench(&call).arg("--help"));
                let said = text_of(&output);
                assert!(output.status.success(), "{name}: {line}\n{said}");
            }
        }
    }
    assert!(count > 25, "only {count} command lines were found");
}

fn text_of(output: &std::process::Output) -> String {
    text(&output.stdout).to_owned() + text(&output.stderr)
}
