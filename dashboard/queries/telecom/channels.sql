-- How long customers wait on each channel.
FROM telecom.serving.support_waits_by_channel
ORDER BY p95_wait_seconds DESC, channel;
