//! How the tools of one connection join the bus.

use std::sync::Arc;

use cmdbus::registry::Config;
use cmdbus::{ChannelError, CommandChannel, CommandRegistry, InMemoryChannel, Message};
use cmdbus_proto::node::is_private;
use futures_util::future::BoxFuture;

/// Joins a registry of the connection's own to the bus: what its handlers do with deadlines, cancellation and progress is then the same
/// as for any other peer.
pub(super) fn join(bus: &CommandRegistry, conn: &str) -> CommandRegistry {
    let registry = CommandRegistry::new(Config {
        router_channel: Some("hub".to_owned()),
        ..Config::default()
    });
    let (to_bus, from_bus) = InMemoryChannel::pair("hub", format!("{conn}/tools"));
    let ends: [(CommandRegistry, Arc<dyn CommandChannel>); 2] = [
        (bus.clone(), Arc::new(WithoutEvents(from_bus))),
        (registry.clone(), to_bus),
    ];
    for (registry, channel) in ends {
        tokio::spawn(async move {
            match registry.register_channel(channel).await {
                Ok(driver) => driver.await,
                Err(error) => {
                    tracing::error!(%error, "the tools of an attached client cannot join the bus")
                }
            }
        });
    }
    registry
}

/// The bus's end. Nobody listens at the other, and without this each of a thousand connections would take, and remember for a while,
/// whatever anybody on the bus tells everybody: of every new tool of all the others, for one.
struct WithoutEvents(Arc<InMemoryChannel>);

impl CommandChannel for WithoutEvents {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn start(&self) -> BoxFuture<'_, Result<(), ChannelError>> {
        self.0.start()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.0.close()
    }

    fn send(&self, message: Message) -> Result<(), ChannelError> {
        // A private one belongs to a call: it cancels, or gives credit.
        match &message {
            Message::Event { event_id, .. } if !is_private(event_id) => Ok(()),
            _ => self.0.send(message),
        }
    }

    fn recv(&self) -> BoxFuture<'_, Option<Message>> {
        self.0.recv()
    }
}

#[cfg(test)]
mod tests {
    use cmdbus::uuid::Uuid;
    use cmdbus_proto::extension::CANCEL_EVENT;
    use futures_util::FutureExt;

    use super::*;

    fn event(id: &str) -> Message {
        Message::Event {
            id: Uuid::new_v4(),
            meta: None,
            event_id: id.to_owned(),
            payload: None,
        }
    }

    #[test]
    fn tools_are_told_what_belongs_to_a_call_and_nothing_else() {
        let (to_bus, from_bus) = InMemoryChannel::pair("hub", "tools");
        let bus = WithoutEvents(from_bus);
        bus.send(event("cmdbus.commands.changed")).unwrap();
        bus.send(event(CANCEL_EVENT)).unwrap();
        let told = to_bus.recv().now_or_never().flatten();
        assert!(matches!(told, Some(Message::Event { event_id, .. }) if event_id == CANCEL_EVENT));
        assert!(to_bus.recv().now_or_never().is_none());
    }
}
