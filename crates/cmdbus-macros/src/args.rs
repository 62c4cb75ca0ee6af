//! The arguments in the parentheses of an attribute.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Meta, Token};

/// The arguments of `#[command("id", description = "text", stream, graceful)]`.
pub(crate) struct CommandArgs {
    pub(crate) id: LitStr,
    pub(crate) description: Option<LitStr>,
    /// Whether the handler returns a stream.
    pub(crate) stream: bool,
    /// Whether the handler may end by itself when nobody waits for it any more.
    pub(crate) graceful: bool,
}

impl CommandArgs {
    /// Reads the arguments of an attribute that stands on a method.
    pub(crate) fn of(attribute: &Attribute) -> syn::Result<Self> {
        match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => list.parse_args(),
            other => Err(syn::Error::new_spanned(other, COMMAND_ID_MISSING)),
        }
    }
}

// Not reported with `ParseStream::error`, which would add "unexpected end of input".
const COMMAND_ID_MISSING: &str = "a command needs an id: `#[command(\"my.command\")]`";
const EVENT_ID_MISSING: &str = "an event needs an id: `#[event(\"my.event\")]`";

impl Parse for CommandArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(syn::Error::new(Span::call_site(), COMMAND_ID_MISSING));
        }
        let id = parse_id(input, "command")?;
        let mut args = Self {
            id,
            description: None,
            stream: false,
            graceful: false,
        };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            args.parse_named(input)?;
        }
        Ok(args)
    }
}

impl CommandArgs {
    fn parse_named(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input
                .error("only `description = \"…\"`, `stream` and `graceful` may follow the id"));
        }
        let name = input.call(Ident::parse_any)?;
        let given_before = match name.to_string().as_str() {
            "description" => self
                .description
                .replace(parse_description(input)?)
                .is_some(),
            "stream" => std::mem::replace(&mut self.stream, parse_flag(input, &name)?),
            "graceful" => std::mem::replace(&mut self.graceful, parse_flag(input, &name)?),
            _ => {
                return Err(syn::Error::new(
                    name.span(),
                    format!(
                        "unknown argument `{name}`; only `description`, `stream` and `graceful` may follow the id"
                    ),
                ));
            }
        };
        if given_before {
            return Err(syn::Error::new(
                name.span(),
                format!("`{name}` is given twice"),
            ));
        }
        Ok(())
    }
}

fn parse_description(input: ParseStream<'_>) -> syn::Result<LitStr> {
    input.parse::<Token![=]>()?;
    if !input.peek(LitStr) {
        return Err(input.error("`description` must be a string literal"));
    }
    input.parse()
}

/// Reads what follows the word `name`, which says all by standing there.
fn parse_flag(input: ParseStream<'_>, name: &Ident) -> syn::Result<bool> {
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error(format!("`{name}` takes no value")));
    }
    Ok(true)
}

/// The argument of `#[event("id")]`.
pub(crate) struct EventArgs {
    pub(crate) id: LitStr,
}

impl Parse for EventArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(syn::Error::new(Span::call_site(), EVENT_ID_MISSING));
        }
        let id = parse_id(input, "event")?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            return Err(input.error("`#[event(\"…\")]` takes nothing but the id"));
        }
        Ok(Self { id })
    }
}

/// Fails at the first token of `args` if there is one: the attribute `name` takes no arguments.
pub(crate) fn check_no_args(name: &str, args: &TokenStream) -> syn::Result<()> {
    match args.clone().into_iter().next() {
        Some(first) => Err(syn::Error::new(
            first.span(),
            format!("`#[{name}]` takes no arguments"),
        )),
        None => Ok(()),
    }
}

fn parse_id(input: ParseStream<'_>, what: &str) -> syn::Result<LitStr> {
    if !input.peek(LitStr) {
        return Err(input.error(format!(
            "the id of the {what} must come first and be a string literal"
        )));
    }
    let id: LitStr = input.parse()?;
    if id.value().is_empty() {
        return Err(syn::Error::new(
            id.span(),
            format!("the id of the {what} must not be empty"),
        ));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(args: &str) -> Result<(String, Option<String>), String> {
        syn::parse_str::<CommandArgs>(args)
            .map(|args| (args.id.value(), args.description.map(|text| text.value())))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_takes_an_id_and_maybe_a_description() {
        assert_eq!(command(r#""a.b""#), Ok(("a.b".into(), None)));
        assert_eq!(command(r#""a.b","#), Ok(("a.b".into(), None)));
        assert_eq!(
            command(r#""a.b", description = "text""#),
            Ok(("a.b".into(), Some("text".into())))
        );
        assert_eq!(
            command(r#""a.b", description = "text","#),
            Ok(("a.b".into(), Some("text".into())))
        );
    }

    #[test]
    fn what_follows_the_id_may_come_in_any_order() {
        for (args, stream, graceful, description) in [
            (r#""a""#, false, false, None),
            (r#""a", stream"#, true, false, None),
            (r#""a", graceful,"#, false, true, None),
            (r#""a", stream, graceful"#, true, true, None),
            (
                r#""a", graceful, description = "t", stream"#,
                true,
                true,
                Some("t"),
            ),
            (r#""a", description = "t", stream,"#, true, false, Some("t")),
        ] {
            let parsed: CommandArgs = syn::parse_str(args).expect(args);
            assert_eq!(
                (parsed.stream, parsed.graceful),
                (stream, graceful),
                "{args}"
            );
            let text = parsed.description.map(|text| text.value());
            assert_eq!(text.as_deref(), description, "{args}");
        }
    }

    #[test]
    fn a_command_refuses_everything_else() {
        for (args, part_of_message) in [
            ("", "needs an id"),
            ("42", "must come first"),
            ("id", "must come first"),
            (r#"description = "text""#, "must come first"),
            (r#""""#, "must not be empty"),
            (r#""a", desc = "text""#, "unknown argument `desc`"),
            (r#""a", type = "text""#, "unknown argument `type`"),
            (r#""a", "b""#, "may follow the id"),
            (r#""a" "b""#, "expected `,`"),
            (r#""a", description = 1"#, "must be a string literal"),
            (r#""a", description"#, "expected `=`"),
            (
                r#""a", description = "1", description = "2""#,
                "`description` is given twice",
            ),
            (r#""a", stream, stream"#, "`stream` is given twice"),
            (
                r#""a", graceful, stream, graceful"#,
                "`graceful` is given twice",
            ),
            (r#""a", stream = true"#, "`stream` takes no value"),
            (r#""a", graceful(1)"#, "`graceful` takes no value"),
            (r#""a", stream graceful"#, "`stream` takes no value"),
            (r#"stream, "a""#, "must come first"),
        ] {
            let message = command(args).expect_err(args);
            assert!(message.contains(part_of_message), "{args}: {message}");
        }
    }

    #[test]
    fn an_event_takes_exactly_an_id() {
        assert!(syn::parse_str::<EventArgs>(r#""a.b""#).is_ok());
        for args in [
            "",
            r#""""#,
            "id",
            r#""a", "b""#,
            r#""a", description = "text""#,
        ] {
            assert!(syn::parse_str::<EventArgs>(args).is_err(), "{args}");
        }
    }
}
