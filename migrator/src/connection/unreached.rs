//! Why no server was reached: what each host said, and which of it waiting can mend.

use crate::server_error::{Answer, ServerError};

/// One entry for each address that was tried; at least one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unreached {
    tries: Vec<Try>,
}

/// What came of one address.
#[derive(Clone, Debug)]
struct Try {
    place: String,
    failed: Failed,
}

/// Why an attempt failed, with TLS and without.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    /// What decides.
    pub(crate) reason: Reason,
    /// What was said in the other way.
    aside: Option<String>,
}

impl Failed {
    /// A reason, and what was said `how` else.
    pub(super) fn with(reason: Reason, how: &str, other: &Reason) -> Self {
        Self {
            reason,
            aside: Some(format!("{how}: {}", other.message())),
        }
    }
}

impl From<Reason> for Failed {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            aside: None,
        }
    }
}

/// Why an address will not do.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    /// The server, or the way to it.
    Server(ServerError),
    /// TLS.
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "without TLS nothing of it can be wrong")
    )]
    Tls(Fault),
    /// What answers is no PostgreSQL, with TLS or without.
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "only who is asked for TLS shows it at once")
    )]
    Stranger(Fault),
    /// The server is there, and another was wanted (`target_session_attrs`).
    Unwanted(String),
}

/// What is wrong with TLS or with who answers, in three parts. Nothing of it passes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// What a failed attempt means for the rest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// Another host may do, and so may this one a little later.
    Mendable,
    /// No other host is tried, and waiting is in vain.
    Final,
}

/// What PgBouncer says while it has no server, or no room; its SQLSTATE is that of refusals for good
/// (<https://github.com/pgbouncer/pgbouncer/blob/master/src/objects.c>).
const TEMPORARY: &[&str] = &[
    "server login has been failing",
    "pgbouncer cannot connect to server",
    "query_wait_timeout",
    "no more connections allowed",
];

impl Reason {
    pub(crate) fn outlook(&self) -> Outlook {
        let mendable = match self {
            // The server starts or stops, or has no free place
            // (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
            Self::Server(ServerError::Answer(answer)) => match answer.sqlstate.as_str() {
                "57P03" | "57P01" | "57P02" | "53300" => true,
                "08P01" => TEMPORARY.iter().any(|it| answer.message.contains(it)),
                _ => false,
            },
            // In tokio-postgres's words.
            Self::Server(ServerError::Lost(reason)) => {
                !["invalid configuration", "authentication error"]
                    .iter()
                    .any(|beginning| reason.starts_with(beginning))
            }
            Self::Tls(_) | Self::Stranger(_) => false,
            Self::Unwanted(_) => true,
        };
        if mendable {
            Outlook::Mendable
        } else {
            Outlook::Final
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Server(error) => error.message(),
            Self::Tls(fault) | Self::Stranger(fault) => fault.message.clone(),
            Self::Unwanted(what) => what.clone(),
        }
    }
}

impl Unreached {
    /// No attempt was finished.
    pub(crate) fn lost(place: String, reason: &str) -> Self {
        let mut unreached = Self::default();
        let reason = Reason::Server(ServerError::Lost(reason.to_owned()));
        unreached.add(place, reason.into());
        unreached
    }

    /// The session ended before it had answered anything.
    pub(crate) fn ended(place: String, error: ServerError) -> Self {
        let mut unreached = Self::default();
        unreached.add(place, Reason::Server(error).into());
        unreached
    }

    pub(super) fn add(&mut self, place: String, failed: Failed) {
        self.tries.push(Try { place, failed });
    }

    /// What decides: the reason that ended the search, else what the first host said.
    pub(crate) fn reason(&self) -> Option<&Reason> {
        let ended = self
            .tries
            .iter()
            .find(|tried| tried.failed.reason.outlook() == Outlook::Final);
        let decides = ended.or(self.tries.first())?;
        Some(&decides.failed.reason)
    }

    pub(crate) fn outlook(&self) -> Outlook {
        self.reason().map_or(Outlook::Final, Reason::outlook)
    }

    pub(crate) fn message(&self) -> String {
        self.reason().map(Reason::message).unwrap_or_default()
    }

    /// What each address said, where that was not the same of all the hosts that there are.
    pub(crate) fn detail(&self, hosts: usize) -> Vec<String> {
        let message = self.message();
        let told = |it: &Try| it.failed.aside.is_none() && it.failed.reason.message() == message;
        let all_tried = hosts == 1 || self.outlook() == Outlook::Mendable;
        if all_tried && self.tries.iter().all(told) {
            return Vec::new();
        }
        let lines = self.tries.iter().map(|Try { place, failed }| {
            let reason = failed.reason.message();
            match &failed.aside {
                None => format!("{place}: {reason}"),
                Some(aside) => format!("{place}: {reason}; {aside}"),
            }
        });
        lines.collect()
    }

    /// The server's answer, where that decides.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        match self.reason() {
            Some(Reason::Server(ServerError::Answer(answer))) => Some(answer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(reason: &str) -> Reason {
        Reason::Server(ServerError::Lost(reason.to_owned()))
    }

    fn fault() -> Reason {
        Reason::Tls(Fault {
            message: "wrong CA".to_owned(),
            detail: None,
            hint: "Name it.".to_owned(),
        })
    }

    #[test]
    fn what_ended_the_search_decides() {
        let mut unreached = Unreached::lost("a:1".to_owned(), "refused");
        assert_eq!(unreached.message(), "refused");
        assert!(unreached.detail(3).is_empty());
        unreached.add("b:1".to_owned(), lost("refused").into());
        assert!(unreached.detail(3).is_empty());
        assert_eq!(unreached.outlook(), Outlook::Mendable);
        unreached.add("c:1".to_owned(), fault().into());
        assert_eq!(unreached.message(), "wrong CA");
        assert_eq!(unreached.outlook(), Outlook::Final);
        assert_eq!(
            unreached.detail(3),
            ["a:1: refused", "b:1: refused", "c:1: wrong CA"]
        );
        // Who of several it was is not in the message.
        let mut unreached = Unreached::default();
        unreached.add("b:1".to_owned(), fault().into());
        assert!(unreached.detail(1).is_empty());
        assert_eq!(unreached.detail(2), ["b:1: wrong CA"]);
    }

    #[test]
    fn what_waiting_can_mend() {
        assert_eq!(lost("no answer").outlook(), Outlook::Mendable);
        for reason in [
            lost("invalid configuration: password missing"),
            lost("authentication error: server did not use channel binding"),
            fault(),
        ] {
            assert_eq!(reason.outlook(), Outlook::Final, "{reason:?}");
        }
        for (message, expected) in [
            (
                "server login has been failing, try again later (server_login_retry)",
                Outlook::Mendable,
            ),
            ("pgbouncer cannot connect to server", Outlook::Mendable),
            ("query_wait_timeout", Outlook::Mendable),
            (
                "no more connections allowed (max_client_conn)",
                Outlook::Mendable,
            ),
            ("no such database: d", Outlook::Final),
            ("SSL required", Outlook::Final),
        ] {
            let answer = ServerError::Answer(Box::new(Answer::new("08P01", message)));
            assert_eq!(Reason::Server(answer).outlook(), expected, "{message}");
        }
        let standby = Reason::Unwanted("is a standby".to_owned());
        assert_eq!(standby.outlook(), Outlook::Mendable);
    }
}
