"""The 29 operands of the Catena-X profile 2025/9 under the rules of CX-0152 1.2.0, row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.kernel.problems import RenkeiError
from renkei.policy.deciding.decision import Outcome
from renkei.policy.deciding.evaluate import evaluate
from renkei.policy.deciding.meaning import Flaw, atoms_of, terms_of
from renkei.policy.model import Operator
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Datatype, Enforcement, Source
from renkei.policy.read import read_set
from renkei.policy.terms import CATENA_X
from renkei.policy.world import Fact, Facts, Phase, Request

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NUMBER = "BPNL00000000AB12"
REGIONS = [
    f"cx.region.{name}:1"
    for name in ("all", "europe", "northAmerica", "southAmerica", "africa", "asia", "oceania", "antarctica")
]

# name: the standard's operator, right operands that it allows, one that it does not
TABLE = {
    "Membership": ("eq", ["active"], "suspended"),
    "FrameworkAgreement": ("eq", ["DataExchangeGovernance:1.0"], "Pcf:1.0"),
    "BusinessPartnerNumber": ("isAnyOf", [NUMBER], "BPNS00000000AB12"),
    "BusinessPartnerGroup": ("isNoneOf", ["ecu-suppliers"], "  "),
    "UsagePurpose": ("isAnyOf", ["cx.pcf.base:1", "cx.circular.dpp:1", "PublishDataOnCompanyWebPage"], ""),
    "ContractReference": ("isAllOf", ["ContractID250620197"], ""),
    "AffiliatesRegion": ("isAnyOf", REGIONS, "cx.region.europe"),
    "AffiliatesBpnl": ("isAnyOf", [NUMBER], "BPNL00000000ab12"),
    "ManagedLegalEntityRegion": ("isAnyOf", REGIONS, "Europe"),
    "ManagedLegalEntityBpnl": ("isAnyOf", [NUMBER], NUMBER + "3"),
    "DataFrequency": ("eq", ["cx.dataFrequency.once:1", "cx.dataFrequency.unlimited:1"], "once"),
    "VersionChanges": ("eq", ["cx.versionChanges.minor:1", "cx.versionChanges.major:1"], "cx.versionChanges.minor:2"),
    "ContractTermination": ("eq", ["cx.data.deletion:1", "cx.data.keeping:1"], "cx.data.keeping"),
    "ConfidentialInformationMeasures": ("eq", ["cx.confidentiality.measures:1"], "none"),
    "ConfidentialInformationSharing": (
        "isAnyOf",
        ["cx.sharing.affiliates:1", "cx.sharing.managedLegalEntity:1"],
        "cx.sharing.anybody:1",
    ),
    "ExclusiveUsage": ("eq", ["cx.exclusiveUsage.dataConsumer:1"], "cx.exclusiveUsage.dataProvider:1"),
    "Warranty": (
        "eq",
        ["cx.warranty.none:1", "cx.warranty.contractReference:1", "cx.warranty.dataQualityIssues:1"],
        "cx.warranty.contractEndDate:1",
    ),
    "WarrantyDurationMonths": ("eq", ["6", "120"], "6.5"),
    "WarrantyDefinition": ("eq", ["cx.warranty.contractEndDate:1"], "cx.warranty.none:1"),
    "Liability": ("eq", ["cx.grossNegligence:1", "cx.slightNegligence:1"], "cx.negligence:1"),
    "JurisdictionLocation": ("eq", ["Munich", "大阪"], ""),
    "JurisdictionLocationReference": (
        "eq",
        ["cx.location.dataConsumer:1", "cx.location.contractReference:1"],
        "cx.location.dataProvider:1",
    ),
    "Precedence": ("eq", ["cx.precedence.contractReference:1", "cx.precedence.rcAgreement:1"], "rcAgreement"),
    "DataUsageEndDate": ("eq", ["2027-12-31T23:59:59Z", "2027-12-31T23:59:59+09:00"], "2027-12-31"),
    "DataUsageEndDurationDays": ("eq", ["1", "365"], "0"),
    "DataUsageEndDefinition": ("eq", ["cx.dataUsageEnd.unlimited:1"], "cx.dataUsageEnd.unlimited"),
    "UsageRestriction": (
        "isAllOf",
        [
            "cx.thirdParty.forbidden:1",
            "cx.manipulation.forbidden:1",
            "cx.derivations.forbidden:1",
            "cx.extraordinaryAnalytics.forbidden:1",
            "cx.dataProviderRemoval.forbidden:1",
        ],
        "ExtraordinaryAnalyticsForbiddenRightOperand",
    ),
    "DataProvisioningEndDate": ("eq", ["2027-12-31T23:59:59Z"], "2027-12-31T23:59:59"),
    "DataProvisioningEndDurationDays": ("eq", ["30"], "P30D"),
}
ALSO = {
    "BusinessPartnerNumber": {"isAnyOf", "isNoneOf", "eq", "neq"},
    "BusinessPartnerGroup": {"isAnyOf", "isNoneOf"},
    "UsagePurpose": {"isAnyOf", "eq"},
}
"""Operators beyond the one of the table: the standard's second one, and what partners write for a single value."""
CHECKED = {
    "Membership": Source.FACT,
    "FrameworkAgreement": Source.FACT,
    "BusinessPartnerNumber": Source.FACT,
    "BusinessPartnerGroup": Source.FACT,
    "UsagePurpose": Source.PURPOSES,
    "DataUsageEndDate": Source.CLOCK,
    "DataProvisioningEndDate": Source.CLOCK,
    "DataUsageEndDurationDays": Source.ELAPSED,
    "DataProvisioningEndDurationDays": Source.ELAPSED,
}
PREVENTED = {"Membership", "FrameworkAgreement", "BusinessPartnerNumber", "BusinessPartnerGroup"}


