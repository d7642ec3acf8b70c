"""What stands for Google: gives access tokens for signed assertions, takes wallets' classes and objects as its discovery
document says, lists the keys that it signs its calls with, and answers as it is told to."""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import googleapiclient
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.stand_in import serving

ISSUER = "3388000000012345678"
EMAIL = "cards@shop-1234.iam.gserviceaccount.com"
PROTOCOL = "ECv2SigningOnly"


@cache
def discovery() -> dict[str, Any]:
    """Google's own description of its API, as it ships with its client."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    return dict(json.loads((folder / "walletobjects.v1.json").read_text()))


@cache
def service_key() -> rsa.RSAPrivateKey:
    """The key of the service account in all tests of a process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def account_file(*, key: rsa.RSAPrivateKey | None = None, **other: Any) -> bytes:
    """The JSON that Google Cloud gives for a service account."""
    pem = (key or service_key()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    told = {
        "type": "service_account",
        "project_id": "shop-1234",
        "private_key_id": "0a1b2c3d",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "client_id": "1029384756",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://evil.example/token",
    }
    return json.dumps({name: one for name, one in (told | other).items() if one is not None}).encode()


def problems_of(schema: str, value: Any, place: str = "") -> list[str]:
    """Everything in which a body does not fit its schema; null is left out of a PATCH."""
    return _problems({"$ref": schema}, value, place or schema)


def _problems(wanted: dict[str, Any], value: Any, place: str) -> list[str]:
    if value is None:
        return []
    if "$ref" in wanted:
        schema = discovery()["schemas"][wanted["$ref"]]
        if not isinstance(value, dict):
            return [f"{place}: an object is wanted"]
        known = schema["properties"]
        unknown = [f"{place}.{name}: no such field" for name in value if name not in known]
        return unknown + [
            problem
            for name, one in value.items()
            if name in known
            for problem in _problems(known[name], one, f"{place}.{name}")
        ]
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list, "object": dict
    }  # fmt: skip
    kind = wanted.get("type", "any")
    if kind in kinds and (not isinstance(value, kinds[kind]) or (kind != "boolean" and isinstance(value, bool))):
        return [f"{place}: {kind} is wanted"]
    if "enum" in wanted and value not in wanted["enum"]:
        return [f"{place}: {value!r} is none of its values"]
    if wanted.get("format") == "int32" and abs(value) >= 2**31:
        return [f"{place}: too large"]
    if wanted.get("format") == "int64" and not re.fullmatch(r"-?[0-9]{1,19}", value):
        return [f"{place}: digits are wanted"]
    if kind == "array":
        return [p for number, one in enumerate(value) for p in _problems(wanted["items"], one, f"{place}[{number}]")]
    return []


def missing_from(schema: str, value: dict[str, Any]) -> list[str]:
    """The fields that a new thing has to have, by what their descriptions say."""
    known = discovery()["schemas"][schema]["properties"]
    wanted = [name for name, one in known.items() if one.get("description", "").startswith("Required.")]
    return [f"{schema}.{name}: required" for name in wanted if value.get(name) in (None, "")]


