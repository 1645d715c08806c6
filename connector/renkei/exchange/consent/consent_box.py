"""What partners put into our request box about consents (同意): they ask for ours, and tell of theirs.

Whoever asks never decides: a decision is taken only about a consent that we asked for, from the one we asked.
"""

from __future__ import annotations

from typing import Final

from renkei.exchange.answer.box_messages import AnswerReady, ConsentAnswer, ConsentDecision, ConsentRequest
from renkei.exchange.catalog.purposes import PurposeClass, PurposeList
from renkei.exchange.consent.consent_problems import CONSENT_CLOSED, TOO_MANY
from renkei.exchange.consent.consents import Consents, moment
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_BOX_MESSAGE
from renkei.exchange.records.consents import ConsentRecord, ConsentState, Wish, state_column
from renkei.exchange.records.requests import RequestRecord
from renkei.kernel.values import replace
from renkei.store.port import Changes

_MOST_ASKED: Final = 100


class ConsentBox:
    """One participant's share of the request box that is about consents."""

    def __init__(self, ports: Ports, consents: Consents) -> None:
        self._ports = ports
        self._consents = consents

    @property
    def purposes(self) -> PurposeList:
        """Those that can be consented to here."""
        return self._consents.purposes

    async def take_request(self, partner: str, message: ConsentRequest) -> Changes:
        """A partner asks for consent. Whether what it is about exists is told by the decision alone.

        Raises PeerError ``request-malformed``, ``consent-purpose-unknown``, ``consent-secondary-apart``,
        ``consent-too-many``.
        """
        if await self._consents.kept(message.consent, incoming=True) is not None:
            raise BAD_BOX_MESSAGE(cause=f"the consent {message.consent} is here already")
        record = self._consents.asked(partner, message, incoming=True)
        waiting = await self._ports.store.count(
            ConsentRecord.kind, peer=partner, state=state_column(ConsentState.ASKED, incoming=True)
        )
        if waiting >= _MOST_ASKED:
            raise TOO_MANY(limit=_MOST_ASKED)
        return self._consents.moved(record, "asked by partner")

    async def take_decision(self, partner: str, message: ConsentDecision) -> Changes:
        """The one whom we asked has decided, or takes its consent back.

        What must hold: 1. we asked this partner for this consent; 2. it waits for the decision, or is granted where it
        is withdrawn; 3. no more is granted than we asked for. A grant that a withdrawal has overtaken changes nothing.
        """
        record = await self._consents.of_partner(partner, message.consent)  # 1
        if message.decision is ConsentAnswer.GRANTED and record.state is ConsentState.WITHDRAWN:
            return self._consents.moved(record, "granted by partner before it was withdrawn")
        now = self._ports.clock.now()
        open_states = {ConsentState.ASKED}
        if message.decision is ConsentAnswer.WITHDRAWN:
            open_states |= {ConsentState.GRANTED, ConsentState.EXPIRED}
        if record.standing(now) not in open_states:  # 2
            raise CONSENT_CLOSED(consent=record.consent, state=record.standing(now).value, step=message.decision.value)
        record = replace(record, state=ConsentState(message.decision.value), at=now, by=partner, reason=message.reason)
        if message.decision is ConsentAnswer.GRANTED:
            purposes = self.purposes.canonical(message.purposes)
            if not purposes or not purposes <= set(record.purposes):  # 3
                raise BAD_BOX_MESSAGE(cause="the consent is not for purposes that were asked for")
            record = replace(
                record,
                purposes=tuple(sorted(purposes)),
                fields=message.fields,
                valid_from=now,
                valid_until=moment(message.until),
            )
        return self._consents.moved(record, f"{message.decision.value} by partner")

    async def taken(self, request: RequestRecord, message: AnswerReady) -> list[ConsentRecord]:
        """The consents that an answer to our request brings, not stored yet.

        What must hold: 1. each is about a kind that is answered, and new to us; 2. none is for a purpose that we know
        as secondary.
        """
        now, taken = self._ports.clock.now(), list[ConsentRecord]()
        for kind, given in message.consents.items():
            known = await self._consents.kept(given.consent, incoming=False)
            if kind not in message.answers or known is not None:  # 1
                raise BAD_BOX_MESSAGE(cause=f"the consent {given.consent} is not that of this answer")
            if self.purposes.secondary(given.purposes):  # 2
                raise BAD_BOX_MESSAGE(cause=f"the consent {given.consent} mixes secondary use into an answer")
            taken.append(
                ConsentRecord(
                    id=ConsentRecord.key(given.consent, incoming=False),
                    consent=given.consent,
                    incoming=False,
                    partner=request.partner,
                    dataset=message.answers[kind],
                    purposes=tuple(sorted(self.purposes.canonical(given.purposes))),
                    purpose_class=PurposeClass.PRIMARY,
                    fields=given.fields,
                    wish=Wish(text=request.message, purposes=request.purposes),
                    state=ConsentState.GRANTED,
                    valid_from=now,
                    valid_until=moment(given.until),
                    request=request.request,
                    by=request.partner,
                    at=now,
                    reason=f"the answer to a request for {kind.value}",
                    delivered=True,
                    created=now,
                )
            )
        if len({consent.consent for consent in taken}) != len(taken):  # 1
            raise BAD_BOX_MESSAGE(cause="one consent is given for two kinds")
        return taken
