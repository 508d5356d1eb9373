//! What a program printed, compared with `tests/snapshots`: exit code and both outputs together.

use std::fmt::Display;

/// What differs from run to run, and what stands in its place.
const FILTERS: [(&str, &str); 12] = [
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z)?", "[timestamp]"),
    (r"since \d\d:\d\d:\d\dZ", "since [time]"),
    (r"\(\d+\.\d m?s\)", "([time])"),
    (r"in \d+\.\d m?s", "in [time]"),
    // A column of a table is as wide as its longest time.
    (r" +\d+\.\d m?s +", "  [time]  "),
    (r"took +role", "took  role"),
    (r#""took_ms": [0-9.e-]+"#, r#""took_ms": [time]"#),
    (r"127\.0\.0\.1:\d+", "[server]"),
    (r"--port=\d+", "--port=[port]"),
    (r"test_[0-9a-f]{16}", "[database]"),
    (r"pid \d+", "pid [pid]"),
    (r"target   \S+", "target   [target]"),
];

/// Fails the test when the output is not the one that was approved under this name.
/// `INSTA_UPDATE=always` approves all of it; read the difference before you commit it.
pub(crate) fn assert_shown(name: &str, ran: &impl Display) {
    insta::with_settings!({
        filters => FILTERS.to_vec(),
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, ran);
    });
}
