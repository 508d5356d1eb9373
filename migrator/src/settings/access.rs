//! What the values of the parameters mean, as libpq understands them. Pure; which names there are is `parameter`, those
//! about TLS are `encryption`.

use std::num::IntErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::ChannelBinding;

use super::Environment;
use super::hosts::hosts;
use super::parameter::objections;
use crate::access::{Access, Attributes, Balance};
use crate::conninfo::{Parameters, is_blank};

/// How long one address may take where no `connect_timeout` is set.
const ATTEMPT: Duration = Duration::from_secs(10);

/// How soon a connection is noticed to be dead where the parameters do not say: in half a minute, not in two hours. With
/// each the most that Linux takes.
const NOTICED_SOON: &[(&str, u64, i32)] = &[
    ("keepalives_idle", 15, 32_767),
    ("keepalives_interval", 5, 32_767),
    ("keepalives_count", 3, 127),
    ("tcp_user_timeout", 30_000, i32::MAX),
];

/// Reads all parameters, or tells everything that is wrong with them.
pub(super) fn access(
    parameters: &Parameters,
    environment: &Environment<'_>,
) -> Result<Access, Vec<String>> {
    let mut reader = Reader {
        parameters,
        problems: objections(parameters),
    };
    let hosts = hosts(parameters).unwrap_or_else(|problems| {
        reader.problems.extend(problems);
        Vec::new()
    });
    let access = Access {
        config: reader.config(),
        hosts,
        attributes: reader.word(
            "target_session_attrs",
            &[
                ("any", Attributes::Any),
                ("read-write", Attributes::ReadWrite),
                ("read-only", Attributes::ReadOnly),
                ("primary", Attributes::Primary),
                ("standby", Attributes::Standby),
                ("prefer-standby", Attributes::PreferStandby),
            ],
        ),
        balance: reader.word(
            "load_balance_hosts",
            &[("disable", Balance::Disable), ("random", Balance::Random)],
        ),
        encryption: reader.encryption(environment),
        limit: match reader.number("connect_timeout", i32::MAX) {
            None => Some(ATTEMPT),
            // As libpq has it: no limit.
            Some(seconds) => u64::try_from(seconds)
                .ok()
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
        },
    };
    if reader.problems.is_empty() {
        Ok(access)
    } else {
        Err(reader.problems)
    }
}

/// Reads values, and notes what is wrong with them.
pub(super) struct Reader<'p> {
    parameters: &'p Parameters,
    pub(super) problems: Vec<String>,
}

