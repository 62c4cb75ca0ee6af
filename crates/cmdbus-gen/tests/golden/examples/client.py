# Made by `cmdbus gen python`. Do not edit: make it anew.
# flake8: noqa
# ruff: noqa
# pylint: skip-file
# pyright: reportUnusedImport=false, reportUnusedClass=false
from __future__ import annotations

import http.client
import importlib
import json
import math
import socket
import ssl
import threading
import time
import urllib.parse
import uuid
import weakref
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    Iterator,
    List,
    Literal,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    cast,
)

if TYPE_CHECKING:
    from typing_extensions import NotRequired, TypeAlias, TypeAliasType, TypedDict
else:
    try:
        # pydantic brings this package, and wants types from there.
        from typing_extensions import NotRequired, TypeAlias, TypeAliasType, TypedDict
    except ImportError:
        from typing import TypedDict

        def TypeAliasType(name, value):
            return value


# Note: further properties may be there.
class ExampleAllOfMergeRequest(TypedDict):
    id: str
    size: int


# Note: further properties may be there.
class Base(TypedDict):
    id: str
    size: NotRequired[float]


# Note: further properties may be there.
class ExampleAllOfMergeResponse(TypedDict):
    id: str
    size: int


# Note: further properties may be there.
class Item(TypedDict):
    name: str
    parts: NotRequired[List[Item]]


ExampleAllOfRecursiveRequest: TypeAlias = Item


ExampleAllOfRecursiveResponse: TypeAlias = Item


# Characters: at least 2.
# Characters: at most 4.
ExampleAllOfScalarsRequest: TypeAlias = str


# Characters: at least 2.
# Characters: at most 4.
ExampleAllOfScalarsResponse: TypeAlias = str


class N(TypedDict):
    again: NotRequired[N]


class ExampleAnchorsRequest(TypedDict):
    node: NotRequired[N]


class ExampleAnchorsResponse(TypedDict):
    node: NotRequired[N]


class ExampleBooleanSchemasRequest(TypedDict):
    any: Any
    # Note: no value is allowed here.
    # Note: no value is allowed here.
    none: NotRequired[Any]
    list: NotRequired[List[Any]]


class ExampleBooleanSchemasResponse(TypedDict):
    any: Any
    # Note: no value is allowed here.
    # Note: no value is allowed here.
    none: NotRequired[Any]
    list: NotRequired[List[Any]]


class ExampleCalendarEventRequestAttendeesItem(TypedDict):
    # Format: email.
    email: str
    status: NotRequired[Literal["accepted", "declined", "tentative", "needs-action"]]


class ExampleCalendarEventRequestRecurrence1(TypedDict):
    freq: Literal["DAILY", "WEEKLY", "MONTHLY"]
    # At least 1.
    count: NotRequired[int]


class ExampleCalendarEventRequest(TypedDict):
    title: str
    # Format: date-time.
    start: str
    # Format: date-time.
    end: NotRequired[str]
    attendees: NotRequired[List[ExampleCalendarEventRequestAttendeesItem]]
    recurrence: NotRequired[Optional[ExampleCalendarEventRequestRecurrence1]]
    # Items: at most 5.
    reminders: NotRequired[List[int]]


class ExampleCalendarEventResponseAttendeesItem(TypedDict):
    # Format: email.
    email: str
    status: NotRequired[Literal["accepted", "declined", "tentative", "needs-action"]]


class ExampleCalendarEventResponseRecurrence1(TypedDict):
    freq: Literal["DAILY", "WEEKLY", "MONTHLY"]
    # At least 1.
    count: NotRequired[int]


class ExampleCalendarEventResponse(TypedDict):
    title: str
    # Format: date-time.
    start: str
    # Format: date-time.
    end: NotRequired[str]
    attendees: NotRequired[List[ExampleCalendarEventResponseAttendeesItem]]
    recurrence: NotRequired[Optional[ExampleCalendarEventResponseRecurrence1]]
    # Items: at most 5.
    reminders: NotRequired[List[int]]


class ExampleChatCompletionRequestMessagesItem1(TypedDict):
    role: Literal["system"]
    content: str


class ExampleChatCompletionRequestMessagesItem2Content2Item(TypedDict):
    type: Literal["text", "image"]
    value: str


class ExampleChatCompletionRequestMessagesItem2(TypedDict):
    role: Literal["user"]
    content: Union[str, List[ExampleChatCompletionRequestMessagesItem2Content2Item]]


class ExampleChatCompletionRequestMessagesItem3CallsItem(TypedDict):
    id: str
    name: str
    arguments: str


class ExampleChatCompletionRequestMessagesItem3(TypedDict):
    role: Literal["assistant"]
    content: NotRequired[Optional[str]]
    calls: NotRequired[List[ExampleChatCompletionRequestMessagesItem3CallsItem]]


class ExampleChatCompletionRequest(TypedDict):
    model: str
    # Items: at least 1.
    messages: List[Union[ExampleChatCompletionRequestMessagesItem1, ExampleChatCompletionRequestMessagesItem2, ExampleChatCompletionRequestMessagesItem3]]
    # At least 0.
    # At most 2.
    temperature: NotRequired[float]
    # Items: at most 4.
    stop: NotRequired[Union[str, List[str], None]]


class ExampleChatCompletionResponseMessagesItem1(TypedDict):
    role: Literal["system"]
    content: str


class ExampleChatCompletionResponseMessagesItem2Content2Item(TypedDict):
    type: Literal["text", "image"]
    value: str


class ExampleChatCompletionResponseMessagesItem2(TypedDict):
    role: Literal["user"]
    content: Union[str, List[ExampleChatCompletionResponseMessagesItem2Content2Item]]


class ExampleChatCompletionResponseMessagesItem3CallsItem(TypedDict):
    id: str
    name: str
    arguments: str


class ExampleChatCompletionResponseMessagesItem3(TypedDict):
    role: Literal["assistant"]
    content: NotRequired[Optional[str]]
    calls: NotRequired[List[ExampleChatCompletionResponseMessagesItem3CallsItem]]


class ExampleChatCompletionResponse(TypedDict):
    model: str
    # Items: at least 1.
    messages: List[Union[ExampleChatCompletionResponseMessagesItem1, ExampleChatCompletionResponseMessagesItem2, ExampleChatCompletionResponseMessagesItem3]]
    # At least 0.
    # At most 2.
    temperature: NotRequired[float]
    # Items: at most 4.
    stop: NotRequired[Union[str, List[str], None]]


class A(TypedDict):
    a: NotRequired[str]


class B(TypedDict):
    b: NotRequired[str]


class X(TypedDict):
    x: str


class Xy(TypedDict):
    x: str
    y: str


Alias: TypeAlias = B


Either: TypeAlias = Union[A, None, Alias]


class C(TypedDict):
    c: NotRequired[str]


# Note: further properties may be there.
class ExampleClosedAlternativesRequestOpen1(TypedDict):
    x: str


# Note: further properties may be there.
class ExampleClosedAlternativesRequestOpen2(TypedDict):
    x: str
    y: int


class ExampleClosedAlternativesRequest(TypedDict):
    either: NotRequired[Union[A, B]]
    longer: NotRequired[Union[X, Xy]]
    nested: NotRequired[Union[Either, C, None]]
    list: NotRequired[Union[Xy, List[str]]]
    open: NotRequired[Union[ExampleClosedAlternativesRequestOpen1, ExampleClosedAlternativesRequestOpen2]]


# Note: further properties may be there.
class ExampleClosedAlternativesResponseOpen1(TypedDict):
    x: str


# Note: further properties may be there.
class ExampleClosedAlternativesResponseOpen2(TypedDict):
    x: str
    y: int


class ExampleClosedAlternativesResponse(TypedDict):
    either: NotRequired[Union[A, B]]
    longer: NotRequired[Union[X, Xy]]
    nested: NotRequired[Union[Either, C, None]]
    list: NotRequired[Union[Xy, List[str]]]
    open: NotRequired[Union[ExampleClosedAlternativesResponseOpen1, ExampleClosedAlternativesResponseOpen2]]


# Note: what `not` demands is not part of this type.
# Note: what `if` demands is not part of this type.
# Note: what `dependentRequired` demands is not part of this type.
# Note: what `propertyNames` demands is not part of this type.
# Note: further properties may be there.
class ExampleConditionalsRequest(TypedDict):
    kind: str
    size: NotRequired[int]


# Note: what `not` demands is not part of this type.
# Note: what `if` demands is not part of this type.
# Note: what `dependentRequired` demands is not part of this type.
# Note: what `propertyNames` demands is not part of this type.
# Note: further properties may be there.
class ExampleConditionalsResponse(TypedDict):
    kind: str
    size: NotRequired[int]


class ExampleDeepNestingRequestAbCdItemE1(TypedDict):
    f: NotRequired[int]


class ExampleDeepNestingRequestAbCDItem(TypedDict):
    e: NotRequired[Optional[ExampleDeepNestingRequestAbCdItemE1]]


class ExampleDeepNestingRequestAbC(TypedDict):
    d: NotRequired[List[ExampleDeepNestingRequestAbCDItem]]


