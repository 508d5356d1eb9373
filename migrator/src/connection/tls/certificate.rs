//! What a certificate says of itself: whom it is for, from whom, from when until when.
//!
//! The comparison of names is libpq's, which falls back to the common name where there is no alternative name.

use std::net::IpAddr;
use std::time::Duration;

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use time::OffsetDateTime;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, NameConstraints, SubjectAltName};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// A certificate that could be read.
pub(super) struct Certificate(x509_cert::Certificate);

/// What one of its names is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Dns(String),
    Ip(IpAddr),
}

/// Whether the common name may stand for a host where no alternative name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommonName {
    Counts,
    Ignored,
}

/// Whether a moment lies in the time for which a certificate was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Validity {
    /// It does.
    Valid,
    /// It comes before this day.
    NotYet(String),
    /// It comes after this day.
    Over(String),
}

impl Certificate {
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        x509_cert::Certificate::from_der(der.as_ref())
            .ok()
            .map(Self)
    }

    /// Whom it is for, as OpenSSL would write it: `CN=db,O=us`.
    pub(super) fn subject(&self) -> String {
        self.0.tbs_certificate.subject.to_string()
    }

    pub(super) fn issuer(&self) -> String {
        self.0.tbs_certificate.issuer.to_string()
    }

    /// Whether its owner has issued it.
    pub(super) fn is_self_signed(&self) -> bool {
        self.0.tbs_certificate.issuer == self.0.tbs_certificate.subject
    }

    /// Whether it is of the old form without extensions, which the verification of chains does not read.
    pub(super) fn is_of_version_1(&self) -> bool {
        self.0.tbs_certificate.version == Version::V1
    }

    pub(super) fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'static>> {
        let key = &self.0.tbs_certificate.subject_public_key_info;
        key.to_der().ok().map(SubjectPublicKeyInfoDer::from)
    }

    /// Whether another certificate has signed this one, and may.
    pub(super) fn is_issued_by(
        &self,
        other: &Self,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> bool {
        let (ours, theirs) = (&self.0, &other.0.tbs_certificate);
        if ours.tbs_certificate.issuer != theirs.subject
            || ours.tbs_certificate.signature != ours.signature_algorithm
            || !other.may_issue()
        {
            return false;
        }
        let key = &theirs.subject_public_key_info;
        let (Ok(text), Some(signature), Some(signed_with), Some(of_key)) = (
            ours.tbs_certificate.to_der(),
            ours.signature.as_bytes(),
            identifier(&ours.signature_algorithm),
            identifier(&key.algorithm),
        ) else {
            return false;
        };
        let key = key.subject_public_key.raw_bytes();
        algorithms.all.iter().any(|algorithm| {
            algorithm.signature_alg_id().as_ref() == signed_with
                && algorithm.public_key_alg_id().as_ref() == of_key
                && algorithm.verify_signature(key, &text, signature).is_ok()
        })
    }

    /// Whether it is the certificate of a CA. In version 1, whoever trusts it says so.
    pub(super) fn may_issue(&self) -> bool {
        match self.0.tbs_certificate.get::<BasicConstraints>() {
            Ok(Some((_, constraints))) => constraints.ca,
            Ok(None) => self.is_of_version_1(),
            Err(_) => false,
        }
    }

    pub(super) fn validity(&self, now: UnixTime) -> Validity {
        let validity = &self.0.tbs_certificate.validity;
        let now = Duration::from_secs(now.as_secs());
        let (begin, end) = (
            validity.not_before.to_unix_duration(),
            validity.not_after.to_unix_duration(),
        );
        if now < begin {
            Validity::NotYet(day(begin))
        } else if now > end {
            Validity::Over(day(end))
        } else {
            Validity::Valid
        }
    }

    /// Whether it limits the names of what it issues.
    pub(super) fn constrains_names(&self) -> bool {
        !matches!(self.0.tbs_certificate.get::<NameConstraints>(), Ok(None))
    }

    /// `None` where they are there and cannot be read.
    fn alternatives(&self) -> Option<Vec<Name>> {
        match self.0.tbs_certificate.get::<SubjectAltName>() {
            Ok(Some((_, names))) => Some(names.0.iter().filter_map(name).collect()),
            Ok(None) => Some(Vec::new()),
            Err(_) => None,
        }
    }

    fn common_name(&self) -> Option<String> {
        let names = &self.0.tbs_certificate.subject.0;
        let mut parts = names.iter().flat_map(|part| part.0.iter());
        let value = &parts.find(|part| part.oid == COMMON_NAME)?.value;
        let text = value
            .decode_as::<Utf8StringRef<'_>>()
            .map(|text| text.as_str().to_owned());
        let text = text.or_else(|_| {
            let text = value.decode_as::<PrintableStringRef<'_>>();
            text.map(|text| text.as_str().to_owned())
        });
        let text = text.or_else(|_| {
            let text = value.decode_as::<Ia5StringRef<'_>>();
            text.map(|text| text.as_str().to_owned())
        });
        text.ok()
    }

    /// Which hosts it is for, for messages.
    pub(super) fn hosts(&self) -> Vec<String> {
        let alternatives = self.alternatives().into_iter().flatten();
        let mut hosts: Vec<String> = alternatives
            .map(|name| match name {
                Name::Dns(name) => name,
                Name::Ip(address) => address.to_string(),
            })
            .collect();
        if hosts.is_empty() {
            hosts.extend(self.common_name());
        }
        hosts
    }

    /// Whether it is for this host. The common name counts only where no alternative name is of the host's kind.
    pub(super) fn is_for(&self, host: &str, common_name: CommonName) -> bool {
        let address: Option<IpAddr> = host.parse().ok();
        let Some(alternatives) = self.alternatives() else {
            return false;
        };
        let same_kind = |name: &Name| matches!(name, Name::Ip(_)) == address.is_some();
        let matches = |name: &Name| match name {
            Name::Dns(pattern) => covers(pattern, host),
            Name::Ip(ours) => address == Some(*ours),
        };
        alternatives.iter().any(matches)
            || common_name == CommonName::Counts
                && !alternatives.iter().any(same_kind)
                && self.common_name().is_some_and(|name| covers(&name, host))
    }
}

