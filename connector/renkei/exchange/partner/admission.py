"""Admission: who may speak with this connector at all, judged once for each participant and kept until it may change.

What must hold before anything else is done for a participant, be it a message or a data token of its:

1. it is known who it is (``ports.Identity``, or the token that we have given it);
2. the admission policy permits it, with what it has proved and what the register says of it, right now.

Whoever is not admitted is told that and nothing more; why stands in our log. Nothing is stored for it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.exchange.aliases import Aliases
from renkei.exchange.partner.partner_problems import NOT_ADMITTED, REFUSED
from renkei.exchange.partner.register import known_of
from renkei.exchange.ports import Clock, PartnerFacts
from renkei.policy.admission import AdmissionRules, admission_policy
from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.evaluate import compile_policy
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Registry
from renkei.policy.world import Fact, Facts, Phase, Request

_log = logging.getLogger(__name__)
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class _Answer:
    permits: bool
    reasons: str
    until: datetime | None


_EVERYBODY: Final = _Answer(permits=True, reasons="", until=None)


class PolicyAdmission:
    """Admission by a policy. Implements ``ports.Admission``.

    Raises ConfigurationError ``policy-admission-unusable``, ``policy-unknown-attribute``.
    """

    def __init__(
        self,
        rules: AdmissionRules,
        register: PartnerFacts,
        clock: Clock,
        aliases: Aliases | None = None,
        registry: Registry = STANDARD,
    ) -> None:
        policy = admission_policy(rules, registry)
        self._policy = None if policy is None else compile_policy(policy, registry)
        self._register = register
        self._clock = clock
        self._aliases = aliases or Aliases()
        self._answers: OrderedDict[object, _Answer] = OrderedDict()

    async def demand(self, participant: str, shown: Mapping[str, Fact] | None = None) -> None:
        """See Admission."""
        answer = await self._answer(participant, shown or {})
        if not answer.permits:
            _log.warning("not admitted", extra={"code": REFUSED.code, "partner": participant, "cause": answer.reasons})
            raise REFUSED(participant=participant)

    async def demand_partner(self, participant: str) -> None:
        """See Admission."""
        answer = await self._answer(participant, {})
        if not answer.permits:
            raise NOT_ADMITTED(partner=participant, reasons=answer.reasons)

    async def _answer(self, participant: str, shown: Mapping[str, Fact]) -> _Answer:
        """Whether somebody is admitted (2)."""
        if self._policy is None:
            return _EVERYBODY
        party, now = self._aliases.canonical(participant), self._clock.now()
        registered = await self._register.about(party)
        known = known_of(registered.facts, shown, now)
        asked = {iri: fact for iri, fact in known.items() if iri in self._policy.operands}
        part_of = registered.part_of
        key = (party, part_of.get(party), frozenset((iri, fact.values, fact.expires_at) for iri, fact in asked.items()))
        answer = self._answers.get(key)
        if answer is None or (answer.until is not None and answer.until <= now):
            request = Request(party=party, target="", phase=Phase.ACCESS)
            decision = self._policy.decide(request, Facts(now, asked, part_of=part_of))
            answer = self._answers[key] = _answer_of(decision)
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        self._answers.move_to_end(key)
        return answer


def _answer_of(decision: Decision) -> _Answer:
    reasons = "; ".join(reason.text() for reason in decision.obstacles)
    return _Answer(decision.permits, reasons, decision.expires_at)
