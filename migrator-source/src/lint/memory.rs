//! What was observed in an earlier build, by the SHA-256 of each text.
//!
//! It only saves time: what cannot be read is forgotten. Where it is kept is the caller's business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::observe::Observed;

/// Observations, and the rules that were looked for when they were made.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Memory {
    looked_for: String,
    texts: BTreeMap<String, Observed>,
}

impl Memory {
    /// Observations of another set of rules are worth nothing.
    pub(super) fn decode(bytes: &[u8], looked_for: &str) -> Self {
        serde_json::from_slice(bytes)
            .ok()
            .filter(|memory: &Self| memory.looked_for == looked_for)
            .unwrap_or_default()
    }

    pub(super) fn encode(looked_for: String, texts: BTreeMap<String, Observed>) -> Vec<u8> {
        serde_json::to_vec(&Self { looked_for, texts }).unwrap_or_default()
    }

    pub(super) fn take(&mut self, sha256: &str) -> Option<Observed> {
        self.texts.remove(sha256)
    }
}
