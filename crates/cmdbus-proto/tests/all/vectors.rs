//! The vectors under `spec/vectors/`, which other implementations may play as well.

use cmdbus_testkit::vectors::play;

#[track_caller]
fn check(file: &str) {
    let path = format!("{}/../../spec/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    match play(&text) {
        Ok(count) => assert!(count > 0, "{file} holds no vectors"),
        Err(failures) => panic!(
            "{file}: {} vectors failed\n\n{}",
            failures.len(),
            failures.join("\n\n")
        ),
    }
}

#[test]
fn registering_and_withdrawing_follows_the_vectors() {
    check("registration.json");
}

#[test]
fn listing_and_announcing_follows_the_vectors() {
    check("directory.json");
}

#[test]
fn calls_and_forwards_follow_the_vectors() {
    check("calls.json");
}

#[test]
fn events_follow_the_vectors() {
    check("events.json");
}

#[test]
fn sessions_follow_the_vectors() {
    check("sessions.json");
}

#[test]
fn deadlines_cancellation_progress_and_streams_follow_the_vectors() {
    check("extensions.json");
}

#[test]
fn frames_are_read_and_written_as_in_the_vectors() {
    check("encoding.json");
}

#[test]
fn schemas_are_normalised_as_in_the_vectors() {
    check("schema.json");
}

#[test]
fn errors_are_translated_as_in_the_vectors() {
    check("errors.json");
}

#[test]
fn every_file_of_vectors_is_played() {
    let folder = format!("{}/../../spec/vectors", env!("CARGO_MANIFEST_DIR"));
    let played = [
        include_str!("vectors.rs"),
        // Those of the attach protocol are played where its frames are.
        include_str!("../../../cmdbus-attach/tests/all/vectors.rs"),
    ];
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.ends_with(".json")
                || played[0].contains(&format!("check(\"{name}\")"))
                || played[1].contains(&format!("spec/vectors/{name}")),
            "{name} is not played"
        );
    }
}

#[test]
fn a_vector_that_does_not_hold_is_reported_by_name() {
    let wrong = r#"{"kind": "behaviour", "vectors": [
        {"name": "one", "steps": [{"emit": "e"}]},
        {"name": "two", "steps": [{"emit": "e", "expect": [{"heard": "e"}]}]},
        {"name": "three", "steps": [{"emit": "e", "expect": [{"heard": "e"}, {"heard": "e"}]}]},
        {"name": "four", "steps": [{"emit": "e", "expect": [{"heard": "f"}]}]},
        {"name": "five", "steps": [{"check": {"commands": ["a"]}}]}
    ]}"#;
    let failures = play(wrong).unwrap_err();
    let names: Vec<_> = failures
        .iter()
        .filter_map(|failure| failure.split(':').next())
        .collect();
    assert_eq!(names, ["one", "three", "four", "five"]);
}
