"""Other names of participants: business partner numbers beside DIDs, as configured.

Catena-X names companies by BPN in its policies and by DID on the wire (CX-0018 section 2.1.1, CX-0152). Which number is
whose is the operator's knowledge: it comes from configuration, or from a credential where the trust framework has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from renkei.policy.operands import BUSINESS_PARTNER_NUMBER
from renkei.policy.world import Fact

SOURCE = "configuration"


class Aliases:
    """Alias → participant id. Immutable; several aliases may name one participant."""

    __slots__ = ("_facts", "_ids")

    def __init__(self, ids: Mapping[str, str] | None = None) -> None:
        self._ids = MappingProxyType(dict(ids or {}))
        numbers: dict[str, set[str]] = {}
        for alias, participant in self._ids.items():
            numbers.setdefault(participant, set()).add(alias)
        self._facts = {participant: Fact(frozenset(known), SOURCE) for participant, known in numbers.items()}

    def canonical(self, participant: str) -> str:
        """The id behind an alias; any other text is an id already."""
        return self._ids.get(participant, participant)

    def facts(self, participant: str) -> dict[str, Fact]:
        """What the aliases tell of a participant: its business partner numbers."""
        fact = self._facts.get(self.canonical(participant))
        return {} if fact is None else {BUSINESS_PARTNER_NUMBER: fact}
