//! Where the caller's crate finds cmdbus.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// Returns the path under which the crate being compiled can name cmdbus.
///
/// A crate whose `Cargo.toml` does not mention cmdbus gets `::cmdbus` too: build tools other than Cargo have no such
/// file, and otherwise the compiler's own message about the missing crate is the clearest one.
pub(crate) fn cmdbus_path() -> TokenStream {
    path_of(crate_name("cmdbus").unwrap_or(FoundCrate::Itself))
}

fn path_of(found: FoundCrate) -> TokenStream {
    let name = match found {
        // Examples, integration tests and doctests of cmdbus see it as an ordinary dependency; the library itself
        // declares `extern crate self as cmdbus`.
        FoundCrate::Itself => "cmdbus".to_owned(),
        FoundCrate::Name(name) => name,
    };
    let name = Ident::new(&name, Span::call_site());
    quote!(::#name)
}

/// Returns `path` as serde and schemars want it in their `crate = "…"` attributes: without spaces.
pub(crate) fn as_attribute_text(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_called_by_the_name_the_caller_gave_it() {
        let path = path_of(FoundCrate::Name("my_bus".to_owned()));
        assert_eq!(as_attribute_text(&path), "::my_bus");
    }

    #[test]
    fn cmdbus_itself_is_called_by_its_own_name() {
        assert_eq!(as_attribute_text(&path_of(FoundCrate::Itself)), "::cmdbus");
    }

    #[test]
    fn a_crate_without_the_dependency_falls_back_to_the_usual_name() {
        // This crate does not depend on cmdbus, so the lookup fails here.
        assert_eq!(as_attribute_text(&cmdbus_path()), "::cmdbus");
    }
}
