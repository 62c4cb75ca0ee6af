//! `cmdbus attach`: local MCP servers on the bus and behind the gateway.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, test_kill_process};
use serde_json::{Value, json};

use super::by_hand::Agent;
use super::peers::{Fixture, fixture};
use crate::processes::bus::{Bus, Ended, Running, program, signal};
use crate::support::eventually;

/// An attaching client, and the bus it belongs to.
struct Attached {
    bus: Bus,
    client: Running,
}

impl Attached {
    /// Attaches the fixture as a child, and waits until it is there.
    fn stdio() -> Self {
        let bus = Bus::new();
        let client = attach_fixture(&bus, &[]);
        Self { bus, client }
    }

    /// Attaches the servers of a file, and waits until they are there.
    fn file(servers: &Value) -> Self {
        let bus = Bus::new();
        let file = write(&bus, "servers.json", servers);
        let client = bus.spawn([OsStr::new("attach"), "--config".as_ref(), file.as_os_str()]);
        commands(&bus, &client, "fixture");
        Self { bus, client }
    }

    /// Waits for the line about a server: its name, state, prefix and address.
    #[track_caller]
    fn row(&self, server: &str) -> [String; 4] {
        row(&self.client, server)
    }

    /// Calls a command, and returns its value.
    #[track_caller]
    fn call(&self, command: &str, request: &Value) -> Value {
        self.try_call(command, request).json()
    }

    #[track_caller]
    fn try_call(&self, command: &str, request: &Value) -> Ended {
        self.bus.run(["call", command, &request.to_string()])
    }

    /// Returns the process that answers the calls of the bus.
    #[track_caller]
    fn child(&self) -> i32 {
        let told = self.call("fixture.whoami", &json!({}));
        i32::try_from(told["pid"].as_i64().unwrap()).unwrap()
    }

    /// Returns what `status` says about a server.
    #[track_caller]
    fn status(&self, server: &str) -> Value {
        let status = self.bus.run(["status", "--json"]).json();
        let servers = status["gateway"]["attached"][0]["servers"].clone();
        let found = servers.as_array().and_then(|servers| {
            servers
                .iter()
                .find(|found| found["name"] == server)
                .cloned()
        });
        found.unwrap_or_else(|| panic!("`{server}` is not in {status}"))
    }

    fn agent(&self, server: &str) -> Agent {
        let [.., url] = self.row(server);
        Agent::new(url, self.bus.run(["token", "show"]).ok().trim())
    }
}

/// Attaches the fixture as a child, with options of `attach`.
#[track_caller]
fn attach_fixture(bus: &Bus, options: &[&str]) -> Running {
    let mut command = bus.command(program());
    command
        .arg("attach")
        .args(options)
        .args(["--server", "fixture", "--"])
        .arg(fixture())
        .arg("stdio");
    let client = Running::start(&mut command);
    if !options.contains(&"--json") {
        commands(bus, &client, "fixture");
    }
    client
}

#[track_caller]
fn row(client: &Running, server: &str) -> [String; 4] {
    eventually(&format!("a line about `{server}`"), || {
        let lines = client.lines();
        let words = lines.iter().map(|line| line.split_whitespace());
        let mut rows = words.map(|words| words.map(str::to_owned).collect::<Vec<_>>());
        let row = rows.find(|row| row.first().is_some_and(|name| name == server))?;
        row.try_into().ok()
    })
}

/// As [`row`], for one whose tools are to become commands: the gateway still has to list them, and this one is the last of them.
#[track_caller]
fn commands(bus: &Bus, client: &Running, server: &str) {
    let command = format!("{}.whoami", row(client, server)[2]);
    eventually("its tools are commands", || {
        (bus.run(["describe", &command]).code == Some(0)).then_some(())
    });
}

fn write(bus: &Bus, name: &str, servers: &Value) -> PathBuf {
    let file = bus.folder().join(name);
    let text = json!({"mcpServers": servers}).to_string();
    fs::write(&file, text).unwrap();
    file
}

fn exists(pid: i32) -> bool {
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
}

