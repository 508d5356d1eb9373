# What `record` and `live` share: the server, where tools are installed, databases, and how a recipe is called.
#
# A recipe is `recipes/TOOL.sh`. Its functions run in a copy of tests/fixtures/tools/TOOL/folder, with DATABASE_URL and
# libpq's variables naming a database of its own:
#   setup            installs the tool below $TOOLS, unless it is there
#   version          prints the tool's version
#   half             migrates an empty database to the third of the five steps
#   rest             migrates on to the fifth
#   history          prints the names of the tool's own tables, one a line, or `schema NAME`
#   more             writes what belongs into the fixture beside the history, if anything
#   failures         prints the names of the failure states that the tool can be brought into, if any
#   fail_NAME        brings a database that stands at the third step into one of them
#   sleeping         starts a further step that sleeps, in the background, if the tool keeps others out meanwhile

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
FIXTURES=$ROOT/tests/fixtures/tools
RECIPES=$ROOT/tests/tools/recipes
TOOLS=${MIGRATOR_TOOLS:-/tmp/tools}
SERVER=${MIGRATOR_TEST_URL:?names a database of a PostgreSQL server, as for the tests}

# postgres://USER@HOST:PORT/DATABASE, as the tests' server has it.
[[ $SERVER =~ ^postgres(ql)?://([^:@/]+)@([^:/]+):([0-9]+)/([^?]+)$ ]] || {
    echo "MIGRATOR_TEST_URL must look like postgres://USER@HOST:PORT/DATABASE" >&2
    exit 2
}
export PGUSER=${BASH_REMATCH[2]} PGHOST=${BASH_REMATCH[3]} PGPORT=${BASH_REMATCH[4]} PGDATABASE=${BASH_REMATCH[5]}
export PGOPTIONS='-c client_min_messages=warning'
ADMIN_DATABASE=$PGDATABASE

mkdir -p "$TOOLS"
WORK=$(mktemp -d)
MADE=()

remove_all() {
    local database
    for database in "${MADE[@]}"; do
        psql -qXd "$ADMIN_DATABASE" -c "DROP DATABASE IF EXISTS $database WITH (FORCE)"
    done
    cd /
    rm -rf "$WORK"
}
trap remove_all EXIT

# use_database NAME: a new, empty database, dropped at the end; everything that follows goes to it.
use_database() {
    local name="tools_$$_${1//-/_}"
    psql -qXd "$ADMIN_DATABASE" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" -c "CREATE DATABASE $name TEMPLATE template0"
    MADE+=("$name")
    point_to "$name"
}

# use_copy DATABASE NAME: the same for a copy of one.
use_copy() {
    local name="$1_$2"
    psql -qXd "$ADMIN_DATABASE" -c "CREATE DATABASE $name TEMPLATE $1"
    MADE+=("$name")
    point_to "$name"
}

# point_to NAME: an existing one.
point_to() {
    export PGDATABASE=$1 DATABASE_URL="postgres://$PGUSER@$PGHOST:$PGPORT/$1"
}

# use_folder TOOL: a copy that the tool may write into, as the current directory.
use_folder() {
    rm -rf "${WORK:?}/$1"
    cp -r "$FIXTURES/$1/folder" "$WORK/$1"
    cd "$WORK/$1"
}

# quietly COMMAND…: its output is shown only when it fails.
quietly() {
    local log="$WORK/log"
    "$@" >"$log" 2>&1 || {
        local code=$?
        echo "failed ($code): $*" >&2
        cat "$log" >&2
        return "$code"
    }
}

# dump FLAG [OPTION…]: the tool's own tables (--only), or everything else (--without).
dump() {
    local flag=$1 arguments=("${@:2}") line
    while read -r line; do
        case "$flag $line" in
            '--only schema '*) arguments+=(--schema "${line#schema }") ;;
            '--without schema '*) arguments+=(--exclude-schema "${line#schema }") ;;
            '--only '*) arguments+=(--table "$line") ;;
            '--without '*) arguments+=(--exclude-table "$line") ;;
        esac
    done < <(history)
    # \restrict has a random key, and the versions say nothing about the history.
    pg_dump --inserts --no-owner --no-privileges "${arguments[@]}" |
        grep -vE '^(\\(un)?restrict |-- Dumped (from|by) )' | cat -s |
        # Liquibase notes who holds its lock.
        sed -E "s/'[^']+ \([^']+%[a-z0-9]+\)'/'host.example (192.0.2.1)'/"
}

# tools: the names of all recipes.
tools() {
    local file
    for file in "$RECIPES"/*.sh; do basename "$file" .sh; done
}

# wait_until_asleep: until a session of the database runs pg_sleep.
wait_until_asleep() {
    local i
    for i in $(seq 300); do
        [[ $(psql -qXAtc "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%pg_sleep%'") == 0 ]] || return 0
        sleep 0.1
    done
    echo 'nobody sleeps' >&2
    return 1
}

# kill_when_asleep PROCESS: SIGKILL while it sleeps; its session is ended too.
kill_when_asleep() {
    wait_until_asleep
    kill -KILL "$1"
    wait "$1" 2>/dev/null || true
    end_sessions
}

# end_sessions: of everybody else in the database.
end_sessions() {
    psql -qXAtc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()" >/dev/null
    sleep 0.3
}
