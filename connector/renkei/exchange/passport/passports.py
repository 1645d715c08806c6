"""Battery passports (電池パスポート): sheets that only grow, and views of them, signed.

The operator sees any view. A partner sees, through a dataset under contract, the view for the roles that it has proved
or that the register knows, and for the purposes of its agreement: who may have the dataset at all is the agreement's
policy, which of its points somebody sees is the passport's (``battery.passport.access``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from renkei.battery.passport.points import Category, Level
from renkei.battery.passport.sheet import Entry, Sheet
from renkei.battery.passport.view import Passport, PassportLists, Viewer
from renkei.exchange.agreement.agreed import compiled
from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.register import known_of
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.passport.passport_use_problems import PASSPORT_TWICE, UNKNOWN_PASSPORT
from renkei.exchange.ports import Ports
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.kept import Document
from renkei.exchange.records.passports import PassportRecord
from renkei.exchange.transfer.transfers import Grant
from renkei.kernel import strict_json
from renkei.kernel.values import replace
from renkei.policy.model import RENKEI, Policy
from renkei.policy.operands import ROLE
from renkei.store.paging import every
from renkei.store.port import Changes
from renkei.trust.artefacts import Artefact

PASSPORT_TYPE = RENKEI + "BatteryPassport"


class Passports:
    """One participant's passports."""

    def __init__(
        self, ports: Ports, steps: Steps, *, signatures: Signatures, catalogs: Catalogs, lists: PassportLists
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._catalogs = catalogs
        self.lists = lists

    # --- keeping ---------------------------------------------------------------------------------

    async def open(
        self, passport: str, category: Category, *, model: str = "", awaited: Mapping[str, str] | None = None
    ) -> PassportRecord:
        """Begin the sheet of a battery (with its ``model``), or of a model (without).

        Raises LocalError ``passport-exists``, ``passport-unknown`` for the model; ConfigurationError ``passport-…``.
        """
        if model:
            await self._sheet(model, Level.MODEL)
        made = Sheet.from_json(
            {
                "@type": "PassportSheet",
                "id": passport,
                "level": (Level.ITEM if model else Level.MODEL).value,
                "category": category.value,
                "company": self._ports.identity.participant,
                "awaited": dict(awaited or {}),
                "entries": [],
                **({"model": model} if model else {}),
            },
            self.lists.points,
            self.lists.terms,
        )
        record = PassportRecord(
            id=made.id,
            level=made.level.value,
            model=made.model,
            document=made.to_json(),
            salt=self._ports.ids.secret(),
            created=self._ports.clock.now(),
        )

        async def decide() -> Step[PassportRecord]:
            if await self._ports.store.load(PassportRecord.kind, made.id) is not None:
                raise PASSPORT_TWICE(passport=made.id)
            return Step(Changes(records=(record.row(),), events=(record.event("opened", record.created),)), record)

        return await self._steps.run(f"passport {made.id}", decide)

    async def enter(
        self,
        passport: str,
        values: Iterable[tuple[str, object]],
        *,
        start: datetime | None = None,
        source: str = "",
        evidence: str = "",
    ) -> PassportRecord:
        """Say what points (or terms) are, from a moment on (``start``, by default now).

        Raises LocalError ``passport-unknown``, ConfigurationError ``passport-…``, ``battery-input-…``.
        """
        said = tuple(values)

        async def decide() -> Step[PassportRecord]:
            record = await self.known(passport)
            sheet, now = self._read(record), self._ports.clock.now()
            for point, value in said:
                entry = Entry(
                    point=point,
                    value=value,
                    start=start or now,
                    entered=now,
                    source=source or self._ports.identity.participant,
                    evidence=evidence,
                )
                sheet = sheet.entered(entry, self.lists.points, self.lists.terms)
            after = replace(record, document=sheet.to_json())
            events = tuple(after.event(f"entered {point}", now) for point, _ in said)
            return Step(Changes(records=(after.row(),), events=events), after)

        return await self._steps.run(f"passport {passport}", decide)

    async def known(self, passport: str) -> PassportRecord:
        """A sheet by its id. Raises LocalError ``passport-unknown``."""
        row = await self._ports.store.load(PassportRecord.kind, passport)
        if row is None:
            raise UNKNOWN_PASSPORT(passport=passport)
        return PassportRecord.of(row)

    async def listed(self, model: str | None = None) -> Sequence[PassportRecord]:
        """All sheets, or those of one model's batteries, by rising id."""
        return [PassportRecord.of(row) async for row in every(self._ports.store, PassportRecord.kind, ref=model)]

    # --- showing ---------------------------------------------------------------------------------

    async def passport(self, passport: str) -> Passport:
        """A battery's sheet over its model's. Raises LocalError ``passport-unknown`` also for a model alone."""
        record = await self.known(passport)
        if record.level != Level.ITEM.value:
            raise UNKNOWN_PASSPORT(passport=passport)
        return Passport(
            item=self._read(record),
            model=await self._sheet(record.model, Level.MODEL),
            lists=self.lists,
            secret=hashlib.sha256(record.salt.encode()).digest(),
        )

    async def view(self, passport: str, viewer: Viewer, moment: datetime | None = None) -> Document:
        """What this viewer sees of a battery as of a moment (by default now), signed."""
        shown = (await self.passport(passport)).view(viewer, moment or self._ports.clock.now())
        return await self._signatures.sign(shown, Artefact.PASSPORT)

    async def counts(self, passport: str, moment: datetime | None = None) -> dict[str, int]:
        """How many points of a battery stand how."""
        return (await self.passport(passport)).counts(moment or self._ports.clock.now())

    async def _sheet(self, passport: str, level: Level) -> Sheet:
        record = await self.known(passport)
        if record.level != level.value:
            raise UNKNOWN_PASSPORT(passport=passport)
        return self._read(record)

    def _read(self, record: PassportRecord) -> Sheet:
        return Sheet.from_json(record.document, self.lists.points, self.lists.terms)

    # --- to partners -----------------------------------------------------------------------------

    async def offer(self, passport: str, dataset: str, policy: Policy, visible_to: tuple[str, ...] = ()) -> AssetRecord:
        """Offer a battery's passport as a dataset, under a policy; each partner gets its own view of it."""
        await self.passport(passport)
        return await self._catalogs.publish(
            Publication(
                dataset=dataset,
                policy=policy,
                source=Source(kind=SourceKind.PASSPORT, place=passport),
                visible_to=visible_to,
                dataset_type=PASSPORT_TYPE,
                description={"dct:title": f"Battery passport {passport}"},
            )
        )

    async def serve(self, grant: Grant) -> bytes:
        """The view of whoever pulls: by the roles that are known of it, and the purposes that were agreed on."""
        ports, partner = self._ports, grant.agreement.partner
        now = ports.clock.now()
        known = known_of((await ports.register.about(partner)).facts, grant.transfer.facts, now)
        role = known.get(ROLE)
        fresh = role is not None and (role.expires_at is None or role.expires_at > now)
        viewer = Viewer(
            roles=role.values if role is not None and fresh else frozenset(),
            purposes=frozenset(named_purposes(compiled(grant.agreement, ports.settings.registry).policy)),
        )
        return strict_json.dumps(await self.view(grant.asset.source.place, viewer))
