"""What the documentation says about roles is what the code does."""

from pathlib import Path

from regulars.platform.actor import RIGHTS_OF_ROLE
from regulars.staff.actions.invitations import LIFETIME
from regulars.staff.actions.sign_in import ACCOUNT
from regulars.staff.rules import ROLES

PAGE = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "staff-and-access.md"
LATER = {"orders", "promotions", "rewards"}
"""Rights whose features are still to come; the page names them when they do."""


def test_the_table_of_roles_is_true() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    said: dict[str, set[str]] = {role: set() for role in ROLES}
    for line in lines:
        right, *marks = [cell.strip() for cell in line.strip("|").split("|")]
        for role, mark in zip(ROLES, marks, strict=True):
            if mark == "yes":
                said[role].add(right.strip("`"))
    real = {
        role: {right for right in rights if right.split(":")[0] not in LATER and right != "reports:write"}
        for role, rights in RIGHTS_OF_ROLE.items()
    }
    assert said == real


def test_the_figures_of_the_page_are_true() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert (ACCOUNT.free, ACCOUNT.first_wait.seconds, ACCOUNT.wait_max.seconds) == (5, 30, 3600)
    assert "After five wrong passwords" in text
    assert LIFETIME.days == 7
