// Fields of several values: objects, lists, choices. What need not be there is made when it is asked for, and so is what lies deep,
// so that a schema which contains itself ends.

import { button, cut, make } from "./dom.js";
import { caption, Field, hint, Json, Numeric, Select, Text } from "./fields.js";
import { isObject, own } from "./json.js";
import { beginning, count, fits, settle, shape } from "./schema.js";

/** Deepest and most fields that are made without having been asked for. */
const DEEPEST = 5;
const MOST = 300;
/** Deepest field at all: a choice between choices need never end. What is deeper is written as JSON. */
const BOTTOM = 40;

/** Makes the field of a request. */
export function form(document, schema, required) {
  const context = { document, left: MOST };
  const field = build(context, schema, { name: "request", required, depth: 0 });
  const first = beginning(field.about.schema, true);
  if (first !== undefined) field.write(first);
  return field;
}

function build(context, schema, place) {
  context.left -= 1;
  const settled = settle(context.document, schema);
  const about = { ...place, ...settled, context };
  const make = maker(about);
  if (!make.isGroup) return make();
  if (about.depth >= BOTTOM) return new Json(about);
  // A value of several parts is `null` by choice.
  if (about.nullable) {
    about.nullable = false;
    about.variants = [...(about.variants.length > 0 ? about.variants : [{ schema: about.schema, label: shape(about.schema) }]), { schema: { const: null }, label: "null" }];
    return later(about, group(() => new Choice(about)));
  }
  return later(about, make);
}

function later(about, make) {
  const isNeeded = about.depth === 0 || (about.required && about.depth < DEEPEST && about.context.left > 0);
  return isNeeded ? make() : new Later(about, make);
}

const group = (make) => Object.assign(make, { isGroup: true });

function maker(about) {
  const { schema, options, variants } = about;
  if (options) return () => new Select(about);
  if (variants.length > 0) return group(() => new Choice(about));
  switch (shape(schema)) {
    case "string":
      return () => new Text(about);
    case "integer":
    case "number":
      return () => new Numeric(about);
    case "object":
      if (isObject(schema.properties) || isObject(schema.additionalProperties)) return group(() => new Members(about));
      break;
    case "array":
      if (isObject(schema.items) || Array.isArray(schema.prefixItems)) return group(() => new List(about));
      break;
    default:
  }
  return () => new Json(about);
}

/** A frame around fields. */
class Group extends Field {
  constructor(about) {
    super(about);
    const [title, words] = caption(this, "legend");
    title.append(" ", words);
    this.inside = make("div", { className: "inside" });
    this.node = make("fieldset", { tabIndex: -1, "aria-describedby": `${this.id}-hint ${this.id}-error` }, title, hint(this), this.inside, this.error);
  }

  /** The fields within, by name or number. */
  children() {
    return [];
  }

  find(path) {
    const [name, ...rest] = path;
    const found = this.children().find(([key]) => String(key) === name);
    return found ? found[1].find(rest) : super.find(path);
  }

  clear() {
    super.clear();
    for (const [, field] of this.children()) field.clear();
  }

  target() {
    return this.node;
  }

  within(schema, name, required) {
    const { context, depth } = this.about;
    return build(context, schema, { name, required, depth: depth + 1 });
  }
}

class Members extends Group {
  constructor(about) {
    super(about);
    const { schema, context } = about;
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const all = Object.entries(isObject(schema.properties) ? schema.properties : {});
    // What is needed comes first where not all has room.
    const shown = all.length <= MOST ? all : [...all].sort(([one], [other]) => required.has(other) - required.has(one)).slice(0, MOST);
    this.fields = shown.map(([name, inner]) => [name, this.within(inner, name, required.has(name))]);
    this.inside.append(...this.fields.map(([, field]) => field.node));
    if (shown.length < all.length) {
      this.inside.append(make("p", { className: "hint", textContent: `${all.length - shown.length} more are not shown; write them as JSON` }));
    }
    this.rows = [];
    if (isObject(schema.additionalProperties)) {
      this.more = button("Add a member", () => { context.left = MOST; this.add("").name.focus(); });
      this.inside.append(make("p", {}, this.more));
    }
  }

  children() {
    return [...this.fields, ...this.rows.map((row) => [row.name.value, row.field])];
  }

  /** Adds a member whose name is free. */
  add(text) {
    const field = this.within(this.about.schema.additionalProperties, "value", true);
    const name = make("input", { type: "text", value: text, "aria-label": `Name of a member of ${cut(this.about.name, 200)}`, placeholder: "name" });
    const row = { field, name };
    const remove = button("Remove", () => {
      this.rows = this.rows.filter((other) => other !== row);
      row.node.remove();
      this.more.focus();
      changed(this.node);
    });
    row.node = make("div", { className: "item" }, make("div", { className: "line" }, name, remove), field.node);
    this.rows.push(row);
    this.more.parentElement.before(row.node);
    return row;
  }

  read(report) {
    const rows = this.rows.filter((row) => {
      if (row.name.value === "") report(row.field, "this member has no name; write one, or remove it");
      return row.name.value !== "";
    });
    const pairs = [...this.fields, ...rows.map((row) => [row.name.value, row.field])];
    // Made this way a member may have any name.
    return Object.fromEntries(pairs.map(([name, field]) => [name, field.read(report)]).filter(([, value]) => value !== undefined));
  }

