//! `Idempotency-Key`: a call that is sent twice runs once.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::call::{JSON, json_response};
use super::key_store::{Entry, Found, KeyStore};
use super::problem::{PROBLEM, Problem};

/// Name of the file in the folder of the profile.
const FILE_NAME: &str = "http-keys.db";

/// The keys of all callers. Cheap to clone.
#[derive(Clone)]
pub(super) struct Keys(Arc<Shared>);

struct Shared {
    file: PathBuf,
    /// Opened when it is needed: most daemons never see a key.
    store: Mutex<Option<KeyStore>>,
    /// Of the calls that are going on in this process.
    running: Mutex<HashSet<(String, String)>>,
}

/// A key, as a caller uses it for a request.
pub(super) struct Key(Entry);

impl Key {
    pub(super) fn new(who: &str, key: &str, command_id: &str, body: &[u8]) -> Self {
        let mut fingerprint = Sha256::new();
        fingerprint.update((command_id.len() as u64).to_be_bytes());
        fingerprint.update(command_id);
        fingerprint.update(body);
        Self(Entry {
            who: who.to_owned(),
            key: key.to_owned(),
            fingerprint: fingerprint.finalize().to_vec(),
        })
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Result(Bytes),
    /// The command said no.
    Problem(Problem),
    /// It has not run.
    Nothing(Problem),
}

/// An answer that was given before.
pub(super) struct Kept {
    status: StatusCode,
    body: Vec<u8>,
}

impl Kept {
    pub(super) fn into_response(self) -> Response {
        let media = if self.status.is_success() {
            JSON
        } else {
            PROBLEM
        };
        let mut response = json_response(media, &self.body);
        *response.status_mut() = self.status;
        response
    }
}

impl Keys {
    /// Keeps the keys in a folder. If that is not possible, everything works but calls with a key.
    pub(super) fn at(folder: &Path) -> Self {
        Self(Arc::new(Shared {
            file: folder.join(FILE_NAME),
            store: Mutex::default(),
            running: Mutex::default(),
        }))
    }

    /// Begins a call with a key, or returns the answer it was given before.
    ///
    /// # Errors
    /// The key stands for something else, or for a call that runs or of which nobody knows what it did.
    pub(super) async fn begin(&self, key: Key) -> Result<Result<Running, Kept>, Problem> {
        let entry = key.0;
        let place = (entry.who.clone(), entry.key.clone());
        if !self.0.lock_running().insert(place.clone()) {
            let detail = "a call with this `Idempotency-Key` is still running; ask again later";
            let problem = Problem::new(StatusCode::CONFLICT, "in_progress", detail);
            return Err(problem.retry());
        }
        // From here on it is given back by being dropped.
        let running = Running {
            keys: self.clone(),
            place,
            entry: entry.clone(),
        };
        let (found, running) = self
            .store(running, move |store| store.begin(&entry, now()))
            .await?;
        match found {
            Found::New => Ok(Ok(running)),
            Found::Over(status, body) => kept(status, body).map(Err),
            Found::Begun => Err(conflict(
                "outcome_unknown",
                "a call with this `Idempotency-Key` was cut off, and whether the command has run is not known; look for its \
                 effect, and use a new key to call it again",
            )),
            // Not 422, which says that the request does not fit the command.
            Found::Other => Err(conflict(
                "key_reused",
                "this `Idempotency-Key` was used for another request; use a new key for a new request",
            )),
            Found::Full => Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "there is no room for more idempotency keys of yours; they are kept for 24 h. Call without one, or later",
            )
            .retry()),
        }
    }

    /// Works on the store where waiting for the disk holds up nobody. The key counts as in use until that is done, even if the
    /// caller goes away meanwhile.
    async fn store<T: Send + 'static>(
        &self,
        running: Running,
        work: impl FnOnce(&mut KeyStore) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<(T, Running), Problem> {
        let shared = self.0.clone();
        let done = tokio::task::spawn_blocking(move || (shared.with_store(work), running));
        let refused = || {
            let detail = "the idempotency keys cannot be written down; `cmdbus doctor` may say why";
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "storage_unavailable",
                detail,
            )
            .retry()
        };
        match done.await {
            Ok((Ok(done), running)) => Ok((done, running)),
            Ok((Err(error), _)) => {
                tracing::error!(%error, file = FILE_NAME, "the idempotency keys of the HTTP edge cannot be used; calls with a key are refused");
                Err(refused())
            }
            Err(_) => Err(refused()),
        }
    }
}

