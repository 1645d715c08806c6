"""A chain folder: the companies of a demo, what each of them knows, who asks, and what must come out.

::

    chain.json                   {"@type": "SupplyChain", "title": {"en", "ja"},
                                  "companies": [{"folder": "cell-maker", "name": {"en", "ja"}}, …],
                                  "request": {"asker": "car-maker", "kinds": ["footprint", …], "dueInDays": 30,
                                              "message": "…"},
                                  "functionalUnit": {"category": "M1", "years": "8"},
                                  "expected": {"total": "…", "perDelivered": "…", "stages": {…}, "sources": […]}}
    <company>/inventory.json     FootprintInventory without ``company``: its daemon fills that in
    <company>/bom.csv            what it buys; suppliers are folder names of this chain
    <company>/due-diligence.json DiligenceStatement without ``company``

Figures are decimals in strings; ``total`` is kg CO2e per kWh of capacity, ``perDelivered`` per kWh delivered;
``stages`` may be absent. Raises ConfigurationError ``demo-chain-broken`` with the file and the place in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, cast

from renkei.battery import (
    Bom,
    BomLine,
    DiligenceCodes,
    DiligenceStatement,
    Dimension,
    Inventory,
    RuleSet,
    ServiceLife,
    Stage,
)
from renkei.battery.footprint.rules import FunctionalUnit
from renkei.battery.problems import INPUT
from renkei.battery.reading import POSITIVE, Members
from renkei.cli.demo.demo_problems import CHAIN_BROKEN
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.resources import Kind, resource_bytes, resource_names

CHAIN_FILE: Final = "chain.json"
FOOTPRINT: Final = "footprint"
_KINDS: Final = (FOOTPRINT, "due-diligence")
_FOLDER_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FEWEST_COMPANIES: Final = 2
_MOST_COMPANIES: Final = 50
_LONGEST_DUE: Final = 3650


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The dated lists that a chain's files refer to: due-diligence codes, and the rule sets by their ids.

    Of these only those that give a battery's figure per kWh delivered: that is what the demo ends with.
    """

    codes: DiligenceCodes
    rules: Mapping[str, RuleSet]

    @classmethod
    def shipped(cls) -> Vocabulary:
        """What this installation has; of code lists the newest."""
        names = [name for name in resource_names(Kind.VOCAB) if name.endswith(".json")]
        rules = [RuleSet.from_json(_shipped(name)) for name in names if name.startswith("battery/rules/")]
        lists = [
            DiligenceCodes.from_json(_shipped(name)) for name in names if name.startswith("battery/due-diligence/")
        ]
        delivered = {each.id: each for each in rules if each.functional_unit is FunctionalUnit.DELIVERED}
        return cls(max(lists, key=lambda codes: codes.as_of), delivered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company of the chain. ``documents``: its files as its daemon gets them."""

    folder: str
    name: Mapping[str, str]
    inventory: Inventory
    lines: tuple[BomLine, ...]
    documents: Mapping[str, object]

    @property
    def part(self) -> str:
        """The part that it makes."""
        return self.inventory.part.id

    @property
    def suppliers(self) -> Mapping[str, str]:
        """Who makes what it buys, by component."""
        return {line.component: line.supplier for line in self.lines if line.supplier is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come out, as it is written: trailing zeros tell to how many places."""

    total: Decimal
    per_delivered: Decimal
    stages: Mapping[Stage, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A whole chain folder, checked. ``asker`` is the company whose battery it is."""

    title: Mapping[str, str]
    companies: Mapping[str, Company]
    asker: Company
    kinds: tuple[str, ...]
    due_in_days: int
    message: str
    life: ServiceLife
    expected: Expected


def read_chain(folder: Path, vocabulary: Vocabulary) -> Chain:
    """Read and check everything before anything is started.

    What must hold:
    1. every file is there, is UTF-8, and is what its reader takes: no member unknown, every figure a string;
    2. company folders are plain names, none twice, and no two companies make the same part;
    3. a company's files speak of one part, and every BOM line is about it and names a supplier;
    4. what is bought is what that supplier makes, in a unit of its own kind, and nobody buys from itself, directly or
       around a circle; what is taken from the literature has a unit of its factor's kind;
    5. the asker is one of the companies, buys something, and its part is counted in kWh of capacity; the footprint is
       among what it asks for;
    6. stage maps and the vehicle category are known to every rule set.
    """
    with named_file(CHAIN_FILE):
        members = Members.typed(read_json(folder / CHAIN_FILE), INPUT, "SupplyChain")  # (1)
        title = _names(members.inner("title"))
        named = read_names(members)  # (2)
        if len(named) < _FEWEST_COMPANIES:
            raise members.malformed("companies", len(named), f"at least {_FEWEST_COMPANIES} companies")
    companies = {name: _read_company(folder, name, texts, vocabulary.codes) for name, texts in named.items()}
    with named_file(CHAIN_FILE):
        asked = members.inner("request")
        asker, kinds = asked.text("asker"), asked.texts("kinds")
        if asker not in companies or not companies[asker].lines:  # (5)
            raise asked.malformed("asker", asker, "a company of this chain that buys something")
        if FOOTPRINT not in kinds or not set(kinds) <= set(_KINDS):  # (5)
            raise asked.malformed("kinds", list(kinds), f"{FOOTPRINT}, and due-diligence if wanted")
        chain = Chain(
            title=title,
            companies=companies,
            asker=companies[asker],
            kinds=kinds,
            due_in_days=asked.whole("dueInDays", 1, _LONGEST_DUE),
            message=asked.text("message"),
            life=_read_life(members.inner("functionalUnit"), vocabulary),  # (6)
            expected=_read_expected(members.inner("expected")),
        )
        asked.close()
        members.close()
    _check_parts(chain)  # (2), (5)
    for company in companies.values():
        _check_trade(company, companies, vocabulary)  # (4), (6)
    return chain


def read_names(members: Members, taken: Collection[str] = ()) -> dict[str, Mapping[str, str]]:
    """The member ``companies``: by folder, what people call them; ``taken``: folders that others have."""
    found: dict[str, Mapping[str, str]] = {}
    for company in members.each("companies"):
        folder = company.text("folder")
        if not _FOLDER_NAME.fullmatch(folder) or folder in found or folder in taken:
            raise company.malformed("folder", folder, "a folder name of a-z, 0-9 and -, each once")
        found[folder] = _names(company.inner("name"))
        company.close()
    if len(found) > _MOST_COMPANIES:
        raise members.malformed("companies", len(found), f"at most {_MOST_COMPANIES} companies")
    return found


def _names(members: Members) -> Mapping[str, str]:
    names = {language: members.text(language) for language in ("en", "ja")}
    members.close()
    return names


def _read_company(folder: Path, name: str, texts: Mapping[str, str], codes: DiligenceCodes) -> Company:
    with named_file(f"{name}/inventory.json"):
        figures = read_json(folder / name / "inventory.json")
        inventory = Inventory.from_json({**figures, "company": name})  # (1)
        for use in inventory.secondary:
            use.emission()  # (4)
    part = inventory.part.id
    with named_file(f"{name}/bom.csv"):
        bom = _text(folder / name / "bom.csv")
        lines = Bom.from_csv(bom).lines
        for line in lines:
            if line.parent != part or line.supplier is None:  # (3)
                raise INPUT.inconsistent(
                    at=line.component, found=f"{line.parent}, supplier {line.supplier}", expected=f"{part}, a supplier"
                )
    with named_file(f"{name}/due-diligence.json"):
        said = read_json(folder / name / "due-diligence.json")
        statement = DiligenceStatement.from_json({**said, "company": name}, codes)
        if statement.part.id != part:  # (3)
            raise INPUT.inconsistent(at="/part", found=statement.part.id, expected=f"the inventory's {part}")
    return Company(
        folder=name,
        name=texts,
        inventory=inventory,
        lines=lines,
        documents={"bom": bom, "inventory": figures, "due_diligence": said},
    )


def _read_life(members: Members, vocabulary: Vocabulary) -> ServiceLife:
    life = ServiceLife(members.text("category"), members.figure("years", POSITIVE))
    members.close()
    for rules in vocabulary.rules.values():
        life.cycles(rules)
    return life


def _read_expected(members: Members) -> Expected:
    stages = members.optional_inner("stages")
    expected = Expected(
        total=members.figure("total"),
        per_delivered=members.figure("perDelivered"),
        stages={}
        if stages is None
        else {stage: stages.figure(stage.value) for stage in Stage if stages.has(stage.value)},
    )
    members.texts("sources")
    if stages is not None:
        stages.close()
    members.close()
    return expected


def _check_parts(chain: Chain) -> None:
    parts = [company.part for company in chain.companies.values()]
    with named_file(CHAIN_FILE):
        if len(set(parts)) < len(parts):  # (2)
            raise INPUT.inconsistent(at="/companies", found=", ".join(parts), expected="one part for each company")
    with named_file(f"{chain.asker.folder}/inventory.json"):
        unit = chain.asker.inventory.part.declared.unit
        if unit.dimension is not Dimension.CAPACITY:  # (5)
            raise INPUT.malformed(at="/declaredUnit", found=unit.code, expected="a unit of capacity, as the asker's")


def _check_trade(company: Company, companies: Mapping[str, Company], vocabulary: Vocabulary) -> None:
    makers = {maker.part: maker for maker in companies.values()}
    with named_file(f"{company.folder}/bom.csv"):
        for line in company.lines:
            maker = makers.get(line.component)
            if maker is None or maker.folder != line.supplier:  # (4)
                expected = "a part of this chain" if maker is None else f"its maker, {maker.folder}"
                raise INPUT.inconsistent(at=line.component, found=line.supplier, expected=expected)
            line.times(maker.inventory.part.declared)  # (4)
            for rules in vocabulary.rules.values():
                rules.stage_map(line.stage_map)  # (6)
        if company.folder in _behind(company, companies):  # (4)
            raise INPUT.inconsistent(at=company.part, found=company.folder, expected="a chain without a circle")


def _behind(company: Company, companies: Mapping[str, Company]) -> set[str]:
    """All suppliers, near and far."""
    found: set[str] = set()
    waiting = list(company.suppliers.values())
    while waiting:
        name = waiting.pop()
        if name not in found and name in companies:
            found.add(name)
            waiting += companies[name].suppliers.values()
    return found


@contextmanager
def named_file(file: str) -> Iterator[None]:
    """Whatever is wrong inside is said with the file's name: ConfigurationError ``demo-chain-broken``."""
    try:
        yield
    except RenkeiError as error:
        if error.problem is CHAIN_BROKEN:
            raise
        raise CHAIN_BROKEN(file=file, cause=error.message()) from error
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror or error if isinstance(error, OSError) else "not UTF-8"
        raise CHAIN_BROKEN(file=file, cause=cause) from error


def _shipped(name: str) -> object:
    return strict_json.loads(resource_bytes(Kind.VOCAB, name))


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def read_json(path: Path) -> Mapping[str, object]:
    """A JSON object of the folder. Raises OSError, ConfigurationError ``json-…``."""
    return cast("Mapping[str, object]", strict_json.loads_object(path.read_bytes(), strict_json.DOCUMENT))