class ExampleDeepNestingRequestAB(TypedDict):
    c: NotRequired[ExampleDeepNestingRequestAbC]


class ExampleDeepNestingRequestA(TypedDict):
    b: NotRequired[ExampleDeepNestingRequestAB]


class ExampleDeepNestingRequest(TypedDict):
    a: NotRequired[ExampleDeepNestingRequestA]


class ExampleDeepNestingResponseAbCdItemE1(TypedDict):
    f: NotRequired[int]


class ExampleDeepNestingResponseAbCDItem(TypedDict):
    e: NotRequired[Optional[ExampleDeepNestingResponseAbCdItemE1]]


class ExampleDeepNestingResponseAbC(TypedDict):
    d: NotRequired[List[ExampleDeepNestingResponseAbCDItem]]


class ExampleDeepNestingResponseAB(TypedDict):
    c: NotRequired[ExampleDeepNestingResponseAbC]


class ExampleDeepNestingResponseA(TypedDict):
    b: NotRequired[ExampleDeepNestingResponseAB]


class ExampleDeepNestingResponse(TypedDict):
    a: NotRequired[ExampleDeepNestingResponseA]


# At most 10.
# Greater than 0.
ExampleDraft4ExclusiveRequest: TypeAlias = float


# At most 10.
# Greater than 0.
ExampleDraft4ExclusiveResponse: TypeAlias = float


class ExampleEmptyClosedRequest(TypedDict):
    pass


class ExampleEmptyClosedResponse(TypedDict):
    pass


ExampleEmptyOpenRequest: TypeAlias = Dict[str, Any]


ExampleEmptyOpenResponse: TypeAlias = Dict[str, Any]


ExampleEverythingRequest: TypeAlias = Any


ExampleEverythingResponse: TypeAlias = Any


# Note: further properties may be there.
class ExampleFieldsAndRestRequest(TypedDict):
    name: str
    count: NotRequired[int]


# Note: further properties may be there.
class ExampleFieldsAndRestResponse(TypedDict):
    name: str
    count: NotRequired[int]


class Entry1(TypedDict):
    kind: Literal["file"]
    name: str
    size: int


class Entry2_2(TypedDict):
    kind: Literal["directory"]
    name: str
    entries: NotRequired[List[Entry]]


Entry = TypeAliasType("Entry", Union[Entry1, Entry2_2])


class ExampleFileListingRequest(TypedDict):
    path: str
    entries: List[Entry]


class ExampleFileListingResponse(TypedDict):
    path: str
    entries: List[Entry]


class ExampleGeoPointRequest(TypedDict):
    # At least -90.
    # At most 90.
    lat: float
    # At most 180.
    # Greater than -180.
    lon: float


class ExampleGeoPointResponse(TypedDict):
    # At least -90.
    # At most 90.
    lat: float
    # At most 180.
    # Greater than -180.
    lon: float


class ExampleGeojsonGeometryRequest1(TypedDict):
    type: Literal["Point"]
    # Items: at least 2.
    # Items: at most 3.
    coordinates: List[float]


class ExampleGeojsonGeometryRequest2(TypedDict):
    type: Literal["LineString"]
    # Items: at least 2.
    coordinates: List[List[float]]


class ExampleGeojsonGeometryRequest3(TypedDict):
    type: Literal["Polygon"]
    coordinates: List[List[List[float]]]


ExampleGeojsonGeometryRequest: TypeAlias = Union[ExampleGeojsonGeometryRequest1, ExampleGeojsonGeometryRequest2, ExampleGeojsonGeometryRequest3]


class ExampleGeojsonGeometryResponse1(TypedDict):
    type: Literal["Point"]
    # Items: at least 2.
    # Items: at most 3.
    coordinates: List[float]


class ExampleGeojsonGeometryResponse2(TypedDict):
    type: Literal["LineString"]
    # Items: at least 2.
    coordinates: List[List[float]]


class ExampleGeojsonGeometryResponse3(TypedDict):
    type: Literal["Polygon"]
    coordinates: List[List[List[float]]]


ExampleGeojsonGeometryResponse: TypeAlias = Union[ExampleGeojsonGeometryResponse1, ExampleGeojsonGeometryResponse2, ExampleGeojsonGeometryResponse3]


class Money(TypedDict):
    cents: int
    currency: str


class Line(TypedDict):
    text: str
    # Greater than 0.
    quantity: float
    unitPrice: Money
    vat: NotRequired[Literal[0, 7, 19]]


class Party(TypedDict):
    name: str
    vatId: NotRequired[Optional[str]]


class ExampleInvoiceRequest(TypedDict):
    number: str
    # Items: at least 1.
    lines: List[Line]
    customer: Party
    supplier: Party
    paid: NotRequired[bool]


class ExampleInvoiceResponse(TypedDict):
    number: str
    # Items: at least 1.
    lines: List[Line]
    customer: Party
    supplier: Party
    paid: NotRequired[bool]


Json = TypeAliasType("Json", Union[None, bool, float, str, List["Json"], Dict[str, "Json"]])


ExampleJsonValueRequest: TypeAlias = Json


ExampleJsonValueResponse: TypeAlias = Json


ExampleKeywordsAsNamesRequest = TypedDict(
    "ExampleKeywordsAsNamesRequest",
    {
        "type": "NotRequired[str]",
        "class": "NotRequired[str]",
        "def": "NotRequired[str]",
        "fn": "NotRequired[str]",
        "self": "NotRequired[str]",
        "crate": "NotRequired[str]",
        "super": "NotRequired[str]",
        "Self": "NotRequired[str]",
        "async": "NotRequired[str]",
        "await": "NotRequired[str]",
        "match": "NotRequired[str]",
        "None": "NotRequired[str]",
        "True": "NotRequired[str]",
        "enum": "NotRequired[str]",
        "default": "NotRequired[str]",
        "delete": "NotRequired[str]",
        "new": "NotRequired[str]",
        "constructor": "NotRequired[str]",
        "prototype": "NotRequired[str]",
        "toString": "NotRequired[str]",
        "hasOwnProperty": "NotRequired[str]",
        "yield": "NotRequired[str]",
        "lambda": "NotRequired[str]",
        "r#type": "NotRequired[str]",
        "_": "NotRequired[str]",
        "str": "NotRequired[str]",
        "int": "NotRequired[str]",
    },
)


ExampleKeywordsAsNamesResponse = TypedDict(
    "ExampleKeywordsAsNamesResponse",
    {
        "type": "NotRequired[str]",
        "class": "NotRequired[str]",
        "def": "NotRequired[str]",
        "fn": "NotRequired[str]",
        "self": "NotRequired[str]",
        "crate": "NotRequired[str]",
        "super": "NotRequired[str]",
        "Self": "NotRequired[str]",
        "async": "NotRequired[str]",
        "await": "NotRequired[str]",
        "match": "NotRequired[str]",
        "None": "NotRequired[str]",
        "True": "NotRequired[str]",
        "enum": "NotRequired[str]",
        "default": "NotRequired[str]",
        "delete": "NotRequired[str]",
        "new": "NotRequired[str]",
        "constructor": "NotRequired[str]",
        "prototype": "NotRequired[str]",
        "toString": "NotRequired[str]",
        "hasOwnProperty": "NotRequired[str]",
        "yield": "NotRequired[str]",
        "lambda": "NotRequired[str]",
        "r#type": "NotRequired[str]",
        "_": "NotRequired[str]",
        "str": "NotRequired[str]",
        "int": "NotRequired[str]",
    },
)


class ExampleLinkedListRequest(TypedDict):
    value: int
    next: NotRequired[Optional[ExampleLinkedListRequest]]


class ExampleLinkedListResponse(TypedDict):
    value: int
    next: NotRequired[Optional[ExampleLinkedListResponse]]


class Entry2(TypedDict):
    # At least 0.
    size: int
    # Format: date-time.
    modified: NotRequired[str]


ExampleMapOfRecordsRequest: TypeAlias = Dict[str, Entry2]


ExampleMapOfRecordsResponse: TypeAlias = Dict[str, Entry2]


# Items: at least 2.
# Items: at most 2.
ExampleMatrixRequest: TypeAlias = List[List[float]]


# Items: at least 2.
# Items: at most 2.
ExampleMatrixResponse: TypeAlias = List[List[float]]


class ExampleMcpToolResultRequestContentItem1(TypedDict):
    type: Literal["text"]
    text: str


class ExampleMcpToolResultRequestContentItem2(TypedDict):
    type: Literal["image"]
    data: str
    mimeType: str


class ExampleMcpToolResultRequest(TypedDict):
    content: List[Union[ExampleMcpToolResultRequestContentItem1, ExampleMcpToolResultRequestContentItem2]]
    isError: NotRequired[bool]


class ExampleMcpToolResultResponseContentItem1(TypedDict):
    type: Literal["text"]
    text: str


class ExampleMcpToolResultResponseContentItem2(TypedDict):
    type: Literal["image"]
    data: str
    mimeType: str


