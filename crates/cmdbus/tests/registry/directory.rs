//! Registering, listing, standing by and taking back, as the users of a registry see it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use cmdbus::serde_json::{Value, json};
use cmdbus::{
    Command, CommandDef, CommandError, CommandRegistry, CommandSchema, DynCommand, Message,
    WeakRegistry,
};
use futures_executor::block_on;

use crate::support::*;

#[track_caller]
fn is_duplicate<T>(result: Result<T, CommandError>) {
    assert!(matches!(result, Err(CommandError::DuplicateCommand(_))));
}

fn description(registry: &CommandRegistry, id: &str) -> Option<String> {
    registry.describe_command(id)?.0.description
}

fn providers(registry: &CommandRegistry, id: &str) -> Vec<String> {
    registry
        .describe_command(id)
        .map_or_else(Vec::new, |(_, providers)| providers)
}

fn withdrawal(id: &str) -> Message {
    let mut message = registration(definition(id, ""));
    if let Message::RegisterCommandRequest { meta, .. } = &mut message {
        meta.get_or_insert_default()
            .extra
            .insert("cmdbus-withdraw".into(), json!(true));
    }
    message
}

fn is_withdrawal(message: &Message) -> bool {
    message
        .meta()
        .is_some_and(|meta| meta.extra.contains_key("cmdbus-withdraw"))
}

#[test]
fn commands_are_listed_once_each_in_the_order_of_their_ids() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    for id in ["b", "_private", "a.b", "a"] {
        world.register(&hub, echo(id)).unwrap();
    }
    world.register(&a, echo("a.z")).unwrap();
    let _link = world.join(&hub, &a);
    assert_eq!(ids(&hub), ["a", "a.b", "a.z", "b"]);
    assert_eq!(ids(&a), ["a", "a.b", "a.z", "b"]);
    let page = |pattern, after, limit| {
        let (page, more) = hub.list_commands_page(pattern, after, limit);
        let ids: Vec<String> = page.into_iter().map(|command| command.id).collect();
        (ids, more)
    };
    let of = |ids: &[&str]| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>();
    assert_eq!(page("*", None, 2), (of(&["a", "a.b"]), true));
    assert_eq!(page("*", Some("a.b"), 2), (of(&["a.z", "b"]), false));
    assert_eq!(page("a.*", Some("a.aa"), 1), (of(&["a.b"]), true));
    assert_eq!(page("_*", None, 9), (of(&[]), false));
}

#[test]
fn a_definition_travels_with_its_schemas_in_normal_form() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&hub, &a);
    let command = echo_with_schema("a.echo");
    world.register(&a, command).unwrap();
    let expected = CommandDef {
        id: "a.echo".into(),
        description: Some("Echoes".into()),
        schema: Some(CommandSchema::empty().with_request(json!({"type": "integer"}))),
    };
    assert_eq!(hub.list_commands(), std::slice::from_ref(&expected));
    assert_eq!(a.list_commands(), [expected]);
    assert_eq!(providers(&hub, "a.echo"), ["a"]);
    assert_eq!(providers(&a, "a.echo"), [""; 0]);
    assert!(hub.describe_command("unknown").is_none());
}

fn echo_with_schema(id: &str) -> impl Command {
    DynCommand::new(id, |n: i64| async move { Ok::<_, CommandError>(n) })
        .description("Echoes")
        .request_schema(json!({"title": "N", "type": "integer", "format": "int64"}))
}

#[test]
fn w19_of_two_registrations_of_one_id_at_once_one_succeeds() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let _link = world.join(&hub, &a);
    let (first, second) = world.run(async {
        futures_util::join!(
            a.register_command(constant("a.b", "first")),
            a.register_command(constant("a.b", "second")),
        )
    });
    first.unwrap();
    is_duplicate(second);
    let result = world.run(hub.execute_dyn("a.b", Value::Null));
    assert_eq!(result.unwrap(), "first");
}

