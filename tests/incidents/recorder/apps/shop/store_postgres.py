"""Orders in PostgreSQL."""

import os

import psycopg

DSN = os.environ.get("SHOP_DATABASE", "")
LISTING = "select id, article from orders where customer = %s order by id desc limit 20"


def orders_of(user: str) -> list[int]:
    """The numbers of a user's orders."""
    with psycopg.connect(DSN, connect_timeout=3) as connection:
        return [row[0] for row in connection.execute(LISTING, (user,))]


def add_order(user: str, article: int) -> int:
    """Keep an order; its number."""
    with psycopg.connect(DSN, connect_timeout=3) as connection:
        row = connection.execute("insert into orders (customer, article) values (%s, %s) returning id", (user, article))
        return row.fetchone()[0]
