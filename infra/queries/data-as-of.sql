-- How far the data of each dataset have come in all of Gold, and whether its tables agree
SELECT dataset, min(data_as_of) AS data_as_of, min(batch) = max(batch) AND NOT bool_or(is_building) AS tables_agree
FROM gold.data_as_of
GROUP BY dataset
ORDER BY dataset
