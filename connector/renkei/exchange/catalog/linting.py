"""Terms and access policies looked over before they are offered: errors are refused, warnings logged.

Terms must permit ``use`` when data is asked for, and partners must read them as they are meant; an access policy never
leaves the house and must be certain when the catalog is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from renkei.exchange.catalog.catalog_problems import NEVER_PERMIT, NOT_CARRIED, TOO_MANY, UNUSABLE_ACCESS
from renkei.exchange.machine.bounds import MOST_TERMS, MOST_VALUES, is_modest
from renkei.policy.linting.findings import Finding, FindingCode
from renkei.policy.linting.lint import errors, lint, lint_access
from renkei.policy.model import Policy
from renkei.policy.operands.declaration import Registry
from renkei.policy.profiles import profile_of

_log = logging.getLogger(__name__)
_READ_OTHERWISE: Final = frozenset({FindingCode.TOO_LARGE, FindingCode.UNWRITABLE, FindingCode.NOT_CARRIED})


def findings_of(terms: Policy, registry: Registry, now: datetime) -> tuple[Finding, ...]:
    """What lint says of terms that are to be sent, under the wire profile that they claim."""
    return lint(terms, now=now, registry=registry, profile=profile_of(terms), target=terms.target)


def demand_sound(terms: Policy, registry: Registry, now: datetime) -> None:
    """Go on only with terms that can permit something and are read as they are meant; warnings are logged.

    Raises ConfigurationError ``catalog-terms-too-many``, ``catalog-terms-not-carried``, ``catalog-terms-never-permit``.
    """
    if not is_modest(terms):
        raise TOO_MANY(limit=MOST_TERMS, values=MOST_VALUES)
    found = findings_of(terms, registry, now)
    wrong = errors(found)
    if otherwise := [each for each in wrong if each.code in _READ_OTHERWISE]:
        raise NOT_CARRIED(profile=profile_of(terms).name, cause=_told(otherwise), cause_ja=_told(otherwise, "ja"))
    if wrong:
        raise NEVER_PERMIT(cause=_told(wrong), cause_ja=_told(wrong, "ja"))
    _warn("terms are offered in spite of a warning", terms, found)


def demand_usable(access: Policy, registry: Registry, now: datetime) -> None:
    """Go on only with an access policy that can show something to somebody.

    Raises ConfigurationError ``catalog-access-unusable``.
    """
    found = lint_access(access, now=now, registry=registry)
    if wrong := errors(found):
        raise UNUSABLE_ACCESS(cause=_told(wrong), cause_ja=_told(wrong, "ja"))
    _warn("an access policy is used in spite of a warning", access, found)


def _told(found: Sequence[Finding], language: str = "en") -> str:
    return "; ".join(finding.text(language) for finding in found)


def _warn(what: str, policy: Policy, found: Sequence[Finding]) -> None:
    for finding in found:
        _log.warning(what, extra={"policy": policy.id, "code": finding.code.value, "cause": finding.text()})
