//! Our own certificate and its key, for a server that asks for them.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::roots::{is_absent, unread};
use crate::access::{Encryption, File, Sending};
use crate::error::{Error, Kind};

/// A certificate with its chain, and its key.
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) certificate_file: PathBuf,
    pub(super) key_file: PathBuf,
}

/// Reads both, where there is a certificate.
pub(super) fn load(encryption: &Encryption) -> Result<Option<Identity>, Error> {
    let Some(certificate) = &encryption.certificate else {
        return without_certificate(encryption);
    };
    if encryption.sending == Sending::Disable {
        return Ok(None);
    }
    let text = match (fs::read(certificate.path()), certificate) {
        (Ok(text), _) => text,
        (Err(error), File::Usual(_)) if is_absent(&error) => {
            return without_certificate(encryption);
        }
        (Err(error), _) => return Err(unread("certificate", certificate.path(), &error)),
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let Some(chain) = chain else {
        return Err(not_pem("certificate", certificate.path()));
    };
    let key_file = match &encryption.key {
        Some(file) => file.path().to_owned(),
        None => return Err(without_key(certificate.path(), None)),
    };
    Ok(Some(Identity {
        key: key(certificate.path(), &key_file)?,
        chain,
        certificate_file: certificate.path().to_owned(),
        key_file,
    }))
}

fn without_certificate(encryption: &Encryption) -> Result<Option<Identity>, Error> {
    match &encryption.key {
        Some(File::Named(key)) if encryption.sending == Sending::Allow => Err(Error::new(
            Kind::Usage,
            format!(
                "there is a private key, \"{}\", and no certificate",
                key.display()
            ),
        )
        .with_hint("Set `sslcert` to the certificate of that key, or leave `sslkey` out.")),
        _ => Ok(None),
    }
}

fn without_key(certificate: &Path, key: Option<&Path>) -> Error {
    let missing = match key {
        Some(key) => format!("no private key file \"{}\"", key.display()),
        None => "no private key".to_owned(),
    };
    Error::new(
        Kind::Usage,
        format!(
            "there is a certificate, \"{}\", and {missing}",
            certificate.display()
        ),
    )
    .with_hint("Set `sslkey` to the key of that certificate, or leave `sslcert` out.")
}

fn not_pem(what: &str, path: &Path) -> Error {
    Error::new(
        Kind::Usage,
        format!("\"{}\" holds no {what} in PEM form", path.display()),
    )
    .with_hint(
        "Convert it, for example with `openssl`; a PEM file has lines such as `-----BEGIN …-----`.",
    )
}

fn key(certificate: &Path, path: &Path) -> Result<PrivateKeyDer<'static>, Error> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return Err(without_key(certificate, Some(path))),
        Err(error) => return Err(unread("private key", path, &error)),
    };
    refuse_open_to_others(path)?;
    if text.windows(9).any(|part| part == b"ENCRYPTED") {
        return Err(Error::new(
            Kind::Usage,
            format!("the private key \"{}\" is encrypted, which is not supported", path.display()),
        )
        .with_hint(
            "Store it without a passphrase, readable by its owner only: `openssl pkey -in OLD -out NEW && chmod 600 NEW`.",
        ));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| not_pem("private key", path))
}

/// Refuses a key that others may read. root may let its group read it, as the secrets of containers are.
#[cfg(unix)]
fn refuse_open_to_others(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).map_err(|error| unread("private key", path, &error))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("others may read the private key \"{}\"", path.display()),
    )
    .with_detail(format!("Its mode is {:04o}.", metadata.mode() & 0o7777))
    .with_hint("`chmod 600` it; or 640 where it belongs to root."))
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the same as where there are modes"
)]
fn refuse_open_to_others(_: &Path) -> Result<(), Error> {
    Ok(())
}

/// The error of a key that rustls does not take.
pub(super) fn mismatch(certificate: &Path, key: &Path, error: &rustls::Error) -> Error {
    let (certificate, key) = (certificate.display(), key.display());
    let message = match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("\"{key}\" is not the private key of the certificate \"{certificate}\"")
        }
        error => {
            format!("the certificate \"{certificate}\" cannot be used with \"{key}\": {error}")
        }
    };
    Error::new(Kind::Usage, message).with_hint("Set `sslcert` and `sslkey` to a pair.")
}
