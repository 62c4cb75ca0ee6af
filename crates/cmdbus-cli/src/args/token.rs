//! The command line of `token`.

use std::time::Duration;

use clap::{Args, Subcommand};
use cmdbus_attach::auth::{Grant, check_name};

use super::Json;
use crate::duration;

const CREATE_EXAMPLES: &str = "What may be granted:\n  \
    attach[:GLOB]  attach local MCP servers under the attach ids that match\n  \
    call[:GLOB]    call the commands whose ids match\n  \
    bus            take part in the bus: offer and call commands, emit and hear events\n  \
    admin          use what others attached, whomever they let in\n\n\
    In GLOB, `*` stands for any run of characters and `?` for one; without it, all ids match.\n\n\
    Examples:\n  \
    cmdbus token create --name laptop --may 'attach:laptop-*'\n  \
    cmdbus token create --name ci --may 'call:fs.*' --may call:git.log --expires 30d\n  \
    cmdbus token create --name agent --json | jq -r .token";

#[derive(Debug, Args)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
pub(crate) struct Token {
    #[command(subcommand)]
    pub(crate) verb: TokenVerb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerb {
    /// Make a token with a name and print it, this once: only its hash is kept
    ///
    /// The bus need not run. If it does, it knows the token within a second.
    Create(TokenCreate),
    /// List the tokens that have a name
    ///
    /// The tokens themselves are not shown, because they are not kept.
    List(Json),
    /// Revoke a token that has a name
    ///
    /// If the bus runs, it refuses the token within a second, and closes what was opened with it.
    Revoke(TokenRevoke),
    /// Print the token of the profile, which gives all rights; keep it secret
    ///
    /// Clients of the broker find the profile's daemon with it and the account `default`.
    Show(Json),
}

#[derive(Debug, Args)]
#[command(after_help = CREATE_EXAMPLES)]
pub(crate) struct TokenCreate {
    /// Name of whoever will use it, which `token revoke` takes
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) name: String,
    /// What it gives a right to; may be given several times [default: attach and call]
    #[arg(long, value_name = "GRANT")]
    pub(crate) may: Vec<Grant>,
    /// How long it is good for, such as `30d` [default: until it is revoked]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) expires: Option<Duration>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// Name of the token
    pub(crate) name: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn name(text: &str) -> Result<String, String> {
    match check_name(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
