"""Refusals about exports."""

from dataclasses import dataclass
from typing import ClassVar, Final

from regulars.kernel.refusal import Refusal

KEPT_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class ExportNotReady(Refusal):
    """Its file is not written yet, or never will be."""

    code: ClassVar[str] = "export_not_ready"
    message: ClassVar[str] = "This export has no file: it is {state}."
    state: str = ""


@dataclass(frozen=True, slots=True)
class ExportExpired(Refusal):
    """Its file was removed."""

    code: ClassVar[str] = "export_expired"
    status: ClassVar[int] = 410
    message: ClassVar[str] = "The files of exports are kept for {days} days. Make a new one."
    days: int = KEPT_DAYS


@dataclass(frozen=True, slots=True)
class TooManyExports(Refusal):
    """Enough exports of the chain are waiting already."""

    code: ClassVar[str] = "too_many_exports"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "{waiting} exports are on their way already. Wait until one is ready."
    waiting: int = 0
