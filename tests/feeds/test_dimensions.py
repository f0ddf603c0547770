"""`trunkline load-dims`, as it is typed, against a broker."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from confluent_kafka import Consumer, Producer, TopicPartition
from typer.testing import CliRunner

from feeds import dimensions, kafka
from feeds.kafka import Sender
from feeds.members import MAX_BYTES
from feeds.records import Record
from flink_jobs.cli import app
from flink_jobs.errors import ProjectError, TrunklineError
from tests.conftest import REPOSITORY
from tests.oracle.topic import read_topic

HERE = Path(__file__).parent
ACCEPTED = yaml.safe_load((HERE / "members" / "accepted.yaml").read_text())
REFUSED = yaml.safe_load((HERE / "members" / "refused.yaml").read_text())


@pytest.fixture
def shop(mock_broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The working directory is a project whose topics exist and are empty; the broker's address."""
    shutil.copytree(HERE / "shop", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", mock_broker)
    owner = Producer({"bootstrap.servers": mock_broker})
    for topic in ("products", "shelves"):
        owner.list_topics(topic)  # makes it
    return mock_broker


def load(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["load-dims", *arguments])


def write(case: dict) -> str:
    """Writes the file of a case; its name."""
    name = next(iter(case))
    Path(name).write_bytes(case[name].encode())
    return name


def held(broker: str, topic: str) -> list[tuple[bytes, bytes | None]]:
    """Keys and values of a topic by key, those of one key in their order."""
    return sorted(((record.key, record.value) for record in read_topic(broker, topic)), key=lambda pair: pair[0])


@pytest.mark.parametrize("case", ACCEPTED.values(), ids=ACCEPTED)
def test_members_are_sent_once_as_they_are_written(case: dict, shop: str) -> None:
    name = write(case)
    done = load(name)
    assert (done.exit_code, done.stdout) == (0, "")
    assert held(shop, Path(name).stem) == [(key.encode(), value.encode()) for key, value in case["sends"]]


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_reported_at_its_place_and_the_rest_is_sent(case: dict, shop: str) -> None:
    name = write(case)
    done = load(name)
    refused = len({said.split(": ")[0] for said in case["says"]})
    summary = f"{name}: {len(case['sends'])} sent, 0 unchanged, {refused} refused"
    assert (done.exit_code, done.stderr.splitlines()) == (1, [*case["says"], summary])
    assert [key for key, _ in held(shop, "products")] == [key.encode() for key in case["sends"]]


def test_a_rerun_sends_only_what_is_new_or_has_changed(shop: str) -> None:
    Path("products.json").write_text('[{"sku": "a", "stock": 1}, {"sku": "b", "stock": 1}, {"sku": "c", "updated_at": 1}]')
    assert load("products.json").stderr == "products.json: 3 sent, 0 unchanged, 0 refused\n"
    assert load("products.json").stderr == "products.json: 0 sent, 3 unchanged, 0 refused\n"
    Path("products.json").write_text(
        '[{"sku": "a", "stock": 2}, {"stock": 1.0, "sku": "b"}, {"sku": "c", "updated_at": true}, {"sku": "d"}]'
    )
    assert load("products.json").stderr == "products.json: 3 sent, 1 unchanged, 0 refused\n"
    assert held(shop, "products") == [
        (b"a", b'{"sku":"a","stock":1}'),
        (b"a", b'{"sku":"a","stock":2}'),
        (b"b", b'{"sku":"b","stock":1}'),
        (b"c", b'{"sku":"c","updated_at":1}'),
        (b"c", b'{"sku":"c","updated_at":true}'),
        (b"d", b'{"sku":"d"}'),
    ]


@pytest.mark.parametrize("newest", [None, b"", b"oops", b"\xff", b'{"sku":"a","sku":"a"}', b"[" * 5000, b'{"sku":"b"}'])
def test_a_member_is_sent_where_kafka_holds_something_else_last(newest: bytes | None, shop: str) -> None:
    sender = Sender({"bootstrap.servers": shop}, ["products"])
    for value in (b'{"sku":"a"}', newest):
        sender.send(Record("products", b"a", value))
    sender.flush()
    Path("products.json").write_text('{"sku": "a"}')
    assert load("products.json").stderr == "products.json: 1 sent, 0 unchanged, 0 refused\n"


def test_where_a_key_has_moved_to_another_partition_the_later_record_counts(shop: str) -> None:
    producer = Producer({"bootstrap.servers": shop})
    for partition, (value, timestamp) in enumerate([(b'{"sku":"a"}', 1000), (b"{}", 2000), (b'{"sku":"a"}', 1500), (b"{}", 1)]):
        producer.produce("products", value, b"a", partition, timestamp=timestamp)
    producer.flush()
    assert dimensions.newest_values("products", {"bootstrap.servers": shop}) == {b"a": b"{}"}


def test_the_topic_of_a_file_with_another_name(shop: str) -> None:
    for name, stock in (("monday.json", 1), ("tuesday.json", 2), ("wednesday.json", 2)):
        Path(name).write_text(f'{{"sku": "a", "stock": {stock}}}')
    done = load("monday.json", "tuesday.json", "wednesday.json", "--topic", "products")
    assert done.stderr.splitlines() == [
        "monday.json: 1 sent, 0 unchanged, 0 refused",
        "tuesday.json: 1 sent, 0 unchanged, 0 refused",
        "wednesday.json: 0 sent, 1 unchanged, 0 refused",
    ]
    assert [value for _, value in held(shop, "products")] == [b'{"sku":"a","stock":1}', b'{"sku":"a","stock":2}']


def test_one_bad_file_does_not_keep_back_another(shop: str) -> None:
    Path("products.json").write_bytes(b'{"sku": "a"}\n {"sku": "\xff"}')
    Path("shelves.json").write_text('{"shelf_number": 1}')
    done = load("products.json", "shelves.json")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "products.json:2:11: this is not UTF-8 text; save the file as UTF-8",
        "products.json: 0 sent, 0 unchanged, 1 refused",
        "shelves.json: 1 sent, 0 unchanged, 0 refused",
    ]
    assert (held(shop, "products"), held(shop, "shelves")) == ([], [(b"1", b'{"shelf_number":1}')])


