"""Run by Alembic: apply the migrations on the engine that `migrations_config` carries."""

from alembic import context
from sqlalchemy import text

from brainrank.api.db.tables import Base

ONE_AT_A_TIME = 0x62726169  # any number that others who use this database do not lock

with context.config.attributes["engine"].connect() as connection:
    # Batch mode: SQLite cannot alter a column, so Alembic copies the table there.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # A dozen processes of a service may start at once on a new version.
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
        context.run_migrations()
    connection.commit()
