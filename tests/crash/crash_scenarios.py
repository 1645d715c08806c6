"""What two companies do in the crash matrix: how they are furnished, and the one call that a user makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crash_world import CONSUMER, PROVIDER, World

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind
from renkei.policy.model import Policy, PolicyKind, Rule

DATASET = "urn:crash:dataset"
CONTENT = b'{"hello": "world"}'
DUE = "2999-12-31"
YEAR = {"start": "2025-01-01", "end": "2025-12-31"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """``repeats``: whether a user whose daemon died calls again (``fetch`` hands bytes to its caller and to nobody
    else); the other calls are carried on from what was stored. ``caller``: whose user makes the call; ``still``: who has
    no row of the outbox by it; ``window``: seconds that changes are gathered, by default longer than the matrix waits,
    so that whether a record comes into a look is no matter of how busy the machine is."""

    name: str
    furnish: Callable[[World], None]
    verb: str
    arguments: Callable[[World], tuple[object, ...]]
    repeats: bool = False
    caller: str = CONSUMER
    still: tuple[str, ...] = ()
    window: float = 3600.0


def _publish(world: World) -> None:
    files = world.provider.folder / "files"
    files.mkdir()
    (files / "hello.json").write_bytes(CONTENT)
    policy = Policy(id=DATASET, kind=PolicyKind.SET, permission=(Rule(action="use"),))
    source = Source(kind=SourceKind.FILE, place="hello.json")
    world.provider.do("publish", Publication(dataset=DATASET, policy=policy, source=source))


def _agree(world: World) -> None:
    _publish(world)
    world.consumer.do("negotiate", world.provider.did, DATASET)
    world.settle()


def _make(world: World) -> None:
    world.provider.do("register", part("cell"))


def _make_in_tiers(world: World) -> None:
    """The supplier buys a component from its own customer, so two processes stand for a chain of three tiers."""
    bom = f"parent,component,supplier,amount,unit,yield,stages\ncell,powder,{world.consumer.did},2,piece,,component\n"
    world.provider.do("register", part("cell", bom))
    world.consumer.do("register", part("powder"))


def _answer(world: World) -> None:
    _make(world)
    world.consumer.do("request", world.provider.did, "cell", [RequestKind.FOOTPRINT], DUE)
    world.settle()


def _send_back(world: World) -> None:
    _answer(world)
    world.consumer.do("send_back", *_asked(world))


def _asked(world: World) -> tuple[str]:
    (record,) = world.consumer.do("survey")["request"]
    return (record.request,)


def part(name: str, bom: str | None = None, emitted: str = "12.5") -> PartRecord:
    declared = {"part": name, "company": "", "declaredUnit": "piece", "declaredUnitAmount": "1", "period": YEAR}
    plant = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": emitted}
    return PartRecord(
        id=name,
        bom=bom,
        inventory={"@type": "FootprintInventory", **declared, "own": [plant], "secondary": []},
        due_diligence={
            "@type": "DiligenceStatement",
            **declared,
            "minerals": [],
            "absent": ["natural_graphite"],
            "expected": [],
        },
    )


SCENARIOS = (
    Scenario("negotiation", _publish, "negotiate", lambda world: (world.provider.did, DATASET)),
    Scenario("transfer", _agree, "fetch", lambda world: (world.provider.did, DATASET), repeats=True),
    Scenario(
        "request",
        _make,
        "request",
        lambda world: (world.provider.did, "cell", [RequestKind.FOOTPRINT, RequestKind.DUE_DILIGENCE], DUE),
    ),
    Scenario(
        "tiers",
        _make_in_tiers,
        "request",
        lambda world: (world.provider.did, "cell", [RequestKind.FOOTPRINT], DUE),
    ),
    Scenario("returned", _answer, "send_back", _asked, still=(PROVIDER,)),
    Scenario("answered-again", _send_back, "answer", _asked, caller=PROVIDER),
    Scenario(
        "restated",
        _answer,
        "register",
        lambda _: (part("cell", emitted="11.5"),),
        caller=PROVIDER,
        window=0.02,
    ),
)
