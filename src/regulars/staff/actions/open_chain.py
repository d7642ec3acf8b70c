"""A new business with its owner: what set-up, the demo and `create-chain` call (ORG-1, ORG-2)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from regulars.chains.actions import insert_chain
from regulars.chains.rules import ChainDraft
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refused
from regulars.platform.actor import ALL_RIGHTS, Actor, Through
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.platform.tenancy import ChainSettings
from regulars.staff.actions.keys import insert_key
from regulars.staff.actions.logins import NewLogin, check_new_login, hash_password, insert_login
from regulars.staff.errors import EmailTaken, MayNotOpenChains
from regulars.staff.models import Login, Staff
from regulars.staff.queries import find_login_id


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedChain:
    """A chain that has just been opened; `api_key` is None unless one was asked for."""

    chain: ChainSettings
    staff_id: UUID
    login_id: UUID
    email: str
    api_key: str | None = field(repr=False)

    def owner(self, *, through: Through = "command") -> Actor:
        """The owner, acting: for whatever fills the chain next."""
        return Actor(
            chain_id=self.chain.id,
            rights=ALL_RIGHTS,
            through=through,
            staff_id=self.staff_id,
            login_id=self.login_id,
        )


def open_chain(
    draft: ChainDraft,
    *,
    owner: NewLogin | UUID,
    now: datetime,
    is_sample: bool = False,
    is_test: bool = False,
    with_key: str = "",
    through: Through = "command",
    address: str = "",
) -> OpenedChain:
    """Make a chain with its first location and its owner: a new login, or one that exists and may open chains.

    `with_key` names an API key with all scopes to be made as well. Refuses: Invalid, EmailTaken, MayNotOpenChains.
    """
    encoded = ""
    if isinstance(owner, NewLogin):
        check_new_login(owner)
        if find_login_id(owner.email) is not None:
            raise Refused(EmailTaken(email=owner.email))
        encoded = hash_password(owner.password)
    login_id = new_id() if isinstance(owner, NewLogin) else owner
    actor = Actor(
        chain_id=new_id(),
        rights=ALL_RIGHTS,
        through=through,
        staff_id=new_id(),
        login_id=login_id,
        address=address,
    )
    try:
        with unit_of_work(actor.chain_id, login_id=login_id):
            login = _owner_login(owner, login_id, encoded, through)
            return _fill(actor, login, draft, with_key=with_key, is_sample=is_sample, is_test=is_test, now=now)
    except IntegrityError as problem:
        if not isinstance(owner, NewLogin):
            raise
        raise Refused(EmailTaken(email=owner.email)) from problem


def _owner_login(owner: NewLogin | UUID, login_id: UUID, encoded: str, through: Through) -> Login:
    if isinstance(owner, NewLogin):
        return insert_login(owner, login_id=login_id, password_hash=encoded, may_open_chains=True)
    login = Login.objects.select_for_update(no_key=True).filter(id=login_id).first()
    if login is None or not (login.may_open_chains or through == "command"):
        raise Refused(MayNotOpenChains())
    if not login.may_open_chains:
        login.may_open_chains = True
        login.save(update_fields=["may_open_chains"])
    return login


def _fill(
    actor: Actor, login: Login, draft: ChainDraft, *, with_key: str, is_sample: bool, is_test: bool, now: datetime
) -> OpenedChain:
    assert actor.staff_id is not None
    chain = insert_chain(actor, draft, now=now, is_sample=is_sample, is_test=is_test)
    staff = Staff.objects.create(id=actor.staff_id, chain_id=chain.id, login=login, role="owner")
    after = {"email": login.email, "role": "owner"}
    record(actor, verb="staff.joined", object_kind="staff", object_id=staff.id, now=now, after=after)
    made = None
    if with_key:
        made = insert_key(actor, staff_id=staff.id, name=with_key, scopes=ALL_RIGHTS, now=now)
    return OpenedChain(
        chain=chain,
        staff_id=staff.id,
        login_id=login.id,
        email=login.email,
        api_key=made.key if made else None,
    )
