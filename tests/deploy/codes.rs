//! Which exit codes are worth another try: what deploy/README.md says, for whoever has to agree with it.

use std::collections::BTreeMap;

use migrator::error::Kind;

use super::read;

/// Every failure there is.
const KINDS: [Kind; 9] = [
    Kind::Migration,
    Kind::Usage,
    Kind::Drift,
    Kind::Pending,
    Kind::Lock,
    Kind::Connection,
    Kind::SchemaDrift,
    Kind::Interrupted,
    Kind::Doubt,
];

/// Whether running the same command again may end otherwise, without anybody doing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    Yes,
    No,
}

/// What the table says of each exit code of a failure.
pub(crate) fn told() -> BTreeMap<u8, Again> {
    let text = read("deploy/README.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let code = cells.get(1)?.parse().ok()?;
        let again = match cells.get(3)?.split([' ', ',']).next()? {
            "yes" => Again::Yes,
            "no" => Again::No,
            // Nothing failed.
            "–" => return None,
            other => panic!("\"{other}\" in the row of exit code {code}"),
        };
        Some((code, again))
    });
    rows.collect()
}

/// The exit codes of `up` with which it is or is not tried again. Only `check` says that migrations are pending.
pub(crate) fn of_up(again: Again) -> Vec<u8> {
    let told = told().into_iter();
    told.filter(|(code, it)| *it == again && *code != Kind::Pending.exit_code())
        .map(|(code, _)| code)
        .collect()
}

#[test]
fn the_table_has_every_exit_code() {
    let told: Vec<u8> = told().into_keys().collect();
    let mut codes = KINDS.map(Kind::exit_code);
    codes.sort_unstable();
    assert_eq!(told, codes);
}
