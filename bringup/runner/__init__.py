"""The runner: takes plans to the points, judges, journals, and leaves everything in its safe state.

night      a campaign: one task per slot, the deadline, the end
slot_run   one plan on one sled: its points, attempts, retries
attempt    one try: move, settle, run the body, judge
energized  the one owner of a powered slot: up in order, down in reverse, verified
shared     knobs that several slots share, moved once for all of them
binding    a plan meets a station: everything that can be wrong is found here, before power
knobs settle bench envelope bench_lock stopping estimate
"""
