"""Who may see which assets: contract definitions, each shared by many assets and asked once for each requester.

An asset names one contract definition; its access policy is an ODRL set, judged with what is verified about the
requester. So a page of a catalog costs one decision for each definition that could say yes, and none for those that
certainly say no: a definition that demands a certain party, or a certain value of a fact, is found again by that value.
Decisions are kept for each requester until the first instant at which one of them may change.

Every store that is written through here counts the changes of definitions, so that each reader knows in one look
whether what it has in memory is still what holds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from renkei.exchange.catalog.catalog_problems import (
    RESERVED_DEFINITION,
    UNKNOWN_DEFINITION,
    UNUSABLE_ACCESS,
    USED_DEFINITION,
)
from renkei.exchange.catalog.linting import demand_sound, demand_usable
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.register import known_of
from renkei.exchange.ports import Ports
from renkei.exchange.records.assets import AssetRecord, ContractDefinitionRecord
from renkei.exchange.records.kept import Document
from renkei.kernel import jcs
from renkei.kernel.values import replace
from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.evaluate import compile_policy
from renkei.policy.model import Atomic, Connective, Constraint, Logical, Operator, Policy, PolicyKind, Rule
from renkei.policy.normal_form import spelled_out
from renkei.policy.operands import ASSIGNEE, STANDARD
from renkei.policy.operands.declaration import Datatype, Registry, Source
from renkei.policy.read import read_set
from renkei.policy.terms import CATENA_X, iri_of
from renkei.policy.values import texts_in
from renkei.policy.world import USE, Fact, Facts, Request
from renkei.policy.write import write_offer, write_set
from renkei.store.paging import every
from renkei.store.port import Changes, Increment

ANYONE: Final = "anyone"
"""The definition of what every authenticated participant may see."""
EVERYONE: Final = Policy(id="urn:renkei:access", kind=PolicyKind.SET, permission=(Rule(action="use"),))
"""The access policy that admits every authenticated participant."""
REVISION: Final = "contract-definitions"
_BY_CONTENT: Final = "sha-256:"
_ACCESS: Final = CATENA_X + "access"
_REMEMBERED: Final = 1024
_CHOOSING: Final = frozenset({Operator.EQ, Operator.IS_ANY_OF})
_HELD: Final = frozenset({Source.PARTY, Source.FACT})
_TEXTS: Final = frozenset({Datatype.TEXT, Datatype.PART, Datatype.SCALE})  # of numbers and times, equal ones differ

Key: TypeAlias = tuple[str, str]
"""An operand's IRI and one value of it."""


def only(participants: Iterable[str]) -> Policy:
    """The access policy that lets these participants see something, and nobody else; it is named by its content."""
    constraint = Atomic(left=ASSIGNEE, operator=Operator.IS_ANY_OF, right=tuple(sorted(set(participants))))
    return Policy(id=_BY_CONTENT, kind=PolicyKind.SET, permission=(Rule(action="use", constraint=(constraint,)),))


def keys_of(policy: Policy, registry: Registry = STANDARD) -> frozenset[Key] | None:
    """Of these a requester must hold at least one, or the policy certainly does not permit; None: nobody can tell.

    A requester holds its own id, and the collections it lies in, as ``ASSIGNEE``.
    """
    return _any_of(_keys_of_rule(policy, rule, registry) for rule in policy.permission)


