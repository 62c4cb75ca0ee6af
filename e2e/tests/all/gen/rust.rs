//! Rust: the compiler takes the modules without a warning, in a crate that denies them.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{golden, hostile, made, peers, workspace};
use crate::processes::bus::{Bus, Running};
use crate::support::at_leisure;

/// Everything that `cmdbus` depends on is compiled meanwhile.
const PATIENCE: Duration = Duration::from_secs(600);

/// Writes a crate with a module for every client.
fn write_crate(folder: &Path, edition: &str, modules: &[(&str, &Path)]) {
    let source = folder.join("src");
    fs::create_dir_all(&source).unwrap();
    let cmdbus = workspace().join("crates/cmdbus");
    let manifest = format!(
        "[package]\nname = \"clients-{edition}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n\n\
         [dependencies]\ncmdbus = {{ path = {cmdbus:?} }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let mut library = String::from("#![deny(warnings)]\n");
    for (name, path) in modules {
        library += &format!("pub mod {name};\n");
        fs::copy(path, source.join(format!("{name}.rs"))).unwrap();
    }
    fs::write(source.join("lib.rs"), library).unwrap();
}

#[test]
fn generated_rust_compiles_without_warnings_in_both_editions() {
    // What it depends on is compiled for it alone.
    if !at_leisure() {
        return;
    }
    let (bus, folder) = (Bus::new(), tempfile::tempdir().unwrap());
    let evil = bus.folder().join("evil.rs");
    made(&bus, &hostile(), &["rust", "--prefix", "*/ \"EVIL"], &evil);
    let goldens = ["notes", "prefix", "examples", "hostile"]
        .map(|name| (name, golden().join(name).join("module.rs")));
    let mut modules: Vec<(&str, &Path)> = vec![("evil", &evil)];
    modules.extend(goldens.iter().map(|(name, path)| (*name, path.as_path())));
    for edition in ["2021", "2024"] {
        write_crate(&folder.path().join(edition), edition, &modules);
    }
    let manifest = "[workspace]\nmembers = [\"2021\", \"2024\"]\nresolver = \"2\"\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    // The versions that are there already: nothing is to be fetched.
    let lock = workspace().join("Cargo.lock");
    fs::copy(lock, folder.path().join("Cargo.lock")).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = peers::piped(cargo);
    command
        .args(["check", "--workspace", "--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .env_remove("RUSTFLAGS")
        .current_dir(folder.path());
    let mut running = Running::start(&mut command);
    let deadline = Instant::now() + PATIENCE;
    while !running.has_ended() {
        assert!(Instant::now() < deadline, "it does not end: {running:?}");
        thread::sleep(Duration::from_millis(50));
    }
    let ended = running.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
