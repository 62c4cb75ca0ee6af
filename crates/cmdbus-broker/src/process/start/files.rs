//! The files that go with a spawned process: its prompt and what it writes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

const PROMPT: &str = "prompt-";
const LOG: &str = "spawn-";

/// A prompt whose broker was killed stays behind. Whoever was to read it has done so long before.
const PROMPT_AGE: Duration = Duration::from_secs(24 * 3600);
/// As long as the logs of the broker are kept.
const LOG_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Most logs of spawned processes; the oldest go first.
const MOST_LOGS: usize = 100;

/// Writes a prompt where only its reader looks.
pub(super) fn write_prompt(folder: &Path, prompt: &str) -> io::Result<PathBuf> {
    make_folder(folder)?;
    let path = folder.join(format!("{PROMPT}{}", Uuid::new_v4().simple()));
    let mut file = create(&path)?;
    if let Err(error) = file.write_all(prompt.as_bytes()) {
        remove(&path);
        return Err(error);
    }
    Ok(path)
}

/// Makes the log of a process that is about to be started.
pub(super) fn create_log(folder: &Path, kind: &str) -> io::Result<File> {
    make_folder(folder)?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    // The time sorts them for people; the rest tells two of the same time apart.
    let unique = Uuid::new_v4().simple().to_string();
    // Kinds of drivers of another make may hold anything.
    let kind: String = kind.chars().map(plain).take(64).collect();
    create(&folder.join(format!("{LOG}{kind}-{millis}-{}.log", &unique[..8])))
}

fn plain(char: char) -> char {
    match char {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => char,
        _ => '_',
    }
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "cannot remove the file of a spawned process");
    }
}

/// Removes prompts that a killed broker left, and old logs.
pub(super) fn sweep(prompts: &Path, logs: &Path) {
    for (age, path) in by_age(prompts, PROMPT, "") {
        if age > PROMPT_AGE {
            remove(&path);
        }
    }
    for (newer, (age, path)) in by_age(logs, LOG, ".log").into_iter().enumerate() {
        if age > LOG_AGE || newer >= MOST_LOGS {
            remove(&path);
        }
    }
}

/// Returns the files of a folder whose names begin and end so, the newest first.
fn by_age(folder: &Path, begin: &str, end: &str) -> Vec<(Duration, PathBuf)> {
    let is_ours = |name: &str| name.starts_with(begin) && name.ends_with(end);
    let now = SystemTime::now();
    // A folder that is not there yet has nothing to remove.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_ours))
        .filter_map(|entry| {
            let changed = entry.metadata().ok()?.modified().ok()?;
            // Of the future, after a step of the clock: as good as new.
            let age = now.duration_since(changed).unwrap_or_default();
            Some((age, entry.path()))
        })
        .collect();
    files.sort();
    files
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Appending, so that what the program writes goes on at the beginning after a cut.
    options.append(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(folder: &Path, name: &str, age: Duration) {
        let file = File::create(folder.join(name)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_left_over_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (prompts, logs) = (folder.path().join("spawn"), folder.path().join("log"));
        sweep(&prompts, &logs);
        fs::create_dir(&prompts).unwrap();
        fs::create_dir(&logs).unwrap();
        let hour = Duration::from_secs(3600);
        aged(&prompts, "prompt-old", 25 * hour);
        aged(&prompts, "prompt-new", 23 * hour);
        aged(&prompts, "other", 999 * hour);
        aged(&logs, "spawn-a-1-x.log", 24 * 8 * hour);
        aged(&logs, "spawn-a-2-x.log", 24 * 6 * hour);
        aged(&logs, "broker-7.log", 24 * 8 * hour);
        sweep(&prompts, &logs);
        assert_eq!(names(&prompts), ["other", "prompt-new"]);
        assert_eq!(names(&logs), ["broker-7.log", "spawn-a-2-x.log"]);
    }

    #[test]
    fn of_many_logs_the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("none");
        for age in 0..=MOST_LOGS as u64 {
            let name = format!("spawn-a-{age:03}.log");
            aged(folder.path(), &name, Duration::from_secs(10 * age));
        }
        sweep(&nowhere, folder.path());
        let left = names(folder.path());
        assert_eq!(left.len(), MOST_LOGS);
        assert!(!left.contains(&format!("spawn-a-{MOST_LOGS:03}.log")));
    }

    #[test]
    fn a_log_stays_in_its_folder_whatever_the_kind_is() {
        let folder = tempfile::tempdir().unwrap();
        create_log(folder.path(), "../a b").unwrap();
        let left = names(folder.path());
        assert!(left[0].starts_with("spawn-.._a_b-"), "{left:?}");
    }
}
