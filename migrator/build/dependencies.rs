//! Which crates are in the program: names, versions, licences and checksums, as cargo resolved them for this target and
//! these features. Written to the output folder, whence the program takes them.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::workspace::{Kind, Workspace};

/// Those of this crate that bring crates with them.
const FEATURES: [&str; 3] = ["cli", "serve", "tls"];

/// Writes `dependencies.txt`: a crate a line, its parts divided by tabs; empty where they cannot be told.
pub(crate) fn tell(workspace: Option<&Workspace>) {
    let lines = workspace.map_or_else(Vec::new, |workspace| {
        println!(
            "cargo:rerun-if-changed={}",
            workspace.root.join("Cargo.lock").display()
        );
        listed(workspace).unwrap_or_else(|why| {
            println!("cargo:warning=which crates are in the program is not recorded: {why}");
            Vec::new()
        })
    });
    let Some(folder) = env::var_os("OUT_DIR").map(PathBuf::from) else {
        return;
    };
    if let Err(error) = fs::write(folder.join("dependencies.txt"), lines.join("\n")) {
        println!("cargo:warning=the output folder cannot be written to: {error}");
    }
}

fn listed(workspace: &Workspace) -> Result<Vec<String>, String> {
    let output = tree(workspace)
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().next().unwrap_or("cargo tree fails").to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let checksums = checksums(&workspace.lock);
    let lines: BTreeSet<String> = text
        .lines()
        .filter_map(|line| {
            let (package, licence) = line.split_once('\t')?;
            let mut words = package.split(' ');
            let name = words.next()?;
            let version = words.next()?.trim_start_matches('v');
            let checksum = checksums.get(&(name, version)).copied().unwrap_or_default();
            let licence = licence.trim_end_matches(" (*)");
            Some(format!("{name}\t{version}\t{licence}\t{checksum}"))
        })
        .collect();
    Ok(lines.into_iter().collect())
}

/// What cargo links for this target; macros and build scripts are not in the program.
fn tree(workspace: &Workspace) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = env::var("TARGET").unwrap_or_default();
    let mut command = Command::new(cargo);
    command.current_dir(&workspace.root).args([
        "tree",
        "--offline",
        "--locked",
        "--quiet",
        "--package",
        "migrator",
        "--target",
        &target,
    ]);
    command.args([
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}\t{l}",
    ]);
    if workspace.kind == Kind::Ours {
        let on = |feature: &&str| {
            let variable = format!("CARGO_FEATURE_{}", feature.to_uppercase());
            env::var_os(variable).is_some()
        };
        let features: Vec<&str> = FEATURES.into_iter().filter(on).collect();
        command.args(["--no-default-features", "--features", &features.join(",")]);
    }
    command
}

/// The checksums of the registry's crates.
fn checksums(lock: &str) -> HashMap<(&str, &str), &str> {
    let value = |block: &'_ str, key: &str| -> Option<(usize, usize)> {
        let start = block.find(&format!("\n{key} = \""))? + key.len() + 5;
        let length = block.get(start..)?.find('"')?;
        Some((start, start + length))
    };
    lock.split("[[package]]")
        .filter_map(|block| {
            let text = |key| {
                let (start, end) = value(block, key)?;
                block.get(start..end)
            };
            Some(((text("name")?, text("version")?), text("checksum")?))
        })
        .collect()
}
