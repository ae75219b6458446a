"""A session of its own for each dataset: what one sets, as its transaction id, another must not see."""

from __future__ import annotations

from pyspark.sql import SparkSession

from medallion.jvm import jvm_of

# The same answers wherever the job runs.
SETTINGS = {
    # Texts without a zone are UTC.
    "spark.sql.session.timeZone": "UTC",
    # A value that cannot be cast is for the rules to find, and no end of the job.
    "spark.sql.ansi.enabled": "false",
    # The same of a date that a pattern in a rule does not fit; the default ends the job where Spark 2 would have read it otherwise.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # The type that readers other than Spark take without loss; the default of old is in nanoseconds for some, and ends in 2262.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # A value that has `${…}` in it means no setting, where it comes into a condition.
    "spark.sql.variable.substitute": "false",
    # A date before 1900 is written as it is; the default refuses the file.
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}


def own_session(session: SparkSession) -> SparkSession:
    """For the calling thread: Delta asks the thread's session, not the one it is called with, for some of its settings."""
    own = session.newSession()
    for key, value in SETTINGS.items():
        own.conf.set(key, value)
    jvm_of(session).org.apache.spark.sql.SparkSession.setActiveSession(own._jsparkSession)
    return own
