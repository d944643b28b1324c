"""A real standalone cluster of Spark's, one master and two workers on loopback: the same findings as this machine alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import logcorr
from logcorr.timeline import counts
from logcorr.timeline.engine import Engine
from logcorr.timeline.needs import FAILED_REQUESTS, LIFECYCLE
from logcorr.timeline.session_needs import FAILED_NEXT_REQUESTS, STAGES
from logcorr.timeline.speed_needs import ROUTES
from real.conftest import program

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")]

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(path for path in (ROOT / "sample_logs").iterdir() if path.is_dir())
#: more recordings, where they lie beside the clone; what a recording holds beside the evidence is not shown
KNOWN = {(path / "access.log.gz").read_bytes() for path in SAMPLES}
RECORDED = sorted(
    path.parent
    for path in ROOT.parent.glob("shared/incidents/*/expected.json")
    if (path.parent / "access.log.gz").read_bytes() not in KNOWN
)
ANSWERS = ("truth.json", "expected.json", "client_record.csv*", "README.md")
LOOPBACK = "127.0.0.1"
WAIT_S = 90.0


@contextmanager
def daemon(name: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A master or a worker of Spark's."""
    import pyspark

    home = Path(pyspark.__file__).parent
    told = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_LOCAL_DIRS": str(folder / "local"), "TZ": "Asia/Tokyo"}
    command = [
        str(home / "bin/spark-class"),
        f"org.apache.spark.deploy.{name}",
        "--host",
        LOOPBACK,
        "--webui-port",
        "0",
        *arguments,
    ]
    with (folder / f"{name}-{len(list(folder.iterdir()))}.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **told}, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def is_open(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex((LOOPBACK, port)) == 0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session on the cluster."""
    program("default-jre-headless", "java")
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    with ExitStack() as running:
        master = running.enter_context(daemon("master.Master", folder, "--port", str(port)))
        end = monotonic() + WAIT_S
        while not is_open(port):
            assert master.poll() is None, "the master ended"
            assert monotonic() < end, "the master does not listen"
            sleep(0.1)
        for each in ("one", "two"):
            work = str(folder / each)
            running.enter_context(
                daemon("worker.Worker", folder, "-c", "1", "-m", "2g", "-d", work, f"spark://{LOOPBACK}:{port}")
            )
        running.enter_context(pytest.MonkeyPatch.context()).setenv("PYSPARK_PYTHON", sys.executable)
        settings = {
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
            "spark.executor.memory": "1g",
            # small questions: compiling them well takes longer than answering them
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.adaptive.enabled": "false",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.sql.shuffle.partitions": "2",
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",  # both workers, from the first task on
            "spark.scheduler.maxRegisteredResourcesWaitingTime": f"{WAIT_S:.0f}s",
            "spark.cores.max": "2",
        }
        session = SparkSession.builder.master(f"spark://{LOOPBACK}:{port}").config(map=settings).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def told(session: SparkSession, **settings: object) -> Iterator[None]:
    """The session with settings of logcorr's for a while."""
    names = {f"spark.logcorr.{name}": str(value) for name, value in settings.items()}
    for name, value in names.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name in names:
            session.conf.unset(name)


@pytest.mark.parametrize("recording", [*SAMPLES, *RECORDED], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_cluster_finds_what_this_machine_finds(recording: Path, folder: Path, cluster: SparkSession) -> None:
    evidence = shutil.copytree(recording, folder / "evidence", ignore=shutil.ignore_patterns(*ANSWERS))
    with told(cluster, splitBytes=50_000):
        far = logcorr.diagnose(logcorr.read(evidence, engine=cluster))
    assert far.failures == []
    assert far.to_json() == logcorr.diagnose(evidence).to_json()


def test_paths_may_be_relative(folder: Path, cluster: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "sample_logs" / "healthy_reload", folder / "evidence")
    monkeypatch.chdir(folder)  # workers run in folders of their own
    far = logcorr.diagnose(logcorr.read("evidence", engine=cluster))
    assert far.to_json() == logcorr.diagnose("evidence").to_json()


def test_both_workers_read(cluster: SparkSession) -> None:
    import pyarrow as pa

    from logcorr.evidence import gather
    from logcorr.spark.reading import SparkCluster

    def executors(batches):
        sleep(0.5)  # long enough for the other one to take a task too
        for batch in batches:
            yield pa.record_batch({"executor": [os.getcwd()] * batch.num_rows})  # noqa: PTH109 (a text)

    seen = cluster.range(8, numPartitions=8).mapInArrow(executors, "executor string").distinct().toArrow()
    assert {Path(each).parents[1].name for each in seen["executor"].to_pylist()} == {"one", "two"}
    files = gather(SAMPLES[0])
    assert SparkCluster(cluster).digests(files) == [each.sha256() for each in files]


def test_lines_across_splits_are_those_of_the_file(folder: Path, cluster: SparkSession) -> None:
    lines = []
    for second in range(600):
        lines.append(f"[2026-11-23 10:{second // 60:02d}:{second % 60:02d}] production.ERROR: order {second} is broken")
        lines += [f"#{at} /srv/shop/app/Order.php({second}): Order->pay()" for at in range(second % 7)]
    text = "".join(f"{line}\n" for line in lines)
    (folder / "laravel.log").write_text(text)
    with told(cluster, splitBytes=997):
        far = logcorr.read(folder, engine=cluster)
    near = logcorr.read(folder)
    assert far.files[0].lines == len(lines)
    assert len(far.files[0].block_starts) > len(text) // 2000
    assert len(far.errors) == 600
    for row in far.errors.to_dict("records")[::50]:
        assert row["body"].partition("\n")[0] in lines[row["line"] - 1]
        assert far.lines(row["file"], row["line"], row["line_last"]) == lines[row["line"] - 1 : row["line_last"]]
    pd.testing.assert_frame_equal(far.errors, near.errors)


def test_large_families_lie_as_parquet_by_day_and_source(folder: Path, cluster: SparkSession) -> None:
    evidence = ROOT / "sample_logs" / "story"
    with told(cluster, folder=folder / "families", rowsInOnePiece=1):
        far = logcorr.read(evidence, engine=cluster)
    near = logcorr.read(evidence)
    assert {path.name for path in (folder / "families").glob("*/requests/*/*")} == {"source=nginx_access"}
    assert {path.name for path in (folder / "families").glob("*/requests/*")} == {"day=2026-11-23"}
    assert len({path.name for path in (folder / "families").glob("*/log/*/*")}) > 2
    there, here = Engine(far), Engine(near)
    for need in (FAILED_REQUESTS, ROUTES, STAGES, FAILED_NEXT_REQUESTS, LIFECYCLE):
        pd.testing.assert_frame_equal(in_order(there.get(need)), in_order(here.get(need)), check_exact=True)
    spans = [counts.extent(here.families["requests"])]
    for count in (
        lambda each: counts.by_time(each, 60_000_000, spans),
        counts.durations,
        lambda each: counts.by_route(each, ()),
        lambda each: counts.by_upstream(each, ()),
        lambda each: counts.complaints(each, 60_000_000, ()),
        lambda each: in_order(counts.service_steps(each, ["unit.reload.failed", "unit.stopped"], 60_000_000, ())),
    ):
        pd.testing.assert_frame_equal(count(there.families), count(here.families), check_exact=True)
    assert counts.middle_durations(there.families) == counts.middle_durations(here.families)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    assert len(frame)
    return frame.sort_values(list(frame.columns), ignore_index=True)


def test_evidence_of_another_file_system(folder: Path, cluster: SparkSession) -> None:
    evidence = shutil.copytree(ROOT / "sample_logs" / "healthy_reload", folder / "evidence")
    far, near = logcorr.read(evidence.as_uri(), engine=cluster), logcorr.read(evidence)
    assert [each.sha256 for each in far.files] == [each.sha256 for each in near.files]
    assert [each.file.name for each in far.files] == [Path(each.file.name).as_uri() for each in near.files]
    assert [far.lines(each.file.name, 2, 3) for each in far.files] == [near.lines(each.file.name, 2, 3) for each in near.files]
    pd.testing.assert_frame_equal(far.requests.drop(columns="file"), near.requests.drop(columns="file"))
