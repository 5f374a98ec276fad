"""What the tests stand on: MiniStack as the cloud, the SAM CLI that deploys to it, cognito-local as the user pool.

Every server listens on 127.0.0.1 at a free port, logs to target/e2e/work, and is ended with its whole process group.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[2]
WORK = ROOT / "target/e2e/work"
# What `sam build` made of the template, or what is in the archive of a release.
BUILD = Path(os.environ.get("TEMPLATE") or ROOT / "target/e2e/build/template.yaml")
REGION = "eu-west-1"
STACK = "known-user-triggers"
SENDER = "welcome@example.com"

# Logical id of a function in the template, and what Cognito calls its trigger.
TRIGGERS = {
    "PreSignUp": "PreSignUp",
    "MigrateUser": "UserMigration",
    "PreAuthentication": "PreAuthentication",
    "PostAuthentication": "PostAuthentication",
    "PostConfirmation": "PostConfirmation",
}

# Nobody's own settings: neither a profile nor an endpoint of whoever runs this gets into it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
ROOT_KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}  # MiniStack's root user.


def pytest_sessionstart():
    # As Ctrl-C does: the fixtures end what they have started.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def eventually(question, seconds=20):
    """The first answer of `question` that is true; the last one otherwise."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(url):
    """What is at a URL, or nothing while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read()
    except OSError:
        return None


@contextmanager
def server(name, command, ready, **options):
    """A server that runs until the end of the block, in a process group of its own, so that all of it can be ended."""
    log = WORK / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True, **options)
    try:
        if not eventually(lambda: process.poll() is not None or get(ready), seconds=60) or process.poll() is not None:
            pytest.fail(f"{name} did not start:\n{log.read_text()[-2000:]}")
        yield
    finally:
        # The server first, so that it can end its children itself; then whatever is left of its group.
        process.terminate()
        eventually(lambda: process.poll() is not None, seconds=10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Cloud:
    """MiniStack, which enforces IAM as AWS does."""

    def __init__(self, url):
        self.url = url

    def client(self, service, **credentials):
        # One attempt: a repeated request would be a second invocation.
        config = Config(retries={"total_max_attempts": 1}, read_timeout=30)
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, config=config, **(credentials or ROOT_KEY)
        )

    def sam(self, *arguments):
        """Runs the SAM CLI against this cloud; its output."""
        environment = ENVIRONMENT | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ROOT_KEY["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
        }
        done = subprocess.run(
            [os.environ["SAM"], *arguments],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=300,
        )  # fmt: skip
        with (WORK / "sam.log").open("a") as log:
            print("$ sam", *arguments, file=log)
            print(done.stdout, file=log)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def mails(self):
        """The mails that SES was given."""
        accounts = json.loads(get(f"{self.url}/_ministack/ses/messages"))["messages"]
        return [mail for mails in accounts.values() for mail in mails]


class Stack:
    """The stack of the project's own template."""

    def __init__(self, cloud, template=BUILD):
        self.cloud, self.template = cloud, template
        self.parameters = {"Architecture": os.environ["ARCHITECTURE"], "WelcomeEmailFrom": SENDER}
        self.dynamodb = cloud.client("dynamodb")
        self.deploy()
        self.let_ministack_send_mail()

    def deploy(self, **parameters):
        """Deploys the stack with these parameters beside those of before; what the SAM CLI said."""
        self.parameters |= parameters
        said = self.cloud.sam(
            "deploy", "--template-file", str(self.template), "--config-file", str(ROOT / "samconfig.toml"),
            "--no-confirm-changeset", "--region", REGION,
            "--parameter-overrides", *(f"{name}={value}" for name, value in self.parameters.items()),
        )  # fmt: skip
        [stack] = self.cloud.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.functions = {name: self.outputs[f"{name}Function"] for name in TRIGGERS}
        self.aliases = {name: self.outputs[f"{name}FunctionArn"] for name in TRIGGERS}
        self.known_users, self.ephemera = self.outputs["KnownUsersTable"], self.outputs["EphemeraTable"]
        return said

    def resource(self, logical_id):
        """The physical id of a resource."""
        found = self.cloud.client("cloudformation").describe_stack_resource(
            StackName=STACK, LogicalResourceId=logical_id
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    # MiniStack asks for SendEmail on `*` and does not know `ses:FromAddress`: the template's grant, which is for one
    # identity and one sender, never holds there.
    def let_ministack_send_mail(self):
        self.cloud.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        statement = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
        self.cloud.client("iam").put_role_policy(
            RoleName=self.resource("PostConfirmationRole"),
            PolicyName="ministack",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def let_ministack_send_no_mail(self):
        self.cloud.client("iam").delete_role_policy(
            RoleName=self.resource("PostConfirmationRole"), PolicyName="ministack"
        )

    def delete(self):
        self.cloud.sam("delete", "--stack-name", STACK, "--no-prompts", "--region", REGION)

    def know(self, person):
        """Puts a person on the owner's list."""
        item = {
            "UserEmail": {"S": person.email},
            "UserName": {"S": person.name},
            "UserNameKey": {"S": person.name.lower()},
            "Attributes": {"M": {"name": {"S": person.full_name}, "custom:legacy_id": {"S": person.legacy_id}}},
            "Suspended": {"BOOL": person.suspended},
        }
        if person.password_hash:
            item["PasswordHash"] = {"S": person.password_hash}
        self.dynamodb.put_item(TableName=self.known_users, Item=item)

    def record(self, person):
        """What the owner's list has on a person."""
        key = {"UserEmail": {"S": person.email}}
        return self.dynamodb.get_item(TableName=self.known_users, Key=key, ConsistentRead=True).get("Item")

    def invoke(self, trigger, event):
        """The answer of a deployed function, by its alias, as Cognito calls it."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.aliases[trigger], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())


class Pool:
    """A user pool in cognito-local with the settings of the one that the stack made, and the stack's functions."""

    def __init__(self, url, folder, described):
        self.client = boto3.client(
            "cognito-idp", endpoint_url=url, region_name=REGION, config=Config(retries={"total_max_attempts": 1}),
            aws_access_key_id="local", aws_secret_access_key="local",
        )  # fmt: skip
        self.url = url
        settings = ["AutoVerifiedAttributes", "LambdaConfig", "Policies", "UsernameConfiguration"]
        self.id = self.client.create_user_pool(
            PoolName=STACK, **{name: described[name] for name in settings if name in described}
        )["UserPool"]["Id"]
        self.store = folder / f".cognito/db/{self.id}.json"
        self.app, self.blocked_app = (self.app_client(name) for name in ("app", "blocked"))

    def app_client(self, name):
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        return self.client.create_user_pool_client(UserPoolId=self.id, ClientName=name, ExplicitAuthFlows=flows)[
            "UserPoolClient"
        ]["ClientId"]

    def sign_up(self, person):
        return self.client.sign_up(
            ClientId=self.app,
            Username=person.name,
            Password=person.password,
            UserAttributes=[{"Name": "email", "Value": person.email}, {"Name": "name", "Value": person.full_name}],
        )

    def add(self, person):
        """Somebody who is in the pool already."""
        attributes = [{"Name": "email", "Value": person.email}, {"Name": "email_verified", "Value": "true"}]
        self.client.admin_create_user(
            UserPoolId=self.id, Username=person.name, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
        self.client.admin_set_user_password(
            UserPoolId=self.id, Username=person.name, Password=person.password, Permanent=True
        )

    def sign_in(self, person, app=None):
        return self.client.initiate_auth(
            ClientId=app or self.app,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person.name, "PASSWORD": person.password},
        )

    def user(self, person):
        """A user's status and attributes, or nothing."""
        try:
            user = self.client.admin_get_user(UserPoolId=self.id, Username=person.name)
        except self.client.exceptions.UserNotFoundException:
            return None
        return user["UserStatus"], {item["Name"]: item["Value"] for item in user["UserAttributes"]}

    def code(self, person):
        """The code that a person was sent. cognito-local sends none: it keeps it."""
        return json.loads(self.store.read_text())["Users"][person.name]["ConfirmationCode"]


@pytest.fixture(scope="session")
def cloud():
    shutil.rmtree(WORK, ignore_errors=True)
    temporary = WORK / "tmp"
    temporary.mkdir(parents=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = ENVIRONMENT | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "AUTH": "true",
        "AWS_ENDPOINT_URL": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        # MiniStack does not pass a function's LoggingConfig on; what it has itself, the functions inherit.
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "STATE_DIR": str(WORK / "state"),
        "TMPDIR": str(temporary),
    }
    with server(
        "ministack", [sys.executable, "-m", "ministack"], f"{url}/_ministack/health", env=environment, cwd=WORK
    ):
        yield Cloud(url)


@pytest.fixture(scope="session")
def stack(cloud):
    return Stack(cloud)


@pytest.fixture(scope="session")
def pool(cloud, stack):
    # Who calls the functions may do nothing else.
    iam = cloud.client("iam")
    iam.create_user(UserName="cognito-local")
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [*stack.aliases.values()]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="cognito-local", PolicyName="invoke", PolicyDocument=policy)
    key = iam.create_access_key(UserName="cognito-local")["AccessKey"]

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    configuration = {
        "LambdaClient": {
            "endpoint": cloud.url,
            "region": REGION,
            "credentials": {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]},
        },
        # cognito-local calls the functions of this list whatever a pool's own LambdaConfig says.
        "TriggerFunctions": {trigger: trigger for trigger in TRIGGERS.values()},
        "UserPoolDefaults": {"UsernameAttributes": []},
    }
    folder = WORK / "cognito-local"
    (folder / ".cognito").mkdir(parents=True)
    (folder / ".cognito/config.json").write_text(json.dumps(configuration))
    environment = ENVIRONMENT | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "COGNITO_LOCAL": os.environ["COGNITO_LOCAL"],
        "FUNCTIONS": json.dumps({TRIGGERS[name]: alias for name, alias in stack.aliases.items()}),
    }
    described = cloud.client("cognito-idp").describe_user_pool(UserPoolId=stack.outputs["UserPoolId"])["UserPool"]
    command = ["node", str(Path(__file__).with_name("cognito-local.cjs"))]
    with server("cognito-local", command, f"{url}/health", env=environment, cwd=folder):
        yield Pool(url, folder, described)


def structured(text):
    """The structured lines in what `sam logs` prints, which spreads each over several."""
    return [json.loads(found) for found in re.findall(r"\{.*?\}", text, re.DOTALL)]
