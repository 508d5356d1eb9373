//! Whether cargo builds again when the folder changes.
//!
//! A macro cannot watch a folder on stable Rust; a build script can. Without one, a new file would silently be missing
//! from the program, so its absence is an error that shows the line to write.

use std::path::Path;

use migrator_source::Finding;

use crate::prove::plain;

/// Checks that a build script runs and watches the folder.
///
/// What it printed is in cargo's record beside its output folder; build systems that keep no such record have ways of
/// their own to notice changes.
pub(crate) fn check(
    manifest_folder: &Path,
    path: &str,
    output_folder: Option<&Path>,
) -> Result<(), Finding> {
    let Some(output_folder) = output_folder else {
        let message = "this crate has no build script, so cargo would not notice a new migration";
        return Err(missing(
            message.to_owned(),
            path,
            "create a file \"build.rs\" beside Cargo.toml with this line:",
        ));
    };
    let Some(printed) = output_folder
        .parent()
        .and_then(|folder| std::fs::read(folder.join("output")).ok())
    else {
        return Ok(());
    };
    let folder = plain(&manifest_folder.join(path));
    let printed = String::from_utf8_lossy(&printed);
    let watched = printed
        .lines()
        .filter_map(watched)
        .any(|watched| folder.starts_with(plain(&manifest_folder.join(watched))));
    if watched {
        return Ok(());
    }
    let message = format!(
        "the build script does not watch \"{path}\", so cargo would not notice a new migration"
    );
    Err(missing(
        message,
        path,
        "let it print the line of this program:",
    ))
}

/// The path in a line that a build script printed.
fn watched(line: &str) -> Option<&str> {
    let instruction = line
        .strip_prefix("cargo::")
        .or_else(|| line.strip_prefix("cargo:"))?;
    instruction.strip_prefix("rerun-if-changed=").map(str::trim)
}

fn missing(message: String, path: &str, what: &str) -> Finding {
    let path = path.trim_end_matches('/').escape_default();
    let hint =
        format!("{what}\n\n    fn main() {{ println!(\"cargo:rerun-if-changed={path}\"); }}\n");
    Finding::new(message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_build_script_the_line_is_shown() {
        let problem = check(Path::new("/app"), "../migrations/", None).unwrap_err();
        let line = r#"    fn main() { println!("cargo:rerun-if-changed=../migrations"); }"#;
        assert!(problem.hint.unwrap().lines().any(|shown| shown == line));
    }

    #[test]
    fn without_a_record_of_cargo_there_is_nothing_to_check() {
        assert!(
            check(
                Path::new("/app"),
                "../migrations",
                Some(Path::new("/nowhere/out"))
            )
            .is_ok()
        );
    }

    #[test]
    fn the_folder_or_one_around_it_is_watched() {
        let folder = std::env::temp_dir().join(format!("migrator-tracking-{}", std::process::id()));
        let output = folder.join("out");
        std::fs::create_dir_all(&output).unwrap();
        for (printed, good) in [
            ("cargo:rerun-if-changed=../migrations", true),
            ("hello\ncargo::rerun-if-changed=../migrations/\n", true),
            ("cargo:rerun-if-changed=..", true),
            ("cargo:rerun-if-changed=/srv/app/migrations", true),
            ("cargo:rerun-if-changed=./../x/../migrations", true),
            ("cargo:rerun-if-changed=../migrations/V1__a.sql", false),
            ("cargo:rerun-if-changed=migrations", false),
            ("cargo:rerun-if-changed=../migration", false),
            ("", false),
        ] {
            std::fs::write(folder.join("output"), printed).unwrap();
            let checked = check(
                Path::new("/srv/app/program"),
                "../migrations",
                Some(&output),
            );
            assert_eq!(checked.is_ok(), good, "{printed}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
