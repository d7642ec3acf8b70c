"""Staff of a chain: the list, invitations, roles and rights (ORG-2, ORG-3)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.chains.queries import LocationView, list_locations
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.clock import real_now
from regulars.platform.database import unit_of_work
from regulars.platform.outbound_mail import MailNotSent, can_send_mail, send_mail
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions import change_staff, disable_staff, enable_staff, invite_staff, revoke_invitation
from regulars.staff.actions.invitations import MadeInvitation
from regulars.staff.pages.forms import InviteForm, PlaceForm
from regulars.staff.pages.words import ROLE_NAMES
from regulars.staff.queries import StaffView, access_staff, list_invitations, list_staff
from regulars.staff.rules import SEPARATE_RIGHTS


@require_safe
@page(right="staff:write")
def show_people(request: PageRequest) -> HttpResponse:
    """Everybody who works here, and who is invited."""
    names = {one.id: one.name for one in list_locations(request.actor, archived=True)}
    context = {
        "people": [_line(one, names) for one in list_staff(request.actor)],
        "invitations": [
            {
                "email": one.email,
                "role": ROLE_NAMES.get(one.role, one.role),
                "expires_at": one.expires_at,
                "revoke_url": reverse("staff:revoke_invitation", args=[encode("inv", one.id)]),
            }
            for one in list_invitations(request.actor, now=real_now())
        ],
        "tabs": settings_tabs(request, "staff:people"),
        "now": real_now(),
    }
    return render_page(request, "staff/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="staff:write")
def invite(request: PageRequest) -> HttpResponse:
    """Invite somebody: by mail where there is a mail server, else with a link to hand over."""
    form = InviteForm(request.POST or None, locations=_locations(request), initial={"role": "cashier"})
    if request.method == "POST" and form.is_valid():
        try:
            made = invite_staff(request.actor, email=form.cleaned_data["email"], place=form.place(), now=real_now())
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"already_staff": "email", "beyond_your_rights": "role"})
        else:
            return _invited(request, made)
    context = {"form": form, "tabs": settings_tabs(request, "staff:people"), "can_send_mail": can_send_mail()}
    return render_page(request, "staff/invite.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="staff:write")
def edit_person(request: PageRequest, identifier: str) -> HttpResponse:
    """One person: role, separate rights, locations."""
    person = _read(request, identifier)
    initial = {
        "role": person.role,
        "rights": [right for right in SEPARATE_RIGHTS if right in person.rights],
        "everywhere": person.location_ids is None,
        "locations": [encode("loc", one) for one in person.location_ids or ()],
        "adjust_limit": person.adjust_limit,
        "version": person.version,
    }
    form = PlaceForm(request.POST or None, locations=_locations(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            change_staff(request.actor, identifier, form.place(), version=version, now=real_now())
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"last_owner": "role", "beyond_your_rights": "role"})
        else:
            toast(request, _("Saved"))
            return done(request, reverse("staff:people"))
    context = {
        "form": form,
        "person": person,
        "is_me": person.id == request.actor.staff_id,
        "tabs": settings_tabs(request, "staff:people"),
        "disable_url": reverse("staff:disable", args=[identifier]),
        "enable_url": reverse("staff:enable", args=[identifier]),
    }
    return render_page(request, "staff/person.html", context, status=422 if form.errors else 200)


@require_POST
@page(right="staff:write")
def disable(request: PageRequest, identifier: str) -> HttpResponse:
    """End somebody's work here at once, with Undo."""
    try:
        person = disable_staff(request.actor, identifier, now=real_now())
    except Refused as refused:
        if refused.refusal.status == 404:
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        text = _("%(name)s can no longer sign in here; their API keys are revoked")
        toast(request, text % {"name": person.name}, undo_url=reverse("staff:enable", args=[identifier]))
    return done(request, reverse("staff:people"))


@require_POST
@page(right="staff:write")
def enable(request: PageRequest, identifier: str) -> HttpResponse:
    """Let somebody work here again."""
    person = enable_staff(request.actor, identifier, now=real_now())
    toast(request, _("%(name)s can sign in here again") % {"name": person.name})
    return done(request, reverse("staff:people"))


@require_POST
@page(right="staff:write")
def revoke(request: PageRequest, identifier: str) -> HttpResponse:
    """Make an invitation's link worthless."""
    revoke_invitation(request.actor, identifier, now=real_now())
    toast(request, _("The invitation is withdrawn"))
    return done(request, reverse("staff:people"))


def _invited(request: PageRequest, made: MadeInvitation) -> HttpResponse:
    link = f"{settings.URL}{reverse('staff:invitation', args=[made.token])}"
    if can_send_mail():
        text = _(
            "Hello,\n\n%(person)s invites you to %(business)s. Open this link to begin; it works for a week:\n\n%(link)s\n"
        )
        facts = {"person": request.login.name, "business": request.chain.name, "link": link}
        try:
            subject = _("Invitation to %(business)s") % {"business": request.chain.name}
            send_mail(to=made.view.email, subject=subject, text=text % facts)
        except MailNotSent:
            toast(request, _("The mail server did not take the invitation; hand the link over yourself"), tone="bad")
        else:
            toast(request, _("The invitation is on its way to %(email)s") % {"email": made.view.email})
            return done(request, reverse("staff:people"))
    context = {
        "link": link,
        "email": made.view.email,
        "expires_at": made.view.expires_at,
        "tabs": settings_tabs(request, "staff:people"),
    }
    response = render_page(request, "staff/invited.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _locations(request: PageRequest) -> list[LocationView]:
    if request.method != "POST":
        return list_locations(request.actor)
    with unit_of_work(request.actor.chain_id):
        return list_locations(request.actor)


def _read(request: PageRequest, identifier: str) -> StaffView:
    if request.method != "POST":
        return access_staff(request.actor, identifier)
    with unit_of_work(request.actor.chain_id):
        return access_staff(request.actor, identifier)


def _line(person: StaffView, names: dict[Any, str]) -> dict[str, Any]:
    locations = person.location_ids
    return {
        "name": person.name,
        "email": person.email,
        "role": ROLE_NAMES.get(person.role, person.role),
        "where": None if locations is None else ", ".join(sorted(names.get(one, "") for one in locations)),
        "disabled_at": person.disabled_at,
        "last_seen_at": person.last_seen_at,
        "url": reverse("staff:person", args=[encode("stf", person.id)]),
        "enable_url": reverse("staff:enable", args=[encode("stf", person.id)]),
    }
