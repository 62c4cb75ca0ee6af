//! Calls in progress, from the shell: time limits, cancellation, progress, streamed results.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::bus::{Bus, Running, program, signal};
use crate::support::eventually;

/// Counts to ten on stdout and on stderr, each step when a file says so.
fn counting(bus: &Bus) -> (String, impl Fn(u32)) {
    let gate = bus.folder().join("gate");
    let script = format!(
        "for n in 1 2 3 4 5 6 7 8 9 10; do
             until [ -e {0}.$n ]; do sleep 0.01; done
             echo \"@progress $n/10 at $n\" >&2
             echo $n
             echo $n >> {0}.log
         done",
        gate.display()
    );
    let open = move |last| {
        for n in 1..=last {
            fs::write(format!("{}.{n}", gate.display()), "").unwrap();
        }
    };
    (script, open)
}

#[test]
fn items_are_printed_as_they_come_and_progress_beside_them() {
    let bus = Bus::new();
    let (script, open) = counting(&bus);
    let _provider = bus.provide_script(&["count", "--stream"], &script);
    let call = bus.spawn(["call", "count", "--progress", "json"]);
    open(2);
    call.prints("2");
    call.says(r#"{"progress":2,"total":10,"message":"at 2"}"#);
    assert!(!call.lines().contains(&"3".to_owned()));
    open(10);
    let ended = call.end();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stdout, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    assert!(
        ended.stderr.contains(r#"{"progress":10,"total":10"#),
        "{}",
        ended.stderr
    );
}

#[test]
fn without_streaming_a_program_reports_progress_all_the_same() {
    let bus = Bus::new();
    let (script, open) = counting(&bus);
    open(10);
    let _provider = bus.provide_script(&["count"], &script);
    let ended = bus.run(["call", "count", "--progress", "json"]);
    assert!(ended.stderr.contains(r#""message":"at 10""#), "{ended:?}");
    assert_eq!(ended.json(), json!("1\n2\n3\n4\n5\n6\n7\n8\n9\n10"));
    // Into a pipe nobody sees a bar.
    let quiet = bus.run(["call", "count"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_reader_that_has_enough_ends_the_call_and_the_program() {
    let bus = Bus::new();
    // It would write for ever.
    let _provider = bus.provide_script(&["count", "--stream"], "exec yes counting");
    let line = format!("{} call count --credit 4 | head -n 3", program().display());
    let head = Running::start(bus.command("sh").args(["-c", &line]));
    let ended = head.end();
    assert_eq!(ended.stdout, "\"counting\"\n".repeat(3));
    assert_eq!(ended.stderr, "", "the pipe closes cleanly");
    eventually("the program is gone", || {
        bus.programs("yes counting").is_empty().then_some(())
    });
}

#[test]
fn a_stream_cut_off_by_its_reader_ends_with_141_and_other_work_is_done_all_the_same() {
    let bus = Bus::new();
    let done = bus.folder().join("done");
    let script = format!("sleep 0.2; : > {}; echo 1", done.display());
    let _all = bus.provide_script(&["all"], &script);
    let _stream = bus.provide_script(&["stream", "--stream"], "exec yes");
    for (id, code) in [("all", 0), ("stream", 141)] {
        let call = format!("({} call {id}; echo $? >&2) | true", program().display());
        let ended = Running::start(bus.command("sh").args(["-c", &call])).end();
        assert_eq!(ended.stderr, format!("{code}\n"), "{id}");
    }
    assert!(done.exists());
}

#[test]
fn a_stream_larger_than_any_queue_reaches_a_reader_that_takes_its_time() {
    let bus = Bus::new();
    // Much more than the bus queues for one connection, all of it covered by credit.
    let script = "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do printf '\"%04000000d\"\\n' $n; done";
    let _provider = bus.provide(["big", "--stream", "--", "bash", "-c", script]);
    let call = bus.spawn(["call", "big"]);
    call.signal(Signal::STOP);
    bus.run(["status"]).ok();
    call.signal(Signal::CONT);
    let ended = call.end();
    assert_eq!(ended.stderr, "");
    assert_eq!(ended.stdout.len(), 20 * 4_000_003);
}

#[test]
fn a_call_whose_reader_pauses_can_be_ended() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["stream", "--stream"], "exec yes");
    // Nobody reads this pipe.
    let (reader, writer) = std::io::pipe().unwrap();
    let mut call = bus.command(program());
    let mut call = call
        .args(["call", "stream"])
        .stdout(writer)
        .spawn()
        .unwrap();
    eventually("the pipe is full", || {
        (rustix::io::ioctl_fionread(&reader).unwrap() >= 60_000).then_some(())
    });
    signal(i32::try_from(call.id()).unwrap(), Signal::TERM);
    let status = eventually("the call ends", || call.try_wait().unwrap());
    assert_eq!(status.code(), Some(143));
}

#[test]
fn what_is_still_connecting_can_be_ended() {
    let bus = Bus::new();
    // It takes the connection and says nothing.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", mute.local_addr().unwrap());
    let bus_at = ["--bus", &address];
    for verb in [&["call", "a"][..], &["provide", "a", "--", "true"]] {
        let verb = bus.spawn(bus_at.iter().chain(verb));
        let _connection = mute.accept().unwrap();
        verb.signal(Signal::TERM);
        assert_eq!(verb.end().code, Some(143));
    }
}

#[test]
fn a_reader_that_goes_while_nothing_comes_is_noticed() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["slow", "--stream"], "echo 1; exec sleep 600");
    let line = format!("{} call slow | head -n 1", program().display());
    let ended = Running::start(bus.command("sh").args(["-c", &line])).end();
    assert_eq!(ended.stdout, "1\n");
    eventually("the program is gone", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
}

#[test]
fn a_caller_that_does_not_read_stops_the_program_at_the_credit() {
    let bus = Bus::new();
    let (script, open) = counting(&bus);
    // Each item is longer than a pipe is, so that nothing of it hides there.
    let script = script.replace("echo $n\n", "printf '%100000s\\n' $n\n");
    let _provider = bus.provide_script(&["count", "--stream"], &script);
    let call = bus.spawn(["call", "count", "--credit", "2", "--progress", "json"]);
    open(1);
    call.says("at 1");
    eventually("the first item is printed", || {
        (call.lines().len() == 1).then_some(())
    });
    call.signal(Signal::STOP);
    open(10);
    let written = || {
        let log = fs::read_to_string(bus.folder().join("gate.log")).unwrap_or_default();
        log.lines().count()
    };
    // Two that there is credit for, and one that `provide` holds; the next fills the pipe.
    eventually("the credit is used up", || (written() >= 4).then_some(()));
    bus.run(["status"]).ok();
    assert!(written() <= 5, "{}", written());
    call.signal(Signal::CONT);
    assert_eq!(call.end().ok().lines().count(), 10);
}

#[test]
fn an_interrupted_call_ends_with_130_and_its_program_with_all_it_started() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["slow"], "sleep 600 & sleep 600; true");
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let call = bus.spawn(["call", "slow"]);
        eventually("the program runs", || {
            (bus.programs("sleep 600").len() >= 2).then_some(())
        });
        call.signal(signal);
        let ended = call.end();
        assert_eq!(ended.code, Some(code), "{ended:?}");
        eventually("the program is gone", || {
            bus.programs("sleep 600").is_empty().then_some(())
        });
    }
}

#[test]
fn a_killed_caller_ends_its_program_too() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["slow", "--stream"], "sleep 600 & sleep 600; true");
    let call = bus.spawn(["call", "slow"]);
    eventually("the program runs", || {
        (bus.programs("sleep 600").len() >= 2).then_some(())
    });
    call.signal(Signal::KILL);
    eventually("the program is gone", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
}

