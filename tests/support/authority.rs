//! Certificates, made while the tests run: of a CA, of servers and clients, wrong in every way.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
    date_time_ymd,
};

/// A CA.
pub(crate) struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM form.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
    serial: u64,
}

impl Issued {
    /// One that was made elsewhere.
    pub(crate) fn of(certificate: &str, key: &str) -> Self {
        Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            serial: 0,
        }
    }
}

/// For whom, and until when.
fn parameters(subject: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).expect("names");
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, subject);
    parameters
}

fn authority(subject: &str) -> CertificateParams {
    let mut parameters = parameters(subject, &[]);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

impl Authority {
    pub(crate) fn new(subject: &str) -> Self {
        Self::with(subject, |_| {})
    }

    /// The same, changed.
    pub(crate) fn with(subject: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut parameters = authority(subject);
        change(&mut parameters);
        let key = KeyPair::generate().expect("a key");
        Self {
            certificate: parameters.self_signed(&key).expect("a certificate"),
            issuer: Issuer::new(parameters, key),
        }
    }

    /// A CA that this one has made one.
    pub(crate) fn under(&self, subject: &str) -> Self {
        let parameters = authority(subject);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer);
        Self {
            certificate: certificate.expect("a certificate"),
            issuer: Issuer::new(parameters, key),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate for a subject and its alternative names.
    pub(crate) fn issue(&self, subject: &str, names: &[&str]) -> Issued {
        self.issue_with(subject, names, |_| {})
    }

    /// The same, changed.
    pub(crate) fn issue_with(
        &self,
        subject: &str,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let mut parameters = parameters(subject, names);
        let serial = u64::from(std::process::id()) << 8 | subject.len() as u64;
        parameters.serial_number = Some(SerialNumber::from(serial));
        change(&mut parameters);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer);
        Issued {
            certificate: certificate.expect("a certificate").pem(),
            key: key.serialize_pem(),
            serial,
        }
    }

    /// A list of revoked certificates.
    pub(crate) fn revoking(&self, revoked: &[&Issued]) -> String {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(4000, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked
                .iter()
                .map(|issued| RevokedCertParams {
                    serial_number: SerialNumber::from(issued.serial),
                    revocation_time: date_time_ymd(2021, 1, 1),
                    reason_code: None,
                    invalidity_date: None,
                })
                .collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).expect("a list");
        list.pem().expect("a list in PEM form")
    }
}

/// A certificate that nobody else has issued, as `openssl req -x509` makes it.
pub(crate) fn self_signed(subject: &str, names: &[&str]) -> Issued {
    let mut parameters = parameters(subject, names);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    Issued {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        serial: 0,
    }
}
