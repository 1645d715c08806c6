"""Keeping the release rules that an agreement names: what may be told to a partner now, later, or not at all.

Where the rules let nothing new out, a request is answered with what the partner was given last, and a new version
waits: for the next window, or for more changes. A first record that the rules do not let out is refused, and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from renkei.battery import Gap
from renkei.battery.disclosure.disclosure_problems import DETERMINED, NOT_YET, TOO_FEW
from renkei.battery.disclosure.release_rules import ReleaseRules, demand_release, due_time
from renkei.exchange.agreement.release_terms import release_rules_of
from renkei.exchange.answer.part_problems import CALCULATION_UNKNOWN
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.disclosure.disclosures import Disclosures
from renkei.exchange.disclosure.elimination import eliminated
from renkei.exchange.ports import Ports
from renkei.exchange.records.disclosures import DisclosureRecord, DisclosureWay
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind
from renkei.exchange.records.updates import UpdateRecord
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import Policy
from renkei.policy.read import read_agreement

_HELD_BACK = (NOT_YET, TOO_FEW, DETERMINED)
_NONE = ReleaseRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetOut:
    """What a partner is given: the record as it is now or, ``held`` back for a reason, the one it was given last.

    ``gaps``: what the record as it is now lacks, by name.
    """

    document: DocumentRecord
    gaps: tuple[Gap, ...] = ()
    held: RenkeiError | None = None


class AgreedReleases:
    """One participant's release rules (``update.successors.ReleaseTimes``)."""

    def __init__(self, ports: Ports, parts: Parts, disclosures: Disclosures) -> None:
        self._ports = ports
        self.parts = parts
        self._disclosures = disclosures

    def rules_of(self, terms: Policy) -> ReleaseRules:
        """What terms say. Raises ConfigurationError ``disclosure-rules-unreadable``."""
        return release_rules_of(terms, self._ports.settings.registry)

    async def demand(self, rules: ReleaseRules, document: DocumentRecord, partner: str) -> None:
        """Go on only with a record that a partner may be told now. Raises PolicyError ``disclosure-…``.

        LocalError ``calculation-unknown`` for one of which nobody knows any more what is in it.
        """
        if rules == _NONE or document.document_type != FOOTPRINT:
            return
        new = await self._disclosures.release_of(document, coarse=rules.count_contributors)
        if new is None:  # what cannot be judged is not told
            raise CALCULATION_UNKNOWN(record=document.document.get("id"))
        told, now = await self._disclosures.told(partner, document.part), self._ports.clock.now()
        if told and told[-1].release == new:
            return
        judge = partial(demand_release, rules, told, new, now, part=document.part, partner=partner)
        await eliminated([*(each.release for each in told), new], judge)

    async def drawn(self, part: PartRecord, kind: RequestKind, terms: Policy, partner: str) -> LetOut:
        """What a request is answered with under these terms. Raises as ``demand`` where nothing was ever given."""
        rules, purposes = self.rules_of(terms), named_purposes(terms)
        document, gaps = await self.parts.drawn(part, kind, purposes, coarse=rules.count_contributors)
        try:
            await self.demand(rules, document, partner)
        except RenkeiError as error:
            before = await self._disclosures.last(partner, document.part)
            if error.problem not in _HELD_BACK or before is None:
                raise
            return LetOut(document=before, gaps=gaps, held=error)
        return LetOut(document=document, gaps=gaps)

    async def noted(
        self, document: DocumentRecord, partner: str, way: DisclosureWay, dataset: str, terms: Policy
    ) -> DisclosureRecord:
        """The line of the log for what is put before a partner under these terms; for the commit that does it."""
        rules = self.rules_of(terms)
        return await self._disclosures.offered(
            document,
            partner,
            way,
            dataset=dataset,
            purposes=named_purposes(terms),
            ruled=rules != _NONE,
            coarse=rules.count_contributors,
        )

    async def due(self, agreement: AgreementRecord, copy: UpdateRecord, now: datetime) -> datetime | None:
        """When a partner may be told of a new version; ``None``: when more has changed."""
        return await self.due_under(read_agreement(agreement.document), copy, now)

    async def due_under(self, terms: Policy, copy: UpdateRecord, now: datetime) -> datetime | None:
        """The same under terms that are offered, and not agreed yet."""
        rules = self.rules_of(terms)
        if rules == _NONE or copy.record_kind is not RequestKind.FOOTPRINT:
            return now
        part = await self.parts.known(copy.part)
        document, _ = await self.parts.drawn(part, copy.record_kind, coarse=rules.count_contributors)
        try:
            await self.demand(rules, document, copy.partner)
        except RenkeiError as error:
            if error.problem not in _HELD_BACK:
                raise
            told = await self._disclosures.told(copy.partner, copy.part)
            opens = due_time(rules, told[-1].at if told else None, now)
            return opens if opens > now else None
        return now
