//! The lists of hosts, addresses and ports as one list of hosts. Pure.

use std::net::IpAddr;

use crate::access::{Host, Place};
use crate::conninfo::Parameters;

/// PostgreSQL's port.
const PORT: u16 = 5432;

/// Reads the hosts, or tells everything that is wrong with them.
pub(super) fn hosts(parameters: &Parameters) -> Result<Vec<Host>, Vec<String>> {
    let list = |key: &str| -> Vec<&str> {
        let value = parameters.get(key).map_or("", String::as_str);
        if value.is_empty() {
            Vec::new()
        } else {
            value.split(',').map(str::trim).collect()
        }
    };
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = names.len().max(addresses.len());
    let mut problems = Vec::new();
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        problems.push(format!(
            "There are {} hosts in \"host\" and {} in \"hostaddr\".",
            names.len(),
            addresses.len()
        ));
    }
    if ports.len() > 1 && ports.len() != count {
        problems.push(format!(
            "There are {} ports in \"port\" and {count} hosts.",
            ports.len()
        ));
    }
    let mut hosts = Vec::new();
    for at in 0..count {
        let name = names.get(at).copied().unwrap_or_default();
        let address = addresses.get(at).copied().unwrap_or_default();
        let written = ports.get(at).or(ports.first()).copied().unwrap_or_default();
        match (place(name, address), port(written)) {
            (Ok(place), Ok(port)) => hosts.push(Host {
                place,
                port,
                password: None,
            }),
            (place, port) => problems.extend(place.err().into_iter().chain(port.err())),
        }
    }
    problems.dedup();
    if problems.is_empty() {
        Ok(hosts)
    } else {
        Err(problems)
    }
}

fn place(name: &str, address: &str) -> Result<Place, String> {
    if name.starts_with('@') {
        return Err(
            "Parameter \"host\" names an abstract socket, which is not supported: use one with a path.".to_owned(),
        );
    }
    if [name, address]
        .iter()
        .any(|it| it.contains('%') && it.contains(':'))
    {
        return Err(
            "An IPv6 address with a zone, as in fe80::1%eth0, is not supported: use one without."
                .to_owned(),
        );
    }
    let address: Option<IpAddr> = match address {
        "" => None,
        address => Some(address.parse().map_err(|_| {
            format!("Parameter \"hostaddr\" holds \"{address}\", which is no IP address.")
        })?),
    };
    match (name, address) {
        ("", None) => Err("Parameter \"host\" names a host without a name.".to_owned()),
        ("", Some(address)) => Ok(Place::Address(address)),
        (folder, None) if folder.starts_with('/') => Ok(Place::Socket(folder.into())),
        // The address leads to the server, and the folder is no name of it.
        (folder, Some(address)) if folder.starts_with('/') => Ok(Place::Address(address)),
        (name, None) => Ok(Place::Name(name.to_owned())),
        (name, Some(address)) => Ok(Place::Known(name.to_owned(), address)),
    }
}

/// A port; what is not one is not repeated, because in a malformed URL it may be part of the password.
fn port(text: &str) -> Result<u16, String> {
    match text {
        "" => Ok(PORT),
        text => text
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| "Parameter \"port\" is no number from 1 to 65535.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[(&str, &str)], expected: Result<&str, &str>) {
        let parameters: Parameters = text
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let found = hosts(&parameters)
            .map(|hosts| {
                let hosts: Vec<String> = hosts.iter().map(Host::to_string).collect();
                hosts.join(" ")
            })
            .map_err(|problems| problems.join(" "));
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn lists() {
        check(&[("host", "a")], Ok("a:5432"));
        check(&[("host", "a,b"), ("port", "1")], Ok("a:1 b:1"));
        check(&[("host", "a,b"), ("port", "1,2")], Ok("a:1 b:2"));
        check(&[("host", "a,b"), ("port", ",2")], Ok("a:5432 b:2"));
        check(&[("host", "::1,/tmp")], Ok("[::1]:5432 /tmp:5432"));
        check(
            &[("hostaddr", "::1,10.0.0.1")],
            Ok("[::1]:5432 10.0.0.1:5432"),
        );
        check(
            &[("host", "/run/postgresql"), ("hostaddr", "10.0.0.5")],
            Ok("10.0.0.5:5432"),
        );
        check(
            &[("host", "a,b"), ("hostaddr", "10.0.0.1,"), ("port", "7")],
            Ok("a:7 b:7"),
        );
    }

    #[test]
    fn what_is_wrong_with_them() {
        check(
            &[("host", "a,b"), ("port", "1,2,3")],
            Err("There are 3 ports in \"port\" and 2 hosts."),
        );
        check(
            &[("host", "a,b"), ("hostaddr", "10.0.0.1")],
            Err("There are 2 hosts in \"host\" and 1 in \"hostaddr\"."),
        );
        for key in ["host", "hostaddr"] {
            check(
                &[(key, "fe80::1%eth0")],
                Err(
                    "An IPv6 address with a zone, as in fe80::1%eth0, is not supported: use one without.",
                ),
            );
        }
        check(
            &[("host", "a,,b")],
            Err("Parameter \"host\" names a host without a name."),
        );
        check(
            &[("hostaddr", "db"), ("port", "0")],
            Err(
                "Parameter \"hostaddr\" holds \"db\", which is no IP address. \
                 Parameter \"port\" is no number from 1 to 65535.",
            ),
        );
        check(
            &[("host", "@abstract")],
            Err(
                "Parameter \"host\" names an abstract socket, which is not supported: use one with a path.",
            ),
        );
    }
}
