"""Forms of signing in, of one's account, of staff and keys."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from regulars.chains.queries import LocationView
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.kernel.ids import decode, encode
from regulars.platform.actor import NOUNS
from regulars.platform.input_text import CleanTextForm
from regulars.staff.pages.words import NOUN_NAMES, RIGHT_NAMES, ROLE_NAMES, ROLE_TEXTS
from regulars.staff.rules import (
    ADJUST_LIMIT_MAX,
    EMAIL_LENGTH_MAX,
    PASSWORD_LENGTH_MAX,
    ROLES,
    SEPARATE_RIGHTS,
    PlaceDraft,
)

SCOPES: Final = (*(f"{noun}:{verb}" for noun in NOUNS for verb in ("read", "write")), "cards:delete")


def _password(label: Any, *, fresh: bool, help_text: Any = "") -> forms.CharField:
    autocomplete = "new-password" if fresh else "current-password"
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=PASSWORD_LENGTH_MAX, help_text=help_text)


def _email(label: Any, **given: Any) -> forms.CharField:
    widget = forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=EMAIL_LENGTH_MAX, widget=widget, **given)


class SignInForm(CleanTextForm):
    """Who one is, and the proof."""

    email = _email(_("E-mail"))
    password = _password(_("Password"), fresh=False)


class ForgotForm(CleanTextForm):
    """Where to send the link."""

    email = _email(_("E-mail"))


class NewPasswordForm(CleanTextForm):
    """A new password; one field, with the browser's own way to show it."""

    password = _password(_("New password"), fresh=True, help_text=_("At least ten characters; a few words are best"))


class ChangePasswordForm(CleanTextForm):
    """The old password and a new one."""

    old = _password(_("Present password"), fresh=False)
    password = _password(_("New password"), fresh=True, help_text=_("At least ten characters; a few words are best"))


class PinForm(CleanTextForm):
    """A PIN for the till, and the password that shows whose it is."""

    pin = forms.CharField(
        label=_("New PIN"),
        max_length=20,
        help_text=_("4 to 8 digits that nobody would guess; not the PIN of your bank card"),
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": "8"}),
    )
    present = _password(_("Your password"), fresh=False)


class JoinForm(CleanTextForm):
    """A new login for an invited person; the e-mail is the invited one."""

    name = forms.CharField(
        label=_("Your name"), max_length=NAME_LENGTH_MAX, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = _password(_("Password"), fresh=True, help_text=_("At least ten characters; a few words are best"))


class StartForm(CleanTextForm):
    """The language of the set-up, and the code from the server's console."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    token = forms.CharField(
        label=_("Set-up code"), max_length=200, help_text=_("The server shows it in its console when it starts")
    )


class OwnerForm(CleanTextForm):
    """The first owner."""

    name = forms.CharField(
        label=_("Your name"), max_length=NAME_LENGTH_MAX, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = _email(_("E-mail"), help_text=_("You sign in with it"))
    password = _password(_("Password"), fresh=True, help_text=_("At least ten characters; a few words are best"))


class ProfileForm(CleanTextForm):
    """What people choose for themselves."""

    name = forms.CharField(label=_("Your name"), max_length=NAME_LENGTH_MAX, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(
        label=_("Appearance"), choices=(("system", _("As the device")), ("light", _("Light")), ("dark", _("Dark")))
    )
    shortcuts = forms.BooleanField(label=_("Single-letter keyboard shortcuts"), required=False)


class PlaceForm(CleanTextForm):
    """A role, separate rights and locations."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    rights = forms.MultipleChoiceField(
        label=_("Also may"),
        choices=[(right, RIGHT_NAMES[right]) for right in SEPARATE_RIGHTS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("These can be given and taken whatever the role; an owner has them all"),
    )
    everywhere = forms.BooleanField(label=_("All locations"), required=False, initial=True)
    locations = forms.MultipleChoiceField(
        label=_("Only at"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Counts if “All locations” is off"),
    )
    adjust_limit = forms.IntegerField(
        label=_("Largest change of a balance by hand"),
        required=False,
        min_value=0,
        max_value=ADJUST_LIMIT_MAX,
        help_text=_("In points, stamps or money, for each change; empty for no limit"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, locations: Iterable[LocationView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(
            "role",
            [(role, format_html("<b>{}</b><small>{}</small>", ROLE_NAMES[role], ROLE_TEXTS[role])) for role in ROLES],
        )
        known = [(encode("loc", one.id), one.name) for one in locations]
        self.offer("locations", known)
        self.has_locations = len(known) > 1
        if not self.has_locations:
            del self.fields["locations"], self.fields["everywhere"]

    def place(self) -> PlaceDraft:
        """What was typed, for the action."""
        chosen = self.cleaned_data.get("locations", [])
        limited = self.has_locations and not self.cleaned_data.get("everywhere")
        ids: list[UUID] = [one for text in chosen if (one := decode("loc", text))]
        return PlaceDraft(
            role=self.cleaned_data["role"],
            separate_rights=frozenset(self.cleaned_data["rights"]) if "rights" in self.fields else None,
            location_ids=frozenset(ids) if limited else None,
            adjust_limit=self.cleaned_data["adjust_limit"] if "adjust_limit" in self.fields else "keep",
        )


class InviteForm(PlaceForm):
    """Whom to invite, and as what; separate rights come once they are here."""

    email = _email(_("E-mail"))
    field_order = ("email", "role", "everywhere", "locations")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["rights"], self.fields["version"], self.fields["adjust_limit"]
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class KeyForm(CleanTextForm):
    """What a key is for, and what it may do."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH_MAX, help_text=_("What uses it: “Till 1”, “Web shop”")
    )
    scopes = forms.MultipleChoiceField(label=_("May do"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("scopes", [(scope, scope_name(scope)) for scope in SCOPES])


def scope_name(scope: str) -> str:
    """A scope in words, with its own name beside it: that is what documentation and errors call it."""
    noun, _sep, verb = scope.partition(":")
    verbs = {"read": _("read"), "write": _("change"), "delete": _("delete")}
    return format_html('{}: {} <small><bdi dir="ltr">{}</bdi></small>', NOUN_NAMES[noun], verbs[verb], scope)
