//! Certificates: which of the server's will do in which mode, what is said of those that will not, and ours.

use std::fs;
use std::time::{Duration, Instant};

use rcgen::{GeneralSubtree, IsCa, NameConstraints, date_time_ymd};

use crate::encryption::{CA, reaches};
use crate::support::{Authority, Issued, Secure, self_signed};

#[test]
fn certificates_that_will_do() {
    let secure = Secure::start();
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        for mode in ["require", "verify-ca", "verify-full"] {
            reaches(&secure, host, &format!("sslmode={mode}&{CA}"));
        }
    }
    // A name that nobody can look up, with its address beside it.
    let named = |name: &str| format!("sslmode=verify-full&{CA}&hostaddr=127.0.0.1&host={name}");
    secure.show(&secure.authority.issue("x", &["*.db.example"]));
    reaches(&secure, "x", &named("one.db.example"));
    reaches(&secure, "localhost", &format!("sslmode=verify-ca&{CA}"));
    // A common name counts where there is no other.
    secure.show(&secure.authority.issue("db.example", &[]));
    reaches(&secure, "x", &named("db.example"));
    // The server's own certificate as the trusted one.
    let own = self_signed("localhost", &[]);
    secure.file("own.crt", &own.certificate);
    secure.show(&own);
    reaches(
        &secure,
        "localhost",
        "sslmode=verify-full&sslrootcert=[folder]own.crt",
    );
    // A CA in between, which the server shows too.
    let between = secure.authority.under("CA in between");
    let mut shown = between.issue("x", &["localhost"]);
    shown.certificate.push_str(&between.pem());
    secure.show(&shown);
    reaches(&secure, "localhost", &format!("sslmode=verify-full&{CA}"));
    secure.show(&own);
    let system = secure
        .call("status", "localhost", "sslrootcert=system")
        .variable("SSL_CERT_FILE", secure.path("own.crt"));
    system.run().exits(0);
    // As PostgreSQL's manual has it made: of version 1, without alternative names.
    let old = Issued::of(
        include_str!("fixtures/version_1/server.crt"),
        include_str!("fixtures/version_1/server.key"),
    );
    secure.file("old.crt", include_str!("fixtures/version_1/root.crt"));
    secure.show(&old);
    reaches(&secure, "localhost", "sslmode=require");
    reaches(
        &secure,
        "localhost",
        "sslmode=verify-full&sslrootcert=[folder]old.crt",
    );
    // Revoked are others.
    let (ours, theirs) = (
        secure.authority.issue("server", &["localhost"]),
        secure.authority.issue("another server", &["localhost"]),
    );
    secure.show(&ours);
    secure.file("others.crl", &secure.authority.revoking(&[&theirs]));
    let parameters = format!("sslmode=verify-full&{CA}&sslcrl=[folder]others.crl");
    reaches(&secure, "localhost", &parameters);
}

#[test]
fn certificates_that_will_not_do() {
    let secure = Secure::start();
    let refused = |name: &str, parameters: &str| {
        let parameters = format!("{parameters}&{CA}");
        // Waiting is in vain, and ends at once.
        let start = Instant::now();
        let call = secure.call("status", "localhost", &parameters);
        let ran = call.variable("MIGRATOR_WAIT", "60s").run().exits(6);
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {ran}");
        secure.assert_shown(name, ran);
    };
    let full = "sslmode=verify-full";
    secure.show(
        &secure
            .authority
            .issue("x", &["db.example", "*.db.example", "10.0.0.1"]),
    );
    refused("tls_wrong_host", full);
    secure.show(&secure.authority.issue("db.example", &[]));
    refused("tls_wrong_common_name", full);
    let expired = secure
        .authority
        .issue_with("x", &["localhost"], |parameters| {
            parameters.not_after = date_time_ymd(2025, 3, 31);
        });
    secure.show(&expired);
    refused("tls_expired", full);
    let early = secure
        .authority
        .issue_with("x", &["localhost"], |parameters| {
            parameters.not_before = date_time_ymd(3025, 3, 31);
        });
    secure.show(&early);
    refused("tls_not_yet", full);
    let other = Authority::new("another CA");
    secure.show(&other.issue("x", &["localhost"]));
    refused("tls_wrong_ca", full);
    // A root certificate is used where it is there, as libpq does it.
    refused("tls_wrong_ca_require", "sslmode=require");
    refused("tls_wrong_ca_verify_ca", "sslmode=verify-ca");
    secure.show(&self_signed("localhost", &["localhost"]));
    refused("tls_self_signed", full);
    secure.show(&Issued::of(
        include_str!("fixtures/version_1/server.crt"),
        include_str!("fixtures/version_1/server.key"),
    ));
    refused("tls_version_1", full);
    let revoked = secure.authority.issue("server", &["localhost"]);
    secure.file("ours.crl", &secure.authority.revoking(&[&revoked]));
    secure.show(&revoked);
    refused("tls_revoked", "sslmode=verify-full&sslcrl=[folder]ours.crl");
    fs::create_dir(secure.path("lists")).expect("our own folder");
    secure.file("lists/ours.crl", &secure.authority.revoking(&[&revoked]));
    refused("tls_revoked", "sslmode=verify-full&sslcrldir=[folder]lists");
    secure.file("theirs.crl", &other.revoking(&[]));
    refused(
        "tls_revocation_unknown",
        "sslmode=verify-full&sslcrl=[folder]theirs.crl",
    );
}

