//! What went wrong in a handshake, in three parts each: rustls's and the server's words put so that one knows what to do.

use std::error::Error as _;
use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use crate::connection::unreached::Fault;

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

/// What is wrong with TLS, if that is what the error is about.
pub(in crate::connection) fn fault(error: &tokio_postgres::Error) -> Option<Fault> {
    let cause = error.source()?;
    if let Some(error) = rustls_error(cause) {
        return Some(of(error));
    }
    // tokio-postgres has no type for it.
    if cause.to_string() == "server does not support TLS" {
        return Some(Fault::new(
            "the server has no TLS",
            "Switch it on (`ssl = on`, with a certificate); or, where the network is trusted, set `sslmode=prefer`.",
        ));
    }
    if error.to_string().starts_with("error performing TLS")
        && let Some(cause) = cause.downcast_ref::<io::Error>()
        && cause.kind() == io::ErrorKind::InvalidInput
    {
        return Some(Fault::new(
            format!("the host's name cannot be used with TLS: {cause}"),
            "Set `host` to a name, and `hostaddr` to the address.",
        ));
    }
    None
}

fn rustls_error<'e>(cause: &'e (dyn std::error::Error + 'static)) -> Option<&'e Error> {
    let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
    inner.downcast_ref()
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
        "TLS 1.2 and 1.3 are supported: check `ssl_min_protocol_version` on both sides, and `ssl_ciphers` on the server.",
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
