// Made by `cmdbus gen typescript`. Do not edit: make it anew.
/* eslint-disable */

export type ExampleAllOfMergeRequest = {
  id: string;
  /** A whole number. */
  size: number;
  [key: string]: unknown;
};

export type Base = {
  id: string;
  size?: number;
  [key: string]: unknown;
};

export type ExampleAllOfMergeResponse = {
  id: string;
  /** A whole number. */
  size: number;
  [key: string]: unknown;
};

export type ExampleAllOfRecursiveRequest = Item;

export type Item = {
  name: string;
  parts?: Item[];
  [key: string]: unknown;
};

export type ExampleAllOfRecursiveResponse = Item;

/**
 * Characters: at least 2.
 * Characters: at most 4.
 */
export type ExampleAllOfScalarsRequest = string;

/**
 * Characters: at least 2.
 * Characters: at most 4.
 */
export type ExampleAllOfScalarsResponse = string;

export type ExampleAnchorsRequest = {
  node?: N;
};

export type N = {
  again?: N;
};

export type ExampleAnchorsResponse = {
  node?: N;
};

export type ExampleBooleanSchemasRequest = {
  any: unknown;
  /** Note: no value is allowed here. */
  none?: never;
  list?: unknown[];
};

export type ExampleBooleanSchemasResponse = {
  any: unknown;
  /** Note: no value is allowed here. */
  none?: never;
  list?: unknown[];
};

export type ExampleCalendarEventRequest = {
  title: string;
  /** Format: date-time. */
  start: string;
  /** Format: date-time. */
  end?: string;
  attendees?: {
    /** Format: email. */
    email: string;
    status?: "accepted" | "declined" | "tentative" | "needs-action";
  }[];
  recurrence?: {
    freq: "DAILY" | "WEEKLY" | "MONTHLY";
    /**
     * A whole number.
     * At least 1.
     */
    count?: number;
  } | null;
  /** Items: at most 5. */
  reminders?: number[];
};

export type ExampleCalendarEventResponse = {
  title: string;
  /** Format: date-time. */
  start: string;
  /** Format: date-time. */
  end?: string;
  attendees?: {
    /** Format: email. */
    email: string;
    status?: "accepted" | "declined" | "tentative" | "needs-action";
  }[];
  recurrence?: {
    freq: "DAILY" | "WEEKLY" | "MONTHLY";
    /**
     * A whole number.
     * At least 1.
     */
    count?: number;
  } | null;
  /** Items: at most 5. */
  reminders?: number[];
};

export type ExampleChatCompletionRequest = {
  model: string;
  /** Items: at least 1. */
  messages: ({
    role: "system";
    content: string;
  } | {
    role: "user";
    content: string | {
      type: "text" | "image";
      value: string;
    }[];
  } | {
    role: "assistant";
    content?: string | null;
    calls?: {
      id: string;
      name: string;
      arguments: string;
    }[];
  })[];
  /**
   * At least 0.
   * At most 2.
   */
  temperature?: number;
  /** Items: at most 4. */
  stop?: string | string[] | null;
};

export type ExampleChatCompletionResponse = {
  model: string;
  /** Items: at least 1. */
  messages: ({
    role: "system";
    content: string;
  } | {
    role: "user";
    content: string | {
      type: "text" | "image";
      value: string;
    }[];
  } | {
    role: "assistant";
    content?: string | null;
    calls?: {
      id: string;
      name: string;
      arguments: string;
    }[];
  })[];
  /**
   * At least 0.
   * At most 2.
   */
  temperature?: number;
  /** Items: at most 4. */
  stop?: string | string[] | null;
};

export type ExampleClosedAlternativesRequest = {
  either?: A | B;
  longer?: X | Xy;
  nested?: Either | C | null;
  list?: Xy | string[];
  open?: {
    x: string;
    [key: string]: unknown;
  } | {
    x: string;
    /** A whole number. */
    y: number;
    [key: string]: unknown;
  };
};

export type A = {
  a?: string;
};

export type B = {
  b?: string;
};

export type X = {
  x: string;
};

export type Xy = {
  x: string;
  y: string;
};

export type Either = A | null | Alias;

export type C = {
  c?: string;
};

export type Alias = B;

export type ExampleClosedAlternativesResponse = {
  either?: A | B;
  longer?: X | Xy;
  nested?: Either | C | null;
  list?: Xy | string[];
  open?: {
    x: string;
    [key: string]: unknown;
  } | {
    x: string;
    /** A whole number. */
    y: number;
    [key: string]: unknown;
  };
};

/**
 * Note: what `not` demands is not part of this type.
 * Note: what `if` demands is not part of this type.
 * Note: what `dependentRequired` demands is not part of this type.
 * Note: what `propertyNames` demands is not part of this type.
 */
export type ExampleConditionalsRequest = {
  kind: string;
  /** A whole number. */
  size?: number;
  [key: string]: unknown;
};

/**
 * Note: what `not` demands is not part of this type.
 * Note: what `if` demands is not part of this type.
 * Note: what `dependentRequired` demands is not part of this type.
 * Note: what `propertyNames` demands is not part of this type.
 */
export type ExampleConditionalsResponse = {
  kind: string;
  /** A whole number. */
  size?: number;
  [key: string]: unknown;
};

export type ExampleDeepNestingRequest = {
  a?: {
    b?: {
      c?: {
        d?: {
          e?: {
            /** A whole number. */
            f?: number;
          } | null;
        }[];
      };
    };
  };
};

export type ExampleDeepNestingResponse = {
  a?: {
    b?: {
      c?: {
        d?: {
          e?: {
            /** A whole number. */
            f?: number;
          } | null;
        }[];
      };
    };
  };
};

/**
 * At most 10.
 * Greater than 0.
 */
export type ExampleDraft4ExclusiveRequest = number;

/**
 * At most 10.
 * Greater than 0.
 */
export type ExampleDraft4ExclusiveResponse = number;

export type ExampleEmptyClosedRequest = Record<string, never>;

export type ExampleEmptyClosedResponse = Record<string, never>;

export type ExampleEmptyOpenRequest = { [key: string]: unknown };

export type ExampleEmptyOpenResponse = { [key: string]: unknown };

export type ExampleEverythingRequest = unknown;

export type ExampleEverythingResponse = unknown;

export type ExampleFieldsAndRestRequest = {
  name: string;
  /** A whole number. */
  count?: number;
  [key: string]: number | string | undefined;
};

export type ExampleFieldsAndRestResponse = {
  name: string;
  /** A whole number. */
  count?: number;
  [key: string]: number | string | undefined;
};

export type ExampleFileListingRequest = {
  path: string;
  entries: Entry[];
};

export type Entry = {
  kind: "file";
  name: string;
  /** A whole number. */
  size: number;
} | {
  kind: "directory";
  name: string;
  entries?: Entry[];
};

export type ExampleFileListingResponse = {
  path: string;
  entries: Entry[];
};

export type ExampleGeoPointRequest = {
  /**
   * At least -90.
   * At most 90.
   */
  lat: number;
  /**
   * At most 180.
   * Greater than -180.
   */
  lon: number;
};

export type ExampleGeoPointResponse = {
  /**
   * At least -90.
   * At most 90.
   */
  lat: number;
  /**
   * At most 180.
   * Greater than -180.
   */
  lon: number;
};

export type ExampleGeojsonGeometryRequest = {
  type: "Point";
  /**
   * Items: at least 2.
   * Items: at most 3.
   */
  coordinates: number[];
} | {
  type: "LineString";
  /** Items: at least 2. */
  coordinates: number[][];
} | {
  type: "Polygon";
  coordinates: number[][][];
};

export type ExampleGeojsonGeometryResponse = {
  type: "Point";
  /**
   * Items: at least 2.
   * Items: at most 3.
   */
  coordinates: number[];
} | {
  type: "LineString";
  /** Items: at least 2. */
  coordinates: number[][];
} | {
  type: "Polygon";
  coordinates: number[][][];
};

export type ExampleInvoiceRequest = {
  number: string;
  /** Items: at least 1. */
  lines: Line[];
  customer: Party;
  supplier: Party;
  paid?: boolean;
};

