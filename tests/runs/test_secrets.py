from __future__ import annotations

from argparse import Namespace

import pytest

from bathyscope.runs import Run, RunWriter
from bathyscope.runs.secrets import command_without_secrets, settings_without_secrets


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["train.py", "--api-key=abc", "--lr=0.1"], ["train.py", "--api-key=<hidden>", "--lr=0.1"]),
        (["--api_key", "abc", "--lr", "0.1"], ["--api_key", "<hidden>", "--lr", "0.1"]),
        (["--wandb-api-key", "abc"], ["--wandb-api-key", "<hidden>"]),
        (["--hf.token", "abc"], ["--hf.token", "<hidden>"]),
        (["WANDB_API_KEY=abc"], ["WANDB_API_KEY=<hidden>"]),
        (["optimizer.password=abc"], ["optimizer.password=<hidden>"]),
        (["--password", "--verbose", "x"], ["--password", "--verbose", "x"]),
        (["--password="], ["--password="]),
        (["s3://user:word@host/x?a=b"], ["s3://<hidden>@host/x?a=b"]),
        (["https://token@host/x"], ["https://<hidden>@host/x"]),
        (["hf_" + "aB3" * 10], ["<hidden>"]),
        (["--key=sk-" + "a" * 30], ["--key=<hidden>"]),
        (["AKIA" + "ABCD1234" * 2], ["<hidden>"]),
        (
            ["--dbPassword=abc", "--userApiKey=abc"],
            ["--dbPassword=<hidden>", "--userApiKey=<hidden>"],
        ),
        (["PGPASSWORD=abc"], ["PGPASSWORD=<hidden>"]),
        (["redis://:abc@host:6379"], ["redis://<hidden>@host:6379"]),
        (["postgresql://u:p@ss#1@host/db"], ["postgresql://<hidden>@host/db"]),
        (["https://host/x?b=1&token=abc&c=2"], ["https://host/x?b=1&token=<hidden>&c=2"]),
        (["http://h/?a=1&api_key=b&sig=d"], ["http://h/?a=1&api_key=<hidden>&sig=<hidden>"]),
        (["https://h/?X-Amz-Signature=abc"], ["https://h/?X-Amz-Signature=<hidden>"]),
        (["-H", "Authorization: Basic abc"], ["-H", "Authorization: <hidden>"]),
        (["--set=password=abc"], ["--set=password=<hidden>"]),
        (["--with=api_key=abc,lr=1"], ["--with=api_key=<hidden>,lr=1"]),
        (['{"secret": "a, b", "lr": 1}'], ['{"secret": <hidden>, "lr": 1}']),
        (["eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.dozjgNryP4J3"], ["<hidden>"]),
        (["--db-pass=abc", "--pw", "abc"], ["--db-pass=<hidden>", "--pw", "<hidden>"]),
        (
            ["--openai-key", "abc", "--hf-auth=b"],
            ["--openai-key", "<hidden>", "--hf-auth=<hidden>"],
        ),
        (["npm_" + "aB3" * 10, "gsk_" + "x_Y" * 9], ["<hidden>", "<hidden>"]),
        (["https://hooks.slack.com/" + "services/T0/B0/abc"], ["https://<hidden>"]),
    ],
)
def test_secrets_of_a_command_line_are_hidden(given, shown):
    assert command_without_secrets(given) == shown


@pytest.mark.parametrize(
    "harmless",
    [
        ["--max-tokens=512", "--tokenizer=bert", "--num-tokens", "8"],
        ["--monkey=1", "--keyboard", "--authors=x", "--secretary", "x"],
        ["notes@example.org", "http://host/a@b", "--data=/home/me/x.npz"],
        ["--key=loss", "--sk-learn", "hf_bert"],
        [
            "max_tokens: 5, secret_santa=x",
            "--pwd=/home/me",
            "bearer of news",
            "http://h/?b=1&sigma=2",
        ],
        ["--passes=2", "--bypass", "on", "--password-file=/x", "--credit=5", "--google=on"],
    ],
)
def test_what_is_no_secret_is_shown(harmless):
    assert command_without_secrets(harmless) == harmless


