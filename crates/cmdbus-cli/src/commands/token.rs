//! `cmdbus token`

use std::time::{Duration, SystemTime};

use cmdbus_attach::auth::{Grant, TokenError, TokenFile, TokenInfo};
use serde_json::{Value, json};

use super::table::{Table, short_time};
use crate::args::{Global, Json, Token, TokenCreate, TokenRevoke, TokenVerb};
use crate::exit::{Error, Result};
use crate::instance::Instance;
use crate::output;
use crate::place::Place;

pub(crate) fn run(global: &Global, args: &Token) -> Result<u8> {
    let instance = Instance::of(super::profile(global)?)?;
    match &args.verb {
        TokenVerb::Create(args) => create(&instance, args),
        TokenVerb::List(args) => list(&instance, args),
        TokenVerb::Revoke(args) => revoke(&instance, args),
        TokenVerb::Show(args) => show(instance, args.json),
    }
}

/// Makes a token. The token alone goes to stdout, so that it can be put where it belongs.
fn create(instance: &Instance, args: &TokenCreate) -> Result<u8> {
    let expires = args.expires.map(from_now).transpose()?;
    // The folder may not be there: a client may be set up before the daemon has ever run.
    instance.prepared()?;
    let made = file(instance).create(&args.name, &args.may, expires)?;
    if args.json {
        let mut shown = json!({"token": made.token});
        append(&mut shown, described(&made.info));
        output::json(&shown, false)?;
        return Ok(0);
    }
    output::line(&made.token)?;
    let end = match made.info.expires {
        Some(at) => format!("until {}", short_time(&iso(at))),
        None => "until it is revoked".to_owned(),
    };
    let (name, may) = (&made.info.name, grants(&made.info.may));
    output::note(&format!(
        "token `{name}` is good for {may} {end}; keep it, for it is not shown again"
    ));
    Ok(0)
}

fn list(instance: &Instance, args: &Json) -> Result<u8> {
    let tokens = file(instance).list()?;
    if args.json {
        let items: Vec<Value> = tokens.iter().map(listed).collect();
        output::json(&items, false)?;
        return Ok(0);
    }
    if tokens.is_empty() {
        output::note("no tokens but that of the profile; make one with `cmdbus token create`");
        return Ok(0);
    }
    let mut table = Table::new(["NAME", "MAY", "CREATED", "EXPIRES"]);
    for token in &tokens {
        table.row([
            token.name.clone(),
            grants(&token.may),
            short_time(&iso(token.created)),
            expiry(token),
        ]);
    }
    table.print()?;
    Ok(0)
}

fn revoke(instance: &Instance, args: &TokenRevoke) -> Result<u8> {
    let name = &args.name;
    file(instance).revoke(name)?;
    if args.json {
        output::json(&json!({"revoked": true, "name": name}), false)?;
    } else {
        output::line(&format!("revoked {name}"))?;
    }
    Ok(0)
}

/// Shows the token of the profile, and makes it if the daemon has never run: a client may be set up first.
fn show(instance: Instance, as_json: bool) -> Result<u8> {
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

fn file(instance: &Instance) -> TokenFile {
    TokenFile::at(instance.tokens_file())
}

fn from_now(length: Duration) -> Result<SystemTime> {
    // What no clock can say is what no file can either.
    let at = SystemTime::now().checked_add(length);
    at.ok_or_else(|| TokenError::Expiry.into())
}

fn described(token: &TokenInfo) -> Value {
    let may: Vec<String> = token.may.iter().map(Grant::to_string).collect();
    json!({
        "name": token.name,
        "may": may,
        "created": iso(token.created),
        "expires": token.expires.map(iso),
    })
}

fn listed(token: &TokenInfo) -> Value {
    let mut shown = described(token);
    append(&mut shown, json!({"expired": has_expired(token)}));
    shown
}

/// Appends the members of one object to another.
fn append(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}

fn grants(may: &[Grant]) -> String {
    if may.is_empty() {
        return "nothing".to_owned();
    }
    let texts: Vec<String> = may.iter().map(Grant::to_string).collect();
    texts.join(", ")
}

fn expiry(token: &TokenInfo) -> String {
    match token.expires.map(iso) {
        None => "never".to_owned(),
        Some(at) if has_expired(token) => format!("{}, expired", short_time(&at)),
        Some(at) => short_time(&at),
    }
}

fn has_expired(token: &TokenInfo) -> bool {
    token.expires.is_some_and(|at| at <= SystemTime::now())
}

fn iso(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(at).to_string()
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Name { .. } | TokenError::TooManyGrants | TokenError::Expiry => {
                Self::usage(error.to_string())
            }
            _ => Self::failure(error.to_string()),
        }
    }
}