#[test]
fn a_program_that_ignores_the_first_signal_gets_the_second() {
    let bus = Bus::new();
    let ready = bus.folder().join("ready");
    let script = format!("trap '' TERM; : > {}; sleep 600; true", ready.display());
    let _provider = bus.provide_script(&["stubborn"], &script);
    let call = bus.spawn(["call", "stubborn"]);
    eventually("the program runs", || ready.exists().then_some(()));
    call.signal(Signal::INT);
    assert_eq!(call.end().code, Some(130));
    assert!(!bus.programs("sleep 600").is_empty(), "it has its grace");
    eventually("the program is gone", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
}

#[test]
fn a_program_learns_until_when_it_has_time_and_which_trace_it_belongs_to() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let bus = Bus::new();
    let _provider = bus.provide_script(
        &["show"],
        "printf '[%s, %s, \"%s\"]' $(date +%s%3N) $CMDBUS_DEADLINE_MS $TRACEPARENT",
    );
    let traced = bus
        .command(program())
        .env("TRACEPARENT", parent)
        .args(["call", "show", "--timeout", "20s"])
        .output();
    let shown: Value = serde_json::from_slice(&traced.unwrap().stdout).unwrap();
    let (now, deadline) = (shown[0].as_i64().unwrap(), shown[1].as_i64().unwrap());
    assert!((1..=20_000).contains(&(deadline - now)), "{shown}");
    assert_eq!(shown[2], parent);
    let untraced = bus.run(["call", "show"]).json();
    assert_eq!(untraced[2], "", "it does not come from elsewhere");
}

