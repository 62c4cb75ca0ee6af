"""Uses a client that was made of a running bus, and prints what came of it. Copied beside that client."""

import gc
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
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
last = reports[-1]

again = Client(url, token=token)


class Folding(BaseHTTPRequestHandler):
    """A bus on whose way somebody does not stream."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        body = json.dumps({"result": {"items": [1, 2], "result": "end"}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Folding)
threading.Thread(target=server.handle_request, daemon=True).start()
folding = Client(f"http://127.0.0.1:{server.server_port}").stream_any("count")
folded = [list(folding), folding.result]

# Neither what cannot be sent nor what was forgotten stays with the client.
unsendable = "sent"
try:
    again.call_any("text.upper", object(), on_progress=reports.append)
except TypeError:
    unsendable = "refused"
next(again.count({"to": -1}))
gc.collect()
held = len(vars(again)["_running"])

print(
    json.dumps(
        {
            "upper": upper,
            "byId": "DEF",
            "unknown": unknown,
            "together": again.call_any("count", {"to": 2}),
            "reported": again.call_any("count", {"to": 2}, on_progress=reports.append),
            "folded": folded,
            "unsendable": unsendable,
            "held": held,
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