impl Shared {
    fn with_store<T>(
        &self,
        work: impl FnOnce(&mut KeyStore) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match &mut *store {
            Some(store) => store,
            none => none.insert(KeyStore::open(&self.file)?),
        };
        work(store)
    }

    fn lock_running(&self) -> MutexGuard<'_, HashSet<(String, String)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key in use. Dropped without an end, it stands for a call of which nobody knows what it did.
pub(super) struct Running {
    keys: Keys,
    place: (String, String),
    entry: Entry,
}

impl Running {
    /// Writes down how the call has ended. If that fails, which is logged, nobody knows of it when the key is used again.
    pub(super) async fn end(self, outcome: &Outcome) {
        let (keys, entry, outcome) = (self.keys.clone(), self.entry.clone(), outcome.clone());
        // The caller is better off with the result than with an error.
        let _ = keys
            .store(self, move |store| match outcome {
                Outcome::Result(body) => store.end(&entry, StatusCode::OK.as_u16(), &body),
                Outcome::Problem(problem) => {
                    let body = problem.to_json().to_string();
                    store.end(&entry, problem.status.as_u16(), body.as_bytes())
                }
                Outcome::Nothing(_) => store.forget(&entry),
            })
            .await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.keys.0.lock_running().remove(&self.place);
    }
}

fn kept(status: u16, body: Option<Vec<u8>>) -> Result<Kept, Problem> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let body = body.ok_or_else(|| {
        conflict(
            "result_not_kept",
            "the call with this `Idempotency-Key` is done, but its result was too long to be kept",
        )
    })?;
    Ok(Kept { status, body })
}

fn conflict(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}

/// Returns the time in milliseconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Key {
        Key::new("ci", key, "a.b", b"{}")
    }

    async fn refused(keys: &Keys, name: &str) -> (u16, &'static str) {
        match keys.begin(key(name)).await {
            Err(problem) => (problem.status.as_u16(), problem.code),
            Ok(_) => panic!("`{name}` is not refused"),
        }
    }

    #[tokio::test]
    async fn a_call_that_was_cut_off_is_not_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::at(folder.path());
        let running = keys.begin(key("a")).await.unwrap().ok().unwrap();
        assert_eq!(refused(&keys, "a").await, (409, "in_progress"));
        drop(running);
        assert_eq!(refused(&keys, "a").await, (409, "outcome_unknown"));
        let keys = Keys::at(folder.path());
        assert_eq!(refused(&keys, "a").await, (409, "outcome_unknown"));
    }

    #[tokio::test]
    async fn what_was_answered_is_answered_again() {
        let folder = tempfile::tempdir().unwrap();
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", "no");
        let outcomes = [
            (
                Outcome::Result(Bytes::from_static(b"17")),
                200,
                b"17".to_vec(),
            ),
            (
                Outcome::Problem(problem.clone()),
                422,
                problem.to_json().to_string().into_bytes(),
            ),
        ];
        for (name, (outcome, status, body)) in ["a", "b"].into_iter().zip(outcomes) {
            let keys = Keys::at(folder.path());
            let running = keys.begin(key(name)).await.unwrap().ok().unwrap();
            running.end(&outcome).await;
            let again = Keys::at(folder.path())
                .begin(key(name))
                .await
                .unwrap()
                .err()
                .unwrap();
            assert_eq!((again.status.as_u16(), again.body), (status, body));
        }
    }

    #[tokio::test]
    async fn a_call_that_has_not_run_may_be_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::at(folder.path());
        for _ in 0..2 {
            let running = keys.begin(key("a")).await.unwrap().ok().unwrap();
            running.end(&Outcome::Nothing(Problem::overloaded())).await;
        }
    }

    #[tokio::test]
    async fn a_key_that_was_used_for_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::at(folder.path());
        keys.begin(key("a")).await.unwrap().ok().unwrap();
        for other in [
            Key::new("ci", "a", "a.c", b"{}"),
            Key::new("ci", "a", "a.b", b"{} "),
        ] {
            let problem = keys.begin(other).await.err().unwrap();
            assert_eq!((problem.status.as_u16(), problem.code), (409, "key_reused"));
        }
        assert!(
            keys.begin(Key::new("other", "a", "a.b", b"{}"))
                .await
                .unwrap()
                .is_ok()
        );
    }

    #[tokio::test]
    async fn without_a_disk_calls_with_a_key_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::at(&folder.path().join("missing"));
        assert_eq!(refused(&keys, "a").await, (503, "storage_unavailable"));
    }
}
