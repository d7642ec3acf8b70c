"""The reader's own choices on this device: theme, density of tables, single-letter shortcuts, language."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.views.decorators.http import require_POST

COOKIE_SECONDS = 400 * 24 * 3600
CHOICES = {
    "theme": ("system", "light", "dark"),
    "density": ("roomy", "dense"),
    "shortcuts": ("on", "off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Choices that change how pages look and listen to keys, never what they do."""

    theme: str = "system"
    density: str = "roomy"
    shortcuts: str = "on"


def read_preferences(request: HttpRequest) -> Preferences:
    """The choices of the login, else of this device's cookies; an unknown value counts as not chosen."""
    login = getattr(request, "login", None)
    if login is not None:
        return Preferences(
            theme=login.theme if login.theme in CHOICES["theme"] else "system",
            shortcuts="on" if login.shortcuts else "off",
            density=login.density if login.density in CHOICES["density"] else "roomy",
        )
    chosen = {name: request.COOKIES.get(f"regulars_{name}", "") for name in CHOICES}
    return Preferences(**{name: value for name, value in chosen.items() if value in CHOICES[name]})


@require_POST
def save_preferences(request: HttpRequest) -> HttpResponse:
    """Keep the posted choices and go back to the page; unknown names and values are ignored.

    Cookies keep them for this device. `REGULARS_KEEP_PREFERENCES`, dotted path of a function
    `(request, chosen: dict[str, str]) -> None`, keeps them with the login of who is signed in.
    """
    response = HttpResponseRedirect(safe_next(request))
    response.status_code = 303
    chosen = {name: value for name, values in CHOICES.items() if (value := request.POST.get(name, "")) in values}
    for name, value in chosen.items():
        keep(response, f"regulars_{name}", value)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        chosen["language"] = language
        keep(response, settings.LANGUAGE_COOKIE_NAME, language)
    if chosen and (keeper := getattr(settings, "REGULARS_KEEP_PREFERENCES", "")):
        import_string(keeper)(request, chosen)
    return response


def keep(response: HttpResponse, name: str, value: str) -> None:
    """Set a cookie that lasts and holds nothing secret."""
    response.set_cookie(
        name, value, max_age=COOKIE_SECONDS, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
    )


def safe_next(request: HttpRequest) -> str:
    """The address to return to: the form's `next`, and only on this host."""
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=False)
    return wanted if wanted.startswith("/") and allowed else "/"
