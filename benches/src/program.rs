//! A user's crate around a folder of migrations: written, and compiled in release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};
use crate::folder;
use crate::tool::Tool;
use crate::workload::Workload;

/// Where everything of this harness lies.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The folder of the workspace.
    workspace: PathBuf,
    /// A folder of our own in its target folder.
    pub(crate) folder: PathBuf,
}

/// A user's crate.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Its package name.
    pub(crate) package: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    target: PathBuf,
}

const MAIN: &str = "//! All of it.\n\nmigrator::main!(\"migrations\");\n";

const BUILD: &str = "//! Lets cargo build again when the folder of migrations changes.\n\n\
                     fn main() {\n    println!(\"cargo:rerun-if-changed=migrations\");\n}\n";

impl Place {
    pub(crate) fn find() -> Outcome<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = fs::canonicalize(here.join("..")).map_err(Failure::at(here))?;
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| workspace.join("target"), PathBuf::from);
        let folder = target.join("bench");
        fs::create_dir_all(&folder).map_err(Failure::at(&folder))?;
        Ok(Self { workspace, folder })
    }

    /// The folder with a workload's migrations in the form of one tool.
    pub(crate) fn migrations(&self, tool: Tool, workload: Workload) -> PathBuf {
        let own = self.folder.join(workload.source().name());
        match tool {
            Tool::Migrator => own.join("crate/migrations"),
            other => own.join(other.name()),
        }
    }

    /// Writes the crate of a workload.
    pub(crate) fn write(&self, workload: Workload) -> Outcome<Program> {
        let name = workload.source().name();
        let folder = self.folder.join(name).join("crate");
        let migrations = self.migrations(Tool::Migrator, workload);
        folder::write(Tool::Migrator, &migrations, &workload.source().migrations())?;
        let package = format!("bench-{name}");
        let library = self.workspace.join("migrator");
        let library = library.display();
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmigrator = {{ path = \"{library}\" }}\n\n\
             [profile.release]\ncodegen-units = 1\nlto = true\npanic = \"abort\"\nstrip = true\n\n\
             [profile.release.build-override]\nopt-level = 3\n\n\
             [profile.dev.build-override]\nopt-level = 3\n\n[workspace]\n"
        );
        let source = folder.join("src");
        fs::create_dir_all(&source).map_err(Failure::at(&source))?;
        for (name, text) in [
            ("Cargo.toml", manifest.as_str()),
            ("build.rs", BUILD),
            ("src/main.rs", MAIN),
        ] {
            let path = folder.join(name);
            fs::write(&path, text).map_err(Failure::at(&path))?;
        }
        // The same versions of everything as the workspace has.
        let lock = folder.join("Cargo.lock");
        fs::copy(self.workspace.join("Cargo.lock"), &lock).map_err(Failure::at(&lock))?;
        Ok(Program {
            package,
            folder,
            target: self.folder.join("target"),
        })
    }
}

impl Program {
    /// Where the program is that was compiled in release.
    pub(crate) fn binary(&self) -> PathBuf {
        self.binary_of("release")
    }

    /// Where the program of a profile is.
    pub(crate) fn binary_of(&self, profile: &str) -> PathBuf {
        let folder = if profile == "dev" { "debug" } else { profile };
        self.target.join(folder).join(&self.package)
    }

    /// Compiles it, in release.
    pub(crate) fn build(&self) -> Outcome<()> {
        self.cargo(&["build", "--release"])
    }

    /// Runs cargo there.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Outcome<()> {
        let output = Command::new("cargo")
            .args(self.arguments(arguments))
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(Failure::at(Path::new("cargo")))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let first: String = said
            .lines()
            .take(40)
            .flat_map(|line| [line, "\n"])
            .collect();
        Err(Failure::new(format!(
            "{} was not built:\n{first}",
            self.package
        )))
    }

    /// Cargo's arguments, with the one target folder that all these crates share.
    pub(crate) fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        all.push("--target-dir".to_owned());
        all.push(self.target.to_string_lossy().into_owned());
        all
    }
}
