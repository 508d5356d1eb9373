// Runs a folder of migrations with Atlas's own executor (the library, which Debian has) and keeps its revisions in the
// table that its command line program makes, which is not part of the library.
//
// usage: atlas FOLDER [COUNT]; without a count, everything that is pending. It first writes FOLDER/atlas.sum.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	_ "github.com/lib/pq"
)

const create = `CREATE SCHEMA IF NOT EXISTS atlas_schema_revisions;
CREATE TABLE IF NOT EXISTS atlas_schema_revisions.atlas_schema_revisions (
    version character varying NOT NULL,
    description character varying NOT NULL,
    type bigint NOT NULL DEFAULT 2,
    applied bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    executed_at timestamptz NOT NULL,
    execution_time bigint NOT NULL,
    error text NULL,
    error_stmt text NULL,
    hash character varying NOT NULL,
    partial_hashes jsonb NULL,
    operator_version character varying NOT NULL,
    PRIMARY KEY (version)
)`

const columns = `version, description, type, applied, total, executed_at, execution_time, coalesce(error, ''), hash, partial_hashes, operator_version`

const save = `INSERT INTO atlas_schema_revisions.atlas_schema_revisions VALUES
    ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), NULL, $9, $10, $11)
    ON CONFLICT (version) DO UPDATE SET applied = $4, total = $5, executed_at = $6, execution_time = $7,
        error = nullif($8, ''), partial_hashes = $10, operator_version = $11`

// revisions is the table.
type revisions struct{ db *sql.DB }

func (revisions) Ident() *migrate.TableIdent {
	return &migrate.TableIdent{Name: "atlas_schema_revisions", Schema: "atlas_schema_revisions"}
}

func (r revisions) ReadRevisions(ctx context.Context) ([]*migrate.Revision, error) {
	return r.read(ctx, "true OR $1 = ''", "")
}

func (r revisions) ReadRevision(ctx context.Context, version string) (*migrate.Revision, error) {
	found, err := r.read(ctx, "version = $1", version)
	if err == nil && len(found) == 0 {
		return nil, migrate.ErrRevisionNotExist
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (r revisions) read(ctx context.Context, where, value string) ([]*migrate.Revision, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT "+columns+
		" FROM atlas_schema_revisions.atlas_schema_revisions WHERE "+where+" ORDER BY version", value)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []*migrate.Revision
	for rows.Next() {
		var it migrate.Revision
		var kind, took int64
		var hashes []byte
		if err := rows.Scan(&it.Version, &it.Description, &kind, &it.Applied, &it.Total, &it.ExecutedAt, &took,
			&it.Error, &it.Hash, &hashes, &it.OperatorVersion); err != nil {
			return nil, err
		}
		it.Type, it.ExecutionTime = migrate.RevisionType(kind), time.Duration(took)
		if len(hashes) > 0 {
			if err := json.Unmarshal(hashes, &it.PartialHashes); err != nil {
				return nil, err
			}
		}
		found = append(found, &it)
	}
	return found, rows.Err()
}

func (r revisions) WriteRevision(ctx context.Context, it *migrate.Revision) error {
	hashes, err := json.Marshal(it.PartialHashes)
	if err != nil {
		return err
	}
	_, err = r.db.ExecContext(ctx, save, it.Version, it.Description, int64(it.Type), it.Applied, it.Total,
		it.ExecutedAt, int64(it.ExecutionTime), it.Error, it.Hash, string(hashes), it.OperatorVersion)
	return err
}

func (r revisions) DeleteRevision(ctx context.Context, version string) error {
	_, err := r.db.ExecContext(ctx,
		"DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version = $1", version)
	return err
}

func run(folder string, count int) error {
	ctx := context.Background()
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL")+"?sslmode=disable")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, create); err != nil {
		return err
	}
	driver, err := postgres.Open(db)
	if err != nil {
		return err
	}
	dir, err := migrate.NewLocalDir(folder)
	if err != nil {
		return err
	}
	sum, err := dir.Checksum()
	if err != nil {
		return err
	}
	if err := migrate.WriteSumFile(dir, sum); err != nil {
		return err
	}
	executor, err := migrate.NewExecutor(driver, dir, revisions{db}, migrate.WithAllowDirty(true),
		migrate.WithOperatorVersion("Atlas library 0.7.2"))
	if err != nil {
		return err
	}
	err = executor.ExecuteN(ctx, count)
	if errors.Is(err, migrate.ErrNoPendingFiles) {
		return nil
	}
	return err
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: atlas FOLDER [COUNT]")
		os.Exit(2)
	}
	count := 0
	if len(os.Args) > 2 {
		given, err := strconv.Atoi(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		count = given
	}
	if err := run(os.Args[1], count); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
