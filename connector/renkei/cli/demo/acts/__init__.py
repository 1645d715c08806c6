"""The acts of the demo after the chain itself: what happens between companies on other days than the first.

Each act is a module: what it does (``play``), what it found, and how that is told. What is registered, who plays, and
what must come out stand in a file of its name in the chain's folder ``acts`` (``script``).
"""

from typing import Final

from renkei.cli.demo.acts.act import Act
from renkei.cli.demo.acts.audit import AuditTrail
from renkei.cli.demo.acts.collector import Collector
from renkei.cli.demo.acts.crosswalk import Crosswalk
from renkei.cli.demo.acts.excel_answer import ExcelAnswer
from renkei.cli.demo.acts.red_flag import RedFlag
from renkei.cli.demo.acts.restatement import Restatement
from renkei.cli.demo.acts.silent_supplier import SilentSupplier

ACTS: Final[tuple[type[Act], ...]] = (
    Crosswalk,
    ExcelAnswer,
    Restatement,
    Collector,
    RedFlag,
    SilentSupplier,
    AuditTrail,
)
