-- How many contacts each department settles at once.
FROM telecom.serving.first_call_resolution_by_department
ORDER BY first_call_resolution_percent DESC, department;
