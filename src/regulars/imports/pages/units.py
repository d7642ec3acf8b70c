"""What the wizard proposes where a system's numbers are of another unit than the balance they go to (IMP-4)."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from regulars.imports.models import Import
from regulars.imports.rules.presets import PRESETS, Preset
from regulars.imports.rules.targets import BalanceType, resolve_balance
from regulars.imports.rules.units import Proposal, converted, propose_conversion
from regulars.imports.rules.words import header_form


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """The rate that stands in the form before anybody chose, and the sentence beside it."""

    rate: str
    text: str


def propose(
    one: Import, targets: dict[str, str], balances: tuple[BalanceType, ...], *, money_decimals: int
) -> ShownProposal | None:
    """The proposal for the balance of a recognised system; None once somebody has chosen, or where one is one."""
    preset = next((each for each in PRESETS if each.name == one.reading.get("preset")), None)
    if preset is None or one.options.get("is_chosen") or one.options.get("conversion"):
        return None
    for column in one.columns:
        target = targets.get(column["header"], "")
        is_balance = target == "balance" or target.startswith("balance:")
        if not is_balance or preset.columns.get(header_form(column["header"])) != "balance":
            continue
        balance = resolve_balance(target, balances)
        found = balance and propose_conversion(preset.unit, balance, money_decimals=money_decimals)
        if found and balance:
            return ShownProposal(found.rate, _sentence(found, preset, balance, column["samples"]))
    return None


def _sentence(proposal: Proposal, preset: Preset, balance: BalanceType, samples: list[str]) -> str:
    names = {"system": preset.name, "balance": balance.name, "rate": proposal.rate}
    match proposal.difference:
        case "money_to_points":
            value = next((sample for sample in samples if converted(sample, proposal.rate)), "")
            text = _(
                "{system} keeps this balance as money, “{balance}” counts whole points. Proposed: multiply by {rate}, so that a"
                " point is the smallest coin. Change it below, or clear it to take the numbers as they are."
            ).format_map(names)
            if not value:
                return text
            example = _("For example, {value} becomes {result}.").format(
                value=value, result=converted(value, proposal.rate)
            )
            return f"{text} {example}"
        case "money_to_stamps":
            return _(
                "{system} keeps this balance as money, “{balance}” counts stamps. Choose another balance for this column, or"
                " leave it out, unless one of money really is one stamp."
            ).format_map(names)
        case "stamps_to_points":
            return _(
                "{system} counts stamps, “{balance}” counts points. Say below how many points a stamp is worth, or leave it"
                " empty to take the numbers as they are."
            ).format_map(names)
        case "points_to_money":
            return _(
                "{system} counts whole points, “{balance}” has decimals like money. Say below what a point is worth, such as"
                " 0.01, or leave it empty to take the numbers as they are."
            ).format_map(names)
