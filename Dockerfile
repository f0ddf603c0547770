# Two images. `trunkline` is Kafka, the JobManager, the TaskManagers and `trunkline` itself: uv.lock brings a whole Flink and a Java
# runtime, jars.lock brings Kafka, the connectors and the file systems. Workers have the same Python with the same packages.
FROM versity/versitygw:v1.8.0@sha256:30292fc2eeacc67a36993b01f7a7a5e3361a19cced0e80c1d71cfa2a4b0a2499 AS s3

# A folder is a bucket. A new volume begins as what is in the image, with its owner.
RUN install -d -o 1000 -g 1000 /data /data/lake
USER 1000
EXPOSE 7070


FROM python:3.11.15-slim@sha256:90744cff8f32887f075c47d747a173ff333e9e98801667af93c357fa9f5e28ff AS trunkline

RUN pip install --no-cache-dir uv==0.13.8 \
    && useradd --create-home --uid 1000 trunkline \
    && install --directory --owner=trunkline /trunkline
USER 1000
WORKDIR /trunkline
ENV PATH=/trunkline/.venv/bin:$PATH TRUNKLINE_JARS=/home/trunkline/jars UV_COMPILE_BYTECODE=1

COPY --chown=trunkline pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --no-cache
COPY --chown=trunkline . .
RUN uv sync --frozen --no-dev --no-cache \
    && python -c "from flink_jobs.local import flink; from flink_jobs.project import Project; flink.install(Project.find(), 'compose')" \
    && mkdir -p .trunkline/kafka .trunkline/compose .trunkline/production

ENTRYPOINT ["trunkline-container"]
