"""Google Wallet's reads: the account of a chain, what its card types share, and pictures that Google fetches."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.chains.queries import find_chain
from regulars.designs.queries.published import find_design, find_picture
from regulars.designs.rules.pictures import look_of, round_logo
from regulars.kernel.ids import decode, encode
from regulars.platform.database import row, rows
from regulars.platform.hidden import reveal
from regulars.wallets.queries.view_fields import LANGUAGES, in_all, spoken_in
from regulars.wallets.rules.google.account import GoogleAccount, Problem, load_key
from regulars.wallets.rules.google.document import Program
from regulars.wallets.rules.view import Colours

GOOGLE: Final = "google"
PURPOSE: Final = "regulars google account key"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccountView:
    """What its owner sees of the account, with everything that keeps it from working."""

    issuer: str
    email: str
    project: str
    key_name: str
    uploaded_at: datetime
    problems: tuple[Problem, ...]


def find_google_view(chain_id: UUID) -> GoogleAccountView | None:
    """The account as its owner sees it, with what keeps it from working."""
    found = row(
        "SELECT issuer, email, project, key_name, uploaded_at FROM google_accounts WHERE chain_id = %s", [chain_id]
    )
    if found is None:
        return None
    return GoogleAccountView(
        issuer=found[0],
        email=found[1],
        project=found[2],
        key_name=found[3],
        uploaded_at=found[4],
        problems=tuple(find_problems(chain_id)),
    )


def find_problems(chain_id: UUID) -> list[Problem]:
    """Everything that keeps Google Wallet from working, as far as it is known here."""
    if not has_google(chain_id):
        return [Problem("missing")]
    problems = [] if find_google_account(chain_id) else [Problem("key_lost")]
    if not settings.URL.startswith("https://"):
        problems.append(Problem("not_public"))
    refused = rows(
        "SELECT class_id FROM google_programs WHERE chain_id = %s AND review = 'rejected' ORDER BY class_id", [chain_id]
    )
    return [*problems, *(Problem("review_refused", {"card": _type_name(chain_id, one)}) for (one,) in refused)]


def has_google(chain_id: UUID) -> bool:
    """Whether cards of the chain can be put into Google Wallet."""
    return row("SELECT 1 FROM google_accounts WHERE chain_id = %s", [chain_id]) is not None


def find_google_account(chain_id: UUID) -> GoogleAccount | None:
    """Who writes the passes of a chain; None without an account, or where its key cannot be read any more."""
    known = row("SELECT id FROM google_accounts WHERE chain_id = %s", [chain_id])
    return _loaded(known[0]) if known else None


def class_id_of(account: GoogleAccount, card_type_id: UUID) -> str:
    """What Google calls a card type."""
    return f"{account.issuer}.{encode('ctp', card_type_id)}"


def object_id_of(account: GoogleAccount, pass_id: UUID) -> str:
    """What Google calls a pass."""
    return f"{account.issuer}.{encode('pas', pass_id)}"


def read_object_id(object_id: str) -> tuple[str, UUID] | None:
    """Issuer and pass of what Google calls one; None where it is none of ours."""
    issuer, _, serial = object_id.partition(".")
    pass_id = decode("pas", serial)
    return (issuer, pass_id) if issuer.isdigit() and pass_id is not None else None


def gather_program(chain_id: UUID, card_type_id: UUID) -> Program | None:
    """What the cards of a type share; None for a type that is not there."""
    chain = find_chain(chain_id)
    named = row("SELECT name FROM card_types WHERE chain_id = %s AND id = %s", [chain_id, card_type_id])
    published = find_design(chain_id, card_type_id)
    if chain is None or named is None or published is None:
        return None
    design = published.design
    return Program(
        organisation=spoken_in(design.texts.get("organisation", {}), LANGUAGES, chain.name),
        title=spoken_in(design.texts.get("title", {}), LANGUAGES, named[0]),
        colours=Colours(background=design.background, foreground=design.foreground, label=design.label),
        labels={name: in_all(name) for name in ("holder", "number")},
        logo=round_logo(look_of(design), lambda name: find_picture(chain_id, name)),
    )


def find_wallet_picture(chain_id: UUID, name: str) -> bytes | None:
    """A picture that was named to Google, by its hash."""
    found = row("SELECT content FROM wallet_pictures WHERE chain_id = %s AND hash = %s", [chain_id, name])
    return bytes(found[0]) if found else None


def _type_name(chain_id: UUID, class_id: str) -> str:
    card_type_id = decode("ctp", class_id.partition(".")[2])
    named = row("SELECT name FROM card_types WHERE chain_id = %s AND id = %s", [chain_id, card_type_id])
    return str(named[0]) if named else class_id


@lru_cache(maxsize=64)
def _loaded(account_id: UUID) -> GoogleAccount | None:
    found = row(
        "SELECT chain_id, issuer, email, project, key_name, hidden_key FROM google_accounts WHERE id = %s", [account_id]
    )
    key = reveal(found[5], purpose=PURPOSE, owner=account_id.bytes) if found else None
    if found is None or key is None:
        return None
    return GoogleAccount(
        chain_id=found[0], issuer=found[1], email=found[2], project=found[3], key_name=found[4], key=load_key(key)
    )
