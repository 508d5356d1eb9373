//! Whose certificates are trusted, and which were revoked: files of libpq, those of the system, and Mozilla's where the
//! system has none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

use super::certificate::{Certificate, Validity};
use crate::access::{Encryption, File, Mode, Roots, SystemRoots};
use crate::error::{Error, Kind};

/// Certificates that are trusted.
pub(super) struct Trusted {
    pub(super) store: RootCertStore,
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// Where they come from, for messages.
    pub(super) source: String,
}

/// Where systems keep the certificates that they trust, in one file each.
const FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",   // older RHEL, CentOS, Amazon Linux
    "/etc/ssl/ca-bundle.pem",             // openSUSE
    "/etc/pki/tls/cacert.pem",            // OpenELEC
    "/etc/ssl/cert.pem",                  // Alpine, macOS, OpenBSD
    "/usr/local/share/certs/ca-root-nss.crt", // FreeBSD
    "/etc/openssl/certs/ca-certificates.crt", // NetBSD
];

/// Where they keep them one by one.
const FOLDERS: &[&str] = &[
    "/etc/ssl/certs",
    "/etc/pki/tls/certs",
    "/system/etc/security/cacerts",
];

/// The certificates to trust; `None` where nothing is to be verified.
pub(super) fn load(encryption: &Encryption) -> Result<Option<Trusted>, Error> {
    match &encryption.roots {
        Roots::System(places) => system(places).map(Some),
        Roots::File(file) => match fs::read(file.path()) {
            Ok(text) => from_file(file.path(), &text).map(Some),
            Err(error) if is_absent(&error) && encryption.mode < Mode::VerifyCa => match file {
                File::Usual(_) => Ok(None),
                File::Named(path) => Err(absent(path)),
            },
            Err(error) if is_absent(&error) => Err(absent(file.path())),
            Err(error) => Err(unread("root certificates", file.path(), &error)),
        },
        Roots::None if encryption.mode < Mode::VerifyCa => Ok(None),
        Roots::None => Err(Error::new(
            Kind::Usage,
            "`sslmode=verify-ca` and `verify-full` need the certificate of a CA, and none is named",
        )
        .with_hint(WHICH)),
    }
}

const WHICH: &str = "Set `sslrootcert=FILE` to the CA's certificate, or `sslrootcert=system` to trust those of this system.";

fn absent(path: &Path) -> Error {
    Error::new(
        Kind::Usage,
        format!(
            "root certificate file \"{}\" does not exist",
            path.display()
        ),
    )
    .with_hint(WHICH)
}

pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The error of a file that is there and cannot be read.
pub(super) fn unread(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(
        Kind::Usage,
        format!(
            "the {what} in \"{}\" cannot be read: {error}",
            path.display()
        ),
    )
    .with_hint(if is_absent(error) {
        "Correct the path, or leave the parameter out."
    } else {
        "Let the user that runs this read the file."
    })
}

/// The error of certificates that nothing can be verified with.
pub(super) fn unusable(source: &str, why: &dyn std::fmt::Display) -> Error {
    Error::new(
        Kind::Usage,
        format!("the certificates in {source} cannot be used: {why}"),
    )
    .with_hint("It must hold certificates in PEM form: `-----BEGIN CERTIFICATE-----`.")
}

fn from_file(path: &Path, text: &[u8]) -> Result<Trusted, Error> {
    let source = format!("\"{}\"", path.display());
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let certificates = certificates.map_err(|error| unusable(&source, &error))?;
    if certificates.is_empty() {
        return Err(unusable(&source, &"there is none"));
    }
    let readable = certificates
        .iter()
        .any(|it| Certificate::read(it).is_some());
    let trusted = trusting(certificates, source);
    if trusted.store.is_empty() && !readable {
        return Err(unusable(&trusted.source, &"none of them is well formed"));
    }
    Ok(trusted)
}

