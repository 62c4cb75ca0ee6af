//! One server of a file: its keys, and what they mean.

use std::path::Path;
use std::time::Duration;

use cmdbus_attach::frame::CommandsShown;
use cmdbus_mcp::upstream::{
    AllowedArg, ArgPattern, HttpConfig, OnCrash, ToolPolicy, Transport, UpstreamConfig,
};
use serde_json::json;

use super::expand::{Vars, expand};
use super::keys::Keys;
use super::recipe::{Recipe, hex, quoted};
use crate::exit::Result;
use crate::output::printable_line;

/// As long as a call may take at all.
const MAX_TIMEOUT_MS: u64 = 86_400_000;
/// A year.
const MAX_IDLE_S: u64 = 31_536_000;

/// One server of a file, or of the command line.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) upstream: UpstreamConfig,
    pub(super) shown: CommandsShown,
    /// What it is run or reached by, as written.
    pub(super) recipe: Recipe,
}

impl Server {
    /// Returns what tells it from every other one in every other file: what is run or reached, and what others may do with it. If
    /// any of it changes, a person is asked again.
    pub(super) fn fingerprint(&self, file: &Path) -> String {
        let args: Vec<_> = self
            .upstream
            .args_allowed
            .iter()
            .map(|arg| (&arg.name, arg.pattern.as_str()))
            .collect();
        let tools = &self.upstream.tools;
        let text = json!([
            self.recipe.fingerprint(file),
            args,
            self.upstream.forward_headers,
            tools.allow,
            tools.deny,
        ]);
        hex(&text.to_string())
    }

    /// Describes it for the person who is to approve it, on one line.
    pub(super) fn described(&self) -> String {
        let mut text = self.recipe.described();
        for arg in &self.upstream.args_allowed {
            let option = format!("--{}={}", arg.name, arg.pattern.as_str());
            text.push_str(&format!(" (callers may add {})", quoted(&option)));
        }
        for header in &self.upstream.forward_headers {
            text.push_str(&format!(" (passes {} of callers on)", quoted(header)));
        }
        text
    }
}

/// Reads one server; `None` if it is disabled. What `keys` still holds then, means nothing to us.
pub(super) fn server(name: &str, keys: &mut Keys, vars: Vars<'_>) -> Result<Option<Server>> {
    // Before anything else: what is disabled may be as wrong as it likes, and its keys are nobody's concern.
    if keys.flag("disabled")?.unwrap_or(false) {
        keys.clear();
        return Ok(None);
    }
    let recipe = recipe(keys)?;
    let transport = transport(&recipe, keys, vars)?;
    let mut upstream = UpstreamConfig::new(name, transport);
    match upstream.transport {
        Transport::Stdio { .. } => upstream.args_allowed = args_allowed(keys)?,
        Transport::Http { .. } => upstream.forward_headers = forward_headers(keys)?,
    }
    if keys.second("on_crash", ["end_session", "reinit"])? {
        upstream.on_crash = OnCrash::Reinit;
    }
    if let Some(seconds) = keys.number("idle_stop_s", 0, MAX_IDLE_S)? {
        upstream.idle_stop = Duration::from_secs(seconds);
    }
    upstream.timeout = keys
        .number("timeout_ms", 1, MAX_TIMEOUT_MS)?
        .map(Duration::from_millis);
    upstream.tools = ToolPolicy {
        allow: keys.texts("allow_tools")?,
        deny: keys.texts("deny_tools")?,
    };
    let shown = shown(keys)?;
    Ok(Some(Server {
        upstream,
        shown,
        recipe,
    }))
}

