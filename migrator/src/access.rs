//! How to reach a server, as types: hosts in their order, which of them will do, encryption, and what the session is
//! started with. What the names of the parameters are is `settings`; how a connection is made of it is `connection`.

#![cfg_attr(
    not(feature = "tls"),
    expect(
        dead_code,
        reason = "what TLS is told is read in every build, and checked"
    )
)]

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;

/// Everything it takes to connect.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// User, database, options, keepalives and the like; no host, no password, nothing about TLS.
    pub(crate) config: Config,
    /// The hosts, in the order in which they are named; at least one.
    pub(crate) hosts: Vec<Host>,
    /// Which server will do.
    pub(crate) attributes: Attributes,
    /// In which order hosts and their addresses are tried.
    pub(crate) balance: Balance,
    /// Whether and how the connection is encrypted.
    pub(crate) encryption: Encryption,
    /// How long one address may take; `None` is as long as it takes.
    pub(crate) limit: Option<Duration>,
}

/// One host of the list.
#[derive(Clone)]
pub(crate) struct Host {
    /// Where it is.
    pub(crate) place: Place,
    /// Its port; of a socket, the end of its name.
    pub(crate) port: u16,
    /// The password for it.
    pub(crate) password: Option<String>,
}

/// Where a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The folder of a Unix socket.
    Socket(PathBuf),
    /// A name, or an address written as one.
    Name(String),
    /// A name whose address is known (`host` with `hostaddr`, or after it was looked up).
    Known(String, IpAddr),
    /// An address without a name (`hostaddr` alone).
    Address(IpAddr),
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match &self.place {
            Place::Socket(folder) => write!(f, "{}:{port}", folder.display()),
            Place::Name(name) | Place::Known(name, _) if name.contains(':') => {
                write!(f, "[{name}]:{port}")
            }
            Place::Name(name) | Place::Known(name, _) => write!(f, "{name}:{port}"),
            Place::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{port}"),
            Place::Address(IpAddr::V4(address)) => write!(f, "{address}:{port}"),
        }
    }
}

impl Access {
    /// The hosts, for messages: `a:5432,b:5433`.
    pub(crate) fn shown(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        hosts.join(",")
    }
}

/// Which server will do (`target_session_attrs`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Attributes {
    /// Every one.
    #[default]
    Any,
    /// One whose transactions may write unless they say otherwise.
    ReadWrite,
    /// One whose transactions may not.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One that is.
    Standby,
    /// One that is in recovery, or any if there is none.
    PreferStandby,
}

/// In which order hosts and their addresses are tried (`load_balance_hosts`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Balance {
    /// As they are named.
    #[default]
    Disable,
    /// At random.
    Random,
}

/// Whether and how a connection is encrypted. A file is `None` where there is none to look for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encryption {
    /// `sslmode`.
    pub(crate) mode: Mode,
    /// `sslnegotiation`.
    pub(crate) negotiation: Negotiation,
    /// `sslsni`.
    pub(crate) sni: Sni,
    /// `sslrootcert`.
    pub(crate) roots: Roots,
    /// `sslcert`.
    pub(crate) certificate: Option<File>,
    /// `sslkey`.
    pub(crate) key: Option<File>,
    /// `sslcertmode`.
    pub(crate) sending: Sending,
    /// `sslcrl`.
    pub(crate) revocations: Option<File>,
    /// `sslcrldir`.
    pub(crate) revocation_folder: Option<PathBuf>,
    /// `ssl_min_protocol_version`.
    pub(crate) lowest: Version,
    /// `ssl_max_protocol_version`.
    pub(crate) highest: Option<Version>,
}

/// `sslmode`, from the weakest to the strongest
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// Never encrypted.
    Disable,
    /// Encrypted where the server insists.
    Allow,
    /// Encrypted where the server can.
    #[default]
    Prefer,
    /// Always encrypted.
    Require,
    /// And the certificate comes from a CA that is trusted.
    VerifyCa,
    /// And it is for this host.
    VerifyFull,
}

impl Mode {
    /// From the weakest to the strongest.
    pub(crate) const ALL: [Self; 6] = [
        Self::Disable,
        Self::Allow,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    /// As libpq writes it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// How TLS begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Negotiation {
    /// The server is asked first.
    #[default]
    Postgres,
    /// At once.
    Direct,
}

/// Whether the host's name is sent in clear, for proxies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sni {
    /// It is.
    #[default]
    Sent,
    /// It is not.
    Withheld,
}

/// Whether a client certificate is sent to a server that asks for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sending {
    /// Never.
    Disable,
    /// Where there is one.
    #[default]
    Allow,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Nobody's.
    #[default]
    None,
    /// Those in a file.
    File(File),
    /// Those that this system trusts.
    System(SystemRoots),
}

/// Where the environment says that the system's certificates are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SystemRoots {
    /// `SSL_CERT_FILE`.
    pub(crate) file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: folders, with colons in between.
    pub(crate) folders: Option<PathBuf>,
}

/// A file, and whether it must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// It was named, so it must.
    Named(PathBuf),
    /// It is where libpq looks, and need not.
    Usual(PathBuf),
}

impl File {
    pub(crate) fn path(&self) -> &std::path::Path {
        match self {
            Self::Named(path) | Self::Usual(path) => path,
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// TLS 1.2.
    #[default]
    Tls12,
    /// TLS 1.3.
    Tls13,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_as_they_are_shown() {
        let check = |place, expected: &str| {
            let host = Host {
                place,
                port: 1,
                password: Some("secret".to_owned()),
            };
            assert_eq!(host.to_string(), expected);
            assert_eq!(format!("{host:?}"), expected);
        };
        check(Place::Socket("/run/pg".into()), "/run/pg:1");
        check(Place::Name("db".to_owned()), "db:1");
        check(Place::Name("::1".to_owned()), "[::1]:1");
        let address = || "::1".parse().unwrap();
        check(Place::Known("db".to_owned(), address()), "db:1");
        check(Place::Address(address()), "[::1]:1");
    }
}
