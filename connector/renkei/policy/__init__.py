"""Usage policies (ODRL): read, decided on with reasons, compared, linted, made from templates. Pure; no network code.

Which room tells what:

- **The document:** ``model`` (as written), ``terms`` (what a spelling means), ``read`` and ``write`` (the form on the
  wire), ``w3c``, ``w3c_terms`` and ``w3c_values`` (ODRL's own JSON-LD), ``documents`` (any of them), ``inheritance``,
  ``normal_form`` (the same terms however written, and their hash), ``problems``.
- **What can be asked:** ``operands`` (how one is declared, and those there are), ``values`` (right operands),
  ``world`` (requests, facts, phases), ``attributes`` (short names of what partners hold).
- **deciding:** what a policy means, the steps it is compiled into, decisions with their reasons, duties and their life.
- **explaining:** what would help, what a partner may read, an account for a screen.
- **comparing:** stricter, looser or neither, with a witness.
- **linting:** what is wrong before anybody is offered it.
- **Contracts:** ``templates`` and their ``parameters``, ``profiles`` (what a partner's wire carries), ``admission``
  (whom we talk to).
"""

from renkei.policy.comparing.containment import Burden, Relation, Side, Verdict, Witness, compare
from renkei.policy.comparing.contrast import explain_difference
from renkei.policy.comparing.drawn import Subject
from renkei.policy.deciding.decision import Decision, Outcome
from renkei.policy.deciding.evaluate import CompiledPolicy, compile_policy, evaluate
from renkei.policy.deciding.explanation import Reason
from renkei.policy.deciding.semantics import BY_ACTION, EVENTUAL, PRE, Semantics
from renkei.policy.deciding.truth import Truth
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.inheritance import inherited
from renkei.policy.linting.findings import Finding, FindingCode, Severity
from renkei.policy.linting.lint import lint
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
from renkei.policy.normal_form import Comparison, Difference, policy_hash, same_terms, spelled_out
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Datatype, Enforcement, Operand, Registry, Source, operand
from renkei.policy.profiles import CATENA_X_1_2, PLAIN_DSP, WireProfile, demand_carried, profile_of
from renkei.policy.read import read_agreement, read_offer, read_set
from renkei.policy.templates import Template, instantiate, read_template, template_of
from renkei.policy.w3c import read_w3c
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
