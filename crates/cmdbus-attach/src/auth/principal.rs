//! Who a request comes from.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;

use super::glob::Glob;
use super::grant::Grant;

/// Name of the principal that shows the token of the profile.
const OWNER: &str = "owner";
/// Name of everybody where no token is asked for.
const ANONYMOUS: &str = "anonymous";
/// Names that no token may have: those above, and the word by which an attaching client means itself among the callers.
pub(super) const RESERVED: [&str; 3] = [OWNER, ANONYMOUS, "self"];

/// Somebody whose requests are listened to, and what they may do. Cheap to clone.
#[derive(Clone)]
pub struct Principal(Arc<Inner>);

struct Inner {
    kind: Kind,
    name: Box<str>,
    grants: Box<[Grant]>,
    expires: Option<SystemTime>,
    /// True once the token is no longer what it was: revoked, expired or changed.
    ended: watch::Sender<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Owner,
    Anonymous,
    Named,
}

impl Principal {
    /// Returns the principal who may do everything.
    pub fn owner() -> Self {
        Self::new(Kind::Owner, OWNER, Vec::new(), None)
    }

    /// Returns the principal of requests where no token is asked for: it may attach and call, and nothing else.
    pub fn anonymous() -> Self {
        Self::new(Kind::Anonymous, ANONYMOUS, Grant::defaults(), None)
    }

    /// Returns a principal with a name and rights of its own. It is never the owner, whatever its name.
    pub fn named(name: &str, grants: Vec<Grant>) -> Self {
        Self::of_token(name, grants, None)
    }

    /// Returns the principal of a named token.
    pub(super) fn of_token(name: &str, grants: Vec<Grant>, expires: Option<SystemTime>) -> Self {
        Self::new(Kind::Named, name, grants, expires)
    }

    fn new(kind: Kind, name: &str, grants: Vec<Grant>, expires: Option<SystemTime>) -> Self {
        Self(Arc::new(Inner {
            kind,
            name: name.into(),
            grants: grants.into(),
            expires,
            ended: watch::Sender::new(false),
        }))
    }

    /// Returns the name: that of the token, `owner` or `anonymous`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns whether attaching under an id is granted.
    pub fn may_attach(&self, attach_id: &str) -> bool {
        self.is_owner()
            || self.grants().any(|grant| match grant {
                Grant::Attach(glob) => glob.matches(attach_id),
                _ => false,
            })
    }

    /// Returns whether attaching under any id at all is granted.
    pub(crate) fn may_attach_somewhere(&self) -> bool {
        self.is_owner() || self.grants().any(|grant| matches!(grant, Grant::Attach(_)))
    }

    /// Returns whether calling a command is granted. Private ids are, only by a pattern that begins with `_` itself.
    pub fn may_call(&self, command_id: &str) -> bool {
        self.is_owner()
            || self
                .calls()
                .any(|glob| is_within_reach(glob, command_id) && glob.matches(command_id))
    }

    /// Returns whether one grant covers `<prefix>.*` as a whole, without which there is no pass-through to an upstream.
    pub fn may_call_all_of(&self, prefix: &str) -> bool {
        let start = format!("{prefix}.");
        self.is_owner()
            || self
                .calls()
                .any(|glob| is_within_reach(glob, prefix) && glob.covers(&start))
    }

    /// Returns whether taking part in the bus is granted.
    pub fn may_bus(&self) -> bool {
        self.is_owner() || self.grants().any(|grant| *grant == Grant::Bus)
    }

    /// Returns whether what others attached may be used and detached, whomever they let in.
    pub fn is_admin(&self) -> bool {
        self.is_owner() || self.grants().any(|grant| *grant == Grant::Admin)
    }

