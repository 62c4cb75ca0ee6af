//! What every upgrade of a socket is given (attach §2.6, Appendix A).

use std::time::Duration;

use super::{McpListenerRegistry, ReverseChannelRegistry};
use crate::link;

/// What every upgrade of a socket is given. Cheap enough to clone for each.
///
/// Settings that concern one process at the attaching side only (its children, its way back) are not here, and neither are those of
/// the token file.
#[derive(Debug, Clone)]
pub struct ReverseAttachConfig {
    /// Where attach ids lead to.
    pub registry: ReverseChannelRegistry,
    /// Port of the listener on 127.0.0.1, as it was after binding. 0 until then.
    pub mcp_port: u16,
    /// Who wants to hear of changes. The same as [`ReverseChannelRegistry::listeners`].
    pub mcp_listeners: McpListenerRegistry,
    /// Queues, sizes and heartbeat of a socket.
    pub link: link::Settings,
    /// Everything else.
    pub settings: AttachSettings,
}

/// Declares the settings that are not the socket's own, each with its default and its setter.
macro_rules! settings {
    ($($(#[$doc:meta])+ $name:ident: $type:ty = $default:expr;)+) => {
        /// Limits and times of the attach server. The defaults suit one user on one machine. Those of the gateway are its own
        /// [`Settings`](crate::gateway::Settings).
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct AttachSettings {
            $($(#[$doc])+ pub $name: $type,)+
        }

        impl Default for AttachSettings {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl ReverseAttachConfig {
            $($(#[$doc])+
            #[must_use]
            pub fn $name(mut self, $name: $type) -> Self {
                self.settings.$name = $name;
                self
            })+
        }
    };
}

settings! {
    /// How long a new socket may take until its `hello`. Default 10 s.
    hello_timeout: Duration = Duration::from_secs(10);
    /// How long a dropped socket can be taken up again. Default 30 s.
    grace: Duration = Duration::from_secs(30);
    /// Most requests of the server in flight on one socket, unless its client takes fewer. Default 256.
    server_in_flight: usize = 256;
    /// Most requests of the client in flight on one socket. Default 128.
    client_in_flight: usize = 128;
    /// Most attach ids on one socket. Default 1,024.
    ids_per_socket: usize = 1_024;
    /// Most attach ids of one principal, over all its sockets. Default 4,096.
    ids_per_principal: usize = 4_096;
    /// Most logical ids that one socket is known to have produced. Default 65,536.
    tracker_capacity: usize = 65_536;
}

impl ReverseAttachConfig {
    /// Returns a configuration with the defaults, for a registry and its listeners.
    #[must_use]
    pub fn new(registry: ReverseChannelRegistry) -> Self {
        Self {
            mcp_listeners: registry.listeners(),
            registry,
            mcp_port: 0,
            link: link::Settings::default(),
            settings: AttachSettings::default(),
        }
    }

    /// The port that the listener on 127.0.0.1 was given.
    #[must_use]
    pub fn mcp_port(mut self, mcp_port: u16) -> Self {
        self.mcp_port = mcp_port;
        self
    }

    /// Longest WebSocket message in bytes. Default 8 MiB.
    #[must_use]
    pub fn max_message(mut self, max_message: usize) -> Self {
        self.link.max_message = max_message;
        self
    }

    /// Longest frame in bytes, in one piece or in several. Default 64 MiB.
    #[must_use]
    pub fn max_frame(mut self, max_frame: usize) -> Self {
        self.link.max_frame = max_frame;
        self
    }

    /// After how much silence to ping; 2.5 times as long, and the other side is dead. Default 20 s.
    #[must_use]
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.link.heartbeat = heartbeat;
        self
    }

    /// Most bytes that wait to be sent on one socket. Default 4 MiB.
    #[must_use]
    pub fn queue_bytes(mut self, queue_bytes: usize) -> Self {
        self.link.queue_bytes = queue_bytes;
        self
    }

    /// Most frames that wait to be sent on one socket. Default 4,096.
    #[must_use]
    pub fn queue_frames(mut self, queue_frames: usize) -> Self {
        self.link.queue_frames = queue_frames;
        self
    }
}
