//! The command line of the verbs that have to do with messages.

use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::{Args, ValueEnum};

use crate::duration;

const SEND_EXAMPLES: &str = "Examples:\n  \
    cmdbus send session:builder 'the tests are red'\n  \
    git diff | cmdbus send session:reviewer - --type text/x-diff --wait confirmed --timeout 10m\n  \
    cmdbus send agent:deploy go --key release-17 --ttl 1h\n  \
    cmdbus send --receipt msg_01JQ2N08\n\n\
    Exit codes: 0 sent, and as far as `--wait` says; 1 refused, or ended otherwise; 4 not yet so far; 5 there is no such receiver.";

const INBOX_EXAMPLES: &str = "Examples:\n  \
    cmdbus inbox\n  \
    cmdbus inbox msg_01JQ2N08\n  \
    cmdbus inbox --json | jq -r .id\n  \
    cmdbus dispatch msg_01JQ2N08 session:builder";

const DISPATCH_EXAMPLES: &str = "Examples:\n  \
    cmdbus dispatch msg_01JQ2N08 ep_01JQ2M8Z\n  \
    cmdbus dispatch msg_01JQ2N08 session:builder";

const SPAWN_EXAMPLES: &str = "Examples:\n  \
    cmdbus spawn claude-code 'review the last commit'\n  \
    cmdbus spawn codex - --wait < task.md\n\n\
    Exit codes: 0 started, and with `--wait` registered; 1 not started, or ended before it registered; 4 not registered yet.";

const MAIL_EXAMPLES: &str = "Each message is a line on stdout:\n  \
    {\"message_id\":…,\"from\":…,\"content\":…,\"content_type\":…,\"metadata\":…,\"attempt\":…}\n\n\
    What may be written to stdin, a line each:\n  \
    msg_01JQ2N08                                    this message is done\n  \
    {\"confirm\":\"msg_01JQ2N08\"}                      the same\n  \
    {\"reply\":\"msg_01JQ2N08\",\"content\":\"yes\"}        an answer to whoever sent it\n  \
    {\"send\":\"session:builder\",\"content\":\"go\"}       a new message\n\
    The last two may have `content_type`, `metadata`, `key` and `ttl_ms`, and are answered by {\"sent\":…,\"line\":n}.\n\
    A line that is wrong is answered by {\"error\":{\"code\":…,\"message\":…},\"line\":n}. Lines are seen to in order.\n\n\
    Examples:\n  \
    cmdbus mail notes --auto >> notes.ndjson\n  \
    cmdbus mail job --auto --count 1 --timeout 1m | jq -r .content\n  \
    cmdbus mail worker < done.fifo | ./work.sh > done.fifo\n\n\
    Exit codes: 0 ended as told; 1 the mailbox is in use; 4 no mail for as long as `--timeout` says.";

#[derive(Debug, Args)]
pub(crate) struct Endpoints {
    /// Print JSON: an array
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = SEND_EXAMPLES)]
pub(crate) struct Send {
    /// Who gets it: session:NAME, agent:NAME, endpoint:ID, or node:self for the inbox
    #[arg(required_unless_present = "receipt", conflicts_with = "receipt", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: Option<String>,
    /// What it says, or `-` to read that from stdin
    #[arg(required_unless_present = "receipt", conflicts_with = "receipt")]
    pub(crate) content: Option<String>,
    /// Key under which it is sent only once, however often this is run [default: a new one]
    #[arg(long, value_name = "KEY", conflicts_with = "receipt")]
    pub(crate) key: Option<String>,
    /// How long it is worth delivering, from 1 s to 30 days [default: for ever]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, conflicts_with = "receipt")]
    pub(crate) ttl: Option<Duration>,
    /// How the receiver is to read the content
    #[arg(
        long = "type",
        value_name = "TYPE",
        default_value = "text",
        conflicts_with = "receipt"
    )]
    pub(crate) content_type: String,
    /// Something to say beside the content; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = ValueParser::new(pair), conflicts_with = "receipt")]
    pub(crate) meta: Vec<(String, String)>,
    /// Wait until the receiver has been given it, or until the receiver has confirmed it
    #[arg(long, value_name = "STATE", value_enum)]
    pub(crate) wait: Option<Wait>,
    /// How long to try, and to wait
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s")]
    pub(crate) timeout: Duration,
    /// Instead of sending: show what became of an earlier message
    #[arg(long, value_name = "MESSAGE_ID")]
    pub(crate) receipt: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How far a message is to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wait {
    /// It was handed to the receiver
    Delivered,
    /// The receiver said that it has it
    Confirmed,
}

#[derive(Debug, Args)]
#[command(after_help = INBOX_EXAMPLES)]
pub(crate) struct Inbox {
    /// Show only this one, whole
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Throw this one away
    #[arg(long, value_name = "ID", conflicts_with = "id")]
    pub(crate) discard: Option<String>,
    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = DISPATCH_EXAMPLES)]
pub(crate) struct Dispatch {
    /// The message, as `inbox` lists it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Who gets it: an endpoint's id, session:NAME or agent:NAME
    #[arg(value_name = "ENDPOINT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) endpoint: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = SPAWN_EXAMPLES)]
pub(crate) struct Spawn {
    /// What to start: `claude-code`, `codex`, or one of `[spawn.drivers]` in the configuration
    pub(crate) kind: String,
    /// What it is to do, or `-` to read that from stdin; other users may see what is on the command line
    pub(crate) prompt: Option<String>,
    /// Key under which it is started only once, however often this is run [default: a new one]
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Wait until it has registered
    #[arg(long)]
    pub(crate) wait: bool,
    /// How long to try, and to wait
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "45s")]
    pub(crate) timeout: Duration,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = MAIL_EXAMPLES)]
pub(crate) struct Mail {
    /// Name of the mailbox, whose address is session:NAME
    pub(crate) name: String,
    /// Take a message as done once its line is written
    #[arg(long)]
    pub(crate) auto: bool,
    /// End after this many messages are done
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// End when there has been no mail for so long [default: never]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) timeout: Option<Duration>,
    /// Instead of opening the mailbox: give it up. What waits in it stays in the inbox
    #[arg(long, conflicts_with_all = ["auto", "count", "timeout"])]
    pub(crate) forget: bool,
    /// Do not ask before giving it up
    #[arg(long, requires = "forget")]
    pub(crate) yes: bool,
    /// Print JSON, which is what it does anyway
    #[arg(long, hide = true)]
    pub(crate) json: bool,
}

/// Reads `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_name_and_any_value() {
        let read = |text| pair(text).map_err(drop);
        assert_eq!(read("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(read("a="), Ok(("a".to_owned(), String::new())));
        assert!(read("=b").is_err() && read("ab").is_err());
    }
}
