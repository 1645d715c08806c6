"""New versions of what partners have of us: drawn, offered in place of the old one, and told under the agreement.

Who has something is found by the requests that were answered: the answer is a dataset for one partner, under terms and
a consent. Its successor takes its place in the same dataset, under the same terms and the same consent; the partner
gets it under the agreement that it has, as long as that permits. What a partner has got already stays as it is, also in
our own store: a new version names the one it follows, and why.

A partner is told only if

1. the dataset is still offered to it, and the consent that it was given under still covers what is in it;
2. no person is to look first (``automatic`` of the part, and of the settings);
3. nothing that was agreed makes it wait (``ReleaseTimes``: the hook for windows in which to publish);
4. the new record states something else than the one it has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.answer.consequences import substance
from renkei.exchange.answer.parts import KINDS
from renkei.exchange.answer.reasons import told
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.consent.consents import Consents
from renkei.exchange.disclosure.releases_agreed import AgreedReleases
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.notice.notices import Notices
from renkei.exchange.ports import Ports
from renkei.exchange.problems import UNKNOWN_DATASET
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.calculations import rows_of
from renkei.exchange.records.disclosures import DisclosureWay
from renkei.exchange.records.notices import NoticeKind, NoticeRecord
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.exchange.records.requests import DocumentRecord, RequestKind, RequestRecord, RequestState
from renkei.exchange.records.updates import ChangeRecord, UpdateRecord, UpdateState
from renkei.exchange.update.changes import ChangeBook
from renkei.exchange.update.update_problems import BY_HAND, UNKNOWN_UPDATE, UNSETTLED
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.read import read_offer
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery

OFFER_TASK: Final = "offer-successor"


class ReleaseTimes(Protocol):
    """When an agreement lets a partner be told, where it says so."""

    async def due(self, agreement: AgreementRecord, copy: UpdateRecord, now: datetime) -> datetime | None:
        """The earliest instant (one that is past: now); ``None``: more changes are to be gathered first.

        ``copy.changes`` have been gathered since ``copy.released``. Raises PolicyError where it is not to be told.
        """
        ...


class Restated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What a notice of a restated value says: the dataset that has the new version, and which that is. No figure."""

    dataset: str
    kind: RequestKind
    part: str
    record: str
    version: int
    supersedes: str
    hash: str


