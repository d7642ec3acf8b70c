"""Labels, a poster and a page for staff with the code that people join a card type by (TYP-7)."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from regulars.cards.actions.join_slug import change_join_slug, give_join_slug
from regulars.cards.queries.join import join_address
from regulars.cards.queries.types import CardTypeView, access_card_type
from regulars.cards.rules.join_slug import SLUG_LENGTH_MAX, SLUG_LENGTH_MIN
from regulars.designs.queries.published import find_design, find_picture
from regulars.designs.rules.labels import FORMATS, SIZES, Label, Words, draw_label
from regulars.designs.rules.pictures import STAMPS_MAX, STRIP_POINTS, logo, look_of, strip
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

SIZE_NAMES = {
    "10x15": gettext_lazy("Label of 10 × 15 cm"),
    "5x5": gettext_lazy("Sticker of 5 × 5 cm"),
    "a4": gettext_lazy("Poster (A4)"),
}
STRIP_PIXELS = (STRIP_POINTS[0] * 3, STRIP_POINTS[1] * 3)
HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; sandbox",
}


@require_safe
@page(right="cards:read")
def show_labels(request: PageRequest, card_type: str) -> HttpResponse:
    """Every size with its files, in the language that was chosen, and the address that the code leads to."""
    view = access_card_type(request.actor, card_type)
    return _labels_page(request, view)


@require_safe
@page(right="cards:read")
def show_label(request: PageRequest, card_type: str, size: str, kind: str) -> HttpResponse:
    """One label as a file."""
    if size not in SIZES or kind not in FORMATS:
        raise Http404
    view = access_card_type(request.actor, card_type)
    slug = give_join_slug(request.actor.chain_id, view.id)
    content = draw_label(_label(request, view, slug, _language(request)), size, kind)
    shown = "inline" if request.GET.get("show") else "attachment"
    headers = HEADERS | {"Content-Disposition": f'{shown}; filename="{slug}-{size}.{kind}"'}
    return HttpResponse(content, content_type=FORMATS[kind], headers=headers)


@require_safe
@page(right="cards:read")
def show_join_code(request: PageRequest, card_type: str) -> HttpResponse:
    """The code alone, large: staff hold it out to a customer."""
    view = access_card_type(request.actor, card_type)
    slug = give_join_slug(request.actor.chain_id, view.id)
    label = _label(request, view, slug, _language(request))
    context = {
        "card_type": view,
        "url": label.url,
        "words": label.words,
        "language": _language(request),
        "back": reverse("designs:labels", args=[encode("ctp", view.id)]),
    }
    return render_page(request, "designs/join_code.html", context)


@require_POST
@page(right="cards:write")
def change_address(request: PageRequest, card_type: str) -> HttpResponse:
    """Let people join at another address; what was printed before leads nowhere from then on."""
    back = reverse("designs:labels", args=[card_type])
    try:
        slug = change_join_slug(request.actor, card_type, request.POST.get("slug", ""), now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        problem = refused.refusal
        said = _(problem.errors[0].detail) if isinstance(problem, Invalid) else sentence(problem)
        toast(request, said, tone="bad")
        return done(request, back)
    toast(request, _("People join at %(address)s now") % {"address": join_address(slug)})
    return done(request, back)


def _labels_page(request: PageRequest, view: CardTypeView) -> HttpResponse:
    identifier, language = encode("ctp", view.id), _language(request)
    slug = give_join_slug(request.actor.chain_id, view.id)

    def address(size: str, kind: str) -> str:
        return f"{reverse('designs:label', args=[identifier, size, kind])}?language={language}"

    context = {
        "card_type": view,
        "url": join_address(slug),
        "slug": slug,
        "slug_lengths": (SLUG_LENGTH_MIN, SLUG_LENGTH_MAX),
        "language": language,
        "languages": settings.LANGUAGES,
        "sizes": [
            {
                "key": size,
                "name": name,
                "shown": f"{address(size, 'svg')}&show=1",
                "files": [(kind.upper(), address(size, kind)) for kind in FORMATS],
            }
            for size, name in SIZE_NAMES.items()
        ],
        "code_url": f"{reverse('designs:join_code', args=[identifier])}?language={language}",
        "slug_url": reverse("designs:join_slug", args=[identifier]),
        "may_write": request.actor.may("cards:write"),
        "back": reverse("cards:types"),
    }
    return render_page(request, "designs/labels.html", context)


def _label(request: PageRequest, view: CardTypeView, slug: str, language: str) -> Label:
    published = find_design(request.actor.chain_id, view.id)
    assert published is not None
    design, url, goal = published.design, join_address(slug), view.goal or 0
    look = look_of(design)

    def load(name: str) -> bytes | None:
        return find_picture(request.actor.chain_id, name)

    stamps = None
    if 0 < goal <= STAMPS_MAX:
        stamps = strip(look, load, stamps=goal * 2 // 3, goal=goal, size=STRIP_PIXELS)
    with translation.override(language):
        words = Words(
            name=design.text("organisation", language, request.chain.name),
            calls=_("Scan the code and get your card"),
            brings=design.text("reward", language),
            address=url.partition("://")[2],
        )
    return Label(
        words=words,
        url=url,
        background=design.background,
        foreground=design.foreground,
        logo=logo(look, load, 3) if look.logo else None,
        stamps=stamps,
    )


def _language(request: PageRequest) -> str:
    known = [code for code, _name in settings.LANGUAGES]
    wanted: Any = request.GET.get("language")
    usual = request.chain.language
    return next((one for one in (wanted, usual) if one in known), "en")
