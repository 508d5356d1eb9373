//! The values with which a history is proven, and what becomes of the proof when they change.

use super::Folder;

const DECLARED: &str = "[placeholders.keeper]\nas = \"identifier\"\ndefault = \"the keeper\"\n\
                        [placeholders.word]\nas = \"literal\"\nrequired = true\nproof = \"it's; $$\"\n\
                        [placeholders.pin]\nas = \"literal\"\nrequired = true\nsecret = true\nproof = \"1\"\n";

fn folder() -> Folder {
    Folder::new(&[
        (
            "V1__keeper.sql",
            "CREATE TABLE ${keeper} (a text DEFAULT ${word}, b text);\n\
             DO $$ BEGIN EXECUTE format('COMMENT ON TABLE %I IS %L', 'the keeper', ${word}); END $$;",
        ),
        ("V1__keeper.down.sql", "DROP TABLE ${keeper};"),
        ("V2__rows.sql", "INSERT INTO ${keeper} (b) VALUES (${pin});"),
        (
            "V2__rows.verify.sql",
            "SELECT 1 / count(*) FROM ${keeper} WHERE a = ${word} AND b = ${pin};",
        ),
        ("migrator.toml", DECLARED),
    ])
}

#[test]
fn the_values_of_a_proof_are_those_declared_for_it() {
    let folder = folder();
    folder.is_proven();
    let schema = folder.read("schema.sql");
    assert!(schema.contains("\"the keeper\""), "{schema}");
    assert!(schema.contains("it''s; $$"), "{schema}");
    // The environment of whoever proves decides nothing.
    folder.prove(&["--check"]).exits(0);
}

#[test]
fn every_value_that_is_missing_is_told() {
    let folder = folder();
    folder.is_proven();
    folder.write(
        "migrator.toml",
        &DECLARED.replace("proof = ", "variable = \"PROOF\" # "),
    );
    folder.is_refused(&[
        "the placeholders cannot be filled in",
        "[placeholders.word] has no value for a proof",
        "[placeholders.pin] has no value for a proof",
        "Add proof = ",
    ]);
}

#[test]
fn another_declaration_needs_another_proof() {
    let folder = folder();
    folder.is_proven();
    let lock = folder.read("migrator.lock");
    for (written, instead, code) in [
        ("it's; $$", "other", 1),
        ("\"the keeper\"", "\"another keeper\"", 1),
        (
            "as = \"literal\"\nrequired = true\nproof",
            "as = \"identifier\"\nrequired = true\nproof",
            1,
        ),
        // What is run stays the same.
        ("secret = true\n", "", 0),
        ("secret = true\n", "variable = \"PIN\"\n", 0),
    ] {
        let changed = DECLARED.replace(written, instead);
        assert_ne!(changed, DECLARED);
        folder.write("migrator.toml", &changed);
        folder.prove(&["--check"]).exits(code);
    }
    folder.write("migrator.toml", &DECLARED.replace("it's; $$", "other"));
    folder.is_proven();
    assert_ne!(folder.read("migrator.lock"), lock);
    folder.write("migrator.toml", DECLARED);
    folder.is_proven();
    assert_eq!(folder.read("migrator.lock"), lock);
}
