//! Connection strings and the environment variables of libpq as named parameters. Pure.
//!
//! Both forms of <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING> are read. What the
//! parameters mean, and which of them are supported, is `settings`.

use std::collections::BTreeMap;

/// Parameters by libpq's names.
pub(crate) type Parameters = BTreeMap<String, String>;

/// White space as libpq has it: all else belongs to a value.
pub(crate) const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

/// Reads a connection string, in URL or keyword form. The error never repeats a value, which may be a password.
pub(crate) fn parse(text: &str) -> Result<Parameters, String> {
    match text
        .strip_prefix("postgres://")
        .or_else(|| text.strip_prefix("postgresql://"))
    {
        Some(rest) => parse_url(rest),
        None if text.contains("://") => {
            Err("its scheme is neither postgres:// nor postgresql://".to_owned())
        }
        None => parse_keywords(text),
    }
}

fn parse_url(rest: &str) -> Result<Parameters, String> {
    let mut parameters = Parameters::new();
    // As in libpq, an "@" before any "/" ends credentials, and a "?" in them begins no parameters.
    let credentials = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => at,
        _ => 0,
    };
    let question = rest[credentials..].find('?').map(|at| credentials + at);
    let (rest, query) = match question {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    // Part of a password or of the database's name? Guessing would send a password to a host that is none.
    if database.contains('@') {
        return Err(
            "an \"@\" comes after a \"/\": write \"/\" as %2F in a user or a password, and \"@\" as %40 elsewhere".to_owned(),
        );
    }
    // A password may hold an unescaped "@": the last one ends it.
    let (credentials, hosts) = authority
        .rsplit_once('@')
        .map_or((None, authority), |(before, after)| (Some(before), after));
    if let Some(credentials) = credentials {
        let (user, password) = credentials
            .split_once(':')
            .map_or((credentials, None), |(user, password)| {
                (user, Some(password))
            });
        insert(&mut parameters, "user", user)?;
        if let Some(password) = password {
            insert(&mut parameters, "password", password)?;
        }
    }
    insert(&mut parameters, "dbname", database)?;
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = host_and_port(host)?;
        names.push(name);
        ports.push(port);
    }
    insert(&mut parameters, "host", &names.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        insert(&mut parameters, "port", &ports.join(","))?;
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| "a parameter after \"?\" has no value".to_owned())?;
        let (key, value) = match (decode(key)?, decode(value)?) {
            // As JDBC writes it.
            (key, value) if key == "ssl" && value == "true" => {
                ("sslmode".to_owned(), "require".to_owned())
            }
            pair => pair,
        };
        parameters.insert(key, value);
    }
    Ok(parameters)
}

/// `host:port`, with an IPv6 address in brackets.
fn host_and_port(text: &str) -> Result<(&str, &str), String> {
    let bracketed = || "an IPv6 address is not in brackets, as in [::1]:5432".to_owned();
    if let Some(rest) = text.strip_prefix('[') {
        let (name, rest) = rest.split_once(']').ok_or_else(bracketed)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((name, port)),
            None if rest.is_empty() => Ok((name, "")),
            None => Err(bracketed()),
        };
    }
    match text.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(bracketed()),
        Some((name, port)) => Ok((name, port)),
        None => Ok((text, "")),
    }
}

