//! Pipes, and children: this very program, started once more with a role to play.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cmdbus::channel::stdio::ChildStderrMode;
use cmdbus::channel::{ChannelLimits, StdioChannel};
use cmdbus::{CommandChannel, CommandError, CommandRegistry, Config, DynCommand, DynEvent};
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::suite::{Pair, Transport};
use crate::support::{Raw, Watched, drive, event, knows, soon, watched};

struct Pipes;

impl Transport for Pipes {
    const HALF_CLOSES: bool = true;

    async fn pair(limits: ChannelLimits) -> Pair {
        let (to_b, from_a) = pipe::pipe().unwrap();
        let (to_a, from_b) = pipe::pipe().unwrap();
        let a = StdioChannel::over("b", from_b, to_b, limits);
        let b = StdioChannel::over("a", from_a, to_a, limits);
        a.start().await.unwrap();
        b.start().await.unwrap();
        (Arc::new(a), Arc::new(b))
    }

    async fn raw(limits: ChannelLimits) -> (Watched, Raw) {
        let (to_raw, from_channel) = pipe::pipe().unwrap();
        let (to_channel, from_raw) = pipe::pipe().unwrap();
        let channel = StdioChannel::over("raw", from_raw, to_raw, limits);
        channel.start().await.unwrap();
        (watched!(channel), Raw::lines(from_channel, to_channel))
    }
}

raw_suite!(Pipes);

/// Says which role the program plays when it is started as a child.
const ROLE: &str = "CMDBUS_TEST_ROLE";

/// The child's side of the tests below. As a test of its own it does nothing.
#[test]
fn role() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let registry = CommandRegistry::new(Config {
            router_channel: Some("parent".into()),
            ..Config::default()
        });
        let upper = DynCommand::new("child.upper", |text: String| async move {
            println!("somebody prints to standard output: {text}");
            Ok::<_, CommandError>(text.to_uppercase())
        });
        let hang = DynCommand::new("child.hang", |_: Value| {
            std::future::pending::<Result<Value, CommandError>>()
        });
        let exit = DynCommand::new("child.exit", |code: i32| async move {
            std::process::exit(code);
            #[allow(unreachable_code)]
            Ok::<Value, CommandError>(Value::Null)
        });
        let input = DynCommand::new("child.input", |_: Value| async move {
            let read = std::io::read_to_string(std::io::stdin());
            Ok::<_, CommandError>(read.unwrap_or_else(|error| error.to_string()))
        });
        registry.register_command(upper).await.unwrap();
        registry.register_command(hang).await.unwrap();
        registry.register_command(exit).await.unwrap();
        registry.register_command(input).await.unwrap();
        println!("a banner that is no message");
        let channel = Arc::new(StdioChannel::current_process("parent"));
        let second = StdioChannel::current_process("again");
        let driver = registry.register_channel(channel).await.unwrap();
        assert!(second.start().await.is_err());
        let driver = tokio::spawn(driver);
        if role == "emit" {
            for n in 0..100 {
                registry
                    .emit(DynEvent::new("child.event", json!(n)))
                    .unwrap();
            }
            registry.dispose().await;
        }
        driver.await.unwrap();
        eprintln!("child says goodbye");
    });
    // A runtime that waits for standard input would hang here.
    drop(runtime);
    std::process::exit(7);
}

fn play(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["stdio::role", "--exact", "--nocapture"])
        .env(ROLE, role)
        .stderr(std::process::Stdio::null());
    command
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .stderr(std::process::Stdio::null());
    command
}

/// Returns a registry with a child that provides `child.*`.
async fn parent(role: &str) -> (CommandRegistry, Arc<StdioChannel>) {
    let registry = CommandRegistry::new(Config::default());
    let channel = Arc::new(StdioChannel::spawn("child", play(role)));
    drive(&registry, channel.clone()).await;
    knows(&registry, "child.upper").await;
    (registry, channel)
}

