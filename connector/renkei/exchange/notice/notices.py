"""Notices (通知): tell a partner something about what it has of us, and follow what partners tell us.

A notice is made and signed once, stored, and put into the partner's request box by the outbox, however long the partner
is away. What follows from one that comes in is a matter of its kind: a handler decides, and what it decides is stored
in the same commit as the notice, so a crash anywhere is an ordinary restart.

A notice is taken only if

1. it is whole, and signed by the partner that puts it into our box (never unsigned: others will be shown it);
2. it names the partner as its sender, us as its recipient, and its id is that of the box's message;
3. no other notice of that name has come; the very same one changes nothing;
4. its agreement is one in force between the two of us, in whatever role;
5. not too many of the partner's wait to be followed;
6. the handler of its kind takes it: it knows what the agreement must be about.

Notices may come late, twice, or in another order than they were sent: whoever handles a kind compares versions.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.answer.box_messages import SignedNotice, read_box_message, write_box_message
from renkei.exchange.answer.reasons import told
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.notice.notice_document import Notice, read_notice
from renkei.exchange.notice.notice_problems import (
    BAD_NOTICE,
    NO_AGREEMENT,
    NOTICE_TWICE,
    TOO_MANY_NOTICES,
    UNKNOWN_NOTICE,
)
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeKind, NoticeRecord, NoticeState
from renkei.exchange.records.processes import AgreementRecord
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery
from renkei.trust.artefacts import Artefact, unsigned

_log = logging.getLogger(__name__)
NOTICE_BOX_TASK: Final = "notice-box"
_MOST_OPEN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a handler makes of a notice: ``changes`` to store with it, and how it then stands."""

    changes: Changes = field(default_factory=Changes)
    state: NoticeState = NoticeState.DONE
    reason: str = ""


class NoticeHandler(Protocol):
    """What one kind of notice means."""

    async def take(self, record: NoticeRecord, agreement: AgreementRecord) -> Followed:
        """Decide what follows; called within a step, perhaps more than once. Raises what the sender is told."""
        ...


