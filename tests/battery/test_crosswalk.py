"""The crosswalk of part numbers: which number on which day at which plant, tables in and out, and what is proposed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.battery.parts.crosswalk import (
    TABLE,
    PartLink,
    TradeSide,
    demand_one_number,
    number_of,
    parts_of,
    read_links,
)
from renkei.battery.parts.likeness import Called, Candidates, Likeness, plain
from renkei.kernel.problems import ConfigurationError

DAY = date(2026, 11, 22)
HEAD = "part,partner,side,number,plant,from,until\n"


def link(number="N-1", part="P-1", side=TradeSide.SUPPLIER, partner="did:web:s.example", **how):
    return PartLink(part=part, partner=partner, side=side, number=number, **how)


def test_a_link_holds_on_its_first_and_on_its_last_day_and_not_beside_them():
    one = link(start=date(2026, 4, 1), until=date(2027, 3, 31))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2027, 3, 31), date(2027, 4, 1)]
    assert [one.holds(day) for day in days] == [False, True, True, False]


def test_the_number_for_a_plant_goes_before_the_one_for_all():
    links = [link("ALL"), link("OSAKA", plant="Osaka")]
    assert [number_of(links, DAY, plant) for plant in ("Osaka", "Nagoya", "")] == ["OSAKA", "ALL", "ALL"]
    assert number_of([link("OSAKA", plant="Osaka")], DAY, "Nagoya") is None


def test_numbers_follow_each_other_in_time():
    links = [link("OLD", until=date(2026, 12, 31)), link("NEW", start=date(2027, 1, 1))]
    for each in links:
        demand_one_number(each, links)
    assert [number_of(links, day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == ["OLD", "NEW"]


def test_a_supplier_has_one_number_for_a_component_on_a_day_at_a_plant():
    with pytest.raises(ConfigurationError, match="crosswalk-overlap"):
        demand_one_number(link("NEW", start=date(2026, 12, 31)), [link("OLD", until=date(2026, 12, 31))])
    demand_one_number(link("NEW", plant="Osaka"), [link("OLD")])
    demand_one_number(link("NEW", until=date(2027, 1, 1)), [link("NEW")])


def test_a_customer_may_have_many_numbers_for_a_part_and_one_number_for_many_parts():
    links = [link("Z", part=part, side=TradeSide.CUSTOMER) for part in ("P-2", "P-1")]
    demand_one_number(links[0], links)
    assert parts_of(links, DAY) == ("P-1", "P-2")
    assert parts_of([link("Z", part="P-1", until=date(2026, 1, 1))], DAY) == ()


def test_a_table_is_read_line_by_line():
    text = "\ufeffside;number;part;partner;until\nsupplier;Ｎ-１;P-1;cell maker;2026-12-31\n\ncustomer;Z;P-1;oem;\n"
    first, second = read_links(text)
    assert (first.number, first.side, first.until, first.start) == (
        "Ｎ-１",
        TradeSide.SUPPLIER,
        date(2026, 12, 31),
        None,
    )
    assert (second.partner, second.side, second.plant, second.at) == ("oem", TradeSide.CUSTOMER, "", "line 4")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "crosswalk-csv-broken"),
        ("part,partner,number\n", "crosswalk-csv-broken"),
        (HEAD + "P,did:x,supplier\n", "crosswalk-csv-broken"),
        (HEAD + 'P,did:x,"supplier\n', "crosswalk-csv-broken"),
        ("part,part,partner,side,number\n", "crosswalk-csv-broken"),
        (HEAD + "P,did:x,friend,N,,,\n", "battery-input-field-malformed"),
        (HEAD + "P,did:x,supplier,,,,\n", "battery-input-field-missing"),
        (HEAD + "P,did:x,supplier,N,,soon,\n", "battery-input-field-malformed"),
        (HEAD + "P,did:x,supplier,N,,2026-02-30,\n", "battery-input-field-malformed"),
        (HEAD + "P,did:x,supplier,N\x07,,,\n", "battery-input-field-malformed"),
        (HEAD + "P,did:x,supplier,N,,2026-02-02,2026-02-01\n", "crosswalk-period"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(text, code):
    with pytest.raises(ConfigurationError) as caught:
        list(read_links(text))
    assert caught.value.code == code


WORD = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip() and text
)
LINKS = st.builds(
    PartLink,
    part=WORD,
    partner=WORD,
    side=st.sampled_from(TradeSide),
    number=WORD,
    plant=WORD | st.just(""),
    start=st.none() | st.dates(max_value=date(2020, 1, 1)),
    until=st.none() | st.dates(min_value=date(2020, 1, 1)),
)


@given(st.lists(LINKS, max_size=5))
def test_what_is_written_is_read_back(links):
    assert list(read_links(TABLE.write(each.row() for each in links))) == links


@given(LINKS, LINKS, st.dates())
def test_two_links_meet_wherever_both_hold(one, other, day):
    if one.holds(day, one.plant) and other.holds(day, other.plant):
        assert one.meets(other)
        assert other.meets(one)


@pytest.mark.parametrize(
    ("wanted", "reasons", "score"),
    [
        (Called("ab 001234/c"), (Likeness.SAME_NUMBER,), 100),
        (Called("ＡＢ－００１２３４Ｃ"), (Likeness.SAME_NUMBER,), 100),
        (Called("AB-001234C-R2"), (Likeness.SAME_BEGINNING,), 70),
        (Called("AB-0012"), (Likeness.SAME_BEGINNING,), 70),
        (Called("X", "Cathode active material"), (Likeness.SAME_NAME,), 80),
        (Called("X", "cathode active material NMC"), (Likeness.SIMILAR_NAME,), 79),
        (Called("AB001234C", "Cathode active-material"), (Likeness.SAME_NUMBER, Likeness.SAME_NAME), 100),
    ],
)
def test_a_proposal_tells_its_reasons(wanted, reasons, score):
    candidates = Candidates([Called("AB-001234-C", "Cathode Active Material"), Called("ZZ-9", "Housing, die cast")])
    (proposal,) = candidates.like(wanted)
    assert (proposal.number, proposal.reasons, proposal.score) == ("AB-001234-C", reasons, score)


def test_zeros_before_a_number_are_a_reason_of_their_own():
    (proposal,) = Candidates([Called("00012345")]).like(Called("12345"))
    assert (proposal.reasons, proposal.score) == ((Likeness.SAME_WITHOUT_ZEROS,), 90)


def test_nothing_is_proposed_where_nothing_speaks_for_it():
    candidates = Candidates([Called("AB-12", "Bolt"), Called("---", "")])
    for wanted in (Called("AB-13"), Called("!!"), Called("", ""), Called("XY", "Nut")):
        assert candidates.like(wanted) == ()


def test_the_strongest_come_first_and_no_more_than_asked_for():
    candidates = Candidates([Called(f"AB-1234{index}") for index in range(9)] + [Called("AB 1234")])
    found = candidates.like(Called("ab1234"), most=3)
    assert [proposal.number for proposal in found] == ["AB 1234", "AB-12340", "AB-12341"]


@given(st.text(max_size=30))
def test_reading_as_people_do_is_done_once(text):
    assert plain(plain(text)) == plain(text)
