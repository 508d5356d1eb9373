//! Layers, files, refusals and secrets, without a real environment.

use std::ffi::OsString;

use super::*;

const SERVICES: &str = "\
[host]
host=db
[address]
hostaddr=10.0.0.2
[none]
host=db
user=
dbname=
password=
options=
";

/// Does something with these variables, and the files of these tests.
fn with<T>(variables: &[(&str, &str)], use_it: impl FnOnce(&Environment<'_>) -> T) -> T {
    let variable = |name: &str| {
        variables
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).into())
    };
    let file = |path: &str| match path {
        "/run/secrets/password" => Ok(b"from file\n".to_vec()),
        "/run/secrets/lines" => Ok(b"secret\nof two lines\n".to_vec()),
        "/services" => Ok(SERVICES.as_bytes().to_vec()),
        _ => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
    };
    use_it(&Environment {
        variable: &variable,
        file: &file,
    })
}

fn database(flag: Option<&str>, variables: &[(&str, &str)]) -> Result<Database, String> {
    let found = with(variables, |environment| Database::find(flag, environment));
    found.map_err(|error| format!("{error}: {}", error.detail().join(" ")))
}

fn find(flag: Option<&str>, variables: &[(&str, &str)]) -> Result<String, String> {
    let access = database(flag, variables)?.access;
    let password = access.hosts.first().unwrap().password.clone();
    Ok(format!(
        "{} {} {} {}",
        access.shown(),
        access.config.get_user().unwrap_or("-"),
        password.unwrap_or("-".to_owned()),
        access.config.get_dbname().unwrap_or("-")
    ))
}

