//! The peers with nothing between them and the fixture.

use serde_json::{Value, json};

use super::conformance::{self, Scenarios};
use super::peers::{Fixture, Inspector, Sdk, Transcript, everything, piped};
use crate::processes::bus::Running;
use crate::support::{at_leisure, eventually};

/// What is to fail: it asks for something that is not there.
const FAILING: [&str; 2] = ["read nothing", "call of nothing"];

fn conforms(scenarios: Scenarios, at_least: usize) {
    let fixture = Fixture::http();
    let Some(report) = conformance::run(fixture.url(), scenarios, &scenarios.expected_failures())
    else {
        return;
    };
    // Against a suite that finds nothing to check.
    assert!(report.passed() >= at_least, "{report:?}");
}

#[test]
fn the_fixture_meets_the_requirements_of_2025_11_25() {
    conforms(Scenarios::LEGACY, 70);
}

#[test]
fn the_fixture_meets_the_requirements_of_2026_07_28() {
    conforms(Scenarios::MODERN, 120);
}

#[test]
fn the_fixture_passes_every_scenario() {
    if at_leisure() {
        conforms(Scenarios::All, 150);
    }
}

#[test]
fn a_scenario_that_is_expected_to_fail_and_does_not_is_a_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "server:\n  - ping\n").unwrap();
    let ran = std::panic::catch_unwind(|| {
        let fixture = Fixture::http();
        conformance::run(fixture.url(), Scenarios::LEGACY, file.path())
    });
    // Without the suite it was skipped.
    assert!(!matches!(ran, Ok(Some(_))), "{ran:?}");
}

fn uses(sdk: Sdk) -> Option<Transcript> {
    let fixture = Fixture::http();
    let transcript = sdk.transcript(fixture.url(), &[])?;
    assert_eq!(transcript.failed(), FAILING, "{transcript:?}");
    assert_eq!(transcript.error("call of nothing"), -32602);
    Some(transcript)
}

#[test]
fn the_typescript_sdk_of_the_legacy_era_uses_everything() {
    let Some(seen) = uses(Sdk::TypeScript1) else {
        return;
    };
    let connected = json!({"protocolVersion": "2025-11-25", "hasSession": true});
    assert_eq!(*seen.result("connect"), connected);
    assert_eq!(seen.result("resume")["content"][0]["text"], "slept");
    assert_eq!(
        *seen.result("terminate"),
        json!({"left": true, "status": 404})
    );
    typescript_saw_it_all(&seen, -32002);
}

#[test]
fn the_typescript_sdk_of_both_eras_uses_the_modern_one() {
    let Some(seen) = uses(Sdk::TypeScript2("auto")) else {
        return;
    };
    let connected = json!({"era": "modern", "protocolVersion": "2026-07-28"});
    assert_eq!(*seen.result("connect"), connected);
    typescript_saw_it_all(&seen, -32602);
}

#[test]
fn the_typescript_sdk_of_both_eras_falls_back() {
    let fixture = Fixture::http_with(&["--era", "legacy"]);
    let Some(seen) = Sdk::TypeScript2("auto").transcript(fixture.url(), &[]) else {
        return;
    };
    assert_eq!(seen.failed(), FAILING, "{seen:?}");
    let connected = json!({"era": "legacy", "protocolVersion": "2025-11-25"});
    assert_eq!(*seen.result("connect"), connected);
}

fn typescript_saw_it_all(seen: &Transcript, nothing: i64) {
    assert_eq!(seen.error("read nothing"), nothing);
    assert_eq!(*seen.result("a large answer"), 1 << 20);
    let progress: Vec<_> = (1..=20).map(|done| json!([done, 20])).collect();
    assert_eq!(seen.result("progress")["progress"], Value::from(progress));
    assert_eq!(*seen.result("abort"), "aborted");
    let said = |step: &str| seen.result(step)["structuredContent"].clone();
    assert_eq!(
        said("elicitation"),
        json!({"action": "accept", "content": {"name": "user of What is your name?"}})
    );
    assert_eq!(
        said("sampling")["content"]["text"],
        "said to What is the capital of France?"
    );
    assert_eq!(said("roots")["roots"][0]["uri"], "file:///tmp");
    assert_eq!(
        *seen.result("tools change"),
        json!({"with_it": true, "without_it": false})
    );
}

