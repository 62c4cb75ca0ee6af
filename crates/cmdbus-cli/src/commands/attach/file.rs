//! Files in the common `mcpServers` shape (attach §5).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::entry::{Server, server};
use super::expand::Vars;
use super::keys::Keys;
use crate::exit::{Error, Result};
use crate::output::printable_line;

/// Longest file. Real ones have a few kilobytes.
const MAX_BYTES: u64 = 1 << 20;
/// Longest name of a server, as the gateway takes them.
const MAX_NAME: usize = 256;

/// What a file says.
#[derive(Debug)]
pub(super) struct Servers {
    /// Those that are not disabled, in the order of the file.
    pub(super) servers: Vec<Server>,
    /// Keys that mean nothing to us.
    pub(super) unknown: Vec<String>,
}

/// Reads a file.
pub(super) fn read(path: &Path, vars: Vars<'_>) -> Result<Servers> {
    let io = |error: std::io::Error| {
        Error::usage(format!(
            "cannot read the servers in `{}`: {error}",
            path.display()
        ))
    };
    let mut text = String::new();
    let file = File::open(path).map_err(io)?;
    // One byte more, to tell a file that is too long from one that just fits.
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(io)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Error::usage(format!(
            "`{}` is longer than {MAX_BYTES} bytes: give a file that holds `mcpServers` only",
            path.display()
        )));
    }
    parse(&text, path, vars)
}

fn parse(text: &str, path: &Path, vars: Vars<'_>) -> Result<Servers> {
    let file = path.display();
    let wrong = |text: String| Error::usage(printable_line(&format!("in `{file}`: {text}")));
    let value: Value = serde_json::from_str(text)
        .map_err(|error| wrong(format!("it is not JSON ({error}): correct it")))?;
    let Value::Object(mut top) = value else {
        return Err(wrong(
            "it must hold an object: {\"mcpServers\": {…}}".to_owned(),
        ));
    };
    let servers = match top.shift_remove("mcpServers") {
        Some(Value::Object(servers)) => servers,
        Some(_) => {
            return Err(wrong(
                "`mcpServers` must be an object, with a server under each name".to_owned(),
            ));
        }
        None if top.contains_key("servers") => {
            return Err(wrong(
                "it has `servers` in the place of `mcpServers`: rename that key".to_owned(),
            ));
        }
        None => {
            return Err(wrong(
                "there is no `mcpServers`: add {\"mcpServers\": {\"NAME\": {\"command\": …}}}"
                    .to_owned(),
            ));
        }
    };
    let mut read = Servers {
        servers: Vec::new(),
        unknown: top.into_iter().map(|(key, _)| key).collect(),
    };
    for (name, value) in servers {
        check_name(&name).map_err(wrong)?;
        let Value::Object(object) = value else {
            return Err(wrong(format!("the server `{name}` must be an object")));
        };
        let place = format!("`{file}`, server `{name}`");
        let mut keys = Keys::new(place, object);
        read.servers.extend(server(&name, &mut keys, vars)?);
        let unknown = keys.left().map(|key| format!("{name}.{key}"));
        read.unknown.extend(unknown);
    }
    Ok(read)
}

/// Refuses a name that the gateway would not take.
pub(super) fn check_name(name: &str) -> std::result::Result<(), String> {
    let fits = (1..=MAX_NAME).contains(&name.len()) && !name.chars().any(char::is_control);
    if fits && name != "primary" {
        return Ok(());
    }
    Err(format!(
        "a server cannot be named `{}`: names have 1 to {MAX_NAME} bytes and no control characters, and are not `primary`",
        printable_line(&name.chars().take(MAX_NAME).collect::<String>())
    ))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use serde_json::json;

    use super::*;

    fn vars(_: &str) -> Option<OsString> {
        None
    }

    fn parsed(value: &Value) -> Result<Servers> {
        parse(&value.to_string(), Path::new("/w/.mcp.json"), &vars)
    }

    #[test]
    fn servers_are_read_in_their_order_but_for_those_that_are_disabled() {
        let read = parsed(&json!({"mcpServers": {
            "z": {"command": "z"}, "off": {"disabled": true}, "a": {"url": "http://a/"},
        }}))
        .unwrap();
        let names = read
            .servers
            .iter()
            .map(|server| server.upstream.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(read.unknown, Vec::<String>::new());

        let wrong = parsed(&json!({"mcpServers": {"a": {"command": "${NOTHING}"}}})).unwrap_err();
        assert_eq!(
            wrong.message(),
            "in `/w/.mcp.json`, server `a`, key `command`: the variable `NOTHING` is not set: set it, or write `${NOTHING:-default}`"
        );
    }

    #[test]
    fn keys_of_others_are_named_and_ignored() {
        let read = parsed(&json!({
            "inputs": [],
            "mcpServers": {
                "a": {"command": "a", "autoApprove": [], "headers": {}, "start": "lazy"},
                "b": {"url": "http://a/", "args_allowed": {"x": "("}},
                "c": {"disabled": true, "whatever": 1, "command": 7},
            },
        }))
        .unwrap();
        assert_eq!(read.servers.len(), 2);
        assert_eq!(
            read.unknown,
            [
                "inputs",
                "a.autoApprove",
                "a.headers",
                "a.start",
                "b.args_allowed"
            ]
        );
    }

    #[test]
    fn a_file_of_another_shape_is_refused_with_what_to_change() {
        for (value, expected) in [
            (
                json!({"servers": {}}),
                "in `/w/.mcp.json`: it has `servers` in the place of `mcpServers`: rename that key",
            ),
            (
                json!([]),
                "in `/w/.mcp.json`: it must hold an object: {\"mcpServers\": {…}}",
            ),
            (
                json!({"mcpServers": []}),
                "in `/w/.mcp.json`: `mcpServers` must be an object, with a server under each name",
            ),
            (
                json!({"mcpServers": {"a": 1}}),
                "in `/w/.mcp.json`: the server `a` must be an object",
            ),
        ] {
            assert_eq!(parsed(&value).unwrap_err().message(), expected);
        }
        let none = parsed(&json!({})).unwrap_err();
        assert!(none.message().contains("there is no `mcpServers`"));
        let no_json = parse("{", Path::new("/f"), &vars).unwrap_err();
        assert!(
            no_json
                .message()
                .starts_with("in `/f`: it is not JSON (EOF")
        );
        for name in ["", "primary", "a\nb"] {
            assert!(parsed(&json!({"mcpServers": {name: {"command": "a"}}})).is_err());
        }
    }

    #[test]
    fn a_file_that_is_too_long_is_not_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!("{{\"mcpServers\":{{}}}}{}", " ".repeat(MAX_BYTES as usize));
        std::fs::write(file.path(), text).unwrap();
        let error = read(file.path(), &vars).unwrap_err();
        assert!(error.message().contains("is longer than"), "{error:?}");
    }
}
