//! `cmdbus describe`

use cmdbus::bus;
use cmdbus::command::STREAM_KEYWORD;
use serde_json::Value;

use super::Client;
use crate::args::{Describe, Global};
use crate::exit::{self, Error, Result};
use crate::output;

pub(crate) async fn run(global: &Global, args: &Describe) -> Result<u8> {
    let client = Client::new(global).await?;
    let description = bus::describe(&client.registry, &args.id).await?;
    let Some(command) = description.command else {
        let mut message = format!("nobody provides `{}`", args.id);
        if !description.similar.is_empty() {
            message = format!(
                "{message}; did you mean `{}`?",
                description.similar.join("`, `")
            );
        }
        return Err(Error::new(exit::NOT_FOUND, output::printable(&message)));
    };
    if args.json {
        let mut value =
            serde_json::to_value(&command).map_err(|error| Error::failure(error.to_string()))?;
        if let Value::Object(map) = &mut value {
            map.insert("providers".to_owned(), description.providers.into());
        }
        output::json(&value, false)?;
        return Ok(0);
    }
    output::line(&output::printable(&command.id))?;
    if let Some(text) = &command.description {
        output::line(&format!("  {}", output::printable(text)))?;
    }
    let (active, standby) = match description.providers.split_first() {
        Some((active, rest)) => (active.clone(), rest.join(", ")),
        None => ("the daemon itself".to_owned(), String::new()),
    };
    output::line(&format!("provided by  {active}"))?;
    if !standby.is_empty() {
        output::line(&format!("standing by  {standby}"))?;
    }
    match &command.schema {
        None => output::line("takes and returns: not said")?,
        Some(schema) => {
            slot("takes", schema.request.as_ref())?;
            let response = schema.response.as_ref();
            match response.and_then(|response| response.get(STREAM_KEYWORD)) {
                Some(item) => slot("returns a stream of", Some(item))?,
                None => slot("returns", response)?,
            }
        }
    }
    Ok(0)
}

fn slot(name: &str, schema: Option<&Value>) -> Result<()> {
    let Some(schema) = schema else {
        return output::line(&format!("{name}  nothing"));
    };
    if *schema == Value::Bool(true) {
        return output::line(&format!("{name}  anything"));
    }
    let text =
        serde_json::to_string_pretty(schema).map_err(|error| Error::failure(error.to_string()))?;
    output::line(&format!(
        "{name}\n  {}",
        output::printable(&text).replace('\n', "\n  ")
    ))
}
