//! What the page writes of times.

use super::*;

#[test]
fn ages_and_durations_are_short() {
    for (seconds, expected) in [
        (-3, "just now"),
        (1, "just now"),
        (2, "2 s ago"),
        (119, "119 s ago"),
        (120, "2 min ago"),
        (7_200, "2 h ago"),
        (172_800, "2 days ago"),
    ] {
        assert_eq!(ago(Duration::seconds(seconds)), expected);
    }
    for (milliseconds, expected) in [
        (0.04, "0.0 ms"),
        (9.94, "9.9 ms"),
        (9.96, "10 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (99_940.0, "99.9 s"),
        (99_960.0, "1 min 39 s"),
        (3_725_000.0, "62 min 5 s"),
    ] {
        assert_eq!(took(milliseconds), expected);
    }
}

#[test]
fn the_style_is_the_one_that_the_policy_names() {
    let policy = policy();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    // Inside of `<style>` nothing is escaped, and the hash is taken over exactly what is there.
    assert!(!STYLE.contains('<') && !STYLE.contains("url(") && !STYLE.contains("@import"));
}
