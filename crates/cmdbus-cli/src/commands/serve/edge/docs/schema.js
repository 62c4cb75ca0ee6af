// What a JSON Schema says, as far as a form can show it. Schemas are as others wrote them: nothing here believes that they are
// sound, that they end, or that they are small.

import { cut } from "./dom.js";
import { isObject, kind, own, same } from "./json.js";

const DEEPEST = 16;
const MOST_VARIANTS = 100;

/** How many steps one question may take: parts that refer to each other multiply. Beyond, a schema says nothing. */
const newBudget = () => ({ left: 2000 });

/** Follows references within the document, and puts the parts of `allOf` together. */
function resolve(document, schema, budget, depth = 0) {
  budget.left -= 1;
  if (budget.left < 0) return {};
  let found = isObject(schema) ? schema : {};
  for (let hops = 0; hops < DEEPEST && typeof found.$ref === "string"; hops += 1) {
    const { $ref, ...rest } = found;
    const target = at(document, $ref);
    found = merge(isObject(target) ? target : {}, rest);
  }
  if (!Array.isArray(found.allOf) || depth >= DEEPEST) return found;
  const { allOf, ...rest } = found;
  return allOf.slice(0, MOST_VARIANTS).reduce((sum, part) => merge(sum, resolve(document, part, budget, depth + 1)), rest);
}

function at(document, reference) {
  if (!reference.startsWith("#")) return undefined;
  return steps(reference).reduce((node, part) => own(node, part), document);
}

