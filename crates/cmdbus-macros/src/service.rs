//! `#[command_service]` on an impl block, and the `#[command]` methods in it.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, GenericArgument, ImplItem, ImplItemFn, ItemImpl, PathArguments, Receiver, Type,
    TypePath,
};

use crate::args::{CommandArgs, check_no_args};
use crate::handler::{CommandImpl, Handler, Host, allow_historical_name, cfgs, docs, ungroup};
use crate::names::{TypeName, module_name};

pub(crate) fn expand(
    cmdbus: &TokenStream,
    args: TokenStream,
    item: TokenStream,
) -> syn::Result<TokenStream> {
    check_no_args("command_service", &args)?;
    let block = parse(item)?;
    let host = check_block(&block)?;
    let methods = check_methods(&block)?;
    Ok(Service {
        cmdbus,
        block: &block,
        host,
        methods,
    }
    .generate())
}

/// Returns the block as it should stay when [`expand`] failed: without the markers, which would only repeat the error.
pub(crate) fn without_markers(item: TokenStream) -> TokenStream {
    match syn::parse2::<ItemImpl>(item.clone()) {
        Ok(block) => strip(&block).into_token_stream(),
        Err(_) => item,
    }
}

/// A tagged method that kept all rules.
struct Method<'a> {
    name: &'a Ident,
    attributes: &'a [Attribute],
    args: CommandArgs,
    receiver: HostArgument,
    handler: Handler<'a>,
    type_name: TypeName,
}

/// How a method takes its host.
#[derive(Debug, PartialEq)]
enum HostArgument {
    /// `&self`, or `self: &Arc<Self>`.
    Borrowed,
    /// `self: Arc<Self>`.
    Shared,
}

fn parse(item: TokenStream) -> syn::Result<ItemImpl> {
    syn::parse2(item).map_err(|error| {
        syn::Error::new(
            error.span(),
            format!("`#[command_service]` goes on an `impl` block: {error}"),
        )
    })
}

/// Checks the block itself and returns the type it belongs to.
fn check_block(block: &ItemImpl) -> syn::Result<&TypePath> {
    if let Some((_, of_trait, _)) = &block.trait_ {
        return Err(syn::Error::new_spanned(
            of_trait,
            "`#[command_service]` goes on an inherent impl, not on a trait impl",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &block.generics,
            "a command service must not be generic",
        ));
    }
    match ungroup(&block.self_ty) {
        Type::Path(path) if path.qself.is_none() => Ok(path),
        other => Err(syn::Error::new_spanned(
            other,
            "a command service must be a named type",
        )),
    }
}

fn check_methods(block: &ItemImpl) -> syn::Result<Vec<Method<'_>>> {
    let mut methods = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &block.items {
        let ImplItem::Fn(item) = item else { continue };
        match check_method(item) {
            Ok(method) => methods.extend(method),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    match errors {
        Some(errors) => Err(errors),
        None if methods.is_empty() => Err(syn::Error::new_spanned(
            &block.self_ty,
            "a command service needs at least one method tagged `#[command(\"…\")]`",
        )),
        None => Ok(methods),
    }
}

/// Checks one method; one without a marker gives `None`.
fn check_method(item: &ImplItemFn) -> syn::Result<Option<Method<'_>>> {
    let name = &item.sig.ident;
    if name == "register" {
        return Err(syn::Error::new(
            name.span(),
            "`#[command_service]` generates a method `register`: give this one another name",
        ));
    }
    let mut markers = item.attrs.iter().filter(|attribute| is_marker(attribute));
    let Some(marker) = markers.next() else {
        return Ok(None);
    };
    if let Some(second) = markers.next() {
        return Err(syn::Error::new_spanned(
            second,
            "a method can be one command only",
        ));
    }
    let args = CommandArgs::of(marker)?;
    let handler = Handler::check(&item.sig, &args)?;
    let Some(receiver) = handler.receiver else {
        return Err(syn::Error::new(
            name.span(),
            "a command of a service needs a receiver: `&self` or `self: Arc<Self>`",
        ));
    };
    let receiver = check_receiver(receiver)?;
    Ok(Some(Method {
        name,
        attributes: &item.attrs,
        args,
        receiver,
        handler,
        type_name: TypeName::new(name, ""),
    }))
}

