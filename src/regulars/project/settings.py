"""Django's settings, read from the environment; `regulars up` fills it in for the embedded database."""

import os
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict

from regulars.platform.logs import logging_settings
from regulars.project.keys import read_or_make_key

BASE: Final = Path(__file__).resolve().parent.parent
HOME: Final = Path(os.environ.get("REGULARS_HOME", BASE.parent.parent / "var")).resolve()
TESTING: Final = os.environ.get("REGULARS_TESTING") == "1"
DEBUG = os.environ.get("REGULARS_DEBUG") == "1"
URL = os.environ.get("REGULARS_URL", f"http://127.0.0.1:{os.environ.get('REGULARS_PORT', '8000')}").rstrip("/")
HTTPS: Final = URL.startswith("https://")

VERSION: Final = "0.1.0"

SECRET_KEY = read_or_make_key(HOME, "secret-key")
LINK_KEY = read_or_make_key(HOME, "link-key")
ALLOWED_HOSTS = ["*"]


def database(url: str) -> dict[str, Any]:
    """A connection URL (libpq's postgresql://…) as Django wants it, with the pool and prepared statements we rely on."""
    parts = dict(conninfo_to_dict(url))
    known = {key: parts.pop(key, None) or "" for key in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "prepare_threshold": 0, "server_side_binding": False},
    }


_APP_URL = os.environ.get("DATABASE_URL", "postgresql://regulars_app@127.0.0.1:5432/regulars")
_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "postgresql://regulars_owner@127.0.0.1:5432/regulars")
DATABASES = {"default": database(_APP_URL), "owner": database(_OWNER_URL)}
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "regulars.platform",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "lucide",
    "procrastinate.contrib.django",
    "regulars.chains",
    "regulars.staff",
    "regulars.customers",
    "regulars.programs",
    "regulars.products",
    "regulars.ledger",
    "regulars.cards",
    "regulars.designs",
    "regulars.codes",
    "regulars.vouchers",
    "regulars.giftcards",
    "regulars.memberships",
    "regulars.rewards",
    "regulars.promotions",
    "regulars.wallets",
    "regulars.messaging",
    "regulars.orders",
    "regulars.till",
    "regulars.storefront",
    "regulars.imports",
    "regulars.exports",
    "regulars.reports",
    "regulars.project",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
AUTH_USER_MODEL = "staff.Login"
PASSWORD_HASHERS = [
    "regulars.platform.passwords.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ROOT_URLCONF = "regulars.project.urls"
REGULARS_SHORT_WAYS = ("/api/", "/apple/")
# In this order. Programs are answered in `api_short_way`: nothing below it runs for them, no session, cookie or form token.
MIDDLEWARE = [
    "regulars.platform.logs.observe",
    "regulars.platform.pages.security.security_headers",
    "regulars.platform.api.handler.api_short_way",
    *([] if TESTING else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "regulars.platform.pages.form_tokens.FormTokens",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "regulars.platform.page_edge.refusals_as_pages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "regulars.platform.pages.shell.shell_context",
            ],
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_FAILURE_VIEW = "regulars.platform.pages.failures.csrf_failure"
REGULARS_NAVIGATION = "regulars.project.registry.NAVIGATION"
REGULARS_SETTINGS_TABS = "regulars.project.registry.SETTINGS_TABS"
REGULARS_DUE = "regulars.project.timely.DUE"
REGULARS_WEB_CARD = "regulars.project.registry.WEB_CARD"
REGULARS_WEB_CARD_FOOT = "regulars.project.registry.WEB_CARD_FOOT"
REGULARS_ON_PHONES = "regulars.wallets.queries.passes.count_on_phones"
REGULARS_SCANNERS = "regulars.project.api.SCANNERS"
REGULARS_NOTIFICATIONS = "regulars.project.registry.NOTIFICATIONS"
REGULARS_SHELL = "regulars.staff.pages.shell.find_shell"
PASSWORD_RESET_TIMEOUT = 3600
APPEND_SLASH = False
WSGI_APPLICATION = "regulars.project.wsgi.application"

LANGUAGES = [("en", "English"), ("ru", "Русский"), ("hi", "हिन्दी")]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = logging_settings(level=os.environ.get("REGULARS_LOG_LEVEL", "INFO").upper(), plain=DEBUG)

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "regulars.platform.pages.static_storage.StaticStorage"
    },
}
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "media"
FILES_ROOT = HOME / "files"

SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Behind a proxy that ends TLS a form comes from the outside address, not from the one this process sees.
CSRF_TRUSTED_ORIGINS = [URL]
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
SPREADSHEET_BYTES_MAX = 200_000_000
PASTED_BYTES_MAX = 16_000_000

TRUSTED_PROXIES = [part for part in os.environ.get("REGULARS_TRUSTED_PROXIES", "").split(",") if part]
PLUGINS = [part for part in os.environ.get("REGULARS_PLUGINS", "").split(",") if part.strip()]
METRICS_TOKEN = os.environ.get("REGULARS_METRICS_TOKEN", "")
EMAIL_URL = os.environ.get("REGULARS_SMTP_URL", "")
SMS_URL = os.environ.get("REGULARS_SMS_URL", "")
SMS_BODY = os.environ.get("REGULARS_SMS_BODY", "")
SMS_HEADERS = os.environ.get("REGULARS_SMS_HEADERS", "")
SMS_PLUGIN = os.environ.get("REGULARS_SMS_PLUGIN", "")
# Own networks that product feeds and the like may be fetched from; http:// elsewhere only where it is allowed as a whole.
OUTBOUND_ALLOW = [part for part in os.environ.get("REGULARS_OUTBOUND_ALLOW", "").split(",") if part.strip()]
OUTBOUND_HTTP = os.environ.get("REGULARS_OUTBOUND_HTTP") == "1"
# Where phones with Apple Wallet are told that a pass changed; another address, and a file of roots to trust, for tests.
APNS_URL = os.environ.get("REGULARS_APNS_URL", "https://api.push.apple.com")
APNS_TRUST = os.environ.get("REGULARS_APNS_TRUST", "")
PUSHES_A_DAY = int(os.environ.get("REGULARS_PUSHES_A_DAY", "20"))
# Google Wallet: where passes are written, access tokens given and Google's own keys listed; and how often a second it is asked,
# of which it allows twenty where nobody has arranged for more.
GOOGLE_WALLET_URL = os.environ.get("REGULARS_GOOGLE_WALLET_URL", "https://walletobjects.googleapis.com")
GOOGLE_TOKEN_URL = os.environ.get("REGULARS_GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token")
GOOGLE_KEYS_URL = os.environ.get("REGULARS_GOOGLE_KEYS_URL", "https://pay.google.com/gp/m/issuer/keys")
GOOGLE_RATE = int(os.environ.get("REGULARS_GOOGLE_RATE", "15"))
KEY_REQUESTS_PER_MINUTE = int(os.environ.get("REGULARS_KEY_RATE", "6000"))