#[test]
fn authorities_that_vouch_for_less() {
    let secure = Secure::start();
    let refused = |file: &str, says: &[&str]| {
        let parameters = format!("sslmode=verify-full&sslrootcert=[folder]{file}");
        secure.status("localhost", &parameters).exits(6).says(says);
    };
    // The certificate of one server, which is trusted for itself, makes no other one trusted.
    let one = Authority::with("one server", |parameters| {
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = Vec::new();
    });
    secure.file("one.crt", &one.pem());
    secure.show(&one.issue("x", &["localhost"]));
    refused(
        "one.crt",
        &["comes from a CA that is not trusted", "CN=one server"],
    );
    let old = Authority::with("old CA", |parameters| {
        parameters.not_after = date_time_ymd(2025, 3, 31);
    });
    secure.file("old.crt", &old.pem());
    secure.show(&old.issue("x", &["localhost"]));
    refused("old.crt", &["CN=old CA expired on 2025-03-31", "hint: "]);
    // Its limits hold for a common name too.
    let narrow = Authority::with("narrow CA", |parameters| {
        parameters.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("a.example".to_owned())],
            excluded_subtrees: Vec::new(),
        });
    });
    secure.file("narrow.crt", &narrow.pem());
    secure.show(&narrow.issue("localhost", &[]));
    refused(
        "narrow.crt",
        &["the server's certificate is for localhost, by its common name alone"],
    );
    // Revoked is revoked, also where the certificate itself stands beside that of its CA.
    let revoked = secure.authority.issue("server", &["localhost"]);
    secure.file("ours.crl", &secure.authority.revoking(&[&revoked]));
    secure.file(
        "both.crt",
        &(revoked.certificate.clone() + &secure.authority.pem()),
    );
    secure.show(&revoked);
    refused("both.crt&sslcrl=[folder]ours.crl", &["was revoked"]);
    secure
        .status(
            "localhost",
            "sslmode=verify-full&sslrootcert=[folder]both.crt",
        )
        .exits(0);
}

#[test]
fn certificates_of_ours() {
    let secure = Secure::start();
    secure.rules("hostssl all all all cert");
    let client = secure.authority.issue("app", &[]);
    secure.file("app.crt", &client.certificate);
    secure.file("app.key", &client.key);
    let other = secure.authority.issue("other", &[]);
    secure.file("other.crt", &other.certificate);
    secure.file("other.key", &other.key);
    let foreign = Authority::new("another CA").issue("app", &[]);
    secure.file("foreign.crt", &foreign.certificate);
    secure.file("foreign.key", &foreign.key);
    let pair = |name: &str| {
        format!("sslmode=verify-full&{CA}&sslcert=[folder]{name}.crt&sslkey=[folder]{name}.key")
    };
    reaches(&secure, "localhost", &pair("app"));
    let refused = |name: &str, parameters: &str| {
        let ran = secure.status("localhost", parameters).exits(6);
        secure.assert_shown(name, ran);
    };
    refused("tls_client_none", &format!("sslmode=verify-full&{CA}"));
    refused(
        "tls_client_withheld",
        &format!("{}&sslcertmode=disable", pair("app")),
    );
    refused("tls_client_of_another", &pair("other"));
    refused("tls_client_foreign", &pair("foreign"));
}