@dataclass(frozen=True, slots=True)
class _Known:
    """A definition as it is asked: its record, and its access policy with Catena-X's own word for seeing as ``use``."""

    record: ContractDefinitionRecord
    policy: Policy


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a requester may see, and until when that is certain."""

    permitted: tuple[str, ...]
    until: datetime | None


class Access:
    """The contract definitions of one participant."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps
        self._revision = -1
        self._known: dict[str, _Known] = {}
        self._by_key: dict[Key, list[str]] = {}
        self._open: list[str] = []
        self._answers: OrderedDict[object, _Answer] = OrderedDict()

    # --- defining --------------------------------------------------------------------------------

    async def define(self, definition: str, access: Policy, terms: Policy | None = None) -> ContractDefinitionRecord:
        """Store or replace a contract definition.

        Raises ConfigurationError ``catalog-access-unusable``, ``catalog-definition-reserved``, ``catalog-terms-…``.
        """
        if not definition or definition == ANYONE or definition.startswith(_BY_CONTENT):
            raise RESERVED_DEFINITION(definition=definition or '""')
        offer = None
        if terms is not None:
            terms = spelled_out(replace(terms, kind=PolicyKind.OFFER, target=None))
            demand_sound(terms, self._ports.settings.registry, self._ports.clock.now())
            offer = write_offer(terms)
        return await self._store(definition, self._document(access), offer)

    def _document(self, access: Policy) -> dict[str, object]:
        document = _document(access)
        demand_usable(access, self._ports.settings.registry, self._ports.clock.now())
        return document

    async def shared(self, access: Policy) -> str:
        """The definition of an access policy that has no name of its own: one for all assets that share it."""
        document = self._document(access)
        definition = _by_content(document)
        await self._refresh()
        if definition not in self._known:
            await self._store(definition, {**document, "@id": definition}, None)
        return definition

    async def definition(self, definition: str) -> ContractDefinitionRecord:
        """A definition that was stored. Raises ConfigurationError ``catalog-unknown-definition``."""
        await self._refresh()
        known = self._known.get(definition)
        if known is None:
            raise UNKNOWN_DEFINITION(definition=definition)
        return known.record

    async def delete(self, definition: str) -> ContractDefinitionRecord:
        """Forget a definition on which nothing that we offer hangs; returns what it was.

        Something that is published under it at this very moment is shown to nobody. Raises ConfigurationError
        ``catalog-unknown-definition``, LocalError ``catalog-definition-used``.
        """

        async def decide() -> Step[_Record]:
            row = await self._ports.store.load(_Record.kind, definition)
            record = None if row is None else _Record.of(row)
            if record is None or record.deleted:
                raise UNKNOWN_DEFINITION(definition=definition)
            if count := await self._hanging(definition):
                raise USED_DEFINITION(definition=definition, count=count)
            event = record.event("deleted", self._ports.clock.now())
            gone = replace(record, deleted=True).row()
            counted = (Increment(name=REVISION),)
            return Step(Changes(records=(gone,), events=(event,), increments=counted), record)

        return await self._steps.run(f"contract definition {definition}", decide)

    async def _hanging(self, definition: str) -> int:
        """How many datasets are offered under a definition."""
        return len([row.id async for row in every(self._ports.store, AssetRecord.kind, ref=definition)])

    async def _store(self, definition: str, access: Document, terms: Document | None) -> _Record:
        async def decide() -> Step[_Record]:
            row = await self._ports.store.load(_Record.kind, definition)
            record = _Record(id=definition, version=row.version if row else 0, access=access, terms=terms)
            event = record.event("defined", self._ports.clock.now())
            counted = (Increment(name=REVISION),)
            return Step(Changes(records=(record.row(),), events=(event,), increments=counted), record)

        return await self._steps.run(f"contract definition {definition}", decide)

    # --- asking ----------------------------------------------------------------------------------

    async def permitted(self, participant: str, facts: Mapping[str, Fact]) -> tuple[str, ...]:
        """All definitions under which a participant may see what is published."""
        await self._refresh()
        now = self._ports.clock.now()
        party = self._ports.settings.aliases.canonical(participant)
        registered = await self._ports.register.about(party)
        held, part_of = known_of(registered.facts, facts, now), registered.part_of
        live = {iri: fact for iri, fact in held.items() if fact.expires_at is None or fact.expires_at > now}
        lies_in = part_of.get(party, frozenset())
        asker = (party, lies_in, frozenset((iri, fact.values) for iri, fact in live.items()))
        answer = self._answers.get(asker)
        if answer is None or (answer.until is not None and answer.until <= now):
            answer = self._answers[asker] = self._asked(party, Facts(now, live, part_of=part_of))
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        self._answers.move_to_end(asker)
        return answer.permitted

    def _asked(self, party: str, facts: Facts) -> _Answer:
        names = (party, *facts.part_of.get(party, ()))
        keys = [
            *((ASSIGNEE, name) for name in names),
            *((iri, value) for iri, fact in facts.values.items() for value in fact.values),
        ]
        possible = dict.fromkeys([*self._open, *(name for key in keys for name in self._by_key.get(key, ()))])
        decisions = {name: self._judged(self._known[name], party, facts) for name in possible}
        changes = [decision.expires_at for decision in decisions.values() if decision.expires_at is not None]
        permitted = (ANYONE, *sorted(name for name, decision in decisions.items() if decision.permits))
        return _Answer(permitted, min(changes, default=None))

    async def decided(self, definition: str, party: str, facts: Facts) -> Decision | None:
        """What a definition says of a participant under given facts; ``None``: it has no policy of its own."""
        await self._refresh()
        known = self._known.get(definition)
        return None if known is None else self._judged(known, party, facts)

    def _judged(self, known: _Known, party: str, facts: Facts) -> Decision:
        policy = compile_policy(known.policy, self._ports.settings.registry)
        return policy.decide(Request(party=party, target=""), facts)

    # --- keeping up ------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        """Take over what has changed since the last look; most often that is nothing."""
        revision = await self._ports.store.counter(REVISION)
        if revision <= self._revision:
            return
        async for row in every(self._ports.store, _Record.kind):
            known = self._known.get(row.id)
            if known is None or known.record.version < row.version:
                record = _Record.of(row)
                self._known.pop(row.id, None)
                if not record.deleted:
                    self._known[row.id] = _Known(record, _asked_policy(read_set(record.access)))
        self._by_key, self._open = {}, []
        for name, known in self._known.items():
            keys = keys_of(known.policy, self._ports.settings.registry)
            if keys is None:
                self._open.append(name)
            for key in keys or ():
                self._by_key.setdefault(key, []).append(name)
        self._answers.clear()
        self._revision = max(revision, self._revision)


