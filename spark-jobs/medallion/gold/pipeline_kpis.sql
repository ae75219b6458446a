-- How the pipeline does, by the day on which a run began and dataset. A run that found nothing new is counted as a run and as nothing else:
-- shares are of the runs that loaded, failed or were stopped. Freshness is the time from the plan of a batch to the end of the run that
-- loaded it, Gold included.
WITH runs AS (
  SELECT
    *,
    -- As decimals, which add up to the same in any order; so do the seconds and scores.
    CAST(unix_micros(ended_at) - unix_micros(planned_at) AS decimal(20, 0)) / 60000000 AS minutes,
    CAST(spark_seconds AS decimal(18, 3)) AS seconds,
    status = 'loaded' AS is_loaded,
    status IN ('failed', 'stopped') AS is_failed
  FROM gold.run_log
)
SELECT
  date,
  dataset,
  count(*) AS runs,
  count_if(is_loaded) AS loaded_runs,
  count_if(is_failed) AS failed_runs,
  count_if(status = 'left out') AS left_out_runs,
  round(count_if(is_loaded) / nullif(count_if(is_loaded OR is_failed), 0), 4) AS success_share,
  round(avg(if(is_loaded, minutes, NULL)), 2) AS average_minutes_to_gold,
  round(max(if(is_loaded, minutes, NULL)), 2) AS longest_minutes_to_gold,
  round(count_if(is_loaded AND minutes <= 60 * freshness_hours) / nullif(count_if(is_loaded), 0), 4) AS on_time_share,
  coalesce(sum(if(is_loaded, read, NULL)), 0) AS rows_read,
  coalesce(sum(if(is_loaded, quarantined, NULL)), 0) AS rows_quarantined,
  round(1 - sum(if(is_loaded, quarantined, NULL)) / nullif(sum(if(is_loaded, read, NULL)), 0), 4) AS accepted_share,
  round(avg(if(is_loaded, CAST(completeness AS decimal(5, 2)), NULL)), 2) AS completeness,
  round(avg(if(is_loaded, CAST(accuracy AS decimal(5, 2)), NULL)), 2) AS accuracy,
  round(avg(if(is_loaded, CAST(consistency AS decimal(5, 2)), NULL)), 2) AS consistency,
  round(avg(if(is_loaded, CAST(timeliness AS decimal(5, 2)), NULL)), 2) AS timeliness,
  round(avg(if(is_loaded, CAST(uniqueness AS decimal(5, 2)), NULL)), 2) AS uniqueness,
  round(coalesce(sum(if(is_loaded, seconds, NULL)), 0), 1) AS spark_seconds,
  round(sum(if(is_loaded, read, NULL)) / nullif(sum(if(is_loaded, seconds, NULL)), 0), 1) AS rows_per_spark_second
FROM runs
GROUP BY date, dataset
