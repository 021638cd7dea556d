"""The signature of a cause: what stays when numbers, addresses and times are taken away.

Two findings with one signature are held to be the same thing seen twice. A name that merely holds digits (a
rail such as 3V3_SB) is kept, because another rail is another finding; an index (chip2, lane14) is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNITS = "ns|us|µs|ms|s|min|h|nV|uV|µV|mV|kV|V|uA|µA|mA|A|mW|kW|W|mOhm|Ohm|Hz|kHz|MHz|GHz|degC|°C|C|K|L/min|%"

# One scan from left to right; the first alternative that fits takes the text.
_VARIABLE = re.compile(
    rf"""
    # an address
    (?<!\w)0[xX][0-9a-fA-F]+(?!\w)
    # a date, with or without its time
  | (?<!\w)\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\w)
    # a time of day
  | (?<!\w)\d{{1,2}}:\d\d(?::\d\d(?:[.,]\d+)?)?(?!\w)
    # a network address
  | (?<!\w)\d+(?:\.\d+){{3}}(?::\d+)?(?!\w)
    # a UUID
  | (?<!\w)[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}(?!\w)
    # a number, bare or with its unit
  | (?<![\w.])[+\-−]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:[eE][+\-]?\d+)?(?=(?:{_UNITS})?(?!\w))
    # a hash: after the numbers, for many digits are a number too
  | (?<!\w)(?=[a-fA-F]*\d)[0-9a-fA-F]{{8,}}(?!\w)
    # what is not a number
  | (?<![\w.])[+\-−]?(?:nan|inf)(?!\w)
    # the index of a part
  | (?<!\w)(?P<name>[^\W\d]+)\d+(?!\w)
    """,
    re.VERBOSE,
)
_SPACES = re.compile(r"\s+")


def signature(cause: str, own_names: Iterable[str] = ()) -> str:
    """What is the same in two causes that tell of the same thing; "#" stands for what may differ.

    Args:
        cause: as it was recorded.
        own_names: what the finding's own slot and sled are called; another sled's cause names that one.

    Clauses that are joined by "; " and become alike are told once; their order is kept, because the order in
    which things went wrong is evidence.
    """
    for name in filter(None, own_names):
        cause = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "#", cause)
    plain = _VARIABLE.sub(lambda found: (found["name"] or "") + "#", cause)
    clauses = (_SPACES.sub(" ", clause).strip() for clause in plain.split(";"))
    return "; ".join(dict.fromkeys(clause for clause in clauses if clause))
