//! A process with BrokerClients in it (`e2e/npm/client.mjs`), told what to do.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::processes::bus::signal;
use crate::support::{PATIENCE, eventually};

/// The process. It does not outlive the test.
pub(crate) struct Client {
    child: Child,
    stdin: Mutex<ChildStdin>,
    told: Arc<Mutex<Told>>,
    commands: AtomicU64,
}

/// What the process has printed.
#[derive(Default)]
struct Told {
    /// By command: its result, or its error.
    answers: HashMap<u64, Result<Value, Value>>,
    events: Vec<Value>,
    ended: bool,
}

/// A message as the application sees it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) from: String,
    pub(crate) content: String,
    pub(crate) content_type: String,
    #[serde(default)]
    pub(crate) metadata: Value,
    pub(crate) source_message_id: String,
    pub(crate) runtime_assignment: Option<Value>,
}

/// A command under way.
#[must_use]
pub(crate) struct Pending<'a> {
    client: &'a Client,
    id: u64,
    what: String,
}

impl Client {
    /// Starts the process, with no client in it yet.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdin = Mutex::new(child.stdin.take().unwrap());
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let told: Arc<Mutex<Told>> = Arc::default();
        let into = told.clone();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                into.lock()
                    .unwrap()
                    .add(serde_json::from_str(&line).unwrap());
            }
            into.lock().unwrap().ended = true;
        });
        Self {
            child,
            stdin,
            told,
            commands: AtomicU64::default(),
        }
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    pub(crate) fn signal(&self, which: Signal) {
        signal(self.pid(), which);
    }

    /// Gives a command, with its members, and does not wait.
    #[track_caller]
    pub(crate) fn begin(&self, name: &str, members: Value) -> Pending<'_> {
        let id = self.commands.fetch_add(1, Ordering::Relaxed);
        let mut command = members;
        command["id"] = json!(id);
        command["do"] = json!(name);
        let line = format!("{command}\n");
        self.stdin
            .lock()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
        let what = format!("`{name}` is answered");
        Pending {
            client: self,
            id,
            what,
        }
    }

    /// Gives a command and waits for what comes of it.
    #[track_caller]
    pub(crate) fn ask(&self, name: &str, members: Value) -> Result<Value, Value> {
        self.begin(name, members).end()
    }

    /// Calls a method of the client `main`.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, args: Value) -> Result<Value, Value> {
        self.ask(method, json!({"args": args}))
    }

    /// Calls a method with one argument, which must succeed.
    #[track_caller]
    pub(crate) fn does(&self, method: &str, arg: Value) -> Value {
        self.call(method, json!([arg])).unwrap()
    }

    /// Registers an endpoint and returns its id.
    #[track_caller]
    pub(crate) fn register(&self, args: Value) -> String {
        let answer = self.does("registerEndpoint", args);
        answer["endpoint_id"].as_str().unwrap().to_owned()
    }

    /// Registers an endpoint that declares nothing, and returns its id.
    #[track_caller]
    pub(crate) fn mailbox(&self, agent: &str) -> String {
        self.register(json!({"agentId": agent, "kind": "demo"}))
    }

    /// Sends a text from an endpoint to an address, and returns the message id.
    #[track_caller]
    pub(crate) fn send(&self, from: &str, to: &str, content: &str) -> String {
        let sent = self.call("send", json!([from, to, content])).unwrap();
        sent["messageId"].as_str().unwrap().to_owned()
    }

    /// Sends the texts `0`, `1`, … and returns their message ids.
    #[track_caller]
    pub(crate) fn send_numbered(&self, from: &str, to: &str, count: usize) -> Vec<String> {
        (0..count)
            .map(|n| self.send(from, to, &n.to_string()))
            .collect()
    }

    /// Returns the events of one kind so far, of all clients of the process.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        let told = self.told.lock().unwrap();
        let events = told.events.iter();
        events
            .filter(|event| event["event"] == kind)
            .cloned()
            .collect()
    }

    /// Returns the messages so far, of all clients of the process.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let events = self.events("message").into_iter();
        events
            .map(|mut event| serde_json::from_value(event["message"].take()).unwrap())
            .collect()
    }

    /// Waits until this many messages have come, and returns all so far.
    #[track_caller]
    pub(crate) fn receive(&self, count: usize) -> Vec<Message> {
        eventually(&format!("{count} messages come"), || {
            let messages = self.messages();
            (messages.len() >= count).then_some(messages)
        })
    }

    /// Waits until a message with this id has come, and returns it.
    #[track_caller]
    pub(crate) fn receive_id(&self, id: &str) -> Message {
        eventually(&format!("message {id} comes"), || {
            let mut messages = self.messages().into_iter();
            messages.find(|message| message.source_message_id == id)
        })
    }

    /// Waits until the connection has come up this many times.
    #[track_caller]
    pub(crate) fn connected(&self, times: usize) {
        eventually(&format!("connected {times} times"), || {
            let events = self.events("connection");
            let ups = events.iter().filter(|event| event["phase"] == "connected");
            (ups.count() >= times).then_some(())
        });
    }

    /// Waits until the connection has been lost.
    #[track_caller]
    pub(crate) fn disconnected(&self) {
        eventually("the client is disconnected", || {
            (!self.events("disconnected").is_empty()).then_some(())
        });
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Pending<'_> {
    #[track_caller]
    pub(crate) fn end(self) -> Result<Value, Value> {
        self.end_within(PATIENCE)
    }

    /// As [`Pending::end`], for what may take long.
    #[track_caller]
    pub(crate) fn end_within(self, timeout: Duration) -> Result<Value, Value> {
        let deadline = Instant::now() + timeout;
        loop {
            let mut told = self.client.told.lock().unwrap();
            if let Some(answer) = told.answers.remove(&self.id) {
                return answer;
            }
            assert!(!told.ended, "the client ended before {}", self.what);
            drop(told);
            assert!(Instant::now() < deadline, "did not happen: {}", self.what);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Told {
    fn add(&mut self, mut line: Value) {
        let Some(id) = line["id"].as_u64() else {
            self.events.push(line);
            return;
        };
        let answer = match line.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(line["result"].take()),
        };
        self.answers.insert(id, answer);
    }
}

/// Returns the ids of messages, each once, in the order in which they came first.
pub(crate) fn first_arrivals(messages: &[Message]) -> Vec<&str> {
    let mut ids: Vec<&str> = Vec::new();
    for message in messages {
        if !ids.contains(&&*message.source_message_id) {
            ids.push(&message.source_message_id);
        }
    }
    ids
}

/// The call failed, and its error speaks of this.
#[track_caller]
pub(crate) fn refused(outcome: Result<Value, Value>, word: &str) -> Value {
    let error = outcome.unwrap_err();
    assert!(
        error.to_string().contains(word),
        "`{word}` is not in {error}"
    );
    error
}
