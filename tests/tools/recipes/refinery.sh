# refinery's command line program, compiled on the first run.
setup() {
    [[ -x $TOOLS/cargo/bin/refinery ]] ||
        cargo install --locked --debug --root "$TOOLS/cargo" refinery_cli --no-default-features --features postgresql
}

refinery() { quietly "$TOOLS/cargo/bin/refinery" migrate -e DATABASE_URL -p . "$@"; }
version() { "$TOOLS/cargo/bin/refinery" --version; }
half() { refinery -t 3; }
rest() { refinery; }
history() { echo refinery_schema_history; }
failures() { :; }
