//! Ends a server and removes its files when we are gone, even after `kill -9`.
//!
//! A shell holds the reading end of a pipe whose only writing end is ours. The pipe closes when the [`Watchdog`]
//! finishes and also when our process dies, in whatever way; then the shell cleans up. There is no second way of
//! removing the files, so every ordinary end tests this one.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::{Error, spawn};

/// The first line of `postmaster.pid` is the process to end: we may have restarted the server since.
/// The postmaster removes that file as its last act, having waited for all its children.
const SCRIPT: &str = r#"
while read -r line; do :; done
if read -r postmaster 2>/dev/null < "$1/data/postmaster.pid"; then
    kill -QUIT "$postmaster" 2>/dev/null
    tries=0
    while [ -e "$1/data/postmaster.pid" ] && kill -0 "$postmaster" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 200 ]; then
            kill -KILL "$postmaster"
            break
        fi
        sleep 0.05
    done
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over a server in this folder, whether it runs already or not.
    pub(super) fn over(folder: &Path) -> Result<Self, Error> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "migrator-dev-watchdog"])
            .arg(folder);
        // A group of its own: Ctrl-C reaches all of ours, and a watchdog must outlive it. Its outputs are closed so
        // that a caller who reads ours to the end does not wait for it.
        command.current_dir("/").process_group(0);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut shell = spawn(&mut command)?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Lets the shell clean up and waits until it has.
    pub(super) fn finish(&mut self) {
        drop(self.pipe.take());
        // A failure would mean that the shell is gone, and there is nothing to wait for.
        let _ = self.shell.wait();
    }
}

impl Drop for Watchdog {
    /// A start that fails half way has a folder but no server yet.
    fn drop(&mut self) {
        self.finish();
    }
}
