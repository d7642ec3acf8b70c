"""What the design adds to the web card below its face: links and terms."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

from regulars.designs.queries.published import find_design_of_card
from regulars.designs.rules.definition import spoken
from regulars.platform.pages.web_card import ShownCard


def show_terms(request: HttpRequest, card: ShownCard) -> str:
    """The links and the terms of the card, in the language of its holder."""
    design = find_design_of_card(card.chain.id, card.card_id)
    if design is None:
        return ""
    language = get_language() or "en"
    links = [(one.url, spoken(one.label, language, one.url)) for one in design.links]
    legal = design.text("legal", language)
    return render_to_string("designs/_terms.html", {"links": links, "legal": legal}, request) if links or legal else ""