class ExampleMcpToolResultResponse(TypedDict):
    content: List[Union[ExampleMcpToolResultResponseContentItem1, ExampleMcpToolResultResponseContentItem2]]
    isError: NotRequired[bool]


ExampleMixedEnumRequest: TypeAlias = Optional[Union[Literal["auto", 0, 1, True], float]]


ExampleMixedEnumResponse: TypeAlias = Optional[Union[Literal["auto", 0, 1, True], float]]


class ExampleMoneyRequest(TypedDict):
    # Pattern: ^-?\d+(\.\d{1,4})?$
    amount: str
    currency: Literal["EUR", "USD", "JPY"]


class ExampleMoneyResponse(TypedDict):
    # Pattern: ^-?\d+(\.\d{1,4})?$
    amount: str
    currency: Literal["EUR", "USD", "JPY"]


Expression = TypeAliasType("Expression", Union[float, "Sum"])


class Sum(TypedDict):
    left: Expression
    right: Expression


ExampleMutualRecursionRequest: TypeAlias = Expression


ExampleMutualRecursionResponse: TypeAlias = Expression


class ExampleNestedUnionsRequestWhen4(TypedDict):
    relative: str


class ExampleNestedUnionsRequest(TypedDict):
    # Format: date-time.
    when: Union[str, int, None, ExampleNestedUnionsRequestWhen4]


class ExampleNestedUnionsResponseWhen4(TypedDict):
    relative: str


class ExampleNestedUnionsResponse(TypedDict):
    # Format: date-time.
    when: Union[str, int, None, ExampleNestedUnionsResponseWhen4]


ExampleNullOnlyRequest: TypeAlias = None


ExampleNullOnlyResponse: TypeAlias = None


class ExampleNullableEnumRequest(TypedDict):
    mode: Optional[Literal["fast", "slow"]]


class ExampleNullableEnumResponse(TypedDict):
    mode: Optional[Literal["fast", "slow"]]


class ExampleNullableOpenapiRequest(TypedDict):
    note: Optional[str]
    level: NotRequired[Optional[Literal[1, 2, 3]]]


class ExampleNullableOpenapiResponse(TypedDict):
    note: Optional[str]
    level: NotRequired[Optional[Literal[1, 2, 3]]]


class ExampleNumberLimitsRequest(TypedDict):
    # At least 0.
    # At most 100.
    percent: NotRequired[float]
    # At least 1.
    # At most 65535.
    port: NotRequired[int]
    # Greater than 0.
    # Less than 1.
    ratio: NotRequired[float]
    # A multiple of 2.
    even: NotRequired[int]
    # At least 0.
    # At most 18446744073709551615.
    big: NotRequired[int]


class ExampleNumberLimitsResponse(TypedDict):
    # At least 0.
    # At most 100.
    percent: NotRequired[float]
    # At least 1.
    # At most 65535.
    port: NotRequired[int]
    # Greater than 0.
    # Less than 1.
    ratio: NotRequired[float]
    # A multiple of 2.
    even: NotRequired[int]
    # At least 0.
    # At most 18446744073709551615.
    big: NotRequired[int]


class ExampleObjectConstRequest(TypedDict):
    # Note: one of {"major":1,"tags":["a",1]}.
    version: Any
    one: NotRequired[Literal[1]]
    off: NotRequired[Literal[False]]


class ExampleObjectConstResponse(TypedDict):
    # Note: one of {"major":1,"tags":["a",1]}.
    version: Any
    one: NotRequired[Literal[1]]
    off: NotRequired[Literal[False]]


# Note: there is a property with an empty name, which a type cannot have here.
ExampleOddNamesRequest = TypedDict(
    "ExampleOddNamesRequest",
    {
        "foo-bar": "NotRequired[int]",
        "foo_bar": "NotRequired[int]",
        "fooBar": "NotRequired[int]",
        "foo bar": "NotRequired[int]",
        "1st": "NotRequired[int]",
        "$ref": "NotRequired[int]",
        "$id": "NotRequired[int]",
        "@type": "NotRequired[int]",
        "a.b": "NotRequired[int]",
        "ünï": "NotRequired[int]",
        "漢字": "NotRequired[int]",
        "emoji 😀": "NotRequired[int]",
        "quote\"": "NotRequired[int]",
        "back\\slash": "NotRequired[int]",
        "new\nline": "NotRequired[int]",
        "*/": "NotRequired[int]",
        "</script>": "NotRequired[int]",
        "`${x}`": "NotRequired[int]",
        "'": "NotRequired[int]",
        "__proto__": "NotRequired[int]",
        "__class__": "NotRequired[int]",
        "#": "NotRequired[int]",
    },
)


# Note: there is a property with an empty name, which a type cannot have here.
ExampleOddNamesResponse = TypedDict(
    "ExampleOddNamesResponse",
    {
        "foo-bar": "NotRequired[int]",
        "foo_bar": "NotRequired[int]",
        "fooBar": "NotRequired[int]",
        "foo bar": "NotRequired[int]",
        "1st": "NotRequired[int]",
        "$ref": "NotRequired[int]",
        "$id": "NotRequired[int]",
        "@type": "NotRequired[int]",
        "a.b": "NotRequired[int]",
        "ünï": "NotRequired[int]",
        "漢字": "NotRequired[int]",
        "emoji 😀": "NotRequired[int]",
        "quote\"": "NotRequired[int]",
        "back\\slash": "NotRequired[int]",
        "new\nline": "NotRequired[int]",
        "*/": "NotRequired[int]",
        "</script>": "NotRequired[int]",
        "`${x}`": "NotRequired[int]",
        "'": "NotRequired[int]",
        "__proto__": "NotRequired[int]",
        "__class__": "NotRequired[int]",
        "#": "NotRequired[int]",
    },
)


# Note: further properties may be there.
class ExampleOpenObjectRequest(TypedDict):
    name: str


# Note: further properties may be there.
class ExampleOpenObjectResponse(TypedDict):
    name: str


Dependencies: TypeAlias = Dict[str, str]


class ExamplePackageManifestRequestRepository2(TypedDict):
    type: str
    url: str


# Note: further properties may be there.
class ExamplePackageManifestRequest(TypedDict):
    # Pattern: ^(?:@[a-z0-9-~][a-z0-9-._~]*/)?[a-z0-9-~][a-z0-9-._~]*$
    name: str
    version: str
    private: NotRequired[bool]
    bin: NotRequired[Union[str, Dict[str, str]]]
    dependencies: NotRequired[Dependencies]
    devDependencies: NotRequired[Dependencies]
    repository: NotRequired[Union[str, ExamplePackageManifestRequestRepository2]]


class ExamplePackageManifestResponseRepository2(TypedDict):
    type: str
    url: str


# Note: further properties may be there.
class ExamplePackageManifestResponse(TypedDict):
    # Pattern: ^(?:@[a-z0-9-~][a-z0-9-._~]*/)?[a-z0-9-~][a-z0-9-._~]*$
    name: str
    version: str
    private: NotRequired[bool]
    bin: NotRequired[Union[str, Dict[str, str]]]
    dependencies: NotRequired[Dependencies]
    devDependencies: NotRequired[Dependencies]
    repository: NotRequired[Union[str, ExamplePackageManifestResponseRepository2]]


Row: TypeAlias = Dict[str, Union[str, float, bool, None]]


class ExamplePaginationRequest(TypedDict):
    items: List[Row]
    next: Optional[str]
    # At least 0.
    total: NotRequired[int]


class ExamplePaginationResponse(TypedDict):
    items: List[Row]
    next: Optional[str]
    # At least 0.
    total: NotRequired[int]


# Note: which names further properties may have is not part of this type.
ExamplePatternPropertiesRequest: TypeAlias = Dict[str, Union[str, float]]


# Note: which names further properties may have is not part of this type.
ExamplePatternPropertiesResponse: TypeAlias = Dict[str, Union[str, float]]


class ExamplePointerReferencesRequestPropertiesA(TypedDict):
    x: int


ExamplePointerReferencesRequestPropertiesAPropertiesX: TypeAlias = int


AB: TypeAlias = str


class ExamplePointerReferencesRequestA(TypedDict):
    x: int


class ExamplePointerReferencesRequest(TypedDict):
    a: NotRequired[ExamplePointerReferencesRequestA]
    b: NotRequired[ExamplePointerReferencesRequestPropertiesA]
    c: NotRequired[List[ExamplePointerReferencesRequestPropertiesAPropertiesX]]
    d: NotRequired[AB]


class ExamplePointerReferencesResponseA(TypedDict):
    x: int


class ExamplePointerReferencesResponse(TypedDict):
    a: NotRequired[ExamplePointerReferencesResponseA]
    b: NotRequired[ExamplePointerReferencesRequestPropertiesA]
    c: NotRequired[List[ExamplePointerReferencesRequestPropertiesAPropertiesX]]
    d: NotRequired[AB]


class ExamplePostalAddressRequest(TypedDict):
    street: str
    city: str
    # Pattern: ^[A-Z]{2}$
    country: str
    # Pattern: ^\d{4,5}(-\d{4})?$
    zip: NotRequired[str]


