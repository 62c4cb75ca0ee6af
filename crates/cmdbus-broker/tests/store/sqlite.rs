//! What is particular to the store on SQLite: its files, and other people's.

use std::fs;

use cmdbus_broker::store::{
    CheckLevel, Op, Outcome, Seq, SqliteStore, Store, StoreErrorKind, check,
};
use rusqlite::Connection;

use super::support::{Sqlite, Subject, T, content_of, flip, message, queued};

#[cfg(unix)]
#[test]
fn folder_and_files_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let mut subject = Sqlite::new();
    fs::set_permissions(subject.folder(), fs::Permissions::from_mode(0o755)).expect("the mode");
    subject.close();
    fs::set_permissions(subject.database(), fs::Permissions::from_mode(0o644)).expect("the mode");
    subject.open();
    subject.commit(&queued("ep_a", 1));
    assert!(
        subject
            .store()
            .reader()
            .content(Seq(1))
            .expect("it reads")
            .is_some()
    );

    let mode = |path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(subject.folder()), 0o700);
    let files: Vec<_> = fs::read_dir(subject.folder())
        .expect("the folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    assert_eq!(files.len(), 3, "database, log, index of the log");
    for file in files {
        assert_eq!(mode(file), 0o600);
    }
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    let other = Connection::open(&file).expect("a database");
    other
        .execute_batch("CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('one')")
        .expect("a table");
    drop(other);
    let before = fs::read(&file).expect("the file");

    let error = SqliteStore::open(folder.path())
        .err()
        .expect("it is not ours");
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    assert_eq!(fs::read(&file).expect("the file"), before);
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("store.db");
    fs::write(&file, "a shopping list, say\n".repeat(500)).expect("a file");
    let error = SqliteStore::open(folder.path())
        .err()
        .expect("it is not ours");
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    assert!(
        fs::read(&file)
            .expect("the file")
            .starts_with(b"a shopping list")
    );
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let mut subject = Sqlite::new();
    subject.close();
    let other = Connection::open(subject.database()).expect("a database");
    other
        .execute(
            "UPDATE meta SET value = '99' WHERE name = 'store.version'",
            [],
        )
        .expect("the version");
    drop(other);
    let error = SqliteStore::open(subject.folder())
        .err()
        .expect("it is newer");
    assert_eq!(
        error.kind(),
        StoreErrorKind::Newer {
            found: 99,
            known: 1
        }
    );
    assert!(
        error.to_string().contains("install a later cmdbus"),
        "{error}"
    );
}

#[test]
fn a_start_that_was_killed_before_the_first_table_can_be_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("store.db"), "").expect("an empty file");
    drop(SqliteStore::open(folder.path()).expect("it begins anew"));

    let folder = tempfile::tempdir().expect("a folder");
    let other = Connection::open(folder.path().join("store.db")).expect("a database");
    other
        .execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL")
        .expect("a log");
    drop(other);
    drop(SqliteStore::open(folder.path()).expect("it begins anew"));
}

#[test]
fn the_database_is_in_the_modes_that_durability_needs() {
    let mut subject = Sqlite::new();
    subject.commit(&queued("ep_a", 1));
    let other = Connection::open(subject.database()).expect("a database");
    let text = |pragma: &str| -> String {
        other
            .query_row(&format!("SELECT * FROM pragma_{pragma}"), [], |row| {
                row.get(0)
            })
            .expect("a value")
    };
    assert_eq!(text("journal_mode"), "wal");
    let vacuum: i64 = other
        .query_row("PRAGMA auto_vacuum", [], |row| row.get(0))
        .expect("a value");
    assert_eq!(vacuum, 2, "incremental");
}

#[test]
fn an_open_store_can_be_checked() {
    let mut subject = Sqlite::new();
    subject.commit(&queued("ep_a", 1));
    for level in [CheckLevel::Quick, CheckLevel::Full] {
        let report = check(subject.folder(), level).expect("it can be read");
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.version, 1);
    }
}

#[test]
fn a_closed_store_can_be_checked() {
    let mut subject = Sqlite::new();
    subject.commit(&queued("ep_a", 1));
    subject.close();
    assert!(
        check(subject.folder(), CheckLevel::Full)
            .expect("it can be read")
            .is_sound()
    );
    assert_eq!(
        check(subject.folder().join("none"), CheckLevel::Full)
            .expect_err("nothing is there")
            .kind(),
        StoreErrorKind::CannotOpen
    );
}

