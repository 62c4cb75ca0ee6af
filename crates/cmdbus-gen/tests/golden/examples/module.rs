// Made by `cmdbus gen rust`. Do not edit: make it anew.
#![allow(dead_code, missing_docs, non_camel_case_types, non_snake_case, unused_qualifications, unreachable_pub, rustdoc::all, clippy::all, clippy::pedantic)]

/// Takes and returns `all_of_merge`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleAllOfMerge;

impl ::cmdbus::command::Command for ExampleAllOfMerge {
    const ID: &'static str = "example.all_of_merge";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `all_of_merge`");
    type Request = ExampleAllOfMergeRequest;
    type Response = ExampleAllOfMergeResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `all_of_recursive`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleAllOfRecursive;

impl ::cmdbus::command::Command for ExampleAllOfRecursive {
    const ID: &'static str = "example.all_of_recursive";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `all_of_recursive`");
    type Request = ExampleAllOfRecursiveRequest;
    type Response = ExampleAllOfRecursiveResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `all_of_scalars`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleAllOfScalars;

impl ::cmdbus::command::Command for ExampleAllOfScalars {
    const ID: &'static str = "example.all_of_scalars";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `all_of_scalars`");
    type Request = ExampleAllOfScalarsRequest;
    type Response = ExampleAllOfScalarsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `anchors`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleAnchors;

impl ::cmdbus::command::Command for ExampleAnchors {
    const ID: &'static str = "example.anchors";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `anchors`");
    type Request = ExampleAnchorsRequest;
    type Response = ExampleAnchorsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `boolean_schemas`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleBooleanSchemas;

impl ::cmdbus::command::Command for ExampleBooleanSchemas {
    const ID: &'static str = "example.boolean_schemas";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `boolean_schemas`");
    type Request = ExampleBooleanSchemasRequest;
    type Response = ExampleBooleanSchemasResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `calendar_event`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleCalendarEvent;

impl ::cmdbus::command::Command for ExampleCalendarEvent {
    const ID: &'static str = "example.calendar_event";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `calendar_event`");
    type Request = ExampleCalendarEventRequest;
    type Response = ExampleCalendarEventResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `chat_completion`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleChatCompletion;

impl ::cmdbus::command::Command for ExampleChatCompletion {
    const ID: &'static str = "example.chat_completion";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `chat_completion`");
    type Request = ExampleChatCompletionRequest;
    type Response = ExampleChatCompletionResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `closed_alternatives`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleClosedAlternatives;

impl ::cmdbus::command::Command for ExampleClosedAlternatives {
    const ID: &'static str = "example.closed_alternatives";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `closed_alternatives`");
    type Request = ExampleClosedAlternativesRequest;
    type Response = ExampleClosedAlternativesResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `conditionals`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleConditionals;

impl ::cmdbus::command::Command for ExampleConditionals {
    const ID: &'static str = "example.conditionals";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `conditionals`");
    type Request = ExampleConditionalsRequest;
    type Response = ExampleConditionalsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `deep_nesting`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleDeepNesting;

impl ::cmdbus::command::Command for ExampleDeepNesting {
    const ID: &'static str = "example.deep_nesting";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `deep_nesting`");
    type Request = ExampleDeepNestingRequest;
    type Response = ExampleDeepNestingResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `draft4_exclusive`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleDraft4Exclusive;

impl ::cmdbus::command::Command for ExampleDraft4Exclusive {
    const ID: &'static str = "example.draft4_exclusive";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `draft4_exclusive`");
    type Request = ExampleDraft4ExclusiveRequest;
    type Response = ExampleDraft4ExclusiveResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `empty_closed`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleEmptyClosed;

impl ::cmdbus::command::Command for ExampleEmptyClosed {
    const ID: &'static str = "example.empty_closed";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `empty_closed`");
    type Request = ExampleEmptyClosedRequest;
    type Response = ExampleEmptyClosedResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `empty_open`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleEmptyOpen;

impl ::cmdbus::command::Command for ExampleEmptyOpen {
    const ID: &'static str = "example.empty_open";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `empty_open`");
    type Request = ExampleEmptyOpenRequest;
    type Response = ExampleEmptyOpenResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `everything`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleEverything;

impl ::cmdbus::command::Command for ExampleEverything {
    const ID: &'static str = "example.everything";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `everything`");
    type Request = ExampleEverythingRequest;
    type Response = ExampleEverythingResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `fields_and_rest`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleFieldsAndRest;

impl ::cmdbus::command::Command for ExampleFieldsAndRest {
    const ID: &'static str = "example.fields_and_rest";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `fields_and_rest`");
    type Request = ExampleFieldsAndRestRequest;
    type Response = ExampleFieldsAndRestResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `file_listing`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleFileListing;

impl ::cmdbus::command::Command for ExampleFileListing {
    const ID: &'static str = "example.file_listing";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `file_listing`");
    type Request = ExampleFileListingRequest;
    type Response = ExampleFileListingResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `geo_point`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleGeoPoint;

impl ::cmdbus::command::Command for ExampleGeoPoint {
    const ID: &'static str = "example.geo_point";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `geo_point`");
    type Request = ExampleGeoPointRequest;
    type Response = ExampleGeoPointResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `geojson_geometry`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleGeojsonGeometry;

impl ::cmdbus::command::Command for ExampleGeojsonGeometry {
    const ID: &'static str = "example.geojson_geometry";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `geojson_geometry`");
    type Request = ExampleGeojsonGeometryRequest;
    type Response = ExampleGeojsonGeometryResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `invoice`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleInvoice;

impl ::cmdbus::command::Command for ExampleInvoice {
    const ID: &'static str = "example.invoice";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `invoice`");
    type Request = ExampleInvoiceRequest;
    type Response = ExampleInvoiceResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `json_value`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleJsonValue;

impl ::cmdbus::command::Command for ExampleJsonValue {
    const ID: &'static str = "example.json_value";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `json_value`");
    type Request = ExampleJsonValueRequest;
    type Response = ExampleJsonValueResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `keywords_as_names`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleKeywordsAsNames;

impl ::cmdbus::command::Command for ExampleKeywordsAsNames {
    const ID: &'static str = "example.keywords_as_names";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `keywords_as_names`");
    type Request = ExampleKeywordsAsNamesRequest;
    type Response = ExampleKeywordsAsNamesResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `linked_list`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleLinkedList;

impl ::cmdbus::command::Command for ExampleLinkedList {
    const ID: &'static str = "example.linked_list";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `linked_list`");
    type Request = ExampleLinkedListRequest;
    type Response = ExampleLinkedListResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `map_of_records`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleMapOfRecords;

impl ::cmdbus::command::Command for ExampleMapOfRecords {
    const ID: &'static str = "example.map_of_records";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `map_of_records`");
    type Request = ExampleMapOfRecordsRequest;
    type Response = ExampleMapOfRecordsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `matrix`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleMatrix;

impl ::cmdbus::command::Command for ExampleMatrix {
    const ID: &'static str = "example.matrix";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `matrix`");
    type Request = ExampleMatrixRequest;
    type Response = ExampleMatrixResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `mcp_tool_result`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleMcpToolResult;

impl ::cmdbus::command::Command for ExampleMcpToolResult {
    const ID: &'static str = "example.mcp_tool_result";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `mcp_tool_result`");
    type Request = ExampleMcpToolResultRequest;
    type Response = ExampleMcpToolResultResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `mixed_enum`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleMixedEnum;

impl ::cmdbus::command::Command for ExampleMixedEnum {
    const ID: &'static str = "example.mixed_enum";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `mixed_enum`");
    type Request = ExampleMixedEnumRequest;
    type Response = ExampleMixedEnumResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `money`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleMoney;

impl ::cmdbus::command::Command for ExampleMoney {
    const ID: &'static str = "example.money";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `money`");
    type Request = ExampleMoneyRequest;
    type Response = ExampleMoneyResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `mutual_recursion`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleMutualRecursion;

impl ::cmdbus::command::Command for ExampleMutualRecursion {
    const ID: &'static str = "example.mutual_recursion";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `mutual_recursion`");
    type Request = ExampleMutualRecursionRequest;
    type Response = ExampleMutualRecursionResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `nested_unions`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleNestedUnions;

impl ::cmdbus::command::Command for ExampleNestedUnions {
    const ID: &'static str = "example.nested_unions";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `nested_unions`");
    type Request = ExampleNestedUnionsRequest;
    type Response = ExampleNestedUnionsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `null_only`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleNullOnly;

impl ::cmdbus::command::Command for ExampleNullOnly {
    const ID: &'static str = "example.null_only";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `null_only`");
    type Request = ExampleNullOnlyRequest;
    type Response = ExampleNullOnlyResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `nullable_enum`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleNullableEnum;

impl ::cmdbus::command::Command for ExampleNullableEnum {
    const ID: &'static str = "example.nullable_enum";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `nullable_enum`");
    type Request = ExampleNullableEnumRequest;
    type Response = ExampleNullableEnumResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `nullable_openapi`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleNullableOpenapi;

impl ::cmdbus::command::Command for ExampleNullableOpenapi {
    const ID: &'static str = "example.nullable_openapi";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `nullable_openapi`");
    type Request = ExampleNullableOpenapiRequest;
    type Response = ExampleNullableOpenapiResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `number_limits`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleNumberLimits;

impl ::cmdbus::command::Command for ExampleNumberLimits {
    const ID: &'static str = "example.number_limits";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `number_limits`");
    type Request = ExampleNumberLimitsRequest;
    type Response = ExampleNumberLimitsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `object_const`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleObjectConst;

impl ::cmdbus::command::Command for ExampleObjectConst {
    const ID: &'static str = "example.object_const";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `object_const`");
    type Request = ExampleObjectConstRequest;
    type Response = ExampleObjectConstResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `odd_names`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleOddNames;

impl ::cmdbus::command::Command for ExampleOddNames {
    const ID: &'static str = "example.odd_names";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `odd_names`");
    type Request = ExampleOddNamesRequest;
    type Response = ExampleOddNamesResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `open_object`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleOpenObject;

impl ::cmdbus::command::Command for ExampleOpenObject {
    const ID: &'static str = "example.open_object";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `open_object`");
    type Request = ExampleOpenObjectRequest;
    type Response = ExampleOpenObjectResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `package_manifest`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExamplePackageManifest;

impl ::cmdbus::command::Command for ExamplePackageManifest {
    const ID: &'static str = "example.package_manifest";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `package_manifest`");
    type Request = ExamplePackageManifestRequest;
    type Response = ExamplePackageManifestResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `pagination`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExamplePagination;

impl ::cmdbus::command::Command for ExamplePagination {
    const ID: &'static str = "example.pagination";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `pagination`");
    type Request = ExamplePaginationRequest;
    type Response = ExamplePaginationResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `pattern_properties`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExamplePatternProperties;

impl ::cmdbus::command::Command for ExamplePatternProperties {
    const ID: &'static str = "example.pattern_properties";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `pattern_properties`");
    type Request = ExamplePatternPropertiesRequest;
    type Response = ExamplePatternPropertiesResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `pointer_references`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExamplePointerReferences;

impl ::cmdbus::command::Command for ExamplePointerReferences {
    const ID: &'static str = "example.pointer_references";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `pointer_references`");
    type Request = ExamplePointerReferencesRequest;
    type Response = ExamplePointerReferencesResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `postal_address`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExamplePostalAddress;

impl ::cmdbus::command::Command for ExamplePostalAddress {
    const ID: &'static str = "example.postal_address";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `postal_address`");
    type Request = ExamplePostalAddressRequest;
    type Response = ExamplePostalAddressResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `product`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleProduct;

impl ::cmdbus::command::Command for ExampleProduct {
    const ID: &'static str = "example.product";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `product`");
    type Request = ExampleProductRequest;
    type Response = ExampleProductResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `remote_reference`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRemoteReference;

impl ::cmdbus::command::Command for ExampleRemoteReference {
    const ID: &'static str = "example.remote_reference";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `remote_reference`");
    type Request = ExampleRemoteReferenceRequest;
    type Response = ExampleRemoteReferenceResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `required_undescribed`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRequiredUndescribed;

impl ::cmdbus::command::Command for ExampleRequiredUndescribed {
    const ID: &'static str = "example.required_undescribed";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `required_undescribed`");
    type Request = ExampleRequiredUndescribedRequest;
    type Response = ExampleRequiredUndescribedResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `rust_enum_adjacent`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRustEnumAdjacent;

impl ::cmdbus::command::Command for ExampleRustEnumAdjacent {
    const ID: &'static str = "example.rust_enum_adjacent";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `rust_enum_adjacent`");
    type Request = ExampleRustEnumAdjacentRequest;
    type Response = ExampleRustEnumAdjacentResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `rust_enum_documented`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRustEnumDocumented;

impl ::cmdbus::command::Command for ExampleRustEnumDocumented {
    const ID: &'static str = "example.rust_enum_documented";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `rust_enum_documented`");
    type Request = ExampleRustEnumDocumentedRequest;
    type Response = ExampleRustEnumDocumentedResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `rust_enum_external`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRustEnumExternal;

impl ::cmdbus::command::Command for ExampleRustEnumExternal {
    const ID: &'static str = "example.rust_enum_external";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `rust_enum_external`");
    type Request = ExampleRustEnumExternalRequest;
    type Response = ExampleRustEnumExternalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `rust_enum_internal`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRustEnumInternal;

impl ::cmdbus::command::Command for ExampleRustEnumInternal {
    const ID: &'static str = "example.rust_enum_internal";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `rust_enum_internal`");
    type Request = ExampleRustEnumInternalRequest;
    type Response = ExampleRustEnumInternalResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `rust_flattened_enum`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRustFlattenedEnum;

impl ::cmdbus::command::Command for ExampleRustFlattenedEnum {
    const ID: &'static str = "example.rust_flattened_enum";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `rust_flattened_enum`");
    type Request = ExampleRustFlattenedEnumRequest;
    type Response = ExampleRustFlattenedEnumResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `rust_option_ref`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleRustOptionRef;

impl ::cmdbus::command::Command for ExampleRustOptionRef {
    const ID: &'static str = "example.rust_option_ref";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `rust_option_ref`");
    type Request = ExampleRustOptionRefRequest;
    type Response = ExampleRustOptionRefResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `scalar_boolean`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleScalarBoolean;

impl ::cmdbus::command::Command for ExampleScalarBoolean {
    const ID: &'static str = "example.scalar_boolean";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `scalar_boolean`");
    type Request = ExampleScalarBooleanRequest;
    type Response = ExampleScalarBooleanResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `scalar_string`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleScalarString;

impl ::cmdbus::command::Command for ExampleScalarString {
    const ID: &'static str = "example.scalar_string";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `scalar_string`");
    type Request = ExampleScalarStringRequest;
    type Response = ExampleScalarStringResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `search_query`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleSearchQuery;

impl ::cmdbus::command::Command for ExampleSearchQuery {
    const ID: &'static str = "example.search_query";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `search_query`");
    type Request = ExampleSearchQueryRequest;
    type Response = ExampleSearchQueryResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `string_formats`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleStringFormats;

impl ::cmdbus::command::Command for ExampleStringFormats {
    const ID: &'static str = "example.string_formats";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `string_formats`");
    type Request = ExampleStringFormatsRequest;
    type Response = ExampleStringFormatsResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `string_map`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleStringMap;

impl ::cmdbus::command::Command for ExampleStringMap {
    const ID: &'static str = "example.string_map";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `string_map`");
    type Request = ExampleStringMapRequest;
    type Response = ExampleStringMapResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `titles_and_formats_as_names`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleTitlesAndFormatsAsNames;

impl ::cmdbus::command::Command for ExampleTitlesAndFormatsAsNames {
    const ID: &'static str = "example.titles_and_formats_as_names";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `titles_and_formats_as_names`");
    type Request = ExampleTitlesAndFormatsAsNamesRequest;
    type Response = ExampleTitlesAndFormatsAsNamesResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `tree`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleTree;

impl ::cmdbus::command::Command for ExampleTree {
    const ID: &'static str = "example.tree";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `tree`");
    type Request = ExampleTreeRequest;
    type Response = ExampleTreeResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `tuple_old_draft`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleTupleOldDraft;

impl ::cmdbus::command::Command for ExampleTupleOldDraft {
    const ID: &'static str = "example.tuple_old_draft";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `tuple_old_draft`");
    type Request = ExampleTupleOldDraftRequest;
    type Response = ExampleTupleOldDraftResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `tuple_open`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleTupleOpen;

impl ::cmdbus::command::Command for ExampleTupleOpen {
    const ID: &'static str = "example.tuple_open";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `tuple_open`");
    type Request = ExampleTupleOpenRequest;
    type Response = ExampleTupleOpenResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `tuple_pair`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleTuplePair;

impl ::cmdbus::command::Command for ExampleTuplePair {
    const ID: &'static str = "example.tuple_pair";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `tuple_pair`");
    type Request = ExampleTuplePairRequest;
    type Response = ExampleTuplePairResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `type_array`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleTypeArray;

impl ::cmdbus::command::Command for ExampleTypeArray {
    const ID: &'static str = "example.type_array";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `type_array`");
    type Request = ExampleTypeArrayRequest;
    type Response = ExampleTypeArrayResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

/// Takes and returns `user_profile`
#[derive(Debug, Clone, Copy, Default)]
pub struct ExampleUserProfile;

impl ::cmdbus::command::Command for ExampleUserProfile {
    const ID: &'static str = "example.user_profile";
    const DESCRIPTION: Option<&'static str> = Some("Takes and returns `user_profile`");
    type Request = ExampleUserProfileRequest;
    type Response = ExampleUserProfileResponse;

