//! The parameters of libpq by name: which variable stands for each, and what is said of one that cannot be used. What a
//! value means is `access`.

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

/// What stands against a parameter, if anything does.
pub(super) fn objection(name: &str) -> Option<String> {
    match PARAMETERS.iter().find(|parameter| parameter.name == name) {
        Some(parameter) => match parameter.support {
            Support::Supported => None,
            Support::Refused(instead) => {
                Some(format!("Parameter \"{name}\" is not supported: {instead}."))
            }
        },
        None => Some(match nearest(name) {
            Some(nearest) => {
                format!("Parameter \"{name}\" does not exist; is it \"{nearest}\"?")
            }
            None => format!("Parameter \"{name}\" does not exist."),
        }),
    }
}

/// The name that was meant, if one is near enough.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let near = PARAMETERS
        .iter()
        .map(|parameter| (distance(&name, parameter.name), parameter.name));
    let (distance, nearest) = near.min()?;
    (distance <= 1 + name.len() / 4).then_some(nearest)
}

/// How many letters have to be put in, taken out or changed to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut left = at + 1;
        let mut next = vec![left];
        for (pair, theirs) in row.windows(2).zip(&other) {
            let (diagonal, above) = match pair {
                [diagonal, above] => (*diagonal, *above),
                _ => continue,
            };
            let changed = diagonal + usize::from(letter != *theirs);
            left = changed.min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_by_an_unknown_name() {
        for (name, expected) in [
            ("ssl_mode", Some("sslmode")),
            ("SSLMODE", Some("sslmode")),
            ("ssl_root_cert", Some("sslrootcert")),
            ("database", None),
            ("hots", Some("host")),
            ("username", None),
            ("aplication_name", Some("application_name")),
            ("nonsense", None),
        ] {
            assert_eq!(nearest(name), expected, "{name}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        for parameter in PARAMETERS {
            let objection = objection(parameter.name);
            match parameter.support {
                Support::Supported => assert_eq!(objection, None),
                Support::Refused(instead) => {
                    let objection = objection.unwrap();
                    assert!(objection.contains(parameter.name) && objection.contains(instead));
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
