// A page to try commands on: who asks, which command, and its calls.

import { address, call, curl, describe, isReachable, Refusal } from "./call.js";
import { $, button, copy, cut } from "./dom.js";
import { own, print } from "./json.js";
import { List } from "./list.js";
import { Request } from "./request.js";
import { Result } from "./result.js";

const list = new List();
const request = new Request();
const result = new Result();
const KEY = "cmdbus token";
let token = "";
let api = null;
let current = null;
let running = null;

// It is kept for this tab, and nowhere else; a browser that keeps nothing asks again.
const store = {
  get: () => { try { return sessionStorage.getItem(KEY) ?? ""; } catch { return ""; } },
  set: (value) => { try { sessionStorage.setItem(KEY, value); } catch { /* asked again */ } },
  remove: () => { try { sessionStorage.removeItem(KEY); } catch { /* nothing was kept */ } },
};

function say(text) {
  $("message").textContent = text;
  $("message").hidden = text === "";
}

/** Asks for the token. */
function ask(text) {
  token = "";
  store.remove();
  $("login").hidden = false;
  $("leave").hidden = $("refresh").hidden = $("main").hidden = true;
  $("token").value = "";
  say(text);
  $("token").focus();
}

async function enter(given) {
  say("");
  let found;
  try {
    found = await describe(given);
  } catch (error) {
    if (!(error instanceof Refusal)) return say("The bus does not answer. Is the daemon running? `cmdbus status` tells.");
    if (error.status !== 401) return say(error.message);
    return ask(given ? "The bus does not know this token. `cmdbus token show` prints the one of this profile." : "");
  }
  token = given;
  if (given) store.set(given);
  api = found;
  $("login").hidden = true;
  $("refresh").hidden = $("main").hidden = false;
  $("leave").hidden = !given;
  list.set(commands());
  return choose();
}

/** Returns the commands of the description. */
function commands() {
  return Object.entries(api.paths ?? {}).map(([path, item]) => {
    const operation = item.post;
    const content = (part) => part?.content?.["application/json"]?.schema;
    const response = content(own(operation.responses, "200"));
    return {
      path,
      id: operation.operationId,
      description: operation.description ?? "",
      request: content(operation.requestBody),
      needsRequest: operation.requestBody?.required === true,
      response,
      // Only then the list of items is what the command gives one by one.
      streams: operation.responses?.["200"]?.description?.includes("The command streams") === true,
    };
  });
}

/** Shows the command that the address names. */
function choose() {
  let id = location.hash.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch { /* as it is */ }
  const command = list.get(id);
  document.body.classList.toggle("chosen", Boolean(command));
  if (id && !command && api) say(`There is no command \`${cut(id, 200)}\`, or this token may not call it.`);
  else if (api) say("");
  if (current && command && current.id === command.id && print(current) === print(command)) return;
  stop();
  current = command ?? null;
  list.choose(current?.id);
  $("command").hidden = !current;
  $("welcome").hidden = Boolean(current);
  result.clear();
  if (!current) return;
  document.title = `${cut(current.id, 100)} · cmdbus`;
  $("id").textContent = cut(current.id, 1000);
  describeIt(current.description);
  request.show(api, current);
  $("schemas").textContent = "";
  $("schema-view").open = false;
  $("key").value = "";
  const isFine = isReachable(current.path);
  $("send").disabled = !isFine;
  if (!isFine) say("No address can have this id in it. Call it by `POST /cmd`.");
  tellCurl();
}

function describeIt(text) {
  const most = 3000;
  $("description").textContent = cut(text, most);
  $("description").hidden = text === "";
  if (text.length <= most) return;
  $("description").append(" ", button(`Show all ${text.length} characters`, () => { $("description").textContent = text; }));
}

/** Returns what would be sent, and tells what is wrong with it. */
function asked(report) {
  const wait = /^\d+$/.test($("wait").value) ? $("wait").value : "30";
  return { path: current.path, streams: current.streams, body: request.body(report), wait, key: $("key").value.trim(), token };
}

function tellCurl() {
  if (current) $("curl").textContent = curl(asked(() => {}));
}

function schemas() {
  if (!current || !$("schema-view").open) return;
  const shown = (schema) => {
    const path = schema?.$ref?.split("/") ?? [];
    return path[2] === "schemas" ? own(api.components?.schemas, path[3]) ?? schema : schema;
  };
  $("schemas").textContent = cut(print({ request: shown(current.request), response: shown(current.response) }), 200_000);
}

function stop() {
  running?.abort();
  running = null;
  $("stop").disabled = true;
}

async function send() {
  stop();
  request.clear();
  const wrong = [];
  const what = asked((field, text) => {
    field?.complain(text);
    wrong.push({ field, text });
  });
  if (wrong.length > 0) return result.unreadable(wrong);
  const mine = new AbortController();
  running = mine;
  $("stop").disabled = false;
  result.begin();
  let response;
  // What comes after another call was begun is of no interest any more.
  const still = (action) => (value) => { if (running === mine) action(value); };
  try {
    await call(what, {
      begun: (it) => { response = it; },
      progress: still((report) => result.progress(report)),
      item: still((value) => result.item(value)),
      result: still((value) => result.result(value)),
    }, mine.signal);
    still(() => result.done(response))();
  } catch (error) {
    if (running === mine) failed(error);
  }
  if (running === mine) stop();
  return undefined;
}

function failed(error) {
  if (error instanceof Refusal) {
    const errors = Array.isArray(error.problem.errors) ? error.problem.errors.slice(0, 100) : [];
    for (const one of errors) request.blame(one);
    result.refused(error.status, error.problem, (pointer) => request.lead(pointer));
    if (error.status === 401) ask("The bus does not know the token any more. `cmdbus token show` prints the one of this profile.");
  } else {
    result.failed(`${error.message}. If the daemon is not running, \`cmdbus status\` tells.`);
  }
}

function cancel() {
  stop();
  result.cancelled();
  $("send").focus();
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  enter($("token").value.trim());
});
$("leave").addEventListener("click", () => {
  stop();
  ask("");
});
$("refresh").addEventListener("click", () => enter(token));
$("call").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
$("call").addEventListener("input", tellCurl);
$("call").addEventListener("change", tellCurl);
$("call").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !$("send").disabled) send();
});
$("stop").addEventListener("click", cancel);
$("schema-view").addEventListener("toggle", schemas);
$("copy-curl").addEventListener("click", (event) => copy($("curl").textContent, $("curl"), event.target));
result.listen();
addEventListener("hashchange", () => {
  choose();
  // On a narrow screen the command takes the place of the list.
  if (current) $("id").focus();
});
$("server").textContent = address("/").host;
// Where no token is asked for there is nothing to wait for.
enter(store.get());
