//! What a child finds in its environment (protocol §8.5, W34).

use std::collections::BTreeMap;

use cmdbus_broker::process::start::ExitOutcome;

use crate::support::{Place, TOKEN, end};

/// Starts a program with variables of the broker, and returns what it finds.
async fn found(table: &str, broker: &[(&str, &str)]) -> BTreeMap<String, String> {
    let place = Place::new();
    place.program("agent", "env > \"$OUT\"");
    let command = place.driver(table).build("p", TOKEN, None).unwrap();
    let started = place
        .starter_with(broker)
        .start(command, TOKEN)
        .await
        .unwrap();
    assert_eq!(end(started.exited).await, ExitOutcome::Code(0));
    let discovery = place.path("discovery.json").display().to_string();
    let out = place.out();
    let pairs = out.lines().filter_map(|line| line.split_once('='));
    let mut found: BTreeMap<String, String> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(found.remove("CMDBUS_DISCOVERY_FILE"), Some(discovery));
    found
}

#[tokio::test]
async fn w34_a_child_gets_the_token_of_its_spawn_and_never_that_of_the_broker() {
    let broker = [
        ("CMDBUS_RUNTIME_TOKEN", "secret"),
        ("CMDBUS_TOKEN", "secret"),
        ("CMDBUS_SPAWN_TOKEN", "of the broker's own spawn"),
        ("MASONS_SPAWN_TOKEN", "of the broker's own spawn"),
        ("CMDBUS_DISCOVERY_FILE", "/of/another/broker"),
        ("KEPT", "yes"),
    ];
    let found = found(r#"command = ["agent"]"#, &broker).await;
    assert!(
        !found.values().any(|value| value.contains("secret")),
        "{found:?}"
    );
    assert_eq!(found["CMDBUS_SPAWN_TOKEN"], TOKEN);
    assert_eq!(found["MASONS_SPAWN_TOKEN"], TOKEN);
    assert_eq!(found["KEPT"], "yes");
}

#[tokio::test]
async fn w34_a_driver_adds_and_takes_away() {
    let table = r#"
        command = ["agent"]
        env = { MODE = "full", BOTH = "of the driver" }
        env_remove = ["AWS_SECRET_ACCESS_KEY", "BOTH", "CMDBUS_SPAWN_TOKEN"]
    "#;
    let broker = [
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("MODE", "of the broker"),
        ("BOTH", "of the broker"),
    ];
    let found = found(table, &broker).await;
    assert_eq!(found.get("AWS_SECRET_ACCESS_KEY"), None);
    assert_eq!(found["MODE"], "full");
    assert_eq!(found["BOTH"], "of the driver");
    assert_eq!(
        found["CMDBUS_SPAWN_TOKEN"], TOKEN,
        "it cannot be taken away"
    );
}

#[tokio::test]
async fn w34_no_driver_gives_a_child_the_token_of_the_broker() {
    // A driver of another make, which no configuration check has seen.
    let place = Place::new();
    let agent = place.program("agent", "env > \"$OUT\"");
    let mut command = place.command(agent);
    for name in ["CMDBUS_RUNTIME_TOKEN", "CMDBUS_TOKEN", "MASONS_SPAWN_TOKEN"] {
        command.env.insert(name.to_owned(), "secret".to_owned());
    }
    let started = place.starter().start(command, TOKEN).await.unwrap();
    assert_eq!(end(started.exited).await, ExitOutcome::Code(0));
    assert!(!place.out().contains("secret"), "{}", place.out());
}
