//! TypeScript: the compiler takes the files, and Valibot's schemas take what JSON Schema does.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{
    SET_UP_NPM, golden, hostile, installed, made, node, node_runs, npm, npm_folder, npm_tool,
    schemas,
};
use crate::processes::bus::Bus;

/// Returns whether the compiler is there.
#[track_caller]
pub(super) fn ready() -> bool {
    let tools = ["typescript/bin/tsc", "valibot", "@types/node"];
    let mut wanted = vec![node()];
    wanted.extend(tools.map(|tool| npm().join("node_modules").join(tool)));
    installed(&wanted, SET_UP_NPM)
}

/// What stands in for the library that takes schemas of Valibot, which is no peer of these tests.
const LIBRARY: &str = r#"declare module "@coralstack/cmd-ipc" {
  import type * as v from "valibot";
  type Command = { description?: string; request?: v.GenericSchema; response?: v.GenericSchema };
  export type CommandSchemaMap = Record<string, Command>;
}
"#;

/// Compiles all files of a folder with every check the compiler has.
#[track_caller]
pub(super) fn compiles(folder: &Path, environment: &Value) {
    fs::write(folder.join("library.d.ts"), LIBRARY).unwrap();
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    let mut options = json!({
        "noEmit": true, "strict": true, "target": "es2022", "module": "nodenext", "skipLibCheck": true,
        "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true, "noImplicitOverride": true,
        "noPropertyAccessFromIndexSignature": true, "noImplicitReturns": true, "noUnusedLocals": true,
        "noUnusedParameters": true, "noFallthroughCasesInSwitch": true, "erasableSyntaxOnly": true, "verbatimModuleSyntax": true,
    });
    for (name, value) in environment.as_object().unwrap() {
        options[name] = value.clone();
    }
    let config = json!({"compilerOptions": options, "include": ["*.ts"]});
    fs::write(folder.join("tsconfig.json"), config.to_string()).unwrap();
    let ended = npm_tool("typescript/bin/tsc", &["-p", "."], folder);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
}

#[test]
fn generated_typescript_passes_all_checks_of_the_compiler() {
    if !ready() {
        return;
    }
    let browser = json!({"lib": ["es2022", "dom", "dom.iterable"], "types": []});
    let server = json!({"lib": ["es2022"], "types": ["node"]});
    let folder = npm_folder();
    for name in ["notes", "prefix", "examples"] {
        for file in ["client.ts", "valibot.ts"] {
            let from = golden().join(name).join(file);
            fs::copy(from, folder.path().join(format!("{name}-{file}"))).unwrap();
        }
    }
    for environment in [browser, server] {
        compiles(folder.path(), &environment);
    }
}

#[test]
fn w80_typescript_made_of_hostile_commands_compiles_and_does_nothing() {
    if !ready() {
        return;
    }
    let (bus, folder) = (Bus::new(), npm_folder());
    let client = folder.path().join("client.ts");
    let schemas = folder.path().join("schemas.ts");
    made(
        &bus,
        &hostile(),
        &["typescript", "--prefix", "*/ \"EVIL"],
        &client,
    );
    made(
        &bus,
        &hostile(),
        &["typescript", "--style", "valibot"],
        &schemas,
    );
    compiles(
        folder.path(),
        &json!({"lib": ["es2022", "dom", "dom.iterable"], "types": []}),
    );
    // `EVIL` is defined nowhere: were it run, this would fail.
    let ended = node_runs("gen-load.mjs", &[&client, &schemas]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ids: Value = serde_json::from_str(&ended.stdout).unwrap();
    let count = hostile().as_array().unwrap().len();
    assert_eq!(
        ids.as_array().unwrap().len(),
        count,
        "the keys of the map are the ids"
    );
}

#[test]
fn w81_valibot_schemas_take_what_json_schemas_take_and_refuse_what_they_refuse() {
    if !ready() {
        return;
    }
    // Beside the packages, which are found from there.
    let folder = npm_folder();
    let file = folder.path().join("valibot.ts");
    fs::copy(golden().join("examples/valibot.ts"), &file).unwrap();
    let ended = node_runs("gen-valibot.mjs", &[&file, &schemas()]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let seen: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(seen["schemas"].as_u64().unwrap() >= 40, "{seen}");
}
