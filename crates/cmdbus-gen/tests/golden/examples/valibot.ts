// Made by `cmdbus gen typescript`. Do not edit: make it anew.
/* eslint-disable */

import * as v from "valibot";
import type { CommandSchemaMap } from "@coralstack/cmd-ipc";

// JSON Schema counts the characters of a text, and Valibot the units of UTF-16: a character such as an emoji has two of them.

/** Returns a pattern; one that this language does not know lets everything through. */
function pattern(source: string): RegExp {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(source, flags);
    } catch {
      // Tried with fewer demands, or given up.
    }
  }
  return new RegExp("");
}

export type Item = {
  name: string;
  parts?: Item[] | undefined;
  [key: string]: unknown;
};

export type N = {
  again?: N | undefined;
};

export type Entry = {
  kind: "file";
  name: string;
  /** A whole number. */
  size: number;
} | {
  kind: "directory";
  name: string;
  entries?: Entry[] | undefined;
};

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type ExampleLinkedListRequest = {
  /** A whole number. */
  value: number;
  next?: (ExampleLinkedListRequest | null) | undefined;
};

export type ExampleLinkedListResponse = {
  /** A whole number. */
  value: number;
  next?: (ExampleLinkedListResponse | null) | undefined;
};

export type Expression = number | Sum;

export type Sum = {
  left: Expression;
  right: Expression;
};

export type Node = {
  value: string;
  children?: Node[] | undefined;
};

export const Item: v.GenericSchema<Item> = v.looseObject({
  name: v.string(),
  parts: v.optional(v.array(v.lazy(() => Item))),
});

export const N: v.GenericSchema<N> = v.strictObject({
  again: v.optional(v.lazy(() => N)),
});

export const A = v.strictObject({
  a: v.optional(v.string()),
});

export const B = v.strictObject({
  b: v.optional(v.string()),
});

export const X = v.strictObject({
  x: v.string(),
});

export const Xy = v.strictObject({
  x: v.string(),
  y: v.string(),
});

export const Alias = B;

export const Either = v.nullable(v.union([A, Alias]));

export const C = v.strictObject({
  c: v.optional(v.string()),
});

export const Entry: v.GenericSchema<Entry> = v.union([v.strictObject({
  kind: v.literal("file"),
  name: v.string(),
  /** A whole number. */
  size: v.pipe(v.number(), v.integer()),
}), v.strictObject({
  kind: v.literal("directory"),
  name: v.string(),
  entries: v.optional(v.array(v.lazy(() => Entry))),
})]);

export const Money = v.strictObject({
  /** A whole number. */
  cents: v.pipe(v.number(), v.integer()),
  currency: v.string(),
});

export const Line = v.strictObject({
  text: v.string(),
  /** Greater than 0. */
  quantity: v.pipe(v.number(), v.gtValue(0)),
  unitPrice: Money,
  vat: v.optional(v.union([v.literal(0), v.literal(7), v.literal(19)])),
});

export const Party = v.strictObject({
  name: v.string(),
  vatId: v.optional(v.nullable(v.string())),
});

export const Json: v.GenericSchema<Json> = v.nullable(v.union([v.boolean(), v.number(), v.string(), v.array(v.lazy(() => Json)), v.record(v.string(), v.lazy(() => Json))]));

export const ExampleLinkedListRequest: v.GenericSchema<ExampleLinkedListRequest> = v.strictObject({
  /** A whole number. */
  value: v.pipe(v.number(), v.integer()),
  next: v.optional(v.nullable(v.lazy(() => ExampleLinkedListRequest))),
});

export const ExampleLinkedListResponse: v.GenericSchema<ExampleLinkedListResponse> = v.strictObject({
  /** A whole number. */
  value: v.pipe(v.number(), v.integer()),
  next: v.optional(v.nullable(v.lazy(() => ExampleLinkedListResponse))),
});

export const Entry2 = v.strictObject({
  /**
   * A whole number.
   * At least 0.
   */
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Format: date-time. */
  modified: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

export const Expression: v.GenericSchema<Expression> = v.union([v.number(), v.lazy(() => Sum)]);

export const Sum: v.GenericSchema<Sum> = v.strictObject({
  left: Expression,
  right: Expression,
});

export const Dependencies = v.record(v.string(), v.string());

export const Row = v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()])));

export const ExamplePointerReferencesRequestPropertiesA = v.strictObject({
  /** A whole number. */
  x: v.pipe(v.number(), v.integer()),
});

/** A whole number. */
export const ExamplePointerReferencesRequestPropertiesAPropertiesX = v.pipe(v.number(), v.integer());

export const AB = v.string();

export const Location = v.strictObject({
  latitude: v.number(),
  longitude: v.number(),
});

export const Person = v.strictObject({
  name: v.string(),
});

export const TermFilter = v.strictObject({
  field: v.string(),
  term: v.string(),
});

export const RangeFilter = v.strictObject({
  field: v.string(),
  gte: v.optional(v.number()),
  lt: v.optional(v.number()),
});

export const Node: v.GenericSchema<Node> = v.strictObject({
  value: v.string(),
  children: v.optional(v.array(v.lazy(() => Node))),
});

