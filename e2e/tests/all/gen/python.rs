//! Python: the strict checker takes the files, every Python that is there loads them, and pydantic reads with their types.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::{
    SET_UP_NPM, SET_UP_PYTHON, golden, hostile, installed, made, node, npm, npm_tool, peers,
    schemas, workspace,
};
use crate::processes::bus::Bus;

/// Returns the Pythons of this machine that a client is for.
pub(super) fn pythons() -> Vec<String> {
    let names = (9..=14).map(|minor| format!("python3.{minor}"));
    let runs = |name: &String| {
        // A shim of a version manager may be there without what it stands for.
        let tried = Command::new(name).args(["-c", "pass"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let found: Vec<String> = names.filter(runs).collect();
    if found.is_empty() {
        vec!["python3".to_owned()]
    } else {
        found
    }
}

/// Checks all files of a folder as strictly as the checker can, for the oldest Python and the newest.
#[track_caller]
pub(super) fn passes_strictly(folder: &Path) {
    for version in ["3.9", "3.13"] {
        let config =
            json!({"typeCheckingMode": "strict", "pythonVersion": version, "include": ["."]});
        fs::write(folder.join("pyrightconfig.json"), config.to_string()).unwrap();
        let ended = npm_tool("pyright/index.js", &["--project", "."], folder);
        assert_eq!(ended.code, Some(0), "for {version}: {}", ended.stdout);
    }
}

#[track_caller]
pub(super) fn checker() -> bool {
    installed(
        &[node(), npm().join("node_modules/pyright/index.js")],
        SET_UP_NPM,
    )
}

#[test]
fn generated_python_passes_the_strict_checker() {
    if !checker() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["notes", "prefix", "examples"] {
        let from = golden().join(name).join("client.py");
        fs::copy(from, folder.path().join(format!("{name}.py"))).unwrap();
    }
    passes_strictly(folder.path());
}

#[test]
fn generated_python_loads_in_every_python() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["notes", "prefix", "examples"] {
        let from = golden().join(name).join("client.py");
        fs::copy(from, folder.path().join(format!("{name}.py"))).unwrap();
    }
    for python in pythons() {
        let mut command = peers::piped(&python);
        command
            .args([
                "-B",
                "-W",
                "error",
                "-c",
                "import notes, prefix, examples; notes.Client('http://127.0.0.1:1')",
            ])
            .current_dir(folder.path());
        let ended = peers::end(&mut command);
        assert_eq!(ended.code, Some(0), "{python}: {}", ended.stderr);
    }
}

#[test]
fn w80_python_made_of_hostile_commands_loads_and_does_nothing() {
    if !checker() {
        return;
    }
    let (bus, folder) = (Bus::new(), tempfile::tempdir().unwrap());
    made(
        &bus,
        &hostile(),
        &["python", "--prefix", "\"\"\" EVIL"],
        &folder.path().join("client.py"),
    );
    passes_strictly(folder.path());
    for python in pythons() {
        // `EVIL` is defined nowhere: were it run, this would fail.
        let mut command = peers::piped(&python);
        command
            .args(["-B", "-W", "error", "-c", "import client"])
            .current_dir(folder.path());
        let ended = peers::end(&mut command);
        assert_eq!(ended.code, Some(0), "{python}: {}", ended.stderr);
    }
}

#[test]
fn w81_pydantic_takes_what_json_schemas_take() {
    let python: PathBuf = workspace().join("e2e/python/.venv/bin/python");
    if !installed(std::slice::from_ref(&python), SET_UP_PYTHON) {
        return;
    }
    let mut command = peers::piped(python);
    command
        .arg("-B")
        .arg(workspace().join("e2e/python/gen_pydantic.py"))
        .arg(golden().join("examples"))
        .arg(schemas());
    let ended = peers::end(&mut command);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}
