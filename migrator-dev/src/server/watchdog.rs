//! Ends a server and removes its files when we are gone, even after `kill -9`.
//!
//! A shell holds the reading end of a pipe whose only writing end is ours. The pipe closes when the [`Watchdog`]
//! finishes and also when our process dies, in whatever way; then the shell cleans up. There is no second way of
//! removing the files, so every ordinary end tests this one.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::{Error, spawn};

/// The last line of the pipe says which process uses the folder, and whether to stop it or to await its end.
/// A server is stopped by the first line of `postmaster.pid`, since it may have been restarted without us. The
/// postmaster removes that file as its last act, having waited for all its children; its process may stay on as a
/// zombie where nobody reaps orphans, which is why there is a limit of ten seconds, too.
const SCRIPT: &str = r#"
act= process=
lock_file=$1/data/postmaster.pid
while read -r word number; do act=$word process=$number; done
if [ "$act" != await ] && read -r postmaster < "$lock_file"; then act=stop process=$postmaster; fi
works() {
    kill -0 "$process" && { [ "$act" = await ] || [ -e "$lock_file" ]; }
}
if [ "$act" = stop ]; then kill -QUIT "$process"; fi
if [ -n "$process" ]; then
    tries=0
    while works && [ "$tries" -lt 200 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    if works; then kill -KILL "$process"; fi
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

    /// A process works in the folder and ends by itself, as `initdb` does; interrupted it would leave shared memory
    /// behind.
    pub(super) fn await_end_of(&self, process: &Child) {
        self.tell(&format!("await {}", process.id()));
    }

    /// A server runs in the folder.
    pub(super) fn stop_at_the_end(&self, process: u32) {
        self.tell(&format!("stop {process}"));
    }

    /// No process of ours is in the folder any more; its number may soon be another's.
    pub(super) fn forget(&self) {
        self.tell("");
    }

    fn tell(&self, line: &str) {
        if let Some(mut pipe) = self.pipe.as_ref() {
            // Without its reader there is nobody to tell, and the server ends with its `Server` all the same.
            let _ = pipe.write_all(format!("{line}\n").as_bytes());
        }
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
