//! Tokens from the shell.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;

use cmdbus::CommandRegistry;
use cmdbus::bus::{Connect, LinkState, client_config, status as status_of};
use serde_json::{Value, json};

use super::bus::Bus;
use crate::support::soon;

#[test]
fn tokens_are_made_listed_and_revoked_without_a_bus() {
    let bus = Bus::new();
    assert_eq!(bus.run(["token", "list"]).ok(), "");
    assert_eq!(bus.run(["token", "list", "--json"]).json(), json!([]));
    let made = bus.run(["token", "create", "--name", "laptop"]);
    assert!(
        made.stderr.contains("`laptop` is good for attach, call"),
        "{made:?}"
    );
    let token = made.ok();
    let token = token.trim_end();
    assert_eq!(token.len(), "cmdbus_".len() + 43);

    let may = ["--may", "call:fs.*", "--may", "bus", "--expires", "30d"];
    let create = ["token", "create", "--name", "ci", "--json"];
    let made = bus.run(create.iter().chain(&may)).json();
    assert!(made["token"].as_str().unwrap().starts_with("cmdbus_"));
    assert_eq!(made["name"], "ci");
    assert_eq!(made["may"], json!(["call:fs.*", "bus"]));

    let mut listed = bus.run(["token", "list", "--json"]).json();
    assert_eq!(listed[1]["expires"], made["expires"]);
    assert_eq!(listed[1]["expired"], false);
    for item in listed.as_array_mut().unwrap() {
        assert!(item["created"].take().is_string());
    }
    let first = json!({"name": "laptop", "may": ["attach", "call"], "created": null, "expires": null, "expired": false});
    assert_eq!(listed[0], first);
    let table = bus.run(["token", "list"]).ok();
    assert!(table.starts_with("NAME    MAY"), "{table}");
    assert!(table.contains("call:fs.*, bus") && table.contains("never"));

    assert_eq!(
        bus.run(["token", "revoke", "laptop"]).ok(),
        "revoked laptop\n"
    );
    let revoked = bus.run(["token", "revoke", "ci", "--json"]).json();
    assert_eq!(revoked, json!({"revoked": true, "name": "ci"}));
    assert_eq!(bus.run(["token", "list", "--json"]).json(), json!([]));
    assert_eq!(bus.processes(), []);
}

#[test]
fn w40_a_named_token_is_kept_as_a_hash_in_a_file_of_its_user() {
    let bus = Bus::new();
    let token = bus.run(["token", "create", "--name", "ci"]).ok();
    let file = bus.state().join("tokens.json");
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    for entry in fs::read_dir(bus.state()).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(token.trim_end()));
    }
    for verb in [&["token", "list"][..], &["token", "list", "--json"]] {
        let kept: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let hash = kept["tokens"][0]["sha256"].as_str().unwrap();
        let shown = bus.run(verb).ok();
        assert!(
            !shown.contains(hash) && !shown.contains("cmdbus_"),
            "{shown}"
        );
    }
}

#[test]
fn whoever_makes_tokens_at_once_loses_none() {
    let bus = Bus::new();
    let makers: Vec<_> = (0..12)
        .map(|n| bus.spawn(["token", "create", "--name", &format!("t{n}")]))
        .collect();
    for maker in makers {
        maker.end().ok();
    }
    let listed = bus.run(["token", "list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 12);
}

#[test]
fn what_cannot_be_a_token_is_refused_with_the_reason() {
    let bus = Bus::new();
    let create = |more: &[&str]| bus.run(["token", "create"].iter().chain(more));
    create(&[]).failed(2, &["--name"]);
    create(&["--name", "owner"]).failed(2, &["`owner` is reserved"]);
    create(&["--name", "a b"]).failed(2, &["`a b` must be"]);
    create(&["--name", "ci", "--may", "fly"]).failed(2, &["`fly`", "`attach:GLOB`"]);
    create(&["--name", "ci", "--expires", "soon"]).failed(2, &["--expires"]);
    create(&["--name", "ci", "--expires", "0"]).failed(2, &["in the future"]);
    create(&["--name", "ci", "--expires", "9999y"]).failed(2, &["year 10000"]);
    bus.run(["token", "revoke", "ci"])
        .failed(1, &["no token named `ci`", "cmdbus token list"]);
    create(&["--name", "ci"]).ok();
    create(&["--name", "ci"]).failed(1, &["`ci` already"]);
    let file = bus.state().join("tokens.json");
    fs::write(&file, "{").unwrap();
    for verb in [&["token", "list"][..], &["token", "revoke", "ci"]] {
        bus.run(verb)
            .failed(1, &[file.to_str().unwrap(), "mend it, or remove it"]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "{");
}

#[tokio::test]
async fn a_named_token_opens_the_bus_until_it_is_revoked() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = free.local_addr().unwrap();
    drop(free);
    let bus = Bus::new().configured(&format!("[listen]\ntcp = \"{tcp}\"\n"));
    bus.start();
    let token = |name: &str, may: &str| {
        let made = bus.run(["token", "create", "--name", name, "--may", may]);
        made.ok().trim_end().to_owned()
    };
    let status = bus.run(["status", "--json"]).json();
    let web = format!("ws://127.0.0.1:{}/bus", status["gateway"]["port"]);
    let agent = token("agent", "call");
    for (name, address) in [("one", format!("tcp://{tcp}")), ("other", web)] {
        let join = async |token: &str| {
            let registry = CommandRegistry::new(client_config());
            let connect = Connect::to(address.parse().unwrap()).token(token);
            let link = soon(connect.join(&registry)).await;
            link.map(|link| (registry, link))
        };
        assert!(join(&agent).await.is_err(), "{address}");
        let (registry, mut link) = join(&token(name, "bus")).await.unwrap();
        soon(status_of(&registry)).await.unwrap();
        bus.run(["token", "revoke", name]).ok();
        assert_eq!(soon(link.changed()).await, LinkState::Down, "{address}");
        registry.dispose().await;
    }
}
