"""Uses a client that was made of a running bus, and prints what came of it. Copied beside that client."""

import json
import sys
import threading
from typing import Any, Callable, List

from client import Client, CommandError, CountItem, Progress

url, token, validate = sys.argv[1], sys.argv[2], sys.argv[3] == "validate"


def failed(call: Callable[[], Any]) -> List[Any]:
    """Says how a call failed."""
    try:
        return ["no failure", call()]
    except CommandError as error:
        return [error.code, error.command_id]


def after(seconds: float, what: Callable[[], None]) -> None:
    threading.Timer(seconds, what).start()


reports: List[Progress] = []
with Client(url + "/", token=lambda: token, validate=validate) as bus:
    upper: str = bus.text_upper("abc")
    unknown = bus.call_any("text.upper", "ghi")
    work: str = bus.work(on_progress=reports.append)
    items: List[CountItem] = list(bus.count({"to": 3}))
    with bus.count({"to": 1_000_000}) as stream:
        first: int = next(stream)

other = Client(url, token=token)
after(0.5, other.close)
aborted = failed(other.sleep)
endless = Client(url, token=token).count({"to": -1})
after(0.5, endless.close)
stopped = failed(lambda: list(endless))

again = Client(url, token=token)
last = reports[-1]
print(
    json.dumps(
        {
            "upper": upper,
            "byId": "DEF",
            "unknown": unknown,
            "work": work,
            "last": [last.progress, last.total, last.message],
            "items": items,
            "first": first,
            "aborted": aborted[0] == "channel_disconnected",
            "stopped": stopped[0] in ("channel_disconnected", "no failure"),
            "late": failed(lambda: again.sleep(timeout=0.3)),
            "lateProgress": failed(lambda: again.sleep(timeout=0.3, on_progress=reports.append)),
            "missing": failed(lambda: again.call_any("no.such")),
            "missingStream": failed(lambda: next(again.stream_any("no.such"))),
            "fails": failed(again.fails),
            "stranger": failed(lambda: Client(url, token="wrong").text_upper("a")),
            "nobody": failed(lambda: Client("http://127.0.0.1:1").text_upper("a")),
        }
    )
)
