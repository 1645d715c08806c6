"""``kernel.values.replace`` says what ``dataclasses.replace`` says, for values with and without slots."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from renkei.kernel.values import replace


@dataclass(frozen=True, kw_only=True)
class Plain:
    one: int
    two: str = "two"


@dataclass(frozen=True, slots=True)
class Slotted:
    one: int
    two: str = "two"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed(Plain):
    """Slots below a class without."""

    three: int = 3


@dataclass(frozen=True)
class Checked:
    one: int
    twice: int = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", 2 * self.one)


@pytest.mark.parametrize(
    "value", [Plain(one=1), Slotted(1), Mixed(one=1), Checked(1)], ids=lambda value: type(value).__name__
)
def test_a_changed_copy_is_that_of_the_library_and_leaves_the_original(value: Plain | Slotted | Checked) -> None:
    before = dataclasses.asdict(value)
    changed = replace(value, one=7)
    assert changed == dataclasses.replace(value, one=7)
    assert (changed.one, type(changed)) == (7, type(value))
    assert dataclasses.asdict(value) == before


def test_what_follows_from_a_changed_member_is_worked_out_again() -> None:
    assert replace(Checked(1), one=21).twice == 42


@pytest.mark.parametrize(
    "value", [Plain(one=1), Slotted(1), Mixed(one=1), Checked(1)], ids=lambda value: type(value).__name__
)
def test_a_member_it_does_not_have_is_refused(value: Plain | Slotted | Checked) -> None:
    with pytest.raises(TypeError, match="four"):
        replace(value, four=4)  # type: ignore[call-arg]


def test_a_copy_can_not_be_changed_either() -> None:
    copied = replace(Plain(one=1), two="2")
    with pytest.raises(dataclasses.FrozenInstanceError):
        copied.one = 2  # type: ignore[misc]
