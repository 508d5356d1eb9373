# Liquibase: this version of the npm package brings the jars; later ones download them.
npm_folder=$TOOLS/liquibase

setup() {
    [[ -d $npm_folder/node_modules/liquibase ]] || npm install --ignore-scripts --prefix "$npm_folder" liquibase@4.4.0
}

jars=$npm_folder/node_modules/liquibase/dist

# An array, not a function, so that the process that is killed is Java itself.
java=(java -cp "$jars/liquibase/liquibase.jar:$jars/drivers/postgresql-42.2.8.jar:$jars/liquibase/lib/*"
    liquibase.integration.commandline.LiquibaseCommandLine)

options() {
    echo --changelog-file=changelog.sql --username="$PGUSER" --password=none \
        --url="jdbc:postgresql://$PGHOST:$PGPORT/$PGDATABASE"
}

liquibase() { quietly "${java[@]}" $(options) "$@"; }
version() { "${java[@]}" --version 2>&1 | grep '^Liquibase Version'; }
half() { liquibase update-count --count=3; }
rest() { liquibase update; }

history() {
    echo databasechangelog
    echo databasechangeloglock
}

failures() { echo locked; }

sleeping() {
    printf -- '--liquibase formatted sql\n--changeset ada:sleep\nSELECT pg_sleep(60);\n' >changelog.sql
    "${java[@]}" $(options) update >/dev/null 2>&1 &
}

# Killed in the middle of a change set, it leaves its lock behind.
fail_locked() {
    sleeping
    kill_when_asleep $!
}
