//! The report, for people and as JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::import::{Conversion, Downs, Entry, Note, Outcome};

use super::{Arguments, Written, write};

/// A template gives an error in every line; the first ones tell.
const SHOWN: usize = 3;

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the report is what was asked for"
)]
pub(super) fn text(arguments: &Arguments, conversion: &Conversion, written: Written) {
    // What helps with many files is said once.
    let mut said = BTreeSet::new();
    for entry in &conversion.entries {
        if entry.outcome == Outcome::Converted && written != Written::DryRun {
            continue;
        }
        let files = if entry.files.is_empty() {
            String::new()
        } else {
            format!(" -> {}", entry.files.join(", "))
        };
        println!("{}: {}{files}", entry.outcome.words(), entry.source);
        for Note {
            file,
            line,
            message,
            hint,
        } in entry.notes.iter().take(SHOWN)
        {
            println!("  {file}:{line}: {message}");
            if let Some(hint) = hint
                && said.insert(hint)
            {
                println!("    = help: {hint}");
            }
        }
        if entry.notes.len() > SHOWN {
            println!("  and {} more", entry.notes.len() - SHOWN);
        }
    }
    let counts = [
        Outcome::Converted,
        Outcome::Remark,
        Outcome::LeftOut,
        Outcome::NotConverted,
    ]
    .map(|outcome| (conversion.count(outcome), outcome))
    .into_iter()
    .filter(|(count, outcome)| *count > 0 || *outcome == Outcome::Converted)
    .map(|(count, outcome)| format!("{count} {}", outcome.words()))
    .collect::<Vec<_>>()
    .join(", ");
    println!("{counts}");
    let to = arguments.to.display();
    match written {
        Written::DryRun => eprintln!("nothing was written"),
        Written::No => {
            eprintln!(
                "nothing was written: mend the files and run the command again, or add --partial"
            );
            let mut files = conversion.files.iter();
            if arguments.downs == Downs::All && files.any(|it| it.name.ends_with(".down.sql")) {
                eprintln!("downs that cannot be read are left out with --downs readable");
            }
        }
        Written::Yes => {
            eprintln!("{} files were written to \"{to}\"", conversion.files.len());
            if !conversion.map().is_empty() {
                eprintln!(
                    "{to}/{} tells `migrator adopt --from {} --map` which is which",
                    write::MAP,
                    arguments.from.name()
                );
            }
            eprintln!(
                "next: `migrator-dev lint --folder {to}`, and `migrator-dev prove --folder {to}`"
            );
        }
    }
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
pub(super) fn json(
    arguments: &Arguments,
    conversion: &Conversion,
    written: Written,
) -> Result<(), Failure> {
    let document = json!({
        "format": 1,
        "command": "import",
        "tool": arguments.from.name(),
        "folder": arguments.folder.display().to_string(),
        "to": arguments.to.display().to_string(),
        "written": written == Written::Yes,
        "converted": conversion.count(Outcome::Converted),
        "remarks": conversion.count(Outcome::Remark),
        "left_out": conversion.count(Outcome::LeftOut),
        "not_converted": conversion.count(Outcome::NotConverted),
        "entries": conversion.entries.iter().map(entry).collect::<Vec<Value>>(),
    });
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::new("could not write the report as a document").detail(error))?;
    println!("{text}");
    Ok(())
}

fn entry(entry: &Entry) -> Value {
    let outcome = match entry.outcome {
        Outcome::Converted => "converted",
        Outcome::Remark => "remark",
        Outcome::LeftOut => "left-out",
        Outcome::NotConverted => "not-converted",
    };
    let notes = entry.notes.iter().map(|note| {
        json!({ "file": note.file, "line": note.line, "message": note.message, "hint": note.hint })
    });
    json!({
        "source": entry.source,
        "key": entry.key,
        "version": entry.version,
        "files": entry.files,
        "outcome": outcome,
        "notes": notes.collect::<Vec<Value>>(),
    })
}
