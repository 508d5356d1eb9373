# node-pg-migrate with migrations in SQL.
npm_folder=$TOOLS/node-pg-migrate

setup() {
    [[ -x $npm_folder/node_modules/.bin/node-pg-migrate ]] || npm install --prefix "$npm_folder" node-pg-migrate pg
}

node_pg_migrate() { quietly "$npm_folder/node_modules/.bin/node-pg-migrate" --migrations-dir . "$@"; }
version() { echo "node-pg-migrate $(node -p "require('$npm_folder/node_modules/node-pg-migrate/package.json').version")"; }
half() { node_pg_migrate up 3; }
rest() { node_pg_migrate up; }
# The pattern takes in its sequence.
history() { echo 'pgmigrations*'; }
failures() { :; }

sleeping() {
    printf -- '-- Up Migration\nSELECT pg_sleep(60);\n-- Down Migration\n' >1704240000001_sleep.sql
    rm 1704326400000_* 1704412800000_*
    node_pg_migrate up 2>/dev/null &
}
