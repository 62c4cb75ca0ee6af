"""What a program does that uses an MCP server through the official SDK, step by step, and what it sees.

The transcript of a server and of whatever stands before it are compared, so there is nothing in it that differs from
run to run.
"""

import json
import os
import sys

import anyio

PATIENCE = 15
# One event of a stream may have a mebibyte in version 2 of the SDK.
LARGE = 1 << 19


def headers_of(lines):
    """Returns the headers that are given as `Name: value`, and the bearer token of MCP_BEARER."""
    headers = {}
    if token := os.environ.get("MCP_BEARER"):
        headers["Authorization"] = f"Bearer {token}"
    for line in lines:
        name, value = line.split(":", 1)
        headers[name.strip()] = value.strip()
    return headers


def plain(value):
    """Returns a result of the SDK as JSON."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value


def failure(error):
    """Returns what of an error is the server's."""
    if isinstance(error, BaseExceptionGroup):
        return failure(error.exceptions[0])
    shown = {"name": type(error).__name__}
    inner = getattr(error, "error", None)
    if inner is not None and hasattr(inner, "code"):
        shown["code"] = inner.code
        if inner.data is not None:
            shown["data"] = inner.data
    else:
        shown["message"] = str(error)
    return shown


async def until(what, holds):
    """Waits until something is so."""
    with anyio.move_on_after(PATIENCE - 1):
        while not await holds():
            await anyio.sleep(0.01)
        return
    raise TimeoutError(f"did not happen: {what}")


class Transcript:
    def __init__(self):
        self.steps = []

    async def step(self, name, run):
        """Runs a step; what it returns, or how it fails, is a line of the transcript."""
        try:
            with anyio.fail_after(PATIENCE):
                self.steps.append({"step": name, "result": plain(await run())})
        except Exception as error:
            self.steps.append({"step": name, "error": failure(error)})

    def print(self):
        json.dump(self.steps, sys.stdout)
        print()


class Seen:
    """What the server said without being asked."""

    def __init__(self):
        self.log = []
        self.tools = 0
        self.resources = []

    async def logged(self, params):
        self.log.append({"level": params.level, "logger": params.logger, "data": params.data})

    async def message(self, message):
        # The one version of the SDK wraps a notification, the other does not.
        message = getattr(message, "root", message)
        match type(message).__name__:
            case "ToolListChangedNotification":
                self.tools += 1
            case "ResourceUpdatedNotification":
                self.resources.append(str(message.params.uri))


async def walk(peer, seen, transcript):
    """Walks through everything that the versions of the SDK do alike.

    `peer` hides how they differ: `session`, `call(name, arguments, progress, meta)`, `read(uri)`, `structured(result)`,
    `complete()`, `subscribe(uri)`, `set_level()`, `cancelled_call(name)`, `is_modern`, and `listening()`, a context in
    which changes are told.
    """
    step = transcript.step
    session = peer.session

    def calling(name, arguments=None):
        return lambda: peer.call(name, arguments or {})

    await step("list tools", session.list_tools)
    await step("list prompts", session.list_prompts)
    await step("list resources", session.list_resources)
    await step("list templates", session.list_resource_templates)
    await step("read text", lambda: peer.read("test://static-text"))
    await step("read template", lambda: peer.read("test://template/7/data"))
    await step("read nothing", lambda: peer.read("test://nothing"))
    await step("get prompt", lambda: session.get_prompt("test_prompt_with_arguments", {"arg1": "a", "arg2": "b"}))
    await step("complete", peer.complete)
    await step("call", calling("test_multiple_content_types"))
    await step("call that fails", calling("test_error_handling"))
    await step("call of nothing", calling("no_such_tool"))
    await step("echo", calling("echo", {"text": 'é\n"', "number": 1.5, "list": [None, True, {"deep": []}]}))

    async def large():
        result = await peer.call("return_bytes", {"n": LARGE})
        return len(result.content[0].text)

    await step("a large answer", large)

    async def several():
        answers = []

        async def one(number):
            answers.append(peer.structured(await peer.call("echo", {"n": number}))["n"])

        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(one, number)
        return sorted(answers)

    await step("several at once", several)

    async def progress():
        told = []

        async def tell(done, total, message):
            told.append([done, total])

        result = await peer.call("emit_progress", {"n": 20}, tell)
        return {"progress": told, "content": plain(result)}

    await step("progress", progress)

    async def cancel():
        async def counted():
            return peer.structured(await peer.call("cancelled_count", {}))["cancelled"]

        before = await counted()
        await peer.cancelled_call("sleep_until_cancelled")

        async def noticed():
            return await counted() == before + 1

        await until("the server has noticed", noticed)

    await step("cancel", cancel)

    await step("elicitation", calling("ask_client", {"what": "elicitation"}))
    await step("sampling", calling("ask_client", {"what": "sampling"}))
    await step("roots", calling("ask_client", {"what": "roots"}))

    async def log():
        await peer.set_level()
        meta = {"io.modelcontextprotocol/logLevel": "info"} if peer.is_modern else None
        await peer.call("test_tool_with_logging", {}, None, meta)

        async def three():
            return len(seen.log) == 3

        await until("three lines", three)
        return seen.log

    await step("log", log)

    async def tools_change():
        async def listed():
            tools = (await session.list_tools()).tools
            return any(tool.name == "extra_tool" for tool in tools)

        async def told(times):
            return seen.tools == times

        found = []
        async with peer.listening():
            for times in (1, 2):
                await peer.call("change_tools", {})
                await until("the change is told", lambda times=times: told(times))
                found.append(await listed())
        return found

    await step("tools change", tools_change)

    async def resource_changes():
        uri = "test://watched-resource"

        async def told():
            return seen.resources == [uri]

        async with peer.listening():
            await peer.subscribe(uri)
            await peer.call("change_resource", {"uri": uri})
            await until("the change is told", told)
        return seen.resources

    await step("a resource changes", resource_changes)
