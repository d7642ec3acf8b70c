"""A web server on this machine that stands in for somebody else's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class StandIn:
    """What the server answers, and what it was asked. `pages` maps a path to status, headers and body."""

    url: str = ""
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    slow_seconds: float = 0.0
    first: dict[str, list[int]] = field(default_factory=dict)
    """Statuses that a path answers first, one after another, before it answers what it has."""
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The header that a path wants, with its value; without it, it answers 401."""

    def put(self, path: str, body: bytes | str, *, status: int = 200, **headers: str) -> str:
        """Answer a path with a body from now on; returns its address."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
        return self.url + path


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A web server on a port of its own while the block runs; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Run such a server while the block runs."""
    made = StandIn()
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.path, dict(self.headers)))
            status, headers, body = made.pages.get(self.path, (404, {}, b""))
            name, value = made.keys.get(self.path, ("", ""))
            if name and self.headers.get(name) != value:
                status, headers, body = 401, {}, b""
            elif made.first.get(self.path):
                status, headers, body = made.first[self.path].pop(0), {}, b""
            self.send_response(status)
            for header, text in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(header, text)
            self.end_headers()
            try:
                if made.slow_seconds:
                    for at in range(len(body)):
                        self.wfile.write(body[at : at + 1])
                        self.wfile.flush()
                        if stopping.wait(made.slow_seconds):
                            return
                else:
                    self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_args: object) -> None:
            return

    with serving(Handler) as made.url:
        try:
            yield made
        finally:
            stopping.set()
