"""Pages of programs and tiers over the real database (PRG-1, PRG-6, PRG-7)."""

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.types import create_card_type
from regulars.cards.queries.cards import find_card
from regulars.cards.rules.types import CardTypeDraft
from regulars.customers.tests.people import enter, issue
from regulars.kernel.ids import encode
from regulars.platform.database import from_json, rows, unit_of_work
from regulars.programs.actions import create_program
from regulars.programs.actions.tiers import recount_program_tiers
from regulars.programs.queries import ProgramView
from regulars.programs.queries.tiers import list_tier_groups
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from tests.ledger_kit import dispatcher
from tests.people import Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "Levels",
    "counts": "paid",
    "period": "year",
    "grace_days": "30",
    "name_0": "Silver",
    "threshold_0": "100",
    "name_1": "Gold",
    "threshold_1": "250,50",
    "multiplier_1": "1.5",
}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def browser(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


@pytest.fixture
def program(shop: Shop) -> ProgramView:
    types = (
        BalanceTypeDraft(name="Bonus", kind="points", initial_balance="50"),
        BalanceTypeDraft(name="Standing", kind="status"),
    )
    draft = ProgramDraft(name="Club", balance_types=types)
    return create_program(shop.actor, draft, currency_decimals=2, now=timezone.now())


def url(program: ProgramView, rest: str = "") -> str:
    return f"/programs/{encode('prg', program.id)}{rest}"


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_a_program_says_what_its_state_means(browser: Client, shop: Shop, program: ProgramView) -> None:
    found = text_of(browser.get(url(program)))
    assert "No card is issued yet" in found
    assert "No tiers yet" in found
    assert "Balances and tiers" in found
    assert "50 Bonus" in found
    # The word program comes with the second one.
    create_program(shop.actor, ProgramDraft(name="Second"), currency_decimals=2, now=timezone.now())
    assert "<h1>" in (found := text_of(browser.get(url(program))))
    assert "Program ·" in found
    assert browser.get("/programs/prg_nothing").status_code == 404


def test_a_program_is_renamed_and_a_stale_form_is_refused(browser: Client, program: ProgramView) -> None:
    renamed = browser.post(
        url(program, "/edit"), {"name": "Klub", "description": "For all", "version": "1"}, follow=True
    )
    assert "For all" in text_of(renamed)
    stale = browser.post(url(program, "/edit"), {"name": "Old", "description": "", "version": "1"})
    assert stale.status_code == 422
    assert browser.post(url(program, "/edit"), {"name": "", "version": "2"}).status_code == 422


def test_activation_asks_who_gets_a_card_and_counts(browser: Client, shop: Shop, program: ProgramView) -> None:
    create_card_type(shop.actor, encode("prg", program.id), CardTypeDraft(name="Club card"), now=timezone.now())
    for number in range(2):
        enter(shop, f"Person {number}", phone=f"0151 2345000{number}")
    asked = text_of(browser.get(url(program, "/activate")))
    assert "New cards: 2" in asked
    assert "50 Bonus" in asked
    begun = browser.post(url(program, "/activate"), {"enrol": "none"}, follow=True)
    assert "“Club” is active" in text_of(begun)
    paused = browser.post(url(program, "/state/paused"), follow=True)
    assert "Purchases neither earn nor spend" in text_of(paused)
    assert "/state/active" in text_of(paused)
    with unit_of_work(shop.chain_id):
        (type_id,) = rows("SELECT id FROM card_types")[0]
    enrolled = browser.post(url(program, "/activate"), {"enrol": encode("ctp", type_id)})
    assert "/bulk" in enrolled["Location"]
    assert browser.post(url(program, "/activate"), {"enrol": "nonsense"}).status_code == 404
    assert browser.post(url(program, "/state/draft"), follow=True).status_code == 200


def test_tiers_are_typed_saved_changed_and_taken_away_with_undo(
    browser: Client, shop: Shop, program: ProgramView
) -> None:
    assert "What decides" in text_of(browser.get(url(program, "/tiers/new")))
    saved = text_of(browser.post(url(program, "/tiers/new"), TYPED, follow=True))
    for words in ("Silver", "from €100.00", "Gold", "from €250.50", "earns 1.5 times as much", "30 more days"):
        assert words in saved
    with unit_of_work(shop.chain_id):
        (group,) = list_tier_groups(shop.chain_id)
    assert (group.counts, group.period, group.grace_days) == ("paid", "year", 30)
    edit = url(program, f"/tiers/{encode('tgr', group.id)}")
    form = text_of(browser.get(edit))
    assert 'value="250.50"' in form
    keys = {"key_0": "silver", "key_1": "gold"}
    browser.post(edit, TYPED | keys | {"name_0": "", "threshold_0": "", "name_1": "Black", "grace_days": "0"})
    with unit_of_work(shop.chain_id):
        (changed,) = list_tier_groups(shop.chain_id)
    assert [(one.id, one.name) for one in changed.tiers] == [(group.tiers[1].id, "Black")]
    gone = text_of(browser.post(f"{edit}/remove", follow=True))
    assert f"{edit}/restore" in gone
    assert "No tiers yet" in gone
    browser.post(f"{edit}/restore")
    with unit_of_work(shop.chain_id):
        (back,) = list_tier_groups(shop.chain_id)
    assert back == changed


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"threshold_1": "50"}, "Each tier begins above the one before."),
        ({"threshold_1": "many"}, "This is no amount of what is counted."),
        ({"multiplier_1": "twice"}, "This is no number."),
        ({"multiplier_1": "0"}, "Above 0, at most 100"),
        ({"period": "months", "months": ""}, "Say how many months count."),
        ({"name_1": ""}, "Give a name."),
        ({"name": ""}, "This field is required."),
        ({"name_0": "", "threshold_0": "", "name_1": "", "threshold_1": ""}, "A group has at least one tier."),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field(
    browser: Client, program: ProgramView, typed: dict[str, str], said: str
) -> None:
    refused = browser.post(url(program, "/tiers/new"), TYPED | typed)
    assert refused.status_code == 422
    assert said in text_of(refused)


