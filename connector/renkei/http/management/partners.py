"""Management of partners: many made known at once, and the register's statements of each, by attribute."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.exchange.partner.register_book import Known
from renkei.exchange.records.partners import Statement
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.views import View
from renkei.kernel.problems import RenkeiError

_LARGEST: Final = 16 * 1024 * 1024


class Stated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values of one attribute; none: the partner has none of them.

    ``source``: who says so; ``until``: the instant from which it holds no longer.
    """

    values: tuple[str, ...]
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Stating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to state of a partner: by short attribute name (``membership``, ``roles`` …) or absolute operand IRI.

    Each replaces what was stated on the same attribute before; other attributes stay as they are.
    """

    facts: dict[str, Stated]


class TakingBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which statement to take back: an attribute's name or operand IRI; empty: all of them."""

    attribute: str = ""


class PartnerFact(View, frozen=True, kw_only=True):
    """What is known for one attribute. ``operands``: the left operands that it answers.

    ``stored``: it was stated at run time and can be taken back; otherwise the configuration says so.
    """

    attribute: str
    operands: list[str]
    values: list[str]
    source: str
    until: datetime | None
    stored: bool

    @classmethod
    def of(cls, known: Known) -> PartnerFact:
        """The view of what is known."""
        fact = known.fact
        return cls(
            attribute=known.attribute,
            operands=list(known.operands),
            values=sorted(fact.values),
            source=fact.source,
            until=fact.expires_at,
            stored=known.stored,
        )


class PartnerFacts(View, frozen=True, kw_only=True):
    """What is known of a partner, and whether it is admitted by that; ``refusal``: why not."""

    partner: str
    partner_name: str = ""
    admitted: bool
    refusal: str
    facts: list[PartnerFact]


class PartnerImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``csv``: a table with the columns name, participant and perhaps address, side, part, number, plant, from, until.

    ``dry_run``: only say what would come of it.
    """

    csv: str
    dry_run: bool = False


class KnownPartners(View, frozen=True, kw_only=True):
    """How many partners a table holds (``new``: not known before), and how many links of part numbers."""

    partners: int
    new: int
    links: int


async def import_partners(desk: Desk, values: PathValues, asked: PartnerImport) -> KnownPartners:
    """Make the partners of a table known, with what they call our parts; all or none."""
    taken = await desk.participant.onboarding.take(asked.csv, dry_run=asked.dry_run)
    return KnownPartners(partners=len(taken.partners), new=taken.new, links=len(taken.links))


async def show_facts(desk: Desk, values: PathValues, asked: Nothing) -> PartnerFacts:
    """What is known of a partner, from configuration and as stated."""
    return await _shown(desk, _identified(desk, values))


async def state_facts(desk: Desk, values: PathValues, asked: Stating) -> PartnerFacts:
    """State something of a partner."""
    statements = {
        name: Statement(values=said.values, source=said.source, until=said.until) for name, said in asked.facts.items()
    }
    partner = _identified(desk, values)
    await desk.participant.register.state(partner, statements)
    return await _shown(desk, partner)


async def take_facts_back(desk: Desk, values: PathValues, asked: TakingBack) -> PartnerFacts:
    """Take back what was stated of a partner; what the configuration says stays."""
    partner = _identified(desk, values)
    await desk.participant.register.take_back(partner, asked.attribute)
    return await _shown(desk, partner)


def _identified(desk: Desk, values: PathValues) -> str:
    ports = desk.participant.ports
    return ports.settings.aliases.canonical(ports.directory.identify(values["id"]))


async def _shown(desk: Desk, partner: str) -> PartnerFacts:
    refusal = ""
    try:
        await desk.participant.ports.admission.demand_partner(partner)
    except RenkeiError as error:
        refusal = error.message()
    facts = [PartnerFact.of(known) for known in await desk.participant.register.known(partner)]
    return PartnerFacts(partner=partner, admitted=not refusal, refusal=refusal, facts=facts)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation(
        "POST /partners/import",
        "Make partners known",
        import_partners,
        PartnerImport,
        KnownPartners,
        size_limit=_LARGEST,
    ),
    operation("GET /partners/{id}/facts", "Show what is known of a partner", show_facts, Nothing, PartnerFacts),
    operation("PUT /partners/{id}/facts", "State something of a partner", state_facts, Stating, PartnerFacts),
    operation(
        "DELETE /partners/{id}/facts",
        "Take back what was stated of a partner",
        take_facts_back,
        TakingBack,
        PartnerFacts,
    ),
)
