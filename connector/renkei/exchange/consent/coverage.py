"""Which consents cover a use: the one place where that is decided. Pure: time and consents are arguments.

A use is permitted only if all of this holds:

1. it is for at least one purpose, and each of its purposes is one that can be consented to;
2. for each purpose there is a consent that was granted, has begun and has neither ended nor been withdrawn;
3. that consent was given by us to this very partner (or, where we ask for ourselves, by that partner to us), about this
   very dataset or the records of its part;
4. it names the purpose, and is of the purpose's class: a primary consent never covers secondary use, nor the reverse;
5. it covers every field that the dataset holds; what only qualifies another field goes with that one (which record is
   replaced, why, and by what it is made again, with the version; that a gap is estimated, with its count).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.exchange.catalog.purposes import PurposeList
from renkei.exchange.consent.consent_problems import EXPIRED, MISSING, WITHDRAWN
from renkei.exchange.records.consents import ConsentRecord, ConsentState, about_dataset
from renkei.kernel.problems import RenkeiError

_QUALIFIED_BY: Final[Mapping[str, frozenset[str]]] = {
    "/version": frozenset(
        {"/supersedes", "/cause", "/calculation/ruleSet", "/calculation/engine", "/calculation/inputs"}
    ),
    "/period/start": frozenset({"/validity/start", "/validity/end"}),
    "/secondary/*/value": frozenset({"/secondary/*/region", "/secondary/*/year", "/withheldFactors"}),
    "/gaps/*/count": frozenset({"/gaps/*/estimated"}),
    "/rounding/digits": frozenset({"/rounding/mode"}),
}
_ENDED: Final = ((ConsentState.WITHDRAWN, WITHDRAWN), (ConsentState.EXPIRED, EXPIRED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What somebody wants to use, and for what. ``incoming``: the partner uses it, else we do.

    ``fields``: what the dataset holds, as far as that is known here; ``subjects``: the ref columns under which consents
    are about it.
    """

    dataset: str
    partner: str
    purposes: frozenset[str]
    incoming: bool = True
    fields: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()


def covering(use: Use, consents: Iterable[ConsentRecord], listed: PurposeList, now: datetime) -> list[ConsentRecord]:
    """The consents that cover a use, each once.

    Raises PolicyError ``consent-missing``, ``consent-withdrawn``, ``consent-expired`` for the first purpose that none
    covers.
    """
    wanted = sorted(listed.canonical(use.purposes))
    if not wanted:  # 1
        raise MISSING(dataset=use.dataset, purposes="—")
    subjects = use.subjects or frozenset({about_dataset(use.dataset)})
    ours = [
        consent
        for consent in consents
        if (consent.incoming, consent.partner) == (use.incoming, use.partner) and consent.keys()[2] in subjects  # 3
    ]
    found: dict[str, ConsentRecord] = {}
    for purpose in wanted:
        named = [consent for consent in ours if _fits(consent, purpose, use, listed)]
        live = next((consent for consent in named if consent.live(now)), None)  # 2
        if live is None:
            raise _uncovered(use, purpose, named, now)
        found[live.id] = live
    return list(found.values())


def _fits(consent: ConsentRecord, purpose: str, use: Use, listed: PurposeList) -> bool:
    known = listed.purposes.get(purpose)
    return (
        known is not None  # 1
        and purpose in consent.purposes
        and consent.purpose_class is known.purpose_class  # 4
        and set(use.fields) <= _covered(consent.fields)  # 5
    )


def _covered(fields: Iterable[str]) -> set[str]:
    named = set(fields)
    return named.union(*(_QUALIFIED_BY[name] for name in named & _QUALIFIED_BY.keys()))


def _uncovered(use: Use, purpose: str, named: list[ConsentRecord], now: datetime) -> RenkeiError:
    """The most telling reason: what was taken back goes before what has run out, and that before nothing at all."""
    for state, problem in _ENDED:
        for consent in named:
            if consent.standing(now) is state:
                return problem(consent=consent.consent, dataset=use.dataset, purposes=purpose)
    return MISSING(dataset=use.dataset, purposes=purpose)
