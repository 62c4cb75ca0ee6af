//! What a bus costs while nothing happens.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use super::bus::{Bus, Running, program};

/// How long nothing may happen.
const WINDOW: Duration = Duration::from_secs(3);
/// Most memory of an idle daemon, of a release build.
const RSS_LIMIT_KIB: u64 = 15 << 10;

/// How often each thread of a process has been given a processor.
fn switches(pid: i32) -> BTreeMap<String, u64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    tasks
        .map(|task| {
            let task = task.unwrap();
            let status = fs::read_to_string(task.path().join("status")).unwrap();
            let count = status
                .lines()
                .filter(|line| line.contains("ctxt_switches"))
                .map(number)
                .sum();
            (task.file_name().to_string_lossy().into_owned(), count)
        })
        .collect()
}

fn number(line: &str) -> u64 {
    let mut words = line.split_whitespace();
    words.find_map(|word| word.parse().ok()).unwrap()
}

#[test]
fn an_idle_bus_does_nothing_at_all() {
    let bus = Bus::new();
    let pid = bus.start();
    let provider = bus.provide(["text.upper", "--", "tr", "a-z", "A-Z"]);
    let listener = bus.spawn(["listen"]);
    let service = Running::start(
        bus.command(env!("CARGO_BIN_EXE_service"))
            .env("CMDBUS_BIN", program()),
    );
    service.prints("ready");
    bus.run(["call", "text.upper", "\"warm\""]).ok();

    let idle = [
        ("daemon", pid),
        ("provide", provider.pid()),
        ("listen", listener.pid()),
        ("service", service.pid()),
    ];
    let look = || idle.map(|(name, pid)| (name, switches(pid)));
    // What has just happened may have an aftermath.
    let (mut before, mut since) = (look(), Instant::now());
    while since.elapsed() < Duration::from_millis(300) {
        std::thread::sleep(Duration::from_millis(10));
        let now = look();
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
    std::thread::sleep(WINDOW);
    assert_eq!(look(), before);

    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let rss = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .map(number)
        .unwrap();
    if cfg!(debug_assertions) {
        eprintln!("the daemon of a debug build uses {rss} KiB");
    } else {
        assert!(rss < RSS_LIMIT_KIB, "the daemon uses {rss} KiB");
    }
}
