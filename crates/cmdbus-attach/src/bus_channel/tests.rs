#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use tokio::io::duplex;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::frame::{Broken, Frame};
use crate::link::{Link, Receives, Settings, Wire, close, run_socket};

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn execute(number: u128) -> String {
    json!({"type": "execute.command.request", "id": uuid(number), "commandId": "a.b"}).to_string()
}

fn event(number: u128) -> String {
    json!({"type": "event", "id": uuid(number), "eventId": "a.b"}).to_string()
}

fn response(number: u128) -> String {
    let result = json!({"ok": true});
    json!({"type": "execute.command.response", "id": uuid(number), "thid": uuid(number), "response": result})
        .to_string()
}

fn channel(settings: Settings) -> (Link, BusChannel) {
    let link = Link::new(settings);
    let bus = BusChannel::new("cn".to_owned(), link.sink(), 8 << 20);
    (link, bus)
}

#[derive(Default)]
struct Inboxed(std::sync::Mutex<Vec<Value>>);

impl Receives for Inboxed {
    fn frame(&self, _: Frame) {}

    fn bus(&self, text: String) {
        let message = serde_json::from_str(&text).unwrap();
        self.0.lock().unwrap().push(message);
    }

    fn broken(&self, _: Broken) {}
}

/// Connects another end, and returns what that gets.
fn connect(link: &Link) -> Arc<Inboxed> {
    let inbox = Arc::new(Inboxed::default());
    let (ours, theirs) = duplex(64 * 1024);
    let (here, there) = (link.clone(), Link::new(link.settings().clone()));
    tokio::spawn(async move {
        let ws = WebSocketStream::from_raw_socket(Wire::new(ours), Role::Server, None).await;
        run_socket(&here, ws, &Inboxed::default()).await
    });
    let hears = inbox.clone();
    tokio::spawn(async move {
        let ws = WebSocketStream::from_raw_socket(Wire::new(theirs), Role::Client, None).await;
        run_socket(&there, ws, &*hears).await
    });
    inbox
}

async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(100), wait)
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn w09_what_the_registry_cannot_take_in_is_refused_or_counted() {
    let (link, bus) = channel(Settings::default());
    let inbox = connect(&link);
    for number in 0..4096 {
        bus.arrived(execute(number));
    }
    assert!(inbox.0.lock().unwrap().is_empty());
    bus.arrived(execute(5000));
    bus.arrived(event(5001));
    bus.arrived(response(5002));
    assert_eq!(bus.dropped(), 1);
    until(|| !inbox.0.lock().unwrap().is_empty()).await;
    let refusal = inbox.0.lock().unwrap()[0].clone();
    assert_eq!(refusal["thid"], json!(uuid(5000)));
    assert_eq!(refusal["response"]["error"]["code"], "internal_error");
    assert_eq!(refusal["response"]["error"]["message"], "overloaded");
    for number in 0..4096 {
        assert_eq!(bus.recv().await.unwrap().id(), uuid(number));
    }
    // What somebody waits for has room of its own.
    assert_eq!(bus.recv().await.unwrap().id(), uuid(5002));
    bus.shut();
    assert!(bus.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_floods_with_answers_loses_the_connection() {
    let (link, bus) = channel(Settings::default());
    for number in 0..=8192 {
        assert!(link.ended().is_none(), "after {number}");
        bus.arrived(response(number));
    }
    assert_eq!(link.ended().unwrap().code, close::INTERNAL);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_for_room_in_their_order_and_none_is_lost() {
    let settings = Settings {
        queue_frames: 4,
        ..Settings::default()
    };
    let (link, bus) = channel(settings);
    let send = |number: u128| {
        let text = if number.is_multiple_of(2) {
            execute(number)
        } else {
            response(number)
        };
        let Decoded::Message(message) = bus.codec.decode(text.into()) else {
            panic!("a message");
        };
        bus.send(message)
    };
    for number in 0..500 {
        send(number).unwrap();
    }
    assert_eq!(link.figures().queued, 4);
    let inbox = connect(&link);
    until(|| inbox.0.lock().unwrap().len() == 500).await;
    let ids: Vec<Value> = inbox
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert_eq!(
        ids,
        (0..500)
            .map(|number| json!(uuid(number)))
            .collect::<Vec<_>>()
    );
    // There is room again, so nothing goes through a task.
    send(1000).unwrap();
    assert_eq!(link.figures().queued, 1);
}

#[tokio::test(start_paused = true)]
async fn new_calls_are_refused_before_answers_are() {
    let settings = Settings {
        queue_frames: 1,
        ..Settings::default()
    };
    let (link, bus) = channel(settings);
    let message = |text: String| match bus.codec.decode(text.into()) {
        Decoded::Message(message) => message,
        other => panic!("{other:?}"),
    };
    let refused = (0..).find_map(|number| bus.send(message(execute(number))).err());
    assert!(matches!(refused, Some(ChannelError::Other(why)) if why.contains("overloaded")));
    bus.send(message(response(1))).unwrap();
    assert!(link.ended().is_none());
    link.end(close::DEAD, "the test");
    assert!(matches!(
        bus.send(message(response(2))),
        Err(ChannelError::Closed)
    ));
}
