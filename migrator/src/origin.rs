//! What this program was built from: its own version, the commit, the target, the crates in it.
//!
//! The build script found it out; which migrations are baked is the bundle's.

/// The version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// For what it was compiled, such as `x86_64-unknown-linux-musl`.
pub const TARGET: &str = env!("BUILD_TARGET");

/// The git commit of the workspace, with `-dirty` where files had been changed; none in a debug build, and where neither
/// git nor `MIGRATOR_COMMIT` told it.
pub const COMMIT: Option<&str> = match env!("BUILD_COMMIT") {
    commit if commit.is_empty() => None,
    commit => Some(commit),
};

/// A crate that is linked into this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency<'d> {
    /// Its name on the registry.
    pub name: &'d str,
    /// Its version.
    pub version: &'d str,
    /// Its licence, as an SPDX expression; empty where it tells none.
    pub licence: &'d str,
    /// The SHA-256 of its package, in hexadecimal digits; none for a crate that is no registry's.
    pub sha256: Option<&'d str>,
}

/// The crates that are linked into this program, in order of name; none in a debug build.
pub fn dependencies() -> impl Iterator<Item = Dependency<'static>> {
    read(include_str!(concat!(env!("OUT_DIR"), "/dependencies.txt")))
}

fn read(list: &str) -> impl Iterator<Item = Dependency<'_>> {
    list.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some(Dependency {
            name: parts.next()?,
            version: parts.next()?,
            licence: parts.next()?,
            sha256: parts.next().filter(|digits| !digits.is_empty()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_crate() {
        let list = "log\t0.4.35\tMIT OR Apache-2.0\t00ff\nmigrator\t0.1.0\t\t";
        let read: Vec<Dependency<'_>> = read(list).collect();
        assert_eq!(
            read,
            [
                Dependency {
                    name: "log",
                    version: "0.4.35",
                    licence: "MIT OR Apache-2.0",
                    sha256: Some("00ff"),
                },
                Dependency {
                    name: "migrator",
                    version: "0.1.0",
                    licence: "",
                    sha256: None,
                },
            ]
        );
    }
}
