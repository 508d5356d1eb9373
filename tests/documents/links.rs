//! Every link of a document leads to a file that is there, and to a heading in it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::{documents, path, prose, read};

/// A line without what stands in backquotes.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// Where the links of a text lead, but for those to other hosts.
fn targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in prose(text) {
        let line = without_code(line);
        let mut rest = line.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let (target, behind) = after.split_once(')').expect("the end of a link");
            if !target.contains("://") && !target.starts_with("mailto:") {
                targets.push(target.to_owned());
            }
            rest = behind;
        }
    }
    targets
}

/// What a heading is called in a link: as GitHub does it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(text: &str) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let headings = prose(text)
        .into_iter()
        .filter(|line| line.starts_with('#'))
        .map(|line| anchor(line.trim_start_matches('#')));
    headings
        .map(|anchor| {
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            match *count {
                1 => anchor,
                again => format!("{anchor}-{}", again - 1),
            }
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut dead = Vec::new();
    let mut count = 0;
    for name in documents() {
        let folder = Path::new(&name).parent().expect("a folder").to_owned();
        for target in targets(&read(&name)) {
            count += 1;
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let file = match file {
                "" => path(&name),
                file => path(folder.join(file).to_str().expect("UTF-8")),
            };
            if !file.exists() {
                dead.push(format!("{name}: {target}: no such file"));
            } else if !heading.is_empty() {
                let text = fs::read_to_string(&file).expect("a document");
                if !anchors(&text).iter().any(|it| it == heading) {
                    dead.push(format!("{name}: {target}: no such heading"));
                }
            }
        }
    }
    assert!(count > 50, "only {count} links were found");
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn a_heading_is_called_as_on_github() {
    for (heading, name) in [
        ("The map", "the-map"),
        ("migrator.toml", "migratortoml"),
        ("`up`, `down`", "up-down"),
        ("Make a column NOT NULL", "make-a-column-not-null"),
    ] {
        assert_eq!(anchor(heading), name);
    }
    assert_eq!(anchors("# A\n## A\n```\n# no\n```\n"), ["a", "a-1"]);
    assert_eq!(targets("a [b](c.md#d) `[e](f)` [g](https://h)"), ["c.md#d"]);
}

#[test]
fn every_document_is_in_the_index() {
    let index = targets(&read("docs/README.md"));
    for name in documents() {
        if let Some(name) = name
            .strip_prefix("docs/")
            .filter(|name| *name != "README.md")
        {
            assert!(
                index.iter().any(|it| it == name),
                "{name} is not in docs/README.md"
            );
        }
    }
}
