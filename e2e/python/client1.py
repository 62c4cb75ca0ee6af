"""The official SDK of the legacy era: `client1.py URL [HEADER…]` prints what it sees as JSON."""

import contextlib
import sys

import anyio
import httpx
from mcp import ClientSession, types
from mcp.client.streamable_http import streamable_http_client
from pydantic import AnyUrl

from steps import Seen, Transcript, headers_of, plain, walk


async def elicit(context, params):
    return types.ElicitResult(action="accept", content={"name": f"user of {params.message}"})


async def sample(context, params):
    said = f"said to {params.messages[0].content.text}"
    content = types.TextContent(type="text", text=said)
    return types.CreateMessageResult(role="assistant", model="none", content=content)


async def roots(context):
    return types.ListRootsResult(roots=[types.Root(uri="file:///tmp", name="tmp")])


class Peer:
    is_modern = False

    def __init__(self, session):
        self.session = session

    async def call(self, name, arguments, progress=None, meta=None):
        return await self.session.call_tool(name, arguments, progress_callback=progress, meta=meta)

    async def read(self, uri):
        return await self.session.read_resource(AnyUrl(uri))

    def structured(self, result):
        return result.structuredContent

    async def complete(self):
        prompt = types.PromptReference(type="ref/prompt", name="test_prompt_with_arguments")
        return await self.session.complete(prompt, {"name": "arg1", "value": "par"})

    async def subscribe(self, uri):
        await self.session.subscribe_resource(AnyUrl(uri))

    async def set_level(self):
        await self.session.set_logging_level("info")

    async def cancelled_call(self, name):
        # This version does not tell the server that a call was given up, so its user has to.
        request = self.session._request_id
        with anyio.CancelScope() as scope:

            async def begun(done, total, message):
                scope.cancel()

            await self.call(name, {}, begun)
        params = types.CancelledNotificationParams(requestId=request, reason="enough")
        cancelled = types.CancelledNotification(method="notifications/cancelled", params=params)
        await self.session.send_notification(types.ClientNotification(cancelled))

    @contextlib.asynccontextmanager
    async def listening(self):
        yield


async def main(url, *lines):
    transcript, seen = Transcript(), Seen()
    async with (
        httpx.AsyncClient(headers=headers_of(lines), timeout=30) as http,
        streamable_http_client(url, http_client=http) as (read, write, session_id),
        ClientSession(
            read,
            write,
            client_info=types.Implementation(name="python1", version="1"),
            elicitation_callback=elicit,
            sampling_callback=sample,
            list_roots_callback=roots,
            logging_callback=seen.logged,
            message_handler=seen.message,
        ) as session,
    ):

        async def connect():
            initialized = plain(await session.initialize())
            return {**initialized, "hasSession": session_id() is not None}

        await transcript.step("connect", connect)
        await transcript.step("ping", session.send_ping)
        await walk(Peer(session), seen, transcript)
    transcript.print()


anyio.run(main, *sys.argv[1:])
