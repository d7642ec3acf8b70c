"""Choosing the person a card is for: by name, by e-mail, by phone in any notation, known or not."""

from dataclasses import dataclass, field

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.customers.queries.meant import TEXT_LENGTH_MAX, contact_of, people_meant
from regulars.kernel.ids import encode
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as a choice."""

    id: str
    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class People:
    """What a typed text can mean: customers, or a phone that nobody has yet."""

    text: str = ""
    found: tuple[Person, ...] = field(default=())
    new_phone: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a card is for: exactly one of a customer's id and a phone."""

    customer: str = ""
    phone: str = ""


class HolderForm(OnceForm):
    """A person: a chosen customer, or what was typed to find one."""

    holder = forms.CharField(
        label=gettext_lazy("For whom"),
        help_text=gettext_lazy("Name, e-mail or phone. A phone that nobody has yet is enough."),
        required=False,
        max_length=TEXT_LENGTH_MAX,
    )
    customer = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


def find_people(request: PageRequest, text: str) -> People:
    """What a typed text can mean, in at most four queries."""
    meant = people_meant(request.actor, text, country=request.chain.country)
    return People(
        text=meant.text,
        found=tuple(Person(encode("cus", one.id), one.label, contact_of(one)) for one in meant.people),
        new_phone=meant.new_phone,
        refused=sentence(meant.refused) if meant.refused else "",
    )


def read_holder(request: PageRequest, form: HolderForm, people: People) -> Holder | None:
    """Whom a sent form means; None, with the reason at its field, where that is not clear."""
    chosen = form.cleaned_data["customer"] or request.POST.get("person", "")[:40]
    if chosen:
        return Holder(customer=chosen)
    if people.new_phone:
        return Holder(phone=people.new_phone)
    if len(people.found) == 1 and not people.refused and _is_exact(people):
        return Holder(customer=people.found[0].id)
    if not people.text:
        form.add_error("holder", _("Say for whom the card is."))
    elif people.refused:
        form.add_error("holder", people.refused)
    elif people.found:
        form.add_error("holder", _("Choose the person below."))
    else:
        form.add_error(
            "holder", _("Nobody is called that. Type a phone, with its country code if it is not from here.")
        )
    return None


def _is_exact(people: People) -> bool:
    person = people.found[0]
    digits = "".join(filter(str.isdigit, people.text))
    is_phone = len(digits) >= 7 and not any(map(str.isalpha, people.text))
    return is_phone or people.text.casefold() in (person.name.casefold(), person.contact.casefold())
