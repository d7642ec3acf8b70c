"""The designer: form on the left, the card as each platform shows it on the right; every change is a saved draft (TYP-4)."""

from contextlib import nullcontext
from functools import partial
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from regulars.cards.rules.types import ICONS
from regulars.designs.actions.drafts import add_picture, discard_draft, restore_version, save_draft
from regulars.designs.actions.publishing import publish_design
from regulars.designs.pages import words
from regulars.designs.pages.forms import (
    SHOWN_SOURCES,
    count_link_rows,
    design_languages,
    design_value,
    language_blocks,
    repaired,
    source_name,
    typed_design,
)
from regulars.designs.pages.pictures import PictureRow, picture_rows
from regulars.designs.pages.preview import PLATFORMS, STATES, Asked, preview_context
from regulars.designs.queries.published import DesignView, VersionView, get_design_view, list_versions, picture_sizes
from regulars.designs.rules.contrast import judge
from regulars.designs.rules.definition import BARCODES, SLOTS, TARGETS, Design, read_design, write_design
from regulars.designs.rules.shown import list_notices
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.on_phones import count_on_phones
from regulars.platform.pages.typed import typed_whole
from regulars.platform.pages.words import STAMP_ICONS
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

VERSIONS_SHOWN: Final = 20
FRAGMENTS = {"preview": "designs/_answer.html"}


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="cards:read")
def design(request: PageRequest, card_type: str) -> HttpResponse:
    """The designer of a card type. A POST saves the draft; `act` repairs its colours or publishes it besides."""
    if request.method != "POST":
        view = get_design_view(request.actor, card_type)
        return _render(request, card_type, view, _asked(request, view, request.GET))
    request.actor.require("cards:write")
    with unit_of_work(request.actor.chain_id):
        before = get_design_view(request.actor, card_type)
    value = design_value(request.POST.dict(), before.design)
    typed = typed_design(value)
    version = typed_whole(request.POST.get("version", ""))
    act = request.POST.get("act", "")
    try:
        uploaded = _uploaded(request)
        value["pictures"] |= uploaded
        # A frame was drawn over the picture that was there, not over the one that comes.
        value["crops"] = {slot: crop for slot, crop in value["crops"].items() if slot not in uploaded}
        if act == "fix" and read_design(value)[0] is not None:
            value = repaired(value)
        view = before
        if read_design(value)[0] != before.design:
            view = save_draft(request.actor, card_type, value, now=request.now, version=version)
        if act == "publish":
            return _publish(request, card_type)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        return _render(request, card_type, before, _asked(request, before, request.POST), refused=refused, typed=typed)
    if getattr(request, "htmx", None):
        shown = _asked(request, view, request.POST)
        return _render(request, card_type, view, shown, before=before.design, is_repaired=act == "fix")
    return done(request, request.path)


@require_POST
@page(right="cards:write")
def restore(request: PageRequest, card_type: str) -> HttpResponse:
    """Bring a published design back as a draft."""
    number = request.POST.get("number", "")
    restore_version(request.actor, card_type, typed_whole(number) or 0, now=request.now)
    toast(request, _("Version %(version)s is here as a draft") % {"version": number})
    return done(request, reverse("designs:design", args=[card_type]))


@require_POST
@page(right="cards:write")
def discard(request: PageRequest, card_type: str) -> HttpResponse:
    """Go back to what is published."""
    discard_draft(request.actor, card_type)
    toast(request, _("The draft is thrown away"))
    return done(request, reverse("designs:design", args=[card_type]))


def _publish(request: PageRequest, card_type: str) -> HttpResponse:
    made = publish_design(request.actor, card_type, now=request.now)
    said = ngettext(
        "Published as version %(version)s: %(count)s card shows it",
        "Published as version %(version)s: %(count)s cards show it",
        made.cards,
    )
    toast(request, said % {"version": made.version, "count": figures.number(made.cards)})
    return done(request, reverse("designs:design", args=[card_type]))


def _uploaded(request: PageRequest) -> dict[str, str]:
    uploaded: dict[str, str] = {}
    for slot in SLOTS:
        file = request.FILES.get(f"picture_{slot}")
        if file is not None:
            uploaded[slot] = add_picture(request.actor, slot, file.read(10_000_001), now=request.now).hash
    return uploaded


def _asked(request: PageRequest, view: DesignView, typed: Any) -> Asked:
    def choice(name: str, known: tuple[str, ...], usual: str) -> str:
        return typed.get(name) if typed.get(name) in known else usual

    languages = tuple(design_languages(view.design, request.chain.language))
    goal = view.card_type.goal or 0
    stamps = typed_whole(typed.get("stamps", ""), digits_max=3)
    return Asked(
        platform=choice("show", PLATFORMS, "apple"),
        language=choice("speak", languages, (get_language() or "en")[:2]),
        state=choice("state", STATES, "usual"),
        stamps=goal * 2 // 3 if stamps is None else stamps,
        is_dark=typed.get("dark") == "1",
    )


