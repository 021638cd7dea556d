"""Station, product and plan files: read, checked and explained before anything is energized."""
