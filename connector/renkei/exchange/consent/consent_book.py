"""The consents (同意) that are kept: found by name and by direction, and what each change of one stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from renkei.exchange.answer.box_messages import ConsentDecision, ConsentRequest, write_box_message
from renkei.exchange.consent.consent_problems import CONSENT_CLOSED, UNKNOWN_CONSENT
from renkei.exchange.machine.steps import Steps
from renkei.exchange.ports import Ports
from renkei.exchange.records.consents import ConsentRecord, ConsentState
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery

CONSENT_BOX_TASK: Final = "consent-box"
CONSENT_END_TASK: Final = "consent-end"


class ConsentBook:
    """One participant's consents, both given and asked for."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self, *, incoming: bool) -> list[ConsentRecord]:
        """All consents of one direction, newest first."""
        records = [ConsentRecord.of(row) async for row in every(self._ports.store, ConsentRecord.kind)]
        return sorted(
            (record for record in records if record.incoming is incoming),
            key=lambda record: record.created,
            reverse=True,
        )

    async def find(self, consent: str) -> ConsentRecord:
        """A consent by its name, in either direction. Raises LocalError ``consent-unknown``."""
        for incoming in (True, False):
            record = await self.kept(consent, incoming=incoming)
            if record is not None:
                return record
        raise UNKNOWN_CONSENT(consent=consent)

    async def known(self, consent: str, *, incoming: bool) -> ConsentRecord:
        """A consent of one direction. Raises LocalError ``consent-unknown``."""
        record = await self.kept(consent, incoming=incoming)
        if record is None:
            raise UNKNOWN_CONSENT(consent=consent)
        return record

    async def of_partner(self, partner: str, consent: str) -> ConsentRecord:
        """A consent that we asked this partner for; another one's does not exist for it."""
        record = await self.known(consent, incoming=False)
        if record.partner != partner:
            raise UNKNOWN_CONSENT(consent=consent)
        return record

    async def kept(self, consent: str, *, incoming: bool) -> ConsentRecord | None:
        """A consent of one direction, if there is one of that name."""
        row = await self._ports.store.load(ConsentRecord.kind, ConsentRecord.key(consent, incoming=incoming))
        return None if row is None else ConsentRecord.of(row)

    async def by_id(self, record_id: str) -> ConsentRecord:
        """The consent of an errand."""
        row = await self._ports.store.load(ConsentRecord.kind, record_id)
        assert row is not None, "an errand's consent is stored in the same commit"
        return ConsentRecord.of(row)

    @staticmethod
    def demand_state(record: ConsentRecord, wanted: ConsentState, step: str, now: datetime) -> ConsentRecord:
        """One that stands as a step needs it. Raises LocalError ``consent-closed``."""
        standing = record.standing(now)
        if standing is not wanted:
            raise CONSENT_CLOSED(consent=record.consent, state=standing.value, step=step)
        return record

    # --- what is stored --------------------------------------------------------------------------

    def moved(
        self, record: ConsentRecord, what: str, deliveries: Sequence[Delivery] = (), delivered: Sequence[str] = ()
    ) -> Changes:
        """A consent's new state with its line of history."""
        event = record.event(what, self._ports.clock.now())
        return Changes(
            records=(record.row(),),
            deliveries=tuple(deliveries),
            delivered=tuple(row for row in delivered if row),
            events=(event,),
        )

    def posting(self, record: ConsentRecord, message: ConsentRequest | ConsentDecision) -> Delivery:
        """The row that puts a message into the partner's box."""
        return self._row(CONSENT_BOX_TASK, record, self._ports.clock.now(), write_box_message(message))

    def ending(self, record: ConsentRecord, due: datetime) -> Delivery:
        """The row that stops, at an instant, what a consent carries."""
        return self._row(CONSENT_END_TASK, record, due, b"{}")

    def _row(self, task: str, record: ConsentRecord, due: datetime, body: bytes) -> Delivery:
        return Delivery(id=self._ports.ids.new(), task=task, subject=record.id, peer=record.partner, due=due, body=body)
