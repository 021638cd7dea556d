"""Vmin map: how low can the core go before its answers are wrong, over clock and coolant?"""

from bringup import Measure, Sled, at_most, of_product, plan, sweep


@plan(
    points=(
        sweep("core_clock", 1.3e9, 1.6e9, step=0.1e9),
        sweep("vdd_core", 0.75, 0.58, step=-0.010, stop_at_fail=True, must_pass_to=0.72),
    ),
    over={"coolant": (20.0, 30.0, 40.0)},
    limits={
        "gemm.errors": at_most(0, source="bit-exact against golden results"),
        "tj.max": of_product,
        "vin.power": of_product,
    },
    point_s=65,
)
def vmin_map(sled: Sled, measure: Measure) -> None:
    """A minute of GEMM at every point, walking the core voltage down until an answer is wrong."""
    result = sled.run("gemm", seconds=60)
    for chip in result.chips:
        measure("gemm.errors", chip.errors, at=f"chip{chip.chip}")
    measure("tj.max", max(result.junctions.values()))
    measure("vin.power", result.input.watts)
