//! The file that keeps the named tokens.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::TokenError;
use super::grant::Grant;
use super::record::{Document, Fingerprint, MAX_GRANTS, MAX_TOKENS, Record, what_is_wrong_with};

/// What every named token begins with, so that one that got into a log or a repository is found.
const PREFIX: &str = "cmdbus_";
/// Largest file that is read: more than the largest that is written.
const MAX_BYTES: u64 = 16 << 20;
/// Whoever holds the lock writes one small file.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
/// How often is looked whether the lock is free.
const LOCK_STEP: Duration = Duration::from_millis(5);
/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const LAST_SECOND: u64 = 253_402_300_799;

/// The named tokens of a profile: a file that is replaced as a whole, under a lock in another file beside it. It needs
/// no running daemon, which sees a change within a second.
#[derive(Debug, Clone)]
pub struct TokenFile {
    path: PathBuf,
}

/// A token that has just been made. It is not kept, so this is the only time it can be shown.
#[derive(Clone)]
pub struct NewToken {
    /// The token: `cmdbus_` and 256 random bits.
    pub token: String,
    /// What is kept of it.
    pub info: TokenInfo,
}

/// What is known of a named token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its name, which is the principal.
    pub name: String,
    /// What it may do.
    pub may: Vec<Grant>,
    /// When it was made.
    pub created: SystemTime,
    /// From when on it is refused, if ever.
    pub expires: Option<SystemTime>,
}

impl TokenFile {
    /// Returns the file at a path. It need not exist: then there are no named tokens.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a token. Without grants it may do the usual, [`Grant::defaults`]. The name of a token that has expired is
    /// free.
    ///
    /// # Errors
    ///
    /// The name is wrong or taken, there are too many tokens or grants, the expiry has passed, or the file cannot be
    /// read or written. Then nothing has changed.
    pub fn create(
        &self,
        name: &str,
        may: &[Grant],
        expires: Option<SystemTime>,
    ) -> Result<NewToken, TokenError> {
        check_name(name)?;
        let may = checked_grants(may)?;
        let token = new_token()?;
        let _lock = self.lock()?;
        // After the wait for the lock, which counts.
        let now = in_millis(SystemTime::now());
        let expires = expires.map(in_millis);
        if expires.is_some_and(|deadline| deadline <= now || is_past_all_dates(deadline)) {
            return Err(TokenError::Expiry);
        }
        let mut tokens = self.records()?;
        tokens.retain(|known| known.name != name || known.expires.is_none_or(|end| end > now));
        if tokens.iter().any(|known| known.name == name) {
            return Err(TokenError::Taken(name.to_owned()));
        }
        if tokens.len() >= MAX_TOKENS {
            return Err(TokenError::Full);
        }
        let record = Record {
            name: name.to_owned(),
            sha256: Fingerprint::of(&token),
            may,
            created: now,
            expires,
        };
        let info = record.clone().into();
        tokens.push(record);
        self.replace(tokens)?;
        Ok(NewToken { token, info })
    }

    /// Returns what is known of the tokens, in the order in which they were made. It takes no lock.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or does not say what it should.
    pub fn list(&self) -> Result<Vec<TokenInfo>, TokenError> {
        let records = self.records()?.into_iter();
        Ok(records.map(TokenInfo::from).collect())
    }

    /// Revokes a token, for good.
    ///
    /// # Errors
    ///
    /// There is no token of this name, or the file cannot be read or written.
    pub fn revoke(&self, name: &str) -> Result<(), TokenError> {
        let unknown = || TokenError::Unknown(name.to_owned());
        // Where nothing was ever kept, there may be no folder for a lock either.
        if !self.records()?.iter().any(|token| token.name == name) {
            return Err(unknown());
        }
        let _lock = self.lock()?;
        let mut tokens = self.records()?;
        let before = tokens.len();
        tokens.retain(|token| token.name != name);
        if tokens.len() == before {
            return Err(unknown());
        }
        self.replace(tokens)
    }

    fn records(&self) -> Result<Vec<Record>, TokenError> {
        self.read().map(|(_, records)| records)
    }

