//! Finds a server that will do: host by host, address by address, with TLS and without, in libpq's order.
//!
//! tokio-postgres is given one address at a time: it would not fall back from TLS to none or the other way, and knows
//! fewer kinds of servers. Trying again later is `connect`.

use std::cell::RefCell;

use tokio::time::timeout;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::{CancelToken, Client, Config, SimpleQueryMessage, Socket};

use super::lookup::{Address, lookup};
use super::tls::{self, Connector, Stream};
use super::unreached::{Failed, Outlook, Reason, Unreached};
use super::wire::Wire;
use super::{Heard, Listener};
use crate::access::{Access, Attributes, Balance, Host, Mode, Place};
use crate::error::Error;
use crate::random::random;
use crate::server_error::{ServerError, printable};

/// Everything it takes to connect, with the certificates read.
#[derive(Clone)]
pub(crate) struct Dialer {
    access: Access,
    connector: Connector,
}

/// A server that will do.
pub(super) struct Reached {
    pub(super) client: Client,
    pub(super) wire: Wire,
    pub(super) cancel: Cancel,
    /// Which one it is.
    pub(super) host: Host,
    /// How to reach this very server once more.
    pub(super) again: Dialer,
}

/// How a statement of one connection is cancelled.
pub(super) struct Cancel {
    token: CancelToken,
    connector: Connector,
}

impl Cancel {
    /// Asks the server to cancel what the connection is doing, over TLS where that is.
    pub(super) async fn send(&self) -> Result<(), tokio_postgres::Error> {
        self.token.cancel_query(self.connector.clone()).await
    }
}

/// Whether one attempt is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    Plain,
    /// If the server can.
    TlsOrPlain,
    Tls,
}

impl Cover {
    const fn words(self) -> &'static str {
        match self {
            Self::Plain => "without TLS",
            Self::TlsOrPlain | Self::Tls => "with TLS",
        }
    }
}

impl Dialer {
    /// Reads the certificates, where TLS may be used.
    pub(crate) fn new(access: &Access) -> Result<Self, Error> {
        Ok(Self {
            access: access.clone(),
            connector: Connector::load(access)?,
        })
    }

    /// What the session is started with.
    pub(crate) const fn config(&self) -> &Config {
        &self.access.config
    }

    /// The same, but for what the session is started with.
    pub(crate) fn with_config(&self, config: Config) -> Self {
        let mut other = self.clone();
        other.access.config = config;
        other
    }

    /// The same with another limit for each address.
    pub(crate) fn within(&self, limit: std::time::Duration) -> Self {
        let mut other = self.clone();
        other.access.limit = Some(limit);
        other
    }

    /// The hosts, for messages.
    pub(crate) fn shown(&self) -> String {
        self.access.shown()
    }

    /// Connects to the first server that will do.
    pub(super) async fn dial(&self) -> Result<Reached, Unreached> {
        let mut unreached = Unreached::default();
        for wanted in turns(self.access.attributes) {
            // What the turn before has found is found again.
            unreached = Unreached::default();
            for host in ordered(&self.access.hosts, self.access.balance) {
                let addresses = match lookup(&host.place).await {
                    Ok(addresses) => ordered(&addresses, self.access.balance),
                    Err(error) => {
                        let reason = format!("error connecting to server: {error}");
                        unreached.add(host.to_string(), lost(reason).into());
                        continue;
                    }
                };
                for address in addresses {
                    let host = at(&host, address);
                    match self.attempt(&host, *wanted).await {
                        Ok(reached) => return Ok(reached),
                        Err(failed) => {
                            let outlook = failed.reason.outlook();
                            unreached.add(tried(&host), failed);
                            if outlook == Outlook::Final {
                                return Err(unreached);
                            }
                        }
                    }
                }
            }
        }
        Err(unreached)
    }