#[tokio::test]
async fn a_child_is_called_whatever_else_it_prints_and_ends_when_its_input_does() {
    let (registry, channel) = parent("serve").await;
    for _ in 0..3 {
        let answer = soon(registry.execute_dyn("child.upper", json!("hello"))).await;
        assert_eq!(answer.unwrap(), "HELLO");
    }
    // What the test harness and the child print before the channel takes over, and nothing after.
    let printed = channel.dropped_frames();
    assert!((1..=3).contains(&printed), "{printed}");
    assert!(channel.child_id().is_some());
    soon(registry.dispose()).await;
    assert_eq!(soon(channel.child_ended()).await.unwrap().code(), Some(7));
    assert!(channel.child_id().is_none());
}

#[tokio::test]
async fn a_child_may_be_given_a_socket_for_both() {
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut command = play("serve");
    command.stdin(OwnedFd::from(far.try_clone().unwrap()));
    command.stdout(OwnedFd::from(far));
    let mut child = command.spawn().unwrap();
    drop(command);
    near.set_nonblocking(true).unwrap();
    let (reader, writer) = UnixStream::from_std(near).unwrap().into_split();
    let registry = CommandRegistry::new(Config::default());
    let channel = StdioChannel::over("child", reader, writer, ChannelLimits::default());
    drive(&registry, Arc::new(channel)).await;
    knows(&registry, "child.upper").await;
    let answer = soon(registry.execute_dyn("child.upper", json!("hello"))).await;
    assert_eq!(answer.unwrap(), "HELLO");
    soon(registry.dispose()).await;
    assert_eq!(soon(child.wait()).await.unwrap().code(), Some(7));
}

#[tokio::test]
async fn standard_input_of_a_child_is_empty_for_everybody_else() {
    let (registry, _channel) = parent("serve").await;
    let answer = soon(registry.execute_dyn("child.input", json!(null))).await;
    assert_eq!(answer.unwrap(), "");
    soon(registry.dispose()).await;
}

#[tokio::test]
async fn a_child_that_emits_and_ends_loses_nothing() {
    let registry = CommandRegistry::new(Config::default());
    let (heard, mut events) = mpsc::unbounded_channel();
    let _stop = registry.on_dyn("child.event", move |payload: Value| {
        drop(heard.send(payload))
    });
    let channel = Arc::new(StdioChannel::spawn("child", play("emit")));
    let driver = drive(&registry, channel.clone()).await;
    soon(driver).await.unwrap();
    for n in 0..100 {
        assert_eq!(events.try_recv().unwrap(), json!(n));
    }
    assert_eq!(soon(channel.child_ended()).await.unwrap().code(), Some(7));
}

#[tokio::test]
async fn a_child_that_exits_ends_the_channel_and_its_calls() {
    let (registry, channel) = parent("serve").await;
    let error = soon(registry.execute_dyn("child.exit", json!(3)))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::ChannelDisconnected),
        "{error}"
    );
    assert_eq!(soon(channel.child_ended()).await.unwrap().code(), Some(3));
    assert!(channel.recv().await.is_none());
}

#[tokio::test]
async fn a_child_that_is_killed_ends_the_channel_and_its_calls() {
    let (registry, channel) = parent("serve").await;
    let kill = async {
        let id = channel.child_id().unwrap().to_string();
        let killed = Command::new("kill")
            .args(["-KILL", &id])
            .status()
            .await
            .unwrap();
        assert!(killed.success());
    };
    let (answer, ()) = tokio::join!(soon(registry.execute_dyn("child.hang", json!(1))), kill);
    assert!(matches!(
        answer.unwrap_err(),
        CommandError::ChannelDisconnected
    ));
    assert_eq!(soon(channel.child_ended()).await.unwrap().signal(), Some(9));
}

/// Waits for a file to hold a whole line, and returns it.
async fn line_in(path: &Path) -> String {
    soon(async {
        loop {
            match std::fs::read_to_string(path) {
                Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
                _ => tokio::task::yield_now().await,
            }
        }
    })
    .await
}