    /// Reads the tokens, and what the file was like from which they came.
    pub(super) fn read(&self) -> Result<(Stamp, Vec<Record>), TokenError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((None, Vec::new())),
            Err(error) => return Err(io_error("read", &self.path, error)),
        };
        let meta = file
            .metadata()
            .map_err(|error| io_error("read", &self.path, error))?;
        if meta.permissions().mode() & 0o022 != 0 {
            let path = self.path.clone();
            return Err(TokenError::Exposed { path });
        }
        let mut text = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut text)
            .map_err(|error| io_error("read", &self.path, error))?;
        let document = Document::parse(&text).map_err(|why| TokenError::Broken {
            path: self.path.clone(),
            why,
        })?;
        Ok((Some(Look::of(&meta)), document.tokens))
    }

    /// Returns what the file is like now, or `None` if that cannot be told.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        match fs::metadata(&self.path) {
            Ok(meta) => Some(Some(Look::of(&meta))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(None),
            Err(_) => None,
        }
    }

    /// Takes the lock under which the file is replaced. The system releases it however the process ends.
    fn lock(&self) -> Result<File, TokenError> {
        let path = self.path.with_extension("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| io_error("open", &path, error))?;
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(io_error("lock", &path, error)),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    thread::sleep(LOCK_STEP);
                }
                Err(TryLockError::WouldBlock) => return Err(TokenError::Locked { path }),
            }
        }
    }

    /// Puts a new file in the place of the old one, so that a reader sees one or the other, also after a power cut.
    /// The caller holds the lock.
    fn replace(&self, tokens: Vec<Record>) -> Result<(), TokenError> {
        let new = self.path.with_extension("new");
        let write = || -> io::Result<()> {
            // What a process that was killed here has left is nobody's, and may have any mode.
            match fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)?;
            let mut text = serde_json::to_vec_pretty(&Document::new(tokens))?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.sync_all()
        };
        write().map_err(|error| io_error("write", &new, error))?;
        fs::rename(&new, &self.path).map_err(|error| io_error("replace", &self.path, error))?;
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| io_error("sync", folder, error))
    }
}

/// What a file looked like, or that there was none.
pub(super) type Stamp = Option<Look>;

/// What tells one file from the next that is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    modified: (i64, i64),
    /// Also changes with the permissions, which decide whether the file is used.
    changed: (i64, i64),
    length: u64,
    inode: u64,
}

impl Look {
    fn of(meta: &fs::Metadata) -> Self {
        Self {
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            length: meta.len(),
            inode: meta.ino(),
        }
    }
}

/// Refuses what cannot be the name of a token: it must be 1 to 64 letters, digits, `.`, `_` and `-`, and not `owner`,
/// `anonymous` or `self`.
///
/// # Errors
///
/// It cannot.
pub fn check_name(name: &str) -> Result<(), TokenError> {
    match what_is_wrong_with(name) {
        None => Ok(()),
        Some(why) => Err(TokenError::Name {
            name: name.to_owned(),
            why,
        }),
    }
}

/// Returns the grants without repetition, or the usual ones if there are none.
fn checked_grants(given: &[Grant]) -> Result<Vec<Grant>, TokenError> {
    if given.is_empty() {
        return Ok(Grant::defaults());
    }
    let mut grants: Vec<Grant> = Vec::new();
    for grant in given {
        if grants.contains(grant) {
            continue;
        }
        if grants.len() == MAX_GRANTS {
            return Err(TokenError::TooManyGrants);
        }
        grants.push(grant.clone());
    }
    Ok(grants)
}

fn new_token() -> Result<String, TokenError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| TokenError::Random)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// Returns a time as exactly as the file keeps it.
fn in_millis(at: SystemTime) -> SystemTime {
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => {
            let parts = Duration::from_nanos(u64::from(since.subsec_nanos() % 1_000_000));
            at - parts
        }
        // Before 1970. Nobody asks for it, and it has passed.
        Err(_) => SystemTime::UNIX_EPOCH,
    }
}

fn is_past_all_dates(at: SystemTime) -> bool {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .is_ok_and(|since| since.as_secs() > LAST_SECOND)
}

fn io_error(what: &'static str, path: &Path, source: io::Error) -> TokenError {
    TokenError::Io {
        what,
        path: path.to_owned(),
        source,
    }
}

