//! `cmdbus mcp`: what an agent program has of it that starts it as an MCP server on stdio.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::peers::{Transcript, end, package};
use crate::processes::bus::{Bus, Running, program, signal, workspace};
use crate::support::{eventually, installed, node, npm};

/// What runs for as long as `slow.work` does.
const WORK: &str = "sleep 86341";

/// An agent on stdio.
struct Agent {
    running: Running,
    asked: u64,
}

impl Agent {
    fn start(bus: &Bus) -> Self {
        Self {
            running: bus.spawn_piped(["mcp"]),
            asked: 0,
        }
    }

    /// Starts one that has been initialised.
    fn legacy(bus: &Bus) -> Self {
        let mut agent = Self::start(bus);
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "an agent", "version": "1"},
        });
        let answer = agent.ask("initialize", params);
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
        agent.tell("notifications/initialized", json!({}));
        agent
    }

    /// Sends a request, and returns its id.
    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        let message =
            json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params});
        self.running.tell(&message.to_string());
        self.asked
    }

    fn tell(&mut self, method: &str, params: Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.running.tell(&message.to_string());
    }

    /// Sends a request and waits for its answer.
    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    #[track_caller]
    fn answer(&self, id: u64) -> Value {
        let what = format!("an answer to {id}: {:?}", self.running);
        eventually(&what, || {
            let said = self.said().into_iter();
            said.into_iter()
                .find(|said| said["id"] == id && said.get("method").is_none())
        })
    }

    /// Calls the tool that is quick.
    #[track_caller]
    fn upper(&mut self, text: &str) -> Value {
        let params = json!({"name": "text_upper", "arguments": {"value": text}});
        self.ask("tools/call", params)
    }

    /// Calls the tool that is slow, and waits until it runs.
    #[track_caller]
    fn slow(&mut self, bus: &Bus, token: &str) -> u64 {
        let params = json!({
            "name": "slow_work", "arguments": {}, "_meta": {"progressToken": token},
        });
        let id = self.send("tools/call", params);
        eventually("it works", || {
            let reported = self.notifications("notifications/progress");
            reported
                .iter()
                .any(|said| said["params"]["progressToken"] == token)
                .then_some(())
        });
        assert_eq!(bus.programs(WORK).len(), 1);
        id
    }

    /// Returns all that has been said so far. Every line is a message.
    #[track_caller]
    fn said(&self) -> Vec<Value> {
        let lines = self.running.lines();
        let parsed = lines.iter().map(|line| serde_json::from_str(line).unwrap());
        parsed.collect()
    }

    fn notifications(&self, method: &str) -> Vec<Value> {
        let mut said = self.said();
        said.retain(|said| said["method"] == method);
        said
    }

    /// Returns the names of the tools.
    #[track_caller]
    fn tools(&mut self, params: Value) -> Vec<String> {
        let listed = self.ask("tools/list", params);
        let tools = listed["result"]["tools"].as_array().unwrap();
        let names = tools.iter().map(|tool| tool["name"].as_str().unwrap());
        names.map(str::to_owned).collect()
    }
}

/// A bus with the two commands of these tests.
struct Offered {
    bus: Bus,
    _providers: [Running; 2],
}

fn offered() -> Offered {
    offered_on(Bus::new())
}

fn offered_on(bus: Bus) -> Offered {
    let upper = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let script = format!("echo '@progress 0.5 half' >&2; exec {WORK}");
    let slow = bus.provide_script(&["slow.work"], &script);
    Offered {
        bus,
        _providers: [upper, slow],
    }
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "an agent", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

const HELLO: &str = r#"{"VALUE":"HELLO"}"#;

#[test]
fn an_agent_lists_and_calls_what_a_program_provides_in_both_eras() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    assert_eq!(agent.tools(json!({})), ["slow_work", "text_upper"]);
    let answer = agent.upper("hello");
    assert_eq!(answer["result"]["content"][0]["text"], HELLO);

    let mut modern = Agent::start(&offered.bus);
    let found = modern.ask("server/discover", json!({"_meta": meta()}));
    assert_eq!(found["result"]["supportedVersions"][0], "2026-07-28");
    assert_eq!(modern.tools(json!({"_meta": meta()})).len(), 2);
    let params = json!({"name": "text_upper", "arguments": {"value": "hello"}, "_meta": meta()});
    let answer = modern.ask("tools/call", params);
    assert_eq!(answer["result"]["content"][0]["text"], HELLO);
    assert_eq!(answer["result"]["resultType"], "complete");
}

