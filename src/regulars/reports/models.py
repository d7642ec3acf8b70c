"""Figures kept for pages, so that nobody waits while millions of rows are counted."""

from typing import Final

from django.db import models

from regulars.platform.personal_data import Declared, Impersonal


class ChainFigures(models.Model):
    """The figures of a chain's overview as they were last counted; `took_ms` says how long that was."""

    chain = models.OneToOneField("chains.Chain", on_delete=models.CASCADE, primary_key=True)
    content = models.JSONField()
    took_ms = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "chain_figures"


PERSONAL_DATA: Final[tuple[Declared, ...]] = (Impersonal("chain_figures", "content"),)
