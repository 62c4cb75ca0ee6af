//! Clients of both languages against the daemon: calls, progress, streams, time limits, and giving up.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::python::{checker, passes_strictly, pythons};
use super::typescript::{compiles, ready};
use super::{node, npm, npm_folder, peers, workspace};
use crate::processes::bus::{Bus, Ended, Running};
use crate::support::eventually;

/// A bus with commands of every kind.
struct World {
    bus: Bus,
    url: String,
    token: String,
    _providers: Vec<Running>,
}

impl World {
    fn new() -> Self {
        let bus = Bus::new();
        bus.start();
        let provide = |id: &str, schema: Value, options: &[&str], script: &str| {
            let file = bus.folder().join(format!("{id}.json"));
            fs::write(&file, schema.to_string()).unwrap();
            let mut all = vec![id, "--schema", file.to_str().unwrap()];
            all.extend(options);
            bus.provide_script(&all, script)
        };
        let text = json!({"type": "string"});
        let to = json!({"type": "object", "properties": {"to": {"type": "integer"}}, "required": ["to"]});
        let providers = vec![
            provide(
                "text.upper",
                json!({"request": text, "response": text}),
                &[],
                "tr a-z A-Z",
            ),
            provide(
                "work",
                json!({"response": text}),
                &[],
                "echo '@progress 1/2 half' >&2; sleep 0.3; echo '@progress 2/2 all' >&2; sleep 0.3; echo '\"done\"'",
            ),
            provide(
                "count",
                json!({"request": to, "response": {"type": "integer"}}),
                &["--stream"],
                // Without end if that is negative.
                "to=$(tr -dc '0-9-'); i=0; while [ $i -ne $to ]; do i=$((i+1)); echo $i; [ $to -gt 0 ] || sleep 0.05; done",
            ),
            provide("sleep", json!({}), &[], "exec sleep 997"),
            provide("fails", json!({}), &[], "echo no >&2; exit 3"),
        ];
        let status = bus.run(["status", "--json"]).json();
        let url = status["gateway"]["url"].as_str().unwrap().to_owned();
        let token = bus.run(["token", "show"]).ok().trim().to_owned();
        Self {
            bus,
            url,
            token,
            _providers: providers,
        }
    }

    /// Makes a client of what the daemon publishes.
    #[track_caller]
    fn generate(&self, language: &str, into: &Path) {
        let args = [
            "gen",
            language,
            "--from",
            &self.url,
            "-o",
            into.to_str().unwrap(),
        ];
        let mut command = self.bus.command(crate::processes::bus::program());
        Running::start(command.args(args).env("CMDBUS_TOKEN", &self.token))
            .end()
            .ok();
    }

    /// Looks at what a client saw, which is the same in all languages.
    #[track_caller]
    fn check(&self, ended: Ended) -> Value {
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let seen: Value = serde_json::from_str(&ended.stdout).unwrap();
        let wanted = json!({
            "upper": "ABC", "byId": "DEF", "unknown": "GHI",
            "work": "done", "last": [2, 2, "all"],
            "items": [1, 2, 3], "first": 1,
            "together": {"items": [1, 2]}, "reported": {"items": [1, 2]}, "folded": [[1, 2], "end"],
            "aborted": true, "stopped": true,
            "late": ["timeout", "sleep"], "lateProgress": ["timeout", "sleep"],
            "missing": ["not_found", "no.such"], "missingStream": ["not_found", "no.such"],
            "fails": ["internal_error", "fails"],
            "stranger": ["internal_error", "text.upper"],
            "nobody": ["channel_disconnected", "text.upper"],
        });
        for (name, wanted) in wanted.as_object().unwrap() {
            // A language may write a whole number as a fraction.
            let text = seen[name].to_string().replace(".0", "");
            let same = serde_json::from_str(&text).is_ok_and(|seen: Value| seen == *wanted);
            assert!(same, "`{name}` is {wanted}: {seen}");
        }
        // Whoever gave up has cancelled: what ran for them ends.
        eventually("all that was given up has ended", || {
            let left = self.bus.programs("sleep 997").len() + self.bus.programs("sleep 0.05").len();
            (left == 0).then_some(())
        });
        seen
    }
}

#[test]
fn a_generated_typescript_client_uses_the_bus() {
    if !ready() {
        return;
    }
    let (world, folder) = (World::new(), npm_folder());
    world.generate("typescript", &folder.path().join("client.ts"));
    let program = folder.path().join("live.ts");
    fs::copy(npm().join("gen-live.ts"), &program).unwrap();
    let environment =
        json!({"lib": ["es2022"], "types": ["node"], "allowImportingTsExtensions": true});
    compiles(folder.path(), &environment);
    let mut command = peers::piped(node());
    command.arg(program).args([&world.url, &world.token]);
    let seen = world.check(peers::end(&mut command));
    assert_eq!(seen["none"], json!({"items": []}));
    // Node gives up on an answer that says nothing for five minutes.
    let paths = json!(["/call/count", "/cmd", "/call/a", "/call/a"]);
    assert_eq!(seen["asked"], paths);
}

#[test]
fn a_generated_python_client_uses_the_bus() {
    if !checker() {
        return;
    }
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    world.generate("python", &folder.path().join("client.py"));
    let program = folder.path().join("live.py");
    fs::copy(workspace().join("e2e/python/gen_live.py"), &program).unwrap();
    passes_strictly(folder.path());
    let validating = workspace().join("e2e/python/.venv/bin/python");
    let mut runs: Vec<(String, &str)> = pythons()
        .into_iter()
        .map(|python| (python, "plain"))
        .collect();
    if validating.exists() {
        runs.push((validating.display().to_string(), "validate"));
    }
    for (python, mode) in runs {
        let mut command = peers::piped(&python);
        command
            .arg("-B")
            .arg(&program)
            .args([&world.url, &world.token, mode]);
        let seen = world.check(peers::end(&mut command));
        assert_eq!(seen["unsendable"], "refused");
        assert_eq!(seen["held"], 0, "calls that nobody holds are not kept");
    }
}
