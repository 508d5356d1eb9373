//! The call: one string literal, the path of the folder.

use proc_macro2::Span;
use syn::LitStr;
use syn::parse::{Parse, ParseStream};

/// The path as it is written, and where errors point to.
pub(crate) struct Input {
    pub(crate) path: String,
    pub(crate) span: Span,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expected = "expected the path of the migrations folder as one string literal, such as \"../migrations\"";
        let literal: LitStr = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), expected))?;
        if !input.is_empty() {
            return Err(syn::Error::new(input.span(), expected));
        }
        Ok(Self {
            path: literal.value(),
            span: literal.span(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Input;

    #[test]
    fn a_call_is_one_string_literal() {
        assert_eq!(
            syn::parse_str::<Input>("\"../migrations\"").unwrap().path,
            "../migrations"
        );
        for wrong in [
            "",
            "PATH",
            "1",
            "\"a\" \"b\"",
            "\"a\",",
            "concat!(\"a\")",
            "b\"a\"",
        ] {
            assert!(syn::parse_str::<Input>(wrong).is_err(), "{wrong}");
        }
    }
}
