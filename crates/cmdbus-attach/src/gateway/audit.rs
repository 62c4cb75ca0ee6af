//! One line per call (attach §4.13). It never shows arguments or results.

use cmdbus_mcp::rpc::{Raw, RpcError, splice};
use tokio::time::Instant;
use tracing::info;

use super::backend::Route;
use super::exchange::End;
use crate::auth::Principal;

/// Longest name that is written.
const MAX_NAME: usize = 128;

/// What is known of a call before it is made.
pub(super) struct Audit {
    principal: Principal,
    route: Route,
    method: String,
    tool: Option<String>,
    bytes_in: usize,
    begun: Instant,
}

impl Audit {
    pub(super) fn new(
        principal: &Principal,
        route: &Route,
        method: &str,
        params: Option<&Raw>,
    ) -> Self {
        let tool = match method {
            "tools/call" => params.and_then(|params| splice::get_str(params, &["name"])),
            _ => None,
        };
        Self {
            principal: principal.clone(),
            route: route.clone(),
            method: short(method),
            tool: tool.as_deref().map(short),
            bytes_in: params.map_or(0, |params| params.get().len()),
            begun: Instant::now(),
        }
    }

    /// Writes that there is an answer.
    pub(super) fn answered(self, outcome: &Result<Raw, RpcError>) {
        match outcome {
            Ok(result) => self.write("ok", 0, result.get().len()),
            Err(error) => self.write("error", error.code, 0),
        }
    }

    /// Writes that it ended before its answer.
    pub(super) fn ended(self, why: &End) {
        let said = match why {
            End::ClientGone => "client_gone",
            End::Cancelled => "cancelled",
            End::Lost => "lost",
            End::Answered(_) => "ended",
        };
        self.write(said, 0, 0);
    }

    fn write(self, outcome: &'static str, code: i64, bytes_out: usize) {
        let (attach_id, target) = match &self.route {
            Route::Everything => ("", String::new()),
            Route::OneId(id) => (id.as_str(), String::new()),
            Route::Server(id, target) => (id.as_str(), target.to_string()),
        };
        info!(
            target: "cmdbus::audit",
            principal = %self.principal,
            attach_id = %attach_id.escape_debug(),
            target = %target.escape_debug(),
            method = %self.method.escape_debug(),
            tool = %self.tool.as_deref().unwrap_or_default().escape_debug(),
            bytes_in = self.bytes_in,
            bytes_out,
            duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            outcome,
            code,
        );
    }
}

/// A caller chooses these names, and would fill the log with a long one.
fn short(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}
