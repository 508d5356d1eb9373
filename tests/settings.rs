//! Where a process learns which database it is to use.

use crate::support::{Call, Database, History};

fn history() -> History {
    History::new(&[("V1__a.sql", "CREATE TABLE a ();")])
}

/// Runs with nothing but these variables, and expects the database to be found by them.
fn finds(database: &Database, variables: &[(&str, &str)]) {
    let history = history();
    let call = |arguments: &[&str]| -> Call {
        let call = history.call(arguments);
        variables
            .iter()
            .fold(call, |call, (name, value)| call.variable(name, value))
    };
    call(&["up"]).run().exits(0);
    assert!(
        database.has("a"),
        "another database was migrated by {variables:?}"
    );
}

#[test]
fn the_variables_of_containers() {
    let database = Database::fresh();
    let (host, port) = database.place();
    finds(
        &database,
        &[
            ("POSTGRES_HOST", &host),
            ("POSTGRES_PORT", &port),
            ("POSTGRES_USER", "postgres"),
            ("POSTGRES_PASSWORD", "any"),
            ("POSTGRES_DB", database.name()),
        ],
    );
}

#[test]
fn the_variables_of_libpq() {
    let database = Database::fresh();
    let (host, port) = database.place();
    finds(
        &database,
        &[
            ("PGHOST", &host),
            ("PGPORT", &port),
            ("PGUSER", "postgres"),
            ("PGDATABASE", database.name()),
            ("PGAPPNAME", "mine"),
        ],
    );
    assert_eq!(
        database.value("SELECT application FROM migrator_journal"),
        "mine"
    );
}

#[test]
fn a_url_overrides_single_variables_and_a_flag_overrides_all() {
    let database = Database::fresh();
    let wrong = database.url().replace(database.name(), "wrong");
    finds(
        &database,
        &[
            ("POSTGRES_HOST", "nowhere.invalid"),
            ("PGPORT", "1"),
            ("DATABASE_URL", &database.url()),
        ],
    );
    finds(
        &database,
        &[
            ("DATABASE_URL", &wrong),
            ("MIGRATOR_DATABASE_URL", &database.url()),
        ],
    );
    history()
        .call(&["check", "--url", &database.url()])
        .variable("MIGRATOR_DATABASE_URL", &wrong)
        .run()
        .exits(0);
}

#[test]
fn the_keyword_form() {
    let database = Database::fresh();
    let (host, port) = database.place();
    let keywords = format!(
        "host={host} port={port} user=postgres dbname='{}'",
        database.name()
    );
    finds(&database, &[("DATABASE_URL", &keywords)]);
}

#[test]
fn an_address_goes_with_the_host_of_a_url() {
    let database = Database::fresh();
    let (host, port) = database.place();
    let name = database.name();
    finds(
        &database,
        &[
            ("PGHOSTADDR", &host),
            (
                "DATABASE_URL",
                &format!("postgres://postgres@nowhere.invalid:{port}/{name}"),
            ),
        ],
    );
    let other = Database::fresh();
    let keywords = format!("hostaddr={host} user=postgres dbname={}", other.name());
    finds(
        &other,
        &[
            ("PGHOST", "nowhere.invalid"),
            ("PGPORT", &port),
            ("DATABASE_URL", &keywords),
        ],
    );
}

#[test]
fn what_is_said_without_a_value_overrides_too() {
    let database = Database::fresh();
    let (host, port) = database.place();
    let keywords = format!(
        "host={host} port={port} user=postgres dbname={} options='' sslcert=''",
        database.name()
    );
    finds(
        &database,
        &[
            ("PGOPTIONS", "-c no.such"),
            ("PGSSLCERT", "/nowhere"),
            ("DATABASE_URL", &keywords),
        ],
    );
}

/// It takes nothing of what we put beside it with it.
#[test]
fn options_that_end_in_a_backslash() {
    let database = Database::fresh();
    let url = database.url();
    finds(
        &database,
        &[
            ("DATABASE_URL", &url),
            ("PGOPTIONS", "-c search_path=public\\"),
        ],
    );
}

#[test]
fn files_hold_what_nobody_should_see() {
    let database = Database::fresh();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("url");
    std::fs::write(&file, format!("{}\n", database.url())).expect("our own folder");
    finds(
        &database,
        &[("DATABASE_URL_FILE", file.to_str().expect("UTF-8"))],
    );
    let missing = history()
        .call(&["up"])
        .variable("DATABASE_URL_FILE", folder.path().join("missing"))
        .run()
        .exits(2);
    assert!(missing.stderr.contains("DATABASE_URL_FILE"), "{missing}");
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    let database = Database::fresh();
    for parameter in [
        "sslmode=verify-full",
        "sslrootcert=/ca.pem",
        "sslpassword=x",
        "requirepeer=postgres",
        "schema=s",
    ] {
        let url = format!("{}?{parameter}", database.url());
        let name = parameter.split('=').next().expect("a name");
        let ran = history().call(&["up", "--url", &url]).run();
        assert!(
            ran.code == 2 && ran.stderr.contains(name),
            "{parameter}: {ran}"
        );
    }
}
