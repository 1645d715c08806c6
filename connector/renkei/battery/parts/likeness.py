"""What an unlinked part number may stand for: proposals with their reasons, for a person to take or leave.

Numbers are compared as people read them: full-width signs as plain ones, letters of either case, without the signs that
only divide (``AB-0012/3`` and ``ＡＢ００１２３``), then without leading zeros, then as a beginning (a revision behind
it). Names are compared by the three-letter pieces that they share (Dice's coefficient over trigrams). Nothing here
decides: the same number may well be another part at another company.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

_SHORTEST_BEGINNING: Final = 5  # shorter beginnings are shared by chance
_LEAST_LIKE: Final = 60
_COMMON: Final = (
    500  # a piece in more names than this tells nothing, and would make a search of one name a search of all
)
_PIECE: Final = 3


class Likeness(Enum):
    """Why something is proposed, the strongest reason first."""

    SAME_NUMBER = "same-number"
    SAME_WITHOUT_ZEROS = "same-without-zeros"
    SAME_BEGINNING = "same-beginning"
    SAME_NAME = "same-name"
    SIMILAR_NAME = "similar-name"


_STRENGTH: Final = {
    Likeness.SAME_NUMBER: 100,
    Likeness.SAME_WITHOUT_ZEROS: 90,
    Likeness.SAME_BEGINNING: 70,
    Likeness.SAME_NAME: 80,
}


@dataclass(frozen=True, slots=True)
class Called:
    """A number and, where it is known, what the part is called."""

    number: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``score``: how strong the strongest reason is, 0 to 100; for similar names the share that they have in common."""

    number: str
    name: str
    reasons: tuple[Likeness, ...]
    score: int


class Candidates:
    """What may be proposed, indexed once: a search costs what it finds, however many there are."""

    def __init__(self, candidates: Iterable[Called]) -> None:
        self._all = tuple(candidates)
        self._exact: defaultdict[tuple[Likeness, str], list[int]] = defaultdict(list)
        self._beginnings: defaultdict[str, list[int]] = defaultdict(list)
        self._pieces: defaultdict[str, list[int]] = defaultdict(list)
        self._sizes: list[int] = []
        for index, called in enumerate(self._all):
            number, name = plain(called.number), plain(called.name)
            self._exact[Likeness.SAME_NUMBER, number].append(index)
            self._exact[Likeness.SAME_WITHOUT_ZEROS, number.lstrip("0")].append(index)
            for end in range(_SHORTEST_BEGINNING, len(number)):
                self._beginnings[number[:end]].append(index)
            if name:
                self._exact[Likeness.SAME_NAME, name].append(index)
            pieces = _pieces(name)
            self._sizes.append(len(pieces))
            for piece in pieces:
                self._pieces[piece].append(index)

    def like(self, wanted: Called, most: int = 3) -> tuple[Proposal, ...]:
        """The likeliest, strongest first; none where nothing speaks for any."""
        found: defaultdict[int, dict[Likeness, int]] = defaultdict(dict)
        number, name = plain(wanted.number), plain(wanted.name)
        keys = {
            Likeness.SAME_NUMBER: number,
            Likeness.SAME_WITHOUT_ZEROS: number.lstrip("0"),
            Likeness.SAME_NAME: name,
        }
        for likeness, key in keys.items():
            for index in self._exact.get((likeness, key), ()) if key else ():
                found[index][likeness] = _STRENGTH[likeness]
        for index in self._sharing_a_beginning(number):
            found[index][Likeness.SAME_BEGINNING] = _STRENGTH[Likeness.SAME_BEGINNING]
        for index, score in self._by_name(name):
            found[index].setdefault(Likeness.SIMILAR_NAME, score)
        proposals = [self._proposal(index, reasons) for index, reasons in found.items()]
        return tuple(sorted(proposals, key=lambda proposal: (-proposal.score, proposal.number))[:most])

    def _sharing_a_beginning(self, number: str) -> list[int]:
        """Of those that go on after this number, and those that this number goes on after."""
        longer = self._beginnings.get(number, [])[:_COMMON] if len(number) >= _SHORTEST_BEGINNING else []
        shorter = [
            index
            for end in range(_SHORTEST_BEGINNING, len(number))
            for index in self._exact.get((Likeness.SAME_NUMBER, number[:end]), ())
        ]
        return [*longer, *shorter]

    def _by_name(self, name: str) -> Iterable[tuple[int, int]]:
        pieces = _pieces(name)
        shared: Counter[int] = Counter()
        for piece in pieces:
            holders = self._pieces.get(piece, ())
            if len(holders) <= _COMMON:
                shared.update(holders)
        for index, count in shared.items():
            score = 200 * count // (len(pieces) + self._sizes[index])
            if score >= _LEAST_LIKE:
                yield index, min(score, 79)  # below the same name

    def _proposal(self, index: int, reasons: dict[Likeness, int]) -> Proposal:
        if Likeness.SAME_NUMBER in reasons:
            reasons.pop(Likeness.SAME_WITHOUT_ZEROS, None)
        if Likeness.SAME_NAME in reasons:
            reasons.pop(Likeness.SIMILAR_NAME, None)
        called = self._all[index]
        ordered = tuple(likeness for likeness in Likeness if likeness in reasons)
        return Proposal(called.number, called.name, ordered, max(reasons.values()))


def plain(text: str) -> str:
    """A number or a name as people read it: the letters and digits alone."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _pieces(name: str) -> frozenset[str]:
    if not name:
        return frozenset()
    edged = f" {name} "
    return frozenset(edged[start : start + _PIECE] for start in range(len(edged) - _PIECE + 1))
