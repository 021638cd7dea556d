"""HBM corner: memory tested cold and hot. Errors that ECC corrects may double with ten degrees, others may not be."""

from bringup import HostShell, Measure, Sled, at_most, exactly, of_product, plan, unjudged


@plan(
    points=(),
    over={"coolant": (20.0, 30.0, 45.0)},
    limits={
        "memtest.errors": at_most(0, source="every pattern reads back as written", requirement="HB-1"),
        "channels.failed": exactly(0, source="every pseudo-channel trains and answers", requirement="HB-2"),
        "ecc.corrected": at_most(20, source="estimate: ten times the nominal rate at 85 degC", requirement="HB-3"),
        "ecc.uncorrected": exactly(0, source="none", requirement="HB-4"),
        "hbm.max": unjudged("degC"),
        "tj.max": of_product,
    },
    point_s=2500,
)
def hbm_corner(sled: Sled, measure: Measure, host: HostShell) -> None:
    """Forty minutes of walking patterns over every channel of every stack, and what ECC counted meanwhile."""
    before = {chip: host.counters(chip) for chip in sled.product.chips}
    result = sled.run("memtest", seconds=2400)
    for one in result.chips:
        place, counted = f"chip{one.chip}", host.counters(one.chip)
        measure("memtest.errors", one.errors, at=place)
        measure("channels.failed", len(one.failed_channels), at=place)
        measure("ecc.corrected", counted.corrected - before[one.chip].corrected, at=place)
        measure("ecc.uncorrected", counted.uncorrected - before[one.chip].uncorrected, at=place)
    hottest = [celsius for name, celsius in result.look.sled.celsius.items() if name.startswith("hbm.")]
    measure("hbm.max", max(hottest))
    measure("tj.max", max(result.junctions.values()))
