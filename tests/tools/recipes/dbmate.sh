# dbmate: npm brings a static executable. It has no target, so the last two files are taken away.
npm_folder=$TOOLS/dbmate

setup() {
    [[ -x $npm_folder/node_modules/.bin/dbmate ]] || npm install --prefix "$npm_folder" dbmate
}

dbmate() {
    quietly "$npm_folder/node_modules/.bin/dbmate" --url "$DATABASE_URL?sslmode=disable" --migrations-dir . --no-dump-schema "$@"
}

version() { "$npm_folder/node_modules/.bin/dbmate" --version; }

half() {
    mkdir later
    mv 20240104* 20240105* later/
    dbmate up
}

rest() {
    mv later/* .
    dbmate up
}

history() { echo schema_migrations; }
failures() { :; }
