"""What a conversion did beyond copying: each entry names the leaf of our record, the place in the dialect, and why.

``leaf`` is a name of ``leaves`` (``stages.distribution``, ``details.productName``), ``path`` a JSON pointer into the
dialect's document; one of them may be empty. ``value`` is what was dropped, put in, or stood there before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

_LONGEST_VALUE: Final = 200


@unique
class Change(Enum):
    """What happened to a value."""

    DROPPED = "dropped"
    DEFAULTED = "defaulted"
    DERIVED = "derived"
    RESCALED = "rescaled"
    ROUNDED = "rounded"


@unique
class Why(Enum):
    """The reason, with its English and Japanese text."""

    NO_PLACE = ("no-place", "the other side has no place for it", "相手側に対応する項目がありません")
    NOT_KNOWN = ("not-known", "a member that the format does not define", "形式に定義のない項目です")
    ONE_ONLY = ("one-only", "only one value can be held", "1つの値しか保持できません")
    DEMANDED = (
        "demanded",
        "a value is demanded; the table's default stands in",
        "必須項目のため表の既定値を入れました",
    )
    CALCULATED = ("calculated", "calculated from other figures", "他の値から計算しました")
    MERGED = ("merged", "stages 1 and 2 are one figure there", "第1・第2段階が1つの値にまとめられています")
    ALL_OWN = (
        "all-own",
        "own and supplied were not told apart; all is stated as own",
        "自社・調達の区別がなく全量を自社分としました",
    )
    ALL_FOSSIL = (
        "all-fossil",
        "what is not told apart is counted as fossil",
        "区別されていない排出を化石由来としました",
    )
    DISAGREES = ("disagrees", "it does not agree with the figures it is made of", "構成する値と一致しません")
    UNIT = ("unit", "counted in another unit", "別の単位で数えました")
    PER_ONE = ("per-one", "stated per one unit", "1単位当たりに換算しました")
    PERCENT = ("percent", "read as percentages of the total", "総量に対する百分率として読みました")
    DIGITS = ("digits", "rounded as the format's rules say", "形式の規定に従って丸めました")
    ENDLESS = ("endless", "has no end in decimals; rounded to 34 digits", "無限小数のため34桁に丸めました")
    WHOLE_DAYS = ("whole-days", "a record counts whole days in UTC", "記録は日単位(UTC)です")
    ELSEWHERE = ("elsewhere", "it stands in the place of another name", "別の名称の項目に記載しました")
    SPELLED = ("spelled", "it is spelled anew", "表記を改めました")
    STATED = ("stated", "stated by whoever takes the document in", "取込時に指定された値です")

    def __init__(self, code: str, en: str, ja: str) -> None:
        self.code = code
        self.en = en
        self.ja = ja


@dataclass(frozen=True, slots=True)
class Loss:
    """One entry of a report."""

    change: Change
    why: Why
    leaf: str = ""
    path: str = ""
    value: str = ""

    def text(self, language: str = "en") -> str:
        """The entry as a line for people."""
        where = " → ".join(name for name in (self.leaf, self.path) if name)
        value = f" ({self.value})" if self.value else ""
        return f"{self.change.value}: {where}{value}: {self.why.ja if language == 'ja' else self.why.en}"

    def to_json(self, language: str = "en") -> dict[str, object]:
        """The plain JSON form."""
        return {
            "change": self.change.value,
            "leaf": self.leaf,
            "path": self.path,
            "value": self.value,
            "why": self.why.code,
            "text": self.text(language),
        }


@dataclass(frozen=True, slots=True)
class LossReport:
    """Everything that a conversion did beyond copying, in the order in which it happened."""

    format: str
    losses: tuple[Loss, ...] = ()

    @property
    def leaves(self) -> frozenset[str]:
        """The leaves of our record that are named."""
        return frozenset(loss.leaf for loss in self.losses if loss.leaf)

    @property
    def paths(self) -> frozenset[str]:
        """The places of the dialect's document that are named."""
        return frozenset(loss.path for loss in self.losses if loss.path)

    def to_json(self, language: str = "en") -> dict[str, object]:
        """The plain JSON form."""
        return {"format": self.format, "losses": [loss.to_json(language) for loss in self.losses]}


@dataclass(slots=True)
class Log:
    """A report while it is written."""

    losses: list[Loss] = field(default_factory=list)
    _told: set[Loss] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._told = set(self.losses)

    def add(self, change: Change, why: Why, *, leaf: str = "", path: str = "", value: object = "") -> None:
        """One entry more; the same is not said twice."""
        text = value if isinstance(value, str) else _shown(value)
        loss = Loss(change, why, leaf, path, text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…")
        if loss not in self._told:  # a set beside the list: a hostile document has tens of thousands of losses
            self._told.add(loss)
            self.losses.append(loss)

    def report(self, format_id: str) -> LossReport:
        """The report so far."""
        return LossReport(format_id, tuple(self.losses))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "; ".join(_shown(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(each)}" for name, each in value.items())
    return str(value)
