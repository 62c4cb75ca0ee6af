//! `tools/list` of the aggregated endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cmdbus_mcp::convert::{META_DEGRADED, modernise_list, name_server};
use cmdbus_mcp::own;
use cmdbus_mcp::rpc::{Era, Raw, RpcError, codes, raw, splice};
use cmdbus_mcp::search;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::catalogue::{Catalogue, Command};
use super::{Asked, ToolSearch};

/// Tools on one page.
const PAGE: usize = 200;
/// With more tools than this, `tool_search = "auto"` shows the pair that searches.
const MANY: usize = 64;

impl Asked {
    /// Returns whether the caller may see a command at this endpoint.
    pub(super) fn shows(&self, command: &Command) -> bool {
        let under = self.owner.as_deref();
        let owner = command.tool.as_ref().and_then(|tool| tool.owner.as_ref());
        // Who may call a command of the bus may do so here; what is attached is besides for those whom its owner lets in.
        let is_shown = match owner {
            Some(owner) => (self.aggregator.attachments).shows(&self.caller, owner, under),
            None => under.is_none(),
        };
        is_shown && self.caller.may_call(command.id())
    }

    /// Walks over what the caller may see.
    pub(super) fn shown<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, &'a Command)> + use<'a> {
        catalogue
            .iter_after(after)
            .filter(|(_, command)| self.shows(command))
    }

    /// Returns whether the caller sees the pair that searches in place of the list.
    pub(super) fn searches(&self, catalogue: &Catalogue) -> bool {
        match self.aggregator.showing.search {
            ToolSearch::Off => false,
            ToolSearch::On => true,
            ToolSearch::Auto => self.shown(catalogue, None).nth(MANY).is_some(),
        }
    }

    /// Returns one page of the list.
    pub(super) fn list(&self, params: Option<&RawValue>) -> Result<Raw, RpcError> {
        let after = cursor(params)?;
        let catalogue = self.aggregator.catalogue();
        let (tools, next) = if self.searches(&catalogue) {
            (search::entries().iter().map(raw).collect(), None)
        } else {
            self.page(&catalogue, after.as_deref())
        };
        let mut rest = json!({});
        if let Some(next) = next {
            rest["nextCursor"] = URL_SAFE_NO_PAD.encode(next).into();
        }
        let attachments = &self.aggregator.attachments;
        let degraded = attachments.degraded(&self.caller, self.owner.as_deref());
        if !degraded.is_empty() {
            rest["_meta"] = json!({META_DEGRADED: degraded});
        }
        if self.era == Era::Modern {
            modernise_list(&mut rest);
            name_server(&mut rest, &own::info());
        }
        // Entries of attached tools stay raw, so the list is put in last.
        let rest = raw(&rest);
        Ok(splice::set(&rest, &["tools"], raw(&tools).get()).unwrap_or(rest))
    }

    fn page(&self, catalogue: &Catalogue, after: Option<&str>) -> (Vec<Raw>, Option<String>) {
        let mut shown = self.shown(catalogue, after).peekable();
        let mut tools = Vec::new();
        let mut last = "";
        for (name, command) in shown.by_ref().take(PAGE) {
            tools.push(command.entry(name, &self.aggregator.bus, self.era));
            last = command.id();
        }
        let next = shown.peek().is_some().then(|| last.to_owned());
        (tools, next)
    }
}

/// Returns the id after which the page begins. A cursor is the last id of the page before, so it stays good when commands come and go.
fn cursor(params: Option<&RawValue>) -> Result<Option<String>, RpcError> {
    let Some(cursor) = params.and_then(|params| splice::get(params, &["cursor"])) else {
        return Ok(None);
    };
    let id = match serde_json::from_str(cursor.get()) {
        Ok(Value::Null) => return Ok(None),
        Ok(Value::String(text)) => URL_SAFE_NO_PAD.decode(text).ok(),
        _ => None,
    };
    let id = id.and_then(|id| String::from_utf8(id).ok());
    id.map(Some).ok_or_else(|| {
        RpcError::new(
            codes::INVALID_PARAMS,
            "the cursor is none of ours; begin without one",
        )
    })
}
