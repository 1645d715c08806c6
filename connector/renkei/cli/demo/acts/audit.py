"""An auditor performs a total again from revealed inputs, offline; its statement travels back to the customer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from renkei.cli.demo.acts.companies import FOOTPRINT, Companies
from renkei.cli.demo.acts.script import Script
from renkei.cli.demo.phrases import filled
from renkei.cli.values import inner, items
from renkei.cli.words import Text
from renkei.exchange.disclosure.audit import Finding
from renkei.exchange.disclosure.audit import audit as check
from renkei.kernel import instants, strict_json

_DAYS: Final = 365
_FILE: Final = "revealed.json"
_OUTCOMES: Final[Mapping[str, Text]] = {
    Finding.PROVED.value: Text("proved", "証明済み"),
    Finding.PARTIAL.value: Text("proved in part", "一部証明"),
    Finding.REFUSED.value: Text("refused", "不合格"),
}
_CHECKED: Final = Text(
    "The {auditor} checks {part} of the {maker} offline, {steps} of {all} steps hold: {outcome}, {total}",
    "{auditor}が{maker}の {part} をオフラインで検査({all}段階中{steps}段階が成立): {outcome}、{total}",
)
_TRAVELLED: Final = Text(
    "its statement travels back: at the {customer} the figure was {before}, and is {after}",
    "検証声明書が届き、{customer}での表示は{before}から{after}へ",
)
_VERDICTS: Final[Mapping[str, Text]] = {
    "unverified": Text("unverified", "未検証"),
    "verified": Text("verified", "検証済み"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """The audit's outcome, and the verdict that the customer's daemon shows before and after the statement."""

    auditor: str
    maker: str
    customer: str
    part: str
    outcome: str
    held: int
    steps: int
    detail: str
    hands_on: list[str]
    before: str
    after: str
    recognised: bool

    def to_json(self) -> dict[str, object]:
        """Its members in ``steps``."""
        return {
            "outcome": self.outcome,
            "steps_held": self.held,
            "performed_again": self.detail,
            "hands_on": self.hands_on,
            "before": self.before,
            "after": self.after,
            "recognised": self.recognised,
        }

    def lines(self, companies: Companies) -> Iterator[Text]:
        """For people."""
        yield filled(
            _CHECKED,
            auditor=companies.called(self.auditor),
            maker=companies.called(self.maker),
            part=self.part,
            steps=self.held,
            all=self.steps,
            outcome=_OUTCOMES[self.outcome],
            total=self.detail,
        )
        before, after = (_VERDICTS.get(verdict, verdict) for verdict in (self.before, self.after))
        yield filled(_TRAVELLED, customer=companies.called(self.customer), before=before, after=after)


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """``maker`` makes ``part``, which the customer buys for its ``product``; the auditor asks for it, too."""

    NAME: ClassVar[str] = "audit"
    TITLE: ClassVar[Text] = Text("An auditor performs the total again", "監査人による再計算")
    ROLES: ClassVar[tuple[str, ...]] = ("auditor", "maker", "customer", "part", "product")

    script: Script
    companies: Companies

    def play(self) -> Audited:
        """Reveal, audit, state, and look at the customer."""
        cast, companies = self.script.cast, self.companies
        auditor, maker, customer = cast["auditor"], cast["maker"], cast["customer"]
        companies.register(self.script.parts)
        companies.ended(customer, companies.ask(customer, maker, cast["part"]))
        record = inner(
            inner(companies.ended(auditor, companies.ask(auditor, maker, cast["part"])), "records"), FOOTPRINT
        )
        asked = {"record": inner(record, "document")["id"], "to": auditor}
        revealed = companies.desks[maker].post("disclosures", "reveal", body=asked)
        file = companies.fleet.daemons[auditor].folder / _FILE
        file.write_text(json.dumps(revealed["file"]), "utf-8")
        found = check(strict_json.loads(file.read_bytes(), strict_json.DOCUMENT))
        companies.desks[customer].put("partners", companies.did(auditor), "facts", body=_ROLE)
        before = self._verdict()
        if found.finding is Finding.PROVED:
            companies.desks[auditor].post("statements", body=_opinion(str(record["id"])))
        after = companies.settled("the statement at the customer", self._verdict, ("verified", True))
        hands_on = revealed["hands_on"]
        return Audited(
            auditor=auditor,
            maker=maker,
            customer=customer,
            part=cast["part"],
            outcome=found.finding.value,
            held=sum(step.ok is True for step in found.steps),
            steps=len(found.steps),
            detail=found.steps[-1].detail,
            hands_on=[companies.company(one) for one in hands_on] if isinstance(hands_on, list) else [],
            before=before[0],
            after=after[0],
            recognised=after[1],
        )

    def _verdict(self) -> tuple[str, bool]:
        """How the part's record stands in the customer's own tree, and whether it takes the issuer for a verifier."""
        cast = self.script.cast
        found = self.companies.desks[cast["customer"]].get("parts", cast["product"], FOOTPRINT)
        for one in items({"items": found["contributions"]}):
            if one["name"] == cast["part"]:
                verification = inner(one, "verification")
                stated = items({"items": verification["statements"]})
                return str(verification["status"]), any(bool(each.get("recognised")) for each in stated)
        return "absent", False


_ROLE: Final[Mapping[str, object]] = {"facts": {"roles": {"values": ["verifier"], "source": "demo"}}}


def _opinion(record: str) -> Mapping[str, object]:
    """A statement as ISO 14064-3 wants it said, on a record that the auditor holds."""
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=_DAYS)
    return {
        "record": record,
        "scope": "all inputs of the record, performed again",
        "standard": "ISO 14064-3:2019",
        "assurance": "reasonable",
        "valid_until": instants.render(until),
    }
