"""What is kept of partners: who they are and where they are reached, and attributes with who says so and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The values of one attribute. ``source``: who says so, in words for people; ``until``: when it ends to hold."""

    values: tuple[str, ...]
    source: str = ""
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PartnerEntry(Kept):
    """A partner that was made known at run time; ``id`` is its participant id.

    ``name``: what we call it; ``address``: the base URL of its endpoints, for one whose id does not tell.
    """

    kind: ClassVar[str] = "partner-entry"

    name: str
    address: str = ""
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found by its name."""
        return self.id, "known", self.name


@dataclass(frozen=True, kw_only=True)
class PartnerFactsRecord(Kept):
    """What was stored of one participant; ``id`` is its participant id.

    ``statements``: by short attribute name (``policy.attributes``) or absolute operand IRI.
    """

    kind: ClassVar[str] = "partner-facts"

    statements: Mapping[str, Statement] = field(default_factory=dict)

    def keys(self) -> tuple[str, str, str]:
        """Found by the partner; an empty one is kept for its version and is not listed."""
        return self.id, "known" if self.statements else "", ""
