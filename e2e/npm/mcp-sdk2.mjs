// The official SDK of both eras: `node mcp-sdk2.mjs MODE URL [HEADER…]` prints what it sees as JSON. MODE is `legacy`,
// `auto` - which falls back to legacy by itself - or a revision.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { answer, CAPABILITIES, headersOf, Transcript, walk } from './mcp-steps.mjs';

const [mode, url, ...lines] = process.argv.slice(2);
const requestInit = { headers: headersOf(lines) };
const transcript = new Transcript();
const client = new Client({ name: 'sdk2', version: '1' }, {
  capabilities: CAPABILITIES,
  versionNegotiation: { mode: mode === 'legacy' || mode === 'auto' ? mode : { pin: mode } },
});
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });

const peer = {
  client,
  call: (params, options) => client.callTool(params, options),
  onRequest: (method, handler) => client.setRequestHandler(method, handler),
  onNotification: (method, handler) => client.setNotificationHandler(method, handler),
  isModern: () => client.getProtocolEra() === 'modern',
  async listening(run) {
    if (!peer.isModern()) return run();
    const subscription = await client.listen({
      toolsListChanged: true,
      resourceSubscriptions: ['test://watched-resource'],
    });
    try {
      return await run();
    } finally {
      await subscription.close();
    }
  },
};
answer(peer);

await transcript.step('connect', async () => {
  await client.connect(transport);
  return { era: client.getProtocolEra(), protocolVersion: client.getNegotiatedProtocolVersion() };
});
await walk(peer, transcript);
await transcript.step('close', () => client.close());
transcript.print();
process.exit();
