"""Alembic's entry: runs the revisions on the connection that `bringup.store.versions` hands over.

There is no alembic.ini: the journal migrates itself when it is opened. A new revision is a new file
`versions/rNNNN_name.py`, written by hand; it sets `HEAD` in `bringup/store/schema.py`. A batch operation
rebuilds its table and so drops that table's triggers: create them again.
"""

from __future__ import annotations

from alembic import context

from bringup.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
