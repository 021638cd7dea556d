"""Smoke: is this sled alive, and do its witnesses agree? Ten minutes before anything else is believed."""

from bringup import Measure, Multimeter, Sled, at_most, between, of_product, plan


@plan(
    points=(),
    limits={
        "gemm.errors": at_most(0, source="bit-exact against golden results"),
        "tj.max": of_product,
        "tj.path": of_product,
        "vin.volts": of_product,
        "vin.power": of_product,
        "core.disagreement": between(-1, 1, "%", source="telemetry against the bench: V ±1 %"),
    },
    retries=1,
    point_s=420,
)
def smoke(sled: Sled, measure: Measure, multimeter: Multimeter) -> None:
    """Five minutes of GEMM at nominal, and the core voltage by two witnesses."""
    result = sled.run("gemm", seconds=300)
    for chip in result.chips:
        measure("gemm.errors", chip.errors, at=f"chip{chip.chip}")
    for place, celsius in result.junctions.items():
        measure("tj.max", celsius, at=place)
    for place, kelvin_per_watt in result.thermal_paths.items():
        measure("tj.path", kelvin_per_watt, "K/W", at=place)
    measure("vin.volts", result.input.volts)
    measure("vin.power", result.input.watts)
    telemetry, bench = sled.rail(f"{sled.core}.0")[0].volts, multimeter.dc_volts()
    measure("core.disagreement", 100 * (telemetry - bench) / bench)
