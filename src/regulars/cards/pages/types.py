"""Card types: the list, a new one in three fields, edits, archive (TYP-1, TYP-2, PRG-1)."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.cards.actions.types import change_card_type, create_card_type, create_card_type_with_program
from regulars.cards.pages.forms import show_as_required
from regulars.cards.pages.type_forms import FIELDS, LOOKS, TypeForm
from regulars.cards.queries.types import CardTypeView, access_card_type, count_cards_by_type, list_card_types
from regulars.cards.rules.types import ICONS
from regulars.chains.queries import list_locations
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.card_face import CardFace
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_whole
from regulars.platform.sessions import PageRequest, page
from regulars.programs.actions import change_program
from regulars.programs.queries import list_programs


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeCard:
    """A card type as the list shows it."""

    view: CardTypeView
    id: str
    face: CardFace
    cards: str
    cards_url: str
    program_url: str
    places: str
    milestones_url: str = ""


@page(right="cards:read")
def show_types(request: PageRequest) -> HttpResponse:
    """All card types, the live ones first."""
    views = list_card_types(request.actor)
    counts = count_cards_by_type(request.actor)
    places = {place.id: place.name for place in list_locations(request.actor, archived=True)}
    shown = [
        TypeCard(
            view=view,
            id=encode("ctp", view.id),
            face=sample_face(request, view),
            cards=figures.number(counts.get(view.id, 0)),
            cards_url=f"{reverse('cards:list')}?type={encode('ctp', view.id)}",
            program_url=reverse("programs:show", args=[encode("prg", view.program.id)]),
            milestones_url=reverse("rewards:milestones", args=[encode("ctp", view.id)])
            if request.actor.may("rewards:read") and any(one.kind == "stamps" for one in view.balance_types)
            else "",
            places=", ".join(sorted(places.get(place, "?") for place in view.location_ids or ())),
        )
        for view in views
    ]
    programs = list_programs(request.actor)
    context = {
        "live": [one for one in shown if one.view.state == "active"],
        "archived": [one for one in shown if one.view.state != "active"],
        "programs": [{"view": one, "id": encode("prg", one.id)} for one in programs] if len(programs) > 1 else [],
        "may_write": request.actor.may("cards:write"),
        "may_program": request.actor.may("programs:write"),
        "states": program_words(),
    }
    return render_page(request, "cards/types.html", context)


@page(right="cards:write")
def new_type(request: PageRequest) -> HttpResponse:
    """A new card type: its name, what it counts, where it is valid; a program is made behind it."""
    if request.method != "POST":
        return _render(request, _form(request))
    with unit_of_work(request.actor.chain_id):
        form = _form(request, request.POST)
    if form.is_valid():
        try:
            view = _create(request, form)
        except Refused as refused:
            _show(form, refused)
        else:
            toast(request, _("The card type “%(name)s” is ready") % {"name": view.name})
            return done(request, reverse("cards:types"))
    return _render(request, form, status=422)


@page(right="cards:write")
def edit_type(request: PageRequest, card_type: str) -> HttpResponse:
    """Change a card type; what is published counts for its cards at once."""
    if request.method != "POST":
        view = access_card_type(request.actor, card_type)
        return _render(request, _form(request, view=view), view=view)
    with unit_of_work(request.actor.chain_id):
        view = access_card_type(request.actor, card_type)
        form = _form(request, request.POST, view=view)
    if form.is_valid():
        changes = asdict(form.draft())
        del changes["external_id"]
        version = typed_whole(request.POST.get("version", ""))
        try:
            changed = change_card_type(
                request.actor,
                card_type,
                changes,
                now=request.now,
                version=version,
            )
        except Refused as refused:
            _show(form, refused)
        else:
            said = _("Saved as version %(version)s") if changed.version != view.version else _("Nothing to change")
            toast(request, said % {"version": changed.version} if "%" in said else said)
            return done(request, reverse("cards:types"))
    return _render(request, form, view=view, status=422)


@page(right="cards:write")
def set_type_state(request: PageRequest, card_type: str) -> HttpResponse:
    """Archive a card type, or take it out of the archive."""
    state = request.POST.get("state") or request.GET.get("state", "")
    if request.method == "POST":
        view = change_card_type(request.actor, card_type, {"state": state}, now=request.now)
        back = "active" if state == "archived" else "archived"
        undo = f"{reverse('cards:type_state', args=[card_type])}?state={back}"
        said = _("“%(name)s” is archived") if state == "archived" else _("“%(name)s” issues cards again")
        toast(request, said % {"name": view.name}, undo_url=undo)
    return done(request, reverse("cards:types"))


@page(right="programs:write")
def set_program_state(request: PageRequest, program: str) -> HttpResponse:
    """Activate, pause or archive a program."""
    if request.method == "POST":
        view = change_program(request.actor, program, state=request.POST.get("state", ""), now=request.now)
        toast(
            request,
            _("The program “%(name)s” is %(state)s") % {"name": view.name, "state": program_words()[view.state]},
        )
    return done(request, reverse("cards:types"))


@page(right="cards:read")
def preview_type(request: PageRequest) -> HttpResponse:
    """The card as it would look with what is typed so far."""
    if not request.htmx:
        raise Http404
    get = request.GET
    background, foreground = LOOKS.get(get.get("look", ""), ("", ""))
    if get.get("look") == "own":
        background, foreground = get.get("own_background", ""), get.get("own_foreground", "")
    counts, goal = get.get("counts", ""), get.get("goal", "")
    stamps = int(goal) if goal.isdecimal() and len(goal) < 4 and counts in ("", "stamps") else 0
    face = face_of_type(
        request.chain.name,
        name=get.get("name", "")[:120],
        goal=stamps,
        icon=get.get("icon", ""),
        colours=(background, foreground),
        balance=figures.money(1250, request.chain.currency) if counts == "deposit" else "",
    )
    return render_page(request, "cards/_preview.html", {"face": face}, fragments={"preview": "cards/_preview.html"})


def sample_face(request: PageRequest, view: CardTypeView) -> CardFace:
    """A card of this type as a holder will see it."""
    kinds = {one.kind for one in view.balance_types}
    is_money = "deposit" in kinds and not kinds & {"points", "stamps"}
    return face_of_type(
        request.chain.name,
        name=view.name,
        goal=view.goal or 0,
        icon=view.icon,
        colours=(view.background, view.foreground),
        balance=figures.money(1250, request.chain.currency) if is_money else "",
    )


def face_of_type(
    chain_name: str, *, name: str, goal: int, icon: str, colours: tuple[str, str], balance: str
) -> CardFace:
    """A sample card; a stamp card is shown a good part full."""
    stamps = max(1, goal * 2 // 3) if goal else 0
    return CardFace(
        title=chain_name,
        caption=name,
        goal=goal,
        stamps=stamps,
        balance="" if goal else balance or figures.number(120),
        stamp_icon=icon if icon in ICONS else "coffee",
        background=colours[0],
        foreground=colours[1],
        sample=True,
    )


def program_words() -> dict[str, str]:
    """The states of a program in words."""
    return {
        "draft": _("a draft"),
        "active": _("active"),
        "paused": _("paused"),
        "archived": _("archived"),
    }


def _form(request: PageRequest, data: Any = None, *, view: CardTypeView | None = None) -> TypeForm:
    places = list_locations(request.actor)
    return TypeForm(data, places=places, programs=list_programs(request.actor), view=view)


def _create(request: PageRequest, form: TypeForm) -> CardTypeView:
    now = request.now
    program = form.cleaned_data.get("program")
    if program:
        draft = form.draft()
        with unit_of_work(request.actor.chain_id):
            chosen = next(one for one in list_programs(request.actor) if encode("prg", one.id) == program)
        if not any(one.kind == "stamps" for one in chosen.balance_types):
            draft = replace(draft, goal=None)
        return create_card_type(request.actor, program, draft, now=now)
    return create_card_type_with_program(
        request.actor,
        form.program_draft(),
        form.draft(),
        currency_decimals=request.chain.currency_decimals,
        now=now,
    )


def _show(form: TypeForm, refused: Refused) -> None:
    if isinstance(refused.refusal, NotFound | Forbidden):
        raise refused
    show_refusal(form, refused.refusal, fields=FIELDS)


def _render(
    request: PageRequest, form: TypeForm, *, view: CardTypeView | None = None, status: int = 200
) -> HttpResponse:
    if form.is_bound and status == 422:
        form.is_valid()
        background, foreground = form.colours()
        goal = form.cleaned_data.get("goal") or 0
        face = face_of_type(
            request.chain.name,
            name=str(form.data.get("name", ""))[:120],
            goal=goal if 0 < goal <= 100 else 0,
            icon=form.cleaned_data.get("icon", ""),
            colours=(background, foreground),
            balance="",
        )
    else:
        face = (
            sample_face(request, view)
            if view
            else face_of_type(request.chain.name, name="", goal=8, icon="coffee", colours=LOOKS["espresso"], balance="")
        )
    show_as_required(form, "counts", "goal")
    context = {
        "form": form,
        "view": view,
        "face": face,
        "action": request.get_full_path(),
        "back": reverse("cards:types"),
        "preview_url": reverse("cards:preview_type"),
    }
    return render_page(request, "cards/type.html", context, status=status)
