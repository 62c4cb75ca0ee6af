//! Which tools of a server may be seen and called (attach §4.13). Whoever owns the machine decides, not who calls.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::rpc::{Raw, RpcError, codes, splice};

/// Names of tools that are allowed and denied, as globs: `*` stands for any characters, `?` for one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolPolicy {
    /// If there are any, a tool must match one.
    pub allow: Vec<String>,
    /// A tool that matches one is denied, allowed or not.
    pub deny: Vec<String>,
}

impl ToolPolicy {
    /// Returns whether a tool may be seen and called.
    #[must_use]
    pub fn allows(&self, tool: &str) -> bool {
        let is_in = |globs: &[String]| globs.iter().any(|glob| matches(glob, tool));
        (self.allow.is_empty() || is_in(&self.allow)) && !is_in(&self.deny)
    }

    fn is_open(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Checks a request before it goes to the server.
    pub(super) fn check(&self, method: &str, params: Option<&RawValue>) -> Result<(), RpcError> {
        if method != "tools/call" || self.is_open() {
            return Ok(());
        }
        // A name that is there twice is refused: the server might take the other one.
        #[derive(Deserialize)]
        struct Named {
            name: String,
        }
        let named = params.and_then(|params| serde_json::from_str::<Named>(params.get()).ok());
        let Some(Named { name }) = named else {
            return Err(RpcError::new(
                codes::INVALID_PARAMS,
                "`params.name` must be there once, as a string",
            ));
        };
        if self.allows(&name) {
            return Ok(());
        }
        Err(RpcError::new(
            codes::REFUSED_BY_POLICY,
            format!("the tool `{name}` is not allowed here"),
        ))
    }

    /// Takes the tools that are denied out of an answer; every other byte stays.
    pub(super) fn filter(&self, method: &str, result: Raw) -> Raw {
        if method != "tools/list" || self.is_open() {
            return result;
        }
        match self.without_denied(&result) {
            Some(filtered) => filtered,
            None => result,
        }
    }

    /// `None`: there is nothing to take out.
    fn without_denied(&self, result: &RawValue) -> Option<Raw> {
        #[derive(Deserialize)]
        struct Named {
            name: Option<String>,
        }
        let array = splice::get(result, &["tools"])?.get();
        let tools: Vec<&RawValue> = serde_json::from_str(array).ok()?;
        let is_allowed = |tool: &RawValue| {
            // What has no readable name cannot be called, and cannot be judged.
            let named = serde_json::from_str::<Named>(tool.get()).ok();
            named
                .and_then(|named| named.name)
                .is_some_and(|name| self.allows(&name))
        };
        if tools.iter().all(|tool| is_allowed(tool)) {
            return None;
        }
        let kept: Vec<_> = tools
            .iter()
            .filter(|tool| is_allowed(tool))
            .map(|tool| tool.get())
            .collect();
        splice::set(result, &["tools"], &format!("[{}]", kept.join(",")))
    }
}

fn matches(glob: &str, name: &str) -> bool {
    let (glob, name): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
    let (mut g, mut n) = (0, 0);
    // Where the last `*` was, and how far it reaches.
    let mut star = None;
    while n < name.len() {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, n));
                g += 1;
            }
            Some(one) if *one == '?' || *one == name[n] => {
                g += 1;
                n += 1;
            }
            _ => match star {
                Some((at, reach)) => {
                    star = Some((at, reach + 1));
                    g = at + 1;
                    n = reach + 1;
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn policy(allow: &[&str], deny: &[&str]) -> ToolPolicy {
        let own = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        ToolPolicy {
            allow: own(allow),
            deny: own(deny),
        }
    }

    fn raw(text: &str) -> Raw {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn globs_match_whole_names() {
        for (glob, name, expected) in [
            ("*", "", true),
            ("write_*", "write_file", true),
            ("write_*", "rewrite_file", false),
            ("*_file", "write_file", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "abab", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(glob, name), expected, "{glob} {name}");
        }
    }

    #[test]
    fn deny_wins_over_allow() {
        let policy = policy(&["*_file"], &["write_*"]);
        assert!(policy.allows("read_file"));
        assert!(!policy.allows("write_file"));
        assert!(!policy.allows("list"));
    }

    #[test]
    fn denied_tools_are_spliced_out_and_every_other_byte_stays() {
        let policy = policy(&[], &["w*"]);
        let list = r#"{ "nextCursor":"c", "tools" : [{"name":"a","x":1.10}, {"na\u006de":"w1"},{ "name" : "b"} ] ,"_meta":{}}"#;
        assert_eq!(
            policy.filter("tools/list", raw(list)).get(),
            r#"{ "nextCursor":"c", "tools" : [{"name":"a","x":1.10},{ "name" : "b"}] ,"_meta":{}}"#
        );
        let open = r#"{ "tools":[ {"name":"a"} ] }"#;
        assert_eq!(policy.filter("tools/list", raw(open)).get(), open);
        assert_eq!(policy.filter("prompts/list", raw(list)).get(), list);
    }

    #[test]
    fn a_denied_call_is_refused_and_so_is_a_name_in_disguise() {
        let policy = policy(&[], &["w"]);
        let code = |params: &str| {
            policy
                .check("tools/call", Some(&raw(params)))
                .map_err(|e| e.code)
        };
        assert_eq!(code(r#"{"name":"a"}"#), Ok(()));
        assert_eq!(code(r#"{"name":"w"}"#), Err(-33012));
        assert_eq!(code(r#"{"na\u006de":"\u0077"}"#), Err(-33012));
        assert_eq!(code(r#"{"name":"a","name":"w"}"#), Err(-32602));
        assert_eq!(code(r#"{"name":7}"#), Err(-32602));
        assert_eq!(
            policy.check("tools/call", None).map_err(|e| e.code),
            Err(-32602)
        );
        assert!(policy.check("tools/list", None).is_ok());
        assert!(ToolPolicy::default().check("tools/call", None).is_ok());
    }
}
