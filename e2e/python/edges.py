"""The official SDK giving up calls: `edges.py MODE URL TOOL…` calls each tool twice and prints what it sees as JSON.

Once until its first report of progress, once until its time is over. MODE is `sdk1` for the SDK of the legacy era, else
how that of both eras is to negotiate. Ends with its stdin.
"""

import contextlib
import sys

import anyio

from steps import Transcript


@contextlib.asynccontextmanager
async def connected(mode, url):
    if mode == "sdk1":
        from mcp import ClientSession
        from mcp.client.streamable_http import streamable_http_client

        async with streamable_http_client(url) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            yield session, lambda: given_up(session)
    else:
        from mcp.client import Client

        async with Client(url, mode=mode) as client:
            # This version tells the server by itself.
            yield client, contextlib.nullcontext


@contextlib.asynccontextmanager
async def given_up(session):
    """Tells the server that a call was given up, which the SDK of the legacy era leaves to its user."""
    import mcp.types as types

    request = session._request_id
    yield
    params = types.CancelledNotificationParams(requestId=request, reason="enough")
    cancelled = types.CancelledNotification(method="notifications/cancelled", params=params)
    await session.send_notification(types.ClientNotification(cancelled))


async def main(mode, url, *tools):
    transcript = Transcript()
    async with connected(mode, url) as (client, giving_up):
        for name in tools:

            async def abort():
                seen = []
                async with giving_up():
                    with anyio.CancelScope() as scope:

                        async def told(done, total, message):
                            seen.append([done, total, message])
                            scope.cancel()

                        await client.call_tool(name, {}, progress_callback=told)
                return {"seen": seen, "ended": "aborted" if scope.cancelled_caught else "answered"}

            async def time_out():
                async with giving_up():
                    with anyio.move_on_after(1) as scope:
                        await client.call_tool(name, {})
                return "timed out" if scope.cancelled_caught else "answered"

            await transcript.step(f"abort {name}", abort)
            await transcript.step(f"time out {name}", time_out)
        transcript.print()
        sys.stdout.flush()
        # Until whoever reads this has looked what became of the calls.
        await anyio.to_thread.run_sync(sys.stdin.read)


anyio.run(main, *sys.argv[1:])
