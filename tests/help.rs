//! The help of every command, as it is printed.

use crate::support::{assert_shown, migrator};

#[test]
fn every_command_explains_itself() {
    let commands = [
        "up",
        "down",
        "redo",
        "plan",
        "status",
        "history",
        "current",
        "check",
        "stamp",
        "adopt",
        "resolve",
        "unlock",
        "verify",
        "identify",
        "info",
        "show",
        "export",
        "serve",
        "completions",
        "help",
    ];
    assert_shown("help", &migrator(&["--help"]).run().exits(0));
    for command in commands {
        let help = migrator(&[command, "--help"]).run().exits(0);
        assert_shown(&format!("help_{command}"), &help);
    }
    // A command that is new must be in the list above.
    let listed = migrator(&["--help"]).run().stdout;
    let listed = listed
        .split("Commands:")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next());
    let count = listed
        .expect("a list of commands")
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    assert_eq!(count.count(), commands.len());
}

#[test]
fn help_of_a_command_is_what_its_flag_prints() {
    for command in ["up", "downgrade", "help"] {
        let flag = migrator(&[command, "--help"]).run().exits(0);
        let named = migrator(&["help", command]).run().exits(0);
        assert_eq!(named.stdout, flag.stdout, "{command}");
    }
    let flag = migrator(&["--help"]).run().exits(0);
    assert_eq!(migrator(&["help"]).run().exits(0).stdout, flag.stdout);
    assert_shown("help_unknown", &migrator(&["help", "upp"]).run().exits(2));
}

#[test]
fn a_mistyped_command_line_is_a_usage_error() {
    assert_shown("usage_no_command", &migrator(&[]).run());
    assert_shown("usage_command", &migrator(&["upp"]).run());
    assert_shown("usage_target", &migrator(&["up", "V7"]).run());
    assert_shown("usage_no_target", &migrator(&["down"]).run());
    assert_shown("usage_time", &migrator(&["up", "--wait", "1.5s"]).run());
    assert_shown("usage_no_database", &migrator(&["up"]).run());
    assert_shown("version", &migrator(&["--version"]).run());
}

#[test]
fn a_variable_is_read_like_its_flag() {
    let wrong = migrator(&["up"])
        .variable("MIGRATOR_LATE", "perhaps")
        .run()
        .exits(2);
    assert!(wrong.stderr.contains("perhaps"), "{wrong}");
}
