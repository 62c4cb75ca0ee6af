//! One line per call (attach §4.13).

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::support::World;

/// Writes down what is said to one target.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "cmdbus::audit"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn every_call_is_a_line_without_its_arguments() {
    let lines = Lines::default();
    // With a single subscriber, whether a line is wanted is asked in whatever thread comes first, and tests beside this one have none.
    let _second = tracing::Dispatch::new(Lines::default());
    let _guard = tracing::subscriber::set_default(lines.clone());
    let world = World::new();
    let session = world.session().await;
    let mut ask = world.ask(&session, 1, "tools/call");
    let params = json!({"name":"read\nme","arguments":{"path":"/hidden"}});
    ask.body = json!({"jsonrpc":"2.0","id":1,"method":"tools/call","params":params}).to_string();
    ask.clone().send().await;
    world.server.fails_with(-32602, "hidden");
    ask.send().await;
    let lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].contains("method=initialize"), "{lines:?}");
    let known = r"principal=owner attach_id=laptop target=fs method=tools/call tool=read\nme ";
    assert!(lines[1].starts_with(known), "{lines:?}");
    assert!(lines[1].contains(r#"outcome="ok" code=0"#), "{lines:?}");
    assert!(lines[1].contains(&format!("bytes_in={}", params.to_string().len())));
    assert!(
        lines[2].contains(r#"outcome="error" code=-32602"#),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| line.contains("hidden")),
        "{lines:?}"
    );
}
