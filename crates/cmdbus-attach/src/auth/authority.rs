//! From what was presented to who it is, and when that ends.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use tokio::sync::watch;
use tokio::time::Instant;

use super::error::TokenError;
use super::principal::Principal;
use super::record::{Fingerprint, Record};
use super::tokens::{Stamp, TokenFile};

/// How old may be what is known of the file. A change is to be seen, and sockets closed, within a second.
const CHECK_EVERY: Duration = Duration::from_millis(900);

/// Whether tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every request shows a token.
    Token,
    /// Nobody is asked: whoever gets to the listener may attach and call.
    None,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::None => "none",
        })
    }
}

/// A listener that others than this machine reach, where no token would be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`auth = \"none\"` is for loopback only, and `{0}` is not; ask for tokens, or listen on 127.0.0.1"
)]
pub struct Exposed(SocketAddr);

/// Says who a presented token is.
///
/// What is known of `tokens.json` is at most a second old: a check looks at the file if nobody has done so for that
/// long, or if it does not know the token, and [`watch`](Self::watch) does while somebody waits for the end of a token. Nothing else does, so that a
/// daemon which nobody uses does not wake up.
pub struct Authority {
    /// `None`: no token is asked for.
    known: Option<Known>,
    /// How many wait for the end of a token.
    waiting: Arc<watch::Sender<usize>>,
    clock: Box<dyn Fn() -> SystemTime + Send + Sync>,
}

/// The tokens there are.
struct Known {
    owner: (Fingerprint, Principal),
    file: TokenFile,
    state: Mutex<State>,
}

struct State {
    named: Vec<(Fingerprint, Principal)>,
    /// What the file was like when it was read; `None` when it could not be looked at.
    stamp: Option<Stamp>,
    looked_at: Instant,
    /// Why the file as it is now is not used.
    problem: Option<String>,
}

impl Authority {
    /// Asks for tokens: that of the profile, or one that the file keeps.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or does not say what it should.
    pub fn new(profile_token: &str, file: TokenFile) -> Result<Self, TokenError> {
        Self::with_clock(profile_token, file, SystemTime::now)
    }

    fn with_clock(
        profile_token: &str,
        file: TokenFile,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, TokenError> {
        let (stamp, records) = file.read()?;
        let mut state = State {
            named: Vec::new(),
            stamp: Some(stamp),
            looked_at: Instant::now(),
            problem: None,
        };
        state.install(records);
        let known = Known {
            owner: (Fingerprint::of(profile_token), Principal::owner()),
            file,
            state: Mutex::new(state),
        };
        Ok(Self::of(Some(known), clock))
    }

    /// Asks for nothing, which is for listeners that only this machine reaches.
    ///
    /// # Errors
    ///
    /// One of the listeners is not on a loopback address.
    pub fn none(listeners: &[SocketAddr]) -> Result<Self, Exposed> {
        match listeners.iter().find(|at| !at.ip().is_loopback()) {
            Some(exposed) => Err(Exposed(*exposed)),
            None => Ok(Self::of(None, SystemTime::now)),
        }
    }

    fn of(known: Option<Known>, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            known,
            waiting: Arc::new(watch::Sender::new(0)),
            clock: Box::new(clock),
        }
    }

    /// Returns whether tokens are asked for.
    pub fn mode(&self) -> Mode {
        match self.known {
            Some(_) => Mode::Token,
            None => Mode::None,
        }
    }

    /// Returns who may speak without showing anything: nobody where tokens are asked for.
    pub fn without_token(&self) -> Option<Principal> {
        match self.known {
            Some(_) => None,
            None => Some(Principal::anonymous()),
        }
    }

    /// Returns who shows this token, if it is one that counts now. Where none is asked for, anything does.
    pub fn check(&self, presented: &str) -> Option<Principal> {
        let Some(known) = &self.known else {
            return self.without_token();
        };
        self.look_if_due();
        let presented = Fingerprint::of(presented);
        let found = known.find(&presented).or_else(|| {
            // It may have been made a moment ago, by who shows it now.
            self.look();
            known.find(&presented)
        })?;
        (!found.has_expired((self.clock)())).then_some(found)
    }

    /// Returns whether a principal's token counts still, unchanged.
    pub fn valid(&self, principal: &Principal) -> bool {
        if !principal.is_named() {
            return true;
        }
        self.look_if_due();
        !principal.has_ended() && !principal.has_expired((self.clock)())
    }

