"""Declarations: the worked figure, what is missing, whose evidence each figure has, and a page that nothing breaks."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from renkei.battery import FootprintRecord, RuleSet
from renkei.battery.declaration.declaration import declared
from renkei.battery.declaration.facts import DeclarationFacts
from renkei.battery.declaration.figures import FIGURES, DeclarationBasis
from renkei.battery.declaration.form import DeclarationForm
from renkei.battery.declaration.page import page
from renkei.battery.verification.standing import Stated, Verifiable, verification
from renkei.battery.verification.statement import Statement, SubjectKind
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.resources import Kind, resource_bytes, resource_names

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAKER = "did:web:pack.example"
HASH = "sha-256:" + "ab" * 32
ARTICLE_7 = "battery/declaration/eu-2023-1542-article-7.json"
METI = "battery/declaration/meti-footprint-report.json"
FORMS = [name for name in resource_names(Kind.VOCAB) if name.startswith("battery/declaration/")]


def shipped(name: str) -> object:
    return strict_json.loads(resource_bytes(Kind.VOCAB, name))


RULES = RuleSet.from_json(shipped("battery/rules/eu-battery-cfb-2024-draft.json"))
# The worked check: 50 kWh, category M1, 8 years: 50 x 60 x 8 = 24 000 kWh; 2 400 kg / 24 000 kWh = 0.1 kg/kWh.
RECORD = {
    "@type": "FootprintRecord",
    "id": "urn:uuid:r1",
    "version": 3,
    "part": "pack-50",
    "company": MAKER,
    "plant": "plant-1",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "unit": "kgCO2e",
    "stages": {
        "rawMaterialAcquisitionAndPreProcessing": "1800",
        "mainProductProduction": "700",
        "distribution": "20",
        "endOfLifeAndRecycling": "-120",
    },
    "total": "2400",
    "primaryDataShare": "62.5",
    "quality": {"TeR": "1", "GeR": "2", "TiR": "1.5"},
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "secondary": [],
    "gaps": [],
    "ruleSet": RULES.id,
    "rounding": {"digits": 34, "counting": "significant"},
}
FACTS = {
    "@type": "DeclarationFacts",
    "part": "pack-50",
    "model": "RK-50",
    "batteryCategory": "ev",
    "manufacturer": {
        "name": "連携電池 <Renkei> & Co.",
        "address": "1-1 Naraha, Fukushima",
        "contact": "cfp@pack.example",
    },
    "plant": {"id": "plant-1", "name": "Naraha", "address": "Naraha, Fukushima, Japan"},
    "serviceLife": {"category": "M1", "years": "8"},
    "capacity": {"value": "50", "unit": "kilowatt-hour-capacity"},
    "conformityDeclaration": "EU-DoC-2027-001",
    "study": "https://pack.example/studies/rk-50",
}
STATEMENT = {
    "@type": "VerificationStatement",
    "id": "urn:uuid:s1",
    "issuer": "did:web:verifier.example",
    "issued": "2026-11-20T09:00:00Z",
    "validFrom": "2026-11-20T00:00:00Z",
    "validUntil": "2027-11-20T00:00:00Z",
    "subject": {"kind": "footprint-record", "name": "urn:uuid:r1", "company": MAKER, "hash": HASH},
    "scope": "all stages",
    "standard": "ISO 14064-3:2019",
    "assurance": "limited",
    "conclusion": "unmodified",
    "findings": [],
    "evidence": [],
}


def basis(record: dict | None = None, facts: dict | None = None, statements=()) -> DeclarationBasis:
    of = Verifiable(kind=SubjectKind.FOOTPRINT, hash=HASH, company=MAKER)
    stated = [Stated(statement=Statement.from_json(one), hash=HASH, recognised=True) for one in statements]
    return DeclarationBasis(
        record=FootprintRecord.from_json({**RECORD, **(record or {})}),
        record_hash=HASH,
        rules=RULES,
        facts=DeclarationFacts.from_json({**FACTS, **(facts or {})}),
        verification=verification(of, stated, NOW),
    )


def without(*names: str) -> DeclarationFacts:
    return DeclarationFacts.from_json({name: value for name, value in FACTS.items() if name not in names})


def make(of: DeclarationBasis | None = None, form: str = ARTICLE_7, **how: object) -> dict:
    read = DeclarationForm.from_json(shipped(form))
    return declared(of or basis(), read, declaration_id="urn:uuid:d1", issued=NOW, **how)


def lines(declaration: dict) -> dict[str, dict]:
    return {item["id"]: item for item in declaration["items"]}


def test_article_7_has_all_its_points_with_the_worked_figures() -> None:
    found = lines(make())
    assert {name: (found[name]["value"], found[name]["unit"]) for name in EXPECTED} == EXPECTED
    points = {item["point"] for item in found.values() if item["point"].startswith("7(1)")}
    assert points == {f"7(1)({letter})" for letter in "abcdefg"}


PER = "kgCO2e/kilowatt-hour-delivered"
EXPECTED = {
    "footprint": ("0.1", PER),
    "deliveredEnergy": ("24000", "kilowatt-hour-delivered"),
    "stage1": ("0.075", PER),
    "stage2": ("0.02916666666666666666666666666666667", PER),
    "stage3": ("0.0008333333333333333333333333333333333", PER),
    "stage4": ("-0.005", PER),
}


def test_print_is_rounded_and_the_published_figure_stands_beside_it() -> None:
    assert lines(make())["stage2"]["shown"] == "0.02917"
    assert lines(make())["stage3"]["shown"] == "0.0008333"


def test_meti_counts_raw_materials_and_production_together() -> None:
    found = lines(make(form=METI))
    shown = {name: found[name]["value"] for name in ("footprint", "production", "distribution", "endOfLife")}
    assert shown == {"footprint": "2400", "production": "2500", "distribution": "20", "endOfLife": "-120"}
    assert found["footprint"]["unit"] == "kgCO2e/piece"


def test_each_figure_leads_back_to_its_record_and_rules() -> None:
    found = lines(make(basis(statements=[STATEMENT])))
    record = {"kind": "footprint-record", "name": "urn:uuid:r1", "hash": HASH}
    rules = {"kind": "rule-set", "name": RULES.id, "hash": RULES.hash}
    said = {"kind": "company", "name": MAKER}
    assert found["footprint"]["evidence"] == [record, rules, said]
    assert found["primaryDataShare"]["evidence"] == [record]
    assert found["study"]["evidence"] == [said]
    statement = {"kind": "statement", "name": "did:web:verifier.example", "hash": HASH}
    assert (found["verification"]["value"], found["verification"]["evidence"]) == ("verified", [statement])
    assert all(item["evidence"] for item in found.values() if "value" in item and item["id"] != "verification")


def test_what_suppliers_did_not_sign_is_evidence_of_each_footprint_in_percent() -> None:
    declaration = make(replace(basis(), told=Fraction(100, 3)))
    told = {"kind": "unsigned-records", "name": MAKER, "percent": "33.33"}
    shown = {name for name, item in lines(declaration).items() if told in item["evidence"]}
    assert shown == {"footprint", "stage1", "stage2", "stage3", "stage4"}
    for language, words in (("en", "told and did not sign"), ("ja", "署名せずに申告した")):
        listed = page(declaration, language)
        assert (listed.count(words), listed.count("33.33 %")) == (1, 1)
    assert "unsigned-records" not in str(make())


def test_unverified_is_said_so() -> None:
    declaration = make()
    assert lines(declaration)["verification"]["shown"] == "unverified"
    assert declaration["verification"]["status"] == "unverified"


@pytest.mark.parametrize(
    ("record", "left_out", "missing"),
    [
        ({}, ("study",), ["study"]),
        ({}, ("serviceLife",), ["footprint", "deliveredEnergy", "stage1", "stage2", "stage3", "stage4"]),
        ({}, ("capacity",), ["footprint", "deliveredEnergy", "stage1", "stage2", "stage3", "stage4"]),
        ({}, ("manufacturer", "plant"), ["manufacturer", "manufacturerAddress", "plantLocation"]),
        ({}, ("conformityDeclaration", "study"), ["conformityDeclaration", "study"]),
        ({"gaps": [{"part": "**", "company": "**", "count": 2}]}, (), ["suppliers"]),
        ({"gaps": [{"part": "**", "company": "**", "count": 2, "estimated": True}]}, (), []),
        ({"plant": None}, ("plant",), ["plant", "plantLocation"]),
    ],
)
def test_what_lacks_something_is_refused_with_the_list_or_is_a_draft(record, left_out, missing) -> None:
    whole = {name: value for name, value in {**RECORD, **record}.items() if value is not None}
    of = DeclarationBasis(
        record=FootprintRecord.from_json(whole),
        record_hash=HASH,
        rules=RULES,
        facts=without(*left_out),
        verification=basis().verification,
    )
    if missing:
        with pytest.raises(RenkeiError) as caught:
            make(of)
        assert (caught.value.code, caught.value.values["missing"]) == ("declaration-incomplete", ", ".join(missing))
    draft = make(of, draft=True)
    assert (draft["draft"], draft["missing"]) == (True, missing)
    assert "下書き" in page(draft, "ja")
    assert "DRAFT" in page(draft)


@pytest.mark.parametrize(
    ("record", "facts", "code"),
    [
        ({}, {"part": "pack-60"}, "declaration-other-subject"),
        ({}, {"plant": {"id": "plant-2"}}, "declaration-other-subject"),
        ({"ruleSet": "urn:other"}, {}, "declaration-other-subject"),
        ({"calculation": {"ruleSet": "sha-256:0", "engine": "e", "inputs": "i"}}, {}, "declaration-other-subject"),
        ({}, {"serviceLife": {"category": "Z9", "years": "8"}}, "battery-rule-unknown"),
        ({}, {"serviceLife": {"category": "M1", "years": 8}}, "battery-input-number-not-text"),
        ({}, {"seal": "x"}, "battery-input-field-unknown"),
    ],
)
def test_facts_of_something_else_are_refused(record, facts, code) -> None:
    with pytest.raises(RenkeiError) as caught:
        make(basis(record, facts), draft=True)
    assert caught.value.code == code


def test_a_form_that_asks_for_what_there_is_not_is_refused() -> None:
    form = deepcopy(shipped(ARTICLE_7))
    form["items"][0]["value"] = "stars"
    with pytest.raises(RenkeiError) as caught:
        declared(basis(), DeclarationForm.from_json(form), declaration_id="urn:uuid:d1", issued=NOW)
    assert caught.value.code == "declaration-value-unknown"


def test_the_shipped_forms_ask_for_known_figures_and_say_that_they_are_drafts() -> None:
    assert len(FORMS) == 2
    for name in FORMS:
        form = DeclarationForm.from_json(shipped(name))
        assert {item.value for item in form.items} <= FIGURES.keys()
        assert form.status == "draft"


class Tags(HTMLParser):
    """What a browser would see: elements, attributes, texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.text += data


