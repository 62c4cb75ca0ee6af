//! How the bus starts, stops, and comes back.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::bus::{Bus, Running, program, signal};
use crate::support::eventually;

#[test]
fn twenty_verbs_at_once_start_one_daemon() {
    let bus = Bus::new();
    let verbs: Vec<Running> = (0..20).map(|_| bus.spawn(["ls"])).collect();
    for verb in verbs {
        verb.end().ok();
    }
    assert_eq!(bus.daemons(), [bus.pid()]);
    let logs = fs::read_dir(bus.state().join("log")).unwrap().count();
    assert_eq!(logs, 1);
    bus.run(["stop"]).ok();
    assert_eq!(bus.processes(), []);
}

#[test]
fn after_a_crash_providers_and_services_serve_again_without_help() {
    let bus = Bus::new();
    let provider = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let service = Running::start(
        bus.command(env!("CARGO_BIN_EXE_service"))
            .env("CMDBUS_BIN", program()),
    );
    service.prints("ready");
    let before = bus.pid();
    signal(before, Signal::KILL);
    provider.says("the bus went away");
    assert!(bus.socket().exists(), "a crash leaves the socket behind");
    bus.run(["call", "text.upper", "--no-start"]).failed(3, &[]);
    // The next verb starts a new one in the place of the old.
    bus.run(["ls"]).ok();
    assert_ne!(bus.pid(), before);
    provider.says("the bus is back");
    let upper = eventually("the provider is back", || {
        let ended = bus.run(["call", "text.upper", "\"again\""]);
        (ended.code == Some(0)).then_some(ended)
    });
    assert_eq!(upper.ok(), "\"AGAIN\"\n");
    let add = eventually("the service is back", || {
        let ended = bus.run(["call", "service.add", "{\"a\": 2, \"b\": 3}"]);
        (ended.code == Some(0)).then_some(ended)
    });
    assert_eq!(add.ok(), "5\n");
    assert_eq!(bus.daemons().len(), 1);
}

#[test]
fn a_daemon_started_on_demand_keeps_nothing_open_of_the_shell() {
    let bus = Bus::new();
    let script = format!("exec 9>held; {} ls; exec 9>&-", program().display());
    let folder = bus.folder().to_owned();
    let shell = Running::start(bus.command("sh").args(["-c", &script]).current_dir(folder));
    shell.end().ok();
    let open = format!("/proc/{}/fd", bus.pid());
    let open = std::fs::read_dir(open).unwrap().flatten();
    let held: Vec<_> = open
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .filter(|path| path.ends_with("held"))
        .collect();
    assert!(held.is_empty(), "{held:?}");
}

#[test]
fn the_daemon_notes_where_its_socket_is_while_it_runs() {
    let bus = Bus::new();
    let note = bus.state().join("socket");
    bus.start();
    let noted = std::fs::read_to_string(&note).unwrap();
    assert_eq!(noted.trim_end(), bus.socket().to_str().unwrap());
    bus.run(["stop"]).ok();
    assert!(!note.exists());
}

