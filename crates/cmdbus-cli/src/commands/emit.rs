//! `cmdbus emit`

use cmdbus::DynEvent;
use serde_json::Value;

use super::{Client, input};
use crate::args::{Emit, Global};
use crate::exit::{self, Error, Result};

pub(crate) async fn run(global: &Global, args: Emit) -> Result<u8> {
    if args.id.is_empty() || args.id.starts_with('_') {
        return Err(Error::usage(format!(
            "`{}` cannot be emitted on the bus: ids that are empty or begin with `_` stay in their process",
            args.id
        )));
    }
    let payload = match input::json(args.payload.as_deref())? {
        Some(payload) => payload
            .into_value()
            .map_err(|error| Error::usage(error.to_string()))?,
        None => Value::Null,
    };
    let client = Client::new(global).await?;
    client.registry.emit(DynEvent::new(args.id, payload))?;
    // The daemon answers in order: once it has, it has the event too.
    cmdbus::bus::status(&client.registry).await?;
    if client.registry.stats().unsent > 0 {
        return Err(Error::failure(
            "the event was not sent: it is too large, or the bus does not read",
        ));
    }
    if client.link.has_changed() {
        return Err(Error::new(
            exit::NO_BUS,
            "the bus went away, and perhaps the event with it",
        ));
    }
    client.registry.dispose().await;
    Ok(0)
}
