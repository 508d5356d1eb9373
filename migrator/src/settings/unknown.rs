//! Names that are no parameter. Such a name may be part of a password, behind a blank or an `&` that nobody has escaped:
//! it is repeated only where it can hardly be.

use super::parameter::PARAMETERS;

/// Parameters that other drivers have, and connection strings are copied with.
const ELSEWHERE: &[&str] = &[
    "adapter",
    "application",
    "applicationname",
    "async_fallback",
    "binary_parameters",
    "binarytransfer",
    "charset",
    "command_timeout",
    "conn_max_age",
    "connect_timeout_ms",
    "connection_limit",
    "connectiontimeout",
    "currentschema",
    "database",
    "db",
    "default_query_exec_mode",
    "description_cache_capacity",
    "driver",
    "encoding",
    "hostname",
    "idle_in_transaction_session_timeout",
    "idle_timeout",
    "lock_timeout",
    "logintimeout",
    "max",
    "max_connections",
    "max_lifetime",
    "maxpoolsize",
    "min_connections",
    "minpoolsize",
    "pass",
    "passwd",
    "pgbouncer",
    "pool",
    "pool_health_check_period",
    "pool_max_conn_idle_time",
    "pool_max_conn_lifetime",
    "pool_max_conns",
    "pool_min_conns",
    "pool_mode",
    "pool_size",
    "pool_timeout",
    "pooling",
    "prefer_simple_protocol",
    "prepared_statement_cache_size",
    "prepared_statements",
    "preparethreshold",
    "query_timeout",
    "rewritebatchedinserts",
    "role",
    "schema",
    "schema_search_path",
    "search_path",
    "server",
    "servername",
    "single_use_connections",
    "socket",
    "socket_timeout",
    "sockettimeout",
    "ssl",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "sslaccept",
    "sslfactory",
    "sslidentity",
    "statement-cache-capacity",
    "statement_cache_capacity",
    "statement_cache_mode",
    "statement_cache_size",
    "statement_timeout",
    "stringtype",
    "targetservertype",
    "tcpkeepalive",
    "timeout",
    "timezone",
    "tls",
    "uselibpqcompat",
    "username",
    "workaround",
    "x-migrations-table",
    "x-multi-statement",
    "x-statement-timeout",
];

/// What is said of a name, if it can be repeated.
pub(super) fn told(name: &str) -> Option<String> {
    if let Some(nearest) = nearest(name) {
        let told = format!("Parameter \"{name}\" does not exist; is it \"{nearest}\"?");
        return Some(told);
    }
    let known = ELSEWHERE.contains(&name.to_ascii_lowercase().as_str());
    known.then(|| format!("Parameter \"{name}\" does not exist."))
}

/// What is said of names that cannot be repeated.
pub(super) fn untold(count: usize) -> String {
    let subject = match count {
        1 => "A parameter does not exist, and is not repeated here, as it".to_owned(),
        count => format!("{count} parameters do not exist, and are not repeated here, as each"),
    };
    format!(
        "{subject} may be part of a password: write \"&\" as %26 in a URL, and a value with blanks in quotes."
    )
}

/// The name that was meant, if one is near enough: so near that nothing but its spelling is shown with it.
fn nearest(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '-'], "");
    if !is_word(name) {
        return None;
    }
    let name = plain(name);
    let near = PARAMETERS.iter().map(|parameter| {
        let other = plain(parameter.name);
        let distance = if is_swap(&name, &other) {
            1
        } else {
            distance(&name, &other)
        };
        (distance, parameter.name)
    });
    let (distance, nearest) = near.min()?;
    (distance <= 1 + name.len() / 8).then_some(nearest)
}

/// Whether these are characters of a name.
fn is_word(text: &str) -> bool {
    let fits = |it: char| it.is_ascii_alphanumeric() || "_-".contains(it);
    text.chars().all(fits)
}

/// Whether two letters that stand side by side have changed places.
fn is_swap(one: &str, other: &str) -> bool {
    let pairs = one.chars().zip(other.chars()).enumerate();
    let unlike: Vec<(usize, (char, char))> = pairs.filter(|(_, (a, b))| a != b).collect();
    one.len() == other.len()
        && matches!(unlike.as_slice(), [(at, (a, b)), (next, (c, d))]
            if at + 1 == *next && a == d && b == c)
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
            ("target-session-attr", Some("target_session_attrs")),
            ("hots", Some("host")),
            ("pasword", Some("password")),
            ("aplication_name", Some("application_name")),
            ("database", None),
            ("username", None),
            ("nonsense", None),
            // As near as some passwords are.
            ("test", None),
            ("pass", None),
            ("", None),
        ] {
            assert_eq!(nearest(name), expected, "{name}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }

    #[test]
    fn what_may_be_a_password_is_not_repeated() {
        for (name, expected) in [
            (
                "hots",
                Some("Parameter \"hots\" does not exist; is it \"host\"?"),
            ),
            ("schema", Some("Parameter \"schema\" does not exist.")),
            (
                "currentSchema",
                Some("Parameter \"currentSchema\" does not exist."),
            ),
            ("ETPART", None),
            ("app:c2VjcmV0cHc", None),
            ("correct horse", None),
            ("h:ost", None),
        ] {
            assert_eq!(told(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_names_of_others_are_none_of_ours() {
        for name in ELSEWHERE {
            assert!(PARAMETERS.iter().all(|it| it.name != *name), "{name}");
            assert_eq!(*name, name.to_ascii_lowercase(), "{name}");
        }
    }
}
