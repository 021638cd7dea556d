"""`python -m bringup`: the command line."""

from .cli import main

main()
