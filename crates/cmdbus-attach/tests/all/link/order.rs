//! Order and lanes (attach §3.8).

use cmdbus_attach::link::Settings;

use super::support::{bus, pair, progress, request, response, tell};

#[tokio::test(start_paused = true)]
async fn frames_of_a_session_arrive_in_the_order_in_which_they_were_sent() {
    let pair = pair(Settings::default());
    let mut sent = Vec::new();
    for n in 0..200 {
        let id = n.to_string();
        let frame = match n % 4 {
            0 => progress(&id, "s"),
            1 => response(&id, "s", 100),
            2 => tell(&id, "s", "notifications/resources/updated"),
            _ => request(&id, "s"),
        };
        pair.client.sink.send(frame, None).await.unwrap();
        sent.push(id);
    }
    pair.server.inbox.until(200).await;
    assert_eq!(pair.server.inbox.ids(), sent);
}

#[tokio::test(start_paused = true)]
async fn callers_of_several_tasks_keep_their_own_order_on_both_directions() {
    let pair = pair(Settings {
        queue_frames: 8,
        ..Settings::default()
    });
    let mut tasks = Vec::new();
    for sink in [pair.server.sink.clone(), pair.client.sink.clone()] {
        for caller in 0..10 {
            let sink = sink.clone();
            tasks.push(tokio::spawn(async move {
                for n in 0..50 {
                    let frame = bus(&format!("{caller}.{n}"), 2000);
                    sink.send(frame, None).await.unwrap();
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    for inbox in [&pair.server.inbox, &pair.client.inbox] {
        inbox.until(500).await;
        let ids = inbox.ids();
        for caller in 0..10 {
            let prefix = format!("{caller}.");
            let of_caller: Vec<_> = ids.iter().filter(|id| id.starts_with(&prefix)).collect();
            let expected: Vec<_> = (0..50).map(|n| format!("{caller}.{n}")).collect();
            assert_eq!(of_caller, expected.iter().collect::<Vec<_>>());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_of_carried_messages_are_not_touched() {
    let pair = pair(Settings::default());
    let text = r#"{ "type":"event","id":"1",  "eventId":"x","payload":1.10}"#;
    let message = cmdbus_attach::link::Outgoing::bus(text.to_owned());
    pair.client.sink.send(message, None).await.unwrap();
    let events = pair.server.inbox.until(1).await;
    assert_eq!(events, [super::support::Event::Bus(text.to_owned())]);
}
