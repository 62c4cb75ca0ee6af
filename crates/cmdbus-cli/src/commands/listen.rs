//! `cmdbus listen`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use cmdbus::Payload;
use cmdbus::bus::LinkState;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Client;
use super::signals::Signals;
use crate::args::{Global, Listen};
use crate::exit::{Error, Result};
use crate::output;

/// Events that wait to be printed. More are dropped, and said to be.
const QUEUE: usize = 65_536;
/// How long at the end a reader is waited for that takes nothing.
const STANDSTILL: Duration = Duration::from_secs(1);

pub(crate) async fn run(global: &Global, args: &Listen) -> Result<u8> {
    let client = Client::new(global).await?;
    let (sender, events) = sync_channel::<Value>(QUEUE);
    let counts = Arc::new(Counts::default());
    let lost = counts.clone();
    let stop = client.registry.on_delivery(&args.pattern, move |event| {
        let payload = match event.payload.as_ref().map(Payload::to_value) {
            None => Value::Null,
            Some(Ok(payload)) => payload,
            // A peer's text that turns out not to be JSON cannot be printed as such.
            Some(Err(_)) => return,
        };
        let line = json!({"event": event.event_id, "payload": payload, "id": event.id});
        if sender.try_send(line).is_err() {
            lost.lost.fetch_add(1, Ordering::Relaxed);
        }
    });
    let mut signals = Signals::new()?;
    // A reader that is slow holds up this thread only, not the link and the signals.
    let (end, mut printed) = oneshot::channel();
    let (counted, most) = (counts.clone(), args.count);
    std::thread::Builder::new()
        .name("print".to_owned())
        .spawn(move || {
            let show = |event: &Value| output::json(event, true);
            // Nobody is there to hear of it only if the process is about to end.
            let _ = end.send(print(&events, &counted, most, show));
        })
        .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?;
    output::note(&format!("listening for `{}`; Ctrl-C ends it", args.pattern));
    let mut link = client.link.clone();
    let mut ended = None;
    loop {
        tokio::select! {
            result = &mut printed => {
                ended = Some(result);
                break;
            }
            state = link.changed() => match state {
                LinkState::Up => output::note("the bus is back"),
                LinkState::Down => output::note("the bus went away; waiting for it to come back"),
                LinkState::Ended => break,
            },
            () = signals.end() => break,
        }
    }
    // With the listener goes the sender, so what is queued is all there is to print.
    stop();
    client.registry.dispose().await;
    let ended = match ended {
        Some(result) => Some(result),
        None => tokio::select! {
            result = &mut printed => Some(result),
            () = stands_still(&counts) => None,
            () = signals.end() => None,
        },
    };
    match ended {
        Some(Ok(result)) => result.map(|()| 0),
        Some(Err(_)) => Err(Error::failure("printing came to a sudden end")),
        None => Ok(0),
    }
}

/// What has become of the events.
#[derive(Default)]
struct Counts {
    printed: AtomicU64,
    /// Not said yet.
    lost: AtomicU64,
}

/// Prints until there are no more events to come, or `most` are printed.
fn print(
    events: &Receiver<Value>,
    counts: &Counts,
    most: Option<u64>,
    show: impl Fn(&Value) -> Result<()>,
) -> Result<()> {
    let mut left = most;
    for event in events {
        show(&event)?;
        counts.printed.fetch_add(1, Ordering::Relaxed);
        let lost = counts.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            output::note(&format!(
                "{lost} events came faster than they could be printed and are lost"
            ));
        }
        if let Some(left) = &mut left {
            *left -= 1;
            if *left == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Waits until nothing more gets printed.
async fn stands_still(counts: &Counts) {
    let mut before = counts.printed.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(STANDSTILL).await;
        let now = counts.printed.load(Ordering::Relaxed);
        if now == before {
            return;
        }
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn printed(most: Option<u64>) -> Vec<Value> {
        let (sender, events) = sync_channel(8);
        for number in 0..5 {
            sender.send(json!(number)).unwrap();
        }
        drop(sender);
        let lines = RefCell::new(Vec::new());
        let show = |event: &Value| {
            lines.borrow_mut().push(event.clone());
            Ok(())
        };
        print(&events, &Counts::default(), most, show).unwrap();
        lines.into_inner()
    }

    #[test]
    fn all_that_is_queued_is_printed_or_as_many_as_are_wanted() {
        assert_eq!(printed(None).len(), 5);
        assert_eq!(printed(Some(2)), [json!(0), json!(1)]);
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_not_waited_for() {
        let begun = tokio::time::Instant::now();
        stands_still(&Counts::default()).await;
        assert!(begun.elapsed() >= STANDSTILL);
    }
}
