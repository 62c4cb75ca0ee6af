"use strict";
// Everything that comes from the bus is put on the page as text, never as markup.
const $ = (id) => document.getElementById(id);
const make = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const own = (object, key) => (Object.hasOwn(object ?? {}, key) ? object[key] : undefined);
let api = null;
let current = null;
let running = null;

const headers = () => ($("token").value ? { Authorization: `Bearer ${$("token").value}` } : {});
const say = (text) => { $("message").textContent = text; };

async function load() {
  say("");
  let response;
  try {
    response = await fetch("/openapi.json", { headers: headers() });
  } catch (error) {
    return say(`the bus does not answer: ${error.message}`);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) return say(body.detail ?? `status ${response.status}`);
  api = body;
  list();
}

function operations() {
  return Object.entries(api?.paths ?? {}).map(([path, item]) => ({ path, ...item.post }));
}

function list() {
  const wanted = $("filter").value.toLowerCase();
  const shown = operations().filter((it) => it.operationId.toLowerCase().includes(wanted));
  $("commands").replaceChildren(...shown.map((operation) => {
    const button = make("button", { textContent: operation.operationId, type: "button" });
    if (current?.operationId === operation.operationId) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => show(operation));
    return make("li", {}, button);
  }));
  if (api && shown.length === 0) say("no command matches");
  else say("");
}

// Follows references within the document, as far as a person would.
function resolve(schema) {
  for (let depth = 0; depth < 32 && typeof schema?.$ref === "string"; depth += 1) {
    if (!schema.$ref.startsWith("#")) return {};
    schema = schema.$ref.slice(1).split("/").slice(1)
      .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((node, part) => own(node, part), api);
  }
  return typeof schema === "object" && schema !== null ? schema : {};
}

const typeOf = (schema) => (Array.isArray(schema.type) ? schema.type.find((it) => it !== "null") : schema.type);

// A field returns its value; `undefined` leaves it out. It throws what is wrong with what was typed.
function field(schema, name, required, depth = 0) {
  schema = resolve(schema);
  const type = typeOf(schema);
  if (type === "object" && schema.properties && depth < 4) return object(schema, name, required, depth);
  const caption = make("span", { textContent: name ?? "request" });
  if (required) caption.className = "required";
  const choices = Array.isArray(schema.enum) ? schema.enum : "const" in schema ? [schema.const] : null;
  const optional = (read) => (text) => (text === "" && (!required || type !== "string") ? undefined : read(text));
  let input;
  let read;
  if (choices) {
    input = make("select", {}, ...(required ? [] : [make("option", { value: "", textContent: "" })]),
      ...choices.map((choice, index) => make("option", { value: String(index), textContent: JSON.stringify(choice) })));
    read = (text) => (text === "" ? undefined : choices[Number(text)]);
  } else if (type === "boolean") {
    input = make("select", {}, ...["", "true", "false"].map((it) => make("option", { value: it, textContent: it })));
    read = (text) => (text === "" ? undefined : text === "true");
  } else if (type === "string") {
    input = make("textarea", { rows: 1 });
    read = optional((text) => text);
  } else if (type === "integer" || type === "number") {
    input = make("input", { type: "text", inputMode: "decimal" });
    read = optional((text) => {
      const number = Number(text);
      if (text.trim() === "" || !Number.isFinite(number)) throw new Error(`\`${name ?? "request"}\` is no number`);
      return number;
    });
  } else {
    input = make("textarea", { placeholder: "JSON" });
    read = (text) => {
      if (text.trim() === "") return undefined;
      try {
        return JSON.parse(text);
      } catch (error) {
        throw new Error(`\`${name ?? "request"}\` is not JSON: ${error.message}`);
      }
    };
  }
  input.name = name ?? "request";
  if (schema.default !== undefined) input.placeholder = JSON.stringify(schema.default);
  const label = make("label", {}, caption, make("br"), input);
  if (schema.description) label.append(make("div", { className: "hint", textContent: schema.description }));
  return { node: label, value: () => read(input.value) };
}

function object(schema, name, required, depth) {
  const wanted = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(schema.properties)
    .map(([key, inner]) => [key, field(inner, key, wanted.includes(key), depth + 1)]);
  const box = make("fieldset", {}, make("legend", { textContent: name ?? "request" }), ...fields.map(([, it]) => it.node));
  const value = () => {
    // Made this way a property may have any name.
    const entries = fields.map(([key, it]) => [key, it.value()]).filter(([, it]) => it !== undefined);
    return entries.length === 0 && !required && depth > 0 ? undefined : Object.fromEntries(entries);
  };
  return { node: box, value };
}

function show(operation) {
  current = operation;
  stop();
  const request = operation.requestBody?.content?.["application/json"]?.schema;
  const response = operation.responses?.["200"]?.content?.["application/json"]?.schema;
  $("id").textContent = operation.operationId;
  $("description").textContent = operation.description ?? "";
  operation.field = request ? field(request, null, operation.requestBody.required) : null;
  $("fields").replaceChildren(...(operation.field ? [operation.field.node] : []));
  $("schemas").textContent = JSON.stringify({ request: resolve(request), response: resolve(response) }, null, 2);
  $("status").textContent = $("result").textContent = "";
  $("command").hidden = false;
  curl();
  list();
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function body() {
  const value = current.field?.value();
  return value === undefined ? undefined : JSON.stringify(value);
}

function curl() {
  let text;
  try {
    text = body();
  } catch {
    return;
  }
  const request = text === undefined ? "-X POST" : `--json ${quoted(text)}`;
  $("curl").textContent = `curl ${request} -H "Authorization: Bearer $(cmdbus token show)" ${quoted(location.origin + current.path)}`;
}

function stop() {
  running?.abort();
  running = null;
  $("stop").disabled = true;
}

async function call(event) {
  event.preventDefault();
  stop();
  $("result").textContent = "";
  $("status").className = "";
  let text;
  try {
    text = body();
  } catch (error) {
    $("status").className = "bad";
    $("status").textContent = error.message;
    return;
  }
  const controller = new AbortController();
  running = controller;
  $("stop").disabled = false;
  $("status").textContent = "…";
  const sent = { ...headers(), Accept: $("stream").checked ? "application/x-ndjson" : "application/json", Prefer: `wait=${$("wait").value || 30}` };
  if (text !== undefined) sent["Content-Type"] = "application/json";
  const begun = performance.now();
  try {
    const response = await fetch(current.path, { method: "POST", headers: sent, body: text, signal: controller.signal });
    $("status").className = response.ok ? "" : "bad";
    await read(response);
    $("status").textContent = `${response.status} ${response.statusText} (${Math.round(performance.now() - begun)} ms)`;
  } catch (error) {
    $("status").className = "bad";
    $("status").textContent = error.name === "AbortError" ? "stopped" : `no answer: ${error.message}`;
  }
  if (running === controller) stop();
}

async function read(response) {
  if (!response.headers.get("content-type")?.includes("ndjson")) {
    const text = await response.text();
    try {
      $("result").textContent = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      $("result").textContent = text;
    }
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    $("result").textContent += value;
  }
}

$("login").addEventListener("submit", (event) => { event.preventDefault(); load(); });
$("filter").addEventListener("input", list);
$("call").addEventListener("submit", call);
$("call").addEventListener("input", curl);
$("stop").addEventListener("click", stop);
// Where no token is asked for there is nothing to wait for.
fetch("/openapi.json").then((response) => { if (response.ok) load(); }).catch(() => {});