fn insert(parameters: &mut Parameters, key: &str, value: &str) -> Result<(), String> {
    if !value.is_empty() {
        parameters.insert(key.to_owned(), decode(value)?);
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, String> {
    let bad = || "a percent-encoded character is malformed".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = tail
                .get(..2)
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .ok_or_else(bad)?;
            let byte = u8::from_str_radix(digits, 16).map_err(|_| bad())?;
            if byte == 0 {
                return Err("it holds %00, which no value can".to_owned());
            }
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

fn parse_keywords(text: &str) -> Result<Parameters, String> {
    let mut parameters = Parameters::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let neither = || {
            "it is neither a URL (postgres://…) nor a list of keywords (host=… dbname=…)".to_owned()
        };
        let (key, tail) = rest.split_once('=').ok_or_else(neither)?;
        let (value, tail) = keyword_value(tail.trim_start_matches(is_blank))?;
        let key = key.trim_matches(is_blank);
        // A URL without its beginning.
        if parameters.is_empty() && key.contains([':', '/', '@', '?']) {
            return Err(neither());
        }
        // It may begin with the rest of a password that is not in quotes.
        if key.contains(is_blank) {
            return Err("white space stands before a \"=\" or in a value without quotes: write key='a value'".to_owned());
        }
        parameters.insert(key.to_owned(), value);
        rest = tail.trim_start_matches(is_blank);
    }
    Ok(parameters)
}

/// A value is a run without spaces, or quoted; a backslash takes the next character as it is.
fn keyword_value(text: &str) -> Result<(String, &str), String> {
    let (quoted, body) = text
        .strip_prefix('\'')
        .map_or((false, text), |body| (true, body));
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            '\'' if quoted => return Ok((value, &body[at + 1..])),
            blank if is_blank(blank) && !quoted => return Ok((value, &body[at..])),
            other => value.push(other),
        }
    }
    if quoted {
        Err("a quoted value does not end".to_owned())
    } else {
        Ok((value, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let expect: Parameters = expect
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(parse(text), Ok(expect), "{text}");
    }

    #[test]
    fn urls() {
        check("postgres://", &[]);
        check("postgresql://h", &[("host", "h")]);
        check(
            "postgres://u:p%40s@h:6543/d?sslmode=disable&application_name=a%20b",
            &[
                ("user", "u"),
                ("password", "p@s"),
                ("host", "h"),
                ("port", "6543"),
                ("dbname", "d"),
                ("sslmode", "disable"),
                ("application_name", "a b"),
            ],
        );
        check(
            "postgres://a,b:2/d",
            &[("host", "a,b"), ("port", ",2"), ("dbname", "d")],
        );
        check(
            "postgres://[::1]:5433/d",
            &[("host", "::1"), ("port", "5433"), ("dbname", "d")],
        );
        check("postgres://[::1]/d", &[("host", "::1"), ("dbname", "d")]);
        check(
            "postgres://%2Ftmp%2Fsocket/d",
            &[("host", "/tmp/socket"), ("dbname", "d")],
        );
        check(
            "postgres://u@[::1]:5433,[fe80::1]/d?ssl=true",
            &[
                ("user", "u"),
                ("host", "::1,fe80::1"),
                ("port", "5433,"),
                ("dbname", "d"),
                ("sslmode", "require"),
            ],
        );
        check(
            "postgres://u:a?b=c@h/d?sslmode=allow",
            &[
                ("user", "u"),
                ("password", "a?b=c"),
                ("host", "h"),
                ("dbname", "d"),
                ("sslmode", "allow"),
            ],
        );
        check(
            "postgres://h/d?user=a@b",
            &[("host", "h"), ("dbname", "d"), ("user", "a@b")],
        );
        check(
            "postgres:///d?host=/tmp&port=5",
            &[("dbname", "d"), ("host", "/tmp"), ("port", "5")],
        );
    }

    #[test]
    fn every_character_of_a_password_can_be_written() {
        for character in (1..=0x2ff).filter_map(char::from_u32) {
            let mut bytes = [0; 4];
            let encoded = character
                .encode_utf8(&mut bytes)
                .bytes()
                .fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
            let password = format!("a{character}b");
            check(
                &format!("postgres://u:a{encoded}b@h/d"),
                &[
                    ("user", "u"),
                    ("password", &password),
                    ("host", "h"),
                    ("dbname", "d"),
                ],
            );
        }
    }

    #[test]
    fn keywords() {
        check("", &[]);
        check(
            "host = h  port=1 dbname='my db'",
            &[("host", "h"), ("port", "1"), ("dbname", "my db")],
        );
        check(
            r"password='it\'s' user=a\ b",
            &[("password", "it's"), ("user", "a b")],
        );
        check(
            "password=a\u{a0}b\u{2003}\x0bdbname=''\tuser=\u{85}",
            &[
                ("password", "a\u{a0}b\u{2003}"),
                ("dbname", ""),
                ("user", "\u{85}"),
            ],
        );
    }

    #[test]
    fn errors_do_not_repeat_the_text() {
        for text in [
            "mysql://u:secret@h",
            "postgres://u:%zzsecret@h",
            "postgres://u:secret%00@h",
            "postgres://u:secret%+f@h",
            "postgres://u:secret@::1/d",
            "postgres://u:secret@[::1/d",
            "postgres://u:secret@[::1]5/d",
            "postgres://u:secret/1@h/d",
            "postgres://u:1/secret@h/d",
            "postgres://u:p@ss/secret@h/d",
            "host=h password=correct secret user=app",
            "app:secret=@db:5432/app",
            "postgres:/app:secret=@db/app",
            "secret",
            "password='secret",
        ] {
            let error = parse(text).expect_err(text);
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
