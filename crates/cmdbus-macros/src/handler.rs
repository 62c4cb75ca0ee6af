//! What free functions and methods have in common as handlers: the rules for their signature, and the impl of
//! `Command` or `StreamCommand`.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Ident, PatType, Path, PathArguments, Receiver,
    ReturnType, Signature, Type, TypeParamBound, TypeReference,
};

use crate::args::CommandArgs;

/// What a handler takes and gives back, read from its signature.
pub(crate) struct Handler<'a> {
    pub(crate) receiver: Option<&'a Receiver>,
    /// The type of the argument that is the request, if there is one.
    request: Option<&'a Type>,
    /// Whether the last argument is a `CallContext`.
    context: bool,
    output: Output<'a>,
}

/// What a handler gives back.
enum Output<'a> {
    /// The `R` of its `Result<R, _>`.
    Response(&'a Type),
    Stream(StreamOutput<'a>),
}

/// An `impl Stream<Item = Result<T, _>>`, alone or in a `Result`.
struct StreamOutput<'a> {
    /// The trait, as the user names it, without its arguments.
    of_trait: Path,
    /// The `T`.
    item: &'a Type,
    /// Whether it comes in a `Result`.
    in_result: bool,
    /// Whether the error of an item is written `CommandError`, so that it needs no conversion.
    usual_error: bool,
}

impl<'a> Handler<'a> {
    /// Checks the rules that free functions and methods share, all but those for the receiver.
    pub(crate) fn check(signature: &'a Signature, args: &CommandArgs) -> syn::Result<Self> {
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
        if let Some(dots) = &signature.variadic {
            return Err(syn::Error::new_spanned(
                dots,
                "a command must not be variadic",
            ));
        }
        let (request, context) = check_arguments(signature)?;
        Ok(Self {
            receiver: signature.receiver(),
            request,
            context,
            output: check_output(signature, args.stream)?,
        })
    }
}

/// Returns the request, and whether a `CallContext` follows.
fn check_arguments(signature: &Signature) -> syn::Result<(Option<&Type>, bool)> {
    let mut arguments: Vec<&PatType> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(argument) => Some(argument),
        })
        .collect();
    let context = arguments.pop_if(|last| is_context(&last.ty)).is_some();
    if let Some(early) = arguments.iter().find(|argument| is_context(&argument.ty)) {
        let why = if context {
            "a command has one `CallContext` only"
        } else {
            "the `CallContext` of a command must be its last argument"
        };
        return Err(syn::Error::new_spanned(early, why));
    }
    if let Some(second) = arguments.get(1) {
        return Err(syn::Error::new_spanned(
            second,
            "a command takes at most one argument besides a `CallContext`; put several values into one struct",
        ));
    }
    let request = arguments.first().map(|argument| &*argument.ty);
    request.map(check_request).transpose()?;
    Ok((request, context))
}

fn check_output(signature: &Signature, streams: bool) -> syn::Result<Output<'_>> {
    const RESPONSE_RULE: &str =
        "a command must return `Result<Response, CommandError>`, written out";
    const STREAM_RULE: &str = "a streaming command must return `impl Stream<Item = Result<Item, CommandError>> + Send`, \
         written out, or a `Result` of that";
    const STREAM_MISSING: &str =
        "a command that returns a stream says so after its id: `#[command(\"…\", stream)]`";

    let rule = if streams { STREAM_RULE } else { RESPONSE_RULE };
    let ReturnType::Type(_, output) = &signature.output else {
        return Err(syn::Error::new(signature.ident.span(), rule));
    };
    let result = ResultType::read(output);
    let returned = result.as_ref().map_or(&**output, |result| result.value);
    match (stream_trait(returned), result) {
        (Some(_), _) if !streams => Err(syn::Error::new_spanned(returned, STREAM_MISSING)),
        (Some(of_trait), result) => check_stream(of_trait, result.is_some()).map(Output::Stream),
        (None, Some(result)) if !streams => {
            check_owned("the response of a command", result.value)?;
            Ok(Output::Response(result.value))
        }
        (None, _) => Err(syn::Error::new_spanned(output, rule)),
    }
}

