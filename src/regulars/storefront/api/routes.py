"""All that is stored about a customer, as one document (CUS-7)."""

from regulars.customers.queries import access_customer
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.storefront.api.schemas import StoredOut
from regulars.storefront.queries.stored import gather_stored

routes = Routes("Customers")


@routes.get("/customers/{customer}/export", needs="customers:read", answers={200: StoredOut})
def export_one_customer(request: ApiRequest, customer: str) -> Answer:
    """Read all that is stored about a customer, to hand it to them.

    Each part has its newest 20 000 lines at most. Amounts are decimal strings.
    """
    found = access_customer(request.actor, check_reference(customer))
    return answer(gather_stored(request.actor.chain_id, found.id, now=request.now))