class ExamplePostalAddressResponse(TypedDict):
    street: str
    city: str
    # Pattern: ^[A-Z]{2}$
    country: str
    # Pattern: ^\d{4,5}(-\d{4})?$
    zip: NotRequired[str]


class Location(TypedDict):
    latitude: float
    longitude: float


class ExampleProductRequestDimensions(TypedDict):
    length: float
    width: float
    height: float


class ExampleProductRequest(TypedDict):
    productId: int
    name: str
    # Greater than 0.
    price: float
    # Items: at least 1.
    # No two items are equal.
    tags: NotRequired[List[str]]
    dimensions: NotRequired[ExampleProductRequestDimensions]
    warehouse: NotRequired[Location]


class ExampleProductResponseDimensions(TypedDict):
    length: float
    width: float
    height: float


class ExampleProductResponse(TypedDict):
    productId: int
    name: str
    # Greater than 0.
    price: float
    # Items: at least 1.
    # No two items are equal.
    tags: NotRequired[List[str]]
    dimensions: NotRequired[ExampleProductResponseDimensions]
    warehouse: NotRequired[Location]


class ExampleRemoteReferenceRequest(TypedDict):
    # Note: `https://other.example/schema.json` refers to what is not in this schema.
    x: NotRequired[Any]


class ExampleRemoteReferenceResponse(TypedDict):
    # Note: `https://other.example/schema.json` refers to what is not in this schema.
    x: NotRequired[Any]


# Note: further properties may be there.
class ExampleRequiredUndescribedRequest(TypedDict):
    a: str
    b: float


# Note: further properties may be there.
class ExampleRequiredUndescribedResponse(TypedDict):
    a: str
    b: float


class ExampleRustEnumAdjacentRequest1(TypedDict):
    t: Literal["a"]
    c: str


class ExampleRustEnumAdjacentRequest2(TypedDict):
    t: Literal["b"]


ExampleRustEnumAdjacentRequest: TypeAlias = Union[ExampleRustEnumAdjacentRequest1, ExampleRustEnumAdjacentRequest2]


class ExampleRustEnumAdjacentResponse1(TypedDict):
    t: Literal["a"]
    c: str


class ExampleRustEnumAdjacentResponse2(TypedDict):
    t: Literal["b"]


ExampleRustEnumAdjacentResponse: TypeAlias = Union[ExampleRustEnumAdjacentResponse1, ExampleRustEnumAdjacentResponse2]


# How urgent it is
#
# "low": Whenever there is time
# "high": Today
ExampleRustEnumDocumentedRequest: TypeAlias = Literal["low", "high", "a", "b"]


# How urgent it is
#
# "low": Whenever there is time
# "high": Today
ExampleRustEnumDocumentedResponse: TypeAlias = Literal["low", "high", "a", "b"]


class ExampleRustEnumExternalRequest2Move(TypedDict):
    x: int
    y: int


ExampleRustEnumExternalRequest2 = TypedDict(
    "ExampleRustEnumExternalRequest2",
    {
        "Move": "ExampleRustEnumExternalRequest2Move",
    },
)


ExampleRustEnumExternalRequest3 = TypedDict(
    "ExampleRustEnumExternalRequest3",
    {
        "Write": "str",
    },
)


ExampleRustEnumExternalRequest4 = TypedDict(
    "ExampleRustEnumExternalRequest4",
    {
        # Note: a list of 3 items, each of a type of its own.
        "Color": "List[int]",
    },
)


ExampleRustEnumExternalRequest: TypeAlias = Union[Literal["Quit"], ExampleRustEnumExternalRequest2, ExampleRustEnumExternalRequest3, ExampleRustEnumExternalRequest4]


class ExampleRustEnumExternalResponse2Move(TypedDict):
    x: int
    y: int


ExampleRustEnumExternalResponse2 = TypedDict(
    "ExampleRustEnumExternalResponse2",
    {
        "Move": "ExampleRustEnumExternalResponse2Move",
    },
)


ExampleRustEnumExternalResponse3 = TypedDict(
    "ExampleRustEnumExternalResponse3",
    {
        "Write": "str",
    },
)


ExampleRustEnumExternalResponse4 = TypedDict(
    "ExampleRustEnumExternalResponse4",
    {
        # Note: a list of 3 items, each of a type of its own.
        "Color": "List[int]",
    },
)


ExampleRustEnumExternalResponse: TypeAlias = Union[Literal["Quit"], ExampleRustEnumExternalResponse2, ExampleRustEnumExternalResponse3, ExampleRustEnumExternalResponse4]


class ExampleRustEnumInternalRequest1(TypedDict):
    kind: Literal["circle"]
    radius: float


class ExampleRustEnumInternalRequest2(TypedDict):
    kind: Literal["square"]
    side: float


ExampleRustEnumInternalRequest: TypeAlias = Union[ExampleRustEnumInternalRequest1, ExampleRustEnumInternalRequest2]


class ExampleRustEnumInternalResponse1(TypedDict):
    kind: Literal["circle"]
    radius: float


class ExampleRustEnumInternalResponse2(TypedDict):
    kind: Literal["square"]
    side: float


ExampleRustEnumInternalResponse: TypeAlias = Union[ExampleRustEnumInternalResponse1, ExampleRustEnumInternalResponse2]


# Note: further properties may be there.
class ExampleRustFlattenedEnumRequest1(TypedDict):
    id: int
    type: Literal["file"]
    path: str


# Note: further properties may be there.
class ExampleRustFlattenedEnumRequest2(TypedDict):
    id: int
    type: Literal["url"]
    url: str


ExampleRustFlattenedEnumRequest: TypeAlias = Union[ExampleRustFlattenedEnumRequest1, ExampleRustFlattenedEnumRequest2]


# Note: further properties may be there.
class ExampleRustFlattenedEnumResponse1(TypedDict):
    id: int
    type: Literal["file"]
    path: str


# Note: further properties may be there.
class ExampleRustFlattenedEnumResponse2(TypedDict):
    id: int
    type: Literal["url"]
    url: str


ExampleRustFlattenedEnumResponse: TypeAlias = Union[ExampleRustFlattenedEnumResponse1, ExampleRustFlattenedEnumResponse2]


class Person(TypedDict):
    name: str


class ExampleRustOptionRefRequest(TypedDict):
    owner: NotRequired[Optional[Person]]


class ExampleRustOptionRefResponse(TypedDict):
    owner: NotRequired[Optional[Person]]


ExampleScalarBooleanRequest: TypeAlias = bool


ExampleScalarBooleanResponse: TypeAlias = bool


# Characters: at least 1.
ExampleScalarStringRequest: TypeAlias = str


# Characters: at least 1.
ExampleScalarStringResponse: TypeAlias = str


class TermFilter(TypedDict):
    field: str
    term: str


class RangeFilter(TypedDict):
    field: str
    gte: NotRequired[float]
    lt: NotRequired[float]


class ExampleSearchQueryRequestSort(TypedDict):
    by: Literal["date", "score"]
    order: NotRequired[Literal["asc", "desc"]]


class ExampleSearchQueryRequest(TypedDict):
    # Characters: at least 1.
    query: str
    # At least 1.
    # At most 100.
    limit: NotRequired[int]
    cursor: NotRequired[Optional[str]]
    filters: NotRequired[List[Union[TermFilter, RangeFilter]]]
    sort: NotRequired[ExampleSearchQueryRequestSort]


class ExampleSearchQueryResponseSort(TypedDict):
    by: Literal["date", "score"]
    order: NotRequired[Literal["asc", "desc"]]


class ExampleSearchQueryResponse(TypedDict):
    # Characters: at least 1.
    query: str
    # At least 1.
    # At most 100.
    limit: NotRequired[int]
    cursor: NotRequired[Optional[str]]
    filters: NotRequired[List[Union[TermFilter, RangeFilter]]]
    sort: NotRequired[ExampleSearchQueryResponseSort]


class ExampleStringFormatsRequest(TypedDict):
    # Format: email.
    mail: NotRequired[str]
    # Format: date-time.
    at: NotRequired[str]
    # Format: date.
    day: NotRequired[str]
    # Format: time.
    time: NotRequired[str]
    # Format: uuid.
    id: NotRequired[str]
    # Format: uri.
    link: NotRequired[str]
    # Format: hostname.
    host: NotRequired[str]
    # Format: duration.
    span: NotRequired[str]
    # Format: byte.
    data: NotRequired[str]


class ExampleStringFormatsResponse(TypedDict):
    # Format: email.
    mail: NotRequired[str]
    # Format: date-time.
    at: NotRequired[str]
    # Format: date.
    day: NotRequired[str]
    # Format: time.
    time: NotRequired[str]
    # Format: uuid.
    id: NotRequired[str]
    # Format: uri.
    link: NotRequired[str]
    # Format: hostname.
    host: NotRequired[str]
    # Format: duration.
    span: NotRequired[str]
    # Format: byte.
    data: NotRequired[str]


ExampleStringMapRequest: TypeAlias = Dict[str, str]


ExampleStringMapResponse: TypeAlias = Dict[str, str]


class ExampleTitlesAndFormatsAsNamesRequestProperties(TypedDict):
    items: NotRequired[str]