export type Line = {
  text: string;
  /** Greater than 0. */
  quantity: number;
  unitPrice: Money;
  vat?: 0 | 7 | 19;
};

export type Party = {
  name: string;
  vatId?: string | null;
};

export type Money = {
  /** A whole number. */
  cents: number;
  currency: string;
};

export type ExampleInvoiceResponse = {
  number: string;
  /** Items: at least 1. */
  lines: Line[];
  customer: Party;
  supplier: Party;
  paid?: boolean;
};

export type ExampleJsonValueRequest = Json;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type ExampleJsonValueResponse = Json;

export type ExampleKeywordsAsNamesRequest = {
  type?: string;
  class?: string;
  def?: string;
  fn?: string;
  self?: string;
  crate?: string;
  super?: string;
  Self?: string;
  async?: string;
  await?: string;
  match?: string;
  None?: string;
  True?: string;
  enum?: string;
  default?: string;
  delete?: string;
  new?: string;
  constructor?: string;
  prototype?: string;
  toString?: string;
  hasOwnProperty?: string;
  yield?: string;
  lambda?: string;
  "r#type"?: string;
  _?: string;
  str?: string;
  int?: string;
};

export type ExampleKeywordsAsNamesResponse = {
  type?: string;
  class?: string;
  def?: string;
  fn?: string;
  self?: string;
  crate?: string;
  super?: string;
  Self?: string;
  async?: string;
  await?: string;
  match?: string;
  None?: string;
  True?: string;
  enum?: string;
  default?: string;
  delete?: string;
  new?: string;
  constructor?: string;
  prototype?: string;
  toString?: string;
  hasOwnProperty?: string;
  yield?: string;
  lambda?: string;
  "r#type"?: string;
  _?: string;
  str?: string;
  int?: string;
};

export type ExampleLinkedListRequest = {
  /** A whole number. */
  value: number;
  next?: ExampleLinkedListRequest | null;
};

export type ExampleLinkedListResponse = {
  /** A whole number. */
  value: number;
  next?: ExampleLinkedListResponse | null;
};

export type ExampleMapOfRecordsRequest = { [key: string]: Entry2 };

export type Entry2 = {
  /**
   * A whole number.
   * At least 0.
   */
  size: number;
  /** Format: date-time. */
  modified?: string;
};

export type ExampleMapOfRecordsResponse = { [key: string]: Entry2 };

/**
 * Items: at least 2.
 * Items: at most 2.
 */
export type ExampleMatrixRequest = number[][];

/**
 * Items: at least 2.
 * Items: at most 2.
 */
export type ExampleMatrixResponse = number[][];

export type ExampleMcpToolResultRequest = {
  content: ({
    type: "text";
    text: string;
  } | {
    type: "image";
    data: string;
    mimeType: string;
  })[];
  isError?: boolean;
};

export type ExampleMcpToolResultResponse = {
  content: ({
    type: "text";
    text: string;
  } | {
    type: "image";
    data: string;
    mimeType: string;
  })[];
  isError?: boolean;
};

export type ExampleMixedEnumRequest = ("auto" | 0 | 1 | 2.5 | true) | null;

export type ExampleMixedEnumResponse = ("auto" | 0 | 1 | 2.5 | true) | null;

export type ExampleMoneyRequest = {
  /** Pattern: ^-?\d+(\.\d{1,4})?$ */
  amount: string;
  currency: "EUR" | "USD" | "JPY";
};

export type ExampleMoneyResponse = {
  /** Pattern: ^-?\d+(\.\d{1,4})?$ */
  amount: string;
  currency: "EUR" | "USD" | "JPY";
};

export type ExampleMutualRecursionRequest = Expression;

export type Expression = number | Sum;

export type Sum = {
  left: Expression;
  right: Expression;
};

export type ExampleMutualRecursionResponse = Expression;

export type ExampleNestedUnionsRequest = {
  /**
   * Format: date-time.
   * A whole number.
   */
  when: string | number | null | {
    relative: string;
  };
};

export type ExampleNestedUnionsResponse = {
  /**
   * Format: date-time.
   * A whole number.
   */
  when: string | number | null | {
    relative: string;
  };
};

export type ExampleNullOnlyRequest = null;

export type ExampleNullOnlyResponse = null;

export type ExampleNullableEnumRequest = {
  mode: ("fast" | "slow") | null;
};

export type ExampleNullableEnumResponse = {
  mode: ("fast" | "slow") | null;
};

export type ExampleNullableOpenapiRequest = {
  note: string | null;
  level?: (1 | 2 | 3) | null;
};

export type ExampleNullableOpenapiResponse = {
  note: string | null;
  level?: (1 | 2 | 3) | null;
};

export type ExampleNumberLimitsRequest = {
  /**
   * At least 0.
   * At most 100.
   */
  percent?: number;
  /**
   * A whole number.
   * At least 1.
   * At most 65535.
   */
  port?: number;
  /**
   * Greater than 0.
   * Less than 1.
   */
  ratio?: number;
  /**
   * A whole number.
   * A multiple of 2.
   */
  even?: number;
  /**
   * A whole number.
   * At least 0.
   * At most 18446744073709551615.
   */
  big?: number;
};

export type ExampleNumberLimitsResponse = {
  /**
   * At least 0.
   * At most 100.
   */
  percent?: number;
  /**
   * A whole number.
   * At least 1.
   * At most 65535.
   */
  port?: number;
  /**
   * Greater than 0.
   * Less than 1.
   */
  ratio?: number;
  /**
   * A whole number.
   * A multiple of 2.
   */
  even?: number;
  /**
   * A whole number.
   * At least 0.
   * At most 18446744073709551615.
   */
  big?: number;
};

export type ExampleObjectConstRequest = {
  version: { major: 1; tags: ["a", 1] };
  one?: 1;
  off?: false;
};

export type ExampleObjectConstResponse = {
  version: { major: 1; tags: ["a", 1] };
  one?: 1;
  off?: false;
};

export type ExampleOddNamesRequest = {
  /** A whole number. */
  "foo-bar"?: number;
  /** A whole number. */
  foo_bar?: number;
  /** A whole number. */
  fooBar?: number;
  /** A whole number. */
  "foo bar"?: number;
  /** A whole number. */
  ""?: number;
  /** A whole number. */
  "1st"?: number;
  /** A whole number. */
  $ref?: number;
  /** A whole number. */
  $id?: number;
  /** A whole number. */
  "@type"?: number;
  /** A whole number. */
  "a.b"?: number;
  /** A whole number. */
  "ünï"?: number;
  /** A whole number. */
  "漢字"?: number;
  /** A whole number. */
  "emoji 😀"?: number;
  /** A whole number. */
  "quote\""?: number;
  /** A whole number. */
  "back\\slash"?: number;
  /** A whole number. */
  "new\nline"?: number;
  /** A whole number. */
  "*/"?: number;
  /** A whole number. */
  "</script>"?: number;
  /** A whole number. */
  "`${x}`"?: number;
  /** A whole number. */
  "'"?: number;
  /** A whole number. */
  __proto__?: number;
  /** A whole number. */
  __class__?: number;
  /** A whole number. */
  "#"?: number;
};

export type ExampleOddNamesResponse = {
  /** A whole number. */
  "foo-bar"?: number;
  /** A whole number. */
  foo_bar?: number;
  /** A whole number. */
  fooBar?: number;
  /** A whole number. */
  "foo bar"?: number;
  /** A whole number. */
  ""?: number;
  /** A whole number. */
  "1st"?: number;
  /** A whole number. */
  $ref?: number;
  /** A whole number. */
  $id?: number;
  /** A whole number. */
  "@type"?: number;
  /** A whole number. */
  "a.b"?: number;
  /** A whole number. */
  "ünï"?: number;
  /** A whole number. */
  "漢字"?: number;
  /** A whole number. */
  "emoji 😀"?: number;
  /** A whole number. */
  "quote\""?: number;
  /** A whole number. */
  "back\\slash"?: number;
  /** A whole number. */
  "new\nline"?: number;
  /** A whole number. */
  "*/"?: number;
  /** A whole number. */
  "</script>"?: number;
  /** A whole number. */
  "`${x}`"?: number;
  /** A whole number. */
  "'"?: number;
  /** A whole number. */
  __proto__?: number;
  /** A whole number. */
  __class__?: number;
  /** A whole number. */
  "#"?: number;
};

