//! What each connection parameter means. One that libpq knows but this version does not support is refused by name,
//! never ignored.

use std::time::Duration;

/// The environment variables of libpq and the parameter that each stands for
/// (<https://www.postgresql.org/docs/current/libpq-envars.html>).
pub(super) const LIBPQ: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCOMPRESSION", "sslcompression"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLSNI", "sslsni"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGKRBSRVNAME", "krbsrvname"),
    ("PGGSSLIB", "gsslib"),
    ("PGGSSDELEGATION", "gssdelegation"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGMAXPROTOCOLVERSION", "max_protocol_version"),
];

/// Sets one parameter. The error names the parameter, and its value only where that cannot be a secret.
pub(super) fn apply(
    config: &mut tokio_postgres::Config,
    key: &str,
    value: &str,
) -> Result<(), String> {
    use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, TargetSessionAttrs};
    let bad = || format!("Parameter \"{key}\" cannot be \"{value}\".");
    let unsupported = || format!("Parameter \"{key}\" is not supported by this version.");
    let number = || value.parse::<u64>().map_err(|_| bad());
    match key {
        "host" => {
            for host in value.split(',') {
                config.host(host);
            }
        }
        "hostaddr" => {
            for address in value.split(',') {
                config.hostaddr(address.parse().map_err(|_| bad())?);
            }
        }
        "port" => {
            for port in value.split(',') {
                config.port(if port.is_empty() {
                    5432
                } else {
                    port.parse().map_err(|_| bad())?
                });
            }
        }
        "user" => {
            config.user(value);
        }
        "password" => {
            config.password(value);
        }
        "dbname" => {
            config.dbname(value);
        }
        "options" => {
            config.options(value);
        }
        "application_name" | "fallback_application_name" => {
            if key == "application_name" || config.get_application_name().is_none() {
                config.application_name(value);
            }
        }
        "connect_timeout" => {
            config.connect_timeout(Duration::from_secs(number()?));
        }
        "keepalives" => {
            config.keepalives(number()? != 0);
        }
        "keepalives_idle" => {
            config.keepalives_idle(Duration::from_secs(number()?));
        }
        "keepalives_interval" => {
            config.keepalives_interval(Duration::from_secs(number()?));
        }
        "keepalives_count" => {
            config.keepalives_retries(u32::try_from(number()?).map_err(|_| bad())?);
        }
        "tcp_user_timeout" => {
            config.tcp_user_timeout(Duration::from_millis(number()?));
        }
        "target_session_attrs" => {
            config.target_session_attrs(match value {
                "any" => TargetSessionAttrs::Any,
                "read-write" => TargetSessionAttrs::ReadWrite,
                "read-only" => TargetSessionAttrs::ReadOnly,
                "primary" | "standby" | "prefer-standby" => {
                    return Err(unsupported_value(key, value));
                }
                _ => return Err(bad()),
            });
        }
        "load_balance_hosts" => {
            config.load_balance_hosts(match value {
                "disable" => LoadBalanceHosts::Disable,
                "random" => LoadBalanceHosts::Random,
                _ => return Err(bad()),
            });
        }
        "channel_binding" => {
            config.channel_binding(match value {
                "disable" => ChannelBinding::Disable,
                "prefer" => ChannelBinding::Prefer,
                "require" => return Err(unsupported_value(key, value)),
                _ => return Err(bad()),
            });
        }
        // Without TLS in this build, these modes all mean a plain connection, as in a libpq built without it.
        "sslmode" => match value {
            "disable" | "allow" | "prefer" => {
                config.ssl_mode(tokio_postgres::config::SslMode::Disable);
            }
            "require" | "verify-ca" | "verify-full" => return Err(unsupported_value(key, value)),
            _ => return Err(bad()),
        },
        "client_encoding"
            if value.eq_ignore_ascii_case("utf8") || value.eq_ignore_ascii_case("utf-8") => {}
        "client_encoding" => return Err(format!("Parameter \"{key}\" can only be \"UTF8\".")),
        _ if LIBPQ.iter().any(|(_, parameter)| *parameter == key) => return Err(unsupported()),
        _ => return Err(format!("Parameter \"{key}\" does not exist.")),
    }
    Ok(())
}

fn unsupported_value(key: &str, value: &str) -> String {
    format!(
        "Parameter \"{key}\" cannot be \"{value}\" in this version: there is no TLS and no server choice yet."
    )
}
