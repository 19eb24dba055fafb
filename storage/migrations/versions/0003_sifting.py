"""Watches whose feed's filter is still to be asked; where feeds were made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("sift", KEY, nullable=True))
    op.create_index(
        "ix_subscriptions_unsifted",
        "subscriptions",
        ["id"],
        sqlite_where=sa.text("sift IS NOT NULL"),
        postgresql_where=sa.text("sift IS NOT NULL"),
    )
    op.add_column("feeds", sa.Column("groups", sa.Text(), nullable=True))
