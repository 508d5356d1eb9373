# Django without a project around it: one application with migrations, and settings.py.
setup() {
    [[ -x $TOOLS/django/bin/django-admin ]] || {
        python3 -m venv "$TOOLS/django"
        "$TOOLS/django/bin/pip" install django 'psycopg[binary]'
    }
}

django() { PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 quietly "$TOOLS/django/bin/django-admin" "$@" --settings settings; }
version() { echo "Django $("$TOOLS/django/bin/django-admin" --version)"; }
half() { django migrate shop 0003; }
rest() { django migrate shop; }
history() { echo django_migrations; }
failures() { :; }

# What `import` reads beside the migrations in Python.
more() {
    local file name
    for file in shop/migrations/0*.py; do
        name=$(basename "$file" .py)
        PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 "$TOOLS/django/bin/django-admin" sqlmigrate shop "$name" \
            --settings settings >"$FIXTURES/django/folder/${file%.py}.sql"
    done
}