export type ExampleOpenObjectRequest = {
  name: string;
  [key: string]: unknown;
};

export type ExampleOpenObjectResponse = {
  name: string;
  [key: string]: unknown;
};

export type ExamplePackageManifestRequest = {
  /** Pattern: ^(?:@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$ */
  name: string;
  version: string;
  private?: boolean;
  bin?: string | { [key: string]: string };
  dependencies?: Dependencies;
  devDependencies?: Dependencies;
  repository?: string | {
    type: string;
    url: string;
  };
  [key: string]: unknown;
};

export type Dependencies = { [key: string]: string };

export type ExamplePackageManifestResponse = {
  /** Pattern: ^(?:@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$ */
  name: string;
  version: string;
  private?: boolean;
  bin?: string | { [key: string]: string };
  dependencies?: Dependencies;
  devDependencies?: Dependencies;
  repository?: string | {
    type: string;
    url: string;
  };
  [key: string]: unknown;
};

export type ExamplePaginationRequest = {
  items: Row[];
  next: string | null;
  /**
   * A whole number.
   * At least 0.
   */
  total?: number;
};

export type Row = { [key: string]: string | number | boolean | null };

export type ExamplePaginationResponse = {
  items: Row[];
  next: string | null;
  /**
   * A whole number.
   * At least 0.
   */
  total?: number;
};

/** Note: which names further properties may have is not part of this type. */
export type ExamplePatternPropertiesRequest = { [key: string]: string | number };

/** Note: which names further properties may have is not part of this type. */
export type ExamplePatternPropertiesResponse = { [key: string]: string | number };

export type ExamplePointerReferencesRequest = {
  a?: {
    /** A whole number. */
    x: number;
  };
  b?: ExamplePointerReferencesRequestPropertiesA;
  c?: ExamplePointerReferencesRequestPropertiesAPropertiesX[];
  d?: AB;
};

export type ExamplePointerReferencesRequestPropertiesA = {
  /** A whole number. */
  x: number;
};

/** A whole number. */
export type ExamplePointerReferencesRequestPropertiesAPropertiesX = number;

export type AB = string;

export type ExamplePointerReferencesResponse = {
  a?: {
    /** A whole number. */
    x: number;
  };
  b?: ExamplePointerReferencesRequestPropertiesA;
  c?: ExamplePointerReferencesRequestPropertiesAPropertiesX[];
  d?: AB;
};

export type ExamplePostalAddressRequest = {
  street: string;
  city: string;
  /** Pattern: ^[A-Z]{2}$ */
  country: string;
  /** Pattern: ^\d{4,5}(-\d{4})?$ */
  zip?: string;
};

export type ExamplePostalAddressResponse = {
  street: string;
  city: string;
  /** Pattern: ^[A-Z]{2}$ */
  country: string;
  /** Pattern: ^\d{4,5}(-\d{4})?$ */
  zip?: string;
};

export type ExampleProductRequest = {
  /** A whole number. */
  productId: number;
  name: string;
  /** Greater than 0. */
  price: number;
  /**
   * Items: at least 1.
   * No two items are equal.
   */
  tags?: string[];
  dimensions?: {
    length: number;
    width: number;
    height: number;
  };
  warehouse?: Location;
};

export type Location = {
  latitude: number;
  longitude: number;
};

export type ExampleProductResponse = {
  /** A whole number. */
  productId: number;
  name: string;
  /** Greater than 0. */
  price: number;
  /**
   * Items: at least 1.
   * No two items are equal.
   */
  tags?: string[];
  dimensions?: {
    length: number;
    width: number;
    height: number;
  };
  warehouse?: Location;
};

export type ExampleRemoteReferenceRequest = {
  /** Note: `https://other.example/schema.json` refers to what is not in this schema. */
  x?: unknown;
};

export type ExampleRemoteReferenceResponse = {
  /** Note: `https://other.example/schema.json` refers to what is not in this schema. */
  x?: unknown;
};

export type ExampleRequiredUndescribedRequest = {
  a: string;
  b: number;
  [key: string]: number | string;
};

export type ExampleRequiredUndescribedResponse = {
  a: string;
  b: number;
  [key: string]: number | string;
};

export type ExampleRustEnumAdjacentRequest = {
  t: "a";
  c: string;
} | {
  t: "b";
};

export type ExampleRustEnumAdjacentResponse = {
  t: "a";
  c: string;
} | {
  t: "b";
};

/**
 * How urgent it is
 *
 * "low": Whenever there is time
 * "high": Today
 */
export type ExampleRustEnumDocumentedRequest = "low" | "high" | "a" | "b";

/**
 * How urgent it is
 *
 * "low": Whenever there is time
 * "high": Today
 */
export type ExampleRustEnumDocumentedResponse = "low" | "high" | "a" | "b";

export type ExampleRustEnumExternalRequest = "Quit" | {
  Move: {
    /** A whole number. */
    x: number;
    /** A whole number. */
    y: number;
  };
} | {
  Write: string;
} | {
  Color: [number, number, number];
};

export type ExampleRustEnumExternalResponse = "Quit" | {
  Move: {
    /** A whole number. */
    x: number;
    /** A whole number. */
    y: number;
  };
} | {
  Write: string;
} | {
  Color: [number, number, number];
};

export type ExampleRustEnumInternalRequest = {
  kind: "circle";
  radius: number;
} | {
  kind: "square";
  side: number;
};

export type ExampleRustEnumInternalResponse = {
  kind: "circle";
  radius: number;
} | {
  kind: "square";
  side: number;
};

export type ExampleRustFlattenedEnumRequest = {
  /** A whole number. */
  id: number;
  type: "file";
  path: string;
  [key: string]: unknown;
} | {
  /** A whole number. */
  id: number;
  type: "url";
  url: string;
  [key: string]: unknown;
};

export type ExampleRustFlattenedEnumResponse = {
  /** A whole number. */
  id: number;
  type: "file";
  path: string;
  [key: string]: unknown;
} | {
  /** A whole number. */
  id: number;
  type: "url";
  url: string;
  [key: string]: unknown;
};

export type ExampleRustOptionRefRequest = {
  owner?: Person | null;
};

export type Person = {
  name: string;
};

export type ExampleRustOptionRefResponse = {
  owner?: Person | null;
};

export type ExampleScalarBooleanRequest = boolean;

export type ExampleScalarBooleanResponse = boolean;

/** Characters: at least 1. */
export type ExampleScalarStringRequest = string;

/** Characters: at least 1. */
export type ExampleScalarStringResponse = string;

export type ExampleSearchQueryRequest = {
  /** Characters: at least 1. */
  query: string;
  /**
   * A whole number.
   * At least 1.
   * At most 100.
   */
  limit?: number;
  cursor?: string | null;
  filters?: (TermFilter | RangeFilter)[];
  sort?: {
    by: "date" | "score";
    order?: "asc" | "desc";
  };
};

export type TermFilter = {
  field: string;
  term: string;
};

export type RangeFilter = {
  field: string;
  gte?: number;
  lt?: number;
};

export type ExampleSearchQueryResponse = {
  /** Characters: at least 1. */
  query: string;
  /**
   * A whole number.
   * At least 1.
   * At most 100.
   */
  limit?: number;
  cursor?: string | null;
  filters?: (TermFilter | RangeFilter)[];
  sort?: {
    by: "date" | "score";
    order?: "asc" | "desc";
  };
};

export type ExampleStringFormatsRequest = {
  /** Format: email. */
  mail?: string;
  /** Format: date-time. */
  at?: string;
  /** Format: date. */
  day?: string;
  /** Format: time. */
  time?: string;
  /** Format: uuid. */
  id?: string;
  /** Format: uri. */
  link?: string;
  /** Format: hostname. */
  host?: string;
  /** Format: duration. */
  span?: string;
  /** Format: byte. */
  data?: string;
};

