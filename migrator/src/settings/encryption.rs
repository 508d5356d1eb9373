//! What the values of the parameters about TLS mean. Pure.

use super::Environment;
use super::access::Reader;
use crate::access::{
    Encryption, File, Mode, Negotiation, Roots, Sending, Sni, SystemRoots, Version,
};

/// Those before 1.2 are not spoken, which is within a lower limit below it.
const VERSIONS: &[(&str, Version)] = &[
    ("TLSv1", Version::Tls12),
    ("TLSv1.1", Version::Tls12),
    ("TLSv1.2", Version::Tls12),
    ("TLSv1.3", Version::Tls13),
];

impl Reader<'_> {
    /// Whether and how a connection is encrypted.
    pub(super) fn encryption(&mut self, environment: &Environment<'_>) -> Encryption {
        let usual = |name: &str| {
            let path = environment.below_home(&format!(".postgresql/{name}"));
            path.map(File::Usual)
        };
        let system = self.text("sslrootcert") == Some("system");
        let mode = self.choice("sslmode", &Mode::ALL.map(|mode| (mode.word(), mode)));
        let mode = match mode {
            None if system && self.text("sslmode").is_none() => Mode::VerifyFull,
            mode => mode.unwrap_or_default(),
        };
        if system && mode != Mode::VerifyFull {
            let word = self.text("sslmode").unwrap_or_default();
            self.problems.push(format!(
                "Parameter \"sslmode\" cannot be \"{word}\" with `sslrootcert=system`, where anybody can get a \
                 certificate: set `sslmode=verify-full`."
            ));
        }
        let roots = if system {
            Roots::System(SystemRoots {
                file: environment.path("SSL_CERT_FILE"),
                folders: environment.path("SSL_CERT_DIR"),
            })
        } else {
            let named = self.file("sslrootcert").map(File::Named);
            named.or(usual("root.crt")).map_or(Roots::None, Roots::File)
        };
        let named = |key: &str, name: &str| self.file(key).map(File::Named).or(usual(name));
        let (certificate, key) = (
            named("sslcert", "postgresql.crt"),
            named("sslkey", "postgresql.key"),
        );
        let revocation_folder = self.file("sslcrldir");
        let revocations = match (self.file("sslcrl"), &revocation_folder) {
            (Some(file), _) => Some(File::Named(file)),
            (None, Some(_)) => None,
            (None, None) => usual("root.crl"),
        };
        let encryption = Encryption {
            mode,
            negotiation: self.word(
                "sslnegotiation",
                &[
                    ("postgres", Negotiation::Postgres),
                    ("direct", Negotiation::Direct),
                ],
            ),
            sni: self.word(
                "sslsni",
                &[("1", Sni::Sent), ("0", Sni::Withheld), ("", Sni::Withheld)],
            ),
            roots,
            certificate,
            key,
            sending: self.sending(),
            revocations,
            revocation_folder,
            lowest: self.version("ssl_min_protocol_version").unwrap_or_default(),
            highest: self.highest(),
        };
        self.contradictions(&encryption);
        encryption
    }

    fn sending(&mut self) -> Sending {
        if self.text("sslcertmode") == Some("require") {
            self.problems.push(
                "Parameter \"sslcertmode\" cannot be \"require\": let pg_hba.conf require the certificate \
                 (`clientcert=verify-full`)."
                    .to_owned(),
            );
            return Sending::Allow;
        }
        self.word(
            "sslcertmode",
            &[("disable", Sending::Disable), ("allow", Sending::Allow)],
        )
    }

    fn version(&mut self, key: &str) -> Option<Version> {
        let text = self.text(key)?;
        let found = VERSIONS
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text));
        let found = found.map(|(_, version)| *version);
        found.or_else(|| self.choice(key, VERSIONS))
    }

    fn highest(&mut self) -> Option<Version> {
        let key = "ssl_max_protocol_version";
        let word = self.text(key)?;
        if ["tlsv1", "tlsv1.1"].contains(&word.to_ascii_lowercase().as_str()) {
            let problem = format!(
                "Parameter \"{key}\" cannot be \"{word}\": TLS 1.2 is the oldest that is spoken."
            );
            self.problems.push(problem);
            return None;
        }
        self.version(key)
    }

    fn contradictions(&mut self, encryption: &Encryption) {
        if encryption.highest.is_some_and(|it| it < encryption.lowest) {
            self.problems.push(
                "Parameter \"ssl_min_protocol_version\" is above \"ssl_max_protocol_version\"."
                    .to_owned(),
            );
        }
        if encryption.negotiation == Negotiation::Direct && encryption.mode < Mode::Require {
            self.problems.push(
                "Parameter \"sslnegotiation\" can only be \"direct\" with `sslmode=require` or more.".to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::access::access;

    #[test]
    fn versions_in_any_case() {
        let versions = |text: &str| {
            let parameters = crate::conninfo::parse(text).unwrap();
            let access = access(&parameters, &Environment::NONE);
            access
                .map(|it| (it.encryption.lowest, it.encryption.highest))
                .map_err(|problems| problems.join(" "))
        };
        let text = "ssl_min_protocol_version=tlsv1.3 ssl_max_protocol_version=TLSV1.3";
        assert_eq!(versions(text), Ok((Version::Tls13, Some(Version::Tls13))));
        for word in ["TLSv1", "tlsV1.1", "tlsv1.4"] {
            let refused = versions(&format!("ssl_max_protocol_version={word}")).unwrap_err();
            assert!(refused.contains(word), "{refused}");
        }
    }
}
