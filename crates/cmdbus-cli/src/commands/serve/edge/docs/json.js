// JSON as it was written: a number with more digits than the browser's own numbers hold keeps them, where the browser can.

const exact = typeof JSON.rawJSON === "function";

export function parse(text) {
  if (!exact) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context) => {
    const isOther = typeof value === "number" && String(value) !== context?.source;
    return isOther && context?.source ? JSON.rawJSON(context.source) : value;
  });
}

export const print = (value) => JSON.stringify(value, null, 2);

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Returns the number that a text is, or `undefined`. */
export function number(text) {
  return NUMBER.test(text) ? parse(text) : undefined;
}

export function kind(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return isRaw(value) ? "number" : typeof value;
}

const isRaw = (value) => exact && JSON.isRawJSON(value);

/** Returns a number to reckon with; what is none is `NaN`. */
export const figure = (value) => (kind(value) === "number" ? Number(JSON.stringify(value)) : NaN);

export const isObject = (value) => kind(value) === "object";

/** A member of an object itself: `__proto__` is a name like any other. */
export const own = (object, key) =>
  (object !== null && typeof object === "object" && Object.hasOwn(object, key) ? object[key] : undefined);

/** Returns whether two values are the same JSON, whatever the order of members. */
export function same(one, other) {
  if (kind(one) !== kind(other)) return false;
  if (Array.isArray(one)) return one.length === other.length && one.every((value, index) => same(value, other[index]));
  if (!isObject(one)) return JSON.stringify(one) === JSON.stringify(other);
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
}
