//! `serve`: a page, a JSON document, probes and metrics over HTTP that say where one database stands.
//!
//! One thread owns the session and reads (`reader`), another answers (`server`, `route`); what they share is a
//! [`View`]. Nothing is ever written to the database, and nothing is asked of it while nobody asks us. Encryption of
//! HTTP is left to whatever stands in front.

mod comparison;
mod html;
mod metrics;
mod names;
mod page;
mod reader;
mod route;
mod server;
mod token;
mod view;

use std::net::{TcpListener, ToSocketAddrs};
use std::path::PathBuf;

use crate::bundle::Bundle;
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::settings::Settings;
use names::Names;
use reader::Reader;
use route::{Site, Written};
use token::Token;

pub(crate) use reader::Reading;
pub(crate) use view::{Compared, Outage, View};

/// Where to listen, and who may ask.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// Host and port.
    pub(crate) address: String,
    /// The file of the token that every request has to carry.
    pub(crate) token_file: Option<PathBuf>,
}

/// Writes a view as a JSON document.
pub(crate) type Document = fn(&View) -> String;

/// Answers until it is asked to stop.
pub(crate) fn serve(
    bundle: &'static Bundle,
    settings: &Settings,
    door: &Door,
    document: Document,
    observer: Observer<'_>,
) -> Result<(), Error> {
    let token = door.token_file.as_deref().map(Token::read).transpose()?;
    let listener = listen(&door.address)?;
    let address = listener
        .local_addr()
        .map_err(|error| unusable(&door.address, &error))?;
    if token.is_none() && !address.ip().is_loopback() {
        log::warn!(
            "{address} can be reached from other machines, and anyone may ask: `--token-file` names the token to ask for"
        );
    }
    let names = match (&token, address.ip().is_loopback()) {
        (None, true) => Names::Local,
        _ => Names::Any,
    };
    let reader = Reader::start(bundle, settings)?;
    let site = Site {
        bundle,
        reader,
        token,
        names,
        document,
        written: Written::default(),
    };
    observer(Event::Listening { address });
    server::run(listener, site, &settings.interrupt)
}

fn listen(address: &str) -> Result<TcpListener, Error> {
    let addresses: Vec<_> = address
        .to_socket_addrs()
        .map_err(|error| unusable(address, &error))?
        .collect();
    let listener =
        TcpListener::bind(addresses.as_slice()).map_err(|error| unusable(address, &error))?;
    listener
        .set_nonblocking(true)
        .map_err(|error| unusable(address, &error))?;
    Ok(listener)
}

fn unusable(address: &str, error: &std::io::Error) -> Error {
    Error::new(
        Kind::Usage,
        format!("cannot listen on \"{address}\": {error}"),
    )
    .with_hint("Name an address of this machine and a free port: `--listen 127.0.0.1:8080`.")
}
