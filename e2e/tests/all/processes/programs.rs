//! `provide`: how its programs end, and what becomes of what they have started.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::bus::{Bus, Running};
use crate::support::eventually;

/// Longer than a program that was asked to end has for it.
const GRACE: Duration = Duration::from_secs(5);

/// A child of a program that tidies up when it is asked to end, for as long as the test wants it to.
struct Child {
    folder: PathBuf,
}

impl Child {
    fn of(bus: &Bus) -> Self {
        let folder = bus.folder().join("child");
        fs::create_dir(&folder).unwrap();
        Self { folder }
    }

    /// A script that starts it, and goes on when it is ready.
    fn script(&self) -> String {
        let child = format!(
            "trap 'echo tidying; echo tidying >&2; : > {0}/asked
                 until [ -e {0}/go ]; do sleep 0.01; done
                 : > {0}/tidy; exit' TERM
             : > {0}/ready; while :; do sleep 0.05; done",
            self.folder.display()
        );
        let file = self.folder.join("child.sh");
        fs::write(&file, child).unwrap();
        format!(
            "sh {} & until [ -e {}/ready ]; do sleep 0.01; done; ",
            file.display(),
            self.folder.display()
        )
    }

    fn has(&self, mark: &str) -> bool {
        self.folder.join(mark).exists()
    }

    #[track_caller]
    fn is_ready(&self) {
        eventually("the child is ready", || self.has("ready").then_some(()));
    }

    /// It is asked to end, and left in peace until it has.
    #[track_caller]
    fn may_tidy_up(&self, bus: &Bus) {
        eventually("the child is asked to end", || {
            self.has("asked").then_some(())
        });
        fs::write(self.folder.join("go"), "").unwrap();
        eventually("the child has tidied up", || self.has("tidy").then_some(()));
        eventually("the child is gone", || {
            bus.programs("child.sh").is_empty().then_some(())
        });
    }
}

/// Waits until a process has no children, dead ones included.
#[track_caller]
fn has_no_children(parent: &Running) {
    let parent = parent.pid().to_string();
    eventually("there are no children", || {
        let stats = fs::read_dir("/proc").unwrap().flatten();
        let mut stats =
            stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
        // After the name, which may hold anything: the state and the parent.
        let has_child = stats.any(|stat| {
            let rest = stat.rsplit_once(')').map(|(_, rest)| rest);
            rest.and_then(|rest| rest.split_whitespace().nth(1)) == Some(&parent)
        });
        (!has_child).then_some(())
    });
}

#[test]
fn what_a_cancelled_program_has_started_may_tidy_up() {
    let bus = Bus::new();
    let child = Child::of(&bus);
    let provider = bus.provide_script(&["slow"], &format!("{}wait", child.script()));
    let call = bus.spawn(["call", "slow"]);
    child.is_ready();
    call.signal(Signal::INT);
    assert_eq!(call.end().code, Some(130));
    child.may_tidy_up(&bus);
    has_no_children(&provider);
}

#[test]
fn what_a_program_of_a_lost_caller_has_started_may_tidy_up() {
    let bus = Bus::new();
    let child = Child::of(&bus);
    let provider = bus.provide_script(&["slow", "--stream"], &format!("{}wait", child.script()));
    let call = bus.spawn(["call", "slow"]);
    child.is_ready();
    call.signal(Signal::KILL);
    child.may_tidy_up(&bus);
    has_no_children(&provider);
}

#[test]
fn what_a_program_over_its_time_limit_has_started_may_tidy_up() {
    let bus = Bus::new();
    let child = Child::of(&bus);
    let provider = bus.provide_script(
        &["slow", "--timeout", "1s"],
        &format!("{}wait", child.script()),
    );
    bus.run(["call", "slow"])
        .failed(4, &["limit of its provider"]);
    child.may_tidy_up(&bus);
    has_no_children(&provider);
}

#[test]
fn what_a_program_has_started_may_tidy_up_when_the_bus_goes() {
    let bus = Bus::new();
    let child = Child::of(&bus);
    let provider = bus.provide_script(&["slow"], &format!("{}wait", child.script()));
    let call = bus.spawn(["call", "slow"]);
    child.is_ready();
    super::bus::signal(bus.pid(), Signal::KILL);
    assert_ne!(call.end().code, Some(0));
    child.may_tidy_up(&bus);
    has_no_children(&provider);
}

#[test]
fn provide_waits_for_what_its_programs_have_started_to_tidy_up() {
    let bus = Bus::new();
    let child = Child::of(&bus);
    let mut provider = bus.provide_script(&["slow"], &format!("{}wait", child.script()));
    let call = bus.spawn(["call", "slow"]);
    child.is_ready();
    provider.signal(Signal::TERM);
    call.end().failed(1, &["disconnected"]);
    eventually("the child is asked to end", || {
        child.has("asked").then_some(())
    });
    assert!(!provider.has_ended());
    child.may_tidy_up(&bus);
    assert_eq!(provider.end().code, Some(0));
}

#[test]
fn provide_ends_after_the_grace_whatever_its_programs_have_started() {
    let bus = Bus::new();
    let ready = bus.folder().join("ready");
    let script = format!(
        "(trap '' TERM; : > {}; exec sleep 600) & wait",
        ready.display()
    );
    let provider = bus.provide_script(&["slow"], &script);
    let call = bus.spawn(["call", "slow"]);
    eventually("the program runs", || ready.exists().then_some(()));
    let begun = Instant::now();
    provider.signal(Signal::TERM);
    call.end().failed(1, &["disconnected"]);
    assert_eq!(provider.end().code, Some(0));
    let took = begun.elapsed();
    assert!(GRACE <= took && took < 2 * GRACE, "{took:?}");
    assert_eq!(bus.programs("sleep 600"), [] as [i32; 0]);
}

