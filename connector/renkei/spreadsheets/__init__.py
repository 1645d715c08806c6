"""Spreadsheet files: bytes to cells and back, in Excel's format (.xlsx), bounded against hostile files.

``read_workbook`` and ``write_workbook`` know nothing of what the cells mean: that is ``formats``' affair, in whose
``cells`` the values are. Reading needs nothing beside Python's own zip and XML; writing needs the extra ``excel``,
whose library is loaded when it is called. ``bounds`` says how much of a file is looked at, ``container`` opens it,
``pages`` reads its parts, ``reading`` puts them together, ``problems`` tells what can go wrong.
``queries`` gives a database's answer the same shape.
"""

from renkei.spreadsheets.bounds import Bounds
from renkei.spreadsheets.reading import read_workbook
from renkei.spreadsheets.writing import write_workbook

__all__ = ["Bounds", "read_workbook", "write_workbook"]
