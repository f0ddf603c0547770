# One image for Kafka, the JobManager, the TaskManager and `trunkline` itself: uv.lock brings a whole Flink and a Java runtime,
# jars.lock brings Kafka and the connectors.
FROM python:3.11-slim

RUN pip install --no-cache-dir uv && useradd --create-home trunkline && install --directory --owner=trunkline /trunkline
USER trunkline
WORKDIR /trunkline
ENV PATH=/trunkline/.venv/bin:$PATH TRUNKLINE_JARS=/home/trunkline/jars

COPY --chown=trunkline pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache
COPY --chown=trunkline . .
# New volumes begin as what is in the image, with its owner.
RUN uv sync --frozen --no-dev --no-cache \
    && python -c "from flink_jobs.local import flink; from flink_jobs.project import Project; flink.prepare(Project.find())" \
    && mkdir -p .trunkline/kafka .trunkline/lake

ENTRYPOINT ["python", "-m", "flink_jobs.local.foreground"]
