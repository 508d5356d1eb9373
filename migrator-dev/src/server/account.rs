//! The operating system account that a server runs under when we are root, because PostgreSQL refuses root.
//!
//! Reads `/etc/passwd` as a file: accounts from a directory service are not found, and none is needed.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::Error;

/// Ordered by preference: `nobody` exists wherever no PostgreSQL package made an account.
const NAMES: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// Whom the server runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// Whoever we are.
    Ours,
    /// Another one, because we are root.
    Other { uid: u32, gid: u32 },
}

impl Account {
    pub(super) fn for_server() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ours);
        }
        fs::read_to_string("/etc/passwd")
            .ok()
            .and_then(|text| from_passwd(&text))
            .ok_or(Error::Account)
    }

    /// Lets the command run under this account.
    pub(super) fn run(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives a folder to this account.
    pub(super) fn own(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Ours => Ok(()),
            Self::Other { uid, gid } => {
                chown(path, Some(uid), Some(gid)).map_err(|source| Error::Folder {
                    path: path.to_owned(),
                    source,
                })
            }
        }
    }
}

fn from_passwd(text: &str) -> Option<Account> {
    NAMES.iter().find_map(|name| {
        text.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Account::Other { uid, gid })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_preferred_to_nobody() {
        let passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(
            from_passwd(passwd),
            Some(Account::Other { uid: 101, gid: 104 })
        );
    }

    #[test]
    fn an_account_without_a_usable_number_is_passed_over() {
        assert_eq!(from_passwd("nobody:*:-2:-2::/:/bin/false\n"), None);
    }
}
