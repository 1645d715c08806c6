"""Why a request (依頼) stands as it does, for the one who runs this connector: a code and words. Never sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from renkei.battery import Gap
from renkei.exchange.problems import BY_HAND, CIRCLE, GAPS, OTHER_CUSTOMERS, TOO_MANY_REQUESTS, UNKNOWN_PART
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestRecord, RequestState
from renkei.kernel.problems import RenkeiError


def told(cause: RenkeiError) -> str:
    """An error as the reason of a request."""
    return f"{cause.code}: {cause.message()}"


def waits(part: PartRecord | None, name: str, partner: str) -> RenkeiError | None:
    """Why a partner's request for a part is not answered without a hand on it; None: it is."""
    if part is None:
        return UNKNOWN_PART(part=name)
    if not part.automatic:
        return BY_HAND(part=name)
    if part.customers and partner not in part.customers:
        return OTHER_CUSTOMERS(partner=partner, part=name)
    return None


def lacks(gaps: Iterable[Gap], asked: Iterable[RequestRecord], us: str) -> RenkeiError | None:
    """What an answer of ours lacks, and why, as far as what we asked for it shows; None: it lacks nothing."""
    by_supply = {(request.partner, name): request for request in asked for name in (request.part, request.answered_as)}
    missing = dict.fromkeys((gap.part, gap.company) for gap in gaps)
    if not missing:
        return None
    named = [f"{part} of {company} ({_why(part, company, by_supply, us)})" for part, company in missing]
    return GAPS(count=len(named), gaps="; ".join(named))


def _why(part: str, company: str, asked: Mapping[tuple[str, str], RequestRecord], us: str) -> str:
    if company == us:
        return "we have no figures of it"
    request = asked.get((company, part))
    if request is None:
        return "not asked for"
    # What its box said stands within the reason that the request ended with.
    within = (problem.code for problem in (CIRCLE, TOO_MANY_REQUESTS) if problem.code in request.reason)
    said = next(within, request.reason.partition(": ")[0])
    if request.state is RequestState.ANSWERED:
        return said or "its record has gaps, or has run out"
    return ", ".join(word for word in (request.state.value, said) if word)
