"""What partners have restated: heard by a notice, fetched under the agreement it was had under, counted in our parts.

A notice is followed only if

1. it says what it must, and the agreement it is given under is over the dataset that it names, with us as consumer;
2. we have a record of that part from that partner, or have it a minute later, since a first one may be on its way:
   what nobody here has asked for is not fetched;
3. that record is older than the one it tells of: late and repeated notices change nothing;
4. not every consent that we were given to it was taken back, as far as we were told.

What is fetched is verified as ever, and must be the record that was told of, or one that has followed it since.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

import msgspec

from renkei.exchange.answer.parts import TYPES, Parts
from renkei.exchange.answer.reasons import told
from renkei.exchange.consent.consent_problems import WITHDRAWN
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.notice.notice_problems import NO_AGREEMENT
from renkei.exchange.notice.notices import Followed, Notices
from renkei.exchange.ports import Ports
from renkei.exchange.records.consents import ConsentRecord, ConsentState, about_dataset, state_column
from renkei.exchange.records.notices import NoticeRecord, NoticeState
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.update.successors import Restated
from renkei.exchange.update.update_problems import BAD_RESTATEMENT, NOT_NEWER
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.port import Changes, Delivery

_log = logging.getLogger(__name__)
REFRESH_TASK: Final = "refresh"
_ON_ITS_WAY: Final = timedelta(minutes=1)


class Followers:
    """What one participant makes of its partners' restated values (``notice.notices.NoticeHandler``)."""

    def __init__(self, ports: Ports, steps: Steps, *, parts: Parts, notices: Notices) -> None:
        self._ports = ports
        self._steps = steps
        self._parts = parts
        self._notices = notices

    async def take(self, record: NoticeRecord, agreement: AgreementRecord) -> Followed:
        """Fetch it, unless we have it already (1, 3); where there is none, look again in a while (2).

        Raises PeerError ``update-malformed``, ``notice-without-agreement``.
        """
        restated = read_restated(record)  # 1
        if agreement.side is not Side.CONSUMER or agreement.dataset != restated.dataset:  # 1
            raise NO_AGREEMENT(partner=record.partner, agreement=agreement.id)
        held, now = await self.held(record, restated), self._ports.clock.now()
        if held is not None and held >= restated.version:  # 3
            return Followed()
        fetching = Delivery(
            id=self._ports.ids.new(),
            task=REFRESH_TASK,
            subject=record.id,
            peer=record.partner,
            due=now if held is not None else now + _ON_ITS_WAY,  # 2
        )
        return Followed(changes=Changes(deliveries=(fetching,)), state=NoticeState.OPEN)

    async def held(self, record: NoticeRecord, restated: Restated) -> int | None:
        """The version that we have; None: we have none."""
        newest = await self._parts.newest(record.partner, TYPES[restated.kind], restated.part)
        version = None if newest is None else newest.document.get("version")
        return version if isinstance(version, int) else None

    async def wanted(self, delivery: Delivery) -> Restated | None:
        """What is still to be fetched for a notice (3, 4); None: nothing. Raises PolicyError ``consent-withdrawn``."""
        record = await self._notices.known(delivery.subject)
        restated = read_restated(record)
        held = await self.held(record, restated)
        if record.state is not NoticeState.OPEN or held is None or held >= restated.version:  # 3
            return None
        consents = [
            ConsentRecord.of(row)
            for state in (ConsentState.GRANTED, ConsentState.WITHDRAWN)
            for row in await self._ports.store.find(
                ConsentRecord.kind,
                peer=record.partner,
                state=state_column(state, incoming=False),
                ref=about_dataset(restated.dataset),
            )
        ]
        if consents and all(consent.state is ConsentState.WITHDRAWN for consent in consents):  # 4
            last = max(consents, key=lambda consent: consent.created)
            raise WITHDRAWN(consent=last.consent, dataset=restated.dataset, purposes=", ".join(last.purposes))
        return restated

    async def refreshed(self, delivery: Delivery, document: DocumentRecord | None = None) -> None:
        """It was fetched, or need not be; what does not fit stays a gap, and the notice says why.

        Raises PeerError ``update-not-given`` for another record than was told of.
        """

        async def decide() -> Step[None]:
            record = await self._notices.known(delivery.subject)
            if document is not None:
                _demand_newer(record, document)
            misfit = None if document is None else await self._parts.misfit(document, "")
            settled = await self._notices.settled(record, "" if misfit is None else told(misfit))
            return Step(replace(settled, delivered=(delivery.id,)), None)

        await self._steps.run(delivery.subject, decide)

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """It was given up: what we have stays, and the notice says why."""
        _log.error("update given up", extra={"code": cause.code, "partner": delivery.peer, "cause": cause.message()})

        async def decide() -> Step[None]:
            record = await self._notices.known(delivery.subject)
            settled = await self._notices.settled(record, told(cause), failed=True)
            return Step(replace(settled, delivered=(delivery.id,)), None)

        await self._steps.run(delivery.subject, decide)


def read_restated(record: NoticeRecord) -> Restated:
    """What a notice of a restated value says. Raises PeerError ``update-malformed``."""
    try:
        return msgspec.convert(record.content, type=Restated)
    except msgspec.ValidationError as error:
        raise BAD_RESTATEMENT(partner=record.partner, cause=error) from None


def _demand_newer(record: NoticeRecord, document: DocumentRecord) -> None:
    restated, version = read_restated(record), document.document.get("version")
    given = (document.document_type, document.part) == (TYPES[restated.kind], restated.part)
    if not given or not isinstance(version, int) or version < restated.version:
        found = f"version {version} of {document.part} ({document.document_type})"
        raise NOT_NEWER(partner=record.partner, told=restated.version, part=restated.part, found=found)
