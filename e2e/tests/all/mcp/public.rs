//! The gateway for other machines: tokens always, TLS unless somebody says loudly that it is not wanted.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use cmdbus_mcp::carry::{Call, deaf};
use cmdbus_mcp::rpc::Era;
use cmdbus_mcp::upstream::{Fate, HttpConfig, HttpConnection, Spoken, probe_http};
use serde_json::Value;

use crate::processes::bus::Bus;
use crate::support::soon;

const PUBLIC: &str =
    "[gateway]\npublic_listen = \"127.0.0.1:0\"\npublic_url = \"https://localhost/\"\n";

/// A bus with a public listener, and the certificate by which it is known.
fn public() -> (Bus, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let configured = format!("{PUBLIC}tls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\n");
    let bus = Bus::new().configured(&configured);
    // Beside the configuration.
    let home = bus.state().ancestors().nth(2).unwrap().to_owned();
    fs::write(home.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(home.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    bus.start();
    (bus, made.cert.pem().into_bytes())
}

fn gateway(bus: &Bus) -> Value {
    bus.run(["status", "--json"]).json()["gateway"].clone()
}

fn port(bus: &Bus) -> u16 {
    let address = gateway(bus)["public_listen"].as_str().unwrap().to_owned();
    address.rsplit(':').next().unwrap().parse().unwrap()
}

fn address(bus: &Bus, token: Option<&str>, ca: Option<&[u8]>) -> HttpConfig {
    let scheme = if ca.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{}/mcp", port(bus));
    let header = |token| ("authorization".to_owned(), format!("Bearer {token}"));
    let headers: Vec<_> = token.map(header).into_iter().collect();
    let config = HttpConfig::new(&url, &headers).unwrap();
    match ca {
        Some(ca) => config.with_ca(ca).unwrap(),
        None => config,
    }
}

#[tokio::test]
async fn a_client_that_knows_the_certificate_and_has_a_token_comes_in() {
    let (bus, ca) = public();
    let token = bus.run(["token", "create", "--name", "far"]).ok();
    let config = address(&bus, Some(token.trim()), Some(&ca));
    let spoken = soon(probe_http(&config)).await.unwrap();
    assert!(matches!(spoken, Spoken::Modern(_)), "{spoken:?}");
    assert_eq!(gateway(&bus)["public_url"], "https://localhost");

    let nobody = HttpConnection::new(address(&bus, None, Some(&ca)), Era::Legacy, deaf());
    let call = Call::new(Era::Legacy, "ping", None);
    let refused = soon(nobody.ask(call, deaf())).await.unwrap_err();
    assert_eq!(refused.fate, Fate::Answered);
    assert!(
        refused.error.message.contains("a token is needed"),
        "{refused}"
    );
}

#[tokio::test]
async fn whoever_speaks_no_tls_disturbs_nobody() {
    let (bus, ca) = public();
    let mut rude: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(("127.0.0.1", port(&bus))).unwrap())
        .collect();
    for stream in &mut rude[..10] {
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    }
    let token = bus.run(["token", "show"]).ok();
    let config = address(&bus, Some(token.trim()), Some(&ca));
    soon(probe_http(&config)).await.unwrap();
}

#[tokio::test]
async fn plain_text_is_for_those_who_say_so() {
    let bus = Bus::new().configured(PUBLIC);
    let ended = bus.run(["daemon", "--detach"]);
    ended.failed(2, &["needs `tls_cert` and `tls_key`"]);

    let bus = Bus::new().configured(&format!("{PUBLIC}allow_plaintext = true\n"));
    bus.start();
    let token = bus.run(["token", "show"]).ok();
    let config = address(&bus, Some(token.trim()), None);
    soon(probe_http(&config)).await.unwrap();
    let looked = bus.run(["doctor"]).ok();
    assert!(looked.contains("gateway TLS"), "{looked}");
}

#[test]
fn without_tokens_there_is_nothing_public() {
    let bus = Bus::new().configured(&format!("{PUBLIC}allow_plaintext = true\n"));
    bus.run(["daemon", "--detach", "--gateway-auth", "none"])
        .failed(2, &["is for loopback only", "remove `public_listen`"]);

    let bus = Bus::new();
    bus.run(["daemon", "--detach", "--gateway-auth", "none"])
        .ok();
    assert_eq!(gateway(&bus)["auth"], "none");
}

#[test]
fn what_is_wrong_with_the_certificate_is_said() {
    let bus = Bus::new().configured(&format!(
        "{PUBLIC}tls_cert = \"missing.pem\"\ntls_key = \"key.pem\"\n"
    ));
    bus.run(["daemon", "--detach"])
        .failed(2, &["missing.pem", "`gateway.tls_cert`"]);
}
