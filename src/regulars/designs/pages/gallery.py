"""Card types to start from, by line of business (TYP-6)."""

from collections.abc import Mapping

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.types import access_card_type
from regulars.cards.rules.types import CardTypeDraft
from regulars.designs.actions.drafts import duplicate_card_type, save_draft
from regulars.designs.pages.words import TEMPLATE_NAMES, TEMPLATE_REWARDS
from regulars.designs.rules.definition import write_design
from regulars.designs.rules.gallery import GALLERY, Template
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.card_face import CardFace
from regulars.platform.sessions import PageRequest, page
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="cards:write")
def show_gallery(request: PageRequest) -> HttpResponse:
    """Templates by line of business; choosing one makes a card type and opens its designer."""
    request.actor.require("programs:write")
    if request.method == "POST":
        chosen = next((one for one in GALLERY if one.key == request.POST.get("template")), None)
        if chosen is None:
            raise Http404
        return _start(request, chosen)
    shown = [(one.key, TEMPLATE_NAMES[one.key], _face(request, one)) for one in GALLERY]
    return render_page(request, "designs/gallery.html", {"templates": shown, "back": reverse("cards:types")})


def _start(request: PageRequest, chosen: Template) -> HttpResponse:
    name = str(TEMPLATE_NAMES[chosen.key])
    made = create_card_type_with_program(
        request.actor,
        ProgramDraft(name=name, balance_types=(BalanceTypeDraft(name=_("Stamps"), kind="stamps"),)),
        CardTypeDraft(
            name=name,
            goal=chosen.goal,
            background=chosen.background,
            foreground=chosen.foreground,
            icon=chosen.icon,
        ),
        currency_decimals=request.chain.currency_decimals,
        now=request.now,
    )
    design = chosen.design(title=_spoken(chosen, TEMPLATE_NAMES), reward=_spoken(chosen, TEMPLATE_REWARDS))
    identifier = encode("ctp", made.id)
    save_draft(request.actor, identifier, write_design(design), now=request.now)
    return _is_ready(request, identifier, name)


@require_POST
@page(right="cards:write")
def duplicate(request: PageRequest, card_type: str) -> HttpResponse:
    """Make a card type like this one and open its designer."""
    with unit_of_work(request.actor.chain_id):
        view = access_card_type(request.actor, card_type)
    name = _("Copy of %(name)s") % {"name": view.name}
    made = duplicate_card_type(request.actor, card_type, name=name, now=request.now)
    return _is_ready(request, encode("ctp", made.id), made.name)


def _is_ready(request: PageRequest, identifier: str, name: str) -> HttpResponse:
    toast(request, _("The card type “%(name)s” is ready") % {"name": name})
    return done(request, reverse("designs:design", args=[identifier]))


def _spoken(chosen: Template, words: Mapping[str, object]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts[language] = str(words[chosen.key])
    return texts


def _face(request: PageRequest, one: Template) -> CardFace:
    return CardFace(
        title=request.chain.name,
        caption=TEMPLATE_REWARDS[one.key],
        goal=one.goal,
        stamps=one.goal * 2 // 3,
        stamp_icon=one.icon,
        background=one.background,
        foreground=one.foreground,
        sample=True,
    )
