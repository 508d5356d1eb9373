//! The command that proves a folder, as it is pasted where cargo was called: in the folder of the workspace, where cargo
//! runs the compiler as well.

use std::path::{Component, Path, PathBuf};

/// Where the workbench is in a checkout of this repository.
const WORKBENCH: &str = "migrator-dev/Cargo.toml";

/// The command for a folder, in backquotes, and where its program comes from if the workspace does not hold it.
pub(crate) fn command(workspace: &Path, folder: &str) -> String {
    let option = option(folder);
    if workspace.join(WORKBENCH).is_file() {
        format!("`cargo run -p migrator-dev -- prove{option}`")
    } else {
        format!(
            "`migrator-dev prove{option}` (`cargo install --path migrator-dev` in a checkout of migrator installs it)"
        )
    }
}

/// What names a folder to the workbench, which looks for `migrations` by itself.
fn option(folder: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%:,=".contains(c);
    match folder.trim_end_matches('/') {
        "migrations" => String::new(),
        folder if folder.chars().all(plain) => format!(" --folder {folder}"),
        folder => format!(" --folder '{}'", folder.replace('\'', "'\\''")),
    }
}

/// The path of a folder as it is written in another one.
pub(crate) fn seen_from(workspace: &Path, folder: &Path) -> String {
    let (from, to) = (plain(workspace), plain(folder));
    let shared = from.components().zip(to.components());
    let shared = shared.take_while(|(from, to)| from == to).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(shared)).collect();
    path.display().to_string()
}

/// The path without `.` and `..`, as far as its text tells.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_folder_that_is_baked() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (folder, option) in [
            ("migrations", ""),
            ("./db/migrations", " --folder ./db/migrations"),
            ("../db/migrations/", " --folder ../db/migrations"),
            ("/srv/my sql", " --folder '/srv/my sql'"),
            ("it's", " --folder 'it'\\''s'"),
        ] {
            assert_eq!(
                command(checkout, folder),
                format!("`cargo run -p migrator-dev -- prove{option}`")
            );
            let elsewhere = command(Path::new("/nowhere"), folder);
            let begin = format!("`migrator-dev prove{option}` (`cargo install ");
            assert!(elsewhere.starts_with(&begin), "{elsewhere}");
        }
    }

    #[test]
    fn a_folder_is_written_as_it_is_seen_from_another() {
        for (folder, seen) in [
            ("/w/app/../migrations", "migrations"),
            ("/w/app/migrations", "app/migrations"),
            ("/w/app/../../db", "../db"),
            ("/srv/db", "../srv/db"),
        ] {
            assert_eq!(seen_from(Path::new("/w"), Path::new(folder)), seen);
        }
    }
}
