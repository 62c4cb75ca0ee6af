//! How one upstream is configured. Reading a file of them is somebody else's task.

use std::path::PathBuf;
use std::time::Duration;

use regex_lite::Regex;

use super::policy::ToolPolicy;
use crate::rpc::{RpcError, codes};

/// Headers that go to a server at an address whatever is configured (attach §4.12).
const FORWARDED: &[&str] = &["traceparent", "tracestate", "baggage"];
/// As [`FORWARDED`], for all that begin so.
const FORWARDED_PREFIXES: &[&str] = &["x-cmdbus-", "mcp-param-"];

/// One MCP server, and what may be done with it.
#[derive(Debug, Clone)]
pub struct UpstreamConfig {
    /// Names it in logs and errors.
    pub name: String,
    /// What it is reached by.
    pub transport: Transport,
    /// The arguments that a session may add to those of the child. Default: none.
    pub args_allowed: Vec<AllowedArg>,
    /// What becomes of a session whose server is gone. Default: it ends.
    pub on_crash: OnCrash,
    /// A child without a request for so long is stopped until the next one. Default 600 s; zero: never.
    pub idle_stop: Duration,
    /// Most children at once. Default 16.
    pub max_children: usize,
    /// Longest time of a call in all, subscriptions apart. Default: what the caller says.
    pub timeout: Option<Duration>,
    /// Headers of a caller that go to a server at an address, beside those that always do. In lower case. Default: none.
    pub forward_headers: Vec<String>,
    /// The tools that may be seen and called. Default: all.
    pub tools: ToolPolicy,
}

impl UpstreamConfig {
    /// Returns the configuration with all defaults.
    #[must_use]
    pub fn new(name: impl Into<String>, transport: Transport) -> Self {
        Self {
            name: name.into(),
            transport,
            args_allowed: Vec::new(),
            on_crash: OnCrash::EndSession,
            idle_stop: Duration::from_secs(600),
            max_children: 16,
            timeout: None,
            forward_headers: Vec::new(),
            tools: ToolPolicy::default(),
        }
    }

    /// Returns what a child gets behind its configured arguments: `--name=value`, and `--name` where the value is absent (attach §5).
    ///
    /// # Errors
    /// An argument that is not declared, given twice, or whose value its pattern does not match.
    pub fn arguments(&self, asked: &[(String, Option<String>)]) -> Result<Vec<String>, RpcError> {
        let refuse = |text: String| Err(RpcError::new(codes::INVALID_PARAMS, text));
        let mut out = Vec::with_capacity(asked.len());
        for (index, (name, value)) in asked.iter().enumerate() {
            let Some(allowed) = self.args_allowed.iter().find(|arg| arg.name == *name) else {
                return refuse(format!(
                    "the argument `{name}` is not declared by `args_allowed`"
                ));
            };
            if asked[..index].iter().any(|(earlier, _)| earlier == name) {
                return refuse(format!("the argument `{name}` is given twice"));
            }
            match value {
                None => out.push(format!("--{name}")),
                Some(value) if allowed.pattern.matches(value) && !value.contains('\0') => {
                    out.push(format!("--{name}={value}"));
                }
                Some(_) => {
                    return refuse(format!("the value of the argument `{name}` is not allowed"));
                }
            }
        }
        Ok(out)
    }

    /// Returns those headers of a caller that may travel.
    #[must_use]
    pub fn forwarded(&self, mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
        headers.retain(|(name, _)| {
            FORWARDED.contains(&name.as_str())
                || FORWARDED_PREFIXES
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
                || self
                    .forward_headers
                    .iter()
                    .any(|own| own.eq_ignore_ascii_case(name))
        });
        headers
    }
}

/// What a server is reached by.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A child process.
    Stdio {
        /// The program: a path, or a name to look for in `PATH`.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// What its environment has beside a small base set.
        env: Vec<(String, String)>,
        /// Where it runs. Unless given, where we run.
        cwd: Option<PathBuf>,
    },
    /// An address.
    Http {
        /// Where.
        url: String,
        /// Headers of every request to it.
        headers: Vec<(String, String)>,
    },
}

