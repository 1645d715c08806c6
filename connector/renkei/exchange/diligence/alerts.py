"""Alerts (due diligence): raised here or told by a supplier, marked on our records, and passed on to our customers.

Whoever has a due-diligence record of a part hears of it by a signed notice under the agreement that the record was had
under, in the same commit in which it was raised or heard here: one round of notices per tier, however the records
themselves are restated afterwards. What is passed on names neither the supplier nor its part: the customer is told of
our part.

An alert that comes in is taken only if

1. it is whole, with codes of our code list;
2. the agreement is one under which we, as consumer, have a due-diligence record of that part from that partner;
3. it is newer than what this partner has told of it: late and repeated notices change nothing;
4. the partner has not told of too many.

It is passed on once for each part of ours and revision, so it ends in a chain that forks, joins or runs in a circle.
What we raised ourselves about a part, nobody else's words about the same alert change there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from renkei.battery.diligence.alert import Alert, AlertKind
from renkei.battery.diligence.codes import DiligenceCodes
from renkei.battery.diligence.statement import DiligenceStatement
from renkei.battery.problems import INPUT
from renkei.battery.versions import ChangeCause
from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.answer.parts import DUE_DILIGENCE, Parts
from renkei.exchange.answer.told_alerts import ends, expiry_row
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.consent.consents import Consents
from renkei.exchange.diligence.alert_problems import BAD_ALERT, TOO_MANY_ALERTS, UNKNOWN_ALERT
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.notice.notices import Followed, Notices
from renkei.exchange.ports import Ports
from renkei.exchange.records.alerts import AlertOrigin, AlertRecord
from renkei.exchange.records.notices import NoticeKind, NoticeRecord
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.exchange.records.requests import RequestKind, RequestRecord, RequestState
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.read import read_offer
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery

_MOST_TOLD: Final = 1000
_OURS: Final = (AlertOrigin.RAISED, AlertOrigin.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """What a person raises: see ``battery.diligence.alert``."""

    part: str
    mineral: str
    kind: AlertKind = AlertKind.RED_FLAG
    risks: tuple[str, ...] = ()
    step: str | None = None
    summary: str | None = None


class DiligenceAlerts:
    """One participant's alerts (``notice.notices.NoticeHandler`` of the kind ``alert``)."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        codes: DiligenceCodes,
        *,
        parts: Parts,
        catalogs: Catalogs,
        consents: Consents,
        agreements: Agreements,
        notices: Notices,
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._codes = codes
        self._parts = parts
        self._catalogs = catalogs
        self._consents = consents
        self._agreements = agreements
        self._notices = notices

    # --- raising ---------------------------------------------------------------------------------

    async def raise_flag(self, flag: Flag) -> AlertRecord:
        """Raise an alert about a part of ours; all who have its due diligence are told.

        Raises LocalError ``part-unknown``, ConfigurationError ``battery-input-…``.
        """
        await self._parts.known(flag.part)
        now, opening = self._ports.clock.now(), self._ports.ids.secret()
        alert = Alert(
            id=Alert.id_of(opening),
            revision=1,
            kind=flag.kind,
            mineral=flag.mineral,
            raised=now.date(),
            risks=flag.risks,
            step=flag.step,
            summary=flag.summary,
        )
        Alert.from_json(alert.to_json(), self._codes, INPUT)
        return await self._store(alert, flag.part, AlertOrigin.RAISED, opening=opening)

    async def clear(self, alert: str) -> list[AlertRecord]:
        """Take back what we raised, at every part. Raises LocalError ``diligence-alert-unknown``."""
        ours = [one for one in await self.listed() if one.alert_id == alert and one.origin in _OURS and one.stands]
        if not ours:
            raise UNKNOWN_ALERT(alert=alert)
        return [await self._clear(one) for one in ours]

    async def _clear(self, record: AlertRecord) -> AlertRecord:
        before = Alert.from_json(record.alert, self._codes)
        after = replace(
            before,
            revision=before.revision + 1,
            kind=AlertKind.CLEARED,
            raised=self._ports.clock.now().date(),
            opening=record.opening,
        )
        return await self._store(after, record.part, record.origin, record.basis, opening=record.opening)

    async def _store(
        self, alert: Alert, part: str, origin: AlertOrigin, basis: str = "", *, opening: str
    ) -> AlertRecord:
        async def decide() -> Step[AlertRecord]:
            kept = await self._kept(AlertRecord.key(alert.id, part))
            record = replace(self._record(alert, part, origin, basis=basis, before=kept), opening=opening)
            reached = await self._reached({part})
            passed = await self._passed(alert, reached, already={part: record})
            event = record.event(alert.kind.value, self._ports.clock.now())
            marked = next((AlertRecord.of(row) for row in passed.records if row.id == record.id), record)
            return Step(replace(passed, events=(event, *passed.events)), marked)

        return await self._steps.run(f"alert {alert.id}", decide)

    def _record(
        self,
        alert: Alert,
        part: str,
        origin: AlertOrigin,
        *,
        partner: str = "",
        basis: str = "",
        before: AlertRecord | None = None,
    ) -> AlertRecord:
        return AlertRecord(
            id=AlertRecord.key(alert.id, part, partner),
            version=before.version if before else 0,
            alert_id=alert.id,
            revision=alert.revision,
            origin=origin,
            part=part,
            partner=partner,
            alert=alert.to_json(),
            stands=alert.is_open,
            basis=basis,
            told=before.told if before else 0,
            created=before.created if before else self._ports.clock.now(),
        )

    # --- what has run out ------------------------------------------------------------------------

    async def look(self, delivery: Delivery) -> None:
        """Inspect a part when something of its evidence has run out, and look again when the next does."""
        rows = await self.inspect(delivery.subject.partition(":")[2])
        await self._ports.store.commit(Changes(deliveries=rows) if rows else Changes(delivered=(delivery.id,)))

    async def inspect(self, name: str) -> tuple[Delivery, ...]:
        """Raise what has run out of our own evidence for a part, clear what was renewed; the next look at it."""
        part = await self._parts.kept(name)
        if part is None or not part.due_diligence:
            return ()
        today = self._ports.clock.now().date()
        statement = DiligenceStatement.from_json(part.due_diligence, self._codes)
        await self._renew(part.id, statement, today)
        return expiry_row(statement, self._codes, self._ports, today)

    async def _renew(self, part: str, statement: DiligenceStatement, today: date) -> None:
        out = {f"{mineral}/{step}": day for mineral, step, day in ends(statement, self._codes) if day < today}
        rows = every(self._ports.store, AlertRecord.kind, peer="", state=AlertOrigin.EXPIRED.value, ref=part)
        standing = {record.basis: record async for row in rows if (record := AlertRecord.of(row)).stands}
        for basis, record in standing.items():
            if basis not in out:
                await self._clear(record)
        for basis in out:
            if basis not in standing:
                mineral, _, step = basis.partition("/")
                opening = self._ports.ids.secret()
                alert = Alert(
                    id=Alert.id_of(opening),
                    revision=1,
                    kind=AlertKind.AUDIT_EXPIRED,
                    mineral=mineral,
                    raised=today,
                    step=step,
                )
                await self._store(alert, part, AlertOrigin.EXPIRED, basis, opening=opening)

    # --- being told ------------------------------------------------------------------------------

    async def take(self, record: NoticeRecord, agreement: AgreementRecord) -> Followed:
        """Keep it, and pass it on for all parts of ours that the component goes into (1 to 4).

        Raises PeerError ``diligence-alert-malformed``, ``diligence-alerts-too-many``.
        """
        alert = self._read(record)  # 1
        held = await self._parts.newest(record.partner, DUE_DILIGENCE, record.subject)
        if agreement.side is not Side.CONSUMER or held is None:  # 2
            raise BAD_ALERT(partner=record.partner, cause=f"we have no due diligence of {record.subject}")
        key = AlertRecord.key(alert.id, record.subject, record.partner)
        before = await self._kept(key)
        if before is not None and before.revision >= alert.revision:  # 3
            return Followed()
        if before is None and await self._ports.store.count(AlertRecord.kind, peer=record.partner) >= _MOST_TOLD:  # 4
            raise TOO_MANY_ALERTS(partner=record.partner, limit=_MOST_TOLD)
        told = self._record(alert, record.subject, AlertOrigin.TOLD, partner=record.partner, before=before)
        reached = await self._reached(set(), (record.subject, record.partner))
        passed = await self._passed(alert, reached)
        return Followed(changes=replace(passed, records=(told.row(), *passed.records)))

    def _read(self, record: NoticeRecord) -> Alert:
        try:
            return Alert.from_json(record.content, self._codes)
        except RenkeiError as error:
            raise BAD_ALERT(partner=record.partner, cause=f"{error.code}: {error.message()}") from error

    # --- passing on ------------------------------------------------------------------------------

    async def _reached(self, own: set[str], supply: tuple[str, str] | None = None) -> list[PartRecord]:
        """Our parts that are made of these parts, or of what is bought, however deep."""
        parts = [PartRecord.of(row) async for row in every(self._ports.store, PartRecord.kind)]
        above: dict[str, set[str]] = {}
        reached = set(own)
        for part in parts:
            try:
                bom = await self._parts.lines(part)
            except RenkeiError:
                continue  # a BOM that cannot be read any more says so where it is used
            for line in bom.lines:
                if line.supplier is None:
                    above.setdefault(line.component, set()).add(part.id)
            if supply is not None and supply in bom.bought():
                reached.add(part.id)
        waiting = list(reached)
        while waiting:
            more = above.get(waiting.pop(), set()) - reached
            reached |= more
            waiting += more
        return [part for part in parts if part.id in reached]

    async def _passed(
        self, alert: Alert, parts: Iterable[PartRecord], already: Mapping[str, AlertRecord] | None = None
    ) -> Changes:
        """Notices to all who have the due diligence of these parts, and that their records are to be looked at."""
        gathered: list[Changes] = []
        for part in parts:
            mark = (already or {}).get(part.id)
            if mark is None:
                before = await self._kept(AlertRecord.key(alert.id, part.id))
                if before is not None and (before.origin in _OURS or before.revision >= alert.revision):
                    continue
                mark = self._record(alert, part.id, AlertOrigin.REACHED, before=before)
            told = [await self._told(alert, part, agreement) for agreement in await self._customers(part)]
            mark = replace(mark, told=mark.told + len(told))
            follows = await self._parts.consequences.of_part(part.id, ChangeCause.DUE_DILIGENCE)
            gathered += [Changes(records=(mark.row(),)), *told, follows]
        return together(gathered)

    async def _told(self, alert: Alert, part: PartRecord, agreement: AgreementRecord) -> Changes:
        content, cause = alert.to_json(), alert.kind.value
        return await self._notices.drafted(NoticeKind.ALERT, agreement, part.id, content, cause=cause)

    async def _customers(self, part: PartRecord) -> list[AgreementRecord]:
        """The agreement of each partner that has the due diligence of a part from us, and still may."""
        state, ref = RequestRecord.columns(RequestState.ANSWERED, incoming=True, part=part.id)
        found: dict[str, AgreementRecord] = {}
        async for row in every(self._ports.store, RequestRecord.kind, state=state, ref=ref):
            request = RequestRecord.of(row)
            dataset = request.answers.get(RequestKind.DUE_DILIGENCE.value, "")
            agreement = await self._agreement(request.partner, dataset)
            if agreement is not None and await self.permitted(request.partner, dataset):
                found[request.partner] = agreement
        return list(found.values())

    async def _agreement(self, partner: str, dataset: str) -> AgreementRecord | None:
        state = AgreementRecord.state_of(Side.PROVIDER, final=True)
        rows = await self._ports.store.find(AgreementRecord.kind, peer=partner, state=state, ref=dataset, limit=1000)
        return max((AgreementRecord.of(row) for row in rows), key=lambda one: one.created, default=None)

    async def permitted(self, partner: str, dataset: str) -> bool:
        """Whether a partner may still have what a dataset says: not if that was withdrawn, or its consent is over."""
        asset = await self._catalogs.kept(dataset)
        if asset is None or asset.withdrawn:
            return False
        if asset.consent:
            purposes = named_purposes(read_offer(asset.offer, in_catalog=False))
            try:
                await self._consents.demand_for(asset, partner, purposes)
            except RenkeiError:
                return False
        return True

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self) -> list[AlertRecord]:
        """All alerts, the newest first."""
        found = [AlertRecord.of(row) async for row in every(self._ports.store, AlertRecord.kind)]
        return sorted(found, key=lambda record: (record.created, record.id), reverse=True)

    async def _kept(self, key: str) -> AlertRecord | None:
        row = await self._ports.store.load(AlertRecord.kind, key)
        return None if row is None else AlertRecord.of(row)
