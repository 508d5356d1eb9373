//! The page for people: one document without a script and without anything to load. It asks for itself again every
//! quarter of a minute, unless it is told not to. What each part shows is in a file of its own. Pure, but for the time
//! that it is told.

mod chart;
mod facts;
mod journal;
mod migrations;
mod verdict;
mod words;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::html::Html;
use super::view::{Compared, View};
use crate::bundle::Bundle;
use crate::label::Label;
use crate::quote::hex;
use crate::verify::Verification;
use words::{capitalised, plural, second};

/// Everything that decides how it looks.
const STYLE: &str = include_str!("page/style.css");

/// How many details of a fault, and how many differences of the schema, are named.
const LISTED: usize = 20;

/// What a browser may load for the page: its style, by the hash of that, and an icon that is in the page.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    )
}

/// Whether the page asks for itself again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refresh {
    /// Every quarter of a minute.
    Automatic,
    /// Only when whoever reads it does so.
    Manual,
}

impl Refresh {
    /// As the address of the page says.
    pub(super) fn of(query: Option<&str>) -> Self {
        let mut parts = query.unwrap_or_default().split('&');
        if parts.any(|part| part == "refresh=0") {
            Self::Manual
        } else {
            Self::Automatic
        }
    }
}

/// The page.
pub(super) fn html(bundle: &Bundle, view: &View, now: OffsetDateTime, refresh: Refresh) -> String {
    let mut page = Html::default();
    let tone = verdict::tone(view);
    let name = view
        .reading
        .as_ref()
        .map_or("migrator", |it| it.database.as_str());
    page.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .markup("<meta name=\"robots\" content=\"noindex\">\n")
        .markup(match refresh {
            Refresh::Automatic => "<meta http-equiv=\"refresh\" content=\"15\">\n",
            Refresh::Manual => "",
        })
        .markup("<title>")
        .text(name)
        .text(": ")
        .text(verdict::short(view))
        .markup("</title>\n<link rel=\"icon\" href=\"")
        .markup(tone.icon())
        .markup("\">\n<style>")
        .markup(STYLE)
        .markup("</style>\n</head>\n<body class=\"")
        .markup(tone.word())
        .markup("\">\n<main>\n<header>\n<p class=\"where\">");
    if let Some(reading) = &view.reading {
        page.markup("<b>")
            .text(name)
            .markup("</b> PostgreSQL ")
            .text(&reading.server);
    }
    page.markup("</p>\n<h1>")
        .text(verdict::sentence(view))
        .markup("</h1>\n<p class=\"note\">")
        .text(verdict::note(view, now))
        .markup("</p>\n</header>\n");
    faults(&mut page, view);
    if let Some(entry) = verdict::failure(view) {
        journal::failed(&mut page, entry);
    }
    if let Some(reading) = &view.reading {
        if view.outage.is_some() {
            page.markup("<p class=\"past\">What follows was read at ")
                .text(second(reading.at))
                .markup(" UTC.</p>\n");
        }
        facts::listed(&mut page, reading, now);
        differences(&mut page, &reading.compared);
        migrations::unfinished(&mut page, &reading.status);
        if reading.unfinished.is_none() {
            page.markup("<p class=\"past\">This role may not read which scripts were begun and not ended.</p>\n");
        }
        if let Some(newest) = &reading.newest {
            chart::durations(&mut page, newest);
            migrations::listed(&mut page, &reading.status);
            journal::listed(&mut page, newest);
        } else {
            migrations::listed(&mut page, &reading.status);
            page.markup("<p class=\"past\">This role may not read the journal.</p>\n");
        }
    }
    page.markup("<footer>migrator ")
        .text(env!("CARGO_PKG_VERSION"))
        .markup(", bundle <code>")
        .text(&hex(&bundle.digest)[..12])
        .markup("</code>, ")
        .text(plural(bundle.migrations.len(), "migration"))
        .markup(". Asked at ")
        .text(second(now))
        .markup(match refresh {
            Refresh::Automatic => " UTC, and again every 15 seconds: <a href=\"?refresh=0\">stop that</a>.",
            Refresh::Manual => " UTC, and not again by itself: <a href=\"?\">ask every 15 seconds</a>.",
        })
        .markup(
            " For programs: <a href=\"status.json\">status.json</a>, \
             <a href=\"metrics\">metrics</a>, <a href=\"readyz\">readyz</a>.</footer>\n</main>\n</body>\n</html>\n",
        );
    page.into_string()
}

