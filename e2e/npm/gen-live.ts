// Uses a client that was made of a running bus, and prints what came of it. Copied beside that client.

import { Client, CommandError } from "./client.ts";
import type { CountItem, Progress } from "./client.ts";

const [url = "", token = ""] = process.argv.slice(2);
const bus = new Client({ url: `${url}/`, token: async () => token });

/** Says how a call failed. */
async function failed(call: Promise<unknown>): Promise<unknown[]> {
  try {
    return ["no failure", await call];
  } catch (error) {
    if (error instanceof CommandError) return [error.code, error.commandId];
    return [error instanceof Error ? error.name : String(error)];
  }
}

async function all(items: AsyncIterable<CountItem>): Promise<number[]> {
  const seen = [];
  for await (const item of items) seen.push(item);
  return seen;
}

const upper: string = await bus.textUpper("abc");
const byId: string = await bus.call("text.upper", "def");
const unknown = await bus.callAny("text.upper", "ghi");

const reports: Progress[] = [];
const work: string = await bus.work({ onProgress: (report) => reports.push(report) });
const last = reports.at(-1);

const items = await all(bus.count({ to: 3 }));
const stream = bus.count({ to: 1_000_000 });
const first = await stream.next();
await stream.return(undefined);

const controller = new AbortController();
setTimeout(() => controller.abort(), 500);
const aborted = await failed(bus.sleep({ signal: controller.signal }));
const streamed = new AbortController();
setTimeout(() => streamed.abort(), 500);
const stopped = await failed(all(bus.count({ to: -1 }, { signal: streamed.signal })));

// What comes of a stream when nobody takes its items one by one.
const together: { items: CountItem[] } = await bus.call("count", { to: 2 });
const reported = await bus.callAny("count", { to: 2 }, { onProgress: () => {} });
const none = await bus.call("count", { to: 0 }, { timeoutMs: 0 });

// A bus on whose way somebody does not stream, and which says what it was asked for.
const asked: string[] = [];
const folding = new Client({
  url: "http://127.0.0.1:1",
  fetch: async (address) => {
    asked.push(new URL(String(address)).pathname);
    const body = JSON.stringify({ result: { items: [1, 2], result: "end" } });
    return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
  },
});
const folded: unknown[] = [];
const stream2 = folding.streamAny("count");
let end = await stream2.next();
for (; end.done !== true; end = await stream2.next()) folded.push(end.value);
for (const timeoutMs of [200_000, 600_000, 0]) {
  await folding.callAny("a", undefined, { timeoutMs }).catch(() => undefined);
}

console.log(
  JSON.stringify({
    together,
    reported,
    none,
    folded: [folded, end.value],
    asked,
    upper,
    byId,
    unknown,
    work,
    last: [last?.progress, last?.total, last?.message],
    items,
    first: first.value,
    aborted: aborted[0] === "AbortError",
    stopped: stopped[0] === "AbortError",
    late: await failed(bus.sleep({ timeoutMs: 300 })),
    lateProgress: await failed(bus.sleep({ timeoutMs: 300, onProgress: () => {} })),
    missing: await failed(bus.callAny("no.such")),
    missingStream: await failed(bus.streamAny("no.such").next()),
    fails: await failed(bus.fails()),
    stranger: await failed(new Client({ url, token: "wrong" }).textUpper("a")),
    nobody: await failed(new Client({ url: "http://127.0.0.1:1" }).textUpper("a")),
  }),
);
