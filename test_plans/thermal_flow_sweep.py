"""Thermal flow sweep: how hot does it get over coolant and flow, and by which path does its heat leave?"""

from bringup import Measure, Sled, at_most, of_product, plan, unjudged

LOAD_S = 120.0


@plan(
    points=(),
    over={"coolant": (20.0, 25.0, 30.0, 35.0, 40.0), "flow": (4.0, 6.0, 9.0)},
    limits={
        "gemm.errors": at_most(0, source="bit-exact against golden results", requirement="TF-1"),
        "tj.max": of_product,
        "tj.path": unjudged("mK/W"),
        "coolant.rise": at_most(16, "degC", source="estimate: 4.2 kW at 4 L/min", requirement="TF-2"),
        "vin.power": of_product,
    },
    point_s=LOAD_S + 30,
)
def thermal_flow_sweep(sled: Sled, measure: Measure) -> None:
    """Two minutes of GEMM at each of fifteen points; the path is golden at nominal flow only, so it is recorded."""
    result = sled.run("gemm", seconds=LOAD_S)
    measure("gemm.errors", result.errors)
    for place, celsius in result.junctions.items():
        measure("tj.max", celsius, at=place)
    for place, path in result.thermal_paths.items():
        measure("tj.path", path, "K/W", at=place)
    seen = result.look.sled.celsius
    measure("coolant.rise", seen["coolant.out"] - seen["coolant.in"])
    measure("vin.power", result.input.watts)
