"""{% load ui %}: the components of a page. The style guide at /styleguide shows every one of them in use."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import segno
from django import template
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from regulars.kernel.barcode import barcode_bars, can_be_barcode
from regulars.platform.pages import figures, listing
from regulars.platform.pages.bar_chart import Bar, axis_top, draw_bars
from regulars.platform.pages.card_face import CardFace

register = template.Library()

# Icons that point along the line of reading, so they turn round where the language does.
TURNING = {
    "arrow-left",
    "arrow-right",
    "chevron-left",
    "chevron-right",
    "log-out",
    "undo-2",
    "redo-2",
    "list",
    "external-link",
}


@lru_cache(maxsize=512)
def drawn_icon(name: str, classes: str) -> SafeString:
    """The icon's SVG, drawn once per process."""
    given = {"class": classes, "aria-hidden": "true", "focusable": "false"}
    try:
        svg = lucide(name, size=18, **given)
    except IconDoesNotExist:  # a name from data, such as a card type's stamp, must not break the page
        svg = lucide("circle-dashed", size=18, **given)
    return mark_safe(svg.replace("\n", ""))  # noqa: S308 - drawn from the icon package by a name in a template


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """`{% icon "plus" %}`: a lucide icon, hidden from screen readers unless it has a `label`. `size`: "s", "l"."""
    svg = drawn_icon(name, " ".join(filter(None, ("i", size, "turn" if name in TURNING else ""))))
    return format_html('{}<span class="vh">{}</span>', svg, label) if label else svg


def attributes(given: dict[str, Any]) -> SafeString:
    """HTML attributes from keyword arguments: hx_get becomes hx-get, True stands alone, None and False are left out."""
    pairs = [(name.rstrip("_").replace("_", "-"), value) for name, value in given.items()]
    return format_html_join(
        "",
        "{}",
        (
            (format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value),)
            for name, value in pairs
            if value not in (None, False)
        ),
    )


@register.simple_tag
def button(
    label: str, kind: str = "", icon_name: str = "", href: str = "", hide_label: bool = False, **given: Any
) -> SafeString:
    """`{% button _("Save") kind="primary" icon_name="check" %}`: a button, or a link that looks like one with `href`.

    `kind` is any of "primary", "danger", "danger-quiet", "quiet", "s", "l", "full", joined by spaces. Other
    arguments become attributes: `type` ("submit" unless said), name, value, hx_get, data_dialog ...
    With `hide_label` only the icon is seen; the label stays for screen readers and as a tooltip.
    """
    text = format_html('<span class="vh">{}</span>', label) if hide_label else format_html("<span>{}</span>", label)
    inner = format_html("{}{}", icon(icon_name) if icon_name else "", text)
    classes = " ".join(filter(None, ("btn", kind, "icon" if hide_label else "")))
    if hide_label:
        given.setdefault("title", label)
    if href:
        return format_html('<a class="{}" href="{}"{}>{}</a>', classes, href, attributes(given), inner)
    kind_of_button = given.pop("type", "submit")
    return format_html('<button class="{}" type="{}"{}>{}</button>', classes, kind_of_button, attributes(given), inner)


@register.simple_tag
def badge(label: str, tone: str = "", icon_name: str = "") -> SafeString:
    """`{% badge _("blocked") tone="bad" icon_name="lock" %}`: a state in words. Tones: good, warm, bad, accent."""
    return format_html('<span class="tag {}">{}{}</span>', tone, icon(icon_name) if icon_name else "", label)


