"""Damage logs of other tools at random, and read them: nothing but our own errors may come out.

    python benchmarks/fuzz_importers.py --quick              # 300 inputs for each reader
    python benchmarks/fuzz_importers.py --inputs 1000000     # hours; --readers wandb mlflow

Each input is a small log with bytes flipped, cut, repeated or put in; of W&B's, half are damaged
inside their records, with checksums that are right again. An input is a failure if it

- raises anything but an error of ours, or `sniff` raises at all;
- takes more than 5 s;
- takes more memory than 10 MB and `MULTIPLE` times its size (measured on every 200th);
- gives a log that no run can be made of (tried on every 1000th).

Failing inputs are written into the folder that is printed. The seed is printed, and can be given.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sqlite3
import struct
import sys
import tempfile
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bathyscope._errors import BathyscopeError
from bathyscope.importers import Log, write_log
from bathyscope.importers.formats import module_of
from bathyscope.importers.log import Faults
from bathyscope.importers.yaml_text import read_yaml

MULTIPLE = 200
YAML_MULTIPLE = 600
LIMIT_SECS = 5
_WORDS = [b"nan", b"NaN", b"Infinity", b"-inf", b"1e999", b"-0", b"9" * 25, b"null", b"true", b"{}",
          b"[]", b"[[", b"]}", b'"', b"\\ud800", b"\\u0000", b"\xff\xfe", b"\xf0\x9f\x98\x80",
          b"\0", b"\n", b"\r\n", b",", b";", b"\t", b":", b"_type", b"epoch", b"step",
          b"&a", b"*a", b"!!",
          b"\x7f\xff\xff\xff", b"\x80\x80\x80\x80\x01", b"../../x"]  # fmt: skip


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Change some places of data."""
    changed = bytearray(data)
    for _ in range(1 << dice.randrange(5)):
        place = dice.randrange(len(changed) + 1)
        kind = dice.randrange(7)
        if kind == 0 and changed:
            changed[place % len(changed)] = dice.randrange(256)
        elif kind == 1:
            changed[place:place] = dice.choice(_WORDS)
        elif kind == 2:
            del changed[place : place + 1 + dice.randrange(20)]
        elif kind == 3:
            word = dice.choice(_WORDS)
            changed[place : place + len(word)] = word
        elif kind == 4 and changed:
            start = dice.randrange(len(changed))
            piece = changed[start : start + dice.randrange(60)]
            changed[place:place] = piece * (1 + dice.randrange(3))
        elif kind == 5 and changed:
            changed[place % len(changed)] ^= 1 << dice.randrange(8)
        elif kind == 6 and dice.random() < 0.1:
            del changed[place:]
    return bytes(changed)


class Target:
    """A reader, and logs to damage.

    Parameters
    ----------
    name : str
    folder : Path
        Where inputs are written.
    """

    multiple = MULTIPLE

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.module: Any = module_of(name)
        self.file = folder / FILES[name]
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.seeds: list[bytes] = SEEDS[name]()
        for path, data in AROUND.get(name, {}).items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        self.path = folder / "run" if name == "mlflow" else self.file

    def put(self, dice: random.Random) -> bytes:
        """Write the next input; give it."""
        data = mutated(dice.choice(self.seeds), dice)
        self.file.write_bytes(data)
        return data

    def read(self) -> list[Log]:
        """Read it, whether it looks like a log or not."""
        self.module.sniff(self.path)
        try:
            if hasattr(self.module, "keys"):
                return [self.module.read(self.path, key) for key in self.module.keys(self.path)]
            return [self.module.read(self.path)]
        except BathyscopeError:
            return []


class WandbTarget(Target):
    """Half of the inputs are damaged inside the records."""

    def put(self, dice: random.Random) -> bytes:
        if dice.random() < 0.5:
            return super().put(dice)
        payloads = [mutated(p, dice) if dice.random() < 0.4 else p for p in WANDB_PAYLOADS]
        data = wandb_file(payloads)
        self.file.write_bytes(data)
        return data


class MlflowTarget(Target):
    """Any of the files of a run is damaged."""

    def put(self, dice: random.Random) -> bytes:
        for path, good in AROUND["mlflow"].items():
            (self.folder / path).write_bytes(good)
        path = dice.choice(list(AROUND["mlflow"]))
        data = mutated(AROUND["mlflow"][path], dice)
        (self.folder / path).write_bytes(data)
        return data


class YamlTarget(Target):
    """Settings alone."""

    multiple = YAML_MULTIPLE

    def read(self) -> list[Log]:
        read_yaml(self.file, Faults())
        return []


def csv_seeds() -> list[bytes]:
    return [b"epoch,acc,loss,val_acc\n0,0.5,1.25,NA\n1,0.75,nan,0.5\n2,0.8,1e-5,inf\n" * 2,
            b'epoch;lr;odd\r\n0;0.1;"[1.5, 2]"\r\n1;0.1;"[3, nan]"\r\n']  # fmt: skip


def lightning_seeds() -> list[bytes]:
    return [b"epoch,step,train_loss,val_loss\n0,9,0.5,\n0,9,,0.75\n1,19,0.25,\n1,19,,nan\n" * 2]


