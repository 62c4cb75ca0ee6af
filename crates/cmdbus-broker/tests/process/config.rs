//! What can be wrong in `[spawn.drivers.KIND]`, and what is said about it.

use std::collections::BTreeMap;
use std::path::Path;

use cmdbus_broker::process::drivers::{DriverConfig, DriverRegistry, OutputTo, PromptBy};

/// Returns what is wrong with the table of a kind.
fn problem(kind: &str, table: &str) -> String {
    let config: DriverConfig = toml::from_str(table).unwrap();
    let configs = BTreeMap::from([(kind.to_owned(), config)]);
    match DriverRegistry::new(configs, None) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_table_of_the_specification_is_read() {
    let config: DriverConfig = toml::from_str(
        r#"
        command = ["review-agent", "--headless", "--task", "{prompt_file}"]
        prompt  = "file"
        cwd     = "/srv/review"
        env     = { REVIEW_MODE = "full" }
        env_remove = ["AWS_SECRET_ACCESS_KEY"]
        output  = "log"
        max_prompt_bytes = 1000
        "#,
    )
    .unwrap();
    assert_eq!(config.command.len(), 4);
    assert_eq!(config.prompt, PromptBy::File);
    assert_eq!(config.cwd.as_deref(), Some(Path::new("/srv/review")));
    assert_eq!(config.env["REVIEW_MODE"], "full");
    assert_eq!(config.env_remove, ["AWS_SECRET_ACCESS_KEY"]);
    assert_eq!(config.output, OutputTo::Log);
    assert_eq!(config.max_prompt_bytes, 1000);
    let configs = BTreeMap::from([("review".to_owned(), config)]);
    assert!(DriverRegistry::new(configs, None).is_ok());
}

#[test]
fn a_command_is_all_that_must_be_given() {
    let config: DriverConfig = toml::from_str(r#"command = ["agent"]"#).unwrap();
    assert_eq!(config.prompt, PromptBy::Stdin);
    assert_eq!(config.output, OutputTo::Null);
    assert_eq!(config.max_prompt_bytes, 65_536);
    assert_eq!(config.cwd, None);
}

#[test]
fn unknown_keys_and_values_are_named_with_what_is_known() {
    let error = |table| {
        toml::from_str::<DriverConfig>(table)
            .unwrap_err()
            .to_string()
    };
    let unknown = error("command = [\"a\"]\npromt = \"stdin\"");
    assert!(unknown.contains("unknown field `promt`"), "{unknown}");
    assert!(unknown.contains("`max_prompt_bytes`"), "{unknown}");
    let value = error("command = [\"a\"]\nprompt = \"pipe\"");
    assert!(value.contains("unknown variant `pipe`"), "{value}");
    assert!(value.contains("`stdin`, `file`, `arg`"), "{value}");
    let missing = error("prompt = \"stdin\"");
    assert!(missing.contains("missing field `command`"), "{missing}");
}

#[test]
fn every_mistake_names_its_key_and_the_mend() {
    let cases = [
        (
            "command = []",
            "`spawn.drivers.review.command` is empty; give the program and its arguments",
        ),
        (
            r#"command = ["bin/agent"]"#,
            "`spawn.drivers.review.command` begins with `bin/agent`; begin with an absolute path or with a bare name on PATH",
        ),
        (
            r#"command = ["{prompt_file}"]
            prompt = "file""#,
            "`spawn.drivers.review.command` begins with `{prompt_file}`; begin with an absolute path or with a bare name on PATH",
        ),
        (
            r#"command = ["agent", "a\u0000b"]"#,
            "`spawn.drivers.review.command` has a word with a NUL character; remove it",
        ),
        (
            r#"command = ["agent", "--task={prompt_file}"]
            prompt = "file""#,
            "`spawn.drivers.review.command` has no word `{prompt_file}`, so the program would not find its prompt; \
             add it as a word of its own, or set `prompt` to \"stdin\"",
        ),
        (
            r#"command = ["agent", "{prompt_file}"]"#,
            "`spawn.drivers.review.command` has the word `{prompt_file}`, and there is no such file; set `prompt` to \"file\"",
        ),
        (
            r#"command = ["agent"]
            cwd = "work""#,
            "`spawn.drivers.review.cwd` is `work`, which is not absolute; give the whole path",
        ),
        (
            r#"command = ["agent"]
            cwd = "/a\u0000b""#,
            "`spawn.drivers.review.cwd` has a NUL character; remove it",
        ),
        (
            r#"command = ["agent"]
            env = { "A=B" = "c" }"#,
            "`spawn.drivers.review.env` names a variable `A=B`; a name is not empty and has no `=` and no NUL character",
        ),
        (
            r#"command = ["agent"]
            env = { A = "b\u0000c" }"#,
            "`spawn.drivers.review.env` gives `A` a NUL character; remove it",
        ),
        (
            r#"command = ["agent"]
            env = { CMDBUS_RUNTIME_TOKEN = "x" }"#,
            "`spawn.drivers.review.env` sets `CMDBUS_RUNTIME_TOKEN`, which the broker sets or keeps to itself; remove it",
        ),
        (
            r#"command = ["agent"]
            env_remove = [""]"#,
            "`spawn.drivers.review.env_remove` names a variable ``; a name is not empty and has no `=` and no NUL character",
        ),
        (
            r#"command = ["agent"]
            max_prompt_bytes = 0"#,
            "`spawn.drivers.review.max_prompt_bytes` is 0; choose a figure from 1 to 16777216",
        ),
        (
            r#"command = ["agent"]
            max_prompt_bytes = 16777217"#,
            "`spawn.drivers.review.max_prompt_bytes` is 16777217; choose a figure from 1 to 16777216",
        ),
    ];
    for (table, said) in cases {
        assert_eq!(problem("review", table), said);
    }
}

#[test]
fn a_kind_is_a_plain_word() {
    let table = r#"command = ["agent"]"#;
    assert_eq!(problem("my.kind_2-b", table), "nothing");
    assert_eq!(
        problem("a/b", table),
        "`spawn.drivers` has a kind `a/b`; a kind is up to 64 of the characters A-Z a-z 0-9 . _ -"
    );
    assert!(problem(&"k".repeat(65), table).starts_with("`spawn.drivers` has a kind"));
}

#[test]
fn the_debug_form_shows_no_value_of_a_variable() {
    let table = r#"command = ["agent"]
        env = { KEY = "hush" }"#;
    let config: DriverConfig = toml::from_str(table).unwrap();
    let shown = format!("{config:?}");
    assert!(shown.contains("KEY") && !shown.contains("hush"), "{shown}");
}
