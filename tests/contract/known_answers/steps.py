"""The steps of a case, played by a till."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tests.contract.chains import Reply
from tests.contract.known_answers.over_http import EMPTY, Json, Shop
from tests.contract.known_answers.reading import NotRead


class Till(Shop):
    """A till that goes through the steps of a case."""

    # The steps of a case

    def play(self, compare: Callable[[Till, Json], None]) -> None:
        """Go through the steps, each with its own answers; then those of the whole case."""
        steps = self.case.get("steps") or [{"do": self._only_step()}]
        for step in steps:
            self.told.refusal = ""
            verb = STEPS.get(step["do"])
            if verb is None:
                raise NotRead(f"the step {step['do']}")
            verb(self, step)
            self.last_refusal = self.told.refusal or self.last_refusal
            compare(self, step.get("expect", {}))
        self.is_over = True
        self.told.refusal = self.last_refusal
        compare(self, self.case["expect"])

    def subtotal(self) -> Decimal:
        """What items cost: after the promotions on them, before those on the order where the case tells both."""
        total = sum((Decimal(line["total"]) for line in self.told.order["lines"]), Decimal(0))
        kinds = {identifier: given.get("kind") for identifier, given in self.promotions}
        if len(self.given["promotions"]) < 2:
            return total
        later = [one for one in self.told.order["promotions"] if kinds[one["id"]] in ("fixed_order", "percent_order")]
        return total + sum((Decimal(one["discount"]) for one in later), Decimal(0))

    def _only_step(self) -> str:
        booked = {
            "spent",
            "earned",
            "balance_after",
            "uses_after",
            "used_after",
            "reversed",
            "returned",
            "tier",
            "tier_spend",
        }
        return "order" if booked & self.case["expect"].keys() else "price"

    def order_of(self, step: Json) -> Json:
        """The order of a step: that of the case, with what the step says."""
        said = {name: value for name, value in step.items() if name not in ("do", "expect", "order")}
        return {**self.given["order"], "lines": self.lines, **said}

    def price(self, step: Json) -> None:
        """Quote an order."""
        order = self.put_in(self.order_of(step))
        self.carts[step.get("order", "")] = order
        body = self.body(order)
        if not body["lines"]:
            self.told.order = dict(EMPTY)
            return
        reply = self.caller.send("POST", "/orders/quote", body)
        if reply.status == 200:
            self.told.order = dict(reply.body)
        else:
            self.told.refusal = str(reply.code)
            body["spend"] = []
            self.told.order = dict(self.caller.send("POST", "/orders/quote", body).body)

    def buy(self, step: Json) -> None:
        """Record an order."""
        self._record(step.get("order", ""), self.put_in(self.order_of(step)))

    def pay(self, step: Json) -> None:
        """Record an order that was quoted before."""
        self._record(step.get("order", ""), self.carts.get(step.get("order", ""), self.order_of(step)))

    def _record(self, name: str, order: Json) -> None:
        made = self.record(order)
        if made:
            self.told.order, self.told.orders[name] = made, made["id"]
            self.carts[name] = order
        else:
            # What could not be paid so is an order that is still to be paid otherwise.
            self.told.order = self.quote({**order, "spend": {}})

    def refund(self, step: Json) -> None:
        """Refund lines or an amount."""
        name = step.get("order", "")
        identifier = self.told.orders[name] if name in self.told.orders else self.told.order["id"]
        body: Json = {"amount": step["amount"]} if "amount" in step else {"lines": self._came_back(identifier, step)}
        self._undone(self.caller.post(f"/orders/{identifier}/refunds", body))

    def _came_back(self, identifier: str, step: Json) -> list[Json]:
        bought = self.caller.get(f"/orders/{identifier}").body["lines"]
        lines = []
        for wanted in step["lines"]:
            missing = Decimal(str(wanted["quantity"]))
            places = [at for at, line in enumerate(bought) if line["sku"] == wanted["sku"]]
            for at in places:
                there = Decimal(bought[at]["quantity"]) - Decimal(bought[at]["refunded_quantity"])
                part = missing if at == places[-1] else min(missing, there)
                if part:
                    lines.append({"index": at, "quantity": str(part)})
                missing -= part
        return lines

    def cancel(self, step: Json) -> None:
        """Cancel an order."""
        self._undone(self.caller.post(f"/orders/{self.told.orders[step.get('order', '')]}/cancel"))

    def _undone(self, reply: Reply) -> None:
        if reply.status in (200, 201):
            self.told.refund = dict(reply.body)
            self.told.refunds.append(self.told.refund)
        else:
            self.told.refund, self.told.refusal = {}, str(reply.code)

    def add(self, step: Json) -> None:
        """Put more into the basket."""
        self.lines = [
            *self.lines,
            *(step.get("lines") or [{n: v for n, v in step.items() if n not in ("do", "expect")}]),
        ]
        self.price({})

    def remove(self, step: Json) -> None:
        """Take something out of the basket."""
        self.lines = [line for line in self.lines if line["sku"] != step["sku"]]
        self.price({})

    def topup(self, step: Json) -> None:
        """Put money on the card."""
        self.adjust(self.name_of(step.get("balance", "")), step["amount"])

    def earn(self, step: Json) -> None:
        """Put units on the card on a day."""
        self._until(step)
        self.adjust(self.name_of(step.get("balance", "")), step["amount"])

    def spend(self, step: Json) -> None:
        """Take units off the card on a day."""
        self._until(step)
        self.adjust(self.name_of(step.get("balance", "")), f"-{step['amount']}")

    def advance(self, step: Json) -> None:
        """Let time pass, and see what it took."""
        name = self.name_of("")
        before = self.balance(name)
        self._until(step)
        self.pass_days(1)
        self.day += 1
        self.told.expired = before - self.balance(name)

    def _until(self, step: Json) -> None:
        if "day" not in step:
            if "days" in step:
                self.pass_days(step["days"])
            return
        if self.day and step["day"] > self.day:
            self.pass_days(step["day"] - self.day)
        self.day = step["day"]


STEPS: dict[str, Callable[[Till, Json], None]] = {
    "price": Till.price,
    "order": Till.buy,
    "pay": Till.pay,
    "refund": Till.refund,
    "cancel": Till.cancel,
    "reopen_and_pay": Till.pay,
    "add": Till.add,
    "remove": Till.remove,
    "topup": Till.topup,
    "earn": Till.earn,
    "spend": Till.spend,
    "advance": Till.advance,
}
