//! An application that brings its database up to date when it starts, and only then begins to work.
//!
//! `DATABASE_URL=postgres://… cargo run -p example-application`. Several instances may start at once: one migrates,
//! the others wait.

use std::process::ExitCode;
use std::time::Duration;

use migrator::{Bundle, Database, Error, Event, Settings, Target};

/// The history, compiled into this program.
static HISTORY: &Bundle = migrator::embed!("migrations");

fn main() -> ExitCode {
    match prepare() {
        Ok(current) => {
            log(&format!(
                "the schema is at {current}; the application starts"
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            log(&format!("error: {error}"));
            error
                .detail()
                .iter()
                .for_each(|detail| log(&format!("detail: {detail}")));
            error
                .hint()
                .iter()
                .for_each(|hint| log(&format!("hint: {hint}")));
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn prepare() -> Result<i64, Error> {
    let url = std::env::var("DATABASE_URL").unwrap_or_default();
    let settings = Settings {
        wait: Duration::from_secs(30),
        ..Settings::new(Database::from_url(&url)?)
    };
    let report = migrator::up(HISTORY, &settings, Target::Head, &mut |event| {
        if let Event::Done { label, took, .. } = event {
            log(&format!("applied {label} in {took:?}"));
        }
    })?;
    Ok(report.current.unwrap_or_default())
}

#[expect(clippy::print_stderr, reason = "an example without a logger")]
fn log(line: &str) {
    eprintln!("{line}");
}
