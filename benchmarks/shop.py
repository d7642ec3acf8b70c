"""What the benchmarks over HTTP share: their options, and a new chain with cards to send requests for."""

import shutil
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.programs.rules import BalanceTypeDraft


def add_load_arguments(parser: ArgumentParser) -> None:
    """--seconds and --pairs for a quick look."""
    parser.add_argument("--seconds", type=int, default=15, help="length of each run")
    parser.add_argument("--pairs", type=int, default=3, help="how many interleaved pairs; the median counts")


def lacks_wrk() -> bool:
    """Whether the program that sends the requests is missing; says so."""
    if shutil.which("wrk") is not None:
        return False
    sys.stderr.write("This benchmark needs wrk (apt-get install wrk).\n")
    return True


def make_shop(
    balance_types: "Sequence[BalanceTypeDraft]", *, cards: int, promotions: Sequence[Mapping[str, Any]] = ()
) -> tuple[str, list[str]]:
    """A new chain: its key and the ids of its cards, beside running promotions. Needs Django set up."""
    from django.db import connections

    from regulars.cards.actions.issue import ISSUE_CHUNK_MAX, NewCard, issue_cards
    from regulars.cards.actions.types import create_card_type_with_program
    from regulars.cards.rules.types import CardTypeDraft
    from regulars.chains.rules import ChainDraft
    from regulars.kernel.ids import encode
    from regulars.platform.actor import system_actor
    from regulars.platform.clock import real_now
    from regulars.platform.database import unit_of_work
    from regulars.programs.rules import ProgramDraft
    from regulars.promotions.actions.writing import PromotionDraft, create_promotion
    from regulars.staff.actions import NewLogin, open_chain

    now = real_now()
    owner = NewLogin(email=f"bench{time.time_ns()}@example.com", password="correct horse battery", name="Bench")
    opened = open_chain(ChainDraft(name="Bench", country="DE"), owner=owner, now=now, with_key="bench")
    actor = system_actor(opened.chain.id)
    program = ProgramDraft(name="Club", balance_types=tuple(balance_types))
    card_type = create_card_type_with_program(actor, program, CardTypeDraft(name="Card"), currency_decimals=2, now=now)
    new = [NewCard(phone=f"+4915{number:09d}") for number in range(cards)]
    for start in range(0, cards, ISSUE_CHUNK_MAX):
        with unit_of_work(opened.chain.id):
            issue_cards(actor, card_type, new[start : start + ISSUE_CHUNK_MAX], now=now)
    for number, content in enumerate(promotions, 1):
        draft = PromotionDraft(
            name=f"Promotion {number}",
            program=encode("prg", card_type.program.id),
            content=dict(content),
            state="active",
        )
        create_promotion(actor, draft, now=now)
    with connections["owner"].cursor() as cursor:
        # Without it cached plans would scan.
        cursor.execute("ANALYZE")
    assert opened.api_key
    return opened.api_key, [encode("crd", card.id) for card in new]
