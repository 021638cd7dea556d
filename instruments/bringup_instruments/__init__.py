"""The simulated lab: physics, instruments, servers, faults."""
