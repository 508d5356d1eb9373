//! Throwaway servers, as tests and benches start them.

use std::path::Path;
use std::thread;

use migrator_dev::server::{Durability, Mode, Options, Origin, Place, Server};
use postgres::{Client, NoTls};

use super::{answers, is_empty, open_folder, value};

fn start(options: &Options) -> Server {
    Server::start(options).unwrap_or_else(|error| panic!("{error}: {:?}", error.detail()))
}

#[test]
fn two_servers_run_at_once_and_leave_nothing_behind() {
    let folder = open_folder();
    let options = Options {
        place: Place::Folder(folder.path().to_owned()),
        ..Options::from_environment()
    };
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| start(&options));
        let second = scope.spawn(|| start(&options));
        (
            first.join().expect("started"),
            second.join().expect("started"),
        )
    });
    assert_ne!(first.port(), second.port());
    for server in [&first, &second] {
        let version = value(
            &server.url("postgres"),
            "SELECT current_setting('server_version')",
        );
        assert!(version.starts_with(server.version()), "{version}");
        let data = value(
            &server.url("postgres"),
            "SELECT current_setting('data_directory')",
        );
        assert_eq!(Path::new(&data), server.data_dir());
    }
    let ports = [first.port(), second.port()];
    drop(first);
    assert!(!answers(ports[0]) && answers(ports[1]));
    drop(second);
    assert!(!answers(ports[1]));
    assert!(is_empty(folder.path()));
}

#[test]
fn the_socket_and_a_database_of_any_name_can_be_used() {
    let server = start(&Options::from_environment());
    server
        .create_database("odd \"name\"")
        .expect("a new database");
    let mut client = Client::configure()
        .host_path(server.socket_dir())
        .port(server.port())
        .user("postgres")
        .dbname("odd \"name\"")
        .connect(NoTls)
        .expect("a socket that answers");
    let row = client
        .query_one("SELECT current_database()::text", &[])
        .expect("a row");
    assert_eq!(row.get::<_, String>(0), "odd \"name\"");
    let again = server
        .create_database("odd \"name\"")
        .expect_err("it exists");
    assert!(
        again.detail().expect("a detail").contains("already exists"),
        "{again:?}"
    );
}

#[test]
fn a_restarted_server_keeps_its_port_and_its_data() {
    let mut server = start(&Options::from_environment());
    let url = server.url("postgres");
    Client::connect(&url, NoTls)
        .and_then(|mut client| client.batch_execute("CREATE TABLE kept AS SELECT 'kept' AS word"))
        .expect("a table");
    for mode in [Mode::Fast, Mode::Immediate, Mode::Kill] {
        let before = server.pid();
        // A session in the middle of something must not hold a stop up.
        let mut client = Client::connect(&url, NoTls).expect("a session");
        client
            .batch_execute("BEGIN; LOCK TABLE kept")
            .expect("a transaction");
        server
            .restart(mode)
            .unwrap_or_else(|error| panic!("{mode:?}: {error}: {:?}", error.detail()));
        assert_ne!(server.pid(), before, "{mode:?}");
        assert!(client.batch_execute("COMMIT").is_err(), "{mode:?}");
        assert_eq!(value(&url, "SELECT word FROM kept"), "kept", "{mode:?}");
    }
    server.stop(Mode::Fast).expect("a stop");
    assert_eq!(server.pid(), None);
    assert!(!answers(server.port()));
    server.start_again().expect("a start");
    assert!(answers(server.port()));
}

#[test]
fn settings_and_durability_are_what_was_asked_for() {
    let options = Options {
        durability: Durability::Full,
        settings: vec![("work_mem".into(), "7MB".into())],
        ..Options::from_environment()
    };
    let url = start(&options);
    let setting = |name: &str| {
        value(
            &url.url("postgres"),
            &format!("SELECT current_setting('{name}')"),
        )
    };
    assert_eq!(
        (setting("fsync").as_str(), setting("work_mem").as_str()),
        ("on", "7MB")
    );
    assert_eq!(setting("listen_addresses"), "127.0.0.1");
}

#[test]
fn a_server_that_does_not_start_says_why_and_leaves_nothing_behind() {
    let folder = open_folder();
    let options = Options {
        place: Place::Folder(folder.path().to_owned()),
        settings: vec![("no_such_setting".into(), "1".into())],
        ..Options::from_environment()
    };
    let error = Server::start(&options).expect_err("an unknown setting");
    assert_eq!(error.to_string(), "could not start a throwaway server");
    assert!(
        error
            .detail()
            .expect("a detail")
            .contains("no_such_setting"),
        "{error:?}"
    );
    assert!(is_empty(folder.path()));
}

/// Takes two seconds the first time; afterwards the package is in the cache. Where the registry cannot be reached,
/// the error is what is tested.
#[test]
fn the_download_runs_or_says_why_there_is_none() {
    let options = Options {
        origin: Origin::Download,
        ..Options::from_environment()
    };
    match Server::start(&options) {
        Ok(server) => {
            assert_eq!(server.installation().major(), 18);
            assert_eq!(
                value(&server.url("postgres"), "SHOW server_version"),
                server.version()
            );
        }
        Err(error) => {
            assert!(
                error.to_string().starts_with("could not download"),
                "{error}: {:?}",
                error.detail()
            );
            assert!(error.detail().is_some() && error.hint().is_some());
        }
    }
}
