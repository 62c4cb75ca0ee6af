//! Spawns: from the request to the registration of the new process.

use cmdbus_broker::core::{Figures, Input, Register, Registration, ReqId, Request};
use cmdbus_broker::ids::EndpointId;
use cmdbus_broker::store::Store;
use serde_json::json;

use crate::control::{ack, applied, event, failed, outcome};
use crate::support::{Bench, json, metadata, refused, seconds};

const PROMPT: &str = "do something secret";

fn spawn(key: &str) -> Request {
    event(
        key,
        "spawn_request",
        json!({
            "prompt": PROMPT,
            "runtime_kind": "claude-code",
            "origin": "owner_initiated_spawn",
        }),
    )
}

fn received() -> (String, Option<String>) {
    ("received".to_owned(), None)
}

fn late() -> (String, Option<String>) {
    ("applied".to_owned(), Some("late".to_owned()))
}

/// Asks for a spawn that is begun, and returns the request.
fn begin(bench: &mut Bench, key: &str) -> ReqId {
    let before = bench.started.len();
    let req = bench.begin(Default::default(), spawn(key));
    assert_eq!(bench.started.len(), before + 1, "not started");
    req
}

fn started(bench: &mut Bench, key: &str) {
    spawned(bench, key, Ok(()));
}

fn spawned(bench: &mut Bench, key: &str, result: Result<(), &str>) {
    bench.input(Input::Spawned {
        token: key.to_owned(),
        result: result.map_err(str::to_owned),
    });
}

fn exited(bench: &mut Bench, key: &str, code: Option<i32>) {
    bench.input(Input::SpawnExited {
        token: key.to_owned(),
        code,
    });
}

/// Asks for a spawn that is begun, and has it started.
fn spawn_whole(bench: &mut Bench, key: &str) {
    let req = begin(bench, key);
    started(bench, key);
    let reply = bench.reply(req).unwrap();
    assert_eq!(ack(key, reply), received());
}

/// Registers with a token, from a process of its own.
fn register(bench: &mut Bench, pid: u32, token: &str) -> EndpointId {
    bench.stream(pid);
    let reply = bench.ask(Request::Register(Box::new(Register {
        pid: Some(pid),
        stream_name: None,
        body: Ok(Registration {
            metadata: metadata("spawned"),
            spawn_token: Some(token.to_owned()),
        }),
    })));
    json(reply)["endpoint_id"].as_str().unwrap().into()
}

fn ask(bench: &mut Bench, key: &str) -> (String, Option<String>) {
    let reply = bench.ask(spawn(key));
    ack(key, reply)
}

/// What the store knows of spawns.
fn tokens(bench: &mut Bench) -> Vec<String> {
    let spawns = bench.store.load().unwrap().spawns;
    spawns
        .into_iter()
        .map(|row| row.token.into_string())
        .collect()
}

#[test]
fn a_spawn_is_received_when_it_was_started_and_applied_when_it_registers() {
    let mut bench = Bench::new();
    let req = begin(&mut bench, "k");
    let effect = bench.started[0].clone();
    assert_eq!(
        (effect.token.as_str(), effect.runtime_kind.as_str()),
        ("k", "claude-code")
    );
    assert_eq!(effect.prompt, PROMPT);
    assert!(bench.reply(req).is_none());
    started(&mut bench, "k");
    let reply = bench.reply(req).unwrap();
    assert_eq!(ack("k", reply), received());
    assert_eq!(outcome(&mut bench, "k"), received());
    register(&mut bench, 7, "k");
    assert_eq!(outcome(&mut bench, "k"), applied());
    assert!(tokens(&mut bench).is_empty());
    // Nothing is awaited any more.
    bench.advance(seconds(60));
    exited(&mut bench, "k", Some(1));
    assert_eq!(outcome(&mut bench, "k"), applied());
}

#[test]
fn the_token_is_durable_before_anything_is_started_and_the_prompt_never_is() {
    let mut bench = Bench::new();
    begin(&mut bench, "k");
    let loaded = bench.store.load().unwrap();
    assert_eq!(loaded.spawns.len(), 1);
    assert_eq!(loaded.spawns[0].deadline, bench.now.wall + 30_000);
    started(&mut bench, "k");
    let loaded = bench.store.load().unwrap();
    for text in [&loaded.spawns[0].detail, &loaded.control[0].outcome] {
        assert!(!text.as_str().contains("secret"));
    }
}

#[test]
fn neither_prompt_nor_token_gets_into_the_log() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "a-token");
    register(&mut bench, 7, "another-token");
    bench.advance(seconds(30));
    register(&mut bench, 8, "a-token");
    assert!(!bench.log.is_empty());
    for notice in &bench.log {
        let shown = format!("{notice:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("-token"),
            "{shown}"
        );
    }
    assert!(!format!("{:?}", bench.started[0]).contains("secret"));
}