@pytest.mark.parametrize("form", ["{}", "[{}]"])
def test_a_record_that_no_reader_takes_is_refused(form: str, shop: str) -> None:
    Path("products.json").write_text(form.replace("{}", '{"sku": "a", "updated_at": %s}' % ("[" * 5000 + "]" * 5000)))
    assert "too many levels" in load("products.json").stderr
    fitting = MAX_BYTES // 2 - len('{"sku":"a","title":""}')
    for title, exit_code in (("x" * fitting, 0), ("x" * MAX_BYTES, 1)):
        Path("products.json").write_text(json.dumps({"sku": "a", "title": title}))
        assert load("products.json").exit_code == exit_code
    assert load("products.json").stderr.startswith("products.json:1:1: this record has 1,048,598 bytes; shorten it to 1,048,576\n")


def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(shop: str) -> None:
    Path("products.jsonl").write_text('{"sku": "a"}\n{"sku": "a"}\n{"sku": "b", "stock": 1}\n')
    for _ in range(2):
        done = load("products.jsonl", "--dry-run")
        assert (done.exit_code, done.stdout) == (0, '{"sku":"a"}\n{"sku":"b","stock":1}\n')
        assert done.stderr == "products.jsonl: 2 to send, 1 unchanged, 0 refused\n"
    assert held(shop, "products") == []


