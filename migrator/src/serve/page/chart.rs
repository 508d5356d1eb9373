//! How long the newest migrations took, as bars on a logarithmic scale. Pure.

use super::Html;
use super::words::took;
use crate::history::{Entry, NEWEST_RUNS};

/// How many bars there is room for at least, so that a few do not look like walls.
const ROOM: usize = 30;
/// How wide a bar is, of the place that it has.
const WIDTH: f64 = 0.72;
/// What is drawn of the fastest.
const LEAST: f64 = 2.0;

/// The chart; nothing where nothing ran.
pub(super) fn durations(page: &mut Html, newest: &[Entry]) {
    let runs: Vec<&Entry> = newest
        .iter()
        .filter(|entry| {
            matches!(
                entry.action.as_str(),
                "apply" | "baseline" | "revert" | "repeat"
            ) && entry.took_ms > 0.0
        })
        .collect();
    let runs = runs
        .get(runs.len().saturating_sub(NEWEST_RUNS)..)
        .unwrap_or_default();
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return;
    };
    let scale = Scale::over(runs);
    page.markup("<section>\n<h2>Durations");
    let longest = runs.iter().max_by(|a, b| a.took_ms.total_cmp(&b.took_ms));
    if let Some(longest) = longest.filter(|_| runs.len() > 1) {
        page.markup(" <small>longest of ")
            .text(runs.len())
            .text(": ")
            .text(longest.name.as_str())
            .text(", ")
            .text(took(longest.took_ms))
            .markup("</small>");
    }
    page.markup("</h2>\n<figure>\n<div class=\"scale\">");
    for decade in scale.decades().rev() {
        page.markup("<span>").text(round(decade)).markup("</span>");
    }
    page.markup("</div>\n<svg role=\"img\" aria-label=\"How long each of the newest ")
        .text(runs.len())
        .markup(" runs took\" preserveAspectRatio=\"none\" viewBox=\"0 0 ")
        .text(runs.len().max(ROOM))
        .markup(" 100\">\n");
    for decade in scale.decades() {
        let y = 100.0 - scale.height(10_f64.powi(decade));
        page.markup("<line x1=\"0\" x2=\"")
            .text(runs.len().max(ROOM))
            .markup("\" y1=\"")
            .text(number(y))
            .markup("\" y2=\"")
            .text(number(y))
            .markup("\"/>\n");
    }
    let mut x = (1.0 - WIDTH) / 2.0;
    for run in runs {
        let height = scale.height(run.took_ms).max(LEAST);
        page.markup(if run.action == "revert" {
            "<rect class=\"revert\" x=\""
        } else {
            "<rect x=\""
        })
        .text(number(x))
        .markup("\" y=\"")
        .text(number(100.0 - height))
        .markup("\" width=\"")
        .text(WIDTH)
        .markup("\" height=\"")
        .text(number(height))
        .markup("\"><title>")
        .text(&run.action)
        .text(" ")
        .text(run.label().plain())
        .text(": ")
        .text(took(run.took_ms))
        .markup("</title></rect>\n");
        x += 1.0;
    }
    let dates = [first, last].map(|entry| entry.started_at.get(..10).unwrap_or_default());
    page.markup("</svg>\n<figcaption><span>")
        .text(dates[0])
        .markup("</span>");
    if runs.iter().any(|run| run.action == "revert") {
        page.markup("<span class=\"revert\">reverted</span>");
    }
    if dates[0] != dates[1] {
        page.markup("<span>").text(dates[1]).markup("</span>");
    }
    page.markup("</figcaption>\n</figure>\n</section>\n");
}

/// Powers of ten, in milliseconds.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    /// Whole decades around everything, two at least.
    fn over(runs: &[&Entry]) -> Self {
        let exponents = || runs.iter().map(|run| run.took_ms.log10());
        let low = exponents().map(whole_below).min().unwrap_or(0).clamp(-3, 6);
        let high = exponents().map(|it| whole_below(it) + 1).max().unwrap_or(0);
        Self {
            low,
            high: high.clamp(low + 2, 9),
        }
    }

    fn decades(&self) -> std::ops::RangeInclusive<i32> {
        self.low..=self.high
    }

    /// Percent of the whole height.
    fn height(&self, milliseconds: f64) -> f64 {
        let part = (milliseconds.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        (part * 100.0).clamp(0.0, 100.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the logarithm of a duration is small"
)]
fn whole_below(exponent: f64) -> i32 {
    exponent.floor() as i32
}

/// A power of ten of milliseconds, for people.
fn round(decade: i32) -> String {
    match decade {
        ..0 => format!("{} µs", 10_i32.pow(decade.saturating_add(3).unsigned_abs())),
        0..3 => format!("{} ms", 10_i32.pow(decade.unsigned_abs())),
        _ => format!(
            "{} s",
            10_i32.pow(decade.unsigned_abs().saturating_sub(3).min(9))
        ),
    }
}

fn number(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(took_ms: f64) -> Entry {
        Entry {
            id: 1,
            action: "apply".to_owned(),
            version: Some(1),
            name: "a".to_owned(),
            started_at: "2026-01-02T03:04:05Z".to_owned(),
            took_ms,
            role: String::new(),
            application: String::new(),
            binary: String::new(),
            sqlstate: None,
            error: None,
            detail: None,
        }
    }

    #[test]
    fn the_scale_holds_every_run() {
        for (took, decades) in [
            (&[5.0][..], "1 ms 10 ms 100 ms"),
            (&[0.5, 2.0], "100 µs 1 ms 10 ms"),
            (
                &[0.02, 90_000.0],
                "10 µs 100 µs 1 ms 10 ms 100 ms 1 s 10 s 100 s",
            ),
            (
                &[1e-9, 1e12],
                "1 µs 10 µs 100 µs 1 ms 10 ms 100 ms 1 s 10 s 100 s 1000 s 10000 s 100000 s 1000000 s",
            ),
        ] {
            let runs: Vec<Entry> = took.iter().copied().map(run).collect();
            let scale = Scale::over(&runs.iter().collect::<Vec<_>>());
            let shown: Vec<String> = scale.decades().map(round).collect();
            assert_eq!(shown.join(" "), decades);
            for took in took {
                assert!((0.0..=100.0).contains(&scale.height(*took)));
            }
        }
    }

    #[test]
    fn nothing_ran_and_nothing_is_drawn() {
        let mut page = Html::default();
        durations(&mut page, &[]);
        durations(&mut page, &[run(0.0)]);
        assert_eq!(page.into_string(), "");
    }
}
