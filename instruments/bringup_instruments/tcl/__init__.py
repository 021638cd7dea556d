"""A small Tcl, as much of Jim Tcl as a TCL port's clients use: `script.py` reads it, `interpreter.py` carries it out.

Above: `models/openocd.py`.
"""