impl Reader<'_> {
    /// A text; an empty one counts as absent, as libpq has it. An empty word or number is an error there.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let value = self.parameters.get(key).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    pub(super) fn file(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    fn number(&mut self, key: &str, greatest: i32) -> Option<i32> {
        let text = self.parameters.get(key)?.trim_matches(is_blank);
        let parsed = text.parse::<i32>();
        let told = match &parsed {
            Ok(number) if *number <= greatest => return Some(*number),
            Err(error) if *error.kind() == IntErrorKind::NegOverflow => {
                format!("{} is the least", i32::MIN)
            }
            Err(error) if *error.kind() != IntErrorKind::PosOverflow => "it is a number".to_owned(),
            _ => format!("{greatest} is the most"),
        };
        let problem = format!("Parameter \"{key}\" cannot be \"{text}\": {told}.");
        self.problems.push(problem);
        None
    }

    /// One of a few words; the default where there is none.
    pub(super) fn word<T: Copy + Default>(&mut self, key: &str, words: &[(&str, T)]) -> T {
        self.choice(key, words).unwrap_or_default()
    }

    pub(super) fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.parameters.get(key)?;
        let found = words.iter().find(|(word, _)| word == text);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let known: Vec<&str> = known.filter(|word| !word.is_empty()).collect();
            let problem = format!(
                "Parameter \"{key}\" cannot be \"{text}\", only {}.",
                known.join(", ")
            );
            self.problems.push(problem);
        }
        found.map(|(_, value)| *value)
    }

    fn config(&mut self) -> Config {
        let mut config = Config::new();
        if let Some(user) = self.text("user") {
            config.user(user);
        }
        if let Some(dbname) = self.text("dbname").or(self.text("user")) {
            config.dbname(dbname);
        }
        if let Some(options) = self.text("options") {
            config.options(options);
        }
        let name = self.text("application_name");
        if let Some(name) = name.or(self.text("fallback_application_name")) {
            config.application_name(name);
        }
        let binding = self.choice(
            "channel_binding",
            &[
                ("disable", ChannelBinding::Disable),
                ("prefer", ChannelBinding::Prefer),
                ("require", ChannelBinding::Require),
            ],
        );
        config.channel_binding(binding.unwrap_or(ChannelBinding::Prefer));
        self.keepalives(&mut config);
        self.words_without_effect();
        config
    }

    fn keepalives(&mut self, config: &mut Config) {
        if let Some(keepalives) = self.number("keepalives", i32::MAX) {
            config.keepalives(keepalives != 0);
        }
        for (key, default, greatest) in NOTICED_SOON {
            let number = self.number(key, *greatest);
            // 0 is what the system does by itself; of `keepalives_idle`, the library sets two hours, as most systems do.
            let number = number.map_or(*default, |number| u64::try_from(number).unwrap_or(0));
            if number == 0 {
                continue;
            }
            match *key {
                "keepalives_idle" => config.keepalives_idle(Duration::from_secs(number)),
                "keepalives_interval" => config.keepalives_interval(Duration::from_secs(number)),
                "keepalives_count" => {
                    config.keepalives_retries(u32::try_from(number).unwrap_or(u32::MAX))
                }
                _ => config.tcp_user_timeout(Duration::from_millis(number)),
            };
        }
    }

    /// What may be said, and changes nothing: only what we do anyway is allowed.
    fn words_without_effect(&mut self) {
        if let Some(encoding) = self.text("client_encoding")
            && !["utf8", "utf-8", "auto"].contains(&encoding.to_lowercase().as_str())
        {
            let problem = format!(
                "Parameter \"client_encoding\" cannot be \"{encoding}\": migrations are UTF8."
            );
            self.problems.push(problem);
        }
        self.choice("gssencmode", &[("disable", ()), ("prefer", ())]);
        self.choice("sslcompression", &[("", ()), ("0", ()), ("1", ())]);
        self.choice("min_protocol_version", &[("3.0", ())]);
        self.choice(
            "max_protocol_version",
            &[("3.0", ()), ("3.2", ()), ("latest", ())],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Sni;

    fn read(text: &str) -> Result<Access, String> {
        let parameters = crate::conninfo::parse(&format!("host=h {text}")).unwrap();
        access(&parameters, &Environment::NONE).map_err(|problems| problems.join(" "))
    }

    #[test]
    fn numbers_that_nobody_takes() {
        for (text, expected) in [
            ("keepalives_idle=32767", ""),
            ("keepalives_idle=32768", "\"32768\": 32767 is the most."),
            ("keepalives_interval=32767", ""),
            ("keepalives_interval=40000", "\"40000\": 32767 is the most."),
            ("keepalives_count=127", ""),
            ("keepalives_count=128", "\"128\": 127 is the most."),
            ("tcp_user_timeout=2147483647", ""),
            (
                "tcp_user_timeout=2147483648",
                "\"2147483648\": 2147483647 is the most.",
            ),
            ("connect_timeout=' +7 '", ""),
            ("connect_timeout=-1", ""),
            (
                "connect_timeout=99999999999",
                "\"99999999999\": 2147483647 is the most.",
            ),
            (
                "connect_timeout=-99999999999",
                "\"-99999999999\": -2147483648 is the least.",
            ),
            ("connect_timeout=1.5", "\"1.5\": it is a number."),
            ("keepalives=no", "\"no\": it is a number."),
        ] {
            let key = text.split('=').next().unwrap();
            let found = read(text).map(|_| String::new());
            let expected = match expected {
                "" => Ok(String::new()),
                told => Err(format!("Parameter \"{key}\" cannot be {told}")),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_is_said_without_a_value() {
        for key in [
            "sslmode",
            "sslnegotiation",
            "sslcertmode",
            "channel_binding",
            "target_session_attrs",
            "load_balance_hosts",
            "gssencmode",
            "min_protocol_version",
            "max_protocol_version",
            "connect_timeout",
            "keepalives",
            "keepalives_idle",
            "tcp_user_timeout",
        ] {
            let refused = read(&format!("{key}=''")).map(|_| ()).unwrap_err();
            let expected = format!("Parameter \"{key}\" cannot be \"\"");
            assert!(refused.starts_with(&expected), "{refused}");
        }
        let empty = "sslcert='' sslkey='' sslrootcert='' sslcrl='' options='' application_name='' client_encoding='' \
                     sslcompression='' ssl_min_protocol_version='' ssl_max_protocol_version='' sslpassword=''";
        let found = read(empty).unwrap();
        assert_eq!(found.config.get_options(), None);
        assert_eq!(found.encryption.certificate, None);
        assert_eq!(found.encryption.highest, None);
        // As in libpq, where the name is sent if this is "1".
        assert_eq!(read("sslsni=''").unwrap().encryption.sni, Sni::Withheld);
    }
}
