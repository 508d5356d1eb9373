//! What `embed!` calls to fill a bundle: short constant functions, so that ten thousand migrations stay few tokens.
//!
//! Nothing here is meant to be called by hand, and nothing reads or checks anything: that was done by
//! `migrator-source` while the macro ran.

use crate::bundle::{
    Baseline, Bundle, Commuting, Counted, Down, Gate, Limits, Migration, Mode, Order, Placeholder,
    Point, Proof, Quoting, Repeatable, Repeated, Scope, Script, Secrecy, Statements,
};

/// A migration without a down file.
pub const ABSENT: Down<'static> = Down::Absent;

/// Why the row of a baseline is not undone.
const OF_BASELINE: &str =
    "it is a baseline, which stands for migrations that the program did not hold";

/// What a call with compile errors yields, so that they are the only ones.
pub const EMPTY: &Bundle = &bundle("", &[], &[0; 32], Proof::ABSENT);

/// The whole folder, but for its baselines and repeatables.
#[must_use]
pub const fn bundle(
    folder: &'static str,
    migrations: &'static [Migration<'static>],
    digest: &'static [u8; 32],
    proof: Proof,
) -> Bundle {
    Bundle {
        folder,
        migrations,
        baselines: &[],
        adoptions: &[],
        repeatables: &[],
        digest: *digest,
        proof,
        environments: &[],
        placeholders: &[],
    }
}

/// A folder whose `migrator.toml` declares environments.
#[must_use]
pub const fn with_environments(bundle: Bundle, environments: &'static [&'static str]) -> Bundle {
    Bundle {
        environments,
        ..bundle
    }
}

/// A folder whose `migrator.toml` declares placeholders.
#[must_use]
pub const fn with_placeholders(bundle: Bundle, placeholders: &'static [Placeholder]) -> Bundle {
    Bundle {
        placeholders,
        ..bundle
    }
}

/// One placeholder.
#[must_use]
pub const fn placeholder(
    name: &'static str,
    quoting: Quoting,
    default: Option<&'static str>,
    variable: &'static str,
    secrecy: Secrecy,
) -> Placeholder {
    Placeholder {
        name,
        quoting,
        default,
        variable,
        secrecy,
    }
}

/// The migrations of a folder from parts of it.
///
/// The compiler's work on one constant grows faster than the constant, so that a large history is written in parts.
#[must_use]
pub const fn gather<const COUNT: usize>(
    parts: &[&[Migration<'static>]],
) -> [Migration<'static>; COUNT] {
    let blank = versioned(0, "", transactional("", "", &[], &[0; 32]), ABSENT, &[]);
    gathered([blank; COUNT], parts)
}

/// The points of a proof from parts of them, for the same reason.
#[must_use]
pub const fn gather_points<const COUNT: usize>(parts: &[&[Point]]) -> [Point; COUNT] {
    gathered([point(0, &[0; 32], ""); COUNT], parts)
}

const fn gathered<T: Copy, const COUNT: usize>(room: [T; COUNT], parts: &[&[T]]) -> [T; COUNT] {
    let mut gathered = room;
    let mut rest = parts;
    let mut at = 0;
    while let [part, others @ ..] = rest {
        let (_, room) = gathered.split_at_mut(at);
        let (room, _) = room.split_at_mut(part.len());
        room.copy_from_slice(part);
        at += part.len();
        rest = others;
    }
    gathered
}

/// The schema after one migration.
#[must_use]
pub const fn point(version: i64, fingerprint: &'static [u8; 32], changes: &'static str) -> Point {
    Point {
        version,
        fingerprint: *fingerprint,
        changes,
    }
}

/// A script that is applied again whenever its text changes.
#[must_use]
pub const fn repeatable(
    name: &'static str,
    requires: &'static [&'static str],
    only: &'static [&'static str],
    script: Script<'static>,
) -> Repeatable<'static> {
    Repeatable {
        name,
        requires,
        only,
        script,
    }
}

/// The schema after one repeatable.
#[must_use]
pub const fn repeated(
    name: &'static str,
    fingerprint: &'static [u8; 32],
    changes: &'static str,
) -> Repeated {
    Repeated {
        name,
        fingerprint: *fingerprint,
        changes,
    }
}

/// Migrations that may come after a newer one.
#[must_use]
pub const fn commuting(newest: i64, versions: &'static [i64]) -> Commuting {
    Commuting { newest, versions }
}

/// What is known from running the bundle, on which servers, and with which schema at its end.
#[must_use]
pub const fn proof(
    gate: Gate,
    unproven: &'static [i64],
    points: &'static [Point],
    (servers, schema): (&'static [&'static str], &'static str),
    scope: Scope,
) -> Proof {
    Proof {
        gate,
        unproven,
        schema,
        points,
        servers,
        scope,
        ..Proof::ABSENT
    }
}

