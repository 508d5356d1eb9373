//! compose.yaml: services start when the migrations are applied, and not before.

use serde_json::json;

use super::{texts, yaml};

#[test]
fn services_start_once_the_migrations_are_applied() {
    let file = yaml("compose.yaml");
    let services = &file["services"];
    let migrate = &services["db-migrate"];
    assert_eq!(migrate["restart"], "no");
    assert_eq!(
        migrate["depends_on"],
        json!({ "postgres": { "condition": "service_healthy" } })
    );
    assert!(services["postgres"]["healthcheck"]["test"].is_array());
    assert_eq!(
        services["app"]["depends_on"],
        json!({ "db-migrate": { "condition": "service_completed_successfully" } })
    );
    assert_eq!(texts(&migrate["command"])[0], "up");
}

#[test]
fn what_need_not_be_allowed_is_not() {
    let file = yaml("compose.yaml");
    for name in ["db-migrate", "app"] {
        let service = &file["services"][name];
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(
            texts(&service["security_opt"]),
            ["no-new-privileges:true"],
            "{name}"
        );
        assert_eq!(service["privileged"], json!(null), "{name}");
        assert_eq!(service["ports"], json!(null), "{name}");
    }
}

#[test]
fn the_roles_are_made_when_the_database_is() {
    let file = yaml("compose.yaml");
    let services = &file["services"];
    let migrate = &services["db-migrate"]["environment"];
    let server = &services["postgres"];
    assert_eq!(server["environment"]["POSTGRES_USER"], json!(null));
    let path = "deploy/compose/roles.sql";
    let mount = format!("./{path}:/docker-entrypoint-initdb.d/roles.sql:ro");
    assert!(texts(&server["volumes"]).contains(&mount.as_str()));
    let sql = super::read(path);
    let users = [
        &migrate["POSTGRES_USER"],
        &services["app"]["environment"]["PGUSER"],
    ];
    for user in users.map(|it| it.as_str().expect("a role")) {
        assert!(sql.contains(&format!("CREATE ROLE {user} LOGIN PASSWORD :'{user}'")));
        assert!(sql.contains(&format!("`cat /run/secrets/{user}_password`")));
    }
    let schema = migrate["MIGRATOR_HISTORY_SCHEMA"].as_str().expect("a name");
    assert!(sql.contains(&format!("CREATE SCHEMA {schema} AUTHORIZATION migrator")));
}

#[test]
fn secrets_are_files() {
    let file = yaml("compose.yaml");
    let services = file["services"].as_object().expect("services");
    let secrets = file["secrets"].as_object().expect("secrets");
    let ignored = super::read(".gitignore");
    for (name, secret) in secrets {
        let path = secret["file"].as_str().expect("a file");
        let (folder, _) = path.split_once('/').expect("a folder");
        assert!(
            ignored.lines().any(|it| it.trim_matches('/') == folder),
            "{path} may be committed"
        );
        assert!(texts(&services["postgres"]["secrets"]).contains(&name.as_str()));
    }
    // Each knows its own password and no other's, and none but the server knows that of the superuser.
    for (service, secret) in [("db-migrate", "migrator_password"), ("app", "app_password")] {
        assert_eq!(texts(&services[service]["secrets"]), [secret], "{service}");
    }
    for (service, value) in services {
        let Some(variables) = value["environment"].as_object() else {
            continue;
        };
        for (name, value) in variables {
            assert!(!name.ends_with("PASSWORD"), "{service}: {name}");
            let is_file = name.ends_with("_FILE");
            let text = value.as_str().expect("a text");
            assert_eq!(
                is_file,
                text.starts_with("/run/secrets/"),
                "{service}: {name}"
            );
        }
    }
}
