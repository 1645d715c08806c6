"""What a decision is about: the request, its phase, and the state of the world, gathered before the decision.

All values; instants are aware ``datetime``. Nothing here asks anybody anything: credentials, counters and registers
are read beforehand and handed in, so that a decision can be made again from what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from renkei.kernel.instants import BAD_INSTANT
from renkei.policy.terms import ODRL

USE = ODRL + "use"


class Phase(Enum):
    """When a policy is asked, in the order of a contract's life. What a phase cannot know is left to a later one.

    OFFER: publishing, about nobody yet; CATALOG: who may see it; NEGOTIATION and AGREEMENT: on the way to a contract;
    TRANSFER: a transfer starts; ACCESS: bytes are asked for; CONTINUOUS: what was started goes on.
    """

    OFFER = "offer"
    CATALOG = "catalog"
    NEGOTIATION = "negotiation"
    AGREEMENT = "agreement"
    TRANSFER = "transfer"
    ACCESS = "access"
    CONTINUOUS = "continuous"

    @property
    def before_use(self) -> bool:
        """Whether the use that is asked for lies in the future."""
        return self in {Phase.OFFER, Phase.CATALOG, Phase.NEGOTIATION, Phase.AGREEMENT}


PHASES = tuple(Phase)


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known for one operand: the values that are held, who says so, until when it may be used.

    ``values`` are texts; numbers and instants in their usual spelling. ``since``: when it came about (for
    ``andSequence``); ``unit``: an IRI, where the value is an amount.
    """

    values: frozenset[str]
    source: str = ""
    expires_at: datetime | None = None
    since: datetime | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what with which dataset, and what for.

    ``purposes``: what the asker declares, as texts or IRIs; ``parameters``: the manner of the use that is asked for, by
    absolute operand IRI.
    """

    party: str
    target: str
    action: str = USE
    purposes: frozenset[str] = frozenset()
    phase: Phase = Phase.ACCESS
    parameters: Mapping[str, Fact] = field(default_factory=dict, hash=False)


class DutyState(Enum):
    """How far a duty has come."""

    NOT_SET = "not-set"
    FULFILLED = "fulfilled"
    VIOLATED = "violated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """An action that was done, as the ledger has it; ``facts`` tell its manner, by absolute operand IRI."""

    action: str
    at: datetime
    party: str = ""
    target: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of the world.

    ``values``: facts by absolute operand IRI; ``began``: when the agreement was concluded, from where durations count;
    ``part_of``: the collections that a party, an asset or a value belongs to, closed (parts of parts included);
    ``duties``: states by the duty's ``@id`` or its path in the policy; ``performed``: what was done so far.
    """

    now: datetime
    values: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    began: datetime | None = None
    part_of: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    duties: Mapping[str, DutyState] = field(default_factory=dict, hash=False)
    performed: tuple[Performed, ...] = ()
    expiring: tuple[tuple[str, datetime], ...] = field(init=False, compare=False, repr=False)
    """The facts that have an end: made here, since one state of the world is asked about by many policies."""

    def __post_init__(self) -> None:
        ends = tuple((iri, fact.expires_at) for iri, fact in self.values.items() if fact.expires_at is not None)
        object.__setattr__(self, "expiring", ends)
        for moment in (self.now, self.began):
            if moment is not None and moment.tzinfo is None:
                raise BAD_INSTANT(text=moment)
