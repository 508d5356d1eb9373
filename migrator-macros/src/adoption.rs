//! The rules that recognise legacy databases, as constants. Reading and checking them is `migrator-source`'s.

use migrator_source::{Adoption, Probe};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The constant `ADOPTIONS`.
pub(crate) fn constants(adoptions: &[Adoption]) -> TokenStream {
    let rules = adoptions.iter().map(rule);
    quote! {
        const ADOPTIONS: &[::migrator::bundle::Adoption] = &[#(#rules),*];
    }
}

fn rule(adoption: &Adoption) -> TokenStream {
    let Adoption { name, version, .. } = adoption;
    let probe = match &adoption.probe {
        Probe::Table { schema, table } => quote!(Table { schema: #schema, table: #table }),
        Probe::Query(query) => quote!(Query(#query)),
        Probe::Proven(version) => quote!(Proven(#version)),
        Probe::Fingerprint(hash) => {
            let hash = Literal::byte_string(hash);
            quote!(Fingerprint(*#hash))
        }
        Probe::Position { tool, position } => {
            quote!(Position { tool: #tool, position: #position })
        }
    };
    quote! {
        ::migrator::bundle::Adoption {
            name: #name,
            probe: ::migrator::bundle::Probe::#probe,
            version: #version,
        }
    }
}
