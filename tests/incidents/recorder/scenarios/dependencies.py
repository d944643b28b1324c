"""What the application needs goes away: a database, a cache; or is not as the new release believes."""

from __future__ import annotations

import asyncio

from tests.incidents.recorder.lab import APPS, Lab, Scenario
from tests.incidents.recorder.programs import Postgres, Redis
from tests.incidents.recorder.stories import crowd, flask_shop

TABLE = """
create role shop login;
create table orders (id bigserial primary key, customer text not null, article int not null, made timestamptz default now());
create index on orders (customer);
grant all on orders to shop;
grant all on sequence orders_id_seq to shop;
"""


def store(kind: str) -> str:
    """The source of a store."""
    return (APPS / "shop" / f"store_{kind}.py").read_text()


async def with_database(lab: Lab, log: str) -> tuple[Postgres, object]:
    """The shop, its orders in PostgreSQL."""
    database = Postgres()
    database.start()
    database.query(TABLE)
    lab.release("v41", "shop", {"store.py": store("postgres")})
    environment = {"SHOP_LOG": log, "SHOP_DATABASE": database.dsn}
    return database, await flask_shop(lab, "v41", environment=environment)


async def database_stopped(lab: Lab) -> None:
    """The database is stopped for 40 seconds; nobody deployed anything."""
    database, _ = await with_database(lab, "text-utc")
    async with crowd(lab):
        lab.mark("fault_start")
        await asyncio.to_thread(database.stop)
        await lab.steady(40)
        lab.observe()
        await asyncio.to_thread(database.start)
        lab.mark("recovery")
    lab.keep(database.log)


async def missing_column(lab: Lab) -> None:
    """A release asks for a column that nobody added; it is rolled back."""
    lab.nginx.log_format = "json"
    database, server = await with_database(lab, "text")
    new = {"store.py": store("postgres").replace("select id, article from", "select id, article, discount_code from")}
    lab.release("v42", "shop", new)

    async with crowd(lab):
        lab.mark("fault_start")
        await lab.deploy("v42", "8c31f0e", lambda: lab.switch("v42", server))
        await lab.steady(35)
        lab.observe()
        await lab.deploy("v41", "51ad9b7", lambda: lab.switch("v41", server))
        lab.mark("recovery")
    lab.keep(database.log)


async def redis_stopped(lab: Lab) -> None:
    """Redis ends and is started again; the application writes JSON, nginx the combined format."""
    lab.nginx.log_format = "combined"
    redis = Redis()
    redis.start()
    lab.release("2026.11.3", "shop", {"store.py": store("redis")})
    await flask_shop(lab, "2026.11.3", environment={"SHOP_LOG": "json"})
    async with crowd(lab):
        lab.mark("fault_start")
        await asyncio.to_thread(redis.stop)
        await lab.steady(35)
        lab.observe()
        await asyncio.to_thread(redis.start)
        lab.mark("recovery")
    lab.keep(redis.log)


SCENARIOS = [
    Scenario(
        "database_stopped",
        "PostgreSQL is stopped for 40 s: every request that needs orders answers 500 with a traceback",
        "shop-web-3",
        "America/Chicago",
        "shop",
        database_stopped,
        causes=("dependency_unreachable",),
        tolerated=("app_exception_spike",),
        mechanism="psycopg.connect() to 127.0.0.1:5432 is refused while the cluster is down; Flask answers 500",
        remedy="start PostgreSQL",
        notes="No deploy. The application's log is UTC without a zone, nginx and PostgreSQL are America/Chicago.",
        cite={
            r"connection to server at .127\.0\.0\.1., port 5432 failed": "what the application met",
            r"received fast shutdown request|database system (is|was) shut down": "the database was stopped",
            r"Exception on /api/orders": "the route",
        },
        wrong_conclusions=("a bug in the application", "the application was down", "a deploy"),
        complaints=("my orders page shows Internal Server Error", "Cannot place an order, error 500", "{path} is broken"),
    ),
    Scenario(
        "missing_column",
        "a release selects a column that the table does not have: 500 on one route until the rollback",
        "orders-app-1",
        "Asia/Tokyo",
        "shop",
        missing_column,
        causes=("schema_mismatch",),
        tolerated=("app_exception_spike",),
        mechanism="psycopg.errors.UndefinedColumn in store.orders_of(); the migration was not run",
        remedy="roll back to v41, or add the column",
        notes="The second deploy is the rollback.",
        cite={
            r"column .discount_code. does not exist": "the cause",
            r"Exception on /api/orders \[GET\]": "the route",
            r"deployment\.completed.*v42": "when it began",
        },
        wrong_conclusions=("the database was down", "overload"),
        complaints=("my orders page shows Internal Server Error", "order history does not load", "{path}: error 500"),
    ),
    Scenario(
        "redis_stopped",
        "Redis ends for 35 s: orders answer 500, everything else works",
        "web-b",
        "Europe/Helsinki",
        "store",
        redis_stopped,
        causes=("dependency_unreachable",),
        tolerated=("app_exception_spike",),
        mechanism="redis.exceptions.ConnectionError: Error 111 connecting to 127.0.0.1:6379",
        remedy="start Redis",
        notes="Plain combined format, so nothing of the upstream; the application's log is JSON with the traceback in it.",
        cite={
            r"Error 111 connecting to 127\.0\.0\.1:6379": "what the application met",
            r"Exception on /api/orders": "the route",
            r"Redis is now ready to exit|User requested shutdown": "Redis ended",
        },
        wrong_conclusions=("a bug in the application", "a deploy"),
        complaints=("orders are gone, error 500", "cannot order anything", "Internal Server Error on {path}"),
    ),
]