/// What becomes of a session whose server is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnCrash {
    /// It ends, and its client begins a new one.
    #[default]
    EndSession,
    /// The server is started again with the handshake of the session, and the session is told by a log notification.
    Reinit,
}

/// An argument that a session may add.
#[derive(Debug, Clone)]
pub struct AllowedArg {
    /// Its name, without dashes in front.
    pub name: String,
    /// What its value may be.
    pub pattern: ArgPattern,
}

/// A regular expression that matches a value as a whole, or not at all.
#[derive(Debug, Clone)]
pub struct ArgPattern {
    text: String,
    whole: Regex,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no regular expression ({why}): correct it in `args_allowed`")]
pub struct BadPattern {
    pattern: String,
    why: String,
}

impl ArgPattern {
    /// Takes a regular expression.
    ///
    /// # Errors
    /// It is none.
    pub fn new(pattern: &str) -> Result<Self, BadPattern> {
        let bad = |error: regex_lite::Error| BadPattern {
            pattern: pattern.to_owned(),
            why: error.to_string(),
        };
        // By itself first: `a)|(b` would be one only between our brackets, and mean something else.
        Regex::new(pattern).map_err(bad)?;
        let whole = Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(bad)?;
        Ok(Self {
            text: pattern.to_owned(),
            whole,
        })
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn matches(&self, value: &str) -> bool {
        self.whole.is_match(value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn config(allowed: &[(&str, &str)]) -> UpstreamConfig {
        let transport = Transport::Http {
            url: String::new(),
            headers: Vec::new(),
        };
        let mut config = UpstreamConfig::new("x", transport);
        config.args_allowed = allowed
            .iter()
            .map(|(name, pattern)| AllowedArg {
                name: (*name).to_owned(),
                pattern: ArgPattern::new(pattern).unwrap(),
            })
            .collect();
        config
    }

    fn arguments(
        allowed: &[(&str, &str)],
        asked: &[(&str, Option<&str>)],
    ) -> Result<Vec<String>, i64> {
        let asked: Vec<_> = asked
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
            .collect();
        config(allowed)
            .arguments(&asked)
            .map_err(|error| error.code)
    }

    #[test]
    fn w47_only_declared_arguments_with_values_that_match_as_a_whole_reach_a_program() {
        let allowed = &[("root", "/srv/[a-z]+"), ("verbose", ""), ("either", "a|ab")];
        assert_eq!(
            arguments(allowed, &[("verbose", None), ("root", Some("/srv/a"))]),
            Ok(vec!["--verbose".to_owned(), "--root=/srv/a".to_owned()])
        );
        assert_eq!(
            arguments(allowed, &[("either", Some("ab"))]),
            Ok(vec!["--either=ab".to_owned()])
        );
        for asked in [
            [("exec", Some("x"))],
            [("exec", None)],
            [("root", Some("/srv/a/../../etc"))],
            [("root", Some("x/srv/a"))],
            [("root", Some("/srv/a\n"))],
            [("root", Some(""))],
            [("", Some("/srv/a"))],
            [("root=/ --root", Some("/srv/a"))],
            [("verbose", Some("x"))],
        ] {
            assert_eq!(arguments(allowed, &asked), Err(-32602), "{asked:?}");
        }
        let twice = [("root", Some("/srv/a")), ("root", Some("/srv/b"))];
        assert_eq!(arguments(allowed, &twice), Err(-32602));
        assert_eq!(
            arguments(&[("any", "(?s).*")], &[("any", Some("\0"))]),
            Err(-32602)
        );
    }

    #[test]
    fn a_pattern_that_is_one_only_between_brackets_is_refused() {
        for pattern in ["a)|(b", "(", "(?x) a # b"] {
            assert!(ArgPattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn only_headers_that_may_travel_do() {
        let mut config = config(&[]);
        config.forward_headers = vec!["x-tenant".to_owned()];
        let names = [
            "traceparent",
            "authorization",
            "x-tenant",
            "cookie",
            "x-cmdbus-user",
            "mcp-param-a",
        ];
        let headers = names.map(|name| (name.to_owned(), String::new())).to_vec();
        let kept: Vec<_> = config
            .forwarded(headers)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            kept,
            ["traceparent", "x-tenant", "x-cmdbus-user", "mcp-param-a"]
        );
    }
}
