"""Usage policies: read, written, evaluated with reasons, compared, made from templates. Pure; loads no network code."""

from renkei.policy.compare import Comparison, Difference, policy_hash, same_terms, spelled_out
from renkei.policy.containment import Burden, Relation, Side, Subject, Verdict, Witness, compare
from renkei.policy.contrast import explain_difference
from renkei.policy.decision import Decision, Outcome
from renkei.policy.evaluate import CompiledPolicy, compile_policy, evaluate
from renkei.policy.explanation import Reason
from renkei.policy.findings import Finding, FindingCode, Severity
from renkei.policy.inheritance import inherited
from renkei.policy.lint import lint
from renkei.policy.model import (
    COUNTERSIGNATURE,
    SIGNATURE,
    TEMPLATE,
    Atomic,
    Connective,
    Constraint,
    Logical,
    Operator,
    Policy,
    PolicyKind,
    Rule,
)
from renkei.policy.operand import Datatype, Enforcement, Operand, Registry, Source, operand
from renkei.policy.operands import STANDARD
from renkei.policy.profiles import CATENA_X_1_2, PLAIN_DSP, WireProfile, demand_carried, profile_of
from renkei.policy.read import read_agreement, read_offer, read_set
from renkei.policy.semantics import BY_ACTION, EVENTUAL, PRE, Semantics
from renkei.policy.templates import Template, instantiate, read_template, template_of
from renkei.policy.truth import Truth
from renkei.policy.w3c import read_w3c
from renkei.policy.wording import ReasonCode
from renkei.policy.world import DutyState, Fact, Facts, Performed, Phase, Request
from renkei.policy.write import write_agreement, write_offer, write_set

__all__ = [
    "BY_ACTION",
    "CATENA_X_1_2",
    "COUNTERSIGNATURE",
    "EVENTUAL",
    "PLAIN_DSP",
    "PRE",
    "SIGNATURE",
    "STANDARD",
    "TEMPLATE",
    "Atomic",
    "Burden",
    "Comparison",
    "CompiledPolicy",
    "Connective",
    "Constraint",
    "Datatype",
    "Decision",
    "Difference",
    "DutyState",
    "Enforcement",
    "Fact",
    "Facts",
    "Finding",
    "FindingCode",
    "Logical",
    "Operand",
    "Operator",
    "Outcome",
    "Performed",
    "Phase",
    "Policy",
    "PolicyKind",
    "Reason",
    "ReasonCode",
    "Registry",
    "Relation",
    "Request",
    "Rule",
    "Semantics",
    "Severity",
    "Side",
    "Source",
    "Subject",
    "Template",
    "Truth",
    "Verdict",
    "WireProfile",
    "Witness",
    "compare",
    "compile_policy",
    "demand_carried",
    "evaluate",
    "explain_difference",
    "inherited",
    "instantiate",
    "lint",
    "operand",
    "policy_hash",
    "profile_of",
    "read_agreement",
    "read_offer",
    "read_set",
    "read_template",
    "read_w3c",
    "same_terms",
    "spelled_out",
    "template_of",
    "write_agreement",
    "write_offer",
    "write_set",
]