#[test]
fn a_call_made_by_a_program_has_no_more_time_than_the_program() {
    let bus = Bus::new();
    let _slow = bus.provide_script(&["slow"], "exec sleep 600");
    let script = format!("exec {} call slow --timeout 1h", program().display());
    let _outer = bus.provide_script(&["outer"], &script);
    bus.run(["call", "outer", "--timeout", "500ms"])
        .failed(4, &["no answer from `outer` within 500 ms"]);
    eventually("the inner program is gone too", || {
        bus.programs("sleep 600").is_empty().then_some(())
    });
}

#[test]
fn a_call_that_says_how_long_it_may_take_outlasts_the_limit_of_the_daemon() {
    let bus = Bus::new();
    let config = bus.folder().join("home/cmdbus.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(&config, "[bus]\nrequest_ttl_s = 0.2\n").unwrap();
    let _provider = bus.provide_script(&["slow"], "sleep 1; echo 1");
    assert_eq!(bus.run(["call", "slow"]).json(), json!(1));
}

#[test]
fn a_stream_that_fails_prints_what_came_before() {
    let bus = Bus::new();
    let _provider = bus.provide_script(
        &["fails", "--stream"],
        "echo 1; echo 2; echo oops >&2; exit 3",
    );
    let ended = bus
        .run(["call", "fails"])
        .failed(1, &["exited with 3: oops"]);
    assert_eq!(ended.stdout, "1\n2\n");
}

#[test]
fn a_stream_without_items_prints_nothing_and_a_void_command_null() {
    let bus = Bus::new();
    let _stream = bus.provide_script(&["empty", "--stream"], "true");
    let _void = bus.provide_script(&["void"], "true");
    assert_eq!(bus.run(["call", "empty"]).ok(), "");
    assert_eq!(bus.run(["call", "void"]).ok(), "null\n");
}

#[test]
fn an_item_that_takes_too_long_ends_the_call() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["slow", "--stream"], "echo 1; exec sleep 600");
    let ended = bus.run(["call", "slow", "--idle-timeout", "300ms"]);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(4), "1\n"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("--idle-timeout"), "{ended:?}");
}

#[test]
fn what_streams_says_so_in_its_schema() {
    let bus = Bus::new();
    let file = bus.folder().join("schema.json");
    fs::write(&file, r#"{"response": {"type": "integer"}}"#).unwrap();
    let schema = file.to_str().unwrap();
    let _provider = bus.provide_script(&["count", "--stream", "--schema", schema], "true");
    let described = bus.run(["describe", "count", "--json"]).json();
    assert_eq!(
        described["schema"]["response"],
        json!({"x-cmdbus-stream": {"type": "integer"}})
    );
    let shown = bus.run(["describe", "count"]).ok();
    assert!(shown.contains("returns a stream of\n  {"), "{shown}");
}

#[test]
fn the_last_report_and_the_trace_are_shown_after_any_burst_of_items() {
    let bus = Bus::new();
    let script = "seq 1 2000; echo '@progress 1 the end' >&2";
    let _provider = bus.provide_script(&["burst", "--stream"], script);
    for _ in 0..5 {
        let ended = bus.run(["call", "burst", "--progress", "json", "--trace"]);
        assert_eq!(ended.stdout.lines().count(), 2000);
        assert!(ended.stderr.contains("the end"), "{}", ended.stderr);
        assert!(ended.stderr.contains("  hop cmdbus"), "{}", ended.stderr);
    }
}

#[test]
fn a_trace_shows_every_hop_with_its_time() {
    let bus = Bus::new();
    let _provider = bus.provide_script(&["slow"], "sleep 0.1; echo 1");
    let ended = bus.run(["call", "slow", "--trace"]);
    assert_eq!(ended.stdout, "1\n");
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{ended:?}");
    for (line, begins) in lines.iter().zip(["slow ", "  hop cmdbus ", "    handler "]) {
        assert!(line.starts_with(begins), "{ended:?}");
    }
}
