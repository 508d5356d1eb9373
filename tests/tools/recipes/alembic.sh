# Alembic, with psycopg.
setup() {
    [[ -x $TOOLS/alembic/bin/alembic ]] || {
        python3 -m venv "$TOOLS/alembic"
        "$TOOLS/alembic/bin/pip" install alembic 'psycopg[binary]'
    }
}

alembic() { quietly "$TOOLS/alembic/bin/alembic" "$@"; }
version() { "$TOOLS/alembic/bin/alembic" --version; }
half() { alembic upgrade b7702f9e6c32; }
rest() { alembic upgrade head; }
history() { echo alembic_version; }

# What `import` reads.
more() { "$TOOLS/alembic/bin/alembic" upgrade head --sql >"$FIXTURES/alembic/folder/offline.sql" 2>/dev/null; }

failures() { echo heads; }

# Two branches from the third step, both applied: one row each.
fail_heads() {
    local name
    for name in left right; do
        alembic revision --splice --head b7702f9e6c32 --rev-id "${name}0000000" -m "$name"
    done
    rm versions/d91b5a08f343_* versions/e6a3c71d2054_*
    alembic upgrade heads
}
