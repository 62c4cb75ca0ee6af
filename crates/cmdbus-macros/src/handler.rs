//! What free functions and methods have in common as handlers: the rules for their signature, and the `Command` impl.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Ident, PathArguments, Receiver, ReturnType,
    Signature, Type, TypeReference,
};

use crate::args::CommandArgs;

/// What a handler takes and gives back, read from its signature.
pub(crate) struct Handler<'a> {
    pub(crate) receiver: Option<&'a Receiver>,
    /// The type of its one argument, if it has one.
    pub(crate) request: Option<&'a Type>,
    /// The `R` of its `Result<R, _>`.
    pub(crate) response: &'a Type,
}

impl<'a> Handler<'a> {
    /// Checks the rules that free functions and methods share, all but those for the receiver.
    pub(crate) fn check(signature: &'a Signature) -> syn::Result<Self> {
        if signature.asyncness.is_none() {
            return Err(syn::Error::new(
                signature.fn_token.span,
                "a command must be an `async fn`",
            ));
        }
        if let Some(word) = &signature.unsafety {
            return Err(syn::Error::new(
                word.span,
                "a command must not be `unsafe`: the bus calls it",
            ));
        }
        // Lifetimes are harmless: a method may name the one of its `&self`.
        let is_type_or_const =
            |parameter: &&GenericParam| !matches!(parameter, GenericParam::Lifetime(_));
        if let Some(parameter) = signature.generics.params.iter().find(is_type_or_const) {
            return Err(syn::Error::new_spanned(
                parameter,
                "a command must not be generic: its schema must be known",
            ));
        }
        let (receiver, request) = check_inputs(signature)?;
        Ok(Self {
            receiver,
            request,
            response: check_output(signature)?,
        })
    }
}

fn check_inputs(signature: &Signature) -> syn::Result<(Option<&Receiver>, Option<&Type>)> {
    let mut receiver = None;
    let mut request = None;
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(found) => receiver = Some(found),
            FnArg::Typed(_) if request.is_some() => {
                return Err(syn::Error::new_spanned(
                    input,
                    "a command takes at most one argument; put several values into one struct",
                ));
            }
            FnArg::Typed(argument) => {
                check_request(&argument.ty)?;
                request = Some(&*argument.ty);
            }
        }
    }
    if let Some(dots) = &signature.variadic {
        return Err(syn::Error::new_spanned(
            dots,
            "a command must not be variadic",
        ));
    }
    Ok((receiver, request))
}

fn check_output(signature: &Signature) -> syn::Result<&Type> {
    const RULE: &str = "a command must return `Result<Response, CommandError>`, written out";
    let ReturnType::Type(_, output) = &signature.output else {
        return Err(syn::Error::new(signature.ident.span(), RULE));
    };
    let error = || syn::Error::new_spanned(output, RULE);
    let Type::Path(path) = ungroup(output) else {
        return Err(error());
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Result")
        .ok_or_else(error)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return Err(error());
    };
    let Some(GenericArgument::Type(response)) = arguments.args.first() else {
        return Err(error());
    };
    check_response(response)?;
    Ok(response)
}

// The two checks below catch types that would otherwise fail later, in code the user did not write.

fn check_request(ty: &Type) -> syn::Result<()> {
    let error = |why| Err(syn::Error::new_spanned(ty, why));
    match ungroup(ty) {
        Type::Reference(_) => {
            error("the argument of a command must be an owned type, not a reference")
        }
        Type::ImplTrait(_) => {
            error("the argument of a command must be a named type, not `impl Trait`")
        }
        _ => Ok(()),
    }
}

fn check_response(ty: &Type) -> syn::Result<()> {
    let error = |why| Err(syn::Error::new_spanned(ty, why));
    match ungroup(ty) {
        Type::Reference(reference) if !is_static(reference) => {
            error("the response of a command must be an owned type or a `&'static` reference")
        }
        Type::ImplTrait(_) => {
            error("the response of a command must be a named type, not `impl Trait`")
        }
        _ => Ok(()),
    }
}

fn is_static(reference: &TypeReference) -> bool {
    matches!(&reference.lifetime, Some(lifetime) if lifetime.ident == "static")
}

/// Looks through parentheses and the invisible groups that `macro_rules!` puts around a type.
pub(crate) fn ungroup(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            other => return other,
        }
    }
}

