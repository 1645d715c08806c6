"""Statements and withdrawals that come in: by a notice, or with an answer; each is checked by a row of the outbox.

The verifier's DID document may have to be fetched from whoever it is, so that is no work for the moment in which a
partner waits for our answer. What can never be taken ends the row, and the notice says why; while the verifier cannot
be reached the row is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from renkei.exchange.answer.reasons import told
from renkei.exchange.machine.courier import NotYetError
from renkei.exchange.machine.patience import Patience
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.notice.notices import Followed, Notices
from renkei.exchange.ports import Ports
from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeRecord, NoticeState
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.verification.statements import Statements
from renkei.exchange.verification.verification_problems import BAD_STATEMENT
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.port import Changes, Delivery

_log = logging.getLogger(__name__)
STATEMENT_TASK: Final = "statement"
_AFAR: Final = ("line-", "trust-did-unresolvable")


def hearing(ports: Ports, documents: Iterable[Document], partner: str, notice: str = "") -> tuple[Delivery, ...]:
    """The rows that check what a partner brought; ``notice``: the record by which it did."""
    now = ports.clock.now()
    return tuple(
        Delivery(
            id=ports.ids.new(),
            task=STATEMENT_TASK,
            subject=notice,
            peer=partner,
            due=now,
            body=strict_json.dumps(document),
        )
        for document in documents
    )


@dataclass(frozen=True, slots=True)
class HeardStatements:
    """Notices of statements and of withdrawals (``notice.notices.NoticeHandler``)."""

    ports: Ports

    async def take(self, record: NoticeRecord, agreement: AgreementRecord) -> Followed:  # noqa: ARG002 - the port's shape
        """Have it checked. Raises PeerError ``statement-refused`` for a notice that holds none."""
        documents = [document for document in record.content.values() if isinstance(document, dict)]
        if len(documents) != 1:
            raise BAD_STATEMENT(cause="the notice holds no statement, or more than one")
        rows = hearing(self.ports, documents, record.partner, record.id)
        return Followed(changes=Changes(deliveries=rows), state=NoticeState.OPEN)


@dataclass(frozen=True, slots=True)
class Hearing:
    """``statement``: check and keep what was brought."""

    ports: Ports
    steps: Steps
    statements: Statements
    notices: Notices
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Take it, then the row is done; both are safe to repeat."""
        document = strict_json.loads_object(delivery.body)
        try:
            if document.get("@type") == "StatementWithdrawal":
                await self.statements.take_withdrawal(document, delivery.peer)
            else:
                await self.statements.take(document, delivery.peer)
        except RenkeiError as error:
            if error.code.startswith(_AFAR):
                raise NotYetError(str(error)) from error
            await self._done(delivery, error)
            return
        await self._done(delivery, None)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """It is not kept, and the notice says why."""
        await self._done(delivery, cause)

    async def _done(self, delivery: Delivery, cause: RenkeiError | None) -> None:
        if cause is not None:
            why = {"code": cause.code, "partner": delivery.peer, "cause": cause.message()}
            _log.warning("a statement is not taken", extra=why)

        async def decide() -> Step[None]:
            settled = Changes()
            if delivery.subject:
                notice = await self.notices.known(delivery.subject)
                reason = "" if cause is None else told(cause)
                settled = await self.notices.settled(notice, reason, failed=cause is not None)
            return Step(replace(settled, delivered=(delivery.id,)), None)

        await self.steps.run(delivery.subject or delivery.id, decide)
