# Prisma 6 with its engine as WebAssembly, which needs no download; later and earlier ones fetch an executable.
npm_folder=$TOOLS/prisma

setup() {
    [[ -x $npm_folder/node_modules/.bin/prisma ]] ||
        npm install --ignore-scripts --prefix "$npm_folder" prisma@6 @prisma/adapter-pg@6
}

# How Prisma finds the database without its executable, and two things that the adapter, unlike that, gets wrong: it does
# not know the catalog's type `name`, and it splits scripts at every semicolon.
configure() {
    cat >prisma.config.ts <<'TS'
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { defineConfig } from "prisma/config";

const addFields = pg.Result.prototype.addFields;
pg.Result.prototype.addFields = function (fields) {
  for (const field of fields) if (field.dataTypeID === 19) field.dataTypeID = 25;
  return addFields.call(this, fields);
};

export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  experimental: { adapter: true },
  engine: "js",
  adapter: async () => {
    const factory = new PrismaPg({ connectionString: process.env.DATABASE_URL });
    const connect = factory.connect.bind(factory);
    factory.connect = async () => {
      const adapter = await connect();
      adapter.executeScript = async (script) => {
        await adapter.client.query(script);
      };
      return adapter;
    };
    return factory;
  },
});
TS
}

prisma() {
    ln -sfn "$npm_folder/node_modules" node_modules
    configure
    # Names of executables that it would fetch and never call.
    PRISMA_QUERY_ENGINE_LIBRARY=$npm_folder/package.json PRISMA_SCHEMA_ENGINE_BINARY=/bin/true CHECKPOINT_DISABLE=1 \
        quietly node_modules/.bin/prisma "$@"
}

version() { echo "Prisma $(node -p "require('$npm_folder/node_modules/prisma/package.json').version")"; }

half() {
    mkdir later
    mv migrations/20240104* migrations/20240105* later/
    prisma migrate deploy
}

rest() {
    mv later/* migrations/
    prisma migrate deploy
}

history() { echo _prisma_migrations; }

failures() {
    echo failed
    echo rolled_back
}

fail_failed() {
    rm -r migrations/20240104* migrations/20240105*
    mkdir migrations/20240104000000_break
    echo 'CREATE TABLE broken (id bigint); SELECT 1 / 0;' >migrations/20240104000000_break/migration.sql
    ! prisma migrate deploy 2>/dev/null
}

fail_rolled_back() {
    fail_failed
    prisma migrate resolve --rolled-back 20240104000000_break
}

sleeping() {
    rm -rf migrations/20240104* migrations/20240105*
    mkdir migrations/20240104000000_sleep
    echo 'SELECT pg_sleep(60);' >migrations/20240104000000_sleep/migration.sql
    prisma migrate deploy 2>/dev/null &
}
