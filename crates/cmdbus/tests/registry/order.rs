//! Several threads, one session: what was decided first is sent first.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use cmdbus::serde_json::{Value, json};
use cmdbus::{CommandRegistry, DynEvent, InMemoryChannel, Message};
use futures_executor::block_on;

use crate::support::*;

const THREADS: usize = 4;
const ROUNDS: usize = 300;

/// Runs `work` on several threads at once.
fn together(work: impl Fn(usize) + Send + Sync + 'static) {
    let (work, start) = (Arc::new(work), Arc::new(Barrier::new(THREADS)));
    let threads: Vec<_> = (0..THREADS)
        .map(|n| {
            let (work, start) = (work.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                work(n);
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// The router of `registry`, which accepts every registration from a thread of its own, and records what
/// it is sent.
fn accepting_hub(registry: &CommandRegistry) -> (Arc<Peer>, Arc<Mutex<Vec<Message>>>) {
    let record = Arc::new(Mutex::new(Vec::new()));
    let (answer, answers) = std::sync::mpsc::channel();
    let answer = Mutex::new(answer);
    let sink = record.clone();
    // A channel has one sender at a time.
    let busy = AtomicBool::new(false);
    let hub = Peer::new("hub").on_send(move |message| {
        assert!(!busy.swap(true, Ordering::SeqCst), "two senders at once");
        sink.lock().unwrap().push(message.clone());
        if let Message::RegisterCommandRequest { id, .. } = message {
            let _ = answer.lock().unwrap().send(*id);
        }
        busy.store(false, Ordering::SeqCst);
        Ok(())
    });
    let hub = hub.make();
    let weak = Arc::downgrade(&hub);
    thread::spawn(move || {
        for id in answers {
            let Some(hub) = weak.upgrade() else { return };
            hub.deliver(accepted(id));
        }
    });
    on_thread(block_on(registry.register_channel(hub.clone())).unwrap());
    (hub, record)
}

#[test]
fn each_session_is_sent_things_in_the_order_in_which_they_were_decided() {
    soon(|| {
        let registry = child("a", "hub");
        let (hub, record) = accepting_hub(&registry);
        let shared = registry.clone();
        together(move |n| {
            for round in 0..ROUNDS {
                let id = format!("command.{n}");
                block_on(shared.register_command(echo(&id))).unwrap();
                let event = DynEvent::new(format!("event.{n}"), json!(round));
                shared.emit(event).unwrap();
                assert!(shared.unregister_command(&id));
            }
        });
        block_on(registry.dispose());
        drop(hub);

        let record = record.lock().unwrap();
        let mut registered = HashSet::new();
        let mut next_event: HashMap<String, usize> = HashMap::new();
        for message in record.iter() {
            match message {
                Message::RegisterCommandRequest { meta, command, .. } => {
                    if meta.is_some() {
                        assert!(
                            registered.remove(&command.id),
                            "withdrawn before registered"
                        );
                    } else {
                        assert!(
                            registered.insert(&command.id),
                            "registered before withdrawn"
                        );
                    }
                }
                Message::Event {
                    event_id, payload, ..
                } => {
                    let next = next_event.entry(event_id.clone()).or_default();
                    assert_eq!(payload, &Some(Value::from(*next).into()), "{event_id}");
                    *next += 1;
                }
                other => panic!("unexpected: {other:?}"),
            }
        }
        assert!(registered.is_empty());
        assert!(next_event.values().all(|count| *count == ROUNDS));
        assert_eq!(record.len(), THREADS * ROUNDS * 3);
    });
}

#[test]
fn an_event_and_the_call_that_follows_it_arrive_in_this_order() {
    soon(|| {
        let (hub, a) = (root("hub"), child("a", "hub"));
        let (to_hub, to_a) = InMemoryChannel::pair("hub", "a");
        on_thread(block_on(a.register_channel(to_hub)).unwrap());
        on_thread(block_on(hub.register_channel(to_a)).unwrap());
        let heard: Arc<Vec<AtomicUsize>> =
            Arc::new((0..THREADS).map(|_| AtomicUsize::new(0)).collect());
        for n in 0..THREADS {
            let heard = heard.clone();
            let _ = hub.on_dyn(format!("event.{n}"), move |payload| {
                heard[n].store(payload.as_u64().unwrap() as usize, Ordering::SeqCst);
            });
        }
        let counts = heard.clone();
        let command = cmdbus::DynCommand::new("heard", move |n: usize| {
            let heard = counts[n].load(Ordering::SeqCst);
            async move { Ok::<_, cmdbus::CommandError>(heard) }
        });
        block_on(hub.register_command(command)).unwrap();
        together(move |n| {
            for round in 1..=ROUNDS {
                let event = DynEvent::new(format!("event.{n}"), json!(round));
                a.emit(event).unwrap();
                let heard = block_on(a.execute_dyn("heard", json!(n))).unwrap();
                assert_eq!(heard, round);
            }
        });
        block_on(hub.dispose());
    });
}

#[test]
fn many_threads_call_each_other_through_a_hub() {
    soon(|| {
        let hub = root("hub");
        let children: Vec<_> = (0..THREADS)
            .map(|n| {
                let name = format!("child{n}");
                let child = child(&name, "hub");
                let (to_hub, to_child) = InMemoryChannel::pair("hub", name);
                on_thread(block_on(child.register_channel(to_hub)).unwrap());
                on_thread(block_on(hub.register_channel(to_child)).unwrap());
                block_on(child.register_command(echo(&format!("echo.{n}")))).unwrap();
                child
            })
            .collect();
        together(move |n| {
            for round in 0..ROUNDS {
                let target = format!("echo.{}", (n + 1 + round % (THREADS - 1)) % THREADS);
                let result = block_on(children[n].execute_dyn(&target, json!([n, round])));
                assert_eq!(result.unwrap(), json!([n, round]));
            }
        });
        assert_eq!(load(&hub).outstanding, 0);
        block_on(hub.dispose());
    });
}
