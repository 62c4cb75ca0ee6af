//! What connections of an upstream are made with.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::carry::Hears;
use crate::rpc::{Era, RpcError, codes};
use crate::upstream::config::{Transport, UpstreamConfig};
use crate::upstream::connection::Connection;
use crate::upstream::http::{BadHttpConfig, HttpConfig, HttpConnection, Spoken, probe_http};
use crate::upstream::probe::{Facts, discovered, initialize, modern, probe_child};
use crate::upstream::stdio::{Logs, StdioCommand, StdioConnection};

/// A server that has answered: what it speaks, and a connection to it.
pub(super) type Probed = Result<(Facts, Arc<dyn Connection>), RpcError>;

/// Makes connections to one server.
pub trait Connector: Send + Sync + 'static {
    /// Returns whether a connection is a child process: one of a bounded number, and stopped when it is idle.
    fn is_child(&self) -> bool;

    /// Starts a connection. `args` go behind the configured arguments of a child.
    ///
    /// # Errors
    /// It cannot be started.
    fn connect(
        &self,
        era: Era,
        args: &[String],
        hears: Hears,
    ) -> Result<Arc<dyn Connection>, RpcError>;

    /// Finds out what the server speaks. Returns a connection that is ready to be used, in the legacy era with a handshake of ours.
    /// A server that is `known` to be legacy may be taken for it without asking.
    fn probe(self: Arc<Self>, known: Option<Era>, hears: Hears) -> BoxFuture<'static, Probed> {
        async move {
            let connect = {
                let hears = hears.clone();
                move || self.connect(Era::Modern, &[], hears.clone())
            };
            probe_child(&connect, known, &hears).await
        }
        .boxed()
    }
}

/// Starts children.
struct Children {
    command: StdioCommand,
    logs: Logs,
}

impl Connector for Children {
    fn is_child(&self) -> bool {
        true
    }

    fn connect(
        &self,
        _era: Era,
        args: &[String],
        hears: Hears,
    ) -> Result<Arc<dyn Connection>, RpcError> {
        let mut command = self.command.clone();
        command.args.extend_from_slice(args);
        match StdioConnection::spawn(&command, hears, self.logs.clone()) {
            Ok(connection) => Ok(Arc::new(connection)),
            Err(error) => Err(RpcError::new(
                codes::UPSTREAM_FAILED,
                format!("`{}` cannot be started: {error}", command.program),
            )),
        }
    }
}

/// Makes sessions at an address.
struct Address(HttpConfig);

impl Connector for Address {
    fn is_child(&self) -> bool {
        false
    }

    fn connect(
        &self,
        era: Era,
        _args: &[String],
        hears: Hears,
    ) -> Result<Arc<dyn Connection>, RpcError> {
        Ok(Arc::new(HttpConnection::new(self.0.clone(), era, hears)))
    }

    fn probe(self: Arc<Self>, known: Option<Era>, hears: Hears) -> BoxFuture<'static, Probed> {
        async move {
            let spoken = match known {
                Some(Era::Legacy) => Spoken::Legacy,
                _ => probe_http(&self.0).await?,
            };
            if let Spoken::Modern(said) = spoken {
                let facts = said
                    .and_then(|said| discovered(&said))
                    .unwrap_or_else(modern);
                return Ok((facts, self.connect(Era::Modern, &[], hears)?));
            }
            let connection = self.connect(Era::Legacy, &[], hears.clone())?;
            let facts = initialize(&*connection, &hears).await?;
            Ok((facts, connection))
        }
        .boxed()
    }
}

/// Returns what makes the connections that a configuration asks for.
pub(super) fn connector(
    config: &UpstreamConfig,
    logs: Logs,
) -> Result<Arc<dyn Connector>, BadHttpConfig> {
    Ok(match &config.transport {
        Transport::Stdio {
            command,
            args,
            env,
            cwd,
        } => Arc::new(Children {
            command: StdioCommand {
                program: command.clone(),
                args: args.clone(),
                env: env.clone(),
                cwd: cwd.clone(),
            },
            logs,
        }),
        Transport::Http { url, headers } => Arc::new(Address(HttpConfig::new(url, headers)?)),
    })
}
