"""Shmoo of the core: over clock and voltage, where does the compute stop giving right answers?"""

from bringup import Measure, Sled, at_most, of_product, plan, shmoo, sweep


@plan(
    points=shmoo(
        x=sweep("core_clock", 1.2e9, 1.8e9, step=0.1e9),
        y=sweep("vdd_core", 0.80, 0.58, step=-0.010, stop_at_fail=True, must_pass_to=0.80),
    ),
    limits={
        "gemm.errors": at_most(0, source="bit-exact against golden results"),
        "tj.max": of_product,
        "vin.power": of_product,
    },
    point_s=65,
)
def shmoo_core(sled: Sled, measure: Measure) -> None:
    """A minute of GEMM at every point, each column walked down until an answer is wrong."""
    result = sled.run("gemm", seconds=60)
    for chip in result.chips:
        measure("gemm.errors", chip.errors, at=f"chip{chip.chip}")
    measure("tj.max", max(result.junctions.values()))
    measure("vin.power", result.input.watts)
