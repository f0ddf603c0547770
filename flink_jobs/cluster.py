"""A running Flink cluster, through its REST API.

https://nightlies.apache.org/flink/flink-docs-release-2.1/docs/ops/rest_api/
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import requests
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from flink_jobs.errors import TrunklineError

ENDED = frozenset({"CANCELED", "FAILED", "FINISHED"})
CONNECT_SECONDS = 5
ANSWER_SECONDS = 30
SAVEPOINT_SECONDS = 600
FAILURES_TO_GIVE_UP = 3
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
FAILED_AFTER_SAVEPOINT = "StopWithSavepointStoppingException"

T = TypeVar("T")
Json = dict[str, Any]


class NoSavepointError(TrunklineError):
    """A job could not take the savepoint that it was to stop with: what it has committed is that of its checkpoints."""


@dataclass(frozen=True)
class RunningJob:
    """A job as the JobManager sees it now; `state` is a Flink job status such as RUNNING or RESTARTING."""

    id: str
    name: str
    state: str
    start: datetime
    duration: timedelta

    @property
    def ended(self) -> bool:
        """Whether it will never run again."""
        return self.state in ENDED


@dataclass(frozen=True)
class Cluster:
    """The cluster at `url`. Every method raises TrunklineError when it does not answer or refuses."""

    url: str

    def jobs(self) -> list[RunningJob]:
        """All jobs that the JobManager knows, newest first: the running ones, and those that ended since it started."""
        return sorted(map(_job, self.get("/jobs/overview")["jobs"]), key=lambda job: job.start, reverse=True)

    def job(self, job_id: str) -> RunningJob:
        """One job."""
        return _job(self.get(f"/jobs/{job_id}"))

    def stop_with_savepoint(self, job_id: str, folder: str | Path | None = None) -> str:
        """Stops a job, all of whose results are then committed, and returns the URI of its savepoint in `folder`.

        Without a folder it is where the cluster keeps its savepoints, by its `execution.checkpointing.savepoint-dir`.

        NoSavepointError when Flink says that it took none; after any other TrunklineError there may be one, committed or not.
        """
        trigger = self._call("POST", f"/jobs/{job_id}/stop", {"targetDirectory": folder and str(folder), "drain": False})["request-id"]
        path = f"/jobs/{job_id}/savepoints/{trigger}"
        answer = _poll(lambda: self.get(path), lambda seen: seen["status"]["id"] == "COMPLETED", SAVEPOINT_SECONDS)
        result = answer.get("operation") or {}
        if "location" not in result:
            trace = result["failure-cause"]["stack-trace"] if result else ""
            cause = root_cause(trace) if trace else f"no answer after {SAVEPOINT_SECONDS} seconds"
            took_none = trace and FAILED_AFTER_SAVEPOINT not in trace
            raise (NoSavepointError if took_none else TrunklineError)(f"job {job_id} cannot stop with a savepoint: {cause}")
        self._wait_until_ended(job_id)
        return result["location"]

    def cancel(self, job_id: str) -> None:
        """Ends a job where it stands; its newest checkpoint stays on disk."""
        self._call("PATCH", f"/jobs/{job_id}?mode=cancel")
        self._wait_until_ended(job_id)

    def wait_until_running(self, job_id: str, timeout: float = 120) -> None:
        """Returns when every task of the job runs or is done.

        Raises TrunklineError with the reason when the job ends, fails again and again, or is not there after `timeout` seconds.
        """
        self._wait(job_id, _is_running, timeout)

    def wait_until_finished(self, job_id: str, timeout: float = 600) -> None:
        """Returns when a batch job is done; raises TrunklineError like `wait_until_running`."""
        self._wait(job_id, lambda job: job["state"] == "FINISHED", timeout)

    def exceptions(self, job_id: str) -> list[str]:
        """The root causes of the job's failures, newest first, each one line for a person."""
        return [root_cause(failure["stacktrace"]) for failure in self._failures(job_id)]

    def newest_checkpoint(self, job_id: str) -> str | None:
        """The URI of the newest complete checkpoint, else of what the job was last restored from."""
        latest = self.get(f"/jobs/{job_id}/checkpoints")["latest"]
        newest = latest["completed"] or latest["restored"]
        return newest and newest["external_path"]

    def dispose(self, savepoint: str) -> None:
        """Has the cluster remove a savepoint, by its URI; returns without waiting for that."""
        self._call("POST", "/savepoint-disposal", {"savepoint-path": savepoint})

    def _wait(self, job_id: str, is_reached: Callable[[Json], bool], timeout: float) -> None:
        before = {failure["timestamp"] for failure in self._failures(job_id)}

        def is_decided(job: Json) -> bool:
            failed = {failure["timestamp"] for failure in self._failures(job_id)} - before
            return is_reached(job) or job["state"] in ENDED or len(failed) >= FAILURES_TO_GIVE_UP

        job = _poll(lambda: self.get(f"/jobs/{job_id}"), is_decided, timeout)
        if not is_reached(job):
            reason = next(iter(self.exceptions(job_id)), f"after {timeout:g} seconds it is {job['state']}")
            raise TrunklineError(f"job {job['name']} does not run: {reason}", f"see {self.url}/#/job/running/{job_id}/exceptions")

    def _wait_until_ended(self, job_id: str) -> None:
        if not _poll(lambda: self.job(job_id), lambda job: job.ended, SAVEPOINT_SECONDS).ended:
            raise TrunklineError(f"job {job_id} does not end, {SAVEPOINT_SECONDS} seconds after it was told to", "see the JobManager's log")

    def _failures(self, job_id: str) -> list[Json]:
        return self.get(f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"]

    def get(self, path: str) -> Json:
        """The JSON that a path of the REST API answers."""
        return self._call("GET", path)

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        try:
            answer = requests.request(method, self.url + path, json=body, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
        except requests.RequestException as error:
            if UNTRUSTED in str(error):
                what = f"Flink at {self.url} has a certificate that is not trusted here"
                raise TrunklineError(what, "name the file of who vouches for it in REQUESTS_CA_BUNDLE") from None
            fix = "start it with `trunkline up`, or correct rest.address in catalog/<env>.sql"
            raise TrunklineError(f"no Flink cluster answers at {self.url}", fix) from None
        if not answer.ok:
            raise TrunklineError(f"Flink refuses {method} {path}: {_refusal(answer)}")
        return answer.json()


def root_cause(stack_trace: str) -> str:
    """The one line of a Java stack trace that says what went wrong: the last cause, or the Python error inside it."""
    if (python := stack_trace.rfind("Traceback (most recent call last)")) >= 0:
        lines = stack_trace[python:].splitlines()[1:]
        return next((line for line in lines if line and not line[0].isspace()), lines[-1])[:500]
    cause = stack_trace.strip().rpartition("Caused by: ")[2].splitlines()[0]
    return re.sub(r"^(?:\w+\.)+(?=\w+(?:: |$))", "", cause)[:500]


def _job(answer: Json) -> RunningJob:
    start = datetime.fromtimestamp(answer["start-time"] / 1000, UTC)
    return RunningJob(answer["jid"], answer["name"], answer["state"], start, timedelta(milliseconds=answer["duration"]))


def _is_running(answer: Json) -> bool:
    return answer["state"] in ("RUNNING", "FINISHED") and all(task["status"] in ("RUNNING", "FINISHED") for task in answer["vertices"])


def _refusal(answer: requests.Response) -> str:
    try:
        errors = answer.json()["errors"]
    except (requests.JSONDecodeError, KeyError):
        return f"{answer.status_code} {answer.reason}"
    return root_cause(next((error for error in reversed(errors) if error), answer.reason))


def _poll(look: Callable[[], T], is_done: Callable[[T], bool], timeout: float) -> T:
    """What `look` saw when it was done, or at last when the time was up."""
    try:
        return Retrying(retry=retry_if_result(lambda seen: not is_done(seen)), stop=stop_after_delay(timeout), wait=wait_fixed(0.2))(look)
    except RetryError as late:
        return late.last_attempt.result()
