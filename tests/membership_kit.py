"""A studio that sells memberships over HTTP, on a clock that can be moved."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from regulars.chains.actions.clock import Forward, catch_up, move_clock
from regulars.platform.clock import now_in, real_now
from tests.contract.chains import Caller, Reply, open_chain

BERLIN = ZoneInfo("Europe/Berlin")
TEN = {"name": "Ten visits", "visits": 10, "price": "90.00"}
MONTH = {"name": "One month", "period": {"unit": "months", "value": 1}, "price": "49.00"}


@dataclass
class Studio:
    """Who sells, and how."""

    caller: Caller

    def type(self, **terms: Any) -> str:
        """A type of membership."""
        reply = self.caller.post("/membership-types", {**TEN, **terms})
        assert reply.status == 201, reply.body
        return str(reply.body["id"])

    def customer(self, **fields: Any) -> str:
        """A customer."""
        reply = self.caller.post("/customers", {"name": "Mia", "email": "mia@example.com", **fields})
        assert reply.status == 201, reply.body
        return str(reply.body["id"])

    def sell(self, kind: str, **more: Any) -> dict[str, Any]:
        """A membership that was sold."""
        if not {"customer", "card", "code", "with_code"} & set(more):
            more["with_code"] = True
        reply = self.caller.post("/memberships", {"type": kind, **more})
        assert reply.status == 201, reply.body
        return dict(reply.body)

    def act(self, membership: str, verb: str, **body: Any) -> Reply:
        """Do something with a membership."""
        return self.caller.post(f"/memberships/{membership}/{verb}", body)

    def use(self, membership: str, **body: Any) -> Reply:
        """Take visits."""
        return self.act(membership, "use", **body)

    def read(self, membership: str) -> dict[str, Any]:
        """What it is now."""
        reply = self.caller.get(f"/memberships/{membership}")
        assert reply.status == 200, reply.body
        return dict(reply.body)

    @property
    def now(self) -> datetime:
        """The time of the studio."""
        return now_in(self.caller.chain_id)

    def pass_days(self, days: int, *, nights: bool = True) -> None:
        """Let days pass; without `nights` nobody has done yet what they brought."""
        move_clock(self.caller.actor, Forward(advance=f"P{days}D"), real=real_now(), defer=lambda _: None)
        if nights:
            catch_up(self.caller.chain_id, now=self.now)

    def go_to(self, day: str) -> None:
        """Let it be noon of a day of the studio."""
        to = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=BERLIN)
        move_clock(self.caller.actor, Forward(to=to.astimezone(UTC)), real=real_now(), defer=lambda _: None)
        catch_up(self.caller.chain_id, now=self.now)

    def day(self, days: int = 0) -> str:
        """A day so many days from today, as the API writes it."""
        return (self.now.astimezone(BERLIN).date() + timedelta(days=days)).isoformat()


def open_studio() -> Studio:
    """A studio without anything."""
    return Studio(open_chain("Studio Nord", is_test=True))
