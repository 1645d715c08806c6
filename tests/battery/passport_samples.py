"""A small passport to test with: a model's sheet and a battery's, and the lists that ship."""

from __future__ import annotations

from datetime import UTC, datetime

from renkei.battery.footprint.rules import RuleSet
from renkei.battery.passport.access import PassportAccess
from renkei.battery.passport.points import DataPoints, Level
from renkei.battery.passport.sheet import Entry, Sheet
from renkei.battery.passport.terms import Terms
from renkei.battery.passport.view import Passport, PassportLists
from renkei.kernel import strict_json
from renkei.resources import Kind, resource_bytes

MAKER = "did:web:pack.example"


def shipped(name: str) -> object:
    return strict_json.loads(resource_bytes(Kind.VOCAB, f"battery/passport/{name}.json"))


LISTS = PassportLists(
    points=DataPoints.from_json(shipped("data-points")),
    terms=Terms.from_json(shipped("terms")),
    access=PassportAccess.from_json(shipped("access")),
    rules=tuple(
        RuleSet.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, f"battery/rules/{name}.json")))
        for name in ("proposal-2020", "eu-2023-1542", "pact-3")
    ),
)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def entry(point: str, value: object, start: str = "2027-02-18", entered: str = "", **more: str) -> Entry:
    made = day(entered or start)
    return Entry(point=point, value=value, start=day(start), entered=made, source=MAKER, **more)


def sheet(level: Level, *entries: Entry, awaited: dict[str, str] | None = None) -> Sheet:
    item = level is Level.ITEM
    empty = Sheet.from_json(
        {
            "@type": "PassportSheet",
            "id": "urn:battery:sn-1" if item else "urn:model:rk-60",
            "level": level.value,
            "category": "ev",
            "company": MAKER,
            "awaited": awaited or {},
            "entries": [],
            **({"model": "urn:model:rk-60"} if item else {}),
        },
        LISTS.points,
        LISTS.terms,
    )
    for one in entries:
        empty = empty.entered(one, LISTS.points, LISTS.terms)
    return empty


def passport() -> Passport:
    model = sheet(
        Level.MODEL,
        entry("weight", "412.50"),
        entry("recycledCobalt", "14"),
        entry("detailedComposition", ["cathode: NMC 622", "anode: graphite"]),
        entry("conformityTestReports", {"reference": "report 7", "digest": "sha-256:" + "ef" * 32}),
        entry("cobaltContent", "8123"),
        entry("vehicleModel", "RK-1"),
        entry("residualValue", "250000"),
        entry("pricePerPart", "12"),
        awaited={"weight": "did:web:cell.example", "nominalVoltage": "did:web:cell.example"},
    )
    item = sheet(
        Level.ITEM,
        entry("stateOfCertifiedEnergy", "98"),
        entry("stateOfCertifiedEnergy", "91.5", "2028-03-01"),
        entry("stateOfCertifiedEnergy", "94", "2027-09-01", entered="2029-01-01"),
        entry("batteryStatus", "original"),
    )
    return Passport(item=item, model=model, lists=LISTS, secret=b"k" * 32)
