// Made by `cmdbus gen rust`. Do not edit: make it anew.
#![allow(dead_code, missing_docs, non_camel_case_types, non_snake_case, unused_qualifications, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic)]

/// �EVIL
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil;

impl ::cmdbus::command::StreamCommand for Evil {
    const ID: &'static str = "\u{0}EVIL";
    const DESCRIPTION: Option<&'static str> = Some("\u{0}EVIL");
    type Request = EvilRequest;
    type Item = EvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil2;

impl ::cmdbus::command::StreamCommand for Evil2 {
    const ID: &'static str = "\n EVIL()\n";
    const DESCRIPTION: Option<&'static str> = Some("\n EVIL()\n");
    type Request = EvilRequest2;
    type Item = EvilItem2;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil3;

impl ::cmdbus::command::StreamCommand for Evil3 {
    const ID: &'static str = "\r EVIL()\r";
    const DESCRIPTION: Option<&'static str> = Some("\r EVIL()\r");
    type Request = EvilRequest3;
    type Item = EvilItem3;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct X;

impl ::cmdbus::command::Command for X {
    const ID: &'static str = " ";
    const DESCRIPTION: Option<&'static str> = Some(" ");
    type Request = Request;
    type Response = Response;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil4;

impl ::cmdbus::command::StreamCommand for Evil4 {
    const ID: &'static str = "    EVIL()";
    const DESCRIPTION: Option<&'static str> = Some("    EVIL()");
    type Request = EvilRequest4;
    type Item = EvilItem4;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// """
/// EVIL()
/// """
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil5;

impl ::cmdbus::command::StreamCommand for Evil5 {
    const ID: &'static str = "\"\"\"\nEVIL()\n\"\"\"";
    const DESCRIPTION: Option<&'static str> = Some("\"\"\"\nEVIL()\n\"\"\"");
    type Request = EvilRequest5;
    type Item = EvilItem5;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// "#; EVIL(); r#"
#[derive(Debug, Clone, Copy, Default)]
pub struct EvilR;

impl ::cmdbus::command::StreamCommand for EvilR {
    const ID: &'static str = "\"#; EVIL(); r#\"";
    const DESCRIPTION: Option<&'static str> = Some("\"#; EVIL(); r#\"");
    type Request = EvilRRequest;
    type Item = EvilRItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// "; EVIL(); "
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil6;

impl ::cmdbus::command::StreamCommand for Evil6 {
    const ID: &'static str = "\"; EVIL(); \"";
    const DESCRIPTION: Option<&'static str> = Some("\"; EVIL(); \"");
    type Request = EvilRequest6;
    type Item = EvilItem6;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// #EVIL
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil7;

impl ::cmdbus::command::StreamCommand for Evil7 {
    const ID: &'static str = "#EVIL";
    const DESCRIPTION: Option<&'static str> = Some("#EVIL");
    type Request = EvilRequest7;
    type Item = EvilItem7;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// ${EVIL()}
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil8;

impl ::cmdbus::command::StreamCommand for Evil8 {
    const ID: &'static str = "${EVIL()}";
    const DESCRIPTION: Option<&'static str> = Some("${EVIL()}");
    type Request = EvilRequest8;
    type Item = EvilItem8;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// '; EVIL(); '
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil9;

impl ::cmdbus::command::StreamCommand for Evil9 {
    const ID: &'static str = "'; EVIL(); '";
    const DESCRIPTION: Option<&'static str> = Some("'; EVIL(); '");
    type Request = EvilRequest9;
    type Item = EvilItem9;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// */ EVIL() /*
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil10;

impl ::cmdbus::command::StreamCommand for Evil10 {
    const ID: &'static str = "*/ EVIL() /*";
    const DESCRIPTION: Option<&'static str> = Some("*/ EVIL() /*");
    type Request = EvilRequest10;
    type Item = EvilItem10;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// *\\/ EVIL() /*
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil11;

impl ::cmdbus::command::StreamCommand for Evil11 {
    const ID: &'static str = "*\\/ EVIL() /*";
    const DESCRIPTION: Option<&'static str> = Some("*\\/ EVIL() /*");
    type Request = EvilRequest11;
    type Item = EvilItem11;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// - EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil12;

impl ::cmdbus::command::StreamCommand for Evil12 {
    const ID: &'static str = "-     EVIL()";
    const DESCRIPTION: Option<&'static str> = Some("-     EVIL()");
    type Request = EvilRequest12;
    type Item = EvilItem12;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// --> EVIL \<!--
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil13;

impl ::cmdbus::command::StreamCommand for Evil13 {
    const ID: &'static str = "--> EVIL <!--";
    const DESCRIPTION: Option<&'static str> = Some("--> EVIL <!--");
    type Request = EvilRequest13;
    type Item = EvilItem13;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// .
#[derive(Debug, Clone, Copy, Default)]
pub struct X2;

impl ::cmdbus::command::Command for X2 {
    const ID: &'static str = ".";
    const DESCRIPTION: Option<&'static str> = Some(".");
    type Request = Request2;
    type Response = Response2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// ..
#[derive(Debug, Clone, Copy, Default)]
pub struct X3;

impl ::cmdbus::command::Command for X3 {
    const ID: &'static str = "..";
    const DESCRIPTION: Option<&'static str> = Some("..");
    type Request = Request3;
    type Response = Response3;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// /EVIL/
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil14;

impl ::cmdbus::command::StreamCommand for Evil14 {
    const ID: &'static str = "/EVIL/";
    const DESCRIPTION: Option<&'static str> = Some("/EVIL/");
    type Request = EvilRequest14;
    type Item = EvilItem14;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// 1
#[derive(Debug, Clone, Copy, Default)]
pub struct N1;

impl ::cmdbus::command::Command for N1 {
    const ID: &'static str = "1";
    const DESCRIPTION: Option<&'static str> = Some("1");
    type Request = N1Request;
    type Response = N1Response;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// 1. EVIL()
///
/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct N1EvilEvil;

impl ::cmdbus::command::StreamCommand for N1EvilEvil {
    const ID: &'static str = "1.      EVIL()\n\n        EVIL()";
    const DESCRIPTION: Option<&'static str> = Some("1.      EVIL()\n\n        EVIL()");
    type Request = N1EvilEvilRequest;
    type Item = N1EvilEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// 2fa
#[derive(Debug, Clone, Copy, Default)]
pub struct N2fa;

impl ::cmdbus::command::Command for N2fa {
    const ID: &'static str = "2fa";
    const DESCRIPTION: Option<&'static str> = Some("2fa");
    type Request = N2faRequest;
    type Response = N2faResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \</script>\<script>EVIL()\</script>
#[derive(Debug, Clone, Copy, Default)]
pub struct ScriptScriptEvilScript;

impl ::cmdbus::command::StreamCommand for ScriptScriptEvilScript {
    const ID: &'static str = "</script><script>EVIL()</script>";
    const DESCRIPTION: Option<&'static str> = Some("</script><script>EVIL()</script>");
    type Request = ScriptScriptEvilScriptRequest;
    type Item = ScriptScriptEvilScriptItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
#[derive(Debug, Clone, Copy, Default)]
pub struct ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvil;

impl ::cmdbus::command::StreamCommand for ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvil {
    const ID: &'static str = "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())";
    const DESCRIPTION: Option<&'static str> = Some("<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())");
    type Request = ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvilRequest;
    type Item = ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// > - * \`\`\`EVIL
/// \\\`\`\`
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil15;

impl ::cmdbus::command::StreamCommand for Evil15 {
    const ID: &'static str = "> - * ```EVIL\n\\```";
    const DESCRIPTION: Option<&'static str> = Some("> - * ```EVIL\n\\```");
    type Request = EvilRequest15;
    type Item = EvilItem15;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// > \`\`\`
/// > EVIL()
/// > \`\`\`
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil16;

impl ::cmdbus::command::StreamCommand for Evil16 {
    const ID: &'static str = "> ```\n> EVIL()\n> ```";
    const DESCRIPTION: Option<&'static str> = Some("> ```\n> EVIL()\n> ```");
    type Request = EvilRequest16;
    type Item = EvilItem16;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// @ts-expect-error EVIL
#[derive(Debug, Clone, Copy, Default)]
pub struct TsExpectErrorEvil;

impl ::cmdbus::command::StreamCommand for TsExpectErrorEvil {
    const ID: &'static str = "@ts-expect-error EVIL";
    const DESCRIPTION: Option<&'static str> = Some("@ts-expect-error EVIL");
    type Request = TsExpectErrorEvilRequest;
    type Item = TsExpectErrorEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// A.B
#[derive(Debug, Clone, Copy, Default)]
pub struct AB;

impl ::cmdbus::command::Command for AB {
    const ID: &'static str = "A.B";
    const DESCRIPTION: Option<&'static str> = Some("A.B");
    type Request = ABRequest;
    type Response = ABResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Any
#[derive(Debug, Clone, Copy, Default)]
pub struct Any;

impl ::cmdbus::command::Command for Any {
    const ID: &'static str = "Any";
    const DESCRIPTION: Option<&'static str> = Some("Any");
    type Request = AnyRequest;
    type Response = AnyResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Box
#[derive(Debug, Clone, Copy, Default)]
pub struct Box2;

impl ::cmdbus::command::Command for Box2 {
    const ID: &'static str = "Box";
    const DESCRIPTION: Option<&'static str> = Some("Box");
    type Request = BoxRequest;
    type Response = BoxResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Client
#[derive(Debug, Clone, Copy, Default)]
pub struct Client;

impl ::cmdbus::command::Command for Client {
    const ID: &'static str = "Client";
    const DESCRIPTION: Option<&'static str> = Some("Client");
    type Request = ClientRequest;
    type Response = ClientResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Command
#[derive(Debug, Clone, Copy, Default)]
pub struct Command2;

impl ::cmdbus::command::Command for Command2 {
    const ID: &'static str = "Command";
    const DESCRIPTION: Option<&'static str> = Some("Command");
    type Request = CommandRequest;
    type Response = CommandResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// CommandError
#[derive(Debug, Clone, Copy, Default)]
pub struct CommandError2;

impl ::cmdbus::command::Command for CommandError2 {
    const ID: &'static str = "CommandError";
    const DESCRIPTION: Option<&'static str> = Some("CommandError");
    type Request = CommandErrorRequest;
    type Response = CommandErrorResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Commands
#[derive(Debug, Clone, Copy, Default)]
pub struct Commands;

impl ::cmdbus::command::Command for Commands {
    const ID: &'static str = "Commands";
    const DESCRIPTION: Option<&'static str> = Some("Commands");
    type Request = CommandsRequest;
    type Response = CommandsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Dict
#[derive(Debug, Clone, Copy, Default)]
pub struct Dict;

impl ::cmdbus::command::Command for Dict {
    const ID: &'static str = "Dict";
    const DESCRIPTION: Option<&'static str> = Some("Dict");
    type Request = DictRequest;
    type Response = DictResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Err
#[derive(Debug, Clone, Copy, Default)]
pub struct Err2;

impl ::cmdbus::command::Command for Err2 {
    const ID: &'static str = "Err";
    const DESCRIPTION: Option<&'static str> = Some("Err");
    type Request = ErrRequest;
    type Response = ErrResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Error
#[derive(Debug, Clone, Copy, Default)]
pub struct Error;

impl ::cmdbus::command::Command for Error {
    const ID: &'static str = "Error";
    const DESCRIPTION: Option<&'static str> = Some("Error");
    type Request = ErrorRequest;
    type Response = ErrorResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// False
#[derive(Debug, Clone, Copy, Default)]
pub struct False;

impl ::cmdbus::command::Command for False {
    const ID: &'static str = "False";
    const DESCRIPTION: Option<&'static str> = Some("False");
    type Request = FalseRequest;
    type Response = FalseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// List
#[derive(Debug, Clone, Copy, Default)]
pub struct List;

impl ::cmdbus::command::Command for List {
    const ID: &'static str = "List";
    const DESCRIPTION: Option<&'static str> = Some("List");
    type Request = ListRequest;
    type Response = ListResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// None
#[derive(Debug, Clone, Copy, Default)]
pub struct None2;

impl ::cmdbus::command::Command for None2 {
    const ID: &'static str = "None";
    const DESCRIPTION: Option<&'static str> = Some("None");
    type Request = NoneRequest;
    type Response = NoneResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Ok
#[derive(Debug, Clone, Copy, Default)]
pub struct Ok2;

impl ::cmdbus::command::Command for Ok2 {
    const ID: &'static str = "Ok";
    const DESCRIPTION: Option<&'static str> = Some("Ok");
    type Request = OkRequest;
    type Response = OkResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Option
#[derive(Debug, Clone, Copy, Default)]
pub struct Option2;

impl ::cmdbus::command::Command for Option2 {
    const ID: &'static str = "Option";
    const DESCRIPTION: Option<&'static str> = Some("Option");
    type Request = OptionRequest;
    type Response = OptionResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Optional
#[derive(Debug, Clone, Copy, Default)]
pub struct Optional;

impl ::cmdbus::command::Command for Optional {
    const ID: &'static str = "Optional";
    const DESCRIPTION: Option<&'static str> = Some("Optional");
    type Request = OptionalRequest;
    type Response = OptionalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Progress
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress;

impl ::cmdbus::command::Command for Progress {
    const ID: &'static str = "Progress";
    const DESCRIPTION: Option<&'static str> = Some("Progress");
    type Request = ProgressRequest;
    type Response = ProgressResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Promise
#[derive(Debug, Clone, Copy, Default)]
pub struct Promise;

impl ::cmdbus::command::Command for Promise {
    const ID: &'static str = "Promise";
    const DESCRIPTION: Option<&'static str> = Some("Promise");
    type Request = PromiseRequest;
    type Response = PromiseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Result
#[derive(Debug, Clone, Copy, Default)]
pub struct Result2;

impl ::cmdbus::command::Command for Result2 {
    const ID: &'static str = "Result";
    const DESCRIPTION: Option<&'static str> = Some("Result");
    type Request = ResultRequest;
    type Response = ResultResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Self
#[derive(Debug, Clone, Copy, Default)]
pub struct Self2;

impl ::cmdbus::command::Command for Self2 {
    const ID: &'static str = "Self";
    const DESCRIPTION: Option<&'static str> = Some("Self");
    type Request = SelfRequest;
    type Response = SelfResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Some
#[derive(Debug, Clone, Copy, Default)]
pub struct Some2;

impl ::cmdbus::command::Command for Some2 {
    const ID: &'static str = "Some";
    const DESCRIPTION: Option<&'static str> = Some("Some");
    type Request = SomeRequest;
    type Response = SomeResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Stream
#[derive(Debug, Clone, Copy, Default)]
pub struct Stream;

impl ::cmdbus::command::Command for Stream {
    const ID: &'static str = "Stream";
    const DESCRIPTION: Option<&'static str> = Some("Stream");
    type Request = StreamRequest;
    type Response = StreamResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// String
#[derive(Debug, Clone, Copy, Default)]
pub struct String2;

impl ::cmdbus::command::Command for String2 {
    const ID: &'static str = "String";
    const DESCRIPTION: Option<&'static str> = Some("String");
    type Request = StringRequest;
    type Response = StringResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// True
#[derive(Debug, Clone, Copy, Default)]
pub struct True;

impl ::cmdbus::command::Command for True {
    const ID: &'static str = "True";
    const DESCRIPTION: Option<&'static str> = Some("True");
    type Request = TrueRequest;
    type Response = TrueResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Union
#[derive(Debug, Clone, Copy, Default)]
pub struct Union;

impl ::cmdbus::command::Command for Union {
    const ID: &'static str = "Union";
    const DESCRIPTION: Option<&'static str> = Some("Union");
    type Request = UnionRequest;
    type Response = UnionResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Vec
#[derive(Debug, Clone, Copy, Default)]
pub struct Vec2;

impl ::cmdbus::command::Command for Vec2 {
    const ID: &'static str = "Vec";
    const DESCRIPTION: Option<&'static str> = Some("Vec");
    type Request = VecRequest;
    type Response = VecResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \\
#[derive(Debug, Clone, Copy, Default)]
pub struct X4;

impl ::cmdbus::command::StreamCommand for X4 {
    const ID: &'static str = "\\";
    const DESCRIPTION: Option<&'static str> = Some("\\");
    type Request = Request4;
    type Item = Item;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \\""" EVIL() \\
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil17;

impl ::cmdbus::command::StreamCommand for Evil17 {
    const ID: &'static str = "\\\"\"\" EVIL() \\";
    const DESCRIPTION: Option<&'static str> = Some("\\\"\"\" EVIL() \\");
    type Request = EvilRequest17;
    type Item = EvilItem17;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \\"; EVIL(); //
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil18;

impl ::cmdbus::command::StreamCommand for Evil18 {
    const ID: &'static str = "\\\"; EVIL(); //";
    const DESCRIPTION: Option<&'static str> = Some("\\\"; EVIL(); //");
    type Request = EvilRequest18;
    type Item = EvilItem18;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// `; EVIL(); `
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil19;

impl ::cmdbus::command::StreamCommand for Evil19 {
    const ID: &'static str = "`; EVIL(); `";
    const DESCRIPTION: Option<&'static str> = Some("`; EVIL(); `");
    type Request = EvilRequest19;
    type Item = EvilItem19;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \`\`\`
/// EVIL()
/// \`\`\`
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil20;

impl ::cmdbus::command::StreamCommand for Evil20 {
    const ID: &'static str = "```\nEVIL()\n```";
    const DESCRIPTION: Option<&'static str> = Some("```\nEVIL()\n```");
    type Request = EvilRequest20;
    type Item = EvilItem20;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// a
///
/// EVIL()
/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct AEvilEvil;

impl ::cmdbus::command::StreamCommand for AEvilEvil {
    const ID: &'static str = "a\n\n\tEVIL()\n \t  EVIL()";
    const DESCRIPTION: Option<&'static str> = Some("a\n\n\tEVIL()\n \t  EVIL()");
    type Request = AEvilEvilRequest;
    type Item = AEvilEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// a # pyright: EVIL
#[derive(Debug, Clone, Copy, Default)]
pub struct APyrightEvil;

impl ::cmdbus::command::StreamCommand for APyrightEvil {
    const ID: &'static str = "a # pyright: EVIL";
    const DESCRIPTION: Option<&'static str> = Some("a # pyright: EVIL");
    type Request = APyrightEvilRequest;
    type Item = APyrightEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// a b
#[derive(Debug, Clone, Copy, Default)]
pub struct AB2;

impl ::cmdbus::command::Command for AB2 {
    const ID: &'static str = "a b";
    const DESCRIPTION: Option<&'static str> = Some("a b");
    type Request = ABRequest2;
    type Response = ABResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// a-b
#[derive(Debug, Clone, Copy, Default)]
pub struct AB3;

impl ::cmdbus::command::Command for AB3 {
    const ID: &'static str = "a-b";
    const DESCRIPTION: Option<&'static str> = Some("a-b");
    type Request = ABRequest3;
    type Response = ABResponse3;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// a.b
#[derive(Debug, Clone, Copy, Default)]
pub struct AB4;

impl ::cmdbus::command::Command for AB4 {
    const ID: &'static str = "a.b";
    const DESCRIPTION: Option<&'static str> = Some("a.b");
    type Request = ABRequest4;
    type Response = ABResponse4;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// aB
#[derive(Debug, Clone, Copy, Default)]
pub struct AB5;

impl ::cmdbus::command::Command for AB5 {
    const ID: &'static str = "aB";
    const DESCRIPTION: Option<&'static str> = Some("aB");
    type Request = ABRequest5;
    type Response = ABResponse5;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// a_b
#[derive(Debug, Clone, Copy, Default)]
pub struct AB6;

impl ::cmdbus::command::Command for AB6 {
    const ID: &'static str = "a_b";
    const DESCRIPTION: Option<&'static str> = Some("a_b");
    type Request = ABRequest6;
    type Response = ABResponse6;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// abstract
#[derive(Debug, Clone, Copy, Default)]
pub struct Abstract;

impl ::cmdbus::command::Command for Abstract {
    const ID: &'static str = "abstract";
    const DESCRIPTION: Option<&'static str> = Some("abstract");
    type Request = AbstractRequest;
    type Response = AbstractResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// any
#[derive(Debug, Clone, Copy, Default)]
pub struct Any2;

impl ::cmdbus::command::Command for Any2 {
    const ID: &'static str = "any";
    const DESCRIPTION: Option<&'static str> = Some("any");
    type Request = AnyRequest2;
    type Response = AnyResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// arguments
#[derive(Debug, Clone, Copy, Default)]
pub struct Arguments;

impl ::cmdbus::command::Command for Arguments {
    const ID: &'static str = "arguments";
    const DESCRIPTION: Option<&'static str> = Some("arguments");
    type Request = ArgumentsRequest;
    type Response = ArgumentsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// as
#[derive(Debug, Clone, Copy, Default)]
pub struct As;

impl ::cmdbus::command::Command for As {
    const ID: &'static str = "as";
    const DESCRIPTION: Option<&'static str> = Some("as");
    type Request = AsRequest;
    type Response = AsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// async
#[derive(Debug, Clone, Copy, Default)]
pub struct Async;

impl ::cmdbus::command::Command for Async {
    const ID: &'static str = "async";
    const DESCRIPTION: Option<&'static str> = Some("async");
    type Request = AsyncRequest;
    type Response = AsyncResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// await
#[derive(Debug, Clone, Copy, Default)]
pub struct Await;

impl ::cmdbus::command::Command for Await {
    const ID: &'static str = "await";
    const DESCRIPTION: Option<&'static str> = Some("await");
    type Request = AwaitRequest;
    type Response = AwaitResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// á
#[derive(Debug, Clone, Copy, Default)]
pub struct A;

impl ::cmdbus::command::Command for A {
    const ID: &'static str = "á";
    const DESCRIPTION: Option<&'static str> = Some("á");
    type Request = ARequest;
    type Response = AResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// begin
#[derive(Debug, Clone, Copy, Default)]
pub struct Begin;

impl ::cmdbus::command::Command for Begin {
    const ID: &'static str = "begin";
    const DESCRIPTION: Option<&'static str> = Some("begin");
    type Request = BeginRequest;
    type Response = BeginResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// boolean
#[derive(Debug, Clone, Copy, Default)]
pub struct Boolean;

impl ::cmdbus::command::Command for Boolean {
    const ID: &'static str = "boolean";
    const DESCRIPTION: Option<&'static str> = Some("boolean");
    type Request = BooleanRequest;
    type Response = BooleanResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// break
#[derive(Debug, Clone, Copy, Default)]
pub struct Break;

impl ::cmdbus::command::Command for Break {
    const ID: &'static str = "break";
    const DESCRIPTION: Option<&'static str> = Some("break");
    type Request = BreakRequest;
    type Response = BreakResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// call
#[derive(Debug, Clone, Copy, Default)]
pub struct Call;

impl ::cmdbus::command::Command for Call {
    const ID: &'static str = "call";
    const DESCRIPTION: Option<&'static str> = Some("call");
    type Request = CallRequest;
    type Response = CallResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// case
#[derive(Debug, Clone, Copy, Default)]
pub struct Case;

impl ::cmdbus::command::Command for Case {
    const ID: &'static str = "case";
    const DESCRIPTION: Option<&'static str> = Some("case");
    type Request = CaseRequest;
    type Response = CaseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// catch
#[derive(Debug, Clone, Copy, Default)]
pub struct Catch;

impl ::cmdbus::command::Command for Catch {
    const ID: &'static str = "catch";
    const DESCRIPTION: Option<&'static str> = Some("catch");
    type Request = CatchRequest;
    type Response = CatchResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// check
#[derive(Debug, Clone, Copy, Default)]
pub struct Check;

impl ::cmdbus::command::Command for Check {
    const ID: &'static str = "check";
    const DESCRIPTION: Option<&'static str> = Some("check");
    type Request = CheckRequest;
    type Response = CheckResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// class
#[derive(Debug, Clone, Copy, Default)]
pub struct Class;

impl ::cmdbus::command::Command for Class {
    const ID: &'static str = "class";
    const DESCRIPTION: Option<&'static str> = Some("class");
    type Request = ClassRequest;
    type Response = ClassResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// close
#[derive(Debug, Clone, Copy, Default)]
pub struct Close;

impl ::cmdbus::command::Command for Close {
    const ID: &'static str = "close";
    const DESCRIPTION: Option<&'static str> = Some("close");
    type Request = CloseRequest;
    type Response = CloseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// connection
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection;

impl ::cmdbus::command::Command for Connection {
    const ID: &'static str = "connection";
    const DESCRIPTION: Option<&'static str> = Some("connection");
    type Request = ConnectionRequest;
    type Response = ConnectionResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// const
#[derive(Debug, Clone, Copy, Default)]
pub struct Const;

impl ::cmdbus::command::Command for Const {
    const ID: &'static str = "const";
    const DESCRIPTION: Option<&'static str> = Some("const");
    type Request = ConstRequest;
    type Response = ConstResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// constructor
#[derive(Debug, Clone, Copy, Default)]
pub struct Constructor;

impl ::cmdbus::command::Command for Constructor {
    const ID: &'static str = "constructor";
    const DESCRIPTION: Option<&'static str> = Some("constructor");
    type Request = ConstructorRequest;
    type Response = ConstructorResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// continue
#[derive(Debug, Clone, Copy, Default)]
pub struct Continue;

impl ::cmdbus::command::Command for Continue {
    const ID: &'static str = "continue";
    const DESCRIPTION: Option<&'static str> = Some("continue");
    type Request = ContinueRequest;
    type Response = ContinueResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// crate
#[derive(Debug, Clone, Copy, Default)]
pub struct Crate;

impl ::cmdbus::command::Command for Crate {
    const ID: &'static str = "crate";
    const DESCRIPTION: Option<&'static str> = Some("crate");
    type Request = CrateRequest;
    type Response = CrateResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// def
#[derive(Debug, Clone, Copy, Default)]
pub struct Def;

impl ::cmdbus::command::Command for Def {
    const ID: &'static str = "def";
    const DESCRIPTION: Option<&'static str> = Some("def");
    type Request = DefRequest;
    type Response = DefResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// default
#[derive(Debug, Clone, Copy, Default)]
pub struct Default2;

impl ::cmdbus::command::Command for Default2 {
    const ID: &'static str = "default";
    const DESCRIPTION: Option<&'static str> = Some("default");
    type Request = DefaultRequest;
    type Response = DefaultResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// del
#[derive(Debug, Clone, Copy, Default)]
pub struct Del;

impl ::cmdbus::command::Command for Del {
    const ID: &'static str = "del";
    const DESCRIPTION: Option<&'static str> = Some("del");
    type Request = DelRequest;
    type Response = DelResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// delete
#[derive(Debug, Clone, Copy, Default)]
pub struct Delete;

impl ::cmdbus::command::Command for Delete {
    const ID: &'static str = "delete";
    const DESCRIPTION: Option<&'static str> = Some("delete");
    type Request = DeleteRequest;
    type Response = DeleteResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// do
#[derive(Debug, Clone, Copy, Default)]
pub struct Do;

impl ::cmdbus::command::Command for Do {
    const ID: &'static str = "do";
    const DESCRIPTION: Option<&'static str> = Some("do");
    type Request = DoRequest;
    type Response = DoResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// dyn
#[derive(Debug, Clone, Copy, Default)]
pub struct Dyn;

impl ::cmdbus::command::Command for Dyn {
    const ID: &'static str = "dyn";
    const DESCRIPTION: Option<&'static str> = Some("dyn");
    type Request = DynRequest;
    type Response = DynResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// elif
#[derive(Debug, Clone, Copy, Default)]
pub struct Elif;

impl ::cmdbus::command::Command for Elif {
    const ID: &'static str = "elif";
    const DESCRIPTION: Option<&'static str> = Some("elif");
    type Request = ElifRequest;
    type Response = ElifResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// else
#[derive(Debug, Clone, Copy, Default)]
pub struct Else;

impl ::cmdbus::command::Command for Else {
    const ID: &'static str = "else";
    const DESCRIPTION: Option<&'static str> = Some("else");
    type Request = ElseRequest;
    type Response = ElseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// end
#[derive(Debug, Clone, Copy, Default)]
pub struct End;

impl ::cmdbus::command::Command for End {
    const ID: &'static str = "end";
    const DESCRIPTION: Option<&'static str> = Some("end");
    type Request = EndRequest;
    type Response = EndResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// enum
#[derive(Debug, Clone, Copy, Default)]
pub struct Enum;

impl ::cmdbus::command::Command for Enum {
    const ID: &'static str = "enum";
    const DESCRIPTION: Option<&'static str> = Some("enum");
    type Request = EnumRequest;
    type Response = EnumResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// eval
#[derive(Debug, Clone, Copy, Default)]
pub struct Eval;

impl ::cmdbus::command::Command for Eval {
    const ID: &'static str = "eval";
    const DESCRIPTION: Option<&'static str> = Some("eval");
    type Request = EvalRequest;
    type Response = EvalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// except
#[derive(Debug, Clone, Copy, Default)]
pub struct Except;

impl ::cmdbus::command::Command for Except {
    const ID: &'static str = "except";
    const DESCRIPTION: Option<&'static str> = Some("except");
    type Request = ExceptRequest;
    type Response = ExceptResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// export
#[derive(Debug, Clone, Copy, Default)]
pub struct Export;

impl ::cmdbus::command::Command for Export {
    const ID: &'static str = "export";
    const DESCRIPTION: Option<&'static str> = Some("export");
    type Request = ExportRequest;
    type Response = ExportResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// extends
#[derive(Debug, Clone, Copy, Default)]
pub struct Extends;

impl ::cmdbus::command::Command for Extends {
    const ID: &'static str = "extends";
    const DESCRIPTION: Option<&'static str> = Some("extends");
    type Request = ExtendsRequest;
    type Response = ExtendsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// extern
#[derive(Debug, Clone, Copy, Default)]
pub struct Extern;

impl ::cmdbus::command::Command for Extern {
    const ID: &'static str = "extern";
    const DESCRIPTION: Option<&'static str> = Some("extern");
    type Request = ExternRequest;
    type Response = ExternResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// false
#[derive(Debug, Clone, Copy, Default)]
pub struct False2;

impl ::cmdbus::command::Command for False2 {
    const ID: &'static str = "false";
    const DESCRIPTION: Option<&'static str> = Some("false");
    type Request = FalseRequest2;
    type Response = FalseResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// final
#[derive(Debug, Clone, Copy, Default)]
pub struct Final;

impl ::cmdbus::command::Command for Final {
    const ID: &'static str = "final";
    const DESCRIPTION: Option<&'static str> = Some("final");
    type Request = FinalRequest;
    type Response = FinalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// finally
#[derive(Debug, Clone, Copy, Default)]
pub struct Finally;

impl ::cmdbus::command::Command for Finally {
    const ID: &'static str = "finally";
    const DESCRIPTION: Option<&'static str> = Some("finally");
    type Request = FinallyRequest;
    type Response = FinallyResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// fn
#[derive(Debug, Clone, Copy, Default)]
pub struct Fn;

impl ::cmdbus::command::Command for Fn {
    const ID: &'static str = "fn";
    const DESCRIPTION: Option<&'static str> = Some("fn");
    type Request = FnRequest;
    type Response = FnResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// for
#[derive(Debug, Clone, Copy, Default)]
pub struct For;

impl ::cmdbus::command::Command for For {
    const ID: &'static str = "for";
    const DESCRIPTION: Option<&'static str> = Some("for");
    type Request = ForRequest;
    type Response = ForResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// from
#[derive(Debug, Clone, Copy, Default)]
pub struct From;

impl ::cmdbus::command::Command for From {
    const ID: &'static str = "from";
    const DESCRIPTION: Option<&'static str> = Some("from");
    type Request = FromRequest;
    type Response = FromResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// function
#[derive(Debug, Clone, Copy, Default)]
pub struct Function;

impl ::cmdbus::command::Command for Function {
    const ID: &'static str = "function";
    const DESCRIPTION: Option<&'static str> = Some("function");
    type Request = FunctionRequest;
    type Response = FunctionResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// gen
#[derive(Debug, Clone, Copy, Default)]
pub struct Gen;

impl ::cmdbus::command::Command for Gen {
    const ID: &'static str = "gen";
    const DESCRIPTION: Option<&'static str> = Some("gen");
    type Request = GenRequest;
    type Response = GenResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// global
#[derive(Debug, Clone, Copy, Default)]
pub struct Global;

impl ::cmdbus::command::Command for Global {
    const ID: &'static str = "global";
    const DESCRIPTION: Option<&'static str> = Some("global");
    type Request = GlobalRequest;
    type Response = GlobalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// hasOwnProperty
#[derive(Debug, Clone, Copy, Default)]
pub struct HasOwnProperty;

impl ::cmdbus::command::Command for HasOwnProperty {
    const ID: &'static str = "hasOwnProperty";
    const DESCRIPTION: Option<&'static str> = Some("hasOwnProperty");
    type Request = HasOwnPropertyRequest;
    type Response = HasOwnPropertyResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// headers
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers;

impl ::cmdbus::command::Command for Headers {
    const ID: &'static str = "headers";
    const DESCRIPTION: Option<&'static str> = Some("headers");
    type Request = HeadersRequest;
    type Response = HeadersResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// if
#[derive(Debug, Clone, Copy, Default)]
pub struct If;

impl ::cmdbus::command::Command for If {
    const ID: &'static str = "if";
    const DESCRIPTION: Option<&'static str> = Some("if");
    type Request = IfRequest;
    type Response = IfResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// impl
#[derive(Debug, Clone, Copy, Default)]
pub struct Impl;

impl ::cmdbus::command::Command for Impl {
    const ID: &'static str = "impl";
    const DESCRIPTION: Option<&'static str> = Some("impl");
    type Request = ImplRequest;
    type Response = ImplResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// implements
#[derive(Debug, Clone, Copy, Default)]
pub struct Implements;

impl ::cmdbus::command::Command for Implements {
    const ID: &'static str = "implements";
    const DESCRIPTION: Option<&'static str> = Some("implements");
    type Request = ImplementsRequest;
    type Response = ImplementsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// import
#[derive(Debug, Clone, Copy, Default)]
pub struct Import;

impl ::cmdbus::command::Command for Import {
    const ID: &'static str = "import";
    const DESCRIPTION: Option<&'static str> = Some("import");
    type Request = ImportRequest;
    type Response = ImportResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// in
#[derive(Debug, Clone, Copy, Default)]
pub struct In;

impl ::cmdbus::command::Command for In {
    const ID: &'static str = "in";
    const DESCRIPTION: Option<&'static str> = Some("in");
    type Request = InRequest;
    type Response = InResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// instanceof
#[derive(Debug, Clone, Copy, Default)]
pub struct Instanceof;

impl ::cmdbus::command::Command for Instanceof {
    const ID: &'static str = "instanceof";
    const DESCRIPTION: Option<&'static str> = Some("instanceof");
    type Request = InstanceofRequest;
    type Response = InstanceofResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// interface
#[derive(Debug, Clone, Copy, Default)]
pub struct Interface;

impl ::cmdbus::command::Command for Interface {
    const ID: &'static str = "interface";
    const DESCRIPTION: Option<&'static str> = Some("interface");
    type Request = InterfaceRequest;
    type Response = InterfaceResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// is
#[derive(Debug, Clone, Copy, Default)]
pub struct Is;

impl ::cmdbus::command::Command for Is {
    const ID: &'static str = "is";
    const DESCRIPTION: Option<&'static str> = Some("is");
    type Request = IsRequest;
    type Response = IsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// isPrototypeOf
#[derive(Debug, Clone, Copy, Default)]
pub struct IsPrototypeOf;

impl ::cmdbus::command::Command for IsPrototypeOf {
    const ID: &'static str = "isPrototypeOf";
    const DESCRIPTION: Option<&'static str> = Some("isPrototypeOf");
    type Request = IsPrototypeOfRequest;
    type Response = IsPrototypeOfResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// lambda
#[derive(Debug, Clone, Copy, Default)]
pub struct Lambda;

impl ::cmdbus::command::Command for Lambda {
    const ID: &'static str = "lambda";
    const DESCRIPTION: Option<&'static str> = Some("lambda");
    type Request = LambdaRequest;
    type Response = LambdaResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// let
#[derive(Debug, Clone, Copy, Default)]
pub struct Let;

impl ::cmdbus::command::Command for Let {
    const ID: &'static str = "let";
    const DESCRIPTION: Option<&'static str> = Some("let");
    type Request = LetRequest;
    type Response = LetResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// loop
#[derive(Debug, Clone, Copy, Default)]
pub struct Loop;

impl ::cmdbus::command::Command for Loop {
    const ID: &'static str = "loop";
    const DESCRIPTION: Option<&'static str> = Some("loop");
    type Request = LoopRequest;
    type Response = LoopResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// macro
#[derive(Debug, Clone, Copy, Default)]
pub struct Macro;

impl ::cmdbus::command::Command for Macro {
    const ID: &'static str = "macro";
    const DESCRIPTION: Option<&'static str> = Some("macro");
    type Request = MacroRequest;
    type Response = MacroResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// match
#[derive(Debug, Clone, Copy, Default)]
pub struct Match;

impl ::cmdbus::command::Command for Match {
    const ID: &'static str = "match";
    const DESCRIPTION: Option<&'static str> = Some("match");
    type Request = MatchRequest;
    type Response = MatchResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// mod
#[derive(Debug, Clone, Copy, Default)]
pub struct Mod;

impl ::cmdbus::command::Command for Mod {
    const ID: &'static str = "mod";
    const DESCRIPTION: Option<&'static str> = Some("mod");
    type Request = ModRequest;
    type Response = ModResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// move
#[derive(Debug, Clone, Copy, Default)]
pub struct Move;

impl ::cmdbus::command::Command for Move {
    const ID: &'static str = "move";
    const DESCRIPTION: Option<&'static str> = Some("move");
    type Request = MoveRequest;
    type Response = MoveResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// mut
#[derive(Debug, Clone, Copy, Default)]
pub struct Mut;

impl ::cmdbus::command::Command for Mut {
    const ID: &'static str = "mut";
    const DESCRIPTION: Option<&'static str> = Some("mut");
    type Request = MutRequest;
    type Response = MutResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// never
#[derive(Debug, Clone, Copy, Default)]
pub struct Never;

impl ::cmdbus::command::Command for Never {
    const ID: &'static str = "never";
    const DESCRIPTION: Option<&'static str> = Some("never");
    type Request = NeverRequest;
    type Response = NeverResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// new
#[derive(Debug, Clone, Copy, Default)]
pub struct New;

impl ::cmdbus::command::Command for New {
    const ID: &'static str = "new";
    const DESCRIPTION: Option<&'static str> = Some("new");
    type Request = NewRequest;
    type Response = NewResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// nonlocal
#[derive(Debug, Clone, Copy, Default)]
pub struct Nonlocal;

impl ::cmdbus::command::Command for Nonlocal {
    const ID: &'static str = "nonlocal";
    const DESCRIPTION: Option<&'static str> = Some("nonlocal");
    type Request = NonlocalRequest;
    type Response = NonlocalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// not
#[derive(Debug, Clone, Copy, Default)]
pub struct Not;

impl ::cmdbus::command::Command for Not {
    const ID: &'static str = "not";
    const DESCRIPTION: Option<&'static str> = Some("not");
    type Request = NotRequest;
    type Response = NotResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// null
#[derive(Debug, Clone, Copy, Default)]
pub struct Null;

impl ::cmdbus::command::Command for Null {
    const ID: &'static str = "null";
    const DESCRIPTION: Option<&'static str> = Some("null");
    type Request = NullRequest;
    type Response = NullResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// number
#[derive(Debug, Clone, Copy, Default)]
pub struct Number;

impl ::cmdbus::command::Command for Number {
    const ID: &'static str = "number";
    const DESCRIPTION: Option<&'static str> = Some("number");
    type Request = NumberRequest;
    type Response = NumberResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// object
#[derive(Debug, Clone, Copy, Default)]
pub struct Object;

impl ::cmdbus::command::Command for Object {
    const ID: &'static str = "object";
    const DESCRIPTION: Option<&'static str> = Some("object");
    type Request = ObjectRequest;
    type Response = ObjectResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// or
#[derive(Debug, Clone, Copy, Default)]
pub struct Or;

impl ::cmdbus::command::Command for Or {
    const ID: &'static str = "or";
    const DESCRIPTION: Option<&'static str> = Some("or");
    type Request = OrRequest;
    type Response = OrResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// package
#[derive(Debug, Clone, Copy, Default)]
pub struct Package;

impl ::cmdbus::command::Command for Package {
    const ID: &'static str = "package";
    const DESCRIPTION: Option<&'static str> = Some("package");
    type Request = PackageRequest;
    type Response = PackageResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// pass
#[derive(Debug, Clone, Copy, Default)]
pub struct Pass;

impl ::cmdbus::command::Command for Pass {
    const ID: &'static str = "pass";
    const DESCRIPTION: Option<&'static str> = Some("pass");
    type Request = PassRequest;
    type Response = PassResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// path
#[derive(Debug, Clone, Copy, Default)]
pub struct Path;

impl ::cmdbus::command::Command for Path {
    const ID: &'static str = "path";
    const DESCRIPTION: Option<&'static str> = Some("path");
    type Request = PathRequest;
    type Response = PathResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// pattern
#[derive(Debug, Clone, Copy, Default)]
pub struct Pattern;

impl ::cmdbus::command::Command for Pattern {
    const ID: &'static str = "pattern";
    const DESCRIPTION: Option<&'static str> = Some("pattern");
    type Request = PatternRequest;
    type Response = PatternResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// print
#[derive(Debug, Clone, Copy, Default)]
pub struct Print;

impl ::cmdbus::command::Command for Print {
    const ID: &'static str = "print";
    const DESCRIPTION: Option<&'static str> = Some("print");
    type Request = PrintRequest;
    type Response = PrintResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// priv
#[derive(Debug, Clone, Copy, Default)]
pub struct Priv;

impl ::cmdbus::command::Command for Priv {
    const ID: &'static str = "priv";
    const DESCRIPTION: Option<&'static str> = Some("priv");
    type Request = PrivRequest;
    type Response = PrivResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// private
#[derive(Debug, Clone, Copy, Default)]
pub struct Private;

impl ::cmdbus::command::Command for Private {
    const ID: &'static str = "private";
    const DESCRIPTION: Option<&'static str> = Some("private");
    type Request = PrivateRequest;
    type Response = PrivateResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// protected
#[derive(Debug, Clone, Copy, Default)]
pub struct Protected;

impl ::cmdbus::command::Command for Protected {
    const ID: &'static str = "protected";
    const DESCRIPTION: Option<&'static str> = Some("protected");
    type Request = ProtectedRequest;
    type Response = ProtectedResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// proto
#[derive(Debug, Clone, Copy, Default)]
pub struct Proto;

impl ::cmdbus::command::Command for Proto {
    const ID: &'static str = "proto";
    const DESCRIPTION: Option<&'static str> = Some("proto");
    type Request = ProtoRequest;
    type Response = ProtoResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// prototype
#[derive(Debug, Clone, Copy, Default)]
pub struct Prototype;

impl ::cmdbus::command::Command for Prototype {
    const ID: &'static str = "prototype";
    const DESCRIPTION: Option<&'static str> = Some("prototype");
    type Request = PrototypeRequest;
    type Response = PrototypeResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// pub
#[derive(Debug, Clone, Copy, Default)]
pub struct Pub;

impl ::cmdbus::command::Command for Pub {
    const ID: &'static str = "pub";
    const DESCRIPTION: Option<&'static str> = Some("pub");
    type Request = PubRequest;
    type Response = PubResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// public
#[derive(Debug, Clone, Copy, Default)]
pub struct Public;

impl ::cmdbus::command::Command for Public {
    const ID: &'static str = "public";
    const DESCRIPTION: Option<&'static str> = Some("public");
    type Request = PublicRequest;
    type Response = PublicResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// raise
#[derive(Debug, Clone, Copy, Default)]
pub struct Raise;

impl ::cmdbus::command::Command for Raise {
    const ID: &'static str = "raise";
    const DESCRIPTION: Option<&'static str> = Some("raise");
    type Request = RaiseRequest;
    type Response = RaiseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// ref
#[derive(Debug, Clone, Copy, Default)]
pub struct Ref;

impl ::cmdbus::command::Command for Ref {
    const ID: &'static str = "ref";
    const DESCRIPTION: Option<&'static str> = Some("ref");
    type Request = RefRequest;
    type Response = RefResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// return
#[derive(Debug, Clone, Copy, Default)]
pub struct Return;

impl ::cmdbus::command::Command for Return {
    const ID: &'static str = "return";
    const DESCRIPTION: Option<&'static str> = Some("return");
    type Request = ReturnRequest;
    type Response = ReturnResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// self
#[derive(Debug, Clone, Copy, Default)]
pub struct Self3;

impl ::cmdbus::command::Command for Self3 {
    const ID: &'static str = "self";
    const DESCRIPTION: Option<&'static str> = Some("self");
    type Request = SelfRequest2;
    type Response = SelfResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// static
#[derive(Debug, Clone, Copy, Default)]
pub struct Static;

impl ::cmdbus::command::Command for Static {
    const ID: &'static str = "static";
    const DESCRIPTION: Option<&'static str> = Some("static");
    type Request = StaticRequest;
    type Response = StaticResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// str
#[derive(Debug, Clone, Copy, Default)]
pub struct Str;

impl ::cmdbus::command::Command for Str {
    const ID: &'static str = "str";
    const DESCRIPTION: Option<&'static str> = Some("str");
    type Request = StrRequest;
    type Response = StrResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// string
#[derive(Debug, Clone, Copy, Default)]
pub struct String3;

impl ::cmdbus::command::Command for String3 {
    const ID: &'static str = "string";
    const DESCRIPTION: Option<&'static str> = Some("string");
    type Request = StringRequest2;
    type Response = StringResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// struct
#[derive(Debug, Clone, Copy, Default)]
pub struct Struct;

impl ::cmdbus::command::Command for Struct {
    const ID: &'static str = "struct";
    const DESCRIPTION: Option<&'static str> = Some("struct");
    type Request = StructRequest;
    type Response = StructResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// super
#[derive(Debug, Clone, Copy, Default)]
pub struct Super;

impl ::cmdbus::command::Command for Super {
    const ID: &'static str = "super";
    const DESCRIPTION: Option<&'static str> = Some("super");
    type Request = SuperRequest;
    type Response = SuperResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// switch
#[derive(Debug, Clone, Copy, Default)]
pub struct Switch;

impl ::cmdbus::command::Command for Switch {
    const ID: &'static str = "switch";
    const DESCRIPTION: Option<&'static str> = Some("switch");
    type Request = SwitchRequest;
    type Response = SwitchResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// symbol
#[derive(Debug, Clone, Copy, Default)]
pub struct Symbol;

impl ::cmdbus::command::Command for Symbol {
    const ID: &'static str = "symbol";
    const DESCRIPTION: Option<&'static str> = Some("symbol");
    type Request = SymbolRequest;
    type Response = SymbolResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// then
#[derive(Debug, Clone, Copy, Default)]
pub struct Then;

impl ::cmdbus::command::Command for Then {
    const ID: &'static str = "then";
    const DESCRIPTION: Option<&'static str> = Some("then");
    type Request = ThenRequest;
    type Response = ThenResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// this
#[derive(Debug, Clone, Copy, Default)]
pub struct This;

impl ::cmdbus::command::Command for This {
    const ID: &'static str = "this";
    const DESCRIPTION: Option<&'static str> = Some("this");
    type Request = ThisRequest;
    type Response = ThisResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// throw
#[derive(Debug, Clone, Copy, Default)]
pub struct Throw;

impl ::cmdbus::command::Command for Throw {
    const ID: &'static str = "throw";
    const DESCRIPTION: Option<&'static str> = Some("throw");
    type Request = ThrowRequest;
    type Response = ThrowResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// toString
#[derive(Debug, Clone, Copy, Default)]
pub struct ToString;

impl ::cmdbus::command::Command for ToString {
    const ID: &'static str = "toString";
    const DESCRIPTION: Option<&'static str> = Some("toString");
    type Request = ToStringRequest;
    type Response = ToStringResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// to_string
#[derive(Debug, Clone, Copy, Default)]
pub struct ToString2;

impl ::cmdbus::command::Command for ToString2 {
    const ID: &'static str = "to_string";
    const DESCRIPTION: Option<&'static str> = Some("to_string");
    type Request = ToStringRequest2;
    type Response = ToStringResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// trait
#[derive(Debug, Clone, Copy, Default)]
pub struct Trait;

impl ::cmdbus::command::Command for Trait {
    const ID: &'static str = "trait";
    const DESCRIPTION: Option<&'static str> = Some("trait");
    type Request = TraitRequest;
    type Response = TraitResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// true
#[derive(Debug, Clone, Copy, Default)]
pub struct True2;

impl ::cmdbus::command::Command for True2 {
    const ID: &'static str = "true";
    const DESCRIPTION: Option<&'static str> = Some("true");
    type Request = TrueRequest2;
    type Response = TrueResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// try
#[derive(Debug, Clone, Copy, Default)]
pub struct Try;

impl ::cmdbus::command::Command for Try {
    const ID: &'static str = "try";
    const DESCRIPTION: Option<&'static str> = Some("try");
    type Request = TryRequest;
    type Response = TryResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// type
#[derive(Debug, Clone, Copy, Default)]
pub struct Type;

impl ::cmdbus::command::Command for Type {
    const ID: &'static str = "type";
    const DESCRIPTION: Option<&'static str> = Some("type");
    type Request = TypeRequest;
    type Response = TypeResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// type: EVIL
#[derive(Debug, Clone, Copy, Default)]
pub struct TypeEvil;

impl ::cmdbus::command::StreamCommand for TypeEvil {
    const ID: &'static str = "type: EVIL";
    const DESCRIPTION: Option<&'static str> = Some("type: EVIL");
    type Request = TypeEvilRequest;
    type Item = TypeEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// typeof
#[derive(Debug, Clone, Copy, Default)]
pub struct Typeof;

impl ::cmdbus::command::Command for Typeof {
    const ID: &'static str = "typeof";
    const DESCRIPTION: Option<&'static str> = Some("typeof");
    type Request = TypeofRequest;
    type Response = TypeofResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// undefined
#[derive(Debug, Clone, Copy, Default)]
pub struct Undefined;

impl ::cmdbus::command::Command for Undefined {
    const ID: &'static str = "undefined";
    const DESCRIPTION: Option<&'static str> = Some("undefined");
    type Request = UndefinedRequest;
    type Response = UndefinedResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// union
#[derive(Debug, Clone, Copy, Default)]
pub struct Union2;

impl ::cmdbus::command::Command for Union2 {
    const ID: &'static str = "union";
    const DESCRIPTION: Option<&'static str> = Some("union");
    type Request = UnionRequest2;
    type Response = UnionResponse2;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// unknown
#[derive(Debug, Clone, Copy, Default)]
pub struct Unknown;

impl ::cmdbus::command::Command for Unknown {
    const ID: &'static str = "unknown";
    const DESCRIPTION: Option<&'static str> = Some("unknown");
    type Request = UnknownRequest;
    type Response = UnknownResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// unsafe
#[derive(Debug, Clone, Copy, Default)]
pub struct Unsafe;

impl ::cmdbus::command::Command for Unsafe {
    const ID: &'static str = "unsafe";
    const DESCRIPTION: Option<&'static str> = Some("unsafe");
    type Request = UnsafeRequest;
    type Response = UnsafeResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// use
#[derive(Debug, Clone, Copy, Default)]
pub struct Use;

impl ::cmdbus::command::Command for Use {
    const ID: &'static str = "use";
    const DESCRIPTION: Option<&'static str> = Some("use");
    type Request = UseRequest;
    type Response = UseResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// v
#[derive(Debug, Clone, Copy, Default)]
pub struct V;

impl ::cmdbus::command::Command for V {
    const ID: &'static str = "v";
    const DESCRIPTION: Option<&'static str> = Some("v");
    type Request = VRequest;
    type Response = VResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// valueOf
#[derive(Debug, Clone, Copy, Default)]
pub struct ValueOf;

impl ::cmdbus::command::Command for ValueOf {
    const ID: &'static str = "valueOf";
    const DESCRIPTION: Option<&'static str> = Some("valueOf");
    type Request = ValueOfRequest;
    type Response = ValueOfResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// var
#[derive(Debug, Clone, Copy, Default)]
pub struct Var;

impl ::cmdbus::command::Command for Var {
    const ID: &'static str = "var";
    const DESCRIPTION: Option<&'static str> = Some("var");
    type Request = VarRequest;
    type Response = VarResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// virtual
#[derive(Debug, Clone, Copy, Default)]
pub struct Virtual;

impl ::cmdbus::command::Command for Virtual {
    const ID: &'static str = "virtual";
    const DESCRIPTION: Option<&'static str> = Some("virtual");
    type Request = VirtualRequest;
    type Response = VirtualResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// void
#[derive(Debug, Clone, Copy, Default)]
pub struct Void;

impl ::cmdbus::command::Command for Void {
    const ID: &'static str = "void";
    const DESCRIPTION: Option<&'static str> = Some("void");
    type Request = VoidRequest;
    type Response = VoidResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// where
#[derive(Debug, Clone, Copy, Default)]
pub struct Where;

impl ::cmdbus::command::Command for Where {
    const ID: &'static str = "where";
    const DESCRIPTION: Option<&'static str> = Some("where");
    type Request = WhereRequest;
    type Response = WhereResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// while
#[derive(Debug, Clone, Copy, Default)]
pub struct While;

impl ::cmdbus::command::Command for While {
    const ID: &'static str = "while";
    const DESCRIPTION: Option<&'static str> = Some("while");
    type Request = WhileRequest;
    type Response = WhileResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// with
#[derive(Debug, Clone, Copy, Default)]
pub struct With;

impl ::cmdbus::command::Command for With {
    const ID: &'static str = "with";
    const DESCRIPTION: Option<&'static str> = Some("with");
    type Request = WithRequest;
    type Response = WithResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// x
#[derive(Debug, Clone, Copy, Default)]
pub struct X5;

impl ::cmdbus::command::Command for X5 {
    const ID: &'static str = "x";
    const DESCRIPTION: Option<&'static str> = Some("x");
    type Request = XRequest;
    type Response = XResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// yield
#[derive(Debug, Clone, Copy, Default)]
pub struct Yield;

impl ::cmdbus::command::Command for Yield {
    const ID: &'static str = "yield";
    const DESCRIPTION: Option<&'static str> = Some("yield");
    type Request = YieldRequest;
    type Response = YieldResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// {EVIL}
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil21;

impl ::cmdbus::command::StreamCommand for Evil21 {
    const ID: &'static str = "{EVIL}";
    const DESCRIPTION: Option<&'static str> = Some("{EVIL}");
    type Request = EvilRequest21;
    type Item = EvilItem21;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// \~\~\~\~ rust
/// EVIL()
/// \~\~\~\~
#[derive(Debug, Clone, Copy, Default)]
pub struct RustEvil;

impl ::cmdbus::command::StreamCommand for RustEvil {
    const ID: &'static str = "~~~~ rust\nEVIL()\n~~~~";
    const DESCRIPTION: Option<&'static str> = Some("~~~~ rust\nEVIL()\n~~~~");
    type Request = RustEvilRequest;
    type Item = RustEvilItem;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil22;

impl ::cmdbus::command::StreamCommand for Evil22 {
    const ID: &'static str = "\u{85} EVIL()";
    const DESCRIPTION: Option<&'static str> = Some("\u{85} EVIL()");
    type Request = EvilRequest22;
    type Item = EvilItem22;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// ü
#[derive(Debug, Clone, Copy, Default)]
pub struct X6;

impl ::cmdbus::command::Command for X6 {
    const ID: &'static str = "ü";
    const DESCRIPTION: Option<&'static str> = Some("ü");
    type Request = Request5;
    type Response = Response4;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// EVIL()
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil23;

impl ::cmdbus::command::StreamCommand for Evil23 {
    const ID: &'static str = "\u{2028} EVIL() \u{2029}";
    const DESCRIPTION: Option<&'static str> = Some("\u{2028} EVIL() \u{2029}");
    type Request = EvilRequest23;
    type Item = EvilItem23;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// � EVIL() �
#[derive(Debug, Clone, Copy, Default)]
pub struct Evil24;

impl ::cmdbus::command::StreamCommand for Evil24 {
    const ID: &'static str = "\u{202e} EVIL() \u{202c}";
    const DESCRIPTION: Option<&'static str> = Some("\u{202e} EVIL() \u{202c}");
    type Request = EvilRequest24;
    type Item = EvilItem24;

    #[allow(refining_impl_trait)]
    async fn items(
        &self,
        _: Self::Request,
    ) -> Result<::cmdbus::CallStream<Self::Item, ::cmdbus::serde_json::Value>, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// 漢字
#[derive(Debug, Clone, Copy, Default)]
pub struct X7;

impl ::cmdbus::command::Command for X7 {
    const ID: &'static str = "漢字";
    const DESCRIPTION: Option<&'static str> = Some("漢字");
    type Request = Request6;
    type Response = Response5;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// 💥
#[derive(Debug, Clone, Copy, Default)]
pub struct X8;

impl ::cmdbus::command::Command for X8 {
    const ID: &'static str = "💥";
    const DESCRIPTION: Option<&'static str> = Some("💥");
    type Request = Request7;
    type Response = Response6;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// �EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest {
    /// �EVIL
    ///
    /// Format: �EVIL.
    /// Pattern: �EVIL
    #[serde(rename = "\u{0}EVIL")]
    pub evil: String,
    /// �EVIL
    /// Note: one of "\\u0000EVIL", {"\\u0000EVIL":"\\u0000EVIL"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil25>,
    /// Note: `�EVIL` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `�EVIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\u0000EVIL": �EVIL
    /// "x": �EVIL
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequestUnion>,
    #[serde(rename = "\u{0}EVIL 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\u0000EVIL": �EVIL
/// "x": �EVIL
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequestUnion {
    /// �EVIL
    #[serde(rename = "\u{0}EVIL")]
    Evil,
    /// �EVIL
    #[serde(rename = "x")]
    X,
}

/// �EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil25 {
    #[serde(rename = "\u{0}EVIL", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem {
    #[serde(rename = "\u{0}EVIL")]
    Evil,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest2 {
    /// EVIL()
    ///
    /// Format: � EVIL()�.
    /// Pattern: � EVIL()�
    #[serde(rename = "\n EVIL()\n")]
    pub evil: String,
    /// EVIL()
    /// Note: one of "\\n EVIL()\\n", {"\\n EVIL()\\n":"\\n EVIL()\\n"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil26>,
    /// Note: `� EVIL()�` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `� EVIL()�`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\n EVIL()\\n": EVIL()
    /// "x": EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest2Union>,
    #[serde(rename = "\n EVIL()\n 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\n EVIL()\\n": EVIL()
/// "x": EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest2Union {
    /// EVIL()
    #[serde(rename = "\n EVIL()\n")]
    Evil,
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil26 {
    #[serde(rename = "\n EVIL()\n", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem2 {
    #[serde(rename = "\n EVIL()\n")]
    Evil,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest3 {
    /// EVIL()
    ///
    /// Format: � EVIL()�.
    /// Pattern: � EVIL()�
    #[serde(rename = "\r EVIL()\r")]
    pub evil: String,
    /// EVIL()
    /// Note: one of "\\r EVIL()\\r", {"\\r EVIL()\\r":"\\r EVIL()\\r"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil27>,
    /// Note: `� EVIL()�` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `� EVIL()�`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\r EVIL()\\r": EVIL()
    /// "x": EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest3Union>,
    #[serde(rename = "\r EVIL()\r 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\r EVIL()\\r": EVIL()
/// "x": EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest3Union {
    /// EVIL()
    #[serde(rename = "\r EVIL()\r")]
    Evil,
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil27 {
    #[serde(rename = "\r EVIL()\r", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem3 {
    #[serde(rename = "\r EVIL()\r")]
    Evil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request {
    #[serde(rename = " ")]
    pub x: Request8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request8 {
    #[serde(rename = " ")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type Response = ResponseDefs;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResponseDefs {
    #[serde(rename = " ")]
    pub x: ResponseDefs7,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResponseDefs7 {
    #[serde(rename = " ")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest4 {
    /// EVIL()
    ///
    /// Format: EVIL().
    /// Pattern: EVIL()
    #[serde(rename = "    EVIL()")]
    pub evil: String,
    /// EVIL()
    /// Note: one of " EVIL()", {" EVIL()":" EVIL()"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil28>,
    /// Note: ` EVIL()` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type ` EVIL()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// " EVIL()": EVIL()
    /// "x": EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest4Union>,
    #[serde(rename = "    EVIL() 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// " EVIL()": EVIL()
/// "x": EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest4Union {
    /// EVIL()
    #[serde(rename = "    EVIL()")]
    Evil,
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil28 {
    #[serde(rename = "    EVIL()", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem4 {
    #[serde(rename = "    EVIL()")]
    Evil,
}

/// """
/// EVIL()
/// """
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest5 {
    /// """
    /// EVIL()
    /// """
    ///
    /// Format: """�EVIL()�""".
    /// Pattern: """�EVIL()�"""
    #[serde(rename = "\"\"\"\nEVIL()\n\"\"\"")]
    pub evil: String,
    /// """
    /// EVIL()
    /// """
    /// Note: one of "\\"\\"\\"\\nEVIL()\\n\\"\\"\\"", {"\\"\\"\\"\\nEVIL()\\n\\"\\"\\"":"\\"\\"\\"\\nEVIL()\\n\\"\\"\\""}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil29>,
    /// Note: `"""�EVIL()�"""` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `"""�EVIL()�"""`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\"\\"\\"\\nEVIL()\\n\\"\\"\\"": """
    /// "x": """
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest5Union>,
    #[serde(rename = "\"\"\"\nEVIL()\n\"\"\" 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\"\\"\\"\\nEVIL()\\n\\"\\"\\"": """
/// "x": """
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest5Union {
    /// """
    /// EVIL()
    /// """
    #[serde(rename = "\"\"\"\nEVIL()\n\"\"\"")]
    Evil,
    /// """
    /// EVIL()
    /// """
    #[serde(rename = "x")]
    X,
}

/// """
/// EVIL()
/// """
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil29 {
    #[serde(rename = "\"\"\"\nEVIL()\n\"\"\"", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem5 {
    #[serde(rename = "\"\"\"\nEVIL()\n\"\"\"")]
    Evil,
}

/// "#; EVIL(); r#"
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRRequest {
    /// "#; EVIL(); r#"
    ///
    /// Format: "#; EVIL(); r#".
    /// Pattern: "#; EVIL(); r#"
    #[serde(rename = "\"#; EVIL(); r#\"")]
    pub evil_r: String,
    /// "#; EVIL(); r#"
    /// Note: one of "\\"#; EVIL(); r#\\"", {"\\"#; EVIL(); r#\\"":"\\"#; EVIL(); r#\\""}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<EvilR2>,
    /// Note: `"#; EVIL(); r#"` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `"#; EVIL(); r#"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\"#; EVIL(); r#\\"": "#; EVIL(); r#"
    /// "x": "#; EVIL(); r#"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRRequestUnion>,
    #[serde(rename = "\"#; EVIL(); r#\" 2")]
    pub evil_r_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\"#; EVIL(); r#\\"": "#; EVIL(); r#"
/// "x": "#; EVIL(); r#"
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRRequestUnion {
    /// "#; EVIL(); r#"
    #[serde(rename = "\"#; EVIL(); r#\"")]
    EvilR,
    /// "#; EVIL(); r#"
    #[serde(rename = "x")]
    X,
}

/// "#; EVIL(); r#"
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilR2 {
    #[serde(rename = "\"#; EVIL(); r#\"", default, skip_serializing_if = "Option::is_none")]
    pub evil_r: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRItem {
    #[serde(rename = "\"#; EVIL(); r#\"")]
    EvilR,
}

/// "; EVIL(); "
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest6 {
    /// "; EVIL(); "
    ///
    /// Format: "; EVIL(); ".
    /// Pattern: "; EVIL(); "
    #[serde(rename = "\"; EVIL(); \"")]
    pub evil: String,
    /// "; EVIL(); "
    /// Note: one of "\\"; EVIL(); \\"", {"\\"; EVIL(); \\"":"\\"; EVIL(); \\""}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil30>,
    /// Note: `"; EVIL(); "` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `"; EVIL(); "`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\"; EVIL(); \\"": "; EVIL(); "
    /// "x": "; EVIL(); "
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest6Union>,
    #[serde(rename = "\"; EVIL(); \" 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\"; EVIL(); \\"": "; EVIL(); "
/// "x": "; EVIL(); "
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest6Union {
    /// "; EVIL(); "
    #[serde(rename = "\"; EVIL(); \"")]
    Evil,
    /// "; EVIL(); "
    #[serde(rename = "x")]
    X,
}

/// "; EVIL(); "
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil30 {
    #[serde(rename = "\"; EVIL(); \"", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem6 {
    #[serde(rename = "\"; EVIL(); \"")]
    Evil,
}

/// #EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest7 {
    /// #EVIL
    ///
    /// Format: #EVIL.
    /// Pattern: #EVIL
    #[serde(rename = "#EVIL")]
    pub evil: String,
    /// #EVIL
    /// Note: one of "#EVIL", {"#EVIL":"#EVIL"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil31>,
    /// Note: `#EVIL` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `#EVIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "#EVIL": #EVIL
    /// "x": #EVIL
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest7Union>,
    #[serde(rename = "#EVIL 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "#EVIL": #EVIL
/// "x": #EVIL
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest7Union {
    /// #EVIL
    #[serde(rename = "#EVIL")]
    Evil,
    /// #EVIL
    #[serde(rename = "x")]
    X,
}

/// #EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil31 {
    #[serde(rename = "#EVIL", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem7 {
    #[serde(rename = "#EVIL")]
    Evil,
}

/// ${EVIL()}
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest8 {
    /// ${EVIL()}
    ///
    /// Format: ${EVIL()}.
    /// Pattern: ${EVIL()}
    #[serde(rename = "${EVIL()}")]
    pub evil: String,
    /// ${EVIL()}
    /// Note: one of "${EVIL()}", {"${EVIL()}":"${EVIL()}"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil32>,
    /// Note: `${EVIL()}` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `${EVIL()}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "${EVIL()}": ${EVIL()}
    /// "x": ${EVIL()}
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest8Union>,
    #[serde(rename = "${EVIL()} 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "${EVIL()}": ${EVIL()}
/// "x": ${EVIL()}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest8Union {
    /// ${EVIL()}
    #[serde(rename = "${EVIL()}")]
    Evil,
    /// ${EVIL()}
    #[serde(rename = "x")]
    X,
}

/// ${EVIL()}
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil32 {
    #[serde(rename = "${EVIL()}", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem8 {
    #[serde(rename = "${EVIL()}")]
    Evil,
}

/// '; EVIL(); '
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest9 {
    /// '; EVIL(); '
    ///
    /// Format: '; EVIL(); '.
    /// Pattern: '; EVIL(); '
    #[serde(rename = "'; EVIL(); '")]
    pub evil: String,
    /// '; EVIL(); '
    /// Note: one of "'; EVIL(); '", {"'; EVIL(); '":"'; EVIL(); '"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil33>,
    /// Note: `'; EVIL(); '` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `'; EVIL(); '`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "'; EVIL(); '": '; EVIL(); '
    /// "x": '; EVIL(); '
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest9Union>,
    #[serde(rename = "'; EVIL(); ' 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "'; EVIL(); '": '; EVIL(); '
/// "x": '; EVIL(); '
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest9Union {
    /// '; EVIL(); '
    #[serde(rename = "'; EVIL(); '")]
    Evil,
    /// '; EVIL(); '
    #[serde(rename = "x")]
    X,
}

/// '; EVIL(); '
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil33 {
    #[serde(rename = "'; EVIL(); '", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem9 {
    #[serde(rename = "'; EVIL(); '")]
    Evil,
}

/// */ EVIL() /*
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest10 {
    /// */ EVIL() /*
    ///
    /// Format: */ EVIL() /*.
    /// Pattern: */ EVIL() /*
    #[serde(rename = "*/ EVIL() /*")]
    pub evil: String,
    /// */ EVIL() /*
    /// Note: one of "*/ EVIL() /*", {"*/ EVIL() /*":"*/ EVIL() /*"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil34>,
    /// Note: `*/ EVIL() /*` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `*/ EVIL() /*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "*/ EVIL() /*": */ EVIL() /*
    /// "x": */ EVIL() /*
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest10Union>,
    #[serde(rename = "*/ EVIL() /* 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "*/ EVIL() /*": */ EVIL() /*
/// "x": */ EVIL() /*
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest10Union {
    /// */ EVIL() /*
    #[serde(rename = "*/ EVIL() /*")]
    Evil,
    /// */ EVIL() /*
    #[serde(rename = "x")]
    X,
}

/// */ EVIL() /*
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil34 {
    #[serde(rename = "*/ EVIL() /*", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem10 {
    #[serde(rename = "*/ EVIL() /*")]
    Evil,
}

/// *\\/ EVIL() /*
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest11 {
    /// *\\/ EVIL() /*
    ///
    /// Format: *\\/ EVIL() /*.
    /// Pattern: *\\/ EVIL() /*
    #[serde(rename = "*\\/ EVIL() /*")]
    pub evil: String,
    /// *\\/ EVIL() /*
    /// Note: one of "*\\\\/ EVIL() /*", {"*\\\\/ EVIL() /*":"*\\\\/ EVIL() /*"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil35>,
    /// Note: `*\\/ EVIL() /*` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `*\\/ EVIL() /*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "*\\\\/ EVIL() /*": *\\/ EVIL() /*
    /// "x": *\\/ EVIL() /*
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest11Union>,
    #[serde(rename = "*\\/ EVIL() /* 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "*\\\\/ EVIL() /*": *\\/ EVIL() /*
/// "x": *\\/ EVIL() /*
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest11Union {
    /// *\\/ EVIL() /*
    #[serde(rename = "*\\/ EVIL() /*")]
    Evil,
    /// *\\/ EVIL() /*
    #[serde(rename = "x")]
    X,
}

/// *\\/ EVIL() /*
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil35 {
    #[serde(rename = "*\\/ EVIL() /*", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem11 {
    #[serde(rename = "*\\/ EVIL() /*")]
    Evil,
}

/// - EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest12 {
    /// - EVIL()
    ///
    /// Format: - EVIL().
    /// Pattern: - EVIL()
    #[serde(rename = "-     EVIL()")]
    pub evil: String,
    /// - EVIL()
    /// Note: one of "- EVIL()", {"- EVIL()":"- EVIL()"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil36>,
    /// Note: `- EVIL()` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `- EVIL()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "- EVIL()": - EVIL()
    /// "x": - EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest12Union>,
    #[serde(rename = "-     EVIL() 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "- EVIL()": - EVIL()
/// "x": - EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest12Union {
    /// - EVIL()
    #[serde(rename = "-     EVIL()")]
    Evil,
    /// - EVIL()
    #[serde(rename = "x")]
    X,
}

/// - EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil36 {
    #[serde(rename = "-     EVIL()", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem12 {
    #[serde(rename = "-     EVIL()")]
    Evil,
}

/// --> EVIL \<!--
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest13 {
    /// --> EVIL \<!--
    ///
    /// Format: --> EVIL \<!--.
    /// Pattern: --> EVIL \<!--
    #[serde(rename = "--> EVIL <!--")]
    pub evil: String,
    /// --> EVIL \<!--
    /// Note: one of "--> EVIL \<!--", {"--> EVIL \<!--":"--> EVIL \<!--"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil37>,
    /// Note: `--> EVIL \<!--` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `--> EVIL \<!--`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "--> EVIL \<!--": --> EVIL \<!--
    /// "x": --> EVIL \<!--
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest13Union>,
    #[serde(rename = "--> EVIL <!-- 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "--> EVIL \<!--": --> EVIL \<!--
/// "x": --> EVIL \<!--
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest13Union {
    /// --> EVIL \<!--
    #[serde(rename = "--> EVIL <!--")]
    Evil,
    /// --> EVIL \<!--
    #[serde(rename = "x")]
    X,
}

/// --> EVIL \<!--
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil37 {
    #[serde(rename = "--> EVIL <!--", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem13 {
    #[serde(rename = "--> EVIL <!--")]
    Evil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request2 {
    #[serde(rename = ".")]
    pub x: Request2_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request2_2 {
    #[serde(rename = ".")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type Response2 = ResponseDefs2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResponseDefs2 {
    #[serde(rename = ".")]
    pub x: ResponseDefs2_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResponseDefs2_2 {
    #[serde(rename = ".")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request3 {
    #[serde(rename = "..")]
    pub x: Request3_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request3_2 {
    #[serde(rename = "..")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type Response3 = ResponseDefs3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResponseDefs3 {
    #[serde(rename = "..")]
    pub x: ResponseDefs3_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResponseDefs3_2 {
    #[serde(rename = "..")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

/// /EVIL/
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest14 {
    /// /EVIL/
    ///
    /// Format: /EVIL/.
    /// Pattern: /EVIL/
    #[serde(rename = "/EVIL/")]
    pub evil: String,
    /// /EVIL/
    /// Note: one of "/EVIL/", {"/EVIL/":"/EVIL/"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil38>,
    /// Note: `/EVIL/` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `/EVIL/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "/EVIL/": /EVIL/
    /// "x": /EVIL/
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest14Union>,
    #[serde(rename = "/EVIL/ 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "/EVIL/": /EVIL/
/// "x": /EVIL/
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest14Union {
    /// /EVIL/
    #[serde(rename = "/EVIL/")]
    Evil,
    /// /EVIL/
    #[serde(rename = "x")]
    X,
}

/// /EVIL/
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil38 {
    #[serde(rename = "/EVIL/", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem14 {
    #[serde(rename = "/EVIL/")]
    Evil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N1Request {
    #[serde(rename = "1")]
    pub n1: N1Request1,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum N1Request1 {
    #[serde(rename = "1")]
    N1,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type N1Response = N1_2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N1_2 {
    #[serde(rename = "1")]
    pub n1: N121,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum N121 {
    #[serde(rename = "1")]
    N1,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

/// 1. EVIL()
///
/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N1EvilEvilRequest {
    /// 1. EVIL()
    ///
    /// EVIL()
    ///
    /// Format: 1. EVIL()�� EVIL().
    /// Pattern: 1. EVIL()�� EVIL()
    #[serde(rename = "1.      EVIL()\n\n        EVIL()")]
    pub n1_evil_evil: String,
    /// 1. EVIL()
    ///
    /// EVIL()
    /// Note: one of "1. EVIL()\\n\\n EVIL()", {"1. EVIL()\\n\\n EVIL()":"1. EVIL()\\n\\n EVIL()"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<N1EvilEvil2>,
    /// Note: `1. EVIL()�� EVIL()` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `1. EVIL()�� EVIL()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "1. EVIL()\\n\\n EVIL()": 1. EVIL()
    /// "x": 1. EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<N1EvilEvilRequestUnion>,
    #[serde(rename = "1.      EVIL()\n\n        EVIL() 2")]
    pub n1_evil_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "1. EVIL()\\n\\n EVIL()": 1. EVIL()
/// "x": 1. EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum N1EvilEvilRequestUnion {
    /// 1. EVIL()
    ///
    /// EVIL()
    #[serde(rename = "1.      EVIL()\n\n        EVIL()")]
    N1EvilEvil,
    /// 1. EVIL()
    ///
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// 1. EVIL()
///
/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N1EvilEvil2 {
    #[serde(rename = "1.      EVIL()\n\n        EVIL()", default, skip_serializing_if = "Option::is_none")]
    pub n1_evil_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum N1EvilEvilItem {
    #[serde(rename = "1.      EVIL()\n\n        EVIL()")]
    N1EvilEvil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N2faRequest {
    #[serde(rename = "2fa")]
    pub n2fa: N2faRequest2fa,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum N2faRequest2fa {
    #[serde(rename = "2fa")]
    N2fa,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type N2faResponse = N2fa2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N2fa2 {
    #[serde(rename = "2fa")]
    pub n2fa: N2fa22fa,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum N2fa22fa {
    #[serde(rename = "2fa")]
    N2fa,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

/// \</script>\<script>EVIL()\</script>
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ScriptScriptEvilScriptRequest {
    /// \</script>\<script>EVIL()\</script>
    ///
    /// Format: \</script>\<script>EVIL()\</script>.
    /// Pattern: \</script>\<script>EVIL()\</script>
    #[serde(rename = "</script><script>EVIL()</script>")]
    pub script_script_evil_script: String,
    /// \</script>\<script>EVIL()\</script>
    /// Note: one of "\</script>\<script>EVIL()\</script>", {"\</script>\<script>EVIL()\</script>":"\</script>\<script>EVIL()\</script>"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ScriptScriptEvilScript2>,
    /// Note: `\</script>\<script>EVIL()\</script>` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `\</script>\<script>EVIL()\</script>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\</script>\<script>EVIL()\</script>": \</script>\<script>EVIL()\</script>
    /// "x": \</script>\<script>EVIL()\</script>
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<ScriptScriptEvilScriptRequestUnion>,
    #[serde(rename = "</script><script>EVIL()</script> 2")]
    pub script_script_evil_script_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\</script>\<script>EVIL()\</script>": \</script>\<script>EVIL()\</script>
/// "x": \</script>\<script>EVIL()\</script>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ScriptScriptEvilScriptRequestUnion {
    /// \</script>\<script>EVIL()\</script>
    #[serde(rename = "</script><script>EVIL()</script>")]
    ScriptScriptEvilScript,
    /// \</script>\<script>EVIL()\</script>
    #[serde(rename = "x")]
    X,
}

/// \</script>\<script>EVIL()\</script>
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ScriptScriptEvilScript2 {
    #[serde(rename = "</script><script>EVIL()</script>", default, skip_serializing_if = "Option::is_none")]
    pub script_script_evil_script: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ScriptScriptEvilScriptItem {
    #[serde(rename = "</script><script>EVIL()</script>")]
    ScriptScriptEvilScript,
}

/// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvilRequest {
    /// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    ///
    /// Format: \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL()).
    /// Pattern: \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    #[serde(rename = "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())")]
    pub script_evil_script_img_src_x_onerror_evil_a_javascript_evil: String,
    /// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    /// Note: one of "\<script>EVIL()\</script> \\\\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())", {"\<script>EVIL()\</script> \\\\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())":"\<script>EVIL()\</script> \\\\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvil2>,
    /// Note: `\<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `\<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\<script>EVIL()\</script> \\\\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())": \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    /// "x": \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvilRequestUnion>,
    #[serde(rename = "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL()) 2")]
    pub script_evil_script_img_src_x_onerror_evil_a_javascript_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\<script>EVIL()\</script> \\\\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())": \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
/// "x": \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvilRequestUnion {
    /// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    #[serde(rename = "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())")]
    ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvil,
    /// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
    #[serde(rename = "x")]
    X,
}

/// \<script>EVIL()\</script> \\\<img src=x onerror=EVIL()> \[a](javascript:EVIL())
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvil2 {
    #[serde(rename = "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())", default, skip_serializing_if = "Option::is_none")]
    pub script_evil_script_img_src_x_onerror_evil_a_javascript_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvilItem {
    #[serde(rename = "<script>EVIL()</script> \\<img src=x onerror=EVIL()> [a](javascript:EVIL())")]
    ScriptEvilScriptImgSrcXOnerrorEvilAJavascriptEvil,
}

/// > - * \`\`\`EVIL
/// \\\`\`\`
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest15 {
    /// > - * \`\`\`EVIL
    /// \\\`\`\`
    ///
    /// Format: > - * \`\`\`EVIL�\\\`\`\`.
    /// Pattern: > - * \`\`\`EVIL�\\\`\`\`
    #[serde(rename = "> - * ```EVIL\n\\```")]
    pub evil: String,
    /// > - * \`\`\`EVIL
    /// \\\`\`\`
    /// Note: one of "> - * \`\`\`EVIL\\n\\\\\`\`\`", {"> - * \`\`\`EVIL\\n\\\\\`\`\`":"> - * \`\`\`EVIL\\n\\\\\`\`\`"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil39>,
    /// Note: `> - * \`\`\`EVIL�\\\`\`\`\` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `> - * \`\`\`EVIL�\\\`\`\`\`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "> - * \`\`\`EVIL\\n\\\\\`\`\`": > - * \`\`\`EVIL
    /// "x": > - * \`\`\`EVIL
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest15Union>,
    #[serde(rename = "> - * ```EVIL\n\\``` 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "> - * \`\`\`EVIL\\n\\\\\`\`\`": > - * \`\`\`EVIL
/// "x": > - * \`\`\`EVIL
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest15Union {
    /// > - * \`\`\`EVIL
    /// \\\`\`\`
    #[serde(rename = "> - * ```EVIL\n\\```")]
    Evil,
    /// > - * \`\`\`EVIL
    /// \\\`\`\`
    #[serde(rename = "x")]
    X,
}

/// > - * \`\`\`EVIL
/// \\\`\`\`
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil39 {
    #[serde(rename = "> - * ```EVIL\n\\```", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem15 {
    #[serde(rename = "> - * ```EVIL\n\\```")]
    Evil,
}

/// > \`\`\`
/// > EVIL()
/// > \`\`\`
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest16 {
    /// > \`\`\`
    /// > EVIL()
    /// > \`\`\`
    ///
    /// Format: > \`\`\`�> EVIL()�> \`\`\`.
    /// Pattern: > \`\`\`�> EVIL()�> \`\`\`
    #[serde(rename = "> ```\n> EVIL()\n> ```")]
    pub evil: String,
    /// > \`\`\`
    /// > EVIL()
    /// > \`\`\`
    /// Note: one of "> \`\`\`\\n> EVIL()\\n> \`\`\`", {"> \`\`\`\\n> EVIL()\\n> \`\`\`":"> \`\`\`\\n> EVIL()\\n> \`\`\`"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil40>,
    /// Note: `> \`\`\`�> EVIL()�> \`\`\`\` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `> \`\`\`�> EVIL()�> \`\`\`\`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "> \`\`\`\\n> EVIL()\\n> \`\`\`": > \`\`\`
    /// "x": > \`\`\`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest16Union>,
    #[serde(rename = "> ```\n> EVIL()\n> ``` 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "> \`\`\`\\n> EVIL()\\n> \`\`\`": > \`\`\`
/// "x": > \`\`\`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest16Union {
    /// > \`\`\`
    /// > EVIL()
    /// > \`\`\`
    #[serde(rename = "> ```\n> EVIL()\n> ```")]
    Evil,
    /// > \`\`\`
    /// > EVIL()
    /// > \`\`\`
    #[serde(rename = "x")]
    X,
}

/// > \`\`\`
/// > EVIL()
/// > \`\`\`
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil40 {
    #[serde(rename = "> ```\n> EVIL()\n> ```", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem16 {
    #[serde(rename = "> ```\n> EVIL()\n> ```")]
    Evil,
}

/// @ts-expect-error EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TsExpectErrorEvilRequest {
    /// @ts-expect-error EVIL
    ///
    /// Format: @ts-expect-error EVIL.
    /// Pattern: @ts-expect-error EVIL
    #[serde(rename = "@ts-expect-error EVIL")]
    pub ts_expect_error_evil: String,
    /// @ts-expect-error EVIL
    /// Note: one of "@ts-expect-error EVIL", {"@ts-expect-error EVIL":"@ts-expect-error EVIL"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<TsExpectErrorEvil2>,
    /// Note: `@ts-expect-error EVIL` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `@ts-expect-error EVIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "@ts-expect-error EVIL": @ts-expect-error EVIL
    /// "x": @ts-expect-error EVIL
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<TsExpectErrorEvilRequestUnion>,
    #[serde(rename = "@ts-expect-error EVIL 2")]
    pub ts_expect_error_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "@ts-expect-error EVIL": @ts-expect-error EVIL
/// "x": @ts-expect-error EVIL
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TsExpectErrorEvilRequestUnion {
    /// @ts-expect-error EVIL
    #[serde(rename = "@ts-expect-error EVIL")]
    TsExpectErrorEvil,
    /// @ts-expect-error EVIL
    #[serde(rename = "x")]
    X,
}

/// @ts-expect-error EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TsExpectErrorEvil2 {
    #[serde(rename = "@ts-expect-error EVIL", default, skip_serializing_if = "Option::is_none")]
    pub ts_expect_error_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TsExpectErrorEvilItem {
    #[serde(rename = "@ts-expect-error EVIL")]
    TsExpectErrorEvil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ABRequest {
    #[serde(rename = "A.B")]
    pub a_b: AbRequestAB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbRequestAB {
    #[serde(rename = "A.B")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ABResponse = AB7;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AB7 {
    #[serde(rename = "A.B")]
    pub a_b: Ab7AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ab7AB {
    #[serde(rename = "A.B")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AnyRequest {
    #[serde(rename = "Any")]
    pub any: AnyRequestAny,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AnyRequestAny {
    Any,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AnyResponse = Any3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Any3 {
    #[serde(rename = "Any")]
    pub any: Any3Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Any3Any {
    Any,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct BoxRequest {
    #[serde(rename = "Box")]
    pub r#box: BoxRequestBox,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum BoxRequestBox {
    Box,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type BoxResponse = Box3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Box3 {
    #[serde(rename = "Box")]
    pub r#box: Box3Box,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Box3Box {
    Box,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ClientRequest {
    #[serde(rename = "Client")]
    pub client: ClientRequestClient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ClientRequestClient {
    Client,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ClientResponse = Client2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Client2 {
    #[serde(rename = "Client")]
    pub client: Client2Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Client2Client {
    Client,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CommandRequest {
    #[serde(rename = "Command")]
    pub command: CommandRequestCommand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CommandRequestCommand {
    Command,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CommandResponse = Command3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Command3 {
    #[serde(rename = "Command")]
    pub command: Command3Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Command3Command {
    Command,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CommandErrorRequest {
    #[serde(rename = "CommandError")]
    pub command_error: CommandErrorRequestCommandError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CommandErrorRequestCommandError {
    CommandError,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CommandErrorResponse = CommandError3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CommandError3 {
    #[serde(rename = "CommandError")]
    pub command_error: CommandError3CommandError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CommandError3CommandError {
    CommandError,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CommandsRequest {
    #[serde(rename = "Commands")]
    pub commands: CommandsRequestCommands,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CommandsRequestCommands {
    Commands,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CommandsResponse = Commands2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Commands2 {
    #[serde(rename = "Commands")]
    pub commands: Commands2Commands,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Commands2Commands {
    Commands,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DictRequest {
    #[serde(rename = "Dict")]
    pub dict: DictRequestDict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DictRequestDict {
    Dict,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DictResponse = Dict2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Dict2 {
    #[serde(rename = "Dict")]
    pub dict: Dict2Dict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Dict2Dict {
    Dict,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ErrRequest {
    #[serde(rename = "Err")]
    pub err: ErrRequestErr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ErrRequestErr {
    Err,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ErrResponse = Err3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Err3 {
    #[serde(rename = "Err")]
    pub err: Err3Err,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Err3Err {
    Err,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ErrorRequest {
    #[serde(rename = "Error")]
    pub error: ErrorRequestError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ErrorRequestError {
    Error,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ErrorResponse = Error2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Error2 {
    #[serde(rename = "Error")]
    pub error: Error2Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Error2Error {
    Error,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FalseRequest {
    #[serde(rename = "False")]
    pub r#false: FalseRequestFalse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FalseRequestFalse {
    False,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FalseResponse = False3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct False3 {
    #[serde(rename = "False")]
    pub r#false: False3False,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum False3False {
    False,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ListRequest {
    #[serde(rename = "List")]
    pub list: ListRequestList,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ListRequestList {
    List,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ListResponse = List2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct List2 {
    #[serde(rename = "List")]
    pub list: List2List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum List2List {
    List,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NoneRequest {
    #[serde(rename = "None")]
    pub none: NoneRequestNone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NoneRequestNone {
    None,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NoneResponse = None3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct None3 {
    #[serde(rename = "None")]
    pub none: None3None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum None3None {
    None,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct OkRequest {
    #[serde(rename = "Ok")]
    pub ok: OkRequestOk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum OkRequestOk {
    Ok,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type OkResponse = Ok3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Ok3 {
    #[serde(rename = "Ok")]
    pub ok: Ok3Ok,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ok3Ok {
    Ok,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct OptionRequest {
    #[serde(rename = "Option")]
    pub option: OptionRequestOption,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum OptionRequestOption {
    Option,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type OptionResponse = Option3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Option3 {
    #[serde(rename = "Option")]
    pub option: Option3Option,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Option3Option {
    Option,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct OptionalRequest {
    #[serde(rename = "Optional")]
    pub optional: OptionalRequestOptional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum OptionalRequestOptional {
    Optional,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type OptionalResponse = Optional2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Optional2 {
    #[serde(rename = "Optional")]
    pub optional: Optional2Optional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Optional2Optional {
    Optional,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ProgressRequest {
    #[serde(rename = "Progress")]
    pub progress: ProgressRequestProgress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ProgressRequestProgress {
    Progress,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ProgressResponse = Progress2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Progress2 {
    #[serde(rename = "Progress")]
    pub progress: Progress2Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Progress2Progress {
    Progress,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PromiseRequest {
    #[serde(rename = "Promise")]
    pub promise: PromiseRequestPromise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PromiseRequestPromise {
    Promise,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PromiseResponse = Promise2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Promise2 {
    #[serde(rename = "Promise")]
    pub promise: Promise2Promise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Promise2Promise {
    Promise,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResultRequest {
    #[serde(rename = "Result")]
    pub result: ResultRequestResult,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResultRequestResult {
    Result,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ResultResponse = Result3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Result3 {
    #[serde(rename = "Result")]
    pub result: Result3Result,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Result3Result {
    Result,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct SelfRequest {
    #[serde(rename = "Self")]
    pub self_: SelfRequestSelf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum SelfRequestSelf {
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type SelfResponse = Self4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Self4 {
    #[serde(rename = "Self")]
    pub self_: Self4Self,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Self4Self {
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct SomeRequest {
    #[serde(rename = "Some")]
    pub some: SomeRequestSome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum SomeRequestSome {
    Some,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type SomeResponse = Some3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Some3 {
    #[serde(rename = "Some")]
    pub some: Some3Some,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Some3Some {
    Some,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct StreamRequest {
    #[serde(rename = "Stream")]
    pub stream: StreamRequestStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum StreamRequestStream {
    Stream,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type StreamResponse = Stream2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Stream2 {
    #[serde(rename = "Stream")]
    pub stream: Stream2Stream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Stream2Stream {
    Stream,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct StringRequest {
    #[serde(rename = "String")]
    pub string: StringRequestString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum StringRequestString {
    String,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type StringResponse = String4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct String4 {
    #[serde(rename = "String")]
    pub string: String4String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum String4String {
    String,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TrueRequest {
    #[serde(rename = "True")]
    pub r#true: TrueRequestTrue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TrueRequestTrue {
    True,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type TrueResponse = True3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct True3 {
    #[serde(rename = "True")]
    pub r#true: True3True,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum True3True {
    True,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct UnionRequest {
    #[serde(rename = "Union")]
    pub r#union: UnionRequestUnion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum UnionRequestUnion {
    Union,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type UnionResponse = Union3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Union3 {
    #[serde(rename = "Union")]
    pub r#union: Union3Union,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Union3Union {
    Union,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct VecRequest {
    #[serde(rename = "Vec")]
    pub vec: VecRequestVec,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum VecRequestVec {
    Vec,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type VecResponse = Vec3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Vec3 {
    #[serde(rename = "Vec")]
    pub vec: Vec3Vec,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Vec3Vec {
    Vec,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

/// \\
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request4 {
    /// \\
    ///
    /// Format: \\.
    /// Pattern: \\
    #[serde(rename = "\\")]
    pub x: String,
    /// \\
    /// Note: one of "\\\\", {"\\\\":"\\\\"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<RequestDefs>,
    /// Note: `\\` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `\\`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\\\": \\
    /// "x": \\
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<Request4Union>,
    #[serde(rename = "\\ 2")]
    pub n2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\\\": \\
/// "x": \\
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request4Union {
    /// \\
    #[serde(rename = "\\")]
    X,
    /// \\
    #[serde(rename = "x")]
    X2,
}

/// \\
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct RequestDefs {
    #[serde(rename = "\\", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Item {
    #[serde(rename = "\\")]
    X,
}

/// \\""" EVIL() \\
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest17 {
    /// \\""" EVIL() \\
    ///
    /// Format: \\""" EVIL() \\.
    /// Pattern: \\""" EVIL() \\
    #[serde(rename = "\\\"\"\" EVIL() \\")]
    pub evil: String,
    /// \\""" EVIL() \\
    /// Note: one of "\\\\\\"\\"\\" EVIL() \\\\", {"\\\\\\"\\"\\" EVIL() \\\\":"\\\\\\"\\"\\" EVIL() \\\\"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil41>,
    /// Note: `\\""" EVIL() \\` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `\\""" EVIL() \\`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\\\\\"\\"\\" EVIL() \\\\": \\""" EVIL() \\
    /// "x": \\""" EVIL() \\
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest17Union>,
    #[serde(rename = "\\\"\"\" EVIL() \\ 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\\\\\"\\"\\" EVIL() \\\\": \\""" EVIL() \\
/// "x": \\""" EVIL() \\
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest17Union {
    /// \\""" EVIL() \\
    #[serde(rename = "\\\"\"\" EVIL() \\")]
    Evil,
    /// \\""" EVIL() \\
    #[serde(rename = "x")]
    X,
}

/// \\""" EVIL() \\
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil41 {
    #[serde(rename = "\\\"\"\" EVIL() \\", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem17 {
    #[serde(rename = "\\\"\"\" EVIL() \\")]
    Evil,
}

/// \\"; EVIL(); //
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest18 {
    /// \\"; EVIL(); //
    ///
    /// Format: \\"; EVIL(); //.
    /// Pattern: \\"; EVIL(); //
    #[serde(rename = "\\\"; EVIL(); //")]
    pub evil: String,
    /// \\"; EVIL(); //
    /// Note: one of "\\\\\\"; EVIL(); //", {"\\\\\\"; EVIL(); //":"\\\\\\"; EVIL(); //"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil42>,
    /// Note: `\\"; EVIL(); //` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `\\"; EVIL(); //`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\\\\\\"; EVIL(); //": \\"; EVIL(); //
    /// "x": \\"; EVIL(); //
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest18Union>,
    #[serde(rename = "\\\"; EVIL(); // 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\\\\\\"; EVIL(); //": \\"; EVIL(); //
/// "x": \\"; EVIL(); //
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest18Union {
    /// \\"; EVIL(); //
    #[serde(rename = "\\\"; EVIL(); //")]
    Evil,
    /// \\"; EVIL(); //
    #[serde(rename = "x")]
    X,
}

/// \\"; EVIL(); //
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil42 {
    #[serde(rename = "\\\"; EVIL(); //", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem18 {
    #[serde(rename = "\\\"; EVIL(); //")]
    Evil,
}

/// `; EVIL(); `
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest19 {
    /// `; EVIL(); `
    ///
    /// Format: `; EVIL(); `.
    /// Pattern: `; EVIL(); `
    #[serde(rename = "`; EVIL(); `")]
    pub evil: String,
    /// `; EVIL(); `
    /// Note: one of "`; EVIL(); `", {"`; EVIL(); `":"`; EVIL(); `"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil43>,
    /// Note: ``; EVIL(); `` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type ``; EVIL(); ``.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "`; EVIL(); `": `; EVIL(); `
    /// "x": `; EVIL(); `
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest19Union>,
    #[serde(rename = "`; EVIL(); ` 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "`; EVIL(); `": `; EVIL(); `
/// "x": `; EVIL(); `
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest19Union {
    /// `; EVIL(); `
    #[serde(rename = "`; EVIL(); `")]
    Evil,
    /// `; EVIL(); `
    #[serde(rename = "x")]
    X,
}

/// `; EVIL(); `
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil43 {
    #[serde(rename = "`; EVIL(); `", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem19 {
    #[serde(rename = "`; EVIL(); `")]
    Evil,
}

/// \`\`\`
/// EVIL()
/// \`\`\`
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest20 {
    /// \`\`\`
    /// EVIL()
    /// \`\`\`
    ///
    /// Format: \`\`\`�EVIL()�\`\`\`.
    /// Pattern: \`\`\`�EVIL()�\`\`\`
    #[serde(rename = "```\nEVIL()\n```")]
    pub evil: String,
    /// \`\`\`
    /// EVIL()
    /// \`\`\`
    /// Note: one of "\`\`\`\\nEVIL()\\n\`\`\`", {"\`\`\`\\nEVIL()\\n\`\`\`":"\`\`\`\\nEVIL()\\n\`\`\`"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil44>,
    /// Note: \`\`\`\`�EVIL()�\`\`\`\` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type \`\`\`\`�EVIL()�\`\`\`\`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\`\`\`\\nEVIL()\\n\`\`\`": \`\`\`
    /// "x": \`\`\`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest20Union>,
    #[serde(rename = "```\nEVIL()\n``` 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\`\`\`\\nEVIL()\\n\`\`\`": \`\`\`
/// "x": \`\`\`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest20Union {
    /// \`\`\`
    /// EVIL()
    /// \`\`\`
    #[serde(rename = "```\nEVIL()\n```")]
    Evil,
    /// \`\`\`
    /// EVIL()
    /// \`\`\`
    #[serde(rename = "x")]
    X,
}

/// \`\`\`
/// EVIL()
/// \`\`\`
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil44 {
    #[serde(rename = "```\nEVIL()\n```", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem20 {
    #[serde(rename = "```\nEVIL()\n```")]
    Evil,
}

/// a
///
/// EVIL()
/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AEvilEvilRequest {
    /// a
    ///
    /// EVIL()
    /// EVIL()
    ///
    /// Format: a���EVIL()� � EVIL().
    /// Pattern: a���EVIL()� � EVIL()
    #[serde(rename = "a\n\n\tEVIL()\n \t  EVIL()")]
    pub a_evil_evil: String,
    /// a
    ///
    /// EVIL()
    /// EVIL()
    /// Note: one of "a\\n\\n\\tEVIL()\\n \\t EVIL()", {"a\\n\\n\\tEVIL()\\n \\t EVIL()":"a\\n\\n\\tEVIL()\\n \\t EVIL()"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<AEvilEvil2>,
    /// Note: `a���EVIL()� � EVIL()` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `a���EVIL()� � EVIL()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "a\\n\\n\\tEVIL()\\n \\t EVIL()": a
    /// "x": a
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<AEvilEvilRequestUnion>,
    #[serde(rename = "a\n\n\tEVIL()\n \t  EVIL() 2")]
    pub a_evil_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "a\\n\\n\\tEVIL()\\n \\t EVIL()": a
/// "x": a
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AEvilEvilRequestUnion {
    /// a
    ///
    /// EVIL()
    /// EVIL()
    #[serde(rename = "a\n\n\tEVIL()\n \t  EVIL()")]
    AEvilEvil,
    /// a
    ///
    /// EVIL()
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// a
///
/// EVIL()
/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AEvilEvil2 {
    #[serde(rename = "a\n\n\tEVIL()\n \t  EVIL()", default, skip_serializing_if = "Option::is_none")]
    pub a_evil_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AEvilEvilItem {
    #[serde(rename = "a\n\n\tEVIL()\n \t  EVIL()")]
    AEvilEvil,
}

/// a # pyright: EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct APyrightEvilRequest {
    /// a # pyright: EVIL
    ///
    /// Format: a # pyright: EVIL.
    /// Pattern: a # pyright: EVIL
    #[serde(rename = "a # pyright: EVIL")]
    pub a_pyright_evil: String,
    /// a # pyright: EVIL
    /// Note: one of "a # pyright: EVIL", {"a # pyright: EVIL":"a # pyright: EVIL"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<APyrightEvil2>,
    /// Note: `a # pyright: EVIL` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `a # pyright: EVIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "a # pyright: EVIL": a # pyright: EVIL
    /// "x": a # pyright: EVIL
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<APyrightEvilRequestUnion>,
    #[serde(rename = "a # pyright: EVIL 2")]
    pub a_pyright_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "a # pyright: EVIL": a # pyright: EVIL
/// "x": a # pyright: EVIL
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum APyrightEvilRequestUnion {
    /// a # pyright: EVIL
    #[serde(rename = "a # pyright: EVIL")]
    APyrightEvil,
    /// a # pyright: EVIL
    #[serde(rename = "x")]
    X,
}

/// a # pyright: EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct APyrightEvil2 {
    #[serde(rename = "a # pyright: EVIL", default, skip_serializing_if = "Option::is_none")]
    pub a_pyright_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum APyrightEvilItem {
    #[serde(rename = "a # pyright: EVIL")]
    APyrightEvil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ABRequest2 {
    #[serde(rename = "a b")]
    pub a_b: AbRequest2AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbRequest2AB {
    #[serde(rename = "a b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ABResponse2 = AB8;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AB8 {
    #[serde(rename = "a b")]
    pub a_b: Ab8AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ab8AB {
    #[serde(rename = "a b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ABRequest3 {
    #[serde(rename = "a-b")]
    pub a_b: AbRequest3AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbRequest3AB {
    #[serde(rename = "a-b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ABResponse3 = AB9;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AB9 {
    #[serde(rename = "a-b")]
    pub a_b: Ab9AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ab9AB {
    #[serde(rename = "a-b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ABRequest4 {
    #[serde(rename = "a.b")]
    pub a_b: AbRequest4AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbRequest4AB {
    #[serde(rename = "a.b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ABResponse4 = AB10;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AB10 {
    #[serde(rename = "a.b")]
    pub a_b: Ab10AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ab10AB {
    #[serde(rename = "a.b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ABRequest5 {
    #[serde(rename = "aB")]
    pub a_b: AbRequest5AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbRequest5AB {
    #[serde(rename = "aB")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ABResponse5 = AB11;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AB11 {
    #[serde(rename = "aB")]
    pub a_b: Ab11AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ab11AB {
    #[serde(rename = "aB")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ABRequest6 {
    pub a_b: AbRequest6AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbRequest6AB {
    #[serde(rename = "a_b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ABResponse6 = AB12;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AB12 {
    pub a_b: Ab12AB,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ab12AB {
    #[serde(rename = "a_b")]
    AB,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AbstractRequest {
    pub r#abstract: AbstractRequestAbstract,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AbstractRequestAbstract {
    #[serde(rename = "abstract")]
    Abstract,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AbstractResponse = Abstract2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Abstract2 {
    pub r#abstract: Abstract2Abstract,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Abstract2Abstract {
    #[serde(rename = "abstract")]
    Abstract,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AnyRequest2 {
    pub any: AnyRequest2Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AnyRequest2Any {
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AnyResponse2 = Any4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Any4 {
    pub any: Any4Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Any4Any {
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ArgumentsRequest {
    pub arguments: ArgumentsRequestArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ArgumentsRequestArguments {
    #[serde(rename = "arguments")]
    Arguments,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ArgumentsResponse = Arguments2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Arguments2 {
    pub arguments: Arguments2Arguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Arguments2Arguments {
    #[serde(rename = "arguments")]
    Arguments,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AsRequest {
    pub r#as: AsRequestAs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AsRequestAs {
    #[serde(rename = "as")]
    As,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AsResponse = As2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct As2 {
    pub r#as: As2As,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum As2As {
    #[serde(rename = "as")]
    As,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AsyncRequest {
    pub r#async: AsyncRequestAsync,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AsyncRequestAsync {
    #[serde(rename = "async")]
    Async,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AsyncResponse = Async2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Async2 {
    pub r#async: Async2Async,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Async2Async {
    #[serde(rename = "async")]
    Async,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct AwaitRequest {
    pub r#await: AwaitRequestAwait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum AwaitRequestAwait {
    #[serde(rename = "await")]
    Await,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AwaitResponse = Await2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Await2 {
    pub r#await: Await2Await,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Await2Await {
    #[serde(rename = "await")]
    Await,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ARequest {
    #[serde(rename = "á")]
    pub a: ARequestA,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ARequestA {
    #[serde(rename = "á")]
    A,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type AResponse = A2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct A2 {
    #[serde(rename = "á")]
    pub a: A2A,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum A2A {
    #[serde(rename = "á")]
    A,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct BeginRequest {
    pub begin: BeginRequestBegin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum BeginRequestBegin {
    #[serde(rename = "begin")]
    Begin,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type BeginResponse = Begin2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Begin2 {
    pub begin: Begin2Begin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Begin2Begin {
    #[serde(rename = "begin")]
    Begin,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct BooleanRequest {
    pub boolean: BooleanRequestBoolean,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum BooleanRequestBoolean {
    #[serde(rename = "boolean")]
    Boolean,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type BooleanResponse = Boolean2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Boolean2 {
    pub boolean: Boolean2Boolean,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Boolean2Boolean {
    #[serde(rename = "boolean")]
    Boolean,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct BreakRequest {
    pub r#break: BreakRequestBreak,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum BreakRequestBreak {
    #[serde(rename = "break")]
    Break,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type BreakResponse = Break2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Break2 {
    pub r#break: Break2Break,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Break2Break {
    #[serde(rename = "break")]
    Break,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CallRequest {
    pub call: CallRequestCall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CallRequestCall {
    #[serde(rename = "call")]
    Call,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CallResponse = Call2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Call2 {
    pub call: Call2Call,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Call2Call {
    #[serde(rename = "call")]
    Call,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CaseRequest {
    pub case: CaseRequestCase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CaseRequestCase {
    #[serde(rename = "case")]
    Case,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CaseResponse = Case2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Case2 {
    pub case: Case2Case,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Case2Case {
    #[serde(rename = "case")]
    Case,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CatchRequest {
    pub catch: CatchRequestCatch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CatchRequestCatch {
    #[serde(rename = "catch")]
    Catch,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CatchResponse = Catch2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Catch2 {
    pub catch: Catch2Catch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Catch2Catch {
    #[serde(rename = "catch")]
    Catch,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CheckRequest {
    pub check: CheckRequestCheck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CheckRequestCheck {
    #[serde(rename = "check")]
    Check,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CheckResponse = Check2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Check2 {
    pub check: Check2Check,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Check2Check {
    #[serde(rename = "check")]
    Check,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ClassRequest {
    pub class: ClassRequestClass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ClassRequestClass {
    #[serde(rename = "class")]
    Class,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ClassResponse = Class2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Class2 {
    pub class: Class2Class,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Class2Class {
    #[serde(rename = "class")]
    Class,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CloseRequest {
    pub close: CloseRequestClose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CloseRequestClose {
    #[serde(rename = "close")]
    Close,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CloseResponse = Close2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Close2 {
    pub close: Close2Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Close2Close {
    #[serde(rename = "close")]
    Close,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ConnectionRequest {
    pub connection: ConnectionRequestConnection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ConnectionRequestConnection {
    #[serde(rename = "connection")]
    Connection,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ConnectionResponse = Connection2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Connection2 {
    pub connection: Connection2Connection,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Connection2Connection {
    #[serde(rename = "connection")]
    Connection,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ConstRequest {
    pub r#const: ConstRequestConst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ConstRequestConst {
    #[serde(rename = "const")]
    Const,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ConstResponse = Const2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Const2 {
    pub r#const: Const2Const,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Const2Const {
    #[serde(rename = "const")]
    Const,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ConstructorRequest {
    pub constructor: ConstructorRequestConstructor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ConstructorRequestConstructor {
    #[serde(rename = "constructor")]
    Constructor,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ConstructorResponse = Constructor2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Constructor2 {
    pub constructor: Constructor2Constructor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Constructor2Constructor {
    #[serde(rename = "constructor")]
    Constructor,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ContinueRequest {
    pub r#continue: ContinueRequestContinue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ContinueRequestContinue {
    #[serde(rename = "continue")]
    Continue,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ContinueResponse = Continue2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Continue2 {
    pub r#continue: Continue2Continue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Continue2Continue {
    #[serde(rename = "continue")]
    Continue,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct CrateRequest {
    #[serde(rename = "crate")]
    pub crate_: CrateRequestCrate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum CrateRequestCrate {
    #[serde(rename = "crate")]
    Crate,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type CrateResponse = Crate2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Crate2 {
    #[serde(rename = "crate")]
    pub crate_: Crate2Crate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Crate2Crate {
    #[serde(rename = "crate")]
    Crate,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DefRequest {
    pub def: DefRequestDef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DefRequestDef {
    #[serde(rename = "def")]
    Def,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DefResponse = Def2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Def2 {
    pub def: Def2Def,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Def2Def {
    #[serde(rename = "def")]
    Def,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DefaultRequest {
    pub default: DefaultRequestDefault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DefaultRequestDefault {
    #[serde(rename = "default")]
    Default,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DefaultResponse = Default3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Default3 {
    pub default: Default3Default,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Default3Default {
    #[serde(rename = "default")]
    Default,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DelRequest {
    pub del: DelRequestDel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DelRequestDel {
    #[serde(rename = "del")]
    Del,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DelResponse = Del2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Del2 {
    pub del: Del2Del,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Del2Del {
    #[serde(rename = "del")]
    Del,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DeleteRequest {
    pub delete: DeleteRequestDelete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DeleteRequestDelete {
    #[serde(rename = "delete")]
    Delete,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DeleteResponse = Delete2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Delete2 {
    pub delete: Delete2Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Delete2Delete {
    #[serde(rename = "delete")]
    Delete,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DoRequest {
    pub r#do: DoRequestDo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DoRequestDo {
    #[serde(rename = "do")]
    Do,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DoResponse = Do2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Do2 {
    pub r#do: Do2Do,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Do2Do {
    #[serde(rename = "do")]
    Do,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct DynRequest {
    pub r#dyn: DynRequestDyn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum DynRequestDyn {
    #[serde(rename = "dyn")]
    Dyn,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type DynResponse = Dyn2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Dyn2 {
    pub r#dyn: Dyn2Dyn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Dyn2Dyn {
    #[serde(rename = "dyn")]
    Dyn,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ElifRequest {
    pub elif: ElifRequestElif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ElifRequestElif {
    #[serde(rename = "elif")]
    Elif,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ElifResponse = Elif2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Elif2 {
    pub elif: Elif2Elif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Elif2Elif {
    #[serde(rename = "elif")]
    Elif,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ElseRequest {
    pub r#else: ElseRequestElse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ElseRequestElse {
    #[serde(rename = "else")]
    Else,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ElseResponse = Else2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Else2 {
    pub r#else: Else2Else,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Else2Else {
    #[serde(rename = "else")]
    Else,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EndRequest {
    pub end: EndRequestEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EndRequestEnd {
    #[serde(rename = "end")]
    End,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type EndResponse = End2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct End2 {
    pub end: End2End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum End2End {
    #[serde(rename = "end")]
    End,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EnumRequest {
    pub r#enum: EnumRequestEnum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EnumRequestEnum {
    #[serde(rename = "enum")]
    Enum,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type EnumResponse = Enum2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Enum2 {
    pub r#enum: Enum2Enum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Enum2Enum {
    #[serde(rename = "enum")]
    Enum,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvalRequest {
    pub eval: EvalRequestEval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvalRequestEval {
    #[serde(rename = "eval")]
    Eval,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type EvalResponse = Eval2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Eval2 {
    pub eval: Eval2Eval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Eval2Eval {
    #[serde(rename = "eval")]
    Eval,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExceptRequest {
    pub except: ExceptRequestExcept,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExceptRequestExcept {
    #[serde(rename = "except")]
    Except,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ExceptResponse = Except2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Except2 {
    pub except: Except2Except,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Except2Except {
    #[serde(rename = "except")]
    Except,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExportRequest {
    pub export: ExportRequestExport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExportRequestExport {
    #[serde(rename = "export")]
    Export,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ExportResponse = Export2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Export2 {
    pub export: Export2Export,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Export2Export {
    #[serde(rename = "export")]
    Export,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExtendsRequest {
    pub extends: ExtendsRequestExtends,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExtendsRequestExtends {
    #[serde(rename = "extends")]
    Extends,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ExtendsResponse = Extends2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Extends2 {
    pub extends: Extends2Extends,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Extends2Extends {
    #[serde(rename = "extends")]
    Extends,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExternRequest {
    pub r#extern: ExternRequestExtern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExternRequestExtern {
    #[serde(rename = "extern")]
    Extern,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ExternResponse = Extern2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Extern2 {
    pub r#extern: Extern2Extern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Extern2Extern {
    #[serde(rename = "extern")]
    Extern,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FalseRequest2 {
    pub r#false: FalseRequest2False,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FalseRequest2False {
    #[serde(rename = "false")]
    False,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FalseResponse2 = False4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct False4 {
    pub r#false: False4False,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum False4False {
    #[serde(rename = "false")]
    False,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FinalRequest {
    pub r#final: FinalRequestFinal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FinalRequestFinal {
    #[serde(rename = "final")]
    Final,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FinalResponse = Final2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Final2 {
    pub r#final: Final2Final,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Final2Final {
    #[serde(rename = "final")]
    Final,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FinallyRequest {
    pub finally: FinallyRequestFinally,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FinallyRequestFinally {
    #[serde(rename = "finally")]
    Finally,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FinallyResponse = Finally2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Finally2 {
    pub finally: Finally2Finally,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Finally2Finally {
    #[serde(rename = "finally")]
    Finally,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FnRequest {
    pub r#fn: FnRequestFn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FnRequestFn {
    #[serde(rename = "fn")]
    Fn,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FnResponse = Fn2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Fn2 {
    pub r#fn: Fn2Fn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Fn2Fn {
    #[serde(rename = "fn")]
    Fn,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ForRequest {
    pub r#for: ForRequestFor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ForRequestFor {
    #[serde(rename = "for")]
    For,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ForResponse = For2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct For2 {
    pub r#for: For2For,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum For2For {
    #[serde(rename = "for")]
    For,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FromRequest {
    pub from: FromRequestFrom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FromRequestFrom {
    #[serde(rename = "from")]
    From,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FromResponse = From2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct From2 {
    pub from: From2From,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum From2From {
    #[serde(rename = "from")]
    From,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct FunctionRequest {
    pub function: FunctionRequestFunction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum FunctionRequestFunction {
    #[serde(rename = "function")]
    Function,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type FunctionResponse = Function2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Function2 {
    pub function: Function2Function,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Function2Function {
    #[serde(rename = "function")]
    Function,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct GenRequest {
    pub r#gen: GenRequestGen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum GenRequestGen {
    #[serde(rename = "gen")]
    Gen,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type GenResponse = Gen2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Gen2 {
    pub r#gen: Gen2Gen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Gen2Gen {
    #[serde(rename = "gen")]
    Gen,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct GlobalRequest {
    pub global: GlobalRequestGlobal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum GlobalRequestGlobal {
    #[serde(rename = "global")]
    Global,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type GlobalResponse = Global2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Global2 {
    pub global: Global2Global,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Global2Global {
    #[serde(rename = "global")]
    Global,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct HasOwnPropertyRequest {
    #[serde(rename = "hasOwnProperty")]
    pub has_own_property: HasOwnPropertyRequestHasOwnProperty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum HasOwnPropertyRequestHasOwnProperty {
    #[serde(rename = "hasOwnProperty")]
    HasOwnProperty,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type HasOwnPropertyResponse = HasOwnProperty2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct HasOwnProperty2 {
    #[serde(rename = "hasOwnProperty")]
    pub has_own_property: HasOwnProperty2HasOwnProperty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum HasOwnProperty2HasOwnProperty {
    #[serde(rename = "hasOwnProperty")]
    HasOwnProperty,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct HeadersRequest {
    pub headers: HeadersRequestHeaders,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum HeadersRequestHeaders {
    #[serde(rename = "headers")]
    Headers,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type HeadersResponse = Headers2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Headers2 {
    pub headers: Headers2Headers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Headers2Headers {
    #[serde(rename = "headers")]
    Headers,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct IfRequest {
    pub r#if: IfRequestIf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum IfRequestIf {
    #[serde(rename = "if")]
    If,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type IfResponse = If2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct If2 {
    pub r#if: If2If,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum If2If {
    #[serde(rename = "if")]
    If,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ImplRequest {
    pub r#impl: ImplRequestImpl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ImplRequestImpl {
    #[serde(rename = "impl")]
    Impl,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ImplResponse = Impl2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Impl2 {
    pub r#impl: Impl2Impl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Impl2Impl {
    #[serde(rename = "impl")]
    Impl,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ImplementsRequest {
    pub implements: ImplementsRequestImplements,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ImplementsRequestImplements {
    #[serde(rename = "implements")]
    Implements,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ImplementsResponse = Implements2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Implements2 {
    pub implements: Implements2Implements,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Implements2Implements {
    #[serde(rename = "implements")]
    Implements,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ImportRequest {
    pub import: ImportRequestImport,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ImportRequestImport {
    #[serde(rename = "import")]
    Import,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ImportResponse = Import2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Import2 {
    pub import: Import2Import,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Import2Import {
    #[serde(rename = "import")]
    Import,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct InRequest {
    pub r#in: InRequestIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum InRequestIn {
    #[serde(rename = "in")]
    In,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type InResponse = In2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct In2 {
    pub r#in: In2In,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum In2In {
    #[serde(rename = "in")]
    In,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct InstanceofRequest {
    pub instanceof: InstanceofRequestInstanceof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum InstanceofRequestInstanceof {
    #[serde(rename = "instanceof")]
    Instanceof,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type InstanceofResponse = Instanceof2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Instanceof2 {
    pub instanceof: Instanceof2Instanceof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Instanceof2Instanceof {
    #[serde(rename = "instanceof")]
    Instanceof,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct InterfaceRequest {
    pub interface: InterfaceRequestInterface,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum InterfaceRequestInterface {
    #[serde(rename = "interface")]
    Interface,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type InterfaceResponse = Interface2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Interface2 {
    pub interface: Interface2Interface,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Interface2Interface {
    #[serde(rename = "interface")]
    Interface,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct IsRequest {
    pub is: IsRequestIs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum IsRequestIs {
    #[serde(rename = "is")]
    Is,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type IsResponse = Is2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Is2 {
    pub is: Is2Is,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Is2Is {
    #[serde(rename = "is")]
    Is,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct IsPrototypeOfRequest {
    #[serde(rename = "isPrototypeOf")]
    pub is_prototype_of: IsPrototypeOfRequestIsPrototypeOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum IsPrototypeOfRequestIsPrototypeOf {
    #[serde(rename = "isPrototypeOf")]
    IsPrototypeOf,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type IsPrototypeOfResponse = IsPrototypeOf2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct IsPrototypeOf2 {
    #[serde(rename = "isPrototypeOf")]
    pub is_prototype_of: IsPrototypeOf2IsPrototypeOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum IsPrototypeOf2IsPrototypeOf {
    #[serde(rename = "isPrototypeOf")]
    IsPrototypeOf,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct LambdaRequest {
    pub lambda: LambdaRequestLambda,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum LambdaRequestLambda {
    #[serde(rename = "lambda")]
    Lambda,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type LambdaResponse = Lambda2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Lambda2 {
    pub lambda: Lambda2Lambda,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Lambda2Lambda {
    #[serde(rename = "lambda")]
    Lambda,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct LetRequest {
    pub r#let: LetRequestLet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum LetRequestLet {
    #[serde(rename = "let")]
    Let,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type LetResponse = Let2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Let2 {
    pub r#let: Let2Let,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Let2Let {
    #[serde(rename = "let")]
    Let,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct LoopRequest {
    pub r#loop: LoopRequestLoop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum LoopRequestLoop {
    #[serde(rename = "loop")]
    Loop,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type LoopResponse = Loop2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Loop2 {
    pub r#loop: Loop2Loop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Loop2Loop {
    #[serde(rename = "loop")]
    Loop,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct MacroRequest {
    pub r#macro: MacroRequestMacro,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum MacroRequestMacro {
    #[serde(rename = "macro")]
    Macro,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type MacroResponse = Macro2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Macro2 {
    pub r#macro: Macro2Macro,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Macro2Macro {
    #[serde(rename = "macro")]
    Macro,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct MatchRequest {
    pub r#match: MatchRequestMatch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum MatchRequestMatch {
    #[serde(rename = "match")]
    Match,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type MatchResponse = Match2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Match2 {
    pub r#match: Match2Match,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Match2Match {
    #[serde(rename = "match")]
    Match,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ModRequest {
    pub r#mod: ModRequestMod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ModRequestMod {
    #[serde(rename = "mod")]
    Mod,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ModResponse = Mod2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Mod2 {
    pub r#mod: Mod2Mod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Mod2Mod {
    #[serde(rename = "mod")]
    Mod,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct MoveRequest {
    pub r#move: MoveRequestMove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum MoveRequestMove {
    #[serde(rename = "move")]
    Move,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type MoveResponse = Move2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Move2 {
    pub r#move: Move2Move,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Move2Move {
    #[serde(rename = "move")]
    Move,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct MutRequest {
    pub r#mut: MutRequestMut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum MutRequestMut {
    #[serde(rename = "mut")]
    Mut,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type MutResponse = Mut2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Mut2 {
    pub r#mut: Mut2Mut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Mut2Mut {
    #[serde(rename = "mut")]
    Mut,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NeverRequest {
    pub never: NeverRequestNever,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NeverRequestNever {
    #[serde(rename = "never")]
    Never,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NeverResponse = Never2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Never2 {
    pub never: Never2Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Never2Never {
    #[serde(rename = "never")]
    Never,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NewRequest {
    pub new: NewRequestNew,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NewRequestNew {
    #[serde(rename = "new")]
    New,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NewResponse = New2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct New2 {
    pub new: New2New,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum New2New {
    #[serde(rename = "new")]
    New,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NonlocalRequest {
    pub nonlocal: NonlocalRequestNonlocal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NonlocalRequestNonlocal {
    #[serde(rename = "nonlocal")]
    Nonlocal,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NonlocalResponse = Nonlocal2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Nonlocal2 {
    pub nonlocal: Nonlocal2Nonlocal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Nonlocal2Nonlocal {
    #[serde(rename = "nonlocal")]
    Nonlocal,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NotRequest {
    pub not: NotRequestNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NotRequestNot {
    #[serde(rename = "not")]
    Not,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NotResponse = Not2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Not2 {
    pub not: Not2Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Not2Not {
    #[serde(rename = "not")]
    Not,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NullRequest {
    pub null: NullRequestNull,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NullRequestNull {
    #[serde(rename = "null")]
    Null,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NullResponse = Null2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Null2 {
    pub null: Null2Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Null2Null {
    #[serde(rename = "null")]
    Null,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct NumberRequest {
    pub number: NumberRequestNumber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum NumberRequestNumber {
    #[serde(rename = "number")]
    Number,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type NumberResponse = Number2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Number2 {
    pub number: Number2Number,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Number2Number {
    #[serde(rename = "number")]
    Number,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ObjectRequest {
    pub object: ObjectRequestObject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ObjectRequestObject {
    #[serde(rename = "object")]
    Object,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ObjectResponse = Object2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Object2 {
    pub object: Object2Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Object2Object {
    #[serde(rename = "object")]
    Object,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct OrRequest {
    pub or: OrRequestOr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum OrRequestOr {
    #[serde(rename = "or")]
    Or,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type OrResponse = Or2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Or2 {
    pub or: Or2Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Or2Or {
    #[serde(rename = "or")]
    Or,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PackageRequest {
    pub package: PackageRequestPackage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PackageRequestPackage {
    #[serde(rename = "package")]
    Package,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PackageResponse = Package2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Package2 {
    pub package: Package2Package,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Package2Package {
    #[serde(rename = "package")]
    Package,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PassRequest {
    pub pass: PassRequestPass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PassRequestPass {
    #[serde(rename = "pass")]
    Pass,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PassResponse = Pass2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Pass2 {
    pub pass: Pass2Pass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Pass2Pass {
    #[serde(rename = "pass")]
    Pass,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PathRequest {
    pub path: PathRequestPath,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PathRequestPath {
    #[serde(rename = "path")]
    Path,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PathResponse = Path2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Path2 {
    pub path: Path2Path,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Path2Path {
    #[serde(rename = "path")]
    Path,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PatternRequest {
    pub pattern: PatternRequestPattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PatternRequestPattern {
    #[serde(rename = "pattern")]
    Pattern,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PatternResponse = Pattern2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Pattern2 {
    pub pattern: Pattern2Pattern,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Pattern2Pattern {
    #[serde(rename = "pattern")]
    Pattern,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PrintRequest {
    pub print: PrintRequestPrint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PrintRequestPrint {
    #[serde(rename = "print")]
    Print,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PrintResponse = Print2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Print2 {
    pub print: Print2Print,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Print2Print {
    #[serde(rename = "print")]
    Print,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PrivRequest {
    pub r#priv: PrivRequestPriv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PrivRequestPriv {
    #[serde(rename = "priv")]
    Priv,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PrivResponse = Priv2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Priv2 {
    pub r#priv: Priv2Priv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Priv2Priv {
    #[serde(rename = "priv")]
    Priv,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PrivateRequest {
    pub private: PrivateRequestPrivate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PrivateRequestPrivate {
    #[serde(rename = "private")]
    Private,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PrivateResponse = Private2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Private2 {
    pub private: Private2Private,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Private2Private {
    #[serde(rename = "private")]
    Private,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ProtectedRequest {
    pub protected: ProtectedRequestProtected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ProtectedRequestProtected {
    #[serde(rename = "protected")]
    Protected,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ProtectedResponse = Protected2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Protected2 {
    pub protected: Protected2Protected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Protected2Protected {
    #[serde(rename = "protected")]
    Protected,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ProtoRequest {
    pub proto: ProtoRequestProto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ProtoRequestProto {
    #[serde(rename = "proto")]
    Proto,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ProtoResponse = Proto2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Proto2 {
    pub proto: Proto2Proto,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Proto2Proto {
    #[serde(rename = "proto")]
    Proto,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PrototypeRequest {
    pub prototype: PrototypeRequestPrototype,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PrototypeRequestPrototype {
    #[serde(rename = "prototype")]
    Prototype,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PrototypeResponse = Prototype2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Prototype2 {
    pub prototype: Prototype2Prototype,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Prototype2Prototype {
    #[serde(rename = "prototype")]
    Prototype,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PubRequest {
    pub r#pub: PubRequestPub,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PubRequestPub {
    #[serde(rename = "pub")]
    Pub,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PubResponse = Pub2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Pub2 {
    pub r#pub: Pub2Pub,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Pub2Pub {
    #[serde(rename = "pub")]
    Pub,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct PublicRequest {
    pub public: PublicRequestPublic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum PublicRequestPublic {
    #[serde(rename = "public")]
    Public,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type PublicResponse = Public2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Public2 {
    pub public: Public2Public,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Public2Public {
    #[serde(rename = "public")]
    Public,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct RaiseRequest {
    pub raise: RaiseRequestRaise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum RaiseRequestRaise {
    #[serde(rename = "raise")]
    Raise,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type RaiseResponse = Raise2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Raise2 {
    pub raise: Raise2Raise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Raise2Raise {
    #[serde(rename = "raise")]
    Raise,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct RefRequest {
    pub r#ref: RefRequestRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum RefRequestRef {
    #[serde(rename = "ref")]
    Ref,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type RefResponse = Ref2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Ref2 {
    pub r#ref: Ref2Ref,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Ref2Ref {
    #[serde(rename = "ref")]
    Ref,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ReturnRequest {
    pub r#return: ReturnRequestReturn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ReturnRequestReturn {
    #[serde(rename = "return")]
    Return,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ReturnResponse = Return2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Return2 {
    pub r#return: Return2Return,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Return2Return {
    #[serde(rename = "return")]
    Return,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct SelfRequest2 {
    #[serde(rename = "self")]
    pub self_: SelfRequest2Self,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum SelfRequest2Self {
    #[serde(rename = "self")]
    Self2,
    #[serde(rename = "Self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type SelfResponse2 = Self5;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Self5 {
    #[serde(rename = "self")]
    pub self_: Self5Self,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Self5Self {
    #[serde(rename = "self")]
    Self2,
    #[serde(rename = "Self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct StaticRequest {
    pub r#static: StaticRequestStatic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum StaticRequestStatic {
    #[serde(rename = "static")]
    Static,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type StaticResponse = Static2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Static2 {
    pub r#static: Static2Static,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Static2Static {
    #[serde(rename = "static")]
    Static,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct StrRequest {
    pub str: StrRequestStr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum StrRequestStr {
    #[serde(rename = "str")]
    Str,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type StrResponse = Str2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Str2 {
    pub str: Str2Str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Str2Str {
    #[serde(rename = "str")]
    Str,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct StringRequest2 {
    pub string: StringRequest2String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum StringRequest2String {
    #[serde(rename = "string")]
    String,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type StringResponse2 = String5;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct String5 {
    pub string: String5String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum String5String {
    #[serde(rename = "string")]
    String,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct StructRequest {
    pub r#struct: StructRequestStruct,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum StructRequestStruct {
    #[serde(rename = "struct")]
    Struct,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type StructResponse = Struct2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Struct2 {
    pub r#struct: Struct2Struct,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Struct2Struct {
    #[serde(rename = "struct")]
    Struct,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct SuperRequest {
    #[serde(rename = "super")]
    pub super_: SuperRequestSuper,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum SuperRequestSuper {
    #[serde(rename = "super")]
    Super,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type SuperResponse = Super2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Super2 {
    #[serde(rename = "super")]
    pub super_: Super2Super,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Super2Super {
    #[serde(rename = "super")]
    Super,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct SwitchRequest {
    pub switch: SwitchRequestSwitch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum SwitchRequestSwitch {
    #[serde(rename = "switch")]
    Switch,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type SwitchResponse = Switch2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Switch2 {
    pub switch: Switch2Switch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Switch2Switch {
    #[serde(rename = "switch")]
    Switch,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct SymbolRequest {
    pub symbol: SymbolRequestSymbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum SymbolRequestSymbol {
    #[serde(rename = "symbol")]
    Symbol,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type SymbolResponse = Symbol2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Symbol2 {
    pub symbol: Symbol2Symbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Symbol2Symbol {
    #[serde(rename = "symbol")]
    Symbol,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ThenRequest {
    pub then: ThenRequestThen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ThenRequestThen {
    #[serde(rename = "then")]
    Then,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ThenResponse = Then2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Then2 {
    pub then: Then2Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Then2Then {
    #[serde(rename = "then")]
    Then,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ThisRequest {
    pub this: ThisRequestThis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ThisRequestThis {
    #[serde(rename = "this")]
    This,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ThisResponse = This2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct This2 {
    pub this: This2This,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum This2This {
    #[serde(rename = "this")]
    This,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ThrowRequest {
    pub throw: ThrowRequestThrow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ThrowRequestThrow {
    #[serde(rename = "throw")]
    Throw,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ThrowResponse = Throw2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Throw2 {
    pub throw: Throw2Throw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Throw2Throw {
    #[serde(rename = "throw")]
    Throw,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ToStringRequest {
    #[serde(rename = "toString")]
    pub to_string: ToStringRequestToString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ToStringRequestToString {
    #[serde(rename = "toString")]
    ToString,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ToStringResponse = ToString3;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ToString3 {
    #[serde(rename = "toString")]
    pub to_string: ToString3ToString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ToString3ToString {
    #[serde(rename = "toString")]
    ToString,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ToStringRequest2 {
    pub to_string: ToStringRequest2ToString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ToStringRequest2ToString {
    #[serde(rename = "to_string")]
    ToString,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ToStringResponse2 = ToString4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ToString4 {
    pub to_string: ToString4ToString,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ToString4ToString {
    #[serde(rename = "to_string")]
    ToString,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TraitRequest {
    pub r#trait: TraitRequestTrait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TraitRequestTrait {
    #[serde(rename = "trait")]
    Trait,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type TraitResponse = Trait2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Trait2 {
    pub r#trait: Trait2Trait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Trait2Trait {
    #[serde(rename = "trait")]
    Trait,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TrueRequest2 {
    pub r#true: TrueRequest2True,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TrueRequest2True {
    #[serde(rename = "true")]
    True,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type TrueResponse2 = True4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct True4 {
    pub r#true: True4True,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum True4True {
    #[serde(rename = "true")]
    True,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TryRequest {
    pub r#try: TryRequestTry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TryRequestTry {
    #[serde(rename = "try")]
    Try,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type TryResponse = Try2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Try2 {
    pub r#try: Try2Try,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Try2Try {
    #[serde(rename = "try")]
    Try,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TypeRequest {
    pub r#type: TypeRequestType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TypeRequestType {
    #[serde(rename = "type")]
    Type,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type TypeResponse = Type2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Type2 {
    pub r#type: Type2Type,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Type2Type {
    #[serde(rename = "type")]
    Type,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

/// type: EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TypeEvilRequest {
    /// type: EVIL
    ///
    /// Format: type: EVIL.
    /// Pattern: type: EVIL
    #[serde(rename = "type: EVIL")]
    pub type_evil: String,
    /// type: EVIL
    /// Note: one of "type: EVIL", {"type: EVIL":"type: EVIL"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<TypeEvil2>,
    /// Note: `type: EVIL` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `type: EVIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "type: EVIL": type: EVIL
    /// "x": type: EVIL
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<TypeEvilRequestUnion>,
    #[serde(rename = "type: EVIL 2")]
    pub type_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "type: EVIL": type: EVIL
/// "x": type: EVIL
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TypeEvilRequestUnion {
    /// type: EVIL
    #[serde(rename = "type: EVIL")]
    TypeEvil,
    /// type: EVIL
    #[serde(rename = "x")]
    X,
}

/// type: EVIL
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TypeEvil2 {
    #[serde(rename = "type: EVIL", default, skip_serializing_if = "Option::is_none")]
    pub type_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TypeEvilItem {
    #[serde(rename = "type: EVIL")]
    TypeEvil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct TypeofRequest {
    pub r#typeof: TypeofRequestTypeof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum TypeofRequestTypeof {
    #[serde(rename = "typeof")]
    Typeof,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type TypeofResponse = Typeof2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Typeof2 {
    pub r#typeof: Typeof2Typeof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Typeof2Typeof {
    #[serde(rename = "typeof")]
    Typeof,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct UndefinedRequest {
    pub undefined: UndefinedRequestUndefined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum UndefinedRequestUndefined {
    #[serde(rename = "undefined")]
    Undefined,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type UndefinedResponse = Undefined2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Undefined2 {
    pub undefined: Undefined2Undefined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Undefined2Undefined {
    #[serde(rename = "undefined")]
    Undefined,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct UnionRequest2 {
    pub r#union: UnionRequest2Union,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum UnionRequest2Union {
    #[serde(rename = "union")]
    Union,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type UnionResponse2 = Union4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Union4 {
    pub r#union: Union4Union,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Union4Union {
    #[serde(rename = "union")]
    Union,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct UnknownRequest {
    pub unknown: UnknownRequestUnknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum UnknownRequestUnknown {
    #[serde(rename = "unknown")]
    Unknown,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type UnknownResponse = Unknown2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Unknown2 {
    pub unknown: Unknown2Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Unknown2Unknown {
    #[serde(rename = "unknown")]
    Unknown,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct UnsafeRequest {
    pub r#unsafe: UnsafeRequestUnsafe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum UnsafeRequestUnsafe {
    #[serde(rename = "unsafe")]
    Unsafe,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type UnsafeResponse = Unsafe2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Unsafe2 {
    pub r#unsafe: Unsafe2Unsafe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Unsafe2Unsafe {
    #[serde(rename = "unsafe")]
    Unsafe,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct UseRequest {
    pub r#use: UseRequestUse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum UseRequestUse {
    #[serde(rename = "use")]
    Use,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type UseResponse = Use2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Use2 {
    pub r#use: Use2Use,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Use2Use {
    #[serde(rename = "use")]
    Use,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct VRequest {
    pub v: VRequestV,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum VRequestV {
    #[serde(rename = "v")]
    V,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type VResponse = V2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct V2 {
    pub v: V2V,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum V2V {
    #[serde(rename = "v")]
    V,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ValueOfRequest {
    #[serde(rename = "valueOf")]
    pub value_of: ValueOfRequestValueOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ValueOfRequestValueOf {
    #[serde(rename = "valueOf")]
    ValueOf,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type ValueOfResponse = ValueOf2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ValueOf2 {
    #[serde(rename = "valueOf")]
    pub value_of: ValueOf2ValueOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ValueOf2ValueOf {
    #[serde(rename = "valueOf")]
    ValueOf,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct VarRequest {
    pub var: VarRequestVar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum VarRequestVar {
    #[serde(rename = "var")]
    Var,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type VarResponse = Var2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Var2 {
    pub var: Var2Var,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Var2Var {
    #[serde(rename = "var")]
    Var,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct VirtualRequest {
    pub r#virtual: VirtualRequestVirtual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum VirtualRequestVirtual {
    #[serde(rename = "virtual")]
    Virtual,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type VirtualResponse = Virtual2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Virtual2 {
    pub r#virtual: Virtual2Virtual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Virtual2Virtual {
    #[serde(rename = "virtual")]
    Virtual,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct VoidRequest {
    pub void: VoidRequestVoid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum VoidRequestVoid {
    #[serde(rename = "void")]
    Void,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type VoidResponse = Void2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Void2 {
    pub void: Void2Void,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Void2Void {
    #[serde(rename = "void")]
    Void,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct WhereRequest {
    pub r#where: WhereRequestWhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum WhereRequestWhere {
    #[serde(rename = "where")]
    Where,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type WhereResponse = Where2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Where2 {
    pub r#where: Where2Where,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Where2Where {
    #[serde(rename = "where")]
    Where,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct WhileRequest {
    pub r#while: WhileRequestWhile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum WhileRequestWhile {
    #[serde(rename = "while")]
    While,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type WhileResponse = While2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct While2 {
    pub r#while: While2While,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum While2While {
    #[serde(rename = "while")]
    While,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct WithRequest {
    pub with: WithRequestWith,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum WithRequestWith {
    #[serde(rename = "with")]
    With,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type WithResponse = With2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct With2 {
    pub with: With2With,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum With2With {
    #[serde(rename = "with")]
    With,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct XRequest {
    pub x: XRequestX,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum XRequestX {
    #[serde(rename = "x")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type XResponse = X9;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct X9 {
    pub x: X9X,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum X9X {
    #[serde(rename = "x")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct YieldRequest {
    pub r#yield: YieldRequestYield,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum YieldRequestYield {
    #[serde(rename = "yield")]
    Yield,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

pub type YieldResponse = Yield2;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Yield2 {
    pub r#yield: Yield2Yield,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Yield2Yield {
    #[serde(rename = "yield")]
    Yield,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X,
}

/// {EVIL}
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest21 {
    /// {EVIL}
    ///
    /// Format: {EVIL}.
    /// Pattern: {EVIL}
    #[serde(rename = "{EVIL}")]
    pub evil: String,
    /// {EVIL}
    /// Note: one of "{EVIL}", {"{EVIL}":"{EVIL}"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil45>,
    /// Note: `{EVIL}` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `{EVIL}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "{EVIL}": {EVIL}
    /// "x": {EVIL}
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest21Union>,
    #[serde(rename = "{EVIL} 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "{EVIL}": {EVIL}
/// "x": {EVIL}
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest21Union {
    /// {EVIL}
    #[serde(rename = "{EVIL}")]
    Evil,
    /// {EVIL}
    #[serde(rename = "x")]
    X,
}

/// {EVIL}
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil45 {
    #[serde(rename = "{EVIL}", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem21 {
    #[serde(rename = "{EVIL}")]
    Evil,
}

/// \~\~\~\~ rust
/// EVIL()
/// \~\~\~\~
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct RustEvilRequest {
    /// \~\~\~\~ rust
    /// EVIL()
    /// \~\~\~\~
    ///
    /// Format: \~\~\~\~ rust�EVIL()�\~\~\~\~.
    /// Pattern: \~\~\~\~ rust�EVIL()�\~\~\~\~
    #[serde(rename = "~~~~ rust\nEVIL()\n~~~~")]
    pub rust_evil: String,
    /// \~\~\~\~ rust
    /// EVIL()
    /// \~\~\~\~
    /// Note: one of "\~\~\~\~ rust\\nEVIL()\\n\~\~\~\~", {"\~\~\~\~ rust\\nEVIL()\\n\~\~\~\~":"\~\~\~\~ rust\\nEVIL()\\n\~\~\~\~"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<RustEvil2>,
    /// Note: `\~\~\~\~ rust�EVIL()�\~\~\~\~` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `\~\~\~\~ rust�EVIL()�\~\~\~\~`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "\~\~\~\~ rust\\nEVIL()\\n\~\~\~\~": \~\~\~\~ rust
    /// "x": \~\~\~\~ rust
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<RustEvilRequestUnion>,
    #[serde(rename = "~~~~ rust\nEVIL()\n~~~~ 2")]
    pub rust_evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "\~\~\~\~ rust\\nEVIL()\\n\~\~\~\~": \~\~\~\~ rust
/// "x": \~\~\~\~ rust
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum RustEvilRequestUnion {
    /// \~\~\~\~ rust
    /// EVIL()
    /// \~\~\~\~
    #[serde(rename = "~~~~ rust\nEVIL()\n~~~~")]
    RustEvil,
    /// \~\~\~\~ rust
    /// EVIL()
    /// \~\~\~\~
    #[serde(rename = "x")]
    X,
}

/// \~\~\~\~ rust
/// EVIL()
/// \~\~\~\~
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct RustEvil2 {
    #[serde(rename = "~~~~ rust\nEVIL()\n~~~~", default, skip_serializing_if = "Option::is_none")]
    pub rust_evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum RustEvilItem {
    #[serde(rename = "~~~~ rust\nEVIL()\n~~~~")]
    RustEvil,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest22 {
    /// EVIL()
    ///
    /// Format: � EVIL().
    /// Pattern: � EVIL()
    #[serde(rename = "\u{85} EVIL()")]
    pub evil: String,
    /// EVIL()
    /// Note: one of "� EVIL()", {"� EVIL()":"� EVIL()"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil46>,
    /// Note: `� EVIL()` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `� EVIL()`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "� EVIL()": EVIL()
    /// "x": EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest22Union>,
    #[serde(rename = "\u{85} EVIL() 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "� EVIL()": EVIL()
/// "x": EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest22Union {
    /// EVIL()
    #[serde(rename = "\u{85} EVIL()")]
    Evil,
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil46 {
    #[serde(rename = "\u{85} EVIL()", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem22 {
    #[serde(rename = "\u{85} EVIL()")]
    Evil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request5 {
    #[serde(rename = "ü")]
    pub x: Request5_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request5_2 {
    #[serde(rename = "ü")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type Response4 = ResponseDefs4;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResponseDefs4 {
    #[serde(rename = "ü")]
    pub x: ResponseDefs4_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResponseDefs4_2 {
    #[serde(rename = "ü")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest23 {
    /// EVIL()
    ///
    /// Format: � EVIL() �.
    /// Pattern: � EVIL() �
    #[serde(rename = "\u{2028} EVIL() \u{2029}")]
    pub evil: String,
    /// EVIL()
    /// Note: one of "� EVIL() �", {"� EVIL() �":"� EVIL() �"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil47>,
    /// Note: `� EVIL() �` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `� EVIL() �`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "� EVIL() �": EVIL()
    /// "x": EVIL()
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest23Union>,
    #[serde(rename = "\u{2028} EVIL() \u{2029} 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "� EVIL() �": EVIL()
/// "x": EVIL()
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest23Union {
    /// EVIL()
    #[serde(rename = "\u{2028} EVIL() \u{2029}")]
    Evil,
    /// EVIL()
    #[serde(rename = "x")]
    X,
}

/// EVIL()
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil47 {
    #[serde(rename = "\u{2028} EVIL() \u{2029}", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem23 {
    #[serde(rename = "\u{2028} EVIL() \u{2029}")]
    Evil,
}

/// � EVIL() �
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct EvilRequest24 {
    /// � EVIL() �
    ///
    /// Format: � EVIL() �.
    /// Pattern: � EVIL() �
    #[serde(rename = "\u{202e} EVIL() \u{202c}")]
    pub evil: String,
    /// � EVIL() �
    /// Note: one of "� EVIL() �", {"� EVIL() �":"� EVIL() �"}.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Evil48>,
    /// Note: `� EVIL() �` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<::cmdbus::serde_json::Value>,
    /// Note: JSON Schema has no type `� EVIL() �`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odd: Option<::cmdbus::serde_json::Value>,
    /// "� EVIL() �": � EVIL() �
    /// "x": � EVIL() �
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#union: Option<EvilRequest24Union>,
    #[serde(rename = "\u{202e} EVIL() \u{202c} 2")]
    pub evil_2: ::cmdbus::serde_json::Value,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// "� EVIL() �": � EVIL() �
/// "x": � EVIL() �
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilRequest24Union {
    /// � EVIL() �
    #[serde(rename = "\u{202e} EVIL() \u{202c}")]
    Evil,
    /// � EVIL() �
    #[serde(rename = "x")]
    X,
}

/// � EVIL() �
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Evil48 {
    #[serde(rename = "\u{202e} EVIL() \u{202c}", default, skip_serializing_if = "Option::is_none")]
    pub evil: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EvilItem24 {
    #[serde(rename = "\u{202e} EVIL() \u{202c}")]
    Evil,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request6 {
    #[serde(rename = "漢字")]
    pub x: Request6_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request6_2 {
    #[serde(rename = "漢字")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type Response5 = ResponseDefs5;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResponseDefs5 {
    #[serde(rename = "漢字")]
    pub x: ResponseDefs5_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResponseDefs5_2 {
    #[serde(rename = "漢字")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Request7 {
    #[serde(rename = "💥")]
    pub x: Request7_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum Request7_2 {
    #[serde(rename = "💥")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}

pub type Response6 = ResponseDefs6;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ResponseDefs6 {
    #[serde(rename = "💥")]
    pub x: ResponseDefs6_2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ResponseDefs6_2 {
    #[serde(rename = "💥")]
    X,
    #[serde(rename = "Self")]
    Self2,
    #[serde(rename = "self")]
    Self3,
    #[serde(rename = "")]
    X2,
}