class Notices:
    """What one participant tells its partners, and is told."""

    def __init__(self, ports: Ports, steps: Steps, *, signatures: Signatures, agreements: Agreements) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._agreements = agreements
        self._handlers: dict[NoticeKind, NoticeHandler] = {}

    def employ(self, handlers: Mapping[NoticeKind, NoticeHandler]) -> None:
        """Say what each kind means; once, before the box is offered. A kind that nobody handles is only kept."""
        self._handlers.update(handlers)

    # --- telling ---------------------------------------------------------------------------------

    async def tell(
        self,
        kind: NoticeKind,
        agreement: AgreementRecord,
        subject: str,
        content: Document,
        *,
        cause: str = "",
        due: datetime | None = None,
    ) -> NoticeRecord:
        """Give notice to the partner of an agreement; returns as soon as it is stored."""
        drafted = await self.drafted(kind, agreement, subject, content, cause=cause, due=due)
        record = NoticeRecord.of(drafted.records[0])

        async def decide() -> Step[NoticeRecord]:
            return Step(drafted, record)

        return await self._steps.run(record.id, decide)

    async def drafted(
        self,
        kind: NoticeKind,
        agreement: AgreementRecord,
        subject: str,
        content: Document,
        *,
        cause: str = "",
        due: datetime | None = None,
    ) -> Changes:
        """A signed notice to the partner of an agreement, for the caller's commit. ``due``: not before then."""
        now = self._ports.clock.now()
        notice = Notice(
            id=self._ports.ids.new(),
            kind=kind,
            sender=self._ports.identity.participant,
            recipient=agreement.partner,
            agreement=agreement.id,
            subject=subject,
            cause=cause,
            issued=now,
            content=content,
        )
        document = await self._signatures.sign(notice.to_json(), Artefact.NOTICE)
        record = self._kept(notice, document, incoming=False, due=due or now)
        record = replace(record, did_documents=await self._signatures.snapshot(notice.sender))
        body = write_box_message(SignedNotice(id=notice.id, notice=document))
        read_box_message(body)
        posting = Delivery(
            id=self._ports.ids.new(),
            task=NOTICE_BOX_TASK,
            subject=record.id,
            peer=record.partner,
            due=record.due,
            body=body,
        )
        event = record.event(f"{kind.value} noticed", now)
        return Changes(records=(record.row(),), deliveries=(posting,), events=(event,))

    def _kept(self, notice: Notice, document: Document, *, incoming: bool, due: datetime) -> NoticeRecord:
        return NoticeRecord(
            id=NoticeRecord.key(notice.id, incoming=incoming),
            notice=notice.id,
            incoming=incoming,
            partner=notice.sender if incoming else notice.recipient,
            about=notice.kind,
            subject=notice.subject,
            agreement=notice.agreement,
            cause=notice.cause,
            content=notice.content,
            document=document,
            due=due,
            created=self._ports.clock.now(),
        )

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken it."""
        await self._ended(delivery, NoticeState.DONE, "", "delivered")

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """It was given up, or refused."""
        _log.error("notice given up", extra={"code": cause.code, "partner": delivery.peer, "cause": cause.message()})
        await self._ended(delivery, NoticeState.FAILED, told(cause), "given up")

    # --- being told ------------------------------------------------------------------------------

    async def checked(self, partner: str, message: SignedNotice) -> NoticeRecord:
        """A notice that came in, held against its sender (1, 2); not stored yet.

        Raises PeerError ``notice-malformed``, ``trust-…``.
        """
        notice, us = read_notice(message.notice, partner), self._ports.identity.participant
        proof = await self._signatures.check(message.notice, Artefact.NOTICE, partner)  # 1
        if not proof.signed:
            raise BAD_NOTICE(partner=partner, cause="it is not signed")
        for member, found, expected in (  # 2
            ("sender", self._ports.settings.aliases.canonical(notice.sender), partner),
            ("recipient", self._ports.settings.aliases.canonical(notice.recipient), us),
            ("id", notice.id, message.id),
        ):
            if found != expected:
                raise BAD_NOTICE(partner=partner, cause=f"its {member} is {found}, not {expected}")
        record = self._kept(notice, message.notice, incoming=True, due=self._ports.clock.now())
        known = {partner: proof.did_document} if proof.did_document else {}
        return replace(record, partner=partner, did_documents=known)

    async def take(self, record: NoticeRecord) -> Changes:
        """What a checked notice changes (3 to 6); for the box's commit.

        Raises PeerError ``notice-conflict``, ``notice-without-agreement``, ``notice-too-many``, and what its handler
        raises.
        """
        before = await self._by_id(record.id)
        if before is not None:  # 3
            if before.partner != record.partner or unsigned(before.document) != unsigned(record.document):
                raise NOTICE_TWICE(partner=record.partner, notice=record.notice)
            return Changes()
        agreement = await self._agreements.kept(record.agreement)
        if agreement is None or agreement.partner != record.partner or not agreement.final:  # 4
            raise NO_AGREEMENT(partner=record.partner, agreement=record.agreement)
        column = NoticeRecord.column(NoticeState.OPEN, incoming=True)
        waiting = await self._ports.store.count(NoticeRecord.kind, peer=record.partner, state=column)
        if waiting >= _MOST_OPEN:  # 5
            raise TOO_MANY_NOTICES(limit=_MOST_OPEN)
        handler = self._handlers.get(record.about)
        followed = Followed() if handler is None else await handler.take(record, agreement)  # 6
        record = replace(record, state=followed.state, reason=followed.reason)
        event = record.event(f"{record.about.value} received", self._ports.clock.now())
        changes = followed.changes
        return replace(changes, records=(record.row(), *changes.records), events=(event, *changes.events))

    async def settled(self, record: NoticeRecord, reason: str = "", *, failed: bool = False) -> Changes:
        """That a notice we follow has come to its end; for the commit of whoever followed it."""
        state = NoticeState.FAILED if failed else NoticeState.DONE
        after = replace(record, state=state, reason=reason)
        event = after.event("failed" if failed else "followed", self._ports.clock.now())
        return Changes(records=(after.row(),), events=(event,))

    # --- looking ---------------------------------------------------------------------------------

    async def listed(
        self, *, incoming: bool, partner: str | None = None, about: NoticeKind | None = None
    ) -> list[NoticeRecord]:
        """All of one direction, newest first."""
        # What ends while we look is seen in both states: the later one counts.
        found: dict[str, NoticeRecord] = {}
        for state in NoticeState:
            column = NoticeRecord.column(state, incoming=incoming)
            async for row in every(self._ports.store, NoticeRecord.kind, peer=partner, state=column):
                found[row.id] = NoticeRecord.of(row)
        chosen = (record for record in found.values() if about is None or record.about is about)
        return sorted(chosen, key=lambda record: (record.created, record.id), reverse=True)

    async def known(self, notice: str) -> NoticeRecord:
        """A notice by its name or its record's id, received or sent. Raises LocalError ``notice-unknown``."""
        for name in (notice, *(NoticeRecord.key(notice, incoming=incoming) for incoming in (True, False))):
            if (record := await self._by_id(name)) is not None:
                return record
        raise UNKNOWN_NOTICE(notice=notice)

    async def _by_id(self, record_id: str) -> NoticeRecord | None:
        row = await self._ports.store.load(NoticeRecord.kind, record_id)
        return None if row is None else NoticeRecord.of(row)

    async def _ended(self, delivery: Delivery, state: NoticeState, reason: str, what: str) -> None:
        async def decide() -> Step[None]:
            record = await self._by_id(delivery.subject)
            if record is None:
                return Step(Changes(delivered=(delivery.id,)), None)
            record = replace(record, state=state, reason=reason)
            event = record.event(what, self._ports.clock.now())
            return Step(Changes(records=(record.row(),), delivered=(delivery.id,), events=(event,)), None)

        await self._steps.run(delivery.subject, decide)