#[test]
fn b14_w32_a_repeated_request_is_told_the_latest_and_starts_nothing() {
    let mut bench = Bench::new();
    let first = begin(&mut bench, "k");
    // Joined: it is not known yet whether the start works.
    let second = bench.begin(Default::default(), spawn("k"));
    assert!(bench.reply(second).is_none());
    started(&mut bench, "k");
    for req in [first, second] {
        let reply = bench.reply(req).unwrap();
        assert_eq!(ack("k", reply), received());
    }
    assert_eq!(ask(&mut bench, "k"), received());
    bench.advance(seconds(30));
    assert_eq!(ask(&mut bench, "k"), failed("spawn_correlation_timeout"));
    bench.restart();
    assert_eq!(ask(&mut bench, "k"), failed("spawn_correlation_timeout"));
    assert_eq!(bench.started.len(), 1);
}

#[test]
fn b14_w31_a_start_that_fails_is_a_failed_acknowledgement() {
    let mut bench = Bench::new();
    let req = begin(&mut bench, "k");
    let reason = "spawn_failed: `/no/such` does not exist";
    spawned(&mut bench, "k", Err(reason));
    let reply = bench.reply(req).unwrap();
    assert_eq!(ack("k", reply), failed(reason));
    // It would fail again, so it is remembered.
    assert_eq!(outcome(&mut bench, "k"), failed(reason));
    assert_eq!(ask(&mut bench, "k"), failed(reason));
    assert!(tokens(&mut bench).is_empty());
    // It never was, so nobody can come late.
    register(&mut bench, 7, "k");
    assert_eq!(outcome(&mut bench, "k"), failed(reason));
}

#[test]
fn b14_at_most_three_are_started_in_any_30_seconds() {
    let mut bench = Bench::new();
    for key in ["a", "b", "c"] {
        spawn_whole(&mut bench, key);
        bench.advance(seconds(5));
    }
    assert_eq!(ask(&mut bench, "d"), failed("spawn_rate_limited"));
    bench.advance(seconds(14));
    assert_eq!(ask(&mut bench, "d"), failed("spawn_rate_limited"));
    bench.advance(seconds(1));
    // That was no final refusal, and the window slides.
    spawn_whole(&mut bench, "d");
    assert_eq!(ask(&mut bench, "e"), failed("spawn_rate_limited"));
    bench.advance(seconds(5));
    spawn_whole(&mut bench, "e");
    assert_eq!(bench.started.len(), 5);
}

#[test]
fn a_refusal_for_the_rate_is_not_remembered() {
    let mut bench = Bench::with(Figures {
        spawn_rate: 0,
        ..Figures::default()
    });
    assert_eq!(ask(&mut bench, "k"), failed("spawn_rate_limited"));
    let reply = bench.ask(Request::ControlOutcome { key: "k".into() });
    assert_eq!(refused(reply), (404, "control_unknown"));
    assert!(bench.store.load().unwrap().control.is_empty());
}

#[test]
fn w33_refused_requests_do_not_use_up_the_rate() {
    let mut bench = Bench::new();
    for (n, reason) in [
        "runtime_kind_unsupported: x",
        "prompt_rejected",
        "driver_unavailable",
        "spawn_driver_registry_not_configured",
    ]
    .into_iter()
    .enumerate()
    {
        bench.spawnable = Err(reason.to_owned());
        assert_eq!(ask(&mut bench, &n.to_string()), failed(reason));
    }
    assert!(bench.started.is_empty());
    bench.spawnable = Ok(());
    for key in ["a", "b", "c"] {
        spawn_whole(&mut bench, key);
    }
}

#[test]
fn w33_a_start_that_fails_gives_its_budget_back() {
    let mut bench = Bench::new();
    for n in 0..5 {
        let key = n.to_string();
        begin(&mut bench, &key);
        spawned(&mut bench, &key, Err("spawn_failed: no such program"));
    }
    for key in ["a", "b", "c"] {
        spawn_whole(&mut bench, key);
    }
    assert_eq!(ask(&mut bench, "d"), failed("spawn_rate_limited"));
}

#[test]
fn what_speaks_against_a_request_is_said_although_the_rate_is_used_up() {
    let mut bench = Bench::new();
    for key in ["a", "b", "c"] {
        spawn_whole(&mut bench, key);
    }
    bench.spawnable = Err("runtime_kind_unsupported: x".to_owned());
    assert_eq!(ask(&mut bench, "d"), failed("runtime_kind_unsupported: x"));
}

