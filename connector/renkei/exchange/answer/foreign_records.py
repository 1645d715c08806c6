"""Records that a partner has given in another system's form, outside the protocol: kept unsigned, on our own word.

What must hold:

1. the record speaks for the partner from whom the operator says it is, and that is not us;
2. nothing the partner gave us signed is put back by it: its version must be higher than that of any signed record.

Raises ConfigurationError ``formats-other-speaker``, ``formats-signed-is-newer``.
"""

from __future__ import annotations

from typing import Final

from renkei.battery import FootprintRecord
from renkei.exchange.answer.foreign_problems import FOREIGN_OLDER, FOREIGN_SPEAKER
from renkei.exchange.answer.parts import Parts
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.ports import Ports
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import DocumentRecord
from renkei.kernel import jcs
from renkei.kernel.values import replace

_TYPE: Final = "FootprintRecord"


class ForeignRecords:
    """One participant's records that came as other systems' documents."""

    def __init__(self, ports: Ports, steps: Steps, parts: Parts) -> None:
        self._ports = ports
        self._steps = steps
        self._parts = parts

    async def keep(self, partner: str, record: FootprintRecord, *, taken_from: str = "") -> DocumentRecord:
        """Keep a record as one of the partner's; what we make of the part is reckoned anew.

        ``taken_from``: the hash of the file in which it was told.
        """
        us = self._ports.identity.participant
        if record.company != partner or partner == us:  # 1
            raise FOREIGN_SPEAKER(company=record.company, partner=partner)
        document: Document = record.to_json()
        kept = DocumentRecord(
            id=jcs.digest(jcs.canonical(document)),
            partner=partner,
            part=record.part,
            document_type=_TYPE,
            document=document,
            signed=False,
            taken_from=taken_from,
            created=self._ports.clock.now(),
        )

        async def decide() -> Step[DocumentRecord]:
            row = await self._ports.store.load(DocumentRecord.kind, kept.id)
            if row is not None:
                return Step(None, DocumentRecord.of(row))
            newest = await self._parts.newest(partner, _TYPE, record.part)
            if (
                newest is not None and newest.signed and self._parts.read(newest.document).version >= record.version
            ):  # 2
                raise FOREIGN_OLDER(partner=partner, part=record.part, version=record.version)
            follows = await self._parts.consequences.of_record(kept)
            event = kept.event("taken in from another format", kept.created)
            return Step(replace(follows, records=(kept.row(), *follows.records), events=(event, *follows.events)), kept)

        return await self._steps.run(f"record {kept.id}", decide)
