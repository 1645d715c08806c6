"""Why a policy says what it says, and what a partner would see of us: for the one who runs this connector, never sent.

Asked with what is known now (the register, the clock, the uses counted), or with what is supposed instead: another day,
other purposes, another fact. Nothing is stored and nothing counted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.catalog.access import ANYONE
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.ports import Ports
from renkei.exchange.problems import NOBODY_ASKS, NOTHING_TO_EXPLAIN
from renkei.exchange.process.usage import Usage
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.processes import NegotiationRecord, Side
from renkei.kernel.instants import render
from renkei.kernel.problems import PolicyError, RenkeiError
from renkei.kernel.values import replace
from renkei.policy.attributes import facts_of
from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.evaluate import compile_policy
from renkei.policy.deciding.phrases import moment_of
from renkei.policy.explaining.account import Account, account
from renkei.policy.model import Policy
from renkei.policy.read import read_offer
from renkei.policy.world import USE, Fact, Facts, Phase, Request
from renkei.store.paging import every

SUPPOSED: Final = "supposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked, where it is not what is known.

    ``purposes``: those declared (``None``: the ones that the policy names, as agreeing to it declares them); ``at``:
    the time it is about (``None``: now); ``facts``: supposed values, by short attribute name or operand IRI.
    """

    action: str = USE
    purposes: frozenset[str] | None = None
    phase: Phase | None = None
    at: datetime | None = None
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def supposed(self) -> dict[str, Fact]:
        """Raises ConfigurationError ``policy-unknown-attribute``."""
        return facts_of(self.facts, SUPPOSED)


PLAIN: Final = Inquiry()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One dataset of ours as a partner would find it.

    ``visible``: whether the catalog shows it; ``access``: what its contract definition says (``None``: it is for
    everyone, or there is no such definition); ``over``: whether its terms have run out for everybody; ``terms``:
    whether an agreement on them could be made.
    """

    dataset: str
    title: str
    definition: str
    visible: bool
    over: bool
    access: Account | None
    terms: Account

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form for programs."""
        return {
            "dataset": self.dataset,
            "title": self.title,
            "definition": self.definition,
            "visible": self.visible,
            "over": self.over,
            "access": None if self.access is None else self.access.as_json(language),
            "terms": self.terms.as_json(language),
        }

    def lines(self, language: str = "en") -> Iterator[str]:
        """The form for people."""
        place = int(language == "ja")
        yield f"{'✓' if self.visible else '✗'} {self.dataset}" + (f"  {self.title}" if self.title else "")
        if self.over:
            yield f"    {_WORDS['over'][place]}"
        elif not self.visible:
            yield f"    {_WORDS['hidden'][place].format(definition=self.definition or '—')}"
            if self.access is not None:
                yield from (f"    {line}" for line in self.access.lines(language))
        if self.visible:
            yield f"    {_WORDS[self.terms.decision.outcome.value][place]}"
            for reason in (*self.terms.decision.obstacles, *self.terms.decision.deferred):
                yield f"      {reason.text(language)}"
            for fix in self.terms.fixes if self.terms.decision.refuses else ():
                yield f"      → {fix.text(language)}"