export type ExampleStringFormatsResponse = {
  /** Format: email. */
  mail?: string;
  /** Format: date-time. */
  at?: string;
  /** Format: date. */
  day?: string;
  /** Format: time. */
  time?: string;
  /** Format: uuid. */
  id?: string;
  /** Format: uri. */
  link?: string;
  /** Format: hostname. */
  host?: string;
  /** Format: duration. */
  span?: string;
  /** Format: byte. */
  data?: string;
};

export type ExampleStringMapRequest = { [key: string]: string };

export type ExampleStringMapResponse = { [key: string]: string };

export type ExampleTitlesAndFormatsAsNamesRequest = {
  title: string;
  format?: string;
  $schema?: string;
  properties?: {
    items?: string;
  };
};

export type ExampleTitlesAndFormatsAsNamesResponse = {
  title: string;
  format?: string;
  $schema?: string;
  properties?: {
    items?: string;
  };
};

export type ExampleTreeRequest = Node;

export type Node = {
  value: string;
  children?: Node[];
};

export type ExampleTreeResponse = Node;

export type ExampleTupleOldDraftRequest = [string?, number?, ...boolean[]];

export type ExampleTupleOldDraftResponse = [string?, number?, ...boolean[]];

export type ExampleTupleOpenRequest = [("GET" | "POST")?, string?, ...unknown[]];

export type ExampleTupleOpenResponse = [("GET" | "POST")?, string?, ...unknown[]];

export type ExampleTuplePairRequest = [string, number];

export type ExampleTuplePairResponse = [string, number];

export type ExampleTypeArrayRequest = {
  /** A whole number. */
  value: string | number | boolean;
  extra?: number[] | null;
};

export type ExampleTypeArrayResponse = {
  /** A whole number. */
  value: string | number | boolean;
  extra?: number[] | null;
};

export type ExampleUserProfileRequest = {
  /**
   * A whole number.
   * At least 1.
   */
  id: number;
  /** Format: email. */
  email: string;
  /**
   * Characters: at least 1.
   * Characters: at most 80.
   */
  displayName?: string;
  /** Format: date. */
  birthday?: string | null;
  /** No two items are equal. */
  roles?: ("admin" | "editor" | "viewer")[];
};

export type ExampleUserProfileResponse = {
  /**
   * A whole number.
   * At least 1.
   */
  id: number;
  /** Format: email. */
  email: string;
  /**
   * Characters: at least 1.
   * Characters: at most 80.
   */
  displayName?: string;
  /** Format: date. */
  birthday?: string | null;
  /** No two items are equal. */
  roles?: ("admin" | "editor" | "viewer")[];
};

/** The commands, by id. */
export interface Commands {
  /** Takes and returns `all_of_merge` */
  "example.all_of_merge": { request: ExampleAllOfMergeRequest; response: ExampleAllOfMergeResponse; item: never };
  /** Takes and returns `all_of_recursive` */
  "example.all_of_recursive": { request: ExampleAllOfRecursiveRequest; response: ExampleAllOfRecursiveResponse; item: never };
  /** Takes and returns `all_of_scalars` */
  "example.all_of_scalars": { request: ExampleAllOfScalarsRequest; response: ExampleAllOfScalarsResponse; item: never };
  /** Takes and returns `anchors` */
  "example.anchors": { request: ExampleAnchorsRequest; response: ExampleAnchorsResponse; item: never };
  /** Takes and returns `boolean_schemas` */
  "example.boolean_schemas": { request: ExampleBooleanSchemasRequest; response: ExampleBooleanSchemasResponse; item: never };
  /** Takes and returns `calendar_event` */
  "example.calendar_event": { request: ExampleCalendarEventRequest; response: ExampleCalendarEventResponse; item: never };
  /** Takes and returns `chat_completion` */
  "example.chat_completion": { request: ExampleChatCompletionRequest; response: ExampleChatCompletionResponse; item: never };
  /** Takes and returns `closed_alternatives` */
  "example.closed_alternatives": { request: ExampleClosedAlternativesRequest; response: ExampleClosedAlternativesResponse; item: never };
  /** Takes and returns `conditionals` */
  "example.conditionals": { request: ExampleConditionalsRequest; response: ExampleConditionalsResponse; item: never };
  /** Takes and returns `deep_nesting` */
  "example.deep_nesting": { request: ExampleDeepNestingRequest; response: ExampleDeepNestingResponse; item: never };
  /** Takes and returns `draft4_exclusive` */
  "example.draft4_exclusive": { request: ExampleDraft4ExclusiveRequest; response: ExampleDraft4ExclusiveResponse; item: never };
  /** Takes and returns `empty_closed` */
  "example.empty_closed": { request: ExampleEmptyClosedRequest; response: ExampleEmptyClosedResponse; item: never };
  /** Takes and returns `empty_open` */
  "example.empty_open": { request: ExampleEmptyOpenRequest; response: ExampleEmptyOpenResponse; item: never };
  /** Takes and returns `everything` */
  "example.everything": { request: ExampleEverythingRequest; response: ExampleEverythingResponse; item: never };
  /** Takes and returns `fields_and_rest` */
  "example.fields_and_rest": { request: ExampleFieldsAndRestRequest; response: ExampleFieldsAndRestResponse; item: never };
  /** Takes and returns `file_listing` */
  "example.file_listing": { request: ExampleFileListingRequest; response: ExampleFileListingResponse; item: never };
  /** Takes and returns `geo_point` */
  "example.geo_point": { request: ExampleGeoPointRequest; response: ExampleGeoPointResponse; item: never };
  /** Takes and returns `geojson_geometry` */
  "example.geojson_geometry": { request: ExampleGeojsonGeometryRequest; response: ExampleGeojsonGeometryResponse; item: never };
  /** Takes and returns `invoice` */
  "example.invoice": { request: ExampleInvoiceRequest; response: ExampleInvoiceResponse; item: never };
  /** Takes and returns `json_value` */
  "example.json_value": { request: ExampleJsonValueRequest; response: ExampleJsonValueResponse; item: never };
  /** Takes and returns `keywords_as_names` */
  "example.keywords_as_names": { request: ExampleKeywordsAsNamesRequest; response: ExampleKeywordsAsNamesResponse; item: never };
  /** Takes and returns `linked_list` */
  "example.linked_list": { request: ExampleLinkedListRequest; response: ExampleLinkedListResponse; item: never };
  /** Takes and returns `map_of_records` */
  "example.map_of_records": { request: ExampleMapOfRecordsRequest; response: ExampleMapOfRecordsResponse; item: never };
  /** Takes and returns `matrix` */
  "example.matrix": { request: ExampleMatrixRequest; response: ExampleMatrixResponse; item: never };
  /** Takes and returns `mcp_tool_result` */
  "example.mcp_tool_result": { request: ExampleMcpToolResultRequest; response: ExampleMcpToolResultResponse; item: never };
  /** Takes and returns `mixed_enum` */
  "example.mixed_enum": { request: ExampleMixedEnumRequest; response: ExampleMixedEnumResponse; item: never };
  /** Takes and returns `money` */
  "example.money": { request: ExampleMoneyRequest; response: ExampleMoneyResponse; item: never };
  /** Takes and returns `mutual_recursion` */
  "example.mutual_recursion": { request: ExampleMutualRecursionRequest; response: ExampleMutualRecursionResponse; item: never };
  /** Takes and returns `nested_unions` */
  "example.nested_unions": { request: ExampleNestedUnionsRequest; response: ExampleNestedUnionsResponse; item: never };
  /** Takes and returns `null_only` */
  "example.null_only": { request: ExampleNullOnlyRequest; response: ExampleNullOnlyResponse; item: never };
  /** Takes and returns `nullable_enum` */
  "example.nullable_enum": { request: ExampleNullableEnumRequest; response: ExampleNullableEnumResponse; item: never };
  /** Takes and returns `nullable_openapi` */
  "example.nullable_openapi": { request: ExampleNullableOpenapiRequest; response: ExampleNullableOpenapiResponse; item: never };
  /** Takes and returns `number_limits` */
  "example.number_limits": { request: ExampleNumberLimitsRequest; response: ExampleNumberLimitsResponse; item: never };
  /** Takes and returns `object_const` */
  "example.object_const": { request: ExampleObjectConstRequest; response: ExampleObjectConstResponse; item: never };
  /** Takes and returns `odd_names` */
  "example.odd_names": { request: ExampleOddNamesRequest; response: ExampleOddNamesResponse; item: never };
  /** Takes and returns `open_object` */
  "example.open_object": { request: ExampleOpenObjectRequest; response: ExampleOpenObjectResponse; item: never };
  /** Takes and returns `package_manifest` */
  "example.package_manifest": { request: ExamplePackageManifestRequest; response: ExamplePackageManifestResponse; item: never };
  /** Takes and returns `pagination` */
  "example.pagination": { request: ExamplePaginationRequest; response: ExamplePaginationResponse; item: never };
  /** Takes and returns `pattern_properties` */
  "example.pattern_properties": { request: ExamplePatternPropertiesRequest; response: ExamplePatternPropertiesResponse; item: never };
  /** Takes and returns `pointer_references` */
  "example.pointer_references": { request: ExamplePointerReferencesRequest; response: ExamplePointerReferencesResponse; item: never };
  /** Takes and returns `postal_address` */
  "example.postal_address": { request: ExamplePostalAddressRequest; response: ExamplePostalAddressResponse; item: never };
  /** Takes and returns `product` */
  "example.product": { request: ExampleProductRequest; response: ExampleProductResponse; item: never };
  /** Takes and returns `remote_reference` */
  "example.remote_reference": { request: ExampleRemoteReferenceRequest; response: ExampleRemoteReferenceResponse; item: never };
  /** Takes and returns `required_undescribed` */
  "example.required_undescribed": { request: ExampleRequiredUndescribedRequest; response: ExampleRequiredUndescribedResponse; item: never };
  /** Takes and returns `rust_enum_adjacent` */
  "example.rust_enum_adjacent": { request: ExampleRustEnumAdjacentRequest; response: ExampleRustEnumAdjacentResponse; item: never };
  /** Takes and returns `rust_enum_documented` */
  "example.rust_enum_documented": { request: ExampleRustEnumDocumentedRequest; response: ExampleRustEnumDocumentedResponse; item: never };
  /** Takes and returns `rust_enum_external` */
  "example.rust_enum_external": { request: ExampleRustEnumExternalRequest; response: ExampleRustEnumExternalResponse; item: never };
  /** Takes and returns `rust_enum_internal` */
  "example.rust_enum_internal": { request: ExampleRustEnumInternalRequest; response: ExampleRustEnumInternalResponse; item: never };
  /** Takes and returns `rust_flattened_enum` */
  "example.rust_flattened_enum": { request: ExampleRustFlattenedEnumRequest; response: ExampleRustFlattenedEnumResponse; item: never };
  /** Takes and returns `rust_option_ref` */
  "example.rust_option_ref": { request: ExampleRustOptionRefRequest; response: ExampleRustOptionRefResponse; item: never };
  /** Takes and returns `scalar_boolean` */
  "example.scalar_boolean": { request: ExampleScalarBooleanRequest; response: ExampleScalarBooleanResponse; item: never };
  /** Takes and returns `scalar_string` */
  "example.scalar_string": { request: ExampleScalarStringRequest; response: ExampleScalarStringResponse; item: never };
  /** Takes and returns `search_query` */
  "example.search_query": { request: ExampleSearchQueryRequest; response: ExampleSearchQueryResponse; item: never };
  /** Takes and returns `string_formats` */
  "example.string_formats": { request: ExampleStringFormatsRequest; response: ExampleStringFormatsResponse; item: never };
  /** Takes and returns `string_map` */
  "example.string_map": { request: ExampleStringMapRequest; response: ExampleStringMapResponse; item: never };
  /** Takes and returns `titles_and_formats_as_names` */
  "example.titles_and_formats_as_names": { request: ExampleTitlesAndFormatsAsNamesRequest; response: ExampleTitlesAndFormatsAsNamesResponse; item: never };
  /** Takes and returns `tree` */
  "example.tree": { request: ExampleTreeRequest; response: ExampleTreeResponse; item: never };
  /** Takes and returns `tuple_old_draft` */
  "example.tuple_old_draft": { request: ExampleTupleOldDraftRequest; response: ExampleTupleOldDraftResponse; item: never };
  /** Takes and returns `tuple_open` */
  "example.tuple_open": { request: ExampleTupleOpenRequest; response: ExampleTupleOpenResponse; item: never };
  /** Takes and returns `tuple_pair` */
  "example.tuple_pair": { request: ExampleTuplePairRequest; response: ExampleTuplePairResponse; item: never };
  /** Takes and returns `type_array` */
  "example.type_array": { request: ExampleTypeArrayRequest; response: ExampleTypeArrayResponse; item: never };
  /** Takes and returns `user_profile` */
  "example.user_profile": { request: ExampleUserProfileRequest; response: ExampleUserProfileResponse; item: never };
}

