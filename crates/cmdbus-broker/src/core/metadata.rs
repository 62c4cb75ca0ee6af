//! What an endpoint says about itself.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Where a session works (protocol §3.5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Root folder.
    pub root: String,
    /// Current folder.
    pub cwd: String,
    /// Remote of its repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// What an endpoint says about itself, normalised (protocol §3.5.1). Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Agent it belongs to.
    pub agent_id: String,
    /// Kind of runtime.
    pub kind: String,
    /// Program that registered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_kind: Option<String>,
    /// Version of that program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    /// When it started, RFC 3339; unset means when it registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// Name of the session, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// Where it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Workspace>,
    /// What it works on, in the words of some tracker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_ref: Option<String>,
    /// What it does at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_hint: Option<String>,
    /// Id of the session, the same in its next process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_session_id: Option<String>,
    /// What it can do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runtime_capabilities: Vec<String>,
    /// Where it shows what it gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_surface: Option<String>,
    /// How it takes messages in the background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_exchange_mode: Option<String>,
    /// Name of its process's stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_name: Option<String>,
}

/// Longest task hint, in code points (protocol §10.2).
const TASK_HINT_CHARS: usize = 200;

/// How an endpoint with background exchange is given messages (protocol §1.4, §10.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Background {
    /// It pulls them itself.
    Resident,
    /// An adapter runs a turn of this session for each.
    Adapter(String),
}

impl Metadata {
    /// Returns what must be the same for a registration to take over an endpoint (protocol §4.1.3).
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let root = self.workspace.as_ref().map(|workspace| &workspace.root);
        for part in [
            Some(&self.agent_id),
            Some(&self.kind),
            self.client_kind.as_ref(),
            self.runtime_session_id.as_ref(),
            self.session_name.as_ref(),
            self.tracking_ref.as_ref(),
            root,
            self.background_exchange_mode.as_ref(),
        ] {
            // The length keeps apart what would otherwise run together.
            match part {
                Some(text) => {
                    hash.update((text.len() as u64 + 1).to_be_bytes());
                    hash.update(text.as_bytes());
                }
                None => hash.update(0_u64.to_be_bytes()),
            }
        }
        hash.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Takes over what a later registration says (protocol §4.1.3). What the endpoint does at present is
    /// forgotten only for something newer.
    pub(crate) fn refresh(&mut self, new: &Self) {
        let task_hint = self.task_hint.take();
        *self = new.clone();
        if self.task_hint.is_none() {
            self.task_hint = task_hint;
        }
    }

    pub(crate) fn has(&self, capability: &str) -> bool {
        self.runtime_capabilities
            .iter()
            .any(|has| has == capability)
    }

    /// Returns whether the endpoint asked for the background exchange of messages (protocol §5.3).
    pub(crate) fn is_background(&self) -> bool {
        self.has("background_exchange_v1")
            && matches!(
                self.background_exchange_mode.as_deref(),
                Some("resident_endpoint" | "adapter_managed_turn")
            )
    }

    /// Returns how a claimed message reaches the endpoint, if it can at all (protocol §10.6).
    pub(crate) fn background(&self) -> Option<Background> {
        if !self.has("background_exchange_v1") {
            return None;
        }
        match self.background_exchange_mode.as_deref() {
            Some("resident_endpoint") => Some(Background::Resident),
            Some("adapter_managed_turn") => {
                self.runtime_session_id.clone().map(Background::Adapter)
            }
            _ => None,
        }
    }
}

/// Cuts a task hint to its longest length, between code points, and drops NULs (protocol §10.2).
pub fn task_hint(text: &str) -> String {
    text.chars()
        .filter(|&c| c != '\0')
        .take(TASK_HINT_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(agent: &str, kind: &str) -> Metadata {
        Metadata {
            agent_id: agent.to_owned(),
            kind: kind.to_owned(),
            ..Metadata::default()
        }
    }

    #[test]
    fn fingerprints_differ_where_parts_would_run_together() {
        assert_ne!(
            metadata("ab", "c").fingerprint(),
            metadata("a", "bc").fingerprint()
        );
        let mut empty = metadata("a", "b");
        empty.session_name = Some(String::new());
        assert_ne!(empty.fingerprint(), metadata("a", "b").fingerprint());
    }

    #[test]
    fn a_task_hint_is_cut_between_code_points() {
        let hint = task_hint(&format!("a\0{}", "ü".repeat(300)));
        assert_eq!(hint.chars().count(), 200);
        assert!(hint.starts_with("aü"));
    }

    #[test]
    fn an_adapter_without_session_cannot_be_given_messages() {
        let mut endpoint = metadata("a", "b");
        endpoint.runtime_capabilities = vec!["background_exchange_v1".to_owned()];
        endpoint.background_exchange_mode = Some("adapter_managed_turn".to_owned());
        assert!(endpoint.is_background());
        assert_eq!(endpoint.background(), None);
        endpoint.runtime_session_id = Some("s1".to_owned());
        assert_eq!(
            endpoint.background(),
            Some(Background::Adapter("s1".to_owned()))
        );
    }
}
