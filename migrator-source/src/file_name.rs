//! File names: `V{version}__{name}.sql` and its relatives, and what to call a file that is named otherwise.
//!
//! The grammar of `V` and `U` is refinery's, read strictly: where refinery would skip a file without a word, there is
//! a problem with a suggestion. Pairing the files of a folder is `assemble`.

use crate::finding::Finding;
use crate::folder::Order;

/// The longest name that refinery's history table takes.
const LONGEST_NAME: usize = 255;

/// Files that live in a migrations folder and are none of its scripts.
const OTHERS: [&str; 3] = ["migrator.toml", "migrator.lock", "schema.sql"];

/// What a file is, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileName {
    Up {
        order: Order,
        version: i64,
        name: String,
    },
    Down {
        order: Order,
        version: i64,
        name: String,
    },
    Verify {
        order: Order,
        version: i64,
        name: String,
    },
    Repeatable {
        name: String,
    },
    Baseline {
        version: i64,
        name: String,
    },
}

/// What a file does for the migration of its version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Up,
    Down,
    Verify,
}

/// Reads a file name; `None` is a file that is no script and no mistake.
pub(crate) fn parse(file_name: &str) -> Option<Result<FileName, Finding>> {
    if file_name.starts_with('.') || OTHERS.contains(&file_name) {
        return None;
    }
    let (stem, extension) = file_name.rsplit_once('.')?;
    match extension {
        "sql" => Some(parse_stem(stem).map_err(|message| misnamed(file_name, message, stem))),
        "rs" if parse_stem(stem).is_ok() => Some(Err(Finding::new(format!(
            "migration \"{file_name}\" is written in Rust"
        ))
        .hint("write it as SQL: only SQL can be checked, planned and shown before it runs"))),
        _ if extension.eq_ignore_ascii_case("sql") => {
            let message = Some(format!("the ending \".{extension}\" is not \".sql\""));
            Some(Err(misnamed(file_name, message, stem)))
        }
        _ => None,
    }
}

/// The parts of a stem, or what is wrong with it where that can be said better than in general.
fn parse_stem(stem: &str) -> Result<FileName, Option<String>> {
    let (body, part) = match (stem.strip_suffix(".down"), stem.strip_suffix(".verify")) {
        (Some(body), _) => (body, Part::Down),
        (None, Some(body)) => (body, Part::Verify),
        (None, None) => (stem, Part::Up),
    };
    let (head, name) = body.split_once("__").ok_or(None)?;
    let letter = head.chars().next().ok_or(None)?;
    let digits = &head[letter.len_utf8()..];
    if !name.chars().all(|c| c.is_alphanumeric() || c == '_') || name.is_empty() {
        return Err(None);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Some(format!(
            "the name is longer than {LONGEST_NAME} characters"
        )));
    }
    let name = name.to_owned();
    if (letter, digits, part) == ('R', "", Part::Up) {
        return Ok(FileName::Repeatable { name });
    }
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(dotted(digits).then(|| format!("version \"{digits}\" is not a whole number")));
    }
    if !matches!((letter, part), ('V' | 'U', _) | ('B', Part::Up)) {
        return Err(None);
    }
    let version = digits
        .parse()
        .map_err(|_| Some(format!("version {digits} is out of range for int8")))?;
    let order = if letter == 'U' {
        Order::Unordered
    } else {
        Order::Versioned
    };
    Ok(match (letter, part) {
        ('B', _) => FileName::Baseline { version, name },
        (_, Part::Down) => FileName::Down {
            order,
            version,
            name,
        },
        (_, Part::Verify) => FileName::Verify {
            order,
            version,
            name,
        },
        (_, Part::Up) => FileName::Up {
            order,
            version,
            name,
        },
    })
}

fn dotted(digits: &str) -> bool {
    let mut parts = digits.split('.');
    digits.contains('.')
        && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn misnamed(file_name: &str, message: Option<String>, stem: &str) -> Finding {
    let message = match message {
        Some(message) => format!("invalid file name \"{file_name}\": {message}"),
        None => format!("invalid file name \"{file_name}\""),
    };
    let suggestion = suggest(stem);
    Finding::new(message).hint(if parse_stem(suggestion.trim_end_matches(".sql")).is_ok() {
        format!("rename it, for instance to \"{suggestion}\"")
    } else {
        "name it \"V{version}__{name}.sql\"; the version is a number up to 9223372036854775807"
            .to_owned()
    })
}

/// What the file was probably meant to be called.
fn suggest(stem: &str) -> String {
    let lower = stem.to_ascii_lowercase();
    let ends = |suffixes: [&str; 3]| {
        suffixes
            .iter()
            .find(|suffix| lower.ends_with(**suffix))
            .map(|s| s.len())
    };
    let (body, ending) = match (
        ends([".down", "_down", "-down"]),
        ends([".up", "_up", "-up"]),
        ends([".verify", "_verify", "-verify"]),
    ) {
        (Some(length), ..) => (&stem[..stem.len() - length], ".down.sql"),
        (None, Some(length), _) => (&stem[..stem.len() - length], ".sql"),
        (None, None, Some(length)) => (&stem[..stem.len() - length], ".verify.sql"),
        (None, None, None) => (stem, ".sql"),
    };
    let letter = body
        .chars()
        .next()
        .map(|c| c.to_ascii_uppercase())
        .filter(|c| matches!(c, 'V' | 'U' | 'R' | 'B'));
    let after_letter = if letter.is_some() { &body[1..] } else { body };
    let numbers = after_letter.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let version = after_letter[..after_letter.len() - numbers.len()].trim_matches('.');
    let repeatable =
        letter == Some('R') && version.is_empty() && after_letter.starts_with(['_', '-']);
    // Words such as `users` begin with a letter that means something only before a version.
    let (letter, words) = match letter {
        Some('R') if repeatable => ("R".to_owned(), after_letter),
        Some(letter) if !version.is_empty() => (format!("{letter}{}", whole(version)), numbers),
        None if !version.is_empty() => (format!("V{}", whole(version)), numbers),
        _ => ("V1".to_owned(), body),
    };
    let name: Vec<&str> = words
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let name = if name.is_empty() {
        "change".to_owned()
    } else {
        name.join("_")
    };
    format!("{letter}__{name}{ending}")
}

/// A dotted version as one number that keeps its order: `1.2` is `1002`.
fn whole(version: &str) -> String {
    let mut parts = version.split('.').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or("1").to_owned();
    parts.fold(first, |whole, part| format!("{whole}{part:0>3}"))
}

#[cfg(test)]
mod tests;
