"""The simulated lab on real sockets: one event loop serves every instrument, so that physics needs no lock."""
