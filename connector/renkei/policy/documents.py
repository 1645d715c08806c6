"""A policy as somebody has it at hand, whatever kind it is and under which context it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from renkei.kernel.strict_json import kind_of
from renkei.policy.model import Policy
from renkei.policy.problems import MALFORMED
from renkei.policy.read import read_agreement, read_offer, read_set
from renkei.policy.terms import ODRL
from renkei.policy.w3c import read_w3c
from renkei.policy.w3c_terms import W3C_CONTEXT

UNNAMED: Final = "urn:renkei:policy"


def read_document(document: object) -> Policy:
    """A Set, Offer or Agreement; without an id, without a type (an offer then) or a target; also in the W3C's spelling.

    Raises PeerError ``policy-…``.
    """
    if not isinstance(document, Mapping):
        raise MALFORMED(path="policy", expected="an object", found=kind_of(document))
    if _is_w3c(document):
        return read_w3c(document)
    named = {
        "@id": UNNAMED,
        "@type": "Offer",
        **{name: value for name, value in document.items() if name != "@context"},
    }
    kind = named["@type"]
    if isinstance(kind, str):
        named["@type"] = kind.removeprefix(ODRL).removeprefix("odrl:")
    match named["@type"]:
        case "Agreement":
            return read_agreement(named)
        case "Set":
            return read_set(named)
        case _:
            return read_offer(named, in_catalog="target" not in named)


def _is_w3c(document: Mapping[object, object]) -> bool:
    context = document.get("@context")
    listed = context if isinstance(context, list | tuple) else (context,)
    return W3C_CONTEXT in listed or "uid" in document