fn check_stream(of_trait: &Path, in_result: bool) -> syn::Result<StreamOutput<'_>> {
    const RULE: &str =
        "the items of a streaming command must be `Result<Item, CommandError>`, written out";

    let Some(items) = items_of(of_trait) else {
        return Err(syn::Error::new_spanned(
            of_trait,
            "a streaming command must say what its items are: `impl Stream<Item = Result<Item, CommandError>>`",
        ));
    };
    let item = ResultType::read(items).ok_or_else(|| syn::Error::new_spanned(items, RULE))?;
    check_owned("an item of a streaming command", item.value)?;
    let mut of_trait = of_trait.clone();
    if let Some(last) = of_trait.segments.last_mut() {
        last.arguments = PathArguments::None;
    }
    Ok(StreamOutput {
        of_trait,
        item: item.value,
        in_result,
        usual_error: item.error.is_some_and(|ty| ends_in(ty, "CommandError")),
    })
}

/// Returns the trait `Stream` of an `impl Stream<..>`, by whatever path.
fn stream_trait(ty: &Type) -> Option<&Path> {
    let Type::ImplTrait(opaque) = ungroup(ty) else {
        return None;
    };
    opaque.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last()?;
            (last.ident == "Stream").then_some(&bound.path)
        }
        _ => None,
    })
}

/// Returns the `T` of `Stream<Item = T>`.
fn items_of(of_trait: &Path) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &of_trait.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assigned) if assigned.ident == "Item" => Some(&assigned.ty),
        _ => None,
    })
}

/// A type that is written `Result<..>`.
struct ResultType<'a> {
    value: &'a Type,
    /// Missing where `Result` is an alias that knows it.
    error: Option<&'a Type>,
}

impl<'a> ResultType<'a> {
    fn read(ty: &'a Type) -> Option<Self> {
        let Type::Path(path) = ungroup(ty) else {
            return None;
        };
        let last = path.path.segments.last()?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else {
            return None;
        };
        let mut types = arguments.args.iter().map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
        let value = types.next()??;
        let error = types.next().flatten();
        (last.ident == "Result").then_some(Self { value, error })
    }
}

fn is_context(ty: &Type) -> bool {
    ends_in(ty, "CallContext")
}

/// Tells whether `ty` is a path that ends in `name`, without arguments.
fn ends_in(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = ungroup(ty) else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident == name && last.arguments.is_none())
}

// The two checks below catch types that would otherwise fail later, in code the user did not write.

fn check_request(ty: &Type) -> syn::Result<()> {
    let error = |why| Err(syn::Error::new_spanned(ty, why));
    match ungroup(ty) {
        Type::Reference(reference) if is_context(&reference.elem) => {
            error("a command takes its `CallContext` by value, not by reference")
        }
        Type::Reference(_) => {
            error("the argument of a command must be an owned type, not a reference")
        }
        Type::ImplTrait(_) => {
            error("the argument of a command must be a named type, not `impl Trait`")
        }
        _ => Ok(()),
    }
}

