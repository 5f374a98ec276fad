"""Every sample event through `sam local invoke`: the built functions in Docker, and `cargo local` around them.

Run by `tests/e2e/sam-local-invoke`. What is expected of each event is what `cargo demo` expects
(events/expected/). The answer is read from standard output: the exit code is 0 for errors too.
"""

import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager

import boto3
import pytest
import yaml
from conftest import BUILD, ENVIRONMENT, REGION, ROOT, SENDER, TRIGGERS, WORK, free_port, get, server
from samtranslator.yaml_helper import yaml_parse

SAM_LOG = WORK / "sam.log"
OLDEST_GLIBC = (2, 34)  # Of provided.al2023.

EVENTS = ROOT / "events"
SAMPLES = sorted(file.stem for file in EVENTS.glob("*.json"))


@contextmanager
def relay(address, port):
    """What listens at a port of 127.0.0.1, at a port of another address of this machine as well; that port."""

    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return  # Closed below.
            far = socket.create_connection(("127.0.0.1", port))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=copy, args=pair, daemon=True).start()

    with socket.create_server((address, 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="session")
def host():
    """This machine's address in Docker's network: `--docker-network host` does not put a function on the host's."""
    command = ["docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}"]
    bridge = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    # A daemon may not say it before it has run a container: it is the first address.
    return bridge.get("Gateway") or str(ipaddress.ip_network(bridge["Subnet"])[1])


class Local:
    """The tables and the mailbox of `cargo local`, and the functions in Docker."""

    def __init__(self, dynamodb_port, mail_port, template):
        self.dynamodb = boto3.client(
            "dynamodb", endpoint_url=f"http://127.0.0.1:{dynamodb_port}", region_name=REGION,
            aws_access_key_id="local", aws_secret_access_key="local",
        )  # fmt: skip
        self.mail_port = mail_port
        self.template = template

    def invoke(self, function, event):
        """What `sam local invoke` answers."""
        environment = ENVIRONMENT | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        with SAM_LOG.open("a", encoding="utf-8") as log:
            print(f"$ sam local invoke {function} --event events/{event}.json", file=log, flush=True)
            done = subprocess.run(
                [
                    os.environ["SAM"], "local", "invoke", function, "--event", f"events/{event}.json",
                    "--template", str(self.template), "--region", REGION, *os.environ["SAM_LOCAL_OPTIONS"].split(),
                    "--parameter-overrides", f"Architecture={os.environ['ARCHITECTURE']}", f"WelcomeEmailFrom={SENDER}",
                ],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                text=True, timeout=120,
            )  # fmt: skip
            print(done.stdout, file=log)
        assert done.returncode == 0, SAM_LOG.read_text(encoding="utf-8")[-2000:]
        return json.loads(done.stdout)

    def record(self, email):
        return self.dynamodb.get_item(TableName="KnownUsers", Key={"UserEmail": {"S": email}})["Item"]

    def mails(self):
        return json.loads(get(f"http://127.0.0.1:{self.mail_port}/"))


@pytest.fixture(scope="session")
def local(host):
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    SAM_LOG.touch()
    dynamodb_port, lambda_port, mail_port = free_port(), free_port(), free_port()
    command = [
        "cargo", "local", "--", "--dynamodb-port", str(dynamodb_port), "--lambda-port", str(lambda_port),
        "--mail-port", str(mail_port),
    ]  # fmt: skip
    with (
        server("cargo-local", command, f"http://127.0.0.1:{mail_port}/", cwd=ROOT, env=ENVIRONMENT),
        relay(host, dynamodb_port) as dynamodb,
        relay(host, mail_port) as mail,
    ):
        # SAM gives a container only such variables as the template has.
        template = yaml_parse(BUILD.read_text(encoding="utf-8"))
        template["Globals"]["Function"]["Environment"]["Variables"] |= {
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://{host}:{dynamodb}",
            "AWS_ENDPOINT_URL_SESV2": f"http://{host}:{mail}",
        }
        copy = BUILD.with_name("template-local.yaml")  # Beside the other, as the code's place is relative to it.
        copy.write_text(yaml.safe_dump(template), encoding="utf-8")
        try:
            yield Local(dynamodb_port, mail_port, copy)
        finally:
            # The SAM CLI leaves its container running when it is interrupted.
            for container in re.findall(r"SAM_CONTAINER_ID: (\w+)", SAM_LOG.read_text(encoding="utf-8")):
                subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=False)


@pytest.mark.parametrize("event", SAMPLES)
def test_a_sample_event_is_answered_as_cognito_wants_it(local, event):
    trigger = event.split("_")[0]
    function = {"UserMigration": "MigrateUser"}.get(trigger, trigger)
    expected = json.loads((EVENTS / f"{event}.json").read_text(encoding="utf-8"))
    sample = json.loads((EVENTS / "expected" / f"{event}.json").read_text(encoding="utf-8"))[0]
    if "answer" in sample:
        expected["response"] = sample["answer"]["response"]
    assert local.invoke(function, event) == expected


def test_the_functions_have_noted_what_happened(local):
    assert {"MigratedAt"} <= local.record("jose.garcia@example.com").keys()
    assert {"MigratedAt"} <= local.record("maria.silva@example.org").keys()
    assert {"LastLogin", "UserSub"} <= local.record("daria.ivanova@example.net").keys()
    assert {"ConfirmedAt"} <= local.record("fatima.alharbi@example.com").keys()


def test_the_welcome_mail_was_sent(local):
    [mail] = local.mails()
    assert (mail["from"], mail["to"]) == (SENDER, ["fatima.alharbi@example.com"])


@pytest.mark.parametrize("function", TRIGGERS)
def test_a_function_runs_with_the_c_library_that_lambda_has(function):
    template = yaml_parse(BUILD.read_text(encoding="utf-8"))
    code = template["Resources"][function]["Properties"]["CodeUri"]
    bootstrap = BUILD.parent / code.removesuffix(".zip") / "bootstrap"
    symbols = subprocess.run(["objdump", "-T", str(bootstrap)], check=True, stdout=subprocess.PIPE, text=True).stdout
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", symbols)}
    assert versions and max(versions) <= OLDEST_GLIBC
