# knex with migrations in JavaScript.
npm_folder=$TOOLS/knex

setup() {
    [[ -x $npm_folder/node_modules/.bin/knex ]] || npm install --prefix "$npm_folder" knex pg
}

knex() {
    ln -sfn "$npm_folder/node_modules" node_modules
    quietly node_modules/.bin/knex "$@"
}

version() { echo "knex $(node -p "require('$npm_folder/node_modules/knex/package.json').version")"; }

half() {
    local i
    for i in 1 2 3; do knex migrate:up; done
}

rest() { knex migrate:latest; }

# The pattern takes in the lock, and the sequences of both.
history() { echo 'knex_migrations*'; }

failures() { echo locked; }

sleeping() {
    cat >migrations/20240104000000_sleep.js <<'JS'
exports.up = (knex) => knex.raw("SELECT pg_sleep(60)");
exports.down = () => {};
exports.config = { transaction: false };
JS
    ln -sfn "$npm_folder/node_modules" node_modules
    node node_modules/knex/bin/cli.js migrate:up 20240104000000_sleep.js >/dev/null 2>&1 &
}

# Killed in the middle of a migration outside a transaction, it leaves its lock behind.
fail_locked() {
    sleeping
    kill_when_asleep $!
}
