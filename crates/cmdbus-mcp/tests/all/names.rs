//! Names of tools and prefixes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use cmdbus_mcp::names::{LONG, Rules, Style, ToolNames, claimed_prefix, prefix};
use cmdbus_testkit::rng::Rng;

const LONG_ID: &str =
    "warehouse.inventory.reports.monthly.by_region_and_by_product_category.export";

const LAPTOP: &str = "fs-l3wa3";

fn table(ids: &[&str], style: Style) -> ToolNames {
    let rules = Rules {
        style,
        ..Rules::default()
    };
    ToolNames::new(ids.iter().copied(), rules)
}

fn llm(ids: &[&str]) -> ToolNames {
    table(ids, Style::Llm)
}

fn map(names: &ToolNames) -> BTreeMap<String, String> {
    let own = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
    names.iter().map(own).collect()
}

#[test]
fn the_table_of_the_specification_holds() {
    let ids = [
        "math.add",
        "everything.get-sum",
        "GitHub__work_.list issues",
        "a.b_c",
        "a_b.c",
        LONG_ID,
        "_secret.key",
    ];
    let names = llm(&ids);
    let expected = [
        ("math.add", Some("math_add")),
        ("everything.get-sum", Some("everything_get-sum")),
        (
            "GitHub__work_.list issues",
            Some("GitHub__work__list_issues"),
        ),
        ("a.b_c", Some("a_b_c_5b8f934a")),
        ("a_b.c", Some("a_b_c_a3715283")),
        (
            LONG_ID,
            Some("warehouse_inventory_reports_monthly_by_region_and_by_pr_2c1a2980"),
        ),
        ("_secret.key", None),
    ];
    for (id, name) in expected {
        assert_eq!(names.name_of(id), name, "{id}");
    }
    assert_eq!(names.len(), 6);
    assert_eq!(prefix("GitHub (work)"), "GitHub__work_");

    let names = table(&ids, Style::Mcp);
    let expected = [
        ("math.add", Some("math.add")),
        ("everything.get-sum", Some("everything.get-sum")),
        (
            "GitHub__work_.list issues",
            Some("GitHub__work_.list_issues"),
        ),
        ("a.b_c", Some("a.b_c")),
        ("a_b.c", Some("a_b.c")),
        (
            LONG_ID,
            Some("warehouse.inventory.reports.monthly.by_region_and_by_pr_2c1a2980"),
        ),
        ("_secret.key", None),
    ];
    for (id, name) in expected {
        assert_eq!(names.name_of(id), name, "{id}");
    }
}

#[test]
fn verbatim_names_are_the_ids_of_public_commands() {
    let ids = ["b.c", "a b/ü", LONG_ID, "_private"];
    let names = table(&ids, Style::Verbatim);
    let pairs: Vec<_> = names.iter().collect();
    assert_eq!(
        pairs,
        [("a b/ü", "a b/ü"), ("b.c", "b.c"), (LONG_ID, LONG_ID)]
    );
}

#[test]
fn a_name_leads_back_to_its_command_and_to_no_other() {
    let names = llm(&["a.b_c", "a_b.c", "math.add"]);
    assert_eq!(names.id_of("math_add"), Some("math.add"));
    assert_eq!(names.id_of("a_b_c_a3715283"), Some("a_b.c"));
    assert_eq!(names.id_of("a_b_c"), None);
    assert_eq!(names.id_of("math.add"), None);
    assert_eq!(names.name_of("nobody"), None);
}

#[test]
fn a_name_that_is_not_unique_even_with_its_suffix_is_nobodys() {
    let names = llm(&["a.b_c", "a_b.c", "a_b_c_5b8f934a", "x"]);
    assert_eq!(
        names.left_out().collect::<Vec<_>>(),
        ["a.b_c", "a_b_c_5b8f934a"]
    );
    assert_eq!(names.id_of("a_b_c_5b8f934a"), None);
    assert_eq!(names.name_of("a_b.c"), Some("a_b_c_a3715283"));
    assert_eq!(names.name_of("x"), Some("x"));
}

#[test]
fn a_reserved_name_is_given_to_no_command() {
    let ids = ["search.tools", "search_tools.x"];
    let names = ToolNames::reserving(ids, Rules::default(), &["search_tools"]);
    let name = names.name_of("search.tools").unwrap();
    assert!(name.starts_with("search_tools_"), "{name}");
    assert_eq!(names.id_of("search_tools"), None);
    assert_eq!(names.name_of("search_tools.x"), Some("search_tools_x"));
}

#[test]
fn an_id_given_twice_or_empty_does_no_harm() {
    let names = llm(&["a.b", "", "a.b"]);
    assert_eq!(names.iter().collect::<Vec<_>>(), [("a.b", "a_b")]);
    assert_eq!(names.left_out().collect::<Vec<_>>(), [""]);
}