/// Takes what the server is run or reached by.
fn recipe(keys: &mut Keys) -> Result<Recipe> {
    let kind = keys.text("type")?;
    if kind.as_deref() == Some("sse") {
        return Err(keys.error(
            "type",
            "`sse` is a transport that MCP has given up: take `http`, with the address at which the server speaks Streamable HTTP",
        ));
    }
    let (command, url) = (keys.word("command")?, keys.word("url")?);
    match (kind.as_deref(), command, url) {
        (_, Some(_), Some(_)) => {
            Err(keys.error_of_all("there are both `command` and `url`: remove one"))
        }
        (None | Some("stdio"), Some(command), None) => Ok(Recipe::Command {
            command,
            args: keys.texts("args")?,
            env: keys.table("env")?,
            cwd: keys.word("cwd")?,
        }),
        (None | Some("http" | "streamable-http"), None, Some(url)) => Ok(Recipe::Url {
            url,
            headers: keys.table("headers")?,
        }),
        (None, None, None) => {
            Err(keys.error_of_all("there is neither `command` nor `url`: add one"))
        }
        (Some("stdio"), None, _) => Err(keys.error(
            "type",
            "`stdio` needs `command`: add it, or correct the type",
        )),
        (Some("http" | "streamable-http"), _, None) => {
            Err(keys.error("type", "`http` needs `url`: add it, or correct the type"))
        }
        (Some(_), ..) => Err(keys.error("type", "must be `stdio` or `http`")),
    }
}

/// Makes of what is written what is meant.
fn transport(recipe: &Recipe, keys: &Keys, vars: Vars<'_>) -> Result<Transport> {
    let one = |key: &str, text: &str| expand(text, vars).map_err(|why| keys.error(key, &why));
    let table = |key: &str, entries: &[(String, String)]| {
        entries
            .iter()
            .map(|(name, value)| Ok((name.clone(), one(&format!("{key}.{name}"), value)?)))
            .collect::<Result<Vec<_>>>()
    };
    match recipe {
        Recipe::Command {
            command,
            args,
            env,
            cwd,
        } => {
            for (name, value) in env {
                if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                    let text =
                        "cannot be a variable: correct its name, and take NUL out of its value";
                    return Err(keys.error(&format!("env.{name}"), text));
                }
            }
            Ok(Transport::Stdio {
                command: one("command", command)?,
                args: args
                    .iter()
                    .map(|arg| one("args", arg))
                    .collect::<Result<_>>()?,
                env: table("env", env)?,
                cwd: cwd
                    .as_deref()
                    .map(|cwd| one("cwd", cwd))
                    .transpose()?
                    .map(Into::into),
            })
        }
        Recipe::Url { url, headers } => {
            let (url, headers) = (one("url", url)?, table("headers", headers)?);
            HttpConfig::new(&url, &headers)
                .map_err(|error| keys.error_of_all(&error.to_string()))?;
            Ok(Transport::Http { url, headers })
        }
    }
}

fn args_allowed(keys: &mut Keys) -> Result<Vec<AllowedArg>> {
    let entries = keys.table("args_allowed")?;
    let read = |(name, pattern): (String, String)| {
        let key = format!("args_allowed.{name}");
        // What a child gets is `--NAME=VALUE`, whatever the name holds.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.starts_with('-') || !name.chars().all(is_plain) {
            let text = "must be the name of an argument, without dashes in front, of letters, digits, `-`, `_` and `.`";
            return Err(keys.error(&key, text));
        }
        let pattern =
            ArgPattern::new(&pattern).map_err(|error| keys.error(&key, &error.to_string()))?;
        Ok(AllowedArg { name, pattern })
    };
    entries.into_iter().map(read).collect()
}

fn forward_headers(keys: &mut Keys) -> Result<Vec<String>> {
    let mut names = keys.texts("forward_headers")?;
    for name in &mut names {
        name.make_ascii_lowercase();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || !name.chars().all(is_plain) {
            let text = format!(
                "`{}` is no name of a header: correct it",
                printable_line(name)
            );
            return Err(keys.error("forward_headers", &text));
        }
    }
    Ok(names)
}