#[test]
fn w21_a_call_right_behind_the_acknowledgement_finds_the_handler() {
    let mut world = World::new();
    let registry = child("a", "hub");
    let hub = Peer::new("hub").make();
    let mut driver = Box::pin(world.run(registry.register_channel(hub.clone())).unwrap());
    let mut registering = Box::pin(registry.register_command(constant("a.b", "here")));
    assert!(poll_once(&mut registering).is_pending());
    assert!(ids(&registry).is_empty(), "nothing is visible yet");
    hub.deliver(accepted(hub.sent_one().id()));
    hub.deliver(request(fresh(), "a.b", Value::Null));
    // The task that registers does not run at all.
    assert!(poll_once(&mut driver).is_pending());
    assert_eq!(said(&hub.sent_one()), "\"here\"");
    assert_eq!(ids(&registry), ["a.b"]);
    drop(registering);
    assert_eq!(ids(&registry), ["a.b"], "it had been decided");
}

#[test]
fn an_id_is_refused_when_anybody_on_the_way_to_the_root_has_it() {
    let mut world = World::new();
    let (hub, a, b) = (root("hub"), child("a", "hub"), child("b", "hub"));
    let _links = (world.join(&a, &hub), world.join(&b, &hub));
    world.register(&a, echo("x")).unwrap();
    is_duplicate(world.register(&a, echo("x")));
    is_duplicate(world.register(&b, echo("x")));
    is_duplicate(world.register(&hub, echo("x")));
    assert!(ids(&b).is_empty());
    assert_eq!(load(&b).commands, 0, "the reservation is gone");
    world.register(&b, echo("_x")).unwrap();
    world.register(&a, echo("_x")).unwrap();
}

#[test]
fn a_command_that_is_taken_back_is_free_for_others() {
    let mut world = World::new();
    let (hub, a, b) = (root("hub"), child("a", "hub"), child("b", "hub"));
    let _links = (world.join(&a, &hub), world.join(&b, &hub));
    world.register(&a, constant("x", "of a")).unwrap();
    assert!(a.unregister_command("x"));
    assert!(!a.unregister_command("x"));
    assert!(!hub.unregister_command("x"), "only one's own");
    world.settle();
    assert!(ids(&hub).is_empty());
    world.register(&b, constant("x", "of b")).unwrap();
    let result = world.run(a.execute_dyn("x", Value::Null));
    assert_eq!(result.unwrap(), "of b");
}

#[test]
fn a_standby_takes_over_when_the_active_provider_goes() {
    let mut world = World::new();
    let hub = root("hub");
    let (first, second) = (Peer::new("first").make(), Peer::new("second").make());
    let first_driver = world.connect(&hub, &first);
    let _second_driver = world.connect(&hub, &second);
    let listing = |peer: &Peer, description: &str| Message::ListCommandsResponse {
        id: fresh(),
        meta: None,
        thid: peer.probe(),
        commands: vec![definition("x", description)],
    };
    first.deliver(listing(&first, "of the first"));
    world.settle();
    second.deliver(listing(&second, "of the second"));
    world.settle();
    assert_eq!(description(&hub, "x").unwrap(), "of the first");
    assert_eq!(providers(&hub, "x"), ["first", "second"]);
    let call = world.call(&hub, "x", Value::Null);
    assert_eq!(first.sent().len(), 1);

    drop(first_driver);
    let lost = world.run(call);
    assert!(matches!(lost, Err(CommandError::ChannelDisconnected)));
    assert_eq!(hub.list_commands(), [definition("x", "of the second")]);
    let call = world.call(&hub, "x", Value::Null);
    second.deliver(response(second.sent_one().id(), json!(2)));
    assert_eq!(world.run(call).unwrap(), 2);
}

