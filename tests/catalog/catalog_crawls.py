"""How the tests ask for catalogs: over the protocol as a partner, or of the use case with facts of their choice."""

import json
import re

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.ports import Peer
from renkei.exchange.records.assets import Source, SourceKind
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import DATE_TIME
from renkei.protocol.messages import CatalogRequest

REQUEST = {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage"}
ANYTHING = Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule(action="use"),))
SOURCE = Source(kind=SourceKind.DOCUMENT, place="urn:example:document")
NOBODY = Peer(id="did:web:nobody.example")


def access(*constraints, **members):
    return Policy(
        id="urn:example:access",
        kind=PolicyKind.SET,
        permission=(Rule(action="use", constraint=tuple(constraints)),),
        **members,
    )


def atom(left, right, operator=Operator.EQ):
    return Atomic(left, operator, right)


def before(instant):
    return atom(DATE_TIME, instant, Operator.LT)


async def publish(member, dataset, **how):
    publication = Publication(**{"dataset": dataset, "policy": ANYTHING, "source": SOURCE, **how})
    return await member.participant.catalogs.publish(publication)


async def without_box(member):
    await member.participant.catalogs.withdraw(f"{member.did}#request-box")
    return member


async def seen(member, peer, wanted=None):
    """The ids on all pages, as the use case gives them."""
    showing, token, found = member.participant.catalogs.showing, None, []
    while True:
        page = await showing.page(peer, CatalogRequest(filter=wanted), token)
        found += ids(page.body)
        if page.next is None:
            return found
        token = page.next


def ids(body):
    return [dataset["@id"] for dataset in json.loads(body).get("dataset", ())]


def links(answered, member):
    """The ``Link`` header as path by relation."""
    found = re.findall(r'<([^>]*)>; rel="([a-z]+)"', answered.headers.get("link", ""))
    return {relation: target.removeprefix(member.address) for target, relation in found}
