//! What drivers make of a prompt (protocol §8.5).

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cmdbus_broker::process::drivers::{
    Availability, DriverConfig, DriverRegistry, Input, SpawnRefusal, Word,
};

use crate::support::{Place, TOKEN, text};

fn built_in(place: &Place) -> DriverRegistry {
    DriverRegistry::new(BTreeMap::new(), Some(place.path("bin").into())).unwrap()
}

/// Prompts that a program could take for something else.
const OPTIONS: [&str; 4] = ["-", "--", "--dangerously-skip-permissions", "-c evil"];

fn is_rejected<T>(built: Result<T, SpawnRefusal>) -> bool {
    built.is_err_and(|refusal| refusal.detail() == "prompt_rejected")
}

#[test]
fn claude_code_gets_its_prompt_as_the_argument_after_bg() {
    let place = Place::new();
    let claude = place.program("claude", "");
    let drivers = built_in(&place);
    let command = drivers
        .get("claude-code")
        .unwrap()
        .build("do it", TOKEN, None)
        .unwrap();
    assert_eq!(command.binary, claude);
    assert!(command.args == [text("--bg"), text("do it")]);
    assert!(command.input == Input::Null);
    assert_eq!(command.cwd, None);
}

#[test]
fn codex_gets_its_prompt_on_its_standard_input() {
    let place = Place::new();
    let codex = place.program("codex", "");
    let drivers = built_in(&place);
    let driver = drivers.get("codex").unwrap();
    for prompt in OPTIONS {
        let command = driver
            .build(prompt, TOKEN, Some(Path::new("/srv")))
            .unwrap();
        assert_eq!(command.binary, codex);
        assert!(command.args == [text("exec"), text("-")]);
        assert!(command.input == Input::Stdin(prompt.to_owned()));
        assert_eq!(command.cwd.as_deref(), Some(Path::new("/srv")));
    }
}

#[test]
fn w34_a_prompt_that_could_be_an_option_is_no_argument() {
    let place = Place::new();
    place.program("claude", "");
    place.program("agent", "");
    let claude = built_in(&place);
    let claude = claude.get("claude-code").unwrap();
    let configured = place.driver("command = [\"agent\"]\nprompt = \"arg\"");
    for prompt in OPTIONS {
        assert!(is_rejected(claude.build(prompt, TOKEN, None)), "{prompt}");
        assert!(
            is_rejected(configured.build(prompt, TOKEN, None)),
            "{prompt}"
        );
    }
    assert!(is_rejected(claude.build("a\0b", TOKEN, None)));
    assert!(claude.build("it is 3 - 2", TOKEN, None).is_ok());
}

#[test]
fn a_prompt_that_is_an_argument_comes_last_after_two_dashes() {
    let place = Place::new();
    place.program("agent", "");
    let driver = place.driver("command = [\"agent\", \"--headless\"]\nprompt = \"arg\"");
    let command = driver.build("do it", TOKEN, None).unwrap();
    assert!(command.args == [text("--headless"), text("--"), text("do it")]);
}

#[test]
fn placeholders_are_replaced_where_they_are_a_whole_word() {
    let place = Place::new();
    place.program("agent", "");
    let driver = place.driver(
        r#"command = ["agent", "{prompt_file}", "{spawn_token}", "x{spawn_token}", "--f={prompt_file}", "{PROMPT_FILE}"]
           prompt = "file""#,
    );
    let command = driver.build("{spawn_token}", TOKEN, None).unwrap();
    let kept = ["x{spawn_token}", "--f={prompt_file}", "{PROMPT_FILE}"].map(text);
    assert!(command.args[..2] == [Word::PromptFile, text(TOKEN)]);
    assert!(command.args[2..] == kept);
    // Nothing is replaced in the prompt.
    assert!(command.input == Input::File("{spawn_token}".to_owned()));
}

