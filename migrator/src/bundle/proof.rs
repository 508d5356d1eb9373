//! What is baked of a proof: the types alone. What they say of a schema is `expected`; a proof is made by `migrator-dev`.

/// What is known about a bundle from running it on a scratch server, as `migrator.lock` and `schema.sql` tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Whether a release build insists on it.
    pub gate: Gate,
    /// The versions whose proof is missing or stale, ascending; empty: all of it is proven.
    pub unproven: &'static [i64],
    /// The text of `schema.sql`, the schema after everything that is proven, repeatables included; empty where there is no proof.
    pub schema: &'static str,
    /// The schema after each proven migration, in order of version.
    pub points: &'static [Point],
    /// The repeatables whose proof is missing or stale, by name.
    pub unproven_repeatables: &'static [&'static str],
    /// The schema after each proven repeatable, in the order in which they run after all migrations.
    pub repeated: &'static [Repeated],
    /// Which migrations may come late, and after which newer one.
    pub commuting: &'static [Commuting],
    /// The versions of the servers on which it was proven, such as `15.8`.
    pub servers: &'static [&'static str],
    /// What of a database is compared.
    pub scope: Scope,
}

/// Whether a release build insists on a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It does.
    On,
    /// `migrator.toml` says that it does not.
    Off,
}

/// The schema after one migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The version of the migration.
    pub version: i64,
    /// The fingerprint of the schema after it.
    pub fingerprint: [u8; 32],
    /// What it changed, one object a line: `+` or `-`, 16 hexadecimal digits of the object's fingerprint, its kind,
    /// a colon, its name.
    pub changes: &'static str,
}

/// The schema after one repeatable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The name of the repeatable.
    pub name: &'static str,
    /// The fingerprint of the schema after it.
    pub fingerprint: [u8; 32],
    /// What it changed, as in a [`Point`].
    pub changes: &'static str,
}

/// Migrations that may come late: where everything up to `newest` is applied but these, applying them in order of
/// version makes the schema after `newest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commuting {
    /// The newest migration that was applied before them.
    pub newest: i64,
    /// The late ones, ascending.
    pub versions: &'static [i64],
}

/// What of a database is compared, as `[verify]` in `migrator.toml` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The schemas; empty: those in which a proven object is, and `public`.
    pub schemas: &'static [&'static str],
    /// Objects that are left out, as `schema.name` or `schema.*`.
    pub ignore: &'static [&'static str],
    /// Whether comments count.
    pub comments: Counted,
    /// Whether grants count.
    pub grants: Counted,
}

/// Whether a kind of object that not every history cares about is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl Proof {
    /// Nothing is proven, and nothing was said about it.
    pub const ABSENT: Self = Self {
        gate: Gate::On,
        unproven: &[],
        schema: "",
        points: &[],
        unproven_repeatables: &[],
        repeated: &[],
        commuting: &[],
        servers: &[],
        scope: Scope {
            schemas: &[],
            ignore: &[],
            comments: Counted::No,
            grants: Counted::No,
        },
    };
}