#[test]
fn the_tools_of_a_child_are_commands_and_it_has_an_address() {
    let attached = Attached::stdio();
    let [_, state, prefix, url] = attached.row("fixture");
    assert_eq!((state.as_str(), prefix.as_str()), ("ready", "fixture"));
    assert!(url.ends_with("/mcp/fixture"), "{url}");
    let listed = attached.bus.run(["ls", "fixture.*"]).ok();
    assert!(listed.contains("fixture.echo "), "{listed}");
    let echoed = attached.call("fixture.echo", &json!({"a": [1, "b"]}));
    assert_eq!(echoed, json!({"a": [1, "b"]}));

    let mut agent = attached.agent("fixture");
    let answer = agent.initialize();
    assert_eq!(answer.body["result"]["serverInfo"]["name"], "mcp-fixture");
    let echoed = agent.call("echo", json!({"x": 1}));
    assert_eq!(echoed["result"]["structuredContent"], json!({"x": 1}));

    agent.token = "cbt_wrong".to_owned();
    assert_eq!(agent.initialize().status, 401);
}

#[test]
fn a_server_that_cannot_start_is_named_with_its_reason_and_holds_up_no_other() {
    let server = Fixture::http();
    let attached = Attached::file(&json!({
        "fixture": {"url": server.url(), "prefix": "web"},
        "dead": {"command": "/no/such/program"},
        "off": {"command": "${NOT_SET}", "disabled": true},
    }));
    assert_eq!(attached.row("fixture")[1..3], ["ready", "web"]);
    assert_eq!(attached.row("dead")[1], "failed");
    attached
        .client
        .says("dead: failed: `/no/such/program` cannot be started");
    let told = attached.call("web.whoami", &json!({}));
    assert_eq!(told["transport"], "http");

    assert_eq!(attached.status("fixture")["state"], "ready");
    let dead = attached.status("dead");
    assert_eq!(
        (&dead["state"], &dead["tools"]),
        (&json!("failed"), &json!(0))
    );
    assert!(
        dead["detail"].as_str().unwrap().contains("No such file"),
        "{dead}"
    );
    assert!(!attached.bus.run(["ls"]).ok().contains("dead."));
}

#[test]
fn tools_that_are_denied_are_neither_seen_nor_called() {
    let attached = Attached::file(&json!({
        "fixture": {"command": fixture(), "args": ["stdio"], "deny_tools": ["crash", "test_*"]},
    }));
    let listed = attached.bus.run(["ls"]).ok();
    assert!(listed.contains("fixture.echo "), "{listed}");
    for denied in ["fixture.crash", "fixture.test_"] {
        assert!(!listed.contains(denied), "{listed}");
    }
    let refused = attached.try_call("fixture.crash", &json!({}));
    refused.failed(5, &["nobody provides `fixture.crash`"]);

    let mut agent = attached.agent("fixture");
    agent.initialize();
    let tools = agent.ask("tools/list", json!({}));
    assert!(!tools.to_string().contains("\"crash\""), "{tools}");
    let refused = agent.call("crash", json!({}));
    assert_eq!(refused["error"]["code"], -33012, "{refused}");
    assert_eq!(
        agent.call("echo", json!({}))["result"]["isError"],
        Value::Null
    );
}

