//! The manual: one man page for the whole tool and one for each command, made of the command line itself.
//!
//! What no option says, such as variables and files, is `manual/facts`. Nothing here prints or writes.

mod facts;

use std::ffi::OsString;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::Cli;

/// A man page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Its name in a directory of man pages: `migrator-up.1`.
    pub(super) file: String,
    /// The page in roff.
    pub(super) text: String,
}

/// What the program is called, given the first word of its command line.
pub(super) fn program(word: Option<&OsString>) -> String {
    let stem = word.and_then(|word| Path::new(word).file_name()?.to_str());
    let name = stem.map(|name| {
        name.strip_suffix(std::env::consts::EXE_SUFFIX)
            .unwrap_or(name)
    });
    name.filter(|name| !name.is_empty())
        .unwrap_or("migrator")
        .to_owned()
}

/// The page of the whole tool.
pub(super) fn whole(program: &str) -> Page {
    page(program, tree(program), None)
}

/// The page of one command, by its name or another name of it.
pub(super) fn of(program: &str, command: &str) -> Option<Page> {
    let tree = tree(program);
    let found = tree.find_subcommand(command)?.clone();
    Some(page(program, found, Some(program)))
}

/// Every page, that of the whole tool first.
pub(super) fn pages(program: &str) -> Vec<Page> {
    let tree = tree(program);
    let commands = tree.get_subcommands().cloned();
    let commands: Vec<Page> = commands
        .map(|command| page(program, command, Some(program)))
        .collect();
    let mut pages = vec![whole(program)];
    pages.extend(commands);
    pages
}

/// The command line, where every command has the options that all of them take.
fn tree(program: &str) -> Command {
    let mut tree = Cli::command()
        .bin_name(program)
        .display_name(program)
        .long_about(facts::DESCRIPTION)
        .subcommand_help_heading("COMMANDS");
    tree.build();
    tree
}

/// One page; `above` is the page that it belongs to.
fn page(program: &str, command: Command, above: Option<&str>) -> Page {
    let parts = Parts {
        usage: usage(&command),
        variables: facts::variables(&command),
        after: command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default(),
        others: above
            .map(str::to_owned)
            .into_iter()
            .chain(
                command
                    .get_subcommands()
                    .map(|it| format!("{program}-{}", it.get_name())),
            )
            .collect(),
        has_commands: command.has_subcommands(),
    };
    let man = Man::new(command)
        .source(format!("{program} {}", env!("CARGO_PKG_VERSION")))
        .manual("Migrations of PostgreSQL");
    Page {
        file: man.get_filename(),
        // Writing to memory does not fail.
        text: render(&man, &parts).unwrap_or_default(),
    }
}
/// What a page has besides what clap knows how to lay out.
struct Parts {
    usage: String,
    variables: Vec<(String, String)>,
    after: String,
    /// Pages that it refers to.
    others: Vec<String>,
    has_commands: bool,
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned()
}

fn render(man: &Man, parts: &Parts) -> io::Result<String> {
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    let mut synopsis = Roff::default();
    synopsis.control("SH", ["SYNOPSIS"]);
    synopsis.text([bold(&parts.usage)]);
    synopsis.to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    if parts.has_commands {
        man.render_subcommands_section(&mut text)?;
    }
    man.render_options_section(&mut text)?;
    let mut rest = Roff::default();
    list(&mut rest, "EXIT STATUS", &facts::exit_status());
    list(&mut rest, "ENVIRONMENT", &parts.variables);
    list(&mut rest, "FILES", &facts::files());
    after_help(&mut rest, parts);
    see_also(&mut rest, &parts.others);
    rest.to_writer(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A section of terms, each with what it means.
fn list(roff: &mut Roff, heading: &str, entries: &[(String, String)]) {
    roff.control("SH", [heading]);
    for (term, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(meaning)]);
    }
}

/// The examples that `--help` ends with, and its notes. Those of the whole tool are sections here.
fn after_help(roff: &mut Roff, parts: &Parts) {
    let paragraphs = || parts.after.split("\n\n").filter(|it| !it.is_empty());
    let is_example = |it: &&str| it.starts_with("Example");
    if !parts.has_commands {
        as_it_is(roff, "NOTES", paragraphs().filter(|it| !is_example(it)));
    }
    as_it_is(roff, "EXAMPLES", paragraphs().filter(is_example));
}

/// A section of lines that are laid out for a terminal.
fn as_it_is<'p>(roff: &mut Roff, heading: &str, paragraphs: impl Iterator<Item = &'p str>) {
    for (at, paragraph) in paragraphs.enumerate() {
        if at == 0 {
            roff.control("SH", [heading]);
        } else {
            roff.control("PP", []);
        }
        roff.control("nf", []);
        for line in paragraph.lines().filter(|line| *line != "Examples:") {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
}

fn see_also(roff: &mut Roff, others: &[String]) {
    roff.control("SH", ["SEE ALSO"]);
    let names = others.iter().map(String::as_str).chain(["psql", "pg_dump"]);
    let pages = names.enumerate().flat_map(|(at, name)| {
        let comma = if at == 0 { "" } else { ", " };
        [roman(comma), bold(name), roman("(1)")]
    });
    roff.text(pages.collect::<Vec<Inline>>());
}

#[cfg(test)]
mod tests;
