//! `#[event]` on a struct or an enum.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Generics, Ident, Item, parse_quote};

use crate::args::EventArgs;
use crate::handler::cfgs;
use crate::payload;

pub(crate) fn expand(
    cmdbus: &TokenStream,
    args: TokenStream,
    item: TokenStream,
) -> syn::Result<TokenStream> {
    let args: EventArgs = syn::parse2(args)?;
    let item = payload::parse("event", item)?;
    let event = event_impl(cmdbus, &args, &item);
    let item = payload::add_derives(cmdbus, item);
    Ok(quote!(#item #event))
}

fn event_impl(cmdbus: &TokenStream, args: &EventArgs, item: &Item) -> Option<TokenStream> {
    let (attributes, name, generics, is_unit) = match item {
        Item::Struct(item) => (
            &item.attrs,
            &item.ident,
            &item.generics,
            matches!(item.fields, Fields::Unit),
        ),
        Item::Enum(item) => (&item.attrs, &item.ident, &item.generics, false),
        _ => return None,
    };
    let cfgs = cfgs(attributes);
    let id = &args.id;
    let generics = bounded(cmdbus, name, generics);
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let schema = if is_unit {
        quote!(::core::option::Option::None)
    } else {
        quote!(#cmdbus::__private::schema_of::<Self>())
    };
    Some(quote! {
        #(#cfgs)*
        impl #parameters #cmdbus::Event for #name #arguments #bounds {
            const ID: &'static str = #id;

            fn schema(&self) -> ::core::option::Option<#cmdbus::serde_json::Value> {
                #schema
            }
        }
    })
}

/// Lets a generic event be one for those arguments that make it serialisable, shareable and describable.
fn bounded(cmdbus: &TokenStream, name: &Ident, generics: &Generics) -> Generics {
    let mut bounded = generics.clone();
    if !generics.params.is_empty() {
        let (_, arguments, _) = generics.split_for_impl();
        bounded.make_where_clause().predicates.push(parse_quote! {
            #name #arguments: #cmdbus::serde::Serialize + #cmdbus::schemars::JsonSchema
                + ::core::marker::Send + ::core::marker::Sync + 'static
        });
    }
    bounded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand_text(item: &str) -> syn::Result<String> {
        let expansion = expand(
            &quote!(::cmdbus),
            quote!("user.created"),
            item.parse().expect(item),
        )?;
        let file: syn::File = syn::parse2(expansion)?;
        Ok(quote!(#file).to_string())
    }

    #[test]
    fn a_type_gains_the_derives_and_an_event_impl() {
        for item in ["struct E { a: u8 }", "enum E { A, B }", "struct E {}"] {
            let text = expand_text(item).expect(item);
            assert!(text.contains("impl :: cmdbus :: Event for E"), "{text}");
            assert!(
                text.contains("const ID : & 'static str = \"user.created\""),
                "{text}"
            );
            assert!(text.contains(":: cmdbus :: serde :: Serialize"), "{text}");
            assert!(text.contains("schema_of :: < Self >"), "{text}");
        }
    }

    #[test]
    fn a_unit_struct_has_no_schema() {
        assert!(
            !expand_text("struct E;")
                .expect("expands")
                .contains("schema_of")
        );
    }

    #[test]
    fn the_cfg_of_a_type_governs_its_impl_too() {
        let text = expand_text("#[cfg(unix)] struct E;").expect("expands");
        assert_eq!(text.matches("# [cfg (unix)]").count(), 2);
    }

    #[test]
    fn other_items_are_refused() {
        for item in ["union E { a: u8 }", "fn e() {}", "trait E {}"] {
            let error = expand_text(item).expect_err(item);
            assert!(
                error
                    .to_string()
                    .contains("`#[event]` goes on a struct or an enum"),
                "{error}"
            );
        }
    }
}
