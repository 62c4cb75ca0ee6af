//! Processes from their start to their end (protocol §8.5, W34).

use std::fs;
use std::path::PathBuf;

use cmdbus_broker::process::liveness::{Liveness, LivenessProbe, SystemProbe};
use cmdbus_broker::process::start::ExitOutcome;
use rustix::process::{Pid, getpgid, getsid, test_kill_process};

use crate::support::{Place, TOKEN, end, kill, mode, signal, until};

fn pid(number: u32) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap()).unwrap()
}

#[tokio::test]
async fn w34_the_code_and_the_signal_of_an_early_end_are_told() {
    let place = Place::new();
    place.program("fails", "exit 7");
    place.program("works", "exit 0");
    place.program("killed", "kill -9 $$");
    place.program("terminated", "kill -15 $$");
    let table = |name| format!("command = [\"{name}\"]");
    assert_eq!(place.run(&table("fails"), "p").await, ExitOutcome::Code(7));
    assert_eq!(place.run(&table("works"), "p").await, ExitOutcome::Code(0));
    assert_eq!(
        place.run(&table("killed"), "p").await,
        ExitOutcome::Signal(9)
    );
    assert_eq!(
        place.run(&table("terminated"), "p").await,
        ExitOutcome::Signal(15)
    );
}

#[tokio::test]
async fn a_child_that_has_ended_is_reaped_whether_or_not_somebody_waits() {
    let place = Place::new();
    let command = place.command(place.program("agent", ""));
    let starter = place.starter();
    let started = starter.start(command.clone(), TOKEN).await.unwrap();
    let number = started.pid;
    end(started.exited).await;
    assert!(
        test_kill_process(pid(number)).is_err(),
        "its number is free"
    );

    let dropped = starter.start(command, TOKEN).await.unwrap().pid;
    until("the dropped one is reaped", || {
        test_kill_process(pid(dropped)).is_err()
    })
    .await;
}

#[tokio::test]
async fn a_child_leads_a_session_of_its_own() {
    let place = Place::new();
    let command = place.command(place.program("agent", "exec sleep 600"));
    let started = place.starter().start(command, TOKEN).await.unwrap();
    let leader = pid(started.pid);
    assert_eq!(getsid(Some(leader)), Ok(leader));
    assert_eq!(getpgid(Some(leader)), Ok(leader));
    let probe = SystemProbe::new();
    assert_eq!(probe.alive(&probe.identify(started.pid)), Liveness::Alive);
    assert_eq!(kill(started).await, ExitOutcome::Signal(9));
}

