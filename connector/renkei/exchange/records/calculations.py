"""What is kept of how our footprints were made: private, for recalculation and for an auditor of our choice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Final

from renkei.battery import CalculationInputs, Provenance
from renkei.battery.commitments import Commitment, commit
from renkei.exchange.records.kept import Document, Kept
from renkei.exchange.records.requests import DocumentRecord
from renkei.store.port import Record

FACTORS_ID: Final = "factors"


@dataclass(frozen=True, kw_only=True)
class CalculationRecord(Kept):
    """What one published footprint record was calculated from; ``id`` is that record's.

    ``inputs``: CalculationInputs; ``inputs_hash``: their hash on that day; ``token``: the secret from which the salts
    of the record's commitment are made. None of it ever leaves by itself.
    """

    kind: ClassVar[str] = "calculation"

    part: str
    inputs: Document
    inputs_hash: str
    token: str
    created: datetime

    @property
    def secret(self) -> bytes:
        """The 32 bytes that salt the commitment."""
        return hashlib.sha256(self.token.encode()).digest()

    def committed(self) -> Commitment:
        """The commitment to each of the inputs by itself."""
        return self._commitment(CalculationInputs.from_json(self.inputs))

    def provenance(self, inputs: CalculationInputs) -> Provenance:
        """What the record itself says of how it was made; ``inputs``: the kept ones, as a value."""
        return Provenance(inputs.rules.hash, inputs.engine, self._commitment(inputs).root)

    def _commitment(self, inputs: CalculationInputs) -> Commitment:
        return commit({leaf.name: leaf.value for leaf in inputs.leaves()}, self.secret)

    def keys(self) -> tuple[str, str, str]:
        """Found by part."""
        return "", "", self.part


@dataclass(frozen=True, kw_only=True)
class FactorListRecord(Kept):
    """The company's own secondary factors; there is one list, under this id."""

    kind: ClassVar[str] = "factor-list"

    id: str = FACTORS_ID
    listed: Document = field(default_factory=dict)
    created: datetime


@dataclass(frozen=True, kw_only=True)
class DrawnRecord(DocumentRecord):
    """A footprint record that was just made, until it is stored: with what it was made of."""

    calculation: CalculationRecord

    def row(self) -> Record:
        """The row of the document alone."""
        return DocumentRecord(**_members(self)).row()


def drawn_of(document: DocumentRecord, calculation: CalculationRecord) -> DrawnRecord:
    """A document with what it was made of."""
    return DrawnRecord(**_members(document), calculation=calculation)


def rows_of(document: DocumentRecord) -> tuple[Record, ...]:
    """What to store of a document of ours that may leave: nothing where it is stored already."""
    if document.version:
        return ()
    return (document.row(), document.calculation.row()) if isinstance(document, DrawnRecord) else (document.row(),)


def _members(document: DocumentRecord) -> dict[str, Any]:
    return {each.name: getattr(document, each.name) for each in fields(DocumentRecord)}