def atom(name, operator, right):
    return {"leftOperand": name, "operator": operator, "rightOperand": right}


def policy(*constraints, prohibition=()):
    document = {"@id": "urn:p", "@type": "Set", "permission": [{"action": "use", "constraint": list(constraints)}]}
    if not constraints:
        del document["permission"][0]["constraint"]
    if prohibition:
        document["prohibition"] = [{"action": "use", "constraint": list(prohibition)}]
    return read_set(document)


def flaw(name, operator, right):
    (rule,) = terms_of(policy(atom(name, operator, right))).permissions
    (found,) = atoms_of(rule.conditions[0])
    return found.flaw


def test_the_registry_has_the_29_operands_of_the_profile_and_no_other():
    assert len(TABLE) == 29
    assert {iri for iri in STANDARD if iri.startswith(CATENA_X)} == {CATENA_X + name for name in TABLE}


@pytest.mark.parametrize("name", TABLE)
def test_each_takes_the_operators_and_right_operands_of_its_row_and_no_others(name):
    operator, allowed, wrong = TABLE[name]
    operators = ALSO.get(name, {operator})
    assert {known.value for known in STANDARD[CATENA_X + name].operators} == operators
    for right in allowed:
        assert flaw(name, operator, right) is flaw(CATENA_X + name, operator, [right]) is None
    assert flaw(name, operator, wrong) is flaw(name, operator, [wrong]) is Flaw.RIGHT
    other = {"eq": "isPartOf", "isAnyOf": "isA", "isAllOf": "eq", "isNoneOf": "isAllOf"}[operator]
    assert flaw(name, other, allowed[0]) is Flaw.OPERATOR
    several = operator != "eq"
    assert flaw(name, operator, [allowed[0], allowed[-1], NUMBER + "x"]) is (
        None if several and name in {"BusinessPartnerGroup", "UsagePurpose", "ContractReference"} else Flaw.RIGHT
    )


@pytest.mark.parametrize("name", TABLE)
def test_each_says_honestly_where_its_value_comes_from_and_how_far_it_is_enforced(name):
    operand = STANDARD[CATENA_X + name]
    assert operand.source is CHECKED.get(name, Source.AGREED)
    ends = {"DataUsageEndDate", "DataUsageEndDurationDays"}
    level = Enforcement.PREVENTIVE if name in PREVENTED else Enforcement.MANAGED if name in ends else None
    assert operand.enforcement is (level or Enforcement.EVIDENTIAL)
    assert operand.opaque is (name not in CHECKED)
    assert operand.en != operand.ja


