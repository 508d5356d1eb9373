//! What is declared of a placeholder as JSON. A value appears nowhere here, not even a default.

use serde_json::{Value, json};

use crate::bundle::{Placeholder, Quoting, Secrecy};

/// A placeholder as it is declared.
pub(super) fn declared(placeholder: &Placeholder) -> Value {
    json!({
        "name": placeholder.name,
        "as": match placeholder.quoting {
            Quoting::Identifier => "identifier",
            Quoting::Literal => "literal",
        },
        "required": placeholder.default.is_none(),
        "secret": placeholder.secrecy == Secrecy::Secret,
        "variable": placeholder.variable,
    })
}
