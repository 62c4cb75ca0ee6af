//! The command line as typed.

mod attach;
mod diff;
mod r#gen;
mod messages;
mod token;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use self::attach::Attach;
pub(crate) use self::diff::Diff;
pub(crate) use self::r#gen::{Gen, GenLanguage, GenOutput, Style};
pub(crate) use self::messages::{Dispatch, Endpoints, Inbox, Mail, Send, Spawn, Wait};
pub(crate) use self::token::{Token, TokenCreate, TokenRevoke, TokenVerb};
use crate::config::Auth;
use crate::{duration, env_vars};

/// A command bus for the processes and AI-agent sessions on a machine.
///
/// Any process can offer commands and call those of others by their id. The first verb that needs the bus
/// starts it.
#[derive(Debug, Parser)]
#[command(
    name = "cmdbus",
    version,
    disable_help_subcommand = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    after_help = "Exit codes: 0 success, 1 the command failed, 2 usage, 3 no bus, 4 timeout, 5 nobody provides the command.\n\n\
                  Try `cmdbus demo`, or in two terminals:\n  \
                  cmdbus provide text.upper -- tr a-z A-Z\n  \
                  cmdbus call text.upper '\"hello\"'"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Which bus")]
pub(crate) struct Global {
    /// Which of your buses to use [default: default]
    #[arg(long, global = true, value_name = "NAME", env = env_vars::PROFILE, hide_env_values = true)]
    pub(crate) profile: Option<String>,

    /// Address of the bus instead of a profile: unix:PATH, or with the token in CMDBUS_TOKEN
    /// tcp://HOST:PORT or ws://HOST:PORT/bus
    #[arg(long, global = true, value_name = "ADDR", env = env_vars::BUS, hide_env_values = true)]
    pub(crate) bus: Option<String>,

    /// Discovery file of a broker instead of a profile; the bus is then the one of that broker
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) discovery: Option<PathBuf>,

    /// Fail with exit code 3 instead of starting a bus
    #[arg(long, global = true)]
    pub(crate) no_start: bool,

    /// Configuration file [default: cmdbus.toml in the user's configuration folder]
    // Not the parser for paths, which takes an empty variable for an error.
    #[arg(long, global = true, value_name = "FILE", env = env_vars::CONFIG, hide_env_values = true,
          value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub(crate) config: Option<PathBuf>,
}

impl Global {
    /// Returns the same with what is empty left out: an empty variable is as good as none.
    pub(crate) fn without_empty(self) -> Self {
        Self {
            profile: self.profile.filter(|name| !name.is_empty()),
            bus: self.bus.filter(|address| !address.is_empty()),
            config: self.config.filter(|path| !path.as_os_str().is_empty()),
            discovery: self.discovery.filter(|path| !path.as_os_str().is_empty()),
            no_start: self.no_start,
        }
    }
}

