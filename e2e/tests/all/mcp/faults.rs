//! What goes wrong between an MCP client and an attached server, and what everybody else notices of it: nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::behind::{Agent, Attached, Behind, Kind, child, gateway, open};
use super::peers::Fixture;
use super::proxy::Proxy;
use crate::processes::bus::{Bus, signal};
use crate::support::eventually;

/// Short, so that a test can wait for its end.
const SHORT_GRACE: &str = "grace_s = 1.0\n";

/// The fixture, attached over a way that can be broken.
struct Breakable {
    bus: Bus,
    proxy: Proxy,
    attached: Attached,
    /// What happened to the fixture, in all its processes.
    record: PathBuf,
}

impl Breakable {
    fn new(settings: &str) -> Self {
        let bus = open(settings);
        bus.start();
        let proxy = Proxy::before(&gateway(&bus));
        let record = bus.folder().join("record");
        let mut server = child();
        server["env"] = json!({"FIXTURE_STATE": record});
        let servers = json!({"fixture": server});
        let attached = Attached::over(&bus, Some(&proxy.url()), "breakable", servers);
        Self {
            bus,
            proxy,
            attached,
            record,
        }
    }

    /// Returns the address of the fixture, not over the proxy.
    fn url(&self) -> String {
        format!("{}/a/breakable/mcp/fixture", gateway(&self.bus))
    }

    /// Waits until calls are at work in the fixture.
    #[track_caller]
    fn until_recorded(&self, what: &str, times: usize) {
        eventually(&format!("{times} times `{what}`"), || {
            (recorded(&self.record, what) == times).then_some(())
        });
    }
}

fn recorded(file: &Path, what: &str) -> usize {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter(|line| line.starts_with(what)).count()
}

/// Returns the processes that were started.
fn started(record: &Path) -> Vec<i32> {
    let text = fs::read_to_string(record).unwrap();
    let started = text
        .lines()
        .filter_map(|line| line.strip_prefix("started "));
    started.map(|pid| pid.parse().unwrap()).collect()
}

