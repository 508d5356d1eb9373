//! Whether the server's certificate will do, with libpq's meaning of the modes.
//!
//! The chain is rustls's business. Ours is what libpq has and rustls has not: no check at all, a check without the name,
//! a common name in place of alternative names, and a server's own certificate as the trusted one.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};

use super::certificate::{Certificate, CommonName, Validity};
use super::roots::{self, Trusted};
use crate::access::{Encryption, Mode};
use crate::connection::unreached::Fault;
use crate::error::Error;

/// Checks what a server shows.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Option<Trust>,
    naming: Naming,
    provider: Arc<CryptoProvider>,
}

/// Whom to believe.
#[derive(Debug)]
struct Trust {
    /// `None` where no trusted certificate is that of a CA.
    chains: Option<Arc<WebPkiServerVerifier>>,
    /// Servers may show one of these itself.
    certificates: Vec<CertificateDer<'static>>,
    revocation: Revocation,
    /// Where they come from, for messages.
    source: String,
}

/// Whether a certificate may have been revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revocation {
    /// There are lists of revoked certificates.
    Checked,
    Ignored,
}

/// Whether the host's name has to be that of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    Checked,
    Ignored,
}

impl Verifier {
    pub(super) fn load(
        encryption: &Encryption,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let trust = match roots::load(encryption)? {
            None => None,
            Some(trusted) => Some(Trust::new(trusted, encryption, provider)?),
        };
        Ok(Self {
            trust,
            naming: if encryption.mode == Mode::VerifyFull {
                Naming::Checked
            } else {
                Naming::Ignored
            },
            provider: Arc::clone(provider),
        })
    }

    fn check(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<(), Fault> {
        let Some(trust) = &self.trust else {
            return Ok(());
        };
        let certificate = Certificate::read(shown).ok_or_else(|| {
            Fault::new(
                "the server's certificate cannot be read",
                "Give the server a certificate of version 3, for its host name.",
            )
        })?;
        in_time(&certificate, now)?;
        if !trust.is_trusted_itself(shown, &certificate) {
            let chain = match &trust.chains {
                Some(chains) => chains.verify_server_cert(shown, intermediates, host, ocsp, now),
                None => Err(CertificateError::UnknownIssuer.into()),
            };
            match chain {
                // The name is compared below.
                Ok(_)
                | Err(rustls::Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => {}
                // Chains of rustls's do not begin with the old form, and PostgreSQL's own instructions lead to it.
                Err(_)
                    if certificate.is_of_version_1() && trust.vouches(&certificate, self, now) => {}
                Err(error) => {
                    let expired = match error {
                        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                            trust.expired_issuer(&certificate, now)
                        }
                        _ => None,
                    };
                    return Err(
                        expired.unwrap_or_else(|| untrusted(&error, &certificate, &trust.source))
                    );
                }
            }
        }
        let host = host.to_str();
        if self.naming == Naming::Ignored || certificate.is_for(&host, CommonName::Ignored) {
            return Ok(());
        }
        if !certificate.is_for(&host, CommonName::Counts) {
            return Err(misnamed(&certificate, &host));
        }
        // The limits were compared with alternative names, and there are none.
        if trust.constrain_names(intermediates) {
            return Err(Fault::new(
                format!("the server's certificate is for {host}, by its common name alone"),
                "Issue it again with the host as an alternative name: a CA of the chain limits names, and compares those.",
            ));
        }
        Ok(())
    }
}

impl Trust {
    /// Whether what a server shows is one of the trusted certificates; one that a CA has issued may be revoked.
    fn is_trusted_itself(&self, shown: &CertificateDer<'_>, certificate: &Certificate) -> bool {
        let revocable = self.revocation == Revocation::Checked && !certificate.is_self_signed();
        !revocable && self.certificates.iter().any(|it| it == shown)
    }