fn shown(keys: &mut Keys) -> Result<CommandsShown> {
    let mut shown = CommandsShown {
        prefix: keys.prefix("prefix")?,
        raw_results: keys.second("result", ["value", "raw"])?,
        ..CommandsShown::default()
    };
    if let Some(expose) = keys.object("expose")? {
        let mut parts = Keys::new(keys.place_of("expose"), expose);
        shown.mcp = parts.flag("mcp")?.unwrap_or(true);
        shown.commands = parts.flag("commands")?.unwrap_or(true);
        if let Some(other) = parts.left().next() {
            let text = format!(
                "`{}` is unknown: known are `mcp` and `commands`",
                printable_line(&other)
            );
            return Err(keys.error("expose", &text));
        }
        if !shown.mcp && !shown.commands {
            let text = "hides all of it: set `mcp` or `commands`, or set `disabled` instead";
            return Err(keys.error("expose", text));
        }
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    use serde_json::{Value, json};

    use super::*;

    fn vars(name: &str) -> Option<OsString> {
        match name {
            "HOME" => Some("/home/a".into()),
            "SEARCH_TOKEN" => Some("s3cret".into()),
            "CONTROL" => Some("a\u{1}b".into()),
            _ => None,
        }
    }

    fn read(value: &Value) -> Result<Option<Server>> {
        let object = value.as_object().unwrap().clone();
        let mut keys = Keys::new("`f`, server `x`".to_owned(), object);
        let read = server("x", &mut keys, &vars)?;
        assert_eq!(keys.left().collect::<Vec<_>>(), Vec::<String>::new());
        Ok(read)
    }

    fn one(value: Value) -> Server {
        read(&value).unwrap().unwrap()
    }

    fn error(value: Value) -> String {
        let error = read(&value).unwrap_err();
        let text = error.message().strip_prefix("in `f`, server `x`");
        text.unwrap_or_else(|| panic!("{error:?}")).to_owned()
    }

    #[test]
    fn what_a_server_says_is_what_is_run_or_reached() {
        let fs = one(json!({
            "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "${HOME}/notes"],
            "env": {"LOG_LEVEL": "warn"}, "args_allowed": {"root": "^/srv/[a-z]+$"},
            "deny_tools": ["write_*"], "timeout_ms": 120_000,
        }));
        let search = one(json!({
            "url": "http://127.0.0.1:3000/mcp", "headers": {"Authorization": "Bearer ${SEARCH_TOKEN}"},
            "prefix": "web", "result": "raw",
        }));
        assert!(
            read(&json!({"command": 7, "disabled": true, "whatever": 1}))
                .unwrap()
                .is_none()
        );
        assert_eq!(fs.upstream.name, "x");
        let Transport::Stdio {
            command,
            args,
            env,
            cwd,
        } = &fs.upstream.transport
        else {
            panic!("{fs:?}");
        };
        assert_eq!(command, "npx");
        assert_eq!(args[2], "/home/a/notes");
        assert_eq!(env, &[("LOG_LEVEL".to_owned(), "warn".to_owned())]);
        assert_eq!(*cwd, None);
        assert_eq!(fs.upstream.args_allowed[0].name, "root");
        assert_eq!(fs.upstream.tools.deny, ["write_*"]);
        assert_eq!(fs.upstream.timeout, Some(Duration::from_secs(120)));
        assert_eq!(fs.upstream.idle_stop, Duration::from_secs(600));
        assert_eq!(fs.upstream.on_crash, OnCrash::EndSession);
        assert!(fs.shown.mcp && fs.shown.commands && !fs.shown.raw_results);

        let Transport::Http { url, headers } = &search.upstream.transport else {
            panic!("{search:?}");
        };
        assert_eq!(url, "http://127.0.0.1:3000/mcp");
        assert_eq!(headers[0].1, "Bearer s3cret");
        assert_eq!(search.shown.prefix.as_deref(), Some("web"));
        assert!(search.shown.raw_results);
    }

    #[test]
    fn all_our_keys_are_taken() {
        let server = one(json!({
            "type": "stdio", "command": "a", "cwd": "${HOME}/x", "expose": {"mcp": false}, "on_crash": "reinit",
            "idle_stop_s": 0, "allow_tools": ["read_*"], "disabled": false, "prefix": null,
        }));
        let upstream = &server.upstream;
        let Transport::Stdio { cwd, .. } = &upstream.transport else {
            panic!("{server:?}");
        };
        assert_eq!(*cwd, Some(PathBuf::from("/home/a/x")));
        assert_eq!(upstream.on_crash, OnCrash::Reinit);
        assert_eq!(upstream.idle_stop, Duration::ZERO);
        assert_eq!(upstream.tools.allow, ["read_*"]);
        assert!(!server.shown.mcp && server.shown.commands);

        for kind in ["http", "streamable-http"] {
            let server =
                one(json!({"type": kind, "url": "https://a/mcp", "forward_headers": ["X-Tenant"]}));
            assert_eq!(server.upstream.forward_headers, ["x-tenant"]);
        }
    }

    #[test]
    fn an_error_names_server_key_and_mend() {
        for (server, expected) in [
            (json!({}), ": there is neither `command` nor `url`: add one"),
            (
                json!({"command": "a", "url": "http://a/"}),
                ": there are both `command` and `url`: remove one",
            ),
            (
                json!({"command": "a", "args": ["${NOTHING}"]}),
                ", key `args`: the variable `NOTHING` is not set: set it, or write `${NOTHING:-default}`",
            ),
            (
                json!({"url": "http://a/", "headers": {"A": "${NOTHING}"}}),
                ", key `headers.A`: the variable `NOTHING` is not set: set it, or write `${NOTHING:-default}`",
            ),
            (
                json!({"command": "a", "args": "b"}),
                ", key `args`: must be a list of texts, such as [\"a\", \"b\"]",
            ),
            (
                json!({"command": "a", "env": {"N": 1}}),
                ", key `env.N`: must be a text: put it in quotes",
            ),
            (
                json!({"command": ""}),
                ", key `command`: is empty: fill it in, or remove it",
            ),
            (
                json!({"command": "a", "on_crash": "retry"}),
                ", key `on_crash`: must be `end_session` or `reinit`",
            ),
            (
                json!({"command": "a", "timeout_ms": 0}),
                ", key `timeout_ms`: must be a whole number from 1 to 86400000, without quotes",
            ),
            (
                json!({"command": "a", "disabled": "yes"}),
                ", key `disabled`: must be `true` or `false`",
            ),
            (
                json!({"command": "a", "prefix": "a.b"}),
                ", key `prefix`: cannot be the beginning of a command id: take `a_b`",
            ),
            (
                json!({"command": "a", "expose": {"commands": false, "mcp": false}}),
                ", key `expose`: hides all of it: set `mcp` or `commands`, or set `disabled` instead",
            ),
            (
                json!({"command": "a", "expose": {"tools": true}}),
                ", key `expose`: `tools` is unknown: known are `mcp` and `commands`",
            ),
            (
                json!({"command": "a", "expose": {"mcp": 1}}),
                ", key `expose`, key `mcp`: must be `true` or `false`",
            ),
            (
                json!({"url": "http://a/", "type": "stdio"}),
                ", key `type`: `stdio` needs `command`: add it, or correct the type",
            ),
            (
                json!({"command": "a", "type": "http"}),
                ", key `type`: `http` needs `url`: add it, or correct the type",
            ),
            (
                json!({"command": "a", "type": "pipe"}),
                ", key `type`: must be `stdio` or `http`",
            ),
            (
                json!({"url": "ftp://a/"}),
                ": `url` starts with `ftp:`: give an address with `http:` or `https:`",
            ),
        ] {
            assert_eq!(error(server.clone()), expected, "{server}");
        }
        let old = error(json!({"type": "sse", "url": "http://a/sse"}));
        assert!(old.contains("take `http`"), "{old}");
        let pattern = error(json!({"command": "a", "args_allowed": {"root": "("}}));
        assert!(
            pattern.starts_with(", key `args_allowed.root`: `(` is no"),
            "{pattern}"
        );
        for name in ["--root", "", "a b", "a=b"] {
            let wrong = error(json!({"command": "a", "args_allowed": {name: "x"}}));
            assert!(wrong.contains("without dashes in front"), "{wrong}");
        }
    }

    #[test]
    fn an_error_never_shows_a_value_that_may_be_secret() {
        let wrong = error(json!({"url": "http://a/", "headers": {"Authorization": "${CONTROL}"}}));
        assert!(
            wrong.contains("`Authorization`") && !wrong.contains('\u{1}'),
            "{wrong}"
        );
        let wrong = error(json!({"command": "a", "env": {"A=B": "s3cret"}}));
        assert!(!wrong.contains("s3cret"), "{wrong}");
    }

    #[test]
    fn what_others_wrote_does_nothing_to_the_terminal() {
        for wrong in [
            json!({"command": "${\u{1b}[2J}"}),
            json!({"command": "a", "env": {"\u{1b}[2J": 1}}),
            json!({"command": "a", "args_allowed": {"a": "(\u{1b}[2J"}}),
        ] {
            assert!(!error(wrong).contains('\u{1b}'));
        }
    }
}