/// An algorithm as it is written in certificates, without the beginning that says how long it is.
fn identifier(algorithm: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    let mut bytes = algorithm.oid.to_der().ok()?;
    if let Some(parameters) = &algorithm.parameters {
        bytes.extend(parameters.to_der().ok()?);
    }
    Some(bytes)
}

fn name(name: &GeneralName) -> Option<Name> {
    match name {
        GeneralName::DnsName(name) => Some(Name::Dns(name.as_str().to_owned())),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
            address.ok().map(Name::Ip)
        }
        _ => None,
    }
}

/// Whether a name of a certificate covers a host's. `*` stands for one whole label, the first; never for an address.
fn covers(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    if host.parse::<IpAddr>().is_ok() {
        return false;
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((label, rest))) => {
            !label.is_empty() && !domain.is_empty() && domain.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

fn day(time: Duration) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    match OffsetDateTime::from_unix_timestamp(seconds) {
        Ok(time) => time.date().to_string(),
        Err(_) => "a day out of range".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn names_as_libpq_compares_them() {
        for (pattern, host, expected) in [
            ("db.example.com", "db.example.com", true),
            ("DB.example.com", "db.EXAMPLE.com", true),
            ("db.example.com", "x.example.com", false),
            ("*.example.com", "db.example.com", true),
            ("*.example.com", "a.db.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.example.com", ".example.com", false),
            ("d*.example.com", "db.example.com", false),
            ("*.com", "example.com", true),
            ("*", "db", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("*.0.0.1", "127.0.0.1", false),
        ] {
            assert_eq!(covers(pattern, host), expected, "{pattern} {host}");
        }
    }

    fn fixture(text: &str) -> Certificate {
        let der = CertificateDer::from_pem_slice(text.as_bytes()).unwrap();
        Certificate::read(&der).unwrap()
    }

    #[test]
    fn the_key_of_the_issuer_counts_and_not_its_name() {
        let root = include_str!("../../../../tests/fixtures/version_1/root.crt");
        let server = include_str!("../../../../tests/fixtures/version_1/server.crt");
        let (root, server) = (fixture(root), fixture(server));
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        assert!(server.is_of_version_1() && !root.is_of_version_1());
        assert!(server.is_issued_by(&root, &algorithms));
        assert!(!root.is_issued_by(&server, &algorithms));
        let forged = {
            let mut parameters = rcgen::CertificateParams::default();
            parameters.distinguished_name = rcgen::DistinguishedName::new();
            let text = "a root of version 3";
            parameters
                .distinguished_name
                .push(rcgen::DnType::CommonName, text);
            parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let key = rcgen::KeyPair::generate().unwrap();
            fixture(&parameters.self_signed(&key).unwrap().pem())
        };
        assert_eq!(forged.subject(), root.subject());
        assert!(forged.may_issue() && !server.is_issued_by(&forged, &algorithms));
    }

    #[test]
    fn days() {
        assert_eq!(day(Duration::from_secs(0)), "1970-01-01");
        assert_eq!(day(Duration::from_secs(1_700_000_000)), "2023-11-14");
    }
}
