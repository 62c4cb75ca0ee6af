//! `cmdbus broker`, as clients of the broker launch it, and what it has on disk.

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use serde_json::Value;

use super::bus::{Bus, Ended, Running, program};
use crate::support::eventually;

const TOKEN: &str = "example-token-1";
/// The folder of the account `team/alpha` with that token, in the data folder.
const FOLDER: &str = "runtime-broker/team_alpha/4e864cc9d096f94b";

fn data(bus: &Bus) -> PathBuf {
    bus.folder().join("data")
}

fn folder(bus: &Bus) -> PathBuf {
    data(bus).join(FOLDER)
}

/// `cmdbus broker` with what the npm client gives it, and with a token.
fn broker(bus: &Bus) -> Command {
    let mut command = bus.command(program());
    command
        .arg("broker")
        .env("MASONS_BROKER_ACCOUNT_ID", "team/alpha")
        .env("MASONS_BROKER_USER_DATA", data(bus))
        .env("CMDBUS_RUNTIME_TOKEN", TOKEN);
    command
}

fn run(command: &mut Command) -> Ended {
    Running::start(command).end()
}

/// Starts a broker and waits until it serves.
fn start(command: &mut Command) -> Running {
    let running = Running::start(command);
    running.says("is running");
    running
}

/// Everything that the brokers of a data folder have logged.
fn logged(data: &Path) -> String {
    let logs = fs::read_dir(data.join("runtime-broker/log")).unwrap();
    let logs = logs.map(|log| fs::read_to_string(log.unwrap().path()).unwrap());
    logs.collect()
}

fn make_private(folder: &Path) {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder).unwrap();
}

