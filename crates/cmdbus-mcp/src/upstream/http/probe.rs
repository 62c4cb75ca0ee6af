//! Which era a server at an address speaks (attach §5, "Era probe").

use serde::Deserialize;
use serde_json::json;

use super::config::HttpConfig;
use super::connection::HttpConnection;
use super::shared::params;
use crate::carry::{Call, Carrier as _, deaf};
use crate::rpc::{Era, MODERN_VERSIONS, Raw, RpcError, codes};

/// What a server at an address speaks.
#[derive(Debug)]
pub enum Spoken {
    /// Requests without a handshake, with the answer to `server/discover` where it gave one.
    Modern(Option<Raw>),
    /// The handshake first.
    Legacy,
}

/// Asks a server with `server/discover` what it speaks. What is no modern answer means: the handshake.
///
/// # Errors
/// It cannot be reached (−33004), wants other credentials (−33004 with the status in `data`), or does not answer in 30 s (−33003).
pub async fn probe_http(config: &HttpConfig) -> Result<Spoken, RpcError> {
    let connection = HttpConnection::new(config.clone(), Era::Modern, deaf());
    let meta = json!({"_meta": {
        "io.modelcontextprotocol/protocolVersion": MODERN_VERSIONS[0],
        "io.modelcontextprotocol/clientInfo": {"name": "cmdbus", "version": env!("CARGO_PKG_VERSION")},
        "io.modelcontextprotocol/clientCapabilities": {},
    }});
    let call = Call::new(Era::Modern, "server/discover", params(&meta));
    match connection.call(call, deaf()).await {
        Ok(result) if names_modern(&result, "supportedVersions") != Some(false) => {
            Ok(Spoken::Modern(Some(result)))
        }
        Ok(_) => Ok(Spoken::Legacy),
        Err(error) => match error.code {
            codes::HEADER_MISMATCH | codes::MISSING_CLIENT_CAPABILITY => Ok(Spoken::Modern(None)),
            codes::UNSUPPORTED_VERSION => {
                let data = error.data.as_deref();
                let known = data.and_then(|data| names_modern(data, "supported"));
                Ok(match known {
                    Some(false) => Spoken::Legacy,
                    _ => Spoken::Modern(None),
                })
            }
            codes::TIMEOUT => Err(error),
            codes::UPSTREAM_FAILED if !is_plain_refusal(&error) => Err(error),
            _ => Ok(Spoken::Legacy),
        },
    }
}

/// Returns whether a list of versions has a modern one that is known here. `None`: there is no such list.
fn names_modern(json: &serde_json::value::RawValue, member: &str) -> Option<bool> {
    let list = crate::rpc::splice::get(json, &[member])?;
    let versions: Vec<String> = serde_json::from_str(list.get()).ok()?;
    Some(
        versions
            .iter()
            .any(|version| MODERN_VERSIONS.contains(&version.as_str())),
    )
}

/// Returns whether a server answered with a status that a legacy server may have for what it does not know. Credentials it wants
/// in either era.
fn is_plain_refusal(error: &RpcError) -> bool {
    #[derive(Deserialize)]
    struct Data {
        status: u16,
    }
    let data = error.data.as_deref();
    data.and_then(|data| serde_json::from_str::<Data>(data.get()).ok())
        .is_some_and(|data| !matches!(data.status, 300..=399 | 401 | 403 | 407))
}
