//! The addresses of a host. `localhost` is this machine whatever the resolver says, and also where there is none, as in
//! an empty root directory.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::net::lookup_host;

use crate::access::Place;

/// Where to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// The Unix socket of the place.
    Socket,
    /// An address of the network.
    Network(IpAddr),
}

/// Finds the addresses of a place, in the resolver's order.
pub(super) async fn lookup(place: &Place) -> io::Result<Vec<Address>> {
    let name = match place {
        Place::Socket(_) => return Ok(vec![Address::Socket]),
        Place::Known(_, address) | Place::Address(address) => {
            return Ok(vec![Address::Network(*address)]);
        }
        Place::Name(name) => name,
    };
    if name.eq_ignore_ascii_case("localhost") {
        let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok(addresses.map(Address::Network).to_vec());
    }
    let mut addresses = Vec::new();
    for found in lookup_host((name.as_str(), 0)).await? {
        let address = Address::Network(found.ip());
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
    }
    Ok(addresses)
}