#[test]
fn a_session_sets_only_arguments_that_are_allowed() {
    let attached = Attached::file(&json!({
        "fixture": {"command": fixture(), "args": ["stdio"], "args_allowed": {"tools": "[0-9]"}},
    }));
    let mut agent = attached.agent("fixture");
    agent.arguments = Some(r#"{"tools":"3"}"#.to_owned());
    agent.initialize();
    let told = agent.call("whoami", json!({}));
    let told = &told["result"]["structuredContent"];
    assert_eq!(told["arguments"], json!(["stdio", "--tools=3"]), "{told}");

    for refused in [r#"{"tools":"33"}"#, r#"{"era":"legacy"}"#] {
        let mut agent = attached.agent("fixture");
        agent.arguments = Some(refused.to_owned());
        let answer = agent.initialize();
        assert_eq!(answer.body["error"]["code"], -32602, "{answer:?}");
    }
}

#[test]
fn servers_that_were_found_and_not_named_need_consent_once() {
    let bus = Bus::new();
    let server = json!({"command": fixture(), "args": ["stdio"], "env": {"KEY": "s3cret"}});
    write(&bus, ".mcp.json", &json!({"fixture": server}));
    let attach = |options: &[&str]| {
        let mut command = bus.command(program());
        command
            .arg("attach")
            .args(options)
            .current_dir(bus.folder());
        Running::start(&mut command)
    };
    let line = format!("fixture: {} stdio (sets KEY)", fixture().display());
    let refused = attach(&[]).end();
    refused.failed(2, &["nobody has approved", &line, "--yes"]);
    assert!(bus.daemons().is_empty());

    for options in [&["--yes"][..], &[]] {
        let client = attach(options);
        commands(&bus, &client, "fixture");
        let key = bus.run(["call", "fixture.environment", r#"{"name":"KEY"}"#]);
        assert_eq!(key.json(), "s3cret");
        client.signal(Signal::TERM);
        client.end().ok();
    }
    let kept = bus.state().join("approved.json");
    assert_eq!(
        fs::metadata(&kept).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!fs::read_to_string(&kept).unwrap().contains("s3cret"));

    // With another environment it is another program.
    let server = json!({"command": fixture(), "args": ["stdio"], "env": {"KEY": "other"}});
    write(&bus, ".mcp.json", &json!({"fixture": server}));
    attach(&[]).end().failed(2, &["nobody has approved"]);
}

#[test]
fn a_second_client_of_the_same_user_takes_the_id_over_and_the_first_says_so() {
    let bus = Bus::new();
    let first = attach_fixture(&bus, &["--id", "mine"]);
    let second = attach_fixture(&bus, &["--id", "mine"]);
    second.says("took `mine` over");
    let words = ["another client has attached as `mine`", "--id"];
    first.end().failed(1, &words);
    assert_eq!(bus.run(["call", "fixture.echo", "{}"]).json(), json!({}));
    second.signal(Signal::TERM);
    second.end().ok();
}

#[test]
fn a_child_that_is_killed_is_started_again_and_its_commands_answer() {
    let attached = Attached::stdio();
    let first = attached.child();
    signal(first, Signal::KILL);
    attached.client.says("fixture: ");
    let again = eventually("it answers again", || {
        let told = attached.try_call("fixture.whoami", &json!({}));
        let told: Value = serde_json::from_str(&told.stdout).ok()?;
        told["pid"].as_i64()
    });
    assert_ne!(again, i64::from(first));
    assert!(exists(i32::try_from(again).unwrap()));
}

#[test]
fn a_signal_ends_it_in_order_and_leaves_no_child_behind() {
    for which in [Signal::TERM, Signal::INT] {
        let attached = Attached::stdio();
        let child = attached.child();
        attached.client.signal(which);
        let ended = attached.client.end();
        assert!(!exists(child));
        assert_eq!(ended.stderr, "");
        ended.ok();
        // At once: what has said goodbye is not waited for, as one that was lost is for longer than this test waits.
        eventually("its commands go", || {
            let listed = attached.bus.run(["ls", "fixture.*"]).ok();
            (!listed.contains("fixture.")).then_some(())
        });
    }
}

#[test]
fn a_second_signal_ends_it_at_once_whatever_its_child_does() {
    let attached = Attached::stdio();
    let child = attached.child();
    let hangs = attached
        .bus
        .spawn(["call", "fixture.hang", r#"{"whole":true}"#]);
    // Nothing tells that the call is on its way but that the child answers no more.
    eventually("the child hangs", || {
        let asked = attached
            .bus
            .run(["call", "--timeout", "200ms", "fixture.echo", "{}"]);
        (asked.code == Some(4)).then_some(())
    });
    attached.client.signal(Signal::TERM);
    attached.bus.run(["status"]).ok();
    attached.client.signal(Signal::INT);
    let ended = attached.client.end();
    assert_eq!(ended.code, Some(130), "{ended:?}");
    eventually("the child is killed", || (!exists(child)).then_some(()));
    drop(hangs);
}

#[test]
fn everything_that_happens_is_a_line_of_json_for_programs() {
    let bus = Bus::new();
    let client = attach_fixture(&bus, &["--json", "--id", "a/b"]);
    let events = |client: &Running, event: &str| -> Vec<Value> {
        let lines = client.lines();
        let parsed = lines.iter().map(|line| serde_json::from_str(line).unwrap());
        parsed
            .filter(|said: &Value| said["event"] == event)
            .collect()
    };
    let attach = eventually("it attaches", || events(&client, "attach").pop());
    assert_eq!(
        (&attach["attach_id"], &attach["took_over"]),
        (&json!("a/b"), &json!(false))
    );
    let server = &attach["servers"][0];
    assert_eq!(
        (&server["server"], &server["prefix"]),
        (&json!("fixture"), &json!("fixture"))
    );
    assert!(
        server["url"]
            .as_str()
            .unwrap()
            .ends_with("/a/a%2Fb/mcp/fixture"),
        "{attach}"
    );
    eventually("it is ready", || {
        let states = events(&client, "status");
        let ready =
            json!({"event": "status", "server": "fixture", "state": "ready", "detail": null});
        states.contains(&ready).then_some(())
    });

    // The bus goes away and comes back: so does everything that was attached.
    bus.run(["stop"]).ok();
    let reconnect = |state: &str| {
        eventually(state, || {
            let events = events(&client, "reconnect").into_iter();
            events.into_iter().find(|event| event["state"] == state)
        })
    };
    let waiting = reconnect("waiting");
    assert!(
        waiting["retry_in_ms"].is_u64() && waiting["reason"].is_string(),
        "{waiting}"
    );
    bus.start();
    assert_eq!(reconnect("connected")["resumed"], false);
    let again = eventually("it attaches again", || {
        events(&client, "attach").into_iter().nth(1)
    });
    assert_eq!(again["servers"][0]["url"], server["url"]);
    eventually("its commands are back", || {
        (bus.run(["call", "fixture.echo", "{}"]).code == Some(0)).then_some(())
    });
    client.signal(Signal::TERM);
    client.end().ok();
}

#[test]
fn it_ends_when_nobody_reads_what_it_says() {
    let bus = Bus::new();
    let mut command = bus.command("sh");
    command.arg("-c").arg(format!(
        "{} attach --json --server fixture -- {} stdio | head -n 1",
        program().display(),
        fixture().display()
    ));
    let said = Running::start(&mut command).end().ok();
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn a_token_may_attach_only_as_what_it_was_made_for() {
    let bus = Bus::new();
    bus.start();
    let made = [
        "token",
        "create",
        "--name",
        "laptop",
        "--may",
        "attach:laptop-*",
    ];
    let token = bus.run(made).ok();
    let file = bus.folder().join("token");
    fs::write(&file, &token).unwrap();
    let status = bus.run(["status", "--json"]).json();
    let url = status["gateway"]["url"].as_str().unwrap();
    let attach = |id: &str, token: &[&OsStr], var: Option<&str>| {
        let mut command = bus.command(program());
        command.args(["attach", url, "--id", id]).args(token);
        command
            .args(["--server", "fixture", "--"])
            .arg(fixture())
            .arg("stdio");
        command.envs(var.map(|token| ("CMDBUS_TOKEN", token)));
        Running::start(&mut command)
    };
    let of_file = [OsStr::new("--token-file"), file.as_os_str()];

    let client = attach("laptop-1", &of_file, None);
    let [.., address] = row(&client, "fixture");
    assert!(address.starts_with(url), "{address}");
    client.signal(Signal::TERM);
    client.end().ok();

    let client = attach("laptop-2", &[], Some(token.trim()));
    row(&client, "fixture");
    bus.run(["token", "revoke", "laptop"]).ok();
    client
        .end()
        .failed(1, &["does not take the token", "cmdbus token create"]);

    attach("laptop-1", &[], None)
        .end()
        .failed(1, &["asks for a token", "CMDBUS_TOKEN"]);
    let made = [
        "token",
        "create",
        "--name",
        "other",
        "--may",
        "attach:other",
    ];
    let other = bus.run(made).ok();
    let refused = attach("laptop-1", &[], Some(other.trim())).end();
    refused.failed(1, &["may not attach as `laptop-1`", "--may attach:ID"]);
}

#[test]
fn what_cannot_be_attached_is_said_before_anything_is_started() {
    let bus = Bus::new();
    let mut command = bus.command(program());
    command.arg("attach").current_dir(bus.folder());
    let places = [
        "./.mcp.json",
        "home/mcp.json",
        "--config FILE",
        "--server NAME",
    ];
    Running::start(&mut command).end().failed(2, &places);

    let file = write(&bus, "servers.json", &json!({"a": {"url": "${NOT_SET}"}}));
    let attach = [OsStr::new("attach"), "--config".as_ref(), file.as_os_str()];
    let words = [
        "servers.json`, server `a`, key `url`",
        "`NOT_SET` is not set",
    ];
    bus.run(attach).failed(2, &words);
    let secret = [
        "attach",
        "http://me:s3cret@127.0.0.1:1",
        "--server",
        "a",
        "--",
        "cat",
    ];
    let ended = bus.run(secret).failed(2, &["is no address of a gateway"]);
    assert!(!ended.stderr.contains("s3cret"));
    assert!(bus.daemons().is_empty());
}
