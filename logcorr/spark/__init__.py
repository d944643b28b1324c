"""The distributed engine: the same block parser and the same needs, on a cluster of Spark's."""

from logcorr.spark.families import place
from logcorr.spark.reading import SparkCluster
from logcorr.spark.session import own_session, session_of

__all__ = ["SparkCluster", "own_session", "place", "session_of"]
