//! Clients made by `cmdbus gen`: given to the tools of their languages, and run.
//!
//! The tools for TypeScript are those of `npm ci --prefix e2e/npm`, and so is the checker for Python; pydantic comes with the Python
//! peers (`e2e/python/setup`). What is missing skips a test by name; with `CI` set that is a failure.

mod live;
mod python;
mod rust;
mod suite;
mod typescript;
mod verb;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::mcp::peers;
use crate::processes::bus::{Bus, Ended, workspace};
use crate::support::{installed, node, npm};

const SET_UP_NPM: &str = "npm ci --prefix e2e/npm";
const SET_UP_PYTHON: &str = "e2e/python/setup";

/// Returns the folder of the generator's golden files.
fn golden() -> PathBuf {
    workspace().join("crates/cmdbus-gen/tests/golden")
}

/// Returns the folder of its examples: schemas, with values that are of them and values that are not.
fn schemas() -> PathBuf {
    workspace().join("crates/cmdbus-gen/tests/schemas")
}

/// Returns a folder from which the npm packages are found.
fn npm_folder() -> TempDir {
    tempfile::Builder::new()
        .prefix(".gen-")
        .tempdir_in(npm())
        .unwrap()
}

/// Writes a list of commands and makes a client of it.
#[track_caller]
fn made(bus: &Bus, commands: &Value, options: &[&str], into: &Path) {
    let list = bus.folder().join("commands.json");
    let document = json!({"cmdschema": "1.0.0", "commands": commands});
    fs::write(&list, document.to_string()).unwrap();
    let mut args = vec!["gen"];
    args.extend(options);
    let (list, into) = (list.to_str().unwrap(), into.to_str().unwrap());
    args.extend(["--from", list, "--output", into]);
    bus.run(args).ok();
}

/// Runs a script of the npm folder with the Node of the lock file.
#[track_caller]
fn node_runs(script: &str, args: &[&Path]) -> Ended {
    peers::end(peers::piped(node()).arg(npm().join(script)).args(args))
}

/// Runs a tool that is an npm package.
#[track_caller]
fn npm_tool(tool: &str, args: &[&str], folder: &Path) -> Ended {
    let program = npm().join("node_modules").join(tool);
    let mut command: Command = peers::piped(node());
    peers::end(command.arg(program).args(args).current_dir(folder))
}

/// Texts that end a literal or a comment in some language; `EVIL` is no name in any.
const ATTACKS: [&str; 14] = [
    "\"; EVIL(); \"",
    "'; EVIL(); '",
    "`${EVIL()}`",
    "\\",
    "\\\"",
    "*/ EVIL() /*",
    "\nEVIL()\n",
    "\rEVIL()\u{2028}EVIL()\u{85}",
    "\"\"\"\nEVIL()\n\"\"\"",
    "\"#; EVIL(); r#\"",
    "\u{202e}EVIL\u{202c}\0",
    "(?<EVIL",
    "{EVIL}{0}%s",
    "#EVIL",
];

/// Commands of somebody who means harm.
fn hostile() -> Value {
    let words = "class constructor def delete enum fn for from function if impl import in is lambda let match None null \
        object or pass print return self Self static str struct super switch this throw toString True try type undefined \
        union unsafe var void while with yield Client CommandError Commands Error Promise Option Result String Vec Box \
        Command List Dict Any Stream v pattern call then close check x X 1 2fa . .. a.b a-b a_b aB A.B 漢字 ü";
    let named = words.split_whitespace().map(|word| {
        json!({
            "id": word,
            "description": word,
            "schema": {
                "request": {
                    "type": "object",
                    "properties": {word: {"type": "string"}, "__proto__": {"enum": [word, "constructor"]}},
                    "required": [word],
                    "additionalProperties": false,
                },
                "response": {"$ref": format!("#/$defs/{word}"), "$defs": {word: {"enum": [word, "Self", "self", ""]}}},
            },
        })
    });
    let attacks = ATTACKS.iter().map(|attack| {
        json!({
            "id": attack,
            "description": attack,
            "schema": {
                "request": {
                    "type": "object",
                    "description": attack,
                    "properties": {
                        *attack: {"type": "string", "description": attack, "pattern": attack, "format": attack},
                        "value": {"enum": [attack, {*attack: attack}, [attack], 1.5, null], "description": attack},
                        "missing": {"$ref": attack},
                        "odd": {"type": attack},
                        "union": {"oneOf": [{"const": attack, "description": attack}, {"type": "object", "properties": {*attack: {"const": attack}}}]},
                        "itself": {"$ref": "#"},
                    },
                    "required": [attack, format!("{attack} 2")],
                },
                "response": {"x-cmdbus-stream": {"const": attack}, "description": attack},
            },
        })
    });
    named.chain(attacks).collect()
}
