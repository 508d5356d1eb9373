//! A `migrator.lock` that git could not merge: both sides, each as it was before.

use super::Lock;

/// Where git left two sides, if it did.
pub(super) fn conflict(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if Mark::of(line).is_some_and(|mark| !matches!(mark, Mark::Base)) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// A line with which git tells the sides apart.
#[derive(Clone, Copy)]
enum Mark {
    Ours,
    Base,
    Theirs,
    End,
}

impl Mark {
    fn of(line: &str) -> Option<Self> {
        let marks = [
            ("<<<<<<<", Self::Ours),
            ("|||||||", Self::Base),
            ("=======", Self::Theirs),
            (">>>>>>>", Self::End),
        ];
        let found = marks.into_iter().find(|(mark, _)| line.starts_with(mark));
        found.map(|(_, mark)| mark)
    }
}

impl Lock {
    /// What each side of a merge conflict says, where it is whole; nothing where there is no conflict.
    #[must_use]
    pub fn sides(text: &str) -> Vec<Self> {
        let text = text.replace("\r\n", "\n");
        if conflict(&text).is_none() {
            return Vec::new();
        }
        let (mut ours, mut theirs) = (String::new(), String::new());
        let mut within = Mark::End;
        for line in text.split_inclusive('\n') {
            if let Some(mark) = Mark::of(line) {
                within = mark;
                continue;
            }
            if matches!(within, Mark::Ours | Mark::End) {
                ours.push_str(line);
            }
            if matches!(within, Mark::Theirs | Mark::End) {
                theirs.push_str(line);
            }
        }
        // The seal tells whether a side is as it was written.
        let sides = [ours, theirs];
        sides
            .iter()
            .filter_map(|side| Self::parse("", side).ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_is_what_it_was() {
        let lock = |scope: &str| Lock {
            scope: scope.to_owned(),
            ..Lock::default()
        };
        let (ours, theirs) = (lock("a"), lock("b"));
        let (text, other) = (ours.to_toml(), theirs.to_toml());
        let merged: String = text
            .lines()
            .zip(other.lines())
            .map(|(ours, theirs)| {
                if ours == theirs {
                    format!("{ours}\n")
                } else {
                    format!(
                        "<<<<<<< HEAD\n{ours}\n||||||| base\nx\n=======\n{theirs}\n>>>>>>> other\n"
                    )
                }
            })
            .collect();
        assert_eq!(Lock::sides(&merged), [ours, theirs.clone()]);
        assert_eq!(Lock::sides(&text), []);
        // A side that somebody has changed is worth nothing.
        let edited = merged.replace("scope = \"a\"", "scope = \"c\"");
        assert_eq!(Lock::sides(&edited), [theirs]);
        assert_eq!(Lock::sides("<<<<<<<\n"), []);
    }
}
