//! `#[command]` on a free function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ItemFn;

use crate::args::CommandArgs;
use crate::handler::{CommandImpl, Handler, allow_historical_name, cfgs, docs};
use crate::names::{TypeName, register_name};

pub(crate) fn expand(
    cmdbus: &TokenStream,
    args: TokenStream,
    item: TokenStream,
) -> syn::Result<TokenStream> {
    let args: CommandArgs = syn::parse2(args)?;
    let function = parse(item)?;
    let handler = check(&function, &args)?;
    Ok(generate(cmdbus, &args, &function, &handler))
}

fn parse(item: TokenStream) -> syn::Result<ItemFn> {
    syn::parse2(item).map_err(|error| {
        syn::Error::new(
            error.span(),
            format!("`#[command]` goes on an `async fn`: {error}"),
        )
    })
}

fn check<'a>(function: &'a ItemFn, args: &CommandArgs) -> syn::Result<Handler<'a>> {
    let handler = Handler::check(&function.sig, args)?;
    if let Some(receiver) = handler.receiver {
        return Err(syn::Error::new_spanned(
            receiver,
            "`#[command]` on a method needs `#[command_service]` on the impl block around it",
        ));
    }
    Ok(handler)
}

fn generate(
    cmdbus: &TokenStream,
    args: &CommandArgs,
    function: &ItemFn,
    handler: &Handler<'_>,
) -> TokenStream {
    let name = &function.sig.ident;
    let visibility = &function.vis;
    let cfgs = cfgs(&function.attrs);
    let id = args.id.value();

    let TypeName { historical, alias } = TypeName::new(name, "Command");
    let docs = docs(
        &function.attrs,
        &format!("The command `{id}`, served by [`{name}`]."),
    );
    let allow_name = allow_historical_name(&historical);
    // A type alias would not stand for the value of the unit struct; an import stands for both.
    let alias = alias.map(|alias| {
        quote! {
            #(#cfgs)*
            #[allow(unused_imports, unreachable_pub)]
            #visibility use #historical as #alias;
        }
    });
    let command = CommandImpl {
        cmdbus,
        cfgs: &cfgs,
        command: quote!(#historical),
        args,
        handler,
        name,
        function: quote!(#name),
        host: None,
    };
    let register = register_name(name);
    let registry = Ident::new("registry", Span::mixed_site());
    let register_docs = format!("Registers the command `{id}` with `registry`.");

    quote! {
        #function

        #docs
        #(#cfgs)*
        #allow_name
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        #visibility struct #historical;
        #alias

        #command

        #[doc = #register_docs]
        ///
        /// # Errors
        ///
        /// Fails as `CommandRegistry::register_command` does, for example when the id is taken.
        #(#cfgs)*
        // Registering the type itself is as good, and the name follows the function's.
        #[allow(dead_code, non_snake_case, unreachable_pub)]
        #visibility async fn #register(
            #registry: &#cmdbus::CommandRegistry,
        ) -> ::core::result::Result<(), #cmdbus::CommandError> {
            #registry.register_command(#historical).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand_text(args: &str, item: &str) -> syn::Result<syn::File> {
        let parse = |text: &str| text.parse::<TokenStream>().expect(text);
        syn::parse2(expand(&quote!(::cmdbus), parse(args), parse(item))?)
    }

    fn names(file: &syn::File) -> Vec<String> {
        file.items
            .iter()
            .map(|item| match item {
                syn::Item::Fn(item) => format!("fn {}", item.sig.ident),
                syn::Item::Struct(item) => format!("struct {}", item.ident),
                syn::Item::Use(item) => {
                    let tree = &item.tree;
                    format!("use {}", quote!(#tree))
                }
                syn::Item::Impl(item) => {
                    let ty = &item.self_ty;
                    format!("impl {}", quote!(#ty))
                }
                _ => "?".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_function_gains_a_type_and_a_registering_function() {
        let file = expand_text(
            r#""m.add""#,
            "async fn add(r: R) -> Result<i64, E> { todo() }",
        )
        .expect("expands");
        assert_eq!(
            names(&file),
            [
                "fn add",
                "struct AddCommand",
                "impl AddCommand",
                "fn register_add"
            ]
        );
    }

    #[test]
    fn a_snake_case_function_gains_an_alias_too() {
        let file = expand_text(
            r#""hi""#,
            "pub async fn say_hello() -> Result<(), E> { todo() }",
        )
        .expect("expands");
        assert_eq!(
            names(&file),
            [
                "fn say_hello",
                "struct Say_helloCommand",
                "use Say_helloCommand as SayHelloCommand",
                "impl Say_helloCommand",
                "fn register_say_hello"
            ]
        );
    }

    #[test]
    fn every_generated_item_carries_the_cfg_of_the_function() {
        let file = expand_text(
            r#""hi""#,
            "#[cfg(unix)] async fn say_hello() -> Result<(), E> { todo() }",
        )
        .expect("expands");
        let guarded = quote!(#file).to_string().matches("# [cfg (unix)]").count();
        assert_eq!(guarded, file.items.len());
    }

    #[test]
    fn a_streaming_function_gains_the_same_items_as_any_other() {
        let file = expand_text(
            r#""m.count", stream, graceful"#,
            "#[cfg(unix)] async fn count(n: u8, ctx: CallContext) -> impl Stream<Item = Result<u8, E>> { todo() }",
        )
        .expect("expands");
        assert_eq!(
            names(&file),
            [
                "fn count",
                "struct CountCommand",
                "impl CountCommand",
                "fn register_count"
            ]
        );
        let guarded = quote!(#file).to_string().matches("# [cfg (unix)]").count();
        assert_eq!(guarded, file.items.len());
    }

    #[test]
    fn a_method_outside_a_service_is_refused() {
        let Err(error) = expand_text(r#""a""#, "async fn a(&self) -> Result<(), E> {}") else {
            panic!("it is not refused");
        };
        assert!(error.to_string().contains("#[command_service]"), "{error}");
    }
}
