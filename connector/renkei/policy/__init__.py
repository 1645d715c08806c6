"""Usage policies: read, written, evaluated with reasons, compared, made from templates. Pure; loads no network code."""

from renkei.policy.compare import Comparison, Difference, policy_hash, same_terms, spelled_out
from renkei.policy.decision import Decision, Fact, Facts, Outcome, Reason, ReasonCode, Request, Truth
from renkei.policy.evaluate import evaluate
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
from renkei.policy.read import read_agreement, read_offer, read_set
from renkei.policy.templates import Template, instantiate, read_template, template_of
from renkei.policy.write import write_agreement, write_offer, write_set

__all__ = [
    "COUNTERSIGNATURE",
    "SIGNATURE",
    "TEMPLATE",
    "Atomic",
    "Comparison",
    "Connective",
    "Constraint",
    "Decision",
    "Difference",
    "Fact",
    "Facts",
    "Logical",
    "Operator",
    "Outcome",
    "Policy",
    "PolicyKind",
    "Reason",
    "ReasonCode",
    "Request",
    "Rule",
    "Template",
    "Truth",
    "evaluate",
    "instantiate",
    "policy_hash",
    "read_agreement",
    "read_offer",
    "read_set",
    "read_template",
    "same_terms",
    "spelled_out",
    "template_of",
    "write_agreement",
    "write_offer",
    "write_set",
]
