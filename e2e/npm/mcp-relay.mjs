// An official SDK in front of a server on stdio: `node mcp-relay.mjs MODE PROGRAM [ARG…]` prints what it sees as JSON. MODE is
// `sdk1` for the SDK of the legacy era, else how that of both eras is to negotiate. Wanted are the tools `text_upper` and `slow_work`.

import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Client as Client2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as Transport2 } from '@modelcontextprotocol/client/stdio';

import { Transcript } from './mcp-steps.mjs';

const [mode, command, ...args] = process.argv.slice(2);
const server = { command, args, env: process.env, stderr: 'inherit' };
const info = { name: 'relayed', version: '1' };
const [client, transport] =
  mode === 'sdk1'
    ? [new Client1(info), new Transport1(server)]
    : [new Client2(info, { versionNegotiation: { mode } }), new Transport2(server)];
const call = (params, options) =>
  mode === 'sdk1' ? client.callTool(params, undefined, options) : client.callTool(params, options);
const transcript = new Transcript();

await transcript.step('connect', async () => {
  await client.connect(transport);
  return mode === 'sdk1' ? null : client.getProtocolEra();
});
await transcript.step('list', async () => (await client.listTools()).tools.map(({ name }) => name));
await transcript.step('call', async () => {
  const { content } = await call({ name: 'text_upper', arguments: { value: 'hello' } });
  return content[0].text;
});
await transcript.step('two at once', async () => {
  const calls = ['a', 'b'].map((value) => call({ name: 'text_upper', arguments: { value } }));
  return (await Promise.all(calls)).map(({ content }) => content[0].text);
});
await transcript.step('progress and abort', async () => {
  const controller = new AbortController();
  const seen = [];
  const onprogress = ({ progress, message }) => {
    seen.push([progress, message]);
    controller.abort('enough');
  };
  const ended = await call({ name: 'slow_work', arguments: {} }, { signal: controller.signal, onprogress }).then(
    () => 'answered',
    () => 'aborted',
  );
  return { seen, ended };
});
await transcript.step('call after it', async () => {
  const { content } = await call({ name: 'text_upper', arguments: { value: 'again' } });
  return content[0].text;
});
await transcript.step('close', () => client.close());
transcript.print();
process.exit();
