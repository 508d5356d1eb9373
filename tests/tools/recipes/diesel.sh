# diesel's command line program, compiled on the first run (needs libpq-dev). It has no target, so the last two folders
# are taken away.
setup() {
    [[ -x $TOOLS/cargo/bin/diesel ]] ||
        cargo install --locked --debug --root "$TOOLS/cargo" diesel_cli --no-default-features --features postgres
}

diesel() { quietly "$TOOLS/cargo/bin/diesel" migration --migration-dir . "$@"; }
version() { "$TOOLS/cargo/bin/diesel" --version | sed -n 's/ *Version: /diesel_cli /p'; }

half() {
    rm -rf ../later
    mkdir ../later
    mv 2024-01-04* 2024-01-05* ../later/
    diesel run
}

rest() {
    mv ../later/* .
    diesel run
}

history() { echo __diesel_schema_migrations; }
failures() { :; }
