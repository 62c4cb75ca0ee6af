"""The official SDK of both eras: `client.py MODE URL [HEADER…]` prints what it sees as JSON.

MODE is `legacy`, `auto` - which falls back to legacy by itself - or a revision.
"""

import contextlib
import sys
import warnings

import anyio
import httpx2
import mcp_types as types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPDeprecationWarning

from steps import Seen, Transcript, headers_of, plain, walk

# What it warns of is how the legacy era works.
warnings.simplefilter("ignore", MCPDeprecationWarning)


async def elicit(context, params):
    return types.ElicitResult(action="accept", content={"name": f"user of {params.message}"})


async def sample(context, params):
    said = f"said to {params.messages[0].content.text}"
    content = types.TextContent(type="text", text=said)
    return types.CreateMessageResult(role="assistant", model="none", content=content)


async def roots(context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///tmp", name="tmp")])


class Peer:
    def __init__(self, client):
        self.session = client
        self.is_modern = client.protocol_version >= "2026-07-28"

    async def call(self, name, arguments, progress=None, meta=None):
        return await self.session.call_tool(name, arguments, progress_callback=progress, meta=meta)

    async def read(self, uri):
        return await self.session.read_resource(uri)

    def structured(self, result):
        return result.structured_content

    async def complete(self):
        prompt = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
        return await self.session.complete(prompt, {"name": "arg1", "value": "par"})

    async def subscribe(self, uri):
        if not self.is_modern:
            await self.session.subscribe_resource(uri)

    async def set_level(self):
        if not self.is_modern:
            await self.session.set_logging_level("info")

    async def cancelled_call(self, name):
        with anyio.CancelScope() as scope:

            async def begun(done, total, message):
                scope.cancel()

            await self.call(name, {}, begun)

    @contextlib.asynccontextmanager
    async def listening(self):
        if not self.is_modern:
            yield
            return
        # What is told there reaches the message handler too.
        uris = ["test://watched-resource"]
        async with self.session.listen(tools_list_changed=True, resource_subscriptions=uris):
            yield


async def main(mode, url, *lines):
    transcript, seen = Transcript(), Seen()
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers_of(lines), timeout=30))
        client = Client(
            streamable_http_client(url, http_client=http),
            mode=mode,
            client_info=types.Implementation(name="python2", version="1"),
            elicitation_callback=elicit,
            sampling_callback=sample,
            list_roots_callback=roots,
            logging_callback=seen.logged,
            message_handler=seen.message,
        )

        async def connect():
            await stack.enter_async_context(client)
            return {
                "protocolVersion": client.protocol_version,
                # Not known where the revision was given, for then nobody was asked.
                "server": plain(client.server_info),
                "instructions": client.instructions,
            }

        # Not within a step's time limit: what is entered here is left later.
        transcript.steps.append({"step": "connect", "result": await connect()})
        await walk(Peer(client), seen, transcript)
    transcript.print()


anyio.run(main, *sys.argv[1:])
