-- How many contacts an agent settles at once, by the agent's department at the time. Contacts that no agent took are left out.
CREATE OR REPLACE VIEW telecom.serving.first_call_resolution_by_department AS
SELECT
  COALESCE(agent.department, 'unknown') AS department,
  COUNT(*) AS contacts,
  COUNT(*) FILTER (WHERE support.first_call_resolution) AS first_call_resolutions,
  ROUND(100.0 * first_call_resolutions / NULLIF(COUNT(support.first_call_resolution), 0), 1) AS first_call_resolution_percent
FROM telecom.gold.fact_support AS support
LEFT JOIN telecom.serving.dim_agent_history AS agent
  ON support.agent_sk = agent.agent_sk
  AND support."timestamp" >= agent.valid_from
  AND support."timestamp" < COALESCE(agent.valid_to, 'infinity')
WHERE support.agent_sk IS NOT NULL
GROUP BY ALL;
