//! `provide`: programs as commands.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::bus::{Bus, Ended};
use crate::support::eventually;

#[test]
fn a_standby_takes_over_when_the_provider_goes() {
    let bus = Bus::new();
    let first = bus.provide(["who", "--", "echo", "\"first\""]);
    let standby = bus.provide(["who", "--standby", "--", "echo", "\"second\""]);
    assert!(standby.stderr().contains("standing by"));
    assert_eq!(bus.run(["call", "who"]).ok(), "\"first\"\n");
    first.signal(Signal::KILL);
    eventually("the standby answers", || {
        let ended = bus.run(["call", "who"]);
        match (ended.code, ended.stdout.as_str()) {
            (Some(0), "\"second\"\n") => Some(()),
            // The bus has not noticed yet; nothing else may be said.
            (Some(1), "") => None,
            _ => panic!("{ended:?}"),
        }
    });
}

#[test]
fn no_more_programs_run_at_once_than_allowed_and_every_call_gets_its_turn() {
    let bus = Bus::new();
    let running = bus.folder().join("running");
    fs::create_dir(&running).unwrap();
    // Each tells how many there are when it begins. The first waits for a second one to be sure of its company.
    let script = format!(
        "mkdir {0}/$$; n=$(ls {0} | wc -l); [ $n -ge 2 ] && : > {0}.met
         until [ -e {0}.met ]; do sleep 0.01; done; sleep 0.05; rmdir {0}/$$; echo $n",
        running.display()
    );
    let _provider = bus.provide_script(&["work", "--concurrency", "2"], &script);
    let calls: Vec<_> = (0..6).map(|_| bus.spawn(["call", "work"])).collect();
    let counts: Vec<u32> = calls
        .into_iter()
        .map(|call| call.end().ok().trim().parse().unwrap())
        .collect();
    assert_eq!(counts.iter().max(), Some(&2), "{counts:?}");
}

#[test]
fn a_program_over_its_time_limit_ends_with_all_it_started() {
    let bus = Bus::new();
    let _provider = bus.provide_script(
        &["slow", "--timeout", "300ms"],
        "sleep 600 & sleep 600; true",
    );
    // And it is not said that the limit of `call` was reached.
    bus.run(["call", "slow"])
        .failed(4, &["`slow`", "limit of its provider"]);
    eventually("the process group is gone", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
}

#[test]
fn the_end_of_provide_ends_what_it_runs() {
    let bus = Bus::new();
    let provider = bus.provide_script(&["slow"], "sleep 600 & sleep 600; true");
    let call = bus.spawn(["call", "slow"]);
    eventually("the program runs", || {
        (bus.programs("sleep 600").len() >= 2).then_some(())
    });
    provider.signal(Signal::TERM);
    call.end().failed(1, &["disconnected"]);
    assert_eq!(provider.end().code, Some(0));
    assert!(bus.programs("sleep 600").is_empty());
}

#[test]
fn a_program_that_fails_is_an_error_with_the_end_of_its_stderr() {
    let bus = Bus::new();
    let _short = bus.provide_script(&["short"], "echo '\"no result\"'; echo oops >&2; exit 3");
    bus.run(["call", "short"])
        .failed(1, &["internal error", "exited with 3: oops"]);
    let _long = bus.provide_script(
        &["long"],
        "yes beginning | head -c 100000 >&2; printf '%4000s the end' x >&2; exit 1",
    );
    let ended = bus.run(["call", "long"]).failed(1, &["the end"]);
    assert!(
        (4000..6000).contains(&ended.stderr.len()),
        "{}",
        ended.stderr.len()
    );
    let _killed = bus.provide_script(&["killed"], "kill -9 $$");
    bus.run(["call", "killed"])
        .failed(1, &["ended by signal 9"]);
}

#[test]
fn a_mebibyte_goes_in_and_comes_out() {
    let bus = Bus::new();
    let _provider = bus.provide(["echo", "--", "cat"]);
    let text = json!("ü".repeat(1 << 19)).to_string();
    let back: Value = bus.run_with(["call", "echo", "-"], &text).json();
    assert_eq!(back.as_str().map(str::len), Some(1 << 20));
    assert_eq!(back.to_string(), text);
}

#[test]
fn a_program_need_not_read_its_stdin() {
    let bus = Bus::new();
    let _provider = bus.provide(["deaf", "--", "echo", "done"]);
    let text = json!("x".repeat(1 << 20)).to_string();
    let back = bus.run_with(["call", "deaf", "-"], &text).json();
    assert_eq!(back, json!("done"));
}

#[test]
fn output_is_json_if_it_is_text_otherwise_and_nothing_if_there_is_none() {
    let bus = Bus::new();
    let _provider = bus.provide_script(
        &["run"],
        "read -r request; eval \"$(echo $request | tr -d '\"')\"",
    );
    for (script, expected) in [
        ("echo [1, true, null]", json!([1, true, null])),
        ("echo two words", json!("two words")),
        ("true", Value::Null),
    ] {
        let back = bus.run_with(["call", "run", "-"], &json!(script).to_string());
        assert_eq!(back.json(), expected, "{script}");
    }
    let _binary = bus.provide_script(&["binary"], "printf '\\377\\376'");
    bus.run(["call", "binary"]).failed(1, &["not UTF-8"]);
}

#[test]
fn schema_and_description_are_shown_to_others() {
    let bus = Bus::new();
    let schema = json!({"request": {"type": "string"}, "response": {"type": "string"}});
    let file = bus.folder().join("schema.json");
    fs::write(&file, schema.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let args = ["text.upper", "--description", "Louder", "--schema", file];
    let _provider = bus.provide(args.iter().chain(&["--", "tr", "a-z", "A-Z"]));
    let described = bus.run(["describe", "text.upper", "--json"]).json();
    let shown = described.to_string();
    assert!(shown.contains("\"Louder\""), "{shown}");
    let listed = bus.run(["ls", "text.*", "--json"]).json();
    assert_eq!(listed[0]["schema"], schema);
}

#[test]
fn what_cannot_be_provided_is_refused_before_anything_is_started() {
    let bus = Bus::new();
    let refused = |args: &[&str], code| -> Ended { bus.run(args).failed(code, &[]) };
    refused(&["provide", "x", "--", "no-such-program-anywhere"], 1)
        .failed(1, &["no-such-program-anywhere"]);
    refused(&["provide", "_x", "--", "cat"], 2).failed(2, &["`_x`"]);
    refused(&["provide", "x"], 2);
    assert_eq!(bus.processes(), []);
}