ExampleTitlesAndFormatsAsNamesRequest = TypedDict(
    "ExampleTitlesAndFormatsAsNamesRequest",
    {
        "title": "str",
        "format": "NotRequired[str]",
        "$schema": "NotRequired[str]",
        "properties": "NotRequired[ExampleTitlesAndFormatsAsNamesRequestProperties]",
    },
)


class ExampleTitlesAndFormatsAsNamesResponseProperties(TypedDict):
    items: NotRequired[str]


ExampleTitlesAndFormatsAsNamesResponse = TypedDict(
    "ExampleTitlesAndFormatsAsNamesResponse",
    {
        "title": "str",
        "format": "NotRequired[str]",
        "$schema": "NotRequired[str]",
        "properties": "NotRequired[ExampleTitlesAndFormatsAsNamesResponseProperties]",
    },
)


class Node(TypedDict):
    value: str
    children: NotRequired[List[Node]]


ExampleTreeRequest: TypeAlias = Node


ExampleTreeResponse: TypeAlias = Node


# Note: a list of up to 2 items, each of a type of its own.
ExampleTupleOldDraftRequest: TypeAlias = List[Union[str, float, bool]]


# Note: a list of up to 2 items, each of a type of its own.
ExampleTupleOldDraftResponse: TypeAlias = List[Union[str, float, bool]]


# Note: a list of up to 2 items, each of a type of its own.
ExampleTupleOpenRequest: TypeAlias = List[Any]


# Note: a list of up to 2 items, each of a type of its own.
ExampleTupleOpenResponse: TypeAlias = List[Any]


# Note: a list of 2 items, each of a type of its own.
ExampleTuplePairRequest: TypeAlias = List[Union[str, int]]


# Note: a list of 2 items, each of a type of its own.
ExampleTuplePairResponse: TypeAlias = List[Union[str, int]]


class ExampleTypeArrayRequest(TypedDict):
    value: Union[str, int, bool]
    extra: NotRequired[Optional[List[int]]]


class ExampleTypeArrayResponse(TypedDict):
    value: Union[str, int, bool]
    extra: NotRequired[Optional[List[int]]]


class ExampleUserProfileRequest(TypedDict):
    # At least 1.
    id: int
    # Format: email.
    email: str
    # Characters: at least 1.
    # Characters: at most 80.
    displayName: NotRequired[str]
    # Format: date.
    birthday: NotRequired[Optional[str]]
    # No two items are equal.
    roles: NotRequired[List[Literal["admin", "editor", "viewer"]]]


class ExampleUserProfileResponse(TypedDict):
    # At least 1.
    id: int
    # Format: email.
    email: str
    # Characters: at least 1.
    # Characters: at most 80.
    displayName: NotRequired[str]
    # Format: date.
    birthday: NotRequired[Optional[str]]
    # No two items are equal.
    roles: NotRequired[List[Literal["admin", "editor", "viewer"]]]


ErrorCode = Literal[
    "not_found", "invalid_request", "internal_error", "timeout", "channel_disconnected"
]
_CODES: Dict[str, ErrorCode] = {
    "not_found": "not_found",
    "invalid_request": "invalid_request",
    "internal_error": "internal_error",
    "timeout": "timeout",
    "channel_disconnected": "channel_disconnected",
}
_CODE_OF_STATUS: Dict[int, ErrorCode] = {
    400: "invalid_request",
    404: "not_found",
    422: "invalid_request",
    502: "channel_disconnected",
    504: "timeout",
}


