//! Finding tools by words.

use cmdbus_mcp::names::{Rules, ToolNames};
use cmdbus_mcp::search::{
    DEFAULT_LIMIT, Found, MAX_LIMIT, Query, RESERVED, Searched, entries, search,
};
use serde_json::{Value, json};

const TOOLS: [Searched<'static>; 5] = [
    Searched {
        name: "github_list_issues",
        title: Some("List issues"),
        description: Some("Lists the issues of a repository."),
    },
    Searched {
        name: "getHTTPStatus",
        title: None,
        description: Some("Asks a server how it is."),
    },
    Searched {
        name: "math_add",
        title: Some("Sum"),
        description: Some("Adds two numbers; never lists anything."),
    },
    Searched {
        name: "notes_append",
        title: None,
        description: None,
    },
    Searched {
        name: "notes_list",
        title: None,
        description: None,
    },
];

fn find(text: &str, limit: usize) -> Vec<&'static str> {
    let query = Query {
        text: text.to_owned(),
        limit,
    };
    let places = search(&query, TOOLS);
    places.into_iter().map(|place| TOOLS[place].name).collect()
}

#[test]
fn more_words_in_the_name_count_before_the_title_and_that_before_the_description() {
    assert_eq!(
        find("list", 10),
        ["github_list_issues", "notes_list", "math_add"]
    );
    assert_eq!(
        find("list notes", 10),
        [
            "notes_list",
            "github_list_issues",
            "notes_append",
            "math_add"
        ]
    );
    assert_eq!(find("sum", 10), ["math_add"]);
    assert_eq!(find("repository", 10), ["github_list_issues"]);
}

#[test]
fn words_are_found_in_any_case_and_inside_camel_case() {
    for query in [
        "http",
        "HTTP status",
        "getHTTPStatus",
        "gethttpstatus",
        "Status",
    ] {
        assert_eq!(find(query, 10), ["getHTTPStatus"], "{query}");
    }
    assert_eq!(find("GitHub", 10), ["github_list_issues"]);
    assert_eq!(find("github.listIssues", 1), ["github_list_issues"]);
}

#[test]
fn a_word_is_found_by_its_beginning_and_in_the_plural() {
    assert_eq!(find("issue", 10), ["github_list_issues"]);
    assert_eq!(find("maths", 10), ["math_add"]);
    assert_eq!(find("sue", 10), Vec::<&str>::new());
}

#[test]
fn equals_keep_their_order_and_the_limit_holds() {
    assert_eq!(find("notes", 10), ["notes_append", "notes_list"]);
    assert_eq!(find("notes", 1), ["notes_append"]);
    assert_eq!(find("zebra", 10), Vec::<&str>::new());
}

#[test]
fn a_query_without_words_shows_the_first_tools() {
    assert_eq!(find(" ?! ", 2), ["github_list_issues", "getHTTPStatus"]);
}

#[test]
fn a_long_query_and_text_of_any_script_do_no_harm() {
    let long = "word ".repeat(100_000);
    assert_eq!(find(&long, 10), Vec::<&str>::new());
    let tool = Searched {
        name: "größeÄndern",
        title: Some("大きさ"),
        description: Some("ǅungla İ ß"),
    };
    let query = |text: &str| Query {
        text: text.to_owned(),
        limit: 1,
    };
    for text in ["GRÖSSE ändern", "大きさ", "İ"] {
        assert_eq!(search(&query(text), [tool]), [0], "{text}");
    }
}

#[test]
fn what_is_asked_is_read_with_its_limits() {
    let read = |arguments: Value| Query::read(Some(&arguments));
    let limit = |arguments| read(arguments).unwrap().limit;
    assert_eq!(limit(json!({"query": "x"})), DEFAULT_LIMIT);
    assert_eq!(limit(json!({"query": "x", "limit": null})), DEFAULT_LIMIT);
    assert_eq!(limit(json!({"query": "x", "limit": 50})), 50);
    assert_eq!(limit(json!({"query": "x", "limit": 51})), MAX_LIMIT);
    assert_eq!(limit(json!({"query": "x", "limit": 1})), 1);
    for refused in [
        json!({}),
        json!({"query": 1}),
        json!([]),
        json!({"query": "x", "limit": 0}),
        json!({"query": "x", "limit": -1}),
        json!({"query": "x", "limit": "5"}),
        json!({"query": "x", "limit": 1.5}),
    ] {
        assert!(read(refused.clone()).is_err(), "{refused}");
    }
    assert!(Query::read(None).is_err());
}

#[test]
fn the_pair_is_described_and_its_names_are_nobody_elses() {
    let names: Vec<Value> = entries().map(|entry| entry["name"].clone()).to_vec();
    assert_eq!(names, RESERVED);
    let table = ToolNames::reserving(["call.tool"], Rules::default(), &RESERVED);
    assert!(table.id_of("call_tool").is_none());
    assert_eq!(table.len(), 1);
}

#[test]
fn an_answer_holds_what_a_call_needs() {
    let schema = super::convert::raw(r#"{"type":"object","n":1.10}"#);
    let found = Found {
        name: "a",
        description: "does a",
        input_schema: &schema,
    };
    assert_eq!(
        serde_json::to_string(&found).unwrap(),
        r#"{"name":"a","description":"does a","inputSchema":{"type":"object","n":1.10}}"#
    );
}
