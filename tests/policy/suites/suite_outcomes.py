"""What the two public ODRL suites have in common: a question, the states that are expected, and ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from renkei.policy import Facts, Policy, Reason, Registry, Request, Semantics, Truth, compile_policy

States: TypeAlias = Mapping[str, bool]
"""By name: whether a rule is active or permits, a premise is satisfied, a duty fulfilled."""


@dataclass(frozen=True)
class Case:
    """One case. ``places``: for the IRI of each rule, duty and constraint the paths in our policy that it became.

    ``rules`` is what the suite is about; ``premises`` is what it tells of the parts of a rule, by their IRI or by the
    rule's and a word.
    """

    name: str
    test: str
    policy: Policy
    request: Request
    facts: Facts
    semantics: Semantics
    registry: Registry
    places: Mapping[str, tuple[str, ...]]
    rules: States
    premises: States

    def answer(self, name: str) -> bool:
        """Our answer to one of the names of ``rules`` or ``premises``."""
        raise NotImplementedError

    def answers(self, expected: States) -> States:
        """Ours, to all that is expected."""
        return {name: self.answer(name) for name in expected}

    @property
    def agrees(self) -> bool:
        """Whether every rule is in the state that the suite expects."""
        return bool(self.rules) and self.answers(self.rules) == self.rules

    @cached_property
    def steps(self) -> Mapping[str, Reason]:
        """Our explanation by path; where several steps have the same one, the one that stands highest."""
        decision = compile_policy(self.policy, self.registry, self.semantics).decide(self.request, self.facts)
        return {step.path: step for step in walk(decision.explanation)}

    def holds(self, path: str) -> bool:
        """Whether the step at this path is true."""
        return self.steps[path].verdict is Truth.TRUE


def walk(reason: Reason) -> Iterator[Reason]:
    """Every step below one, and itself last."""
    for part in reason.parts:
        yield from walk(part)
    yield reason
