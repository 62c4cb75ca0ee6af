//! Which era a server speaks, and what it says of itself (attach §5, "Era probe").

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::connection::Connection;
use crate::carry::{Call, Hears, Limits};
use crate::own;
use crate::rpc::{Era, LEGACY_VERSIONS, MODERN_VERSIONS, Raw, RpcError, codes, raw, splice};

/// How long a server may be silent before it is taken for one that does not know `server/discover`.
const SILENCE: Duration = Duration::from_secs(3);

/// What is known of a server.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The revisions it says it speaks, as it lists them.
    pub eras: Vec<String>,
    /// The newer of the eras it speaks.
    pub era: Era,
    /// Its capabilities, verbatim.
    pub capabilities: Raw,
    /// Its name and version, verbatim.
    pub server_info: Option<Raw>,
    /// How it wants to be used.
    pub instructions: Option<String>,
    /// Its answer to our `initialize`, verbatim, unless it speaks modern.
    pub handshake: Option<Raw>,
}

impl Facts {
    /// Returns whether the server can be spoken to in an era.
    #[must_use]
    pub fn speaks(&self, era: Era) -> bool {
        self.era == era
            || self
                .eras
                .iter()
                .any(|version| Era::of_version(version) == era)
    }
}

/// Asks a child what it speaks. Returns what it said, and the connection, ready to be used; in the legacy era with a handshake of ours.
///
/// A server of an older library may end itself when asked `server/discover` first; then it is started once more. Hence `connect`.
/// A server that is `known` to be legacy is not asked.
///
/// # Errors
/// It cannot be started, does not answer, or refuses.
pub(super) async fn probe_child(
    connect: &(dyn Fn() -> Result<Arc<dyn Connection>, RpcError> + Send + Sync),
    known: Option<Era>,
    hears: &Hears,
) -> Result<(Facts, Arc<dyn Connection>), RpcError> {
    let mut connection = connect()?;
    if known == Some(Era::Legacy) {
        let facts = initialize(&*connection, hears).await?;
        return Ok((facts, connection));
    }
    let mut silent = false;
    match discover(&*connection, SILENCE, hears).await {
        Ok(Some(facts)) => return Ok((facts, connection)),
        Ok(None) => {}
        Err(error) if error.code == codes::TIMEOUT => silent = true,
        Err(error) if is_over(&error) => connection = connect()?,
        Err(error) => return Err(error),
    }
    match initialize(&*connection, hears).await {
        Ok(facts) => Ok((facts, connection)),
        // It was only slow to start, and is a modern one.
        Err(error) if silent && !is_over(&error) => {
            let limit = Limits::SHORT.total.unwrap_or(SILENCE);
            match discover(&*connection, limit, hears).await {
                Ok(Some(facts)) => Ok((facts, connection)),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Returns whether an error is ours and means that the connection has ended.
fn is_over(error: &RpcError) -> bool {
    matches!(error.code, codes::UPSTREAM_FAILED | codes::CHANNEL_LOST)
}

/// Asks `server/discover`. `None`: the server is legacy.
///
/// # Errors
/// No answer within the limit, or one that is modern and no answer to the question.
async fn discover(
    connection: &dyn Connection,
    limit: Duration,
    hears: &Hears,
) -> Result<Option<Facts>, RpcError> {
    let mut version = MODERN_VERSIONS[0].to_owned();
    // At most twice: a server that speaks other modern revisions says which.
    for _ in 0..2 {
        let mut meta = own::meta(Era::Modern);
        meta.insert(own::META_VERSION.to_owned(), version.clone().into());
        let params = raw(&json!({ "_meta": meta }));
        let mut call = Call::new(Era::Modern, "server/discover", Some(params));
        call.limits = Limits {
            idle: None,
            total: Some(limit),
        };
        let error = match connection.call(call, hears.clone()).await {
            Ok(result) => return Ok(discovered(&result)),
            Err(error) => error,
        };
        match error.code {
            codes::UNSUPPORTED_VERSION => match supported(&error) {
                Some(other) if other != version => version = other,
                _ => return Ok(None),
            },
            codes::HEADER_MISMATCH | codes::MISSING_CLIENT_CAPABILITY => return Err(error),
            // Ours, not the server's.
            codes::TIMEOUT
            | codes::UPSTREAM_FAILED
            | codes::CHANNEL_LOST
            | codes::OVERLOADED
            | codes::TOO_LARGE => return Err(error),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Returns the newest modern revision that a refusal names.
fn supported(error: &RpcError) -> Option<String> {
    #[derive(Deserialize)]
    struct Data {
        supported: Vec<String>,
    }
    let data: Data = serde_json::from_str(error.data.as_ref()?.get()).ok()?;
    let modern = data
        .supported
        .into_iter()
        .filter(|version| Era::of_version(version) == Era::Modern);
    modern.max()
}

/// Reads a modern answer. `None`: it is not one, as from a server that answers everything.
pub(super) fn discovered(result: &RawValue) -> Option<Facts> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Discovered {
        supported_versions: Vec<String>,
        #[serde(default)]
        capabilities: Option<Raw>,
        #[serde(default)]
        instructions: Option<String>,
    }
    let said: Discovered = serde_json::from_str(result.get()).ok()?;
    let is_modern = |version: &String| Era::of_version(version) == Era::Modern;
    if !said.supported_versions.iter().any(is_modern) {
        return None;
    }
    Some(Facts {
        eras: said.supported_versions,
        era: Era::Modern,
        capabilities: said.capabilities.unwrap_or_else(|| raw(&json!({}))),
        server_info: splice::get(result, &["_meta", own::META_SERVER]).map(ToOwned::to_owned),
        instructions: said.instructions,
        handshake: None,
    })
}

/// Returns what is known of a server that is modern and says no more.
pub(super) fn modern() -> Facts {
    Facts {
        eras: MODERN_VERSIONS
            .iter()
            .map(|version| (*version).to_owned())
            .collect(),
        era: Era::Modern,
        capabilities: raw(&json!({})),
        server_info: None,
        instructions: None,
        handshake: None,
    }
}

/// Does our handshake: `initialize` and `notifications/initialized`.
pub(super) async fn initialize(
    connection: &dyn Connection,
    hears: &Hears,
) -> Result<Facts, RpcError> {
    let params = raw(&own::initialize_params());
    let call = Call::new(Era::Legacy, "initialize", Some(params));
    let result = connection.call(call, hears.clone()).await?;
    connection.notify("notifications/initialized", None, &[]);
    Ok(shaken(result))
}

/// Reads the answer to an `initialize`.
fn shaken(result: Raw) -> Facts {
    let member = |name: &str| splice::get(&result, &[name]).map(ToOwned::to_owned);
    let version = splice::get_str(&result, &["protocolVersion"]);
    Facts {
        eras: vec![version.unwrap_or_else(|| LEGACY_VERSIONS[0].to_owned())],
        era: Era::Legacy,
        capabilities: member("capabilities").unwrap_or_else(|| raw(&json!({}))),
        server_info: member("serverInfo"),
        instructions: splice::get_str(&result, &["instructions"]),
        handshake: Some(result),
    }
}

/// Adds to the parameters of a modern request of our own what its era asks for. What is there stays.
pub(super) fn with_own_meta(params: Option<Raw>) -> Option<Raw> {
    let mut params = params.unwrap_or_else(|| raw(&Map::<String, Value>::new()));
    for (name, value) in own::meta(Era::Modern) {
        if splice::get(&params, &["_meta", &name]).is_none()
            && let Some(spliced) = splice::set(&params, &["_meta", &name], &value.to_string())
        {
            params = spliced;
        }
    }
    Some(params)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn own_members_are_added_and_those_of_the_caller_stay() {
        let params = raw(
            &json!({"name": "a", "_meta": {"progressToken": 1, own::META_VERSION: "2027-01-01"}}),
        );
        let added = with_own_meta(Some(params)).unwrap();
        assert_eq!(
            splice::get_str(&added, &["_meta", own::META_VERSION]).unwrap(),
            "2027-01-01"
        );
        assert_eq!(
            splice::get(&added, &["_meta", own::META_CAPABILITIES])
                .unwrap()
                .get(),
            "{}"
        );
        assert_eq!(
            splice::get(&added, &["_meta", "progressToken"])
                .unwrap()
                .get(),
            "1"
        );
        assert!(
            with_own_meta(None)
                .unwrap()
                .get()
                .contains(own::META_VERSION)
        );
    }

    #[test]
    fn an_answer_without_modern_revisions_is_none() {
        let read = |value: Value| discovered(&raw(&value)).map(|facts| facts.eras);
        assert_eq!(read(json!({})), None);
        assert_eq!(read(json!({"supportedVersions": ["2025-11-25"]})), None);
        let both = json!({"supportedVersions": ["2026-07-28", "2025-11-25"], "capabilities": {}});
        assert_eq!(
            read(both),
            Some(vec!["2026-07-28".to_owned(), "2025-11-25".to_owned()])
        );
    }
}
