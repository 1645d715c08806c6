"""What a left operand is, said once: the declaration that evaluation, comparison, explanation, lint and docs read.

A constraint compares a left operand with a right one. Its declaration tells where the left value comes from, in which
form the right one is read, which operators it knows, in which phases it can be known, and honestly how far we can make
sure that it is kept.

An operand of your own is a function that finds the left value in the request and in the facts that were gathered::

    @operand("https://example.com/policy/plant", datatype=Datatype.TEXT, operators=CHOICE, en="…", ja="…")
    def plant(request, facts):
        return facts.values.get("https://example.com/policy/plant")

    registry = STANDARD.with_(plant)

The function is pure; what it raises counts as not known. ``renkei.testing.operands`` holds the checks it must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from renkei.policy.model import Operator
from renkei.policy.problems import OPERAND_TWICE, OPERAND_UNFIT
from renkei.policy.world import PHASES, Fact, Facts, Phase, Request


class Source(Enum):
    """Where the left value comes from.

    CLOCK: the time of the decision; ELAPSED: the time since the agreement; PURPOSES: what the asker declares, of which
    every one must be covered; PARTY: the asker's id; FACT: what is held of the asker or the contract, of which one
    value is enough; MANNER: a parameter of the request; AGREED: nothing, the term binds by being agreed to; CONDUCT:
    the same in a prohibition, a parameter of the request that is absent unless it is used so; FUNCTION: the operand's
    own function.
    """

    CLOCK = "clock"
    ELAPSED = "time since the agreement"
    PURPOSES = "request purposes"
    PARTY = "request party"
    FACT = "fact"
    MANNER = "request parameter"
    AGREED = "agreement"
    CONDUCT = "declared conduct"
    FUNCTION = "function"


class Datatype(Enum):
    """In which form right operands are read.

    INSTANT: RFC 3339, or a day; DURATION: ISO 8601; DAYS: a whole number of days; NUMBER: a decimal; TEXT: texts and
    IRIs; PART: texts and IRIs that may lie within each other; SCALE: one of a list from low to high.
    """

    INSTANT = "instant"
    DURATION = "duration"
    DAYS = "days"
    NUMBER = "number"
    TEXT = "text"
    PART = "part"
    SCALE = "scale"


class Enforcement(Enum):
    """What we can honestly do so that a constraint is kept.

    PREVENTIVE: the provider withholds what is not allowed; MANAGED: our connector at the consumer keeps it, for what is
    read through it; EVIDENTIAL: it is agreed, signed and recorded, and nobody can prevent a breach.
    """

    PREVENTIVE = "preventive"
    MANAGED = "managed"
    EVIDENTIAL = "evidential"


class Actor(Enum):
    """Who can change a left value, so that a condition comes to hold.

    ASKER: declares, shows or does something else; PROVIDER: its own book says so; TIME: nobody, but it passes; NOBODY.
    """

    ASKER = "asker"
    PROVIDER = "provider"
    TIME = "time"
    NOBODY = "nobody"


_ACTORS: Final[Mapping[Source, Actor]] = {
    Source.CLOCK: Actor.TIME,
    Source.ELAPSED: Actor.TIME,
    Source.PURPOSES: Actor.ASKER,
    Source.PARTY: Actor.NOBODY,
    Source.FACT: Actor.ASKER,
    Source.MANNER: Actor.ASKER,
    Source.AGREED: Actor.NOBODY,
    Source.CONDUCT: Actor.ASKER,
    Source.FUNCTION: Actor.PROVIDER,
}

Finder: TypeAlias = Callable[[Request, Facts], Fact | None]
Shape: TypeAlias = Callable[[str], bool]

ORDER: Final = frozenset({Operator.EQ, Operator.NEQ, Operator.LT, Operator.LTEQ, Operator.GT, Operator.GTEQ})
CHOICE: Final = frozenset({Operator.EQ, Operator.NEQ, Operator.IS_ANY_OF, Operator.IS_NONE_OF})
SETS: Final = CHOICE | {Operator.IS_ALL_OF}
PARTS: Final = SETS | {Operator.IS_A, Operator.IS_PART_OF, Operator.HAS_PART}
_COMPARABLE: Final[Mapping[Datatype, frozenset[Operator]]] = {
    Datatype.TEXT: SETS,
    Datatype.PART: PARTS,
    Datatype.SCALE: ORDER | PARTS,
} | dict.fromkeys((Datatype.INSTANT, Datatype.DURATION, Datatype.DAYS, Datatype.NUMBER), ORDER)
FROM_CATALOG: Final = frozenset(PHASES) - {Phase.OFFER}
FROM_NEGOTIATION: Final = FROM_CATALOG - {Phase.CATALOG}
FROM_TRANSFER: Final = frozenset({Phase.TRANSFER, Phase.ACCESS, Phase.CONTINUOUS})
IN_USE: Final = frozenset({Phase.ACCESS, Phase.CONTINUOUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """One left operand as declared.

    ``means``: an operator that is written for another one (Catena-X writes ``eq`` for "until"); ``allowed``: the right
    operands there are (``None``: any); ``shape``: a check of one right operand; ``form``: the same in words; ``scale``:
    from low to high; ``within``: for each value the values it lies in, closed; ``opaque``: only compared by identity
    when policies are; ``actor``: who can change the left value, if that does not follow from its source;
    ``confidential``: whether what is held is for the provider's own people alone.
    """

    iri: str
    source: Source
    datatype: Datatype
    operators: frozenset[Operator]
    en: str
    ja: str
    phases: frozenset[Phase] = FROM_CATALOG
    enforcement: Enforcement = Enforcement.PREVENTIVE
    means: Mapping[Operator, Operator] = field(default_factory=dict, hash=False)
    allowed: frozenset[str] | None = None
    shape: Shape | None = None
    form: str = ""
    scale: tuple[str, ...] = ()
    within: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    find: Finder | None = None
    opaque: bool = False
    actor: Actor | None = None
    confidential: bool = False

    def __post_init__(self) -> None:
        unfit = self.operators - _COMPARABLE[self.datatype]
        if unfit or not self.operators:
            names = ", ".join(sorted(operator.value for operator in unfit)) or "nothing"
            raise OPERAND_UNFIT(operand=self.iri, cause=f"{self.datatype.value} cannot be compared with {names}")
        if (self.source is Source.FUNCTION) is (self.find is None):
            raise OPERAND_UNFIT(operand=self.iri, cause="a function belongs to an operand whose source is one")

    @property
    def changed_by(self) -> Actor:
        """Who can change the left value."""
        return self.actor or _ACTORS[self.source]

    def takes(self, text: str) -> bool:
        """Whether this may be a right operand."""
        return (self.allowed is None or text in self.allowed) and (self.shape is None or self.shape(text))

    def comes_later(self, phase: Phase) -> bool:
        """Whether a later phase than this one will know the value."""
        return phase not in self.phases and any(PHASES.index(other) > PHASES.index(phase) for other in self.phases)


class Registry(Mapping[str, Operand]):
    """Operands by absolute IRI. Immutable; ``with_`` makes a larger one."""

    __slots__ = ("_operands",)

    def __init__(self, *operands: Operand) -> None:
        kept: dict[str, Operand] = {}
        for declared in operands:
            if declared.iri in kept:
                raise OPERAND_TWICE(operand=declared.iri)
            kept[declared.iri] = declared
        self._operands = MappingProxyType(kept)

    def with_(self, *operands: Operand) -> Registry:
        """This registry and more. Raises ConfigurationError ``policy-operand-twice``."""
        return Registry(*self._operands.values(), *operands)

    # One registry is another one only if it is the same: comparing functions tells nothing.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __getitem__(self, iri: str) -> Operand:
        return self._operands[iri]

    def __iter__(self) -> Iterator[str]:
        return iter(self._operands)

    def __len__(self) -> int:
        return len(self._operands)


def operand(
    iri: str,
    *,
    datatype: Datatype,
    operators: frozenset[Operator],
    en: str,
    ja: str,
    phases: frozenset[Phase] = FROM_CATALOG,
    enforcement: Enforcement = Enforcement.PREVENTIVE,
    opaque: bool = False,
) -> Callable[[Finder], Operand]:
    """Declare an operand whose left value a function finds. See the module."""

    def declare(find: Finder) -> Operand:
        return Operand(
            iri=iri,
            source=Source.FUNCTION,
            datatype=datatype,
            operators=operators,
            en=en,
            ja=ja,
            phases=phases,
            enforcement=enforcement,
            find=find,
            opaque=opaque,
        )

    return declare