    async fn handle(&self, _: Self::Request) -> Result<Self::Response, ::cmdbus::CommandError> {
        // It is somewhere else: this type is for calling it.
        Err(::cmdbus::CommandError::NotFound(Self::ID.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleAllOfMergeRequest {
    pub id: String,
    pub size: i64,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Base {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleAllOfMergeResponse {
    pub id: String,
    pub size: i64,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

pub type ExampleAllOfRecursiveRequest = Item;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Item {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Item>>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

pub type ExampleAllOfRecursiveResponse = Item;

/// Characters: at least 2.
/// Characters: at most 4.
pub type ExampleAllOfScalarsRequest = String;

/// Characters: at least 2.
/// Characters: at most 4.
pub type ExampleAllOfScalarsResponse = String;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleAnchorsRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<N>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct N {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Box<N>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleAnchorsResponse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<N>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleBooleanSchemasRequest {
    pub any: ::cmdbus::serde_json::Value,
    /// Note: no value is allowed here.
    /// Note: no value is allowed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<::cmdbus::serde_json::Value>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleBooleanSchemasResponse {
    pub any: ::cmdbus::serde_json::Value,
    /// Note: no value is allowed here.
    /// Note: no value is allowed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<::cmdbus::serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<::cmdbus::serde_json::Value>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleCalendarEventRequest {
    pub title: String,
    /// Format: date-time.
    pub start: String,
    /// Format: date-time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendees: Option<Vec<ExampleCalendarEventRequestAttendeesItem>>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<ExampleCalendarEventRequestRecurrence>,
    /// Items: at most 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<u64>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleCalendarEventRequestAttendeesItem {
    /// Format: email.
    pub email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ExampleCalendarEventRequestAttendeesItemStatus>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleCalendarEventRequestAttendeesItemStatus {
    #[serde(rename = "accepted")]
    Accepted,
    #[serde(rename = "declined")]
    Declined,
    #[serde(rename = "tentative")]
    Tentative,
    #[serde(rename = "needs-action")]
    NeedsAction,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleCalendarEventRequestRecurrence {
    pub freq: ExampleCalendarEventRequestRecurrenceFreq,
    /// At least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleCalendarEventRequestRecurrenceFreq {
    #[serde(rename = "DAILY")]
    Daily,
    #[serde(rename = "WEEKLY")]
    Weekly,
    #[serde(rename = "MONTHLY")]
    Monthly,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleCalendarEventResponse {
    pub title: String,
    /// Format: date-time.
    pub start: String,
    /// Format: date-time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendees: Option<Vec<ExampleCalendarEventResponseAttendeesItem>>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<ExampleCalendarEventResponseRecurrence>,
    /// Items: at most 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<u64>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleCalendarEventResponseAttendeesItem {
    /// Format: email.
    pub email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ExampleCalendarEventResponseAttendeesItemStatus>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleCalendarEventResponseAttendeesItemStatus {
    #[serde(rename = "accepted")]
    Accepted,
    #[serde(rename = "declined")]
    Declined,
    #[serde(rename = "tentative")]
    Tentative,
    #[serde(rename = "needs-action")]
    NeedsAction,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleCalendarEventResponseRecurrence {
    pub freq: ExampleCalendarEventResponseRecurrenceFreq,
    /// At least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleCalendarEventResponseRecurrenceFreq {
    #[serde(rename = "DAILY")]
    Daily,
    #[serde(rename = "WEEKLY")]
    Weekly,
    #[serde(rename = "MONTHLY")]
    Monthly,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleChatCompletionRequest {
    pub model: String,
    /// Items: at least 1.
    pub messages: Vec<ExampleChatCompletionRequestMessagesItem>,
    /// At least 0.
    /// At most 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Items: at most 4.
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<ExampleChatCompletionRequestStop>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleChatCompletionRequestMessagesItem {
    System(ExampleChatCompletionRequestMessagesItemSystem),
    User(ExampleChatCompletionRequestMessagesItemUser),
    Assistant(ExampleChatCompletionRequestMessagesItemAssistant),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleChatCompletionRequestMessagesItemSystem {
    pub role: ExampleChatCompletionRequestMessagesItemSystemRole,
    pub content: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionRequestMessagesItemSystemRole {
    #[serde(rename = "system")]
    System,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleChatCompletionRequestMessagesItemUser {
    pub role: ExampleChatCompletionRequestMessagesItemUserRole,
    pub content: ExampleChatCompletionRequestMessagesItemUserContent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionRequestMessagesItemUserRole {
    #[serde(rename = "user")]
    User,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleChatCompletionRequestMessagesItemUserContent {
    Text(String),
    List(Vec<ExampleChatCompletionRequestMessagesItemUserContentListItem>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleChatCompletionRequestMessagesItemUserContentListItem {
    pub r#type: ExampleChatCompletionRequestMessagesItemUserContentListItemType,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionRequestMessagesItemUserContentListItemType {
    #[serde(rename = "text")]
    Text,
    #[serde(rename = "image")]
    Image,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleChatCompletionRequestMessagesItemAssistant {
    pub role: ExampleChatCompletionRequestMessagesItemAssistantRole,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<ExampleChatCompletionRequestMessagesItemAssistantCallsItem>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionRequestMessagesItemAssistantRole {
    #[serde(rename = "assistant")]
    Assistant,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleChatCompletionRequestMessagesItemAssistantCallsItem {
    pub id: String,
    pub name: String,
    pub arguments: String,
}

/// Items: at most 4.
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleChatCompletionRequestStop {
    Text(String),
    /// Items: at most 4.
    List(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleChatCompletionResponse {
    pub model: String,
    /// Items: at least 1.
    pub messages: Vec<ExampleChatCompletionResponseMessagesItem>,
    /// At least 0.
    /// At most 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Items: at most 4.
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<ExampleChatCompletionResponseStop>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleChatCompletionResponseMessagesItem {
    System(ExampleChatCompletionResponseMessagesItemSystem),
    User(ExampleChatCompletionResponseMessagesItemUser),
    Assistant(ExampleChatCompletionResponseMessagesItemAssistant),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleChatCompletionResponseMessagesItemSystem {
    pub role: ExampleChatCompletionResponseMessagesItemSystemRole,
    pub content: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionResponseMessagesItemSystemRole {
    #[serde(rename = "system")]
    System,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleChatCompletionResponseMessagesItemUser {
    pub role: ExampleChatCompletionResponseMessagesItemUserRole,
    pub content: ExampleChatCompletionResponseMessagesItemUserContent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionResponseMessagesItemUserRole {
    #[serde(rename = "user")]
    User,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleChatCompletionResponseMessagesItemUserContent {
    Text(String),
    List(Vec<ExampleChatCompletionResponseMessagesItemUserContentListItem>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleChatCompletionResponseMessagesItemUserContentListItem {
    pub r#type: ExampleChatCompletionResponseMessagesItemUserContentListItemType,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionResponseMessagesItemUserContentListItemType {
    #[serde(rename = "text")]
    Text,
    #[serde(rename = "image")]
    Image,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleChatCompletionResponseMessagesItemAssistant {
    pub role: ExampleChatCompletionResponseMessagesItemAssistantRole,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<ExampleChatCompletionResponseMessagesItemAssistantCallsItem>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleChatCompletionResponseMessagesItemAssistantRole {
    #[serde(rename = "assistant")]
    Assistant,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleChatCompletionResponseMessagesItemAssistantCallsItem {
    pub id: String,
    pub name: String,
    pub arguments: String,
}

/// Items: at most 4.
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleChatCompletionResponseStop {
    Text(String),
    /// Items: at most 4.
    List(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleClosedAlternativesRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub either: Option<ExampleClosedAlternativesRequestEither>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer: Option<ExampleClosedAlternativesRequestLonger>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<ExampleClosedAlternativesRequestNested>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ExampleClosedAlternativesRequestList>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<ExampleClosedAlternativesRequestOpen>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesRequestEither {
    A(A),
    B(B),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesRequestLonger {
    X(X),
    Xy(Xy),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesRequestNested {
    Either(Either),
    C(C),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesRequestList {
    List(Vec<String>),
    Xy(Xy),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesRequestOpen {
    Object2(ExampleClosedAlternativesRequestOpenObject2),
    Object1(ExampleClosedAlternativesRequestOpenObject1),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleClosedAlternativesRequestOpenObject2 {
    pub x: String,
    pub y: i64,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleClosedAlternativesRequestOpenObject1 {
    pub x: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct A {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct B {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct X {
    pub x: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct Xy {
    pub x: String,
    pub y: String,
}

pub type Either = Option<Either2>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum Either2 {
    A(A),
    Alias(Alias),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct C {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<String>,
}

pub type Alias = B;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleClosedAlternativesResponse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub either: Option<ExampleClosedAlternativesResponseEither>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longer: Option<ExampleClosedAlternativesResponseLonger>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nested: Option<ExampleClosedAlternativesResponseNested>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ExampleClosedAlternativesResponseList>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<ExampleClosedAlternativesResponseOpen>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesResponseEither {
    A(A),
    B(B),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesResponseLonger {
    X(X),
    Xy(Xy),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesResponseNested {
    Either(Either),
    C(C),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesResponseList {
    List(Vec<String>),
    Xy(Xy),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleClosedAlternativesResponseOpen {
    Object2(ExampleClosedAlternativesResponseOpenObject2),
    Object1(ExampleClosedAlternativesResponseOpenObject1),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleClosedAlternativesResponseOpenObject2 {
    pub x: String,
    pub y: i64,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleClosedAlternativesResponseOpenObject1 {
    pub x: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// Note: what `not` demands is not part of this type.
/// Note: what `if` demands is not part of this type.
/// Note: what `dependentRequired` demands is not part of this type.
/// Note: what `propertyNames` demands is not part of this type.
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleConditionalsRequest {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

/// Note: what `not` demands is not part of this type.
/// Note: what `if` demands is not part of this type.
/// Note: what `dependentRequired` demands is not part of this type.
/// Note: what `propertyNames` demands is not part of this type.
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleConditionalsResponse {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<ExampleDeepNestingRequestA>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingRequestA {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<ExampleDeepNestingRequestAB>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingRequestAB {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<ExampleDeepNestingRequestAbC>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingRequestAbC {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d: Option<Vec<ExampleDeepNestingRequestAbCDItem>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingRequestAbCDItem {
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<ExampleDeepNestingRequestAbCdItemE>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingRequestAbCdItemE {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingResponse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<ExampleDeepNestingResponseA>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingResponseA {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<ExampleDeepNestingResponseAB>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingResponseAB {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<ExampleDeepNestingResponseAbC>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingResponseAbC {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d: Option<Vec<ExampleDeepNestingResponseAbCDItem>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingResponseAbCDItem {
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<ExampleDeepNestingResponseAbCdItemE>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleDeepNestingResponseAbCdItemE {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f: Option<i64>,
}

/// At most 10.
/// Greater than 0.
pub type ExampleDraft4ExclusiveRequest = f64;

/// At most 10.
/// Greater than 0.
pub type ExampleDraft4ExclusiveResponse = f64;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleEmptyClosedRequest {
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleEmptyClosedResponse {
}

pub type ExampleEmptyOpenRequest = ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>;

pub type ExampleEmptyOpenResponse = ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>;

pub type ExampleEverythingRequest = ::cmdbus::serde_json::Value;

pub type ExampleEverythingResponse = ::cmdbus::serde_json::Value;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleFieldsAndRestRequest {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleFieldsAndRestResponse {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleFileListingRequest {
    pub path: String,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum Entry {
    File(EntryFile),
    Directory(EntryDirectory),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct EntryFile {
    pub kind: EntryFileKind,
    pub name: String,
    pub size: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EntryFileKind {
    #[serde(rename = "file")]
    File,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct EntryDirectory {
    pub kind: EntryDirectoryKind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<Entry>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum EntryDirectoryKind {
    #[serde(rename = "directory")]
    Directory,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleFileListingResponse {
    pub path: String,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleGeoPointRequest {
    /// At least -90.
    /// At most 90.
    pub lat: f64,
    /// At most 180.
    /// Greater than -180.
    pub lon: f64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleGeoPointResponse {
    /// At least -90.
    /// At most 90.
    pub lat: f64,
    /// At most 180.
    /// Greater than -180.
    pub lon: f64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleGeojsonGeometryRequest {
    Point(ExampleGeojsonGeometryRequestPoint),
    LineString(ExampleGeojsonGeometryRequestLineString),
    Polygon(ExampleGeojsonGeometryRequestPolygon),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleGeojsonGeometryRequestPoint {
    pub r#type: ExampleGeojsonGeometryRequestPointType,
    /// Items: at least 2.
    /// Items: at most 3.
    pub coordinates: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleGeojsonGeometryRequestPointType {
    Point,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleGeojsonGeometryRequestLineString {
    pub r#type: ExampleGeojsonGeometryRequestLineStringType,
    /// Items: at least 2.
    pub coordinates: Vec<Vec<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleGeojsonGeometryRequestLineStringType {
    LineString,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleGeojsonGeometryRequestPolygon {
    pub r#type: ExampleGeojsonGeometryRequestPolygonType,
    pub coordinates: Vec<Vec<Vec<f64>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleGeojsonGeometryRequestPolygonType {
    Polygon,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleGeojsonGeometryResponse {
    Point(ExampleGeojsonGeometryResponsePoint),
    LineString(ExampleGeojsonGeometryResponseLineString),
    Polygon(ExampleGeojsonGeometryResponsePolygon),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleGeojsonGeometryResponsePoint {
    pub r#type: ExampleGeojsonGeometryResponsePointType,
    /// Items: at least 2.
    /// Items: at most 3.
    pub coordinates: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleGeojsonGeometryResponsePointType {
    Point,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleGeojsonGeometryResponseLineString {
    pub r#type: ExampleGeojsonGeometryResponseLineStringType,
    /// Items: at least 2.
    pub coordinates: Vec<Vec<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleGeojsonGeometryResponseLineStringType {
    LineString,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleGeojsonGeometryResponsePolygon {
    pub r#type: ExampleGeojsonGeometryResponsePolygonType,
    pub coordinates: Vec<Vec<Vec<f64>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleGeojsonGeometryResponsePolygonType {
    Polygon,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleInvoiceRequest {
    pub number: String,
    /// Items: at least 1.
    pub lines: Vec<Line>,
    pub customer: Party,
    pub supplier: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Line {
    pub text: String,
    /// Greater than 0.
    pub quantity: f64,
    #[serde(rename = "unitPrice")]
    pub unit_price: Money,
    /// Note: one of 0, 7, 19.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Party {
    pub name: String,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(rename = "vatId", default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Money {
    pub cents: i64,
    pub currency: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleInvoiceResponse {
    pub number: String,
    /// Items: at least 1.
    pub lines: Vec<Line>,
    pub customer: Party,
    pub supplier: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<bool>,
}

pub type ExampleJsonValueRequest = Json;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(transparent)]
pub struct Json(pub Option<Json2>);

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum Json2 {
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object5(::std::collections::BTreeMap<String, Json>),
}

pub type ExampleJsonValueResponse = Json;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleKeywordsAsNamesRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub def: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#fn: Option<String>,
    #[serde(rename = "self", default, skip_serializing_if = "Option::is_none")]
    pub self_: Option<String>,
    #[serde(rename = "crate", default, skip_serializing_if = "Option::is_none")]
    pub crate_: Option<String>,
    #[serde(rename = "super", default, skip_serializing_if = "Option::is_none")]
    pub super_: Option<String>,
    #[serde(rename = "Self", default, skip_serializing_if = "Option::is_none")]
    pub self_2: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#async: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#await: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<String>,
    #[serde(rename = "None", default, skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
    #[serde(rename = "True", default, skip_serializing_if = "Option::is_none")]
    pub r#true: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#enum: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constructor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prototype: Option<String>,
    #[serde(rename = "toString", default, skip_serializing_if = "Option::is_none")]
    pub to_string: Option<String>,
    #[serde(rename = "hasOwnProperty", default, skip_serializing_if = "Option::is_none")]
    pub has_own_property: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#yield: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<String>,
    #[serde(rename = "r#type", default, skip_serializing_if = "Option::is_none")]
    pub r_type: Option<String>,
    #[serde(rename = "_", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub str: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub int: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleKeywordsAsNamesResponse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub def: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#fn: Option<String>,
    #[serde(rename = "self", default, skip_serializing_if = "Option::is_none")]
    pub self_: Option<String>,
    #[serde(rename = "crate", default, skip_serializing_if = "Option::is_none")]
    pub crate_: Option<String>,
    #[serde(rename = "super", default, skip_serializing_if = "Option::is_none")]
    pub super_: Option<String>,
    #[serde(rename = "Self", default, skip_serializing_if = "Option::is_none")]
    pub self_2: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#async: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#await: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<String>,
    #[serde(rename = "None", default, skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
    #[serde(rename = "True", default, skip_serializing_if = "Option::is_none")]
    pub r#true: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#enum: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constructor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prototype: Option<String>,
    #[serde(rename = "toString", default, skip_serializing_if = "Option::is_none")]
    pub to_string: Option<String>,
    #[serde(rename = "hasOwnProperty", default, skip_serializing_if = "Option::is_none")]
    pub has_own_property: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#yield: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<String>,
    #[serde(rename = "r#type", default, skip_serializing_if = "Option::is_none")]
    pub r_type: Option<String>,
    #[serde(rename = "_", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub str: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub int: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleLinkedListRequest {
    pub value: i64,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<ExampleLinkedListRequest>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleLinkedListResponse {
    pub value: i64,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<ExampleLinkedListResponse>>,
}

pub type ExampleMapOfRecordsRequest = ::std::collections::BTreeMap<String, Entry2>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Entry2 {
    /// At least 0.
    pub size: u64,
    /// Format: date-time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
}

pub type ExampleMapOfRecordsResponse = ::std::collections::BTreeMap<String, Entry2>;

/// Items: at least 2.
/// Items: at most 2.
pub type ExampleMatrixRequest = Vec<Vec<f64>>;

/// Items: at least 2.
/// Items: at most 2.
pub type ExampleMatrixResponse = Vec<Vec<f64>>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleMcpToolResultRequest {
    pub content: Vec<ExampleMcpToolResultRequestContentItem>,
    #[serde(rename = "isError", default, skip_serializing_if = "Option::is_none")]
    pub is_error: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleMcpToolResultRequestContentItem {
    Text(ExampleMcpToolResultRequestContentItemText),
    Image(ExampleMcpToolResultRequestContentItemImage),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleMcpToolResultRequestContentItemText {
    pub r#type: ExampleMcpToolResultRequestContentItemTextType,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleMcpToolResultRequestContentItemTextType {
    #[serde(rename = "text")]
    Text,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleMcpToolResultRequestContentItemImage {
    pub r#type: ExampleMcpToolResultRequestContentItemImageType,
    pub data: String,
    #[serde(rename = "mimeType")]
    pub mime_type: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleMcpToolResultRequestContentItemImageType {
    #[serde(rename = "image")]
    Image,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleMcpToolResultResponse {
    pub content: Vec<ExampleMcpToolResultResponseContentItem>,
    #[serde(rename = "isError", default, skip_serializing_if = "Option::is_none")]
    pub is_error: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleMcpToolResultResponseContentItem {
    Text(ExampleMcpToolResultResponseContentItemText),
    Image(ExampleMcpToolResultResponseContentItemImage),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleMcpToolResultResponseContentItemText {
    pub r#type: ExampleMcpToolResultResponseContentItemTextType,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleMcpToolResultResponseContentItemTextType {
    #[serde(rename = "text")]
    Text,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleMcpToolResultResponseContentItemImage {
    pub r#type: ExampleMcpToolResultResponseContentItemImageType,
    pub data: String,
    #[serde(rename = "mimeType")]
    pub mime_type: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleMcpToolResultResponseContentItemImageType {
    #[serde(rename = "image")]
    Image,
}

pub type ExampleMixedEnumRequest = Option<::cmdbus::serde_json::Value>;

pub type ExampleMixedEnumResponse = Option<::cmdbus::serde_json::Value>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleMoneyRequest {
    /// Pattern: ^-?\\d+(\\.\\d{1,4})?$
    pub amount: String,
    pub currency: ExampleMoneyRequestCurrency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleMoneyRequestCurrency {
    #[serde(rename = "EUR")]
    Eur,
    #[serde(rename = "USD")]
    Usd,
    #[serde(rename = "JPY")]
    Jpy,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleMoneyResponse {
    /// Pattern: ^-?\\d+(\\.\\d{1,4})?$
    pub amount: String,
    pub currency: ExampleMoneyResponseCurrency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleMoneyResponseCurrency {
    #[serde(rename = "EUR")]
    Eur,
    #[serde(rename = "USD")]
    Usd,
    #[serde(rename = "JPY")]
    Jpy,
}

pub type ExampleMutualRecursionRequest = Expression;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum Expression {
    Number(f64),
    Sum(Box<Sum>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Sum {
    pub left: Box<Expression>,
    pub right: Box<Expression>,
}

pub type ExampleMutualRecursionResponse = Expression;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNestedUnionsRequest {
    /// Format: date-time.
    pub when: Option<ExampleNestedUnionsRequestWhen>,
}

/// Format: date-time.
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleNestedUnionsRequestWhen {
    Integer(i64),
    /// Format: date-time.
    Text(String),
    Object3(ExampleNestedUnionsRequestWhenObject3),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNestedUnionsRequestWhenObject3 {
    pub relative: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNestedUnionsResponse {
    /// Format: date-time.
    pub when: Option<ExampleNestedUnionsResponseWhen>,
}

/// Format: date-time.
#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleNestedUnionsResponseWhen {
    Integer(i64),
    /// Format: date-time.
    Text(String),
    Object3(ExampleNestedUnionsResponseWhenObject3),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNestedUnionsResponseWhenObject3 {
    pub relative: String,
}

pub type ExampleNullOnlyRequest = ();

pub type ExampleNullOnlyResponse = ();

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNullableEnumRequest {
    pub mode: Option<ExampleNullableEnumRequestMode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleNullableEnumRequestMode {
    #[serde(rename = "fast")]
    Fast,
    #[serde(rename = "slow")]
    Slow,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNullableEnumResponse {
    pub mode: Option<ExampleNullableEnumResponseMode>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleNullableEnumResponseMode {
    #[serde(rename = "fast")]
    Fast,
    #[serde(rename = "slow")]
    Slow,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNullableOpenapiRequest {
    pub note: Option<String>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNullableOpenapiResponse {
    pub note: Option<String>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNumberLimitsRequest {
    /// At least 0.
    /// At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// At least 1.
    /// At most 65535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u64>,
    /// Greater than 0.
    /// Less than 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// A multiple of 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub even: Option<i64>,
    /// At least 0.
    /// At most 18446744073709551615.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub big: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleNumberLimitsResponse {
    /// At least 0.
    /// At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// At least 1.
    /// At most 65535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u64>,
    /// Greater than 0.
    /// Less than 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// A multiple of 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub even: Option<i64>,
    /// At least 0.
    /// At most 18446744073709551615.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub big: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleObjectConstRequest {
    /// Note: one of {"major":1,"tags":\["a",1]}.
    pub version: ::cmdbus::serde_json::Value,
    /// Note: one of 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one: Option<u64>,
    /// Note: one of false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleObjectConstResponse {
    /// Note: one of {"major":1,"tags":\["a",1]}.
    pub version: ::cmdbus::serde_json::Value,
    /// Note: one of 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one: Option<u64>,
    /// Note: one of false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleOddNamesRequest {
    #[serde(rename = "foo-bar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar: Option<i64>,
    #[serde(rename = "foo_bar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar2: Option<i64>,
    #[serde(rename = "fooBar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar3: Option<i64>,
    #[serde(rename = "foo bar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar4: Option<i64>,
    #[serde(rename = "", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "1st", default, skip_serializing_if = "Option::is_none")]
    pub n1st: Option<i64>,
    #[serde(rename = "$ref", default, skip_serializing_if = "Option::is_none")]
    pub r#ref: Option<i64>,
    #[serde(rename = "$id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "@type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<i64>,
    #[serde(rename = "a.b", default, skip_serializing_if = "Option::is_none")]
    pub a_b: Option<i64>,
    #[serde(rename = "ünï", default, skip_serializing_if = "Option::is_none")]
    pub n: Option<i64>,
    #[serde(rename = "漢字", default, skip_serializing_if = "Option::is_none")]
    pub x2: Option<i64>,
    #[serde(rename = "emoji 😀", default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<i64>,
    #[serde(rename = "quote\"", default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<i64>,
    #[serde(rename = "back\\slash", default, skip_serializing_if = "Option::is_none")]
    pub back_slash: Option<i64>,
    #[serde(rename = "new\nline", default, skip_serializing_if = "Option::is_none")]
    pub new_line: Option<i64>,
    #[serde(rename = "*/", default, skip_serializing_if = "Option::is_none")]
    pub x3: Option<i64>,
    #[serde(rename = "</script>", default, skip_serializing_if = "Option::is_none")]
    pub script: Option<i64>,
    #[serde(rename = "`${x}`", default, skip_serializing_if = "Option::is_none")]
    pub x4: Option<i64>,
    #[serde(rename = "'", default, skip_serializing_if = "Option::is_none")]
    pub x5: Option<i64>,
    #[serde(rename = "__proto__", default, skip_serializing_if = "Option::is_none")]
    pub proto: Option<i64>,
    #[serde(rename = "__class__", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<i64>,
    #[serde(rename = "#", default, skip_serializing_if = "Option::is_none")]
    pub x6: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleOddNamesResponse {
    #[serde(rename = "foo-bar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar: Option<i64>,
    #[serde(rename = "foo_bar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar2: Option<i64>,
    #[serde(rename = "fooBar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar3: Option<i64>,
    #[serde(rename = "foo bar", default, skip_serializing_if = "Option::is_none")]
    pub foo_bar4: Option<i64>,
    #[serde(rename = "", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "1st", default, skip_serializing_if = "Option::is_none")]
    pub n1st: Option<i64>,
    #[serde(rename = "$ref", default, skip_serializing_if = "Option::is_none")]
    pub r#ref: Option<i64>,
    #[serde(rename = "$id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "@type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<i64>,
    #[serde(rename = "a.b", default, skip_serializing_if = "Option::is_none")]
    pub a_b: Option<i64>,
    #[serde(rename = "ünï", default, skip_serializing_if = "Option::is_none")]
    pub n: Option<i64>,
    #[serde(rename = "漢字", default, skip_serializing_if = "Option::is_none")]
    pub x2: Option<i64>,
    #[serde(rename = "emoji 😀", default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<i64>,
    #[serde(rename = "quote\"", default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<i64>,
    #[serde(rename = "back\\slash", default, skip_serializing_if = "Option::is_none")]
    pub back_slash: Option<i64>,
    #[serde(rename = "new\nline", default, skip_serializing_if = "Option::is_none")]
    pub new_line: Option<i64>,
    #[serde(rename = "*/", default, skip_serializing_if = "Option::is_none")]
    pub x3: Option<i64>,
    #[serde(rename = "</script>", default, skip_serializing_if = "Option::is_none")]
    pub script: Option<i64>,
    #[serde(rename = "`${x}`", default, skip_serializing_if = "Option::is_none")]
    pub x4: Option<i64>,
    #[serde(rename = "'", default, skip_serializing_if = "Option::is_none")]
    pub x5: Option<i64>,
    #[serde(rename = "__proto__", default, skip_serializing_if = "Option::is_none")]
    pub proto: Option<i64>,
    #[serde(rename = "__class__", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<i64>,
    #[serde(rename = "#", default, skip_serializing_if = "Option::is_none")]
    pub x6: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleOpenObjectRequest {
    pub name: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleOpenObjectResponse {
    pub name: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePackageManifestRequest {
    /// Pattern: ^(?:@\[a-z0-9-~]\[a-z0-9-._~]*/)?\[a-z0-9-~]\[a-z0-9-._~]*$
    pub name: String,
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin: Option<ExamplePackageManifestRequestBin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Dependencies>,
    #[serde(rename = "devDependencies", default, skip_serializing_if = "Option::is_none")]
    pub dev_dependencies: Option<Dependencies>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<ExamplePackageManifestRequestRepository>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExamplePackageManifestRequestBin {
    Text(String),
    Object2(::std::collections::BTreeMap<String, String>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExamplePackageManifestRequestRepository {
    Text(String),
    Object2(ExamplePackageManifestRequestRepositoryObject2),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePackageManifestRequestRepositoryObject2 {
    pub r#type: String,
    pub url: String,
}

pub type Dependencies = ::std::collections::BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePackageManifestResponse {
    /// Pattern: ^(?:@\[a-z0-9-~]\[a-z0-9-._~]*/)?\[a-z0-9-~]\[a-z0-9-._~]*$
    pub name: String,
    pub version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin: Option<ExamplePackageManifestResponseBin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Dependencies>,
    #[serde(rename = "devDependencies", default, skip_serializing_if = "Option::is_none")]
    pub dev_dependencies: Option<Dependencies>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<ExamplePackageManifestResponseRepository>,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExamplePackageManifestResponseBin {
    Text(String),
    Object2(::std::collections::BTreeMap<String, String>),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExamplePackageManifestResponseRepository {
    Text(String),
    Object2(ExamplePackageManifestResponseRepositoryObject2),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePackageManifestResponseRepositoryObject2 {
    pub r#type: String,
    pub url: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePaginationRequest {
    pub items: Vec<Row>,
    pub next: Option<String>,
    /// At least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

pub type Row = ::std::collections::BTreeMap<String, Option<RowValue>>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum RowValue {
    Bool(bool),
    Number(f64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePaginationResponse {
    pub items: Vec<Row>,
    pub next: Option<String>,
    /// At least 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// Note: which names further properties may have is not part of this type.
pub type ExamplePatternPropertiesRequest = ::std::collections::BTreeMap<String, ExamplePatternPropertiesRequestValue>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExamplePatternPropertiesRequestValue {
    Number(f64),
    Text(String),
}

/// Note: which names further properties may have is not part of this type.
pub type ExamplePatternPropertiesResponse = ::std::collections::BTreeMap<String, ExamplePatternPropertiesResponseValue>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExamplePatternPropertiesResponseValue {
    Number(f64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePointerReferencesRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<ExamplePointerReferencesRequestA>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<ExamplePointerReferencesRequestPropertiesA>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<Vec<ExamplePointerReferencesRequestPropertiesAPropertiesX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d: Option<AB>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePointerReferencesRequestA {
    pub x: i64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePointerReferencesRequestPropertiesA {
    pub x: i64,
}

pub type ExamplePointerReferencesRequestPropertiesAPropertiesX = i64;

pub type AB = String;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePointerReferencesResponse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub a: Option<ExamplePointerReferencesResponseA>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<ExamplePointerReferencesRequestPropertiesA>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<Vec<ExamplePointerReferencesRequestPropertiesAPropertiesX>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub d: Option<AB>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePointerReferencesResponseA {
    pub x: i64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePostalAddressRequest {
    pub street: String,
    pub city: String,
    /// Pattern: ^\[A-Z]{2}$
    pub country: String,
    /// Pattern: ^\\d{4,5}(-\\d{4})?$
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExamplePostalAddressResponse {
    pub street: String,
    pub city: String,
    /// Pattern: ^\[A-Z]{2}$
    pub country: String,
    /// Pattern: ^\\d{4,5}(-\\d{4})?$
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleProductRequest {
    #[serde(rename = "productId")]
    pub product_id: i64,
    pub name: String,
    /// Greater than 0.
    pub price: f64,
    /// Items: at least 1.
    /// No two items are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<ExampleProductRequestDimensions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<Location>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleProductRequestDimensions {
    pub length: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleProductResponse {
    #[serde(rename = "productId")]
    pub product_id: i64,
    pub name: String,
    /// Greater than 0.
    pub price: f64,
    /// Items: at least 1.
    /// No two items are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<ExampleProductResponseDimensions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<Location>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleProductResponseDimensions {
    pub length: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRemoteReferenceRequest {
    /// Note: `https://other.example/schema.json` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRemoteReferenceResponse {
    /// Note: `https://other.example/schema.json` refers to what is not in this schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRequiredUndescribedRequest {
    pub a: String,
    pub b: f64,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRequiredUndescribedResponse {
    pub a: String,
    pub b: f64,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustEnumAdjacentRequest {
    A(ExampleRustEnumAdjacentRequestA),
    B(ExampleRustEnumAdjacentRequestB),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumAdjacentRequestA {
    pub t: ExampleRustEnumAdjacentRequestAT,
    pub c: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumAdjacentRequestAT {
    #[serde(rename = "a")]
    A,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumAdjacentRequestB {
    pub t: ExampleRustEnumAdjacentRequestBT,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumAdjacentRequestBT {
    #[serde(rename = "b")]
    B,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustEnumAdjacentResponse {
    A(ExampleRustEnumAdjacentResponseA),
    B(ExampleRustEnumAdjacentResponseB),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumAdjacentResponseA {
    pub t: ExampleRustEnumAdjacentResponseAT,
    pub c: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumAdjacentResponseAT {
    #[serde(rename = "a")]
    A,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumAdjacentResponseB {
    pub t: ExampleRustEnumAdjacentResponseBT,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumAdjacentResponseBT {
    #[serde(rename = "b")]
    B,
}

/// How urgent it is
///
/// "low": Whenever there is time
/// "high": Today
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumDocumentedRequest {
    /// Whenever there is time
    #[serde(rename = "low")]
    Low,
    /// Today
    #[serde(rename = "high")]
    High,
    #[serde(rename = "a")]
    A,
    #[serde(rename = "b")]
    B,
}

/// How urgent it is
///
/// "low": Whenever there is time
/// "high": Today
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumDocumentedResponse {
    /// Whenever there is time
    #[serde(rename = "low")]
    Low,
    /// Today
    #[serde(rename = "high")]
    High,
    #[serde(rename = "a")]
    A,
    #[serde(rename = "b")]
    B,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustEnumExternalRequest {
    Known(ExampleRustEnumExternalRequestKnown),
    Object2(ExampleRustEnumExternalRequestObject2),
    Object3(ExampleRustEnumExternalRequestObject3),
    Object4(ExampleRustEnumExternalRequestObject4),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumExternalRequestKnown {
    Quit,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumExternalRequestObject2 {
    #[serde(rename = "Move")]
    pub r#move: ExampleRustEnumExternalRequestObject2Move,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustEnumExternalRequestObject2Move {
    pub x: i64,
    pub y: i64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumExternalRequestObject3 {
    #[serde(rename = "Write")]
    pub write: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumExternalRequestObject4 {
    #[serde(rename = "Color")]
    pub color: (i64, i64, i64),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustEnumExternalResponse {
    Known(ExampleRustEnumExternalResponseKnown),
    Object2(ExampleRustEnumExternalResponseObject2),
    Object3(ExampleRustEnumExternalResponseObject3),
    Object4(ExampleRustEnumExternalResponseObject4),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumExternalResponseKnown {
    Quit,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumExternalResponseObject2 {
    #[serde(rename = "Move")]
    pub r#move: ExampleRustEnumExternalResponseObject2Move,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustEnumExternalResponseObject2Move {
    pub x: i64,
    pub y: i64,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumExternalResponseObject3 {
    #[serde(rename = "Write")]
    pub write: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumExternalResponseObject4 {
    #[serde(rename = "Color")]
    pub color: (i64, i64, i64),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustEnumInternalRequest {
    Circle(ExampleRustEnumInternalRequestCircle),
    Square(ExampleRustEnumInternalRequestSquare),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumInternalRequestCircle {
    pub kind: ExampleRustEnumInternalRequestCircleKind,
    pub radius: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumInternalRequestCircleKind {
    #[serde(rename = "circle")]
    Circle,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumInternalRequestSquare {
    pub kind: ExampleRustEnumInternalRequestSquareKind,
    pub side: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumInternalRequestSquareKind {
    #[serde(rename = "square")]
    Square,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustEnumInternalResponse {
    Circle(ExampleRustEnumInternalResponseCircle),
    Square(ExampleRustEnumInternalResponseSquare),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumInternalResponseCircle {
    pub kind: ExampleRustEnumInternalResponseCircleKind,
    pub radius: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumInternalResponseCircleKind {
    #[serde(rename = "circle")]
    Circle,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct ExampleRustEnumInternalResponseSquare {
    pub kind: ExampleRustEnumInternalResponseSquareKind,
    pub side: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustEnumInternalResponseSquareKind {
    #[serde(rename = "square")]
    Square,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustFlattenedEnumRequest {
    File(ExampleRustFlattenedEnumRequestFile),
    Url(ExampleRustFlattenedEnumRequestUrl),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustFlattenedEnumRequestFile {
    pub id: i64,
    pub r#type: ExampleRustFlattenedEnumRequestFileType,
    pub path: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustFlattenedEnumRequestFileType {
    #[serde(rename = "file")]
    File,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustFlattenedEnumRequestUrl {
    pub id: i64,
    pub r#type: ExampleRustFlattenedEnumRequestUrlType,
    pub url: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustFlattenedEnumRequestUrlType {
    #[serde(rename = "url")]
    Url,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleRustFlattenedEnumResponse {
    File(ExampleRustFlattenedEnumResponseFile),
    Url(ExampleRustFlattenedEnumResponseUrl),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustFlattenedEnumResponseFile {
    pub id: i64,
    pub r#type: ExampleRustFlattenedEnumResponseFileType,
    pub path: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustFlattenedEnumResponseFileType {
    #[serde(rename = "file")]
    File,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustFlattenedEnumResponseUrl {
    pub id: i64,
    pub r#type: ExampleRustFlattenedEnumResponseUrlType,
    pub url: String,
    /// Further properties.
    #[serde(flatten)]
    pub other: ::std::collections::BTreeMap<String, ::cmdbus::serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleRustFlattenedEnumResponseUrlType {
    #[serde(rename = "url")]
    Url,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustOptionRefRequest {
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Person>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Person {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleRustOptionRefResponse {
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Person>,
}

pub type ExampleScalarBooleanRequest = bool;

pub type ExampleScalarBooleanResponse = bool;

/// Characters: at least 1.
pub type ExampleScalarStringRequest = String;

/// Characters: at least 1.
pub type ExampleScalarStringResponse = String;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleSearchQueryRequest {
    /// Characters: at least 1.
    pub query: String,
    /// At least 1.
    /// At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<ExampleSearchQueryRequestFiltersItem>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<ExampleSearchQueryRequestSort>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleSearchQueryRequestFiltersItem {
    TermFilter(TermFilter),
    RangeFilter(RangeFilter),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleSearchQueryRequestSort {
    pub by: ExampleSearchQueryRequestSortBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ExampleSearchQueryRequestSortOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleSearchQueryRequestSortBy {
    #[serde(rename = "date")]
    Date,
    #[serde(rename = "score")]
    Score,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleSearchQueryRequestSortOrder {
    #[serde(rename = "asc")]
    Asc,
    #[serde(rename = "desc")]
    Desc,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct TermFilter {
    pub field: String,
    pub term: String,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(deny_unknown_fields)]
pub struct RangeFilter {
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gte: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lt: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleSearchQueryResponse {
    /// Characters: at least 1.
    pub query: String,
    /// At least 1.
    /// At most 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<ExampleSearchQueryResponseFiltersItem>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<ExampleSearchQueryResponseSort>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleSearchQueryResponseFiltersItem {
    TermFilter(TermFilter),
    RangeFilter(RangeFilter),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleSearchQueryResponseSort {
    pub by: ExampleSearchQueryResponseSortBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ExampleSearchQueryResponseSortOrder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleSearchQueryResponseSortBy {
    #[serde(rename = "date")]
    Date,
    #[serde(rename = "score")]
    Score,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleSearchQueryResponseSortOrder {
    #[serde(rename = "asc")]
    Asc,
    #[serde(rename = "desc")]
    Desc,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleStringFormatsRequest {
    /// Format: email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Format: date-time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Format: date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Format: time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Format: uuid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Format: uri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Format: hostname.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Format: duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// Format: byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleStringFormatsResponse {
    /// Format: email.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Format: date-time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Format: date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Format: time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Format: uuid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Format: uri.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Format: hostname.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Format: duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<String>,
    /// Format: byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

pub type ExampleStringMapRequest = ::std::collections::BTreeMap<String, String>;

pub type ExampleStringMapResponse = ::std::collections::BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleTitlesAndFormatsAsNamesRequest {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<ExampleTitlesAndFormatsAsNamesRequestProperties>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleTitlesAndFormatsAsNamesRequestProperties {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleTitlesAndFormatsAsNamesResponse {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<ExampleTitlesAndFormatsAsNamesResponseProperties>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleTitlesAndFormatsAsNamesResponseProperties {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
}

pub type ExampleTreeRequest = Node;

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct Node {
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<Node>>,
}

pub type ExampleTreeResponse = Node;

/// Note: a tuple of which not all items must be there.
pub type ExampleTupleOldDraftRequest = Vec<::cmdbus::serde_json::Value>;

/// Note: a tuple of which not all items must be there.
pub type ExampleTupleOldDraftResponse = Vec<::cmdbus::serde_json::Value>;

/// Note: a tuple of which not all items must be there.
pub type ExampleTupleOpenRequest = Vec<::cmdbus::serde_json::Value>;

/// Note: a tuple of which not all items must be there.
pub type ExampleTupleOpenResponse = Vec<::cmdbus::serde_json::Value>;

pub type ExampleTuplePairRequest = (String, i64);

pub type ExampleTuplePairResponse = (String, i64);

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleTypeArrayRequest {
    pub value: ExampleTypeArrayRequestValue,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Vec<i64>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleTypeArrayRequestValue {
    Bool(bool),
    Integer(i64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleTypeArrayResponse {
    pub value: ExampleTypeArrayResponseValue,
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Vec<i64>>,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
#[serde(untagged)]
pub enum ExampleTypeArrayResponseValue {
    Bool(bool),
    Integer(i64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleUserProfileRequest {
    /// At least 1.
    pub id: u64,
    /// Format: email.
    pub email: String,
    /// Characters: at least 1.
    /// Characters: at most 80.
    #[serde(rename = "displayName", default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Format: date.
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// No two items are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<ExampleUserProfileRequestRolesItem>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleUserProfileRequestRolesItem {
    #[serde(rename = "admin")]
    Admin,
    #[serde(rename = "editor")]
    Editor,
    #[serde(rename = "viewer")]
    Viewer,
}

#[derive(Debug, Clone, PartialEq, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub struct ExampleUserProfileResponse {
    /// At least 1.
    pub id: u64,
    /// Format: email.
    pub email: String,
    /// Characters: at least 1.
    /// Characters: at most 80.
    #[serde(rename = "displayName", default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Format: date.
    /// Note: `None` is left out; `null` cannot be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
    /// No two items are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<ExampleUserProfileResponseRolesItem>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::cmdbus::serde::Serialize, ::cmdbus::serde::Deserialize)]
#[serde(crate = "::cmdbus::serde")]
pub enum ExampleUserProfileResponseRolesItem {
    #[serde(rename = "admin")]
    Admin,
    #[serde(rename = "editor")]
    Editor,
    #[serde(rename = "viewer")]
    Viewer,
}
