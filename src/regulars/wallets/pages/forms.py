"""The forms of the settings of wallets: files that are uploaded, and what they come with."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.platform.input_text import CleanTextForm
from regulars.wallets.rules.apple.certificate import Files

CERTIFICATE_BYTES_MAX: Final = 100_000
ACCOUNT_BYTES_MAX: Final = 20_000


class CertificateForm(CleanTextForm):
    """The files of a certificate; only the first is always there."""

    certificate = forms.FileField(label=gettext_lazy("Certificate (.cer, .pem or .p12)"))
    intermediate = forms.FileField(label=gettext_lazy("Apple's intermediate certificate (WWDR)"), required=False)
    key = forms.FileField(label=gettext_lazy("Private key, if it is a file of its own"), required=False)
    password = forms.CharField(
        label=gettext_lazy("Password of the file, if it has one"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput,
    )

    def clean(self) -> dict[str, Any]:
        """Files of certificates are small; anything else was chosen by mistake."""
        found = super().clean() or {}
        for name in ("certificate", "intermediate", "key"):
            if name in found and found[name] and found[name].size > CERTIFICATE_BYTES_MAX:
                self.add_error(name, _("This file is too large for a certificate or key."))
        return found

    def uploaded(self) -> Files:
        """What was chosen."""

        def content(name: str) -> bytes:
            chosen = self.cleaned_data.get(name)
            return bytes(chosen.read()) if chosen else b""

        return Files(content("certificate"), content("key"), content("intermediate"), self.cleaned_data["password"])


class GoogleForm(CleanTextForm):
    """Who writes the cards at Google."""

    issuer = forms.CharField(
        label=gettext_lazy("Issuer ID"), max_length=30, widget=forms.TextInput({"inputmode": "numeric"})
    )
    account = forms.FileField(label=gettext_lazy("Key of the service account (.json)"))

    def clean_account(self) -> Any:
        """Keys are small; anything else was chosen by mistake."""
        chosen = self.cleaned_data["account"]
        if chosen.size > ACCOUNT_BYTES_MAX:
            raise forms.ValidationError(_("This file is too large for a certificate or key."))
        return chosen
