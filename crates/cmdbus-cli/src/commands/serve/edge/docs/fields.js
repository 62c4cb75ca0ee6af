// Fields of one value: a text, a number, one of a list, or JSON where the schema says no more.

import { cut, make } from "./dom.js";
import { kind, number, parse, print, same } from "./json.js";
import { beginning, example, inWords, shape } from "./schema.js";

let made = 0;

/**
 * What all fields have: `node`; `read(report)`, the value, where `undefined` leaves it out and `report(field, text)` hears what is
 * wrong; `write(value)`; `find(path)`; `complain(text)` and `clear()`.
 */
export class Field {
  constructor(about) {
    made += 1;
    this.id = `field-${made}`;
    this.about = about;
    this.error = make("p", { className: "error", id: `${this.id}-error`, hidden: true });
  }

  /** Returns the field at a place within, and what is left of the way there. */
  find(path) {
    return { field: this, rest: path };
  }

  complain(text) {
    this.error.textContent = this.error.hidden ? text : `${this.error.textContent}; ${text}`;
    this.error.hidden = false;
    this.node.classList.add("wrong");
    this.target()?.setAttribute("aria-invalid", "true");
  }

  clear() {
    this.error.hidden = true;
    this.node.classList.remove("wrong");
    this.target()?.removeAttribute("aria-invalid");
  }

  focus() {
    (this.target() ?? this.node).focus();
    this.node.scrollIntoView({ block: "center" });
  }

  target() {
    return this.node.querySelector("input, select, textarea, button");
  }
}

/** Returns the name of a field with what is to be known about it. */
export function caption(field, tag, properties = {}) {
  const { name, required, schema, nullable, options, variants } = field.about;
  const title = make(tag, { className: "name", ...properties }, make("bdi", { textContent: cut(name, 200) }));
  if (required) title.append(make("span", { className: "required", title: "required", textContent: " *" }), make("span", { className: "unseen", textContent: " (required)" }));
  const isFree = shape(schema) === "JSON";
  const words = isFree && options ? "one of a list" : isFree && variants.length > 0 ? `one of ${variants.length} kinds` : inWords(schema, nullable && !options);
  return [title, make("span", { className: "kind", textContent: words })];
}

export function hint(field) {
  const { schema } = field.about;
  const lines = [];
  if (typeof schema.description === "string") lines.push(cut(schema.description, 2000));
  const shown = example(schema);
  if (shown !== undefined) lines.push(`For example: ${cut(JSON.stringify(shown), 200)}`);
  return make("p", { className: "hint", id: `${field.id}-hint`, textContent: lines.join("\n"), hidden: lines.length === 0 });
}

class Leaf extends Field {
  constructor(about, input) {
    super(about);
    this.input = Object.assign(input, { id: this.id });
    input.setAttribute("aria-describedby", `${this.id}-hint ${this.id}-error`);
    input.addEventListener("input", () => this.clear());
    const [label, words] = caption(this, "label", { htmlFor: this.id });
    this.node = make("div", { className: "field" }, make("div", { className: "caption" }, label, words), hint(this));
    const line = make("div", { className: "line" }, input);
    if (about.nullable) line.append(this.nullBox());
    this.node.append(line, this.error);
    const first = beginning(about.schema, about.required);
    if (first !== undefined) this.write(first);
  }

  nullBox() {
    this.isNull = make("input", { type: "checkbox" });
    this.isNull.addEventListener("input", () => { this.input.disabled = this.isNull.checked; });
    const name = make("span", { className: "unseen", textContent: ` for ${cut(this.about.name, 200)}` });
    return make("label", { className: "null" }, this.isNull, " null", name);
  }

  read(report) {
    if (this.isNull?.checked) return null;
    const text = this.input.value;
    if (text === "" && !(this.about.required && this.takesEmpty)) return undefined;
    const value = this.value(text);
    if (value === undefined) report(this, this.wrong(text));
    return value;
  }

  write(value) {
    if (this.isNull) this.isNull.checked = value === null;
    this.input.disabled = Boolean(this.isNull?.checked);
    this.input.value = value === undefined || this.isNull?.checked ? "" : this.text(value);
  }

  target() {
    return this.input;
  }
}

export class Text extends Leaf {
  takesEmpty = true;

  constructor(about) {
    const secret = about.schema.writeOnly === true || about.schema.format === "password";
    super(about, secret
      ? make("input", { type: "password", autocomplete: "off" })
      : make("textarea", { rows: 1, spellcheck: false }));
  }

  value(text) {
    return text;
  }

  text(value) {
    return typeof value === "string" ? value : "";
  }
}

export class Numeric extends Leaf {
  constructor(about) {
    super(about, make("input", { type: "text", inputMode: about.schema.type === "integer" ? "numeric" : "decimal", autocomplete: "off" }));
  }

  value(text) {
    return number(text.trim());
  }

  wrong(text) {
    return `\`${cut(text, 40)}\` is no number; write it like -12 or 0.5`;
  }

  text(value) {
    return kind(value) === "number" ? JSON.stringify(value) : "";
  }
}

/** One of a list. The first is chosen where one is needed. */
export class Select extends Leaf {
  constructor(about) {
    const options = about.options.map(({ value, note }, index) => {
      const shown = cut(typeof value === "string" ? value : JSON.stringify(value), 100);
      return make("option", { value: String(index), textContent: note ? `${shown}: ${cut(note, 100)}` : shown });
    });
    const none = make("option", { value: "", textContent: about.required ? "(choose)" : "(left out)" });
    super(about, make("select", {}, ...(about.required && options.length === 1 ? [] : [none]), ...options));
  }

  value(text) {
    return this.about.options[Number(text)].value;
  }

  text(value) {
    const index = this.about.options.findIndex((option) => same(option.value, value));
    return index < 0 ? "" : String(index);
  }
}

export class Json extends Leaf {
  constructor(about) {
    super(about, make("textarea", { rows: 1, spellcheck: false, placeholder: "JSON" }));
  }

  value(text) {
    try {
      this.reason = "";
      return parse(text);
    } catch (error) {
      this.reason = error.message;
      return undefined;
    }
  }

  wrong() {
    return `this is not JSON: ${this.reason}`;
  }

  text(value) {
    return print(value);
  }
}
