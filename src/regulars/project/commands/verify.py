"""Prove every promise of the ledger, for the whole database or one card, and name the first row that breaks one."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from uuid import UUID

from django.conf import settings

from regulars.kernel.ids import decode
from regulars.ledger.verify import Breach, Promise
from regulars.platform.clock import real_now
from regulars.project.proofs import SEAL_PROMISES, verify


def add_arguments(parser: ArgumentParser) -> None:
    """--card for one card, --json for programs."""
    parser.add_argument("--card", metavar="crd_…", help="prove only what is about this card")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")


def run(options: Namespace) -> int:
    card_id = _card(options.card)
    if options.card and card_id is None:
        sys.stderr.write(f"{options.card} is no card; a card is written crd_ and 26 letters.\n")
        return 2

    def show(promise: Promise, breach: Breach | None) -> None:
        sys.stdout.write(f"{'BROKEN' if breach else 'ok':<6} {promise.sentence}\n")
        if breach:
            sys.stdout.write(f"       {breach.text()}\n")
        sys.stdout.flush()

    report = verify(card_id=card_id, now=real_now(), progress=show, seal_log=settings.HOME / "seals.log")
    for breach in report.breaches:
        if breach.promise in SEAL_PROMISES:
            sys.stdout.write(f"BROKEN {breach.sentence}\n       {breach.text()}\n")
    for note in report.notes:
        sys.stdout.write(f"note   {note}\n")
    held = len(report.proved) - len(report.breaches)
    sys.stdout.write(f"{held} of {len(report.proved)} promises hold.\n")
    if options.json:
        broken = [{"promise": breach.promise, "row": breach.text()} for breach in report.breaches]
        sys.stdout.write(json.dumps({"sound": report.is_sound, "proved": report.proved, "broken": broken}) + "\n")
    return 0 if report.is_sound else 1


def _card(text: str | None) -> UUID | None:
    if not text:
        return None
    found = decode("crd", text)
    if found is None:
        try:
            return UUID(text)
        except ValueError:
            return None
    return found
