//! The token that requests carry: read from a file, compared in a time that says nothing about it, never shown.

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind};
use crate::quote::shell;

/// More than any token has; whoever names a large file has named the wrong one.
const LARGEST: u64 = 4096;
/// What a request has to carry, hashed, so that comparing takes as long for every length.
pub(super) struct Token([u8; 32]);

impl Token {
    /// Reads a file that holds the token, and perhaps white space around it.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display();
        let typed = shell(&path.to_string_lossy());
        let refused = |why: &str| {
            Error::new(
                Kind::Usage,
                format!("the token file \"{shown}\" cannot be used: {why}"),
            )
            .with_hint(format!(
                "Write a new one: `(umask 077; openssl rand -hex 32 > {typed})`."
            ))
        };
        // Opening it would wait for whoever writes there, and not even a signal would end that.
        if fs::metadata(path).is_ok_and(|about| about.file_type().is_fifo()) {
            return Err(refused("it is a named pipe"));
        }
        let file = fs::File::open(path).map_err(|error| refused(&error.to_string()))?;
        if let Ok(about) = file.metadata()
            && is_open(about.mode(), about.uid())
        {
            log::warn!(
                "the token file \"{shown}\" can be read by others on this machine: `chmod 600 {typed}`"
            );
        }
        let mut text = String::new();
        file.take(LARGEST + 1)
            .read_to_string(&mut text)
            .map_err(|error| refused(&error.to_string()))?;
        if text.len() as u64 > LARGEST {
            return Err(refused("it is larger than 4096 bytes"));
        }
        match text.trim() {
            "" => Err(refused("it is empty")),
            token if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Self(digest(token))),
            _ => Err(refused(
                "it holds more than one word, or other characters than those of ASCII",
            )),
        }
    }

    /// Whether a request carries it: as a bearer's token, or as the password that a browser asks for.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        let Some((scheme, credentials)) = value.to_str().ok().and_then(|it| it.split_once(' '))
        else {
            return false;
        };
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return self.is(credentials);
        }
        let decoded = STANDARD.decode(credentials).unwrap_or_default();
        let password = std::str::from_utf8(&decoded)
            .ok()
            .and_then(|it| it.split_once(':'));
        match password {
            Some((_, password)) if scheme.eq_ignore_ascii_case("basic") => self.is(password),
            _ => false,
        }
    }

    fn is(&self, offered: &str) -> bool {
        let offered = digest(offered);
        let differing = self.0.iter().zip(&offered).map(|(a, b)| a ^ b);
        differing.fold(0, |all, byte| all | byte) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Whether others may read a file. One of root's may be read by a group, as the secrets of Kubernetes are with `fsGroup`
/// and keys may be for libpq.
const fn is_open(mode: u32, owner: u32) -> bool {
    let allowed = if owner == 0 { 0o740 } else { 0o700 };
    mode & 0o777 & !allowed != 0
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn accepts(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_str(value).expect("a header"),
        );
        Token(digest("s3cret")).is_in(&headers)
    }

    #[test]
    fn both_schemes_carry_it() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for value in [
            "Bearer s3cret",
            "bearer  s3cret ",
            &basic(":s3cret"),
            &basic("anybody:s3cret"),
        ] {
            assert!(accepts(value), "{value}");
        }
        for value in [
            "s3cret",
            "Bearer",
            "Bearer ",
            "Bearer s3cre",
            "Bearer s3crett",
            "Bearer S3CRET",
            "Basic s3cret",
            "Digest s3cret",
            &basic("s3cret"),
            &basic("s3cret:"),
        ] {
            assert!(!accepts(value), "{value}");
        }
    }

    #[test]
    fn two_headers_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"));
        assert!(!Token(digest("s3cret")).is_in(&headers));
    }

    #[test]
    fn a_group_may_read_what_belongs_to_root() {
        for (mode, owner, open) in [
            (0o100_600, 1000, false),
            (0o100_400, 1000, false),
            (0o100_640, 1000, true),
            (0o100_604, 1000, true),
            (0o100_600, 0, false),
            (0o100_440, 0, false),
            (0o100_640, 0, false),
            (0o100_644, 0, true),
            (0o100_660, 0, true),
            (0o100_604, 0, true),
        ] {
            assert_eq!(is_open(mode, owner), open, "{mode:o} of {owner}");
        }
    }

    #[test]
    fn it_is_not_shown() {
        assert_eq!(format!("{:?}", Token(digest("s3cret"))), "Token(…)");
    }
}
