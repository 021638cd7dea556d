"""Settings of the ATS-525: each one's header, range and resolution, and which belong to a set-point.

Ranges as the manual has them; standard values are estimates. Neighbour: `stream_ats525.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that is set by its header and asked with a question mark."""

    header: str
    lowest: float
    highest: float
    standard: float
    decimals: int = 0
    of_point: bool = False

    def shown(self, value: float) -> str:
        """As a query answers it."""
        return f"{value:.{self.decimals}f}"


SETTINGS = {
    setting.header: setting
    for setting in (
        Setting("SETP", -99.9, 225.0, 25.0, 1, of_point=True),
        Setting("WNDW", 0.1, 9.9, 1.0, 1, of_point=True),
        Setting("SOAK", 0, 9999, 30, of_point=True),
        Setting("RAMP", 0, 9999, 9999, 1, of_point=True),
        Setting("LLIM", -99, 25, -60),
        Setting("ULIM", 25, 225, 225),
        Setting("ADMD", 10, 300, 50),
        Setting("DUTM", 0, 1, 0),
        Setting("DUTT", 0, 4, 0),
        Setting("DSNS", 0, 4, 1),
        Setting("DUTC", 20, 500, 100),
        Setting("TTIM", 0, 9999, 9999),
        Setting("FLSE", 5.0, 18.0, 18.0, 1),
        Setting("LRNM", 0, 1, 0),
        Setting("COOL", 0, 1, 1),
        Setting("CYCC", 0, 9999, 1),
    )
}


@dataclass(slots=True)
class SetPoint:
    """One set-point's own settings."""

    values: dict[str, float] = field(
        default_factory=lambda: {s.header: float(s.standard) for s in SETTINGS.values() if s.of_point}
    )


def default_points() -> dict[int, list[SetPoint]]:
    """Hot, ambient and cold of the operator screen (5); eighteen of the cycle screen (6)."""
    operator = [SetPoint() for _ in range(3)]
    for point, celsius in zip(operator, (125.0, 25.0, -40.0), strict=True):
        point.values["SETP"] = celsius
    return {5: operator, 6: [SetPoint() for _ in range(18)]}
