"""What is kept of each disclosure (開示): which record of ours was put before whom, when, and what was in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


class DisclosureWay(Enum):
    """How something was disclosed.

    ANSWER: to a request; UPDATE: a new version of what was given; TREE: what stands behind a part, without names;
    NAMING: that we stand at a node of a supply tree; REVEAL: inputs of a calculation to an auditor.
    """

    ANSWER = "answer"
    UPDATE = "update"
    TREE = "tree"
    NAMING = "naming"
    REVEAL = "reveal"


@dataclass(frozen=True, kw_only=True)
class DisclosureRecord(Kept):
    """One thing that was put before one partner; ``at``: from when on it could be seen.

    ``dataset``: under which it is fetched; ``document``: the content hash of the signed document, ``record`` its own
    id; ``fields``: its member paths; ``purposes``: what it was drawn for; ``release``: private, what is in its figures,
    as the leakage estimator takes it; of a supply tree, its version and a hash of its shape.
    """

    kind: ClassVar[str] = "disclosure"

    partner: str
    part: str
    way: DisclosureWay
    dataset: str = ""
    document: str = ""
    record: str = ""
    document_type: str = ""
    fields: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    release: Document = field(default_factory=dict)
    at: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by partner and part."""
        return self.partner, self.way.value, self.part


@dataclass(frozen=True, kw_only=True)
class TreeSecret(Kept):
    """From what the salts of our nodes in supply trees are made; there is one, and it never leaves."""

    kind: ClassVar[str] = "tree-secret"
    ID: ClassVar[str] = "supply-trees"

    token: str
