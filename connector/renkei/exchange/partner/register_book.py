"""Writing the partner register: what the operator states of partners, changes and takes back.

A statement is stored with the count by which every reader notices, and with a row of the outbox that looks at the
partner's running transfers: what its facts no longer carry is suspended, also after a crash in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.partner_problems import NO_FACTS
from renkei.exchange.partner.register import REVISION
from renkei.exchange.ports import Ports
from renkei.exchange.records.partners import PartnerFactsRecord, Statement
from renkei.kernel.values import replace
from renkei.policy.attributes import attribute_of
from renkei.policy.world import Fact
from renkei.store.port import Changes, Delivery, Increment

RECHECK_PARTNER_TASK: Final = "recheck-partner"
_MOST_STATEMENTS: Final = 64
_MOST_VALUES: Final = 256
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a partner for one attribute. ``stored``: stated at run time, so it can be taken back."""

    attribute: str
    operands: tuple[str, ...]
    fact: Fact
    stored: bool


class RegisterBook:
    """The statements of one participant about its partners."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps

    async def state(self, participant: str, statements: Mapping[str, Statement]) -> None:
        """Store statements by attribute name or operand IRI; each replaces an earlier one on the same attribute.

        Raises ConfigurationError ``partner-facts-unusable``, ``policy-unknown-attribute``.
        """
        party = self._ports.settings.aliases.canonical(participant)
        named = {attribute_of(name).name: self._checked(party, name, said) for name, said in statements.items()}

        async def decide() -> Step[None]:
            record = await self._kept(party)
            if len(record.statements.keys() | named.keys()) > _MOST_STATEMENTS:
                raise NO_FACTS(partner=party, cause=f"there are more than {_MOST_STATEMENTS} statements")
            return self._storing(record, {**record.statements, **named}, f"stated {', '.join(named)}")

        await self._steps.run(f"partner {party}", decide)

    async def take_back(self, participant: str, attribute: str = "") -> None:
        """Forget what was stated on one attribute, or all of it; what configuration says stays.

        Raises ConfigurationError ``policy-unknown-attribute``.
        """
        party = self._ports.settings.aliases.canonical(participant)
        names = {attribute_of(attribute).name} if attribute else None

        async def decide() -> Step[None]:
            record = await self._kept(party)
            gone = record.statements.keys() & (record.statements.keys() if names is None else names)
            if not gone:
                return Step(None, None)
            kept = {name: said for name, said in record.statements.items() if name not in gone}
            return self._storing(record, kept, f"took back {', '.join(sorted(gone))}")

        await self._steps.run(f"partner {party}", decide)

    async def known(self, participant: str) -> tuple[Known, ...]:
        """What is known of a participant, by attribute."""
        party = self._ports.settings.aliases.canonical(participant)
        stored = (await self._kept(party)).statements
        found: dict[str, Known] = {}
        told: set[str] = set()
        for iri, fact in (await self._ports.register.about(party)).facts.items():
            if iri in told:
                continue
            attribute = attribute_of(iri)
            told.update(attribute.operands)
            found[attribute.name] = Known(
                attribute=attribute.name, operands=attribute.operands, fact=fact, stored=attribute.name in stored
            )
        return tuple(found[name] for name in sorted(found))

    async def _kept(self, party: str) -> PartnerFactsRecord:
        row = await self._ports.store.load(PartnerFactsRecord.kind, party)
        return PartnerFactsRecord(id=party) if row is None else PartnerFactsRecord.of(row)

    def _storing(self, record: PartnerFactsRecord, statements: Mapping[str, Statement], what: str) -> Step[None]:
        now = self._ports.clock.now()
        changed = replace(record, statements=dict(statements))
        looks = tuple(self._look(name, now) for name in self._names(record.id))
        counted = (Increment(name=REVISION),)
        event = changed.event(what, now)
        return Step(Changes(records=(changed.row(),), deliveries=looks, events=(event,), increments=counted), None)

    def _look(self, party: str, now: datetime) -> Delivery:
        return Delivery(id=self._ports.ids.new(), task=RECHECK_PARTNER_TASK, subject=party, peer=party, due=now)

    def _names(self, party: str) -> tuple[str, ...]:
        """Under which ids its processes are kept: a trust framework may name it by its number."""
        numbers = self._ports.settings.aliases.facts(party).values()
        return (party, *sorted(number for fact in numbers for number in fact.values))

    def _checked(self, party: str, name: str, said: Statement) -> Statement:
        attribute = attribute_of(name)
        operand = self._ports.settings.registry.get(attribute.operands[0])
        values = tuple(dict.fromkeys(attribute.meant(value) for value in said.values))
        if len(values) > _MOST_VALUES:
            raise NO_FACTS(partner=party, cause=f"{name} has more than {_MOST_VALUES} values")
        for value in values:
            if not value or len(value) > _LONGEST:
                raise NO_FACTS(partner=party, cause=f"a value of {name} is empty or longer than {_LONGEST} characters")
            if operand is not None and operand.scale and value not in operand.scale:
                raise NO_FACTS(
                    partner=party, cause=f"{value} is none of {', '.join(attribute.spelled or operand.scale)}"
                )
        return replace(said, values=values)


@dataclass(frozen=True, slots=True)
class PartnerLook:
    """``recheck-partner``: something is known of a partner that may end what it is permitted."""

    look: Callable[[str], Awaitable[None]]
    ports: Ports

    async def __call__(self, delivery: Delivery) -> None:
        """Look at all its transfers, then the row is done."""
        await self.look(delivery.subject)
        await self.ports.store.commit(Changes(delivered=(delivery.id,)))
