"""The style guide: every component in every state, and whole screens made of them. Only while developing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from regulars.platform.clock import real_now

from .answer import done, render_page, toast
from .bar_chart import Bar
from .card_face import PALETTES, CardFace
from .failures import FAILURES, failure_page
from .listing import Chip, Pager
from .shell import Link, Shell

ACCENTS = ("", "ocean", "plum", "brick", "rose", "honey", "slate", "indigo")
POLL_STEPS = 3
SCREENS = ("list", "import", "bare", "card", "failures")
PEOPLE = (
    ("4807115263", "Anna Müller", "anna@example.com", 8, 0.2),
    ("4807113441", "Иван Петров", "+7 912 345-67-01", 2, 3),
    ("4807111106", "प्रिया शर्मा", "priya@example.com", 5, 4),
    ("4807109985", "", "+49 151 234 5678", 0, 20),
    ("4807108474", "Jürgen Krause", "j.krause@example.com", 7, 28),
    ("4807106312", "ليلى حداد", "+33 6 12 34 56 78", 3, 33),
    ("4807105008", "Tom Okafor", "tom@example.com", 10, 60),
    ("4807103290", "María José Fernández-Villaverde y Echevarría", "mj@example.com", 1, 9000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A row of the sample list."""

    number: str
    name: str
    contact: str
    stamps: int
    at: datetime
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEvent:
    """A line of the sample time line."""

    text: str
    at: datetime
    tone: str = ""
    detail: str = ""
    url: str = ""


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), max_length=80)
    phone = forms.CharField(
        label=_("Phone"), required=False, help_text=_("With country code, or as you would dial it here")
    )
    amount = forms.DecimalField(label=_("Amount"), max_digits=6, decimal_places=2, widget=forms.TextInput)
    kind = forms.ChoiceField(label=_("Card type"), choices=[("a", "Coffee card"), ("b", "Bonus card")])
    how = forms.ChoiceField(
        label=_("What the numbers mean"),
        widget=forms.RadioSelect,
        choices=[("add", _("Add: the number is a change")), ("set", _("Set: the number is the new total"))],
    )
    notes = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    consent = forms.BooleanField(
        label=_("May be written to"), required=False, help_text=_("Only if the person said so")
    )


class AmountForm(forms.Form):
    """The form of the sample dialog."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=6, decimal_places=2, widget=forms.TextInput)
    notes = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


def show_styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state; 404 outside development."""
    require_development()
    request.shell = sample_shell(request)  # type: ignore[attr-defined]
    if "toast" in request.GET:
        toast(request, str(_("1 stamp added to card 4807108474")), undo_url="/styleguide")
    return render_page(request, "styleguide/components.html", components_context(request))


def styleguide_fragment(request: HttpRequest, part: str) -> HttpResponse:
    """A whole screen made of the components, or a fragment the components page asks for; 404 for another name."""
    require_development()
    request.shell = sample_shell(request)  # type: ignore[attr-defined]
    if part.startswith("failure-"):
        return failure_page(request, int(part.removeprefix("failure-")), code="sample_code")
    if part == "dialog":
        return sample_dialog(request)
    if part == "progress":
        step = min(int(request.GET.get("step", "0") or 0), POLL_STEPS)
        return render_page(
            request, "styleguide/_progress.html", {"done": step * 1200, "next": step + 1, "steps": POLL_STEPS}
        )
    if part not in SCREENS:
        raise Http404
    context = {**components_context(request), "open_row": open_row(request)}
    return render_page(
        request,
        f"styleguide/{part}.html",
        context,
        fragments={"panel": "styleguide/_panel.html", "list": "styleguide/_rows.html"},
    )


def sample_dialog(request: HttpRequest) -> HttpResponse:
    """A form in a dialog that checks what it gets and then goes back to the list, or to its page without JavaScript."""
    form = AmountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        toast(request, str(_("Balance changed by %(amount)s") % form.cleaned_data), undo_url="/styleguide/dialog")
        return done(request, "/styleguide/list?open=4807108474", target="panel", changed="list-changed")
    status = 422 if form.is_bound else 200
    fragments = {"modal": "styleguide/_dialog.html"}
    return render_page(request, "styleguide/dialog.html", {"form": form}, fragments=fragments, status=status)