    /// Whether anybody in the chain, or whoever may be its end, limits the names of what is issued.
    fn constrain_names(&self, intermediates: &[CertificateDer<'_>]) -> bool {
        let chain = intermediates.iter().chain(&self.certificates);
        chain
            .filter_map(Certificate::read)
            .any(|it| it.constrains_names())
    }

    /// Whether one of the trusted certificates has issued this one itself. Not where revocations count: they would have
    /// to be looked up.
    fn vouches(&self, certificate: &Certificate, verifier: &Verifier, now: UnixTime) -> bool {
        let algorithms = &verifier.provider.signature_verification_algorithms;
        let trusted = self.certificates.iter().filter_map(Certificate::read);
        self.revocation == Revocation::Ignored
            && trusted
                .filter(|trusted| trusted.validity(now) == Validity::Valid)
                .any(|trusted| certificate.is_issued_by(&trusted, algorithms))
    }

    /// What is wrong where the one who has issued a certificate would be trusted, but for the time.
    fn expired_issuer(&self, certificate: &Certificate, now: UnixTime) -> Option<Fault> {
        let mut trusted = self.certificates.iter().filter_map(Certificate::read);
        trusted.find_map(|trusted| match trusted.validity(now) {
            Validity::Over(day) if trusted.subject() == certificate.issuer() => Some(Fault::new(
                format!("the certificate of {} expired on {day}", trusted.subject()),
                format!("Put the CA's new certificate into {}.", self.source),
            )),
            _ => None,
        })
    }

    fn new(
        trusted: Trusted,
        encryption: &Encryption,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let Trusted {
            store,
            certificates,
            source,
        } = trusted;
        let lists = roots::revocations(encryption)?;
        let revocation = if lists.is_empty() {
            Revocation::Ignored
        } else {
            Revocation::Checked
        };
        let chains = if store.is_empty() {
            None
        } else {
            let store = Arc::new(store);
            WebPkiServerVerifier::builder_with_provider(store, Arc::clone(provider))
                .with_crls(lists)
                .enforce_revocation_expiration()
                .build()
                .map(Some)
                .map_err(|error| roots::unusable(&source, &error))?
        };
        Ok(Self {
            chains,
            certificates,
            revocation,
            source,
        })
    }
}

fn in_time(certificate: &Certificate, now: UnixTime) -> Result<(), Fault> {
    match certificate.validity(now) {
        Validity::Valid => Ok(()),
        Validity::Over(day) => Err(Fault::new(
            format!("the server's certificate expired on {day}"),
            "Renew it on the server; if it is not that old, set the clock of this machine.",
        )),
        Validity::NotYet(day) => Err(Fault::new(
            format!("the server's certificate is not valid before {day}"),
            "Set the clock of this machine, or that of the one that issued it.",
        )),
    }
}

fn untrusted(error: &rustls::Error, certificate: &Certificate, source: &str) -> Fault {
    let trust = "Set `sslrootcert` to the CA's certificate that was given to you, not to one that the server shows.";
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Revoked) => Fault::new(
            "the server's certificate was revoked",
            "Give the server a new one.",
        ),
        rustls::Error::InvalidCertificate(CertificateError::UnknownRevocationStatus) => Fault::new(
            "no certificate revocation list tells whether the server's certificate was revoked",
            "Add the list of each CA of the chain to `sslcrl` or `sslcrldir`, or leave both out.",
        )
        .with_detail(format!("It was issued by {}.", certificate.issuer())),
        rustls::Error::InvalidCertificate(
            CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. },
        ) => Fault::new(
            "the certificate revocation list has expired",
            "Fetch the CA's current list.",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => Fault::new(
            "a certificate between the server's and the CA's has expired",
            "Renew it, and put it into the server's ssl_cert_file behind its own.",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. },
        ) => Fault::new(
            "the server's certificate is not for servers",
            "Give the server one with the extended key usage serverAuth.",
        ),
        _ if certificate.is_self_signed() => Fault::new(
            "the server's certificate is self-signed, and not trusted",
            "If it is the server's, copy it here by a safe way and set `sslrootcert` to it.",
        )
        .with_detail(format!(
            "It is for {}; trusted is what is in {source}.",
            certificate.subject()
        )),
        _ if certificate.is_of_version_1() => Fault::new(
            "the server's certificate is of X.509 version 1, and no trusted CA has issued it itself",
            "Issue it again with extensions: `openssl x509 -req … -extfile FILE`, with a line `subjectAltName=DNS:HOST`.",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => Fault::new(
            "the server's certificate comes from a CA that is not trusted",
            trust,
        )
        .with_detail(format!(
            "It was issued by {}, which is not in {source}.",
            certificate.issuer()
        )),
        error => Fault::new(
            format!("the server's certificate cannot be verified: {error}"),
            trust,
        ),
    }
}

fn misnamed(certificate: &Certificate, host: &str) -> Fault {
    let hosts = certificate.hosts();
    let named = if hosts.is_empty() {
        "no host".to_owned()
    } else {
        hosts.join(", ")
    };
    Fault::new(
        format!("the server's certificate is for {named}, not for {host}"),
        "Set `host` to a name that it is for, and `hostaddr` to the address where that leads elsewhere; or issue it anew.",
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.check(shown, intermediates, host, ocsp, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(fault) => Err(CertificateError::Other(OtherError(Arc::new(fault))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, shown, signed, algorithms)
    }

    // Also where no certificate is verified: channel binding would say nothing of a server that only shows another's.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        match Certificate::read(shown) {
            // That function does not read the old form; its key is as good as any.
            Some(certificate) if certificate.is_of_version_1() => match certificate.public_key() {
                Some(key) => verify_tls13_signature_with_raw_key(message, &key, signed, algorithms),
                None => Err(CertificateError::BadEncoding.into()),
            },
            _ => verify_tls13_signature(message, shown, signed, algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