/// Chains may begin with those that are valid certificates of a CA, as far as we can read them; any of them may be shown
/// by a server itself.
fn trusting(certificates: Vec<CertificateDer<'static>>, source: String) -> Trusted {
    let mut store = RootCertStore::empty();
    let now = UnixTime::now();
    let begins = |it: &&CertificateDer<'static>| {
        Certificate::read(it).is_none_or(|it| it.may_issue() && it.validity(now) == Validity::Valid)
    };
    let (added, ignored) =
        store.add_parsable_certificates(certificates.iter().filter(begins).cloned());
    log::debug!(
        "{added} CAs among {} root certificates from {source}, {ignored} ignored",
        certificates.len()
    );
    Trusted {
        store,
        certificates,
        source,
    }
}

/// What the system trusts: what the environment names, else the first usual place that has any, else Mozilla's roots.
fn system(places: &SystemRoots) -> Result<Trusted, Error> {
    if places.file.is_some() || places.folders.is_some() {
        let file = places.file.iter().filter_map(|file| file_of(file));
        let folders = places.folders.iter().flat_map(std::env::split_paths);
        let folders = folders.filter_map(|it| folder_of(&it));
        let found: Vec<_> = file.chain(folders).flatten().collect();
        if found.is_empty() {
            return Err(unusable("SSL_CERT_FILE and SSL_CERT_DIR", &"there is none"));
        }
        return Ok(trusting(found, "SSL_CERT_FILE and SSL_CERT_DIR".to_owned()));
    }
    let files = FILES.iter().map(PathBuf::from);
    let files = files.filter_map(|path| Some((file_of(&path)?, path)));
    let folders = FOLDERS.iter().map(PathBuf::from);
    let folders = folders.filter_map(|path| Some((folder_of(&path)?, path)));
    if let Some((found, path)) = files.chain(folders).next() {
        return Ok(trusting(found, format!("\"{}\"", path.display())));
    }
    let store: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    log::debug!(
        "{} root certificates of Mozilla's, because this system has none",
        store.len()
    );
    Ok(Trusted {
        store,
        certificates: Vec::new(),
        source: "Mozilla's list, which is built in".to_owned(),
    })
}

/// The certificates in a file, if there are any.
fn file_of(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let text = fs::read(path).ok()?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text).flatten().collect();
    (!found.is_empty()).then_some(found)
}

/// The certificates in the files of a folder, if there are any.
fn folder_of(path: &Path) -> Option<Vec<CertificateDer<'static>>> {
    let entries = fs::read_dir(path).ok()?.flatten();
    let mut found: Vec<CertificateDer<'static>> = entries
        .filter_map(|entry| file_of(&entry.path()))
        .flatten()
        .collect();
    found.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
    found.dedup();
    (!found.is_empty()).then_some(found)
}

/// The lists of revoked certificates.
pub(super) fn revocations(
    encryption: &Encryption,
) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let mut lists = Vec::new();
    if let Some(file) = &encryption.revocations {
        match (fs::read(file.path()), file) {
            (Ok(text), _) => lists.extend(lists_in(file.path(), &text)?),
            (Err(error), File::Usual(_)) if is_absent(&error) => {}
            (Err(error), _) => {
                return Err(unread("certificate revocation list", file.path(), &error));
            }
        }
    }
    if let Some(folder) = &encryption.revocation_folder {
        let entries = fs::read_dir(folder)
            .map_err(|error| unread("certificate revocation lists", folder, &error))?;
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            let path = entry.path();
            let text = fs::read(&path)
                .map_err(|error| unread("certificate revocation list", &path, &error))?;
            lists.extend(lists_in(&path, &text)?);
        }
    }
    Ok(lists)
}

fn lists_in(path: &Path, text: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(text).collect();
    match lists {
        Ok(lists) if !lists.is_empty() => Ok(lists),
        _ => Err(Error::new(
            Kind::Usage,
            format!(
                "\"{}\" holds no certificate revocation list",
                path.display()
            ),
        )
        .with_hint("It must be in PEM form: `-----BEGIN X509 CRL-----`.")),
    }
}