def test_secrets_of_settings_are_hidden_whatever_their_depth():
    given = {
        "lr": 0.1,
        "api_key": "abc",
        "store": {"password": "p", "user": "me", "keys": ["a", {"client-secret": "s"}]},
        "token": "[CLS]",
        "max_tokens": 5,
        "secret": 42,
        "password": "",
        3: None,
    }
    assert settings_without_secrets(given) == {
        "lr": 0.1,
        "api_key": "<hidden>",
        "store": {
            "password": "<hidden>",
            "user": "me",
            "keys": ["a", {"client-secret": "<hidden>"}],
        },
        "token": "[CLS]",
        "max_tokens": 5,
        "secret": 42,
        "password": "",
        3: None,
    }


def test_what_lies_under_a_secret_name_and_in_the_text_of_things_is_hidden():
    given = {
        "credentials": {"user": "me", "key": ["a", ""], "port": 80},
        "hub_token": "abc",
        "headers": {"Authorization": "Bearer abc"},
        "arguments": repr(Namespace(api_key="abc", lr=0.1, db_password=b"d e", api_keys=None)),
        "store": "host=h password=abc port=1",
        "key": "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    }
    assert settings_without_secrets(given) == {
        "credentials": {"user": "<hidden>", "key": ["<hidden>", ""], "port": 80},
        "hub_token": "<hidden>",
        "headers": {"Authorization": "<hidden>"},
        "arguments": "Namespace(api_key=<hidden>, lr=0.1, db_password=<hidden>, api_keys=<hidden>)",
        "store": "host=h password=<hidden> port=1",
        "key": "<hidden>",
    }


def test_what_the_environment_holds_as_secret_is_never_recorded(tmp_path, monkeypatch):
    secret = "correct horse battery"
    monkeypatch.setenv("MY_SERVICE_TOKEN", secret)
    monkeypatch.setenv("DATABASE_PASSWORD", "another one")
    monkeypatch.setenv("SHORT_TOKEN", "a")
    monkeypatch.setattr("sys.argv", ["train.py", f"--header=Bearer {secret}", "--name=banana"])
    config = {"url": "db://x?p=another one", "nested": [f"<{secret}>"], "fruit": "banana"}
    for _ in range(2):  # the first session and a later one
        RunWriter(tmp_path / "r", config=config, resume=True).finish()
    run = Run(tmp_path / "r")
    assert run.config == {"url": "db://x?p=<hidden>", "nested": ["<<hidden>>"], "fruit": "banana"}
    assert run.info["command"] == ["train.py", "--header=Bearer <hidden>", "--name=banana"]
    written = b"".join(path.read_bytes() for path in run.path.rglob("*") if path.is_file())
    assert secret.encode() not in written
    assert b"another one" not in written
    assert run.faults() == ()


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY_2", "DB_PASS", "MYSQL_PWD", "REDIS_PW", "SLACK_WEBHOOK_URL", "HF_TOKEN_RO",
        "SSH_PRIVATE_KEY_B64", "SECRET_KEY_BASE", "STRIPE_SK", "DOCKER_AUTH_CONFIG", "CI_JOB_JWT",
        "MY_CREDS", "ANTHROPIC_APIKEY_PROD", "API_SECRET_V2", "PASSWORD1", "AZURE_STORAGE_SAS",
    ],
)  # fmt: skip
def test_variables_of_many_names_hold_secrets(monkeypatch, name):
    monkeypatch.setenv(name, "correct horse battery")
    assert settings_without_secrets({"a": "x: correct horse battery"}) == {"a": "x: <hidden>"}


@pytest.mark.parametrize(
    "name", ["TOKENIZERS_PARALLELISM", "KEYBOARD_LAYOUT", "PWD", "OLDPWD", "BYPASS", "MONKEY"]
)
def test_variables_that_hold_none_hide_nothing(monkeypatch, name):
    monkeypatch.setenv(name, "/home/me/data")
    assert settings_without_secrets({"a": "/home/me/data"}) == {"a": "/home/me/data"}


def test_events_hold_no_secrets_either(writer, run, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "correct horse battery")
    writer.log_event("hyperparameters", values={"api_key": "abc", "lr": 0.1, "set": {1}})
    writer.log_event("note", text="logged in with correct horse battery at https://me:pw@host/")
    hyperparameters, note = run.events()[1:]
    assert hyperparameters["values"] == {"api_key": "<hidden>", "lr": 0.1, "set": "{1}"}
    assert hyperparameters["represented"] == ["values.set"]
    assert note["text"] == "logged in with <hidden> at https://<hidden>@host/"
    assert run.faults() == ()
