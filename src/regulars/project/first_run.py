"""What an empty installation gets on its first start: a sample chain with its owner and key, or a code for the set-up page."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from regulars.chains.rules import ChainDraft
from regulars.kernel.ids import encode
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.embedded.home import secret
from regulars.project.demo import fill_sample
from regulars.project.home import FIRST_RUN, Installation
from regulars.staff.actions import NewLogin, create_key, make_set_up_token, open_chain
from regulars.staff.queries import find_login_id, has_logins, list_places

DEMO: Final = ChainDraft(name="Linden & Co", country="DE", language="en")
DEMO_EMAIL: Final = "owner@linden.example"
DEMO_OWNER: Final = "Lena Linden"
KEY_NAME: Final = "First start"


def first_run(*, installation: Installation, now: datetime) -> None:
    """Leave `first-run.json` where nobody can sign in yet: url, email, password, api_key, chain; or url and setup_token.

    Called on every start that prepares anything; a kill in the middle is made good by the next call.
    """
    if (installation.home / FIRST_RUN).exists():
        return
    note = open_sample(installation, now=now) if installation.demo else open_set_up(installation, now=now)
    if note is not None:
        write_note(installation.home / FIRST_RUN, note)


def open_set_up(installation: Installation, *, now: datetime) -> dict[str, Any] | None:
    """A code that lets its holder make the first login; None where somebody can sign in already."""
    token = make_set_up_token(now=now)
    return None if token is None else {"url": installation.url, "setup_token": token}


def open_sample(installation: Installation, *, now: datetime) -> dict[str, Any] | None:
    """Make the sample chain; None where somebody else can sign in already."""
    # Kept in the home before the chain is made, so that a kill in between does not lose the only password.
    password = secret(installation.home, "demo-password", random_bytes=12)
    login_id = find_login_id(DEMO_EMAIL)
    if login_id is not None:
        place = list_places(login_id)[0]
        owner = Actor(
            chain_id=place.chain_id, rights=ALL_RIGHTS, through="command", staff_id=place.staff_id, login_id=login_id
        )
        chain_id, key = place.chain_id, create_key(owner, name=KEY_NAME, scopes=ALL_RIGHTS, now=now).key
    elif has_logins():
        return None
    else:
        login = NewLogin(email=DEMO_EMAIL, password=password, name=DEMO_OWNER, language=DEMO.language)
        opened = open_chain(DEMO, owner=login, now=now, is_sample=True, with_key=KEY_NAME)
        assert opened.api_key is not None
        chain_id, key = opened.chain.id, opened.api_key
        owner = opened.owner()
    fill_sample(owner, now=now)
    return {
        "url": installation.url,
        "email": DEMO_EMAIL,
        "password": password,
        "api_key": key,
        "chain": encode("chn", chain_id),
    }


def write_note(path: Path, note: dict[str, Any]) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(note, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
