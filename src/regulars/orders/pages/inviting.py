"""A customer's invitations, for the customer's page: their code, who invited them, whom they invited, what that brought."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.customers.actions import invite_customer, make_referral_code
from regulars.customers.queries import access_customer
from regulars.customers.queries.referrals import InvitedPerson, find_referral
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.orders.pages.addresses import order_url, reverse_or_none
from regulars.orders.queries.referrals import list_bonuses
from regulars.orders.queries.statistics import find_statistics
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.figures import amount
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

FRAGMENTS = {"invitations-of": "orders/_invitations.html"}


@page(right="customers:read")
def show_invitations(request: PageRequest, customer: str) -> HttpResponse:
    """What a customer's page says of invitations."""
    return render_page(request, "orders/invitations.html", _context(request, customer), fragments=FRAGMENTS)


@page(right="customers:write")
def make_code(request: PageRequest, customer: str) -> HttpResponse:
    """Make a customer's code to invite others by."""
    if request.method == "POST":
        make_referral_code(request.actor, customer)
        toast(request, _("The code is made: whoever names it was invited by this customer."))
    return done(request, _customer_url(customer))


@page(right="customers:write")
def say_inviter(request: PageRequest, customer: str) -> HttpResponse:
    """Say who invited a customer; a code or an id that cannot be is answered with why."""
    if request.method != "POST":
        return redirect(_customer_url(customer))
    named = request.POST.get("referred_by", "").strip()[:140]
    try:
        invite_customer(request.actor, customer, named, now=request.now)
    except Refused as refused:
        with unit_of_work(request.actor.chain_id):
            context = _context(request, customer) | {"problem": sentence(refused.refusal), "named": named}
            return render_page(request, "orders/invitations.html", context, fragments=FRAGMENTS, status=422)
    toast(request, _("Noted who invited this customer."))
    return done(request, _customer_url(customer))


def _customer_url(customer: str) -> str:
    return reverse_or_none("customers:show", customer) or reverse("orders:invitations", args=[customer])


def _context(request: PageRequest, customer: str) -> dict[str, Any]:
    found = access_customer(request.actor, customer)
    view = find_referral(request.actor.chain_id, found.id)
    identifier = encode("cus", found.id)
    may_see_orders = request.actor.may("orders:read")
    return {
        "customer": found,
        "customer_id": identifier,
        "customer_url": _customer_url(identifier),
        "view": view,
        "invited_by": _person(view.invited_by) if view.invited_by else None,
        "invited": [_person(one) for one in view.invited],
        "more": view.count - len(view.invited),
        "bonuses": [
            one
            | {
                "got": f"{amount(one['amount'] - one['taken_back'], one['decimals'])} {one['balance_name']}",
                "back": amount(one["taken_back"], one["decimals"]) if one["taken_back"] else "",
                "url": order_url(one["order_id"]) if may_see_orders else "",
            }
            for one in list_bonuses(request.actor.chain_id, found.id)
        ],
        "may_write": request.actor.may("customers:write"),
        "may_be_invited": find_statistics(request.actor.chain_id, found.id).visits == 0,
        "now": request.now,
    }


def _person(one: InvitedPerson) -> dict[str, Any]:
    return {"label": one.label, "at": one.at, "url": reverse_or_none("customers:show", encode("cus", one.id))}
