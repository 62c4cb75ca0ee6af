//! The two eras of MCP (attach §4.1).

/// Revisions without a handshake that cmdbus speaks itself, newest first.
pub const MODERN_VERSIONS: &[&str] = &["2026-07-28"];

/// Revisions with a handshake that cmdbus speaks itself, newest first.
pub const LEGACY_VERSIONS: &[&str] = &["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Returns whether a revision is one that cmdbus knows.
#[must_use]
pub fn is_known_version(version: &str) -> bool {
    MODERN_VERSIONS.contains(&version) || LEGACY_VERSIONS.contains(&version)
}

/// How a peer speaks MCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Era {
    /// 2025-11-25 and older: a handshake, and sessions.
    Legacy,
    /// 2026-07-28 and newer: every request says in `_meta` what it needs.
    Modern,
}

impl Era {
    /// Returns the era of a revision. Dates compare as text (attach §4.1).
    #[must_use]
    pub fn of_version(version: &str) -> Self {
        if version >= MODERN_VERSIONS[0] {
            Self::Modern
        } else {
            Self::Legacy
        }
    }
}

/// Returns the member of `params` that the `Mcp-Name` header repeats in the modern era, if there is one for a method.
#[must_use]
pub fn named_by(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        // Of an extension, the only one that has such a member.
        "tasks/get" | "tasks/update" | "tasks/cancel" => Some("taskId"),
        _ => None,
    }
}
