"""Who was shown what of ours, and when they looked: the log, and from it what each partner has of a part's figures.

What is offered is written down in the commit that offers it. When a partner fetched it stands in the history of the
transfer; the two are brought together here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.battery import FootprintRecord
from renkei.battery.disclosure.release_rules import Told
from renkei.battery.disclosure.releases import Release, shares_of
from renkei.battery.footprint.inputs import CalculationInputs
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.disclosure.audit import reveal
from renkei.exchange.ports import Ports
from renkei.exchange.records.calculations import DrawnRecord
from renkei.exchange.records.disclosures import DisclosureRecord, DisclosureWay
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import Side, TransferRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.store.paging import every
from renkei.store.port import Changes
from renkei.trust.artefacts import Artefact, unsigned
from renkei.trust.verification import evidence

_PULLED: Final = frozenset({"pulled", "pull cut"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One line of the log: what was put before whom, and when it was fetched."""

    disclosure: DisclosureRecord
    seen: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """A file for an auditor; ``hands_on``: whose records are in it, which agreements with them must allow."""

    file: Document
    hands_on: tuple[str, ...]


class Disclosures:
    """One participant's log."""

    def __init__(self, ports: Ports, parts: Parts) -> None:
        self._ports = ports
        self._parts = parts

    # --- writing ---------------------------------------------------------------------------------

    async def offered(
        self,
        document: DocumentRecord,
        partner: str,
        way: DisclosureWay,
        *,
        dataset: str,
        purposes: Iterable[str] = (),
        ruled: bool = False,
        coarse: bool = False,
    ) -> DisclosureRecord:
        """That a record of ours is put before a partner; for the commit that does it.

        ``ruled``: what is in its figures is kept ready, since the next release will be held against it.
        """
        release = await self.release_of(document, coarse=coarse) if ruled else None
        return DisclosureRecord(
            id=self._ports.ids.new(),
            partner=partner,
            part=document.part,
            way=way,
            dataset=dataset,
            document=document.id,
            record=str(document.document.get("id", "")),
            document_type=document.document_type,
            fields=tuple(path for path, _ in leaves_of(unsigned(document.document))),
            purposes=tuple(sorted(purposes)),
            release={} if release is None else release.to_json(),
            at=self._ports.clock.now(),
        )

    async def release_of(self, document: DocumentRecord, *, coarse: bool = False) -> Release | None:
        """What is in the figures of a footprint record of ours; None for other records, and where nothing is kept."""
        if document.document_type != FOOTPRINT:
            return None
        record = FootprintRecord.from_json(unsigned(document.document))
        if isinstance(document, DrawnRecord):
            inputs = CalculationInputs.from_json(document.calculation.inputs)
        else:
            kept = await self._parts.calculation(record.id)
            if kept is None:
                return None
            inputs = CalculationInputs.from_json(kept.inputs)
        return release_of(record, inputs, coarse=coarse)

    async def reveal(self, record: str, leaves: Sequence[str] | None, to: str) -> Revealed:
        """Open inputs of a record of ours for an auditor (``None``: all of them, and that there are no others).

        ``to``: who gets the file, for the log. Raises LocalError ``calculation-unknown``; ConfigurationError
        ``disclosure-leaf-unknown``.
        """
        kept, document = await self._parts.published(record)
        opening = kept.committed().open(leaves)
        line = DisclosureRecord(
            id=self._ports.ids.new(),
            partner=to,
            part=kept.part,
            way=DisclosureWay.REVEAL,
            document=document.id,
            record=record,
            document_type="InputOpening",
            fields=tuple(sorted(opening.inputs)),
            at=self._ports.clock.now(),
        )
        await self._ports.store.commit(Changes(records=(line.row(),), events=(line.event("revealed", line.at),)))
        proof = evidence(Artefact.RECORD, document.document, document.did_documents, line.at.replace(microsecond=0))
        return Revealed(file=reveal(proof, opening), hands_on=tuple(_of_others(opening.inputs)))

    async def leaves(self, record: str) -> tuple[str, ...]:
        """The names of all inputs of a record of ours. Raises LocalError ``calculation-unknown``."""
        return (await self._parts.calculated(record)).committed().names

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self, *, partner: str | None = None, part: str | None = None) -> list[Look]:
        """All lines, the newest first."""
        rows = every(self._ports.store, DisclosureRecord.kind, peer=partner, ref=part)
        found = sorted([DisclosureRecord.of(row) async for row in rows], key=lambda line: (line.at, line.id))
        pulls: dict[tuple[str, str], list[datetime]] = {}
        for one in {line.partner for line in found}:
            await self._pulls(one, pulls)
        return [Look(disclosure=line, seen=tuple(_seen(line, found, pulls))) for line in reversed(found)]

    async def told(self, partner: str, part: str) -> list[Told]:
        """The releases of a part's figures to one partner, in their order."""
        found = []
        for line in await self._figures(partner, part):
            release = Release.from_json(line.release) if line.release else await self._derived(line)
            if release is not None:
                found.append(Told(line.at, release))
        return found

    async def last(self, partner: str, part: str) -> DocumentRecord | None:
        """The record of a part's figures that one partner was last given."""
        lines = await self._figures(partner, part)
        row = await self._ports.store.load(DocumentRecord.kind, lines[-1].document) if lines else None
        return None if row is None else DocumentRecord.of(row)

    async def _figures(self, partner: str, part: str) -> list[DisclosureRecord]:
        rows = every(self._ports.store, DisclosureRecord.kind, peer=partner, ref=part)
        found = [DisclosureRecord.of(row) async for row in rows]
        return sorted((line for line in found if line.document_type == FOOTPRINT), key=lambda line: (line.at, line.id))

    async def _derived(self, line: DisclosureRecord) -> Release | None:
        row = await self._ports.store.load(DocumentRecord.kind, line.document)
        return None if row is None else await self.release_of(DocumentRecord.of(row))

    async def _pulls(self, partner: str, pulls: dict[tuple[str, str], list[datetime]]) -> None:
        """When a partner fetched each dataset of ours."""
        store = self._ports.store
        async for row in every(store, TransferRecord.kind, peer=partner):
            transfer = TransferRecord.of(row)
            if transfer.side is Side.PROVIDER:
                after = 0
                while events := await store.events(kind=TransferRecord.kind, record_id=transfer.id, after=after):
                    looks = (event.at for event in events if event.type in _PULLED)
                    pulls.setdefault((partner, transfer.dataset), []).extend(looks)
                    after = events[-1].seq


