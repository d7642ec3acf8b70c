"""From an issue to its sentence: which places of the template are filled with what."""

from collections.abc import Callable, Mapping, Sequence

from regulars.imports.rules.plan import ColumnPlan, ReadingPlan
from regulars.imports.rules.problems import PROBLEMS, Issue, shown
from regulars.kernel.amount import format_amount

Translate = Callable[[str], str]


def describe(
    issue: Issue, texts: Sequence[str], plan: ReadingPlan, *, translate: Translate = str, country_of: Translate = str
) -> str:
    """Write an issue for people: what the file says, where, and how to mend it; `country_of` names a country's code."""
    column = _column(issue.target, plan)
    values = {
        "value": shown(issue.detail or (texts[column.index] if column and column.index < len(texts) else "")),
        "column": column.header if column else issue.target,
        "country": country_of(plan.country),
        "decimals": str(column.decimals if column else 0),
        "sign": column.decimal if column else ".",
        "example": _example(column),
        "limit": "200" if column and column.target.reads == "name" else "2000",
        **_figures(issue, column, texts),
    }
    return translate(PROBLEMS[issue.code].sentence).format_map(values)


def column_header(issue: Issue, plan: ReadingPlan) -> str | None:
    """The user's own header of the column that an issue is about."""
    column = _column(issue.target, plan)
    return column.header if column else None


def _column(target: str, plan: ReadingPlan) -> ColumnPlan | None:
    for column in plan.columns:
        if column.target.key == target or (column.balance is not None and column.balance.external_id == target):
            return column
    return None


def _example(column: ColumnPlan | None) -> str:
    if column is None:
        return "12"
    if column.target.reads in ("date", "birthday", "moment", "until"):
        return {"dmy": "31.12.2024", "mdy": "12/31/2024", "ymd": "2024-12-31"}[column.order]
    return f"12{column.decimal}50" if column.decimals else "12"


def _figures(issue: Issue, column: ColumnPlan | None, texts: Sequence[str]) -> Mapping[str, str]:
    decimals = column.balance.decimals if column and column.balance else 0
    parts = issue.detail.split(";")

    def amount(text: str) -> str:
        return format_amount(int(text), decimals) if text.lstrip("-").isdigit() else "?"

    if issue.code == "insufficient_balance" and len(parts) == 2:
        return {"available": amount(parts[0]), "short": amount(parts[1])}
    if issue.code == "changed_since" and len(parts) == 3:
        return {"exported": amount(parts[0]), "current": amount(parts[1]), "value": amount(parts[2])}
    if issue.code in ("phone_taken", "phone_added", "phone_left", "phone_repeated", "phone_unkept"):
        phone, _, rest = issue.detail.partition(";")
        return {"value": phone, "owner": rest, "row": rest}
    if issue.code in ("code_doubled", "code_over_limit"):
        code = shown(texts[column.index]) if column is not None and column.index < len(texts) else ""
        return {"value": code, "row": issue.detail}
    if issue.code == "negative_opening" and column is not None and column.index < len(texts):
        return {"value": shown(texts[column.index])}
    return {"available": "?", "short": "?", "exported": "?", "current": "?"}
