"""The page behind an invitation's link: the code, whose business, nobody's name (RWD-7)."""

from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from regulars.customers.rules import invitation_token, read_invitation, referral_code_of
from regulars.kernel.ids import encode, new_id
from tests.contract.chains import add_caller
from tests.ledger_kit import Counter, open_counter


@given(st.uuids(), st.integers(min_value=0, max_value=2**64))
def test_a_link_says_whose_business_and_which_code(chain_id: UUID, number: int) -> None:
    code = referral_code_of(number)
    assert read_invitation(invitation_token(chain_id, code)) == (chain_id, code)


@pytest.mark.parametrize(
    "token",
    ["", "-", "a", "a-b", "-ABCDEFGH", "0" * 26, "0" * 26 + "-", "z" * 26 + "-ABCDEFGH", "0" * 26 + "-ABCDEFG0"],
)
def test_what_is_no_link_of_ours_is_none(token: str) -> None:
    assert read_invitation(token) is None


@pytest.fixture
def counter(db: object) -> Counter:
    return open_counter()


def invited(counter: Counter) -> tuple[str, str]:
    """The code of a customer called Anna, and the path of its link."""
    caller = add_caller(counter.chain_id)
    anna = caller.post("/customers", {"name": "Anna Weber", "phone": "+49 151 23456789"}).body["id"]
    before = caller.get(f"/customers/{anna}/referral").body
    assert (before["code"], before["link"]) == (None, None)
    made = caller.post(f"/customers/{anna}/referral", {}).body
    assert made["link"].endswith(made["code"])
    return made["code"], "/i/" + made["link"].rpartition("/i/")[2]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "You are invited"), ("ru", "Вас пригласили"), ("hi", "आपको आमंत्रित किया गया है")]
)
def test_the_page_shows_the_code_and_not_who_invites(
    client: Client, counter: Counter, language: str, said: str
) -> None:
    code, path = invited(counter)
    answer = client.get(path, headers={"accept-language": language})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Content-Language"] == language
    assert said in page
    assert code in page
    assert "<svg" in page
    assert "Anna" not in page
    assert "noindex" in answer.get("X-Robots-Tag", "") + page


def test_a_code_that_nobody_has_is_not_found_whatever_is_wrong_with_it(client: Client, counter: Counter) -> None:
    code, path = invited(counter)
    other = open_counter()
    wrong = code[::-1] if code[::-1] != code else "ABCDEFGH"
    for token in (
        invitation_token(counter.chain_id, wrong),
        invitation_token(other.chain_id, code),
        invitation_token(new_id(), code),
        encode("crd", new_id()),
        "x",
    ):
        assert client.get(f"/i/{token}").status_code == 404
    assert client.get(path.lower()).status_code == 200, "as somebody types it"
