"""An outside PostgreSQL works like the embedded one, and a role that could pass the policies is refused."""

from pathlib import Path

import pytest

from regulars.platform.embedded import DatabaseUrls
from tests.operation.tree import environment, free_port, regulars, running

pytestmark = [pytest.mark.slow, pytest.mark.outside, pytest.mark.committed]


def test_up_on_an_outside_database(tmp_path: Path, committed_db: DatabaseUrls) -> None:
    home = tmp_path / "home"
    with running(home, **committed_db.environment()) as tree:
        assert not (home / "postgres").exists()
        assert tree.end() == 0


@pytest.mark.parametrize("role", ["superuser", "owner"])
def test_an_application_role_with_too_many_rights_is_refused(
    tmp_path: Path, committed_db: DatabaseUrls, role: str
) -> None:
    env = environment(
        tmp_path / "home",
        REGULARS_PORT=str(free_port()),
        DATABASE_URL=getattr(committed_db, role),
        DATABASE_OWNER_URL=committed_db.owner,
    )
    answer = regulars("up", env=env)
    assert answer.returncode == 1
    assert "could read one business as another" in answer.stderr