def test_the_sentence_follows_what_is_typed(browser: Client, program: ProgramView) -> None:
    asked = {**TYPED, "period": "months", "months": "6"}
    found = text_of(browser.get(url(program, "/tiers/preview"), asked, headers={"HX-Request": "true"}))
    assert "Silver from €100.00" in found
    assert "Gold from €250.50, earns 1.5 times as much" in found
    assert "The money paid in the last 6 months decides." in found
    standing = {**TYPED, "counts": "status:standing", "threshold_1": "300"}
    found = text_of(browser.get(url(program, "/tiers/preview"), standing, headers={"HX-Request": "true"}))
    assert "Silver from 100 Standing" in found
    assert "Fill in" in text_of(browser.get(url(program, "/tiers/preview"), {}, headers={"HX-Request": "true"}))
    assert browser.get(url(program, "/tiers/preview")).status_code == 404


def test_who_only_reads_changes_nothing(client: Client, shop: Shop, program: ProgramView) -> None:
    analyst = sign_in_client(client, hire(shop, "analyst"))
    assert analyst.get(url(program)).status_code == 200
    assert "/tiers/new" not in text_of(analyst.get(url(program)))
    for rest in ("/edit", "/activate", "/tiers/new", "/state/archived"):
        assert analyst.post(url(program, rest), TYPED).status_code == 403


def test_a_card_its_holder_and_the_web_card_show_the_tier(browser: Client, shop: Shop, program: ProgramView) -> None:
    now = timezone.now()
    browser.post(url(program, "/activate"), {"enrol": "none"})
    card_type = create_card_type(shop.actor, encode("prg", program.id), CardTypeDraft(name="Club card"), now=now)
    browser.post(url(program, "/tiers/new"), TYPED | {"counts": "visits", "threshold_0": "0", "threshold_1": "3"})
    anna = enter(shop, "Cora", phone="0151 23450001")
    card = issue(shop, card_type, anna)
    recount_program_tiers(shop.chain_id, program.id, now=now)
    dispatcher().make_round()
    for address in (f"/cards/{encode('crd', card.id)}", f"/customers/{encode('cus', anna.id)}"):
        found = text_of(browser.get(address, follow=True))
        assert "Silver" in found
        assert "3 visits more to Gold" in found
    with unit_of_work(shop.chain_id):
        seen = find_card(shop.chain_id, card.id, now=now)
    assert seen
    assert "3 visits more to Gold" in text_of(browser.get(seen.link.replace("http://localhost:8000", "")))


def test_what_purchases_and_refunds_do_is_told_and_changed(browser: Client, shop: Shop, program: ProgramView) -> None:
    told = text_of(browser.get(url(program)))
    assert "They return in proportion to the money" in told
    assert "30 days" in told
    form = text_of(browser.get(url(program, "/purchases")))
    assert 'value="recompute"' in form
    typed = {
        "earn_when": "completed",
        "earns_on_points": "on",
        "spent_points": "money_first",
        "earned_points": "keep",
        "not_recovered": "cap",
        "discounts": "in_proportion",
        "returned_lot_days": "7",
        "version": "1",
    }
    saved = browser.post(url(program, "/purchases"), typed, follow=True)
    told = text_of(saved)
    for words in ("Money returns first", "The customer keeps them", "the rest is let go", "7 days", "Earns as money"):
        assert words in told, words
    with unit_of_work(shop.chain_id):
        (stored,) = rows("SELECT refunds, earn_when, earns_on_points FROM programs WHERE id = %s", [program.id])
    assert (from_json(stored[0])["returned_lot_days"], stored[1], stored[2]) == (7, "completed", True)
    # A form that was opened before somebody else saved, days that are none, a choice that is not there.
    stale = browser.post(url(program, "/purchases"), typed)
    assert stale.status_code == 422
    for wrong in (
        {"returned_lot_days": "0"},
        {"returned_lot_days": "x"},
        {"spent_points": "perhaps"},
        {"discounts": ""},
    ):
        assert browser.post(url(program, "/purchases"), typed | {"version": "2"} | wrong).status_code == 422
    assert browser.get("/programs/prg_nothing/purchases").status_code == 404


def test_refund_settings_are_for_those_who_may_write(shop: Shop, program: ProgramView) -> None:
    reader = sign_in_client(Client(), hire(shop, role="analyst"))
    assert "They return in proportion to the money" in text_of(reader.get(url(program)))
    assert url(program, "/purchases") not in text_of(reader.get(url(program)))
    assert reader.get(url(program, "/purchases")).status_code == 403
