"""What a decision is: the outcome, one code for each step of the policy, and until when it stands.

It keeps what it was made of (the policy's steps, the request, the facts), so that its explanation can be built when it
is asked for, and so that it can be made again. All values.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Protocol

import msgspec

from renkei.kernel.instants import render
from renkei.policy.deciding.explanation import Reason, explain
from renkei.policy.deciding.meaning import RuleTerms, Terms
from renkei.policy.deciding.semantics import Semantics
from renkei.policy.deciding.steps import Node
from renkei.policy.deciding.truth import POSSIBLE, POSSIBLY_NOT, Truth
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.model import Policy
from renkei.policy.world import Facts, Request


class Outcome(Enum):
    """The answer. DEFER: not no, and a later phase will tell."""

    PERMIT = "permit"
    DEFER = "defer"
    DENY = "deny"


class Asked(Protocol):
    """What was asked: a policy made ready (``evaluate.CompiledPolicy``)."""

    @property
    def policy(self) -> Policy:
        """The policy."""
        ...

    @property
    def terms(self) -> Terms:
        """What it means."""
        ...

    @property
    def semantics(self) -> Semantics:
        """Under which reading."""
        ...

    @property
    def operands(self) -> frozenset[str]:
        """The IRIs of the left operands it asks about."""
        ...

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its steps, children before parents."""
        ...


class Decision(msgspec.Struct, frozen=True):
    """The answer to one request. ``codes``: one for each of the policy's steps (``leaves.code_of``), the last its own.

    ``expires_at``: the first instant at which the answer may be another one, all else the same.
    """

    asked: Asked
    request: Request
    facts: Facts
    codes: tuple[int, ...]
    outcome: Outcome
    expires_at: datetime | None

    @property
    def permits(self) -> bool:
        """Whether the answer is yes."""
        return self.outcome is Outcome.PERMIT

    @property
    def refuses(self) -> bool:
        """Whether the answer is no and stays so, whatever a later phase may learn."""
        return self.outcome is Outcome.DENY

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every step of the explanation, what stands below before what stands above."""
        return explain(self.asked.nodes, self.codes, self.request, self.facts)

    @property
    def explanation(self) -> Reason:
        """Why, as a tree: the policy, its rules, their conditions."""
        return self.reasons[-1]

    @property
    def obstacles(self) -> tuple[Reason, ...]:
        """Of a denial: what stands against it for certain, each as deep as it can be told."""
        if not self.refuses:
            return ()
        reasons = self.reasons
        return tuple(reasons[step] for step in self._against(len(self.codes) - 1))

    def _against(self, step: int) -> Iterator[int]:
        """The deepest steps because of which one cannot become true; itself, where nothing below tells."""
        node = self.asked.nodes[step]
        if node.reason is ReasonCode.PROHIBITIONS:
            yield from (rule for rule in node.parts if not self.codes[rule] & POSSIBLY_NOT)
        elif not self.codes[step] & POSSIBLE:
            below = [deeper for part in node.parts for deeper in self._against(part)]
            yield from below or (step,)

    @property
    def deferred(self) -> tuple[Reason, ...]:
        """The conditions that are left to a later phase."""
        return tuple(step for step in self.reasons if not step.parts and step.verdict is Truth.DEFERRED)

    @property
    def duties(self) -> tuple[RuleTerms, ...]:
        """What a permit obliges to: the policy's obligations, and the duties of the permissions that hold."""
        held = {step.path for step in self.reasons if step.code is ReasonCode.PERMISSION and step.verdict is Truth.TRUE}
        terms = self.asked.terms
        return (*terms.obligations, *(duty for rule in terms.permissions if rule.path in held for duty in rule.duties))

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form in which a decision is logged, stored and shown."""
        shown: dict[str, object] = {
            "outcome": self.outcome.value,
            "phase": self.request.phase.value,
            "semantics": self.asked.semantics.label,
            "explanation": self.explanation.as_json(language),
        }
        if self.deferred:
            shown["deferred"] = [reason.path for reason in self.deferred]
        return shown | ({} if self.expires_at is None else {"expires_at": render(self.expires_at)})