/** What a call gives: of a command that streams, all items together, and what ended them. */
export type Answer<Id extends keyof Commands> = [Commands[Id]["item"]] extends [never]
  ? Commands[Id]["response"]
  : { items: Commands[Id]["item"][]; result?: Commands[Id]["response"] };

/** What a call can fail with: the codes of the protocol. */
export type ErrorCode =
  | "not_found"
  | "invalid_request"
  | "internal_error"
  | "timeout"
  | "channel_disconnected";

/** A call that failed. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly code: ErrorCode;
  /** The command that was called. */
  readonly commandId: string;
  /** Status of the HTTP answer, if that is what told. */
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, commandId: string, status?: number) {
    super(message);
    this.code = code;
    this.commandId = commandId;
    this.status = status;
  }
}

/** How far a call is. */
export interface Progress {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}

/** What one call may be given. */
export interface CallOptions {
  /** Ends the wait and cancels the call; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long the call may take, in milliseconds; 0 for as long as the bus allows. It travels with the call. */
  timeoutMs?: number | undefined;
  /** Is told how far the call is, if the command says. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** How a client reaches the bus. */
export interface ClientOptions {
  /** Base address of the bus, such as `http://127.0.0.1:7420`. */
  url: string;
  /** Bearer token, or what returns it. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Limit of calls that have none of their own, in milliseconds; 0 for none. Default: 30 000. */
  timeoutMs?: number | undefined;
  /** Further headers of every request. */
  headers?: Record<string, string> | undefined;
  /** What to send requests with. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** Calls commands by any id. */
export class BaseClient {
  readonly #url: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#url = options.url.replace(/\/+$/, "");
    this.#options = options;
  }

  /**
   * Calls a command that need not be known to this file. A request of `undefined` is none.
   * Of a command that streams, the result is `{ items, result }`.
   */
  async callAny(id: string, request?: unknown, options: CallOptions = {}): Promise<unknown> {
    const limit = options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_LIMIT;
    const isLong = limit <= 0 || limit > LONGEST_SILENCE;
    if (options.onProgress === undefined && !isLong) {
      return await this.#call(id, request, options);
    }
    const frames = this.#frames(id, request, options, false);
    const items: unknown[] = [];
    for (;;) {
      const { done, value } = await frames.next();
      if (done !== true) {
        items.push(value);
        continue;
      }
      if (items.length === 0 && (!this.streams(id) || isCollected(value))) return value;
      return value === undefined || value === null ? { items } : { items, result: value };
    }
  }

  /** Returns whether a command is known to stream. */
  protected streams(_id: string): boolean {
    return false;
  }

