//! `cmdbus token`

use serde_json::json;

use crate::args::{Global, Token, TokenVerb};
use crate::exit::Result;
use crate::instance::Instance;
use crate::output;
use crate::place::Place;

pub(crate) fn run(global: &Global, args: &Token) -> Result<u8> {
    match &args.verb {
        TokenVerb::Show(args) => show(global, args.json),
    }
}

/// Shows the token of the profile, and makes it if the daemon has never run: a client may be set up first.
fn show(global: &Global, as_json: bool) -> Result<u8> {
    let instance = Instance::of(super::profile(global)?)?;
    let token = instance.prepared()?;
    if as_json {
        let place = Place::of_profile(instance, &token)?;
        let shown = json!({
            "token": token,
            "account": place.account,
            "discovery": place.discovery.display().to_string(),
        });
        output::json(&shown, false)?;
    } else {
        output::line(&token)?;
    }
    Ok(0)
}
