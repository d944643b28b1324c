"""The session of Spark's that a run uses."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING

from logcorr.errors import LogcorrError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def session_of() -> SparkSession:
    """The session that is there, or a new one as ``spark-defaults.conf`` and the environment say (``SPARK_MASTER``: which cluster).

    Raises:
        LogcorrError: PySpark is not installed, or no session comes about.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise LogcorrError(
            "the engine spark needs PySpark, which is not installed", hint="pip install 'logcorr[spark]'"
        ) from error
    warnings.filterwarnings(
        "ignore", "PySpark does not yet fully support pandas", FutureWarning
    )  # nothing here goes through pandas there
    # workers are started by this name; on machines that are set up alike it is there
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("logcorr").config("spark.ui.showConsoleProgress", "false")
    if master := os.environ.get("SPARK_MASTER"):
        builder = builder.master(master)
    try:
        session = builder.getOrCreate()
    except Exception as error:  # Spark, Java and Py4J raise kinds of their own that share no other; the first line says which
        raise LogcorrError(
            f"Spark does not start: {str(error).strip().partition(chr(10))[0]}",
            hint="Spark needs Java 17 or newer (Debian: default-jre-headless); SPARK_MASTER=spark://HOST:7077 names the cluster",
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def own_session(session: SparkSession) -> SparkSession:
    """A session of the same application with the same settings, but in UTC, so that instants come back as they are."""
    own = session.newSession()
    for name, value in session.conf.getAll.items():
        if name.startswith("spark.logcorr.") or (name.startswith("spark.sql.") and session.conf.isModifiable(name)):
            own.conf.set(name, value)
    own.conf.set("spark.sql.session.timeZone", "UTC")
    return own
