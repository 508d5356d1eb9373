//! One file that holds both directions: its up and its down, by the lines that separate them.
//!
//! The tools look at lines and know nothing of quotes, so a marker counts inside a dollar-quoted body too.

use super::report::Note;
use super::text::{Marked, Text};

/// What a line is to a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Part of the SQL.
    Line,
    /// Up begins.
    Up(Marked),
    /// Down begins.
    Down(Marked),
    /// The whole file runs outside a transaction.
    Outside,
    /// Tells the tool something that we need not know.
    Noise,
    /// Part of the SQL, and something of it cannot be kept.
    Refused(&'static str, &'static str),
}

/// Whether a file without any marker is all up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    AllUp,
    Refused,
}

/// The directions of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sections {
    pub(crate) up: Text,
    pub(crate) down: Option<Text>,
    pub(crate) refusals: Vec<Note>,
}

/// Takes a file apart.
pub(crate) fn sections(
    text: &Text,
    without: Without,
    mut mark: impl FnMut(&str) -> Mark,
) -> Sections {
    let mut sections = Sections {
        up: Text::of(&text.file),
        ..Sections::default()
    };
    let mut current = Current::Before;
    let mut outside = Marked::Not;
    let mut before = Text::of(&text.file);
    for (line, content) in text.numbered() {
        let mut refuse = |message: &str, hint: &str| {
            let note = Note::at(&text.file, line, message);
            sections.refusals.push(note.hint(hint));
        };
        match mark(content) {
            Mark::Up(marked) => {
                if current != Current::Before {
                    refuse(
                        "up does not begin at the top of the file",
                        "move it there; one file is one migration",
                    );
                }
                current = Current::Up;
                sections.up.marked = marked;
                continue;
            }
            Mark::Down(marked) => {
                if sections.down.is_some() {
                    refuse("a second down in one file", "one file is one migration");
                }
                if current == Current::Before && without == Without::AllUp {
                    sections.up = std::mem::take(&mut before);
                }
                current = Current::Down;
                sections.down = Some(Text {
                    marked,
                    ..Text::of(&text.file)
                });
                continue;
            }
            Mark::Outside => {
                outside = Marked::Outside;
                continue;
            }
            Mark::Noise => continue,
            Mark::Refused(message, hint) => refuse(message, hint),
            Mark::Line => {}
        }
        let section = match (current, &mut sections.down) {
            (Current::Up, _) => &mut sections.up,
            (Current::Down, Some(down)) => down,
            _ => &mut before,
        };
        section.push(line, content);
    }
    if current == Current::Before && without == Without::AllUp {
        sections.up = before;
    } else if current == Current::Before {
        let note = text.note("nothing says where up begins");
        sections.refusals.push(note.hint("add the tool's marker"));
        sections.up = before;
    } else if !before.is_empty() {
        let note = before.note("SQL above the marker of up");
        sections.refusals.push(note.hint("move it below"));
    } else if !before.sql.trim().is_empty() {
        // Comments at the top of a file are about its up.
        before.marked = sections.up.marked;
        for (line, content) in sections.up.numbered() {
            before.push(line, content);
        }
        sections.up = before;
    }
    if outside == Marked::Outside {
        sections.up.marked = outside;
        if let Some(down) = &mut sections.down {
            down.marked = outside;
        }
    }
    sections
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Current {
    Before,
    Up,
    Down,
}

/// The words of a comment that begins with `tag`, if the line is one, in lower case.
pub(crate) fn annotation(line: &str, tag: &str) -> Option<Vec<String>> {
    let comment = line.trim().strip_prefix("--")?.trim_start();
    let (start, rest) = comment.split_at_checked(tag.len())?;
    start
        .eq_ignore_ascii_case(tag)
        .then(|| rest.split_whitespace().map(str::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(line: &str) -> Mark {
        match annotation(line, "+x").as_deref() {
            Some([word]) if word == "up" => Mark::Up(Marked::Not),
            Some([word]) if word == "down" => Mark::Down(Marked::Not),
            Some(_) => Mark::Noise,
            None => Mark::Line,
        }
    }

    #[track_caller]
    fn check(content: &str, without: Without, up: &str, down: Option<&str>, refusals: usize) {
        let found = sections(&Text::whole("f", content), without, mark);
        assert_eq!(found.up.sql, up);
        assert_eq!(found.down.map(|down| down.sql).as_deref(), down);
        assert_eq!(found.refusals.len(), refusals, "{:?}", found.refusals);
    }

    #[test]
    fn lines_separate_the_directions() {
        let refused = Without::Refused;
        check(
            "-- note\n--  +X up\na $$\r\n-- +x skip\nb\n-- +x down\nc",
            refused,
            "-- note\na $$\r\nb\n",
            Some("c"),
            0,
        );
        check(
            "-- +x down\nc\n-- +x up\na\n",
            refused,
            "a\n",
            Some("c\n"),
            1,
        );
        check("a\n-- +x up\nb\n", refused, "b\n", None, 1);
        check("a\n", refused, "a\n", None, 1);
        check("a\n", Without::AllUp, "a\n", None, 0);
        check("a\n-- +x down\nb\n", Without::AllUp, "a\n", Some("b\n"), 0);
    }

    #[test]
    fn lines_keep_their_numbers() {
        let found = sections(
            &Text::whole("f", "-- +x up\n-- +x skip\na\n-- +x down\nb\n"),
            Without::Refused,
            mark,
        );
        assert_eq!(found.up.lines, [3]);
        assert_eq!(found.down.map(|down| down.lines), Some(vec![5]));
    }
}
