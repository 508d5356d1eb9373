//! Where a run should end: `head`, `base`, a version, `+N` or `-N`. A destination only; what happens on the way is
//! the command's business.

use std::fmt;
use std::str::FromStr;

/// A destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything that is baked.
    Head,
    /// Nothing.
    Base,
    /// This version.
    Version(i64),
    /// So many migrations further.
    Forward(usize),
    /// So many migrations back.
    Back(usize),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps = |digits: &str| digits.parse().ok().filter(|steps| *steps > 0);
        let target = match text {
            "head" | "heads" => Some(Self::Head),
            "base" => Some(Self::Base),
            _ => match (text.strip_prefix('+'), text.strip_prefix('-')) {
                (Some(digits), _) => steps(digits).map(Self::Forward),
                (_, Some(digits)) => steps(digits).map(Self::Back),
                _ => text.parse().ok().map(Self::Version),
            },
        };
        target.ok_or_else(|| "a target is head, base, a version number, +N or -N".to_owned())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("head"),
            Self::Base => f.write_str("base"),
            Self::Version(version) => write!(f, "{version}"),
            Self::Forward(steps) => write!(f, "+{steps}"),
            Self::Back(steps) => write!(f, "-{steps}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed() {
        for (text, target) in [
            ("head", Some(Target::Head)),
            ("base", Some(Target::Base)),
            ("7", Some(Target::Version(7))),
            ("20260101120000", Some(Target::Version(20_260_101_120_000))),
            ("+1", Some(Target::Forward(1))),
            ("-12", Some(Target::Back(12))),
            ("+0", None),
            ("-", None),
            ("V7", None),
            ("", None),
            ("9223372036854775808", None),
        ] {
            assert_eq!(text.parse().ok(), target, "{text}");
            if let Some(target) = target {
                assert_eq!(target.to_string(), text);
            }
        }
    }
}
