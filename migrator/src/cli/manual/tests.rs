//! The manual as roff, and what has to be in it.

use std::collections::BTreeSet;

use super::*;

/// What a line may begin with: the macros of man(7), and requests that every roff knows.
const KNOWN: [&str; 11] = [
    ".TH", ".SH", ".PP", ".TP", ".IP", ".RS", ".RE", ".nf", ".fi", ".br", ".ie",
];

/// What an apostrophe is in roff: what the writer begins each part with.
const APOSTROPHES: [&str; 2] = [".ie \\n(.g .ds Aq \\(aq", ".el .ds Aq '"];

fn plain(page: &Page) -> String {
    page.text
        .replace("\\fB", "")
        .replace("\\fR", "")
        .replace("\\fI", "")
        .replace("\\-", "-")
}

#[test]
fn every_page_is_sound_roff() {
    let pages = pages("migrator");
    assert!(pages.len() > 15, "{} pages", pages.len());
    for page in &pages {
        assert!(page.text.contains("\n.TH migrator"), "{}", page.text);
        for line in page.text.lines().filter(|it| !APOSTROPHES.contains(it)) {
            let macro_name = line.split(' ').next().unwrap_or_default();
            if line.starts_with(['.', '\'']) {
                assert!(KNOWN.contains(&macro_name), "{}: {line}", page.file);
            }
            // Every backslash begins an escape that man pages know.
            let mut rest = line;
            while let Some((_, after)) = rest.split_once('\\') {
                let known = ["fB", "fI", "fR", "-", "&", "\\", "*(Aq", "(bu"];
                assert!(
                    known.iter().any(|it| after.starts_with(it)),
                    "{}: {line}",
                    page.file
                );
                rest = after.strip_prefix('\\').unwrap_or(after);
            }
        }
        let opened = page.text.matches("\n.RS").count();
        assert_eq!(opened, page.text.matches("\n.RE").count(), "{}", page.file);
        let unfilled = page.text.matches("\n.nf").count();
        assert_eq!(
            unfilled,
            page.text.matches("\n.fi").count(),
            "{}",
            page.file
        );
    }
}

#[test]
fn every_page_has_its_sections_in_their_order() {
    let order = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "SEE ALSO",
    ];
    for page in pages("migrator") {
        let found: Vec<String> = page
            .text
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .map(|heading| heading.trim_matches('"').to_owned())
            .filter(|heading| order.contains(&heading.as_str()))
            .collect();
        assert_eq!(found, order, "{}", page.file);
    }
}

#[test]
fn every_option_command_and_exit_code_is_in_its_page() {
    let tree = tree("migrator");
    let whole = plain(&whole("migrator"));
    for command in tree.get_subcommands() {
        let name = command.get_name();
        assert!(whole.contains(&format!("migrator-{name}(1)")), "{name}");
        let page = plain(&of("migrator", name).expect("a page"));
        for option in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(page.contains(&format!("--{option}")), "{name} --{option}");
        }
    }
    for code in 0..=9 {
        assert!(whole.contains(&format!("\n.TP\n{code}\n")), "{code}");
    }
}

#[test]
fn a_page_carries_the_name_of_the_program() {
    for (word, name) in [
        ("/usr/bin/db-migrate", "db-migrate"),
        ("migrator", "migrator"),
        ("", "migrator"),
    ] {
        assert_eq!(program(Some(&OsString::from(word))), name);
    }
    assert_eq!(program(None), "migrator");
    let files: BTreeSet<String> = pages("db-migrate")
        .into_iter()
        .map(|page| page.file)
        .collect();
    assert!(files.contains("db-migrate.1"), "{files:?}");
    assert!(files.contains("db-migrate-up.1"), "{files:?}");
    let page = of("db-migrate", "upgrade").expect("another name of up");
    assert_eq!(page.file, "db-migrate-up.1");
    assert!(
        plain(&page).contains("db-migrate up [OPTIONS] [TARGET]"),
        "{}",
        page.text
    );
    assert_eq!(of("db-migrate", "upp"), None);
}
