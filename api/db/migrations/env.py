"""Run by Alembic: apply the migrations on the engine that `migrations_config` carries."""

from alembic import context

from brainrank.api.db.tables import Base

with context.config.attributes["engine"].connect() as connection:
    # Batch mode: SQLite cannot alter a column, so Alembic copies the table there.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
