"""How what a part is made of was verified: each supplier's record in the tree with its verdict, and the share of all.

A component's record counts as verified by a known verifier's statement on that very record; what we emit
ourselves and what stands in for a silent supplier was verified by nobody, and says so. The part's
own newest record has a verdict of its own.
"""

from __future__ import annotations

from renkei.battery import Calculation
from renkei.battery.footprint.calculation import Contribution, Origin
from renkei.battery.units import render_figure
from renkei.battery.verification.standing import Verdict, Verification, share_of
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.verification.statements import Statements

_UNVERIFIED: Document = {"status": Verdict.UNVERIFIED.value, "statements": []}


class VerifiedTrees:
    """One participant's calculations, with who has verified what of them."""

    def __init__(self, parts: Parts, statements: Statements) -> None:
        self._parts = parts
        self._statements = statements

    async def footprint(self, part: PartRecord) -> Document:
        """A part's footprint for our own eyes, each contribution with its verdict; ``verifiedShare`` in percent."""
        calculation = await self._parts.footprint(part)
        records = [await self._record(one) for one in calculation.contributions]
        verdicts = [None if record is None else await self._statements.of(record) for record in records]
        document = calculation.to_json()
        document["contributions"] = [
            shown | _signed(record) | {"verification": _UNVERIFIED if verdict is None else verdict.to_json()}
            for shown, record, verdict in zip(_contributions(document), records, verdicts, strict=True)
        ]
        own = await self._parts.newest(calculation.part.company, FOOTPRINT, part.id)
        document["verification"] = _UNVERIFIED if own is None else (await self._statements.of(own)).to_json()
        return document | _share(calculation, verdicts)

    async def _record(self, contribution: Contribution) -> DocumentRecord | None:
        """The supplier's record behind a contribution."""
        if contribution.origin is not Origin.COMPONENT:
            return None
        return await self._parts.newest(contribution.company, FOOTPRINT, contribution.name)


def _signed(record: DocumentRecord | None) -> Document:
    """Whether the supplier has signed what it is reckoned with: a form that was told by hand it has not."""
    return {} if record is None else {"signed": record.signed}


def _share(calculation: Calculation, verdicts: list[Verification | None]) -> Document:
    weights = (
        (one.emission, verdict is not None and verdict.verdict is Verdict.VERIFIED)
        for one, verdict in zip(calculation.contributions, verdicts, strict=True)
    )
    share = share_of(weights)
    return {} if share is None else {"verifiedShare": render_figure(calculation.rounding.apply(share))}


def _contributions(document: Document) -> list[Document]:
    listed = document["contributions"]
    return [dict(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