#[test]
fn layers_override_each_other() {
    let pg = [
        ("PGHOST", "pg"),
        ("PGUSER", "pguser"),
        ("PGPASSWORD", "pgpass"),
    ];
    assert_eq!(find(None, &pg).unwrap(), "pg:5432 pguser pgpass pguser");
    let container = [
        ("PGHOST", "pg"),
        ("POSTGRES_HOST", "db"),
        ("POSTGRES_USER", "u"),
        ("POSTGRES_DB", "d"),
    ];
    assert_eq!(find(None, &container).unwrap(), "db:5432 u - d");
    let address = [
        ("PGHOSTADDR", "10.0.0.9"),
        ("PGPORT", "6543"),
        ("POSTGRES_HOST", "10.0.0.1"),
    ];
    assert!(find(None, &address).unwrap().starts_with("10.0.0.1:5432 "));
    let url = [
        ("POSTGRES_HOST", "db"),
        ("POSTGRES_PORT", "1"),
        ("DATABASE_URL", "postgres://a:b@h/x"),
    ];
    assert_eq!(find(None, &url).unwrap(), "h:5432 a b x");
    let own = [
        ("DATABASE_URL", "postgres://a:b@h/x"),
        ("MIGRATOR_DATABASE_URL", "host=own dbname=y"),
    ];
    assert_eq!(find(None, &own).unwrap(), "own:5432 a b y");
    assert_eq!(
        find(Some("postgres://flag:7/z"), &own).unwrap(),
        "flag:7 a b z"
    );
}

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
fn secrets_come_from_files() {
    let file = [
        ("POSTGRES_HOST", "h"),
        ("POSTGRES_USER", "u"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
    ];
    assert_eq!(find(None, &file).unwrap(), "h:5432 u from file u");
    let both = [
        ("POSTGRES_PASSWORD", "x"),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
    ];
    assert!(find(None, &both).unwrap_err().contains("both set"));
    let lines = [("POSTGRES_PASSWORD_FILE", "/run/secrets/lines")];
    let refused = find(None, &lines).unwrap_err();
    assert!(
        refused.contains("more than one line") && !refused.contains("secret"),
        "{refused}"
    );
    let gone = [("POSTGRES_PASSWORD_FILE", "/nowhere")];
    assert!(find(None, &gone).unwrap_err().contains("/nowhere"));
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    for (text, expect) in [
        (
            "postgres://h/d?sslmode=verify",
            "Parameter \"sslmode\" cannot be \"verify\", only disable, allow, prefer, require, verify-ca, verify-full.",
        ),
        (
            "postgres://h/d?requirepeer=x",
            "Parameter \"requirepeer\" is not supported: put",
        ),
        (
            "postgres://h/d?ssl_mode=x",
            "Parameter \"ssl_mode\" does not exist; is it \"sslmode\"?",
        ),
        (
            "postgres://h/d?schema=s",
            "Parameter \"schema\" does not exist.",
        ),
        (
            "postgres://h/d?nonsense=1",
            "A parameter does not exist, and is not repeated here",
        ),
        ("postgres://h:99999/d", "port"),
        ("", "no database is named"),
    ] {
        let error = find(Some(text), &[]).unwrap_err();
        assert!(error.contains(expect), "{text}: {error}");
    }
    assert!(
        find(Some("host=h"), &[("PGREQUIREPEER", "x")])
            .unwrap_err()
            .contains("requirepeer")
    );
    let several = find(Some("postgres://h/d?one=1&pgbouncer=true&two=2"), &[]).unwrap_err();
    assert!(
        several.contains("\"pgbouncer\"") && several.contains("2 parameters do not exist"),
        "{several}"
    );
}

#[test]
fn what_is_no_text_is_not_passed_over() {
    use std::os::unix::ffi::OsStringExt;

    let variable = |name: &str| match name {
        "MIGRATOR_DATABASE_URL" => Some(OsString::from_vec(b"postgres://h/\xfc".to_vec())),
        "DATABASE_URL" => Some("postgres://another/d".into()),
        _ => None,
    };
    let environment = Environment {
        variable: &variable,
        ..Environment::NONE
    };
    let error = Database::find(None, &environment).unwrap_err();
    assert_eq!(error.to_string(), "MIGRATOR_DATABASE_URL is not UTF-8");
}

#[test]
fn another_program_is_told_how_to_encrypt() {
    for (url, expected) in [
        ("postgres://h/d", "prefer"),
        ("postgres://h/d?sslrootcert=system", "verify-full"),
        ("postgres://h/d?sslmode=require", "require"),
    ] {
        let database = Database::from_url(url).unwrap();
        let host = database.access.hosts.first().unwrap();
        let told = database.environment(host);
        let mode = told.iter().find(|(name, _)| *name == "PGSSLMODE");
        assert_eq!(mode.map(|(_, mode)| mode.as_str()), Some(expected), "{url}");
    }
}

#[test]
fn a_password_is_never_shown() {
    let database = Database::from_url("postgres://u:secret@h/d").unwrap();
    assert!(!format!("{:?}", Settings::new(database)).contains("secret"));
    assert!(
        !find(Some("postgres://u:secret@h:x/d"), &[])
            .unwrap_err()
            .contains("secret")
    );
}

#[test]
fn a_password_that_is_taken_for_something_else_is_not_shown() {
    for text in [
        "app:c2SECRET=@db:5432/app",
        "postgres:/app:SECRET=@db:5432/app",
        "postgres://h/d?password=x&SECRET=1",
        "postgres://h/d?password=x&SECRET=",
        "postgres://app:12?SECRET=/x@h/d",
        "host=h password=my SECRET=x",
        "host=h password=my se:SECRET=x",
    ] {
        let refused = find(Some(text), &[]).unwrap_err();
        assert!(!refused.contains("SECRET"), "{text}: {refused}");
        for (name, path) in [("DATABASE_URL", text), ("POSTGRES_PASSWORD", "SECRETpw")] {
            let behind = format!("{name}_FILE");
            let refused = find(None, &[(&behind, path)]).unwrap_err();
            assert!(
                refused.contains(&behind) && !refused.contains("SECRET"),
                "{refused}"
            );
        }
    }
}

#[test]
fn the_server_itself_is_named_over_everything_else() {
    let direct = |flag: Option<&str>, variables: &[(&str, &str)]| {
        let found = with(variables, |environment| {
            Database::find_direct(None, flag, environment)
        });
        found.map(|found| {
            found.map(|database| {
                let access = database.access;
                let name = access.config.get_dbname().unwrap_or_default();
                format!("{} {name}", access.shown())
            })
        })
    };
    let pooler = ("DATABASE_URL", "postgres://u:secret@pooler:6432/d");
    assert_eq!(direct(None, &[pooler]).expect("no server"), None);
    let variable = ("MIGRATOR_DIRECT_URL", "postgres://server");
    let found = direct(None, &[pooler, variable]).expect("a server");
    assert_eq!(found.as_deref(), Some("server:5432 d"));
    let found = direct(Some("postgres://other:1/e"), &[pooler, variable]).expect("a server");
    assert_eq!(found.as_deref(), Some("other:1 e"));
    let error = direct(Some("postgres://u:%zzsecret@h"), &[pooler]).expect_err("no URL");
    assert!(error.to_string().contains("--direct-url"), "{error}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
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
