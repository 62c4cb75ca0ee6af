//! What a client asks.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, SubscriptionFilter,
};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, SubscriptionContext};
use tokio::time::sleep;

use super::changes::{Changes, PAUSE};
use super::{Session, lock};
use crate::rpc::Era;

/// Answers one client.
pub(super) struct Handler(pub(super) Arc<Session>);

/// Returns how the sender of a request speaks.
pub(super) fn era(context: &RequestContext<RoleServer>) -> Era {
    match context.protocol_version() {
        Some(version) => Era::of_version(version.as_str()),
        None => Era::Legacy,
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let config = &self.0.config;
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        let mut info = ServerConfig::new(capabilities);
        info.server_info = Implementation::new(&*config.name, &*config.version);
        info.instructions = config.instructions.clone();
        info
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        Ok(self.0.page(cursor.as_deref(), era(&context)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0.call(request, context).await
    }

    /// In the legacy era, changes are told from here on.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let mut changes = Changes::new(&self.0);
        let telling = tokio::spawn(async move {
            while changes.changed().await {
                if context.peer.notify_tool_list_changed().await.is_err() {
                    return;
                }
                sleep(PAUSE).await;
            }
        });
        let before = lock(&self.0.telling).replace(telling.abort_handle());
        if let Some(before) = before {
            before.abort();
        }
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        let mut accepted = SubscriptionFilter::new();
        accepted.tools_list_changed = requested.tools_list_changed;
        Some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = Changes::new(&self.0);
        let tell = async {
            while changes.changed().await {
                if context.sink().notify_tool_list_changed().await.is_err() {
                    return;
                }
                sleep(PAUSE).await;
            }
        };
        if context.accepted().tools_list_changed == Some(true) {
            tokio::select! {
                () = context.cancelled() => {}
                () = tell => {}
            }
        } else {
            context.cancelled().await;
        }
        Ok(())
    }
}