const MCP_EXAMPLES: &str = r#"Claude Code:  claude mcp add cmdbus -- cmdbus mcp
Codex:        codex mcp add cmdbus -- cmdbus mcp
VS Code:      code --add-mcp '{"name":"cmdbus","command":"cmdbus","args":["mcp"]}'
Others:       {"mcpServers": {"cmdbus": {"command": "cmdbus", "args": ["mcp"]}}}"#;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the bus in the foreground
    ///
    /// There is no need to: the first verb that needs the bus starts it in the background.
    Daemon(Daemon),
    /// Run the broker of an account in the foreground, as clients of the broker do
    ///
    /// It is the same program as `daemon`, for clients that know an account and a token instead of a profile. Account
    /// and token are those of, in this order: CMDBUS_DISCOVERY_FILE (its path is enough); CMDBUS_RUNTIME_TOKEN;
    /// MASONS_BROKER_CREDENTIALS_FILE; openclaw.json in OPENCLAW_HOME or ~/.openclaw. The account is the one in
    /// MASONS_BROKER_ACCOUNT_ID, else `default`. Exits with 78 if there is none.
    ///
    /// Exits with 0 if the broker of that account and token is running already, or on hold (`stop --hold`).
    Broker(Broker),
    /// Show what is running
    Status(Json),
    /// Stop the bus in good order
    Stop(Stop),
    /// Check paths, permissions, versions and locks, and say how to mend what is wrong
    Doctor(Json),
    /// Credentials for clients
    ///
    /// The token of the profile gives all rights. Tokens with a name give some, may expire, and can be revoked: give
    /// each machine, agent or service its own.
    Token(Token),
    /// List the commands on the bus
    Ls(Ls),
    /// Show one command with its schemas
    Describe(Describe),
    /// Call a command and print its result as JSON
    ///
    /// A command that returns nothing prints `null`. One that streams prints each item on a line as it comes, then the value
    /// that ends the stream if there is one. Ctrl-C cancels the call: the provider is told, and what it runs ends.
    ///
    /// In a program run by `provide`, the call ends when the program's own caller gives up (CMDBUS_DEADLINE_MS). The trace
    /// context in TRACEPARENT and TRACESTATE goes with it.
    Call(Call),
    /// Emit an event
    Emit(Emit),
    /// Print events as they happen, one JSON object per line
    Listen(Listen),
    /// Make a program a command: request on its stdin, result from its stdout
    ///
    /// The program is run once per call. Its stdin is the request as one line of JSON, or empty if there is none. What it
    /// prints is the result: JSON if it parses, otherwise text without a final newline; nothing is no result. If it
    /// exits with anything but 0, the caller gets an error with the end of what it wrote to stderr.
    ///
    /// A line on stderr of the form `@progress 0.4 reading`, or `@progress 4/10 reading`, is a report of progress.
    /// CMDBUS_DEADLINE_MS tells the program until when it has time, in milliseconds since 1970; CMDBUS_COMMAND which
    /// command was called; TRACEPARENT is the trace context of the call. When the time is up, the caller gives up or is
    /// lost, or `provide` ends, the program and everything it started gets SIGTERM, and SIGKILL 5 s later.
    Provide(Provide),
    /// List the endpoints: agent sessions, tools and mailboxes that can be sent messages
    ///
    /// An endpoint is `active`; `reconnecting`, while its process may come back; or `asleep`, which is a mailbox
    /// that `mail` will open again: it was last seen at the time shown, and its messages wait in the inbox.
    Endpoints(Endpoints),
    /// Send a message, which is kept until its receiver has it
    ///
    /// It is sent in nobody's name, so an answer to it comes to the inbox; `mail` sends in the name of its mailbox.
    ///
    /// Prints `delivered` if it is on its way to a receiver that is there, `stored` if it waits for one, and the
    /// message's id. If the broker goes away meanwhile it is sent again, once in effect, for as long as `--timeout` says.
    Send(Send),
    /// Show what nobody could be given, or what waits for somebody who is not there
    Inbox(Inbox),
    /// Give a message of the inbox to an endpoint
    Dispatch(Dispatch),
    /// Start an agent session
    Spawn(Spawn),
    /// Open a mailbox for a script: messages as lines on stdout, confirmed by lines on stdin
    ///
    /// What is sent to `session:NAME` while the mailbox is not open waits, and comes first when it is. A message is done
    /// when its id is written to stdin, or with `--auto` when its line is printed. What is not done when this ends
    /// comes again next time, with a higher `attempt`, before anything newer. Without `--auto` the end of stdin ends this.
    ///
    /// If the broker goes away, it is started again, unless it is on hold.
    Mail(Mail),
    /// Serve the commands of the bus as tools to an agent program: an MCP server on stdin and stdout
    ///
    /// Every command on the bus, and every tool of an attached machine, is a tool. Over a restart of the bus the agent program keeps
    /// its session: calls wait for the bus to come back, and what was in progress fails. Ends with stdin.
    ///
    /// Exits with 3 if the gateway is switched off in the configuration.
    #[command(after_help = MCP_EXAMPLES)]
    Mcp,
    /// Attach local MCP servers to a gateway: their tools become commands, and each gets an address there
    ///
    /// It dials out, so this machine need not be reachable. It runs the servers, or reaches them at their URL, prints the
    /// address of each, and stays until a signal ends it. If the gateway goes away it comes back by itself.
    Attach(Attach),
    /// Write a typed client for the commands of a bus
    ///
    /// The commands are those of the running bus, those that an address publishes (`/cmds.json`), or those in a file.
    Gen(Gen),
    /// Say which change between two lists of commands breaks callers
    ///
    /// Exits with 1 if one does.
    #[command(after_help = self::diff::EXAMPLES)]
    Diff(Diff),
    /// Show with real processes what the bus does, in under 10 s
    Demo(Demo),
    /// Print a completion script for a shell
    Completions(Completions),
    #[command(hide = true)]
    DemoWorker(DemoWorker),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Daemon {
    /// Run in the background: return when the bus serves
    #[arg(long)]
    pub(crate) detach: bool,
    /// Who comes in at the gateway, whatever the configuration says
    #[arg(long, value_name = "WHO", value_enum)]
    pub(crate) gateway_auth: Option<Auth>,
    /// Started by a verb that found no bus: respect a hold
    #[arg(long, hide = true)]
    pub(crate) on_demand: bool,
    /// The process that serves in the background: says on stdout when it does
    #[arg(long, hide = true)]
    pub(crate) background: bool,
    /// End when stdin does
    #[arg(long, hide = true)]
    pub(crate) tied: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Broker {
    /// The process that serves in the background: says on stdout when it does
    #[arg(long, hide = true)]
    pub(crate) background: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Json {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Stop {
    /// Keep the bus from being started on demand until `cmdbus daemon` is typed
    #[arg(long)]
    pub(crate) hold: bool,
    /// Close every endpoint: what waits for them goes to the inbox. Otherwise they wait for their processes
    #[arg(long)]
    pub(crate) release: bool,
    /// How long to wait for it to end
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "10s")]
    pub(crate) timeout: Duration,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ls {
    /// Which ids: `*` stands for any run of characters, `?` for one
    #[arg(default_value = "*")]
    pub(crate) pattern: String,
    /// Print JSON: an array of definitions
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Describe {
    /// The command
    pub(crate) id: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Call {
    /// The command
    pub(crate) id: String,
    /// The request as JSON, or `-` to read it from stdin; nothing for a command that takes nothing
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) request: Option<String>,
    /// How long to wait for the result; 0 = as long as a bus allows, which is 24 h
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s")]
    pub(crate) timeout: Duration,
    /// How long to wait for each item of a streamed result; 0 = no limit of its own [default: 0]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) idle_timeout: Option<Duration>,
    /// How many items of a streamed result the provider may be ahead
    #[arg(long, value_name = "N", default_value = "32", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) credit: u32,
    /// How to show progress, on stderr
    #[arg(long, value_name = "HOW", value_enum, default_value = "auto")]
    pub(crate) progress: Progress,
    /// Show where the time went, on stderr
    #[arg(long)]
    pub(crate) trace: bool,
    /// Print the result on one line, also on a terminal
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// A bar on a terminal, nothing otherwise
    Auto,
    /// Each report as a line of JSON
    Json,
    /// Nothing
    None,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Emit {
    /// The event
    pub(crate) id: String,
    /// What it carries as JSON, or `-` to read it from stdin
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) payload: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Listen {
    /// Which event ids: `*` stands for any run of characters, `?` for one
    #[arg(default_value = "*")]
    pub(crate) pattern: String,
    /// End after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Print JSON, which is what it does anyway
    #[arg(long, hide = true)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Provide {
    /// The command's id, dotted lower case by convention
    pub(crate) id: String,
    /// What it is for, for people and models
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// JSON file with the schemas: {"request": …, "response": …}
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// How many processes may run at once
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) concurrency: u32,
    /// How long one process may run; 0 = no limit
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "1h")]
    pub(crate) timeout: Duration,
    /// Each line that the program prints is an item of a streamed result; in the schema, `response` is that of an item
    #[arg(long)]
    pub(crate) stream: bool,
    /// If somebody provides the id already, stand by and take over when they go
    #[arg(long)]
    pub(crate) standby: bool,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROG")]
    pub(crate) program: Vec<OsString>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// Print JSON: what was shown and how long each step took
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoWorker {
    /// Which part to play
    pub(crate) role: String,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    #[test]
    fn what_is_empty_is_as_good_as_none() {
        let given = ["cmdbus", "--profile=", "--bus=", "--config=", "status"];
        let global = super::Args::try_parse_from(given).unwrap().global;
        let global = global.without_empty();
        assert!(global.profile.is_none() && global.bus.is_none() && global.config.is_none());
        let given = ["cmdbus", "--profile=a", "--bus=b", "--config=c", "status"];
        let global = super::Args::try_parse_from(given).unwrap().global;
        let global = global.without_empty();
        assert_eq!(global.profile.as_deref(), Some("a"));
        assert_eq!(global.bus.as_deref(), Some("b"));
        assert_eq!(global.config.unwrap(), std::path::Path::new("c"));
    }

    /// The command line is a promise: a change of it is to be seen in the diff. Set `UPDATE_HELP=1` to
    /// write the file anew.
    #[test]
    fn help_is_what_the_snapshot_says() {
        let mut command = super::Args::command().term_width(100);
        command.build();
        let mut text = format!("{}\n", command.render_long_help());
        for verb in command
            .get_subcommands_mut()
            .filter(|verb| !verb.is_hide_set())
        {
            push_help(&mut text, &format!("cmdbus {}", verb.get_name()), verb);
        }
        let text: String = text
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/help.txt");
        if std::env::var_os("UPDATE_HELP").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            text == expected,
            "the help has changed; run again with UPDATE_HELP=1 and look at the diff"
        );
    }

    fn push_help(text: &mut String, name: &str, verb: &mut clap::Command) {
        let help = verb.render_long_help();
        text.push_str(&format!("\n==== {name} ====\n\n{help}\n"));
        for part in verb.get_subcommands_mut() {
            push_help(text, &format!("{name} {}", part.get_name()), part);
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}
