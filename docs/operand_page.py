"""The reference page of left operands, read off the registry that policies are evaluated under."""

from __future__ import annotations

from collections.abc import Iterator

from renkei.policy.attributes import ATTRIBUTES
from renkei.policy.operands import STANDARD
from renkei.policy.operands.catenax import CATENA_X_OPERANDS
from renkei.policy.operands.dataspace import DATASPACE_OPERANDS
from renkei.policy.operands.declaration import Datatype, Operand, Source
from renkei.policy.operands.odrl import ODRL_OPERANDS
from renkei.policy.operands.release import RELEASE_OPERANDS
from renkei.policy.world import PHASES

GROUPS = (
    ("ODRL 2.2", "Of the W3C vocabulary, as far as somebody gathers a value.", ODRL_OPERANDS),
    ("Data spaces", "Of the IDS information model, and ours for what has no name there.", DATASPACE_OPERANDS),
    (
        "Release of figures",
        "Ours: how a provider tells new figures, so that nobody works out what single suppliers contribute.",
        RELEASE_OPERANDS,
    ),
    (
        "Catena-X",
        "All 29 of the policy profile 2025/9 under the rules of CX-0152 1.2.0. `eq` of an end means until.",
        CATENA_X_OPERANDS,
    ),
)
SOURCES = {
    Source.CLOCK: "the clock",
    Source.ELAPSED: "the clock, since the agreement",
    Source.PURPOSES: "what the asker declares",
    Source.PARTY: "the asker's id",
    Source.FACT: "what is known",
    Source.MANNER: "the request",
    Source.AGREED: "binds by being agreed to",
    Source.CONDUCT: "the request",
    Source.FUNCTION: "a function",
}
FORMS = {
    Datatype.INSTANT: "an instant with a zone, or a day",
    Datatype.DURATION: "an ISO 8601 duration",
    Datatype.DAYS: "a number of days",
    Datatype.NUMBER: "a decimal",
    Datatype.TEXT: "a text or IRI",
    Datatype.PART: "a text or IRI, which may lie in another",
    Datatype.SCALE: "a level",
}
ABOUT = """
What constraints may ask for. An operand that is not here, an operator not listed for it and a right operand that cannot
be read make a constraint unknown, and what is unknown never permits. *Known from* is the first phase that can tell;
before it a condition is left open and listed. *Enforcement* says honestly how far a constraint can be made sure of:
`preventive`, the provider withholds what is not allowed; `managed`, our connector at the consumer keeps it as well, for
what is read through it; `evidential`, it is agreed, signed and recorded. [Add one of your
own](../how-to/add-an-operand.md).
"""
_MOST_LISTED = 8


def operands_page() -> Iterator[str]:
    """One table a vocabulary, then the short names under which operators speak of partners."""
    assert sum(len(operands) for _, _, operands in GROUPS) == len(STANDARD)
    yield "# Left operands · 左オペランド\n\n"
    yield ABOUT.replace("\n", " ").strip() + "\n"
    for title, about, operands in GROUPS:
        yield f"\n## {title}\n\n{about}\n\n"
        yield "| Operand | What it asks | Value from | Operators | Right operand | Known from | Enforcement |\n"
        yield "| --- | --- | --- | --- | --- | --- | --- |\n"
        yield from (_row(operand) for operand in sorted(operands, key=lambda operand: operand.iri.lower()))
    yield "\n## Attributes of partners\n\n"
    yield "Short names in `[register.NAME]`, `[admission]` and `renkei partner facts`, and the operands they answer.\n"
    yield "\n"
    yield "| Attribute | What | Operands |\n| --- | --- | --- |\n"
    for attribute in ATTRIBUTES.values():
        operands = "<br>".join(f"`{iri}`" for iri in attribute.operands)
        yield f"| `{attribute.name}` | {attribute.en}<br>{attribute.ja} | {operands} |\n"


def _row(operand: Operand) -> str:
    operators = []
    for operator in sorted(operand.operators, key=lambda operator: operator.value):
        meant = operand.means.get(operator)
        operators.append(f"`{operator.value}`" + (f" (as `{meant.value}`)" if meant else ""))
    cells = (
        f"`{operand.iri}`",
        f"{operand.en}<br>{operand.ja}",
        SOURCES[operand.source],
        " ".join(operators),
        _right(operand),
        next(phase.value for phase in PHASES if phase in operand.phases)
        if operand.source is not Source.AGREED
        else "—",
        f"`{operand.enforcement.value}`",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _right(operand: Operand) -> str:
    listed = operand.scale or sorted(operand.allowed or ())
    if listed and len(listed) <= _MOST_LISTED:
        return ", ".join(f"`{value}`" for value in listed)
    return operand.form or FORMS[operand.datatype]
