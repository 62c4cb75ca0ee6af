# Made by `cmdbus gen python`. Do not edit: make it anew.
# flake8: noqa
# Generated from: http://127.0.0.1:7420/cmds.json
# ruff: noqa
# pylint: skip-file
# pyright: reportUnusedImport=false, reportUnusedClass=false
from __future__ import annotations

import http.client
import importlib
import json
import math
import socket
import ssl
import threading
import time
import urllib.parse
import uuid
import weakref
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Generic,
    Iterator,
    List,
    Literal,
    Optional,
    Tuple,
    Type,
    TypeVar,
    Union,
    cast,
)

if TYPE_CHECKING:
    from typing_extensions import NotRequired, TypeAlias, TypeAliasType, TypedDict
else:
    try:
        # pydantic brings this package, and wants types from there.
        from typing_extensions import NotRequired, TypeAlias, TypeAliasType, TypedDict
    except ImportError:
        from typing import TypedDict

        def TypeAliasType(name, value):
            return value


Priority: TypeAlias = Literal["low", "high"]


# A note
class Note(TypedDict):
    # At least 1.
    id: int
    # What is written on it
    #
    # Characters: at least 1.
    text: str
    labels: NotRequired[List[str]]
    priority: NotRequired[Optional[Priority]]
    replies: NotRequired[List[Note]]


NotesAppendRequest: TypeAlias = Note


# At least 0.
NotesAppendResponse: TypeAlias = int


class NotesReadRequest(TypedDict):
    id: int


NotesReadResponse: TypeAlias = Optional[Note]


NotesWatchItem: TypeAlias = Note


ErrorCode = Literal[
    "not_found", "invalid_request", "internal_error", "timeout", "channel_disconnected"
]
_CODES: Dict[str, ErrorCode] = {
    "not_found": "not_found",
    "invalid_request": "invalid_request",
    "internal_error": "internal_error",
    "timeout": "timeout",
    "channel_disconnected": "channel_disconnected",
}
_CODE_OF_STATUS: Dict[int, ErrorCode] = {
    400: "invalid_request",
    404: "not_found",
    422: "invalid_request",
    502: "channel_disconnected",
    504: "timeout",
}


