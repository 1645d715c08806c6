"""The public ODRL suites, oracles that were not made by us: SolidLab's 68 cases and the W3C group's nine examples."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("rdflib")

import formal_semantics_suite
import solidlab_suite
from suite_report import REPORT, turtle

from renkei.policy import EVENTUAL, PRE


@pytest.fixture(scope="session")
def solidlab(shared):
    return solidlab_suite.cases(shared / "data/suite-odrl-solidlab")


@pytest.fixture(scope="session")
def formal(shared):
    return formal_semantics_suite.cases(shared / "data/suite-odrl-formal-semantics")


def test_every_rule_of_the_solidlab_suite_is_as_active_as_expected(solidlab):
    assert len(solidlab) == 68
    assert {case.name: case.answers(case.rules) for case in solidlab} == {case.name: case.rules for case in solidlab}


def test_every_rule_of_the_formal_semantics_is_as_active_and_permits_as_expected(formal):
    assert [case.name for case in formal] == ["A11", "A12", "B11", "B12", "C11", "C12", "C21", "C22", "C23"]
    assert {case.name: case.answers(case.rules) for case in formal} == {case.name: case.rules for case in formal}


def test_what_the_suites_tell_of_the_parts_of_a_rule_is_in_our_explanation(solidlab, formal):
    for case in (*solidlab, *formal):
        assert (case.name, case.answers(case.premises)) == (case.name, case.premises)


def test_the_two_suites_differ_in_when_a_duty_must_be_done(solidlab, formal):
    """SolidLab lets an unfulfilled duty wait, the W3C group does not: hence the two readings."""
    strict = [case.name for case in solidlab if not replace(case, semantics=PRE).agrees]
    lenient = [case.name for case in formal if not replace(case, semantics=replace(EVENTUAL, zone="Z")).agrees]
    assert (strict, lenient) == (["059", "065"], ["C11", "C22"])


def test_the_published_report_is_what_this_run_gives(solidlab, formal):
    """``make conformance`` writes it."""
    assert REPORT.read_text("utf-8") == turtle(solidlab, formal)


def test_the_report_names_what_disagrees(solidlab, formal):
    spoilt = replace(solidlab[0], rules={name: not active for name, active in solidlab[0].rules.items()})
    assert turtle((spoilt, *solidlab[1:]), formal).count("earl:failed") == 1