_Record = ContractDefinitionRecord


def _document(access: Policy) -> dict[str, object]:
    """An access policy as it is kept. What it is about is told by the assets, so it names no target itself."""
    rules = (*access.permission, *access.prohibition)
    if access.target is not None or any(rule.target is not None for rule in rules):
        raise UNUSABLE_ACCESS(cause="it names a target", cause_ja="対象(target)が指定されています")
    if not access.permission:
        raise UNUSABLE_ACCESS(cause="it permits nothing", cause_ja="許可が1つもありません")
    document = write_set(replace(access, kind=PolicyKind.SET))
    return {**document, "@id": _by_content(document)} if access.id == _BY_CONTENT else document


def _by_content(document: Document) -> str:
    """The name of an access policy that has none of its own."""
    return jcs.sha256({name: value for name, value in document.items() if name != "@id"})


def _asked_policy(policy: Policy) -> Policy:
    def using(rule: Rule) -> Rule:
        return replace(rule, action=USE) if iri_of(rule.action) == _ACCESS else rule

    return replace(
        policy,
        permission=tuple(using(rule) for rule in policy.permission),
        prohibition=tuple(using(rule) for rule in policy.prohibition),
    )


def _keys_of_rule(policy: Policy, rule: Rule, registry: Registry) -> frozenset[Key] | None:
    party = rule.assignee or policy.assignee
    if party is not None:
        return frozenset({(ASSIGNEE, party)})
    return _narrowest(_keys_of_constraint(constraint, registry) for constraint in rule.constraint)


def _keys_of_constraint(constraint: Constraint, registry: Registry) -> frozenset[Key] | None:
    if isinstance(constraint, Logical):
        below = (_keys_of_constraint(operand, registry) for operand in constraint.operands)
        choice = constraint.connective in {Connective.OR, Connective.XONE}
        return _any_of(below) if choice else _narrowest(below)
    operand = registry.get(iri_of(constraint.left) or "")
    if operand is None or operand.source not in _HELD or operand.datatype not in _TEXTS:
        return None
    if operand.means.get(constraint.operator, constraint.operator) not in _CHOOSING:
        return None
    return frozenset((operand.iri, text) for text in texts_in(constraint.right))


def _any_of(each: Iterable[frozenset[Key] | None]) -> frozenset[Key] | None:
    found: frozenset[Key] = frozenset()
    for keys in each:
        if keys is None:
            return None
        found |= keys
    return found


def _narrowest(each: Iterable[frozenset[Key] | None]) -> frozenset[Key] | None:
    """All must hold, so any one of them will do: a party tells more than what every member holds."""
    known = [keys for keys in each if keys is not None]
    return min(known, key=lambda keys: (any(iri != ASSIGNEE for iri, _ in keys), len(keys)), default=None)
