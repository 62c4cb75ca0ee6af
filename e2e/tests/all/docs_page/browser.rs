//! A headless Chromium (`e2e/npm/browser.mjs`), told what to do.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::processes::bus::{Bus, Running};
use crate::support::{eventually, installed, node, npm};

const SET_UP: &str = "npm ci --prefix e2e/npm; apt-get install --no-install-recommends chromium";

/// The browser, with one page. It does not outlive the test, and leaves nothing behind: it ends with the stdin of its driver, and its
/// files are in the folder of the bus.
pub(crate) struct Browser {
    running: Running,
    answers: usize,
}

impl Browser {
    /// Starts it for the gateway of a bus that is running, or returns `None` if the test is to be skipped.
    #[track_caller]
    pub(crate) fn start(bus: &Bus) -> Option<Self> {
        let needed = [
            node(),
            npm().join("node_modules/playwright-core"),
            chromium(),
        ];
        if !installed(&needed, SET_UP) {
            return None;
        }
        let status = bus.run(["status", "--json"]).json();
        let origin = status["gateway"]["url"].as_str().unwrap().to_owned();
        let mut command = bus.command(node());
        command
            .arg(npm().join("browser.mjs"))
            .args([&chromium(), &PathBuf::from(&origin)])
            .env("HOME", bus.folder())
            .env("TMPDIR", bus.folder())
            .stdin(Stdio::piped());
        let mut browser = Self {
            running: Running::start(&mut command),
            answers: 0,
        };
        browser.answer();
        Some(browser)
    }

    #[track_caller]
    fn tell(&mut self, command: &Value) -> Value {
        self.running.tell(&command.to_string());
        self.answer()
    }

    #[track_caller]
    fn answer(&mut self) -> Value {
        let index = self.answers;
        let running = &mut self.running;
        let line = eventually("the browser answers", || {
            let line = running.lines().into_iter().nth(index);
            assert!(
                line.is_some() || !running.has_ended(),
                "the browser has ended: {running:?}"
            );
            line
        });
        self.answers += 1;
        let mut answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer.get("error"), None, "{}", self.running.stderr());
        answer["result"].take()
    }

    #[track_caller]
    pub(crate) fn open(&mut self, path: &str) {
        self.tell(&json!({"do": "open", "path": path}));
    }

    /// Writes into a field, by its label.
    #[track_caller]
    pub(crate) fn fill(&mut self, label: &str, text: &str) {
        self.tell(&json!({"do": "fill", "label": label, "text": text}));
    }

    #[track_caller]
    pub(crate) fn choose(&mut self, label: &str, text: &str) {
        self.tell(&json!({"do": "choose", "label": label, "text": text}));
    }

    #[track_caller]
    pub(crate) fn check(&mut self, label: &str) {
        self.tell(&json!({"do": "check", "label": label}));
    }

    #[track_caller]
    pub(crate) fn click(&mut self, name: &str) {
        self.tell(&json!({"do": "click", "role": "button", "name": name}));
    }

    #[track_caller]
    pub(crate) fn press(&mut self, key: &str) {
        self.tell(&json!({"do": "press", "key": key}));
    }

    /// Waits until a place on the page can be seen with a text in it, and returns all of its text.
    #[track_caller]
    pub(crate) fn sees(&mut self, at: &str, text: &str) -> String {
        let found = self.tell(&json!({"do": "text", "at": at, "has": text}));
        found.as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn count(&mut self, at: &str) -> u64 {
        self.tell(&json!({"do": "count", "at": at}))
            .as_u64()
            .unwrap()
    }

    #[track_caller]
    pub(crate) fn value(&mut self, label: &str) -> String {
        let value = self.tell(&json!({"do": "value", "label": label}));
        value.as_str().unwrap().to_owned()
    }

    /// Returns the id of the element that has the focus.
    #[track_caller]
    pub(crate) fn focused(&mut self) -> Value {
        self.tell(&json!({"do": "focused"}))
    }

    /// Opens the page at a command, and shows the token.
    #[track_caller]
    pub(crate) fn enter(&mut self, token: &str, id: &str) {
        self.open(&format!("/docs#{id}"));
        self.sees("#login", "Which token?");
        self.fill("Token", token);
        self.press("Enter");
        self.sees("#id", id);
    }

    /// Looks at all that has happened: nothing of the bus became markup or code, nothing went elsewhere, and the token is nowhere but
    /// in this tab.
    #[track_caller]
    pub(crate) fn was_good(mut self, token: &str) {
        let seen = self.tell(&json!({"do": "seen"}));
        for nothing in ["dialogs", "errors", "elsewhere"] {
            assert_eq!(seen[nothing], json!([]), "{nothing}");
        }
        assert_eq!(seen["ran"], false);
        assert_eq!((&seen["kept"], &seen["cookies"]), (&json!({}), &json!("")));
        assert!(seen["requests"].as_u64().unwrap() > 5, "{seen}");
        assert!(!seen["url"].as_str().unwrap().contains(token), "{seen}");
        assert_eq!(seen["kept_here"], json!([token]));
        self.running.end_stdin();
        self.running.end().ok();
    }
}

/// Returns the browser of the machine, or where it should be.
fn chromium() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut found = env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    found
        .find(|program| program.is_file())
        .unwrap_or_else(|| PathBuf::from("/usr/bin/chromium"))
}
