"""A policy at hand is read whatever kind it is, and under whichever context it was written."""

from __future__ import annotations

import pytest
from policy_strategies import agreement, rule

from renkei.kernel.problems import RenkeiError
from renkei.policy.documents import UNNAMED, read_document
from renkei.policy.model import PolicyKind

W3C = "http://www.w3.org/ns/odrl.jsonld"


@pytest.mark.parametrize(
    ("document", "kind", "name"),
    [
        ({"permission": [rule()]}, PolicyKind.OFFER, UNNAMED),
        (
            {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "permission": [rule()]},
            PolicyKind.OFFER,
            UNNAMED,
        ),
        ({"@type": "Set", "@id": "urn:s", "permission": [rule()]}, PolicyKind.SET, "urn:s"),
        ({"@type": "odrl:Offer", "target": "urn:d", "permission": [rule()]}, PolicyKind.OFFER, UNNAMED),
        (agreement(rule()), PolicyKind.AGREEMENT, "urn:agreement:1"),
        (
            {"@context": W3C, "@type": "Set", "uid": "urn:w", "permission": [{"action": "use", "target": "urn:d"}]},
            PolicyKind.SET,
            "urn:w",
        ),
        (
            {"@type": "Set", "uid": "urn:w", "permission": [{"action": "use", "target": "urn:d"}]},
            PolicyKind.SET,
            "urn:w",
        ),
    ],
)
def test_every_kind_of_document_is_read(document, kind, name):
    policy = read_document(document)
    assert (policy.kind, policy.id) == (kind, name)
    assert [item.action for item in policy.permission] == ["use"]


@pytest.mark.parametrize(
    "document", [None, 5, "x", [], {"@type": 5}, {"@type": "Ticket"}, {"permission": "x"}, {"@context": [{}]}]
)
def test_what_is_no_policy_is_refused(document):
    with pytest.raises(RenkeiError) as caught:
        read_document(document)
    assert caught.value.code.startswith("policy-")