/** Returns the names that a JSON pointer, written as a fragment, leads along. */
export function steps(fragment) {
  const plain = (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  return fragment.replace(/^#/, "").split("/").slice(1)
    .map((part) => plain(part).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function merge(one, other) {
  const merged = { ...one, ...other };
  if (isObject(one.properties) && isObject(other.properties)) merged.properties = { ...one.properties, ...other.properties };
  if (Array.isArray(one.required) && Array.isArray(other.required)) merged.required = [...one.required, ...other.required];
  return merged;
}

/** Returns a schema without references, whether `null` is fine as well, and between what there is a choice, if there is one. */
export function settle(document, schema, budget = newBudget(), depth = 0) {
  const { oneOf, anyOf, ...base } = resolve(document, schema, budget);
  let nullable = base.nullable === true;
  delete base.nullable;
  let variants = [oneOf, anyOf].find(Array.isArray)?.slice(0, MOST_VARIANTS)
    .map((variant) => resolve(document, variant, budget)) ?? [];
  if (Array.isArray(base.type)) {
    const types = base.type;
    delete base.type;
    if (types.length === 1) [base.type] = types;
    else if (variants.length === 0) variants = types.map((type) => ({ type }));
  }
  const isNull = (variant) => variant.type === "null" || (Object.hasOwn(variant, "const") && variant.const === null);
  if (variants.some(isNull)) nullable = true;
  variants = variants.filter((variant) => !isNull(variant));
  if (variants.length === 1 && depth < DEEPEST) {
    const inner = settle(document, merge(variants[0], base), budget, depth + 1);
    // What is said at the place itself is more to the point than what is said of the type.
    return { ...inner, schema: merge(inner.schema, base), nullable: nullable || inner.nullable };
  }
  const options = enumeration(base, variants);
  if (options) return { schema: base, nullable, options, variants: [] };
  return { schema: base, nullable, variants: variants.map((variant) => ({ schema: merge(base, variant), label: title(document, variant, budget) })) };
}

/** Returns the values between which is chosen, with a word on each. */
function enumeration(base, variants) {
  if (Array.isArray(base.enum)) return base.enum.map((value) => ({ value }));
  if (Object.hasOwn(base, "const")) return [{ value: base.const }];
  if (base.type === "null") return [{ value: null }];
  if (base.type === "boolean") return [{ value: true }, { value: false }];
  const all = variants.flatMap((variant) => {
    const { title, description } = variant;
    const values = Object.hasOwn(variant, "const") ? [variant.const] : variant.enum;
    return Array.isArray(values) ? values.map((value) => ({ value, note: title ?? description })) : [null];
  });
  return all.length > 0 && all.every(Boolean) && !isObject(base.properties) ? all : undefined;
}

function title(document, schema, budget) {
  if (typeof schema.title === "string") return cut(schema.title, 80);
  const fixed = [];
  for (const [name, inner] of Object.entries(isObject(schema.properties) ? schema.properties : {}).slice(0, 50)) {
    const known = resolve(document, inner, budget);
    const value = Object.hasOwn(known, "const") ? known.const : known.enum?.length === 1 ? known.enum[0] : undefined;
    if (value !== undefined) fixed.push(`${name}: ${JSON.stringify(value)}`);
  }
  if (fixed.length > 0) return cut(fixed.join(", "), 80);
  if (Object.hasOwn(schema, "const")) return cut(JSON.stringify(schema.const), 80);
  if (text(schema.description)) return cut(schema.description, 80);
  const names = isObject(schema.properties) ? Object.keys(schema.properties).slice(0, 3).join(", ") : "";
  return cut(names ? `${shape(schema)} with ${names}` : shape(schema), 80);
}

const text = (value) => (typeof value === "string" && value !== "" ? value : undefined);

/** Returns the type of the values, as far as it is known. */
export function shape(schema) {
  if (typeof schema.type === "string") return schema.type;
  if (isObject(schema.properties) || isObject(schema.additionalProperties)) return "object";
  if (isObject(schema.items) || Array.isArray(schema.prefixItems)) return "array";
  return "JSON";
}

/** Returns what is said of how many there may be, or what holds where nothing is. */
export const count = (said, otherwise) => (typeof said === "number" ? said : otherwise);

/** Describes what is allowed, in a few words. */
export function inWords(schema, nullable) {
  const words = [shape(schema)];
  const add = (word, value) => { if (typeof value === "number") words.push(`${word} ${value}`); };
  if (text(schema.format)) words[0] += ` (${cut(schema.format, 40)})`;
  add("at least", schema.minimum);
  add("more than", schema.exclusiveMinimum);
  add("at most", schema.maximum);
  add("less than", schema.exclusiveMaximum);
  add("a multiple of", schema.multipleOf);
  for (const [least, most, things] of [["minLength", "maxLength", "characters"], ["minItems", "maxItems", "items"]]) {
    const of = (number) => (number === 1 ? things.slice(0, -1) : things);
    if (count(schema[least], 0) > 0) words.push(`at least ${schema[least]} ${of(schema[least])}`);
    if (typeof schema[most] === "number") words.push(`at most ${schema[most]} ${of(schema[most])}`);
  }
  if (text(schema.pattern)) words.push(`pattern ${cut(schema.pattern, 80)}`);
  if (nullable) words.push("or null");
  if (schema.deprecated === true) words.push("deprecated");
  return words.join(", ");
}

/** Returns whether a value looks like one of a schema: enough to tell variants apart. */
export function fits(document, schema, value, budget = newBudget(), depth = 0) {
  const { schema: known, nullable, options, variants } = settle(document, schema, budget);
  if (value === null && nullable) return true;
  if (options) return options.some((option) => same(option.value, value));
  const type = shape(known);
  const found = kind(value);
  if (type !== "JSON" && type !== found && !(type === "integer" && found === "number")) return false;
  if (depth < 4 && budget.left > 0 && variants.length > 0) return variants.some((variant) => fits(document, variant.schema, value, budget, depth + 1));
  if (found !== "object" || !isObject(known.properties)) return true;
  const wanted = Array.isArray(known.required) ? known.required : [];
  if (!wanted.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, inner]) => {
    const member = own(known.properties, name);
    if (member === undefined) return known.additionalProperties !== false;
    return depth >= 4 || budget.left < 0 || fits(document, member, inner, budget, depth + 1);
  });
}

/** Returns what a field begins with: what the schema says is usual, or where something is needed an example of it. */
export function beginning(schema, required) {
  if (Object.hasOwn(schema, "default")) return schema.default;
  return required ? example(schema) : undefined;
}

export function example(schema) {
  return Array.isArray(schema.examples) ? schema.examples[0] : schema.example;
}