impl From<Record> for TokenInfo {
    fn from(record: Record) -> Self {
        Self {
            name: record.name,
            may: record.may,
            created: record.created,
            expires: record.expires,
        }
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use tempfile::TempDir;

    use super::*;

    fn file() -> (TempDir, TokenFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::at(folder.path().join("tokens.json"));
        (folder, file)
    }

    fn grants(texts: &[&str]) -> Vec<Grant> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_token_is_random_and_only_its_hash_is_kept() {
        let (_folder, file) = file();
        let ci = file.create("ci", &[], None).unwrap();
        let other = file
            .create("other", &grants(&["bus", "bus"]), None)
            .unwrap();
        let random = ci.token.strip_prefix("cmdbus_").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
        assert_eq!(random.len(), 43);
        assert_ne!(ci.token, other.token);
        let kept = fs::read_to_string(file.path()).unwrap();
        assert!(!kept.contains(random));
        assert!(!format!("{ci:?}").contains(random));
        assert_eq!(file.list().unwrap(), [ci.info.clone(), other.info.clone()]);
        assert_eq!(ci.info.may, grants(&["attach", "call"]));
        assert_eq!(other.info.may, grants(&["bus"]));
        let mode = file.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_name_is_given_once_until_its_token_is_revoked_or_has_expired() {
        let (_folder, file) = file();
        let soon = SystemTime::now() + Duration::from_millis(20);
        file.create("brief", &[], Some(soon)).unwrap();
        file.create("ci", &[], None).unwrap();
        let taken = file.create("ci", &[], None).unwrap_err();
        assert!(matches!(taken, TokenError::Taken(name) if name == "ci"));
        file.revoke("ci").unwrap();
        assert!(matches!(file.revoke("ci"), Err(TokenError::Unknown(_))));
        file.create("ci", &[], None).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while file.create("brief", &[], None).is_err() {
            assert!(Instant::now() < deadline, "the name is not free");
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(file.list().unwrap().len(), 2);
    }

    #[test]
    fn without_a_file_or_a_folder_there_are_no_tokens() {
        let (folder, _) = file();
        let file = TokenFile::at(folder.path().join("no/tokens.json"));
        assert_eq!(file.list().unwrap(), []);
        assert!(matches!(file.revoke("ci"), Err(TokenError::Unknown(_))));
        let error = file.create("ci", &[], None).unwrap_err().to_string();
        assert!(error.contains("no/tokens.lock"), "{error}");
    }

    #[test]
    fn what_cannot_be_made_is_refused_and_changes_nothing() {
        let (_folder, file) = file();
        let now = SystemTime::now();
        let years = |years: u64| now + Duration::from_secs(years * 31_557_600);
        let too_many: Vec<Grant> = (0..33)
            .map(|n| format!("call:{n}").parse().unwrap())
            .collect();
        assert!(matches!(
            file.create("owner", &[], None),
            Err(TokenError::Name { .. })
        ));
        assert!(matches!(
            file.create("ci", &too_many, None),
            Err(TokenError::TooManyGrants)
        ));
        for expiry in [
            now,
            SystemTime::UNIX_EPOCH - Duration::from_secs(1),
            years(9000),
        ] {
            assert!(matches!(
                file.create("ci", &[], Some(expiry)),
                Err(TokenError::Expiry)
            ));
        }
        assert!(!file.path().exists());
        file.create("ci", &too_many[..32], Some(years(7000)))
            .unwrap();
    }

    #[test]
    fn a_broken_file_is_named_with_the_mend_and_never_taken_for_an_empty_one() {
        let (_folder, file) = file();
        for text in ["", "{", "{}", r#"{"version":1,"tokens":[{"name":"ci"}]}"#] {
            fs::write(file.path(), text).unwrap();
            fs::set_permissions(file.path(), Permissions::from_mode(0o600)).unwrap();
            for error in [
                file.list().unwrap_err(),
                file.revoke("ci").unwrap_err(),
                file.create("ci", &[], None).unwrap_err(),
            ] {
                let said = error.to_string();
                assert!(matches!(error, TokenError::Broken { .. }), "{said}");
                assert!(
                    said.contains("tokens.json`") && said.contains("remove it"),
                    "{said}"
                );
            }
            assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
        }
    }

    #[test]
    fn w40_a_file_that_others_may_write_to_grants_nothing() {
        let (_folder, file) = file();
        file.create("ci", &[], None).unwrap();
        fs::set_permissions(file.path(), Permissions::from_mode(0o620)).unwrap();
        let error = file.list().unwrap_err();
        assert!(matches!(error, TokenError::Exposed { .. }));
        assert!(error.to_string().contains("chmod 600"));
    }

    #[test]
    fn no_more_than_1024_tokens_are_kept() {
        let (_folder, file) = file();
        file.create("first", &[], None).unwrap();
        let (_, mut records) = file.read().unwrap();
        for number in 1..u32::try_from(MAX_TOKENS).unwrap() {
            let mut record = records[0].clone();
            record.name = format!("t{number}");
            record.sha256 = Fingerprint::of(&record.name);
            records.push(record);
        }
        file.replace(records).unwrap();
        assert!(matches!(
            file.create("one-more", &[], None),
            Err(TokenError::Full)
        ));
        file.revoke("t7").unwrap();
        file.create("one-more", &[], None).unwrap();
    }

    #[test]
    fn whoever_makes_tokens_at_once_loses_none() {
        let (_folder, file) = file();
        thread::scope(|scope| {
            for maker in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    for number in 0..5 {
                        file.create(&format!("t{maker}-{number}"), &[], None)
                            .unwrap();
                    }
                    file.revoke(&format!("t{maker}-0")).unwrap();
                });
            }
        });
        assert_eq!(file.list().unwrap().len(), 32);
    }

    #[test]
    fn what_a_killed_process_left_is_in_nobodys_way() {
        let (folder, file) = file();
        let left = folder.path().join("tokens.new");
        fs::write(&left, "half a file").unwrap();
        fs::set_permissions(&left, Permissions::from_mode(0o644)).unwrap();
        file.create("ci", &[], None).unwrap();
        let mode = file.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!left.exists());
    }
}