#[test]
fn what_cannot_change_is_remembered_and_what_may_pass_is_not() {
    for (reason, remembered) in [
        ("spawn_driver_registry_not_configured", true),
        ("runtime_kind_unsupported: x", true),
        ("prompt_rejected", true),
        ("driver_unavailable", false),
        ("`claude` is not on PATH", false),
    ] {
        let mut bench = Bench::new();
        bench.spawnable = Err(reason.to_owned());
        assert_eq!(ask(&mut bench, "k"), failed(reason));
        bench.spawnable = Ok(());
        if remembered {
            assert_eq!(ask(&mut bench, "k"), failed(reason));
        } else {
            spawn_whole(&mut bench, "k");
        }
    }
}

#[test]
fn a_driver_that_is_gone_by_the_time_of_the_start_may_be_tried_again() {
    let mut bench = Bench::new();
    let req = begin(&mut bench, "k");
    spawned(&mut bench, "k", Err("driver_unavailable"));
    let reply = bench.reply(req).unwrap();
    assert_eq!(ack("k", reply), failed("driver_unavailable"));
    assert!(tokens(&mut bench).is_empty());
    // Tracked again, with a whole timeout from now on.
    bench.advance(seconds(20));
    spawn_whole(&mut bench, "k");
    bench.advance(seconds(29));
    assert_eq!(outcome(&mut bench, "k"), received());
    bench.advance(seconds(1));
    assert_eq!(
        outcome(&mut bench, "k"),
        failed("spawn_correlation_timeout")
    );
}

#[test]
fn b14_w34_an_early_end_is_a_failure_at_once() {
    for (code, detail) in [(1, "spawn_exited:1"), (-9, "spawn_exited:-9")] {
        let mut bench = Bench::new();
        spawn_whole(&mut bench, "k");
        exited(&mut bench, "k", Some(code));
        assert_eq!(outcome(&mut bench, "k"), failed(detail));
        assert!(tokens(&mut bench).is_empty());
        bench.advance(seconds(60));
        assert_eq!(outcome(&mut bench, "k"), failed(detail));
    }
}

#[test]
fn a_launcher_may_end_well_before_what_it_launched_registers() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    exited(&mut bench, "k", Some(0));
    exited(&mut bench, "k", None);
    assert_eq!(outcome(&mut bench, "k"), received());
    register(&mut bench, 7, "k");
    assert_eq!(outcome(&mut bench, "k"), applied());
}

#[test]
fn a_process_that_is_faster_than_the_news_of_its_start_is_applied() {
    let mut bench = Bench::new();
    let req = begin(&mut bench, "k");
    register(&mut bench, 7, "k");
    let reply = bench.reply(req).unwrap();
    assert_eq!(ack("k", reply), applied());
    started(&mut bench, "k");
    assert_eq!(outcome(&mut bench, "k"), applied());
}

#[test]
fn b14_nobody_registers_within_30_seconds_and_then_somebody_does() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    bench.advance(seconds(29));
    assert_eq!(outcome(&mut bench, "k"), received());
    bench.advance(seconds(1));
    assert_eq!(
        outcome(&mut bench, "k"),
        failed("spawn_correlation_timeout")
    );
    assert!(tokens(&mut bench).is_empty());
    bench.restart();
    register(&mut bench, 7, "k");
    assert_eq!(outcome(&mut bench, "k"), late());
    assert_eq!(ask(&mut bench, "k"), late());
}

#[test]
fn a_process_that_ended_badly_but_left_one_that_registers_is_late() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    exited(&mut bench, "k", Some(3));
    register(&mut bench, 7, "k");
    assert_eq!(outcome(&mut bench, "k"), late());
}

#[test]
fn a_token_is_used_once_and_an_unknown_one_only_logs() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    register(&mut bench, 7, "k");
    bench.warnings();
    let second = register(&mut bench, 8, "k");
    let unknown = register(&mut bench, 9, "nobody's");
    assert_eq!(bench.warnings().len(), 2);
    for endpoint in [second, unknown] {
        assert_eq!(bench.state(&endpoint), "active");
    }
    assert_eq!(outcome(&mut bench, "k"), applied());
}

#[test]
fn a_registration_that_adopts_an_endpoint_answers_its_spawn_too() {
    let mut bench = Bench::new();
    let stream = bench.stream(7);
    let old = bench.register(7, "spawned");
    bench.close(stream, cmdbus_broker::core::Liveness::Alive);
    spawn_whole(&mut bench, "k");
    assert_eq!(register(&mut bench, 7, "k"), old);
    assert_eq!(outcome(&mut bench, "k"), applied());
}

#[test]
fn a_pending_token_survives_a_restart_with_the_rest_of_its_time() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "a");
    spawn_whole(&mut bench, "b");
    bench.advance(seconds(20));
    bench.restart();
    assert_eq!(ask(&mut bench, "a"), received());
    register(&mut bench, 7, "a");
    assert_eq!(outcome(&mut bench, "a"), applied());
    bench.advance(seconds(9));
    assert_eq!(outcome(&mut bench, "b"), received());
    bench.advance(seconds(1));
    assert_eq!(
        outcome(&mut bench, "b"),
        failed("spawn_correlation_timeout")
    );
}