@register.simple_tag
def code(text: object) -> SafeString:
    """`{% code card.number %}`: a number, code or phone, written left to right in any language."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', text or "")


@register.filter(name="code")
def code_filter(text: object) -> SafeString:
    """`{{ phone|code }}`: the same as the tag."""
    return code(text)


@register.filter
def own(text: object) -> SafeString:
    """`{{ customer.name|own }}`: words that people typed, kept from turning the line around them."""
    return format_html("<bdi>{}</bdi>", text if text is not None else "")


@register.simple_tag
def face(name: str, size: str = "", tone: str = "") -> SafeString:
    """`{% face customer.name %}`: a round mark with initials, for the eye only."""
    return format_html(
        '<span class="face {} {}" aria-hidden="true">{}</span>', size, tone, figures.initials(name or "")
    )


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, short: bool = False, asked: bool = False, prefix: str = "", suffix: str = "", **given: Any
) -> dict[str, Any]:
    """`{% field form.phone %}`: label, help, error and the input, tied together for screen readers.

    `short` keeps the input narrow; `asked` says that it is not optional wherever it is shown; `prefix` and `suffix` stand inside its frame; other arguments become
    attributes of the input (inputmode, placeholder, hx_get ...).
    """
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs = {name.rstrip("_").replace("_", "-"): value for name, value in given.items()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    kind = getattr(bound.field.widget, "input_type", "")
    return {
        "bound": bound,
        "widget": bound.as_widget(attrs=attrs),
        "kind": "check"
        if kind == "checkbox" and not hasattr(bound.field, "choices")
        else "choices"
        if is_group(bound)
        else "",
        "short": short,
        "is_optional": not (bound.field.required or asked),
        "prefix": prefix,
        "suffix": suffix,
    }


def is_group(bound: BoundField) -> bool:
    """True for radio buttons and lists of check boxes, which need a fieldset."""
    return bool(getattr(bound.field.widget, "use_fieldset", False))


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """`{% error_summary form %}`: what is wrong, on top, each item a link to its field. Nothing if all is well."""
    items = [
        {"target": f"#{bound.auto_id}" if bound else "", "label": bound.label if bound else "", "text": text}
        for form in forms
        if form is not None and form.is_bound
        for name, texts in form.errors.items()
        for bound in [form[name] if name in form.fields else None]
        for text in texts
    ]
    return {"items": items}


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context: Context, label: str, key: str, classes: str = "", default: str = "") -> dict[str, Any]:
    """`{% sort_header _("Number") "number" %}`: a column heading that sorts by `?order=key`, then `?order=-key`.

    `default` is the order of a list without `order` in its address.
    """
    request: HttpRequest = context["request"]
    order = request.GET.get("order") or default
    direction = "ascending" if order == key else "descending" if order == f"-{key}" else ""
    return {
        "label": label,
        "classes": classes,
        "direction": direction,
        "url": listing.address_with(request, order=f"-{key}" if direction == "ascending" else key),
        "icon_name": {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction, "chevrons-up-down"),
        "target": context.get("list_target", "list"),
    }


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, pager: listing.Pager) -> dict[str, Any]:
    """`{% pager pager %}`: the foot of a list: where one is, previous and next."""
    return {"pager": pager, "target": context.get("list_target", "list")}


@register.inclusion_tag("components/chips.html", takes_context=True)
def chips(context: Context, chips: Sequence[listing.Chip], clear_url: str = "") -> dict[str, Any]:
    """`{% chips chips clear_url %}`: the filters that are on, each with a cross."""
    return {"chips": chips, "clear_url": clear_url, "target": context.get("list_target", "list")}


@register.inclusion_tag("components/progress.html")
def progress(
    value: int, total: int, *, label: str = "", percent: bool = False, wide: bool = False, thick: bool = False
) -> dict[str, Any]:
    """`{% progress card.stamps card.goal label=_("Stamps") %}`: a bar with its count, "7/8", and percent if asked.

    The bar stops at its end while the count says the truth: 10/8.
    """
    share = min(value / total, 1) if total > 0 else 0
    return {
        "value": max(0, min(value, total)),
        "total": total or 1,
        "count": f"{figures.number(value)}/{figures.number(total)}",
        "percent": figures.percent(max(0, share)) if percent else "",
        "full": total > 0 and value >= total and not thick,
        "label": label,
        "wide": wide or percent,
        "thick": thick,
    }


@register.inclusion_tag("components/count.html")
def count(
    value: int | str, label: str, href: str = "", tone: str = "", current: bool = False, **given: Any
) -> dict[str, Any]:
    """`{% count 39 _("need attention") href=url tone="bad" current=True %}`: a figure with its name, a filter with `href`."""
    shown = figures.number(value) if isinstance(value, int) else value
    return {
        "value": shown,
        "label": label,
        "href": href,
        "tone": tone,
        "current": current,
        "attributes": attributes(given),
    }


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[tuple[str, str]], current: int) -> dict[str, Any]:
    """`{% steps wizard_steps 3 %}`: a stepper; items are (label, url), url "" where one cannot go; `current` from 1."""
    return {"items": list(items), "current": current}


@register.inclusion_tag("components/drop_zone.html")
def drop_zone(name: str, label: str, help: str = "", accept: str = "", error: str = "") -> dict[str, Any]:  # noqa: A002
    """`{% drop_zone "file" _("Choose a file or drop it here") help=limits accept=".xlsx,.csv" %}`: a file input one can drop on."""
    return {"name": name, "label": label, "help": help, "accept": accept, "error": error}


@register.inclusion_tag("components/copy.html")
def copy(text: str, label: str = "") -> dict[str, Any]:
    """`{% copy card.number %}`: a small button that copies the text; without JavaScript it is not shown."""
    return {"text": text, "label": label}


@register.inclusion_tag("components/card.html")
def card_face(card: CardFace, size: str = "") -> dict[str, Any]:
    """`{% card_face face %}`: the loyalty card as one sees it on a phone; `size="more"` for the web card."""
    return {"card": card, "size": size}


@register.inclusion_tag("shell/art.html")
def welcome_art() -> dict[str, Any]:
    """`{% block art %}{% welcome_art %}{% endblock %}` in a page on bare.html: cards beside the form, on wide screens only."""
    return {
        "art_faces": [
            CardFace(title="Salon Aurora", number="3108 224 907", balance="1,250", palette="plum"),
            CardFace(title="Kaffeehaus Nord", holder="Jürgen", goal=10, stamps=7),
            CardFace(title="Bakery on the corner", goal=6, stamps=2, stamp_icon="croissant", palette="sand"),
        ]
    }


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[Any], now: Any = None) -> dict[str, Any]:
    """`{% timeline items %}`: what happened, newest first; items have text, at, and optionally tone, detail, url, change."""
    return {"items": items, "now": now}


@register.inclusion_tag("components/bar_chart.html")
def bar_chart(
    bars: Sequence[Bar], title: str, summary: str = "", unit: str = "", label_head: str = ""
) -> dict[str, Any]:
    """`{% bar_chart bars title=_("How many cards were issued?") summary=... %}`: bars with a table below; `title` asks the question."""
    return {
        "drawn": draw_bars(bars),
        "top": axis_top(max((bar.value for bar in bars), default=1)),
        "title": title,
        "summary": summary,
        "unit": unit,
        "label_head": label_head,
    }


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """`{% qr url _("QR code of this card") %}`: a QR code as SVG, always dark on light, with medium error correction."""
    made = segno.make(text, error="m", micro=False)
    width = made.symbol_size(border=2)[0]
    path = "".join(
        f"M{x + 2} {y + 2}h1v1h-1z" for y, line in enumerate(made.matrix) for x, dark in enumerate(line) if dark
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" width="200" height="200" role="img" aria-label="{}" shape-rendering="crispEdges">'
        '<rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="{}"/></svg>',
        width, width, label, path,
    )  # fmt: skip


@register.simple_tag
def barcode(text: str, label: str) -> SafeString:
    """`{% barcode voucher.code _("Barcode of this voucher") %}`: a Code 128 barcode as SVG; nothing where none can hold the text."""
    if not can_be_barcode(text):
        return mark_safe("")
    bars, width = barcode_bars(text)
    path = "".join(f"M{at} 0h{wide}v60h-{wide}z" for at, wide in bars)
    return format_html(
        '<svg class="barcode" viewBox="0 0 {} 60" width="{}" height="60" preserveAspectRatio="none" role="img" aria-label="{}"'
        ' shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="{}"/></svg>',
        width, width, label, path,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: str | None) -> str:
    """`{% address order="name" %}`: this page's address with some query parameters changed; "" takes one out."""
    return listing.address_with(context["request"], **changes)


