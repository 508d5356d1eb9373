//! Layers, files, refusals and secrets, without a real environment.

use std::ffi::OsString;

use super::*;

mod layers;

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
    let gone = [("POSTGRES_PASSWORD_FILE", "/run/nowhere")];
    assert!(find(None, &gone).unwrap_err().contains("/run/nowhere"));
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
