//! The servers on which a folder is proven: started for it, or named by a URL.

use migrator_dev::server::{Error, Server};
use postgres::SimpleQueryMessage;

use super::Arguments;
use super::scratch::said;
use crate::commands::server::Choice;
use crate::failure::Failure;

/// The oldest server that the engine supports.
const OLDEST: u32 = 130_000;

/// A server where databases may be created.
pub(super) struct Place {
    /// Its version, such as `15.8`.
    pub(super) version: String,
    access: Access,
}

enum Access {
    /// Started for the proof, gone with it.
    Started(Server),
    /// Somebody else's.
    Url(String),
}

impl Place {
    /// The servers that the arguments ask for, at least one.
    pub(super) fn choose(arguments: &Arguments, note: fn(&str)) -> Result<Vec<Self>, Failure> {
        if arguments.url.is_some() || arguments.against.is_empty() {
            return Ok(vec![Self::one(
                arguments.url.as_deref(),
                &arguments.server,
            )?]);
        }
        let mut places = Vec::new();
        for major in &arguments.against {
            match arguments.server.start_major(*major) {
                Ok(server) => places.push(Self::of(server)),
                Err(error @ Error::NotInstalled { .. }) => {
                    let why = error.detail().unwrap_or_default();
                    note(&format!("PostgreSQL {major} is left out: {error}. {why}"));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if places.is_empty() {
            return Err(Failure::new(
                "none of these servers is installed, and none can be downloaded",
            )
            .hint("Install one of them, or name a server with --url."));
        }
        Ok(places)
    }

    /// The server of a URL; without one, a server that is started.
    pub(super) fn one(url: Option<&str>, server: &Choice) -> Result<Self, Failure> {
        match url {
            Some(url) => Self::at(url),
            None => Ok(Self::of(server.start()?)),
        }
    }

    fn of(server: Server) -> Self {
        Self {
            version: server.version().to_owned(),
            access: Access::Started(server),
        }
    }

    fn at(url: &str) -> Result<Self, Failure> {
        let failed = |error: postgres::Error| {
            Failure::new("could not reach the server")
                .detail(said(&error))
                .hint("Check --url, or leave it out: then a server is started.")
        };
        let mut client = postgres::Client::connect(url, postgres::NoTls).map_err(failed)?;
        let answers = client
            .simple_query(
                "SELECT current_setting('server_version'), current_setting('server_version_num')",
            )
            .map_err(failed)?;
        let row = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let field = |at| row.and_then(|row| row.get(at)).unwrap_or_default();
        let version = field(0).split_whitespace().next().unwrap_or_default();
        refuse_old(version, field(1).parse().unwrap_or(0))?;
        Ok(Self {
            version: version.to_owned(),
            access: Access::Url(url.to_owned()),
        })
    }

    /// The connection string of a database of this server; without one, of the database for administration.
    pub(super) fn url(&self, database: Option<&str>) -> String {
        match (&self.access, database) {
            (Access::Started(server), database) => server.url(database.unwrap_or("postgres")),
            (Access::Url(url), None) => url.clone(),
            // The last word of a connection string counts.
            (Access::Url(url), Some(database)) if url.contains("://") => {
                let sign = if url.contains('?') { '&' } else { '?' };
                format!("{url}{sign}dbname={database}")
            }
            (Access::Url(url), Some(database)) => format!("{url} dbname={database}"),
        }
    }
}

fn refuse_old(version: &str, number: u32) -> Result<(), Failure> {
    if number >= OLDEST {
        return Ok(());
    }
    Err(Failure::new(format!("PostgreSQL {version} is too old"))
        .detail("Version 13 is the oldest that is supported.")
        .hint("Name another server with --url, or leave it out: then one is started."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_leads_to_another_database() {
        let check = |url: &str, expected| {
            let place = Place {
                version: String::new(),
                access: Access::Url(url.to_owned()),
            };
            assert_eq!(place.url(Some("x")), expected);
            assert_eq!(place.url(None), url);
        };
        check("postgres://a@h/db", "postgres://a@h/db?dbname=x");
        check("postgres://h/db?port=1", "postgres://h/db?port=1&dbname=x");
        check("host=h dbname=db", "host=h dbname=db dbname=x");
    }
}