/// Returns the `#[cfg]` attributes among `attributes`, which also govern whatever is generated from the item.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// Returns the documentation among `attributes`, or `fallback` where there is none, so that `missing_docs` is content.
pub(crate) fn docs(attributes: &[Attribute], fallback: &str) -> TokenStream {
    let mut docs = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .peekable();
    if docs.peek().is_some() {
        quote!(#(#docs)*)
    } else {
        quote!(#[doc = #fallback])
    }
}

/// Returns the attribute that keeps the compiler from complaining about a historical name such as `Get_user`.
pub(crate) fn allow_historical_name(name: &Ident) -> Option<TokenStream> {
    name.to_string()
        .contains('_')
        .then(|| quote!(#[allow(non_camel_case_types)]))
}

/// The parts of a generated `impl Command`.
pub(crate) struct CommandImpl<'a> {
    pub(crate) cmdbus: &'a TokenStream,
    pub(crate) cfgs: &'a [Attribute],
    /// The type that implements the trait.
    pub(crate) command: TokenStream,
    pub(crate) args: &'a CommandArgs,
    pub(crate) request: Option<TokenStream>,
    pub(crate) response: TokenStream,
    /// The handler's name, for the place of errors about its future.
    pub(crate) handler: &'a Ident,
    /// The path of the handler.
    pub(crate) function: TokenStream,
    /// What the handler takes before the request.
    pub(crate) receiver: Option<TokenStream>,
}

impl ToTokens for CommandImpl<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            cmdbus,
            cfgs,
            command,
            args,
            response,
            function,
            receiver,
            ..
        } = self;
        let id = &args.id;
        let description = args.description.as_ref().map(|text| {
            quote!(const DESCRIPTION: ::core::option::Option<&'static str> = ::core::option::Option::Some(#text);)
        });
        // An argument of the expansion must not shadow a handler that is called `request`.
        let argument = Ident::new("request", Span::mixed_site());
        let (request, arguments) = match &self.request {
            Some(request) => (request.clone(), quote!(#receiver #argument)),
            None => (quote!(()), quote!(#receiver)),
        };
        let request_schema = schema_of(cmdbus, &request);
        let response_schema = schema_of(cmdbus, response);
        // Places errors about the future at the handler and still counts as generated code for lints.
        let span = Span::call_site().located_at(self.handler.span());
        let handle = quote_spanned! {span=>
            // The `?` converts an error type of the user's own; for the usual one clippy finds it needless.
            #[allow(clippy::needless_question_mark)]
            async fn handle(
                &self,
                #argument: Self::Request,
            ) -> ::core::result::Result<Self::Response, #cmdbus::CommandError> {
                ::core::result::Result::Ok(#function(#arguments).await?)
            }
        };
        tokens.extend(quote! {
            #(#cfgs)*
            impl #cmdbus::Command for #command {
                const ID: &'static str = #id;
                #description
                type Request = #request;
                type Response = #response;

                fn schema(&self) -> ::core::option::Option<#cmdbus::CommandSchema> {
                    ::core::option::Option::Some(#cmdbus::CommandSchema {
                        request: #request_schema,
                        response: #response_schema,
                    })
                }

                #handle
            }
        });
    }
}

/// Asks for the schema of `ty`, so that a missing `JsonSchema` is reported at the type.
fn schema_of(cmdbus: &TokenStream, ty: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(ty.span());
    quote_spanned!(span=> #cmdbus::__private::schema_of::<#ty>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(signature: &str) -> Result<(String, String), String> {
        let signature: Signature = syn::parse_str(signature).expect(signature);
        let handler = Handler::check(&signature).map_err(|error| error.to_string())?;
        let request = handler
            .request
            .map(|ty| ty.to_token_stream().to_string())
            .unwrap_or_default();
        Ok((request, handler.response.to_token_stream().to_string()))
    }

    #[test]
    fn a_handler_takes_one_argument_of_any_pattern_or_none() {
        for (signature, request, response) in [
            ("async fn f(a: A) -> Result<R, CommandError>", "A", "R"),
            ("async fn f(A { x, .. }: A) -> Result<R, E>", "A", "R"),
            ("async fn f(_: ()) -> Result<(), E>", "()", "()"),
            (
                "async fn f() -> std::result::Result<Vec<R>, E>",
                "",
                "Vec < R >",
            ),
            ("async fn f(mut a: A) -> cmdbus::Result<R>", "A", "R"),
            (
                "async fn f() -> Result<&'static str, E>",
                "",
                "& 'static str",
            ),
            ("async fn f<'a>(&'a self) -> (Result<R, E>)", "", "R"),
        ] {
            assert_eq!(
                check(signature),
                Ok((request.into(), response.into())),
                "{signature}"
            );
        }
    }

    #[test]
    fn a_handler_with_another_signature_is_refused() {
        for (signature, part_of_message) in [
            ("fn f() -> Result<R, E>", "`async fn`"),
            ("async unsafe fn f() -> Result<R, E>", "`unsafe`"),
            ("async fn f<T>(t: T) -> Result<R, E>", "generic"),
            ("async fn f<const N: usize>() -> Result<R, E>", "generic"),
            (
                "async fn f(a: A, b: B) -> Result<R, E>",
                "at most one argument",
            ),
            (
                "async fn f(&self, a: A, b: B) -> Result<R, E>",
                "at most one argument",
            ),
            ("async fn f(a: &str) -> Result<R, E>", "not a reference"),
            (
                "async fn f(a: impl Sized) -> Result<R, E>",
                "not `impl Trait`",
            ),
            ("async fn f() -> Result<impl Sized, E>", "not `impl Trait`"),
            (
                "async fn f(&self) -> Result<&str, E>",
                "`&'static` reference",
            ),
            ("async fn f()", "must return"),
            ("async fn f() -> R", "must return"),
            ("async fn f() -> Option<R>", "must return"),
            ("async fn f() -> Result", "must return"),
            ("async fn f() -> Result<'static>", "must return"),
        ] {
            let message = check(signature).expect_err(signature);
            assert!(message.contains(part_of_message), "{signature}: {message}");
        }
    }
}
