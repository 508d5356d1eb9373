//! The process's own log on standard error, by `log` and `env_logger`, as text or one JSON object a line.

use std::io::Write as _;

use env_logger::Builder;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::options::{LogFormat, Options};

/// Starts the log. `RUST_LOG` wins over `--log-level` where it is set.
pub(super) fn start(options: &Options) {
    let mut builder = Builder::new();
    builder.parse_filters(&options.log_level);
    builder.parse_default_env();
    // It logs every statement, and with it what stands for a secret placeholder.
    builder.filter_module("tokio_postgres", log::LevelFilter::Warn);
    match options.log_format {
        LogFormat::Text => {
            builder.format(|out, record| {
                writeln!(
                    out,
                    "{}: {}",
                    record.level().as_str().to_lowercase(),
                    record.args()
                )
            });
        }
        LogFormat::Json => {
            builder.format(|out, record| {
                let line = serde_json::json!({
                    "time": now(),
                    "level": record.level().as_str().to_lowercase(),
                    "target": record.target(),
                    "message": record.args().to_string(),
                });
                writeln!(out, "{line}")
            });
        }
    }
    // A second start in one process, as in tests, leaves the first in place.
    let _ = builder.try_init();
}

/// Now, in RFC 3339, UTC.
pub(super) fn now() -> String {
    OffsetDateTime::now_utc()
        .format(&Rfc3339)
        .unwrap_or_default()
}
