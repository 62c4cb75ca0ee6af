// A BrokerClient of the npm package `@masons/runtime-broker` that does what it is told: the end-to-end tests drive it
// (tests/all/npm/client.rs), and so can a person. It uses nothing but the public interface of the package.
//
// By hand, after `npm ci` in this folder and `cargo build` in the workspace:
//
//     CMDBUS_HOME=/tmp/try node_modules/.bin/node client.mjs
//     {"id":1,"do":"discover","options":{"accountId":"me","runtimeToken":"secret","userDataDir":"/tmp/try/data",
//         "nodeBinary":"/ABSOLUTE/target/debug/cmdbus","brokerEntry":"broker","env":{"CMDBUS_RUNTIME_TOKEN":"secret"}}}
//     {"id":2,"do":"connect"}
//     {"id":3,"do":"registerEndpoint","args":[{"agentId":"a","kind":"demo"}]}
//     {"id":4,"do":"send","args":["ep_…","endpoint:ep_…","hello"]}
//     {"id":5,"do":"close"}
//
// Each command is one line (the first is broken here only to fit). Each is answered by one line with its `id` and
// `result`, or `error`; commands do not wait for each other. What happens meanwhile is told by lines with `event`:
// `message`, `presence`, `connection`, `disconnected`, `error`. The end of stdin ends the program.
//
//     discover   {options, quiet?}  makes the client; `quiet`: messages are kept for `take` instead of told
//     connect    {options?, busyMs?}  `busyMs`: the event loop is blocked that long just when the stream is opened
//     state      {}                 what the client knows: connection, broker, capabilities
//     take       {count, ms?}       the next `count` messages of a quiet client, in order of arrival, as
//                                   [message id, endpoint id, content]; after `ms` (10 s) as many as there are
//     sendAll    {from, to, count}  sends `count` texts, numbered from 0, to each endpoint of the list `to` in turn;
//                                   answers {sent: [[message id, endpoint id, text]…], failed: n}
//     block      {ms}               blocks the event loop
//     pid        {}
//     crash      {}                 SIGKILL to itself; no answer
//     METHOD     {args}             a method of BrokerClient with these arguments
//
// A process can have several clients: `client` names the one that is meant (default "main").

import { subscribe } from "node:diagnostics_channel";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { BrokerClient } from "@masons/runtime-broker";

/** The methods that may be called as they are. */
const METHODS = [
  "registerEndpoint",
  "unregisterEndpoint",
  "send",
  "listUndispatched",
  "readUndispatchedPresence",
  "claimRuntimeAssignment",
  "reportRuntimeProcessingState",
  "sendRuntimeAssignmentReply",
  "awaitStagedDelivery",
  "selfSettleUndispatched",
  "readRuntimeConversationHistory",
  "close",
];

/** Clients by name: `{broker, quiet, kept}`, where `kept` are the messages not yet taken. */
const clients = new Map();

const COMMANDS = {
  async discover({ client, options, quiet = false }) {
    const broker = await BrokerClient.discover(options);
    const entry = { broker, quiet, kept: [] };
    clients.set(client, entry);
    report(client, entry);
    return { spawnedNew: broker.spawnedNew, ipcUrl: broker.ipcUrl };
  },

  async connect({ client, options = {}, busyMs = 0 }) {
    if (busyMs > 0) blockAtNextStream(busyMs);
    return the(client).broker.connect({
      pluginPid: process.pid,
      clientKind: "cmdbus-e2e",
      clientVersion: "1.0.0",
      ...options,
    });
  },

  state({ client }) {
    const { broker } = the(client);
    const { spawnedNew, ipcUrl, sessionId, networkPresence, serverCapabilities, serverVersion, connectionState } = broker;
    return { spawnedNew, ipcUrl, sessionId, networkPresence, serverCapabilities, serverVersion, connectionState };
  },

  async take({ client, count, ms = 10_000 }) {
    const { kept } = the(client);
    for (const deadline = Date.now() + ms; kept.length < count && Date.now() < deadline; ) await sleep(5);
    return kept.splice(0, count).map((message) => [
      message.sourceMessageId,
      message.metadata?.target_endpoint_id,
      message.content,
    ]);
  },

  async sendAll({ client, from, to, count }) {
    const sent = [];
    let failed = 0;
    for (let n = 0; n < count; n++) {
      for (const endpoint of to) {
        try {
          const { messageId } = await the(client).broker.send(from, `endpoint:${endpoint}`, String(n));
          sent.push([messageId, endpoint, String(n)]);
        } catch {
          failed++;
          await sleep(10); // the broker is away; do not use up all texts before it is back
        }
      }
    }
    return { sent, failed };
  },

  block({ ms }) {
    block(ms);
  },

  pid() {
    return process.pid;
  },

  crash() {
    process.kill(process.pid, "SIGKILL");
  },
};

for (const method of METHODS) {
  COMMANDS[method] = ({ client, args = [] }) => the(client).broker[method](...args);
}

/** Returns the entry of a client. */
function the(client) {
  const entry = clients.get(client);
  if (!entry) throw new Error(`there is no client \`${client}\`; \`discover\` makes one`);
  return entry;
}

/** Tells what happens to a client. */
function report(client, { broker, quiet, kept }) {
  const tell = (event, told) => say({ event, client, ...told });
  broker.on("message_received", (message) => (quiet ? kept.push(message) : tell("message", { message })));
  broker.on("presence", (presence, reason) => tell("presence", { presence, reason }));
  broker.on("connectionstate", (state) => tell("connection", state));
  broker.on("disconnected", () => tell("disconnected"));
  broker.on("error", (error) => tell("error", { error: described(error) }));
}

/** Blocks the event loop. */
function block(ms) {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** Blocks the event loop when the next stream's request has left, so that its answer is read together with whatever
 * the broker sends soon after it. */
function blockAtNextStream(ms) {
  let armed = true;
  subscribe("http.client.request.start", ({ request }) => {
    if (!armed || request.path !== "/v1/stream") return;
    armed = false;
    // In the next turn: in this one the request is written.
    request.socket.once("connect", () => setImmediate(() => block(ms)));
  });
}

/** Returns what a test wants to know of an error. */
function described(error) {
  const { name, message, code, brokerCode, retryable, assignmentFailureCategory } = error;
  return { name, message, code, brokerCode, retryable, assignmentFailureCategory };
}

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function obey(line) {
  const { id, do: name, client = "main", ...rest } = JSON.parse(line);
  try {
    if (!Object.hasOwn(COMMANDS, name)) throw new Error(`there is no command \`${name}\``);
    const result = await COMMANDS[name]({ client, ...rest });
    say({ id, result: result ?? null });
  } catch (error) {
    say({ id, error: described(error) });
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => line.trim() && obey(line))
  .on("close", () => process.exit());