#[test]
fn a_full_check_finds_damaged_content() {
    let mut subject = Sqlite::new();
    subject.commit(&[queued("ep_a", 1), queued("ep_a", 2)].concat());
    subject.damage(Seq(2));
    assert!(
        check(subject.folder(), CheckLevel::Quick)
            .expect("it can be read")
            .is_sound()
    );
    let report = check(subject.folder(), CheckLevel::Full).expect("it can be read");
    assert_eq!(
        report
            .damages
            .iter()
            .map(|damage| damage.seq)
            .collect::<Vec<_>>(),
        [Seq(2)]
    );
    assert!(!report.is_sound());
}

#[test]
fn a_flipped_bit_in_what_is_delivered_is_damage_too() {
    // The address of the sender is in another table, and in two indexes.
    let mut subject = Sqlite::new();
    let mut row = message(1);
    row.content_type = "application/x-one".to_owned();
    subject.commit(&[Op::message(row)]);
    subject.close();
    flip(&subject.database(), b"application/x-one");
    subject.open();
    let report = check(subject.folder(), CheckLevel::Full).expect("it can be read");
    assert_eq!(report.damages.len(), 1);
}

#[test]
fn a_place_without_a_message_is_reported_and_not_loaded() {
    let mut subject = Sqlite::new();
    subject.commit(&[queued("ep_a", 1), queued("ep_a", 2)].concat());
    subject.close();
    let other = Connection::open(subject.database()).expect("a database");
    other
        .execute("DELETE FROM message WHERE seq = 1", [])
        .expect("a row");
    drop(other);
    subject.open();
    let loaded = subject.store().load().expect("it loads");
    assert_eq!((loaded.orphans, loaded.queues[0].count), (vec![Seq(1)], 1));
    let report = check(subject.folder(), CheckLevel::Quick).expect("it can be read");
    assert_eq!(report.orphans, [Seq(1)]);
}

#[test]
fn a_damaged_database_is_corruption() {
    let mut subject = Sqlite::new();
    let ops: Vec<Op> = (1..=500).flat_map(|seq| queued("ep_a", seq)).collect();
    subject.commit(&ops);
    subject.close();
    let mut data = fs::read(subject.database()).expect("the file");
    let pages = data.len() / 4096;
    for page in 3..pages {
        data[page * 4096..page * 4096 + 64].fill(0xff);
    }
    fs::write(subject.database(), data).expect("the file");
    let report = check(subject.folder(), CheckLevel::Quick).expect("damage is what it looks for");
    assert_ne!(report.faults, Vec::<String>::new());
    match SqliteStore::open(subject.folder()) {
        Ok(mut store) => {
            let error = store.load().expect_err("it is damaged");
            assert!(error.is_corruption(), "{error}");
            assert!(store.reopen().expect_err("it is damaged").is_corruption());
            let error = store
                .commit(&queued("ep_a", 501))
                .expect_err("it is closed");
            assert_eq!(error.outcome(), Outcome::NotStored);
        }
        Err(error) => assert!(error.is_corruption(), "{error}"),
    }
}

#[test]
fn room_is_given_back_when_nothing_waits() {
    let mut subject = Sqlite::new();
    let large = "x".repeat(64 * 1024);
    for seq in 1..=400 {
        let mut row = message(seq);
        row.content = large.as_str().into();
        subject.commit(&[Op::message(row)]);
    }
    subject.restart();
    let full = fs::metadata(subject.database()).expect("the file").len();
    let mut ops = Vec::new();
    for seq in 1..=400 {
        let ended = cmdbus_broker::store::ReceiptChange::new(
            cmdbus_broker::store::ReceiptState::Confirmed,
            0,
            T,
        );
        ops.extend([Op::receipt(Seq(seq), ended), Op::ContentDrop(Seq(seq))]);
    }
    subject.commit(&ops);
    for _ in 0..20 {
        subject.store().maintain(true);
    }
    subject.restart();
    let left = fs::metadata(subject.database()).expect("the file").len();
    assert!(left < full * 3 / 4, "{left} of {full}");
}

#[test]
fn errors_and_rows_show_no_content() {
    let mut subject = Sqlite::new();
    let mut row = message(1);
    row.content = content_of(Seq(1)).into();
    let shown = format!("{:?}", Op::message(row));
    assert!(!shown.contains("the content"), "{shown}");
    subject.commit(&queued("ep_a", 1));
    let mut second = message(2);
    second.id = "msg_000001".into();
    let error = subject
        .store()
        .commit(&[Op::message(second)])
        .expect_err("the id is taken");
    let shown = format!("{error:?} {error}");
    assert!(!shown.contains("the content"), "{shown}");
}
