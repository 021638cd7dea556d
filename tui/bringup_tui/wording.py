"""Numbers and times as the screens word them: short, in fixed places, and "-" for what is not known."""

from __future__ import annotations

from datetime import datetime

from bringup.limits import Limit

UNKNOWN = "-"


def volts(value: float | None) -> str:
    """A rail in volts to a millivolt, VIN to ten: "0.655", "54.02"."""
    if value is None:
        return UNKNOWN
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}"


def gigahertz(hertz: float | None) -> str:
    """A clock given in Hz, in GHz: "1.60"."""
    return UNKNOWN if hertz is None else f"{hertz / 1e9:.2f}"


def celsius(value: float | None, decimals: int) -> str:
    """A temperature in degrees: "71.2", or "71" without decimals."""
    return UNKNOWN if value is None else f"{value:.{decimals}f}"


def watts(value: float | None) -> str:
    """A power to one watt: "806"."""
    return UNKNOWN if value is None else f"{value:.0f}"


def age(seconds: float | None) -> str:
    """How old something is, in at most five places: "0.6s", "42s", "12m", "3.5h", "2d"."""
    if seconds is None:
        return UNKNOWN
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}s"
    if seconds < 100:
        return f"{seconds:.0f}s"
    if seconds < 6000:
        return f"{seconds / 60:.0f}m"
    return f"{seconds / 3600:.1f}h" if seconds < 99.95 * 3600 else f"{seconds / 86400:.0f}d"


def clock(moment: datetime) -> str:
    """The time of day of a UTC moment: "02:14:07"."""
    return f"{moment:%H:%M:%S}"


def quantity(value: float, unit: str) -> str:
    """A value with its unit as people write it: "1.6 GHz", "20 °C", "5 mΩ"."""
    unit = unit.replace("degC", "°C").replace("Ohm", "Ω")
    if unit == "Hz" and abs(value) >= 1e6:
        scale, unit = (1e9, "GHz") if abs(value) >= 1e9 else (1e6, "MHz")
        value /= scale
    return f"{value:.6g} {unit}".rstrip()


def limit_words(limit: Limit) -> str:
    """What a measurement is judged by: "0.72 … 0.78 V", "≤ 0", "1.4 … 1.8 GHz", "not judged"."""
    low, high = (None if bound is None else quantity(bound, limit.unit) for bound in (limit.low, limit.high))
    if low is None or high is None:
        return f"≥ {low}" if low is not None else f"≤ {high}" if high is not None else "not judged"
    if low == high:
        return f"= {low}"
    number, _, unit = low.partition(" ")
    return f"{number if high.endswith(f' {unit}') else low} … {high}"


def bar(done: int, whole: int, cells: int) -> str:
    """Progress as `cells` blocks; full only when nothing is left, empty only when nothing is done."""
    if whole <= 0:
        return " " * cells
    filled = done * cells // whole
    if 0 < done < whole:
        filled = min(max(filled, 1), cells - 1)
    filled = min(max(filled, 0), cells)
    return "█" * filled + "░" * (cells - filled)


def how_long(seconds: float) -> str:
    """A duration in words, for sentences: "12 s", "7 min", "3.5 h"."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