#[test]
fn a_token_whose_time_ran_out_while_the_broker_was_away_fails_at_once() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    bench.now.wall += 3_600_000;
    bench.now.mono += seconds(3600);
    bench.restart();
    bench.advance(seconds(0));
    assert_eq!(
        outcome(&mut bench, "k"),
        failed("spawn_correlation_timeout")
    );
}

#[test]
fn a_clock_that_was_set_back_gives_a_token_no_more_than_its_whole_time() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    bench.now.wall -= 3_600_000;
    bench.restart();
    bench.advance(seconds(30));
    assert_eq!(
        outcome(&mut bench, "k"),
        failed("spawn_correlation_timeout")
    );
}

#[test]
fn w32_a_broker_killed_between_the_commit_and_the_start_never_starts_it_again() {
    let mut bench = Bench::new();
    begin(&mut bench, "k");
    bench.started.clear();
    bench.restart();
    assert_eq!(ask(&mut bench, "k"), received());
    assert_eq!(outcome(&mut bench, "k"), received());
    bench.advance(seconds(30));
    assert_eq!(ask(&mut bench, "k"), failed("spawn_correlation_timeout"));
    assert!(bench.started.is_empty());
}

#[test]
fn the_news_of_a_start_counts_also_for_the_core_that_came_after() {
    let mut bench = Bench::new();
    begin(&mut bench, "k");
    // The store failed meanwhile, and the core was built anew.
    bench.restart();
    let reason = "spawn_failed: no such program";
    spawned(&mut bench, "k", Err(reason));
    assert_eq!(outcome(&mut bench, "k"), failed(reason));
    assert!(tokens(&mut bench).is_empty());
}

#[test]
fn an_outcome_that_made_room_for_newer_ones_does_not_let_its_spawn_start_twice() {
    let mut bench = Bench::with(Figures {
        control_outcome_keys: 1,
        ..Figures::default()
    });
    spawn_whole(&mut bench, "a");
    spawn_whole(&mut bench, "b");
    assert_eq!(ask(&mut bench, "a"), received());
    assert_eq!(bench.started.len(), 2);
}

#[test]
fn a_broker_that_ends_keeps_its_tokens_for_the_next_one() {
    let mut bench = Bench::new();
    spawn_whole(&mut bench, "k");
    bench.input(Input::Shutdown { release: false });
    bench.advance(seconds(60));
    assert_eq!(tokens(&mut bench), ["k"]);
    assert_eq!(outcome(&mut bench, "k"), received());
}

#[test]
fn a_request_that_is_still_checked_when_the_broker_ends_starts_nothing() {
    let mut bench = Bench::new();
    bench.hold_checks = true;
    let req = bench.begin(Default::default(), spawn("k"));
    bench.input(Input::Shutdown { release: false });
    let spawn = bench.checked[0].clone();
    bench.input(Input::SpawnChecked {
        spawn,
        result: Ok(()),
    });
    let reply = bench.reply(req).unwrap();
    assert_eq!(refused(reply), (503, "shutting_down"));
    assert!(bench.started.is_empty() && tokens(&mut bench).is_empty());
}

#[test]
fn a_repetition_joins_a_request_whose_driver_is_still_asked() {
    let mut bench = Bench::new();
    bench.hold_checks = true;
    let first = bench.begin(Default::default(), spawn("k"));
    let second = bench.begin(Default::default(), spawn("k"));
    assert_eq!(bench.checked.len(), 1);
    let spawn = bench.checked[0].clone();
    for _ in 0..2 {
        // The second answer is for nobody.
        bench.input(Input::SpawnChecked {
            spawn: spawn.clone(),
            result: Ok(()),
        });
    }
    assert_eq!(bench.started.len(), 1);
    started(&mut bench, "k");
    for req in [first, second] {
        let reply = bench.reply(req).unwrap();
        assert_eq!(ack("k", reply), received());
    }
}

#[test]
fn the_status_counts_what_is_pending() {
    let mut bench = Bench::new();
    let count = |bench: &mut Bench| json(bench.ask(Request::Status))["pending_spawns"].clone();
    assert_eq!(count(&mut bench), 0);
    spawn_whole(&mut bench, "a");
    spawn_whole(&mut bench, "b");
    assert_eq!(count(&mut bench), 2);
    register(&mut bench, 7, "a");
    assert_eq!(count(&mut bench), 1);
}

#[test]
fn a_long_reason_is_cut() {
    let mut bench = Bench::new();
    bench.spawnable = Err(format!("runtime_kind_unsupported: {}", "ä".repeat(5000)));
    let (_, detail) = ask(&mut bench, "k");
    assert_eq!(detail.unwrap().chars().count(), 300);
}