def seen(html: str) -> Tags:
    parser = Tags()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("form", FORMS)
def test_the_page_shows_every_item_and_all_evidence_in_its_language(form, language) -> None:
    declaration = make(basis(statements=[STATEMENT]), form)
    found = seen(page(declaration, language))
    for item in declaration["items"]:
        assert item["label"][language] in found.text
        if "value" in item:
            assert str(item.get("shown", item["value"])) in found.text
    assert {HASH, RULES.hash, MAKER, "連携電池 <Renkei> & Co."} <= {one for one in TOLD if one in found.text}
    assert "DRAFT" not in found.text
    # Nothing is fetched and nothing runs: no element that could.
    allowed = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead", "tbody", "tr"}
    assert set(found.tags) <= allowed | {"th", "td", "ol", "li", "span", "div"}
    assert found.attributes <= {"lang", "charset", "http-equiv", "content", "class", "value", "aria-hidden"}


TOLD = {HASH, RULES.hash, MAKER, "連携電池 <Renkei> & Co."}


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=1>', "</style><b>", "&lt;"])
def test_no_text_becomes_markup(hostile) -> None:
    facts = {"manufacturer": {"name": hostile, "address": hostile, "contact": hostile}, "study": hostile}
    evil = {**STATEMENT, "issuer": hostile}
    found = seen(page(make(basis({"id": hostile}, {**facts, "model": hostile}, [evil]))))
    assert {"script", "img", "b"}.isdisjoint(found.tags)
    assert found.text.count(hostile) >= 6
