//! Calls with an `Idempotency-Key`.

use cmdbus::CommandError;

use super::*;

#[tokio::test]
async fn a_key_is_not_used_up_by_a_request_that_does_not_fit() {
    let world = World::new().await;
    let headers = format!("{IS_JSON}idempotency-key: k1\r\n");
    let refused = world.post("/call/list.echo", &headers, "5").await;
    assert_eq!(refused.problem().0, 422);
    for _ in 0..2 {
        let answer = world.post("/call/list.echo", &headers, "{}").await;
        assert_eq!((answer.status(), answer.body.as_str()), (200, "{}\n"));
    }
    assert_eq!(world.ran(), 1);
}

/// Sends the same twice, and returns what the first was answered and what the second.
async fn twice(world: &World, id: &str) -> [Answer; 2] {
    let (path, headers) = (format!("/call/{id}"), "idempotency-key: k1\r\n");
    let first = world.post(&path, headers, "").await;
    [first, world.post(&path, headers, "").await]
}

#[tokio::test]
async fn a_command_that_found_others_overloaded_does_not_run_again() {
    let world = World::new().await;
    let ran = world.ran.clone();
    let command = DynCommand::new("do.order", move |_: Value| {
        ran.fetch_add(1, Ordering::Relaxed);
        async {
            Err::<Value, _>(CommandError::Internal {
                command_id: "other.one".to_owned(),
                message: "overloaded".to_owned(),
            })
        }
    });
    world.registry.register_command(command).await.unwrap();
    let [first, second] = twice(&world, "do.order").await;
    assert_eq!(first.problem(), (503, "overloaded".to_owned()));
    assert!(first.body.contains("is not known"), "{}", first.body);
    assert_eq!(second.problem(), (409, "outcome_unknown".to_owned()));
    assert_eq!(world.ran(), 1);
}

#[tokio::test]
async fn a_command_that_goes_once_it_has_run_does_not_run_again() {
    let world = World::new().await;
    let (ran, registry) = (world.ran.clone(), world.registry.clone());
    let provide = || {
        let (ran, registry) = (ran.clone(), registry.clone());
        DynCommand::new("do.once", move |_: Value| {
            ran.fetch_add(1, Ordering::Relaxed);
            registry.unregister_command("do.once");
            async { Err::<Value, _>(CommandError::NotFound("other.one".to_owned())) }
        })
    };
    for _ in 0..2 {
        world.registry.register_command(provide()).await.unwrap();
        let answer = world
            .post("/call/do.once", "idempotency-key: k1\r\n", "")
            .await;
        assert_eq!(answer.problem().0, 404);
    }
    assert_eq!(world.ran(), 1);
}

#[tokio::test]
async fn a_call_that_found_nobody_uses_up_no_key() {
    let world = World::new().await;
    for answer in twice(&world, "do.later").await {
        assert_eq!(answer.problem(), (404, "not_found".to_owned()));
    }
    let command = DynCommand::new("do.later", async |_: Value| Ok(1));
    world.registry.register_command(command).await.unwrap();
    let [first, second] = twice(&world, "do.later").await;
    assert_eq!((first.body.as_str(), second.body.as_str()), ("1\n", "1\n"));
    assert!(second.head.contains("idempotency-replayed: true"));
}