@register.simple_block_tag(takes_context=True)
def panel(context: Context, content: str, *, title: str, sub: str = "", close_url: str = "") -> SafeString:
    """`{% panel title=name sub=email close_url=list_url %}...{% endpanel %}`: the side panel's frame with Back and Close."""
    inner = {"title": title, "sub": sub, "close_url": close_url, "content": content}
    return render(context, "components/panel.html", inner)


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, title: str, sub: str = "") -> SafeString:
    """`{% dialog title=_("Adjust balance") %}<form>...{% enddialog %}`: the inside of a dialog, for a `modal` fragment."""
    return render(context, "components/dialog.html", {"title": title, "sub": sub, "content": content})


@register.simple_block_tag(takes_context=True)
def empty(
    context: Context,
    content: str,
    *,
    title: str,
    text: str = "",
    icon_name: str = "sparkles",
    kind: str = "",
    is_page: bool = False,
) -> SafeString:
    """`{% empty title=... text=... icon_name="users" %}buttons{% endempty %}`: nothing here yet. `kind`: "filter", "bad".

    With `is_page` it is all that the page says, and its title the page's heading.
    """
    inner = {
        "is_page": is_page,
        "title": title,
        "text": text,
        "icon_name": icon_name,
        "kind": kind,
        "content": content if content.strip() else "",
    }
    return render(context, "components/empty.html", inner)


@register.simple_block_tag
def note(content: str, tone: str = "", icon_name: str = "") -> SafeString:
    """`{% note tone="warm" %}...{% endnote %}`: a remark set apart. Tones: info, good, warm, bad."""
    shown = icon_name or {"warm": "triangle-alert", "bad": "circle-alert", "good": "circle-check"}.get(tone, "info")
    return format_html('<div class="note {}">{}<div>{}</div></div>', tone, icon(shown), content)


@register.simple_block_tag
def fact(content: str, label: str) -> SafeString:
    """`<dl class="facts">{% fact _("Issued") %}...{% endfact %}</dl>`: one line of a facts list."""
    return format_html("<dt>{}</dt><dd>{}</dd>", label, content)


@register.simple_block_tag(takes_context=True)
def menu(context: Context, content: str, label: str, icon_name: str = "ellipsis", text: bool = False) -> SafeString:
    """`{% menu _("More actions") %}<a class="menu-item">...{% endmenu %}`: a button that opens a list, without JavaScript too."""
    return render(
        context, "components/menu.html", {"label": label, "icon_name": icon_name, "text": text, "content": content}
    )


def render(context: Context, name: str, inner: dict[str, Any]) -> SafeString:
    """Render a component around content that the template engine has already escaped."""
    template_engine = context.template.engine  # type: ignore[union-attr]
    with context.push(**inner):
        return template_engine.get_template(name).render(context)
