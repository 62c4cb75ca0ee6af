//! The names of generated items.
//!
//! The rules are historical: code written against earlier releases spells these names out, so they cannot change.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// The name of a generated command type.
pub(crate) struct TypeName {
    /// The historical name: the handler's name with its first letter in upper case.
    pub(crate) historical: Ident,
    /// The same name in camel case, where the two differ and the latter is a usable name.
    pub(crate) alias: Option<Ident>,
}

impl TypeName {
    /// Names the type made from the handler `handler`; `suffix` is appended to both spellings.
    pub(crate) fn new(handler: &Ident, suffix: &str) -> Self {
        let name = handler.unraw().to_string();
        let historical = capitalise(&name) + suffix;
        let words = camel_case(&name);
        let camel = words.clone() + suffix;
        let usable = words.starts_with(char::is_alphabetic) && camel != "Self";
        Self {
            alias: (usable && camel != historical).then(|| Ident::new(&camel, handler.span())),
            historical: Ident::new(&historical, handler.span()),
        }
    }
}

/// Returns the name of the module generated for the service `host`: every upper-case letter starts a new word, so
/// `MathService` gives `math_service` and `HTTPServer` gives `h_t_t_p_server`.
pub(crate) fn module_name(host: &Ident) -> Ident {
    let mut name = String::new();
    for letter in host.unraw().to_string().chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    match name.as_str() {
        // The words that cannot be written as raw identifiers.
        "self" | "super" | "crate" | "_" => Ident::new(&format!("{name}_"), host.span()),
        // syn does not know the keyword of the 2024 edition.
        name if name == "gen" || syn::parse_str::<Ident>(name).is_err() => {
            Ident::new_raw(name, host.span())
        }
        name => Ident::new(name, host.span()),
    }
}

/// Returns the name of the free function that registers the command made from `handler`.
pub(crate) fn register_name(handler: &Ident) -> Ident {
    Ident::new(&format!("register_{}", handler.unraw()), handler.span())
}

fn camel_case(name: &str) -> String {
    name.split('_').map(capitalise).collect()
}

fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    fn ident(name: &str) -> Ident {
        match name.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, Span::call_site()),
            None => Ident::new(name, Span::call_site()),
        }
    }

    fn names(handler: &str, suffix: &str) -> (String, Option<String>) {
        let name = TypeName::new(&ident(handler), suffix);
        (
            name.historical.to_string(),
            name.alias.map(|alias| alias.to_string()),
        )
    }

    #[test]
    fn every_upper_case_letter_of_a_host_starts_a_word_of_its_module() {
        for (host, module) in [
            ("MathService", "math_service"),
            ("HTTPServer", "h_t_t_p_server"),
            ("Math2", "math2"),
            ("math", "math"),
            ("r#Type", "r#type"),
            ("Match", "r#match"),
            ("Gen", "r#gen"),
            ("Super", "super_"),
        ] {
            assert_eq!(module_name(&ident(host)).to_string(), module);
        }
    }

    #[test]
    fn a_one_word_handler_has_one_name() {
        assert_eq!(names("add", "Command"), ("AddCommand".into(), None));
        assert_eq!(names("add", ""), ("Add".into(), None));
    }

    #[test]
    fn a_snake_case_handler_keeps_its_historical_name_and_gains_a_camel_case_alias() {
        assert_eq!(
            names("say_hello", "Command"),
            ("Say_helloCommand".into(), Some("SayHelloCommand".into()))
        );
        assert_eq!(
            names("get_user", ""),
            ("Get_user".into(), Some("GetUser".into()))
        );
        assert_eq!(
            names("_hidden", ""),
            ("_hidden".into(), Some("Hidden".into()))
        );
    }

    #[test]
    fn a_camel_case_spelling_that_is_no_name_is_left_out() {
        assert_eq!(names("_1", ""), ("_1".into(), None));
        assert_eq!(names("__", "Command"), ("__Command".into(), None));
        assert_eq!(names("_self", ""), ("_self".into(), None));
    }

    #[test]
    fn raw_identifiers_lose_their_prefix() {
        assert_eq!(names("r#move", ""), ("Move".into(), None));
        assert_eq!(register_name(&ident("r#move")), "register_move");
    }
}
