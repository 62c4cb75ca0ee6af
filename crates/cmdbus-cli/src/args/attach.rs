//! The command line of `attach`.

use std::path::PathBuf;

use clap::{Arg, Args, value_parser};

const EXAMPLES: &str = "Without `--config` and `--server`, the servers of `./.mcp.json` are attached, or else\n\
    of `mcp.json` in the user's configuration folder for cmdbus, after you have approved each:\n  \
    {\"mcpServers\": {\n    \
    \"fs\":  {\"command\": \"mcp-files\", \"args\": [\"${HOME}/notes\"], \"deny_tools\": [\"write_*\"]},\n    \
    \"web\": {\"url\": \"http://127.0.0.1:3000/mcp\", \"headers\": {\"X-Key\": \"${WEB_KEY}\"}}}}\n\n\
    Examples:\n  \
    cmdbus attach --server git -- uvx mcp-server-git    # its tools become commands of your own bus\n  \
    cmdbus attach --config servers.json --json\n  \
    CMDBUS_TOKEN=… cmdbus attach https://gw.example --id laptop\n\n\
    Exit codes: 0 ended by a signal; 1 refused for good, or detached; 2 usage; 3 no bus.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg = of_the_bus())]
pub(crate) struct Attach {
    /// The gateway, such as `https://gw.example`, with the token in CMDBUS_TOKEN or `--token-file` [default: that of the
    /// profile]
    pub(crate) url: Option<String>,
    /// File with `mcpServers`. What is named is approved
    #[arg(
        id = "servers",
        long = "config",
        value_name = "FILE",
        conflicts_with = "server"
    )]
    pub(crate) servers: Option<PathBuf>,
    /// Attach one server under this name: the program after `--`
    #[arg(long, value_name = "NAME", requires = "program")]
    pub(crate) server: Option<String>,
    /// What the servers are attached as: part of their addresses; may be given several times [default: the name of
    /// this host]
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) id: Vec<String>,
    /// Who may use their addresses, beside admins: name of a token, or `self` for who attaches; may be given several
    /// times [default: self]
    #[arg(long, value_name = "NAME")]
    pub(crate) caller: Vec<String>,
    /// File with the token for the gateway
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) token_file: Option<PathBuf>,
    /// Certificates of authorities to trust beside those of the system, as PEM
    #[arg(long, value_name = "FILE", requires = "url")]
    pub(crate) ca: Option<PathBuf>,
    /// Approve what a file that was not named runs or reaches, and remember it
    #[arg(long)]
    pub(crate) yes: bool,
    /// Print JSON: an object on a line for each event
    #[arg(long)]
    pub(crate) json: bool,
    /// The program of the server and its arguments
    #[arg(last = true, value_name = "CMD", requires = "server")]
    pub(crate) program: Vec<String>,
}

/// Returns what other verbs take as `--config`, which means the servers here. By its name it is the same argument, so
/// that `CMDBUS_CONFIG`, and `--config` in front of the verb, say what they say for every verb.
fn of_the_bus() -> Arg {
    Arg::new("config")
        .long("bus-config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help_heading("Which bus")
        .help("Configuration file of the bus: `--config` of other verbs")
}

fn id(text: &str) -> Result<String, String> {
    if (1..=256).contains(&text.len()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("an attach id has 1 to 256 bytes and no control characters".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use crate::args::{Args, Verb};

    fn parsed(line: &str) -> Result<(Option<std::path::PathBuf>, super::Attach), clap::Error> {
        let args = Args::try_parse_from(line.split(' '))?;
        match args.verb {
            Verb::Attach(attach) => Ok((args.global.without_empty().config, attach)),
            _ => panic!("{line}"),
        }
    }

    #[test]
    fn config_behind_the_verb_means_the_servers_and_before_it_the_bus() {
        let (bus, attach) = parsed("cmdbus --config b.toml attach --config s.json").unwrap();
        assert_eq!(bus.as_deref(), Some(Path::new("b.toml")));
        assert_eq!(attach.servers.as_deref(), Some(Path::new("s.json")));
        let (bus, attach) = parsed("cmdbus attach --config s.json").unwrap();
        assert_eq!(bus, None);
        assert_eq!(attach.servers.as_deref(), Some(Path::new("s.json")));
        let (bus, attach) = parsed("cmdbus attach --bus-config b.toml").unwrap();
        assert_eq!(bus.as_deref(), Some(Path::new("b.toml")));
        assert_eq!(attach.servers, None);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        assert!(parsed("cmdbus attach http://a --server x -- cat -u").is_ok());
        for line in [
            "cmdbus attach --server x",
            "cmdbus attach -- cat",
            "cmdbus attach --server x --config f -- cat",
            "cmdbus attach --token-file f",
            "cmdbus attach --id=",
            "cmdbus attach --token secret",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