#[test]
fn a_broker_serves_the_pair_that_the_client_names_with_a_bus_beside_its_discovery_file() {
    let bus = Bus::new();
    let running = start(&mut broker(&bus));
    let socket = folder(&bus).join("bus.sock");
    let address = format!("unix:{}", socket.display());
    let status = bus.run(["status", "--json", "--bus", &address]).json();
    assert_eq!(status["pid"], running.pid());
    assert_eq!(status["account"], "team/alpha");
    assert_eq!(status["profile"], Value::Null);
    assert_eq!(status["socket"], socket.to_str().unwrap());
    for (path, mode) in [
        (folder(&bus), 0o700),
        (folder(&bus).join("broker.lock"), 0o600),
        (data(&bus).join("runtime-broker/log"), 0o700),
    ] {
        let found = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
    assert!(!bus.socket().exists(), "it is no profile's");
    let log = logged(&data(&bus));
    assert!(
        log.contains("\"msg\":\"serving\"") && !log.contains(TOKEN),
        "{log}"
    );
    bus.run(["stop", "--bus", &address]).ok();
    assert_eq!(running.end().code, Some(0));
    assert!(!socket.exists());
}

#[test]
fn a_broker_that_has_the_profiles_pair_is_the_profiles_daemon() {
    let bus = Bus::new();
    let shown = bus.run(["token", "show", "--json"]).json();
    let token = bus.run(["token", "show"]).ok();
    assert_eq!(shown["token"], token.trim_end());
    assert_eq!(shown["account"], "default");
    let mut command = bus.command(program());
    let command = command.arg("broker");
    let running = start(command.env("CMDBUS_RUNTIME_TOKEN", token.trim_end()));
    bus.run(["ls", "--no-start"]).ok();
    assert_eq!(bus.pid(), running.pid());
    let status = bus.run(["status", "--json"]).json();
    assert_eq!(status["profile"], "default");
    assert_eq!(status["socket"], bus.socket().to_str().unwrap());
    // Beside the discovery file there is one too.
    let discovery = PathBuf::from(shown["discovery"].as_str().unwrap());
    let beside = format!("unix:{}", discovery.with_file_name("bus.sock").display());
    bus.run(["ls", "--bus", &beside]).ok();
    let second = bus.run(["daemon"]);
    assert!(second.stderr.contains("running already"), "{second:?}");
    bus.run(["stop"]).ok();
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn a_broker_that_cannot_tell_whom_it_serves_says_so_once_and_in_the_log() {
    let bus = Bus::new();
    let credentials = bus.folder().join("credentials.json");
    fs::write(&credentials, "{\"accounts\":{}}").unwrap();
    let mut without = broker(&bus);
    let without = without
        .env_remove("CMDBUS_RUNTIME_TOKEN")
        .env("MASONS_BROKER_CREDENTIALS_FILE", &credentials);
    let said = ["credentials.json", "`accounts.team/alpha.token`"];
    let ended = run(without).failed(78, &said);
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    let log = logged(&data(&bus));
    for word in said {
        assert!(log.contains(word), "{log}");
    }
    let nothing = bus.folder().to_owned();
    let without = without
        .env_remove("MASONS_BROKER_CREDENTIALS_FILE")
        .env("OPENCLAW_HOME", nothing);
    run(without).failed(78, &["CMDBUS_RUNTIME_TOKEN", "openclaw.json"]);
    assert_eq!(bus.processes(), []);
}

#[test]
fn w47_an_account_of_dots_is_refused() {
    let bus = Bus::new();
    for account in [".", ".."] {
        run(broker(&bus).env("MASONS_BROKER_ACCOUNT_ID", account)).failed(78, &["no account id"]);
    }
    let made: Vec<_> = fs::read_dir(data(&bus).join("runtime-broker"))
        .unwrap()
        .collect();
    assert_eq!(made.len(), 1, "only the log: {made:?}");
}

#[test]
fn a_broker_on_hold_goes_in_peace() {
    let bus = Bus::new();
    make_private(&folder(&bus));
    let discovery = folder(&bus).join("discovery.json");
    bus.run([
        Path::new("stop"),
        Path::new("--hold"),
        Path::new("--discovery"),
        &discovery,
    ])
    .ok();
    assert!(folder(&bus).join("hold").exists());
    run(&mut broker(&bus)).ok();
    assert!(logged(&data(&bus)).contains("on hold"));
    let ls = bus.run([Path::new("ls"), Path::new("--discovery"), &discovery]);
    ls.failed(3, &["on hold", "hold"]);
    assert_eq!(bus.processes(), []);
}

#[test]
fn a_broker_refuses_a_folder_that_others_may_write_to() {
    let bus = Bus::new();
    let account = folder(&bus).parent().unwrap().to_owned();
    make_private(&account);
    for place in [account.as_path(), account.parent().unwrap()] {
        fs::set_permissions(place, fs::Permissions::from_mode(0o777)).unwrap();
        run(&mut broker(&bus)).failed(1, &["others may write", "chmod 700"]);
        fs::set_permissions(place, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn a_socket_path_that_is_too_long_does_not_keep_a_broker_from_serving() {
    let bus = Bus::new();
    let deep = bus.folder().join("deep".repeat(30));
    let temporary = bus.folder().join("tmp");
    make_private(&temporary);
    let running = start(
        broker(&bus)
            .env("MASONS_BROKER_USER_DATA", &deep)
            .env("TMPDIR", &temporary),
    );
    let short = running.stderr();
    let short = short
        .split('`')
        .find(|part| part.ends_with(".sock"))
        .unwrap();
    assert!(Path::new(short).starts_with(&temporary), "{short}");
    let folder = Path::new(short).parent().unwrap().metadata().unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    bus.run(["ls", "--bus", &format!("unix:{short}")]).ok();
}

#[test]
fn w39_a_spawn_lock_that_a_dead_client_left_empty_is_cleared_away() {
    let bus = Bus::new();
    make_private(&folder(&bus));
    let lock = folder(&bus).join("discovery.json.lock");
    let file = File::create(&lock).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(11))
        .unwrap();
    let _running = start(&mut broker(&bus));
    eventually("the lock is gone", || (!lock.exists()).then_some(()));
    // A client may be about to write it.
    File::create(&lock).unwrap();
    let discovery = folder(&bus).join("discovery.json");
    bus.run([Path::new("doctor"), Path::new("--discovery"), &discovery]);
    assert!(lock.exists());
    let file = File::options().write(true).open(&lock).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(11))
        .unwrap();
    let doctor = bus.run([Path::new("doctor"), Path::new("--discovery"), &discovery]);
    assert!(doctor.stdout.contains("spawn lock"), "{doctor:?}");
    assert!(!lock.exists());
}

#[test]
fn doctor_tells_a_discovery_file_that_a_killed_broker_left() {
    let bus = Bus::new();
    make_private(&folder(&bus));
    let discovery = folder(&bus).join("discovery.json");
    let stale =
        r#"{"version":1,"pid":1,"startedAt":"x","ipcUrl":"http://127.0.0.1:1","bearerToken":"t"}"#;
    fs::write(&discovery, stale).unwrap();
    let doctor = bus.run([Path::new("doctor"), Path::new("--discovery"), &discovery]);
    assert!(
        doctor.stdout.contains("left by a broker that was killed"),
        "{doctor:?}"
    );
    doctor.ok();
}

/// Returns what a discovery file says.
fn read(discovery: &Path) -> Value {
    serde_json::from_slice(&fs::read(discovery).unwrap()).unwrap()
}

#[test]
fn the_discovery_file_tells_of_a_broker_while_it_runs() {
    let bus = Bus::new();
    let discovery = folder(&bus).join("discovery.json");
    let running = start(&mut broker(&bus));
    let told = read(&discovery);
    assert_eq!(told["version"], 1);
    assert_eq!(told["pid"], running.pid());
    assert_eq!(told["bearerToken"].as_str().unwrap().len(), 43);
    let socket = folder(&bus).join("bus.sock");
    assert_eq!(told["busSocket"], socket.to_str().unwrap());
    let mode = fs::metadata(&discovery).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let at = [Path::new("--discovery"), &discovery];
    let status = [&[Path::new("status"), Path::new("--json")][..], &at].concat();
    assert_eq!(bus.run(status).json()["ipc_url"], told["ipcUrl"]);
    let doctor = bus.run([&[Path::new("doctor")][..], &at].concat());
    assert!(doctor.stdout.contains("healthy at"), "{doctor:?}");
    doctor.ok();
    bus.run([&[Path::new("stop"), Path::new("--release")][..], &at].concat())
        .ok();
    assert_eq!(running.end().code, Some(0));
    assert!(!discovery.exists());
    assert!(logged(&data(&bus)).contains("Release"));
}

#[test]
fn the_daemon_of_a_profile_is_found_by_clients_that_have_its_token() {
    let bus = Bus::new();
    let daemon = bus.start();
    let shown = bus.run(["token", "show", "--json"]).json();
    let discovery = PathBuf::from(shown["discovery"].as_str().unwrap());
    let told = read(&discovery);
    assert_eq!(told["pid"], daemon);
    assert_eq!(told["busSocket"], bus.socket().to_str().unwrap());
    // What a client would launch finds it there.
    let mut client = bus.command(program());
    let client = client
        .arg("broker")
        .env("CMDBUS_RUNTIME_TOKEN", shown["token"].as_str().unwrap());
    run(client).ok();
    assert_eq!(read(&discovery), told);
    bus.run(["stop"]).ok();
    assert!(!discovery.exists());
}

#[test]
fn w40_of_many_brokers_that_start_at_once_one_serves_and_the_others_go_in_peace() {
    let bus = Bus::new();
    let mut brokers: Vec<Running> = (0..20).map(|_| Running::start(&mut broker(&bus))).collect();
    eventually("all but one have ended", || {
        let left = brokers
            .iter_mut()
            .filter_map(|broker| (!broker.has_ended()).then_some(()));
        (left.count() == 1).then_some(())
    });
    let told = read(&folder(&bus).join("discovery.json"));
    for mut broker in brokers {
        if broker.has_ended() {
            broker.end().ok();
        } else {
            assert_eq!(told["pid"], broker.pid());
        }
    }
}

#[test]
fn w40_a_broker_that_ends_leaves_the_file_of_another_alone() {
    let bus = Bus::new();
    let discovery = folder(&bus).join("discovery.json");
    let running = start(&mut broker(&bus));
    let mut told = read(&discovery);
    told["bearerToken"] = "another".into();
    fs::write(&discovery, told.to_string()).unwrap();
    running.signal(Signal::TERM);
    assert_eq!(running.end().code, Some(0));
    assert_eq!(read(&discovery), told);
}

#[test]
fn a_broker_that_was_killed_is_started_again_by_whoever_wants_it() {
    let bus = Bus::new();
    let discovery = folder(&bus).join("discovery.json");
    let running = start(&mut broker(&bus));
    running.signal(Signal::KILL);
    assert_eq!(running.end().code, None);
    let stale = read(&discovery);
    let ls = [Path::new("ls"), Path::new("--discovery"), &discovery];
    let no_start = [&ls[..], &[Path::new("--no-start")]].concat();
    bus.run(no_start).failed(3, &["no broker at"]);
    bus.run(ls).ok();
    assert_ne!(read(&discovery)["bearerToken"], stale["bearerToken"]);
    let stop = [Path::new("stop"), Path::new("--discovery"), &discovery];
    assert!(bus.run(stop).ok().starts_with("stopped"));
}

#[test]
fn w37_another_broker_at_the_address_of_a_stale_file_is_not_taken_for_the_one_that_is_meant() {
    let bus = Bus::new();
    let _other = start(&mut broker(&bus));
    let mut told = read(&folder(&bus).join("discovery.json"));
    told["bearerToken"] = "stale".into();
    let own = bus.folder().join("own");
    make_private(&own);
    let discovery = own.join("discovery.json");
    fs::write(&discovery, told.to_string()).unwrap();
    let ls = [Path::new("ls"), Path::new("--discovery"), &discovery];
    bus.run(ls).ok();
    assert_ne!(read(&discovery)["ipcUrl"], told["ipcUrl"]);
}

#[test]
fn a_broker_that_hears_the_hangup_signal_goes_by_the_figures_as_configured_now() {
    let bus = Bus::new().configured("[broker]\ninbox_messages = 7\nconnections = 9\n");
    let discovery = folder(&bus).join("discovery.json");
    let running = start(&mut broker(&bus));
    let at = [Path::new("--discovery"), &discovery];
    let capacity = || {
        let status = [&[Path::new("status"), Path::new("--json")][..], &at].concat();
        bus.run(status).json()["broker"]["inbox"]["capacity"].clone()
    };
    assert_eq!(capacity(), 7);
    let bus = bus.configured("[broker]\ninbox_messages = oops\n");
    running.signal(Signal::HUP);
    eventually("the complaint is in the log", || {
        let log = logged(&data(&bus));
        log.contains("stays as it was").then_some(())
    });
    let bus = bus.configured("[broker]\ninbox_messages = 8\n");
    running.signal(Signal::HUP);
    let status = [&[Path::new("status"), Path::new("--json")][..], &at].concat();
    eventually("the new figure counts", || {
        let status = bus.run(status.clone()).json();
        (status["broker"]["inbox"]["capacity"] == 8).then_some(())
    });
    running.signal(Signal::TERM);
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn doctor_tells_of_a_store_with_which_no_broker_starts() {
    let bus = Bus::new();
    let running = start(&mut broker(&bus));
    running.signal(Signal::TERM);
    running.end().ok();
    let discovery = folder(&bus).join("discovery.json");
    let doctor = || bus.run([Path::new("doctor"), Path::new("--discovery"), &discovery]);
    assert!(doctor().stdout.contains("sound"));
    let database = folder(&bus).join("state/store.db");
    fs::write(&database, [7; 9000]).unwrap();
    run(&mut broker(&bus)).failed(1, &["store"]);
    doctor().failed(1, &[]);
    assert_eq!(fs::read(&database).unwrap(), [7; 9000]);
}
