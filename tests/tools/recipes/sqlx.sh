# sqlx's command line program, compiled on the first run.
setup() {
    [[ -x $TOOLS/cargo/bin/sqlx ]] ||
        cargo install --locked --debug --root "$TOOLS/cargo" sqlx-cli --no-default-features --features postgres,rustls
}

sqlx() { quietly "$TOOLS/cargo/bin/sqlx" migrate run --source . "$@"; }
version() { "$TOOLS/cargo/bin/sqlx" --version; }
half() { sqlx --target-version 20240103120000; }
rest() { sqlx; }
history() { echo _sqlx_migrations; }
failures() { :; }
