"""The simulated lab as a PyVISA backend: `pyvisa.ResourceManager("path/to/station.toml@bringup")`.

PyVISA finds a backend by its package name, `pyvisa_<name>`, and takes `WRAPPER_CLASS` from it.
"""

from .library import BringupVisaLibrary

WRAPPER_CLASS = BringupVisaLibrary

__all__ = ["WRAPPER_CLASS", "BringupVisaLibrary"]
