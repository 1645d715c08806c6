"""When new figures may be told, and of how many suppliers each must be made: what both sides have agreed on.

Windows open at fixed points of the calendar, not some time after a change, so that the time of a record tells nothing:
whole months count from the beginning of the year, days from Monday, 5 January 1970. What must hold before a record is
told under these rules (``demand_release``):

1. it is the first one, or a window has opened since the last one;
2. at least ``changes`` contributions (suppliers' shares, and ours as one) differ from the last one;
3. each figure, stage or total, has the shares of no supplier in it or of at least ``contributors``;
4. against each record told before, each figure differs by the shares of no supplier or of at least ``contributors``;
5. all that was told, taken together, determines no supplier's share (``leakage``);
6. the ratings in it are coarse (``footprint.coarse_ratings``).

Suppliers are counted, not components, and we are not one of them: a customer may know our own figures.

Source: METI's trade-secret principles (営業秘密); minimum frequency rule of statistical disclosure control.
Raises PolicyError ``disclosure-not-yet``, ``disclosure-too-few-contributors``, ``disclosure-supplier-determined``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from renkei.battery.disclosure.disclosure_problems import DETERMINED, NOT_YET, RULES_UNREADABLE, TOO_FEW
from renkei.battery.disclosure.leakage import determined
from renkei.battery.disclosure.releases import Release, changed, contributing
from renkei.battery.footprint.record import Stage
from renkei.kernel.instants import render

_YEAR: Final = 12
_FIRST_MONDAY: Final = datetime(1970, 1, 5, tzinfo=UTC)
_FIGURES: Final = (*((stage.value, (i,)) for i, stage in enumerate(Stage)), ("total", tuple(range(len(Stage)))))


@dataclass(frozen=True, slots=True)
class ReleaseCalendar:
    """When windows open: every ``months`` (a divisor of 12) or every ``days``; neither: always."""

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        """Raises ConfigurationError ``disclosure-rules-unreadable``."""
        if self.months < 0 or self.days < 0 or (self.months and (self.days or self._past_year())):
            cause = f"{self.months} months and {self.days} days are no part of a year, nor days alone"
            raise RULES_UNREADABLE(cause=cause)

    def _past_year(self) -> bool:
        return bool(_YEAR % self.months if self.months <= _YEAR else self.months % _YEAR)

    def opens_after(self, last: datetime) -> datetime:
        """The first opening after an instant; that instant itself where windows are always open."""
        if self.months:
            counted = (last.year * _YEAR + last.month - 1) // self.months * self.months + self.months
            return datetime(counted // _YEAR, counted % _YEAR + 1, 1, tzinfo=UTC)
        if self.days:
            step = timedelta(days=self.days)
            return _FIRST_MONDAY + ((last - _FIRST_MONDAY) // step + 1) * step
        return last


@dataclass(frozen=True, slots=True)
class ReleaseRules:
    """What an agreement says of how figures are told; the default says nothing."""

    contributors: int = 1
    changes: int = 1
    calendar: ReleaseCalendar = ReleaseCalendar()

    @property
    def count_contributors(self) -> bool:
        """Whether there is a rule about contributors at all."""
        return self.contributors > 1

    def strictest(self, other: ReleaseRules) -> ReleaseRules:
        """What keeps both."""
        mine, theirs = self.calendar, other.calendar
        later = max(mine, theirs, key=lambda calendar: calendar.months * 31 + calendar.days)
        return ReleaseRules(max(self.contributors, other.contributors), max(self.changes, other.changes), later)


@dataclass(frozen=True, slots=True)
class Told:
    """A release and when it was made."""

    at: datetime
    release: Release


def due_time(rules: ReleaseRules, last: datetime | None, now: datetime) -> datetime:
    """When something new may be told, at the earliest (1): what waits for a window goes out then, not at random."""
    return now if last is None else max(now, rules.calendar.opens_after(last))


def demand_release(
    rules: ReleaseRules, told: Sequence[Told], new: Release, now: datetime, *, part: str, partner: str
) -> None:
    """Go on only with what the rules let out now."""
    if told:
        _demand_window(rules, told[-1], new, now, part=part, partner=partner)
    if not rules.count_contributors:
        return
    for name, stages in _FIGURES:
        found = len(contributing(new, stages))
        if 0 < found < rules.contributors:  # 3
            raise TOO_FEW(part=part, figure=name, least=rules.contributors, found=found, partner=partner)
        for before in told:
            found = len(changed(before.release, new, stages))
            if 0 < found < rules.contributors:  # 4
                figure = f"the change of {name} since {render(before.at)}"
                raise TOO_FEW(part=part, figure=figure, least=rules.contributors, found=found, partner=partner)
    finding = determined([*(each.release for each in told), new])
    if finding is not None:  # 5
        raise DETERMINED(part=part, partner=partner, figure=finding.figure.value)


def _demand_window(rules: ReleaseRules, last: Told, new: Release, now: datetime, *, part: str, partner: str) -> None:
    opens = rules.calendar.opens_after(last.at)
    if now < opens:  # 1
        raise NOT_YET(part=part, partner=partner, opens=render(opens), cause="the window is closed", cause_ja="期間外")
    count = len(_differing(last.release, new))
    if count < rules.changes:  # 2
        cause, cause_ja = f"{count} of {rules.changes} changes", f"変更{count}件(必要{rules.changes}件)"
        raise NOT_YET(part=part, partner=partner, opens=render(opens), cause=cause, cause_ja=cause_ja)


def _differing(before: Release, after: Release) -> list[tuple[str, str]]:
    """The contributions that are not what they were; ours, of all stages together, is one."""
    one, other = before.by_supply(), after.by_supply()
    nothing = tuple(Fraction(0) for _ in Stage)
    moved = [
        supply
        for supply in sorted(one.keys() | other.keys())
        if (one[supply].stages if supply in one else nothing) != (other[supply].stages if supply in other else nothing)
    ]
    return [*moved, *([("", "")] if before.own != after.own else [])]
