//! The official conformance suite.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::peers::{end, package, piped};
use crate::processes::bus::workspace;
use crate::support::{installed, node, npm};

/// Which scenarios are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenarios {
    /// What a revision requires.
    Requirements(&'static str),
    /// All there are.
    All,
}

impl Scenarios {
    pub(crate) const LEGACY: Self = Self::Requirements("2025-11-25");
    pub(crate) const MODERN: Self = Self::Requirements("2026-07-28");

    /// Returns the file with those that `mcp-fixture` fails.
    pub(crate) fn expected_failures(self) -> PathBuf {
        workspace().join(format!(
            "e2e/conformance/expected-failures-{}.yml",
            self.name()
        ))
    }

    /// Returns the file with those that fail with something else than the fixture's own endpoint.
    pub(crate) fn expected_failures_on(self, what: &str) -> PathBuf {
        let file = format!("expected-failures-{}-{what}.yml", self.name());
        workspace().join("e2e/conformance").join(file)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Requirements(revision) => revision,
            Self::All => "all",
        }
    }
}

/// What became of every check.
#[derive(Debug)]
pub(crate) struct Report {
    /// By scenario and check, the worst of what happened to it.
    checks: BTreeMap<(String, String), Verdict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Failed,
    Skipped,
    Warned,
    Passed,
}

/// Runs scenarios against a server. Returns what became of them; `None` if the test is to be skipped.
///
/// # Panics
///
/// Panics if a scenario fails that is not expected to, or the other way round.
#[track_caller]
pub(crate) fn run(url: &str, scenarios: Scenarios, expected_failures: &Path) -> Option<Report> {
    if !installed(&[node(), package("conformance")], "npm ci --prefix e2e/npm") {
        return None;
    }
    let results = tempfile::tempdir().unwrap();
    let mut command = piped(node());
    command
        .arg(npm().join("node_modules/.bin/conformance"))
        .args(["server", "--url", url]);
    match scenarios {
        Scenarios::Requirements(revision) => command.args(["--requirements", revision]),
        Scenarios::All => command.args(["--suite", "all"]),
    };
    command
        .arg("--expected-failures")
        .arg(expected_failures)
        .arg("--output-dir")
        .arg(results.path());
    let ended = end(&mut command);
    let report = Report::read(results.path());
    // The suite itself lets scenarios fail that it does not score, and counts those that it does among the failures for a warning.
    let listed = listed(expected_failures);
    let is_as_expected = report.failed().is_subset(&listed) && listed.is_subset(&report.not_well());
    assert!(is_as_expected, "{}\n{}", report.failures(), ended.stdout);
    ended.ok();
    Some(report)
}

/// Reads a list of expected failures.
pub(crate) fn listed(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- "));
    names.map(|name| name.trim().to_owned()).collect()
}

impl Report {
    /// Reads what the suite leaves: a folder for each scenario.
    fn read(results: &Path) -> Self {
        let mut checks = BTreeMap::new();
        for folder in fs::read_dir(results).unwrap() {
            let folder = folder.unwrap();
            let name = folder.file_name().into_string().unwrap();
            let scenario = scenario(&name);
            let text = fs::read_to_string(folder.path().join("checks.json")).unwrap();
            let found: Vec<Value> = serde_json::from_str(&text).unwrap();
            for check in found {
                let id = check["id"].as_str().unwrap().to_owned();
                let verdict = Verdict::of(&check["status"]);
                let worst = checks.entry((scenario.to_owned(), id)).or_insert(verdict);
                *worst = verdict.min(*worst);
            }
        }
        Self { checks }
    }

    /// Returns how many checks went well.
    pub(crate) fn passed(&self) -> usize {
        let passed = self.checks.values();
        passed
            .filter(|verdict| **verdict == Verdict::Passed)
            .count()
    }

    /// Returns the scenarios with a check that failed.
    fn failed(&self) -> BTreeSet<String> {
        self.with(&[Verdict::Failed])
    }

    /// Returns the scenarios with a check that failed, or that there was a warning about.
    fn not_well(&self) -> BTreeSet<String> {
        self.with(&[Verdict::Failed, Verdict::Warned])
    }

    fn with(&self, verdicts: &[Verdict]) -> BTreeSet<String> {
        let mut checks = self.checks.iter().collect::<Vec<_>>();
        checks.retain(|(_, verdict)| verdicts.contains(verdict));
        let scenarios = checks.into_iter().map(|((scenario, _), _)| scenario);
        scenarios.cloned().collect()
    }

    fn failures(&self) -> String {
        let failed = self
            .checks
            .iter()
            .filter(|(_, verdict)| **verdict == Verdict::Failed);
        let lines = failed.map(|((scenario, check), _)| format!("{scenario}: {check}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Returns the checks that went better in another run.
    pub(crate) fn worse_than(&self, other: &Self) -> Vec<String> {
        let worse = other.checks.iter().filter_map(|(check, theirs)| {
            // What is not there was not reached.
            let ours = *self.checks.get(check).unwrap_or(&Verdict::Failed);
            let (scenario, id) = check;
            (ours < *theirs).then(|| format!("{scenario}: {id}: {ours:?} and not {theirs:?}"))
        });
        worse.collect()
    }
}

impl Verdict {
    #[track_caller]
    fn of(status: &Value) -> Self {
        match status.as_str() {
            Some("SUCCESS" | "INFO") => Self::Passed,
            Some("WARNING") => Self::Warned,
            Some("SKIPPED") => Self::Skipped,
            Some("FAILURE") => Self::Failed,
            _ => panic!("the suite has a status that is not known: {status}"),
        }
    }
}

/// Returns the scenario of a folder such as `server-ping-2026-11-21T12-29-40-169Z`.
fn scenario(folder: &str) -> &str {
    const STAMP: usize = "-2026-11-21T12-29-40-169Z".len();
    let name = folder.strip_prefix("server-").unwrap();
    &name[..name.len() - STAMP]
}

#[test]
fn a_run_is_worse_for_a_check_that_fails_or_is_not_reached() {
    let report = |checks: &[(&str, Verdict)]| Report {
        checks: checks
            .iter()
            .map(|(check, verdict)| (("ping".to_owned(), (*check).to_owned()), *verdict))
            .collect(),
    };
    let all = [("a", Verdict::Passed), ("b", Verdict::Passed)];
    let one = report(&[("a", Verdict::Warned)]);
    let worse = one.worse_than(&report(&all));
    assert_eq!(
        worse,
        [
            "ping: a: Warned and not Passed",
            "ping: b: Failed and not Passed"
        ]
    );
    assert_eq!(report(&all).worse_than(&one), Vec::<String>::new());
}
