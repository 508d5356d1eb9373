//! The SQL of the workloads: what an application's history looks like, made from a number.

use std::fmt::Write as _;

const WORDS: [&str; 12] = [
    "account", "invoice", "message", "memory", "session", "device", "upload", "label", "event",
    "payment", "profile", "channel",
];

/// A new table, its index, and a row or a column.
pub(crate) fn three_statements(at: usize) -> String {
    let word = WORDS[at % WORDS.len()];
    let last = if at.is_multiple_of(2) {
        format!("INSERT INTO {word}_{at} (name) VALUES ('first'), ('second');")
    } else {
        format!("ALTER TABLE {word}_{at} ADD COLUMN note text;")
    };
    format!(
        "CREATE TABLE {word}_{at} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, \
         created_at timestamptz NOT NULL DEFAULT now());\n\
         CREATE INDEX {word}_{at}_name ON {word}_{at} (name);\n{last}\n"
    )
}

/// One statement of a growing application; with `bytes`, as many more as fill a file of that size.
pub(crate) fn application(at: usize, bytes: usize) -> String {
    let mut sql = String::with_capacity(bytes + 1024);
    step(&mut sql, at - 1);
    let mut part = 0;
    while sql.len() < bytes {
        part += 1;
        filling(&mut sql, at, part);
    }
    sql
}

/// Every fifth step creates a table; the four after it work on that table.
fn step(sql: &mut String, at: usize) {
    let word = WORDS[(at / 5) % WORDS.len()];
    let table = format!("{word}_{}", at / 5);
    let text = match at % 5 {
        0 => format!(
            "CREATE TABLE {table} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             name text NOT NULL,\n    created_at timestamptz NOT NULL DEFAULT now()\n);\n"
        ),
        1 => format!("ALTER TABLE {table} ADD COLUMN note text;\n"),
        2 => format!("CREATE INDEX {table}_name ON {table} (name);\n"),
        3 => format!("INSERT INTO {table} (name, note) VALUES ('first', 'as shipped');\n"),
        _ => format!("COMMENT ON TABLE {table} IS 'Holds each {word} of the application.';\n"),
    };
    sql.push_str(&text);
}

/// One more statement of a long file; ten kinds take turns.
fn filling(sql: &mut String, at: usize, part: usize) {
    let word = WORDS[(at + part) % WORDS.len()];
    let other = WORDS[(at * 7 + part) % WORDS.len()];
    let own = format!("{word}_{at}_{part}");
    let text = match (at + part) % 10 {
        0 | 1 => format!(
            "\n-- Every {word} that the {other} service knows.\nCREATE TABLE {own} (\n    \
             id uuid PRIMARY KEY DEFAULT gen_random_uuid(),\n    {other}_id bigint NOT NULL,\n    \
             title varchar(200) NOT NULL CHECK (length(title) > 0),\n    body text,\n    \
             state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),\n    \
             price numeric(12, 2),\n    tags text[] NOT NULL DEFAULT '{{}}',\n    \
             created_at timestamptz NOT NULL DEFAULT now(),\n    UNIQUE ({other}_id, title)\n);\n"
        ),
        2 => format!(
            "CREATE INDEX {own}_state ON {own} (state, created_at DESC) WHERE state <> 'done';\n"
        ),
        3 => format!(
            "CREATE OR REPLACE FUNCTION touch_{own}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    \
             NEW.updated_at := now(); -- the {word} was touched\n    IF NEW.state = 'done' THEN\n        \
             INSERT INTO {other}_log (what) VALUES ('done: ' || NEW.title);\n    END IF;\n    RETURN NEW;\nEND;\n$$;\n"
        ),
        4 => format!(
            "ALTER TABLE {own} ADD COLUMN updated_at timestamptz, ALTER COLUMN body SET NOT NULL, \
             ADD CONSTRAINT {own}_price CHECK (price >= 0);\n"
        ),
        5 => format!(
            "UPDATE {own} SET state = CASE WHEN price IS NULL THEN 'open' ELSE 'done' END\n\
             WHERE created_at < now() - interval '{part} days' AND {other}_id IN (SELECT id FROM {other}_{at});\n"
        ),
        6 => format!(
            "CREATE VIEW {own}_overview AS\nSELECT w.id, w.title, count(o.*) AS {other}s, max(o.created_at) AS latest\n\
             FROM {own} AS w LEFT JOIN {other}_{at} AS o ON o.{word}_id = w.id GROUP BY w.id, w.title;\n"
        ),
        7 => format!(
            "COMMENT ON COLUMN {own}.title IS 'What the user''s {word} is called; shown in E''lists''.';\n"
        ),
        8 => format!("GRANT SELECT, INSERT ON {own} TO application;\n"),
        _ => {
            let mut rows = format!("INSERT INTO {own} ({other}_id, title, body, price) VALUES\n");
            for row in 0..8 {
                let end = if row == 7 { ";\n" } else { ",\n" };
                let _ = write!(
                    rows,
                    "    ({row}, '{word} number {row}', E'It''s a {other}\\nof step {at}', {row}.{part:02}){end}"
                );
            }
            rows
        }
    };
    sql.push_str(&text);
}

const SEED: &str =
    "CREATE TABLE seed (id bigint PRIMARY KEY, name text NOT NULL, body text NOT NULL);\n";

/// Rows by the hundred, until the file is as large as that.
pub(crate) fn seed_inserts(bytes: usize) -> String {
    let mut sql = String::with_capacity(bytes + 64 * 1024);
    sql.push_str(SEED);
    let mut id = 0;
    while sql.len() < bytes {
        sql.push_str("INSERT INTO seed (id, name, body) VALUES\n");
        for row in 0..100 {
            id += 1;
            let end = if row == 99 { ";\n" } else { ",\n" };
            // Writing to a string cannot fail.
            let _ = write!(sql, "({id}, 'name of {id}', '{}'){end}", body(id));
        }
    }
    sql
}

/// The same rows as one `COPY` block.
pub(crate) fn seed_copy(bytes: usize) -> String {
    let mut sql = String::with_capacity(bytes + 64 * 1024);
    sql.push_str(SEED);
    sql.push_str("COPY seed (id, name, body) FROM stdin;\n");
    let mut id = 0;
    while sql.len() < bytes {
        id += 1;
        let _ = writeln!(sql, "{id}\tname of {id}\t{}", body(id));
    }
    sql.push_str("\\.\n");
    sql
}

fn body(id: usize) -> String {
    let word = WORDS[id % WORDS.len()];
    format!("The {word} of row {id} says what such a {word} says, and a little more than that.")
}