#[test]
fn w31_who_provides_a_command_and_how_it_is_described_never_disagree() {
    const ROUNDS: usize = 300;
    soon(|| {
        let hub = root("hub");
        let done = Arc::new(AtomicBool::new(false));
        let flapping: Vec<_> = ["first", "second"]
            .into_iter()
            .map(|name| {
                let hub = hub.clone();
                std::thread::spawn(move || {
                    for _ in 0..ROUNDS {
                        let peer = Peer::new(name).make();
                        let driver = hub.register_channel(peer.clone());
                        let mut driver = Box::pin(block_on(driver).unwrap());
                        peer.deliver(Message::ListCommandsResponse {
                            id: fresh(),
                            meta: None,
                            thid: peer.probe(),
                            commands: vec![definition("x", name)],
                        });
                        assert!(poll_once(&mut driver).is_pending());
                    }
                })
            })
            .collect();
        let reader = {
            let (hub, done) = (hub.clone(), done.clone());
            std::thread::spawn(move || {
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    if let Some((definition, providers)) = hub.describe_command("x") {
                        assert_eq!(definition.description.as_ref(), providers.first());
                        seen += 1;
                    }
                    for listed in hub.list_commands() {
                        assert!(listed.description.is_some());
                    }
                }
                seen
            })
        };
        for thread in flapping {
            thread.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        assert_eq!(load(&hub), quiet(0, 0));
    });
}

#[test]
fn what_a_router_missed_is_announced_when_it_is_back() {
    let mut world = World::new();
    let (hub, middle, leaf) = (root("hub"), child("middle", "hub"), child("leaf", "middle"));
    let _lower = world.join(&leaf, &middle);
    world
        .register(&leaf, constant("leaf.x", "from the leaf"))
        .unwrap();
    world.register(&middle, echo("middle.x")).unwrap();
    for _ in 0..2 {
        let upper = world.join(&middle, &hub);
        assert_eq!(ids(&hub), ["leaf.x", "middle.x"]);
        let result = world.run(hub.execute_dyn("leaf.x", Value::Null));
        assert_eq!(result.unwrap(), "from the leaf");
        drop(upper);
        world.settle();
        assert!(ids(&hub).is_empty());
        assert_eq!(ids(&middle), ["leaf.x", "middle.x"]);
        let far = world.run(leaf.execute_dyn("far.away", Value::Null));
        assert!(matches!(far, Err(CommandError::ChannelDisconnected)));
    }
}

#[test]
fn what_a_peer_provided_is_withdrawn_at_the_router_when_it_goes() {
    let mut world = World::new();
    let middle = child("middle", "hub");
    let (hub, leaf) = (Peer::new("hub").make(), Peer::new("leaf").make());
    let _hub_driver = world.connect(&middle, &hub);
    let leaf_driver = world.connect(&middle, &leaf);
    leaf.deliver(registration(definition("leaf.x", "")));
    world.settle();
    hub.deliver(accepted(hub.sent_one().id()));
    world.settle();
    assert_eq!(ids(&middle), ["leaf.x"]);
    drop(leaf_driver);
    world.settle();
    assert!(is_withdrawal(&hub.sent_one()));
    assert!(ids(&middle).is_empty());
}

#[test]
fn a_peer_takes_back_only_what_it_provides_itself() {
    let mut world = World::new();
    let hub = root("hub");
    world.register(&hub, echo("hub.x")).unwrap();
    let (one, other) = (Peer::new("one").make(), Peer::new("other").make());
    let _drivers = (world.connect(&hub, &one), world.connect(&hub, &other));
    one.deliver(registration(definition("one.x", "")));
    world.settle();
    other.deliver(withdrawal("one.x"));
    other.deliver(withdrawal("hub.x"));
    world.settle();
    assert_eq!(ids(&hub), ["hub.x", "one.x"]);
    one.deliver(withdrawal("one.x"));
    world.settle();
    assert_eq!(ids(&hub), ["hub.x"]);
}

