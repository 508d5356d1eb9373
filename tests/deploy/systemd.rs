//! The unit: how long it waits, where its secret comes from, and what becomes of the application when it fails.

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
fn it_waits_by_itself_and_is_not_tried_again() {
    // systemd stops what requires a unit that it starts again, and has failed what waited for it.
    assert_eq!(values("Restart"), [""; 0]);
    let command = value("ExecStart");
    for option in ["--wait", "--lock-wait"] {
        let (_, rest) = command.split_once(&format!(" {option} ")).expect(option);
        let minutes = rest.split("min").next().expect("a part");
        assert!(minutes.parse::<u32>().expect("minutes") >= 15, "{option}");
    }
    assert_eq!(value("TimeoutStartSec"), "infinity");
}

#[test]
fn nobody_stops_the_application_by_stopping_it() {
    // What requires a unit is stopped with it, and started again with it where that is asked for.
    assert_eq!(value("RefuseManualStop"), "yes");
    let unit = read("deploy/systemd/migrator.service");
    let (before, _) = unit.split_once("[Service]").expect("a section");
    assert!(before.contains("\nRefuseManualStop=yes\n"));
    // The way that is left.
    let kill = "systemctl kill migrator";
    assert!(read("deploy/README.md").contains(kill));
    assert!(before.replace("\n# ", " ").contains(kill));
}

#[test]
fn its_secret_is_a_credential() {
    let credential = value("LoadCredential");
    let (name, _) = credential.split_once(':').expect("a path");
    // The path that systemd documents: the specifier for it is newer than credentials are.
    assert_eq!(
        values("Environment"),
        [
            format!("DATABASE_URL_FILE=/run/credentials/migrator.service/{name}"),
            "MIGRATOR_NEWER=accept".to_owned()
        ]
    );
    let unit = read("deploy/systemd/migrator.service");
    assert!(unit.contains("\n# Environment=MIGRATOR_HISTORY_SCHEMA="));
}

#[test]
fn the_application_waits_for_its_end_and_outlives_its_failure() {
    assert_eq!(value("Type"), "oneshot");
    // Else starting it again would be nothing, or stop the application.
    assert_eq!(values("RemainAfterExit"), [""; 0]);
    for (file, unit) in [
        ("app.conf", "migrated.target"),
        ("migrated.target", "migrator.service"),
    ] {
        let text = read(&format!("deploy/systemd/{file}"));
        for key in ["Requires", "After"] {
            let line = format!("{key}={unit}");
            assert!(text.lines().any(|it| it == line), "{file}: {line}");
        }
    }
}
