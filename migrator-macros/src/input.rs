//! The call: the path of the folder as a string literal, and perhaps the variable that may name another one.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

/// The path as it is written, and where errors point to.
pub(crate) struct Input {
    pub(crate) path: String,
    /// The environment variable that names another folder where it is set while the program compiles.
    pub(crate) variable: Option<String>,
    pub(crate) span: Span,
}

const PATH: &str =
    "expected the path of the migrations folder as one string literal, such as \"../migrations\"";
const VARIABLE: &str = "expected nothing after the path but `env = \"VARIABLE\"`";

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal: LitStr = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), PATH))?;
        let variable = if input.is_empty() {
            None
        } else {
            Some(variable(input).map_err(|error| syn::Error::new(error.span(), VARIABLE))?)
        };
        Ok(Self {
            path: literal.value(),
            variable,
            span: literal.span(),
        })
    }
}

fn variable(input: ParseStream<'_>) -> syn::Result<String> {
    input.parse::<Token![,]>()?;
    let key: Ident = input.parse()?;
    if key != "env" {
        return Err(syn::Error::new(key.span(), VARIABLE));
    }
    input.parse::<Token![=]>()?;
    let value: LitStr = input.parse()?;
    if input.is_empty() {
        Ok(value.value())
    } else {
        Err(input.error(VARIABLE))
    }
}

#[cfg(test)]
mod tests {
    use super::Input;

    #[test]
    fn a_call_is_a_path_and_perhaps_a_variable() {
        let plain: Input = syn::parse_str("\"../migrations\"").unwrap();
        assert_eq!(
            (plain.path.as_str(), plain.variable),
            ("../migrations", None)
        );
        let varying: Input = syn::parse_str("\"m\", env = \"FOLDER\"").unwrap();
        assert_eq!(varying.variable.as_deref(), Some("FOLDER"));
        for wrong in [
            "",
            "PATH",
            "1",
            "\"a\" \"b\"",
            "\"a\",",
            "\"a\", \"B\"",
            "\"a\", env",
            "\"a\", env = B",
            "\"a\", var = \"B\"",
            "\"a\", env = \"B\",",
            "concat!(\"a\")",
            "b\"a\"",
        ] {
            assert!(syn::parse_str::<Input>(wrong).is_err(), "{wrong}");
        }
    }
}
