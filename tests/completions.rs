//! Completions of shells: bash sources its own and is asked; of the others the script is looked at.

use std::path::Path;

use crate::support::{Call, Ran, migrator};

/// What bash offers when the last of the words is to be completed.
fn offered(words: &[&str]) -> Vec<String> {
    let script = migrator(&["completions", "bash"]).run().exits(0).stdout;
    let line = words.join(" ");
    let last = words.len() - 1;
    let ask = format!(
        "set -eu\n{script}\n\
         complete -p migrator >&2\n\
         COMP_WORDS=({line}); COMP_CWORD={last}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}\n\
         set +eu\n\
         _migrator migrator \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    );
    let ran: Ran = Call::new(Path::new("/bin/bash"), &["-s"])
        .feed(&ask)
        .exits(0);
    assert!(ran.stderr.contains("-F _migrator migrator"), "{ran}");
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    assert_eq!(offered(&["migrator", "stat"]), ["status"]);
    assert_eq!(
        offered(&["migrator", "up", "--single"]),
        ["--single-transaction"]
    );
    assert_eq!(offered(&["migrator", "up", "--late", "a"]), ["apply"]);
    assert_eq!(offered(&["migrator", "completions", "z"]), ["zsh"]);
    let commands = offered(&["migrator", "\"\""]);
    assert!(commands.contains(&"adopt".to_owned()), "{commands:?}");
}

#[test]
fn every_shell_has_a_script_with_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = migrator(&["completions", shell]).run().exits(0);
        for command in ["up", "downgrade", "adopt", "completions"] {
            assert!(script.stdout.contains(command), "{shell} {command}");
        }
        let json = migrator(&["completions", shell, "--json"]).run().exits(0);
        assert_eq!(json.json()["script"], script.stdout, "{shell}");
    }
    migrator(&["completions", "tcsh"]).run().exits(2);
}