fn check_receiver(receiver: &Receiver) -> syn::Result<HostArgument> {
    let error = |why: &str| {
        let message = format!("{why}: use `&self` or `self: Arc<Self>`");
        Err(syn::Error::new_spanned(receiver, message))
    };
    match ungroup(&receiver.ty) {
        Type::Reference(reference) if reference.mutability.is_some() => error(
            "a command cannot take `&mut self`, because calls of a service run at the same time",
        ),
        Type::Reference(reference)
            if is_self(&reference.elem) || is_shared_self(&reference.elem) =>
        {
            Ok(HostArgument::Borrowed)
        }
        ty if is_shared_self(ty) => Ok(HostArgument::Shared),
        ty if is_self(ty) => {
            error("a command cannot take `self` by value, because the service outlives the call")
        }
        _ => error("a command cannot have this receiver"),
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(ungroup(ty), Type::Path(path) if path.path.is_ident("Self"))
}

fn is_shared_self(ty: &Type) -> bool {
    let Type::Path(path) = ungroup(ty) else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return false;
    };
    last.ident == "Arc"
        && matches!(arguments.args.first(), Some(GenericArgument::Type(inner)) if is_self(inner))
}

/// `#[command(..)]`, by whatever path: `#[cmdbus::command(..)]` is one too.
fn is_marker(attribute: &Attribute) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "command")
}

fn strip(block: &ItemImpl) -> ItemImpl {
    let mut block = block.clone();
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            method.attrs.retain(|attribute| !is_marker(attribute));
        }
    }
    block
}

struct Service<'a> {
    cmdbus: &'a TokenStream,
    block: &'a ItemImpl,
    host: &'a TypePath,
    methods: Vec<Method<'a>>,
}