def filled(pattern: str, key: bytes, at: datetime, *, period: int = 30, digits: int = 8) -> str:
    """The pattern of a code as Google's phone fills it: RFC 6238 written out, by another hand than ours."""
    seconds = int(at.timestamp())
    digest = hmac.digest(key, (seconds // period).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    value = (int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF) % 10**digits
    return pattern.replace("{totp_timestamp_seconds}", str(seconds)).replace("{totp_value_0}", f"{value:0{digits}}")


@dataclass
class Google:
    """The stand-in: what it holds, what it was asked, and how it answers."""

    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=service_key)
    issuers: set[str] = field(default_factory=lambda: {ISSUER})
    classes: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    """The objects that somebody has."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    """When, on the clock that never goes back, each of these was answered."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    token_says: tuple[int, dict[str, Any]] | None = None
    says: list[int] = field(default_factory=list)
    """Statuses for the next writes, instead of doing them."""
    wait_seconds: float = 0.0
    answers: threading.Event = field(default_factory=threading.Event)
    """While it is not set, what is written is kept and nobody hears of it."""
    headers: dict[str, str] = field(default_factory=dict)
    root: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    keys_status: int = 200
    keys_fetched: int = 0
    now: Callable[[], float] = time.time
    lock: Any = field(default_factory=threading.Lock)

    def messages(self, object_id: str) -> list[dict[str, Any]]:
        """The texts on an object."""
        return list(self.objects[object_id].get("messages", []))

    def code_on(self, object_id: str, at: datetime) -> str:
        """What a phone draws of an object at a moment of its clock."""
        code = self.objects[object_id]["rotatingBarcode"]
        assert code["totpDetails"]["algorithm"] == "TOTP_SHA1"
        period = int(code["totpDetails"]["periodMillis"]) // 1000
        (one,) = code["totpDetails"]["parameters"]
        return filled(code["valuePattern"], bytes.fromhex(one["key"]), at, period=period, digits=one["valueLength"])

    def call(self, kind: str, object_id: str, **other: Any) -> dict[str, Any]:
        """The body of a call that says that somebody took an object or put it away."""
        issuer = other.pop("issuer", ISSUER)
        ends = other.pop("ends_at", datetime.now(UTC) + timedelta(hours=1))
        told = {
            "classId": self.objects.get(object_id, {}).get("classId", f"{issuer}.x"),
            "objectId": object_id,
            "expTimeMillis": int(ends.timestamp() * 1000),
            "eventType": kind,
            "nonce": other.pop("nonce", f"nonce-{time.monotonic_ns()}"),
        }
        middle = ec.generate_private_key(ec.SECP256R1())
        key_ends = other.pop("key_ends_at", datetime.now(UTC) + timedelta(days=1))
        signed_key = json.dumps({"keyExpiration": str(int(key_ends.timestamp() * 1000)), "keyValue": spki(middle)})
        message = json.dumps(told)
        root = other.pop("root", self.root)
        return {
            "protocolVersion": PROTOCOL,
            "signature": _signed(middle, "GooglePayPasses", issuer, PROTOCOL, message),
            "intermediateSigningKey": {
                "signedKey": signed_key,
                "signatures": [_signed(root, "GooglePayPasses", PROTOCOL, signed_key)],
            },
            "signedMessage": message,
        }


def spki(key: ec.EllipticCurvePrivateKey) -> str:
    """A public key as Google writes it."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _signed(key: ec.EllipticCurvePrivateKey, *parts: str) -> str:
    content = b"".join(len(part.encode()).to_bytes(4, "little") + part.encode() for part in parts)
    return base64.b64encode(key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()


def read_jwt(token: str, key: rsa.RSAPublicKey) -> dict[str, Any]:
    """The claims of a token that this key signed; raises InvalidSignature."""
    head, claims, signature = token.split(".")
    if json.loads(_decoded(head))["alg"] != "RS256":
        raise InvalidSignature
    key.verify(_decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return dict(json.loads(_decoded(claims)))


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@contextmanager
def google() -> Iterator[Google]:
    """Run the stand-in on a port of its own."""
    told = Google()
    told.answers.set()
    with serving(_handler(told)) as told.url:
        yield told


def _handler(told: Google) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = _answer(told, self.command, self.path, body, self.headers.get("Authorization", ""))
            if self.path.startswith("/walletobjects/"):
                told.answers.wait()
            content = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 (the names are http.server's)

    return Handler


def _error(status: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"code": status, "message": message}}


def _answer(told: Google, method: str, path: str, body: bytes, authorization: str) -> tuple[int, Any]:
    if told.wait_seconds:
        time.sleep(told.wait_seconds)
    if path == "/token":
        return _token(told, body)
    if path == "/keys":
        told.keys_fetched += 1
        key = {"keyValue": spki(told.root), "protocolVersion": PROTOCOL, "keyExpiration": "2000000000000"}
        return told.keys_status, {"keys": [key]}
    if not re.fullmatch(r"Bearer token-[0-9]+", authorization):
        return _error(401, "Request had invalid authentication credentials.")
    with told.lock:
        told.asked.append((method, path))
        told.asked_at.append(time.monotonic())
        if told.says:
            status = told.says.pop(0)
            if status != 200:
                return _error(status, f"told to say {status}")
        return _wallet(told, method, path, body)


def _token(told: Google, body: bytes) -> tuple[int, dict[str, Any]]:
    if told.token_says is not None:
        return told.token_says
    sent = parse_qs(body.decode())
    try:
        claims = read_jwt(sent["assertion"][0], told.key.public_key())
    except InvalidSignature:
        return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    is_good = (
        sent["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        and claims["iss"] == EMAIL
        and claims["aud"] == f"{told.url}/token"
        and claims["scope"] == "https://www.googleapis.com/auth/wallet_object.issuer"
        and claims["iat"] <= told.now() + 60
        and told.now() < claims["exp"]
        and claims["exp"] - claims["iat"] <= 3600
    )
    if not is_good:
        return 400, {"error": "invalid_grant", "error_description": "Bad claims."}
    told.tokens += 1
    return 200, {"access_token": f"token-{told.tokens}", "expires_in": 3599, "token_type": "Bearer"}


def _wallet(told: Google, method: str, path: str, body: bytes) -> tuple[int, Any]:
    parts = urlsplit(path)
    matched = re.fullmatch(r"/walletobjects/v1/loyalty(Class|Object)(?:/([^/]+))?(/addMessage)?", parts.path)
    if matched is None:
        return _error(404, "no such method")
    kind, name, message = matched.groups()
    schema, held = f"Loyalty{kind}", told.classes if kind == "Class" else told.objects
    if method == "GET" and name is None:
        issuer = parse_qs(parts.query).get("issuerId", [""])[0]
        return (200, {"resources": []}) if issuer in told.issuers else _error(403, "Permission denied.")
    sent = json.loads(body or b"{}")
    told.bodies.append(sent)
    problems = problems_of("AddMessageRequest" if message else schema, sent)
    if problems:
        return _error(400, "; ".join(problems))
    if method == "POST" and message:
        return _message(told, name, sent)
    if method == "POST":
        problems = missing_from(schema, sent)
        name = sent.get("id", "")
        if problems or not re.fullmatch(rf"({'|'.join(told.issuers)})\.[A-Za-z0-9._-]+", name):
            return _error(400, "; ".join(problems) or "invalid id")
        if name in held:
            return _error(409, f"{name} is there already")
        if kind == "Object" and sent["classId"] not in told.classes:
            return _error(404, f"no class {sent['classId']}")
        held[name] = {}
    elif name not in held:
        return _error(404, f"no {name}")
    held[name] = {key: one for key, one in (held[name] | sent).items() if one is not None}
    return 200, held[name] | ({"hasUsers": name in told.users} if kind == "Object" else {})


def _message(told: Google, name: str, sent: dict[str, Any]) -> tuple[int, Any]:
    if name not in told.objects:
        return _error(404, f"no {name}")
    told.objects[name].setdefault("messages", []).append(sent["message"])
    return 200, {"resource": told.objects[name]}
