"""What we refuse although the official JSON Schemas of DSP 2025-1 let it pass: the whole list, each with its reason.

A refusal is known by its code and by where it may happen. Whatever else we refuse, the schemas refuse as well; the
differential test holds that. Nothing here keeps out a message that follows the specification's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from renkei.kernel.problems import RenkeiError


@dataclass(frozen=True, slots=True)
class ExtraRefusal:
    """One reason: the error's code, a pattern for its path (whole), and why."""

    name: str
    code: str
    place: str
    why: str

    def explains(self, error: RenkeiError) -> bool:
        """Whether this error is of that kind."""
        place = str(error.values.get("path", ""))
        return error.code == self.code and re.fullmatch(self.place, place, re.DOTALL) is not None


_POLICY = r"(offer|agreement|.*hasPolicy\[\d+\])"

EXTRA_REFUSALS: Final = (
    ExtraRefusal("context", "wire-unknown-context", "", "other contexts could give the same words other meanings"),
    ExtraRefusal("inner-context", "wire-nested-context", ".*", "as above, hidden further inside"),
    ExtraRefusal(
        "id-form",
        "wire-wrong-form",
        r"(.*(dataAddress|endpointProperties\[\d+\]|distribution\[\d+\])\.)?@id",
        "the schemas leave it open; a repeated message is known by its id",
    ),
    ExtraRefusal("empty-id", "wire-empty-text", r"(.*\.)?@id", "nothing could be named by it"),
    ExtraRefusal("root-type", "wire-missing-member", "@type", "a dataset by itself is known by its type"),
    ExtraRefusal(
        "other-type",
        "wire-wrong-type",
        r"(.*(dataset|distribution|servesDataset)\[\d+\]\.)?@type",
        "the schemas leave the type of a dataset and a distribution open; with another one JSON-LD reads nothing",
    ),
    ExtraRefusal("second-spelling", "wire-second-spelling", ".+", "one member would be there twice, differently"),
    ExtraRefusal(
        "dropped-offer",
        "wire-forbidden-member",
        r"(.*catalog\[\d+\]\.)?distribution\[\d+\]\.hasPolicy",
        "outside a dataset the context does not define it, so JSON-LD would drop the offer",
    ),
    ExtraRefusal("unicode", "wire-broken-text", ".*", "without UTF-8, or with a NUL, nobody could sign or store it"),
    ExtraRefusal("pid", "wire-empty-pid", "(consumer|provider)Pid", "prose 1"),
    ExtraRefusal("callback", "wire-callback-address", "callbackAddress", "prose 2"),
    ExtraRefusal("target", "wire-offer-target", r"offer\.target", "prose 3"),
    ExtraRefusal("timestamp", "wire-agreement-timestamp", r"agreement\.timestamp", "prose 4"),
    ExtraRefusal("whole-timestamp", "policy-malformed", r"agreement\.timestamp", "prose 5"),
    ExtraRefusal("unknown-term", "policy-unknown-term", _POLICY + ".*", "prose 6 and 7; JSON-LD would drop it"),
    ExtraRefusal("hidden-term", "policy-hidden-term", _POLICY + ".*", "plain JSON would miss it, JSON-LD not"),
    ExtraRefusal("empty-array", "policy-empty-array", _POLICY + ".*", "JSON-LD would drop it"),
    ExtraRefusal(
        "operand-in-array",
        "policy-numeric-operand",
        _POLICY + r".*rightOperand\[\d+\]",
        "a bare number would lose its exact type in an array as well",
    ),
    ExtraRefusal("mixed-constraint", "policy-ambiguous-constraint", _POLICY + ".*", "two readings of one constraint"),
    ExtraRefusal("policy-size", "policy-too-large", _POLICY + ".*", "a decision must be bounded"),
    ExtraRefusal(
        "unmodelled-part",
        "policy-malformed",
        _POLICY + r".*\.(target|assigner|assignee|duty|profile|@id|action|leftOperand)(\[\d+\].*)?",
        "a policy's texts are not empty; rules' parties and duties have the form that the context gives them",
    ),
    ExtraRefusal("duty", "policy-missing-member", _POLICY + r".*\.duty\[\d+\]", "a duty without an action"),
    ExtraRefusal(
        "closed-value",
        "policy-malformed",
        _POLICY + r".*(rightOperand.*|:.*|@.*)",
        "values that JSON-LD or a canonical form would change: fractions, large integers, arrays in arrays, null",
    ),
)
"""The named list."""


def explanation(error: RenkeiError) -> ExtraRefusal | None:
    """The row that explains why an error is stricter than the schemas, if one does."""
    return next((row for row in EXTRA_REFUSALS if row.explains(error)), None)