/// What of a database is compared.
#[must_use]
pub const fn scope(
    schemas: &'static [&'static str],
    ignore: &'static [&'static str],
    comments: Counted,
    grants: Counted,
) -> Scope {
    Scope {
        schemas,
        ignore,
        comments,
        grants,
    }
}

/// A `V` file with what undoes it; the checksum of refinery is the first of `accepted`.
#[must_use]
pub const fn versioned(
    version: i64,
    name: &'static str,
    up: Script<'static>,
    down: Down<'static>,
    accepted: &'static [u64],
) -> Migration<'static> {
    let checksum = match accepted {
        [first, ..] => *first,
        [] => 0,
    };
    Migration {
        version,
        name,
        order: Order::Versioned,
        up,
        down,
        verify: None,
        only: &[],
        checksum,
        accepted,
    }
}

/// A `U` file with what undoes it.
#[must_use]
pub const fn unordered(
    version: i64,
    name: &'static str,
    up: Script<'static>,
    down: Down<'static>,
    accepted: &'static [u64],
) -> Migration<'static> {
    Migration {
        order: Order::Unordered,
        ..versioned(version, name, up, down, accepted)
    }
}

/// What an empty database runs in place of the migrations up to a version.
#[must_use]
pub const fn baseline(
    version: i64,
    name: &'static str,
    scripts: &'static [Script<'static>],
    (last_release, gone): (Option<&'static str>, &'static [i64]),
    (sha256, accepted): (&'static [u8; 32], &'static [u64]),
) -> Baseline<'static> {
    let first = match scripts {
        [first, ..] => *first,
        [] => transactional("", "", &[], sha256),
    };
    let up = Script {
        sha256: *sha256,
        ..first
    };
    Baseline {
        record: versioned(version, name, up, irreversible(OF_BASELINE), accepted),
        scripts,
        last_release,
        gone,
    }
}

/// A migration with a verify script.
#[must_use]
pub const fn verified_by(
    migration: Migration<'static>,
    verify: Script<'static>,
) -> Migration<'static> {
    Migration {
        verify: Some(verify),
        ..migration
    }
}

/// A migration that belongs to some environments.
#[must_use]
pub const fn only_in(
    migration: Migration<'static>,
    environments: &'static [&'static str],
) -> Migration<'static> {
    Migration {
        only: environments,
        ..migration
    }
}

/// A file that runs in a transaction.
#[must_use]
pub const fn transactional(
    file: &'static str,
    sql: &'static str,
    statements: &'static [u8],
    sha256: &'static [u8; 32],
) -> Script<'static> {
    let limits = Limits {
        lock_timeout: None,
        statement_timeout: None,
    };
    let statements = Statements::from_table(statements);
    Script {
        file,
        sql,
        mode: Mode::Transaction,
        limits,
        statements,
        sha256: *sha256,
    }
}

/// A file that runs statement by statement.
#[must_use]
pub const fn statement_wise(
    file: &'static str,
    sql: &'static str,
    statements: &'static [u8],
    sha256: &'static [u8; 32],
) -> Script<'static> {
    Script {
        mode: Mode::NoTransaction,
        ..transactional(file, sql, statements, sha256)
    }
}

/// A file whose header sets limits.
#[must_use]
pub const fn limited(
    script: Script<'static>,
    lock_timeout: Option<&'static str>,
    statement_timeout: Option<&'static str>,
) -> Script<'static> {
    Script {
        limits: Limits {
            lock_timeout,
            statement_timeout,
        },
        ..script
    }
}

/// A migration that cannot be undone.
#[must_use]
pub const fn irreversible(why: &'static str) -> Down<'static> {
    Down::Irreversible(why)
}

/// A migration with a down file.
#[must_use]
pub const fn undone_by(script: Script<'static>) -> Down<'static> {
    Down::Script(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn numbered(version: i64) -> Migration<'static> {
        versioned(
            version,
            "x",
            transactional("f", "", &[], &[0; 32]),
            ABSENT,
            &[1, 2],
        )
    }

    #[test]
    fn parts_are_gathered_in_order() {
        const MIGRATIONS: &[Migration<'static>] =
            &gather::<3>(&[&[numbered(1), numbered(2)], &[], &[numbered(3)]]);
        let versions: Vec<i64> = MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .collect();
        assert_eq!(versions, [1, 2, 3]);
        assert_eq!(MIGRATIONS[2].checksum, 1);
        assert!(gather::<0>(&[]).is_empty());
    }
}