#[test]
fn names_keep_to_the_limit_and_not_one_character_more() {
    let fits = "x".repeat(64);
    let longer = "x".repeat(65);
    let names = llm(&[&fits, &longer]);
    assert_eq!(names.name_of(&fits), Some(&*fits));
    let shortened = names.name_of(&longer).unwrap();
    assert_eq!(shortened.len(), 64);
    assert!(shortened.starts_with(&format!("{}_", "x".repeat(55))));

    for (max, used) in [(0, 16), (16, 16), (128, 128), (1_000, 128)] {
        let rules = Rules {
            max,
            ..Rules::default()
        };
        let id = "y".repeat(200);
        let names = ToolNames::new([id.as_str()], rules);
        assert_eq!(names.name_of(&id).unwrap().len(), used, "max {max}");
    }
}

#[test]
fn names_above_45_characters_are_pointed_out() {
    let (short, long) = ("x".repeat(LONG), "x".repeat(LONG + 1));
    let names = llm(&[&short, &long]);
    assert_eq!(
        names.long().collect::<Vec<_>>(),
        [(long.as_str(), long.as_str())]
    );
}

/// Ids from few parts, so that collisions of every kind are common.
fn some_ids(rng: &mut Rng) -> BTreeSet<String> {
    const PARTS: [&str; 9] = [
        "a",
        "b",
        ".",
        "_",
        "-",
        " ",
        "é",
        "_5b8f934a",
        "longer.part",
    ];
    let count = rng.below(24);
    (0..count)
        .map(|_| {
            let parts = 1 + rng.below(7);
            (0..parts)
                .filter_map(|_| rng.pick(&PARTS).copied())
                .collect()
        })
        .collect()
}

fn build<'a>(ids: impl IntoIterator<Item = &'a String>, rules: Rules) -> ToolNames {
    ToolNames::new(ids.into_iter().map(String::as_str), rules)
}

#[test]
fn names_are_unique_within_the_alphabet_and_the_same_in_any_order() {
    let mut rng = Rng::new(1);
    for round in 0..2_000 {
        let ids = some_ids(&mut rng);
        let style = [Style::Llm, Style::Mcp][round % 2];
        let rules = Rules { style, max: 16 };
        let names = build(&ids, rules);

        let mut seen = BTreeSet::new();
        for (id, name) in names.iter() {
            assert!(!id.starts_with('_') && seen.insert(name), "{id} {name}");
            assert!(name.chars().all(|c| style.allows(c)), "{name}");
            assert!((1..=16).contains(&name.chars().count()), "{name}");
            assert_eq!(names.id_of(name), Some(id));
            assert_eq!(names.name_of(id), Some(name));
        }
        let public = ids.iter().filter(|id| !id.starts_with('_')).count();
        assert_eq!(names.len() + names.left_out().len(), public);

        let mut shuffled: Vec<&String> = ids.iter().collect();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, rng.below(at + 1));
        }
        assert_eq!(map(&build(shuffled, rules)), map(&names));
    }
}

#[test]
fn a_new_command_changes_only_names_that_newly_collide_and_takes_over_none() {
    let mut rng = Rng::new(2);
    let mut changes = 0;
    for _ in 0..3_000 {
        let rules = Rules {
            max: 32,
            ..Rules::default()
        };
        let ids = some_ids(&mut rng);
        let Some(added) = some_ids(&mut rng).pop_first() else {
            continue;
        };
        let before = build(&ids, rules);
        let after = build(ids.iter().chain([&added]), rules);
        for (id, name) in before.iter() {
            let still = after.id_of(name);
            assert!(still.is_none() || still == Some(id), "{name} passed on");
            if after.name_of(id) == Some(name) {
                continue;
            }
            changes += 1;
            // Alone in the world, each command has its plain name: that is where a collision begins.
            let plain = |id: &str| llm(&[id]).name_of(id).unwrap().to_owned();
            let now = after.name_of(id).map(str::to_owned);
            let collides = plain(id) == plain(&added)
                || now.is_none() && after.left_out().any(|other| other != id);
            assert!(collides, "{id}: {name} -> {now:?} because of {added}");
        }
    }
    assert!(changes > 20, "only {changes} collisions were tried");
}

#[test]
fn ten_thousand_names_take_no_time_worth_mentioning() {
    let ids: Vec<String> = (0..10_000)
        .map(|n| format!("server{}.tool{}_{n}", n % 97, n % 13))
        .collect();
    let started = Instant::now();
    let names = build(&ids, Rules::default());
    let took = started.elapsed();
    assert_eq!(names.len(), 10_000);
    // Generous for a sorted table, even in a debug build on a busy machine.
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_prefix_is_never_private_never_empty_and_has_no_dot() {
    for (server, expected) in [
        ("fs", "fs"),
        ("my.server v2", "my_server_v2"),
        ("_hidden", "hidden"),
        ("..x", "x"),
        ("größe", "gr__e"),
        ("", "server"),
        ("...", "server"),
        ("-a", "-a"),
    ] {
        assert_eq!(prefix(server), expected, "{server:?}");
        assert_eq!(prefix(expected), expected);
    }
}

#[test]
fn a_claimed_prefix_tells_attach_ids_apart() {
    // SHA-256("laptop") begins with 5eec0dc4…, in base32 l3wa3….
    assert_eq!(claimed_prefix("fs", "laptop"), LAPTOP);
    assert_ne!(claimed_prefix("fs", "desktop"), LAPTOP);
    assert_eq!(prefix(LAPTOP), LAPTOP);
}
