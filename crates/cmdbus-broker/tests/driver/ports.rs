//! What the network is told while the store fails.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cmdbus_broker::core::{Caller, Figures, Request};
use cmdbus_broker::driver::{Driver, Parts};
use cmdbus_broker::ipc::Backend as _;
use cmdbus_broker::ports::{
    Accepted, Answer, Authority, Connector, ConnectorEvent, Control, ControlEvent, Failure,
    Inbound, Network, NewEndpoint, Outbound, Registered, SendFailure,
};
use cmdbus_broker::process::SystemProbe;
use cmdbus_broker::process::drivers::DriverRegistry;
use cmdbus_broker::process::start::Starter;
use cmdbus_broker::store::{Outcome, Store as _, StoreErrorKind, Writer, WriterOptions};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::support::Scripted;

/// A network that keeps what it is told.
struct Far {
    events: Mutex<Option<UnboundedSender<ConnectorEvent>>>,
    told: UnboundedSender<(&'static str, u64)>,
}

impl Connector for Far {
    fn connect(self: Arc<Self>, events: UnboundedSender<ConnectorEvent>) {
        *self.events.lock().unwrap() = Some(events);
    }

    fn disconnect(&self) -> Answer<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn send(&self, _: Outbound) -> Answer<'_, Result<Accepted, SendFailure>> {
        Box::pin(std::future::ready(Err(SendFailure::Unavailable)))
    }

    fn accept(&self, handle: u64) {
        self.told.send(("accept", handle)).unwrap();
    }

    fn release(&self, handle: u64) {
        self.told.send(("release", handle)).unwrap();
    }

    fn ack_pending(&self, _: String) {}
}

impl Authority for Far {
    fn register(&self, _: NewEndpoint) -> Answer<'_, Result<Registered, Failure>> {
        Box::pin(std::future::ready(Err(Failure::not_supported())))
    }

    fn heartbeat(&self, _: String) -> Answer<'_, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn emit(&self, _: String, _: Value) -> Answer<'_, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Control for Far {
    fn subscribe(self: Arc<Self>, _: UnboundedSender<ControlEvent>) {}

    fn taken(&self, _: u64) {}

    fn acknowledge(&self, _: Value) -> Answer<'_, Result<(), Failure>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Longer than anything takes here; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(20);

async fn next(told: &mut UnboundedReceiver<(&'static str, u64)>) -> (&'static str, u64) {
    let told = tokio::time::timeout(LONG, told.recv());
    told.await.expect("the network is told").unwrap()
}

#[tokio::test]
async fn w59_a_message_that_cannot_be_stored_is_released_and_taken_when_it_comes_again() {
    let store = Scripted::default();
    let folder = tempfile::tempdir().unwrap();
    let (tell, events) = unbounded_channel();
    let options = WriterOptions {
        probe_every: Duration::from_millis(5),
        ..WriterOptions::default()
    };
    let writer = Writer::start(Box::new(store.clone()), options, move |event| {
        let _ = tell.send(event);
    })
    .unwrap();
    let (told_by, mut told) = unbounded_channel();
    let far = Arc::new(Far {
        events: Mutex::default(),
        told: told_by,
    });
    let (lose, _lost) = oneshot::channel();
    let parts = Parts {
        writer: writer.handle(),
        reader: store.reader(),
        liveness: Arc::new(SystemProbe::new()),
        drivers: Arc::new(DriverRegistry::new(Default::default(), None).unwrap()),
        starter: Starter::new(
            folder.path(),
            folder.path().join("log"),
            folder.path().join("discovery.json"),
        ),
        figures: Figures::default(),
        network: Some(Network {
            connector: far.clone(),
            authority: far.clone(),
            control: far.clone(),
        }),
        random: || {
            let mut next = 0_u8;
            Box::new(move |buffer| {
                for byte in buffer {
                    next = next.wrapping_add(89);
                    *byte = next;
                }
            })
        },
    };
    let driver = Driver::start(parts, events, lose).await.unwrap();
    let arrive = |handle, id: &str| {
        let events = far.events.lock().unwrap().clone().unwrap();
        let inbound = Inbound {
            handle,
            from: "agent:far".to_owned(),
            content: "hello".to_owned(),
            content_type: "text".to_owned(),
            metadata: json!({}),
            message_id: Some(id.to_owned()),
        };
        events.send(ConnectorEvent::Message(inbound)).unwrap();
    };
    arrive(1, "m1");
    assert_eq!(next(&mut told).await, ("accept", 1));
    store.fail(Some((StoreErrorKind::Full, Outcome::NotStored)));
    // The first finds out, the second is turned away at once.
    for handle in [2, 3] {
        arrive(handle, "m2");
        assert_eq!(next(&mut told).await, ("release", handle));
    }
    store.fail(None);
    let mut handle = 3;
    loop {
        handle += 1;
        arrive(handle, "m2");
        match next(&mut told).await {
            ("accept", of) if of == handle => break,
            ("release", _) => tokio::time::sleep(Duration::from_millis(5)).await,
            other => panic!("{other:?}"),
        }
        assert!(handle < 4000, "it is never stored");
    }
    let inbox = Request::Inbox {
        after: None,
        limit: 10,
    };
    let reply = driver.request(Caller::default(), inbox).await;
    let shown = format!("{reply:?}");
    assert_eq!(shown.matches("hello").count(), 2, "{shown}");
    drop(writer);
}