class CommandError(Exception):
    """A call that failed."""

    def __init__(
        self, code: ErrorCode, message: str, command_id: str, status: Optional[int] = None
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        # The command that was called.
        self.command_id = command_id
        # Status of the HTTP answer, if that is what told.
        self.status = status


class Progress:
    """How far a call is."""

    def __init__(self, progress: float, total: Optional[float], message: Optional[str]) -> None:
        self.progress = progress
        self.total = total
        self.message = message

    def __repr__(self) -> str:
        return f"Progress({self.progress!r}, {self.total!r}, {self.message!r})"


_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Stream(Generic[_Item, _Result]):
    """The items of a result, as they come. Leaving a `with` block, or `close`, cancels the call if it still runs."""

    def __init__(self, frames: _Frames, item_type: Any, result_type: Any) -> None:
        self._frames = frames
        self._item_type = item_type
        self._result_type = result_type
        self._result: Any = None
        self._ended = False

    def __iter__(self) -> Stream[_Item, _Result]:
        return self

    def __next__(self) -> _Item:
        if self._ended:
            raise StopIteration
        try:
            is_item, value = next(self._frames.values)
        except BaseException:
            self._ended = True
            self.close()
            raise
        if is_item:
            return cast(_Item, self._frames.client.check(self._item_type, value))
        self._ended = True
        self._result = self._frames.client.check(self._result_type, value)
        self.close()
        raise StopIteration

    @property
    def result(self) -> _Result:
        """What ended the stream; `None` before that."""
        return cast(_Result, self._result)

    def close(self) -> None:
        """Cancels the call, if it still runs."""
        self._ended = True
        self._frames.exchange.close()

    def __enter__(self) -> Stream[_Item, _Result]:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class BaseClient:
    """Calls commands by any id. May be used by several threads at once."""

    def __init__(
        self,
        url: str,
        *,
        token: Union[str, Callable[[], str], None] = None,
        timeout: float = 30.0,
        headers: Optional[Dict[str, str]] = None,
        validate: bool = False,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        """Takes the base address of the bus, such as `http://127.0.0.1:7420`.

        `timeout` is the limit, in seconds, of calls that have none of their own; 0 for none. With `validate`, pydantic
        checks what is sent and received.
        """
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"`{url}` is not the address of a bus: give http://HOST:PORT")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._path = parts.path.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._ssl_context = ssl_context
        self._adapter: Any = importlib.import_module("pydantic").TypeAdapter if validate else None
        self._adapters: Dict[int, Tuple[Any, Any]] = {}
        self._lock = threading.Lock()
        # Whoever drops a stream without closing it holds it no longer, and neither does this.
        self._running: weakref.WeakSet[_Exchange] = weakref.WeakSet()
        self._closed = False

    def __enter__(self: _Client) -> _Client:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancels all calls that still run; there can be no more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for exchange in running:
            exchange.close()

    def call_any(
        self,
        command_id: str,
        request: Any = None,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> Any:
        """Calls a command that need not be known to this file."""
        return self._call(command_id, request, timeout, on_progress, None, None)

    def stream_any(
        self,
        command_id: str,
        request: Any = None,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> Stream[Any, Any]:
        """Calls a command that returns its result item by item."""
        return self._stream(command_id, request, timeout, on_progress, None, None, None)

    def check(self, kind: Any, value: Any) -> Any:
        """Returns the value; if this client validates, only if pydantic takes it.

        Not what pydantic makes of it, which lacks the properties that the type does not name.
        """
        if self._adapter is None or kind is None:
            return value
        with self._lock:
            known = self._adapters.get(id(kind))
        if known is None:
            # The type is kept too, so that its id stays its own.
            known = (self._adapter(kind), kind)
            with self._lock:
                self._adapters[id(kind)] = known
        known[0].validate_python(value)
        return value

    def _call(
        self,
        command_id: str,
        request: Any,
        timeout: Optional[float],
        on_progress: Optional[Callable[[Progress], None]],
        request_type: Any,
        response_type: Any,
    ) -> Any:
        request = self.check(request_type, request)
        if on_progress is not None:
            frames = _Frames(self, command_id, request, timeout, on_progress, False)
            items: List[Any] = []
            try:
                for is_item, value in frames.values:
                    if is_item:
                        items.append(value)
                    elif items:
                        # As a bus tells it that is asked for all at once.
                        return {"items": items} if value is None else {"items": items, "result": value}
                    else:
                        return self.check(response_type, value)
            finally:
                frames.exchange.close()
        message: Dict[str, Any] = {"type": "execute.command.request", "id": str(uuid.uuid4())}
        if timeout is not None:
            message["_meta"] = {"cmdbus-timeout-ms": math.ceil(_asked(timeout) * 1000)}
        message["commandId"] = command_id
        if request is not None:
            message["request"] = request
        exchange = _Exchange(self, command_id, timeout)
        try:
            exchange.post("/cmd", json.dumps(message), {})
            for line in exchange.lines():
                return self.check(response_type, _result(command_id, message["id"], line))
        finally:
            exchange.close()
        raise CommandError("channel_disconnected", "the answer is empty", command_id)

    def _stream(
        self,
        command_id: str,
        request: Any,
        timeout: Optional[float],
        on_progress: Optional[Callable[[Progress], None]],
        request_type: Any,
        item_type: Any,
        response_type: Any,
    ) -> Stream[Any, Any]:
        request = self.check(request_type, request)
        frames = _Frames(self, command_id, request, timeout, on_progress, True)
        return Stream(frames, item_type, response_type)

    def begin(self, exchange: _Exchange) -> None:
        with self._lock:
            if self._closed:
                raise CommandError(
                    "channel_disconnected", "the client is closed", exchange.command_id
                )
            self._running.add(exchange)

    def end(self, exchange: _Exchange) -> None:
        with self._lock:
            self._running.discard(exchange)

    def connection(self, timeout: Optional[float]) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=self._ssl_context
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)

    def headers(self) -> Dict[str, str]:
        headers = {"Accept": "application/x-ndjson", "Connection": "close"}
        headers.update(self._headers)
        token = self._token() if callable(self._token) else self._token
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    @property
    def path(self) -> str:
        return self._path

    @property
    def default_timeout(self) -> float:
        return self._timeout


_Client = TypeVar("_Client", bound=BaseClient)


class _Exchange:
    """One request and its answer."""

    def __init__(self, client: BaseClient, command_id: str, timeout: Optional[float]) -> None:
        self.command_id = command_id
        self.seconds = client.default_timeout if timeout is None else timeout
        self._client = client
        self._deadline = time.monotonic() + self.seconds if self.seconds > 0 else None
        self._connection: Optional[http.client.HTTPConnection] = None
        self._socket: Optional[socket.socket] = None
        self._answer: Optional[http.client.HTTPResponse] = None
        self._closed = False
        self.media_type = ""
        client.begin(self)

    def post(self, path: str, body: str, headers: Dict[str, str]) -> None:
        """Sends the request, and reads the head of the answer."""
        everything = {**self._client.headers(), **headers}
        if body:
            everything["Content-Type"] = "application/json"
        try:
            connection = self._client.connection(self._left())
            self._connection = connection
            connection.connect()
            # The answer takes it from the connection, which is to be closed.
            self._socket = connection.sock
            if self._closed:
                raise OSError("the client was closed")
            connection.request("POST", self._client.path + path, body.encode(), everything)
            self._limit()
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._explained(error) from error
        self._answer = answer
        self.media_type = answer.headers.get_content_type()
        if answer.status != 200:
            raise self._failure(answer.status)

    def lines(self) -> Iterator[str]:
        """Returns the lines of the answer, without empty ones."""
        rest = b""
        while True:
            part = self._read()
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                if line.strip():
                    yield self._decoded(line)
            if not part:
                break
        if rest.strip():
            yield self._decoded(rest)

    def text(self) -> str:
        """Returns the answer as a whole."""
        parts: List[bytes] = []
        while True:
            part = self._read()
            if not part:
                return self._decoded(b"".join(parts))
            parts.append(part)

    def close(self) -> None:
        """Ends the exchange: the bus then cancels a call that still runs. Another thread may do that."""
        self._closed = True
        self._client.end(self)
        if self._socket is not None:
            try:
                # Wakes whoever reads from it; to close it alone does not.
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if self._connection is not None:
            self._connection.close()

    def _left(self) -> Optional[float]:
        if self._deadline is None:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout()
        return left

    def _limit(self) -> None:
        if self._socket is not None:
            self._socket.settimeout(self._left())

    def _read(self) -> bytes:
        answer = self._answer
        if answer is None:
            return b""
        try:
            self._limit()
            return answer.read1(65536)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # The last two are what a connection says that another thread has closed meanwhile.
            raise self._explained(error) from error

    def _decoded(self, text: bytes) -> str:
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            raise CommandError(
                "internal_error", "the answer is not UTF-8", self.command_id
            ) from error

    def _explained(self, error: Exception) -> CommandError:
        if self._closed:
            return CommandError("channel_disconnected", "the call was cancelled", self.command_id)
        if isinstance(error, socket.timeout):
            return CommandError("timeout", f"no answer within {self.seconds} s", self.command_id)
        return CommandError(
            "channel_disconnected", f"cannot reach the bus: {error}", self.command_id
        )

    def _failure(self, status: int) -> CommandError:
        """Returns what an answer with an HTTP error means."""
        message = f"the bus answered with HTTP status {status}"
        code: ErrorCode = _CODE_OF_STATUS.get(status, "internal_error")
        if status == 401:
            message += ": no token was given, or one that is not valid"
        if status == 403:
            message += ": this token may not do that"
        try:
            problem = json.loads(self.text())
        except (ValueError, CommandError):
            problem = None
        if isinstance(problem, dict):
            told = cast(Dict[str, Any], problem)
            code = _CODES.get(str(told.get("code")), code)
            for key in ("detail", "title", "error"):
                if isinstance(told.get(key), str):
                    message = str(told[key])
                    break
        return CommandError(code, message, self.command_id, status)


class _Frames:
    """A call of which more comes back than its end."""

    def __init__(
        self,
        client: BaseClient,
        command_id: str,
        request: Any,
        timeout: Optional[float],
        on_progress: Optional[Callable[[Progress], None]],
        streams: bool,
    ) -> None:
        self.client = client
        self._command_id = command_id
        self._on_progress = on_progress
        self._streams = streams
        headers: Dict[str, str] = {}
        if timeout is not None:
            headers["Prefer"] = f"wait={math.ceil(_asked(timeout))}"
        body = "" if request is None else json.dumps(request)
        path = "/call/" + urllib.parse.quote(command_id, safe="")
        # Only now, when nothing but itself can fail: the client knows it from here on.
        self.exchange = _Exchange(client, command_id, timeout)
        try:
            self.exchange.post(path, body, headers)
        except BaseException:
            self.exchange.close()
            raise
        # Pairs: whether it is an item, and the item or what ends the call.
        self.values: Iterator[Tuple[bool, Any]] = self._read()

    def _read(self) -> Iterator[Tuple[bool, Any]]:
        if self.exchange.media_type != "application/x-ndjson":
            # A bus that sends no frames has waited for the end, and tells it all.
            text = self.exchange.text()
            yield from self._end(_parsed(self._command_id, text) if text else None, False)
            return
        came = False
        for line in self.exchange.lines():
            frame = _parsed(self._command_id, line)
            if not isinstance(frame, dict):
                continue
            told = cast(Dict[str, Any], frame)
            if "item" in told:
                came = True
                yield True, told["item"]
            elif isinstance(told.get("progress"), dict):
                if self._on_progress is not None:
                    self._on_progress(_progress(cast(Dict[str, Any], told["progress"])))
            elif "result" in told:
                yield from self._end(told["result"], came)
                return
            elif "error" in told:
                raise _refused(self._command_id, told["error"])
        raise CommandError(
            "channel_disconnected", "the answer ended too early", self._command_id
        )

    def _end(self, whole: Any, came: bool) -> Iterator[Tuple[bool, Any]]:
        """Returns what ended the call, and before that the items, if all came with it: not every bus on the way streams."""
        if self._streams and not came and isinstance(whole, dict):
            told = cast(Dict[str, Any], whole)
            items = told.get("items")
            if isinstance(items, list) and told.keys() <= {"items", "result"}:
                for item in cast(List[Any], items):
                    yield True, item
                whole = told.get("result")
        yield False, whole


def _asked(timeout: float) -> float:
    """Returns what the bus is told: it takes at most a day."""
    return min(timeout, 86_400.0) if timeout > 0 else 86_400.0


def _parsed(command_id: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError("internal_error", "the answer is not JSON", command_id) from error


def _progress(frame: Dict[str, Any]) -> Progress:
    progress, total, message = frame.get("progress"), frame.get("total"), frame.get("message")
    return Progress(
        progress if isinstance(progress, (int, float)) else 0.0,
        total if isinstance(total, (int, float)) else None,
        message if isinstance(message, str) else None,
    )


def _result(command_id: str, thid: str, line: str) -> Any:
    """Reads the response to a request; no other message may come in its place."""
    message = _parsed(command_id, line)
    told = cast(Dict[str, Any], message) if isinstance(message, dict) else {}
    response = told.get("response")
    if (
        told.get("type") != "execute.command.response"
        or told.get("thid") != thid
        or not isinstance(response, dict)
    ):
        raise CommandError("internal_error", "the answer is to something else", command_id)
    answer = cast(Dict[str, Any], response)
    if answer.get("ok") is True:
        return answer.get("result")
    raise _refused(command_id, answer.get("error"))


def _refused(command_id: str, error: Any) -> CommandError:
    told = cast(Dict[str, Any], error) if isinstance(error, dict) else {}
    # What ends a stream is a problem document.
    code, message = str(told.get("code")), told.get("message", told.get("detail"))
    text = message if isinstance(message, str) else "the call failed"
    if code in _CODES:
        return CommandError(_CODES[code], text, command_id)
    return CommandError("internal_error", f"{text} ({code})", command_id)


class Client(BaseClient):
    """A method for every command."""

    def notes_append(
        self,
        request: NotesAppendRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> NotesAppendResponse:
        """Appends a note.

        Returns how many there are.
        """
        return self._call(
            "notes.append", request, timeout, on_progress, NotesAppendRequest, NotesAppendResponse
        )

    def notes_clear(
        self,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> None:
        """Throws all notes away"""
        return self._call(
            "notes.clear", None, timeout, on_progress, None, None
        )

    def notes_magic(
        self,
        request: Any = None,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> Any:
        """Nobody knows"""
        return self._call(
            "notes.magic", request, timeout, on_progress, None, None
        )

    def notes_read(
        self,
        request: NotesReadRequest,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> NotesReadResponse:
        return self._call(
            "notes.read", request, timeout, on_progress, NotesReadRequest, NotesReadResponse
        )

    def notes_watch(
        self,
        *,
        timeout: Optional[float] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> Stream[NotesWatchItem, None]:
        """Every note as it is written"""
        return self._stream(
            "notes.watch", None, timeout, on_progress, None, NotesWatchItem, None
        )
