"""The runner: takes plans to the points, judges, journals, and leaves everything in its safe state.

From the door inwards; nothing calls outwards:

    session       an order, checked against its files; a night held on an open bench
    night         the main thread: looks at the slots, passes on the wish to stop
    slot_night    one slot's night, on its own task, from first rail to safe state
    slot_run      one plan on one sled: its points, attempts, retries, faults
    attempt       one try: move, settle, run the body, ask the witnesses, judge
    energized     the one owner of a slot's power: up in order, down in reverse, verified
    stages shared where slots meet: shared knobs, moved once for all of them
    binding       a plan meets a slot: everything that files can prove wrong, before power
    tools bench   a slot's instruments, opened, known, and made into what a run needs
    knobs settle point_queue estimate envelope monitor night_log stopping bench_lock person
"""
