-- ${stream}: every layer, from one read of the topic.

-- How long the job remembers which ids it has seen.
SET 'table.exec.state.ttl' = '24 h';

EXECUTE STATEMENT SET BEGIN
END;
