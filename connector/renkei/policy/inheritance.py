"""A policy with what it inherits put in: the rules of its parents, and of theirs, behind its own.

A policy that names parents (``odrl:inheritFrom``) and does not hold their rules permits nothing: part of it is missing.
What must hold before they are put in:

1. Every parent is given, and is the policy that it is given as.
2. Nobody is his own ancestor.
3. A child claims the profiles of its parents, and perhaps more.
4. Conflicts are settled alike on both sides, or only on one: ODRL leaves the merging of two strategies open.
5. What a parent says of its target and parties is said of its own rules, and not of the child's; where it says
   nothing, what the child says holds for them too.
6. It stays within the limits of a policy.

Other members of parents (their names and seals) are theirs alone.

Errors: PolicyError ``policy-inheritance``. Source: ODRL 2.2 Information Model, section 2.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from renkei.policy.deciding.meaning import CONFLICT, INHERIT_FROM
from renkei.policy.model import Policy, Rule
from renkei.policy.problems import INHERITANCE
from renkei.policy.read import MOST_RULES
from renkei.policy.terms import ODRL, expand

_FREE: Final = frozenset({INHERIT_FROM, CONFLICT})


def inherited(policy: Policy, parents: Mapping[str, Policy]) -> Policy:
    """The policy without ``inheritFrom``, with the rules of all its ancestors. ``parents``: by id."""
    names = parents_of(policy)
    if not names:
        return policy
    line, conflict = _ancestors(policy, parents), _strategy(policy)
    for parent in line:
        if not set(parent.profiles) <= set(policy.profiles):  # 3
            raise INHERITANCE(policy=policy.id, cause=f"{parent.id} follows profiles that its heir does not claim")
        foreign = [name for name in parent.extensions if _is_foreign(expand(name) or name)]
        if foreign:
            raise INHERITANCE(policy=policy.id, cause=f"{foreign[0]} of {parent.id} is not understood")
        theirs = _strategy(parent)
        if conflict and theirs and theirs != conflict:  # 4
            raise INHERITANCE(policy=policy.id, cause="it and its parents settle conflicts in different ways")
        conflict = conflict or theirs
    extensions = {name: value for name, value in policy.extensions.items() if expand(name) not in _FREE}
    together = replace(
        policy,
        permission=(*policy.permission, *(_whole(rule, one) for one in line for rule in one.permission)),
        prohibition=(*policy.prohibition, *(_whole(rule, one) for one in line for rule in one.prohibition)),
        obligation=(*policy.obligation, *(_whole(rule, one) for one in line for rule in one.obligation)),
        extensions=extensions | ({CONFLICT: {"@id": conflict}} if conflict else {}),
    )
    if len(together.permission) + len(together.prohibition) + len(together.obligation) > MOST_RULES:  # 6
        raise INHERITANCE(policy=policy.id, cause=f"with its parents it has more than {MOST_RULES} rules")
    return together


def parents_of(policy: Policy) -> tuple[str, ...]:
    """The ids of the policies that a policy inherits from."""
    value = _of(policy, INHERIT_FROM)
    if value is None:
        return ()
    listed = value if isinstance(value, list | tuple) else [value]
    named = [item.get("@id") if isinstance(item, Mapping) else item for item in listed]
    texts = tuple(name for name in named if isinstance(name, str) and name)
    if len(texts) < len(named):
        raise INHERITANCE(policy=policy.id, cause="a parent is not named by its id")
    return texts


def _ancestors(policy: Policy, parents: Mapping[str, Policy]) -> list[Policy]:
    """All of them, each once, a parent before his own."""
    found: dict[str, Policy] = {}
    line, left = [policy.id], [iter(parents_of(policy))]
    while left:
        name = next(left[-1], None)
        if name is None:
            line.pop()
            left.pop()
        elif name in line:  # 2
            raise INHERITANCE(policy=policy.id, cause=" → ".join((*line[line.index(name) :], name)))
        elif name not in found:
            parent = parents.get(name)
            if parent is None or parent.id != name:  # 1
                raise INHERITANCE(policy=policy.id, cause=f"the parent {name} is not there")
            found[name] = parent
            if len(found) > MOST_RULES:  # 6
                raise INHERITANCE(policy=policy.id, cause=f"it has more than {MOST_RULES} ancestors")
            line.append(name)
            left.append(iter(parents_of(parent)))
    return list(found.values())


def _whole(rule: Rule, parent: Policy) -> Rule:
    """Point 5."""
    return replace(
        rule,
        target=rule.target or parent.target,
        assigner=rule.assigner or parent.assigner,
        assignee=rule.assignee or parent.assignee,
    )


def _strategy(policy: Policy) -> str:
    """The IRI of how a policy settles conflicts; empty where it does not say."""
    value = _of(policy, CONFLICT)
    text = value.get("@id") if isinstance(value, Mapping) else value
    if value is not None and not isinstance(text, str):  # 4
        raise INHERITANCE(policy=policy.id, cause="how it settles conflicts is not told by a name")
    return (expand(text) or text) if isinstance(text, str) else ""


def _of(policy: Policy, iri: str) -> object:
    return next((value for name, value in policy.extensions.items() if expand(name) == iri), None)


def _is_foreign(iri: str) -> bool:
    return iri.startswith(ODRL) and iri not in _FREE
