//! Whether what the broker has stored is sound.

use std::path::Path;

use cmdbus_broker::store::{CheckLevel, CheckReport, StoreError, StoreErrorKind, check};

use super::Check;

const NAME: &str = "store";
/// Damaged messages that are named; the others are counted.
const NAMED: usize = 5;

/// Looks at the store in a broker's folder, if there is one yet, and changes nothing. One that is in use is not read
/// as thoroughly: that takes long, and keeps the broker from tidying up.
pub(super) async fn look(folder: &Path, in_use: bool) -> Vec<Check> {
    let state = folder.join("state");
    if !state.exists() {
        return Vec::new();
    }
    let level = if in_use {
        CheckLevel::Quick
    } else {
        CheckLevel::Full
    };
    let checked = {
        let state = state.clone();
        tokio::task::spawn_blocking(move || check(state, level))
    };
    match checked.await {
        Ok(Ok(report)) => of_report(&state, &report),
        Ok(Err(error)) => vec![of_error(&state, &error)],
        Err(error) => vec![Check::problem(
            NAME,
            format!("`{}` could not be looked at: {error}", state.display()),
            "run `cmdbus doctor` again",
        )],
    }
}

fn of_report(state: &Path, report: &CheckReport) -> Vec<Check> {
    let path = state.display();
    let mut checks = Vec::new();
    if let Some(fault) = report.faults.first() {
        checks.push(Check::problem(
            NAME,
            format!("`{path}` is damaged: {fault}{}", more(report.faults.len() - 1)),
            format!("stop the broker, copy `{path}` to keep what can be saved, and remove it: the next start begins with an empty one"),
        ));
    }
    if !report.damages.is_empty() {
        let ids = report.damages.iter().map(|damage| damage.seq.0.to_string());
        checks.push(Check::problem(
            NAME,
            format!(
                "in `{path}`, messages are not what was stored: numbers {}",
                named(ids)
            ),
            "nothing: they are put aside when they are to be delivered; send them again if you can",
        ));
    }
    if !report.orphans.is_empty() {
        checks.push(Check::problem(
            NAME,
            format!(
                "`{path}` names {} messages that are not there",
                report.orphans.len()
            ),
            "nothing: they are passed over; send them again if you can",
        ));
    }
    if !report.set_aside.is_empty() {
        let ids = report.set_aside.iter().map(|row| row.id.to_string());
        checks.push(Check::note(
            NAME,
            format!(
                "damaged messages were put aside and not delivered: {}",
                named(ids)
            ),
            "send them again if you can; `cmdbus send --receipt ID` says whom one was for",
        ));
    }
    if report.is_sound() {
        checks.push(Check::ok(NAME, format!("{path}, sound")));
    }
    checks
}

fn of_error(state: &Path, error: &StoreError) -> Check {
    let path = state.display();
    match error.kind() {
        // The message says what to do.
        StoreErrorKind::Newer { .. } | StoreErrorKind::Foreign => Check {
            mend: None,
            ..Check::problem(NAME, format!("`{path}`: {error}"), "")
        },
        _ => Check::problem(
            NAME,
            format!("`{path}` cannot be looked at: {error}"),
            "make it yours, or make room on its disk",
        ),
    }
}

fn named(ids: impl ExactSizeIterator<Item = String>) -> String {
    let others = ids.len().saturating_sub(NAMED);
    let named: Vec<_> = ids.take(NAMED).map(|id| format!("`{id}`")).collect();
    format!("{}{}", named.join(", "), more(others))
}

fn more(others: usize) -> String {
    match others {
        0 => String::new(),
        _ => format!(", and {others} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn verdicts(checks: &[Check]) -> Vec<Verdict> {
        checks.iter().map(|check| check.verdict).collect()
    }

    #[tokio::test]
    async fn a_store_is_sound_or_its_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(look(folder.path(), false).await.is_empty());
        let state = folder.path().join("state");
        drop(cmdbus_broker::store::SqliteStore::open(&state).unwrap());
        for in_use in [true, false] {
            let checks = look(folder.path(), in_use).await;
            assert_eq!(verdicts(&checks), [Verdict::Ok]);
        }
        let database = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap();
        std::fs::write(database.path(), [7; 9000]).unwrap();
        let checks = look(folder.path(), false).await;
        assert_eq!(verdicts(&checks), [Verdict::Problem], "{checks:?}");
    }

    #[test]
    fn everything_that_a_report_finds_is_told() {
        let report = CheckReport {
            faults: vec!["page 3 is odd".to_owned(), "page 4 is odd".to_owned()],
            orphans: vec![cmdbus_broker::store::Seq(1)],
            ..CheckReport::default()
        };
        let checks = of_report(Path::new("/s"), &report);
        assert_eq!(verdicts(&checks), [Verdict::Problem, Verdict::Problem]);
        assert!(checks[0].found.contains("page 3 is odd, and 1 more"));
    }

    #[test]
    fn of_many_messages_some_are_named() {
        let ids = ["a", "b", "c", "d", "e", "f", "g"];
        assert_eq!(
            named(ids.into_iter().map(str::to_owned)),
            "`a`, `b`, `c`, `d`, `e`, and 2 more"
        );
    }
}