#[test]
fn w34_a_token_is_no_option_either() {
    let place = Place::new();
    place.program("agent", "");
    let driver = place.driver(r#"command = ["agent", "{spawn_token}"]"#);
    let refusal = driver.build("do it", "--evil", None).unwrap_err();
    assert_eq!(refusal.detail(), "spawn_failed: the token begins with `-`");
    assert!(driver.build("do it", "a\0b", None).is_err());
    // Where it is a variable only, it may begin with anything.
    let driver = place.driver(r#"command = ["agent"]"#);
    assert!(driver.build("do it", "--evil", None).is_ok());
}

#[test]
fn a_prompt_over_the_limit_is_rejected_and_one_at_the_limit_is_not() {
    let place = Place::new();
    for name in ["agent", "claude", "codex"] {
        place.program(name, "");
    }
    let driver = place.driver("command = [\"agent\"]\nmax_prompt_bytes = 4");
    assert!(
        driver
            .build("ääa", TOKEN, None)
            .is_err_and(|refusal| refusal.detail() == "prompt_rejected")
    );
    assert!(driver.build("ää", TOKEN, None).is_ok());
    let drivers = built_in(&place);
    for kind in ["claude-code", "codex"] {
        let driver = drivers.get(kind).unwrap();
        assert!(driver.build(&"p".repeat(65_536), TOKEN, None).is_ok());
        assert!(is_rejected(driver.build(&"p".repeat(65_537), TOKEN, None)));
    }
}

#[test]
fn a_place_that_was_asked_for_goes_before_the_configured_one() {
    let place = Place::new();
    place.program("agent", "");
    let driver = place.driver("command = [\"agent\"]\ncwd = \"/srv\"");
    let cwd = |asked: Option<&str>| driver.build("p", TOKEN, asked.map(Path::new)).unwrap().cwd;
    assert_eq!(cwd(None).as_deref(), Some(Path::new("/srv")));
    assert_eq!(cwd(Some("/tmp")).as_deref(), Some(Path::new("/tmp")));
}

#[test]
fn a_driver_is_available_if_its_program_can_be_executed() {
    let place = Place::new();
    let reason = |drivers: &DriverRegistry, kind| match drivers.availability(kind) {
        Some(Availability::Unavailable(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let drivers = built_in(&place);
    assert_eq!(drivers.availability("nobody"), None);
    let missing =
        "`claude` is not on the broker's PATH; install it or restart the broker with it on PATH";
    assert_eq!(reason(&drivers, "claude-code"), missing);
    let refusal = drivers
        .get("claude-code")
        .unwrap()
        .build("p", TOKEN, None)
        .unwrap_err();
    assert_eq!(refusal.detail(), missing);

    let file = place.program("claude", "");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let name = file.display();
    let said = reason(&built_in(&place), "claude-code");
    assert_eq!(
        said,
        format!("`{name}` may not be executed; change its mode")
    );
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        built_in(&place).availability("claude-code"),
        Some(Availability::Available)
    );
    // What was said holds for a while.
    assert_eq!(reason(&drivers, "claude-code"), missing);
}

#[test]
fn only_absolute_folders_of_the_path_are_looked_at() {
    let place = Place::new();
    // A folder that is relative to where the tests run, and has a program in it.
    let beside = tempfile::tempdir_in(".").unwrap();
    let relative = beside.path().file_name().unwrap().to_owned();
    let program = place.program("codex", "");
    fs::rename(program, beside.path().join("codex")).unwrap();
    let drivers = DriverRegistry::new(BTreeMap::new(), Some(relative)).unwrap();
    assert_ne!(drivers.availability("codex"), Some(Availability::Available));
    let absolute = beside.path().canonicalize().unwrap();
    let drivers = DriverRegistry::new(BTreeMap::new(), Some(absolute.into())).unwrap();
    assert_eq!(drivers.availability("codex"), Some(Availability::Available));
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_configured_driver_replaces_a_built_in_one_and_the_log_says_so() {
    let place = Place::new();
    let agent = place.program("agent", "");
    let config: DriverConfig = toml::from_str(r#"command = ["agent"]"#).unwrap();
    let tables = ["codex", "review"].map(|kind| (kind.to_owned(), config.clone()));
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let drivers = tracing::subscriber::with_default(log, || {
        DriverRegistry::new(tables.into(), Some(place.path("bin").into())).unwrap()
    });
    let command = drivers
        .get("codex")
        .unwrap()
        .build("p", TOKEN, None)
        .unwrap();
    assert_eq!(command.binary, agent);
    assert_eq!(
        drivers.kinds().collect::<Vec<_>>(),
        ["claude-code", "codex", "review"]
    );
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("the configured spawn driver `codex` replaces the built-in one"),
        "{log}"
    );
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn a_kind_is_registered_once() {
    let place = Place::new();
    let mut drivers = built_in(&place);
    let other = place.driver(r#"command = ["agent"]"#);
    drivers.register(Arc::clone(&other)).unwrap();
    let error = drivers.register(other).unwrap_err();
    assert_eq!(error.key(), "spawn.drivers.test");
    assert_eq!(
        error.to_string(),
        "`spawn.drivers.test` is there already; give the other driver another kind"
    );
}

#[test]
fn the_debug_form_of_a_command_shows_neither_prompt_nor_token() {
    let place = Place::new();
    place.program("agent", "");
    let driver = place.driver("command = [\"agent\", \"{spawn_token}\"]\nenv = { K = \"hush\" }");
    let command = driver.build("a secret plan", TOKEN, None).unwrap();
    let shown = format!("{command:?} {:?} {:?}", command.args, command.input);
    for secret in ["secret", TOKEN, "hush"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
