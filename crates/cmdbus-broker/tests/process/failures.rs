//! Starts that fail (protocol §8.5, W31): each is a value with a short reason.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use cmdbus_broker::process::drivers::{Input, SpawnCommand, Word};
use cmdbus_broker::process::start::ExitOutcome;

use crate::support::{Place, TOKEN, end, text};

async fn failure(place: &Place, command: SpawnCommand) -> String {
    let started = place.starter().start(command, TOKEN).await;
    started.expect_err("it does not start").detail()
}

#[tokio::test]
async fn w31_a_missing_program_is_a_failed_start_and_the_next_one_works() {
    let place = Place::new();
    let missing = place.path("bin").join("missing");
    let said = format!("spawn_failed: `{}` does not exist", missing.display());
    for _ in 0..20 {
        assert_eq!(failure(&place, place.command(missing.clone())).await, said);
    }
    let there = place.command(place.program("there", "exit 4"));
    let started = place.starter().start(there, TOKEN).await.unwrap();
    assert_eq!(end(started.exited).await, ExitOutcome::Code(4));
}

#[tokio::test]
async fn w31_a_program_that_may_not_be_executed_is_a_failed_start() {
    let place = Place::new();
    let file = place.program("agent", "");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let said = format!("spawn_failed: `{}` may not be executed", file.display());
    assert_eq!(failure(&place, place.command(file)).await, said);
    let folder = place.path("bin");
    let said = format!("spawn_failed: `{}` may not be executed", folder.display());
    assert_eq!(failure(&place, place.command(folder)).await, said);
}

#[tokio::test]
async fn w31_a_bad_working_folder_is_a_failed_start() {
    let place = Place::new();
    let file = place.program("agent", "");
    let missing = place.path("missing");
    let cases = [
        (
            missing.clone(),
            format!("`{}` does not exist", missing.display()),
        ),
        (
            file.clone(),
            format!("`{}` is not a folder", file.display()),
        ),
        (PathBuf::from("."), "`.` is not absolute".to_owned()),
    ];
    for (cwd, said) in cases {
        let mut command = place.command(file.clone());
        command.cwd = Some(cwd);
        let detail = failure(&place, command).await;
        assert_eq!(detail, format!("spawn_failed: the working folder {said}"));
    }
}

#[tokio::test]
async fn w31_a_missing_interpreter_is_told_from_a_missing_program() {
    let place = Place::new();
    // Written by somebody else, as `Place::program` says.
    let inner = place.path("bin").join("missing-sh");
    let file = place.program("agent", "");
    let script = format!("printf '#!%s\\n' {} > {}", inner.display(), file.display());
    let rewritten = std::process::Command::new("sh")
        .args(["-c", &script])
        .status();
    assert!(rewritten.unwrap().success());
    let said = format!(
        "spawn_failed: the interpreter that `{}` names does not exist",
        file.display()
    );
    assert_eq!(failure(&place, place.command(file)).await, said);
}

#[tokio::test]
async fn w31_arguments_that_the_system_does_not_take_are_a_failed_start() {
    let place = Place::new();
    let file = place.program("agent", "");
    let mut command = place.command(file.clone());
    command.args = vec![text(&"a".repeat(8 << 20))];
    let said = "spawn_failed: the arguments and variables are too long";
    assert_eq!(failure(&place, command).await, said);
    let mut command = place.command(file.clone());
    command.args = vec![text("a\0b")];
    let said = "spawn_failed: an argument or a variable has a NUL character";
    assert_eq!(failure(&place, command).await, said);
    let mut command = place.command(file);
    command.args = vec![Word::PromptFile];
    let said = "spawn_failed: the command names a prompt file, and has none";
    assert_eq!(failure(&place, command).await, said);
}

#[tokio::test]
async fn w31_a_prompt_or_a_log_that_cannot_be_written_is_a_failed_start() {
    let place = Place::new();
    let file = place.program("agent", "");
    // Files where the folders should be.
    for name in ["data", "log"] {
        fs::write(place.path(name), "").unwrap();
    }
    let mut command = place.command(file.clone());
    command.input = Input::File("p".to_owned());
    let detail = failure(&place, command).await;
    assert!(
        detail.starts_with("spawn_failed: the file of the prompt cannot be written: "),
        "{detail}"
    );
    let table = "command = [\"agent\"]\noutput = \"log\"";
    let command = place.driver(table).build("p", TOKEN, None).unwrap();
    let detail = failure(&place, command).await;
    assert!(
        detail.starts_with("spawn_failed: the log cannot be written: "),
        "{detail}"
    );
}

#[tokio::test]
async fn a_failed_start_leaves_no_prompt_behind() {
    let place = Place::new();
    let mut command = place.command(place.path("bin").join("missing"));
    command.input = Input::File("p".to_owned());
    command.args = vec![Word::PromptFile];
    failure(&place, command).await;
    assert!(place.path("data/spawn").is_dir(), "there was one");
    assert_eq!(place.files("data/spawn"), Vec::<PathBuf>::new());
}
