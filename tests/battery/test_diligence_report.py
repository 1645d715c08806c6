from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest
from test_diligence_matrix import FLAG, NAMES, OF_D, D, chain, published

from renkei.battery.diligence.report import report_of
from renkei.battery.diligence.report_page import page_of
from renkei.kernel import jcs

MADE = date(2026, 11, 22)


def test_each_statement_leads_back_to_its_evidence(codes):
    calculation, _ = published(codes, OF_D)
    report = report_of(calculation, codes, made=MADE)
    (cobalt,) = report["minerals"]
    by_step = {step["step"]: step for step in cobalt["steps"]}
    assert by_step["4"]["evidence"] == [
        {
            "step": "4",
            "kind": "scheme",
            "reference": "audit report",
            "risk": "child_labour",
            "scheme": "RMAP",
            "issued": "2025-12-31",
            "expires": "2026-12-31",
            "reviewed": "2026-01-15",
        }
    ]
    assert by_step["4"]["expires"] == "2026-12-31"
    assert by_step["1"]["evidence"] == []
    assert (report["made"], report["matrix"]["cells"], report["suppliersSilent"]) == ("2026-11-22", 180, 0)


def test_the_report_of_the_car_maker_names_no_supplier(codes):
    calculation, _ = chain(codes, silent=True)
    report = report_of(calculation, codes, made=MADE)
    assert report["suppliersSilent"] == 1
    text = jcs.canonical(report).decode() + page_of(report, "ja") + page_of(report, "en")
    assert [name for name in NAMES if name in text] == []


class Tags(HTMLParser):
    """Every opened element is closed, and nothing comes from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize(("language", "word"), [("en", "Share of the mass"), ("ja", "質量割合")])
def test_the_page_is_whole_in_both_languages(codes, language, word):
    calculation, _ = chain(codes, alerts={("cobalt", D): [FLAG]})
    page = page_of(report_of(calculation, codes, made=MADE), language)
    tags = Tags()
    tags.feed(page)
    assert (tags.open, tags.links) == ([], [])
    assert "default-src 'none'" in page  # a browser fetches and runs nothing
    assert word in page
    assert "red-flag cobalt 2026-11-22" in page
    assert page.count("<td") > 180


def test_the_page_shows_what_people_wrote_as_text(codes):
    statement = OF_D | {"grievance": "<script>alert(1)</script>"}
    calculation, _ = published(codes, statement)
    page = page_of(report_of(calculation, codes, made=MADE))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_evidence_is_numbered_and_listed(codes):
    calculation, _ = published(codes, OF_D)
    page = page_of(report_of(calculation, codes, made=MADE))
    assert "[1] (until 2026-12-31)" in page
    assert "[1] scheme · audit report · child_labour · RMAP" in page
    assert "no evidence of our own" in page