    /// Tries one address, encrypted and not, as the mode allows. What the second attempt says decides, unless it is that
    /// the first would have been the right one.
    async fn attempt(&self, host: &Host, wanted: Attributes) -> Result<Reached, Failed> {
        let (first, second) = self.covers(host);
        let reason = match self.connect_in_time(host, first, wanted).await {
            Ok(reached) => return Ok(reached),
            Err(reason) => reason,
        };
        let Some(second) = second.filter(|_| other_cover_may_do(&reason)) else {
            return Err(reason.into());
        };
        match self.connect_in_time(host, second, wanted).await {
            Ok(reached) => {
                let message = reason.message();
                match (second, reason) {
                    (Cover::Plain, Reason::Tls(_) | Reason::Server(ServerError::Lost(_))) => {
                        log::warn!("connected to {host} without TLS: {message}");
                    }
                    _ => log::debug!("{host}, {}: {message}", first.words()),
                }
                Ok(reached)
            }
            Err(other) if other_cover_may_do(&other) => {
                Err(Failed::with(reason, second.words(), &other))
            }
            Err(other) => Err(Failed::with(other, first.words(), &reason)),
        }
    }

    async fn connect_in_time(
        &self,
        host: &Host,
        cover: Cover,
        wanted: Attributes,
    ) -> Result<Reached, Reason> {
        let attempt = self.connect(host, cover, wanted);
        match self.access.limit {
            None => attempt.await,
            Some(limit) => timeout(limit, attempt).await.unwrap_or_else(|_| {
                let seconds = limit.as_secs();
                Err(lost(format!("no answer within {seconds} seconds")))
            }),
        }
    }

    /// How to try a host, and how after that.
    fn covers(&self, host: &Host) -> (Cover, Option<Cover>) {
        if matches!(host.place, Place::Socket(_)) || !self.connector.is_loaded() {
            return (Cover::Plain, None);
        }
        match self.access.encryption.mode {
            Mode::Disable => (Cover::Plain, None),
            Mode::Allow => (Cover::Plain, Some(Cover::Tls)),
            Mode::Prefer => (Cover::TlsOrPlain, Some(Cover::Plain)),
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => (Cover::Tls, None),
        }
    }

    async fn connect(
        &self,
        host: &Host,
        cover: Cover,
        wanted: Attributes,
    ) -> Result<Reached, Reason> {
        let mut config = self.access.config.clone();
        config.port(host.port);
        match cover {
            Cover::Plain => config.ssl_mode(SslMode::Disable),
            // The server is asked for TLS by the connector, not by tokio-postgres.
            Cover::TlsOrPlain | Cover::Tls => config
                .ssl_mode(SslMode::Require)
                .ssl_negotiation(SslNegotiation::Direct),
        };
        let connector = self.connector.under(cover);
        match &host.place {
            Place::Socket(folder) => config.host_path(folder),
            Place::Name(name) => config.host(name),
            Place::Known(name, address) => config.host(name).hostaddr(*address),
            // TLS wants a name, if only to have nothing to send.
            Place::Address(address) => config.host(address.to_string()).hostaddr(*address),
        };
        if let Some(password) = &host.password {
            config.password(password);
        }
        let (client, inner) = config.connect(connector.clone()).await.map_err(reason)?;
        let mut wire = Wire::new(inner);
        if let Some(other) = other_than(wanted, &client, &mut wire).await? {
            wire.end(Some(client)).await;
            return Err(Reason::Unwanted(other.to_owned()));
        }
        let mut access = self.access.clone();
        access.hosts = vec![host.clone()];
        access.attributes = Attributes::Any;
        Ok(Reached {
            cancel: Cancel {
                token: client.cancel_token(),
                connector,
            },
            client,
            wire,
            host: host.clone(),
            again: Self {
                access,
                connector: self.connector.clone(),
            },
        })
    }
}

/// What to look for, one round after the other.
const fn turns(wanted: Attributes) -> &'static [Attributes] {
    match wanted {
        Attributes::Any => &[Attributes::Any],
        Attributes::ReadWrite => &[Attributes::ReadWrite],
        Attributes::ReadOnly => &[Attributes::ReadOnly],
        Attributes::Primary => &[Attributes::Primary],
        Attributes::Standby => &[Attributes::Standby],
        Attributes::PreferStandby => &[Attributes::Standby, Attributes::Any],
    }
}

