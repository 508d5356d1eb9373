//! Sqitch: the changes of `sqitch.plan` in its order, with their scripts to deploy, revert and verify.

use std::collections::BTreeMap;

use crate::import::change::{Change, Changes};
use crate::import::number::Number;
use crate::import::report::Note;
use crate::import::source::Source;
use crate::import::text::Text;

/// One line of the plan that names a change.
struct Planned {
    line: usize,
    name: String,
    /// The moment, as digits.
    moment: String,
    /// The tag that came next, and so ends the name of the script of a change that is planned once more later.
    tag: Option<String>,
}

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let conf = source.optional("sqitch.conf");
    let setting = |name: &str| conf.as_ref().and_then(|conf| setting(&conf.sql, name));
    let top = setting("top_dir").map_or_else(String::new, |top| {
        format!("{}/", top.trim_start_matches("./").trim_end_matches('/'))
    });
    let top = if top == "./" || top == "/" {
        String::new()
    } else {
        top
    };
    let file = setting("plan_file").unwrap_or_else(|| format!("{top}sqitch.plan"));
    let plan = match source.text(&file) {
        Ok(plan) => plan,
        Err(note) => {
            changes.refuse_at(note.hint("name the folder that holds sqitch.conf and the plan"));
            return changes;
        }
    };
    let planned = parse(&plan, &mut changes);
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, change) in planned.iter().enumerate() {
        last.insert(&change.name, at);
    }
    for (at, change) in planned.iter().enumerate() {
        // An earlier instance of a change that was reworked keeps its scripts under the tag.
        let reworked = last.get(change.name.as_str()) != Some(&at);
        let stem = match (&change.tag, reworked) {
            (Some(tag), true) => format!("{}@{tag}", change.name),
            _ => change.name.clone(),
        };
        let script = |kind: &str| {
            let folder = setting(&format!("{kind}_dir")).unwrap_or_else(|| format!("{top}{kind}"));
            let script = format!("{folder}/{stem}.sql");
            (
                script.clone(),
                source.has(&script).then(|| source.text(&script)),
            )
        };
        let (name, deploy) = script("deploy");
        let up = match deploy {
            Some(Ok(up)) => up,
            Some(Err(note)) => {
                changes.refuse_at(note);
                continue;
            }
            None => {
                let message = format!("the plan names \"{name}\", and there is no such file");
                let note = Note::at(&file, change.line, message);
                changes.refuse_at(note.hint("add the file, or remove the line"));
                continue;
            }
        };
        let mut found = Change::new(Number::parse(&change.moment), &change.name, up).key(&*stem);
        let (_, revert) = script("revert");
        let (_, verify) = script("verify");
        for text in [
            revert.map(|text| (text, true)),
            verify.map(|text| (text, false)),
        ]
        .into_iter()
        .flatten()
        {
            match text {
                (Ok(text), true) => found.down = Some(text),
                (Ok(text), false) => found.verify = Some(unwrapped(&text)),
                (Err(note), _) => found.refusals.push(note),
            }
        }
        changes.changes.push(found);
    }
    changes
}

/// A verify script begins a transaction and rolls it back; ours runs within the migration's.
fn unwrapped(text: &Text) -> Text {
    let control = |line: &str| {
        let line = line.trim().trim_end_matches(';').to_ascii_lowercase();
        matches!(
            line.as_str(),
            "begin" | "rollback" | "start transaction" | "commit"
        )
    };
    let inside = |text: &Text| {
        let mut lines = text.sql.lines().filter(|line| !line.trim().is_empty());
        let mut first = lines
            .by_ref()
            .filter(|line| !line.trim_start().starts_with("--"));
        first.next().is_some_and(control)
    };
    if inside(text) {
        text.without(control)
    } else {
        text.clone()
    }
}

/// The changes of a plan; a tag belongs to all above it that have none.
fn parse(plan: &Text, changes: &mut Changes) -> Vec<Planned> {
    let mut planned: Vec<Planned> = Vec::new();
    for (line, content) in plan.numbered() {
        let content = content.split('#').next().unwrap_or("").trim();
        if content.is_empty() || content.starts_with('%') {
            continue;
        }
        if let Some(tag) = content.strip_prefix('@') {
            let tag = tag.split_whitespace().next().unwrap_or(tag);
            for change in planned
                .iter_mut()
                .rev()
                .take_while(|change| change.tag.is_none())
            {
                change.tag = Some(tag.to_owned());
            }
            continue;
        }
        let name = content.split_whitespace().next().unwrap_or(content);
        if name.starts_with('-') {
            let note = Note::at(&plan.file, line, "the plan reverts a change");
            changes.refuse_at(note.hint("remove the line and the change that it reverts"));
            continue;
        }
        // What it requires stands in brackets, and decides nothing that the order of the plan does not.
        let rest = content.get(name.len()..).unwrap_or("");
        let rest = rest.rsplit_once(']').map_or(rest, |(_, rest)| rest);
        let moment = rest.split_whitespace().next().unwrap_or("");
        planned.push(Planned {
            line,
            name: name.trim_start_matches('+').to_owned(),
            moment: moment.chars().filter(char::is_ascii_digit).collect(),
            tag: None,
        });
    }
    planned
}

/// A setting of a git-like configuration, whatever its section.
fn setting(conf: &str, name: &str) -> Option<String> {
    conf.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_in_its_order() {
        let plan = "%project=x\n\nroles 2024-01-02T03:04:05Z A <a@b> # note [x]\n@v1 2024-01-03T00:00:00Z A <a@b>\n\
                    +users [roles x:y !z] 2024-02-01T00:00:00Z A <a@b>\nroles [roles@v1] 2024-03-01T00:00:00Z A <a@b>\n";
        let found = parse(&Text::whole("sqitch.plan", plan), &mut Changes::default());
        let shown: Vec<String> = found
            .iter()
            .map(|change| format!("{} {} {:?}", change.name, change.moment, change.tag))
            .collect();
        assert_eq!(
            shown,
            [
                "roles 20240102030405 Some(\"v1\")",
                "users 20240201000000 None",
                "roles 20240301000000 None"
            ]
        );
    }

    #[test]
    fn a_verify_script_is_taken_out_of_its_transaction() {
        let text = Text::whole("v", "-- Verify\n\nBEGIN;\n\nSELECT 1;\n\nROLLBACK;\n");
        assert_eq!(unwrapped(&text).sql, "-- Verify\n\n\nSELECT 1;\n\n");
        let text = Text::whole("v", "DO $$\nBEGIN\nEND $$;\n");
        assert_eq!(unwrapped(&text), text);
    }
}
