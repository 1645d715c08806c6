"""Consents (同意): asked for by the user, given by the provider, and demanded wherever data is about to leave.

After METI's second and third principle: what is disclosed, to whom, for which purposes and how long is the provider's
consent, given upon the user's request, whose wish is kept verbatim; secondary use needs a consent of its own. To answer
a data request is to consent: that consent is stored with the answer. Each consent ends in time, or is withdrawn; either
way a row of the outbox stops what it carried, and from that instant no token opens and nothing starts any more, since
both ask here first. ``coverage`` is where it is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from renkei.exchange.answer.box_messages import (
    ConsentAnswer,
    ConsentDecision,
    ConsentRequest,
    GivenConsent,
    read_box_message,
    write_box_message,
)
from renkei.exchange.answer.parts import TYPES
from renkei.exchange.answer.reasons import told
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.catalog.purpose_problems import APART, BEYOND_PURPOSE
from renkei.exchange.catalog.purposes import PurposeClass
from renkei.exchange.consent.consent_demands import ConsentDemands
from renkei.exchange.consent.consent_problems import BEYOND_WISH, NOT_WISHED
from renkei.exchange.machine.steps import Step
from renkei.exchange.problems import BAD_BOX_MESSAGE, UNKNOWN_DATASET
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.consents import (
    ConsentRecord,
    ConsentState,
    Wish,
)
from renkei.exchange.records.requests import RequestKind, RequestRecord
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.read import read_offer
from renkei.store.port import Changes, Delivery

OPERATOR: Final = "operator"
AUTOMATIC: Final = "automatic"


class Consents(ConsentDemands):
    """What one participant consents to, and is consented to."""

    # --- asking ----------------------------------------------------------------------------------

    async def ask(
        self,
        partner: str,
        purposes: Sequence[str],
        *,
        dataset: str = "",
        part: str = "",
        kind: RequestKind | None = None,
        until: datetime | None = None,
        wish: str = "",
    ) -> ConsentRecord:
        """Ask a provider (an id or a configured name) for consent about a dataset, or a part's records of a kind.

        Raises PeerError ``request-malformed`` for what no box would take, ``consent-purpose-unknown``,
        ``consent-secondary-apart``; ConfigurationError ``partner-unknown``.
        """
        message = ConsentRequest(
            id=self._ports.ids.new(),
            consent=self._ports.ids.new(),
            dataset=dataset,
            part=part,
            kind=kind,
            purposes=tuple(dict.fromkeys(purposes)),
            until="" if until is None else instants.render(until),
            wish=wish,
        )
        read_box_message(write_box_message(message))
        record = self.asked(self._ports.directory.identify(partner), message, incoming=False)

        async def decide() -> Step[ConsentRecord]:
            return Step(self.moved(record, "asked", [self.posting(record, message)]), record)

        return await self._steps.run(f"consent {record.consent}", decide)

    def asked(self, partner: str, message: ConsentRequest, *, incoming: bool) -> ConsentRecord:
        """What is kept of a consent that is asked for, the same on both sides.

        What must hold: 1. it is about a dataset, or about a part and a kind of record; 2. its purposes are known, and
        all of one class; 3. its end, if it names one, is to come.
        """
        if bool(message.dataset) == bool(message.part) or bool(message.part) != (message.kind is not None):  # 1
            raise BAD_BOX_MESSAGE(cause="a consent is about a dataset, or about a part and a kind of record")
        purpose_class = self.purposes.class_of(message.purposes)  # 2
        now = self._ports.clock.now()
        if message.until and moment(message.until) <= now:  # 3
            raise BAD_BOX_MESSAGE(cause=f"the consent would end at {message.until}, which is past")
        return ConsentRecord(
            id=ConsentRecord.key(message.consent, incoming=incoming),
            consent=message.consent,
            incoming=incoming,
            partner=partner,
            dataset=message.dataset,
            part=message.part,
            record_kind=message.kind,
            purposes=tuple(sorted(self.purposes.canonical(message.purposes))),
            purpose_class=purpose_class,
            wish=Wish(text=message.wish, purposes=message.purposes, until=message.until),
            delivered=incoming,
            created=now,
        )

    # --- deciding --------------------------------------------------------------------------------

    async def grant(
        self,
        consent: str,
        *,
        purposes: Sequence[str] = (),
        fields: Sequence[str] = (),
        until: datetime | None = None,
        by: str = OPERATOR,
        reason: str = "",
    ) -> ConsentRecord:
        """As provider: consent to what was asked for, or to less (fewer purposes or fields, a nearer end).

        Raises LocalError ``consent-unknown``, ``consent-closed``, ``consent-beyond-wish``; PeerError
        ``catalog-unknown-dataset``; ConfigurationError ``consent-field-beyond-purpose``.
        """

        async def decide() -> Step[ConsentRecord]:
            now = self._ports.clock.now()
            record = self.demand_state(await self.known(consent, incoming=True), ConsentState.ASKED, "grant", now)
            chosen = self.purposes.canonical(purposes) or frozenset(record.purposes)
            if beyond := chosen - set(record.purposes):
                raise BEYOND_WISH(consent=consent, cause=f"nobody asked for {', '.join(sorted(beyond))}")
            record = replace(
                record,
                state=ConsentState.GRANTED,
                purposes=tuple(sorted(chosen)),
                fields=await self._scope(record, chosen, fields),
                valid_from=now,
                valid_until=self._end(record, until),
                by=by,
                at=now,
                reason=reason,
                delivered=False,
            )
            record, ending = self._with_ending(record)
            note = self._note(record, ConsentAnswer.GRANTED)
            return Step(self.moved(record, "granted", [self.posting(record, note), ending]), record)

        return await self._steps.run(f"consent {consent}", decide)

    async def refuse(self, consent: str, reason: str, by: str = OPERATOR) -> ConsentRecord:
        """As provider: say no, with a reason."""

        async def decide() -> Step[ConsentRecord]:
            now = self._ports.clock.now()
            record = self.demand_state(await self.known(consent, incoming=True), ConsentState.ASKED, "refuse", now)
            record = replace(record, state=ConsentState.REFUSED, by=by, at=now, reason=reason, delivered=False)
            note = self._note(record, ConsentAnswer.REFUSED)
            return Step(self.moved(record, "refused", [self.posting(record, note)]), record)

        return await self._steps.run(f"consent {consent}", decide)

    async def withdraw(self, consent: str, reason: str, by: str = OPERATOR) -> ConsentRecord:
        """As provider: take a consent back. What it carried opens no more from now on, and is suspended."""

        async def decide() -> Step[ConsentRecord]:
            now = self._ports.clock.now()
            record = self.demand_state(await self.known(consent, incoming=True), ConsentState.GRANTED, "withdraw", now)
            before = record.ending
            record = replace(
                record, state=ConsentState.WITHDRAWN, by=by, at=now, reason=reason, ending="", delivered=False
            )
            note = self._note(record, ConsentAnswer.WITHDRAWN)
            rows = [self.posting(record, note), self.ending(record, now)]
            return Step(self.moved(record, "withdrawn", rows, [before]), record)

        return await self._steps.run(f"consent {consent}", decide)

    def given(
        self, request: RequestRecord, kind: RequestKind, asset: AssetRecord, by: str
    ) -> tuple[ConsentRecord, Delivery]:
        """The consent that an answer to a data request is, with the row that ends it; stored with the answer.

        What must hold: 1. the answer's terms name purposes, all of them known and primary; 2. the asker wished for each
        of them, if it named any.
        """
        purposes = self.purposes.canonical(named_purposes(read_offer(asset.offer, in_catalog=False)))
        if self.purposes.class_of(purposes) is not PurposeClass.PRIMARY:  # 1
            raise APART(purposes=", ".join(sorted(purposes)))
        if request.purposes and not purposes <= self.purposes.canonical(request.purposes):  # 2
            raise NOT_WISHED(purposes=", ".join(sorted(purposes)), request=request.request)
        now, name = self._ports.clock.now(), self._ports.ids.new()
        record = ConsentRecord(
            id=ConsentRecord.key(name, incoming=True),
            consent=name,
            incoming=True,
            partner=request.partner,
            dataset=asset.id,
            purposes=tuple(sorted(purposes)),
            purpose_class=PurposeClass.PRIMARY,
            fields=() if asset.holds is None else asset.holds.fields,
            wish=Wish(text=request.message, purposes=request.purposes),
            state=ConsentState.GRANTED,
            valid_from=now,
            valid_until=asset.until or now + timedelta(days=self._ports.settings.validity_days),
            request=request.request,
            by=by,
            at=now,
            reason=f"the answer to a request for {kind.value}",
            delivered=True,
            created=now,
        )
        return self._with_ending(record)

    def _with_ending(self, record: ConsentRecord) -> tuple[ConsentRecord, Delivery]:
        assert record.valid_until is not None, "what is granted has an end"
        ending = self.ending(record, record.valid_until)
        return replace(record, ending=ending.id), ending

    def _end(self, record: ConsentRecord, until: datetime | None) -> datetime:
        """Until when a grant holds. Raises LocalError ``consent-beyond-wish``."""
        now = self._ports.clock.now()
        wished = moment(record.wish.until) if record.wish.until else None
        end = until or wished or now + timedelta(days=self._ports.settings.validity_days)
        if end <= now or (wished is not None and end > wished):
            wish = record.wish.until or "no certain day"
            cause = f"it would end at {instants.render(end)}, the wish was until {wish}"
            raise BEYOND_WISH(consent=record.consent, cause=cause)
        return end

    async def _scope(self, record: ConsentRecord, purposes: frozenset[str], wanted: Sequence[str]) -> tuple[str, ...]:
        """The fields that a grant covers: what its purposes need of the record that it is about, or fewer."""
        if record.record_kind is not None:
            held = needed = self.purposes.needs(purposes, TYPES[record.record_kind])
        else:
            asset = await self._catalogs.kept(record.dataset)
            if asset is None:
                raise UNKNOWN_DATASET(dataset=record.dataset)
            if asset.holds is None:
                return ()
            needed = self.purposes.needs(purposes, asset.holds.document_type)
            held = frozenset(asset.holds.fields)
        if beyond := held - needed if needed else held or {"/*"}:
            raise BEYOND_PURPOSE(
                subject=record.dataset or record.part,
                purposes=", ".join(sorted(purposes)),
                fields=", ".join(sorted(beyond)),
            )
        if odd := set(wanted) - held:
            raise BEYOND_WISH(consent=record.consent, cause=f"it does not hold {', '.join(sorted(odd))}")
        return tuple(sorted(wanted or held))

    def _note(self, record: ConsentRecord, decision: ConsentAnswer) -> ConsentDecision:
        granted = decision is ConsentAnswer.GRANTED
        return ConsentDecision(
            id=self._ports.ids.new(),
            consent=record.consent,
            decision=decision,
            purposes=record.purposes if granted else (),
            fields=record.fields if granted else (),
            until=instants.render(record.valid_until) if granted and record.valid_until else "",
            reason=record.reason,
        )

    # --- steps the errands take ------------------------------------------------------------------

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken our message."""

        async def decide() -> Step[None]:
            record = replace(await self.by_id(delivery.subject), delivered=True)
            return Step(self.moved(record, "delivered", delivered=[delivery.id]), None)

        await self._steps.run(delivery.subject, decide)

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """A message was given up: what we asked for is refused; what we decided holds all the same."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            if not record.incoming and record.state is ConsentState.ASKED:
                now = self._ports.clock.now()
                record = replace(record, state=ConsentState.REFUSED, at=now, reason=told(cause))
            return Step(self.moved(record, f"gave up {delivery.task}", delivered=[delivery.id]), None)

        await self._steps.run(delivery.subject, decide)

    async def over(self, record_id: str) -> ConsentRecord | None:
        """A consent that has ended, in time or by withdrawal; None: it is still live."""

        async def decide() -> Step[ConsentRecord | None]:
            record, now = await self.by_id(record_id), self._ports.clock.now()
            if record.live(now):
                return Step(None, None)
            if record.state is not ConsentState.GRANTED:
                return Step(None, record)
            record = replace(record, state=ConsentState.EXPIRED, at=now, ending="")
            return Step(self.moved(record, "expired"), record)

        return await self._steps.run(record_id, decide)

    async def done(self, delivery: Delivery) -> None:
        """Remove a row."""
        await self._ports.store.commit(Changes(delivered=(delivery.id,)))


def as_given(record: ConsentRecord) -> GivenConsent:
    """How an answer tells of the consent that it is."""
    assert record.valid_until is not None, "what is given has an end"
    return GivenConsent(
        consent=record.consent,
        purposes=record.purposes,
        fields=record.fields,
        until=instants.render(record.valid_until),
    )


def moment(text: str) -> datetime:
    """An instant as boxes take it. Raises PeerError ``request-malformed``."""
    try:
        return instants.parse(text)
    except RenkeiError:
        raise BAD_BOX_MESSAGE(cause=f"{text} is no instant with a zone") from None
