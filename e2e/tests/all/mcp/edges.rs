//! Time limits, cancellation and progress over all the way: from an agent's SDK over the gateway and the bus to the one who does the work.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::behind::{Agent, Attached, Behind, Kind, child, gateway, open};
use super::peers::{Transcript, package};
use crate::processes::bus::{Bus, Running, program, workspace};
use crate::support::{eventually, installed, node, npm};

/// What runs for as long as `work.shell` does.
const WORK: &str = "sleep 86342";
/// One tool for each way in which work can be offered.
const TOOLS: [&str; 3] = ["work_shell", "work_rust", "fixture_sleep_until_cancelled"];

/// A bus with three processes that work until they are told to stop.
struct Offered {
    bus: Bus,
    worker: Running,
    _shell: Running,
    _attached: Attached,
}

impl Offered {
    fn new() -> Self {
        let bus = open("");
        let attached = Attached::new(&bus, "worker", json!({"fixture": child()}));
        let script = format!("echo '@progress 0.5/1 half' >&2; exec {WORK}");
        let shell = bus.provide_script(&["work.shell"], &script);
        let mut command = bus.command(env!("CARGO_BIN_EXE_worker"));
        let worker = Running::start(command.env("CMDBUS_BIN", program()));
        worker.prints("ready");
        let offered = Self {
            bus,
            worker,
            _shell: shell,
            _attached: attached,
        };
        eventually("all are tools", || {
            let tools = Agent::modern(offered.url()).tools();
            let are_there = TOOLS
                .iter()
                .all(|name| tools.iter().any(|tool| tool == name));
            are_there.then_some(())
        });
        offered
    }

    /// Returns the address of the endpoint for everything on the bus.
    fn url(&self) -> String {
        format!("{}/mcp", gateway(&self.bus))
    }

    /// Waits until nobody works any more, and each has been called, and stopped, so many times.
    #[track_caller]
    fn until_stopped(&self, times: usize) {
        eventually("the program ends", || {
            self.bus.programs(WORK).is_empty().then_some(())
        });
        let printed = |line: &str| {
            self.worker
                .lines()
                .iter()
                .filter(|said| *said == line)
                .count()
        };
        eventually("the handler is dropped", || {
            (printed("dropped") == times).then_some(())
        });
        assert_eq!(printed("begun"), times);
        let counted = || {
            self.bus
                .run(["call", "fixture.cancelled_count", "{}"])
                .json()
        };
        eventually("the attached server is told", || {
            (counted() == json!({"cancelled": times, "waiting": 0})).then_some(())
        });
    }
}

/// Has an SDK call every tool twice: once until the first report, once until its own time is over.
#[track_caller]
fn gives_up(mode: &str, runtime: PathBuf, script: PathBuf, needs: PathBuf, by: &str) {
    if !installed(&[runtime.clone(), needs], by) {
        return;
    }
    let offered = Offered::new();
    let mut command = offered.bus.command(runtime);
    command
        .arg(script)
        .args([mode, &offered.url()])
        .args(TOOLS)
        .stdin(Stdio::piped());
    let mut running = Running::start(&mut command);
    let line = eventually(&format!("it prints what it sees: {running:?}"), || {
        running.lines().into_iter().next()
    });
    let seen = Transcript::read(&line);
    for (tool, report) in TOOLS.into_iter().zip([
        json!([0.5, 1, "half"]),
        json!([0.5, 1, "half"]),
        json!([0, 1]),
    ]) {
        let aborted = seen.result(&format!("abort {tool}"));
        assert_eq!(aborted["ended"], "aborted", "{seen:?}");
        let reports = aborted["seen"].as_array().unwrap();
        assert!(same(&reports[0], &report), "{reports:?}");
    }
    // Not because its connection, or its session, would have ended.
    offered.until_stopped(2);
    running.end_stdin();
    running.end().ok();
}

/// Compares reports of progress. Some clients tell integers from fractions, and leave out what is not there.
fn same(one: &Value, other: &Value) -> bool {
    let parts = |report: &Value| {
        let number = |index: usize| report[index].as_f64();
        (number(0), number(1), report[2].as_str().map(str::to_owned))
    };
    parts(one) == parts(other)
}

fn typescript(mode: &str, needs: &str) {
    let script = npm().join("mcp-edges.mjs");
    gives_up(
        mode,
        node(),
        script,
        package(needs),
        "npm ci --prefix e2e/npm",
    );
}

#[test]
fn the_typescript_sdk_of_the_legacy_era_stops_what_works_three_hops_away() {
    typescript("sdk1", "sdk");
}

#[test]
fn the_typescript_sdk_of_both_eras_stops_what_works_three_hops_away() {
    typescript("auto", "client");
}

fn python(mode: &str, environment: &str) {
    let folder = workspace().join("e2e/python");
    let interpreter = folder.join(environment).join("bin/python");
    let needs = interpreter.clone();
    gives_up(
        mode,
        interpreter,
        folder.join("edges.py"),
        needs,
        "e2e/python/setup",
    );
}

#[test]
fn the_python_sdk_of_the_legacy_era_stops_what_works_three_hops_away() {
    python("sdk1", ".venv-1");
}

#[test]
fn the_python_sdk_of_both_eras_stops_what_works_three_hops_away() {
    python("auto", ".venv");
}

#[test]
fn the_time_an_agent_gives_is_the_time_everybody_has() {
    let offered = Offered::new();
    for (round, agent) in [Agent::legacy(offered.url()), Agent::modern(offered.url())]
        .into_iter()
        .enumerate()
    {
        let agent = agent.within(400);
        let begun = Instant::now();
        let calls = TOOLS.map(|tool| agent.start(tool, json!({})));
        for call in calls {
            let answer = call.join().unwrap();
            assert_eq!(answer["error"]["code"], -33003, "{answer}");
        }
        assert!(begun.elapsed() >= Duration::from_millis(400));
        offered.until_stopped(round + 1);
    }
}

#[test]
fn a_tool_that_comes_or_goes_at_an_attached_server_does_so_for_agents() {
    for kind in [Kind::Url, Kind::Stdio] {
        for era in ["legacy", "modern", "both"] {
            let behind = Behind::with(kind, &["--era", era]);
            let agent = Agent::modern(behind.aggregated());
            let is_there = || {
                let tools = agent.tools();
                tools.iter().any(|tool| tool == "fixture_extra_tool")
            };
            eventually("its tools are there", || {
                (!agent.tools().is_empty()).then_some(())
            });
            for there in [true, false] {
                agent.call("fixture_change_tools", json!({}));
                eventually(&format!("{kind:?}, {era}: the change is seen"), || {
                    (is_there() == there).then_some(())
                });
            }
        }
    }
}

#[test]
fn a_stream_is_collected_for_an_agent() {
    let bus = open("");
    let _count = bus.provide_script(&["count", "--stream"], "seq 3");
    let url = format!("{}/mcp", gateway(&bus));
    for agent in [Agent::legacy(&*url), Agent::modern(&*url)] {
        assert_eq!(agent.value("count", json!({})), json!({"items": [1, 2, 3]}));
    }
}
