//! The peers with the gateway, the socket and the attaching client between them and the fixture: they must not be able to tell.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::behind::{Agent, Attached, Behind, Kind, gateway, open};
use super::conformance::{self, Report, Scenarios};
use super::peers::{Everything, Fixture, Inspector, Sdk, Transcript, fixture};
use crate::processes::bus::{Bus, Ended};
use crate::support::{at_leisure, eventually};

/// Runs the suite without anything between, once for all tests of a set of scenarios.
fn direct(scenarios: Scenarios) -> Option<&'static Report> {
    static LEGACY: OnceLock<Option<Report>> = OnceLock::new();
    static MODERN: OnceLock<Option<Report>> = OnceLock::new();
    static ALL: OnceLock<Option<Report>> = OnceLock::new();
    let report = match scenarios {
        Scenarios::LEGACY => &LEGACY,
        Scenarios::MODERN => &MODERN,
        _ => &ALL,
    };
    let run = || {
        let fixture = Fixture::http();
        conformance::run(fixture.url(), scenarios, &scenarios.expected_failures())
    };
    report.get_or_init(run).as_ref()
}

/// Checks what is found on the stream of an answer that comes at once, which is not a stream here (attach §4.7). Nothing of it fails.
const OF_A_QUICK_STREAM: &str = "server-sse-polling";

/// What passes without anything between passes through.
fn conforms(kind: Kind, scenarios: Scenarios) {
    let Some(direct) = direct(scenarios) else {
        return;
    };
    let expected = match kind {
        Kind::Url => scenarios.expected_failures(),
        Kind::Stdio => scenarios.expected_failures_on("stdio"),
    };
    let behind = Behind::new(kind);
    let report = conformance::run(&behind.url(), scenarios, &expected).unwrap();
    let known = conformance::listed(&expected);
    let mut worse = report.worse_than(direct);
    worse.retain(|check| {
        let (scenario, _) = check.split_once(": ").unwrap();
        !known.contains(scenario) && scenario != OF_A_QUICK_STREAM
    });
    assert_eq!(worse, Vec::<String>::new());
}

#[test]
fn every_scenario_of_2025_11_25_passes_with_the_fixture_attached_by_its_url() {
    if at_leisure() {
        conforms(Kind::Url, Scenarios::LEGACY);
    }
}

#[test]
fn every_scenario_of_2025_11_25_passes_with_the_fixture_attached_as_a_child() {
    conforms(Kind::Stdio, Scenarios::LEGACY);
}

#[test]
fn every_scenario_of_2026_07_28_passes_with_the_fixture_attached_by_its_url() {
    if at_leisure() {
        conforms(Kind::Url, Scenarios::MODERN);
    }
}

#[test]
fn every_scenario_of_2026_07_28_passes_with_the_fixture_attached_as_a_child() {
    conforms(Kind::Stdio, Scenarios::MODERN);
}

#[test]
fn every_other_scenario_passes_with_the_fixture_attached_by_its_url() {
    if at_leisure() {
        conforms(Kind::Url, Scenarios::All);
    }
}

#[test]
fn every_other_scenario_passes_with_the_fixture_attached_as_a_child() {
    if at_leisure() {
        conforms(Kind::Stdio, Scenarios::All);
    }
}

/// Lists of failures that are longer than that of the fixture itself name nothing that is the gateway's.
#[test]
fn the_list_of_known_failures_for_a_child_adds_what_only_a_server_with_headers_can_check() {
    for scenarios in [Scenarios::LEGACY, Scenarios::MODERN, Scenarios::All] {
        let own = conformance::listed(&scenarios.expected_failures());
        let with_child = conformance::listed(&scenarios.expected_failures_on("stdio"));
        let added: BTreeSet<_> = with_child.difference(&own).map(String::as_str).collect();
        let may = BTreeSet::from(["http-custom-header-server-validation"]);
        assert!(added.is_subset(&may), "{added:?}");
        assert!(own.is_subset(&with_child));
    }
}

/// The endpoint of the whole bus has tools and nothing else. Of a server with the prefix `test` they have the names of the suite.
#[test]
fn the_endpoint_of_the_bus_passes_what_is_about_tools() {
    let bus = open("");
    let server = json!({"command": fixture(), "args": ["stdio", "--strip", "test_"]});
    let _attached = Attached::new(&bus, "behind", json!({"test": server}));
    let url = format!("{}/mcp", gateway(&bus));
    eventually("its tools are there", || {
        let tools = Agent::modern(&*url).tools();
        tools
            .iter()
            .any(|tool| tool == "test_simple_text")
            .then_some(())
    });
    for scenarios in [Scenarios::LEGACY, Scenarios::MODERN] {
        let expected = scenarios.expected_failures_on("aggregated");
        let Some(report) = conformance::run(&url, scenarios, &expected) else {
            return;
        };
        assert!(report.passed() >= 40, "{report:?}");
    }
}

/// What an SDK sees does not depend on what stands between, but for reports of progress, of which not all need to come.
#[track_caller]
fn sees_the_same(sdk: Sdk, options: &[&str]) {
    let fixture = Fixture::http_with(options);
    let Some(mut direct) = sdk.transcript(fixture.url(), &[]) else {
        return;
    };
    thin_out(&mut direct);
    for kind in [Kind::Url, Kind::Stdio] {
        let behind = Behind::with(kind, options);
        let mut seen = sdk.transcript(&behind.url(), &[]).unwrap();
        thin_out(&mut seen);
        let differences = seen.differences(&direct);
        assert_eq!(differences, Vec::<String>::new(), "{kind:?}");
    }
}

