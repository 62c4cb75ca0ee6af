//! An account and a token, with a data folder of their own: what one broker serves.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::client::Client;
use super::http;
use super::link::Link;
use crate::processes::bus::{Bus, Running, program, signal};
use crate::support::{eventually, installed, node, npm};

const ACCOUNT: &str = "someone";
const TOKEN: &str = "a-token-of-the-tests";
/// `<acct>/<key>` of the two (protocol §2.1).
const FOLDER: &str = "runtime-broker/someone/c7355b9788d30368";

/// A broker's place, and whatever the test starts there. Dropped, it ends all of it.
pub(crate) struct Pair {
    bus: Bus,
}

impl Pair {
    /// Makes a place where nothing runs yet; `None` if the test is to be skipped.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        let broker_client = npm().join("node_modules/@masons/runtime-broker");
        if !installed(&[node(), broker_client], "npm ci --prefix e2e/npm") {
            return None;
        }
        Some(Self::without_npm())
    }

    /// As [`Pair::new`], for a test that has clients of its own.
    pub(crate) fn without_npm() -> Self {
        Self { bus: Bus::new() }
    }

    /// A folder for the test's own files.
    pub(crate) fn folder(&self) -> &Path {
        self.bus.folder()
    }

    fn data(&self) -> PathBuf {
        self.bus.folder().join("data")
    }

    /// Returns where the discovery file is.
    pub(crate) fn discovery_file(&self) -> PathBuf {
        discovery_file(&self.data())
    }

    /// Returns what the discovery file says, if there is one.
    pub(crate) fn discovery(&self) -> Option<Value> {
        let text = fs::read_to_string(self.discovery_file()).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Returns the process id of the broker, which must be announced.
    #[track_caller]
    pub(crate) fn broker(&self) -> i32 {
        let pid = self.discovery().unwrap()["pid"].as_i64().unwrap();
        i32::try_from(pid).unwrap()
    }

    /// Returns the brokers that run.
    pub(crate) fn brokers(&self) -> Vec<i32> {
        let broker = format!("{} broker", program().display());
        let processes = self.bus.processes().into_iter();
        let found = processes.filter(|(_, line)| line.starts_with(&broker));
        found.map(|(pid, _)| pid).collect()
    }

    /// Kills the broker as it stands.
    #[track_caller]
    pub(crate) fn kill_broker(&self) -> i32 {
        let pid = self.broker();
        signal(pid, Signal::KILL);
        pid
    }

    /// Starts the broker as a client would, but as our child.
    pub(crate) fn spawn_broker(&self) -> Running {
        let mut command = self.bus.command(program());
        command
            .arg("broker")
            .env("MASONS_BROKER_ACCOUNT_ID", ACCOUNT)
            .env("MASONS_BROKER_USER_DATA", self.data())
            .env("CMDBUS_RUNTIME_TOKEN", TOKEN);
        Running::start(&mut command)
    }

    /// As [`Pair::spawn_broker`], and waits until it serves.
    #[track_caller]
    pub(crate) fn start_broker(&self) -> Running {
        let running = self.spawn_broker();
        self.serves();
        running
    }

    /// Waits until the broker serves.
    #[track_caller]
    pub(crate) fn serves(&self) {
        eventually("the broker serves", || {
            let (status, _) = self.try_request("GET", "/health", &[], None).ok()?;
            (status == 200).then_some(())
        });
    }

    /// Returns the options of `discover` that find this place, or start the broker there.
    pub(crate) fn options(&self) -> Value {
        json!({
            "accountId": ACCOUNT, "runtimeToken": TOKEN, "userDataDir": self.data(),
            "nodeBinary": program(), "brokerEntry": "broker",
            "env": {"CMDBUS_RUNTIME_TOKEN": TOKEN},
            // Many tests run at once.
            "timeoutMs": 15_000,
        })
    }

    /// Starts a process for clients.
    pub(crate) fn process(&self) -> Client {
        Client::start(self.bus.command(node()).arg(npm().join("client.mjs")))
    }

    /// Starts a process with a client that is connected, and comes back soon after a loss.
    #[track_caller]
    pub(crate) fn join(&self) -> Client {
        self.join_with(json!({"options": self.options()}), eager())
    }

    /// As [`Pair::join`], with the members of `discover` and the options of `connect` given.
    #[track_caller]
    pub(crate) fn join_with(&self, discover: Value, connect: Value) -> Client {
        let client = self.process();
        client.ask("discover", discover).unwrap();
        client.ask("connect", json!({"options": connect})).unwrap();
        client
    }

    /// As [`Pair::join`], over a link that can be cut. The broker must be running.
    #[track_caller]
    pub(crate) fn join_over_link(&self) -> (Client, Link) {
        let mut discovery = self.discovery().unwrap();
        let link = Link::to(address(&discovery));
        discovery["ipcUrl"] = json!(format!("http://{}", link.address()));
        // Announced only to this client, in a data folder of its own.
        let data = self.folder().join("linked");
        let file = discovery_file(&data);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, discovery.to_string()).unwrap();
        let mut options = self.options();
        options["userDataDir"] = json!(data);
        let client = self.join_with(json!({"options": options}), eager());
        (client, link)
    }

    /// Asks the broker something that must work.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.request("GET", path, &[], None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Sends the broker a request with its bearer token.
    #[track_caller]
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> (u16, Value) {
        self.try_request(method, path, headers, body).unwrap()
    }

    fn try_request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> io::Result<(u16, Value)> {
        let discovery = self.discovery().ok_or(io::ErrorKind::NotFound)?;
        let bearer = format!("Bearer {}", discovery["bearerToken"].as_str().unwrap());
        let headers = [&[("authorization", &*bearer)], headers].concat();
        let url = discovery["ipcUrl"].as_str().unwrap();
        http::request(url, method, path, &headers, body)
    }

    /// Returns the state of an endpoint, in the broker's words.
    #[track_caller]
    pub(crate) fn state(&self, endpoint: &str) -> String {
        let shown = self.get(&format!("/v1/endpoint/{endpoint}"));
        shown["state"].as_str().unwrap().to_owned()
    }

    /// Waits until an endpoint is in a state.
    #[track_caller]
    pub(crate) fn becomes(&self, endpoint: &str, state: &str) {
        eventually(&format!("{endpoint} is {state}"), || {
            (self.state(endpoint) == state).then_some(())
        });
    }

    /// Returns the whole inbox.
    #[track_caller]
    pub(crate) fn inbox(&self) -> Vec<Value> {
        let mut shown = self.get("/v1/undispatched");
        serde_json::from_value(shown["items"].take()).unwrap()
    }

    /// Makes a process with the variables of this place.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.bus.command(program)
    }
}

/// Options of `connect` for a client that tries again at once.
pub(crate) fn eager() -> Value {
    json!({"reconnectBackoffInitialMs": 20, "reconnectBackoffMaxMs": 500})
}

/// Options of `connect` for a client that does not come back within a test.
pub(crate) fn patient() -> Value {
    json!({"reconnectBackoffInitialMs": 600_000, "reconnectBackoffMaxMs": 600_000})
}

/// Returns the address in a discovery file.
pub(crate) fn address(discovery: &Value) -> SocketAddr {
    let url = discovery["ipcUrl"].as_str().unwrap();
    url.trim_start_matches("http://").parse().unwrap()
}

fn discovery_file(data: &Path) -> PathBuf {
    data.join(FOLDER).join("discovery.json")
}