def require_development() -> None:
    """Refuse with 404 unless the installation is one for development."""
    if not (settings.DEBUG or getattr(settings, "REGULARS_STYLEGUIDE", False)):
        raise Http404


def sample_shell(request: HttpRequest) -> Shell:
    """A frame as a signed-in owner of a chain with three locations sees it."""
    locations = [
        Link(label=name, url="?", current=name == "Altona") for name in ("All locations", "Altona", "Eimsbüttel")
    ]
    accent = request.GET.get("accent", "")
    return Shell(
        chain_name="Kaffeehaus Nord",
        location_name="Altona",
        locations=locations,
        person_name="Jana Brandt",
        email="jana@example.com",
        role="Owner",
        accent=accent if accent in ACCENTS else "",
        sign_out_url="/styleguide",
        demo_start_url="/styleguide",
    )


def open_row(request: HttpRequest) -> SampleRow | None:
    """The row whose panel is open according to the address."""
    return next((row for row in sample_rows() if row.key == request.GET.get("open")), None)


def sample_rows() -> list[SampleRow]:
    """People whose names are long, short, absent, and in four scripts."""
    now = real_now()
    return [
        SampleRow(number=number, name=name, contact=contact, stamps=stamps, at=now - timedelta(hours=hours), key=number)
        for number, name, contact, stamps, hours in PEOPLE
    ]


def components_context(request: HttpRequest) -> dict[str, Any]:
    """Sample facts for every component."""
    now = real_now()
    stamps = CardFace(
        title="Kaffeehaus Nord", number="4807108474", holder="Jürgen Krause", caption=_("1 more for a free coffee"), goal=8, stamps=7
    )  # fmt: skip
    bonus = CardFace(
        title="Salon Aurora", number="4807111106", holder="प्रिया शर्मा", balance="1,250", balance_label=_("points"), palette="plum"
    )  # fmt: skip
    own = CardFace(
        title="Autowaschstraße Süd", number="77 0012", goal=12, stamps=4, stamp_icon="car", background="#0b3d2e", foreground="#f6f1d1"
    )  # fmt: skip
    return {
        "now": now,
        "form": SampleForm(),
        "wrong_form": SampleForm({"wrong-phone": "12", "wrong-amount": "12,5x", "wrong-kind": "a"}, prefix="wrong"),
        "faces": [
            stamps,
            bonus,
            own,
            CardFace(title="Bäckerei", goal=20, stamps=13, palette="sand", stamp_icon="croissant"),
        ],
        "palettes": [CardFace(title=name, balance="12.50 €", palette=name) for name in PALETTES],
        "face": stamps,
        "accents": ACCENTS,
        "rows": sample_rows(),
        "events": [
            SampleEvent(text="1 stamp, Altona till", at=now - timedelta(minutes=12)),
            SampleEvent(text="Free coffee redeemed", at=now - timedelta(days=1), tone="warm"),
            SampleEvent(text="−80.00 refused", at=now - timedelta(days=5), tone="bad", detail="Only 62.50 left"),
            SampleEvent(text="Issued by import", at=now - timedelta(days=400), tone="quiet", url="#"),
        ],
        "pager": Pager(next_url="?after=x", previous_url="?before=x", text="51–100 of 4,812"),
        "chips": [
            Chip(label=str(_("Type")), value="Coffee card", remove_url="?type="),
            Chip(label=str(_("Status")), value="active", remove_url="?status="),
        ],
        "wizard_steps": [
            (_("Upload"), "?"),
            (_("Match columns"), "?"),
            (_("Check"), "?"),
            (_("Import"), ""),
            (_("Result"), ""),
        ],
        "failures": sorted(FAILURES),
        "bars": [
            Bar(label=str(day), value=value)
            for day, value in enumerate((12, 18, 9, 0, 31, 44, 27, 15, 22, 38, 41, 19), 1)
        ],
    }