fn ordered<T: Clone>(items: &[T], balance: Balance) -> Vec<T> {
    let mut items = items.to_vec();
    if balance == Balance::Random {
        items.sort_by_cached_key(|_| random());
    }
    items
}

/// A host whose address is known.
fn at(host: &Host, address: Address) -> Host {
    let place = match (&host.place, address) {
        (Place::Name(name), Address::Network(address)) => Place::Known(name.clone(), address),
        (place, _) => place.clone(),
    };
    Host {
        place,
        ..host.clone()
    }
}

/// A host with its address, where that is not its name.
fn tried(host: &Host) -> String {
    match &host.place {
        Place::Known(name, address) if *name != address.to_string() => {
            format!("{host} ({address})")
        }
        _ => host.to_string(),
    }
}

fn lost(reason: String) -> Reason {
    Reason::Server(ServerError::Lost(reason))
}

fn reason(error: tokio_postgres::Error) -> Reason {
    tls::reason(&error)
        .unwrap_or_else(|| Reason::Server(ServerError::from(error).reworded(printable)))
}

/// Whether the same address may do with TLS, or without.
fn other_cover_may_do(reason: &Reason) -> bool {
    match reason {
        Reason::Tls(_) => true,
        // No rule of pg_hba.conf lets this role in this way. A wrong password is none: it is not sent again in clear.
        Reason::Server(ServerError::Answer(answer)) => answer.sqlstate == "28000",
        Reason::Server(ServerError::Lost(reason)) => reason.starts_with("error performing TLS"),
        Reason::Unwanted(_) | Reason::Stranger(_) => false,
    }
}

/// What a server is instead of what is wanted. Servers since 14 say by themselves what they are.
async fn other_than(
    wanted: Attributes,
    client: &Client,
    wire: &mut Wire,
) -> Result<Option<&'static str>, Reason> {
    if wanted == Attributes::Any {
        return Ok(None);
    }
    let said = (
        wire.parameter("in_hot_standby"),
        wire.parameter("default_transaction_read_only"),
    );
    let (standby, read_only) = match said {
        (Some(standby), Some(read_only)) => (standby == "on", read_only == "on"),
        _ => ask(client, wire).await?,
    };
    Ok(match wanted {
        Attributes::ReadWrite | Attributes::Primary if standby => Some("the server is a standby"),
        Attributes::ReadWrite if read_only => Some("the session is read-only"),
        Attributes::ReadOnly if !standby && !read_only => Some("the session is not read-only"),
        Attributes::Standby if !standby => Some("the server is not a standby"),
        _ => None,
    })
}

/// Whether the server is a standby, and its transactions are read-only.
async fn ask(client: &Client, wire: &mut Wire) -> Result<(bool, bool), Reason> {
    let mut nobody = |_: Heard<'_>| {};
    let silent: RefCell<Listener<'_>> = RefCell::new(&mut nobody);
    let sql = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";
    let asking = client.simple_query(sql);
    let answers = wire.carry(&silent, asking).await.map_err(reason)?;
    let row = answers.iter().find_map(|answer| match answer {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let says = |at, word| row.and_then(|row| row.get(at)) == Some(word);
    Ok((says(0, "t"), says(1, "on")))
}

/// The reading and writing side of a connection, encrypted or not.
pub(super) type Inner = tokio_postgres::Connection<Socket, Stream>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_hosts_comes_up() {
        let hosts = ["a", "b", "c"];
        assert_eq!(ordered(&hosts, Balance::Disable), hosts);
        // That one of the six never comes up in so many rounds has a chance of one to 10^39.
        let orders: std::collections::BTreeSet<Vec<&str>> =
            (0..500).map(|_| ordered(&hosts, Balance::Random)).collect();
        assert_eq!(orders.len(), 6, "{orders:?}");
    }
}
