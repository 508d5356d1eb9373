//! The proof of a folder as constants, and the gate: a release build of what is not proven is a compile error.
//!
//! A macro does not know for which profile it runs; what it emits does, by `debug_assertions`. What a proof is worth
//! was judged by `migrator-source`.

use migrator_source::{
    Commuting, Counted, Finding, Folder, Gate, Point, Proof, Repeated, Settings,
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::tokens::{PART, warning};

/// How many unproven migrations are named; the rest is counted.
const NAMED: usize = 12;

/// The constant `PROOF`.
pub(crate) fn constants(settings: &Settings, proof: &Proof) -> TokenStream {
    let gate = match settings.gate {
        Gate::On => quote!(On),
        Gate::Off => quote!(Off),
    };
    let unproven = proof.all_unproven();
    let unproven = unproven
        .iter()
        .map(|version| Literal::i64_unsuffixed(*version));
    let points = proof.points();
    let names: Vec<Ident> = (0..points.len().div_ceil(PART))
        .map(|part| format_ident!("POINTS_{part}"))
        .collect();
    let parts = names.iter().zip(points.chunks(PART)).map(|(name, points)| {
        let points = points.iter().map(point);
        quote!(const #name: &[Point] = &[#(#points),*];)
    });
    let count = Literal::usize_unsuffixed(points.len());
    let unproven_repeatables = &proof.unproven_repeatables;
    let repeated = proof.repeated.iter().map(repeated);
    let commuting = proof.commuting.iter().map(commuting);
    let (servers, schema) = (&proof.servers, &proof.schema);
    let (schemas, ignore) = (&settings.scope.schemas, &settings.scope.ignore);
    let (comments, grants) = (
        counted(settings.scope.comments),
        counted(settings.scope.grants),
    );
    quote! {
        const PROOF: ::migrator::bundle::Proof = {
            use ::migrator::bundle::{Counted, Gate, Point};
            #(#parts)*
            const POINTS: &[Point] = &baked::gather_points::<#count>(&[#(#names),*]);
            const SCOPE: ::migrator::bundle::Scope =
                baked::scope(&[#(#schemas),*], &[#(#ignore),*], Counted::#comments, Counted::#grants);
            ::migrator::bundle::Proof {
                unproven_repeatables: &[#(#unproven_repeatables),*],
                repeated: &[#(#repeated),*],
                commuting: &[#(#commuting),*],
                ..baked::proof(Gate::#gate, &[#(#unproven),*], POINTS, (&[#(#servers),*], #schema), SCOPE)
            }
        };
    }
}

fn counted(counted: Counted) -> TokenStream {
    match counted {
        Counted::Yes => quote!(Yes),
        Counted::No => quote!(No),
    }
}

fn point(point: &Point<'_>) -> TokenStream {
    let version = Literal::i64_unsuffixed(point.version);
    let fingerprint = Literal::byte_string(point.fingerprint);
    let changes = point.changes.join("\n");
    quote!(baked::point(#version, #fingerprint, #changes))
}

fn repeated(repeated: &Repeated) -> TokenStream {
    let (name, changes) = (&repeated.name, repeated.changes.join("\n"));
    let fingerprint = Literal::byte_string(&repeated.fingerprint);
    quote!(baked::repeated(#name, #fingerprint, #changes))
}

fn commuting(commuting: &Commuting) -> TokenStream {
    let newest = Literal::i64_unsuffixed(commuting.newest);
    let versions = commuting
        .versions
        .iter()
        .map(|version| Literal::i64_unsuffixed(*version));
    quote!(baked::commuting(#newest, &[#(#versions),*]))
}

/// What stands in the way of a release build. A damaged file is a warning of a debug build, so that the workbench
/// that mends it can still be built.
pub(crate) fn gate(
    settings: &Settings,
    proof: &Proof,
    (command, folder): (&str, &Folder),
    span: Span,
) -> Option<TokenStream> {
    let proven = proof.unproven.is_empty()
        && proof.unproven_baselines.is_empty()
        && proof.unproven_repeatables.is_empty();
    if settings.gate == Gate::Off || proven {
        return None;
    }
    let unproven = unproven(proof, command, folder).to_string();
    let damage = proof.problems.iter().map(|problem| {
        let text = problem.to_string();
        quote_spanned!(span=> #[cfg(not(debug_assertions))] ::core::compile_error!(#text);)
    });
    let warnings = proof.problems.iter().map(|problem| {
        let warning = warning(problem, span);
        quote_spanned!(span=> #[cfg(debug_assertions)] #warning)
    });
    Some(quote_spanned! {span=>
        #(#damage)*
        #(#warnings)*
        #[cfg(not(debug_assertions))]
        ::core::compile_error!(#unproven);
    })
}

fn unproven(proof: &Proof, command: &str, folder: &Folder) -> Finding {
    let stale = folder
        .migrations
        .iter()
        .filter(|migration| proof.unproven.contains(&migration.version));
    let baselines = proof
        .unproven_baselines
        .iter()
        .map(|version| format!("baseline {version}"));
    let mut names: Vec<String> = stale
        .map(|migration| format!("{} \"{}\"", migration.version, migration.name))
        .chain(baselines)
        .chain(
            proof
                .unproven_repeatables
                .iter()
                .map(|name| format!("R \"{name}\"")),
        )
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let (baselines, repeatables) = (
        proof.unproven_baselines.len(),
        proof.unproven_repeatables.len(),
    );
    let counts = [
        (names.len() - baselines - repeatables, "migration"),
        (baselines, "baseline"),
        (repeatables, "repeatable"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counts
        .map(|(count, noun)| format!("{count} {noun}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    let counted = match counted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => counted.concat(),
    };
    let message = format!("{counted} {verb} not proven, and this is a release build: ");
    if let Some(more) = names.len().checked_sub(NAMED).filter(|more| *more > 0) {
        names.truncate(NAMED);
        names.push(format!("and {more} more"));
    }
    let hint = format!(
        "run them on a scratch server, and commit migrator.lock and schema.sql: {command}; `gate = \"off\"` below \
         [proof] in migrator.toml builds without"
    );
    Finding::new(message + &names.join(", ")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unproven_stands_in_the_way() {
        let shown = |gate_is: Gate, unproven: &[i64]| {
            let settings = Settings {
                gate: gate_is,
                ..Settings::default()
            };
            let proof = Proof {
                unproven: unproven.to_vec(),
                ..Proof::default()
            };
            let tokens = gate(
                &settings,
                &proof,
                ("`prove`", &Folder::default()),
                Span::call_site(),
            );
            tokens.map_or(0, |tokens| {
                tokens.to_string().matches("not (debug_assertions)").count()
            })
        };
        assert_eq!(shown(Gate::On, &[]), 0);
        assert_eq!(shown(Gate::On, &[1, 2]), 1);
        assert_eq!(shown(Gate::Off, &[1, 2]), 0);
    }
}
