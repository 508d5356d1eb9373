//! Which tables are whose: each tool's own shape, those that share a name, and those that only look the part.

use super::*;

fn table(name: &str, columns: &str) -> Candidate {
    let columns = columns.replace(", ", "\n");
    let fields = [Some("app".to_owned()), Some(name.to_owned()), Some(columns)];
    read_candidate(&Fields::from(fields))
}

fn whose(candidates: &[Candidate]) -> Vec<Tool> {
    recognise(candidates, "public")
        .iter()
        .map(|found| found.tool)
        .collect()
}

/// Every tool's table as the tool makes it.
const TABLES: [(Tool, &str, &str); 18] = [
    (
        Tool::Alembic,
        "alembic_version",
        "version_num character varying",
    ),
    (
        Tool::Atlas,
        "atlas_schema_revisions",
        "version character varying, description character varying, type bigint, applied bigint, total bigint, \
         executed_at timestamp with time zone, execution_time bigint, error text, error_stmt text, \
         hash character varying, partial_hashes jsonb, operator_version character varying",
    ),
    (
        Tool::Dbmate,
        "schema_migrations",
        "version character varying",
    ),
    (
        Tool::Diesel,
        "__diesel_schema_migrations",
        "version character varying, run_on timestamp without time zone",
    ),
    (
        Tool::Django,
        "django_migrations",
        "id bigint, app character varying, name character varying, applied timestamp with time zone",
    ),
    (Tool::Flyway, "flyway_schema_history", FLYWAY),
    (Tool::Flyway, "schema_version", FLYWAY),
    (
        Tool::GolangMigrate,
        "schema_migrations",
        "version bigint, dirty boolean",
    ),
    (
        Tool::Goose,
        "goose_db_version",
        "id integer, version_id bigint, is_applied boolean, tstamp timestamp without time zone",
    ),
    (
        Tool::Knex,
        "knex_migrations",
        "id integer, name character varying, batch integer, migration_time timestamp with time zone",
    ),
    (
        Tool::Liquibase,
        "databasechangelog",
        "id character varying, author character varying, filename character varying, \
         dateexecuted timestamp without time zone, orderexecuted integer, exectype character varying, \
         md5sum character varying",
    ),
    (
        Tool::NodePgMigrate,
        "pgmigrations",
        "id integer, name character varying, run_on timestamp without time zone",
    ),
    (
        Tool::Plain,
        "schema_migrations",
        "migration_name text, applied_at timestamp with time zone",
    ),
    (
        Tool::Prisma,
        "_prisma_migrations",
        "id character varying, checksum character varying, finished_at timestamp with time zone, \
         migration_name character varying, logs text, rolled_back_at timestamp with time zone, \
         started_at timestamp with time zone, applied_steps_count integer",
    ),
    (
        Tool::Refinery,
        HISTORY,
        "version integer, name character varying, applied_on character varying, checksum character varying",
    ),
    (
        Tool::Sqitch,
        "changes",
        "change_id text, script_hash text, change text, project text, note text, \
         committed_at timestamp with time zone, committer_name text, committer_email text, \
         planned_at timestamp with time zone, planner_name text, planner_email text",
    ),
    (
        Tool::Sqlx,
        "_sqlx_migrations",
        "version bigint, description text, installed_on timestamp with time zone, success boolean, \
         checksum bytea, execution_time bigint",
    ),
    (Tool::Tern, "schema_version", "version integer"),
];

fn tables() -> Vec<(Tool, Candidate)> {
    TABLES
        .iter()
        .map(|(tool, name, columns)| (*tool, table(name, columns)))
        .collect()
}

const FLYWAY: &str = "installed_rank integer, version character varying, description character varying, \
                      type character varying, script character varying, checksum integer, \
                      installed_by character varying, installed_on timestamp without time zone, \
                      execution_time integer, success boolean";

#[test]
fn each_table_has_its_tool() {
    for (tool, candidate) in tables() {
        let alone = [candidate];
        assert_eq!(whose(&alone), [tool], "{alone:?}");
    }
}

#[test]
fn rails_is_told_from_dbmate_by_what_is_beside_it() {
    let history = table("schema_migrations", "version character varying");
    let neighbour = table(
        "ar_internal_metadata",
        "key character varying, value character varying",
    );
    assert_eq!(whose(&[neighbour.clone(), history.clone()]), [Tool::Rails]);
    let elsewhere = Candidate {
        schema: "other".to_owned(),
        ..neighbour
    };
    assert_eq!(whose(&[elsewhere, history]), [Tool::Dbmate]);
}

#[test]
fn a_name_alone_makes_no_history() {
    for (name, columns) in [
        (
            "schema_migrations",
            "version bigint, inserted_at timestamp without time zone",
        ),
        ("schema_migrations", "version character varying, dirty text"),
        ("schema_version", "version integer, note text"),
        ("alembic_version", "version_num integer"),
        ("changes", "id bigint, change text"),
        (
            "flyway_schema_history",
            "installed_rank integer, success boolean",
        ),
        ("goose_db_version", ""),
        (
            "ar_internal_metadata",
            "key character varying, value character varying",
        ),
    ] {
        assert_eq!(whose(&[table(name, columns)]), [], "{name} ({columns})");
    }
}

#[test]
fn refinerys_table_is_another_tools_only_elsewhere() {
    let columns = "version bigint, name character varying, applied_on character varying, checksum character varying";
    let candidate = [table(HISTORY, columns)];
    assert_eq!(recognise(&candidate, "app"), []);
    assert_eq!(whose(&candidate), [Tool::Refinery]);
}

#[test]
fn several_are_all_told() {
    let candidates: Vec<Candidate> = tables()
        .into_iter()
        .map(|(_, candidate)| candidate)
        .collect();
    assert_eq!(whose(&candidates).len(), candidates.len());
}