  /** Calls a command that returns its result item by item. What ends the stream is what the generator returns. */
  streamAny(
    id: string,
    request?: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<unknown, unknown, undefined> {
    return this.#frames(id, request, options, true);
  }

  async #call(id: string, request: unknown, options: CallOptions): Promise<unknown> {
    const limit = new Limit(id, options, this.#options.timeoutMs);
    const message: Record<string, unknown> = { type: "execute.command.request", id: messageId() };
    if (limit.given) message["_meta"] = { "cmdbus-timeout-ms": limit.asked };
    message["commandId"] = id;
    if (request !== undefined && request !== null) message["request"] = request;
    try {
      const answer = await this.#post("/cmd", JSON.stringify(message), {}, limit);
      if (!answer.ok) throw await failure(id, answer);
      for await (const line of lines(answer)) {
        return result(id, message["id"], parsed(id, line));
      }
      throw new CommandError("channel_disconnected", "the answer is empty", id, answer.status);
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  async *#frames(
    id: string,
    request: unknown,
    options: CallOptions,
    streams: boolean,
  ): AsyncGenerator<unknown, unknown, undefined> {
    const limit = new Limit(id, options, this.#options.timeoutMs);
    const prefer: Record<string, string> = {};
    if (limit.given) prefer["prefer"] = `wait=${Math.ceil(limit.asked / 1000)}`;
    const body = request === undefined || request === null ? "" : JSON.stringify(request);
    try {
      const answer = await this.#post(`/call/${encodeURIComponent(id)}`, body, prefer, limit);
      if (!answer.ok) throw await failure(id, answer);
      const type = answer.headers.get("content-type") ?? "";
      if (!type.startsWith("application/x-ndjson")) {
        // A bus that sends no frames has waited for the end, and tells it all.
        const text = await answer.text();
        const whole = text === "" ? undefined : parsed(id, text);
        if (!streams || !isCollected(whole)) return whole;
        yield* whole.items;
        return whole.result;
      }
      let came = false;
      for await (const line of lines(answer)) {
        const frame = parsed(id, line);
        if (!isObject(frame)) continue;
        if ("item" in frame) {
          came = true;
          yield frame["item"];
        } else if (isObject(frame["progress"])) {
          options.onProgress?.(progress(frame["progress"]));
        } else if ("result" in frame) {
          const { result } = frame;
          // Not every bus on the way streams: then all items come with the end.
          if (!streams || came || !isCollected(result)) return result;
          yield* result.items;
          return result.result;
        } else if ("error" in frame) {
          throw refused(id, frame["error"]);
        }
      }
      throw new CommandError("channel_disconnected", "the answer ended too early", id, answer.status);
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  async #post(
    path: string,
    body: string,
    headers: Record<string, string>,
    limit: Limit,
  ): Promise<Response> {
    const all: Record<string, string> = {
      accept: "application/x-ndjson",
      ...this.#options.headers,
      ...headers,
    };
    if (body !== "") all["content-type"] = "application/json";
    const { token } = this.#options;
    const given = typeof token === "function" ? await token() : token;
    if (given !== undefined) all["authorization"] = `Bearer ${given}`;
    const send = this.#options.fetch ?? globalThis.fetch;
    return await send(this.#url + path, { method: "POST", headers: all, body, signal: limit.signal });
  }
}

/** Limit of calls that have none, in milliseconds. */
const DEFAULT_LIMIT = 30_000;

/**
 * How long an answer may be awaited that says nothing until its end, in milliseconds. Node gives up after five minutes; an answer in
 * pieces says every few seconds that it is still there.
 */
const LONGEST_SILENCE = 240_000;

/** The time a call has, and the wish to end it. */
class Limit {
  readonly ms: number;
  /** Whether the caller of this call said so. */
  readonly given: boolean;
  readonly #id: string;
  readonly #controller = new AbortController();
  readonly #user: AbortSignal | undefined;
  readonly #abort = (): void => this.#controller.abort(this.#user?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #late = false;

  constructor(id: string, options: CallOptions, general: number | undefined) {
    this.#id = id;
    this.given = options.timeoutMs !== undefined;
    this.ms = options.timeoutMs ?? general ?? DEFAULT_LIMIT;
    this.#user = options.signal;
    if (this.#user?.aborted === true) this.#abort();
    this.#user?.addEventListener("abort", this.#abort, { once: true });
    // A timer takes 31 bits; more is as good as no limit.
    if (this.ms > 0 && this.ms < 2 ** 31) {
      this.#timer = setTimeout(() => {
        this.#late = true;
        this.#controller.abort();
      }, this.ms);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the bus is told: it takes whole milliseconds, and at most a day. */
  get asked(): number {
    return this.ms > 0 ? Math.min(Math.ceil(this.ms), 86_400_000) : 86_400_000;
  }

  /** Says what an error of the transport means. */
  explain(error: unknown): unknown {
    if (error instanceof CommandError) return error;
    if (this.#user?.aborted === true) return this.#user.reason;
    if (this.#late) {
      return new CommandError("timeout", `no answer within ${this.ms} ms`, this.#id);
    }
    // Anything else that an application threw, in `onProgress` or `token`, is its own.
    if (!(error instanceof TypeError)) return error;
    const { cause } = error as { cause?: unknown };
    const why = cause instanceof Error && cause.message !== "" ? cause.message : error.message;
    return new CommandError("channel_disconnected", `cannot reach the bus: ${why}`, this.#id);
  }

  /** Frees what the call held, and cancels it if it still runs. */
  end(): void {
    clearTimeout(this.#timer);
    this.#user?.removeEventListener("abort", this.#abort);
    this.#controller.abort();
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns whether a result is that of a stream of which nobody took the items one by one. */
function isCollected(value: unknown): value is { items: unknown[]; result?: unknown } {
  return (
    isObject(value) &&
    Array.isArray(value["items"]) &&
    Object.keys(value).every((key) => key === "items" || key === "result")
  );
}

/** A UUID; `crypto.randomUUID` is missing in pages that came without TLS. */
function messageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return 64 | (byte & 15);
    return index === 8 ? 128 | (byte & 63) : byte;
  })
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function* lines(answer: Response): AsyncGenerator<string, void, undefined> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let parts: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      let text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = parts.join("") + text.slice(0, end);
        text = text.slice(end + 1);
        parts = [];
        if (line.trim() !== "") yield line;
      }
      parts.push(text);
      if (done) break;
    }
    const last = parts.join("");
    if (last.trim() !== "") yield last;
  } finally {
    // Whoever stops reading wants no more of it.
    reader.cancel().catch(() => undefined);
  }
}

function parsed(id: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError("internal_error", "the answer is not JSON", id);
  }
}

/** Reads the response to a request; no other message may come in its place. */
function result(id: string, thid: unknown, message: unknown): unknown {
  if (
    !isObject(message) ||
    message["type"] !== "execute.command.response" ||
    message["thid"] !== thid ||
    !isObject(message["response"])
  ) {
    throw new CommandError("internal_error", "the answer is to something else", id);
  }
  const { response } = message as { response: Record<string, unknown> };
  if (response["ok"] === true) return response["result"];
  throw refused(id, response["error"]);
}

function refused(id: string, error: unknown): CommandError {
  const code = isObject(error) ? error["code"] : undefined;
  // What ends a stream is a problem document.
  const message = isObject(error) ? (error["message"] ?? error["detail"]) : undefined;
  const text = typeof message === "string" ? message : "the call failed";
  if (isCode(code)) return new CommandError(code, text, id);
  return new CommandError("internal_error", `${text} (${String(code)})`, id);
}

function isCode(code: unknown): code is ErrorCode {
  return (
    code === "not_found" ||
    code === "invalid_request" ||
    code === "internal_error" ||
    code === "timeout" ||
    code === "channel_disconnected"
  );
}

function progress(frame: Record<string, unknown>): Progress {
  const { progress, total, message } = frame;
  return {
    progress: typeof progress === "number" ? progress : 0,
    total: typeof total === "number" ? total : undefined,
    message: typeof message === "string" ? message : undefined,
  };
}

/** What an answer with an HTTP error means. */
async function failure(id: string, answer: Response): Promise<CommandError> {
  const codes: Record<number, ErrorCode> = {
    400: "invalid_request",
    404: "not_found",
    422: "invalid_request",
    502: "channel_disconnected",
    504: "timeout",
  };
  let text = `the bus answered with HTTP status ${answer.status}`;
  let code = codes[answer.status] ?? "internal_error";
  if (answer.status === 401) text += ": no token was given, or one that is not valid";
  if (answer.status === 403) text += ": this token may not do that";
  const body = await answer.text().catch(() => "");
  try {
    const problem: unknown = JSON.parse(body);
    if (isObject(problem)) {
      if (isCode(problem["code"])) code = problem["code"];
      const detail = problem["detail"] ?? problem["title"] ?? problem["error"];
      if (typeof detail === "string") text = detail;
    }
  } catch {
    // No problem document; the status says enough.
  }
  return new CommandError(code, text, id, answer.status);
}

/** A method for every command. */
export class Client extends BaseClient {
  /** Calls a command by its id. */
  async call<Id extends keyof Commands>(
    id: Id,
    request: Commands[Id]["request"],
    options?: CallOptions,
  ): Promise<Answer<Id>> {
    return (await this.callAny(id, request, options)) as Answer<Id>;
  }

  /** Calls a command by its id, and gives its result item by item. */
  stream<Id extends keyof Commands>(
    id: Id,
    request: Commands[Id]["request"],
    options?: CallOptions,
  ): AsyncGenerator<Commands[Id]["item"], Commands[Id]["response"], undefined> {
    return this.streamAny(id, request, options) as AsyncGenerator<
      Commands[Id]["item"],
      Commands[Id]["response"],
      undefined
    >;
  }

  /** Takes and returns `all_of_merge` */
  exampleAllOfMerge(request: ExampleAllOfMergeRequest, options?: CallOptions): Promise<ExampleAllOfMergeResponse> {
    return this.call("example.all_of_merge", request, options);
  }

  /** Takes and returns `all_of_recursive` */
  exampleAllOfRecursive(request: ExampleAllOfRecursiveRequest, options?: CallOptions): Promise<ExampleAllOfRecursiveResponse> {
    return this.call("example.all_of_recursive", request, options);
  }

  /** Takes and returns `all_of_scalars` */
  exampleAllOfScalars(request: ExampleAllOfScalarsRequest, options?: CallOptions): Promise<ExampleAllOfScalarsResponse> {
    return this.call("example.all_of_scalars", request, options);
  }

  /** Takes and returns `anchors` */
  exampleAnchors(request: ExampleAnchorsRequest, options?: CallOptions): Promise<ExampleAnchorsResponse> {
    return this.call("example.anchors", request, options);
  }

  /** Takes and returns `boolean_schemas` */
  exampleBooleanSchemas(request: ExampleBooleanSchemasRequest, options?: CallOptions): Promise<ExampleBooleanSchemasResponse> {
    return this.call("example.boolean_schemas", request, options);
  }

  /** Takes and returns `calendar_event` */
  exampleCalendarEvent(request: ExampleCalendarEventRequest, options?: CallOptions): Promise<ExampleCalendarEventResponse> {
    return this.call("example.calendar_event", request, options);
  }

  /** Takes and returns `chat_completion` */
  exampleChatCompletion(request: ExampleChatCompletionRequest, options?: CallOptions): Promise<ExampleChatCompletionResponse> {
    return this.call("example.chat_completion", request, options);
  }

  /** Takes and returns `closed_alternatives` */
  exampleClosedAlternatives(request: ExampleClosedAlternativesRequest, options?: CallOptions): Promise<ExampleClosedAlternativesResponse> {
    return this.call("example.closed_alternatives", request, options);
  }

  /** Takes and returns `conditionals` */
  exampleConditionals(request: ExampleConditionalsRequest, options?: CallOptions): Promise<ExampleConditionalsResponse> {
    return this.call("example.conditionals", request, options);
  }

  /** Takes and returns `deep_nesting` */
  exampleDeepNesting(request: ExampleDeepNestingRequest, options?: CallOptions): Promise<ExampleDeepNestingResponse> {
    return this.call("example.deep_nesting", request, options);
  }

  /** Takes and returns `draft4_exclusive` */
  exampleDraft4Exclusive(request: ExampleDraft4ExclusiveRequest, options?: CallOptions): Promise<ExampleDraft4ExclusiveResponse> {
    return this.call("example.draft4_exclusive", request, options);
  }

  /** Takes and returns `empty_closed` */
  exampleEmptyClosed(request: ExampleEmptyClosedRequest, options?: CallOptions): Promise<ExampleEmptyClosedResponse> {
    return this.call("example.empty_closed", request, options);
  }

  /** Takes and returns `empty_open` */
  exampleEmptyOpen(request: ExampleEmptyOpenRequest, options?: CallOptions): Promise<ExampleEmptyOpenResponse> {
    return this.call("example.empty_open", request, options);
  }

  /** Takes and returns `everything` */
  exampleEverything(request: ExampleEverythingRequest, options?: CallOptions): Promise<ExampleEverythingResponse> {
    return this.call("example.everything", request, options);
  }

  /** Takes and returns `fields_and_rest` */
  exampleFieldsAndRest(request: ExampleFieldsAndRestRequest, options?: CallOptions): Promise<ExampleFieldsAndRestResponse> {
    return this.call("example.fields_and_rest", request, options);
  }

  /** Takes and returns `file_listing` */
  exampleFileListing(request: ExampleFileListingRequest, options?: CallOptions): Promise<ExampleFileListingResponse> {
    return this.call("example.file_listing", request, options);
  }

  /** Takes and returns `geo_point` */
  exampleGeoPoint(request: ExampleGeoPointRequest, options?: CallOptions): Promise<ExampleGeoPointResponse> {
    return this.call("example.geo_point", request, options);
  }

  /** Takes and returns `geojson_geometry` */
  exampleGeojsonGeometry(request: ExampleGeojsonGeometryRequest, options?: CallOptions): Promise<ExampleGeojsonGeometryResponse> {
    return this.call("example.geojson_geometry", request, options);
  }

  /** Takes and returns `invoice` */
  exampleInvoice(request: ExampleInvoiceRequest, options?: CallOptions): Promise<ExampleInvoiceResponse> {
    return this.call("example.invoice", request, options);
  }

  /** Takes and returns `json_value` */
  exampleJsonValue(request: ExampleJsonValueRequest, options?: CallOptions): Promise<ExampleJsonValueResponse> {
    return this.call("example.json_value", request, options);
  }

  /** Takes and returns `keywords_as_names` */
  exampleKeywordsAsNames(request: ExampleKeywordsAsNamesRequest, options?: CallOptions): Promise<ExampleKeywordsAsNamesResponse> {
    return this.call("example.keywords_as_names", request, options);
  }

  /** Takes and returns `linked_list` */
  exampleLinkedList(request: ExampleLinkedListRequest, options?: CallOptions): Promise<ExampleLinkedListResponse> {
    return this.call("example.linked_list", request, options);
  }

  /** Takes and returns `map_of_records` */
  exampleMapOfRecords(request: ExampleMapOfRecordsRequest, options?: CallOptions): Promise<ExampleMapOfRecordsResponse> {
    return this.call("example.map_of_records", request, options);
  }

  /** Takes and returns `matrix` */
  exampleMatrix(request: ExampleMatrixRequest, options?: CallOptions): Promise<ExampleMatrixResponse> {
    return this.call("example.matrix", request, options);
  }

  /** Takes and returns `mcp_tool_result` */
  exampleMcpToolResult(request: ExampleMcpToolResultRequest, options?: CallOptions): Promise<ExampleMcpToolResultResponse> {
    return this.call("example.mcp_tool_result", request, options);
  }

  /** Takes and returns `mixed_enum` */
  exampleMixedEnum(request: ExampleMixedEnumRequest, options?: CallOptions): Promise<ExampleMixedEnumResponse> {
    return this.call("example.mixed_enum", request, options);
  }

  /** Takes and returns `money` */
  exampleMoney(request: ExampleMoneyRequest, options?: CallOptions): Promise<ExampleMoneyResponse> {
    return this.call("example.money", request, options);
  }

  /** Takes and returns `mutual_recursion` */
  exampleMutualRecursion(request: ExampleMutualRecursionRequest, options?: CallOptions): Promise<ExampleMutualRecursionResponse> {
    return this.call("example.mutual_recursion", request, options);
  }

  /** Takes and returns `nested_unions` */
  exampleNestedUnions(request: ExampleNestedUnionsRequest, options?: CallOptions): Promise<ExampleNestedUnionsResponse> {
    return this.call("example.nested_unions", request, options);
  }

  /** Takes and returns `null_only` */
  exampleNullOnly(request: ExampleNullOnlyRequest, options?: CallOptions): Promise<ExampleNullOnlyResponse> {
    return this.call("example.null_only", request, options);
  }

  /** Takes and returns `nullable_enum` */
  exampleNullableEnum(request: ExampleNullableEnumRequest, options?: CallOptions): Promise<ExampleNullableEnumResponse> {
    return this.call("example.nullable_enum", request, options);
  }

  /** Takes and returns `nullable_openapi` */
  exampleNullableOpenapi(request: ExampleNullableOpenapiRequest, options?: CallOptions): Promise<ExampleNullableOpenapiResponse> {
    return this.call("example.nullable_openapi", request, options);
  }

  /** Takes and returns `number_limits` */
  exampleNumberLimits(request: ExampleNumberLimitsRequest, options?: CallOptions): Promise<ExampleNumberLimitsResponse> {
    return this.call("example.number_limits", request, options);
  }

  /** Takes and returns `object_const` */
  exampleObjectConst(request: ExampleObjectConstRequest, options?: CallOptions): Promise<ExampleObjectConstResponse> {
    return this.call("example.object_const", request, options);
  }

  /** Takes and returns `odd_names` */
  exampleOddNames(request: ExampleOddNamesRequest, options?: CallOptions): Promise<ExampleOddNamesResponse> {
    return this.call("example.odd_names", request, options);
  }

  /** Takes and returns `open_object` */
  exampleOpenObject(request: ExampleOpenObjectRequest, options?: CallOptions): Promise<ExampleOpenObjectResponse> {
    return this.call("example.open_object", request, options);
  }

  /** Takes and returns `package_manifest` */
  examplePackageManifest(request: ExamplePackageManifestRequest, options?: CallOptions): Promise<ExamplePackageManifestResponse> {
    return this.call("example.package_manifest", request, options);
  }

  /** Takes and returns `pagination` */
  examplePagination(request: ExamplePaginationRequest, options?: CallOptions): Promise<ExamplePaginationResponse> {
    return this.call("example.pagination", request, options);
  }

  /** Takes and returns `pattern_properties` */
  examplePatternProperties(request: ExamplePatternPropertiesRequest, options?: CallOptions): Promise<ExamplePatternPropertiesResponse> {
    return this.call("example.pattern_properties", request, options);
  }

  /** Takes and returns `pointer_references` */
  examplePointerReferences(request: ExamplePointerReferencesRequest, options?: CallOptions): Promise<ExamplePointerReferencesResponse> {
    return this.call("example.pointer_references", request, options);
  }

  /** Takes and returns `postal_address` */
  examplePostalAddress(request: ExamplePostalAddressRequest, options?: CallOptions): Promise<ExamplePostalAddressResponse> {
    return this.call("example.postal_address", request, options);
  }

  /** Takes and returns `product` */
  exampleProduct(request: ExampleProductRequest, options?: CallOptions): Promise<ExampleProductResponse> {
    return this.call("example.product", request, options);
  }

  /** Takes and returns `remote_reference` */
  exampleRemoteReference(request: ExampleRemoteReferenceRequest, options?: CallOptions): Promise<ExampleRemoteReferenceResponse> {
    return this.call("example.remote_reference", request, options);
  }

  /** Takes and returns `required_undescribed` */
  exampleRequiredUndescribed(request: ExampleRequiredUndescribedRequest, options?: CallOptions): Promise<ExampleRequiredUndescribedResponse> {
    return this.call("example.required_undescribed", request, options);
  }

  /** Takes and returns `rust_enum_adjacent` */
  exampleRustEnumAdjacent(request: ExampleRustEnumAdjacentRequest, options?: CallOptions): Promise<ExampleRustEnumAdjacentResponse> {
    return this.call("example.rust_enum_adjacent", request, options);
  }

  /** Takes and returns `rust_enum_documented` */
  exampleRustEnumDocumented(request: ExampleRustEnumDocumentedRequest, options?: CallOptions): Promise<ExampleRustEnumDocumentedResponse> {
    return this.call("example.rust_enum_documented", request, options);
  }

  /** Takes and returns `rust_enum_external` */
  exampleRustEnumExternal(request: ExampleRustEnumExternalRequest, options?: CallOptions): Promise<ExampleRustEnumExternalResponse> {
    return this.call("example.rust_enum_external", request, options);
  }

  /** Takes and returns `rust_enum_internal` */
  exampleRustEnumInternal(request: ExampleRustEnumInternalRequest, options?: CallOptions): Promise<ExampleRustEnumInternalResponse> {
    return this.call("example.rust_enum_internal", request, options);
  }

  /** Takes and returns `rust_flattened_enum` */
  exampleRustFlattenedEnum(request: ExampleRustFlattenedEnumRequest, options?: CallOptions): Promise<ExampleRustFlattenedEnumResponse> {
    return this.call("example.rust_flattened_enum", request, options);
  }

  /** Takes and returns `rust_option_ref` */
  exampleRustOptionRef(request: ExampleRustOptionRefRequest, options?: CallOptions): Promise<ExampleRustOptionRefResponse> {
    return this.call("example.rust_option_ref", request, options);
  }

  /** Takes and returns `scalar_boolean` */
  exampleScalarBoolean(request: ExampleScalarBooleanRequest, options?: CallOptions): Promise<ExampleScalarBooleanResponse> {
    return this.call("example.scalar_boolean", request, options);
  }

  /** Takes and returns `scalar_string` */
  exampleScalarString(request: ExampleScalarStringRequest, options?: CallOptions): Promise<ExampleScalarStringResponse> {
    return this.call("example.scalar_string", request, options);
  }

  /** Takes and returns `search_query` */
  exampleSearchQuery(request: ExampleSearchQueryRequest, options?: CallOptions): Promise<ExampleSearchQueryResponse> {
    return this.call("example.search_query", request, options);
  }

  /** Takes and returns `string_formats` */
  exampleStringFormats(request: ExampleStringFormatsRequest, options?: CallOptions): Promise<ExampleStringFormatsResponse> {
    return this.call("example.string_formats", request, options);
  }

  /** Takes and returns `string_map` */
  exampleStringMap(request: ExampleStringMapRequest, options?: CallOptions): Promise<ExampleStringMapResponse> {
    return this.call("example.string_map", request, options);
  }

  /** Takes and returns `titles_and_formats_as_names` */
  exampleTitlesAndFormatsAsNames(request: ExampleTitlesAndFormatsAsNamesRequest, options?: CallOptions): Promise<ExampleTitlesAndFormatsAsNamesResponse> {
    return this.call("example.titles_and_formats_as_names", request, options);
  }

  /** Takes and returns `tree` */
  exampleTree(request: ExampleTreeRequest, options?: CallOptions): Promise<ExampleTreeResponse> {
    return this.call("example.tree", request, options);
  }

  /** Takes and returns `tuple_old_draft` */
  exampleTupleOldDraft(request: ExampleTupleOldDraftRequest, options?: CallOptions): Promise<ExampleTupleOldDraftResponse> {
    return this.call("example.tuple_old_draft", request, options);
  }

  /** Takes and returns `tuple_open` */
  exampleTupleOpen(request: ExampleTupleOpenRequest, options?: CallOptions): Promise<ExampleTupleOpenResponse> {
    return this.call("example.tuple_open", request, options);
  }

  /** Takes and returns `tuple_pair` */
  exampleTuplePair(request: ExampleTuplePairRequest, options?: CallOptions): Promise<ExampleTuplePairResponse> {
    return this.call("example.tuple_pair", request, options);
  }

  /** Takes and returns `type_array` */
  exampleTypeArray(request: ExampleTypeArrayRequest, options?: CallOptions): Promise<ExampleTypeArrayResponse> {
    return this.call("example.type_array", request, options);
  }

  /** Takes and returns `user_profile` */
  exampleUserProfile(request: ExampleUserProfileRequest, options?: CallOptions): Promise<ExampleUserProfileResponse> {
    return this.call("example.user_profile", request, options);
  }
}
