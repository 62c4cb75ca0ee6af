//! Places where a bus cannot be, and what is said about them.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;

use super::bus::Bus;

/// Makes the folder of the profile's state as the daemon would.
fn make_state(bus: &Bus) {
    let mut folder = DirBuilder::new();
    folder.recursive(true).mode(0o700);
    folder.create(bus.state()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let bus = Bus::new();
    let home = bus.state().ancestors().nth(2).unwrap().to_owned();
    fs::create_dir(&home).unwrap();
    fs::write(home.join("state"), "").unwrap();
    let path = bus.state();
    let path = path.to_str().unwrap();
    bus.run(["daemon"])
        .failed(1, &["cannot create", path, "CMDBUS_HOME"]);
    bus.run(["ls"])
        .failed(3, &["cannot create the folder", path, "CMDBUS_HOME"]);
}

#[test]
fn a_folder_that_others_may_write_to_is_refused_with_the_mend() {
    let bus = Bus::new();
    make_state(&bus);
    fs::set_permissions(bus.state(), Permissions::from_mode(0o777)).unwrap();
    let mend = format!("chmod 700 {}", bus.state().display());
    bus.run(["daemon"]).failed(1, &["others may write", &mend]);
    bus.run(["ls"]).failed(3, &["others may write", &mend]);
    assert_eq!(bus.processes(), []);
    fs::set_permissions(bus.state(), Permissions::from_mode(0o700)).unwrap();
    bus.run(["ls"]).ok();
}

#[test]
fn what_the_daemon_makes_is_for_its_user_alone() {
    let bus = Bus::new();
    bus.start();
    let mode = |path: &std::path::Path| path.metadata().unwrap().mode() & 0o777;
    assert_eq!(mode(&bus.state()), 0o700);
    assert_eq!(mode(&bus.state().join("token")), 0o600);
    assert_eq!(mode(&bus.state().join("log")), 0o700);
    assert_eq!(mode(&bus.socket()) & 0o077, 0);
}

#[test]
fn a_socket_path_that_is_too_long_moves_to_a_short_one() {
    for (var, below) in [("XDG_RUNTIME_DIR", ""), ("TMPDIR", "cmdbus-")] {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().join("r");
        DirBuilder::new().mode(0o700).create(&runtime).unwrap();
        let deep = folder.path().join("deep/".repeat(40));
        let bus = Bus::at(deep, folder).var(var, &runtime);
        let _provider = bus.provide(["echo", "--", "cat"]);
        assert_eq!(bus.run(["call", "echo", "1"]).ok(), "1\n");
        let status = bus.run(["status", "--json"]).json();
        let socket = status["socket"].as_str().unwrap().to_owned();
        let expected = runtime.join(below);
        assert!(socket.starts_with(expected.to_str().unwrap()), "{socket}");
        let name = socket.rsplit('/').next().unwrap();
        assert_eq!(name.len(), "cmdbus-.sock".len() + 16, "{name}");
        assert_eq!(bus.daemons().len(), 1);
        bus.run(["stop"]).ok();
        assert!(!fs::exists(socket).unwrap());
    }
}

#[test]
fn a_live_socket_of_somebody_else_is_not_replaced() {
    let bus = Bus::new();
    make_state(&bus);
    let _foreign = UnixListener::bind(bus.socket()).unwrap();
    let path = bus.socket();
    bus.run(["daemon"])
        .failed(1, &["another program serves at", path.to_str().unwrap()]);
    assert!(bus.socket().metadata().unwrap().file_type().is_socket());
    let ended = bus.run(["doctor"]).failed(1, &[]);
    assert!(ended.stdout.contains("no bus listens at"), "{ended:?}");
    bus.run(["call", "x", "--timeout", "100ms"]).failed(4, &[]);
    bus.run(["status"]).failed(4, &["the bus does not answer"]);
    assert_eq!(bus.processes(), []);
}

#[test]
fn a_dead_socket_is_replaced() {
    let bus = Bus::new();
    make_state(&bus);
    drop(UnixListener::bind(bus.socket()).unwrap());
    assert!(bus.socket().exists());
    bus.run(["ls"]).ok();
}

#[test]
fn a_file_in_the_place_of_the_socket_is_left_alone() {
    let bus = Bus::new();
    make_state(&bus);
    fs::write(bus.socket(), "precious").unwrap();
    let path = bus.socket();
    bus.run(["daemon"])
        .failed(1, &[path.to_str().unwrap(), "in the way"]);
    assert_eq!(fs::read_to_string(bus.socket()).unwrap(), "precious");
}

#[test]
fn a_wrong_setting_is_refused_with_the_right_one() {
    let bus = Bus::new();
    let file = bus.folder().join("cmdbus.toml");
    fs::write(&file, "[bus]\nrequest_tll_s = 5\n").unwrap();
    let file = file.to_str().unwrap();
    bus.run(["daemon", "--config", file])
        .failed(2, &["request_tll_s", "request_ttl_s"]);
    bus.run(["ls", "--profile", "not/a/name"])
        .failed(2, &["not/a/name"]);
    bus.run(["ls", "--bus", "nonsense"])
        .failed(2, &["nonsense"]);
    assert_eq!(bus.processes(), []);
}