@pytest.mark.parametrize("name", sorted(TABLE.keys() - CHECKED.keys()))
def test_what_binds_by_being_agreed_to_holds_in_a_permission(name):
    operator, allowed, wrong = TABLE[name]
    request = Request("urn:party", "urn:target")
    assert evaluate(policy(atom(name, operator, allowed[0])), request, Facts(NOW)).outcome is Outcome.PERMIT
    assert evaluate(policy(atom(name, operator, wrong)), request, Facts(NOW)).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("right", "conduct", "outcome"),
    [
        (["cx.thirdParty.forbidden:1"], None, Outcome.PERMIT),
        (["cx.thirdParty.forbidden:1"], "cx.thirdParty.forbidden:1", Outcome.DENY),
        (["cx.thirdParty.forbidden:1"], "cx.derivations.forbidden:1", Outcome.PERMIT),
        (["cx.thirdParty.forbidden:1", "cx.derivations.forbidden:1"], "cx.derivations.forbidden:1", Outcome.DENY),
        (["no such restriction"], None, Outcome.DENY),
    ],
)
def test_each_restriction_forbids_by_itself_a_use_that_is_declared_to_be_so(right, conduct, outcome):
    manner = {} if conduct is None else {CATENA_X + "UsageRestriction": Fact(frozenset({conduct}))}
    restricted = policy(prohibition=[atom("UsageRestriction", "isAllOf", right)])
    request = Request("urn:party", "urn:target", parameters=manner)
    assert evaluate(restricted, request, Facts(NOW)).outcome is outcome


@pytest.mark.parametrize(
    ("right", "region", "outcome"),
    [
        ("cx.region.all:1", "cx.region.asia:1", Outcome.DENY),
        ("cx.region.asia:1", "cx.region.asia:1", Outcome.DENY),
        ("cx.region.europe:1", "cx.region.asia:1", Outcome.PERMIT),
    ],
)
def test_a_prohibition_for_all_regions_speaks_of_each(right, region, outcome):
    restricted = policy(prohibition=[atom("AffiliatesRegion", "isAnyOf", [right])])
    manner = {CATENA_X + "AffiliatesRegion": Fact(frozenset({region}))}
    request = Request("urn:party", "urn:target", parameters=manner)
    assert evaluate(restricted, request, Facts(NOW)).outcome is outcome


@pytest.mark.parametrize(
    ("name", "right", "began", "last"),
    [
        ("DataUsageEndDate", "2027-03-31T23:59:59Z", NOW, datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC)),
        ("DataUsageEndDate", "2027-04-01T08:59:59+09:00", NOW, datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC)),
        ("DataUsageEndDurationDays", "30", NOW, datetime(2026, 12, 22, 9, tzinfo=UTC)),
        (
            "DataUsageEndDurationDays",
            {"@value": "2", "@type": "xsd:integer"},
            NOW - timedelta(days=1),
            datetime(2026, 11, 23, 9, tzinfo=UTC),
        ),
    ],
)
def test_an_end_of_usage_that_passes_turns_a_running_permit_into_a_no(name, right, began, last):
    ends = policy(atom(name, "eq", right))
    request = Request("urn:party", "urn:target", phase=Phase.CONTINUOUS)
    running = evaluate(ends, request, Facts(NOW, began=began))
    after = last + timedelta(microseconds=1)
    assert (running.outcome, running.expires_at) == (Outcome.PERMIT, after)
    assert evaluate(ends, request, Facts(last, began=began)).outcome is Outcome.PERMIT
    over = evaluate(ends, request, Facts(after, began=began))
    assert (over.outcome, over.expires_at) == (Outcome.DENY, None)


