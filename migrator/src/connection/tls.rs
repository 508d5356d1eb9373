//! TLS, with rustls on ring: what libpq's parameters mean for it.
//!
//! Files are read once, before the first attempt. Whether a certificate will do is `tls/verifier`; how a server is asked
//! for TLS is `tls/negotiation`; whether TLS is tried at all is `dial`.

mod certificate;
mod fault;
mod identity;
mod negotiation;
mod roots;
mod verifier;

use std::convert::Infallible;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tokio_postgres::Socket;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::dial::Cover;
use crate::access::{Access, Encryption, File, Mode, Negotiation, Place, Roots, Sni, Version};
use crate::error::{Error, Kind};
use negotiation::{Asking, Handshake};
use verifier::Verifier;

pub(super) use fault::reason;
pub(super) use negotiation::Stream;

/// The name of PostgreSQL's protocol inside TLS
/// (<https://www.iana.org/assignments/tls-extensiontype-values/>).
const ALPN: &[u8] = b"postgresql";

/// Stands for a name that TLS knows no way to write. An address is not sent.
const NAMELESS: &str = "0.0.0.0";

/// Makes connections encrypted, or knows that none will be.
#[derive(Clone)]
pub(super) struct Connector {
    rustls: Option<MakeRustlsConnect>,
    mode: Mode,
    negotiation: Negotiation,
    asking: Asking,
}

impl Connector {
    /// Reads the certificates and keys, unless nothing can be encrypted.
    pub(super) fn load(access: &Access) -> Result<Self, Error> {
        let with = |rustls| Self {
            rustls,
            mode: access.encryption.mode,
            negotiation: access.encryption.negotiation,
            asking: Asking::Insisting,
        };
        let socket = |place: &Place| matches!(place, Place::Socket(_));
        if access.encryption.mode == Mode::Disable
            || access.hosts.iter().all(|host| socket(&host.place))
        {
            return Ok(with(None));
        }
        if access.encryption.mode == Mode::VerifyFull
            && access
                .hosts
                .iter()
                .any(|host| matches!(host.place, Place::Address(_)))
        {
            return Err(Error::new(
                Kind::Usage,
                "`sslmode=verify-full` needs the name of the host, and only `hostaddr` is set",
            )
            .with_hint("Set `host` to the name that the server's certificate is for."));
        }
        match config(&access.encryption) {
            Ok(config) => Ok(with(Some(MakeRustlsConnect::new(config)))),
            // Nobody asked for them, nor for TLS.
            Err(error) if access.encryption.mode <= Mode::Prefer && !names_a_file(access) => {
                log::warn!("connecting without TLS: {error}");
                Ok(with(None))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether TLS may be used.
    pub(super) const fn is_loaded(&self) -> bool {
        self.rustls.is_some()
    }

    /// The same for one attempt, and for the cancel requests of what comes of it.
    pub(super) fn under(&self, cover: Cover) -> Self {
        let asking = match (cover, self.negotiation) {
            (Cover::Tls, Negotiation::Direct) => Asking::Directly,
            (Cover::TlsOrPlain, _) => Asking::Preferring,
            (Cover::Tls | Cover::Plain, _) => Asking::Insisting,
        };
        Self {
            asking,
            ..self.clone()
        }
    }
}

fn names_a_file(access: &Access) -> bool {
    let encryption = &access.encryption;
    let named = |file: &Option<File>| matches!(file, Some(File::Named(_)));
    matches!(
        encryption.roots,
        Roots::System(_) | Roots::File(File::Named(_))
    ) || encryption.revocation_folder.is_some()
        || [
            &encryption.certificate,
            &encryption.key,
            &encryption.revocations,
        ]
        .into_iter()
        .any(named)
}

fn config(encryption: &Encryption) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::load(encryption, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(encryption))
        .map_err(|error| {
            Error::new(
                Kind::Usage,
                format!("no version of TLS can be used: {error}"),
            )
        })?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match identity::load(encryption)? {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let identity::Identity {
                chain,
                key,
                certificate_file,
                key_file,
            } = identity;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| identity::mismatch(&certificate_file, &key_file, &error))?
        }
    };
    config.enable_sni = encryption.sni == Sni::Sent;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

fn versions(encryption: &Encryption) -> Vec<&'static SupportedProtocolVersion> {
    let highest = encryption.highest.unwrap_or(Version::Tls13);
    [
        (Version::Tls13, &version::TLS13),
        (Version::Tls12, &version::TLS12),
    ]
    .into_iter()
    .filter(|(version, _)| (encryption.lowest..=highest).contains(version))
    .map(|(_, supported)| supported)
    .collect()
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = Infallible;

    fn make_tls_connect(&mut self, name: &str) -> Result<Handshake, Infallible> {
        // libpq leaves out what cannot be sent; only who verifies a name needs one.
        let name = if self.mode != Mode::VerifyFull && ServerName::try_from(name).is_err() {
            NAMELESS
        } else {
            name
        };
        let rustls = match &mut self.rustls {
            None => None,
            Some(rustls) => Some(MakeTlsConnect::<Socket>::make_tls_connect(rustls, name)?),
        };
        Ok(Handshake {
            asking: self.asking,
            rustls,
        })
    }
}
