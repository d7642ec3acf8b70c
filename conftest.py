"""What every test of this repository gets, wherever it lies: settings of its own, and the database fixtures of `tests/database.py`."""

import atexit
import os
import shutil
import tempfile

import pytest

# Before Django reads its settings: tests never touch the home, the keys or the database of a real installation.
_home = tempfile.mkdtemp(prefix="regulars-tests-home-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["REGULARS_HOME"] = _home
os.environ["DATABASE_URL"] = "postgresql://regulars_app@127.0.0.1:1/not-yet"
os.environ["DATABASE_OWNER_URL"] = "postgresql://regulars_owner@127.0.0.1:1/not-yet"
os.environ["REGULARS_TESTING"] = "1"
for _name in (
    "REGULARS_URL",
    "REGULARS_PORT",
    "REGULARS_DEMO",
    "REGULARS_SMTP_URL",
    "REGULARS_SMS_URL",
    "REGULARS_SMS_BODY",
    "REGULARS_SMS_HEADERS",
    "REGULARS_SMS_PLUGIN",
    "REGULARS_TRUSTED_PROXIES",
    "REGULARS_DEBUG",
):
    os.environ.pop(_name, None)
os.environ["DJANGO_SETTINGS_MODULE"] = "regulars.project.settings"

from django.conf import settings  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

assert settings.DATABASES

# Opening a shop hashes a password or two, which took longer than everything else that it does.
settings.PASSWORD_HASHERS = ["tests.passwords.QuickArgon2id", *settings.PASSWORD_HASHERS[1:]]

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile("regulars", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("regulars")

pytest_plugins = ["tests.database"]


def pytest_configure(config: pytest.Config) -> None:
    """Let no worker of pytest-xdist inherit the name of the settings: it would read them, and this process's home, before this file."""
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        del os.environ["DJANGO_SETTINGS_MODULE"]
