"""Link margin: is every link as fast and as wide as the product says, does it stay up, and how few bits does it lose?

Zero errors in n bits say BER < 3 / n with 95 % confidence (the rule of three), one error 4.74 / n, and so on (half the
95 % quantile of chi-square with 2 k + 2 degrees of freedom). 1e-12 takes 3e12 bits without an error on a lane, 94 s at
32 Gbit/s.
"""

from bringup import HostShell, Measure, Sled, at_most, exactly, plan, unjudged

PATTERN_S = 120.0


@plan(
    points=(),
    over={"coolant": (20.0, 40.0)},
    limits={
        "links.missing": exactly(0, source="every link of the product is up", requirement="LM-1"),
        "links.slow": exactly(0, source="generation as in the product, on all of them", requirement="LM-2"),
        "links.narrow": exactly(0, source="lanes as in the product, on all of them", requirement="LM-2"),
        "link.transitions": at_most(0, source="a trained link stays up: count, do not look", requirement="LM-3"),
        "lane.errors": unjudged(""),
        "lane.ber": at_most(1.0, source="upper bound at 95 %, in 1e-12", requirement="LM-4"),
    },
    point_s=200,
)
def link_margin(sled: Sled, measure: Measure, host: HostShell) -> None:
    """Two minutes of patterns on every lane, and what the links' registers say before and after."""
    wanted = {link.name: link for link in sled.product.facts.links}
    chips = len(sled.product.chips)
    result = sled.run("prbs", seconds=PATTERN_S)
    links = {link.name: link for link in host.link_states()}
    up = [link for link in links.values() if link.generation > 0]
    measure("links.missing", sum(kind.of_each_chip for kind in wanted.values()) * chips - len(up))
    slow = [link for link in up if link.generation < wanted[link.name.partition(".")[0]].generation]
    narrow = [link for link in up if link.lanes < wanted[link.name.partition(".")[0]].lanes]
    measure("links.slow", len(slow))
    measure("links.narrow", len(narrow))
    for link in links.values():
        if link.transitions:
            measure("link.transitions", link.transitions, at=link.name)
    measure("link.transitions", max((link.transitions for link in links.values()), default=0))
    tested = [one for chip in result.chips for one in chip.links]
    lanes = [(one.bits / len(one.lane_errors), errors) for one in tested for errors in one.lane_errors]
    measure("lane.errors", sum(errors for _, errors in lanes))
    measure("lane.ber", max(1e12 * upper_bound(errors) / bits for bits, errors in lanes))


BOUNDS = (3.00, 4.74, 6.30, 7.75, 9.15, 10.51, 11.84, 13.15, 14.43, 15.71, 16.96)


def upper_bound(errors: int) -> float:
    """Of the expected number of errors, at 95 %; beyond ten the bound of ten and each one more by itself."""
    return BOUNDS[errors] if errors < len(BOUNDS) else BOUNDS[-1] + 1.3 * (errors - len(BOUNDS) + 1)