#[test]
fn what_a_program_leaves_behind_holds_up_its_slot_and_not_its_result() {
    let bus = Bus::new();
    let child = Child::of(&bus);
    let script = format!(
        "if [ -e {0}/first ]; then [ -e {0}/tidy ] && echo true; exit; fi
         : > {0}/first; {1} echo 1",
        child.folder.display(),
        child.script()
    );
    let provider = bus.provide_script(&["work", "--concurrency", "1"], &script);
    assert_eq!(bus.run(["call", "work"]).json(), json!(1));
    let next = bus.spawn(["call", "work"]);
    child.may_tidy_up(&bus);
    assert_eq!(next.end().json(), json!(true), "it ran after the first");
    has_no_children(&provider);
}

#[test]
fn what_a_program_leaves_behind_is_ended_after_the_grace() {
    let bus = Bus::new();
    let ready = bus.folder().join("ready");
    let script = format!(
        "(trap '' TERM; : > {0}; exec sleep 600) & until [ -e {0} ]; do sleep 0.01; done; echo 1",
        ready.display()
    );
    let provider = bus.provide_script(&["work"], &script);
    assert_eq!(bus.run(["call", "work"]).json(), json!(1));
    assert_eq!(bus.programs("sleep 600").len(), 1, "it has its grace");
    eventually("it is gone", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
    has_no_children(&provider);
}

#[test]
fn what_a_program_leaves_behind_cannot_draw_out_its_result() {
    let bus = Bus::new();
    let ready = bus.folder().join("ready");
    let script = format!(
        "(trap '' TERM; : > {0}; exec yes late) & until [ -e {0} ]; do sleep 0.01; done; echo first",
        ready.display()
    );
    let _provider = bus.provide_script(&["work", "--stream"], &script);
    bus.run(["call", "work"]).ok();
    assert_eq!(bus.programs("yes late").len(), 1, "it has its grace");
}

#[test]
fn all_that_a_program_printed_in_time_reaches_a_slow_reader() {
    let bus = Bus::new();
    let gate = bus.folder().join("gate");
    // Less than fits into the pipe.
    let script = format!(
        "echo 1; until [ -e {} ]; do sleep 0.01; done; seq 2 5000",
        gate.display()
    );
    let limit = Duration::from_secs(2);
    let provider = bus.provide_script(&["count", "--stream", "--timeout", "2s"], &script);
    let call = bus.spawn(["call", "count", "--credit", "1"]);
    call.prints("1");
    let begun = Instant::now();
    call.signal(Signal::STOP);
    fs::write(&gate, "").unwrap();
    has_no_children(&provider);
    eventually("the time is over", || {
        (begun.elapsed() > limit).then_some(())
    });
    call.signal(Signal::CONT);
    let printed = call.end().ok();
    assert_eq!(printed.lines().count(), 5000);
    assert!(printed.ends_with("\n5000\n"));
}

#[test]
fn the_last_report_of_progress_comes_before_the_result() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["quick"], "echo '@progress 1/1 done' >&2");
    for _ in 0..30 {
        let ended = bus.run(["call", "quick", "--progress", "json"]);
        assert_eq!(
            ended.stderr,
            "{\"progress\":1,\"total\":1,\"message\":\"done\"}\n"
        );
        assert_eq!(ended.code, Some(0));
    }
}

#[test]
fn the_time_limit_holds_for_a_program_that_always_has_something_to_say() {
    let bus = Bus::new();
    let _provider = bus.provide_script(
        &["chatter", "--stream", "--timeout", "300ms"],
        "exec yes chatter",
    );
    bus.run(["call", "chatter"])
        .failed(4, &["limit of its provider"]);
    eventually("the program is gone", || {
        bus.programs("yes chatter").is_empty().then_some(())
    });
}

#[test]
fn the_time_limit_holds_while_nobody_takes_what_a_program_says() {
    let bus = Bus::new();
    let ready = bus.folder().join("ready");
    let script = format!("echo 1; : > {}; exec yes chatter", ready.display());
    let provider = bus.provide_script(&["chatter", "--stream", "--timeout", "1s"], &script);
    let call = bus.spawn(["call", "chatter", "--credit", "1"]);
    eventually("the program runs", || ready.exists().then_some(()));
    call.signal(Signal::STOP);
    eventually("the program is gone", || {
        bus.programs("yes chatter").is_empty().then_some(())
    });
    has_no_children(&provider);
    call.signal(Signal::CONT);
    call.end().failed(4, &["limit of its provider"]);
}

#[test]
fn the_reason_of_a_failure_is_known_also_if_somebody_else_holds_stderr() {
    let bus = Bus::new();
    let _provider = bus.provide_script(
        &["fails"],
        "setsid sleep 600 & echo one reason >&2; printf 'and another' >&2; exit 3",
    );
    bus.run(["call", "fails"])
        .failed(1, &["exited with 3: one reason\nand another"]);
    // In a session of its own it is nobody's but its own.
    assert_eq!(bus.programs("sleep 600").len(), 1);
}
