"""Run by Alembic: apply the migrations, all or none, on the engine that `migrations_config` carries."""

from alembic import context
from sqlalchemy import text

from brainrank.api.db.board_tables import BoardRow

ONE_AT_A_TIME = 0x62726169  # any number that others who use this database do not lock

with context.config.attributes["engine"].connect() as connection:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # Batch mode drops a table that others refer to and puts its copy in place; SQLite takes no notice of this
        # setting inside a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()
    # All tables, for the module of the boards' imports that of the others.
    tables = BoardRow.metadata
    # Batch mode: SQLite cannot alter a column, so Alembic copies the table there.
    context.configure(connection=connection, target_metadata=tables, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        # A dozen processes of a service may start at once on a new version.
        if is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver begins none of its own before a CREATE TABLE
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
        context.run_migrations()
    connection.commit()
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")  # the connection goes back to the pool
        connection.commit()