export const RemoteCommandSchema = {
  "example.all_of_merge": {
    description: "Takes and returns `all_of_merge`",
    request: v.looseObject({
      id: v.string(),
      /** A whole number. */
      size: v.pipe(v.number(), v.integer()),
    }),
    response: v.looseObject({
      id: v.string(),
      /** A whole number. */
      size: v.pipe(v.number(), v.integer()),
    }),
  },
  "example.all_of_recursive": {
    description: "Takes and returns `all_of_recursive`",
    request: Item,
    response: Item,
  },
  "example.all_of_scalars": {
    description: "Takes and returns `all_of_scalars`",
    request: v.pipe(v.string(), v.minLength(2), v.maxLength(4)),
    response: v.pipe(v.string(), v.minLength(2), v.maxLength(4)),
  },
  "example.anchors": {
    description: "Takes and returns `anchors`",
    request: v.strictObject({
      node: v.optional(N),
    }),
    response: v.strictObject({
      node: v.optional(N),
    }),
  },
  "example.boolean_schemas": {
    description: "Takes and returns `boolean_schemas`",
    request: v.strictObject({
      any: v.unknown(),
      /** Note: no value is allowed here. */
      none: v.optional(v.never()),
      list: v.optional(v.array(v.unknown())),
    }),
    response: v.strictObject({
      any: v.unknown(),
      /** Note: no value is allowed here. */
      none: v.optional(v.never()),
      list: v.optional(v.array(v.unknown())),
    }),
  },
  "example.calendar_event": {
    description: "Takes and returns `calendar_event`",
    request: v.strictObject({
      title: v.string(),
      /** Format: date-time. */
      start: v.pipe(v.string(), v.isoTimestamp()),
      /** Format: date-time. */
      end: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      attendees: v.optional(v.array(v.strictObject({
        /** Format: email. */
        email: v.pipe(v.string(), v.rfcEmail()),
        status: v.optional(v.union([v.literal("accepted"), v.literal("declined"), v.literal("tentative"), v.literal("needs-action")])),
      }))),
      recurrence: v.optional(v.nullable(v.strictObject({
        freq: v.union([v.literal("DAILY"), v.literal("WEEKLY"), v.literal("MONTHLY")]),
        /**
         * A whole number.
         * At least 1.
         */
        count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      }))),
      /** Items: at most 5. */
      reminders: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(5))),
    }),
    response: v.strictObject({
      title: v.string(),
      /** Format: date-time. */
      start: v.pipe(v.string(), v.isoTimestamp()),
      /** Format: date-time. */
      end: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      attendees: v.optional(v.array(v.strictObject({
        /** Format: email. */
        email: v.pipe(v.string(), v.rfcEmail()),
        status: v.optional(v.union([v.literal("accepted"), v.literal("declined"), v.literal("tentative"), v.literal("needs-action")])),
      }))),
      recurrence: v.optional(v.nullable(v.strictObject({
        freq: v.union([v.literal("DAILY"), v.literal("WEEKLY"), v.literal("MONTHLY")]),
        /**
         * A whole number.
         * At least 1.
         */
        count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
      }))),
      /** Items: at most 5. */
      reminders: v.optional(v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(5))),
    }),
  },
  "example.chat_completion": {
    description: "Takes and returns `chat_completion`",
    request: v.strictObject({
      model: v.string(),
      /** Items: at least 1. */
      messages: v.pipe(v.array(v.union([v.strictObject({
        role: v.literal("system"),
        content: v.string(),
      }), v.strictObject({
        role: v.literal("user"),
        content: v.union([v.string(), v.array(v.strictObject({
          type: v.union([v.literal("text"), v.literal("image")]),
          value: v.string(),
        }))]),
      }), v.strictObject({
        role: v.literal("assistant"),
        content: v.optional(v.nullable(v.string())),
        calls: v.optional(v.array(v.strictObject({
          id: v.string(),
          name: v.string(),
          arguments: v.string(),
        }))),
      })])), v.minLength(1)),
      /**
       * At least 0.
       * At most 2.
       */
      temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
      /** Items: at most 4. */
      stop: v.optional(v.nullable(v.union([v.string(), v.pipe(v.array(v.string()), v.maxLength(4))]))),
    }),
    response: v.strictObject({
      model: v.string(),
      /** Items: at least 1. */
      messages: v.pipe(v.array(v.union([v.strictObject({
        role: v.literal("system"),
        content: v.string(),
      }), v.strictObject({
        role: v.literal("user"),
        content: v.union([v.string(), v.array(v.strictObject({
          type: v.union([v.literal("text"), v.literal("image")]),
          value: v.string(),
        }))]),
      }), v.strictObject({
        role: v.literal("assistant"),
        content: v.optional(v.nullable(v.string())),
        calls: v.optional(v.array(v.strictObject({
          id: v.string(),
          name: v.string(),
          arguments: v.string(),
        }))),
      })])), v.minLength(1)),
      /**
       * At least 0.
       * At most 2.
       */
      temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
      /** Items: at most 4. */
      stop: v.optional(v.nullable(v.union([v.string(), v.pipe(v.array(v.string()), v.maxLength(4))]))),
    }),
  },
  "example.closed_alternatives": {
    description: "Takes and returns `closed_alternatives`",
    request: v.strictObject({
      either: v.optional(v.union([A, B])),
      longer: v.optional(v.union([X, Xy])),
      nested: v.optional(v.nullable(v.union([Either, C]))),
      list: v.optional(v.union([Xy, v.array(v.string())])),
      open: v.optional(v.union([v.looseObject({
        x: v.string(),
      }), v.looseObject({
        x: v.string(),
        /** A whole number. */
        y: v.pipe(v.number(), v.integer()),
      })])),
    }),
    response: v.strictObject({
      either: v.optional(v.union([A, B])),
      longer: v.optional(v.union([X, Xy])),
      nested: v.optional(v.nullable(v.union([Either, C]))),
      list: v.optional(v.union([Xy, v.array(v.string())])),
      open: v.optional(v.union([v.looseObject({
        x: v.string(),
      }), v.looseObject({
        x: v.string(),
        /** A whole number. */
        y: v.pipe(v.number(), v.integer()),
      })])),
    }),
  },
  "example.conditionals": {
    description: "Takes and returns `conditionals`",
    request: v.looseObject({
      kind: v.string(),
      /** A whole number. */
      size: v.optional(v.pipe(v.number(), v.integer())),
    }),
    response: v.looseObject({
      kind: v.string(),
      /** A whole number. */
      size: v.optional(v.pipe(v.number(), v.integer())),
    }),
  },
  "example.deep_nesting": {
    description: "Takes and returns `deep_nesting`",
    request: v.strictObject({
      a: v.optional(v.strictObject({
        b: v.optional(v.strictObject({
          c: v.optional(v.strictObject({
            d: v.optional(v.array(v.strictObject({
              e: v.optional(v.nullable(v.strictObject({
                /** A whole number. */
                f: v.optional(v.pipe(v.number(), v.integer())),
              }))),
            }))),
          })),
        })),
      })),
    }),
    response: v.strictObject({
      a: v.optional(v.strictObject({
        b: v.optional(v.strictObject({
          c: v.optional(v.strictObject({
            d: v.optional(v.array(v.strictObject({
              e: v.optional(v.nullable(v.strictObject({
                /** A whole number. */
                f: v.optional(v.pipe(v.number(), v.integer())),
              }))),
            }))),
          })),
        })),
      })),
    }),
  },
  "example.draft4_exclusive": {
    description: "Takes and returns `draft4_exclusive`",
    request: v.pipe(v.number(), v.maxValue(10), v.gtValue(0)),
    response: v.pipe(v.number(), v.maxValue(10), v.gtValue(0)),
  },
  "example.empty_closed": {
    description: "Takes and returns `empty_closed`",
    request: v.strictObject({}),
    response: v.strictObject({}),
  },
  "example.empty_open": {
    description: "Takes and returns `empty_open`",
    request: v.looseObject({}),
    response: v.looseObject({}),
  },
  "example.everything": {
    description: "Takes and returns `everything`",
    request: v.unknown(),
    response: v.unknown(),
  },
  "example.fields_and_rest": {
    description: "Takes and returns `fields_and_rest`",
    request: v.objectWithRest({
      name: v.string(),
      /** A whole number. */
      count: v.optional(v.pipe(v.number(), v.integer())),
    }, v.number()),
    response: v.objectWithRest({
      name: v.string(),
      /** A whole number. */
      count: v.optional(v.pipe(v.number(), v.integer())),
    }, v.number()),
  },
  "example.file_listing": {
    description: "Takes and returns `file_listing`",
    request: v.strictObject({
      path: v.string(),
      entries: v.array(Entry),
    }),
    response: v.strictObject({
      path: v.string(),
      entries: v.array(Entry),
    }),
  },
  "example.geo_point": {
    description: "Takes and returns `geo_point`",
    request: v.strictObject({
      /**
       * At least -90.
       * At most 90.
       */
      lat: v.pipe(v.number(), v.minValue(-90), v.maxValue(90)),
      /**
       * At most 180.
       * Greater than -180.
       */
      lon: v.pipe(v.number(), v.maxValue(180), v.gtValue(-180)),
    }),
    response: v.strictObject({
      /**
       * At least -90.
       * At most 90.
       */
      lat: v.pipe(v.number(), v.minValue(-90), v.maxValue(90)),
      /**
       * At most 180.
       * Greater than -180.
       */
      lon: v.pipe(v.number(), v.maxValue(180), v.gtValue(-180)),
    }),
  },
  "example.geojson_geometry": {
    description: "Takes and returns `geojson_geometry`",
    request: v.union([v.strictObject({
      type: v.literal("Point"),
      /**
       * Items: at least 2.
       * Items: at most 3.
       */
      coordinates: v.pipe(v.array(v.number()), v.minLength(2), v.maxLength(3)),
    }), v.strictObject({
      type: v.literal("LineString"),
      /** Items: at least 2. */
      coordinates: v.pipe(v.array(v.array(v.number())), v.minLength(2)),
    }), v.strictObject({
      type: v.literal("Polygon"),
      coordinates: v.array(v.array(v.array(v.number()))),
    })]),
    response: v.union([v.strictObject({
      type: v.literal("Point"),
      /**
       * Items: at least 2.
       * Items: at most 3.
       */
      coordinates: v.pipe(v.array(v.number()), v.minLength(2), v.maxLength(3)),
    }), v.strictObject({
      type: v.literal("LineString"),
      /** Items: at least 2. */
      coordinates: v.pipe(v.array(v.array(v.number())), v.minLength(2)),
    }), v.strictObject({
      type: v.literal("Polygon"),
      coordinates: v.array(v.array(v.array(v.number()))),
    })]),
  },
  "example.invoice": {
    description: "Takes and returns `invoice`",
    request: v.strictObject({
      number: v.string(),
      /** Items: at least 1. */
      lines: v.pipe(v.array(Line), v.minLength(1)),
      customer: Party,
      supplier: Party,
      paid: v.optional(v.boolean()),
    }),
    response: v.strictObject({
      number: v.string(),
      /** Items: at least 1. */
      lines: v.pipe(v.array(Line), v.minLength(1)),
      customer: Party,
      supplier: Party,
      paid: v.optional(v.boolean()),
    }),
  },
  "example.json_value": {
    description: "Takes and returns `json_value`",
    request: Json,
    response: Json,
  },
  "example.keywords_as_names": {
    description: "Takes and returns `keywords_as_names`",
    request: v.strictObject({
      type: v.optional(v.string()),
      class: v.optional(v.string()),
      def: v.optional(v.string()),
      fn: v.optional(v.string()),
      self: v.optional(v.string()),
      crate: v.optional(v.string()),
      super: v.optional(v.string()),
      Self: v.optional(v.string()),
      async: v.optional(v.string()),
      await: v.optional(v.string()),
      match: v.optional(v.string()),
      None: v.optional(v.string()),
      True: v.optional(v.string()),
      enum: v.optional(v.string()),
      default: v.optional(v.string()),
      delete: v.optional(v.string()),
      new: v.optional(v.string()),
      constructor: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      prototype: v.optional(v.string()),
      toString: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      hasOwnProperty: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      yield: v.optional(v.string()),
      lambda: v.optional(v.string()),
      "r#type": v.optional(v.string()),
      _: v.optional(v.string()),
      str: v.optional(v.string()),
      int: v.optional(v.string()),
    }),
    response: v.strictObject({
      type: v.optional(v.string()),
      class: v.optional(v.string()),
      def: v.optional(v.string()),
      fn: v.optional(v.string()),
      self: v.optional(v.string()),
      crate: v.optional(v.string()),
      super: v.optional(v.string()),
      Self: v.optional(v.string()),
      async: v.optional(v.string()),
      await: v.optional(v.string()),
      match: v.optional(v.string()),
      None: v.optional(v.string()),
      True: v.optional(v.string()),
      enum: v.optional(v.string()),
      default: v.optional(v.string()),
      delete: v.optional(v.string()),
      new: v.optional(v.string()),
      constructor: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      prototype: v.optional(v.string()),
      toString: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      hasOwnProperty: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      yield: v.optional(v.string()),
      lambda: v.optional(v.string()),
      "r#type": v.optional(v.string()),
      _: v.optional(v.string()),
      str: v.optional(v.string()),
      int: v.optional(v.string()),
    }),
  },
  "example.linked_list": {
    description: "Takes and returns `linked_list`",
    request: ExampleLinkedListRequest,
    response: ExampleLinkedListResponse,
  },
  "example.map_of_records": {
    description: "Takes and returns `map_of_records`",
    request: v.record(v.string(), Entry2),
    response: v.record(v.string(), Entry2),
  },
  "example.matrix": {
    description: "Takes and returns `matrix`",
    request: v.pipe(v.array(v.pipe(v.array(v.number()), v.minLength(2), v.maxLength(2))), v.minLength(2), v.maxLength(2)),
    response: v.pipe(v.array(v.pipe(v.array(v.number()), v.minLength(2), v.maxLength(2))), v.minLength(2), v.maxLength(2)),
  },
  "example.mcp_tool_result": {
    description: "Takes and returns `mcp_tool_result`",
    request: v.strictObject({
      content: v.array(v.union([v.strictObject({
        type: v.literal("text"),
        text: v.string(),
      }), v.strictObject({
        type: v.literal("image"),
        data: v.string(),
        mimeType: v.string(),
      })])),
      isError: v.optional(v.boolean()),
    }),
    response: v.strictObject({
      content: v.array(v.union([v.strictObject({
        type: v.literal("text"),
        text: v.string(),
      }), v.strictObject({
        type: v.literal("image"),
        data: v.string(),
        mimeType: v.string(),
      })])),
      isError: v.optional(v.boolean()),
    }),
  },
  "example.mixed_enum": {
    description: "Takes and returns `mixed_enum`",
    request: v.nullable(v.union([v.literal("auto"), v.literal(0), v.literal(1), v.literal(2.5), v.literal(true)])),
    response: v.nullable(v.union([v.literal("auto"), v.literal(0), v.literal(1), v.literal(2.5), v.literal(true)])),
  },
  "example.money": {
    description: "Takes and returns `money`",
    request: v.strictObject({
      /** Pattern: ^-?\d+(\.\d{1,4})?$ */
      amount: v.pipe(v.string(), v.regex(pattern("^-?\\d+(\\.\\d{1,4})?$"))),
      currency: v.union([v.literal("EUR"), v.literal("USD"), v.literal("JPY")]),
    }),
    response: v.strictObject({
      /** Pattern: ^-?\d+(\.\d{1,4})?$ */
      amount: v.pipe(v.string(), v.regex(pattern("^-?\\d+(\\.\\d{1,4})?$"))),
      currency: v.union([v.literal("EUR"), v.literal("USD"), v.literal("JPY")]),
    }),
  },
  "example.mutual_recursion": {
    description: "Takes and returns `mutual_recursion`",
    request: Expression,
    response: Expression,
  },
  "example.nested_unions": {
    description: "Takes and returns `nested_unions`",
    request: v.strictObject({
      /**
       * Format: date-time.
       * A whole number.
       */
      when: v.nullable(v.union([v.pipe(v.string(), v.isoTimestamp()), v.pipe(v.number(), v.integer()), v.strictObject({
        relative: v.string(),
      })])),
    }),
    response: v.strictObject({
      /**
       * Format: date-time.
       * A whole number.
       */
      when: v.nullable(v.union([v.pipe(v.string(), v.isoTimestamp()), v.pipe(v.number(), v.integer()), v.strictObject({
        relative: v.string(),
      })])),
    }),
  },
  "example.null_only": {
    description: "Takes and returns `null_only`",
    request: v.null_(),
    response: v.null_(),
  },
  "example.nullable_enum": {
    description: "Takes and returns `nullable_enum`",
    request: v.strictObject({
      mode: v.nullable(v.union([v.literal("fast"), v.literal("slow")])),
    }),
    response: v.strictObject({
      mode: v.nullable(v.union([v.literal("fast"), v.literal("slow")])),
    }),
  },
  "example.nullable_openapi": {
    description: "Takes and returns `nullable_openapi`",
    request: v.strictObject({
      note: v.nullable(v.string()),
      level: v.optional(v.nullable(v.union([v.literal(1), v.literal(2), v.literal(3)]))),
    }),
    response: v.strictObject({
      note: v.nullable(v.string()),
      level: v.optional(v.nullable(v.union([v.literal(1), v.literal(2), v.literal(3)]))),
    }),
  },
  "example.number_limits": {
    description: "Takes and returns `number_limits`",
    request: v.strictObject({
      /**
       * At least 0.
       * At most 100.
       */
      percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
      /**
       * A whole number.
       * At least 1.
       * At most 65535.
       */
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
      /**
       * Greater than 0.
       * Less than 1.
       */
      ratio: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1))),
      /**
       * A whole number.
       * A multiple of 2.
       */
      even: v.optional(v.pipe(v.number(), v.integer(), v.multipleOf(2))),
      /**
       * A whole number.
       * At least 0.
       * At most 18446744073709551615.
       */
      big: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(18446744073709551615))),
    }),
    response: v.strictObject({
      /**
       * At least 0.
       * At most 100.
       */
      percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
      /**
       * A whole number.
       * At least 1.
       * At most 65535.
       */
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
      /**
       * Greater than 0.
       * Less than 1.
       */
      ratio: v.optional(v.pipe(v.number(), v.gtValue(0), v.ltValue(1))),
      /**
       * A whole number.
       * A multiple of 2.
       */
      even: v.optional(v.pipe(v.number(), v.integer(), v.multipleOf(2))),
      /**
       * A whole number.
       * At least 0.
       * At most 18446744073709551615.
       */
      big: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(18446744073709551615))),
    }),
  },
  "example.object_const": {
    description: "Takes and returns `object_const`",
    request: v.strictObject({
      version: v.strictObject({ major: v.literal(1), tags: v.strictTuple([v.literal("a"), v.literal(1)]) }),
      one: v.optional(v.literal(1)),
      off: v.optional(v.literal(false)),
    }),
    response: v.strictObject({
      version: v.strictObject({ major: v.literal(1), tags: v.strictTuple([v.literal("a"), v.literal(1)]) }),
      one: v.optional(v.literal(1)),
      off: v.optional(v.literal(false)),
    }),
  },
  "example.odd_names": {
    description: "Takes and returns `odd_names`",
    request: v.strictObject({
      /** A whole number. */
      "foo-bar": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      foo_bar: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      fooBar: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "foo bar": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "1st": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      $ref: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      $id: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "@type": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "a.b": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "ünï": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "漢字": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "emoji 😀": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "quote\"": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "back\\slash": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "new\nline": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "*/": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "</script>": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "`${x}`": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "'": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      ["__proto__"]: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      /** A whole number. */
      __class__: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "#": v.optional(v.pipe(v.number(), v.integer())),
    }),
    response: v.strictObject({
      /** A whole number. */
      "foo-bar": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      foo_bar: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      fooBar: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "foo bar": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "1st": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      $ref: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      $id: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "@type": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "a.b": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "ünï": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "漢字": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "emoji 😀": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "quote\"": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "back\\slash": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "new\nline": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "*/": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "</script>": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "`${x}`": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "'": v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      ["__proto__"]: v.optional(v.unknown()) /* every object has something of this name, which Valibot takes for the property */,
      /** A whole number. */
      __class__: v.optional(v.pipe(v.number(), v.integer())),
      /** A whole number. */
      "#": v.optional(v.pipe(v.number(), v.integer())),
    }),
  },
  "example.open_object": {
    description: "Takes and returns `open_object`",
    request: v.looseObject({
      name: v.string(),
    }),
    response: v.looseObject({
      name: v.string(),
    }),
  },
  "example.package_manifest": {
    description: "Takes and returns `package_manifest`",
    request: v.looseObject({
      /** Pattern: ^(?:@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$ */
      name: v.pipe(v.string(), v.regex(pattern("^(?:@[a-z0-9-~][a-z0-9-._~]*/)?[a-z0-9-~][a-z0-9-._~]*$"))),
      version: v.string(),
      private: v.optional(v.boolean()),
      bin: v.optional(v.union([v.string(), v.record(v.string(), v.string())])),
      dependencies: v.optional(Dependencies),
      devDependencies: v.optional(Dependencies),
      repository: v.optional(v.union([v.string(), v.strictObject({
        type: v.string(),
        url: v.string(),
      })])),
    }),
    response: v.looseObject({
      /** Pattern: ^(?:@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$ */
      name: v.pipe(v.string(), v.regex(pattern("^(?:@[a-z0-9-~][a-z0-9-._~]*/)?[a-z0-9-~][a-z0-9-._~]*$"))),
      version: v.string(),
      private: v.optional(v.boolean()),
      bin: v.optional(v.union([v.string(), v.record(v.string(), v.string())])),
      dependencies: v.optional(Dependencies),
      devDependencies: v.optional(Dependencies),
      repository: v.optional(v.union([v.string(), v.strictObject({
        type: v.string(),
        url: v.string(),
      })])),
    }),
  },
  "example.pagination": {
    description: "Takes and returns `pagination`",
    request: v.strictObject({
      items: v.array(Row),
      next: v.nullable(v.string()),
      /**
       * A whole number.
       * At least 0.
       */
      total: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    }),
    response: v.strictObject({
      items: v.array(Row),
      next: v.nullable(v.string()),
      /**
       * A whole number.
       * At least 0.
       */
      total: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    }),
  },
  "example.pattern_properties": {
    description: "Takes and returns `pattern_properties`",
    request: v.record(v.string(), v.union([v.string(), v.number()])),
    response: v.record(v.string(), v.union([v.string(), v.number()])),
  },
  "example.pointer_references": {
    description: "Takes and returns `pointer_references`",
    request: v.strictObject({
      a: v.optional(v.strictObject({
        /** A whole number. */
        x: v.pipe(v.number(), v.integer()),
      })),
      b: v.optional(ExamplePointerReferencesRequestPropertiesA),
      c: v.optional(v.array(ExamplePointerReferencesRequestPropertiesAPropertiesX)),
      d: v.optional(AB),
    }),
    response: v.strictObject({
      a: v.optional(v.strictObject({
        /** A whole number. */
        x: v.pipe(v.number(), v.integer()),
      })),
      b: v.optional(ExamplePointerReferencesRequestPropertiesA),
      c: v.optional(v.array(ExamplePointerReferencesRequestPropertiesAPropertiesX)),
      d: v.optional(AB),
    }),
  },
  "example.postal_address": {
    description: "Takes and returns `postal_address`",
    request: v.strictObject({
      street: v.string(),
      city: v.string(),
      /** Pattern: ^[A-Z]{2}$ */
      country: v.pipe(v.string(), v.regex(pattern("^[A-Z]{2}$"))),
      /** Pattern: ^\d{4,5}(-\d{4})?$ */
      zip: v.optional(v.pipe(v.string(), v.regex(pattern("^\\d{4,5}(-\\d{4})?$")))),
    }),
    response: v.strictObject({
      street: v.string(),
      city: v.string(),
      /** Pattern: ^[A-Z]{2}$ */
      country: v.pipe(v.string(), v.regex(pattern("^[A-Z]{2}$"))),
      /** Pattern: ^\d{4,5}(-\d{4})?$ */
      zip: v.optional(v.pipe(v.string(), v.regex(pattern("^\\d{4,5}(-\\d{4})?$")))),
    }),
  },
  "example.product": {
    description: "Takes and returns `product`",
    request: v.strictObject({
      /** A whole number. */
      productId: v.pipe(v.number(), v.integer()),
      name: v.string(),
      /** Greater than 0. */
      price: v.pipe(v.number(), v.gtValue(0)),
      /**
       * Items: at least 1.
       * No two items are equal.
       */
      tags: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
      dimensions: v.optional(v.strictObject({
        length: v.number(),
        width: v.number(),
        height: v.number(),
      })),
      warehouse: v.optional(Location),
    }),
    response: v.strictObject({
      /** A whole number. */
      productId: v.pipe(v.number(), v.integer()),
      name: v.string(),
      /** Greater than 0. */
      price: v.pipe(v.number(), v.gtValue(0)),
      /**
       * Items: at least 1.
       * No two items are equal.
       */
      tags: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
      dimensions: v.optional(v.strictObject({
        length: v.number(),
        width: v.number(),
        height: v.number(),
      })),
      warehouse: v.optional(Location),
    }),
  },
  "example.remote_reference": {
    description: "Takes and returns `remote_reference`",
    request: v.strictObject({
      /** Note: `https://other.example/schema.json` refers to what is not in this schema. */
      x: v.optional(v.unknown() /* `https://other.example/schema.json` refers to what is not in this schema */),
    }),
    response: v.strictObject({
      /** Note: `https://other.example/schema.json` refers to what is not in this schema. */
      x: v.optional(v.unknown() /* `https://other.example/schema.json` refers to what is not in this schema */),
    }),
  },
  "example.required_undescribed": {
    description: "Takes and returns `required_undescribed`",
    request: v.objectWithRest({
      a: v.string(),
      b: v.number(),
    }, v.number()),
    response: v.objectWithRest({
      a: v.string(),
      b: v.number(),
    }, v.number()),
  },
  "example.rust_enum_adjacent": {
    description: "Takes and returns `rust_enum_adjacent`",
    request: v.union([v.strictObject({
      t: v.literal("a"),
      c: v.string(),
    }), v.strictObject({
      t: v.literal("b"),
    })]),
    response: v.union([v.strictObject({
      t: v.literal("a"),
      c: v.string(),
    }), v.strictObject({
      t: v.literal("b"),
    })]),
  },
  "example.rust_enum_documented": {
    description: "Takes and returns `rust_enum_documented`",
    request: v.union([v.literal("low"), v.literal("high"), v.literal("a"), v.literal("b")]),
    response: v.union([v.literal("low"), v.literal("high"), v.literal("a"), v.literal("b")]),
  },
  "example.rust_enum_external": {
    description: "Takes and returns `rust_enum_external`",
    request: v.union([v.literal("Quit"), v.strictObject({
      Move: v.strictObject({
        /** A whole number. */
        x: v.pipe(v.number(), v.integer()),
        /** A whole number. */
        y: v.pipe(v.number(), v.integer()),
      }),
    }), v.strictObject({
      Write: v.string(),
    }), v.strictObject({
      Color: v.strictTuple([v.pipe(v.number(), v.integer()), v.pipe(v.number(), v.integer()), v.pipe(v.number(), v.integer())]),
    })]),
    response: v.union([v.literal("Quit"), v.strictObject({
      Move: v.strictObject({
        /** A whole number. */
        x: v.pipe(v.number(), v.integer()),
        /** A whole number. */
        y: v.pipe(v.number(), v.integer()),
      }),
    }), v.strictObject({
      Write: v.string(),
    }), v.strictObject({
      Color: v.strictTuple([v.pipe(v.number(), v.integer()), v.pipe(v.number(), v.integer()), v.pipe(v.number(), v.integer())]),
    })]),
  },
  "example.rust_enum_internal": {
    description: "Takes and returns `rust_enum_internal`",
    request: v.union([v.strictObject({
      kind: v.literal("circle"),
      radius: v.number(),
    }), v.strictObject({
      kind: v.literal("square"),
      side: v.number(),
    })]),
    response: v.union([v.strictObject({
      kind: v.literal("circle"),
      radius: v.number(),
    }), v.strictObject({
      kind: v.literal("square"),
      side: v.number(),
    })]),
  },
  "example.rust_flattened_enum": {
    description: "Takes and returns `rust_flattened_enum`",
    request: v.union([v.looseObject({
      /** A whole number. */
      id: v.pipe(v.number(), v.integer()),
      type: v.literal("file"),
      path: v.string(),
    }), v.looseObject({
      /** A whole number. */
      id: v.pipe(v.number(), v.integer()),
      type: v.literal("url"),
      url: v.string(),
    })]),
    response: v.union([v.looseObject({
      /** A whole number. */
      id: v.pipe(v.number(), v.integer()),
      type: v.literal("file"),
      path: v.string(),
    }), v.looseObject({
      /** A whole number. */
      id: v.pipe(v.number(), v.integer()),
      type: v.literal("url"),
      url: v.string(),
    })]),
  },
  "example.rust_option_ref": {
    description: "Takes and returns `rust_option_ref`",
    request: v.strictObject({
      owner: v.optional(v.nullable(Person)),
    }),
    response: v.strictObject({
      owner: v.optional(v.nullable(Person)),
    }),
  },
  "example.scalar_boolean": {
    description: "Takes and returns `scalar_boolean`",
    request: v.boolean(),
    response: v.boolean(),
  },
  "example.scalar_string": {
    description: "Takes and returns `scalar_string`",
    request: v.pipe(v.string(), v.minLength(1)),
    response: v.pipe(v.string(), v.minLength(1)),
  },
  "example.search_query": {
    description: "Takes and returns `search_query`",
    request: v.strictObject({
      /** Characters: at least 1. */
      query: v.pipe(v.string(), v.minLength(1)),
      /**
       * A whole number.
       * At least 1.
       * At most 100.
       */
      limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
      cursor: v.optional(v.nullable(v.string())),
      filters: v.optional(v.array(v.union([TermFilter, RangeFilter]))),
      sort: v.optional(v.strictObject({
        by: v.union([v.literal("date"), v.literal("score")]),
        order: v.optional(v.union([v.literal("asc"), v.literal("desc")])),
      })),
    }),
    response: v.strictObject({
      /** Characters: at least 1. */
      query: v.pipe(v.string(), v.minLength(1)),
      /**
       * A whole number.
       * At least 1.
       * At most 100.
       */
      limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
      cursor: v.optional(v.nullable(v.string())),
      filters: v.optional(v.array(v.union([TermFilter, RangeFilter]))),
      sort: v.optional(v.strictObject({
        by: v.union([v.literal("date"), v.literal("score")]),
        order: v.optional(v.union([v.literal("asc"), v.literal("desc")])),
      })),
    }),
  },
  "example.string_formats": {
    description: "Takes and returns `string_formats`",
    request: v.strictObject({
      /** Format: email. */
      mail: v.optional(v.pipe(v.string(), v.rfcEmail())),
      /** Format: date-time. */
      at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      /** Format: date. */
      day: v.optional(v.pipe(v.string(), v.isoDate())),
      /** Format: time. */
      time: v.optional(v.pipe(v.string(), v.regex(pattern("^\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$")))),
      /** Format: uuid. */
      id: v.optional(v.pipe(v.string(), v.uuid())),
      /** Format: uri. */
      link: v.optional(v.pipe(v.string(), v.url())),
      /** Format: hostname. */
      host: v.optional(v.string()),
      /** Format: duration. */
      span: v.optional(v.string()),
      /** Format: byte. */
      data: v.optional(v.string()),
    }),
    response: v.strictObject({
      /** Format: email. */
      mail: v.optional(v.pipe(v.string(), v.rfcEmail())),
      /** Format: date-time. */
      at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
      /** Format: date. */
      day: v.optional(v.pipe(v.string(), v.isoDate())),
      /** Format: time. */
      time: v.optional(v.pipe(v.string(), v.regex(pattern("^\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$")))),
      /** Format: uuid. */
      id: v.optional(v.pipe(v.string(), v.uuid())),
      /** Format: uri. */
      link: v.optional(v.pipe(v.string(), v.url())),
      /** Format: hostname. */
      host: v.optional(v.string()),
      /** Format: duration. */
      span: v.optional(v.string()),
      /** Format: byte. */
      data: v.optional(v.string()),
    }),
  },
  "example.string_map": {
    description: "Takes and returns `string_map`",
    request: v.record(v.string(), v.string()),
    response: v.record(v.string(), v.string()),
  },
  "example.titles_and_formats_as_names": {
    description: "Takes and returns `titles_and_formats_as_names`",
    request: v.strictObject({
      title: v.string(),
      format: v.optional(v.string()),
      $schema: v.optional(v.string()),
      properties: v.optional(v.strictObject({
        items: v.optional(v.string()),
      })),
    }),
    response: v.strictObject({
      title: v.string(),
      format: v.optional(v.string()),
      $schema: v.optional(v.string()),
      properties: v.optional(v.strictObject({
        items: v.optional(v.string()),
      })),
    }),
  },
  "example.tree": {
    description: "Takes and returns `tree`",
    request: Node,
    response: Node,
  },
  "example.tuple_old_draft": {
    description: "Takes and returns `tuple_old_draft`",
    request: v.tupleWithRest([v.optional(v.string()), v.optional(v.number())], v.boolean()),
    response: v.tupleWithRest([v.optional(v.string()), v.optional(v.number())], v.boolean()),
  },
  "example.tuple_open": {
    description: "Takes and returns `tuple_open`",
    request: v.tupleWithRest([v.optional(v.union([v.literal("GET"), v.literal("POST")])), v.optional(v.pipe(v.string(), v.url()))], v.unknown()),
    response: v.tupleWithRest([v.optional(v.union([v.literal("GET"), v.literal("POST")])), v.optional(v.pipe(v.string(), v.url()))], v.unknown()),
  },
  "example.tuple_pair": {
    description: "Takes and returns `tuple_pair`",
    request: v.strictTuple([v.string(), v.pipe(v.number(), v.integer())]),
    response: v.strictTuple([v.string(), v.pipe(v.number(), v.integer())]),
  },
  "example.type_array": {
    description: "Takes and returns `type_array`",
    request: v.strictObject({
      /** A whole number. */
      value: v.union([v.string(), v.pipe(v.number(), v.integer()), v.boolean()]),
      extra: v.optional(v.nullable(v.array(v.pipe(v.number(), v.integer())))),
    }),
    response: v.strictObject({
      /** A whole number. */
      value: v.union([v.string(), v.pipe(v.number(), v.integer()), v.boolean()]),
      extra: v.optional(v.nullable(v.array(v.pipe(v.number(), v.integer())))),
    }),
  },
  "example.user_profile": {
    description: "Takes and returns `user_profile`",
    request: v.strictObject({
      /**
       * A whole number.
       * At least 1.
       */
      id: v.pipe(v.number(), v.integer(), v.minValue(1)),
      /** Format: email. */
      email: v.pipe(v.string(), v.rfcEmail()),
      /**
       * Characters: at least 1.
       * Characters: at most 80.
       */
      displayName: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(80))),
      /** Format: date. */
      birthday: v.optional(v.nullable(v.pipe(v.string(), v.isoDate()))),
      /** No two items are equal. */
      roles: v.optional(v.array(v.union([v.literal("admin"), v.literal("editor"), v.literal("viewer")]))),
    }),
    response: v.strictObject({
      /**
       * A whole number.
       * At least 1.
       */
      id: v.pipe(v.number(), v.integer(), v.minValue(1)),
      /** Format: email. */
      email: v.pipe(v.string(), v.rfcEmail()),
      /**
       * Characters: at least 1.
       * Characters: at most 80.
       */
      displayName: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(80))),
      /** Format: date. */
      birthday: v.optional(v.nullable(v.pipe(v.string(), v.isoDate()))),
      /** No two items are equal. */
      roles: v.optional(v.array(v.union([v.literal("admin"), v.literal("editor"), v.literal("viewer")]))),
    }),
  },
} as const satisfies CommandSchemaMap;