#[tokio::test]
async fn a_launcher_ends_when_it_ends_and_not_with_whom_it_has_launched() {
    let place = Place::new();
    place.program("agent", "sleep 600 & echo $! > \"$OUT\"");
    let outcome = place.run(r#"command = ["agent"]"#, "p").await;
    assert_eq!(outcome, ExitOutcome::Code(0));
    let launched = place.out().trim().parse().unwrap();
    let probe = SystemProbe::new();
    assert_eq!(probe.alive(&probe.identify(launched)), Liveness::Alive);
    signal(launched);
}

#[tokio::test]
async fn w34_a_prompt_on_standard_input_comes_whole_and_is_then_closed() {
    let place = Place::new();
    // Ends only if the pipe is closed.
    place.program("agent", "cat > \"$OUT\"");
    let prompt = format!(
        "--not-an-option\n$(touch x) `y` \"'\\ ä {}",
        "z".repeat(1 << 20)
    );
    let table = "command = [\"agent\"]\nmax_prompt_bytes = 2000000";
    assert_eq!(place.run(table, &prompt).await, ExitOutcome::Code(0));
    assert!(place.out() == prompt);
}

#[tokio::test]
async fn a_child_that_does_not_read_its_prompt_holds_nobody_up() {
    let place = Place::new();
    place.program("agent", "exec sleep 600");
    // More than fits into a pipe.
    let table = "command = [\"agent\"]\nmax_prompt_bytes = 2000000";
    let command = place
        .driver(table)
        .build(&"z".repeat(1 << 20), TOKEN, None)
        .unwrap();
    let starter = place.starter();
    let started = starter.start(command.clone(), TOKEN).await.unwrap();
    let other = starter.start(command, TOKEN).await.unwrap();
    assert_eq!(kill(started).await, ExitOutcome::Signal(9));
    assert_eq!(kill(other).await, ExitOutcome::Signal(9));
}

#[tokio::test]
async fn whom_a_launcher_leaves_behind_still_gets_the_whole_prompt() {
    let place = Place::new();
    // The one left behind begins to read when the launcher is gone.
    let script = "exec 3<&0
        (while kill -0 $$ 2> /dev/null; do sleep 0.01; done; cat <&3 > \"$OUT.new\"; mv \"$OUT.new\" \"$OUT\") &";
    place.program("agent", script);
    let prompt = "z".repeat(1 << 20);
    let table = "command = [\"agent\"]\nmax_prompt_bytes = 2000000";
    assert_eq!(place.run(table, &prompt).await, ExitOutcome::Code(0));
    until("it has read", || place.path("out").exists()).await;
    assert!(place.out() == prompt);
}

#[tokio::test]
async fn a_child_that_closes_its_input_ends_as_it_likes() {
    let place = Place::new();
    place.program("agent", "exec 0<&-; exit 3");
    let table = "command = [\"agent\"]\nmax_prompt_bytes = 2000000";
    let outcome = place.run(table, &"z".repeat(1 << 20)).await;
    assert_eq!(outcome, ExitOutcome::Code(3));
}

#[tokio::test]
async fn w34_a_prompt_in_a_file_is_private_and_removed_at_the_end() {
    let place = Place::new();
    let script = "[ \"$#\" = 2 ] && cp -p \"$2\" \"$OUT\" && printf %s \"$2\" > \"$OUT.name\"
        while [ -e \"$OUT.wait\" ]; do sleep 0.01; done";
    place.program("agent", script);
    let hold = place.path("out.wait");
    fs::write(&hold, "").unwrap();
    let table = "command = [\"agent\", \"--task\", \"{prompt_file}\"]\nprompt = \"file\"";
    let command = place
        .driver(table)
        .build("--a prompt", TOKEN, None)
        .unwrap();
    let started = place.starter().start(command, TOKEN).await.unwrap();
    let name = place.path("out.name");
    until("the program has its prompt", || {
        fs::read_to_string(&name).is_ok_and(|name| !name.is_empty())
    })
    .await;
    assert_eq!(place.out(), "--a prompt");
    let file = PathBuf::from(fs::read_to_string(&name).unwrap());
    assert_eq!(place.files("data/spawn"), std::slice::from_ref(&file));
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&place.path("data/spawn")), 0o700);
    fs::remove_file(&hold).unwrap();
    assert_eq!(end(started.exited).await, ExitOutcome::Code(0));
    assert!(!file.exists(), "it is removed before the end is told");
}

#[tokio::test]
async fn w34_a_prompt_as_an_argument_is_one_word_and_no_shell_reads_it() {
    let place = Place::new();
    place.program("agent", "printf '%s|' \"$@\" > \"$OUT\"");
    let table = "command = [\"agent\", \"$HOME; touch x\"]\nprompt = \"arg\"";
    let prompt = "a; touch \"$OUT.2\" $(touch \"$OUT.2\") * 'b'\n--c";
    assert_eq!(place.run(table, prompt).await, ExitOutcome::Code(0));
    assert_eq!(place.out(), format!("$HOME; touch x|--|{prompt}|"));
    assert!(!place.path("out.2").exists());
}

#[tokio::test]
async fn a_child_runs_in_the_home_folder_unless_another_is_configured() {
    let place = Place::new();
    place.program("agent", "pwd -P > \"$OUT\"");
    place.run(r#"command = ["agent"]"#, "p").await;
    assert_eq!(place.out().trim(), place.path("home").to_str().unwrap());
    let table = format!("command = [\"agent\"]\ncwd = {:?}", place.path("bin"));
    place.run(&table, "p").await;
    assert_eq!(place.out().trim(), place.path("bin").to_str().unwrap());
}

#[tokio::test]
async fn what_a_child_writes_goes_into_a_private_log_if_that_is_configured() {
    let place = Place::new();
    place.program("agent", "echo out; echo err >&2");
    let table = "command = [\"agent\"]\noutput = \"log\"";
    place.run(table, "p").await;
    let logs = place.files("log");
    assert_eq!(logs.len(), 1, "{logs:?}");
    let name = logs[0].file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("spawn-test-") && name.ends_with(".log"),
        "{name}"
    );
    assert_eq!(mode(&logs[0]), 0o600);
    assert_eq!(fs::read_to_string(&logs[0]).unwrap(), "out\nerr\n");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_grows_too_long_begins_anew() {
    let place = Place::new();
    let script = "head -c 11000000 /dev/zero; : > \"$OUT\"
        while [ -e \"$OUT\" ]; do sleep 0.01; done; echo end";
    place.program("agent", script);
    let table = "command = [\"agent\"]\noutput = \"log\"";
    let command = place.driver(table).build("p", TOKEN, None).unwrap();
    let started = place.starter().start(command, TOKEN).await.unwrap();
    let log = place.files("log").remove(0);
    let length = || fs::metadata(&log).unwrap().len();
    until("all is written", || place.path("out").exists()).await;
    until("the log is cut", || length() < 10 << 20).await;
    tokio::time::resume();
    fs::remove_file(place.path("out")).unwrap();
    assert_eq!(end(started.exited).await, ExitOutcome::Code(0));
    assert!(length() < 10 << 20);
    assert!(fs::read(&log).unwrap().ends_with(b"end\n"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn otherwise_a_child_has_no_input_and_no_output_of_ours() {
    let place = Place::new();
    let script = "all=$(cd /proc/$$/fd && readlink 0 1 2); echo \"$all\" > \"$OUT\"";
    let agent = place.program("agent", script);
    let command = place.command(agent);
    let started = place.starter().start(command, TOKEN).await.unwrap();
    assert_eq!(end(started.exited).await, ExitOutcome::Code(0));
    assert_eq!(place.out(), "/dev/null\n".repeat(3));
    assert_eq!(place.files("log"), Vec::<PathBuf>::new());
}

#[test]
fn a_child_outlives_the_runtime_and_keeps_its_prompt_file() {
    let place = Place::new();
    place.program("agent", "exec sleep 600");
    let table = "command = [\"agent\", \"{prompt_file}\"]\nprompt = \"file\"";
    let command = place.driver(table).build("p", TOKEN, None).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let started = runtime
        .block_on(place.starter().start(command, TOKEN))
        .unwrap();
    drop(runtime);
    let probe = SystemProbe::new();
    assert_eq!(probe.alive(&probe.identify(started.pid)), Liveness::Alive);
    assert_eq!(place.files("data/spawn").len(), 1);
    signal(started.pid);
    // The end of the runtime is all that can be told of it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    assert_eq!(runtime.block_on(end(started.exited)), ExitOutcome::Unknown);
}
