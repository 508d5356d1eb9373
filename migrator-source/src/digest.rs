//! One SHA-256 over a whole folder: two folders with equal digests hold the same scripts under the same names.

use sha2::{Digest, Sha256};

use crate::folder::{Down, Folder, Script};

/// SHA-256 over the file name and the SHA-256 of every script, in order: each migration with its down file and its
/// verify script, then the
/// repeatables, then the baselines.
#[must_use]
pub fn digest(folder: &Folder) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for script in scripts(folder) {
        hasher.update(script.file.as_bytes());
        // A file name holds no NUL, so the names cannot run into the hashes.
        hasher.update([0]);
        hasher.update(script.sha256);
    }
    hasher.finalize().into()
}

/// Every script of a folder, in order.
fn scripts(folder: &Folder) -> impl Iterator<Item = &Script> {
    let migrations = folder.migrations.iter().flat_map(|migration| {
        let down = if let Down::Script(script) = &migration.down {
            Some(script)
        } else {
            None
        };
        std::iter::once(&migration.up)
            .chain(down)
            .chain(&migration.verify)
    });
    let repeatables = folder
        .repeatables
        .iter()
        .map(|repeatable| &repeatable.script);
    let baselines = folder.baselines.iter().flat_map(|it| &it.scripts);
    migrations.chain(repeatables).chain(baselines)
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}
