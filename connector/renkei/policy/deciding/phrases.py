"""Words for people: what a comparison says, with the operand's name, the operator in words and readable values.

``left`` stays beside the name as it was written, so that nobody has to guess which term is meant. Numbers, texts and
whatever cannot be read are shown as they stand.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from renkei.kernel.instants import parse
from renkei.kernel.problems import RenkeiError
from renkei.policy.deciding.meaning import Atom
from renkei.policy.model import Operator
from renkei.policy.operands.declaration import Datatype
from renkei.policy.terms import ODRL
from renkei.policy.values import Duration, duration

_EN: Final = {
    Operator.EQ: "{left} is {right}",
    Operator.NEQ: "{left} is not {right}",
    Operator.LT: "{left} is less than {right}",
    Operator.LTEQ: "{left} is at most {right}",
    Operator.GT: "{left} is more than {right}",
    Operator.GTEQ: "{left} is at least {right}",
    Operator.IS_ANY_OF: "{left} is one of {right}",
    Operator.IS_NONE_OF: "{left} is none of {right}",
    Operator.IS_ALL_OF: "{left} is all of {right}",
    Operator.IS_A: "{left} is a kind of {right}",
    Operator.IS_PART_OF: "{left} lies within {right}",
    Operator.HAS_PART: "{left} contains {right}",
}
_EN_TIME: Final = _EN | {
    Operator.LT: "{left} is before {right}",
    Operator.LTEQ: "{left} is no later than {right}",
    Operator.GT: "{left} is after {right}",
    Operator.GTEQ: "{left} is no earlier than {right}",
}
_JA: Final = {
    Operator.EQ: "{left} が {right} である",
    Operator.NEQ: "{left} が {right} ではない",
    Operator.LT: "{left} が {right} より小さい",
    Operator.LTEQ: "{left} が {right} 以下である",
    Operator.GT: "{left} が {right} より大きい",
    Operator.GTEQ: "{left} が {right} 以上である",
    Operator.IS_ANY_OF: "{left} が {right} のいずれかである",
    Operator.IS_NONE_OF: "{left} が {right} のいずれでもない",
    Operator.IS_ALL_OF: "{left} が {right} のすべてである",
    Operator.IS_A: "{left} が {right} の一種である",
    Operator.IS_PART_OF: "{left} が {right} に含まれる",
    Operator.HAS_PART: "{left} が {right} を含む",
}
_JA_TIME: Final = _JA | {
    Operator.LT: "{left} が {right} より前である",
    Operator.LTEQ: "{left} が {right} 以前である",
    Operator.GT: "{left} が {right} より後である",
    Operator.GTEQ: "{left} が {right} 以降である",
}
_OF_A_CLOCK: Final = re.compile(r"\.\d{6}")
_WITH_SECONDS: Final = len("09:30:00")
_UNITS: Final = {
    "en": (" years", " months", " days", " hours", " minutes", " seconds"),
    "ja": ("年", "か月", "日", "時間", "分", "秒"),
}


def condition(atom: Atom | None, left: str, operator: str, right: str, language: str) -> str:
    """A comparison as a clause: ``the membership in the data space (Membership) is active``."""
    if atom is None or atom.operand is None:
        return f"{name_of(atom, left, language)} {operator} {right}"
    moments = atom.operand.datatype is Datatype.INSTANT
    if language == "ja":
        words = (_JA_TIME if moments else _JA)[atom.operator]
    else:
        words = (_EN_TIME if moments else _EN)[atom.operator]
    return words.format(left=name_of(atom, left, language), right=value_of(atom, right, language))


def name_of(atom: Atom | None, left: str, language: str) -> str:
    """An operand's name, and the term beside it."""
    if atom is None or atom.operand is None:
        return left
    return f"{atom.operand.ja if language == 'ja' else atom.operand.en} ({left})"


def value_of(atom: Atom | None, text: str, language: str) -> str:
    """A value as one reads it."""
    if atom is None or atom.operand is None:
        return text
    match atom.operand.datatype:
        case Datatype.INSTANT:
            return _moment(text, language)
        case Datatype.DURATION:
            return _lasting(text, language)
        case Datatype.DAYS:
            return _lasting(f"P{text}D", language)
        case _:
            return text


def found_of(atom: Atom | None, found: str, right: str, language: str) -> str:
    """What was found, as one reads it; to the microsecond where nothing else tells it from the right operand."""
    told = value_of(atom, found, language)
    instants = atom is not None and atom.operand is not None and atom.operand.datatype is Datatype.INSTANT
    if instants and found != right and told == value_of(atom, right, language):
        return _moment(found, language, exact=True)
    return told


def moment_of(moment: datetime, language: str) -> str:
    """An instant in UTC: ``2027-03-31 23:59:59 UTC``."""
    return _written(moment.astimezone(UTC).replace(tzinfo=None), "UTC", language)


def action_of(word: str) -> str:
    """An action of ODRL by its name alone."""
    return word.removeprefix(ODRL).removeprefix("odrl:")


def _moment(text: str, language: str, *, exact: bool = False) -> str:
    """An instant in the zone it was written in; a day, and what is no instant, as it stands.

    A fraction of a second is shown where somebody wrote it, and where only a clock did if it must be ``exact``.
    """
    try:
        parse(text)
        moment = datetime.fromisoformat(text)
    except (RenkeiError, ValueError):
        return text
    if _OF_A_CLOCK.search(text) and not exact:
        moment = moment.replace(microsecond=0)
    offset = text[-6:]
    zone = "UTC" if text.endswith("Z") or offset in {"+00:00", "-00:00"} else offset
    return _written(moment.replace(tzinfo=None), zone, language)


def _written(moment: datetime, zone: str, language: str) -> str:
    date = f"{moment.year}年{moment.month}月{moment.day}日" if language == "ja" else moment.date().isoformat()
    clock = moment.time().isoformat()
    clock = clock.removesuffix(":00") if len(clock) == _WITH_SECONDS else clock
    return f"{date} {clock} {zone}"


def _lasting(text: str, language: str) -> str:
    read = duration(text)
    return text if read is None else lasting(read, language)


def lasting(length: Duration, language: str) -> str:
    """A duration in years, months, days and so on."""
    minutes, seconds = divmod(length.time.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    amounts = (*divmod(length.months, 12), length.time.days, hours, minutes, seconds)
    units = _UNITS["ja" if language == "ja" else "en"]
    told = [
        f"{amount}{unit[:-1] if amount == 1 and unit.endswith('s') else unit}"
        for amount, unit in zip(amounts, units, strict=True)
        if amount
    ]
    return ("" if language == "ja" else " ").join(told) or f"0{units[-1]}"