/// Leaves the last report of many. They are in order, the last one is always there, and there are at most 20 a second (attach §4.8).
#[track_caller]
fn thin_out(seen: &mut Transcript) {
    let progress = seen.result_mut("progress");
    let reports = progress["progress"].as_array_mut().unwrap();
    let done: Vec<f64> = reports
        .iter()
        .map(|report| report[0].as_f64().unwrap())
        .collect();
    assert!(done.is_sorted_by(|one, next| one < next), "{done:?}");
    assert!(done.len() >= 2, "{done:?}");
    reports.drain(..done.len() - 1);
}

#[test]
fn the_typescript_sdk_of_the_legacy_era_cannot_tell() {
    if !at_leisure() {
        return;
    }
    sees_the_same(Sdk::TypeScript1, &[]);
}

#[test]
fn the_typescript_sdk_of_both_eras_cannot_tell_in_the_modern_one() {
    sees_the_same(Sdk::TypeScript2("auto"), &[]);
}

#[test]
fn the_typescript_sdk_of_both_eras_cannot_tell_when_it_falls_back() {
    sees_the_same(Sdk::TypeScript2("auto"), &["--era", "legacy"]);
}

#[test]
fn the_python_sdk_of_the_legacy_era_cannot_tell() {
    sees_the_same(Sdk::Python1, &[]);
}

#[test]
fn the_python_sdk_of_both_eras_cannot_tell_in_the_modern_one() {
    sees_the_same(Sdk::Python2("auto"), &[]);
}

#[test]
fn the_python_sdk_of_both_eras_cannot_tell_when_it_falls_back() {
    sees_the_same(Sdk::Python2("auto"), &["--era", "legacy"]);
}

#[test]
fn an_sdk_of_the_modern_era_cannot_tell_with_a_server_of_that_era_alone() {
    let era = ["--era", "modern"];
    sees_the_same(Sdk::TypeScript2("2026-07-28"), &era);
    sees_the_same(Sdk::Python2("2026-07-28"), &era);
}

#[test]
fn the_inspector_cannot_tell() {
    let Some(inspector) = Inspector::new() else {
        return;
    };
    let fixture = Fixture::http();
    let behind = Behind::new(Kind::Stdio);
    for question in [
        &["--method", "tools/list"][..],
        &["--method", "resources/list"],
        &["--method", "prompts/list"],
        &[
            "--method",
            "tools/call",
            "--tool-name",
            "echo",
            "--tool-arg",
            "a=1",
        ],
        &[
            "--method",
            "tools/call",
            "--tool-name",
            "test_error_handling",
        ],
        &["--method", "tools/call", "--tool-name", "nothing"],
        &["--method", "resources/read", "--uri", "test://static-text"],
    ] {
        let direct = inspector.ask(fixture.url(), question);
        let seen = inspector.ask(&behind.url(), question);
        assert_eq!(seen.code, direct.code, "{seen:?}");
        assert_eq!(seen.stdout, direct.stdout, "{question:?}");
    }
    let url = behind.url();
    drop(behind);
    let unreachable = inspector.ask(&url, &["--method", "tools/list"]);
    assert_eq!(unreachable.code, Some(4), "{unreachable:?}");
}

#[test]
fn the_inspector_needs_the_token_and_says_so() {
    let Some(inspector) = Inspector::new() else {
        return;
    };
    let bus = Bus::new();
    let attached = Attached::new(&bus, "mine", json!({"fixture": super::behind::child()}));
    let url = attached.url("fixture");
    let list = ["--method", "tools/list"];
    let refused = inspector.ask(&url, &list);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let token = bus.run(["token", "show"]).ok();
    let header = format!("Authorization: Bearer {}", token.trim());
    let listed = inspector.ask(&url, &[&list[..], &["--header", &header]].concat());
    let tools = listed.json()["result"]["tools"].take();
    assert!(tools.as_array().unwrap().len() > 20, "{tools}");
}

/// What the inspector gets from the official example server.
fn asked(inspector: &Inspector, url: &str) -> Vec<Value> {
    let questions = [
        &["--method", "tools/list"][..],
        &["--method", "prompts/list"],
        &["--method", "resources/templates/list"],
        &[
            "--method",
            "tools/call",
            "--tool-name",
            "echo",
            "--tool-arg",
            "message=hello",
        ],
        &[
            "--method",
            "tools/call",
            "--tool-name",
            "get-sum",
            "--tool-arg",
            "a=1",
            "--tool-arg",
            "b=2",
        ],
        &["--method", "tools/call", "--tool-name", "get-tiny-image"],
        &["--method", "prompts/get", "--prompt-name", "simple-prompt"],
    ];
    let answers = questions.map(|question| inspector.ask(url, question));
    answers.into_iter().map(Ended::json).collect()
}

#[test]
fn the_official_example_server_is_the_same_behind_the_gateway() {
    if !at_leisure() {
        return;
    }
    let Some(inspector) = Inspector::new() else {
        return;
    };
    let Some(everything) = Everything::http() else {
        return;
    };
    let direct = asked(&inspector, everything.url());
    let [program, server, transport] = super::peers::everything().unwrap();
    let bus = open("");
    let attached = Attached::new(
        &bus,
        "official",
        json!({
            "child": {"command": program, "args": [server, transport]},
            "url": {"url": everything.url()},
        }),
    );
    for server in ["url", "child"] {
        assert_eq!(asked(&inspector, &attached.url(server)), direct, "{server}");
    }
}