    /// Returns a future that is over once a principal's token is revoked, expired or changed, so that what it opened
    /// can be closed (4401). It needs [`watch`](Self::watch) to run. Those who show no named token have no end.
    ///
    /// Cancel safe.
    pub fn ended(
        &self,
        principal: &Principal,
    ) -> impl Future<Output = ()> + Send + 'static + use<> {
        let waiting = principal.is_named().then(|| {
            let count = Waiting::new(self.waiting.clone());
            (count, principal.until_ended())
        });
        async move {
            let Some((_count, mut ended)) = waiting else {
                return std::future::pending().await;
            };
            // An error means that the principal is gone, which it is only after its token is.
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// Looks at the file and the time every second, as long as somebody waits for the end of a token. Never returns.
    pub async fn watch(self: Arc<Self>) {
        let mut waiting = self.waiting.subscribe();
        // The sender is in `self`, so this ends only with the task.
        while waiting.wait_for(|count| *count > 0).await.is_ok() {
            self.look();
            tokio::time::sleep(CHECK_EVERY).await;
        }
    }

    /// Returns why the file of tokens as it is now is not used, if that is so. What it said before counts on.
    pub fn problem(&self) -> Option<String> {
        self.look_if_due();
        self.known.as_ref()?.lock().problem.clone()
    }

    fn look_if_due(&self) {
        let is_due = |known: &Known| known.lock().looked_at.elapsed() >= CHECK_EVERY;
        if self.known.as_ref().is_some_and(is_due) {
            self.look();
        }
    }

    /// Reads the file if it has changed, and ends the tokens that are no longer what they were.
    fn look(&self) {
        let Some(known) = &self.known else { return };
        let ended = known.look((self.clock)());
        // Not under the lock: this wakes others.
        for principal in ended {
            tracing::info!(%principal, "token revoked, expired or changed");
            principal.end();
        }
    }
}

impl Known {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Every change of it is whole before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Compares with every token, and takes the same time wherever one that fits stands, and whether one does: what
    /// is compared are hashes of equal length, no comparison ends early, and the loop does not either. So the time
    /// tells nothing of the tokens, only how many there are.
    fn find(&self, presented: &Fingerprint) -> Option<Principal> {
        let state = self.lock();
        let is_owner = presented.0.ct_eq(&self.owner.0.0);
        let mut found = Choice::from(0);
        let mut at = 0;
        for (place, (fingerprint, _)) in (0_u64..).zip(&state.named) {
            let fits = presented.0.ct_eq(&fingerprint.0);
            at.conditional_assign(&place, fits);
            found |= fits;
        }
        if is_owner.into() {
            return Some(self.owner.1.clone());
        }
        let place = usize::try_from(at).ok().filter(|_| found.into())?;
        state
            .named
            .get(place)
            .map(|(_, principal)| principal.clone())
    }

    /// Takes in what has changed, and returns the principals that this ends.
    fn look(&self, now: SystemTime) -> Vec<Principal> {
        // Reading under the lock: others wait no longer than they would for their own look, and see no older state.
        let mut state = self.lock();
        state.looked_at = Instant::now();
        let stamp = self.file.stamp();
        let mut ended = Vec::new();
        if stamp.is_none() || stamp != state.stamp {
            match self.file.read() {
                Ok((stamp, records)) => {
                    state.stamp = Some(stamp);
                    state.problem = None;
                    ended = state.install(records);
                }
                Err(error) => state.put_off(stamp, &error),
            }
        }
        ended.extend(state.take_expired(now));
        ended
    }
}

impl State {
    /// Replaces what is known. Who is unchanged stays the same principal; the others are returned.
    fn install(&mut self, records: Vec<Record>) -> Vec<Principal> {
        let mut before = std::mem::take(&mut self.named);
        for Record {
            name,
            sha256,
            may,
            expires,
            ..
        } in records
        {
            let unchanged = before.iter().position(|(fingerprint, principal)| {
                *fingerprint == sha256 && principal.is_still(&name, &may, expires)
            });
            self.named.push(match unchanged {
                Some(at) => before.swap_remove(at),
                None => (sha256, Principal::of_token(&name, may, expires)),
            });
        }
        before.into_iter().map(|(_, principal)| principal).collect()
    }

    /// Keeps what is known, because the file says nothing usable: only a person can have broken it, and half a second
    /// of an editor must not throw out everybody. It is said once for each state of the file.
    fn put_off(&mut self, stamp: Option<Stamp>, error: &TokenError) {
        let problem = error.to_string();
        if self.problem.as_ref() != Some(&problem) {
            tracing::error!("{problem}; until then the named tokens are those from before");
        }
        self.problem = Some(problem);
        self.stamp = stamp;
    }

