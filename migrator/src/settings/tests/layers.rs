//! What one layer leaves of those below it.

use super::{Database, database, find, with};

#[test]
fn what_is_said_without_a_value_overrides_too() {
    let ours = whoami::username().unwrap();
    let pg = [
        ("PGHOST", "pg"),
        ("PGPORT", "7"),
        ("PGUSER", "pguser"),
        ("PGPASSWORD", "pgpass"),
        ("PGDATABASE", "pgdb"),
        ("PGSERVICEFILE", "/services"),
    ];
    for (text, expected) in [
        ("dbname=d", "pg:7 pguser pgpass d"),
        ("user=''", &format!("pg:7 {ours} pgpass pgdb")),
        ("user='' dbname=", &format!("pg:7 {ours} pgpass {ours}")),
        ("dbname=''", "pg:7 pguser pgpass pguser"),
        ("password=''", "pg:7 pguser - pgdb"),
        ("port=''", "pg:5432 pguser pgpass pgdb"),
        (
            "postgres://?user=&password=",
            &format!("pg:7 {ours} - pgdb"),
        ),
        // Parts of a URL that are left out are not said.
        ("postgres://:@/", "pg:7 pguser pgpass pgdb"),
        ("service=none", &format!("db:5432 {ours} - {ours}")),
        ("service=none user=u", "db:5432 u - u"),
    ] {
        assert_eq!(find(Some(text), &pg).as_deref(), Ok(expected), "{text}");
    }
    for text in ["host=''", "postgres:///d?host="] {
        let refused = find(Some(text), &pg).unwrap_err();
        assert!(
            refused.contains("no database is named"),
            "{text}: {refused}"
        );
    }
    for (text, expected) in [
        (
            "sslmode=''",
            "Parameter \"sslmode\" cannot be \"\", only disable",
        ),
        ("service=''", "service \"\" is not defined"),
        ("schema=''", "Parameter \"schema\" does not exist."),
    ] {
        let refused = find(Some(text), &pg).unwrap_err();
        assert!(refused.contains(expected), "{text}: {refused}");
    }
    // A variable that is empty is not set.
    let variables = [
        pg.as_slice(),
        &[("POSTGRES_USER", ""), ("DATABASE_URL", "")],
    ]
    .concat();
    assert_eq!(find(None, &variables).unwrap(), "pg:7 pguser pgpass pgdb");
}

#[test]
fn a_host_and_its_address_go_together() {
    let place = |flag: Option<&str>, variables: &[(&str, &str)]| -> Result<String, String> {
        let services = [variables, &[("PGSERVICEFILE", "/services")]].concat();
        database(flag, &services).map(|database| {
            let hosts = &database.access.hosts;
            let hosts: Vec<String> = hosts
                .iter()
                .map(|it| format!("{:?} {}", it.place, it.port))
                .collect();
            hosts.join(", ")
        })
    };
    let known = "Known(\"localhost\", 127.0.0.1)";
    let pg = [("PGHOST", "localhost"), ("PGPORT", "6101")];
    let address = [("PGHOSTADDR", "127.0.0.1"), ("PGPORT", "6101")];
    for (flag, variables, expected) in [
        (
            "hostaddr=127.0.0.1",
            pg.as_slice(),
            &*format!("{known} 6101"),
        ),
        ("hostaddr=127.0.0.1 port=1", &pg, &format!("{known} 1")),
        ("host=localhost port=1", &address, &format!("{known} 1")),
        // What names the host names the port.
        ("postgres://u@localhost", &address, &format!("{known} 5432")),
        (
            "service=host hostaddr=10.0.0.1",
            &pg,
            "Known(\"db\", 10.0.0.1) 5432",
        ),
        (
            "service=address host=localhost",
            &address,
            "Known(\"localhost\", 10.0.0.2) 5432",
        ),
        (
            "service=address",
            &pg,
            "Known(\"localhost\", 10.0.0.2) 6101",
        ),
        (
            "hostaddr=''",
            &[pg, address].concat(),
            "Name(\"localhost\") 6101",
        ),
        // Containers' variables are a family of their own, and so is each string.
        (
            "user=u",
            &[("POSTGRES_HOST", "db"), address[0]],
            "Name(\"db\") 5432",
        ),
        (
            "hostaddr=::1",
            &[("POSTGRES_HOST", "db"), address[0]],
            "Known(\"db\", ::1) 5432",
        ),
        (
            "host=other",
            &[("DATABASE_URL", "hostaddr=::1 host=db")],
            "Name(\"other\") 5432",
        ),
    ] {
        assert_eq!(
            place(Some(flag), variables).as_deref(),
            Ok(expected),
            "{flag}"
        );
    }
    let refused = place(Some("host=a,b"), &address).unwrap_err();
    assert!(
        refused.contains("There are 2 hosts in \"host\" and 1 in \"hostaddr\"."),
        "{refused}"
    );
}