def _render(
    request: PageRequest,
    card_type: str,
    view: DesignView,
    asked: Asked,
    *,
    before: Design | None = None,
    refused: Refused | None = None,
    typed: Design | None = None,
    is_repaired: bool = False,
) -> HttpResponse:
    """The page, or what of it follows from a change of the design that was there `before`.

    Of a refused change the form keeps what was `typed`, whatever is wrong with it; the preview shows what is kept.
    """
    chain, shown = request.chain, view.design
    pictures = _picture_rows(request, shown, request.POST.dict() if refused else {})
    notices = list_notices(shown, language=chain.language, name=chain.name, type_name=view.card_type.name)
    goal = view.card_type.goal or 0
    context = {
        "view": view,
        "asked": asked,
        "is_repaired": is_repaired,
        "pictures": pictures,
        "other_pictures": [one for one in pictures if _is_other(request, one, before or shown)],
        "other_crops": [one for one in pictures if before is not None and one.shown != _shown(before, one.slot)],
        "goal": goal,
        "preview": preview_context(view, asked, chain=chain, address=_address),
        "notices": [(one.tone, words.notice_text(one)) for one in notices],
        "contrast": min((judge(one, shown.background) for one in (shown.foreground, shown.label)), key=_rank),
        "problems": _problems(refused) if refused else [],
        "may_write": request.actor.may("cards:write"),
        "form": _form(typed or shown, chain_language=chain.language, goal=goal),
        "versions": _versions(request, card_type),
        # Counted where the page says it: not at every change of the preview.
        "updates": partial(_updates, request, view),
        "platforms": [(key, words.TARGET_NAMES.get(key, _("Print"))) for key in PLATFORMS],
        "states": [(key, words.STATE_NAMES[key]) for key in STATES if goal or key not in ("new", "ready")],
        "languages": [(code, words.language_name(code)) for code in design_languages(shown, chain.language)],
        "urls": {
            name: reverse(f"designs:{name}", args=[card_type]) for name in ("export", "import", "restore", "discard")
        },
        "milestones_url": reverse("rewards:milestones", args=[card_type]) if request.actor.may("rewards:read") else "",
        "phone_url": reverse("designs:to_phone", args=[card_type]),
        "labels_url": reverse("designs:labels", args=[card_type]),
        "back": reverse("cards:types"),
    }
    status = 422 if refused else 200
    if getattr(request, "htmx", None) and refused:
        # htmx swaps only good answers; what is wrong stands in the fragment.
        status = 200
    return render_page(request, "designs/designer.html", context, fragments=FRAGMENTS, status=status)


def _picture_rows(request: PageRequest, shown: Design, typed: dict[str, Any]) -> list[PictureRow]:
    # A page that is read is one unit of work as it is; one that was sent has opened and closed its own.
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        return picture_rows(shown, picture_sizes(request.actor.chain_id, shown.pictures.values()), typed)


def _is_other(request: PageRequest, row: PictureRow, before: Design) -> bool:
    """Whether a request brings, removes or brings back the picture of a row. Only then is the row drawn anew, for a file that
    was chosen in another while an earlier request was under way would go with the field that holds it.
    """
    is_sent = f"picture_{row.slot}" in request.FILES or f"remove_{row.slot}" in request.POST
    return is_sent or before.pictures.get(row.slot, "") != row.picture


def _shown(design: Design, slot: str) -> str:
    return design.shown_pictures.get(slot, "")


def _updates(request: PageRequest, view: DesignView) -> str:
    """What publishing reaches: the cards in use, and those of them that change on a phone by themselves."""
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        phones = count_on_phones(request.actor.chain_id, view.card_type.id)
    cards = ngettext("Updates %(count)s card", "Updates %(count)s cards", view.cards)
    on_phones = ngettext("%(count)s of them on a phone", "%(count)s of them on phones", phones)
    shown = [cards % {"count": figures.number(view.cards)}]
    if view.cards:
        shown.append(on_phones % {"count": figures.number(phones)})
    return ", ".join(shown)


def _versions(request: PageRequest, card_type: str) -> list[VersionView]:
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        return list_versions(request.actor, card_type)[:VERSIONS_SHOWN]


def _address(picture: str) -> str:
    return reverse("designs:picture", args=[picture])


def _rank(verdict: str) -> int:
    return ("bad", "weak", "good").index(verdict)


def _problems(refused: Refused) -> list[str]:
    if isinstance(refused.refusal, Invalid):
        return [_(one.detail) for one in refused.refusal.errors]
    return [sentence(refused.refusal)]


def _form(shown: Design, *, chain_language: str, goal: int) -> dict[str, Any]:
    by_source = {one.source: one for one in shown.fields}
    labels = {source: by_source[source].label.get(chain_language, "") for source in by_source}
    links = [(one.url, one.label.get(chain_language, "")) for one in shown.links]
    return {
        "colours": write_design(shown)["colours"],
        "icons": [(name, STAMP_ICONS[name], name == shown.icon) for name in ICONS],
        "barcodes": [(key, words.BARCODE_NAMES[key], key == shown.barcode) for key in BARCODES],
        "rotating": shown.rotating,
        "targets": [(key, words.TARGET_NAMES[key], key in shown.targets) for key in TARGETS],
        "blocks": language_blocks(shown, chain_language=chain_language, goal=goal),
        "fields": [
            (
                source,
                source_name(source, goal=goal),
                by_source[source].place if source in by_source else "",
                labels.get(source, ""),
            )
            for source in SHOWN_SOURCES
        ],
        "places": list(words.PLACE_NAMES.items()),
        "links": [(row, *(links[row] if row < len(links) else ("", ""))) for row in range(count_link_rows(shown))],
    }
