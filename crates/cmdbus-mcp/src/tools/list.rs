//! The whole `tools/list` of a server.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::carry::{Call, Carrier, deaf};
use crate::own;
use crate::rpc::{Era, Raw, RpcError, codes, raw};

/// Most tools of one server that are looked at.
pub const MAX_TOOLS: usize = 10_000;
/// Longest list of one server, over all its pages, in bytes.
pub const MAX_LIST: usize = 16 << 20;
/// Longest cursor, in bytes.
const MAX_CURSOR: usize = 4 << 10;
/// Most pages in a row without a tool.
const MAX_EMPTY: usize = 16;

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    tools: Vec<Raw>,
    #[serde(rename = "nextCursor", default)]
    next_cursor: Option<String>,
}

/// Fetches every page of `tools/list`, and returns the entries as they are.
///
/// Lists that go on beyond [`MAX_TOOLS`] are cut off there; so is one with a cursor that was there before, or with page after page
/// that brings nothing.
///
/// # Errors
/// As [`Carrier::call`]; −33006 if all pages together are longer than [`MAX_LIST`], −33009 if a page is no page.
pub async fn list_all(carrier: &dyn Carrier, era: Era) -> Result<Vec<Raw>, RpcError> {
    let mut tools: Vec<Raw> = Vec::new();
    let mut cursor: Option<String> = None;
    // A server whose pages go in circles, or never end, is not to hold us for ever.
    let mut used = HashSet::new();
    let mut empty = 0;
    let mut bytes = 0;
    loop {
        let params = params(era, cursor.as_deref());
        let page = carrier
            .call(Call::new(era, "tools/list", params), deaf())
            .await?;
        bytes += page.get().len();
        if bytes > MAX_LIST {
            return Err(RpcError::new(
                codes::TOO_LARGE,
                format!(
                    "the server's list of tools is longer than {MAX_LIST} bytes; show fewer of them"
                ),
            ));
        }
        let page = read(&page)?;
        let fits = MAX_TOOLS - tools.len();
        let more = page.next_cursor.is_some() && page.tools.len() >= fits;
        if more || page.tools.len() > fits {
            tracing::warn!(
                limit = MAX_TOOLS,
                "a server has too many tools; the rest is left out"
            );
        }
        empty = if page.tools.is_empty() { empty + 1 } else { 0 };
        tools.extend(page.tools.into_iter().take(fits));
        let goes_on = tools.len() < MAX_TOOLS && empty < MAX_EMPTY;
        match page.next_cursor.filter(|_| goes_on) {
            Some(next) if used.insert(next.clone()) => cursor = Some(next),
            _ => return Ok(tools),
        }
    }
}

fn params(era: Era, cursor: Option<&str>) -> Option<Raw> {
    let mut params = Map::new();
    if let Some(cursor) = cursor {
        params.insert("cursor".to_owned(), cursor.into());
    }
    let meta = own::meta(era);
    if !meta.is_empty() {
        params.insert("_meta".to_owned(), Value::Object(meta));
    }
    (!params.is_empty()).then(|| raw(&params))
}

fn read(page: &RawValue) -> Result<Page, RpcError> {
    let bad = |text| RpcError::new(codes::BAD_ANSWER, text);
    let page: Page = serde_json::from_str(page.get())
        .map_err(|_| bad("the answer to `tools/list` is no list of tools".to_owned()))?;
    let cursor = page.next_cursor.as_ref();
    if cursor.is_some_and(|cursor| cursor.len() > MAX_CURSOR) {
        return Err(bad(format!(
            "the `nextCursor` of `tools/list` is longer than {MAX_CURSOR} bytes"
        )));
    }
    Ok(page)
}