#[test]
fn the_python_sdk_of_the_legacy_era_uses_everything() {
    let Some(seen) = uses(Sdk::Python1) else {
        return;
    };
    assert_eq!(seen.result("connect")["protocolVersion"], "2025-11-25");
    assert_eq!(seen.result("connect")["hasSession"], true);
    python_saw_it_all(&seen, -32002);
}

#[test]
fn the_python_sdk_of_both_eras_uses_the_modern_one() {
    let Some(seen) = uses(Sdk::Python2("auto")) else {
        return;
    };
    assert_eq!(seen.result("connect")["protocolVersion"], "2026-07-28");
    python_saw_it_all(&seen, -32602);
}

#[test]
fn the_python_sdk_of_both_eras_falls_back() {
    let fixture = Fixture::http_with(&["--era", "legacy"]);
    let Some(seen) = Sdk::Python2("auto").transcript(fixture.url(), &[]) else {
        return;
    };
    assert_eq!(seen.failed(), FAILING, "{seen:?}");
    assert_eq!(seen.result("connect")["protocolVersion"], "2025-11-25");
}

fn python_saw_it_all(seen: &Transcript, nothing: i64) {
    assert_eq!(seen.error("read nothing"), nothing);
    assert_eq!(*seen.result("a large answer"), 1 << 19);
    let progress: Vec<_> = (1..=20)
        .map(|done| json!([f64::from(done), 20.0]))
        .collect();
    assert_eq!(seen.result("progress")["progress"], Value::from(progress));
    assert_eq!(*seen.result("cancel"), Value::Null);
    assert_eq!(*seen.result("tools change"), json!([true, false]));
}

#[test]
fn two_runs_of_an_sdk_have_one_transcript() {
    let transcript = || Sdk::TypeScript2("legacy").transcript(Fixture::http().url(), &[]);
    if let (Some(one), Some(other)) = (transcript(), transcript()) {
        assert_eq!(one.differences(&other), Vec::<String>::new());
    }
}

#[test]
fn the_inspector_lists_and_calls_and_tells_how_it_went() {
    let Some(inspector) = Inspector::new() else {
        return;
    };
    let fixture = Fixture::http();
    let listed = inspector.ask(fixture.url(), &["--method", "tools/list"]);
    let listed = listed.json()["result"]["tools"].take();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|tool| tool["name"] == "echo")
    );

    let call = |name| ["--method", "tools/call", "--tool-name", name];
    let echoed = [&call("echo")[..], &["--tool-arg", "a=1"]].concat();
    let echoed = inspector.ask(fixture.url(), &echoed).json();
    assert_eq!(echoed["result"]["structuredContent"], json!({"a": 1}));

    let failed = inspector.ask(fixture.url(), &call("test_error_handling"));
    assert_eq!(failed.code, Some(5), "{failed:?}");
    let url = fixture.url().to_owned();
    drop(fixture);
    let unreachable = inspector.ask(&url, &["--method", "tools/list"]);
    assert_eq!(unreachable.code, Some(4), "{unreachable:?}");
}

#[test]
fn the_official_example_server_answers() {
    let Some([node, server, transport]) = everything() else {
        return;
    };
    let mut command = piped(node);
    command
        .arg(server)
        .arg(transport)
        .stdin(std::process::Stdio::piped());
    let mut running = Running::start(&mut command);
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    }});
    running.tell(&initialize.to_string());
    let answer = eventually("it answers", || running.lines().into_iter().next());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
    running.end_stdin();
    running.end();
}