async fn is_alive(id: &str) -> bool {
    // A zombie still has an id, so its state is asked for.
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", id])
        .output()
        .await
        .unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[tokio::test]
async fn a_child_that_goes_on_without_input_gets_sigterm_after_two_seconds() {
    let channel = StdioChannel::spawn("child", shell("exec sleep 1000"));
    channel.start().await.unwrap();
    let start = std::time::Instant::now();
    soon(channel.close()).await;
    let took = start.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    assert_eq!(channel.child_ended().await.unwrap().signal(), Some(15));
}

#[tokio::test]
async fn a_child_that_ignores_sigterm_is_killed_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grandchild");
    let script = format!(
        "trap '' TERM; sleep 1000 & echo $! > '{}'; while :; do wait; done",
        file.display()
    );
    let channel = StdioChannel::spawn("child", shell(&script));
    channel.start().await.unwrap();
    let grandchild = line_in(&file).await;
    assert!(is_alive(&grandchild).await);
    // Nothing can happen but that time goes by.
    tokio::time::pause();
    channel.close().await;
    tokio::time::resume();
    assert_eq!(channel.child_ended().await.unwrap().signal(), Some(9));
    soon(async { while is_alive(&grandchild).await {} }).await;
}

#[tokio::test]
async fn a_channel_that_is_dropped_ends_its_child() {
    let channel = StdioChannel::spawn("child", shell("exec cat"));
    channel.start().await.unwrap();
    let id = channel.child_id().unwrap().to_string();
    drop(channel);
    soon(async { while is_alive(&id).await {} }).await;
}

#[test]
fn the_end_of_the_runtime_kills_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grandchild");
    let script = format!("sleep 1000 & echo $! > '{}'; wait", file.display());
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let (channel, grandchild) = first.block_on(async {
        let channel = StdioChannel::spawn("child", shell(&script));
        channel.start().await.unwrap();
        (channel, line_in(&file).await)
    });
    drop(first);
    runtime().block_on(async {
        soon(channel.close()).await;
        assert!(channel.child_ended().await.is_none());
        soon(async { while is_alive(&grandchild).await {} }).await;
    });
}

#[tokio::test]
async fn a_child_that_has_left_somebody_with_its_pipes_ends_the_channel() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("grandchild");
    let script = format!("sleep 1000 & echo $! > '{}'", file.display());
    let channel = StdioChannel::spawn("child", shell(&script));
    channel.start().await.unwrap();
    assert!(
        soon(channel.child_ended())
            .await
            .is_none_or(|status| status.success())
    );
    assert!(soon(channel.recv()).await.is_none());
    soon(channel.close()).await;
    let grandchild = line_in(&file).await;
    Command::new("kill")
        .arg(&grandchild)
        .status()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_an_error_without_its_arguments() {
    let mut command = Command::new("/nowhere/plugin");
    command.arg("--token=s3cret");
    let channel = StdioChannel::spawn("child", command);
    let error = channel.start().await.unwrap_err().to_string();
    assert!(
        error.contains("/nowhere/plugin") && !error.contains("s3cret"),
        "{error}"
    );
    soon(channel.close()).await;
}

#[tokio::test]
async fn a_channel_that_was_closed_starts_no_child() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let channel = StdioChannel::spawn("child", shell(&format!("echo 1 > '{}'", file.display())));
    soon(channel.close()).await;
    assert!(channel.start().await.is_err());
    assert!(channel.child_ended().await.is_none());
    assert!(!file.exists());
}

#[tokio::test]
async fn standard_error_goes_to_the_log_when_asked_and_is_never_protocol() {
    let message = serde_json::to_string(&event("from stderr")).unwrap();
    let script = format!("printf '%s\\n' '{message}' >&2; exec cat");
    let channel = StdioChannel::spawn_with(
        "child",
        shell(&script),
        ChildStderrMode::Log,
        ChannelLimits::default(),
    );
    channel.start().await.unwrap();
    channel.send(event("from stdout")).unwrap();
    let received = soon(channel.recv()).await.unwrap();
    assert_eq!(crate::support::text_of(&received), "from stdout");
    soon(channel.close()).await;
}
