"""Where consent is demanded: before a transfer starts, whenever a token opens, and while a stream goes on.

``coverage`` decides; this room brings it the consents that are kept, and tells the policy engine of them as a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.answer.parts import KINDS
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.catalog.purposes import PurposeClass, PurposeList
from renkei.exchange.consent.consent_book import ConsentBook
from renkei.exchange.consent.coverage import Use, covering
from renkei.exchange.machine.drafts import Draft
from renkei.exchange.machine.steps import Steps
from renkei.exchange.ports import Ports
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.consents import (
    ConsentRecord,
    ConsentState,
    about_dataset,
    about_part,
    state_column,
)
from renkei.exchange.records.processes import AgreementRecord, Side, TransferRecord
from renkei.kernel.problems import PolicyError
from renkei.kernel.values import replace
from renkei.policy.deciding.evaluate import compile_policy
from renkei.policy.operands import CONSENT
from renkei.policy.world import Fact

_AT_ONCE: Final = 1000
_TELLING: Final = 100


class ConsentDemands(ConsentBook):
    """What one participant's consents permit."""

    def __init__(
        self, ports: Ports, steps: Steps, *, catalogs: Catalogs, agreements: Agreements, purposes: PurposeList
    ) -> None:
        super().__init__(ports, steps)
        self._catalogs = catalogs
        self._agreements = agreements
        self.purposes = purposes

    async def demand(
        self, dataset: str, recipient: str, purposes: Iterable[str], now: datetime | None = None
    ) -> tuple[str, ...]:
        """The names of the live consents that cover a use of a dataset of ours; see ``coverage`` for what must hold.

        Raises PolicyError ``consent-missing``, ``consent-withdrawn``, ``consent-expired``.
        """
        use = self._use(dataset, recipient, purposes, await self._catalogs.kept(dataset))
        return tuple(record.consent for record in await self._covering(use, now or self._ports.clock.now()))

    async def demand_for(self, asset: AssetRecord, recipient: str, purposes: Iterable[str]) -> None:
        """The same for an asset as it is about to be. Raises as ``demand``."""
        await self._covering(self._use(asset.id, recipient, purposes, asset), self._ports.clock.now())

    async def carrying(
        self, agreement: AgreementRecord, purposes: Iterable[str], *, asked: bool
    ) -> list[ConsentRecord]:
        """The live consents under which an agreement of ours may be used right now; none where it needs none.

        Where the dataset needs consent, or the policy asks for it (``asked``), it is needed for every purpose, anywhere
        else for the secondary ones. Raises as ``demand``.
        """
        asset = await self._catalogs.kept(agreement.dataset)
        marked = asked or (asset is not None and asset.consent)
        needed = self.purposes.canonical(purposes) if marked else self.purposes.secondary(purposes)
        if not marked and not needed:
            return []
        use = self._use(agreement.dataset, agreement.partner, needed, asset)
        return await self._covering(use, self._ports.clock.now())

    async def carry(self, draft: Draft[TransferRecord]) -> None:
        """As provider: let a transfer start under the consents that it needs, in the same commit.

        Their rows are written again: a withdrawal at this very moment is a conflict, so it either stops the start or
        sees the transfer.
        """
        agreement = await self._agreements.kept(draft.record.agreement)
        if agreement is None:
            return
        policy = self._agreements.policy(agreement)
        asked = CONSENT in compile_policy(policy, self._ports.settings.registry).operands
        carried = await self.carrying(agreement, named_purposes(policy), asked=asked)
        now, names = self._ports.clock.now(), tuple(record.consent for record in carried)
        draft.record = replace(draft.record, consents=names)
        draft.rows.extend(record.row() for record in carried)
        draft.events.extend(record.event(f"carries transfer {draft.record.id}", now) for record in carried)
        draft.events.extend(draft.record.event(f"under consent {name}", now) for name in names)

    async def facts(self, dataset: str, recipient: str, purposes: Iterable[str]) -> Mapping[str, Fact]:
        """For the policy engine: the classes of purpose for which live consents of ours cover all that is wanted."""
        return await self._facts(self._use(dataset, recipient, purposes, await self._catalogs.kept(dataset)))

    async def facts_about(self, agreement: AgreementRecord, purposes: Iterable[str]) -> Mapping[str, Fact]:
        """The same on either side of an agreement: as consumer by what the provider has told us."""
        if agreement.side is Side.PROVIDER:
            return await self.facts(agreement.dataset, agreement.partner, purposes)
        use = self._use(agreement.dataset, agreement.partner, purposes, None)
        return await self._facts(replace(use, incoming=False))

    async def _facts(self, use: Use) -> Mapping[str, Fact]:
        wanted, now = self.purposes.canonical(use.purposes), self._ports.clock.now()
        held: set[str] = set()
        found: dict[str, ConsentRecord] = {}
        secondary = self.purposes.secondary(wanted)
        for purpose_class, of_class in (
            (PurposeClass.PRIMARY, wanted - secondary),
            (PurposeClass.SECONDARY, secondary),
        ):
            try:
                covered = await self._covering(replace(use, purposes=of_class), now)
            except PolicyError:
                continue
            held.add(purpose_class.value)
            found.update((record.consent, record) for record in covered)
        if not held:
            return {}
        ends = [record.valid_until for record in found.values() if record.valid_until is not None]
        return {CONSENT: Fact(frozenset(held), source=" ".join(sorted(found)), expires_at=min(ends, default=None))}

    @staticmethod
    def _use(dataset: str, partner: str, purposes: Iterable[str], asset: AssetRecord | None) -> Use:
        holds = None if asset is None else asset.holds
        subjects = {about_dataset(dataset)}
        if holds is not None and holds.document_type in KINDS:
            subjects.add(about_part(holds.part, KINDS[holds.document_type]))
        return Use(
            dataset=dataset,
            partner=partner,
            purposes=frozenset(purposes),
            fields=() if holds is None else holds.fields,
            subjects=frozenset(subjects),
        )

    async def _covering(self, use: Use, now: datetime) -> list[ConsentRecord]:
        """What is granted is looked at alone; only a refusal needs to know what else there was."""
        granted = await self._about(use, ConsentState.GRANTED, _AT_ONCE)
        try:
            return covering(use, granted, self.purposes, now)
        except PolicyError:
            for state in (ConsentState.WITHDRAWN, ConsentState.EXPIRED):
                granted += await self._about(use, state, _TELLING)
            return covering(use, granted, self.purposes, now)

    async def _about(self, use: Use, state: ConsentState, limit: int) -> list[ConsentRecord]:
        column, records = state_column(state, incoming=use.incoming), list[ConsentRecord]()
        for subject in sorted(use.subjects):
            rows = await self._ports.store.find(
                ConsentRecord.kind, peer=use.partner, state=column, ref=subject, limit=limit
            )
            records += [ConsentRecord.of(row) for row in rows]
        return records
