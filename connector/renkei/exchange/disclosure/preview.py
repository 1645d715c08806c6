"""What leaves our company, before it does: every field with its value and why, what stays, and what it would tell.

Made of the very code that answers: the record is drawn, reduced to what its purposes need, held against the release
rules of its terms and against all that the partner was given before; then thrown away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TypeAlias

from renkei.battery.disclosure.leakage import Finding, findings
from renkei.battery.disclosure.release_rules import ReleaseRules
from renkei.exchange.answer.parts import PURPOSE_OF, Parts
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.catalog.purposes import PurposeList
from renkei.exchange.disclosure.disclosures import Disclosures, leaves_of
from renkei.exchange.disclosure.elimination import eliminated
from renkei.exchange.disclosure.releases_agreed import AgreedReleases
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind, RequestRecord
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import TEMPLATE, Policy
from renkei.trust.artefacts import unsigned

TermsOf: TypeAlias = Callable[[str, PartRecord, RequestKind], Policy]
"""The terms under which a partner is given a record of a part."""


class Why(Enum):
    """Why something stays: it is an input, no purpose needs it, its licence is ours alone, or the rules blur it."""

    INPUT = "input"
    PURPOSE = "purpose"
    LICENCE = "licence"
    RULE = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One field that would leave; ``purposes``: for which of those agreed it is needed."""

    path: str
    value: object
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """One thing that stays, and how much of it there is."""

    what: str
    count: int
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one partner would get of one kind of record of one part.

    ``template``: the hash of the terms' text; ``held``: why the rules let nothing (or nothing new) out now;
    ``findings``: what the partner could then work out of single suppliers; ``unjudged``: why that cannot be told.
    """

    partner: str
    part: str
    kind: RequestKind
    template: str
    purposes: tuple[str, ...]
    rules: ReleaseRules
    shown: tuple[Shown, ...]
    withheld: tuple[Withheld, ...]
    held: RenkeiError | None = None
    findings: tuple[Finding, ...] = ()
    unjudged: RenkeiError | None = None


class Previews:
    """One participant's looks ahead."""

    def __init__(
        self,
        parts: Parts,
        *,
        disclosures: Disclosures,
        releases: AgreedReleases,
        listed: PurposeList,
        terms: TermsOf,
    ) -> None:
        self._parts = parts
        self._disclosures = disclosures
        self._releases = releases
        self._listed = listed
        self._terms = terms

    async def of(self, part: str, kinds: Sequence[RequestKind], partner: str) -> list[Preview]:
        """What a partner would get of a part now.

        Raises LocalError ``part-unknown``; ConfigurationError ``part-incomplete``, ``battery-…``,
        ``disclosure-rules-unreadable``.
        """
        known = await self._parts.known(part)
        return [await self._one(known, kind, partner) for kind in kinds]

    async def of_request(self, request: RequestRecord) -> list[Preview]:
        """What a partner would get if its request were answered now, under whichever number it asked.

        Raises as ``of``; LocalError ``crosswalk-ambiguous``.
        """
        part = request.ours or await self._parts.crosswalk.meant(request.partner, request.part)
        return await self.of(part, request.kinds, request.partner)

    async def _one(self, part: PartRecord, kind: RequestKind, partner: str) -> Preview:
        terms = self._terms(partner, part, kind)
        rules, purposes = self._releases.rules_of(terms), named_purposes(terms) or frozenset({PURPOSE_OF[kind]})
        document, gaps = await self._parts.drawn(part, kind, purposes, coarse=rules.count_contributors)
        held: RenkeiError | None = None
        try:
            await self._releases.demand(rules, document, partner)
        except RenkeiError as error:
            held = error
        found, unjudged = await self._findings(document, partner, rules)
        return Preview(
            partner=partner,
            part=part.id,
            kind=kind,
            template=str(terms.extensions.get(TEMPLATE, "")),
            purposes=tuple(sorted(purposes)),
            rules=rules,
            shown=tuple(self._shown(document, purposes)),
            withheld=tuple([each async for each in self._withheld(part, kind, rules, named=len(gaps))]),
            held=held,
            findings=found,
            unjudged=unjudged,
        )

    def _shown(self, document: DocumentRecord, purposes: frozenset[str]) -> Iterator[Shown]:
        wanted = {
            purpose: self._listed.needs([purpose], document.document_type)
            for purpose in sorted(self._listed.canonical(purposes))
        }
        for path, value in leaves_of(unsigned(document.document)):
            needed = tuple(
                purpose for purpose, patterns in wanted.items() if any(_names(pattern, path) for pattern in patterns)
            )
            yield Shown(path=path, value=value, purposes=needed)

    async def _findings(
        self, document: DocumentRecord, partner: str, rules: ReleaseRules
    ) -> tuple[tuple[Finding, ...], RenkeiError | None]:
        new = await self._disclosures.release_of(document, coarse=rules.count_contributors)
        if new is None:
            return (), None
        told = [each.release for each in await self._disclosures.told(partner, document.part)]
        releases = [*told, new] if not told or told[-1] != new else told
        try:
            return tuple(await eliminated(releases, partial(findings, releases))), None
        except RenkeiError as error:
            return (), error

    async def _withheld(
        self, part: PartRecord, kind: RequestKind, rules: ReleaseRules, *, named: int
    ) -> AsyncIterator[Withheld]:
        """What stays: all inputs, and what is told in sum or in coarse steps only."""
        for what, count in (
            ("supplier-names", len({supply.supplier for supply in await self._parts.supplies(part)})),
            ("gap-names", named),
        ):
            if count:
                yield Withheld(what=what, count=count, why=Why.PURPOSE)
        if kind is not RequestKind.FOOTPRINT:
            return
        inputs = await self._parts.inputs(part)
        calculation = inputs.perform()
        for what, count in (
            ("own-figures", sum(len(each.own) + len(each.secondary) for each in inputs.inventories)),
            ("bill-of-materials", len(inputs.bom.lines)),
            ("supplier-records", len(inputs.received)),
            ("contributions", len(calculation.contributions)),
        ):
            if count:
                yield Withheld(what=what, count=count, why=Why.INPUT)
        yield Withheld(what="own-split", count=len(calculation.stages.items()), why=Why.PURPOSE)
        if personal := sum(factor.personal for factor in calculation.factors):
            yield Withheld(what="personal-factors", count=personal, why=Why.LICENCE)
        if rules.count_contributors and calculation.primary_data_share is not None:
            yield Withheld(what="fine-ratings", count=1 + 3 * (calculation.quality is not None), why=Why.RULE)


def _names(pattern: str, path: str) -> bool:
    """Whether a path of a purpose's list, in which ``*`` stands for any name, names a member or what is above it."""
    wanted, found = pattern.split("/"), path.split("/")
    return len(wanted) >= len(found) and all(a in {b, "*"} for a, b in zip(wanted, found, strict=False))
