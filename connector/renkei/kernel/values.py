"""Frozen values changed one member at a time.

``replace`` is ``dataclasses.replace``, quicker: the library's runs ``__init__`` again and sets every member by name;
this copies. Of a dataclass without slots it copies the dictionary, which takes a tenth of the time: what is changed
often and kept little (a record of the store) has none.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, TypeVar

V = TypeVar("V")

if TYPE_CHECKING:
    # To the type checker it is the library's, which it knows: members and their types are checked at every call.
    from dataclasses import replace as replace  # noqa: PLC0414 - a re-export
else:

    def replace(value: V, /, **changes: object) -> V:
        """The same value with some members changed. Raises TypeError for a member that it does not have."""
        kind = type(value)
        members = _members(kind)
        if not members or not changes.keys() <= members:
            return dataclasses.replace(value, **changes)
        made = object.__new__(kind)
        made.__dict__.update(value.__dict__)
        made.__dict__.update(changes)
        return made


@cache
def _members(kind: type) -> frozenset[str]:
    """What may be copied as it is: nothing of a class that has slots or work to do after ``__init__``."""
    names = frozenset(field.name for field in dataclasses.fields(kind) if field.init)
    slotted = any(hasattr(getattr(kind, name, None), "__set__") for name in names)
    return frozenset() if slotted or hasattr(kind, "__post_init__") else names