def release_of(record: FootprintRecord, inputs: CalculationInputs, *, coarse: bool = False) -> Release:
    """What is in the figures of a record that was made of these inputs."""
    shares = shares_of(inputs.part, inputs.inventories, inputs.bom, inputs.received, inputs.rules)
    return Release.of(record, inputs.perform().stages, shares, split=record.own is not None, coarse=coarse)


def leaves_of(value: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Each member of a document that is no container, with its JSON pointer; what holds nothing by itself."""
    inner: Iterable[tuple[str, object]] = ()
    if isinstance(value, Mapping):
        inner = ((str(name), member) for name, member in value.items())
    elif isinstance(value, list | tuple):
        inner = ((str(i), item) for i, item in enumerate(value))
    if isinstance(value, Mapping | list | tuple) and value:
        for name, member in inner:
            yield from leaves_of(member, f"{at}/{name.replace('~', '~0').replace('/', '~1')}")
    else:
        yield at, value


def _of_others(inputs: Mapping[str, object]) -> Iterator[str]:
    """The companies whose received records are among revealed inputs, each once."""
    records = (value for name, value in inputs.items() if name.startswith("/received/") and isinstance(value, Mapping))
    yield from dict.fromkeys(str(record.get("company", "")) for record in records)


def _seen(
    line: DisclosureRecord, lines: Iterable[DisclosureRecord], pulls: Mapping[tuple[str, str], list[datetime]]
) -> Iterator[datetime]:
    """When this was fetched: after it was offered, and before the next took its place in the same dataset."""
    following = (other.at for other in lines if other.dataset == line.dataset and other.at > line.at)
    until = min(following, default=None)
    for at in pulls.get((line.partner, line.dataset), ()):
        if line.at <= at and (until is None or at < until):
            yield at
