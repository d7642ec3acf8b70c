"""An SMS gateway for tests: a real HTTP server that keeps what it takes, or says no."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class SmsStandIn(ThreadingHTTPServer):
    """Takes `to` and `text` from the query, a form or JSON; answers with `status`."""

    daemon_threads = True

    def __init__(self, *, status: int = 200) -> None:
        self.status = status
        self.taken: list[tuple[str, str]] = []
        self.seen: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/send"


class _Handler(BaseHTTPRequestHandler):
    server: SmsStandIn

    def do_GET(self) -> None:
        self._take(urlsplit(self.path).query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.headers["Content-Type"] == "application/json":
            sent = json.loads(body)
            self._keep(sent["to"], sent["text"])
        else:
            self._take(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the standard library's)
        """Say nothing."""

    def _take(self, encoded: str) -> None:
        sent = parse_qs(encoded, keep_blank_values=True)
        self._keep(sent["to"][0], sent["text"][0])

    def _keep(self, to: str, text: str) -> None:
        self.server.seen.append(dict(self.headers))
        if self.server.status < 300:
            self.server.taken.append((to, text))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


@contextmanager
def running(*, status: int = 200) -> Iterator[SmsStandIn]:
    """A stand-in that listens while the block runs."""
    with SmsStandIn(status=status) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