#[test]
fn what_is_written_without_waiting_for_the_handshake_is_answered() {
    let offered = offered();
    let lines = concat!(
        r#"{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"sh","version":"1"}}}"#,
        "\n",
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        "\n",
        r#"{"jsonrpc":"2.0","id":1.50,"method":"tools/call","params":{"name":"text_upper","arguments":{"value":"hello"}}}"#,
    );
    let said = offered.bus.run_with(["mcp"], lines).ok();
    // The id in the very form it had.
    let answer = said.lines().find(|line| line.contains(r#""id":1.50"#));
    assert!(answer.unwrap().contains("HELLO"), "{said}");
}

#[test]
fn progress_and_a_cancellation_reach_the_program_three_hops_away() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    let id = agent.slow(&offered.bus, "mine");
    let reported = agent.notifications("notifications/progress");
    assert_eq!(reported[0]["params"]["progress"], 0.5);
    assert_eq!(reported[0]["params"]["message"], "half");
    agent.tell("notifications/cancelled", json!({"requestId": id}));
    eventually("the program ends", || {
        offered.bus.programs(WORK).is_empty().then_some(())
    });
    agent.upper("hello");
    assert!(agent.said().iter().all(|said| said["id"] != id));
}

#[test]
fn requests_at_once_do_not_wait_for_each_other() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    agent.slow(&offered.bus, "slow");
    let two = ["a", "b"].map(|text| {
        let params = json!({"name": "text_upper", "arguments": {"value": text}});
        agent.send("tools/call", params)
    });
    for (id, text) in two.into_iter().zip(["A", "B"]) {
        let answer = agent.answer(id);
        assert_eq!(answer["result"]["structuredContent"]["VALUE"], text);
    }
}

#[test]
fn what_is_no_message_is_answered_and_harms_nothing() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    for line in ["garbage", "", r#"[{"jsonrpc":"2.0"}]"#, "\u{1}"] {
        agent.running.tell(line);
    }
    let codes = || -> Vec<i64> {
        let said = agent.said().into_iter();
        said.filter(|said| said["id"].is_null() && said.get("error").is_some())
            .map(|said| said["error"]["code"].as_i64().unwrap())
            .collect()
    };
    eventually("they are answered", || {
        (codes() == [-32700, -32600, -32700]).then_some(())
    });
    let answer = agent.upper("hello");
    assert_eq!(answer["result"]["content"][0]["text"], HELLO);
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_next_one_read() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    agent.running.tell(&"x".repeat((16 << 20) + 1));
    eventually("it is refused", || {
        let said = agent.said().into_iter();
        said.into_iter()
            .find(|said| said["error"]["code"] == -33006)
    });
    let answer = agent.upper("hello");
    assert_eq!(answer["result"]["content"][0]["text"], HELLO);
}

#[test]
fn the_end_of_stdin_ends_it_after_the_answers() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    let params = json!({"name": "text_upper", "arguments": {"value": "hello"}});
    agent.send("tools/call", params);
    agent.running.end_stdin();
    let said = agent.running.end().ok();
    assert!(said.contains("HELLO"), "{said}");
    // Its session went with it.
    eventually("the session ends", || {
        let status = offered.bus.run(["status", "--json"]).json();
        (status["gateway"]["sessions"] == 0).then_some(())
    });
}

#[test]
fn an_agent_that_goes_without_a_word_takes_its_calls_along() {
    let offered = offered();
    let mut agent = Agent::legacy(&offered.bus);
    agent.slow(&offered.bus, "mine");
    agent.running.signal(Signal::TERM);
    agent.running.end().failed(143, &[]);
    eventually("the program ends", || {
        offered.bus.programs(WORK).is_empty().then_some(())
    });
}

#[test]
fn a_restart_of_the_daemon_costs_an_agent_what_was_in_progress_and_nothing_else() {
    let offered = offered();
    let bus = &offered.bus;
    let mut agent = Agent::legacy(bus);
    let mut modern = Agent::start(bus);
    let wants = json!({"notifications": {"toolsListChanged": true}, "_meta": meta()});
    let listening = modern.send("subscriptions/listen", wants);
    eventually("it listens", || {
        let told = modern.notifications("notifications/subscriptions/acknowledged");
        told.into_iter().next()
    });
    let names = agent.tools(json!({}));
    let in_progress = agent.slow(bus, "mine");
    let before = agent
        .notifications("notifications/tools/list_changed")
        .len();

    signal(bus.pid(), Signal::KILL);
    assert_eq!(agent.answer(in_progress)["error"]["code"], -33002);
    // Waits for the bus, which nobody but the test starts again.
    let meanwhile = agent.send("tools/list", json!({}));
    bus.start();

    assert!(agent.answer(meanwhile)["result"]["tools"].is_array());
    eventually("it is told to list anew", || {
        let told = agent.notifications("notifications/tools/list_changed");
        (told.len() > before).then_some(())
    });
    eventually("the tools are back", || {
        (agent.tools(json!({})) == names).then_some(())
    });
    let answer = agent.upper("hello");
    assert_eq!(answer["result"]["content"][0]["text"], HELLO);

    eventually("the one that listens is told too", || {
        let told = modern.notifications("notifications/tools/list_changed");
        let id = "io.modelcontextprotocol/subscriptionId";
        told.into_iter()
            .find(|told| told["params"]["_meta"][id] == listening)
    });
    let params = json!({"name": "text_upper", "arguments": {"value": "hello"}, "_meta": meta()});
    let answer = modern.ask("tools/call", params);
    assert_eq!(answer["result"]["content"][0]["text"], HELLO);
    assert!(modern.said().iter().all(|said| said["id"] != listening));
}

