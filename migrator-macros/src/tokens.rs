//! The tokens that a call becomes: a bundle of constants, compile errors, warnings.
//!
//! A migration is a handful of tokens and no more: ten thousand of them are compiled at once.

use migrator_source::{
    Baseline, Down, Finding, Folder, Migration, Mode, Order, Placeholder, Proof, Quoting,
    Repeatable, Script, Secrecy, Settings,
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::{adoption, proof};

/// The time that the compiler takes for one constant grows faster than the constant; with parts of this size it does
/// not matter yet.
pub(crate) const PART: usize = 64;

/// An expression that yields the whole folder, with the warnings about it.
pub(crate) fn bundle(
    (shown, prove): (&str, &str),
    folder: &Folder,
    (settings, known): (&Settings, &Proof),
    warnings: &[Finding],
    span: Span,
) -> TokenStream {
    let gate = proof::gate(settings, known, (prove, folder), span);
    let warnings = warnings
        .iter()
        .map(|finding| warning(finding, span))
        .chain(gate);
    let proof = proof::constants(settings, known);
    let adoptions = adoption::constants(&settings.adoptions);
    let names: Vec<Ident> = (0..folder.migrations.len().div_ceil(PART))
        .map(|part| format_ident!("PART_{part}"))
        .collect();
    let parts = names
        .iter()
        .zip(folder.migrations.chunks(PART))
        .map(|(name, migrations)| {
            let migrations = migrations.iter().map(migration);
            quote!(const #name: &[Migration<'static>] = &[#(#migrations),*];)
        });
    let count = Literal::usize_unsuffixed(folder.migrations.len());
    let baselines = folder
        .baselines
        .iter()
        .map(|it| baseline(it, &migrator_source::gone(folder, &known.recorded, it)));
    let repeatables = folder.repeatables.iter().map(repeatable);
    let digest = Literal::byte_string(&migrator_source::digest(folder));
    let environments = &folder.environments;
    let placeholders = folder.placeholders.iter().map(placeholder);
    quote! {{
        #(#warnings)*
        const BUNDLE: &::migrator::bundle::Bundle = {
            use ::migrator::baked;
            use ::migrator::bundle::{Baseline, Bundle, Migration, Repeatable};
            #(#parts)*
            const MIGRATIONS: &[Migration<'static>] = &baked::gather::<#count>(&[#(#names),*]);
            const BASELINES: &[Baseline<'static>] = &[#(#baselines),*];
            const REPEATABLES: &[Repeatable<'static>] = &[#(#repeatables),*];
            #proof
            #adoptions
            &Bundle {
                adoptions: ADOPTIONS,
                baselines: BASELINES,
                environments: &[#(#environments),*],
                placeholders: &[#(#placeholders),*],
                repeatables: REPEATABLES,
                ..baked::bundle(#shown, MIGRATIONS, #digest, PROOF)
            }
        };
        BUNDLE
    }}
}

/// The problems as one compile error each; the value is an empty bundle, so that no other errors follow from them.
pub(crate) fn errors(problems: &[Finding], warnings: &[Finding], span: Span) -> TokenStream {
    let warnings = warnings.iter().map(|finding| warning(finding, span));
    let errors = problems.iter().map(|finding| {
        let text = finding.to_string();
        quote_spanned!(span=> ::core::compile_error!(#text);)
    });
    quote! {{
        #(#warnings)*
        #(#errors)*
        ::migrator::baked::EMPTY
    }}
}

/// A procedural macro has no way to warn; the use of a deprecated constant is a warning with a text of ours.
pub(crate) fn warning(finding: &Finding, span: Span) -> TokenStream {
    let note = format!("\n{finding}");
    quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #note)]
            const MIGRATION_WARNING: () = ();
            MIGRATION_WARNING
        };
    }
}

fn migration(migration: &Migration) -> TokenStream {
    let version = Literal::i64_unsuffixed(migration.version);
    let name = &migration.name;
    let up = script(&migration.up);
    let down = match &migration.down {
        Down::Absent => quote!(baked::ABSENT),
        Down::Irreversible(why) => quote!(baked::irreversible(#why)),
        Down::Script(down) => {
            let down = script(down);
            quote!(baked::undone_by(#down))
        }
    };
    let accepted = checksums(&migration.accepted);
    let function = match migration.order {
        Order::Versioned => quote!(versioned),
        Order::Unordered => quote!(unordered),
    };
    let call = quote!(baked::#function(#version, #name, #up, #down, &[#(#accepted),*]));
    let call = match migration.verify.as_ref().map(script) {
        Some(verify) => quote!(baked::verified_by(#call, #verify)),
        None => call,
    };
    if migration.only.is_empty() {
        return call;
    }
    let only = &migration.only;
    quote!(baked::only_in(#call, &[#(#only),*]))
}

fn placeholder(placeholder: &Placeholder) -> TokenStream {
    let Placeholder { name, variable, .. } = placeholder;
    let quoting = match placeholder.quoting {
        Quoting::Identifier => quote!(Identifier),
        Quoting::Literal => quote!(Literal),
    };
    let secrecy = match placeholder.secrecy {
        Secrecy::Open => quote!(Open),
        Secrecy::Secret => quote!(Secret),
    };
    let default = option(placeholder.default.as_deref());
    quote! {
        baked::placeholder(
            #name,
            ::migrator::bundle::Quoting::#quoting,
            #default,
            #variable,
            ::migrator::bundle::Secrecy::#secrecy,
        )
    }
}

fn baseline(baseline: &Baseline, gone: &[i64]) -> TokenStream {
    let version = Literal::i64_unsuffixed(baseline.version);
    let name = &baseline.name;
    let scripts = baseline.scripts.iter().map(script);
    let last_release = option(baseline.last_release.as_deref());
    let gone = gone.iter().map(|version| Literal::i64_unsuffixed(*version));
    let sha256 = Literal::byte_string(&baseline.sha256);
    let accepted = checksums(&baseline.accepted);
    quote!(baked::baseline(#version, #name, &[#(#scripts),*], (#last_release, &[#(#gone),*]), (#sha256, &[#(#accepted),*])))
}

fn repeatable(repeatable: &Repeatable) -> TokenStream {
    let (name, requires) = (&repeatable.name, &repeatable.requires);
    let script = script(&repeatable.script);
    let only = &repeatable.only;
    quote!(baked::repeatable(#name, &[#(#requires),*], &[#(#only),*], #script))
}

fn checksums(accepted: &[u64]) -> impl Iterator<Item = Literal> {
    accepted
        .iter()
        .map(|checksum| Literal::u64_unsuffixed(*checksum))
}

fn option(text: Option<&str>) -> TokenStream {
    text.map_or_else(
        || quote!(::core::option::Option::None),
        |text| quote!(::core::option::Option::Some(#text)),
    )
}

fn script(script: &Script) -> TokenStream {
    let Script { file, sql, .. } = script;
    let sql = Literal::string(sql);
    let table = Literal::byte_string(&migrator_source::table(&script.statements, &script.spots));
    let sha256 = Literal::byte_string(&script.sha256);
    let function = match script.mode {
        Mode::Transaction => quote!(transactional),
        Mode::NoTransaction => quote!(statement_wise),
    };
    let call = quote!(baked::#function(#file, #sql, #table, #sha256));
    let limits = &script.limits;
    if limits.lock_timeout.is_none() && limits.statement_timeout.is_none() {
        return call;
    }
    let (lock, statement) = (
        option(limits.lock_timeout.as_deref()),
        option(limits.statement_timeout.as_deref()),
    );
    quote!(baked::limited(#call, #lock, #statement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_become_one_error_each() {
        let text = errors(
            &[Finding::new("one"), Finding::new("two")],
            &[Finding::warning("three")],
            Span::call_site(),
        )
        .to_string();
        assert_eq!(text.matches("compile_error").count(), 2);
        assert_eq!(text.matches("deprecated").count(), 1);
    }
}
