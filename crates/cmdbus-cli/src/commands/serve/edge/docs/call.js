// Talking to the bus.

import { isObject, own, parse } from "./json.js";

const NDJSON = "application/x-ndjson";
/** Longest line of a stream that is waited for, in characters. */
const LONGEST = 64 << 20;

/** Returns the address of something on this server, wherever that is mounted. */
export const address = (path) => new URL(`.${path}`, document.baseURI);

/** Returns whether a path survives being made an address: `..`, for one, does not. */
export const isReachable = (path) => address(path).href === new URL(".", document.baseURI).href + path.slice(1);

const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

/** Returns the description of what there is. Throws a `Refusal`, or what `fetch` throws. */
export async function describe(token) {
  const response = await fetch(address("/openapi.json"), { headers: authorization(token) });
  if (!response.ok) throw await refused(response);
  return response.json();
}

/** What the server says is wrong. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(typeof problem.detail === "string" ? problem.detail : `status ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

async function refused(response) {
  const text = await response.text();
  let problem;
  try {
    problem = parse(text);
  } catch {
    problem = { detail: text };
  }
  return new Refusal(response.status, isObject(problem) ? problem : { detail: text });
}

/**
 * Calls a command. What comes is told as it comes: `on.begun(response)`, `on.progress(report)`, `on.item(value)`, `on.result(value)`.
 * A value that is no JSON is told as its text. Throws a `Refusal`, or what `fetch` throws.
 */
export async function call(request, on, signal) {
  const headers = {
    ...authorization(request.token),
    // An answer that is kept under a key comes in one piece.
    Accept: request.key ? "application/json" : NDJSON,
    Prefer: `wait=${request.wait}`,
  };
  if (request.key) headers["Idempotency-Key"] = request.key;
  if (request.body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(address(request.path), { method: "POST", headers, body: request.body, signal });
  if (!response.ok) throw await refused(response);
  on.begun(response);
  if (!response.headers.get("content-type")?.startsWith(NDJSON)) return on.result(value(await response.text()));
  let ended = false;
  for await (const line of lines(response.body)) {
    if (line.trim() === "") continue;
    const frame = parse(line);
    if (Object.hasOwn(frame, "error")) throw new Refusal(own(frame.error, "status") ?? 500, isObject(frame.error) ? frame.error : {});
    if (Object.hasOwn(frame, "progress")) on.progress(frame.progress);
    if (Object.hasOwn(frame, "item")) on.item(frame.item);
    if (Object.hasOwn(frame, "result")) {
      ended = true;
      on.result(frame.result);
    }
  }
  if (!ended) throw new Error("the answer broke off");
}

function value(text) {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value: text } = await reader.read();
    if (done) break;
    const parts = (rest + text).split("\n");
    rest = parts.pop();
    if (rest.length > LONGEST) throw new Error("a line of the answer is too long to be shown");
    yield* parts;
  }
  yield rest;
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Returns the same call for a shell. The token is a variable there, so that no history and no screen has it. */
export function curl({ path, body, key, wait, streams }) {
  const parts = [body === undefined ? "curl -X POST" : `curl --json ${quoted(body)}`];
  parts.push(`-H "Authorization: Bearer $TOKEN"`);
  if (streams && !key) parts[0] = parts[0].replace("curl", "curl -N");
  if (streams && !key) parts.push(`-H "Accept: ${NDJSON}"`);
  if (key) parts.push(`-H ${quoted(`Idempotency-Key: ${key}`)}`);
  if (wait !== "30") parts.push(`-H "Prefer: wait=${wait}"`);
  parts.push(quoted(address(path).href));
  return `TOKEN=$(cmdbus token show)\n${parts.join(" \\\n  ")}`;
}
