//! Finding tools by words, for the pair of tools that stands in for a long list (attach §6).

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Name of the tool that finds tools.
pub const SEARCH_TOOLS: &str = "search_tools";
/// Name of the tool that calls one that was found.
pub const CALL_TOOL: &str = "call_tool";
/// The names no command can have while the pair may be in use.
pub const RESERVED: [&str; 2] = [SEARCH_TOOLS, CALL_TOOL];

/// How many tools are answered unless the caller says otherwise.
pub const DEFAULT_LIMIT: usize = 10;
/// Most tools in one answer.
pub const MAX_LIMIT: usize = 50;
/// Most words of a query that count.
const QUERY_WORDS: usize = 32;
/// A longer word of the query finds a shorter one of a tool (`issues` finds `issue`) from this length on.
const STEM: usize = 4;

/// What a search looks at in one tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct Searched<'a> {
    /// The tool's name.
    pub name: &'a str,
    /// Its name for people.
    pub title: Option<&'a str>,
    /// Its description.
    pub description: Option<&'a str>,
}

/// What `search_tools` was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The words, as the caller wrote them.
    pub text: String,
    /// Most tools to answer, 1 to [`MAX_LIMIT`].
    pub limit: usize,
}

impl Query {
    /// Reads the arguments of a call of `search_tools`.
    ///
    /// # Errors
    /// A sentence for the caller: `query` is missing or no text, or `limit` is no positive whole number.
    pub fn read(arguments: Option<&Value>) -> Result<Self, String> {
        let member = |key| arguments.and_then(|arguments| arguments.get(key));
        let Some(text) = member("query").and_then(Value::as_str) else {
            return Err(format!(
                "`{SEARCH_TOOLS}` needs `query`, a text; give the words to look for"
            ));
        };
        let limit = match member("limit") {
            None | Some(Value::Null) => DEFAULT_LIMIT,
            Some(limit) => match limit.as_u64() {
                Some(limit @ 1..) => usize::try_from(limit).unwrap_or(MAX_LIMIT).min(MAX_LIMIT),
                _ => {
                    return Err(format!(
                        "`limit` is no positive whole number; give one up to {MAX_LIMIT}"
                    ));
                }
            },
        };
        Ok(Self {
            text: text.to_owned(),
            limit,
        })
    }
}

/// Returns the places of the tools that fit the query, best first: those with more of its words in the
/// name, then in the title, then in the description; among equals in the order given.
///
/// A query without any word fits every tool.
pub fn search<'a>(query: &Query, tools: impl IntoIterator<Item = Searched<'a>>) -> Vec<usize> {
    let mut wanted: Vec<String> = Vec::new();
    for word in words(&query.text) {
        if wanted.len() < QUERY_WORDS && !wanted.contains(&word) {
            wanted.push(word);
        }
    }
    let mut found: Vec<([usize; 3], usize)> = tools
        .into_iter()
        .map(|tool| score(&wanted, tool))
        .enumerate()
        .filter(|(_, score)| wanted.is_empty() || *score != [0; 3])
        .map(|(place, score)| (score, place))
        .collect();
    // Stable, so that equals keep their order.
    found.sort_by_key(|(score, _)| Reverse(*score));
    found.truncate(query.limit);
    found.into_iter().map(|(_, place)| place).collect()
}

fn score(wanted: &[String], tool: Searched<'_>) -> [usize; 3] {
    [Some(tool.name), tool.title, tool.description]
        .map(|text| text.map_or(0, |text| hits(wanted, &words(text))))
}

/// How many of the wanted words are among the others.
fn hits(wanted: &[String], given: &[String]) -> usize {
    let fits = |wanted: &&String| {
        given.iter().any(|given| {
            given.starts_with(wanted.as_str())
                || (given.len() >= STEM && wanted.starts_with(given.as_str()))
        })
    };
    wanted.iter().filter(fits).count()
}

/// Returns the words of a text in lower case. `getHTTPStatus` counts as itself and as `get`, `http` and
/// `status`, so that it is found however the other side writes it.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        if run.is_empty() {
            continue;
        }
        words.push(run.to_lowercase());
        let mut rest = run;
        while let Some(end) = hump(rest) {
            words.push(rest[..end].to_lowercase());
            rest = &rest[end..];
        }
        if rest.len() < run.len() {
            words.push(rest.to_lowercase());
        }
    }
    words
}

/// Where the second word of a camel-case run begins.
fn hump(run: &str) -> Option<usize> {
    let mut before = run.chars();
    let mut here = run.char_indices().skip(1).peekable();
    while let (Some(last), Some((at, c))) = (before.next(), here.next()) {
        let next = here.peek().map(|(_, next)| *next);
        let begins = !last.is_uppercase() || next.is_some_and(char::is_lowercase);
        if c.is_uppercase() && begins {
            return Some(at);
        }
    }
    None
}

/// One tool in the answer of `search_tools`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found<'a> {
    /// What to call it by.
    pub name: &'a str,
    /// Its description; empty if it has none.
    pub description: &'a str,
    /// What it takes.
    pub input_schema: &'a RawValue,
}

/// Returns the two entries that `tools/list` shows in place of all others.
pub fn entries() -> [Value; 2] {
    [
        json!({
            "name": SEARCH_TOOLS,
            "description": "Finds tools by words of their name, title or description. \
                Answers the name, the description and the input schema of each; call one with call_tool.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "words to look for"},
                    "limit": {
                        "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT
                    }
                },
                "required": ["query"],
                "additionalProperties": false
            }
        }),
        json!({
            "name": CALL_TOOL,
            "description": "Calls a tool found with search_tools.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "the tool's name, as search_tools gave it"},
                    "arguments": {
                        "type": "object", "additionalProperties": true,
                        "description": "what the tool's input schema asks for"
                    }
                },
                "required": ["name"],
                "additionalProperties": false
            }
        }),
    ]
}
