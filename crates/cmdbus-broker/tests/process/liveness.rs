//! Who is alive (protocol §1.6, W9).

use std::process::{Command, Stdio};

use cmdbus_broker::process::liveness::{Liveness, LivenessProbe, Process, SystemProbe};

use crate::support::until;

#[test]
fn we_are_alive_and_keep_our_identity() {
    let probe = SystemProbe::new();
    let me = probe.identify(std::process::id());
    assert!(me.start.is_some());
    assert_eq!(probe.identify(me.pid), me);
    assert_eq!(probe.alive(&me), Liveness::Alive);
    // Another probe, as after a restart of the broker, sees the same.
    assert_eq!(SystemProbe::new().alive(&me), Liveness::Alive);
}

#[test]
fn a_process_of_somebody_else_is_alive() {
    let probe = SystemProbe::new();
    let first = probe.identify(1);
    assert_eq!(probe.alive(&first), Liveness::Alive);
}

#[tokio::test]
async fn w9_a_zombie_is_dead_and_so_is_who_was_reaped() {
    let probe = SystemProbe::new();
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let process = probe.identify(child.id());
    assert_eq!(probe.alive(&process), Liveness::Alive);
    // `cat` ends, and nobody reaps it.
    drop(child.stdin.take());
    until("the zombie is counted dead", || {
        probe.alive(&process) == Liveness::Dead
    })
    .await;
    let zombie = probe.identify(process.pid);
    assert_eq!(zombie.start, process.start, "its number is still taken");
    child.wait().unwrap();
    assert_eq!(probe.alive(&process), Liveness::Dead);
}

#[test]
fn w9_a_recycled_number_belongs_to_another_process() {
    let probe = SystemProbe::new();
    let me = probe.identify(std::process::id());
    let earlier = Process {
        start: me.start.map(|start| start - 1),
        ..me
    };
    assert_eq!(probe.alive(&earlier), Liveness::Dead);
}

#[cfg(target_os = "linux")]
#[test]
fn w9_nobody_survives_a_boot() {
    let probe = SystemProbe::new();
    let mut me = probe.identify(std::process::id());
    assert!(me.boot.is_some());
    me.boot = Some("00000000-0000-4000-8000-000000000000".to_owned());
    assert_eq!(probe.alive(&me), Liveness::Dead);
}

#[test]
fn who_was_not_visible_at_first_is_unknown_for_good() {
    let probe = SystemProbe::new();
    for pid in [0, u32::MAX] {
        let nobody = probe.identify(pid);
        assert_eq!(nobody.start, None);
        assert_eq!(probe.alive(&nobody), Liveness::Unknown);
    }
    // Even if somebody has the number now.
    let process = Process {
        pid: std::process::id(),
        start: None,
        boot: None,
    };
    assert_eq!(probe.alive(&process), Liveness::Unknown);
}
