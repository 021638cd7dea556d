"""Golden check: fifteen minutes before and after everything else, on a sled that is known to be good.

What drifts here is the bench or the sled itself, and everything that was measured in between is in doubt.
"""

from bringup import HostShell, Measure, Multimeter, Sled, at_most, between, exactly, of_product, plan, unjudged


@plan(
    points=(),
    limits={
        "gemm.errors": at_most(0, source="bit-exact against golden results", requirement="GC-1"),
        "gemm.digest": exactly(0, source="1 where a chip's results are not the golden ones", requirement="GC-1"),
        "memory.errors": at_most(0, source="bit-exact against golden results", requirement="GC-1"),
        "clock.error": between(-100, 100, source="estimate: reference ±100 ppm, in ppm", requirement="GC-2"),
        "core.disagreement": between(-1, 1, "%", source="telemetry against the bench: V ±1 %", requirement="GC-3"),
        "tj.path": of_product,
        "vin.power": of_product,
        "vin.volts": of_product,
        "ecc.corrected": unjudged(""),
        "ecc.uncorrected": exactly(0, source="none on a good sled", requirement="GC-4"),
    },
    point_s=900,
)
def golden_check(sled: Sled, measure: Measure, multimeter: Multimeter, host: HostShell) -> None:
    """Ten minutes of GEMM and two of memory at nominal; each number has its golden band in the product."""
    result = sled.run("gemm", seconds=600)
    for chip in result.chips:
        place = f"chip{chip.chip}"
        measure("gemm.errors", chip.errors, at=place)
        measure("gemm.digest", int(chip.digest != chip.golden), at=place)
    for place, path in result.thermal_paths.items():
        measure("tj.path", path, "K/W", at=place)
    measure("vin.power", result.input.watts)
    measure("vin.volts", result.input.volts)
    measure("memory.errors", sled.run("memory", seconds=120).errors)
    nominal = sled.product.facts.clock.nominal_hertz
    measure("clock.error", 1e6 * (sled.clock() - nominal) / nominal)
    telemetry, bench = sled.rail(f"{sled.core}.0")[0].volts, multimeter.dc_volts()
    measure("core.disagreement", 100 * (telemetry - bench) / bench)
    for number in sled.product.chips:
        counted = host.counters(number)
        measure("ecc.corrected", counted.corrected, at=f"chip{number}")
        measure("ecc.uncorrected", counted.uncorrected, at=f"chip{number}")