/// Checks what a command gives back, which `what` calls by its name.
fn check_owned(what: &str, ty: &Type) -> syn::Result<()> {
    let error = |why| Err(syn::Error::new_spanned(ty, format!("{what} must be {why}")));
    match ungroup(ty) {
        Type::Reference(reference) if !is_static(reference) => {
            error("an owned type or a `&'static` reference")
        }
        Type::ImplTrait(_) => error("a named type, not `impl Trait`"),
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

/// The parts of a generated `impl Command` or `impl StreamCommand`.
pub(crate) struct CommandImpl<'a> {
    pub(crate) cmdbus: &'a TokenStream,
    pub(crate) cfgs: &'a [Attribute],
    /// The type that implements the trait.
    pub(crate) command: TokenStream,
    pub(crate) args: &'a CommandArgs,
    pub(crate) handler: &'a Handler<'a>,
    /// The handler's name, for the place of errors about its future.
    pub(crate) name: &'a Ident,
    /// The path of the handler.
    pub(crate) function: TokenStream,
    /// How the handler gets its host, if it is a method.
    pub(crate) host: Option<Host>,
}

/// The host of a method that is a command.
pub(crate) struct Host {
    /// Its type, which `Self` stands for in the method's signature.
    pub(crate) ty: TokenStream,
    /// What the method takes for `self`.
    pub(crate) receiver: TokenStream,
}

impl ToTokens for CommandImpl<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            cmdbus,
            cfgs,
            command,
            args,
            handler,
            ..
        } = self;
        let id = &args.id;
        let description = args.description.as_ref().map(|text| {
            quote!(const DESCRIPTION: ::core::option::Option<&'static str> = ::core::option::Option::Some(#text);)
        });
        let graceful = args.graceful.then(|| {
            quote! {
                fn graceful(&self) -> bool {
                    true
                }
            }
        });
        let request = match handler.request {
            Some(request) => self.outside(request),
            None => quote!(()),
        };
        let request_schema = schema_of(cmdbus, &request);
        let (of_trait, result, response_schema, serve) = match &handler.output {
            Output::Response(response) => {
                let response = self.outside(response);
                (
                    quote!(#cmdbus::Command),
                    quote!(type Response = #response;),
                    schema_of(cmdbus, &response),
                    self.handle(),
                )
            }
            Output::Stream(stream) => {
                let item = self.outside(stream.item);
                (
                    quote!(#cmdbus::StreamCommand),
                    quote!(type Item = #item;),
                    stream_schema_of(cmdbus, &item),
                    self.items(stream),
                )
            }
        };
        tokens.extend(quote! {
            #(#cfgs)*
            impl #of_trait for #command {
                const ID: &'static str = #id;
                #description
                type Request = #request;
                #result

                fn schema(&self) -> ::core::option::Option<#cmdbus::CommandSchema> {
                    ::core::option::Option::Some(#cmdbus::CommandSchema {
                        request: #request_schema,
                        response: #response_schema,
                    })
                }

                #graceful

                #serve
            }
        });
    }
}

