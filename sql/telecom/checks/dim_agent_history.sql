-- The versions of an agent do not overlap, and only the one without an end is current.
SELECT agent_sk, valid_from, valid_to, next_from, is_current
FROM (
  SELECT *, LEAD(valid_from) OVER (PARTITION BY agent_sk ORDER BY valid_from) AS next_from
  FROM telecom.serving.dim_agent_history
)
WHERE valid_from IS NULL
  OR valid_to <= valid_from
  OR next_from < COALESCE(valid_to, 'infinity')
  OR is_current IS DISTINCT FROM (valid_to IS NULL);
