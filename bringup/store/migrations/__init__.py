"""The journal's revisions, applied when it is opened; see `env.py`."""
