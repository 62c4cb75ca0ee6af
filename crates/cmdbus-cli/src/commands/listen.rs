//! `cmdbus listen`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cmdbus::Payload;
use cmdbus::bus::LinkState;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Client;
use crate::args::{Global, Listen};
use crate::exit::Result;
use crate::output;

/// Events that wait to be printed. More are dropped, and said to be.
const QUEUE: usize = 65_536;

pub(crate) async fn run(global: &Global, args: &Listen) -> Result<u8> {
    let client = Client::new(global).await?;
    let (sender, mut events) = mpsc::channel::<Value>(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    let count_lost = lost.clone();
    let _stop = client.registry.on_delivery(&args.pattern, move |event| {
        let payload = match event.payload.as_ref().map(Payload::to_value) {
            None => Value::Null,
            Some(Ok(payload)) => payload,
            // A peer's text that turns out not to be JSON cannot be printed as such.
            Some(Err(_)) => return,
        };
        let line = json!({"event": event.event_id, "payload": payload, "id": event.id});
        if sender.try_send(line).is_err() {
            count_lost.fetch_add(1, Ordering::Relaxed);
        }
    });
    output::note(&format!("listening for `{}`; Ctrl-C ends it", args.pattern));
    let mut link = client.link.clone();
    let mut left = args.count;
    let mut interrupt = super::daemon::Signals::new()?;
    loop {
        tokio::select! {
            Some(event) = events.recv() => {
                output::json(&event, true)?;
                let lost = lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    output::note(&format!("{lost} events came faster than they could be printed and are lost"));
                }
                if let Some(left) = &mut left {
                    *left -= 1;
                    if *left == 0 {
                        break;
                    }
                }
            }
            state = link.changed() => match state {
                LinkState::Up => output::note("the bus is back"),
                LinkState::Down => output::note("the bus went away; waiting for it to come back"),
                LinkState::Ended => break,
            },
            _ = interrupt.end() => break,
        }
    }
    client.registry.dispose().await;
    Ok(0)
}