impl CommandImpl<'_> {
    /// Spells a type or path of the signature as it must stand outside of it, where `Self` means something else.
    fn outside(&self, part: &impl ToTokens) -> TokenStream {
        let part = part.to_token_stream();
        match &self.host {
            Some(host) => replace_self(part, &host.ty),
            None => part,
        }
    }

    /// Places errors about the future at the handler and still counts as generated code for lints.
    fn span(&self) -> Span {
        Span::call_site().located_at(self.name.span())
    }

    /// The request in the expansion, which must not shadow a handler that is called `request`.
    fn request_argument() -> Ident {
        Ident::new("request", Span::mixed_site())
    }

    /// Calls the handler and awaits its future.
    fn call(&self) -> TokenStream {
        let Self {
            cmdbus, function, ..
        } = self;
        let receiver = self.host.iter().map(|host| host.receiver.clone());
        let request = self
            .handler
            .request
            .map(|_| Self::request_argument().into_token_stream());
        // Evaluated in the generated future, hence when that is first polled and not when it is made.
        let context = self
            .handler
            .context
            .then(|| quote!(#cmdbus::CallContext::current().unwrap_or_default()));
        let arguments = receiver.chain(request).chain(context);
        quote_spanned!(self.span()=> #function(#(#arguments),*).await)
    }

    /// The method of an `impl Command`.
    fn handle(&self) -> TokenStream {
        let cmdbus = self.cmdbus;
        let request = Self::request_argument();
        let call = self.call();
        quote_spanned! {self.span()=>
            // The `?` converts an error type of the user's own; for the usual one clippy finds it needless.
            #[allow(clippy::needless_question_mark)]
            async fn handle(
                &self,
                #request: Self::Request,
            ) -> ::core::result::Result<Self::Response, #cmdbus::CommandError> {
                ::core::result::Result::Ok(#call?)
            }
        }
    }

    /// The method of an `impl StreamCommand`.
    fn items(&self, stream: &StreamOutput<'_>) -> TokenStream {
        let cmdbus = self.cmdbus;
        let request = Self::request_argument();
        let of_trait = self.outside(&stream.of_trait);
        let call = self.call();
        let question_mark = stream.in_result.then(|| quote_spanned!(self.span()=> ?));
        let (adapter, items) = if stream.usual_error {
            (None, quote!(#call #question_mark))
        } else {
            (
                Some(error_adapter(cmdbus, &of_trait)),
                quote!(__Converted(::std::boxed::Box::pin(#call #question_mark))),
            )
        };
        quote_spanned! {self.span()=>
            // As for `Command::handle`.
            #[allow(clippy::needless_question_mark)]
            async fn items(
                &self,
                #request: Self::Request,
            ) -> ::core::result::Result<
                impl #of_trait<Item = ::core::result::Result<Self::Item, #cmdbus::CommandError>>
                    + ::core::marker::Send,
                #cmdbus::CommandError,
            > {
                #adapter
                ::core::result::Result::Ok(#items)
            }
        }
    }
}

/// A stream around that of a handler whose items have an error type of the user's own; it does for an item what `?` does
/// for a result.
fn error_adapter(cmdbus: &TokenStream, of_trait: &TokenStream) -> TokenStream {
    quote! {
        struct __Converted<S>(::core::pin::Pin<::std::boxed::Box<S>>);

        impl<S, T, E> #of_trait for __Converted<S>
        where
            S: #of_trait<Item = ::core::result::Result<T, E>>,
            #cmdbus::CommandError: ::core::convert::From<E>,
        {
            type Item = ::core::result::Result<T, #cmdbus::CommandError>;

            fn poll_next(
                mut self: ::core::pin::Pin<&mut Self>,
                cx: &mut ::core::task::Context<'_>,
            ) -> ::core::task::Poll<::core::option::Option<Self::Item>> {
                self.0.as_mut().poll_next(cx).map_err(::core::convert::From::from)
            }
        }
    }
}

/// Writes `host` for every `Self`, which means something else in the impl of the generated type.
fn replace_self(tokens: TokenStream, host: &TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(word) if word == "Self" => host.clone(),
            TokenTree::Group(group) => {
                let mut replaced =
                    Group::new(group.delimiter(), replace_self(group.stream(), host));
                replaced.set_span(group.span());
                TokenTree::Group(replaced).into()
            }
            other => other.into(),
        })
        .collect()
}

/// Asks for the schema of `ty`, so that a missing `JsonSchema` is reported at the type.
fn schema_of(cmdbus: &TokenStream, ty: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(ty.span());
    quote_spanned!(span=> #cmdbus::__private::schema_of::<#ty>())
}

/// Asks for the schema of a response that streams items of `ty`; the place as for [`schema_of`].
fn stream_schema_of(cmdbus: &TokenStream, ty: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(ty.span());
    quote_spanned! {span=>
        ::core::option::Option::Some(#cmdbus::__private::stream_schema_of::<#ty>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> TokenStream {
        text.parse().expect(text)
    }

    /// Checks a signature under `#[command("a")]` with `more` behind the id, and reads its parts with `read`.
    fn check_with<T>(
        more: &str,
        signature: &str,
        read: impl FnOnce(&Handler<'_>) -> T,
    ) -> Result<T, String> {
        let args: CommandArgs = syn::parse_str(&format!("\"a\"{more}")).expect(more);
        let signature: Signature = syn::parse_str(signature).expect(signature);
        Handler::check(&signature, &args)
            .map(|handler| read(&handler))
            .map_err(|error| error.to_string())
    }

    fn text(part: Option<&impl ToTokens>) -> String {
        part.map(|part| part.to_token_stream().to_string())
            .unwrap_or_default()
    }

    /// The request and the response.
    fn check(signature: &str) -> Result<(String, String), String> {
        check_with("", signature, |handler| {
            let Output::Response(response) = &handler.output else {
                panic!("{signature} streams")
            };
            (text(handler.request.as_ref()), text(Some(response)))
        })
    }

    /// The trait, the item, whether a `Result` is around the stream, and whether the error is the usual one.
    fn check_streaming(signature: &str) -> Result<(String, String, bool, bool), String> {
        check_with(", stream", signature, |handler| {
            let Output::Stream(stream) = &handler.output else {
                panic!("{signature} does not stream")
            };
            (
                text(Some(&stream.of_trait)),
                text(Some(&stream.item)),
                stream.in_result,
                stream.usual_error,
            )
        })
    }

    /// The request, and whether a context follows.
    fn check_inputs(signature: &str) -> Result<(String, bool), String> {
        check_with("", signature, |handler| {
            (text(handler.request.as_ref()), handler.context)
        })
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
    fn a_handler_may_take_a_context_after_its_request() {
        for (arguments, request, context) in [
            ("", "", false),
            ("a: A", "A", false),
            ("ctx: CallContext", "", true),
            ("&self, _: CallContext", "", true),
            ("a: A, ctx: CallContext", "A", true),
            (
                "self: Arc<Self>, a: A, ctx: cmdbus::CallContext,",
                "A",
                true,
            ),
            ("a: (), mut ctx: (::my_bus::CallContext)", "()", true),
            // Types that are only called alike.
            ("a: CallContext<A>", "CallContext < A >", false),
            ("a: CallContext::A", "CallContext :: A", false),
            ("a: MyCallContext", "MyCallContext", false),
        ] {
            let signature = format!("async fn f({arguments}) -> Result<R, E>");
            assert_eq!(
                check_inputs(&signature),
                Ok((request.into(), context)),
                "{signature}"
            );
        }
    }

    #[test]
    fn a_handler_with_other_arguments_is_refused() {
        for (arguments, part_of_message) in [
            ("a: A, b: B", "at most one argument"),
            ("&self, a: A, b: B", "at most one argument"),
            ("a: A, b: B, ctx: CallContext", "at most one argument"),
            ("a: &str", "not a reference"),
            ("a: &str, ctx: CallContext", "not a reference"),
            ("a: impl Sized", "not `impl Trait`"),
            ("ctx: CallContext, a: A", "must be its last argument"),
            ("a: A, ctx: CallContext, b: B", "must be its last argument"),
            ("a: CallContext, b: CallContext", "one `CallContext` only"),
            ("ctx: &CallContext", "`CallContext` by value"),
            ("a: A, ctx: &CallContext", "at most one argument"),
        ] {
            let signature = format!("async fn f({arguments}) -> Result<R, E>");
            let message = check_inputs(&signature).expect_err(&signature);
            assert!(message.contains(part_of_message), "{signature}: {message}");
        }
    }

    #[test]
    fn a_handler_with_another_signature_is_refused() {
        for (signature, part_of_message) in [
            ("fn f() -> Result<R, E>", "`async fn`"),
            ("async unsafe fn f() -> Result<R, E>", "`unsafe`"),
            ("async fn f<T>(t: T) -> Result<R, E>", "generic"),
            ("async fn f<const N: usize>() -> Result<R, E>", "generic"),
            ("async fn f() -> Result<impl Sized, E>", "not `impl Trait`"),
            (
                "async fn f(&self) -> Result<&str, E>",
                "the response of a command must be an owned type or a `&'static` reference",
            ),
            ("async fn f()", "must return"),
            ("async fn f() -> R", "must return"),
            ("async fn f() -> Option<R>", "must return"),
            ("async fn f() -> Result", "must return"),
            ("async fn f() -> Result<'static>", "must return"),
            ("async fn f() -> impl Iterator<Item = R>", "must return"),
            (
                "async fn f() -> impl Stream<Item = Result<R, E>>",
                "returns a stream says so",
            ),
            (
                "async fn f() -> Result<impl futures::Stream<Item = Result<R, E>>, E>",
                "returns a stream says so",
            ),
        ] {
            let message = check(signature).expect_err(signature);
            assert!(message.contains(part_of_message), "{signature}: {message}");
        }
    }

    #[test]
    fn a_streaming_handler_returns_a_stream_or_a_result_of_one() {
        for (output, of_trait, item, in_result, usual_error) in [
            (
                "impl Stream<Item = Result<T, CommandError>> + Send",
                "Stream",
                "T",
                false,
                true,
            ),
            (
                "impl Send + ::futures::stream::Stream<Item = std::result::Result<Vec<T>, E>> + use<'a>",
                ":: futures :: stream :: Stream",
                "Vec < T >",
                false,
                false,
            ),
            (
                "Result<impl Stream<Item = Result<(), cmdbus::CommandError>>, E>",
                "Stream",
                "()",
                true,
                true,
            ),
            // Aliases that know their error.
            (
                "(io::Result<(impl Stream<Item = my::Result<&'static str>>)>)",
                "Stream",
                "& 'static str",
                true,
                false,
            ),
        ] {
            for arguments in ["", "&'a self, a: A, ctx: CallContext"] {
                let signature = format!("async fn f<'a>({arguments}) -> {output}");
                assert_eq!(
                    check_streaming(&signature),
                    Ok((of_trait.into(), item.into(), in_result, usual_error)),
                    "{signature}"
                );
            }
        }
    }

    #[test]
    fn a_streaming_handler_with_another_signature_is_refused() {
        for (signature, part_of_message) in [
            ("async fn f()", "must return `impl Stream<"),
            ("async fn f() -> Result<T, E>", "must return `impl Stream<"),
            (
                "async fn f() -> BoxStream<'static, Result<T, E>>",
                "must return `impl Stream<",
            ),
            (
                "async fn f() -> impl TryStream<Ok = T, Error = E>",
                "must return `impl Stream<",
            ),
            (
                "async fn f() -> Option<impl Stream<Item = Result<T, E>>>",
                "must return `impl Stream<",
            ),
            ("async fn f() -> impl Stream", "what its items are"),
            (
                "async fn f() -> impl Stream<Item: Send>",
                "what its items are",
            ),
            (
                "async fn f() -> Result<impl Stream<T>, E>",
                "what its items are",
            ),
            (
                "async fn f() -> impl Stream<Item = T>",
                "must be `Result<Item, CommandError>`, written out",
            ),
            (
                "async fn f() -> Result<impl Stream<Item = Option<T>>, E>",
                "must be `Result<Item, CommandError>`, written out",
            ),
            (
                "async fn f() -> impl Stream<Item = Result>",
                "must be `Result<Item, CommandError>`, written out",
            ),
            (
                "async fn f<'a>(&'a self) -> impl Stream<Item = Result<&'a str, E>>",
                "an item of a streaming command must be an owned type or a `&'static` reference",
            ),
            (
                "async fn f() -> impl Stream<Item = Result<impl Sized, E>>",
                "an item of a streaming command must be a named type",
            ),
            ("fn f() -> impl Stream<Item = Result<T, E>>", "`async fn`"),
            (
                "async fn f<T>() -> impl Stream<Item = Result<T, E>>",
                "generic",
            ),
            (
                "async fn f(a: A, b: B) -> impl Stream<Item = Result<T, E>>",
                "at most one argument",
            ),
        ] {
            let message = check_streaming(signature).expect_err(signature);
            assert!(message.contains(part_of_message), "{signature}: {message}");
        }
    }

    /// Returns the impl generated for a method of `Host`.
    fn implement(more: &str, signature: &str) -> syn::ItemImpl {
        let args: CommandArgs = syn::parse_str(&format!("\"a\"{more}")).expect(more);
        let signature: Signature = syn::parse_str(signature).expect(signature);
        let handler = Handler::check(&signature, &args).expect("accepted");
        let implementation = CommandImpl {
            cmdbus: &quote!(::cmdbus),
            cfgs: &[],
            command: quote!(Generated),
            args: &args,
            handler: &handler,
            name: &signature.ident,
            function: quote!(<Host>::f),
            host: Some(Host {
                ty: quote!(Host),
                receiver: quote!(&self.host),
            }),
        };
        syn::parse2(implementation.into_token_stream()).expect("an impl block")
    }

    fn methods(block: &syn::ItemImpl) -> Vec<String> {
        let name = |item: &syn::ImplItem| match item {
            syn::ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
            _ => None,
        };
        block.items.iter().filter_map(name).collect()
    }

    #[test]
    fn a_command_implements_one_of_the_two_traits() {
        let of_trait = |block: &syn::ItemImpl| {
            let (_, path, _) = block.trait_.as_ref().expect("a trait impl");
            text(Some(path))
        };
        let block = implement("", "async fn f(&self) -> Result<R, E>");
        assert_eq!(of_trait(&block), ":: cmdbus :: Command");
        assert_eq!(methods(&block), ["schema", "handle"]);
        for output in [
            "impl Stream<Item = Result<T, CommandError>>",
            "Result<impl Stream<Item = Result<T, E>>, E>",
        ] {
            let block = implement(", stream", &format!("async fn f(&self) -> {output}"));
            assert_eq!(of_trait(&block), ":: cmdbus :: StreamCommand");
            assert_eq!(methods(&block), ["schema", "items"]);
        }
    }

    #[test]
    fn only_a_graceful_command_says_something_about_that() {
        let plain = "async fn f(&self) -> Result<R, E>";
        let streaming = "async fn f(&self) -> impl Stream<Item = Result<T, E>>";
        for (more, signature) in [
            (", graceful", plain),
            (", graceful, stream", streaming),
            (", stream, description = \"t\", graceful", streaming),
        ] {
            assert!(methods(&implement(more, signature)).contains(&"graceful".to_owned()));
        }
        assert!(!methods(&implement("", plain)).contains(&"graceful".to_owned()));
        assert!(!methods(&implement(", stream", streaming)).contains(&"graceful".to_owned()));
    }

    #[test]
    fn a_handler_is_called_with_what_it_takes() {
        let context = ":: cmdbus :: CallContext :: current () . unwrap_or_default ()";
        for (arguments, passed) in [
            ("&self", "& self . host".to_owned()),
            ("&self, a: A", "& self . host , request".to_owned()),
            (
                "&self, c: CallContext",
                format!("& self . host , {context}"),
            ),
            (
                "&self, a: A, c: CallContext",
                format!("& self . host , request , {context}"),
            ),
        ] {
            let plain = implement("", &format!("async fn f({arguments}) -> Result<R, E>"));
            let plain = text(Some(&plain));
            let call = format!("< Host > :: f ({passed}) . await");
            assert!(plain.contains(&format!("Ok ({call} ?)")), "{plain}");

            for (output, result) in [
                ("impl Stream<Item = Result<T, CommandError>>", call.clone()),
                (
                    "Result<impl Stream<Item = Result<T, CommandError>>, E>",
                    format!("{call} ?"),
                ),
                (
                    "impl Stream<Item = Result<T, E>>",
                    format!("__Converted (:: std :: boxed :: Box :: pin ({call}))"),
                ),
                (
                    "Result<impl Stream<Item = Result<T, E>>, E>",
                    format!("__Converted (:: std :: boxed :: Box :: pin ({call} ?))"),
                ),
            ] {
                let block = implement(", stream", &format!("async fn f({arguments}) -> {output}"));
                let block = text(Some(&block));
                assert!(block.contains(&format!("Ok ({result})")), "{block}");
            }
        }
    }

    #[test]
    fn self_in_a_signature_stands_for_the_host() {
        let block = implement(
            ", stream",
            "async fn f(&self, a: [u8; Self::N]) -> impl Stream<Item = Result<Vec<Self>, E>>",
        );
        let types: Vec<String> = block
            .items
            .iter()
            .filter_map(|item| match item {
                syn::ImplItem::Type(item) => Some(text(Some(&item.ty))),
                _ => None,
            })
            .collect();
        assert_eq!(types, ["[u8 ; Host :: N]", "Vec < Host >"]);
    }

    #[test]
    fn self_stands_for_the_host_at_any_depth() {
        let replaced = replace_self(
            tokens("Result<Vec<(Self, [u8; Self::N])>, E>"),
            &quote!(a::Host),
        );
        assert_eq!(
            replaced.to_string(),
            tokens("Result<Vec<(a::Host, [u8; a::Host::N])>, E>").to_string()
        );
    }
}
