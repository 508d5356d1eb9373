//! The probe on the page about it does what the page says. The manifest there is `deploy/status`.

use crate::support::{Database, migrator};

#[test]
fn the_probe_of_an_application_leaves_no_message() {
    let page = include_str!("../../docs/status-page.md");
    let (_, probe) = page.split_once("exec: { command: [").expect("a probe");
    let (command, _) = probe.split_once(']').expect("an end");
    let words: Vec<&str> = command
        .split(", ")
        .map(|word| word.trim_matches('"'))
        .collect();
    assert_eq!(words[..2], ["/migrator", "check"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let message = folder.path().join("message");
    let database = Database::fresh();
    let probe = |code| {
        let call = migrator(&words[1..]).variable("MIGRATOR_TERMINATION_LOG", &message);
        call.on(&database).run().exits(code);
        assert!(!message.exists(), "{words:?}");
    };
    probe(4);
    migrator(&["up"]).on(&database).run().exits(0);
    probe(0);
    // As the page says, it does not see this.
    database.run(super::SURPRISE);
    probe(0);
}
