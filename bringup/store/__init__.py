"""The journal: what a night did, on disk before the runner moves on.

The runner hands `bringup.records` facts to a `Journal` (one writer per process) and gets nothing back but ids;
reports and screens read the same facts through a `Reader`, in any process, while the night runs. Only this
package imports SQLAlchemy. People can look with `sqlite3 FILE "select * from v_measurement"`.
"""

from .journal import Journal, OpenRun
from .opening import open_journal, open_reader
from .reader import Reader
from .sqlite import Durability

__all__ = ["Durability", "Journal", "OpenRun", "Reader", "open_journal", "open_reader"]
