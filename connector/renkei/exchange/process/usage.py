"""What an agreement permits right now: the agreed policy, asked with everything that is known at this moment.

The one place where the facts for it come together: what is known of the partner (the register, and what it has shown
with its message), when the agreement was concluded, how often it was used, whether the provider's consent lives, what
became of its duties.

A use is counted and permitted in one commit: the counter is raised by one, and only from the value that the decision
was made with. So a limit of k gives exactly k permits, however many ask at once; a crash after the commit wastes one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from weakref import WeakValueDictionary

from renkei.exchange.agreement.agreed import began, compiled
from renkei.exchange.agreement.obligation_book import ObligationBook
from renkei.exchange.catalog.judgement import demand, named_purposes
from renkei.exchange.consent.consent_demands import ConsentDemands
from renkei.exchange.partner.register import known_of
from renkei.exchange.ports import Ports
from renkei.exchange.problems import COUNT_CONTESTED
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.deciding.decision import Decision
from renkei.policy.operands import CONSENT, COUNT
from renkei.policy.world import DutyState, Fact, Facts, Phase, Request
from renkei.store.port import Changes, Increment
from renkei.store.problems import SPENT

_COUNTED: Final = "uses counted here"
_UNCOUNTED: Final = "taken as the first use: the provider counts them"
_ATTEMPTS: Final = 64  # another process must have counted a use each time


def uses_of(agreement: str) -> str:
    """The counter of uses under an agreement."""
    return f"pulls:{agreement}"


class Usage:
    """One participant's uses of data, its own and its partners'."""

    def __init__(self, ports: Ports, consents: ConsentDemands) -> None:
        self._ports = ports
        self._consents = consents
        self._obligations = ObligationBook(ports)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def decide(
        self, agreement: AgreementRecord, phase: Phase, shown: Mapping[str, Fact] | None = None
    ) -> Decision:
        """Whether the consumer may use what was agreed. ``shown``: what was verified of it with its message."""
        return (await self._decided(agreement, phase, shown))[0]

    async def demand(
        self, agreement: AgreementRecord, phase: Phase, shown: Mapping[str, Fact] | None = None
    ) -> Decision:
        """Go on only with a yes, with a partner that is admitted, and with the consents that the agreement needs.

        Raises PolicyError ``policy-refused`` with the reasons, ``admission-refused``, ``consent-…``.
        """
        if agreement.side is Side.PROVIDER:
            await self._ports.admission.demand(agreement.partner, shown)
        decision = await self.decide(agreement, phase, shown)
        await self._demand_consent(agreement, decision)
        demand(decision)
        return decision

    async def stands(self, agreement: AgreementRecord, phase: Phase) -> bool:
        """Whether the consumer may use what was agreed, or may as soon as it has done what it owes.

        A new agreement instead of such a one would only oblige it to the same again.
        """
        decision = await self.decide(agreement, phase)
        if decision.refuses and decision.facts.duties:
            done = replace(decision.facts, duties=dict.fromkeys(decision.facts.duties, DutyState.FULFILLED))
            decision = compiled(agreement, self._ports.settings.registry).decide(decision.request, done)
        return not decision.refuses

    async def begin(self, agreement: AgreementRecord, shown: Mapping[str, Fact] | None = None) -> None:
        """One use more, if it is permitted: counted in the same commit.

        Raises PolicyError ``policy-refused``, ``consent-…``, LocalError ``usage-contested``.
        """
        async with self._turns.setdefault(agreement.id, asyncio.Lock()):
            for _ in range(_ATTEMPTS):
                decision, used = await self._decided(agreement, Phase.ACCESS, shown)
                await self._demand_consent(agreement, decision)
                demand(decision)
                counted = COUNT in decision.asked.operands
                one_more = Increment(name=uses_of(agreement.id), at_most=used + 1 if counted else None)
                try:
                    await self._ports.store.commit(Changes(increments=(one_more,)))
                except RenkeiError as error:
                    if error.problem is not SPENT:
                        raise
                    continue
                return
        raise COUNT_CONTESTED(agreement=agreement.id)

    async def _decided(
        self, agreement: AgreementRecord, phase: Phase, shown: Mapping[str, Fact] | None
    ) -> tuple[Decision, int]:
        policy = compiled(agreement, self._ports.settings.registry)
        us = self._ports.identity.participant
        consumer = agreement.partner if agreement.side is Side.PROVIDER else us
        now = self._ports.clock.now()
        registered = await self._ports.register.about(consumer)
        known = known_of(registered.facts, shown or {}, now)
        used = 0
        if COUNT in policy.operands:
            used = await self._ports.store.counter(uses_of(agreement.id))
            including = used + 1 if phase is Phase.ACCESS else used
            counted = agreement.side is Side.PROVIDER
            known[COUNT] = Fact(frozenset({str(including)}), _COUNTED if counted else _UNCOUNTED)
        purposes = named_purposes(policy.policy)
        if CONSENT in policy.operands:
            known |= await self._consents.facts_about(agreement, purposes)
        if agreement.side is Side.CONSUMER:
            purposes &= self._ports.settings.purposes
        request = Request(party=consumer, target=agreement.dataset, purposes=purposes, phase=phase)
        duties = await self._obligations.states(agreement, policy)
        return policy.decide(request, Facts(now, known, began(agreement), registered.part_of, duties)), used

    async def _demand_consent(self, agreement: AgreementRecord, decision: Decision) -> None:
        """As provider: what the agreement needs in consents is live right now.

        Asked before the policy, which knows a consent only as a fact: why there is none is told here.
        """
        if agreement.side is Side.PROVIDER:
            asked = decision.asked
            await self._consents.carrying(agreement, named_purposes(asked.policy), asked=CONSENT in asked.operands)
