//! The Rust modules of the golden files, compiled with this test: what is of a schema can be read and written again.

use cmdbus::command::Command;
use cmdbus::serde::Serialize;
use cmdbus::serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::examples;

#[deny(warnings)]
#[rustfmt::skip]
#[path = "../golden/examples/module.rs"]
mod examples_module;
#[deny(warnings)]
#[rustfmt::skip]
#[path = "../golden/hostile/module.rs"]
mod hostile;
#[deny(warnings)]
#[rustfmt::skip]
#[path = "../golden/notes/module.rs"]
mod notes;
#[deny(warnings)]
#[rustfmt::skip]
#[path = "../golden/prefix/module.rs"]
mod prefix;

/// Reads a value as the request of a command, and writes it again.
fn again<C: Command>(value: &Value) -> Result<Value, String>
where
    C::Request: DeserializeOwned + Serialize,
{
    let request: C::Request =
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(request).map_err(|error| error.to_string())
}

type Again = fn(&Value) -> Result<Value, String>;

macro_rules! all {
    ($($name:literal => $marker:ident,)*) => {
        const ALL: &[(&str, Again)] = &[$(($name, again::<examples_module::$marker>)),*];
    };
}

all! {
    "all_of_merge" => ExampleAllOfMerge,
    "all_of_recursive" => ExampleAllOfRecursive,
    "all_of_scalars" => ExampleAllOfScalars,
    "anchors" => ExampleAnchors,
    "boolean_schemas" => ExampleBooleanSchemas,
    "calendar_event" => ExampleCalendarEvent,
    "chat_completion" => ExampleChatCompletion,
    "closed_alternatives" => ExampleClosedAlternatives,
    "conditionals" => ExampleConditionals,
    "deep_nesting" => ExampleDeepNesting,
    "draft4_exclusive" => ExampleDraft4Exclusive,
    "empty_closed" => ExampleEmptyClosed,
    "empty_open" => ExampleEmptyOpen,
    "everything" => ExampleEverything,
    "fields_and_rest" => ExampleFieldsAndRest,
    "file_listing" => ExampleFileListing,
    "geo_point" => ExampleGeoPoint,
    "geojson_geometry" => ExampleGeojsonGeometry,
    "invoice" => ExampleInvoice,
    "json_value" => ExampleJsonValue,
    "keywords_as_names" => ExampleKeywordsAsNames,
    "linked_list" => ExampleLinkedList,
    "map_of_records" => ExampleMapOfRecords,
    "matrix" => ExampleMatrix,
    "mcp_tool_result" => ExampleMcpToolResult,
    "mixed_enum" => ExampleMixedEnum,
    "money" => ExampleMoney,
    "mutual_recursion" => ExampleMutualRecursion,
    "nested_unions" => ExampleNestedUnions,
    "null_only" => ExampleNullOnly,
    "nullable_enum" => ExampleNullableEnum,
    "nullable_openapi" => ExampleNullableOpenapi,
    "number_limits" => ExampleNumberLimits,
    "object_const" => ExampleObjectConst,
    "odd_names" => ExampleOddNames,
    "open_object" => ExampleOpenObject,
    "package_manifest" => ExamplePackageManifest,
    "pagination" => ExamplePagination,
    "pattern_properties" => ExamplePatternProperties,
    "pointer_references" => ExamplePointerReferences,
    "postal_address" => ExamplePostalAddress,
    "product" => ExampleProduct,
    "remote_reference" => ExampleRemoteReference,
    "required_undescribed" => ExampleRequiredUndescribed,
    "rust_enum_adjacent" => ExampleRustEnumAdjacent,
    "rust_enum_documented" => ExampleRustEnumDocumented,
    "rust_enum_external" => ExampleRustEnumExternal,
    "rust_enum_internal" => ExampleRustEnumInternal,
    "rust_flattened_enum" => ExampleRustFlattenedEnum,
    "rust_option_ref" => ExampleRustOptionRef,
    "scalar_boolean" => ExampleScalarBoolean,
    "scalar_string" => ExampleScalarString,
    "search_query" => ExampleSearchQuery,
    "string_formats" => ExampleStringFormats,
    "string_map" => ExampleStringMap,
    "titles_and_formats_as_names" => ExampleTitlesAndFormatsAsNames,
    "tree" => ExampleTree,
    "tuple_old_draft" => ExampleTupleOldDraft,
    "tuple_open" => ExampleTupleOpen,
    "tuple_pair" => ExampleTuplePair,
    "type_array" => ExampleTypeArray,
    "user_profile" => ExampleUserProfile,
}

/// Returns whether two values say the same: a whole number may be written as a fraction, and null may be left out.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys());
            keys.into_iter().all(|key| {
                let [a, b] = [a, b].map(|map| map.get(key).unwrap_or(&Value::Null));
                same(a, b)
            })
        }
        _ => a == b,
    }
}

#[test]
fn every_value_of_an_example_is_read_and_written_again() {
    let examples = examples();
    assert_eq!(
        examples.len(),
        ALL.len(),
        "every example is in the list above"
    );
    for (example, (name, again)) in examples.iter().zip(ALL) {
        assert_eq!(example.name, *name);
        for value in &example.valid {
            let written =
                again(value).unwrap_or_else(|error| panic!("`{name}` takes {value}: {error}"));
            assert!(same(value, &written), "`{name}` makes {written} of {value}");
        }
    }
}

#[test]
fn a_command_is_called_by_its_id_and_with_its_types() {
    assert_eq!(notes::NotesAppend::ID, "notes.append");
    assert_eq!(prefix::MyApiNotesAppend::ID, "my-api.notes.append");
    assert_eq!(
        notes::NotesAppend::DESCRIPTION,
        Some("Appends a note.\n\nReturns how many there are.")
    );
    let note = notes::Note {
        id: 1,
        text: "buy milk".to_owned(),
        labels: None,
        priority: Some(notes::Priority::High),
        replies: Some(Vec::new()),
    };
    assert_eq!(
        serde_json::to_value(note).unwrap(),
        serde_json::json!({"id": 1, "text": "buy milk", "priority": "high", "replies": []})
    );
}

#[test]
fn w80_hostile_ids_and_keys_come_out_as_they_went_in() {
    assert_eq!(hostile::Match::ID, "match");
    assert_eq!(hostile::N2fa::ID, "2fa");
    let request = serde_json::json!({"match": "self"});
    assert_eq!(again::<hostile::Match>(&request).unwrap(), request);
    let ids = [hostile::Evil::ID, hostile::Evil2::ID, hostile::Evil3::ID];
    assert!(ids.iter().all(|id| id.contains("EVIL")), "{ids:?}");
}

#[tokio::test]
async fn a_generated_type_calls_a_command() {
    let registry = cmdbus::CommandRegistry::new(cmdbus::Config::default());
    let append = cmdbus::DynCommand::new("notes.append", |request: Value| async move {
        Ok(Value::from(request["id"].as_u64().unwrap() + 1))
    });
    registry.register_command(append).await.unwrap();
    let note = notes::Note {
        id: 1,
        text: "buy milk".to_owned(),
        labels: None,
        priority: None,
        replies: None,
    };
    let count = registry.execute::<notes::NotesAppend>(note).await.unwrap();
    assert_eq!(count, 2);
}