    fn take_expired(&mut self, now: SystemTime) -> Vec<Principal> {
        let (over, left) = std::mem::take(&mut self.named)
            .into_iter()
            .partition(|(_, principal)| principal.has_expired(now));
        self.named = left;
        let over: Vec<(Fingerprint, Principal)> = over;
        over.into_iter().map(|(_, principal)| principal).collect()
    }
}

/// Counts one who waits, for as long as it exists.
struct Waiting(Arc<watch::Sender<usize>>);

impl Waiting {
    fn new(count: Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("mode", &self.mode())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::FutureExt as _;
    use tempfile::TempDir;
    use tokio::time::{sleep, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    struct Fixture {
        _folder: TempDir,
        file: TokenFile,
        authority: Arc<Authority>,
        /// Seconds that the clock of the wall is ahead.
        ahead: Arc<AtomicU64>,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = TokenFile::at(folder.path().join("tokens.json"));
            let ahead = Arc::new(AtomicU64::new(0));
            let authority = Authority::with_clock("profile-token", file.clone(), {
                let ahead = ahead.clone();
                move || SystemTime::now() + Duration::from_secs(ahead.load(Ordering::Relaxed))
            });
            Self {
                _folder: folder,
                file,
                authority: Arc::new(authority.unwrap()),
                ahead,
            }
        }

        /// Makes a token and waits until it is known.
        async fn token(&self, name: &str, may: &[&str], expires: Option<SystemTime>) -> String {
            let may: Vec<_> = may.iter().map(|grant| grant.parse().unwrap()).collect();
            let made = self.file.create(name, &may, expires).unwrap();
            sleep(SECOND).await;
            made.token
        }

        async fn principal(&self, name: &str) -> (String, Principal) {
            let token = self.token(name, &[], None).await;
            let principal = self.authority.check(&token).unwrap();
            (token, principal)
        }

        fn looked_at(&self) -> Instant {
            self.authority.known.as_ref().unwrap().lock().looked_at
        }
    }

    #[tokio::test(start_paused = true)]
    async fn w40_only_a_whole_token_is_somebody() {
        let fixture = Fixture::new();
        let check = |token: &str| fixture.authority.check(token);
        let token = fixture.token("ci", &["call:fs.*"], None).await;
        let ci = check(&token).unwrap();
        assert_eq!(ci.name(), "ci");
        assert!(ci.may_call("fs.read") && !ci.may_call("x") && !ci.may_attach("x"));
        assert!(check("profile-token").unwrap().is_same(&Principal::owner()));
        let hash = fs::read_to_string(fixture.file.path()).unwrap();
        let hash = hash.split('"').find(|part| part.len() == 64).unwrap();
        for wrong in ["", "ci", "owner", "profile-toke", &token[..49], hash] {
            assert!(check(wrong).is_none(), "{wrong}");
        }
        assert!(check(&format!("{token} ")).is_none());
        assert!(fixture.authority.without_token().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_many_tokens_is_its_own_principal() {
        let fixture = Fixture::new();
        let tokens: Vec<_> = (0..9)
            .map(|n| fixture.file.create(&format!("t{n}"), &[], None).unwrap())
            .collect();
        sleep(SECOND).await;
        for made in tokens {
            let found = fixture.authority.check(&made.token).unwrap();
            assert_eq!(found.name(), made.info.name);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_token_counts_at_once() {
        let fixture = Fixture::new();
        assert!(fixture.authority.check("nobody's").is_none());
        let made = fixture.file.create("ci", &[], None).unwrap();
        assert_eq!(fixture.authority.check(&made.token).unwrap().name(), "ci");
    }

    #[tokio::test(start_paused = true)]
    async fn a_revoked_token_is_refused_within_a_second() {
        let fixture = Fixture::new();
        let (token, ci) = fixture.principal("ci").await;
        assert!(fixture.authority.valid(&ci));
        fixture.file.revoke("ci").unwrap();
        sleep(SECOND).await;
        assert!(fixture.authority.check(&token).is_none());
        assert!(!fixture.authority.valid(&ci));
    }

    #[tokio::test(start_paused = true)]
    async fn a_revocation_ends_what_its_token_opened_and_nothing_else() {
        let fixture = Fixture::new();
        tokio::spawn(fixture.authority.clone().watch());
        let (_, ci) = fixture.principal("ci").await;
        let (_, other) = fixture.principal("other").await;
        let mut others_end = Box::pin(fixture.authority.ended(&other));
        let ends = fixture.authority.ended(&ci);
        fixture.file.revoke("ci").unwrap();
        timeout(SECOND, ends).await.unwrap();
        assert!(others_end.as_mut().now_or_never().is_none());
        assert!(fixture.authority.valid(&other) && !fixture.authority.valid(&ci));
        // Who asks late is told at once.
        fixture.authority.ended(&ci).now_or_never().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_expiry_ends_it_too() {
        let fixture = Fixture::new();
        tokio::spawn(fixture.authority.clone().watch());
        let hour = SystemTime::now() + Duration::from_secs(3600);
        let token = fixture.token("ci", &[], Some(hour)).await;
        let ci = fixture.authority.check(&token).unwrap();
        let mut ends = Box::pin(fixture.authority.ended(&ci));
        assert!(timeout(10 * SECOND, ends.as_mut()).await.is_err());
        fixture.ahead.store(3600, Ordering::Relaxed);
        assert!(fixture.authority.check(&token).is_none());
        assert!(!fixture.authority.valid(&ci));
        timeout(SECOND, ends).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_made_anew_ends_the_old_one_and_is_the_same_somebody() {
        let fixture = Fixture::new();
        let (old, before) = fixture.principal("ci").await;
        fixture.file.revoke("ci").unwrap();
        let (_, after) = fixture.principal("ci").await;
        assert!(fixture.authority.check(&old).is_none());
        assert!(!fixture.authority.valid(&before) && fixture.authority.valid(&after));
        assert!(before.is_same(&after));
    }

    #[tokio::test(start_paused = true)]
    async fn changed_grants_end_the_principal_that_had_the_old_ones() {
        let fixture = Fixture::new();
        let token = fixture.token("ci", &["call"], None).await;
        let before = fixture.authority.check(&token).unwrap();
        let text = fs::read_to_string(fixture.file.path()).unwrap();
        fs::write(fixture.file.path(), text.replace("\"call\"", "\"bus\"")).unwrap();
        sleep(SECOND).await;
        let after = fixture.authority.check(&token).unwrap();
        assert!(after.may_bus() && !after.may_call("x"));
        assert!(!fixture.authority.valid(&before) && fixture.authority.valid(&after));
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_broken_meanwhile_is_reported_and_what_it_said_counts_on() {
        let fixture = Fixture::new();
        let (token, ci) = fixture.principal("ci").await;
        let good = fs::read(fixture.file.path()).unwrap();
        fs::write(fixture.file.path(), "{").unwrap();
        sleep(SECOND).await;
        assert!(fixture.authority.check(&token).unwrap().is_same(&ci));
        assert!(fixture.authority.valid(&ci));
        let problem = fixture.authority.problem().unwrap();
        assert!(problem.contains("tokens.json` cannot be used"), "{problem}");
        fs::write(fixture.file.path(), good).unwrap();
        sleep(SECOND).await;
        assert_eq!(fixture.authority.problem(), None);
        assert!(fixture.authority.valid(&ci));
        fs::remove_file(fixture.file.path()).unwrap();
        sleep(SECOND).await;
        assert!(!fixture.authority.valid(&ci) && fixture.authority.problem().is_none());
    }

    #[test]
    fn a_file_broken_from_the_start_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::at(folder.path().join("tokens.json"));
        fs::write(file.path(), "{").unwrap();
        assert!(Authority::new("profile-token", file).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_looks_at_the_file_unless_somebody_waits_or_asks() {
        let fixture = Fixture::new();
        tokio::spawn(fixture.authority.clone().watch());
        let (_, ci) = fixture.principal("ci").await;
        let mut owners_end = Box::pin(fixture.authority.ended(&Principal::owner()));
        let before = fixture.looked_at();
        sleep(3600 * SECOND).await;
        assert_eq!(fixture.looked_at(), before);
        assert!(owners_end.as_mut().now_or_never().is_none());

        let ends = fixture.authority.ended(&ci);
        sleep(10 * SECOND).await;
        assert!(fixture.looked_at().elapsed() < SECOND);
        drop(ends);
        sleep(SECOND).await;
        let before = fixture.looked_at();
        sleep(3600 * SECOND).await;
        assert_eq!(fixture.looked_at(), before);
    }

    #[test]
    fn w40_without_tokens_only_loopback_is_served() {
        let at = |text: &str| text.parse().unwrap();
        let loopback = [at("127.0.0.1:80"), at("[::1]:80"), at("127.8.0.1:1")];
        let authority = Authority::none(&loopback).unwrap();
        assert_eq!(authority.mode().to_string(), "none");
        for who in [authority.without_token(), authority.check("anything")] {
            let who = who.unwrap();
            assert!(who.is_same(&Principal::anonymous()) && authority.valid(&who));
            assert!(who.may_attach("x") && who.may_call("x") && !who.may_bus());
        }
        for exposed in ["0.0.0.0:80", "192.168.1.2:80", "[::]:80"] {
            let error = Authority::none(&[loopback[0], at(exposed)]).unwrap_err();
            assert!(error.to_string().contains(exposed), "{error}");
        }
    }
}