impl Service<'_> {
    fn generate(&self) -> TokenStream {
        let block = strip(self.block);
        let conflicts = self.id_conflicts();
        let module = self.module();
        let commands = self.methods.iter().map(|method| self.command_impl(method));
        let register = self.register();
        quote! {
            #block
            #conflicts
            #module
            #(#commands)*
            #register
        }
    }

    /// The name of the generated module.
    fn module_name(&self) -> Option<Ident> {
        self.host
            .path
            .segments
            .last()
            .map(|last| module_name(&last.ident))
    }

    /// The `#[cfg]`s of the block and of `method`.
    fn cfgs(&self, method: Option<&Method<'_>>) -> Vec<Attribute> {
        let mut all = cfgs(&self.block.attrs);
        all.extend(method.iter().flat_map(|method| cfgs(method.attributes)));
        all
    }

    /// Refuses an id that two methods share, at the second. Two methods may share one when their `#[cfg]`s exclude each
    /// other, which only the compiler can tell; so the error is generated under the `#[cfg]`s of both.
    fn id_conflicts(&self) -> TokenStream {
        let mut conflicts = TokenStream::new();
        let mut by_id: HashMap<String, Vec<&Method<'_>>> = HashMap::new();
        for method in &self.methods {
            let id = method.args.id.value();
            let message = format!("another command of this service has the id `{id}` already");
            let same_id = by_id.entry(id).or_default();
            for earlier in same_id.iter() {
                let cfgs = self
                    .cfgs(Some(earlier))
                    .into_iter()
                    .chain(cfgs(method.attributes));
                let error =
                    quote_spanned!(method.args.id.span()=> ::core::compile_error! { #message });
                conflicts.extend(quote!(#(#cfgs)* #error));
            }
            same_id.push(method);
        }
        conflicts
    }

    fn module(&self) -> TokenStream {
        let cmdbus = self.cmdbus;
        let module = self.module_name();
        let cfgs = self.cfgs(None);
        let module_docs = format!(
            "The commands of `{}`, one type per command.",
            self.host.to_token_stream()
        );
        let taken: HashSet<&Ident> = self
            .methods
            .iter()
            .map(|method| &method.type_name.historical)
            .collect();
        let types = self.methods.iter().map(|method| {
            let cfgs = self.cfgs(Some(method));
            let TypeName { historical, alias } = &method.type_name;
            let docs = docs(
                method.attributes,
                &format!("The command `{}`.", method.args.id.value()),
            );
            let allow_name = allow_historical_name(historical);
            let alias = alias
                .as_ref()
                .filter(|alias| !taken.contains(alias))
                .map(|alias| {
                    quote! {
                        #(#cfgs)*
                        #[allow(unused_imports)]
                        pub(super) use self::#historical as #alias;
                    }
                });
            quote! {
                #docs
                #(#cfgs)*
                #allow_name
                pub(super) struct #historical {
                    /// The service that runs the command.
                    pub(super) host: ::std::sync::Arc<<__Service as #cmdbus::__private::Service>::Host>,
                }
                #alias
            }
        });
        let host = self.host;
        // A service may be declared inside a function, as it is in most doctests. No path leads from the module to a host
        // in there, so the module learns its host from a trait impl.
        quote! {
            #[doc = #module_docs]
            #(#cfgs)*
            #[allow(unreachable_pub)]
            pub mod #module {
                pub(super) enum __Service {}
                #(#types)*
            }
            #(#cfgs)*
            impl #cmdbus::__private::Service for #module::__Service {
                type Host = #host;
            }
        }
    }

    /// The impl stands beside the user's block, not inside the module, so that the types of a signature mean there what
    /// they mean in the block.
    fn command_impl(&self, method: &Method<'_>) -> TokenStream {
        let Method {
            name,
            args,
            handler,
            ..
        } = method;
        let module = self.module_name();
        let host = self.host.to_token_stream();
        let type_name = &method.type_name.historical;
        // Named in full: `self.host.name(..)` could find a method of `Arc` first.
        let function = quote!(<#host>::#name);
        let receiver = match method.receiver {
            HostArgument::Borrowed => quote!(&self.host),
            HostArgument::Shared => quote!(::std::sync::Arc::clone(&self.host)),
        };
        CommandImpl {
            cmdbus: self.cmdbus,
            cfgs: &self.cfgs(Some(method)),
            command: quote!(#module::#type_name),
            args,
            handler,
            name,
            function,
            host: Some(Host { ty: host, receiver }),
        }
        .into_token_stream()
    }

    fn register(&self) -> TokenStream {
        let Self { cmdbus, host, .. } = self;
        let block_cfgs = self.cfgs(None);
        let module = self.module_name();
        let [registry, shared, registration] =
            ["registry", "host", "registration"].map(|name| Ident::new(name, Span::mixed_site()));
        let steps = self.methods.iter().map(|method| {
            let cfgs = cfgs(method.attributes);
            let type_name = &method.type_name.historical;
            quote! {
                #(#cfgs)*
                #registration
                    .register(#module::#type_name { host: ::std::sync::Arc::clone(&#shared) })
                    .await?;
            }
        });
        quote! {
            #(#block_cfgs)*
            impl #host {
                /// Registers every command of this service with `registry`, in the order in which they are written.
                ///
                /// # Errors
                ///
                /// Stops at the first command that `CommandRegistry::register_command` refuses and returns its error.
                /// The commands registered before it are then unregistered again, last first, so that the call can be
                /// repeated. The same happens when the future is dropped before it is ready.
                #[allow(unreachable_pub)]
                pub async fn register(
                    self,
                    #registry: &#cmdbus::CommandRegistry,
                ) -> ::core::result::Result<(), #cmdbus::CommandError> {
                    let #shared = ::std::sync::Arc::new(self);
                    let mut #registration = #cmdbus::__private::ServiceRegistration::new(#registry);
                    #(#steps)*
                    #registration.keep();
                    ::core::result::Result::Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> TokenStream {
        text.parse().expect(text)
    }

    fn expand_text(block: &str) -> syn::Result<String> {
        let expansion = expand(&quote!(::cmdbus), TokenStream::new(), tokens(block))?;
        let file: syn::File = syn::parse2(expansion)?;
        Ok(quote!(#file).to_string())
    }

    fn receiver(method: &str) -> Result<HostArgument, String> {
        let method: ImplItemFn = syn::parse_str(method).expect(method);
        let syn::FnArg::Receiver(receiver) = &method.sig.inputs[0] else {
            panic!("no receiver")
        };
        check_receiver(receiver).map_err(|error| error.to_string())
    }

    #[test]
    fn shared_receivers_are_accepted() {
        for text in ["&self", "&'static self", "self: &Self", "self: &Arc<Self>"] {
            assert_eq!(
                receiver(&format!("async fn f({text}) {{}}")),
                Ok(HostArgument::Borrowed),
                "{text}"
            );
        }
        for text in [
            "self: Arc<Self>",
            "mut self: Arc<Self>",
            "self: std::sync::Arc<Self>",
        ] {
            assert_eq!(
                receiver(&format!("async fn f({text}) {{}}")),
                Ok(HostArgument::Shared),
                "{text}"
            );
        }
    }

    #[test]
    fn other_receivers_are_refused_with_their_reason() {
        for (text, part_of_message) in [
            ("self", "by value"),
            ("mut self", "by value"),
            ("self: Self", "by value"),
            ("&mut self", "`&mut self`"),
            ("self: &mut Self", "`&mut self`"),
            ("self: Box<Self>", "this receiver"),
            ("self: Rc<Self>", "this receiver"),
            ("self: Pin<&Self>", "this receiver"),
        ] {
            let message = receiver(&format!("async fn f({text}) {{}}")).expect_err(text);
            assert!(message.contains(part_of_message), "{text}: {message}");
            assert!(
                message.contains("use `&self` or `self: Arc<Self>`"),
                "{text}: {message}"
            );
        }
    }

    #[test]
    fn markers_are_recognised_by_any_path_and_do_not_survive() {
        let text = expand_text(
            r#"impl Host {
                #[command("a")] async fn a(&self) -> Result<(), E> {}
                #[cmdbus::command("b")] async fn b(&self) -> Result<(), E> {}
                #[::my_bus::prelude::command("c",)] async fn c(&self) -> Result<(), E> {}
            }"#,
        )
        .expect("expands");
        assert!(!text.contains("command (\""), "{text}");
        for id in ["\"a\"", "\"b\"", "\"c\""] {
            assert!(
                text.contains(&format!("const ID : & 'static str = {id}")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_streaming_method_gains_the_same_items_as_any_other() {
        let text = expand_text(
            r#"impl Host {
                #[cfg(unix)]
                #[command("a", stream)]
                async fn get_all(&self, ctx: CallContext) -> impl Stream<Item = Result<Self, E>> {}
            }"#,
        )
        .expect("expands");
        for part in [
            "struct Get_all",
            "use self :: Get_all as GetAll",
            "# [cfg (unix)] impl :: cmdbus :: StreamCommand for host :: Get_all",
            "type Item = Host ;",
            "# [cfg (unix)] registration . register (host :: Get_all",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_shared_id_is_an_error_only_where_both_methods_exist() {
        let text = expand_text(
            r#"impl Host {
                #[cfg(unix)] #[command("a")] async fn a(&self) -> Result<(), E> {}
                #[cfg(windows)] #[command("a")] async fn a(&self) -> Result<(), E> {}
            }"#,
        )
        .expect("expands");
        assert!(
            text.contains("# [cfg (unix)] # [cfg (windows)] :: core :: compile_error !"),
            "{text}"
        );
    }

    #[test]
    fn the_alias_of_one_method_gives_way_to_the_type_of_another() {
        let text = expand_text(
            r#"impl Host {
                #[command("a")] async fn get_user(&self) -> Result<(), E> {}
                #[command("b")] async fn GetUser(&self) -> Result<(), E> {}
            }"#,
        )
        .expect("expands");
        assert!(!text.contains(" as GetUser"), "{text}");
    }

    #[test]
    fn every_faulty_method_is_reported() {
        let error = expand_text(
            r#"impl Host {
                #[command("a")] fn a(&self) -> Result<(), E> {}
                #[command("b")] async fn b() -> Result<(), E> {}
            }"#,
        )
        .expect_err("refused");
        assert_eq!(error.into_iter().count(), 2);
    }
}
