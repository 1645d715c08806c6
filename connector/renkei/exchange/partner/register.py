"""The partner register: what is known of each participant, from configuration and from what the operator has stored.

One fact for an operand, from the first of these that has one: stored at run time, configured, a configured business
partner number. What a partner has proved with its message goes before all of them (``known_of``). A statement that has
run out says so: it is unknown then, not silently replaced by an older one.

Answers from memory. Every store that is written through ``register_book`` counts the changes, so that each reader knows
in one look whether what it has in memory is still what holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from renkei.exchange.aliases import SOURCE, Aliases
from renkei.exchange.ports import Known
from renkei.exchange.records.partners import PartnerFactsRecord
from renkei.policy.attributes import facts_of
from renkei.policy.operands import GROUP
from renkei.policy.world import Fact
from renkei.store.port import Store

REVISION: Final = "partner-facts"
STORED: Final = "register"
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What configuration says of one participant: values by short attribute name or absolute operand IRI."""

    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    until: datetime | None = None


class PartnerRegister:
    """The facts of one participant's partners. Implements ``PartnerFacts``.

    ``configured``: by participant id or business partner number; ``part_of``: the collections that a participant, a
    group, a place … lies in. Raises ConfigurationError ``policy-unknown-attribute``.
    """

    def __init__(
        self,
        store: Store,
        aliases: Aliases | None = None,
        configured: Mapping[str, Registration] | None = None,
        part_of: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._store = store
        self._aliases = aliases or Aliases()
        canonical = self._aliases.canonical
        self._configured = {
            canonical(name): facts_of(one.attributes, SOURCE, one.until) for name, one in (configured or {}).items()
        }
        self._part_of = closed({canonical(name): frozenset(outer) for name, outer in (part_of or {}).items()})
        self._revision = -1
        self._known: OrderedDict[str, Known] = OrderedDict()

    def configured(self, participant: str) -> Mapping[str, Fact]:
        """What configuration alone says."""
        participant = self._aliases.canonical(participant)
        return {**self._aliases.facts(participant), **self._configured.get(participant, {})}

    async def about(self, participant: str) -> Known:
        """See PartnerFacts. Groups that somebody belongs to for a time only are facts alone."""
        participant = self._aliases.canonical(participant)
        revision = await self._store.counter(REVISION)
        if revision > self._revision:
            self._known.clear()
            self._revision = revision
        known = self._known.get(participant)
        if known is None:
            known = self._made(participant, await self._stored(participant))
            if revision == self._revision:  # what was read before somebody else's change must not outlive it
                self._known[participant] = known
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return known

    async def _stored(self, participant: str) -> dict[str, Fact]:
        row = await self._store.load(PartnerFactsRecord.kind, participant)
        found: dict[str, Fact] = {}
        if row is not None:
            for name, said in PartnerFactsRecord.of(row).statements.items():
                found |= facts_of({name: said.values}, said.source or STORED, said.until)
        return found

    def _made(self, participant: str, stored: Mapping[str, Fact]) -> Known:
        facts = {**self.configured(participant), **stored}
        group = facts.get(GROUP)
        lasting = group.values if group is not None and group.expires_at is None else frozenset[str]()
        lies_in = self._part_of
        if lasting:
            around = lasting.union(*(lies_in.get(name, frozenset()) for name in lasting))
            lies_in = MappingProxyType({**lies_in, participant: lies_in.get(participant, frozenset()) | around})
        return Known(MappingProxyType(facts), lies_in)


def known_of(registered: Mapping[str, Fact], shown: Mapping[str, Fact], now: datetime) -> dict[str, Fact]:
    """What is known of somebody right now: what it has proved, as long as that holds, goes before the register."""
    proved = {iri: fact for iri, fact in shown.items() if fact.expires_at is None or fact.expires_at > now}
    return {**registered, **proved}


def closed(part_of: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """What lies in what lies in something lies in it as well; circles are what they are."""
    found: dict[str, frozenset[str]] = {}
    for name in part_of:
        around: set[str] = set()
        waiting = list(part_of[name])
        while waiting:
            outer = waiting.pop()
            if outer not in around:
                around.add(outer)
                waiting += part_of.get(outer, ())
        found[name] = frozenset(around)
    return MappingProxyType(found)
