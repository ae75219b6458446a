-- How the pipeline has done since yesterday, by dataset
SELECT dataset, date, loaded_runs, failed_runs, success_share, longest_minutes_to_gold, on_time_share, accepted_share, rows_per_spark_second
FROM gold.pipeline_kpis
WHERE date >= current_date - INTERVAL '1' DAY
ORDER BY dataset, date
