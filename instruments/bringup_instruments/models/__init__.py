"""Simulated instruments, one file per family, each from its public manual."""
