"""An official SDK in front of a server on stdio: `relay.py MODE PROGRAM [ARG…]` prints what it sees as JSON.

MODE is `sdk1` for the SDK of the legacy era, else how that of both eras is to negotiate. Wanted are the tools
`text_upper` and `slow_work`.
"""

import contextlib
import os
import sys

import anyio

from steps import Transcript


@contextlib.asynccontextmanager
async def connected(mode, command, args):
    from mcp import StdioServerParameters

    server = StdioServerParameters(command=command, args=args, env=dict(os.environ))
    if mode == "sdk1":
        from mcp import ClientSession
        from mcp.client.stdio import stdio_client

        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            yield session, "legacy"
    else:
        from mcp.client import Client
        from mcp.client.stdio import stdio_client

        async with Client(stdio_client(server), mode=mode) as client:
            era = "modern" if client.protocol_version >= "2026-07-28" else "legacy"
            yield client, era


async def main(mode, command, *args):
    transcript = Transcript()
    async with connected(mode, command, list(args)) as (client, era):

        async def connect():
            return era

        async def tools():
            return [tool.name for tool in (await client.list_tools()).tools]

        async def upper(text):
            return (await client.call_tool("text_upper", {"value": text})).content[0].text

        async def two():
            said = [None, None]

            async def one(index, text):
                said[index] = await upper(text)

            async with anyio.create_task_group() as group:
                group.start_soon(one, 0, "a")
                group.start_soon(one, 1, "b")
            return said

        async def progress():
            seen = []

            async def told(done, total, message):
                seen.append([done, message])

            with anyio.move_on_after(2):
                await client.call_tool("slow_work", {}, progress_callback=told)
            return seen

        await transcript.step("connect", connect)
        await transcript.step("list", tools)
        await transcript.step("call", lambda: upper("hello"))
        await transcript.step("two at once", two)
        await transcript.step("progress", progress)
    transcript.print()


anyio.run(main, *sys.argv[1:])