/// Returns whether a process runs, rather than waits for its parent to notice its end.
fn runs(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

fn text(answer: &Value) -> &str {
    let text = answer["result"]["content"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn a_socket_that_breaks_in_a_call_is_taken_up_again_and_the_call_runs_once() {
    let there = Breakable::new("");
    for (round, agent) in [Agent::legacy(there.url()), Agent::modern(there.url())]
        .into_iter()
        .enumerate()
    {
        let call = agent.start("sleep", json!({"ms": 500}));
        there.until_recorded("sleeps", round + 1);
        there.proxy.cut();
        let answer = call.join().unwrap();
        assert_eq!(text(&answer), "slept");
        assert_eq!(recorded(&there.record, "sleeps"), round + 1);
        // The session is the one it was.
        assert_eq!(agent.value("echo", json!({"a": 1})), json!({"a": 1}));
    }
    assert_eq!(there.proxy.passed(), 3);
    assert_eq!(there.attached.events("attach").len(), 1);
}

#[test]
fn what_was_asked_while_the_socket_is_away_is_answered_when_it_is_back() {
    let there = Breakable::new("");
    let agent = Agent::legacy(there.url());
    there.proxy.open(false);
    there.proxy.cut();
    let status = || there.bus.run(["status", "--json"]).json()["gateway"].clone();
    eventually("it is away", || {
        (status()["attached"][0]["state"] == "suspended").then_some(())
    });
    let call = agent.start("echo", json!({"a": 1}));
    eventually("it waits", || (status()["pending"] == 1).then_some(()));
    there.proxy.open(true);
    let answer = call.join().unwrap();
    assert_eq!(answer["result"]["structuredContent"], json!({"a": 1}));
}

#[test]
fn after_the_grace_callers_fail_at_once_and_when_it_is_back_all_works_again() {
    let there = Breakable::new(SHORT_GRACE);
    let (legacy, modern) = (Agent::legacy(there.url()), Agent::modern(there.url()));
    let calls = [&legacy, &modern].map(|agent| agent.start("sleep_until_cancelled", json!({})));
    there.until_recorded("waits", 2);
    there.proxy.open(false);
    there.proxy.cut();
    let cut = Instant::now();
    for call in calls {
        let answer = call.join().unwrap();
        assert_eq!(answer["error"]["code"], -33002, "{answer}");
    }
    // With all the slowness of other tests; without the grace there is no end before the limit of the call, a minute.
    assert!(cut.elapsed() < Duration::from_secs(10));
    // Nobody waits for them any more.
    there.until_recorded("cancelled", 2);

    there.proxy.open(true);
    eventually("it is back", || {
        let answer = modern.call("echo", json!({"a": 1}));
        (answer["result"]["structuredContent"] == json!({"a": 1})).then_some(())
    });
    // Its sessions are gone, and new ones are to be had.
    let gone = legacy.call("echo", json!({}));
    assert_eq!(gone["error"]["data"]["reason"], "session", "{gone}");
    let again = Agent::legacy(there.url());
    assert_eq!(again.value("echo", json!({"b": 2})), json!({"b": 2}));
}

#[test]
fn a_client_that_stops_reading_delays_no_other() {
    let there = Breakable::new("");
    let other = Attached::new(&there.bus, "other", json!({"fixture": child()}));
    let other = Agent::modern(other.url("fixture"));
    there.proxy.stall(true);
    // More than any buffer on the way and the queue take together.
    let stalled = Agent::modern(there.url()).within(3_000);
    let large = "x".repeat(2 << 20);
    let begun = Instant::now();
    let calls: Vec<_> = (0..8)
        .map(|_| stalled.start("echo", json!({"text": large})))
        .collect();
    let mut slowest = Duration::ZERO;
    while calls.iter().any(|call| !call.is_finished()) {
        let asked = Instant::now();
        assert_eq!(other.value("echo", json!({"a": 1})), json!({"a": 1}));
        slowest = slowest.max(asked.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert!(
        begun.elapsed() >= Duration::from_secs(3),
        "nothing was stalled"
    );
    for call in calls {
        let code = call.join().unwrap()["error"]["code"].clone();
        // Out of time, or refused because there is no room.
        assert!(code == -33003 || code == -33005, "{code}");
    }
    there.proxy.stall(false);
    let answer = eventually("it reads again", || {
        let answer = stalled.call("echo", json!({"a": 1}));
        answer["result"].is_object().then_some(answer)
    });
    assert_eq!(answer["result"]["structuredContent"], json!({"a": 1}));
}

/// Two servers of one attaching client: one that gets into trouble, and a healthy one beside it.
struct Beside {
    bus: Bus,
    attached: Attached,
}

impl Beside {
    fn new() -> Self {
        let bus = open("");
        let servers = json!({"fixture": child(), "healthy": child()});
        let attached = Attached::new(&bus, "beside", servers);
        Self { bus, attached }
    }

    fn url(&self) -> String {
        self.attached.url("fixture")
    }

    /// The neighbour answers and the socket is the one it was.
    #[track_caller]
    fn is_unmoved(&self) {
        let healthy = Agent::modern(self.attached.url("healthy"));
        assert_eq!(healthy.value("echo", json!({"a": 1})), json!({"a": 1}));
        assert_eq!(self.attached.events("attach").len(), 1);
        assert_eq!(self.attached.events("reconnect").len(), 0);
        let status = self.bus.run(["status", "--json"]).json();
        assert_eq!(status["gateway"]["attached"][0]["state"], "connected");
    }
}

#[test]
fn a_server_that_crashes_takes_its_calls_along_and_nothing_else() {
    let there = Beside::new();
    let modern = Agent::modern(there.url());
    let legacy = Agent::legacy(there.url());
    let crash = json!({"code": 7, "stderr": "my last words"});
    for agent in [&modern, &legacy] {
        let error = agent.error("crash", crash.clone());
        assert_eq!(error["code"], -33004, "{error}");
        assert_eq!(error["data"]["exitCode"], 7, "{error}");
        assert!(error.to_string().contains("my last words"), "{error}");
        there.is_unmoved();
    }
    // Its session ended with it; without sessions there is nothing to lose.
    let gone = legacy.call("echo", json!({}));
    assert_eq!(gone["error"]["data"]["reason"], "session", "{gone}");
    let again = Agent::legacy(there.url());
    assert_eq!(again.value("echo", json!({"b": 2})), json!({"b": 2}));
    assert_eq!(modern.value("echo", json!({"c": 3})), json!({"c": 3}));
}

#[test]
fn a_server_that_hangs_costs_its_callers_their_time_and_nobody_else_anything() {
    let there = Beside::new();
    let modern = Agent::modern(there.url());
    // One call hangs: others of the same process are answered.
    let hangs = modern.clone().within(1_500).start("hang", json!({}));
    assert_eq!(modern.value("echo", json!({"a": 1})), json!({"a": 1}));
    assert_eq!(hangs.join().unwrap()["error"]["code"], -33003);
    // The whole process hangs: a session has one of its own.
    let (stuck, other) = (Agent::legacy(there.url()), Agent::legacy(there.url()));
    let hangs = stuck
        .clone()
        .within(1_500)
        .start("hang", json!({"whole": true}));
    assert_eq!(other.value("echo", json!({"a": 1})), json!({"a": 1}));
    there.is_unmoved();
    assert_eq!(hangs.join().unwrap()["error"]["code"], -33003);
    let waits = stuck.within(300).error("echo", json!({}));
    assert_eq!(waits["code"], -33003, "{waits}");
    assert_eq!(other.value("echo", json!({"b": 2})), json!({"b": 2}));
    there.is_unmoved();
    // It does not end with its stdin, and is ended all the same.
    let children = children_of(there.attached.client.pid());
    assert!(children.len() >= 3, "{children:?}");
    there.attached.client.signal(Signal::TERM);
    there.attached.client.end().ok();
    eventually("the children are gone", || {
        children.iter().all(|pid| !runs(*pid)).then_some(())
    });
}

#[test]
fn a_flood_of_notifications_delays_nobody_and_its_call_is_answered() {
    let there = Beside::new();
    let other = Agent::modern(there.attached.url("healthy"));
    for agent in [Agent::modern(there.url()), Agent::legacy(there.url())] {
        for kind in ["log", "progress", "changes"] {
            let call = agent.start("flood", json!({"n": 20_000, "kind": kind}));
            let mut slowest = Duration::ZERO;
            while !call.is_finished() {
                let asked = Instant::now();
                assert_eq!(other.value("echo", json!({"a": 1})), json!({"a": 1}));
                slowest = slowest.max(asked.elapsed());
            }
            assert_eq!(text(&call.join().unwrap()), "20000", "{kind}");
            assert!(slowest < Duration::from_secs(2), "{kind}: {slowest:?}");
        }
    }
    there.is_unmoved();
}

#[test]
fn garbage_on_stdout_is_skipped() {
    let there = Beside::new();
    for agent in [Agent::modern(there.url()), Agent::legacy(there.url())] {
        let answer = agent.call("garbage", json!({}));
        assert_eq!(text(&answer), r#""clean""#);
        assert_eq!(agent.value("echo", json!({"a": 1})), json!({"a": 1}));
    }
    there.is_unmoved();
}

#[test]
fn what_comes_through_is_what_was_sent_byte_for_byte() {
    let direct = Fixture::http();
    // Members in this order, integers of any length, fractions and escapes as they were written.
    let odd = r#"{"z":1.10,"a":123456789012345678901234567890,"text":"\u00e9\/","e":1E2,"deep":[-0.0,{"b":null,"a":{}}]}"#;
    for kind in [Kind::Url, Kind::Stdio] {
        let behind = Behind::new(kind);
        let (there, here) = (Agent::modern(behind.url()), Agent::modern(direct.url()));
        for (tool, arguments) in [("odd_content", "{}"), ("echo", odd)] {
            let through = there.call_raw(tool, arguments);
            assert_eq!(through.status, 200);
            assert_eq!(
                through.text,
                here.call_raw(tool, arguments).text,
                "{kind:?}"
            );
        }
        let (there, here) = (Agent::legacy(behind.url()), Agent::legacy(direct.url()));
        for (tool, arguments) in [("odd_content", "{}"), ("echo", odd)] {
            let through = there.call_raw(tool, arguments);
            assert_eq!(
                through.text,
                here.call_raw(tool, arguments).text,
                "{kind:?}"
            );
        }
    }
}

#[test]
fn a_list_with_what_no_sdk_knows_comes_through_as_it_is() {
    let direct = Fixture::http_with(&["--odd-tools"]);
    let listed = |url: &str| Agent::modern(url).list_raw().text;
    for kind in [Kind::Url, Kind::Stdio] {
        let behind = Behind::with(kind, &["--odd-tools"]);
        assert_eq!(listed(&behind.url()), listed(direct.url()), "{kind:?}");
    }
}

#[test]
fn nine_mebibytes_come_through_byte_for_byte() {
    const LENGTH: usize = 9 << 20;
    let direct = Fixture::http();
    let arguments = format!(r#"{{"n":{LENGTH}}}"#);
    let expected = Agent::modern(direct.url()).call_raw("return_bytes", &arguments);
    assert!(expected.text.len() > LENGTH);
    for kind in [Kind::Url, Kind::Stdio] {
        let behind = Behind::new(kind);
        for agent in [Agent::modern(behind.url()), Agent::legacy(behind.url())] {
            let got = agent.call("return_bytes", json!({"n": LENGTH}));
            let text = text(&got);
            assert!(text.len() == LENGTH && text.bytes().all(|byte| byte == b'x'));
        }
        let got = Agent::modern(behind.url()).call_raw("return_bytes", &arguments);
        assert!(got.text == expected.text, "{kind:?}");
    }
}

#[test]
fn an_attaching_client_that_is_killed_leaves_no_child_and_no_caller_waiting() {
    let there = Breakable::new(SHORT_GRACE);
    let children = || {
        started(&there.record)
            .into_iter()
            .filter(|pid| runs(*pid))
            .count()
    };
    let agents = [Agent::legacy(there.url()), Agent::modern(there.url())];
    let calls = agents.map(|agent| agent.start("sleep_until_cancelled", json!({})));
    there.until_recorded("waits", 2);
    assert_eq!(children(), 2);
    there.attached.client.signal(Signal::KILL);
    for call in calls {
        let answer = call.join().unwrap();
        assert_eq!(answer["error"]["code"], -33002, "{answer}");
    }
    eventually("the children are gone", || (children() == 0).then_some(()));
    let listed = there.bus.run(["ls"]).ok();
    assert_eq!(listed, "");
}

fn children_of(pid: i32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let of_task = |task: fs::DirEntry| fs::read_to_string(task.path().join("children")).ok();
    tasks
        .filter_map(of_task)
        .flat_map(|text| {
            text.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<i32>>()
        })
        .collect()
}

/// What the bus and its agents call things.
fn names(bus: &Bus, clients: &[&Attached]) -> (String, Vec<Value>) {
    let listed = bus.run(["ls"]).ok();
    let servers = clients.iter().map(|client| {
        let server = client.server("fixture");
        json!([server["prefix"], server["url"]])
    });
    (listed, servers.collect())
}

#[track_caller]
fn until_listed(bus: &Bus, expected: &str) {
    eventually("the commands are back", || {
        (bus.run(["ls"]).ok() == expected).then_some(())
    });
}

fn machine(bus: &Bus, id: &str) -> Attached {
    Attached::new(bus, id, json!({"fixture": child()}))
}

#[test]
fn two_machines_with_a_server_of_one_name_keep_their_names_whoever_comes_back_first() {
    let bus = open("");
    let (first, second) = (machine(&bus, "first"), machine(&bus, "second"));
    eventually("both are listed", || {
        let tools = |client: usize| {
            let status = bus.run(["status", "--json"]).json();
            status["gateway"]["attached"][client]["servers"][0]["tools"].as_u64()
        };
        (tools(0) > Some(0) && tools(1) > Some(0)).then_some(())
    });
    let before = names(&bus, &[&first, &second]);
    assert_ne!(before.1[0], before.1[1]);
    assert!(before.0.contains("fixture.echo "), "{}", before.0);
    let who = |command: &str| bus.run(["call", command, "{}"]).json()["pid"].clone();
    let prefix = second.server("fixture")["prefix"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(who("fixture.whoami"), who(&format!("{prefix}.whoami")));

    for client in [&first, &second] {
        client.client.signal(Signal::TERM);
    }
    first.client.end().ok();
    second.client.end().ok();
    bus.run(["stop"]).ok();
    // The other way round, over a restart.
    let second = machine(&bus, "second");
    let first = machine(&bus, "first");
    until_listed(&bus, &before.0);
    assert_eq!(names(&bus, &[&first, &second]), before);
}

#[test]
fn a_restarted_daemon_has_its_tools_back_under_the_same_names_without_anybodys_help() {
    let bus = open("");
    let attached = machine(&bus, "mine");
    let aggregated = format!("{}/mcp", gateway(&bus));
    let tools = |url: &str| Agent::modern(url).tools();
    // Counted once the whole list is on the bus.
    eventually("its tools are there", || {
        let status = bus.run(["status", "--json"]).json();
        let count = &status["gateway"]["attached"][0]["servers"][0]["tools"];
        (count.as_u64() > Some(0)).then_some(())
    });
    let expected = tools(&aggregated);
    let before = names(&bus, &[&attached]);
    for (round, kill) in [false, true].into_iter().enumerate() {
        let session = Agent::legacy(attached.url("fixture"));
        if kill {
            signal(bus.pid(), Signal::KILL);
        } else {
            bus.run(["stop"]).ok();
        }
        bus.start();
        until_listed(&bus, &before.0);
        assert_eq!(attached.events("attach").len(), round + 2);
        assert_eq!(names(&bus, &[&attached]), before);
        assert_eq!(tools(&aggregated), expected);
        // Sessions were in memory; a new one is had at the same address.
        let gone = session.call("echo", json!({}));
        assert_eq!(gone["error"]["data"]["reason"], "session", "{gone}");
        let again = Agent::legacy(attached.url("fixture"));
        assert_eq!(again.value("echo", json!({"a": 1})), json!({"a": 1}));
    }
}

/// What the daemon keeps for those who have attached.
fn kept(bus: &Bus) -> Value {
    let status = bus.run(["status", "--json"]).json();
    let gateway = &status["gateway"];
    json!([
        gateway["attached"],
        gateway["sessions"],
        gateway["pending"],
        gateway["sockets"]["sockets"],
        gateway["sockets"]["attach_ids"],
        gateway["sockets"]["pending"],
        status["commands"],
        status["connections"],
    ])
}

/// Returns the sockets that a process has open, each as it is named. Its databases open files as they need them.
fn open_sockets(pid: i32) -> Vec<PathBuf> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    // One that is closed at this moment has no name.
    let mut named: Vec<_> = files
        .filter_map(|file| fs::read_link(file.path()).ok())
        .collect();
    named.retain(|name| name.to_string_lossy().starts_with("socket:"));
    named.sort();
    named
}

#[test]
fn clients_that_come_and_go_leave_nothing_behind() {
    const AT_ONCE: usize = 5;
    const EACH: usize = 8;
    let server = Fixture::http();
    let bus = open("");
    let pid = bus.start();
    let open = || open_sockets(pid);
    let once = |id: &str| {
        let attached = Attached::new(&bus, id, json!({"fixture": {"url": server.url()}}));
        let agent = Agent::legacy(attached.url("fixture"));
        assert_eq!(agent.value("echo", json!({"a": 1})), json!({"a": 1}));
        attached.client.signal(Signal::TERM);
        attached.client.end().ok();
    };
    once("0");
    let nothing = eventually("it has gone", || {
        let kept = kept(&bus);
        (kept[0] == json!([])).then_some(kept)
    });
    let before = open();
    thread::scope(|scope| {
        for lane in 0..AT_ONCE {
            let once = &once;
            scope.spawn(move || {
                for _ in 0..EACH {
                    once(&lane.to_string());
                }
            });
        }
    });
    eventually("all have gone", || (kept(&bus) == nothing).then_some(()));
    eventually(&format!("no more than {before:?} are open"), || {
        (open().len() <= before.len()).then_some(())
    });
}