#[test]
fn no_address_of_a_pooler_is_meant_for_the_server_itself() {
    for (pooler, server, expected) in [
        (
            ("PGHOSTADDR", "10.0.0.1"),
            "postgres://db",
            "Name(\"db\") 5432",
        ),
        (
            ("PGHOST", "pooler"),
            "hostaddr=10.0.0.2",
            "Address(10.0.0.2) 5432",
        ),
        (
            ("DATABASE_URL", "hostaddr=::1 host=pooler"),
            "host=db",
            "Name(\"db\") 5432",
        ),
        (("PGHOST", "db"), "dbname=x", "Name(\"db\") 6432"),
    ] {
        let found = with(&[pooler, ("PGPORT", "6432")], |environment| {
            Database::find_direct(None, Some(server), environment)
        });
        let hosts = found.unwrap().unwrap().access.hosts;
        let host = hosts.first().unwrap();
        assert_eq!(
            format!("{:?} {}", host.place, host.port),
            expected,
            "{server}"
        );
    }
}

#[test]
fn a_mistyped_name_is_told_before_a_host_is_missed() {
    let variables = [("DATABASE_URL", "hots=db dbname=x")];
    let refused = find(None, &variables).unwrap_err();
    assert!(refused.contains("is it \"host\"?"), "{refused}");
    with(&variables, |environment| {
        let refused = Database::is_named(None, environment).unwrap_err();
        assert!(
            refused.detail().join(" ").contains("is it \"host\"?"),
            "{refused}"
        );
    });
    with(&[("PGREQUIREPEER", "x")], |environment| {
        assert!(!Database::is_named(None, environment).unwrap());
    });
}

#[test]
fn a_service_stands_where_the_string_that_names_it_does() {
    let weaker = [
        ("DATABASE_URL", "postgres://prod:secret@prod:9/prod"),
        ("POSTGRES_HOST", "container"),
        ("PGSERVICE", "address"),
        ("PGSERVICEFILE", "/services"),
    ];
    for (flag, expected) in [
        (None, "prod:9 prod secret prod"),
        (Some("service=host"), "db:5432 prod secret prod"),
        (Some("service=host user=u"), "db:5432 u secret prod"),
        (Some("service=host host=h port=1"), "h:1 prod secret prod"),
        (
            Some("service=nowhere"),
            "service \"nowhere\" is not defined",
        ),
    ] {
        let found = find(flag, &weaker).unwrap_or_else(|error| error);
        assert!(found.starts_with(expected), "{flag:?}: {found}");
    }
    let direct = with(&weaker, |environment| {
        Database::find_direct(None, Some("service=host"), environment)
    });
    assert_eq!(direct.unwrap().unwrap().access.shown(), "db:5432");
    // The variable's stands below everything but variables.
    let variables = [("PGSERVICE", "host"), ("PGSERVICEFILE", "/services")];
    let found = find(Some("dbname=d user=u"), &variables);
    assert_eq!(found.as_deref(), Ok("db:5432 u - d"));
}