  write(value) {
    for (const [name, field] of this.fields) field.write(own(value, name));
    for (const row of this.rows) row.node.remove();
    this.rows = [];
    if (!this.more || !isObject(value)) return;
    const known = new Set(this.fields.map(([name]) => name));
    for (const [name, inner] of Object.entries(value).filter(([name]) => !known.has(name)).slice(0, MOST)) this.add(name).field.write(inner);
  }
}

class List extends Group {
  constructor(about) {
    super(about);
    this.items = [];
    this.rows = make("div");
    this.more = button("Add an item", () => {
      about.context.left = MOST;
      this.add().focus();
      changed(this.node);
    });
    this.inside.append(this.rows, make("p", {}, this.more));
    const places = about.required ? this.places().length : 0;
    const least = Math.min(Math.max(count(about.schema.minItems, 0), places), 20);
    while (this.items.length < least && this.hasRoom()) this.add();
    this.number();
  }

  children() {
    return this.items.map(({ field }, index) => [index, field]);
  }

  /** The schemas of the items that each have their own. */
  places() {
    const { prefixItems } = this.about.schema;
    return Array.isArray(prefixItems) ? prefixItems : [];
  }

  hasRoom() {
    const { maxItems, items } = this.about.schema;
    const most = isObject(items) ? MOST : this.places().length;
    return this.items.length < Math.min(most, count(maxItems, MOST), MOST);
  }

  add() {
    const index = this.items.length;
    const schema = this.places()[index] ?? this.about.schema.items;
    const field = this.within(schema, `${this.about.name} ${index + 1}`, true);
    const item = { field, title: field.node.querySelector(".name bdi") };
    item.remove = button("Remove", () => {
      this.items = this.items.filter((other) => other !== item);
      item.node.remove();
      this.number();
      this.more.focus();
      changed(this.node);
    });
    item.node = make("div", { className: "item" }, field.node, item.remove);
    this.items.push(item);
    this.rows.append(item.node);
    this.number();
    return field;
  }

  /** Says of every item which it is now. */
  number() {
    this.items.forEach((item, index) => {
      const name = `${cut(this.about.name, 100)} ${index + 1}`;
      if (item.title) item.title.textContent = name;
      item.remove.setAttribute("aria-label", `Remove ${name}`);
    });
    this.more.disabled = !this.hasRoom();
  }

  read(report) {
    const values = this.items.map(({ field }) => {
      const value = field.read(report);
      if (value === undefined && field.error.hidden) report(field, "this item is empty; fill it in, or remove it");
      return value;
    });
    return values.filter((value) => value !== undefined);
  }

  write(value) {
    this.rows.replaceChildren();
    this.items = [];
    for (const inner of Array.isArray(value) ? value : []) {
      if (!this.hasRoom()) break;
      this.add().write(inner);
    }
    this.number();
  }
}

/** One of several shapes. */
class Choice extends Group {
  constructor(about) {
    super(about);
    const options = about.variants.map(({ label }, index) => make("option", { value: String(index), textContent: label }));
    this.which = make("select", { "aria-label": `Kind of ${cut(about.name, 200)}` }, ...options);
    this.which.addEventListener("input", () => { about.context.left = MOST; this.show(Number(this.which.value)); });
    this.place = make("div");
    this.inside.append(this.which, this.place);
    this.show(0);
  }

  show(index) {
    this.which.value = String(index);
    const { schema, label } = this.about.variants[index];
    this.field = this.within(schema, label, true);
    this.field.node.classList.add("bare");
    this.place.replaceChildren(this.field.node);
  }

  find(path) {
    return this.field.find(path);
  }

  clear() {
    super.clear();
    this.field.clear();
  }

  read(report) {
    return this.field.read(report);
  }

  write(value) {
    if (value !== undefined) {
      const { variants, context } = this.about;
      const index = variants.findIndex(({ schema }) => fits(context.document, schema, value));
      this.show(Math.max(index, 0));
    }
    this.field.write(value);
  }
}

/** What is left out until it is asked for. */
class Later extends Field {
  constructor(about, make_) {
    super(about);
    this.make = make_;
    this.node = make("div", { className: "later" });
    this.close();
  }

  close() {
    this.inner = null;
    const [title, words] = caption(this, "span");
    this.opener = button("Add", () => { this.open().focus(); changed(this.node); }, { "aria-label": `Add ${cut(this.about.name, 200)}` });
    this.node.replaceChildren(make("div", { className: "caption" }, title, words, this.opener), hint(this), this.error);
  }

  open() {
    this.about.context.left = MOST;
    this.inner = this.make();
    const remove = button("Leave out", () => { this.close(); this.opener.focus(); changed(this.node); }, { "aria-label": `Leave out ${cut(this.about.name, 200)}` });
    this.node.replaceChildren(this.inner.node, remove, this.error);
    return this.inner;
  }

  find(path) {
    return this.inner ? this.inner.find(path) : super.find(path);
  }

  clear() {
    super.clear();
    this.inner?.clear();
  }

  read(report) {
    return this.inner?.read(report);
  }

  write(value) {
    if (value === undefined) this.close();
    else this.open().write(value);
  }
}

/** Tells the form that something is there, or gone, that no key was pressed in. */
const changed = (node) => node.dispatchEvent(new Event("input", { bubbles: true }));