def test_the_summary_as_json(shop: str) -> None:
    Path("products.json").write_text('[{"sku": "a"}, {"sku": "a"}, {"stock": "x"}]')
    Path("shelves.json").write_text("[]")
    done = load("products.json", "shelves.json", "--json")
    assert (done.exit_code, done.stderr) == (1, "")
    place = {"file": "products.json", "line": 1, "column": 30}
    assert json.loads(done.stdout) == [
        {
            "file": "products.json",
            "topic": "products",
            "sent": 1,
            "unchanged": 1,
            "refused": 1,
            "problems": [
                place | {"what": 'stock should be INT but is "x"', "fix": "correct it"},
                place | {"what": "sku is missing, and it is the key of products", "fix": "give it"},
            ],
            "interrupted": False,
        },
        {"file": "shelves.json", "topic": "shelves", "sent": 0, "unchanged": 0, "refused": 0, "problems": [], "interrupted": False},
    ]
    dry = load("products.json", "--json", "--dry-run")
    assert (dry.stdout, json.loads(dry.stderr)[0]["sent"]) == ("", 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["produkts.json"], "no source reads a topic 'produkts'; choose one with --topic: photos, products, shelves"),
        (["products.json", "--topic", "x"], "no source reads a topic 'x'; choose one with --topic: photos, products, shelves"),
        (["products.json", "--env", "moon"], "no environment 'moon': catalog/moon.sql does not exist; choose one of: local"),
    ],
)
def test_what_no_file_declares_is_told_before_anything_is_sent(arguments: list[str], says: str, shop: str) -> None:
    for name in ("products.json", "produkts.json"):
        Path(name).write_text('{"sku": "a"}')
    done = load("products.json", *arguments)
    assert isinstance(done.exception, TrunklineError)
    assert str(done.exception) == says
    assert held(shop, "products") == []


def test_a_column_that_no_json_value_fits(shop: str) -> None:
    Path("photos.json").write_text("")
    done = load("photos.json")
    assert isinstance(done.exception, ProjectError)
    assert str(done.exception).startswith(
        "sql/shop/sources/photos.sql:2:1: frames[].pixels has the type BYTES, which no JSON value has; use one"
    )


def test_a_topic_that_nobody_made_is_told_before_anything_is_sent(shop: str) -> None:
    Path("sql/shop/sources/photos.sql").write_text("CREATE TEMPORARY TABLE p (a INT) WITH ('topic' = 'photos') LIKE kafka_defaults;")
    Path("photos.json").write_text('{"a": 1}')
    Path("products.json").write_text('{"sku": "a"}')
    done = load("products.json", "photos.json")
    assert isinstance(done.exception, TrunklineError)
    assert str(done.exception).startswith(f"Kafka at {shop} has no topic 'photos'; make it with `trunkline deploy`")
    assert held(shop, "products") == []


def test_no_broker(shop: str, free_port: int) -> None:
    Path("products.json").write_text('{"sku": "a"}')
    done = load("products.json", "--bootstrap", f"127.0.0.1:{free_port}")
    assert isinstance(done.exception, TrunklineError)
    assert str(done.exception).startswith(f"Kafka at 127.0.0.1:{free_port} does not answer (")


def test_a_broker_that_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "SILENCE_SECONDS", 0.2)
    owner = Producer({"test.mock.num.brokers": 1, "test.mock.broker.rtt": 0})
    address = str(owner.list_topics("products").brokers[1]).split("/")[0]
    del owner
    with pytest.raises(TrunklineError, match=rf"Kafka at {address} does not give the records of 'products' \(.*\); see `trunkline status`"):
        dimensions.newest_values("products", {"bootstrap.servers": address})


@pytest.mark.parametrize("wrong", [[], ["nowhere.json"], ["."], ["products.json", "--rate", "1"]])
def test_wrong_use(wrong: list[str], shop: str) -> None:
    assert load(*wrong).exit_code == 2


def test_ctrl_c_ends_it_cleanly_and_the_next_run_sends_the_rest(shop: str) -> None:
    count = 100_000
    Path("products.jsonl").write_text("".join(f'{{"sku": "{n}"}}\n' for n in range(count)))
    program = [sys.executable, "-c", "from flink_jobs.cli import main; main()", "load-dims", "products.jsonl"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen([*program, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as loading:
        watch = Consumer({"bootstrap.servers": shop, "group.id": "watch", "fetch.wait.max.ms": 10})
        watch.assign([TopicPartition("products", partition, 0) for partition in range(4)])
        assert watch.poll(60)
        loading.send_signal(signal.SIGINT)
        summary, errors = loading.communicate(timeout=60)
        watch.close()
    assert (loading.returncode, errors) == (130, b"")
    first = json.loads(summary)[0]
    assert first["interrupted"]
    assert len(held(shop, "products")) == first["sent"] < count
    assert load("products.jsonl").stderr == f"products.jsonl: {count - first['sent']:,} sent, {first['sent']:,} unchanged, 0 refused\n"
    assert [key for key, _ in held(shop, "products")] == sorted(b"%d" % n for n in range(count))