class CommandError(Exception):
    """A call that failed."""

    def __init__(
        self, code: ErrorCode, message: str, command_id: str, status: Optional[int] = None
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        # The command that was called.
        self.command_id = command_id
        # Status of the HTTP answer, if that is what told.
        self.status = status


class Progress:
    """How far a call is."""

    def __init__(self, progress: float, total: Optional[float], message: Optional[str]) -> None:
        self.progress = progress
        self.total = total
        self.message = message

    def __repr__(self) -> str:
        return f"Progress({self.progress!r}, {self.total!r}, {self.message!r})"


_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Stream(Generic[_Item, _Result]):
    """The items of a result, as they come. Leaving a `with` block, or `close`, cancels the call if it still runs."""

    def __init__(self, frames: _Frames, item_type: Any, result_type: Any) -> None:
        self._frames = frames
        self._item_type = item_type
        self._result_type = result_type
        self._result: Any = None
        self._ended = False

    def __iter__(self) -> Stream[_Item, _Result]:
        return self

    def __next__(self) -> _Item:
        if self._ended:
            raise StopIteration
        try:
            is_item, value = next(self._frames.values)
        except BaseException:
            self._ended = True
            self.close()
            raise
        if is_item:
            return cast(_Item, self._frames.client.check(self._item_type, value))
        self._ended = True
        self._result = self._frames.client.check(self._result_type, value)
        self.close()
        raise StopIteration

    @property
    def result(self) -> _Result:
        """What ended the stream; `None` before that."""
        return cast(_Result, self._result)

    def close(self) -> None:
        """Cancels the call, if it still runs."""
        self._ended = True
        self._frames.exchange.close()

    def __enter__(self) -> Stream[_Item, _Result]:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class BaseClient:
    """Calls commands by any id. May be used by several threads at once."""

    def __init__(
        self,
        url: str,
        *,
        token: Union[str, Callable[[], str], None] = None,
        timeout: float = 30.0,
        headers: Optional[Dict[str, str]] = None,
        validate: bool = False,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        """Takes the base address of the bus, such as `http://127.0.0.1:7420`.

        `timeout` is the limit, in seconds, of calls that have none of their own; 0 for none. With `validate`, pydantic
        checks what is sent and received.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"`{url}` is not the address of a bus: give http://HOST:PORT")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._path = parts.path.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._ssl_context = ssl_context
        self._adapter: Any = importlib.import_module("pydantic").TypeAdapter if validate else None
        self._adapters: Dict[int, Tuple[Any, Any]] = {}
        self._lock = threading.Lock()
        # Whoever drops a stream without closing it holds it no longer, and neither does this.
        self._running: weakref.WeakSet[_Exchange] = weakref.WeakSet()
        self._closed = False

    def __enter__(self: _Client) -> _Client:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancels all calls that still run; there can be no more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for exchange in running:
            exchange.close()

    def call_any(
        self,
        command_id: str,
        request: Any = None,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> Any:
        """Calls a command that need not be known to this file."""
        return self._call(command_id, request, timeout, on_progress, None, None)

    def stream_any(
        self,
        command_id: str,
        request: Any = None,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> Stream[Any, Any]:
        """Calls a command that returns its result item by item."""
        return self._stream(command_id, request, timeout, on_progress, None, None, None)

    def check(self, kind: Any, value: Any) -> Any:
        """Returns the value; if this client validates, only if pydantic takes it.

        Not what pydantic makes of it, which lacks the properties that the type does not name.
        """
        if self._adapter is None or kind is None:
            return value
        with self._lock:
            known = self._adapters.get(id(kind))
        if known is None:
            # The type is kept too, so that its id stays its own.
            known = (self._adapter(kind), kind)
            with self._lock:
                self._adapters[id(kind)] = known
        known[0].validate_python(value)
        return value

    def _call(
        self,
        command_id: str,
        request: Any,
        timeout: Optional[float],
        on_progress: Optional[Callable[[Progress], None]],
        request_type: Any,
        response_type: Any,
    ) -> Any:
        request = self.check(request_type, request)
        if on_progress is not None:
            frames = _Frames(self, command_id, request, timeout, on_progress, False)
            items: List[Any] = []
            try:
                for is_item, value in frames.values:
                    if is_item:
                        items.append(value)
                    elif items:
                        # As a bus tells it that is asked for all at once.
                        return {"items": items} if value is None else {"items": items, "result": value}
                    else:
                        return self.check(response_type, value)
            finally:
                frames.exchange.close()
        message: Dict[str, Any] = {"type": "execute.command.request", "id": str(uuid.uuid4())}
        if timeout is not None:
            message["_meta"] = {"cmdbus-timeout-ms": math.ceil(_asked(timeout) * 1000)}
        message["commandId"] = command_id
        if request is not None:
            message["request"] = request
        exchange = _Exchange(self, command_id, timeout)
        try:
            exchange.post("/cmd", json.dumps(message), {})
            for line in exchange.lines():
                return self.check(response_type, _result(command_id, message["id"], line))
        finally:
            exchange.close()
        raise CommandError("channel_disconnected", "the answer is empty", command_id)

    def _stream(
        self,
        command_id: str,
        request: Any,
        timeout: Optional[float],
        on_progress: Optional[Callable[[Progress], None]],
        request_type: Any,
        item_type: Any,
        response_type: Any,
    ) -> Stream[Any, Any]:
        request = self.check(request_type, request)
        frames = _Frames(self, command_id, request, timeout, on_progress, True)
        return Stream(frames, item_type, response_type)

    def begin(self, exchange: _Exchange) -> None:
        with self._lock:
            if self._closed:
                raise CommandError(
                    "channel_disconnected", "the client is closed", exchange.command_id
                )
            self._running.add(exchange)

    def end(self, exchange: _Exchange) -> None:
        with self._lock:
            self._running.discard(exchange)

    def connection(self, timeout: Optional[float]) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=self._ssl_context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)

    def headers(self) -> Dict[str, str]:
        headers = {"Accept": "application/x-ndjson", "Connection": "close"}
        headers.update(self._headers)
        token = self._token() if callable(self._token) else self._token
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    @property
    def path(self) -> str:
        return self._path

    @property
    def default_timeout(self) -> float:
        return self._timeout


_Client = TypeVar("_Client", bound=BaseClient)


class _Exchange:
    """One request and its answer."""

    def __init__(self, client: BaseClient, command_id: str, timeout: Optional[float]) -> None:
        self.command_id = command_id
        self.seconds = client.default_timeout if timeout is None else timeout
        self._client = client
        self._deadline = time.monotonic() + self.seconds if self.seconds > 0 else None
        self._connection: Optional[http.client.HTTPConnection] = None
        self._socket: Optional[socket.socket] = None
        self._answer: Optional[http.client.HTTPResponse] = None
        self._closed = False
        self.media_type = ""
        client.begin(self)

    def post(self, path: str, body: str, headers: Dict[str, str]) -> None:
        """Sends the request, and reads the head of the answer."""
        everything = {**self._client.headers(), **headers}
        if body:
            everything["Content-Type"] = "application/json"
        try:
            connection = self._client.connection(self._left())
            self._connection = connection
            connection.connect()
            # The answer takes it from the connection, which is to be closed.
            self._socket = connection.sock
            if self._closed:
                raise OSError("the client was closed")
            connection.request("POST", self._client.path + path, body.encode(), everything)
            self._limit()
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._explained(error) from error
        self._answer = answer
        self.media_type = answer.headers.get_content_type()
        if answer.status != 200:
            raise self._failure(answer.status)

    def lines(self) -> Iterator[str]:
        """Returns the lines of the answer, without empty ones."""
        rest = b""
        while True:
            part = self._read()
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                if line.strip():
                    yield self._decoded(line)
            if not part:
                break
        if rest.strip():
            yield self._decoded(rest)

    def text(self) -> str:
        """Returns the answer as a whole."""
        parts: List[bytes] = []
        while True:
            part = self._read()
            if not part:
                return self._decoded(b"".join(parts))
            parts.append(part)

    def close(self) -> None:
        """Ends the exchange: the bus then cancels a call that still runs. Another thread may do that."""
        self._closed = True
        self._client.end(self)
        if self._socket is not None:
            try:
                # Wakes whoever reads from it; to close it alone does not.
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if self._connection is not None:
            self._connection.close()

    def _left(self) -> Optional[float]:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout()
        return left

    def _limit(self) -> None:
        if self._socket is not None:
            self._socket.settimeout(self._left())

    def _read(self) -> bytes:
        answer = self._answer
        if answer is None:
            return b""
        try:
            self._limit()
            return answer.read1(65536)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # The last two are what a connection says that another thread has closed meanwhile.
            raise self._explained(error) from error

    def _decoded(self, text: bytes) -> str:
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise CommandError(
                "internal_error", "the answer is not UTF-8", self.command_id
            ) from error

    def _explained(self, error: Exception) -> CommandError:
        if self._closed:
            return CommandError("channel_disconnected", "the call was cancelled", self.command_id)
        if isinstance(error, socket.timeout):
            return CommandError("timeout", f"no answer within {self.seconds} s", self.command_id)
        return CommandError(
            "channel_disconnected", f"cannot reach the bus: {error}", self.command_id
        )

    def _failure(self, status: int) -> CommandError:
        """Returns what an answer with an HTTP error means."""
        message = f"the bus answered with HTTP status {status}"
        code: ErrorCode = _CODE_OF_STATUS.get(status, "internal_error")
        if status == 401:
            message += ": no token was given, or one that is not valid"
        if status == 403:
            message += ": this token may not do that"
        try:
            problem = json.loads(self.text())
        except (ValueError, CommandError):
            problem = None
        if isinstance(problem, dict):
            told = cast(Dict[str, Any], problem)
            code = _CODES.get(str(told.get("code")), code)
            for key in ("detail", "title", "error"):
                if isinstance(told.get(key), str):
                    message = str(told[key])
                    break
        return CommandError(code, message, self.command_id, status)


class _Frames:
    """A call of which more comes back than its end."""

    def __init__(
        self,
        client: BaseClient,
        command_id: str,
        request: Any,
        timeout: Optional[float],
        on_progress: Optional[Callable[[Progress], None]],
        streams: bool,
    ) -> None:
        self.client = client
        self._command_id = command_id
        self._on_progress = on_progress
        self._streams = streams
        headers: Dict[str, str] = {}
        if timeout is not None:
            headers["Prefer"] = f"wait={math.ceil(_asked(timeout))}"
        body = "" if request is None else json.dumps(request)
        path = "/call/" + urllib.parse.quote(command_id, safe="")
        # Only now, when nothing but itself can fail: the client knows it from here on.
        self.exchange = _Exchange(client, command_id, timeout)
        try:
            self.exchange.post(path, body, headers)
        except BaseException:
            self.exchange.close()
            raise
        # Pairs: whether it is an item, and the item or what ends the call.
        self.values: Iterator[Tuple[bool, Any]] = self._read()

    def _read(self) -> Iterator[Tuple[bool, Any]]:
        if self.exchange.media_type != "application/x-ndjson":
            # A bus that sends no frames has waited for the end, and tells it all.
            text = self.exchange.text()
            yield from self._end(_parsed(self._command_id, text) if text else None, False)
            return
        came = False
        for line in self.exchange.lines():
            frame = _parsed(self._command_id, line)
            if not isinstance(frame, dict):
                continue
            told = cast(Dict[str, Any], frame)
            if "item" in told:
                came = True
                yield True, told["item"]
            elif isinstance(told.get("progress"), dict):
                if self._on_progress is not None:
                    self._on_progress(_progress(cast(Dict[str, Any], told["progress"])))
            elif "result" in told:
                yield from self._end(told["result"], came)
                return
            elif "error" in told:
                raise _refused(self._command_id, told["error"])
        raise CommandError(
            "channel_disconnected", "the answer ended too early", self._command_id
        )

    def _end(self, whole: Any, came: bool) -> Iterator[Tuple[bool, Any]]:
        """Returns what ended the call, and before that the items, if all came with it: not every bus on the way streams."""
        if self._streams and not came and isinstance(whole, dict):
            told = cast(Dict[str, Any], whole)
            items = told.get("items")
            if isinstance(items, list) and told.keys() <= {"items", "result"}:
                for item in cast(List[Any], items):
                    yield True, item
                whole = told.get("result")
        yield False, whole


def _asked(timeout: float) -> float:
    """Returns what the bus is told: it takes at most a day."""
    return min(timeout, 86_400.0) if timeout > 0 else 86_400.0


def _parsed(command_id: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError("internal_error", "the answer is not JSON", command_id) from error


def _progress(frame: Dict[str, Any]) -> Progress:
    progress, total, message = frame.get("progress"), frame.get("total"), frame.get("message")
    return Progress(
        progress if isinstance(progress, (int, float)) else 0.0,
        total if isinstance(total, (int, float)) else None,
        message if isinstance(message, str) else None,
    )


def _result(command_id: str, thid: str, line: str) -> Any:
    """Reads the response to a request; no other message may come in its place."""
    message = _parsed(command_id, line)
    told = cast(Dict[str, Any], message) if isinstance(message, dict) else {}
    response = told.get("response")
    if (
        told.get("type") != "execute.command.response"
        or told.get("thid") != thid
        or not isinstance(response, dict)
    ):
        raise CommandError("internal_error", "the answer is to something else", command_id)
    answer = cast(Dict[str, Any], response)
    if answer.get("ok") is True:
        return answer.get("result")
    raise _refused(command_id, answer.get("error"))


def _refused(command_id: str, error: Any) -> CommandError:
    told = cast(Dict[str, Any], error) if isinstance(error, dict) else {}
    # What ends a stream is a problem document.
    code, message = str(told.get("code")), told.get("message", told.get("detail"))
    text = message if isinstance(message, str) else "the call failed"
    if code in _CODES:
        return CommandError(_CODES[code], text, command_id)
    return CommandError("internal_error", f"{text} ({code})", command_id)


class Client(BaseClient):
    """A method for every command."""

    def example_all_of_merge(
        self,
        request: ExampleAllOfMergeRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleAllOfMergeResponse:
        """Takes and returns `all_of_merge`"""
        return self._call(
            "example.all_of_merge", request, timeout, on_progress, ExampleAllOfMergeRequest, ExampleAllOfMergeResponse
        )

    def example_all_of_recursive(
        self,
        request: ExampleAllOfRecursiveRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleAllOfRecursiveResponse:
        """Takes and returns `all_of_recursive`"""
        return self._call(
            "example.all_of_recursive", request, timeout, on_progress, ExampleAllOfRecursiveRequest, ExampleAllOfRecursiveResponse
        )

    def example_all_of_scalars(
        self,
        request: ExampleAllOfScalarsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleAllOfScalarsResponse:
        """Takes and returns `all_of_scalars`"""
        return self._call(
            "example.all_of_scalars", request, timeout, on_progress, ExampleAllOfScalarsRequest, ExampleAllOfScalarsResponse
        )

    def example_anchors(
        self,
        request: ExampleAnchorsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleAnchorsResponse:
        """Takes and returns `anchors`"""
        return self._call(
            "example.anchors", request, timeout, on_progress, ExampleAnchorsRequest, ExampleAnchorsResponse
        )

    def example_boolean_schemas(
        self,
        request: ExampleBooleanSchemasRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleBooleanSchemasResponse:
        """Takes and returns `boolean_schemas`"""
        return self._call(
            "example.boolean_schemas", request, timeout, on_progress, ExampleBooleanSchemasRequest, ExampleBooleanSchemasResponse
        )

    def example_calendar_event(
        self,
        request: ExampleCalendarEventRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleCalendarEventResponse:
        """Takes and returns `calendar_event`"""
        return self._call(
            "example.calendar_event", request, timeout, on_progress, ExampleCalendarEventRequest, ExampleCalendarEventResponse
        )

    def example_chat_completion(
        self,
        request: ExampleChatCompletionRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleChatCompletionResponse:
        """Takes and returns `chat_completion`"""
        return self._call(
            "example.chat_completion", request, timeout, on_progress, ExampleChatCompletionRequest, ExampleChatCompletionResponse
        )

    def example_closed_alternatives(
        self,
        request: ExampleClosedAlternativesRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleClosedAlternativesResponse:
        """Takes and returns `closed_alternatives`"""
        return self._call(
            "example.closed_alternatives", request, timeout, on_progress, ExampleClosedAlternativesRequest, ExampleClosedAlternativesResponse
        )

    def example_conditionals(
        self,
        request: ExampleConditionalsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleConditionalsResponse:
        """Takes and returns `conditionals`"""
        return self._call(
            "example.conditionals", request, timeout, on_progress, ExampleConditionalsRequest, ExampleConditionalsResponse
        )

    def example_deep_nesting(
        self,
        request: ExampleDeepNestingRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleDeepNestingResponse:
        """Takes and returns `deep_nesting`"""
        return self._call(
            "example.deep_nesting", request, timeout, on_progress, ExampleDeepNestingRequest, ExampleDeepNestingResponse
        )

    def example_draft4_exclusive(
        self,
        request: ExampleDraft4ExclusiveRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleDraft4ExclusiveResponse:
        """Takes and returns `draft4_exclusive`"""
        return self._call(
            "example.draft4_exclusive", request, timeout, on_progress, ExampleDraft4ExclusiveRequest, ExampleDraft4ExclusiveResponse
        )

    def example_empty_closed(
        self,
        request: ExampleEmptyClosedRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleEmptyClosedResponse:
        """Takes and returns `empty_closed`"""
        return self._call(
            "example.empty_closed", request, timeout, on_progress, ExampleEmptyClosedRequest, ExampleEmptyClosedResponse
        )

    def example_empty_open(
        self,
        request: ExampleEmptyOpenRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleEmptyOpenResponse:
        """Takes and returns `empty_open`"""
        return self._call(
            "example.empty_open", request, timeout, on_progress, ExampleEmptyOpenRequest, ExampleEmptyOpenResponse
        )

    def example_everything(
        self,
        request: ExampleEverythingRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleEverythingResponse:
        """Takes and returns `everything`"""
        return self._call(
            "example.everything", request, timeout, on_progress, ExampleEverythingRequest, ExampleEverythingResponse
        )

    def example_fields_and_rest(
        self,
        request: ExampleFieldsAndRestRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleFieldsAndRestResponse:
        """Takes and returns `fields_and_rest`"""
        return self._call(
            "example.fields_and_rest", request, timeout, on_progress, ExampleFieldsAndRestRequest, ExampleFieldsAndRestResponse
        )

    def example_file_listing(
        self,
        request: ExampleFileListingRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleFileListingResponse:
        """Takes and returns `file_listing`"""
        return self._call(
            "example.file_listing", request, timeout, on_progress, ExampleFileListingRequest, ExampleFileListingResponse
        )

    def example_geo_point(
        self,
        request: ExampleGeoPointRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleGeoPointResponse:
        """Takes and returns `geo_point`"""
        return self._call(
            "example.geo_point", request, timeout, on_progress, ExampleGeoPointRequest, ExampleGeoPointResponse
        )

    def example_geojson_geometry(
        self,
        request: ExampleGeojsonGeometryRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleGeojsonGeometryResponse:
        """Takes and returns `geojson_geometry`"""
        return self._call(
            "example.geojson_geometry", request, timeout, on_progress, ExampleGeojsonGeometryRequest, ExampleGeojsonGeometryResponse
        )

    def example_invoice(
        self,
        request: ExampleInvoiceRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleInvoiceResponse:
        """Takes and returns `invoice`"""
        return self._call(
            "example.invoice", request, timeout, on_progress, ExampleInvoiceRequest, ExampleInvoiceResponse
        )

    def example_json_value(
        self,
        request: ExampleJsonValueRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleJsonValueResponse:
        """Takes and returns `json_value`"""
        return self._call(
            "example.json_value", request, timeout, on_progress, ExampleJsonValueRequest, ExampleJsonValueResponse
        )

    def example_keywords_as_names(
        self,
        request: ExampleKeywordsAsNamesRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleKeywordsAsNamesResponse:
        """Takes and returns `keywords_as_names`"""
        return self._call(
            "example.keywords_as_names", request, timeout, on_progress, ExampleKeywordsAsNamesRequest, ExampleKeywordsAsNamesResponse
        )

    def example_linked_list(
        self,
        request: ExampleLinkedListRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleLinkedListResponse:
        """Takes and returns `linked_list`"""
        return self._call(
            "example.linked_list", request, timeout, on_progress, ExampleLinkedListRequest, ExampleLinkedListResponse
        )

    def example_map_of_records(
        self,
        request: ExampleMapOfRecordsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleMapOfRecordsResponse:
        """Takes and returns `map_of_records`"""
        return self._call(
            "example.map_of_records", request, timeout, on_progress, ExampleMapOfRecordsRequest, ExampleMapOfRecordsResponse
        )

    def example_matrix(
        self,
        request: ExampleMatrixRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleMatrixResponse:
        """Takes and returns `matrix`"""
        return self._call(
            "example.matrix", request, timeout, on_progress, ExampleMatrixRequest, ExampleMatrixResponse
        )

    def example_mcp_tool_result(
        self,
        request: ExampleMcpToolResultRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleMcpToolResultResponse:
        """Takes and returns `mcp_tool_result`"""
        return self._call(
            "example.mcp_tool_result", request, timeout, on_progress, ExampleMcpToolResultRequest, ExampleMcpToolResultResponse
        )

    def example_mixed_enum(
        self,
        request: ExampleMixedEnumRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleMixedEnumResponse:
        """Takes and returns `mixed_enum`"""
        return self._call(
            "example.mixed_enum", request, timeout, on_progress, ExampleMixedEnumRequest, ExampleMixedEnumResponse
        )

    def example_money(
        self,
        request: ExampleMoneyRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleMoneyResponse:
        """Takes and returns `money`"""
        return self._call(
            "example.money", request, timeout, on_progress, ExampleMoneyRequest, ExampleMoneyResponse
        )

    def example_mutual_recursion(
        self,
        request: ExampleMutualRecursionRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleMutualRecursionResponse:
        """Takes and returns `mutual_recursion`"""
        return self._call(
            "example.mutual_recursion", request, timeout, on_progress, ExampleMutualRecursionRequest, ExampleMutualRecursionResponse
        )

    def example_nested_unions(
        self,
        request: ExampleNestedUnionsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleNestedUnionsResponse:
        """Takes and returns `nested_unions`"""
        return self._call(
            "example.nested_unions", request, timeout, on_progress, ExampleNestedUnionsRequest, ExampleNestedUnionsResponse
        )

    def example_null_only(
        self,
        request: ExampleNullOnlyRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleNullOnlyResponse:
        """Takes and returns `null_only`"""
        return self._call(
            "example.null_only", request, timeout, on_progress, ExampleNullOnlyRequest, ExampleNullOnlyResponse
        )

    def example_nullable_enum(
        self,
        request: ExampleNullableEnumRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleNullableEnumResponse:
        """Takes and returns `nullable_enum`"""
        return self._call(
            "example.nullable_enum", request, timeout, on_progress, ExampleNullableEnumRequest, ExampleNullableEnumResponse
        )

    def example_nullable_openapi(
        self,
        request: ExampleNullableOpenapiRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleNullableOpenapiResponse:
        """Takes and returns `nullable_openapi`"""
        return self._call(
            "example.nullable_openapi", request, timeout, on_progress, ExampleNullableOpenapiRequest, ExampleNullableOpenapiResponse
        )

    def example_number_limits(
        self,
        request: ExampleNumberLimitsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleNumberLimitsResponse:
        """Takes and returns `number_limits`"""
        return self._call(
            "example.number_limits", request, timeout, on_progress, ExampleNumberLimitsRequest, ExampleNumberLimitsResponse
        )

    def example_object_const(
        self,
        request: ExampleObjectConstRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleObjectConstResponse:
        """Takes and returns `object_const`"""
        return self._call(
            "example.object_const", request, timeout, on_progress, ExampleObjectConstRequest, ExampleObjectConstResponse
        )

    def example_odd_names(
        self,
        request: ExampleOddNamesRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleOddNamesResponse:
        """Takes and returns `odd_names`"""
        return self._call(
            "example.odd_names", request, timeout, on_progress, ExampleOddNamesRequest, ExampleOddNamesResponse
        )

    def example_open_object(
        self,
        request: ExampleOpenObjectRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleOpenObjectResponse:
        """Takes and returns `open_object`"""
        return self._call(
            "example.open_object", request, timeout, on_progress, ExampleOpenObjectRequest, ExampleOpenObjectResponse
        )

    def example_package_manifest(
        self,
        request: ExamplePackageManifestRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExamplePackageManifestResponse:
        """Takes and returns `package_manifest`"""
        return self._call(
            "example.package_manifest", request, timeout, on_progress, ExamplePackageManifestRequest, ExamplePackageManifestResponse
        )

    def example_pagination(
        self,
        request: ExamplePaginationRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExamplePaginationResponse:
        """Takes and returns `pagination`"""
        return self._call(
            "example.pagination", request, timeout, on_progress, ExamplePaginationRequest, ExamplePaginationResponse
        )

    def example_pattern_properties(
        self,
        request: ExamplePatternPropertiesRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExamplePatternPropertiesResponse:
        """Takes and returns `pattern_properties`"""
        return self._call(
            "example.pattern_properties", request, timeout, on_progress, ExamplePatternPropertiesRequest, ExamplePatternPropertiesResponse
        )

    def example_pointer_references(
        self,
        request: ExamplePointerReferencesRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExamplePointerReferencesResponse:
        """Takes and returns `pointer_references`"""
        return self._call(
            "example.pointer_references", request, timeout, on_progress, ExamplePointerReferencesRequest, ExamplePointerReferencesResponse
        )

    def example_postal_address(
        self,
        request: ExamplePostalAddressRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExamplePostalAddressResponse:
        """Takes and returns `postal_address`"""
        return self._call(
            "example.postal_address", request, timeout, on_progress, ExamplePostalAddressRequest, ExamplePostalAddressResponse
        )

    def example_product(
        self,
        request: ExampleProductRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleProductResponse:
        """Takes and returns `product`"""
        return self._call(
            "example.product", request, timeout, on_progress, ExampleProductRequest, ExampleProductResponse
        )

    def example_remote_reference(
        self,
        request: ExampleRemoteReferenceRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRemoteReferenceResponse:
        """Takes and returns `remote_reference`"""
        return self._call(
            "example.remote_reference", request, timeout, on_progress, ExampleRemoteReferenceRequest, ExampleRemoteReferenceResponse
        )

    def example_required_undescribed(
        self,
        request: ExampleRequiredUndescribedRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRequiredUndescribedResponse:
        """Takes and returns `required_undescribed`"""
        return self._call(
            "example.required_undescribed", request, timeout, on_progress, ExampleRequiredUndescribedRequest, ExampleRequiredUndescribedResponse
        )

    def example_rust_enum_adjacent(
        self,
        request: ExampleRustEnumAdjacentRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRustEnumAdjacentResponse:
        """Takes and returns `rust_enum_adjacent`"""
        return self._call(
            "example.rust_enum_adjacent", request, timeout, on_progress, ExampleRustEnumAdjacentRequest, ExampleRustEnumAdjacentResponse
        )

    def example_rust_enum_documented(
        self,
        request: ExampleRustEnumDocumentedRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRustEnumDocumentedResponse:
        """Takes and returns `rust_enum_documented`"""
        return self._call(
            "example.rust_enum_documented", request, timeout, on_progress, ExampleRustEnumDocumentedRequest, ExampleRustEnumDocumentedResponse
        )

    def example_rust_enum_external(
        self,
        request: ExampleRustEnumExternalRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRustEnumExternalResponse:
        """Takes and returns `rust_enum_external`"""
        return self._call(
            "example.rust_enum_external", request, timeout, on_progress, ExampleRustEnumExternalRequest, ExampleRustEnumExternalResponse
        )

    def example_rust_enum_internal(
        self,
        request: ExampleRustEnumInternalRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRustEnumInternalResponse:
        """Takes and returns `rust_enum_internal`"""
        return self._call(
            "example.rust_enum_internal", request, timeout, on_progress, ExampleRustEnumInternalRequest, ExampleRustEnumInternalResponse
        )

    def example_rust_flattened_enum(
        self,
        request: ExampleRustFlattenedEnumRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRustFlattenedEnumResponse:
        """Takes and returns `rust_flattened_enum`"""
        return self._call(
            "example.rust_flattened_enum", request, timeout, on_progress, ExampleRustFlattenedEnumRequest, ExampleRustFlattenedEnumResponse
        )

    def example_rust_option_ref(
        self,
        request: ExampleRustOptionRefRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleRustOptionRefResponse:
        """Takes and returns `rust_option_ref`"""
        return self._call(
            "example.rust_option_ref", request, timeout, on_progress, ExampleRustOptionRefRequest, ExampleRustOptionRefResponse
        )

    def example_scalar_boolean(
        self,
        request: ExampleScalarBooleanRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleScalarBooleanResponse:
        """Takes and returns `scalar_boolean`"""
        return self._call(
            "example.scalar_boolean", request, timeout, on_progress, ExampleScalarBooleanRequest, ExampleScalarBooleanResponse
        )

    def example_scalar_string(
        self,
        request: ExampleScalarStringRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleScalarStringResponse:
        """Takes and returns `scalar_string`"""
        return self._call(
            "example.scalar_string", request, timeout, on_progress, ExampleScalarStringRequest, ExampleScalarStringResponse
        )

    def example_search_query(
        self,
        request: ExampleSearchQueryRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleSearchQueryResponse:
        """Takes and returns `search_query`"""
        return self._call(
            "example.search_query", request, timeout, on_progress, ExampleSearchQueryRequest, ExampleSearchQueryResponse
        )

    def example_string_formats(
        self,
        request: ExampleStringFormatsRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleStringFormatsResponse:
        """Takes and returns `string_formats`"""
        return self._call(
            "example.string_formats", request, timeout, on_progress, ExampleStringFormatsRequest, ExampleStringFormatsResponse
        )

    def example_string_map(
        self,
        request: ExampleStringMapRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleStringMapResponse:
        """Takes and returns `string_map`"""
        return self._call(
            "example.string_map", request, timeout, on_progress, ExampleStringMapRequest, ExampleStringMapResponse
        )

    def example_titles_and_formats_as_names(
        self,
        request: ExampleTitlesAndFormatsAsNamesRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleTitlesAndFormatsAsNamesResponse:
        """Takes and returns `titles_and_formats_as_names`"""
        return self._call(
            "example.titles_and_formats_as_names", request, timeout, on_progress, ExampleTitlesAndFormatsAsNamesRequest, ExampleTitlesAndFormatsAsNamesResponse
        )

    def example_tree(
        self,
        request: ExampleTreeRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleTreeResponse:
        """Takes and returns `tree`"""
        return self._call(
            "example.tree", request, timeout, on_progress, ExampleTreeRequest, ExampleTreeResponse
        )

    def example_tuple_old_draft(
        self,
        request: ExampleTupleOldDraftRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleTupleOldDraftResponse:
        """Takes and returns `tuple_old_draft`"""
        return self._call(
            "example.tuple_old_draft", request, timeout, on_progress, ExampleTupleOldDraftRequest, ExampleTupleOldDraftResponse
        )

    def example_tuple_open(
        self,
        request: ExampleTupleOpenRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleTupleOpenResponse:
        """Takes and returns `tuple_open`"""
        return self._call(
            "example.tuple_open", request, timeout, on_progress, ExampleTupleOpenRequest, ExampleTupleOpenResponse
        )

    def example_tuple_pair(
        self,
        request: ExampleTuplePairRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleTuplePairResponse:
        """Takes and returns `tuple_pair`"""
        return self._call(
            "example.tuple_pair", request, timeout, on_progress, ExampleTuplePairRequest, ExampleTuplePairResponse
        )

    def example_type_array(
        self,
        request: ExampleTypeArrayRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleTypeArrayResponse:
        """Takes and returns `type_array`"""
        return self._call(
            "example.type_array", request, timeout, on_progress, ExampleTypeArrayRequest, ExampleTypeArrayResponse
        )

    def example_user_profile(
        self,
        request: ExampleUserProfileRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> ExampleUserProfileResponse:
        """Takes and returns `user_profile`"""
        return self._call(
            "example.user_profile", request, timeout, on_progress, ExampleUserProfileRequest, ExampleUserProfileResponse
        )
