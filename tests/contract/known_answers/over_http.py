"""A case of `cases.json` played by a till over HTTP: programs, promotions, cards, orders and refunds, and what came out.

Prices with or without tax are a setting of whoever installs the chain; all else goes through the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from regulars.chains.models import Chain
from regulars.platform.database import unit_of_work
from tests.contract.chains import Caller, Reply, open_chain
from tests.contract.known_answers.definitions import (
    read_balance_type,
    read_earning,
    read_promotion,
    read_refund_settings,
    read_tiers,
    rounding_of,
)
from tests.contract.known_answers.reading import NotRead
from tests.ledger_kit import dispatcher

Json = dict[str, Any]
ZONE = ZoneInfo("Europe/Berlin")
CENT = Decimal("0.01")
TURNS_MAX = 60
EMPTY: Json = {
    **dict.fromkeys(("total", "total_before", "to_pay", "discount_total", "shipping", "tax"), "0.00"),
    **{name: [] for name in ("lines", "spend", "earn", "promotions")},
}
"""An empty basket, about which a till asks nobody."""


@dataclass
class Told:
    """What a till knows after a step: its last answer, and what refunds came to."""

    order: Json = field(default_factory=dict)
    refund: Json = field(default_factory=dict)
    refusal: str = ""
    expired: Decimal = Decimal(0)
    added: dict[str, int] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    refunds: list[Json] = field(default_factory=list)


class Shop:
    """A shop made for one case, and its till."""

    def __init__(self, case: Json) -> None:
        self.case, self.given = case, case["given"]
        self.config: Json = self.given.get("config") or {}
        self.caller: Caller = open_chain(is_test=True)
        self.people: dict[str, str] = {}
        self.card = ""
        self.promotions: list[tuple[str, Json]] = []
        self.told = Told()
        self.carts: dict[str, Json] = {}
        self.day = 0
        self.is_over = False
        self.last_refusal = ""
        self.lines: list[Json] = list(self.given["order"]["lines"])
        self._refuse_what_is_left_out()
        self._open()

    # The shop

    def _refuse_what_is_left_out(self) -> None:
        left_out = {"max_codes", "second_code"} & self.config.keys()
        if self.config.get("discount_basis") == "including_tax":
            left_out.add("discounts on prices with tax that is added")
        if "manual_discount" in str(self.case.get("steps", "")) or "manual_discount" in self.given["order"]:
            left_out.add("a reduction of the whole order by hand")
        if self.config.get("rounding", {}).get("mode", "half_up") != "half_up":
            left_out.add("another rounding")
        if any("fixed_tax" in line for line in self.given["order"]["lines"]):
            left_out.add("a tax that is an amount per unit")
        if left_out:
            raise NotRead(", ".join(sorted(left_out)))

    def _open(self) -> None:
        if self.config.get("prices_include_tax") is False or self._has_tax_amounts():
            with unit_of_work(self.caller.chain_id):
                Chain.objects.filter(id=self.caller.chain_id).update(prices_include_tax=False)
        made = self.do("/programs", self._program())
        self.program = made["id"]
        for given in self.given["balance_types"]:
            earning = read_earning(given)
            if earning is not None:
                self._promote({"name": f"Earning {given['name']}", **earning}, {})
            if "reward" in given:
                self._promote(self._stamp_reward(given), {})
        multiplier = self.given["card"].get("multiplier") or self.given["card"].get("tier_multiplier")
        if multiplier:
            name = f"ext:{self.given['balance_types'][0]['name']}"
            self._promote({"name": "Times", "multipliers": [{"balance_type": name, "factor": multiplier}]}, {})
        for position, given in enumerate(self.given["promotions"], 1):
            definition = read_promotion(given, position, self.person)
            if "costs_points" in given["benefit"]:
                definition["cost"] = {
                    "balance_type": f"ext:{self.points['name']}",
                    "amount": given["benefit"]["costs_points"],
                }
            self._promote(
                {"name": given.get("id") or given.get("code") or f"Promotion {position}", **definition}, given
            )
        if self.given["balance_types"]:
            self._issue_card()
        for identifier, given in self.promotions:
            if given.get("limits", {}).get("used_before"):
                self._use_before(identifier, given)

    def _has_tax_amounts(self) -> bool:
        return any("tax_amount" in line or "line_gross" in line for line in self.given["order"]["lines"])

    def _program(self) -> Json:
        types: list[Json] = []
        settings: Json = {}
        for given in self.given["balance_types"]:
            has_expired = bool(self.given["card"].get("expired"))
            made = read_balance_type(given, has_cents=self._has_cents(given), expires=has_expired)
            types.append({**made, "rounding": rounding_of(given)})
            settings |= read_refund_settings(given)
        if any("min_spend" in given for given in self.given["balance_types"]):
            raise NotRead("points that are spent from a number of them on")
        groups = [read_tiers(given) for given in self.given["balance_types"] if "tiers" in given]
        program: Json = {"name": "Club", "state": "active", "balance_types": types, "tier_groups": groups}
        return {**program, "refunds": settings} if settings else program

    def _has_cents(self, given: Json) -> bool:
        amounts = [str(self.given["card"].get("balance", {}).get(given["name"], "0"))]
        return given.get("earn", {}).get("round") == "none" or any("." in one for one in amounts)

    def _stamp_reward(self, given: Json) -> Json:
        """A full card of stamps buys one product; a share of the order is a minimum of it."""
        reward, share = given["reward"], Decimal(given.get("max_share_percent", "100"))
        least = (Decimal(reward["value"]) * 100 / share).quantize(CENT)
        return {
            "name": "A full card",
            "products": {"skus": [reward["sku"]]},
            "benefits": [{"kind": "cheapest_off", "units": 1, "percent": "100"}],
            "conditions": [{"kind": "minimum_amount", "amount": str(least)}],
            "cost": {"balance_type": f"ext:{given['name']}", "amount": given["card_size"]},
        }

    def _promote(self, definition: Json, given: Json) -> None:
        made = self.do("/promotions", {"program": self.program, "state": "active", **definition})
        self.promotions.append((made["id"], given))

    def _issue_card(self) -> None:
        blocks = [given["block"] for given in self.given["balance_types"] if "block" in given]
        limits = {"spend_limits": {"block": blocks[0]}} if blocks else {}
        self.do("/card-types", {"name": "Card", "external_id": "card", "program": self.program, **limits})
        owner = self.given["order"].get("customer") or "somebody"
        self.card = self.do("/cards", {"card_type": "ext:card", "customer": self.person(owner)})["id"]
        for name, amount in self.given["card"].get("balance", {}).items():
            if Decimal(amount):
                self.adjust(self.name_of(name), amount)
        if self.given["card"].get("expired"):
            self.pass_days(3)
        before = self.given["card"].get("spent_before")
        if before:
            line = {"sku": "EARLIER", "price": before, "quantity": 1}
            self.record({"lines": [line], "customer": self.given["order"].get("customer") or "somebody"})

    def _use_before(self, identifier: str, given: Json) -> None:
        """Use a part of a limit by orders of somebody else."""
        wanted = Decimal(str(given["limits"]["used_before"]))
        is_money = "total_discount" in given["limits"]
        for turn in range(TURNS_MAX):
            used = self.used(identifier) if is_money else self.uses(identifier)
            if used >= wanted:
                return
            codes = [given["code"]] if given.get("code") else []
            self.record({**self.given["order"], "codes": codes, "customer": f"earlier {turn}", "spend": {}})
        raise NotRead("a limit that cannot be used so far by orders of the case")

    # What the till does

    def do(self, path: str, body: Json | None = None) -> Json:
        """A request that must succeed."""
        reply = self.caller.post(path, body)
        assert reply.status in (200, 201), (path, body, reply.body)
        return dict(reply.body)

    def change(self, path: str, body: Json) -> Json:
        """A change that must succeed."""
        reply = self.caller.patch(path, body)
        assert reply.status == 200, (path, body, reply.body)
        return dict(reply.body)

    def person(self, name: str) -> str:
        """A customer, made when first named."""
        if name not in self.people:
            phone = f"+49 151 {10000000 + len(self.people)}"
            self.people[name] = self.do("/customers", {"name": name, "phone": phone})["id"]
        return self.people[name]

    @property
    def points(self) -> Json:
        """The balance that rewards are paid with."""
        return next(dict(one) for one in self.given["balance_types"] if one["kind"] in ("points", "stamps"))

    def name_of(self, name: str) -> str:
        """The balance type that a case calls so; a card's name stands for the only one."""
        known = [one["name"] for one in self.given["balance_types"]]
        return name if name in known else str(known[0])

    def adjust(self, name: str, amount: str) -> Reply:
        """Put units on the card, or take them off."""
        reply = self.caller.post(
            f"/cards/{self.card}/adjustments", {"balance_type": name, "amount": amount, "reason": "known answers"}
        )
        if reply.status != 201:
            self.told.refusal = str(reply.code)
        return reply

    def balance(self, name: str) -> Decimal:
        """What can be spent of a balance."""
        card = self.caller.get(f"/cards/{self.card}").body
        return next(Decimal(one["available"]) for one in card["balances"] if one["balance_type"] == name)

    def tier(self) -> Json:
        """Where the holder of the card stands, once what orders add up to is reckoned."""
        dispatcher().make_round()
        return dict(self.caller.get(f"/cards/{self.card}").body["tiers"][0])

    def pass_days(self, days: int) -> None:
        """Let days pass, each to its end: midnight belongs to the next one."""
        now = datetime.fromisoformat(self.caller.get("/clock").body["now"]).astimezone(ZONE)
        then = datetime.combine(now.date() + timedelta(days=days), datetime.min.time(), ZONE) + timedelta(minutes=1)
        self.do("/clock", {"to": then.isoformat()})

    def body(self, order: Json) -> Json:
        """The order of a case as a request."""
        body: Json = {"lines": [self._line(line) for line in order["lines"] if Decimal(str(line["quantity"]))]}
        shipping = sum((Decimal(one) for one in order.get("shipping_lines", ())), Decimal(order.get("shipping", "0")))
        body |= {"shipping": str(shipping), "shipping_method": order.get("shipping_method", "")}
        body["codes"] = list(order.get("codes", ()))
        customer = order.get("customer", "somebody")
        owner = self.given["order"].get("customer") or "somebody"
        if self.card and customer == owner:
            body["card"] = self.card
        elif customer is not None:
            body["customer"] = self.person(customer)
        if "at" in order:
            at = datetime.fromisoformat(order["at"])
            body["at"] = (at if at.tzinfo else at.replace(tzinfo=ZONE)).isoformat()
        spend = [self._spend(name, amount) for name, amount in (order.get("spend") or {}).items()]
        return {**body, "spend": [one for one in spend if one]}

    def _line(self, line: Json) -> Json:
        made: Json = {"sku": line["sku"], "price": line["price"], "quantity": str(line["quantity"])}
        for name, ours in (("category", "category"), ("excluded", "excluded"), ("tax_percent", "tax_percent")):
            if name in line:
                made[ours] = line[name]
        if "min_price" in line:
            made["price_min"] = line["min_price"]
        if "tax_amount" in line:
            net = Decimal(line["price"]) * Decimal(str(line["quantity"]))
            made["tax_percent"] = str((Decimal(line["tax_amount"]) * 100 / net).quantize(Decimal("0.0001")))
        if any(line["sku"] == one.get("topup_sku") for one in self.given["balance_types"]):
            # What tops a balance up is stored value, which no promotion touches; the till books it once it is paid.
            made["excluded"] = True
        return made

    def _spend(self, name: str, amount: str) -> Json | None:
        given = next(one for one in self.given["balance_types"] if one["name"] == self.name_of(name))
        if given["kind"] in ("points", "stamps") and "value_per_unit" not in given:
            # It is the price of a reward, which its promotion takes.
            return None
        if self.given["card"].get("expired"):
            # The till asks for what the card has printed on it.
            amount = self.given["card"]["balance"][name]
        return {"balance_type": given["name"], "amount": "max" if amount in ("all", "max") else str(amount)}

    def put_in(self, order: Json) -> Json:
        """Put free products into the order as a till does: as many as the promotions then let go for nothing."""
        self.told.added = {}
        for identifier, given in self.promotions:
            benefit = given.get("benefit", {})
            mode = benefit.get("mode")
            if mode not in ("add", "add_missing"):
                continue
            sku = benefit.get("sku") or benefit["match"]["sku"][0]
            self.told.added[sku] = 0
            has_it = any(line["sku"] == sku for line in order["lines"])
            if mode == "add_missing" and has_it:
                continue
            units = benefit.get("units", benefit.get("units_per_trigger", benefit.get("get", 1)))
            price = benefit.get("price") or next(line["price"] for line in order["lines"] if line["sku"] == sku)
            with_it = {**order, "lines": [*order["lines"], {"sku": sku, "price": price, "quantity": units}]}
            free = self._discount(self.quote(with_it), identifier)
            if free == Decimal(price) * units:
                order, self.told.added[sku] = with_it, units
        return order

    def quote(self, order: Json) -> Json:
        """The price of an order."""
        reply = self.caller.send("POST", "/orders/quote", self.body(order))
        assert reply.status == 200, reply.body
        return dict(reply.body)

    @staticmethod
    def _discount(order: Json, identifier: str) -> Decimal:
        return sum((Decimal(one["discount"]) for one in order["promotions"] if one["id"] == identifier), Decimal(0))

    def record(self, order: Json) -> Json:
        """Record a paid order; a refusal is told."""
        reply = self.caller.post("/orders", self.body(order))
        if reply.status != 201:
            self.told.refusal = str(reply.code)
            return {}
        for line in order["lines"]:
            for one in self.given["balance_types"]:
                if line["sku"] == one.get("topup_sku"):
                    self.adjust(one["name"], str(Decimal(line["price"]) * Decimal(str(line["quantity"]))))
        return dict(reply.body)

    def uses(self, identifier: str) -> int:
        """How many orders use a promotion."""
        items = self.caller.get(f"/orders?promotion={identifier}&limit=200").body["items"]
        return sum(one["state"] not in ("cancelled", "refunded") for one in items)

    def used(self, identifier: str) -> Decimal:
        """How much of a budget is used."""
        items = self.caller.get(f"/orders?promotion={identifier}&limit=200").body["items"]
        return sum((self._discount(one, identifier) for one in items), Decimal(0))
