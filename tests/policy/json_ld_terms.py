"""What became of the members and references of a document of ours when JSON-LD expanded it."""

from __future__ import annotations

from collections import Counter

from renkei.policy.terms import CONTEXT, expand


def members_of(document):
    """Every member of a document of ours, by the IRI that it should have; ``None`` where it has none."""
    if isinstance(document, list):
        return Counter(iri for item in document for iri in members_of(item).elements())
    if not isinstance(document, dict) or "@value" in document:
        return Counter()
    found = Counter(CONTEXT.get(name) or expand(name) or name for name in document if not name.startswith("@"))
    for value in document.values():
        found += members_of(value)
    return found


def references_of(expanded):
    """What actions, left operands and references became."""
    if isinstance(expanded, list):
        return [text for item in expanded for text in references_of(item)]
    if not isinstance(expanded, dict):
        return []
    own = [expanded["@id"]] if set(expanded) == {"@id"} else []
    return own + [text for name, item in expanded.items() if name != "@id" for text in references_of(item)]
