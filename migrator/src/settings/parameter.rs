//! The parameters of libpq by name: which variable stands for each, and what is said of one that cannot be used. What a
//! value means is `access`.

use super::unknown;
use crate::conninfo::Parameters;

/// A parameter of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// Its variable (<https://www.postgresql.org/docs/current/libpq-envars.html>).
    pub(super) variable: Option<&'static str>,
    pub(super) support: Support,
}

/// Whether a parameter can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Support {
    /// It can.
    Supported,
    /// It cannot, and this is what to do instead.
    Refused(&'static str),
}

const fn supported(name: &'static str, variable: Option<&'static str>) -> Parameter {
    Parameter {
        name,
        variable,
        support: Support::Supported,
    }
}

const fn refused(
    name: &'static str,
    variable: Option<&'static str>,
    instead: &'static str,
) -> Parameter {
    Parameter {
        name,
        variable,
        support: Support::Refused(instead),
    }
}

const NO_GSS: &str = "there is no GSSAPI; use a password or a client certificate";
const NO_OAUTH: &str = "there is no OAuth; use a password or a client certificate";

/// All of them.
pub(super) const PARAMETERS: &[Parameter] = &[
    supported("host", Some("PGHOST")),
    supported("hostaddr", Some("PGHOSTADDR")),
    supported("port", Some("PGPORT")),
    supported("dbname", Some("PGDATABASE")),
    supported("user", Some("PGUSER")),
    supported("password", Some("PGPASSWORD")),
    supported("passfile", Some("PGPASSFILE")),
    supported("service", Some("PGSERVICE")),
    supported("servicefile", Some("PGSERVICEFILE")),
    supported("options", Some("PGOPTIONS")),
    supported("application_name", Some("PGAPPNAME")),
    supported("fallback_application_name", None),
    supported("client_encoding", Some("PGCLIENTENCODING")),
    supported("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    supported("keepalives", None),
    supported("keepalives_idle", None),
    supported("keepalives_interval", None),
    supported("keepalives_count", None),
    supported("tcp_user_timeout", None),
    supported("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    supported("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    supported("channel_binding", Some("PGCHANNELBINDING")),
    supported("sslmode", Some("PGSSLMODE")),
    supported("sslnegotiation", Some("PGSSLNEGOTIATION")),
    supported("sslrootcert", Some("PGSSLROOTCERT")),
    supported("sslcert", Some("PGSSLCERT")),
    supported("sslkey", Some("PGSSLKEY")),
    supported("sslcertmode", Some("PGSSLCERTMODE")),
    supported("sslcrl", Some("PGSSLCRL")),
    supported("sslcrldir", Some("PGSSLCRLDIR")),
    supported("sslsni", Some("PGSSLSNI")),
    supported("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    supported("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    supported("sslcompression", Some("PGSSLCOMPRESSION")),
    supported("gssencmode", Some("PGGSSENCMODE")),
    supported("min_protocol_version", Some("PGMINPROTOCOLVERSION")),
    supported("max_protocol_version", Some("PGMAXPROTOCOLVERSION")),
    refused(
        "require_auth",
        Some("PGREQUIREAUTH"),
        "use `channel_binding=require`, which only SCRAM over TLS fulfils",
    ),
    refused("requiressl", Some("PGREQUIRESSL"), "use `sslmode=require`"),
    refused(
        "sslpassword",
        None,
        "an encrypted key cannot be read; store it without a passphrase, readable by its owner only",
    ),
    refused("sslkeylogfile", None, "keys of a session are never written"),
    refused(
        "requirepeer",
        Some("PGREQUIREPEER"),
        "put the socket into a folder that only the server may write to",
    ),
    refused("krbsrvname", Some("PGKRBSRVNAME"), NO_GSS),
    refused("gsslib", Some("PGGSSLIB"), NO_GSS),
    refused("gssdelegation", Some("PGGSSDELEGATION"), NO_GSS),
    refused(
        "replication",
        None,
        "migrations need an ordinary session; leave it out",
    ),
    refused("scram_client_key", None, "use `password` or `passfile`"),
    refused("scram_server_key", None, "use `password` or `passfile`"),
    refused("oauth_issuer", None, NO_OAUTH),
    refused("oauth_client_id", None, NO_OAUTH),
    refused("oauth_client_secret", None, NO_OAUTH),
    refused("oauth_scope", None, NO_OAUTH),
];

/// The parameters that a variable stands for, each with its variable.
pub(super) fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    let set = |parameter: &Parameter| Some((parameter.variable?, parameter.name));
    PARAMETERS.iter().filter_map(set)
}

/// What stands against a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Objection {
    /// It is not supported, or does not exist, as this says.
    Told(String),
    /// It does not exist, and is not repeated.
    Untold,
}

/// What stands against a parameter, if anything does. One that is not supported may be said without a value.
pub(super) fn objection(name: &str, value: &str) -> Option<Objection> {
    match PARAMETERS.iter().find(|parameter| parameter.name == name) {
        Some(parameter) => match parameter.support {
            Support::Refused(instead) if !value.is_empty() => {
                let told = format!("Parameter \"{name}\" is not supported: {instead}.");
                Some(Objection::Told(told))
            }
            _ => None,
        },
        None => Some(unknown::told(name).map_or(Objection::Untold, Objection::Told)),
    }
}

/// Everything that stands against parameters.
pub(super) fn objections(parameters: &Parameters) -> Vec<String> {
    let (mut told, mut untold) = (Vec::new(), 0);
    for (name, value) in parameters {
        match objection(name, value) {
            Some(Objection::Told(text)) => told.push(text),
            Some(Objection::Untold) => untold += 1,
            None => {}
        }
    }
    if untold > 0 {
        told.push(unknown::untold(untold));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do() {
        for parameter in PARAMETERS {
            assert_eq!(objection(parameter.name, ""), None);
            let objection = objection(parameter.name, "x");
            match parameter.support {
                Support::Supported => assert_eq!(objection, None),
                Support::Refused(instead) => {
                    let Some(Objection::Told(told)) = objection else {
                        panic!("{objection:?}");
                    };
                    assert!(told.contains(parameter.name) && told.contains(instead));
                }
            }
        }
    }

    #[test]
    fn the_documents_tell_of_each() {
        let documents = include_str!("../../../docs/connections.md");
        let rows = documents.lines().filter(|line| line.starts_with("| `"));
        let rows: Vec<&str> = rows.collect();
        for parameter in PARAMETERS {
            let name = parameter.name;
            let variable = parameter.variable.map(|it| format!("`{it}` "));
            let start = format!("| `{name}` | {}|", variable.unwrap_or_default());
            let row = rows.iter().find(|row| row.starts_with(&start));
            let row = row.unwrap_or_else(|| panic!("no row \"{start}\""));
            let refused = row.contains("| refused: ");
            assert_eq!(refused, parameter.support != Support::Supported, "{row}");
        }
    }

    #[test]
    fn names_and_variables_are_unique() {
        let mut names: Vec<&str> = PARAMETERS.iter().map(|it| it.name).collect();
        let mut known: Vec<&str> = variables().map(|(variable, _)| variable).collect();
        for list in [&mut names, &mut known] {
            let count = list.len();
            list.sort_unstable();
            list.dedup();
            assert_eq!(list.len(), count);
        }
    }
}
