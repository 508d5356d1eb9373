//! TLS, with rustls on ring: what libpq's parameters mean for it.
//!
//! Files are read once, before the first attempt. Whether a certificate will do is `tls/verifier`; whether TLS is tried
//! at all is `dial`.

mod certificate;
mod fault;
mod identity;
mod roots;
mod verifier;

use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;

use futures_util::future::Either;
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::access::{Access, Encryption, File, Mode, Place, Roots, Sni, Version};
use crate::error::{Error, Kind};
use verifier::Verifier;

pub(super) use fault::fault;

/// The name of PostgreSQL's protocol inside TLS
/// (<https://www.iana.org/assignments/tls-extensiontype-values/>).
const ALPN: &[u8] = b"postgresql";

/// Makes connections encrypted, or knows that none will be.
#[derive(Clone)]
pub(super) struct Connector(Option<MakeRustlsConnect>);

/// What an encrypted connection is read from and written to.
pub(super) type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

type Rustls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

impl Connector {
    /// Reads the certificates and keys, unless nothing can be encrypted.
    pub(super) fn load(access: &Access) -> Result<Self, Error> {
        let socket = |place: &Place| matches!(place, Place::Socket(_));
        if access.encryption.mode == Mode::Disable
            || access.hosts.iter().all(|host| socket(&host.place))
        {
            return Ok(Self(None));
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
            Ok(config) => Ok(Self(Some(MakeRustlsConnect::new(config)))),
            // Nobody asked for them, nor for TLS.
            Err(error) if access.encryption.mode <= Mode::Prefer && !names_a_file(access) => {
                log::warn!("connecting without TLS: {error}");
                Ok(Self(None))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether TLS may be used.
    pub(super) const fn is_loaded(&self) -> bool {
        self.0.is_some()
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
    type Error = std::convert::Infallible;

    fn make_tls_connect(&mut self, name: &str) -> Result<Handshake, Self::Error> {
        match &mut self.0 {
            None => Ok(Handshake(None)),
            Some(rustls) => {
                let made = MakeTlsConnect::<Socket>::make_tls_connect(rustls, name);
                made.map(|handshake| Handshake(Some(handshake)))
            }
        }
    }
}

/// One handshake.
pub(super) struct Handshake(Option<Rustls>);

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Either<Ready<io::Result<Stream>>, <Rustls as TlsConnect<Socket>>::Future>;

    fn connect(self, socket: Socket) -> Self::Future {
        match self.0 {
            None => Either::Left(ready(Err(io::ErrorKind::Unsupported.into()))),
            Some(handshake) => Either::Right(handshake.connect(socket)),
        }
    }
}
