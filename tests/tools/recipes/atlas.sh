# Atlas's library, from Debian, below tests/tools/atlas: no registry has its command line program.
setup() {
    [[ -d /usr/share/gocode/src/ariga.io/atlas ]] ||
        apt-get install -y -q golang-go golang-ariga-atlas-dev golang-github-lib-pq-dev
    GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$TOOLS/go-cache \
        go build -o "$TOOLS/atlas-library" "$ROOT/tests/tools/atlas/main.go"
}

atlas() { quietly "$TOOLS/atlas-library" . "$@"; }
version() { echo "Atlas library $(dpkg-query -f '${Version}' -W golang-ariga-atlas-dev | sed 's/-.*//')"; }

half() { atlas 3; }

# The folder's own checksums, as Atlas wants them there.
more() { cp atlas.sum "$FIXTURES/atlas/folder/"; }
# This old version takes a body in dollar quotes apart, unless the statements end otherwise.
rest() {
    sed -i -e '1i -- atlas:delimiter -- end\n' -e '/^\$\$;$/a -- end' -e '/DEFAULT 0;$/a -- end' 20240104*
    atlas
}

history() { echo schema atlas_schema_revisions; }
failures() { echo partial; }

# The second of three statements fails, outside a transaction.
fail_partial() {
    rm 20240104* 20240105*
    printf 'CREATE TABLE begun (id bigint);\nSELECT 1 / 0;\nCREATE TABLE never (id bigint);\n' >20240104000000_break.sql
    ! atlas 2>/dev/null
}
