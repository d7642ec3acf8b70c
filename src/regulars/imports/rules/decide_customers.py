"""What a row does to the customers that exist, in an import of customers (IMP-9); pure."""

from regulars.imports.rules.decide import Decision, Found, Options, RowFacts
from regulars.imports.rules.problems import Issue, is_error


def decide_customer(row: RowFacts, found: Found, options: Options) -> Decision:
    """Say what a row does: the customer with its phone, else with its e-mail, is meant; nobody is a new one.

    A second row about the same person is an error (duplicate_row): the first stands.
    """
    if row.skip is not None:
        return Decision("warning", "none", issues=(Issue(row.skip),))
    if any(is_error(issue.code) for issue in row.issues):
        return Decision("error", "none", issues=row.issues)
    if row.phone is None and row.email is None:
        return Decision("error", "none", issues=(Issue("identity_missing"), *row.issues))
    if found.earlier_person is not None:
        return Decision("error", "none", issues=(Issue("duplicate_row", "", str(found.earlier_person)), *row.issues))
    if found.customer_by_phone or found.customer_by_email:
        if options.existing == "skip":
            return Decision("unchanged", "none", issues=row.issues, customer="known")
        effect = "change" if found.details_change else "none"
        status = "warning" if row.issues else "change" if found.details_change else "unchanged"
        return Decision(status, effect, issues=row.issues, customer="known")  # type: ignore[arg-type]
    if options.missing == "skip":
        return Decision("unchanged", "none", issues=(*row.issues, Issue("not_created")))
    return Decision("warning" if row.issues else "create", "create", issues=row.issues, customer="new")
