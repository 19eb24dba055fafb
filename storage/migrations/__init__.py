"""Alembic's revisions; applied by storage.migrate, never edited once released."""
