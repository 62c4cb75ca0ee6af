// What a program does that uses an MCP server through an SDK, step by step, and what it sees. The transcript of a
// server and of whatever stands before it are compared, so there is nothing in it that differs from run to run.

const PATIENCE = 15_000;

/** Returns the headers that are given as `Name: value`, and the bearer token of MCP_BEARER. */
export function headersOf(lines) {
  const headers = {};
  if (process.env.MCP_BEARER) headers.authorization = `Bearer ${process.env.MCP_BEARER}`;
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not happen: ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function until(what, holds) {
  const look = async () => {
    for (;;) {
      const found = await holds();
      if (found) return found;
      await new Promise((again) => setTimeout(again, 10));
    }
  };
  return within(look(), what);
}

export class Transcript {
  steps = [];

  /** Runs a step; what it returns, or how it fails, is a line of the transcript. */
  async step(name, run) {
    try {
      this.steps.push({ step: name, result: (await within(run(), name)) ?? null });
    } catch (error) {
      this.steps.push({ step: name, error: failure(error) });
    }
  }

  print() {
    process.stdout.write(`${JSON.stringify(this.steps)}\n`);
  }
}

/** What of an error is the server's. */
function failure(error) {
  const { code, data, name } = error;
  return { name, ...(code === undefined ? { message: error.message } : { code }), ...(data === undefined ? {} : { data }) };
}

/**
 * Walks through everything both SDKs do alike.
 *
 * `peer` hides how they differ: `client`, `call(params, options)`, `onRequest(method, handler)`,
 * `onNotification(method, handler)`, `isModern()`, and `listening(run)`, which runs something while changes are told.
 */
export async function walk(peer, transcript) {
  const { client } = peer;
  const step = transcript.step.bind(transcript);
  const seen = { log: [], tools: 0, resources: [] };
  peer.onNotification('notifications/message', ({ params }) => void seen.log.push(params));
  peer.onNotification('notifications/tools/list_changed', () => void (seen.tools += 1));
  peer.onNotification('notifications/resources/updated', ({ params }) => void seen.resources.push(params.uri));
  const plain = (name, args = {}) => peer.call({ name, arguments: args });

  await step('server', async () => ({
    version: client.getServerVersion(),
    capabilities: client.getServerCapabilities(),
    instructions: client.getInstructions(),
  }));
  await step('list tools', () => client.listTools());
  await step('list prompts', () => client.listPrompts());
  await step('list resources', () => client.listResources());
  await step('list templates', () => client.listResourceTemplates());
  await step('read text', () => client.readResource({ uri: 'test://static-text' }));
  await step('read template', () => client.readResource({ uri: 'test://template/7/data' }));
  await step('read nothing', () => client.readResource({ uri: 'test://nothing' }));
  await step('get prompt', () =>
    client.getPrompt({ name: 'test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } }));
  await step('complete', () =>
    client.complete({
      ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
      argument: { name: 'arg1', value: 'par' },
    }));
  await step('call', () => plain('test_multiple_content_types'));
  await step('call that fails', () => plain('test_error_handling'));
  await step('call of nothing', () => plain('no_such_tool'));
  await step('echo', () => plain('echo', { text: 'é\n"', number: 1.5, list: [null, true, { deep: [] }] }));
  await step('a large answer', async () => {
    const { content } = await plain('return_bytes', { n: 1 << 20 });
    return content[0].text.length;
  });
  await step('several at once', async () => {
    const calls = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => plain('echo', { n }));
    return (await Promise.all(calls)).map(({ structuredContent }) => structuredContent.n);
  });

  await step('progress', async () => {
    const progress = [];
    const { content } = await peer.call({ name: 'emit_progress', arguments: { n: 20 } }, {
      onprogress: (update) => progress.push([update.progress, update.total]),
    });
    return { progress, content };
  });
  await step('abort', async () => {
    const counted = async () => (await plain('cancelled_count')).structuredContent.cancelled;
    const before = await counted();
    const controller = new AbortController();
    const call = peer.call({ name: 'sleep_until_cancelled', arguments: {} }, {
      signal: controller.signal,
      onprogress: () => controller.abort('enough'),
    });
    const ended = await call.then(() => 'answered', () => 'aborted');
    await until('the server has noticed', async () => (await counted()) === before + 1);
    return ended;
  });

  await step('elicitation', () => plain('ask_client', { what: 'elicitation' }));
  await step('sampling', () => plain('ask_client', { what: 'sampling' }));
  await step('roots', () => plain('ask_client', { what: 'roots' }));

  await step('log', async () => {
    if (!peer.isModern()) await client.setLoggingLevel('info');
    const _meta = peer.isModern() ? { 'io.modelcontextprotocol/logLevel': 'info' } : undefined;
    const { content } = await peer.call({ name: 'test_tool_with_logging', arguments: {}, _meta });
    await until('three lines', () => seen.log.length === 3);
    return { log: seen.log.map(({ level, logger, data }) => ({ level, logger, data })), content };
  });
  await step('tools change', () =>
    peer.listening(async () => {
      await plain('change_tools');
      await until('the change is told', () => seen.tools === 1);
      const with_it = (await client.listTools()).tools.some(({ name }) => name === 'extra_tool');
      await plain('change_tools');
      await until('the other change is told', () => seen.tools === 2);
      const without_it = (await client.listTools()).tools.some(({ name }) => name === 'extra_tool');
      return { with_it, without_it };
    }));
  await step('a resource changes', () =>
    peer.listening(async () => {
      const uri = 'test://watched-resource';
      if (!peer.isModern()) await client.subscribeResource({ uri });
      await plain('change_resource', { uri });
      await until('the change is told', () => seen.resources.length === 1);
      if (!peer.isModern()) await client.unsubscribeResource({ uri });
      return seen.resources;
    }));
}

/** Answers what the server asks. */
export function answer(peer) {
  peer.onRequest('elicitation/create', (request) => ({
    action: 'accept',
    content: { name: `user of ${request.params.message}` },
  }));
  peer.onRequest('sampling/createMessage', (request) => ({
    role: 'assistant',
    model: 'none',
    content: { type: 'text', text: `said to ${request.params.messages[0].content.text}` },
  }));
  peer.onRequest('roots/list', () => ({ roots: [{ uri: 'file:///tmp', name: 'tmp' }] }));
}

export const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
