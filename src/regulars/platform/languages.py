"""Switching the language of a thread only where it is another one: to switch costs a hot request as much as to decide it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation


def speak(language: str, *, instead_of: str | None) -> None:
    """Let this thread speak a language in the place of the one that it speaks."""
    if language != instead_of:
        translation.activate(language)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak a language inside the block, and afterwards the one that was spoken before."""
    if translation.get_language() == language:
        yield
        return
    with translation.override(language):
        yield
