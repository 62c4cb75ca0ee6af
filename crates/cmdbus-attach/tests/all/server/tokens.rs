//! The end of a token is the end of what it opened (attach §4.13).

use cmdbus_attach::auth::TokenFile;
use serde_json::{Value, json};

use super::world::{Ask, World, declared, messages};

#[tokio::test(start_paused = true)]
async fn sockets_streams_and_sessions_end_with_their_token() {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::at(folder.path().join("tokens.json"));
    let token = file.create("ci", &[], None).unwrap().token;
    let world = World::in_folder(folder, |config| config);
    let watching = tokio::spawn(world.authority.clone().watch());
    let ci = world.authority.check(&token).unwrap();
    let mut peer = world.client(&ci).await;
    peer.attach("laptop", json!([declared("fs")])).await;
    world.until_listed("fs.read").await;
    let session = world.session(&ci, json!({})).await;
    let stream = world.ask(&ci, Ask::get().session(&session)).await;
    assert_eq!(stream.status(), 200);
    file.revoke("ci").unwrap();
    assert_eq!(peer.close_code().await, 4401);
    world.until(|| world.gateway.figures().sessions == 0).await;
    messages(stream).await;
    world.is_empty().await;
    watching.abort();
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_with_the_token_of_its_caller_and_the_attachment_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::at(folder.path().join("tokens.json"));
    let tokens = ["ada", "bob"].map(|name| file.create(name, &[], None).unwrap().token);
    let world = World::in_folder(folder, |config| config);
    let watching = tokio::spawn(world.authority.clone().watch());
    let [ada, bob] = tokens.map(|token| world.authority.check(&token).unwrap());
    let mut peer = world.client(&cmdbus_attach::auth::Principal::owner()).await;
    let frame =
        json!({"attach_id": "laptop", "servers": [declared("fs")], "callers": ["ada", "bob"]});
    peer.try_attach(frame).await;
    let of_ada = world.session(&ada, json!({})).await;
    let of_bob = world.session(&bob, json!({})).await;
    let call = Ask::post("tools/call", json!({"name": "slow"})).session(&of_ada);
    let (answer, request) = tokio::join!(world.ask(&ada, call), async {
        let request = peer.of_type("server_request").await;
        file.revoke("ada").unwrap();
        request
    });
    let failed = messages(answer).await.pop().unwrap();
    assert_eq!(failed["error"]["code"], -33002, "{failed}");
    assert_eq!(peer.of_type("cancel").await["ref"], request["id"]);
    world.until(|| world.gateway.figures().sessions == 1).await;
    let ask = Ask::post("tools/list", json!({})).session(&of_bob);
    assert_eq!(world.ask(&bob, ask).await.status(), 200);
    assert_eq!(
        peer.detach("nothing", Value::Null).await["code"],
        "unknown_id"
    );
    watching.abort();
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_at_the_tokens_while_nothing_is_going_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = TokenFile::at(folder.path().join("tokens.json"));
    let token = file.create("ada", &[], None).unwrap().token;
    let world = World::in_folder(folder, |config| config);
    let ada = world.authority.check(&token).unwrap();
    let mut peer = world.client(&cmdbus_attach::auth::Principal::owner()).await;
    let frame = json!({"attach_id": "laptop", "servers": [declared("fs")], "callers": ["ada"]});
    peer.try_attach(frame).await;
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let session = world.session(&ada, json!({})).await;
    let ask = Ask::delete().session(&session);
    assert_eq!(world.ask(&ada, ask).await.status(), 204);
    let before = alive();
    tokio::time::sleep(std::time::Duration::from_secs(130)).await;
    assert!(alive() < before, "the watch of the token has ended");
}