/// What is wrong, and what to do about it.
fn faults(page: &mut Html, view: &View) {
    let faults = view.faults();
    for fault in &faults {
        page.markup("<section class=\"fault\">\n");
        if faults.len() > 1 || view.outage.is_some() {
            // Otherwise it is the sentence above.
            page.markup("<h2>")
                .text(capitalised(&fault.to_string()))
                .markup("</h2>\n");
        }
        if !fault.detail().is_empty() {
            page.markup("<ul>");
            for detail in fault.detail().iter().take(LISTED) {
                page.markup("<li>").prose(detail).markup("</li>");
            }
            page.markup("</ul>\n");
            more(page, fault.detail().len(), LISTED);
        }
        if let Some(hint) = fault.hint() {
            page.markup("<p>").prose(hint).markup("</p>\n");
        }
        page.markup("</section>\n");
    }
}

fn differences(page: &mut Html, compared: &Compared) {
    let Compared::Done {
        verification: Verification::Drifted { differences, .. },
        ..
    } = compared
    else {
        return;
    };
    page.markup("<section>\n<h2>Schema</h2>\n");
    table(page, "differences", &["Fault", "Object"]);
    for difference in differences.iter().take(LISTED) {
        page.markup("<tr role=\"row\"><td role=\"cell\">")
            .text(difference.fault.word())
            .markup("</td><td role=\"cell\" class=\"name\">")
            .text(&difference.kind)
            .markup(" <b>")
            .text(&difference.name)
            .markup("</b></td></tr>\n");
    }
    page.markup("</tbody>\n</table>\n");
    more(page, differences.len(), LISTED);
    page.markup("</section>\n");
}

/// Begins a table. The roles are said because a narrow window lays the rows out in another way, and some browsers then
/// take them for no rows.
fn table(page: &mut Html, class: &'static str, columns: &[&'static str]) {
    page.markup("<table role=\"table\" class=\"")
        .markup(class)
        .markup("\">\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for column in columns {
        page.markup("<th role=\"columnheader\" scope=\"col\">")
            .markup(column)
            .markup("</th>");
    }
    page.markup("</tr></thead>\n<tbody role=\"rowgroup\">\n");
}

/// A migration's version and name.
fn label(page: &mut Html, label: &Label<'_>) {
    page.markup("<b>")
        .text(label.name)
        .markup("</b> <span class=\"version\">")
        .text(label.version())
        .markup("</span>");
}

fn more(page: &mut Html, count: usize, shown: usize) {
    if let Some(left) = count.checked_sub(shown).filter(|left| *left > 0) {
        page.markup("<p class=\"past\">and ")
            .text(left)
            .markup(" more, all of them in <a href=\"status.json\">status.json</a></p>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How well a colour can be told from another
    /// (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |colour: &str| -> f64 {
            let channel = |at: usize| {
                let digits = colour.get(at..at + 2).expect("six digits");
                let value = f64::from(u8::from_str_radix(digits, 16).expect("digits")) / 255.0;
                match value {
                    ..=0.04045 => value / 12.92,
                    _ => ((value + 0.055) / 1.055).powf(2.4),
                }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_colour_can_be_told_from_the_paper() {
        let palettes: Vec<&str> = STYLE.split(":root{").skip(1).collect();
        assert_eq!(palettes.len(), 2, "light and dark");
        for palette in palettes {
            let colour = |name: &str| {
                let (_, rest) = palette.split_once(&format!("--{name}:")).expect("a colour");
                rest.get(..7).expect("a colour")
            };
            for (name, under, least) in [
                ("ink", "paper", 4.5),
                ("soft", "paper", 4.5),
                ("soft", "wash", 4.5),
                ("good", "paper", 4.5),
                ("waiting", "paper", 4.5),
                ("bad", "paper", 4.5),
                ("bar", "paper", 3.0),
                ("back", "paper", 3.0),
            ] {
                let (text, ground) = (colour(name), colour(under));
                let found = contrast(text, ground);
                assert!(found >= least, "{name} {text} on {ground}: {found:.2}");
            }
        }
    }

    #[test]
    fn the_address_says_whether_it_is_asked_for_again() {
        for (query, expected) in [
            (None, Refresh::Automatic),
            (Some(""), Refresh::Automatic),
            (Some("refresh=15"), Refresh::Automatic),
            (Some("refresh=0"), Refresh::Manual),
            (Some("a=b&refresh=0"), Refresh::Manual),
        ] {
            assert_eq!(Refresh::of(query), expected, "{query:?}");
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
}