#[test]
fn without_a_gateway_it_says_so() {
    let bus = Bus::new().configured("[gateway]\nenabled = false\n");
    bus.run(["mcp"]).failed(3, &["switched off", "`[gateway]`"]);
    bus.run(["mcp", "--no-start", "--profile", "other"])
        .failed(3, &["no bus"]);
}

#[test]
fn the_gateway_of_a_broker_opens_when_an_agent_comes() {
    let bus = Bus::new();
    let shown = bus.run(["token", "show", "--json"]).json();
    let discovery = shown["discovery"].as_str().unwrap().to_owned();
    let bus = bus.var("CMDBUS_DISCOVERY_FILE", &discovery);
    let broker = bus.spawn(["broker"]);
    broker.says("is running");
    let gateway = || bus.run(["status", "--json"]).json()["gateway"].clone();
    assert_eq!(gateway(), Value::Null);
    let mut agent = Agent::legacy(&bus);
    assert_eq!(agent.tools(json!({})), Vec::<String>::new());
    assert!(gateway()["url"].is_string());
}

#[test]
fn the_gateway_of_a_broker_that_is_no_profiles_opens_too() {
    let bus = Bus::new();
    let file = bus.folder().join("broker/broker.json");
    let file = file.to_str().unwrap();
    let broker = bus.spawn(["broker", "--discovery", file]);
    broker.says("is running");
    let mut agent = Agent {
        running: bus.spawn_piped(["mcp", "--discovery", file]),
        asked: 0,
    };
    let params = json!({
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "an agent", "version": "1"},
    });
    let answer = agent.ask("initialize", params);
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
}

/// Runs an official SDK in front of `cmdbus mcp`.
#[track_caller]
fn sdk(
    bus: &Bus,
    mode: &str,
    runtime: PathBuf,
    script: PathBuf,
    by: &str,
    needs: PathBuf,
) -> Option<Transcript> {
    if !installed(&[runtime.clone(), needs], by) {
        return None;
    }
    let mut command: Command = bus.command(runtime);
    command
        .arg(script)
        .arg(mode)
        .arg(program())
        .arg("mcp")
        .stdin(Stdio::null());
    let said = end(&mut command).ok();
    Some(Transcript::read(&said))
}

fn typescript(mode: &str, package_name: &str, era: Value) {
    let offered = offered();
    let by = "npm ci --prefix e2e/npm";
    let script = npm().join("mcp-relay.mjs");
    let Some(seen) = sdk(
        &offered.bus,
        mode,
        node(),
        script,
        by,
        package(package_name),
    ) else {
        return;
    };
    assert_eq!(seen.failed(), Vec::<&str>::new(), "{seen:?}");
    assert_eq!(*seen.result("connect"), era);
    saw_the_tools(&seen);
    assert_eq!(
        *seen.result("progress and abort"),
        json!({"seen": [[0.5, "half"]], "ended": "aborted"})
    );
    eventually("the program ends", || {
        offered.bus.programs(WORK).is_empty().then_some(())
    });
}

fn saw_the_tools(seen: &Transcript) {
    assert_eq!(*seen.result("list"), json!(["slow_work", "text_upper"]));
    assert_eq!(*seen.result("call"), HELLO);
    assert_eq!(
        *seen.result("two at once"),
        json!([r#"{"VALUE":"A"}"#, r#"{"VALUE":"B"}"#])
    );
}

#[test]
fn the_typescript_sdk_of_the_legacy_era_uses_it() {
    typescript("sdk1", "sdk", Value::Null);
}

#[test]
fn the_typescript_sdk_of_both_eras_uses_it() {
    typescript("auto", "client", json!("modern"));
    typescript("legacy", "client", json!("legacy"));
}

fn python(mode: &str, environment: &str, era: &str) {
    let offered = offered();
    let folder = workspace().join("e2e/python");
    let interpreter = folder.join(environment).join("bin/python");
    let (script, by) = (folder.join("relay.py"), "e2e/python/setup");
    let needs = interpreter.clone();
    let Some(seen) = sdk(&offered.bus, mode, interpreter, script, by, needs) else {
        return;
    };
    assert_eq!(seen.failed(), Vec::<&str>::new(), "{seen:?}");
    assert_eq!(*seen.result("connect"), era);
    saw_the_tools(&seen);
    assert_eq!(*seen.result("progress"), json!([[0.5, "half"]]));
}

#[test]
fn the_python_sdk_of_the_legacy_era_uses_it() {
    python("sdk1", ".venv-1", "legacy");
}

#[test]
fn the_python_sdk_of_both_eras_uses_it() {
    python("auto", ".venv", "modern");
    python("legacy", ".venv", "legacy");
}