def test_days_of_usage_are_not_counted_before_there_is_an_agreement():
    ends = policy(atom("DataUsageEndDurationDays", "eq", "30"))
    asked = [
        evaluate(ends, Request("urn:party", "urn:target", phase=phase), Facts(NOW)).outcome
        for phase in (Phase.NEGOTIATION, Phase.AGREEMENT, Phase.ACCESS)
    ]
    assert asked == [Outcome.DEFER, Outcome.DEFER, Outcome.DENY]


def test_a_partner_that_is_in_no_group_is_in_none_of_those_named():
    outside = policy(atom("BusinessPartnerGroup", "isNoneOf", ["blocked"]))
    request = Request("urn:party", "urn:target")
    for groups, outcome in ((None, Outcome.DENY), ([], Outcome.PERMIT), (["blocked", "gold"], Outcome.DENY)):
        known = {} if groups is None else {CATENA_X + "BusinessPartnerGroup": Fact(frozenset(groups))}
        assert evaluate(outside, request, Facts(NOW, known)).outcome is outcome


# --- the published samples ---------------------------------------------------------------------------------------------

WRONG_IN_PRINT = {"contract-termination-constraint-sample.json": Flaw.RIGHT}
"""``cx.data.keeping`` without its version; the other 28 are right."""
NUMBERS_IN_PRINT = {
    "data-provisioning-end-duration-days-constraint-sample.json",
    "data-usage-end-duration-days-constraint-sample.json",
    "warranty-duration-constraint-sample.json",
}
"""JSON numbers in 2025/9, texts since 1.2.0."""


def test_the_published_samples_are_read_as_the_standard_means_them(shared):
    samples = sorted((shared / "data" / "spec-cx-policy-2025-9" / "samples").glob("*-constraint-sample.json"))
    assert len(samples) == 29
    for path in samples:
        sample = json.loads(path.read_text("utf-8"))
        name, operator, right = (sample[member] for member in ("leftOperand", "operator", "rightOperand"))
        if path.name in NUMBERS_IN_PRINT:
            with pytest.raises(RenkeiError) as caught:
                flaw(name, operator, right)
            assert caught.value.code == "policy-numeric-operand"
            right = str(right)
        assert flaw(name, operator, right) is WRONG_IN_PRINT.get(path.name), path.name


def test_the_schemas_name_the_operands_and_operators_of_the_table(shared):
    folder = shared / "data" / "spec-cx-policy-2025-9" / "constraint"
    named = {}
    for path in folder.glob("*-constraint-schema.json"):
        for definition in json.loads(path.read_text("utf-8"))["definitions"].values():
            members = definition.get("properties", {})
            if "leftOperand" in members:
                operator = members["operator"]
                named[members["leftOperand"]["const"]] = set(operator.get("enum", [operator.get("const")]))
    assert named.keys() == TABLE.keys()
    for name, operators in named.items():
        assert operators <= {known.value for known in STANDARD[CATENA_X + name].operators}, name
        assert TABLE[name][0] in operators


# --- laws --------------------------------------------------------------------------------------------------------------


@given(
    name=st.sampled_from(sorted(TABLE)),
    operator=st.sampled_from([operator.value for operator in Operator]),
    right=st.text(max_size=40) | st.lists(st.text(max_size=20), min_size=1, max_size=3),
    member=st.booleans(),
)
def test_any_text_as_right_operand_ends_in_an_answer_and_permits_only_if_it_can_be_read(name, operator, right, member):
    known = {CATENA_X + "Membership": Fact(frozenset({"active"}))} if member else {}
    request = Request("urn:party", "urn:target", purposes=frozenset({"cx.pcf.base:1"}))
    decision = evaluate(policy(atom(name, operator, right)), request, Facts(NOW, known, began=NOW))
    if flaw(name, operator, right) is not None:
        assert decision.outcome is Outcome.DENY


def test_a_hostile_right_operand_is_looked_at_once():
    hostile = "BPNL" + "0" * 200_000
    assert flaw("BusinessPartnerNumber", "eq", hostile) is Flaw.RIGHT
    assert flaw("UsagePurpose", "eq", hostile) is Flaw.RIGHT
    assert STANDARD[CATENA_X + "AffiliatesRegion"].datatype is Datatype.PART
