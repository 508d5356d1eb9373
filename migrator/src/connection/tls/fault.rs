//! What went wrong in a handshake, in three parts each: rustls's and the server's words put so that one knows what to do.

use std::error::Error as _;
use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use super::negotiation::Refused;
use crate::connection::unreached::{Fault, Reason};

impl Fault {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: None,
            hint: hint.into(),
        }
    }

    pub(super) fn with_detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }
}

/// Why there is no TLS, if that is what the error is about.
pub(in crate::connection) fn reason(error: &tokio_postgres::Error) -> Option<Reason> {
    let cause = error.source()?.downcast_ref::<io::Error>()?;
    if let Some(inner) = cause.get_ref() {
        if let Some(error) = inner.downcast_ref::<Error>() {
            return Some(Reason::Tls(of(error)));
        }
        if let Some(Refused(reason)) = inner.downcast_ref() {
            return Some(reason.clone());
        }
    }
    // tokio-postgres has no type for it.
    let of_name = error.to_string().starts_with("error performing TLS")
        && cause.kind() == io::ErrorKind::InvalidInput;
    of_name.then(|| {
        Reason::Tls(Fault::new(
            format!("the host's name cannot be used with TLS: {cause}"),
            "Set `host` to a name, and `hostaddr` to the address.",
        ))
    })
}

fn of(error: &Error) -> Fault {
    match error {
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            match other.0.downcast_ref::<Fault>() {
                Some(fault) => fault.clone(),
                None => unreadable(error),
            }
        }
        Error::InvalidCertificate(_) => unreadable(error),
        Error::AlertReceived(alert) => alerted(*alert),
        Error::PeerIncompatible(why) => nothing_in_common(&format!("{why:?}.")),
        Error::InvalidMessage(_) => {
            Fault::new("what answers does not speak TLS", "Check host and port.")
                .with_detail(format!("{error}."))
        }
        _ => Fault::new(
            format!("the TLS handshake failed: {error}"),
            "Look into the server's log for its side.",
        ),
    }
}

fn unreadable(error: &Error) -> Fault {
    Fault::new(
        format!("the server's certificate cannot be used: {error}"),
        "Give the server a certificate of version 3, for its host name.",
    )
}

fn nothing_in_common(detail: &str) -> Fault {
    Fault::new(
        "the server and this program have no version or cipher of TLS in common",
        "TLS 1.2 and 1.3 are supported, with a key of RSA, ECDSA on P-256 or P-384, or Ed25519: check the server's \
         certificate and `ssl_ciphers`, and `ssl_min_protocol_version` on both sides.",
    )
    .with_detail(detail)
}

/// What the server holds against us.
fn alerted(alert: AlertDescription) -> Fault {
    use AlertDescription as Alert;
    let refused = |why: &str, hint: &str| {
        Fault::new(format!("the server refuses our certificate: {why}"), hint)
    };
    match alert {
        Alert::UnknownCA => refused(
            "it does not trust the CA",
            "Set `sslcert` to a certificate that a CA of the server's ssl_ca_file has issued, with all in between.",
        ),
        Alert::CertificateRequired => Fault::new(
            "the server wants a certificate of ours",
            "Name one with `sslcert` and `sslkey`.",
        ),
        Alert::CertificateExpired => {
            refused("it has expired", "Renew the certificate of `sslcert`.")
        }
        Alert::CertificateRevoked => {
            refused("it was revoked", "Replace the certificate of `sslcert`.")
        }
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateUnknown
        | Alert::DecryptError => refused(
            &format!("{alert:?}"),
            "Check `sslcert` and `sslkey`; the server's log says more.",
        ),
        Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            nothing_in_common(&format!("The server says: {alert:?}."))
        }
        Alert::NoApplicationProtocol => Fault::new(
            "what answers does not speak PostgreSQL inside TLS",
            "Check host and port; `sslnegotiation=direct` needs PostgreSQL 17.",
        ),
        Alert::UnrecognisedName => Fault::new(
            "what answers knows no such host",
            "Check `host`; `sslsni=0` does not send it.",
        ),
        _ => Fault::new(
            format!("the server ends the TLS handshake: {alert:?}"),
            "Look into the server's log for its side.",
        ),
    }
}
