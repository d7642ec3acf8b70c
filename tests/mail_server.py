"""A mail server for tests: a real socket that keeps what it takes."""

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage


class StandIn(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it takes, or refuses the recipient; `answers` cleared, it takes and says nothing."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.answers = threading.Event()
        self.answers.set()
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=Regulars%20%3Cshop%40example.com%3E"


class Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs."""

    server: StandIn

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 stand-in")
        while line := self.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                self.read_message()
            elif verb == "RCPT" and self.server.refuses:
                self.say("550 no such mailbox")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                if verb == "RCPT":
                    self.server.recipients.append(line)
                self.say("250 fine")

    def read_message(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.server.answers.wait(60)
        self.say("250 taken")
