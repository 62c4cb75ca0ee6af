//! `#[payload]`: the derives that a type needs to travel over the bus.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Meta, Path, Token, parse_quote};

use crate::args::check_no_args;
use crate::krate::as_attribute_text;

pub(crate) fn expand(
    cmdbus: &TokenStream,
    args: TokenStream,
    item: TokenStream,
) -> syn::Result<TokenStream> {
    check_no_args("payload", &args)?;
    let item = parse("payload", item)?;
    Ok(add_derives(cmdbus, item).into_token_stream())
}

/// Reads the struct or enum that the attribute `name` stands on.
pub(crate) fn parse(name: &str, item: TokenStream) -> syn::Result<Item> {
    let rule = format!("`#[{name}]` goes on a struct or an enum");
    match syn::parse2(item) {
        Ok(item @ (Item::Struct(_) | Item::Enum(_))) => Ok(item),
        Ok(Item::Union(item)) => Err(syn::Error::new(item.union_token.span, rule)),
        Ok(other) => Err(syn::Error::new_spanned(other, rule)),
        Err(error) => Err(syn::Error::new(error.span(), format!("{rule}: {error}"))),
    }
}

/// Derives `Serialize`, `Deserialize` and `JsonSchema` through the re-exports of `cmdbus`, as far as the user does not
/// derive them already.
pub(crate) fn add_derives(cmdbus: &TokenStream, mut item: Item) -> Item {
    if let Item::Struct(syn::ItemStruct { attrs, .. }) | Item::Enum(syn::ItemEnum { attrs, .. }) =
        &mut item
    {
        let added = missing_derives(cmdbus, attrs);
        // Attribute macros the user put before the first derive must still run before ours, and the `#[serde]`
        // attributes must follow the derive that knows them.
        let place = attrs
            .iter()
            .position(is_derive_or_helper)
            .unwrap_or(attrs.len());
        attrs.splice(place..place, added);
    }
    item
}

fn is_derive_or_helper(attribute: &Attribute) -> bool {
    ["derive", "serde", "schemars"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}

fn missing_derives(cmdbus: &TokenStream, present: &[Attribute]) -> Vec<Attribute> {
    let derived: Vec<Path> = present
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"))
        .flat_map(derived_paths)
        .collect();
    let is_missing =
        |name: &str, krate: &str| !derived.iter().any(|path| names_derive(path, name, krate));
    let mut added = Vec::new();

    let serde: Vec<TokenStream> = [
        ("Serialize", quote!(Serialize)),
        ("Deserialize", quote!(Deserialize)),
    ]
    .into_iter()
    .filter(|(name, _)| is_missing(name, "serde"))
    .map(|(_, derive)| quote!(#cmdbus::serde::#derive))
    .collect();
    if !serde.is_empty() {
        added.push(parse_quote!(#[derive(#(#serde),*)]));
        if !names_crate(present, "serde") {
            let krate = as_attribute_text(&quote!(#cmdbus::serde));
            added.push(parse_quote!(#[serde(crate = #krate)]));
        }
    }
    if is_missing("JsonSchema", "schemars") {
        added.push(parse_quote!(#[derive(#cmdbus::schemars::JsonSchema)]));
        if !names_crate(present, "schemars") {
            let krate = as_attribute_text(&quote!(#cmdbus::schemars));
            added.push(parse_quote!(#[schemars(crate = #krate)]));
        }
    }
    added
}

/// The paths in `#[derive(..)]`; an attribute that cannot be read is left for the compiler to complain about.
fn derived_paths(attribute: &Attribute) -> Vec<Path> {
    let paths = attribute.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
    paths
        .map(|paths| paths.into_iter().collect())
        .unwrap_or_default()
}

/// `Serialize`, `serde::Serialize`, `cmdbus::serde::Serialize`, `serde_derive::Serialize`; but not `rkyv::Serialize`.
fn names_derive(path: &Path, name: &str, krate: &str) -> bool {
    let is_it = path.segments.last().is_some_and(|last| last.ident == name);
    let mut parents = path.segments.iter().rev().skip(1).peekable();
    is_it
        && (parents.peek().is_none()
            || parents.any(|parent| parent.ident.to_string().contains(krate)))
}

/// Whether the user says `#[serde(crate = "…")]` (or the same of schemars), which may be said only once.
fn names_crate(present: &[Attribute], helper: &str) -> bool {
    present
        .iter()
        .filter(|attribute| attribute.path().is_ident(helper))
        .filter_map(|attribute| {
            attribute
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()
        })
        .any(|arguments| {
            arguments
                .iter()
                .any(|argument| argument.path().is_ident("crate"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The attributes of `item` after the expansion, without spaces.
    fn attributes(item: &str) -> Vec<String> {
        let item: TokenStream = item.parse().expect(item);
        let item = expand(&quote!(::bus), TokenStream::new(), item).expect("expands");
        let item: syn::DeriveInput = syn::parse2(item).expect("is a type");
        item.attrs
            .iter()
            .map(|attribute| quote!(#attribute).to_string().replace(' ', ""))
            .collect()
    }

    const SERDE: &str = "#[derive(::bus::serde::Serialize,::bus::serde::Deserialize)]";
    const SERDE_CRATE: &str = "#[serde(crate=\"::bus::serde\")]";
    const SCHEMARS: &str = "#[derive(::bus::schemars::JsonSchema)]";
    const SCHEMARS_CRATE: &str = "#[schemars(crate=\"::bus::schemars\")]";

    #[test]
    fn structs_and_enums_gain_the_three_derives() {
        for item in [
            "struct A { a: u8 }",
            "struct A;",
            "struct A<T>(T);",
            "enum A { B, C(u8) }",
        ] {
            assert_eq!(
                attributes(item),
                [SERDE, SERDE_CRATE, SCHEMARS, SCHEMARS_CRATE],
                "{item}"
            );
        }
    }

    #[test]
    fn attributes_of_the_user_stay_and_keep_their_side_of_the_derives() {
        assert_eq!(
            attributes(
                "#[serde_as] #[derive(Clone)] #[serde(rename_all = \"camelCase\")] struct A { a: u8 }"
            ),
            [
                "#[serde_as]",
                SERDE,
                SERDE_CRATE,
                SCHEMARS,
                SCHEMARS_CRATE,
                "#[derive(Clone)]",
                "#[serde(rename_all=\"camelCase\")]"
            ]
        );
    }

    #[test]
    fn nothing_is_derived_twice() {
        assert_eq!(
            attributes("#[derive(serde::Serialize)] struct A;"),
            [
                "#[derive(::bus::serde::Deserialize)]",
                SERDE_CRATE,
                SCHEMARS,
                SCHEMARS_CRATE,
                "#[derive(serde::Serialize)]"
            ]
        );
        let all = "#[derive(Debug,Serialize,serde_derive::Deserialize,bus::schemars::JsonSchema)]";
        assert_eq!(attributes(&format!("{all} struct A;")), [all]);
    }

    #[test]
    fn derives_of_other_crates_with_the_same_name_do_not_count() {
        assert_eq!(
            attributes("#[derive(rkyv::Serialize)] struct A;"),
            [
                SERDE,
                SERDE_CRATE,
                SCHEMARS,
                SCHEMARS_CRATE,
                "#[derive(rkyv::Serialize)]"
            ]
        );
    }

    #[test]
    fn a_crate_named_by_the_user_is_not_named_again() {
        let user = "#[serde(rename_all=\"lowercase\",crate=\"my::serde\")]";
        assert_eq!(
            attributes(&format!("{user} struct A;")),
            [SERDE, SCHEMARS, SCHEMARS_CRATE, user]
        );
    }
}
