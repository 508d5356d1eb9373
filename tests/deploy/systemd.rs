//! The unit: when it is tried again, where its secret comes from, and that it is what its own comments say.

use super::codes::{Again, of_up};
use super::read;

/// The values of a key, wherever it stands.
fn values(key: &str) -> Vec<String> {
    let unit = read("deploy/systemd/migrator.service");
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    let some = lines.filter(|(it, _)| *it == key);
    some.map(|(_, value)| value.to_owned()).collect()
}

fn value(key: &str) -> String {
    let values = values(key);
    assert_eq!(values.len(), 1, "{key}: {values:?}");
    values.concat()
}

#[test]
fn it_is_tried_again_where_that_helps() {
    assert_eq!(value("Restart"), "on-failure");
    let never: Vec<u8> = value("RestartPreventExitStatus")
        .split(' ')
        .map(|it| it.parse().expect("a number"))
        .collect();
    assert_eq!(never, of_up(Again::No));
}

#[test]
fn its_secret_is_a_credential() {
    let credential = value("LoadCredential");
    let (name, _) = credential.split_once(':').expect("a path");
    assert_eq!(
        values("Environment"),
        [format!("DATABASE_URL_FILE=%d/{name}")]
    );
}

#[test]
fn what_requires_it_waits_for_its_end() {
    assert_eq!(value("Type"), "oneshot");
    assert_eq!(value("RemainAfterExit"), "yes");
    let service = read("deploy/systemd/app.conf");
    for key in ["Requires=migrator.service", "After=migrator.service"] {
        assert!(service.lines().any(|it| it == key), "{key}");
    }
}
