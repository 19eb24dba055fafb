"""Feeds, boards, digests, and whom operators let in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("digest", KEY, nullable=True))
    op.add_column(
        "askers",
        sa.Column("fed", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "feeds",
        sa.Column("id", KEY, autoincrement=True, nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("destination", KEY, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state_prefix", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["destination"],
            ["destinations.id"],
            name=op.f("fk_feeds_destination"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_feeds_token_digest")),
        sa.UniqueConstraint(
            "destination",
            "platform",
            "person",
            name=op.f("uq_feeds_destination_platform_person"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "boards",
        sa.Column("destination", KEY, nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("below", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination"],
            ["destinations.id"],
            name=op.f("fk_boards_destination"),
        ),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_boards")),
    )
    op.create_table(
        "allowed",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("may", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_allowed")),
    )
