//! A pooler between us and the server. In transaction mode each query may run in another session, so no lock can be
//! held, and nothing runs; in session mode all is as without it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::support::{Database, History, Pool, PoolMode, assert_shown};

/// What a pooler in transaction mode does to one client, at its worst: two sessions take turns.
/// The messages are those of <https://www.postgresql.org/docs/current/protocol-message-formats.html>.
fn pool(mut client: TcpStream, server: &str) -> std::io::Result<()> {
    let startup = body(&mut client)?;
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let mut session = TcpStream::connect(server)?;
        session.write_all(&startup)?;
        let greeting = answer(&mut session)?;
        if sessions.is_empty() {
            client.write_all(&greeting)?;
        }
        sessions.push(session);
    }
    for session in (0..sessions.len()).cycle() {
        let (kind, message) = message(&mut client)?;
        if kind == b'X' {
            break;
        }
        sessions[session].write_all(&message)?;
        let answer = answer(&mut sessions[session])?;
        client.write_all(&answer)?;
    }
    Ok(())
}

/// Everything up to the message that says that the server waits for the next query.
fn answer(session: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    loop {
        let (kind, message) = message(session)?;
        answer.extend(message);
        if kind == b'Z' {
            return Ok(answer);
        }
    }
}

pub(crate) fn message(stream: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    let mut message = kind.to_vec();
    message.extend(body(stream)?);
    Ok((kind[0], message))
}

/// The length, which counts itself, and the rest.
pub(crate) fn body(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut message = length.to_vec();
    let rest = u32::from_be_bytes(length).saturating_sub(4);
    stream.take(rest.into()).read_to_end(&mut message)?;
    Ok(message)
}

#[test]
fn a_lock_that_cannot_be_held_is_noticed_before_anything_runs() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (host, server_port) = database.place();
    let pooler = thread::spawn(move || {
        let (client, _) = listener.accept().expect("a client");
        pool(client, &format!("{host}:{server_port}"))
    });
    let name = database.name();
    let url = format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
    let ran = history.call(&["up", "--url", &url]).run().exits(2);
    assert_shown("pooler", &ran);
    assert!(!database.has("a") && !database.has("refinery_schema_history"));
    // The client may have closed its side before it said goodbye.
    let _ = pooler.join().expect("a thread");
}

fn history() -> History {
    History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "SET search_path = public;\nCREATE TABLE b ();"),
        ("V2__b.down.sql", "DROP TABLE b;"),
    ])
}

#[test]
fn pgbouncer_in_session_mode_is_as_good_as_the_server() {
    for size in [1, 3] {
        let (database, history) = (Database::fresh(), history());
        let pool = Pool::start(&database, PoolMode::Session, size);
        let up = history.call(&["up", "--url", &pool.url(&database)]);
        up.run().exits(0);
        assert_eq!(database.applied(), [1, 2]);
        let again = history.call(&["up", "--url", &pool.url(&database)]);
        again.run().exits(0);
    }
}

#[test]
fn pgbouncer_in_other_modes_is_refused_before_anything_is_changed() {
    for mode in [PoolMode::Transaction, PoolMode::Statement] {
        for size in [1, 3] {
            let (database, history) = (Database::fresh(), history());
            let name = database.name();
            database.administrate(&format!(
                "ALTER DATABASE {name} SET statement_timeout = '17s'"
            ));
            let pool = Pool::start(&database, mode, size);
            let url = pool.url(&database);
            let call = |arguments: &[&str]| history.call(arguments).variable("DATABASE_URL", &url);
            for arguments in [&["up"][..], &["stamp", "head"]] {
                call(arguments).run().exits(2).says(&[
                    "the lock cannot be held through this connection",
                    "MIGRATOR_DIRECT_URL",
                ]);
            }
            assert!(!database.has("a") && !database.has("refinery_schema_history"));
            let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                         (SELECT oid FROM pg_database WHERE datname = current_database())";
            assert_eq!(database.value(locks), "0");
            // The sessions of the pool are as they were.
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a pool");
            let messages = client
                .simple_query("SHOW statement_timeout")
                .expect("a row");
            let timeout = messages.iter().find_map(|message| match message {
                postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            assert_eq!(timeout, Some("17s"));
            drop(client);
            // Reading goes through it; changing goes to the server that is named.
            call(&["check"]).run().exits(4);
            call(&["up"])
                .variable("MIGRATOR_DIRECT_URL", database.url())
                .run()
                .exits(0);
            assert_eq!(database.applied(), [1, 2]);
            call(&["down", "-1", "--direct-url", &database.url()])
                .run()
                .exits(0);
            call(&["check"]).run().exits(4);
            assert_eq!(database.applied(), [1]);
        }
    }
}
