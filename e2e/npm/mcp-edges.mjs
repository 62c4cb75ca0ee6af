// An official SDK that gives up calls: `node mcp-edges.mjs MODE URL TOOL…` calls each tool twice - once until its first report of
// progress, once until its time is over - and prints what it sees as JSON. MODE is `sdk1` for the SDK of the legacy era, else how that of
// both eras is to negotiate. Ends with its stdin.

import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';

import { Transcript } from './mcp-steps.mjs';

const [mode, url, ...tools] = process.argv.slice(2);
const info = { name: 'edges', version: '1' };
const [client, transport] =
  mode === 'sdk1'
    ? [new Client1(info), new Transport1(new URL(url))]
    : [new Client2(info, { versionNegotiation: { mode } }), new Transport2(new URL(url))];
const call = (name, options) => {
  const params = { name, arguments: {} };
  return mode === 'sdk1' ? client.callTool(params, undefined, options) : client.callTool(params, options);
};
const transcript = new Transcript();

await transcript.step('connect', () => client.connect(transport));
for (const name of tools) {
  await transcript.step(`abort ${name}`, async () => {
    const controller = new AbortController();
    const seen = [];
    const onprogress = ({ progress, total, message }) => {
      seen.push([progress, total, message]);
      controller.abort('enough');
    };
    const ended = await call(name, { signal: controller.signal, onprogress }).then(() => 'answered', () => 'aborted');
    return { seen, ended };
  });
  await transcript.step(`time out ${name}`, () => call(name, { timeout: 1000 }));
}
transcript.print();
// Until whoever reads this has looked what became of the calls.
for await (const _ of process.stdin);
await client.close();
process.exit();