/// A command that uses the registry wherever it is asked anything.
struct Curious(WeakRegistry, Arc<Mutex<Vec<&'static str>>>);

impl Curious {
    fn look(&self, at: &'static str) {
        if let Some(registry) = self.0.upgrade() {
            let _ = registry.list_commands();
            self.1.lock().unwrap().push(at);
        }
    }
}

impl Command for Curious {
    const ID: &'static str = "curious";
    type Request = ();
    type Response = ();

    fn id(&self) -> &str {
        self.look("id");
        Self::ID
    }

    fn description(&self) -> Option<&str> {
        self.look("description");
        None
    }

    fn schema(&self) -> Option<CommandSchema> {
        self.look("schema");
        None
    }

    async fn handle(&self, (): ()) -> Result<(), CommandError> {
        self.look("handle");
        Ok(())
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        self.look("drop");
    }
}

#[test]
fn w50_a_command_is_asked_run_and_dropped_while_the_registry_is_not_locked() {
    soon(|| {
        let registry = root("a");
        let looks = Arc::default();
        let curious = || Curious(registry.downgrade(), Arc::clone(&looks));
        block_on(registry.register_command(curious())).unwrap();
        is_duplicate(block_on(registry.register_command(curious())));
        block_on(registry.execute::<Curious>(())).unwrap();
        assert!(registry.unregister_command("curious"));
        let asked = ["id", "description", "schema"];
        let expected = [&asked[..], &asked[..], &["drop", "handle", "drop"]].concat();
        assert_eq!(*looks.lock().unwrap(), expected);
    });
}

#[test]
fn w50_a_command_whose_registration_is_refused_or_dropped_is_not_dropped_under_the_lock() {
    soon(|| {
        let mut world = World::new();
        let registry = child("a", "hub");
        let hub = Peer::new("hub").make();
        let mut driver = Box::pin(world.run(registry.register_channel(hub.clone())).unwrap());
        let looks = Arc::default();
        let curious = || Curious(registry.downgrade(), Arc::clone(&looks));
        let mut registering = Box::pin(registry.register_command(curious()));
        assert!(poll_once(&mut registering).is_pending());
        drop(registering);
        assert_eq!(looks.lock().unwrap().pop(), Some("drop"));

        let mut registering = Box::pin(registry.register_command(curious()));
        assert!(poll_once(&mut registering).is_pending());
        hub.hang_up();
        while poll_once(&mut driver).is_pending() {}
        assert!(block_on(registering).is_err());
        assert_eq!(looks.lock().unwrap().pop(), Some("drop"));
        assert_eq!(load(&registry).commands, 0);
    });
}

#[test]
fn a_watcher_of_the_directory_hears_of_every_coming_and_going_here_and_at_neighbours() {
    let mut world = World::new();
    let (hub, a) = (root("hub"), child("a", "hub"));
    let mut changes = hub.directory_changes();
    let mut heard = || {
        let mut count = 0;
        while futures_util::FutureExt::now_or_never(changes.changed()) == Some(true) {
            count += 1;
        }
        count
    };
    assert_eq!(heard(), 0, "nothing has changed yet");
    world.register(&hub, echo("b")).unwrap();
    assert_eq!(heard(), 1, "close changes are told as one");
    let _link = world.join(&hub, &a);
    heard();
    world.register(&a, echo("c")).unwrap();
    assert_eq!(heard(), 1);
    assert!(a.unregister_command("c"));
    world.settle();
    assert_eq!(heard(), 1);
    assert_eq!(ids(&hub), ["b"]);
    hub.list_commands();
    assert_eq!(heard(), 0, "looking changes nothing");
}

#[test]
fn a_watcher_is_woken_by_a_change_and_by_the_end_of_the_registry() {
    let hub = root("hub");
    let mut changes = hub.directory_changes();
    let (tell, heard) = std::sync::mpsc::channel();
    let watching = std::thread::spawn(move || {
        while block_on(changes.changed()) {
            tell.send(()).unwrap();
        }
    });
    block_on(hub.register_command(echo("a"))).unwrap();
    heard.recv().unwrap();
    drop(hub);
    watching.join().unwrap();
}