    /// Returns whether both are the same somebody. A token that was made anew under its old name is.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.kind == other.0.kind && self.0.name == other.0.name
    }

    /// Returns whether both come from one and the same token, unchanged since.
    pub(crate) fn is_identical(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn is_owner(&self) -> bool {
        self.0.kind == Kind::Owner
    }

    /// Returns whether this one can end while the process runs.
    pub(crate) fn is_named(&self) -> bool {
        self.0.kind == Kind::Named
    }

    fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.0.grants.iter()
    }

    fn calls(&self) -> impl Iterator<Item = &Glob> {
        self.grants().filter_map(|grant| match grant {
            Grant::Call(glob) => Some(glob),
            _ => None,
        })
    }

    /// Returns whether a token that is kept under this name, with these rights, is this one unchanged.
    pub(super) fn is_still(
        &self,
        name: &str,
        grants: &[Grant],
        expires: Option<SystemTime>,
    ) -> bool {
        *self.0.name == *name && *self.0.grants == *grants && self.0.expires == expires
    }

    pub(super) fn has_expired(&self, now: SystemTime) -> bool {
        self.0.expires.is_some_and(|deadline| deadline <= now)
    }

    /// Says that the token is no longer what it was. There is no way back.
    pub(super) fn end(&self) {
        self.0.ended.send_replace(true);
    }

    pub(crate) fn has_ended(&self) -> bool {
        *self.0.ended.borrow()
    }

    /// Returns what tells of the end.
    pub(super) fn until_ended(&self) -> watch::Receiver<bool> {
        self.0.ended.subscribe()
    }
}

/// As everywhere on the bus: `*` does not mean what is private.
fn is_within_reach(glob: &Glob, command_id: &str) -> bool {
    !command_id.starts_with('_') || glob.as_str().starts_with('_')
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Principal").field(&self.name()).finish()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(grants: &[&str]) -> Principal {
        let grants = grants.iter().map(|grant| grant.parse().unwrap()).collect();
        Principal::named("ci", grants)
    }

    #[test]
    fn a_token_may_do_what_is_granted_and_nothing_else() {
        let ci = may(&["attach:ci-*", "call:fs.*", "call:git.log"]);
        assert!(ci.may_attach("ci-7") && !ci.may_attach("laptop"));
        assert!(ci.may_call("fs.read") && ci.may_call("git.log"));
        assert!(!ci.may_call("git.push") && !ci.may_call("fs"));
        assert!(!ci.may_bus() && !ci.is_admin());
        let bus = may(&["bus"]);
        assert!(bus.may_bus() && !bus.is_admin());
        assert!(!bus.may_attach("x") && !bus.may_call("x"));
        let admin = may(&["admin"]);
        assert!(admin.is_admin() && !admin.may_bus() && !admin.may_call("x"));
    }

    #[test]
    fn pass_through_needs_one_grant_over_the_whole_prefix() {
        assert!(may(&["call"]).may_call_all_of("fs"));
        assert!(may(&["call:fs.*"]).may_call_all_of("fs"));
        assert!(!may(&["call:fs.*"]).may_call_all_of("fs2"));
        for narrower in [
            &["call:fs.read"][..],
            &["call:fs.", "call:*."],
            &["call:fs.r*", "call:fs.w*"],
            &["attach"],
        ] {
            assert!(!may(narrower).may_call_all_of("fs"), "{narrower:?}");
        }
    }

    #[test]
    fn private_commands_need_a_private_pattern() {
        let all = may(&["call"]);
        assert!(!all.may_call("_cmdbus.ls") && !all.may_call_all_of("_own"));
        let own = may(&["call:_own.*"]);
        assert!(own.may_call("_own.x") && own.may_call_all_of("_own"));
        assert!(!own.may_call("_cmdbus.ls"));
    }

    #[test]
    fn the_owner_may_do_everything_and_anybody_may_attach_and_call() {
        let owner = Principal::owner();
        assert!(owner.may_attach("x") && owner.may_call("_x") && owner.may_call_all_of("_x"));
        assert!(owner.may_bus() && owner.is_admin());
        let anybody = Principal::anonymous();
        assert!(anybody.may_attach("x") && anybody.may_call("x") && anybody.may_call_all_of("x"));
        assert!(!anybody.may_bus() && !anybody.is_admin());
    }

    #[test]
    fn a_principal_is_its_name_whatever_it_may_do() {
        assert!(may(&["bus"]).is_same(&may(&["call"])));
        let impostor = Principal::named("owner", Grant::defaults());
        assert!(!impostor.is_same(&Principal::owner()));
        assert!(!Principal::anonymous().is_same(&Principal::owner()));
        assert_eq!(format!("{:?}", Principal::owner()), "Principal(\"owner\")");
    }
}