_WORDS: Final = {
    "barred": (
        "It sees nothing of what follows; once admitted it would:",
        "以下は何も見えません。許可された場合は次のとおりです:",
    ),
    "over": ("hidden: its terms have run out for everybody", "非表示: 条件の期間がすべての相手について終了しています"),
    "hidden": ("hidden by the contract definition {definition}:", "契約定義 {definition} により非表示:"),
    "permit": ("visible; its terms can be agreed to", "表示。条件に合意できます"),
    "defer": (
        "visible; its terms can be agreed to, and these conditions are judged later:",
        "表示。条件に合意できます。次の条件は後の段階で判断します:",
    ),
    "deny": ("visible, but its terms cannot be agreed to:", "表示されますが、条件に合意できません:"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a partner would see. ``barred``: why it is not admitted at all; ``next``: after which there is more."""

    partner: str
    at: datetime
    sights: tuple[Sight, ...]
    barred: RenkeiError | None = None
    next: str | None = None

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form for programs."""
        return {
            "partner": self.partner,
            "at": render(self.at),
            "admitted": self.barred is None,
            "barred": None if self.barred is None else self.barred.message(language),
            "items": [sight.as_json(language) for sight in self.sights],
            "next": self.next,
            "text": list(self.lines(language)),
        }

    def lines(self, language: str = "en") -> Iterator[str]:
        """The form for people."""
        yield f"{self.partner} ({moment_of(self.at.replace(microsecond=0), language)})"
        if self.barred is not None:
            yield f"✗ {self.barred.message(language)}"
            yield _WORDS["barred"][int(language == "ja")]
        for sight in self.sights:
            yield from sight.lines(language)


class Explaining:
    """The questions of one participant about its own policies."""

    def __init__(self, ports: Ports, catalogs: Catalogs, agreements: Agreements, usage: Usage) -> None:
        self._ports = ports
        self._catalogs = catalogs
        self._agreements = agreements
        self._usage = usage

    async def explain(self, subject: str, partner: str = "", inquiry: Inquiry = PLAIN) -> Account:
        """Account for the decision on an agreement, a negotiation, or a dataset or offer of ours.

        Of an agreement it is the use by its consumer, of a negotiation the agreement to what is on the table; for what
        we offer somebody must ask.

        Raises LocalError ``explain-unknown-subject``, ConfigurationError ``explain-nobody-asks``.
        """
        now = self._ports.clock.now()
        agreement = await self._agreements.kept(subject)
        if agreement is not None:
            decision = await self._usage.decide(agreement, inquiry.phase or Phase.ACCESS)
            return account(self._again(decision, partner, inquiry), today=now)
        row = await self._ports.store.load(NegotiationRecord.kind, subject)
        if row is not None:
            negotiation = NegotiationRecord.of(row)
            us = self._ports.identity.participant
            asker = partner or (negotiation.partner if negotiation.side is Side.PROVIDER else us)
            policy = read_offer(negotiation.offer, in_catalog=False)
            return await self.explain_policy(policy, asker, negotiation.dataset, inquiry)
        asset = await self._offered(subject)
        if asset is None:
            raise NOTHING_TO_EXPLAIN(subject=subject)
        if not partner:
            raise NOBODY_ASKS(subject=subject)
        return await self.explain_policy(read_offer(asset.offer, in_catalog=False), partner, asset.id, inquiry)

    async def explain_policy(self, policy: Policy, partner: str, target: str, inquiry: Inquiry = PLAIN) -> Account:
        """Account for the decision on a policy that is asked by a partner, by default on the way to an agreement."""
        decision = await self._decided(policy, self._party(partner), target, inquiry)
        return account(decision, today=self._ports.clock.now())

    async def what_if(self, partner: str, inquiry: Inquiry = PLAIN, *, after: str = "", limit: int = 100) -> Outlook:
        """What a partner would see of what we offer, by rising id, and why; on which terms it could agree."""
        party = self._party(partner)
        facts = await self._facts(party, inquiry)
        sights: list[Sight] = []
        more = None
        async for asset in self._assets(after):
            if len(sights) == limit:
                more = sights[-1].dataset
                break
            sights.append(await self._sight(asset, party, facts, inquiry))
        return Outlook(partner=party, at=facts.now, sights=tuple(sights), barred=await self._barred(party), next=more)

    async def _sight(self, asset: AssetRecord, party: str, facts: Facts, inquiry: Inquiry) -> Sight:
        access = await self._catalogs.access.decided(asset.access, party, facts)
        over = asset.until is not None and facts.now > asset.until
        visible = asset.access == ANYONE or (access is not None and access.permits)
        terms = await self._decided(read_offer(asset.offer, in_catalog=False), party, asset.id, inquiry)
        today = self._ports.clock.now()
        title = asset.description.get("dct:title")
        return Sight(
            dataset=asset.id,
            title=title if isinstance(title, str) else "",
            definition=asset.access,
            visible=visible and not over,
            over=over,
            access=None if access is None else account(access, today=today),
            terms=account(terms, today=today),
        )

    # --- with what is known, and what is supposed instead ----------------------------------------

    async def _decided(self, policy: Policy, party: str, target: str, inquiry: Inquiry) -> Decision:
        purposes = named_purposes(policy) if inquiry.purposes is None else inquiry.purposes
        request = Request(
            party=party,
            target=target,
            action=inquiry.action,
            purposes=purposes,
            phase=inquiry.phase or Phase.NEGOTIATION,
        )
        facts = await self._facts(party, inquiry)
        return compile_policy(policy, self._ports.settings.registry).decide(request, facts)

    async def _facts(self, party: str, inquiry: Inquiry) -> Facts:
        registered = await self._ports.register.about(party)
        known, part_of = {**registered.facts, **inquiry.supposed()}, registered.part_of
        return Facts(inquiry.at or self._ports.clock.now(), known, part_of=part_of)

    def _again(self, decision: Decision, partner: str, inquiry: Inquiry) -> Decision:
        """A decision about a use under an agreement, made again with what is supposed."""
        request = replace(decision.request, action=inquiry.action)
        if partner:
            request = replace(request, party=self._party(partner))
        if inquiry.purposes is not None:
            request = replace(request, purposes=inquiry.purposes)
        known = {**decision.facts.values, **inquiry.supposed()}
        facts = replace(decision.facts, now=inquiry.at or decision.facts.now, values=known)
        return compile_policy(decision.asked.policy, self._ports.settings.registry).decide(request, facts)

    def _party(self, partner: str) -> str:
        return self._ports.settings.aliases.canonical(partner)

    async def _barred(self, party: str) -> RenkeiError | None:
        try:
            await self._ports.admission.demand_partner(party)
        except PolicyError as error:
            return error
        return None

    # --- what we offer ---------------------------------------------------------------------------

    async def _offered(self, subject: str) -> AssetRecord | None:
        """An asset by its id, or by that of its offer."""
        asset = await self._catalogs.kept(subject)
        if asset is not None:
            return asset
        async for other in self._assets(""):
            if other.offer.get("@id") == subject:
                return other
        return None

    async def _assets(self, after: str) -> AsyncIterator[AssetRecord]:
        """What is offered, by rising id."""
        async for row in every(self._ports.store, AssetRecord.kind, state="offered", after=after):
            yield AssetRecord.of(row)