def json_seeds(*values: Any) -> Callable[[], list[bytes]]:
    return lambda: [json.dumps(value).encode() for value in values]


def lightgbm_seeds() -> list[bytes]:
    text = (b"tree\nversion=v4\nnum_class=1\nfeature_names=a b c\nTree=0\nleaf_value=1 2\n\n"
            b"end of trees\n\nfeature_importances:\na=5\nb=2\n\nparameters:\n[boosting: gbdt]\n"
            b"[learning_rate: 0.25]\nend of parameters\n\npandas_categorical:null\n")  # fmt: skip
    found = {"name": "tree", "version": "v4", "feature_names": ["a", "b"], "tree_info": [{"x": 1}],
             "feature_importances": {"a": 5}}  # fmt: skip
    return [text, json.dumps(found).encode()]


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def item(key: str, value: Any) -> bytes:
    return field(1, field(1, key.encode()) + field(16, json.dumps(value).encode()))


def history(step: int, **values: Any) -> bytes:
    inner = b"".join(item(name, value) for name, value in values.items())
    return field(2, inner + field(2, field(1, step)))


WANDB_PAYLOADS = [
    field(17, field(1, b"abc") + field(8, b"name") + field(4, item("lr", 0.1)) + field(10, b"tag")
          + field(17, field(1, 1000))),
    history(0, loss=0.5, _timestamp=1000.5, words="said", deep={"a": {"b": 1}}, many=[1, 2.5]),
    history(1, loss=float("nan"), h={"_type": "histogram", "values": [1, 2], "bins": [0, 1, 2]}),
    history(2, pic={"_type": "image-file", "path": "x.png"},
            h={"_type": "histogram", "packedBins": {"min": 0, "size": 1}, "values": [1, 2]}),
    field(7, field(2, field(1, 1001)) + field(3, field(1, b"cpu") + field(16, b"12.5"))),
    field(13, field(1, 1) + field(2, field(1, 1002)) + field(3, b"hello\n")),
    field(3, item("best", {"max": 3})), field(10, field(1, b"alert") + field(2, b"text")),
    field(6, field(1, field(1, b"a/b.txt"))), field(18, field(1, 1)),
]  # fmt: skip


def wandb_file(payloads: list[bytes]) -> bytes:
    data = bytearray(b":W&B" + struct.pack("<HB", 0xBEE1, 0))
    for payload in payloads:
        part = payload[:30000]  # all within the first block or two: pieces are damaged anyway
        room = 32768 - len(data) % 32768
        if room < len(part) + 7:
            data += bytes(room)
        data += struct.pack("<IHB", zlib.crc32(b"\x01" + part), len(part), 1) + part
    return bytes(data)


def wandb_pieces() -> bytes:
    """A record in two pieces around the end of a block."""
    first, last = b"x" * 200, WANDB_PAYLOADS[1]
    data = bytearray(wandb_file(WANDB_PAYLOADS))
    for kind, part in ((2, first), (3, last), (4, last)):
        data += struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind) + part
    return bytes(data)


def database_seeds() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.db")
        with sqlite3.connect(path) as database:
            database.executescript("""
                PRAGMA page_size = 512;
                CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
                CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT, user_id TEXT,
                    start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT,
                    experiment_id INTEGER);
                CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT,
                    step BIGINT, is_nan BOOLEAN);
                CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
                CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
                INSERT INTO experiments VALUES (1, 'first');
                INSERT INTO runs VALUES ('a', 'one', 'FINISHED', 'me', 1, 2, 'active', '/tmp', 1);
                INSERT INTO runs VALUES ('b', 'two', 'FAILED', 'me', 1, 2, 'deleted', '', 1);
                INSERT INTO params VALUES ('lr', '0.1', 'a');
                INSERT INTO tags VALUES ('mlflow.runName', 'x', 'b');
            """)
            rows = [
                ("loss", step / 7, step, "ab"[step % 2], step, step % 5 == 0) for step in range(40)
            ]
            database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
        database.close()
        return [path.read_bytes()]


HISTORY = {"loss": [0.5, 0.25], "val_loss": [1, float("nan")], "odd": [[1, 2], [3, 4]]}
STATE = {"global_step": 2, "log_history": [
    {"loss": 0.5, "step": 1, "epoch": 0.5}, {"eval_loss": 0.25, "step": 2, "x": 1.0}]}  # fmt: skip
XGBOOST = {"learner": {"attributes": {"best_iteration": "2", "scikit_learn": '{"a": 1}'},
                       "gradient_booster": {"name": "gbtree", "model": {"gbtree_model_param": {}}},
                       "feature_names": ["a"], "learner_model_param": {}, "objective": {}},
           "version": [3, 0, 0]}  # fmt: skip
SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "wandb": lambda: [wandb_file(WANDB_PAYLOADS), wandb_pieces()],
    "mlflow": lambda: [b""],
    "mlflow-sqlite": database_seeds,
    "huggingface": json_seeds(STATE),
    "lightning": lightning_seeds,
    "keras": csv_seeds,
    "xgboost": json_seeds(XGBOOST),
    "lightgbm": lightgbm_seeds,
    "boosting": json_seeds({"train": {"rmse": [1.5, 1.25]}, "eval": {"rmse": [[1, 2], [3, 4]]}},
                           {"valid l2-mean": [1.5, None], "valid l2-stdv": [0.5, 0.25]}),
    "keras-history": json_seeds(HISTORY, {"history": HISTORY, "epoch": [3, 4], "params": {"a": 1}},
                                {"loss": {"0": 0.5, "1": 0.25}}),
    "yaml": lambda: [b"lr: 0.001\nlayers:\n- 8\n- 4\nname: 'it''s'\nnested: &a\n  x: .nan\nb: *a\n"
                     b"c: !!python/tuple [1, 2]\nd: \"two\\nlines\"\n? key\n: {e: [1, {f: ~}]}\n"],
}  # fmt: skip
FILES = {"wandb": "run-x.wandb", "mlflow": "run/metrics/loss", "mlflow-sqlite": "mlflow.db",
         "huggingface": "trainer_state.json", "lightning": "metrics.csv", "keras": "training.csv",
         "xgboost": "xgb.json", "lightgbm": "lgb.txt", "boosting": "evals_result.json",
         "keras-history": "history.json", "yaml": "hparams.yaml"}  # fmt: skip
AROUND = {"mlflow": {
    "run/meta.yaml": b"run_id: abc\nrun_name: \"gr\\xF6\\xDFe\"\nstart_time: 1500\nstatus: 3\n",
    "meta.yaml": b"experiment_id: '1'\nname: 'it''s'\n",
    "run/metrics/loss": b"1000 0.5 0\n2000 nan 10\n3000 -Infinity -5\n1500 1e-300\n",
    "run/params/lr": b"0.001",
    "run/tags/mlflow.runName": b"name",
}}  # fmt: skip
KINDS: dict[str, type[Target]] = {"wandb": WandbTarget, "mlflow": MlflowTarget, "yaml": YamlTarget}


class TooSlow(Exception):
    """An input took longer than allowed."""


def on_alarm(*_: object) -> None:
    raise TooSlow


def checked(target: Target, number: int, size: int, runs: Path) -> str:
    """Read an input; say what is wrong with how that went."""
    is_measured = number % 200 == 0
    if is_measured:
        tracemalloc.start()
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECS * (10 if is_measured else 1))
    try:
        logs = target.read()
        peak = tracemalloc.get_traced_memory()[1] if is_measured else 0
        signal.setitimer(signal.ITIMER_REAL, 0)
        for log in logs:
            for column in log.scalars.values():
                assert len(column.steps) == len(column.values) == len(column.times) > 0
            if number % 1000 == 0:
                write_log(log, runs / f"{target.name}-{number}-{log.name.encode().hex()[:40]}")
    except TooSlow:
        return f"took more than {LIMIT_SECS} s"
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if is_measured:
            tracemalloc.stop()
    if peak > 10e6 + target.multiple * size:
        return f"took {peak / 1e6:.0f} MB for {size} bytes"
    return ""


def fuzz(name: str, n_inputs: int, seed: int, failures: Path, *, seconds: float) -> int:
    """Damage and read; print how it went; give the number of failures."""
    dice = random.Random(f"{seed}/{name}")
    begun = time.process_time()
    n_failed = 0
    with tempfile.TemporaryDirectory(
        dir="/dev/shm" if Path("/dev/shm").is_dir() else None
    ) as place:
        module = "lightning" if name == "yaml" else name
        target = KINDS.get(name, Target)(module if name == "yaml" else name, Path(place))
        if name == "yaml":
            target.file, target.seeds = Path(place, FILES["yaml"]), SEEDS["yaml"]()
        number = 0
        while number < n_inputs and time.process_time() < begun + seconds:
            number += 1
            if number % 100_000 == 0:
                print(f"  {name}: {number:,} inputs so far", flush=True)
            data = target.put(dice)
            wrong = checked(target, number, len(data), Path(place, "runs"))
            if wrong:
                n_failed += 1
                if n_failed <= 20:
                    (failures / f"{name}-{number}").write_bytes(data)
                    print(f"  {name}, input {number}: {wrong}", flush=True)
    spent = time.process_time() - begun
    print(f"{name:14} {number:>9,} inputs  {n_failed:>5} failures  {spent:>8.0f} s", flush=True)
    return n_failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="300 inputs for each reader")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=1e9,
                        help="processor time for each reader, at most")  # fmt: skip
    parser.add_argument("--readers", nargs="*", default=list(SEEDS), choices=list(SEEDS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    n_inputs = 300 if options.quick else options.inputs
    signal.signal(signal.SIGALRM, on_alarm)
    failures = Path(tempfile.mkdtemp(prefix="fuzz-importers-"))
    print(f"seed {options.seed}; failing inputs go into {failures}", flush=True)
    n_failed = sum(
        fuzz(name, n_inputs, options.seed, failures, seconds=options.seconds)
        for name in options.readers
    )
    sys.exit(1 if n_failed else 0)


if __name__ == "__main__":
    main()
