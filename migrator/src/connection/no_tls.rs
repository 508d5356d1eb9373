//! In place of `tls` in a build without that feature: connections are plain, and a mode that insists on more is refused.

use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, NoTls, NoTlsStream};

use super::dial::Cover;
use super::unreached::Reason;
use crate::access::{Access, Mode};
use crate::error::{Error, Kind};

/// No encryption.
#[derive(Clone)]
pub(super) struct Connector(NoTls);

/// What nothing is sent through.
pub(super) type Stream = NoTlsStream;

impl Connector {
    pub(super) fn load(access: &Access) -> Result<Self, Error> {
        if access.encryption.mode > Mode::Prefer {
            return Err(Error::new(
                Kind::Usage,
                "this program was built without TLS, and the connection parameters ask for it",
            )
            .with_hint(
                "Build it with the feature \"tls\", or set `sslmode=prefer` or `sslmode=disable`.",
            ));
        }
        Ok(Self(NoTls))
    }

    /// The same for one attempt.
    pub(super) fn under(&self, _: Cover) -> Self {
        self.clone()
    }

    /// Whether TLS may be used.
    #[expect(clippy::unused_self, reason = "the same as where there is TLS")]
    pub(super) const fn is_loaded(&self) -> bool {
        false
    }
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = NoTlsStream;
    type TlsConnect = NoTls;
    type Error = <NoTls as MakeTlsConnect<Socket>>::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<NoTls, Self::Error> {
        MakeTlsConnect::<Socket>::make_tls_connect(&mut self.0, domain)
    }
}

/// Why there is no TLS.
pub(super) const fn reason(_: &tokio_postgres::Error) -> Option<Reason> {
    None
}
