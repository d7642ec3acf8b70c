"""Make a business with its owner and an API key.

The last line of the output is JSON with `--json`, and says the same in words without it. An e-mail that can sign in already becomes the
owner of one more business; its password stays as it is.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
import unicodedata
from argparse import ArgumentParser, Namespace

from regulars.chains.rules import LANGUAGES, ChainDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.kernel.text import email_key
from regulars.platform.clock import real_now
from regulars.platform.problems import sentence
from regulars.staff.actions import NewLogin, OpenedChain, open_chain
from regulars.staff.queries import find_login_id

PASSWORD_BYTES = 12


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="what the business is called")
    parser.add_argument("--email", default="", help="the owner's e-mail; made up where it is missing")
    parser.add_argument("--country", default="DE", help="two letters; brings currency, time zone and phone code")
    parser.add_argument("--currency", default="", help="three letters, where it is not the country's")
    parser.add_argument("--time-zone", default="", help="as Europe/Berlin, where it is not the country's")
    parser.add_argument("--language", default="en", choices=LANGUAGES)
    parser.add_argument("--test", action="store_true", help="for trying things out: its clock can be moved ahead")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")


def run(options: Namespace) -> int:
    draft = ChainDraft(
        name=options.name,
        country=options.country,
        currency=options.currency,
        time_zone=options.time_zone,
        language=options.language,
    )
    email = email_key(options.email) or made_up_email(options.name)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    known = find_login_id(email)
    owner = known or NewLogin(email=email, password=password, language=options.language)
    try:
        opened = open_chain(draft, owner=owner, now=real_now(), with_key="Command line", is_test=options.test)
    except Refused as refused:
        sys.stderr.write(explain(refused) + "\n")
        return 1
    sys.stdout.write(report(opened, None if known else password, as_json=options.json) + "\n")
    return 0


def made_up_email(name: str) -> str:
    """An address for an owner who has none; .example never belongs to anybody (RFC 2606)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "shop"
    email = f"owner@{stem}.example"
    while find_login_id(email) is not None:
        email = f"owner-{secrets.token_hex(3)}@{stem}.example"
    return email


def report(opened: OpenedChain, password: str | None, *, as_json: bool) -> str:
    """What the administrator needs to go on; the password is null for a login that existed before."""
    facts = {
        "chain": encode("chn", opened.chain.id),
        "email": opened.email,
        "password": password,
        "api_key": opened.api_key,
    }
    if as_json:
        return json.dumps(facts, ensure_ascii=False)
    lines = [f"{opened.chain.name} is ready ({opened.chain.currency}, {opened.chain.time_zone})."]
    lines.append(
        f"Sign in with {opened.email} and the password {password}" if password else f"{opened.email} signs in as before"
    )
    return "\n".join([*lines, f"API key (shown this once): {opened.api_key}", json.dumps(facts, ensure_ascii=False)])


def explain(refused: Refused) -> str:
    """The refusal in words, field by field where it knows the field."""
    if isinstance(refused.refusal, Invalid):
        return "\n".join(f"{problem.pointer.lstrip('/')}: {problem.detail}" for problem in refused.refusal.errors)
    return sentence(refused.refusal)
