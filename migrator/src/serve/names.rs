//! Under which names requests are answered. A web page whose name is made to lead to this machine could otherwise read
//! what is shown to its users alone. Pure.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::header::HOST;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Uri};

/// The names that are answered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// All of them: a token decides, or other machines are to ask.
    Any,
    /// Those that no web page can have: addresses and `localhost`.
    Local,
}

impl Names {
    /// Whether a request is for one of them. A browser always says which; what says nothing is none.
    pub(super) fn admit(self, uri: &Uri, headers: &HeaderMap) -> bool {
        if self == Self::Any {
            return true;
        }
        let named = |value: &hyper::header::HeaderValue| {
            let authority = Authority::try_from(value.as_bytes());
            authority.is_ok_and(|authority| is_local(authority.host()))
        };
        uri.host().is_none_or(is_local) && headers.get_all(HOST).iter().all(named)
    }
}

fn is_local(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let v6 = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<Ipv4Addr>().is_ok()
        || v6.is_some_and(|it| it.parse::<Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn admits(uri: &'static str, hosts: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        let uri = Uri::from_static(uri);
        assert!(Names::Any.admit(&uri, &headers));
        Names::Local.admit(&uri, &headers)
    }

    #[test]
    fn only_what_is_no_name_of_the_web_is_local() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "app.localhost",
            "127.0.0.1",
            "127.0.0.1:8080",
            "192.0.2.7:80",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(admits("/", &[host]), "{host}");
        }
        for host in [
            "",
            "elsewhere.example",
            "elsewhere.example:8080",
            "localhost.elsewhere.example",
            "notlocalhost",
            "127.0.0.1.elsewhere.example",
            "127.0.0.1@elsewhere.example",
            "::1",
            "[::1",
            "[elsewhere.example]",
            "local host",
        ] {
            assert!(!admits("/", &[host]), "{host}");
        }
    }

    #[test]
    fn whatever_is_named_counts() {
        assert!(admits("/", &[]));
        assert!(admits("http://localhost:8080/", &["127.0.0.1:8080"]));
        assert!(!admits("http://elsewhere.example/", &["localhost"]));
        assert!(!admits("http://localhost/", &["elsewhere.example"]));
        assert!(!admits("/", &["localhost", "elsewhere.example"]));
    }
}