#[test]
fn a_provider_that_is_at_work_when_the_bus_goes_ends_the_work_and_comes_back() {
    let bus = Bus::new();
    let provider = bus.provide_script(&["work"], "echo begun >&2; exec sleep 600");
    let call = bus.spawn(["call", "work", "--timeout", "0"]);
    eventually("the call is under way", || {
        (!bus.programs("sleep 600").is_empty()).then_some(())
    });
    signal(bus.pid(), Signal::KILL);
    call.end().failed(3, &["went away"]);
    provider.says("the bus went away");
    bus.run(["ls"]).ok();
    provider.says("the bus is back");
    eventually("the command is offered again", || {
        let listed = bus.run(["ls", "--json"]).json();
        (listed[0]["id"] == "work").then_some(())
    });
    // Its caller has been told that nothing will come of it.
    eventually("the program is gone", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
}

#[test]
fn a_stopped_bus_stays_stopped_until_somebody_wants_it() {
    let bus = Bus::new();
    let mut provider = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let mut service = Running::start(
        bus.command(env!("CARGO_BIN_EXE_service"))
            .env("CMDBUS_BIN", program()),
    );
    service.prints("ready");
    assert!(bus.run(["stop"]).ok().starts_with("stopped (pid "));
    provider.says("the bus went away");
    // Long enough for several attempts to come back.
    let watched = Instant::now();
    while watched.elapsed() < Duration::from_millis(700) {
        assert!(bus.daemons().is_empty());
        assert!(!bus.socket().exists());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!provider.has_ended() && !service.has_ended());
    bus.run(["ls"]).ok();
    provider.says("the bus is back");
    let ended = eventually("both serve again", || {
        bus.run(["call", "service.text", "--no-start"])
            .code
            .filter(|code| *code == 0)?;
        Some(bus.run(["call", "text.upper", "\"on\""]))
    });
    assert_eq!(ended.ok(), "\"ON\"\n");
}

#[test]
fn a_hold_keeps_the_bus_down_until_a_person_starts_it() {
    let bus = Bus::new();
    bus.start();
    bus.run(["stop", "--hold"]).ok();
    for verb in [&["ls"][..], &["call", "x"], &["provide", "x", "--", "cat"]] {
        bus.run(verb).failed(3, &["on hold", "cmdbus daemon"]);
    }
    assert_eq!(bus.processes(), []);
    bus.start();
    bus.run(["stop"]).ok();
    // The hold is gone for good.
    bus.run(["ls"]).ok();
}

#[test]
fn a_second_daemon_finds_that_one_is_running_already() {
    let bus = Bus::new();
    let first = bus.start();
    for args in [&["daemon"][..], &["daemon", "--detach"]] {
        let ended = bus.run(args);
        assert!(ended.stderr.contains("running already"), "{ended:?}");
        ended.ok();
    }
    assert_eq!(bus.daemons(), [first]);
}

#[test]
fn a_daemon_that_hangs_is_reported_and_not_replaced() {
    let bus = Bus::new();
    let first = bus.start();
    signal(first, Signal::STOP);
    bus.run(["daemon"])
        .failed(75, &["does not serve", "cmdbus doctor"]);
    bus.run(["doctor"]).failed(1, &[]);
    assert_eq!(bus.daemons(), [first]);
    signal(first, Signal::CONT);
    assert_eq!(bus.pid(), first);
}

#[test]
fn a_daemon_in_the_background_outlives_who_started_it() {
    let bus = Bus::new();
    let ended = bus.run(["daemon", "--detach"]);
    let pid = bus.pid();
    assert!(ended.stderr.contains(&format!("pid {pid}")), "{ended:?}");
    assert_eq!(bus.daemons(), [pid]);
    let status = bus.run(["status", "--json"]).json();
    assert_eq!(status["profile"], "default");
    assert_eq!(status["socket"], bus.socket().to_str().unwrap());
    assert!(status["version"].is_string());
}

#[test]
fn signals_end_a_daemon_in_good_order() {
    for which in [Signal::TERM, Signal::INT] {
        let bus = Bus::new();
        let daemon = bus.spawn(["daemon"]);
        daemon.says("is running at");
        let provider = bus.provide(["x", "--", "cat"]);
        assert!(bus.socket().exists());
        daemon.signal(which);
        let ended = daemon.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!bus.socket().exists());
        provider.says("the bus went away");
    }
}

#[test]
fn stopping_nothing_is_no_error() {
    let bus = Bus::new();
    let ended = bus.run(["stop"]);
    assert!(ended.stderr.contains("no bus is running"), "{ended:?}");
    ended.ok();
    assert_eq!(bus.processes(), []);
}

#[test]
fn doctor_starts_nothing_and_finds_a_running_bus_in_order() {
    let bus = Bus::new();
    bus.run(["doctor"]);
    assert_eq!(bus.processes(), []);
    bus.start();
    bus.run(["doctor"]).ok();
}

#[test]
fn the_demo_keeps_its_promises_and_leaves_nothing_behind() {
    let bus = Bus::new();
    let temporary = bus.folder().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let bus = bus.var("TMPDIR", &temporary);
    let told = bus.run(["demo", "--json"]).json();
    assert_eq!(told["ok"], true, "{told}");
    assert!(told["total_ms"].as_f64() < Some(10_000.0), "{told}");
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
    assert_eq!(bus.processes(), []);
}
