//! Services in the shapes that people write, in a program that tolerates no warning.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

use std::sync::Arc;

use cmdbus::prelude::*;

/// A public service.
#[derive(Debug, Clone)]
pub struct HTTPServer {
    /// A port.
    pub port: u16,
}

/// What a service returns about itself.
#[payload]
#[derive(Debug)]
pub struct Status {
    /// A port.
    pub port: u16,
}

#[command_service]
impl HTTPServer {
    /// A name for `Self` in a signature.
    pub const LENGTH: usize = 2;

    /// Answers.
    #[command("http.status")]
    pub async fn get_status(&self) -> Result<Status, CommandError> {
        Ok(Status { port: self.port })
    }

    #[cmdbus::command("http.sizes", description = "Sizes")]
    async fn sizes(self: Arc<Self>, _: ()) -> Result<[u16; Self::LENGTH], CommandError> {
        Ok([self.port; Self::LENGTH])
    }

    #[command("http.set")]
    async fn set<'a>(self: &'a Arc<Self>, request: Status) -> Result<u16, CommandError> {
        Ok(request.port)
    }

    // Two methods may share an id and a name if they never exist together.
    #[cfg(all())]
    #[command("http.platform")]
    async fn platform(&self) -> Result<(), CommandError> {
        Ok(())
    }

    #[cfg(not(all()))]
    #[command("http.platform")]
    async fn platform(&self, _: TypeOfAnotherPlatform) -> Result<(), CommandError> {
        Ok(())
    }

    /// Left alone.
    pub fn helper(&self) {}
}

/// A service without a command in this build.
#[derive(Debug)]
pub struct Empty;

#[command_service]
impl Empty {
    #[cfg(any())]
    #[command("empty.absent")]
    async fn absent(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

/// Absent as a whole.
#[command_service]
#[cfg(any())]
impl Absent {
    #[command("absent.absent")]
    async fn absent(&self) -> Result<(), CommandError> {
        Ok(())
    }
}

// A service and a command of it may share a name, and a module may need to be a raw identifier.
struct Match;

#[command_service]
impl Match {
    #[command("match.match")]
    async fn r#match(&self) -> Result<String, CommandError> {
        Ok("match".into())
    }
}

mod elsewhere {
    pub(super) struct Far {
        pub(super) text: super::Text,
    }
}

type Text = &'static str;

#[command_service]
impl self::elsewhere::Far {
    #[command("far.text")]
    async fn text(&self, prefix: self::inner::Prefix) -> Result<String, CommandError> {
        Ok(prefix.0 + self.text)
    }
}

struct Typed<T>(T);

// The arguments of a host may be named where the block stands only.
#[command_service]
impl Typed<Text> {
    #[command("typed.get")]
    async fn get(&self) -> Result<Text, CommandError> {
        Ok(self.0)
    }
}

mod inner {
    #[cmdbus::payload]
    pub(super) struct Prefix(pub(super) String);
}

fn main() {
    fn id<C: Command>() -> &'static str {
        C::ID
    }
    assert_eq!(id::<h_t_t_p_server::Get_status>(), "http.status");
    assert_eq!(id::<h_t_t_p_server::GetStatus>(), "http.status");
    assert_eq!(h_t_t_p_server::Sizes::DESCRIPTION, Some("Sizes"));
    assert_eq!(id::<r#match::Match>(), "match.match");
    assert_eq!(id::<far::Text>(), "far.text");

    assert_eq!(id::<typed::Get>(), "typed.get");

    struct Local;

    #[command_service]
    impl Local {
        #[command("local.get")]
        async fn get(&self) -> Result<(), CommandError> {
            Ok(())
        }
    }

    let registry = CommandRegistry::new(Config::default());
    fn is_send<T: Send>(_: T) {}
    is_send(HTTPServer { port: 80 }.register(&registry));
    is_send(Empty.register(&registry));
    is_send(Local.register(&registry));
    is_send(Typed("text").register(&registry));
    is_send(Match.register(&registry));
    is_send(elsewhere::Far { text: "text" }.register(&registry));
}
