"""The real thing: a broker and a cluster on free ports, in a temporary project."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
import requests
import yaml
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from flink_jobs.cluster import Cluster, RunningJob
from flink_jobs.errors import TrunklineError
from flink_jobs.local import flink, stack
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project

T = TypeVar("T")
ALL = ["Kafka", "JobManager", "TaskManager"]


def kill(project: Project, *names: str) -> None:
    killed = [Daemon(project, name).process() for name in names]
    for process in killed:
        process.kill()
    psutil.wait_procs(killed)


def until(look: Callable[[], T]) -> T:
    return Retrying(retry=retry_if_result(lambda seen: not seen), stop=stop_after_delay(60), wait=wait_fixed(0.05))(look)


def traces(project: Project) -> list[psutil.Process]:
    """Every process with the project's folder in its command line or environment, however it was started."""
    found = []
    for process in psutil.process_iter():
        try:
            seen = [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(str(project.root) in text for text in seen):
            found.append(process)
    return found


def test_up_starts_all_and_another_up_nothing(running: Project) -> None:
    assert stack.up(running) == []
    assert [(status.name, status.running) for status in stack.processes(running)] == [(name, True) for name in ALL]
    assert all(status.memory > 50 << 20 for status in stack.processes(running))


def test_other_settings_than_the_running_stack_has(running: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_TASK_SLOTS", "7")
    with pytest.raises(TrunklineError, match=r"runs with TRUNKLINE_TASK_SLOTS=8, not 7; .*`trunkline down`"):
        stack.up(Project(running.root))


def test_a_port_that_somebody_has(running: Project, new_project: Callable[[], Project]) -> None:
    other, broker = new_project(), Daemon(running, "Kafka").process()
    with pytest.raises(TrunklineError, match=rf"Kafka cannot have port \d+: java \(pid {broker.pid}\) has it; .* TRUNKLINE_KAFKA_PORT"):
        stack.up(other)
    assert not any(status.running for status in stack.processes(other))


def test_one_up_at_a_time(running: Project) -> None:
    with (running.state / "run" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(TrunklineError, match=rf"another `trunkline up` or `down` \(pid {os.getpid()}\) is at work"):
            stack.up(running)


def test_killed_kafka_and_jobmanager(running: Project) -> None:
    servers = {"bootstrap.servers": f"127.0.0.1:{running.settings.kafka_port}"}
    admin = AdminClient(servers)
    admin.create_topics([NewTopic("kept")])["kept"].result()
    producer = Producer(servers | {"message.max.bytes": 16_000_000})
    producer.produce("kept", b"x" * 5_000_000, partition=0)
    assert producer.flush(30) == 0
    taskmanager = Daemon(running, "TaskManager").process()
    kill(running, "Kafka", "JobManager")
    assert stack.up(running) == ALL
    assert not taskmanager.is_running()
    consumer = Consumer(servers | {"group.id": "test"})
    assert consumer.get_watermark_offsets(TopicPartition("kept", 0)) == (0, 1)
    assert len(consumer.list_topics("kept").topics["kept"].partitions) == 4
    consumer.close()


def test_flink_alone_restarts_when_its_configuration_changed(running: Project) -> None:
    """An option of Java's that a site adds takes none away that Flink needs."""
    kafka, *old = [Daemon(running, name).process() for name in ALL]
    assert not stack.flink_is_stale(running)
    with (running.root / "stack" / "flink.yaml").open("a") as configuration:
        configuration.write("\nweb.history: 7\nenv.java.opts.all: -Dsite=here\n")
    assert stack.flink_is_stale(running)
    stack.restart_flink(running)
    assert not stack.flink_is_stale(running)
    assert [process.is_running() for process in (kafka, *old)] == [True, False, False]
    assert {"key": "web.history", "value": "7"} in requests.get(f"{flink.url(running)}/jobmanager/config", timeout=10).json()
    for name in ("JobManager", "TaskManager"):
        assert {"-Dsite=here", "--add-opens=java.base/java.util=ALL-UNNAMED"} <= {*Daemon(running, name).process().cmdline()}


def test_nothing_listens_beyond_this_machine(running: Project, jobs: dict[str, RunningJob]) -> None:
    Cluster(flink.url(running)).wait_until_running(jobs["python"].id)
    processes = [process for name in ALL for process in Daemon(running, name).family()]
    assert any("pyflink.fn_execution.beam.beam_boot" in process.cmdline() for process in processes)
    listening = [address for process in processes for address in listening_addresses(process)]
    assert {running.settings.kafka_port, running.settings.flink_port} <= {port for _, port in listening}
    assert {ip.removeprefix("::ffff:") for ip, _ in listening} == {"127.0.0.1"}


def listening_addresses(process: psutil.Process) -> list[tuple[str, int]]:
    """Where a process listens; a worker of the failing job may have ended meanwhile."""
    try:
        return [tuple(c.laddr) for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    except psutil.NoSuchProcess:
        return []


def test_a_failing_job(running: Project, jobs: dict[str, RunningJob]) -> None:
    cluster, job = Cluster(flink.url(running)), jobs["failing"].id
    assert until(lambda: cluster.exceptions(job))[0] == "ValueError: 7 is too much"
    with pytest.raises(TrunklineError, match="cannot stop with a savepoint"):
        cluster.stop_with_savepoint(job, running.flink / "savepoints")
    cluster.cancel(job)
    assert cluster.job(job).state == "CANCELED"


def test_stop_with_savepoint(running: Project, jobs: dict[str, RunningJob]) -> None:
    cluster, job = Cluster(flink.url(running)), jobs["plain"].id
    cluster.wait_until_running(job)
    assert cluster.stop_with_savepoint(job, running.flink / "savepoints").startswith(f"file:{running.flink}/savepoints/savepoint-")
    cluster.wait_until_finished(job)


def test_killed_taskmanager(running: Project, jobs: dict[str, RunningJob]) -> None:
    cluster, job, taskmanager = Cluster(flink.url(running)), jobs["python"].id, Daemon(running, "TaskManager")
    cluster.wait_until_running(job)
    checkpoint = until(lambda: cluster.newest_checkpoint(job))
    assert checkpoint.startswith(f"file:{running.flink}/checkpoints/{job}/chk-")
    kill(running, "TaskManager")
    orphans = taskmanager.family()
    assert any("pyflink.fn_execution.beam.beam_boot" in process.cmdline() for process in orphans)
    assert stack.up(running) == ["TaskManager"]
    assert not any(process.is_running() for process in orphans)
    cluster.wait_until_running(job)
    assert "TaskManager" in cluster.exceptions(job)[0]


def test_down_after_everything_was_killed(running: Project, jobs: dict[str, RunningJob]) -> None:
    Cluster(flink.url(running)).wait_until_running(jobs["python"].id)
    kill(running, "TaskManager", "JobManager", "Kafka")
    assert flink.newest_checkpoint(running, jobs["python"].id).parent == running.flink / "checkpoints" / jobs["python"].id
    assert traces(running)
    assert stack.down(running) == ["TaskManager"]
    assert traces(running) == []
    assert not list(running.state.rglob("*.pid"))
    assert not running.stack_file.exists()
    assert stack.down(running) == []


def test_a_process_that_dies_at_its_start(
    new_project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch, shared_project: Project
) -> None:
    stack.down(shared_project)
    monkeypatch.setenv("TRUNKLINE_KAFKA_MEMORY", "100000g")
    project = new_project()
    said = r"Kafka ended at its start: Could not reserve enough space for \d+KB object heap; see \.trunkline/logs/kafka\.out"
    with pytest.raises(TrunklineError, match=said):
        stack.up(project)
    assert traces(project) == []
    assert not project.stack_file.exists()


def test_ctrl_c_stops_what_was_started(new_project: Callable[[], Project], shared_project: Project) -> None:
    stack.down(shared_project)
    project = new_project()
    code = "from flink_jobs.local import stack; from flink_jobs.project import Project; stack.up(Project.find())"
    environment = os.environ | {"PYTHONPATH": str(Path(stack.__file__).parents[2])}
    command = subprocess.Popen([sys.executable, "-c", code], cwd=project.root, env=environment, stderr=subprocess.PIPE)
    until(Daemon(project, "TaskManager").process)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate()
    assert b"KeyboardInterrupt" in said
    assert traces(project) == []
    assert not project.stack_file.exists()


def test_full_disk(new_project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "MINIMUM_FREE_BYTES", 1 << 60)  # more than this machine's disk has
    project = new_project()
    with pytest.raises(TrunklineError, match=r"is full: \d+ MiB are free.*make room"):
        stack.up(project)
    assert not project.flink.exists()


def test_two_ports_alike(new_project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_FLINK_PORT", os.environ["TRUNKLINE_KAFKA_PORT"])
    with pytest.raises(TrunklineError, match="TRUNKLINE_FLINK_PORT and TRUNKLINE_KAFKA_PORT are both"):
        stack.up(new_project())


def test_a_path_that_flinks_scripts_cannot_take(tmp_path: Path) -> None:
    with pytest.raises(TrunklineError, match="has a blank; move it"):
        flink.prepare(Project(tmp_path / "my project"))


def test_newest_checkpoint_is_the_newest_complete_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    folder = project.flink / "checkpoints" / "job"
    for name in ("chk-9", "chk-10"):
        (folder / name).mkdir(parents=True)
        (folder / name / "_metadata").touch()
    (folder / "chk-11").mkdir()
    assert flink.newest_checkpoint(project, "job") == folder / "chk-10"
    assert flink.newest_checkpoint(project, "other") is None


def test_another_format_is_another_version_of_flink(new_project: Callable[[], Project]) -> None:
    project = new_project()
    flink.prepare(project)
    version, source = flink.version(project), project.root / "formats" / "WholeJsonFormatFactory.java"
    os.utime(source)
    flink.prepare(project)
    assert flink.version(project) == version
    source.write_text(source.read_text().replace("whole-json", "half-json"))
    flink.prepare(project)
    assert flink.version(project) != version


def test_a_process_in_a_container_is_configured_for_it(new_project: Callable[[], Project]) -> None:
    project = new_project()
    (project.root / "catalog").mkdir(exist_ok=True)
    (project.root / "catalog" / "far.sql").write_text(
        "SET 'rest.address' = 'jobmanager'; SET 'table.local-time-zone' = 'UTC'; SET 'execution.checkpointing.dir' = 's3://lake/checkpoints';"
    )
    flink.prepare(project)
    file = project.flink / "conf" / "config.yaml"
    here = yaml.safe_load(file.read_text())
    flink.prepare(project, "far")
    there = yaml.safe_load(file.read_text())
    assert {name: there[name] for name in here.keys() & there.keys() if here[name] != there[name]} == {
        "execution.checkpointing.dir": "s3://lake/checkpoints"
    }
    assert there.keys() - here.keys() == yaml.safe_load((project.root / "stack" / "containers.yaml").read_text()).keys()
    assert {value for name, value in here.items() if name not in there} == {"127.0.0.1", "taskmanager"}


def test_flinks_configuration_keeps_what_its_promises_need() -> None:
    options = yaml.safe_load((Project.find(Path(__file__)).root / "stack" / "flink.yaml").read_text())
    assert options["execution.checkpointing.mode"] == "EXACTLY_ONCE"
    assert options["execution.checkpointing.unaligned.enabled"] is False
    assert options["execution.checkpointing.externalized-checkpoint-retention"] == "RETAIN_ON_CANCELLATION"