class Successors:
    """One participant's new versions."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        book: ChangeBook,
        catalogs: Catalogs,
        consents: Consents,
        agreements: Agreements,
        notices: Notices,
        releases: AgreedReleases,
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._book = book
        self._parts = releases.parts
        self._catalogs = catalogs
        self._consents = consents
        self._agreements = agreements
        self._notices = notices
        self._releases = releases
        self.times: ReleaseTimes = releases

    # --- from changes to copies ------------------------------------------------------------------

    async def restate(self, delivery: Delivery) -> None:
        """Look at all that has changed: every copy of what is made of it is to be looked at."""

        async def decide() -> Step[None]:
            changes = await self._book.waiting()
            if not changes:
                return Step(Changes(delivered=(delivery.id,)), None)
            most = self._ports.settings.updates.rounds
            restless = [change for change in changes if change.rounds > most]
            calm = [change for change in changes if change.rounds <= most]
            parts = {each.id: each for each in await self._made_of(calm)}
            rows = [await self._called(copy, parts[copy.part]) async for copy in self._copies(parts)]
            stopped = {each.id: None for each in await self._made_of(restless)} if restless else {}
            reason = told(_restless(restless[0])) if restless else ""
            rows += [
                self._ended(copy, UpdateState.STOPPED, reason)
                async for copy in self._copies([part for part in stopped if part not in parts])
            ]
            seen = self._book.seen(changes)
            merged = together([seen, *rows])
            return Step(replace(merged, delivered=(*merged.delivered, delivery.id)), None)

        await self._steps.run("changes", decide)

    async def _made_of(self, changes: Sequence[ChangeRecord]) -> list[PartRecord]:
        """Our parts that are made of what has changed, however deep."""
        own = {change.part for change in changes if not change.partner}
        bought = {(change.part, change.partner) for change in changes if change.partner}
        parts = [PartRecord.of(row) async for row in every(self._ports.store, PartRecord.kind)] if changes else []
        above: dict[str, list[str]] = {}
        for part in parts:
            try:
                bom = await self._parts.lines(part)
            except RenkeiError:
                continue  # a BOM that cannot be read any more says so where it is used
            for line in bom.lines:
                if line.supplier is None:
                    above.setdefault(line.component, []).append(part.id)
                elif {(line.component, line.supplier), (line.called, line.supplier)} & bought:
                    own.add(part.id)  # a record speaks of the supplier's number, the crosswalk of ours
        waiting = list(own)
        while waiting:
            more = [parent for parent in above.get(waiting.pop(), ()) if parent not in own]
            own.update(more)
            waiting += more
        return [part for part in parts if part.id in own]

    async def _copies(self, parts: Iterable[str]) -> AsyncIterator[UpdateRecord]:
        """What partners have of these parts: of several answers to the same partner, the newest that it may still have.

        The others stay as they are: whoever asks again is given what is newest.
        """
        now = self._ports.clock.now()
        for part in parts:
            state, ref = RequestRecord.columns(RequestState.ANSWERED, incoming=True, part=part)
            rows = every(self._ports.store, RequestRecord.kind, state=state, ref=ref)
            answered = sorted([RequestRecord.of(row) async for row in rows], key=lambda one: (one.created, one.id))
            found: dict[str, list[UpdateRecord]] = {}
            for request in reversed(answered):
                for name, dataset in request.answers.items():
                    kind, partner = RequestKind(name), request.partner
                    key = UpdateRecord.key(partner, kind, part)
                    copy = UpdateRecord(id=key, partner=partner, part=part, record_kind=kind, dataset=dataset, at=now)
                    found.setdefault(key, []).append(copy)
            for key, copies in found.items():
                chosen = await self._first_had(copies)
                kept = await self.copy(key)
                yield chosen if kept is None else replace(kept, dataset=chosen.dataset)

    async def _first_had(self, copies: Sequence[UpdateRecord]) -> UpdateRecord:
        """The first whose consent holds; if none does, the first, which then says so."""
        if len(copies) > 1:
            for copy in copies:
                try:
                    await self._offered(copy)
                except RenkeiError:
                    continue
                return copy
        return copies[0]

    async def _called(self, copy: UpdateRecord, part: PartRecord) -> Changes:
        """That a copy is to be looked at: at once, or when a person says so (2)."""
        copy = replace(copy, changes=copy.changes + 1)
        if not (part.automatic and self._ports.settings.updates.automatic):
            return self._ended(copy, UpdateState.HELD, told(BY_HAND(part=part.id, partner=copy.partner)))
        return self._waiting(copy)

    def _waiting(self, copy: UpdateRecord) -> Changes:
        now = self._ports.clock.now()
        after = replace(copy, state=UpdateState.WAITING, reason="", due=now, at=now)
        row = Delivery(id=self._ports.ids.new(), task=OFFER_TASK, subject=copy.id, peer=copy.partner, due=now)
        return Changes(records=(after.row(),), deliveries=(row,), events=(after.event("waiting", now),))

    # --- one partner's copy ----------------------------------------------------------------------

    async def offer(self, delivery: Delivery) -> None:
        """Bring one partner's copy up to date (1 to 4)."""
        kept = await self.copy(delivery.subject)
        assert kept is not None, "a copy is stored with the row that looks at it"

        async def decide() -> Step[None]:
            copy = await self.copy(delivery.subject) or kept
            changes = Changes() if copy.state is not UpdateState.WAITING else await self._offering(copy, delivery)
            keeps = any(row.id == delivery.id for row in changes.deliveries)
            return Step(changes if keeps else replace(changes, delivered=(delivery.id,)), None)

        await self._steps.run(f"record of {kept.part}", decide)

    async def _offering(self, copy: UpdateRecord, delivery: Delivery) -> Changes:
        now = self._ports.clock.now()
        agreement = await self._agreement(copy)
        try:
            asset = await self._offered(copy)  # 1
            terms = read_offer(asset.offer, in_catalog=False)
            if agreement is None:
                due = await self._releases.due_under(terms, copy, now)  # 3
            else:
                due = await self.times.due(agreement, copy, now)  # 3
            if due is None or due > now:
                after = replace(copy, due=due, at=now)
                rows = () if due is None else (replace(delivery, due=due, tries=0),)
                return Changes(records=(after.row(),), deliveries=rows, events=(after.event("put off", now),))
            part = await self._parts.known(copy.part)
            coarse = self._releases.rules_of(terms).count_contributors
            document, _ = await self._parts.drawn(part, copy.record_kind, named_purposes(terms), coarse=coarse)
            successor = await self._catalogs.succeeded(asset, document)
            await self._demand_consent(successor, copy.partner)  # 1
        except RenkeiError as error:
            return self._ended(copy, UpdateState.STOPPED, told(error))
        before = await self._document(asset.source.place)
        if before is not None and substance(before.document) == substance(document.document):  # 4
            current = UpdateState.TOLD if copy.notice else UpdateState.CURRENT
            return self._ended(replace(copy, changes=0), current, "")
        return await self._telling(copy, successor, document, before, agreement)

    async def _telling(
        self,
        copy: UpdateRecord,
        asset: AssetRecord,
        document: DocumentRecord,
        before: DocumentRecord | None,
        agreement: AgreementRecord | None,
    ) -> Changes:
        """The new version in place of the old one, and the notice of it: nobody who has not agreed is told."""
        now, number = self._ports.clock.now(), int(str(document.document["version"]))
        copy = replace(copy, offered=str(document.document["id"]), number=number, changes=0, released=now)
        terms = read_offer(asset.offer, in_catalog=False)
        line = await self._releases.noted(document, copy.partner, DisclosureWay.UPDATE, copy.dataset, terms)
        rows = (asset.row(), line.row(), *rows_of(document))
        stored = Changes(records=rows, events=(asset.event("restated", now),))
        if agreement is None:
            return together([stored, self._ended(copy, UpdateState.CURRENT, "")])
        content = Restated(
            dataset=copy.dataset,
            kind=copy.record_kind,
            part=copy.part,
            record=copy.offered,
            version=number,
            supersedes="" if before is None else str(before.document["id"]),
            hash=document.id,
        )
        cause = str(document.document.get("cause", ""))
        notice = await self._notices.drafted(
            NoticeKind.RESTATED, agreement, copy.part, msgspec.to_builtins(content), cause=cause
        )
        copy = replace(copy, notice=NoticeRecord.of(notice.records[0]).notice)
        return together([stored, notice, self._ended(copy, UpdateState.TOLD, "")])

    async def _offered(self, copy: UpdateRecord) -> AssetRecord:
        asset = await self._catalogs.kept(copy.dataset)
        if asset is None or asset.withdrawn:
            raise UNKNOWN_DATASET(dataset=copy.dataset)
        await self._demand_consent(asset, copy.partner)
        return asset

    async def _demand_consent(self, asset: AssetRecord, partner: str) -> None:
        """That what the asset holds may be had right now. Raises PolicyError ``consent-…``."""
        if asset.consent:
            purposes = named_purposes(read_offer(asset.offer, in_catalog=False))
            await self._consents.demand_for(asset, partner, purposes)

    async def _agreement(self, copy: UpdateRecord) -> AgreementRecord | None:
        """The newest agreement in force under which the partner has it."""
        state = AgreementRecord.state_of(Side.PROVIDER, final=True)
        rows = await self._ports.store.find(
            AgreementRecord.kind, peer=copy.partner, state=state, ref=copy.dataset, limit=1000
        )
        return max((AgreementRecord.of(row) for row in rows), key=lambda one: one.created, default=None)

    async def _document(self, record_id: str) -> DocumentRecord | None:
        row = await self._ports.store.load(DocumentRecord.kind, record_id)
        return None if row is None else DocumentRecord.of(row)

    def _ended(self, copy: UpdateRecord, state: UpdateState, reason: str) -> Changes:
        now = self._ports.clock.now()
        after = replace(copy, state=state, reason=reason, due=None, at=now)
        return Changes(records=(after.row(),), events=(after.event(state.value, now),))

    # --- what persons and consents say -----------------------------------------------------------

    async def copy(self, record_id: str) -> UpdateRecord | None:
        """One partner's copy."""
        row = await self._ports.store.load(UpdateRecord.kind, record_id)
        return None if row is None else UpdateRecord.of(row)

    async def listed(self, part: str | None = None) -> list[UpdateRecord]:
        """All copies that were ever looked at, or those of one part; the last touched first."""
        found = [UpdateRecord.of(row) async for row in every(self._ports.store, UpdateRecord.kind, ref=part)]
        return sorted(found, key=lambda copy: (copy.at, copy.id), reverse=True)

    async def release(self, part: str) -> list[UpdateRecord]:
        """Bring all copies of a part up to date now, also those that are held or stopped.

        Raises LocalError ``part-unknown``, ``update-unknown``.
        """
        known = await self._parts.known(part)

        async def decide() -> Step[list[UpdateRecord]]:
            copies = [copy async for copy in self._copies([known.id])]
            if not copies:
                raise UNKNOWN_UPDATE(part=part)
            merged = together([self._waiting(copy) for copy in copies])
            return Step(merged, [UpdateRecord.of(row) for row in merged.records])

        return await self._steps.run(f"record of {part}", decide)

    async def stop(self, dataset: str, partner: str, why: RenkeiError) -> None:
        """A consent is over: what was told under it goes no further."""
        asset = await self._catalogs.kept(dataset)
        if asset is None or asset.holds is None or asset.holds.document_type not in KINDS:
            return
        key = UpdateRecord.key(partner, KINDS[asset.holds.document_type], asset.holds.part)

        async def decide() -> Step[None]:
            copy = await self.copy(key)
            if copy is None or copy.dataset != dataset or copy.state is UpdateState.STOPPED:
                return Step(None, None)
            return Step(self._ended(copy, UpdateState.STOPPED, told(why)), None)

        await self._steps.run(f"copy {key}", decide)


def _restless(change: ChangeRecord) -> RenkeiError:
    return UNSETTLED(part=change.part, partner=change.partner, rounds=change.rounds)
