"""Forms that act once, however often they are sent (LED-2)."""

import hashlib
import json
import secrets
from typing import Any

from django import forms

from regulars.platform.actor import Actor
from regulars.platform.claims import Claim
from regulars.platform.input_text import CleanTextForm


class OnceForm(CleanTextForm):
    """A form that acts once, however often it is sent: a hidden key goes with it (LED-2)."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("once", secrets.token_urlsafe(18))

    def claim(self, actor: Actor, route: str) -> Claim | None:
        """The idempotency key of this form, with a hash of what was typed; None for a form without one."""
        key = self.cleaned_data.get("once")
        holder = actor.staff_id
        if not key or holder is None:
            return None
        typed = {name: str(value) for name, value in self.cleaned_data.items()}
        digest = hashlib.sha256(json.dumps([route, typed], sort_keys=True).encode()).digest()
        return Claim(holder_id=holder, route=f"page {route}", key=key, body_hash=digest)
