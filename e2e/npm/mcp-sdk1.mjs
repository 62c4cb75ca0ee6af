// The official SDK of the legacy era: `node mcp-sdk1.mjs URL [HEADER…]` prints what it sees as JSON.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';

import { answer, CAPABILITIES, headersOf, Transcript, walk } from './mcp-steps.mjs';

const [url, ...lines] = process.argv.slice(2);
const requestInit = { headers: headersOf(lines) };
const transcript = new Transcript();

const SCHEMAS = {
  'elicitation/create': types.ElicitRequestSchema,
  'sampling/createMessage': types.CreateMessageRequestSchema,
  'roots/list': types.ListRootsRequestSchema,
  'notifications/message': types.LoggingMessageNotificationSchema,
  'notifications/tools/list_changed': types.ToolListChangedNotificationSchema,
  'notifications/resources/updated': types.ResourceUpdatedNotificationSchema,
};

function newClient() {
  return new Client({ name: 'sdk1', version: '1' }, { capabilities: CAPABILITIES });
}

function newTransport(sessionId) {
  return new StreamableHTTPClientTransport(new URL(url), { requestInit, sessionId });
}

/** A call whose connection breaks is taken up again by another one. It takes so long that a stream begins before its answer. */
async function resumed() {
  const request = { method: 'tools/call', params: { name: 'sleep', arguments: { ms: 2000 } } };
  const [client, transport] = [newClient(), newTransport()];
  await client.connect(transport);
  const token = await new Promise((onresumptiontoken, reject) => {
    client.request(request, types.CallToolResultSchema, { onresumptiontoken }).catch(reject);
  });
  await transport.close();
  const again = newClient();
  await again.connect(newTransport(transport.sessionId));
  return again.request(request, types.CallToolResultSchema, { resumptionToken: token }).finally(() => again.close());
}

const [client, transport] = [newClient(), newTransport()];
const peer = {
  client,
  call: (params, options) => client.callTool(params, undefined, options),
  onRequest: (method, handler) => client.setRequestHandler(SCHEMAS[method], handler),
  onNotification: (method, handler) => client.setNotificationHandler(SCHEMAS[method], handler),
  isModern: () => false,
  listening: (run) => run(),
};
answer(peer);

await transcript.step('connect', async () => {
  await client.connect(transport);
  return { protocolVersion: transport.protocolVersion, hasSession: transport.sessionId !== undefined };
});
await transcript.step('ping', () => client.ping());
await walk(peer, transcript);
await transcript.step('resume', resumed);
await transcript.step('terminate', async () => {
  const session = transport.sessionId;
  await transport.terminateSession();
  const left = transport.sessionId === undefined;
  await client.close();
  // The session is gone for others too.
  const other = await fetch(url, {
    method: 'POST',
    headers: {
      ...requestInit.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': session,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  });
  await other.body?.cancel();
  return { left, status: other.status };
});
transcript.print();
process.exit();
