"""The stack as it is deployed: `sam deploy` of template.yaml, and a user pool that calls the five functions.

Run by `tests/e2e/run`, in this order: what comes last counts what came before, and deletes the stack.

One file because the tests are one sequence on one stack.
"""

import base64
import csv
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError
from conftest import ENVIRONMENT, REGION, ROOT, ROOT_KEY, SENDER, STACK, TRIGGERS, eventually, structured


@dataclass
class Person:
    name: str
    email: str
    full_name: str
    legacy_id: str = "of-old"
    suspended: bool = False
    password: str = field(default="Correct-Horse-77", repr=False)
    password_hash: str = field(default="", repr=False)


# Names that cannot be part of an identifier either, so that the logs can be searched for them.
KNOWN = Person("Zebedee", "zebedee.marked@example.com", "Zebedee Qvist")
STRANGER = Person("Oswin", "oswin.marked@example.org", "Oswin Pfeiffer")
IMPOSTOR = Person("Mallory", "theodora.marked@example.net", "Theodora Klimt")
IMPERSONATED = Person("Theodora", "theodora.marked@example.net", "Theodora Klimt")
MIGRATING = Person("Ottoline", "ottoline.marked@example.com", "Ottoline Bauer", legacy_id="ottoline-of-old")
UNKNOWN = Person("Nepomuk", "nepomuk.marked@example.com", "Nepomuk Nobody")
SUSPENDED = Person("Erasmus", "erasmus.marked@example.com", "Erasmus Holm", suspended=True)
SHOWN = Person("Balthasar", "balthasar.marked@example.com", "Balthasar Ruiz")
NEWCOMER = Person("Wilhelmina", "wilhelmina.marked@example.com", "Wilhelmina Oyelaran")
# Who comes with a password: made here as Django and ASP.NET Identity make their hashes, and PHP's from the sample people.
SALT = b"sixteen-of-these"
with (ROOT / "events/known-users.csv").open(encoding="utf-8") as samples:
    [PHP] = [row["password_hash"] for row in csv.DictReader(samples) if row["user_name"] == "ingrid"]


def django(password):
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, 260_000)
    return f"pbkdf2_sha256$260000${SALT.decode()}${base64.b64encode(key).decode()}"


def asp_net(password):
    # Version, PRF (HMAC-SHA-512), rounds, length of the salt, salt, key.
    numbers = b"".join(number.to_bytes(4, "big") for number in (2, 100_000, len(SALT)))
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), SALT, 100_000, 32)
    return base64.b64encode(b"\x01" + numbers + SALT + key).decode()


FROM_DJANGO = Person("Wenceslas", "wenceslas.marked@example.com", "Wenceslas Kral", password="Old-Django-11")
FROM_DJANGO.password_hash = django(FROM_DJANGO.password)
FROM_PHP = Person("Ingeborg", "ingeborg.marked@example.com", "Ingeborg Dahl", password="correct horse battery staple")
FROM_PHP.password_hash = PHP
FROM_ASP_NET = Person("Cuthbert", "cuthbert.marked@example.com", "Cuthbert Reed", password="Old-AspNet-33")
FROM_ASP_NET.password_hash = asp_net(FROM_ASP_NET.password)
BROUGHT = [FROM_DJANGO, FROM_PHP, FROM_ASP_NET]
PEOPLE = [KNOWN, STRANGER, IMPOSTOR, IMPERSONATED, MIGRATING, UNKNOWN, SUSPENDED, SHOWN, NEWCOMER, *BROUGHT]
NEW_PASSWORD = "Battery-Staple-88"

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="session")
def people(stack, pool):
    """The owner's list, and who is in the pool already."""
    for person in (KNOWN, IMPERSONATED, MIGRATING, SUSPENDED, *BROUGHT):
        stack.know(person)
    pool.add(SUSPENDED)


pytestmark = pytest.mark.usefixtures("people")


def now():
    """Of the records' precision."""
    moment = datetime.now(timezone.utc)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def mails_to(cloud, person):
    return [mail for mail in cloud.mails() if mail["To"] == [person.email]]


def error(refused):
    return refused.value.response["Error"]


# What is deployed.


def test_the_stack_has_five_functions_that_each_run_as_a_role_of_their_own(cloud, stack):
    functions = [
        cloud.client("lambda").get_function_configuration(FunctionName=name) for name in stack.functions.values()
    ]
    assert {function["State"] for function in functions} == {"Active"}
    assert {function["Runtime"] for function in functions} == {"provided.al2023"}
    for each_its_own in ("Role", "CodeSha256"):
        assert len({function[each_its_own] for function in functions}) == 5


def test_the_pool_that_the_stack_makes_calls_all_five_and_is_protected(cloud, stack):
    pool = cloud.client("cognito-idp").describe_user_pool(UserPoolId=stack.outputs["UserPoolId"])["UserPool"]
    arns = {trigger: stack.outputs[f"{name}FunctionArn"] for name, trigger in TRIGGERS.items()}
    assert pool["LambdaConfig"] == arns
    assert pool["DeletionProtection"] == "ACTIVE"


# Signing up.


def test_a_known_user_who_signs_up_is_confirmed_and_their_email_verified(stack, pool):
    assert pool.sign_up(KNOWN)["UserConfirmed"] is True
    status, attributes = pool.user(KNOWN)
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "true")
    assert TIME.fullmatch(stack.record(KNOWN)["ConfirmedAt"]["S"])


def test_a_stranger_who_signs_up_is_not_confirmed(stack, pool):
    assert pool.sign_up(STRANGER)["UserConfirmed"] is False
    status, attributes = pool.user(STRANGER)
    assert status == "UNCONFIRMED" and "email_verified" not in attributes
    assert stack.record(STRANGER) is None


def test_nobody_is_confirmed_by_the_email_of_a_known_user_alone(stack, pool):
    assert pool.sign_up(IMPOSTOR)["UserConfirmed"] is False
    assert "ConfirmedAt" not in stack.record(IMPERSONATED)


def test_a_wrong_code_is_refused(cloud, pool):
    wrong = "000000" if pool.code(STRANGER) != "000000" else "000001"
    with pytest.raises(ClientError) as refused:
        pool.client.confirm_sign_up(ClientId=pool.app, Username=STRANGER.name, ConfirmationCode=wrong)
    assert error(refused)["Code"] == "CodeMismatchException"
    assert pool.user(STRANGER)[0] == "UNCONFIRMED"
    assert mails_to(cloud, STRANGER) == []


def test_the_right_code_confirms(pool):
    pool.client.confirm_sign_up(ClientId=pool.app, Username=STRANGER.name, ConfirmationCode=pool.code(STRANGER))
    assert pool.user(STRANGER)[0] == "CONFIRMED"


@pytest.mark.parametrize("person", [KNOWN, STRANGER], ids=["a known user", "a stranger"])
def test_one_welcome_mail_is_sent_to_a_proven_address_however_often_cognito_calls(cloud, stack, pool, person):
    attributes = pool.user(person)[1]
    event = {
        "version": "1",
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "region": REGION,
        "userPoolId": pool.id,
        "userName": person.name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.app},
        "request": {"userAttributes": attributes},
        "response": {},
    }
    if person is STRANGER:
        # cognito-local does not note that the code has verified the address, as Cognito does: no mail goes there.
        assert "email_verified" not in attributes and mails_to(cloud, person) == []
        attributes["email_verified"] = "true"
        assert stack.invoke("PostConfirmation", event) == event
    [mail] = eventually(lambda: mails_to(cloud, person))
    assert mail["Source"] == SENDER
    assert mail["Subject"] == "Cognito Identity Provider registration completed"
    assert stack.invoke("PostConfirmation", event) == event
    assert mails_to(cloud, person) == [mail]


# Migrating.


def test_a_known_user_who_is_not_in_the_pool_migrates_and_needs_a_new_password(stack, pool):
    with pytest.raises(ClientError) as refused:
        pool.sign_in(MIGRATING)
    assert error(refused)["Code"] == "PasswordResetRequiredException"
    status, attributes = pool.user(MIGRATING)
    assert status == "RESET_REQUIRED"
    assert attributes.pop("sub")
    assert attributes == {
        "email": MIGRATING.email,
        "email_verified": "true",
        "name": MIGRATING.full_name,
        "custom:legacy_id": MIGRATING.legacy_id,
    }
    assert TIME.fullmatch(stack.record(MIGRATING)["MigratedAt"]["S"])


def test_who_has_migrated_signs_in_with_the_new_password(cloud, stack, pool):
    pool.client.forgot_password(ClientId=pool.app, Username=MIGRATING.name)
    MIGRATING.password = NEW_PASSWORD
    pool.client.confirm_forgot_password(
        ClientId=pool.app,
        Username=MIGRATING.name,
        ConfirmationCode=pool.code(MIGRATING),
        Password=MIGRATING.password,
    )
    assert pool.sign_in(MIGRATING)["AuthenticationResult"]["AccessToken"]
    record = stack.record(MIGRATING)
    assert {"LastLogin", "UserSub", "ConfirmedAt"} <= record.keys()
    assert mails_to(cloud, MIGRATING) == []


def test_somebody_whom_nobody_knows_does_not_migrate(stack, pool):
    with pytest.raises(ClientError) as refused:
        pool.sign_in(UNKNOWN)
    assert error(refused)["Code"] == "NotAuthorizedException"
    assert pool.user(UNKNOWN) is None and stack.record(UNKNOWN) is None


@pytest.mark.parametrize("person", BROUGHT, ids=["Django", "PHP's bcrypt", "ASP.NET Identity"])
def test_who_has_a_password_elsewhere_signs_in_with_it_and_is_in(cloud, stack, pool, person):
    wrong = replace(person, password="Wrong-Horse-99")
    with pytest.raises(ClientError) as refused:
        pool.sign_in(wrong)
    with pytest.raises(ClientError) as unknown:
        pool.sign_in(UNKNOWN)
    assert error(refused) == error(unknown) and pool.user(person) is None
    assert stack.record(person)["PasswordHash"] == {"S": person.password_hash}

    assert pool.sign_in(person)["AuthenticationResult"]["AccessToken"]
    status, attributes = pool.user(person)
    assert (status, attributes["email"], attributes["email_verified"]) == ("CONFIRMED", person.email, "true")
    record = stack.record(person)
    assert "MigratedAt" in record and "LastLogin" in record and "PasswordHash" not in record
    # From now on the password is Cognito's.
    assert pool.sign_in(person)["AuthenticationResult"]["AccessToken"]
    assert mails_to(cloud, person) == []


def test_after_ten_attempts_the_right_password_is_no_better_than_a_wrong_one(stack, pool):
    stubborn = Person("Ignatius", "ignatius.marked@example.com", "Ignatius Moran", password_hash=django("Old-Django-22"))
    PEOPLE.append(stubborn)
    stack.know(stubborn)
    for password in ["Wrong-Horse-99"] * 10 + ["Old-Django-22"]:
        with pytest.raises(ClientError) as refused:
            pool.sign_in(replace(stubborn, password=password))
        assert error(refused)["Code"] == "NotAuthorizedException"
    assert pool.user(stubborn) is None and "MigratedAt" not in stack.record(stubborn)
    counts = stack.dynamodb.scan(TableName=stack.ephemera)["Items"]
    assert "ignatius" not in json.dumps(counts).lower()


# Signing in.


def test_a_sign_in_is_recorded(stack, pool):
    before = now()
    assert pool.sign_in(KNOWN)["AuthenticationResult"]["AccessToken"]
    record = stack.record(KNOWN)
    last_login = {name: value["S"] for name, value in record["LastLogin"]["M"].items()}
    at = last_login.pop("Time")
    assert last_login == {"UserPoolId": pool.id, "ClientId": pool.app}
    assert TIME.fullmatch(at)
    assert before <= datetime.fromisoformat(at.replace("Z", "+00:00")) <= now()
    assert record["UserSub"]["S"] == pool.user(KNOWN)[1]["sub"]


def test_a_later_sign_in_takes_its_place(stack, pool):
    first = stack.record(KNOWN)
    pool.sign_in(KNOWN)
    second = stack.record(KNOWN)
    assert second["LastLogin"]["M"]["Time"]["S"] > first["LastLogin"]["M"]["Time"]["S"]
    assert {**second, "LastLogin": first["LastLogin"]} == first


def test_a_stranger_signs_in_and_gets_on_no_list(stack, pool):
    assert pool.sign_in(STRANGER)["AuthenticationResult"]["AccessToken"]
    assert stack.record(STRANGER) is None


def test_a_suspended_person_is_refused(stack, pool):
    with pytest.raises(ClientError) as refused:
        pool.sign_in(SUSPENDED)
    assert error(refused) == {
        "Code": "UserLambdaValidationException",
        "Message": "PreAuthentication failed with error sign-in is not available.",
    }
    assert "LastLogin" not in stack.record(SUSPENDED)


def test_a_parameter_that_changes_blocks_an_app_client(stack, pool):
    assert pool.sign_in(KNOWN, app=pool.blocked_app)["AuthenticationResult"]["AccessToken"]
    stack.deploy(BlockedAppClients=pool.blocked_app)
    with pytest.raises(ClientError) as refused:
        pool.sign_in(KNOWN, app=pool.blocked_app)
    assert error(refused) == {
        "Code": "UserLambdaValidationException",
        "Message": "PreAuthentication failed with error cannot authenticate users from this user pool app client.",
    }
    assert pool.sign_in(KNOWN)["AuthenticationResult"]["AccessToken"]


# Roles.

KEYS = {"KnownUsers": {"UserEmail": {"S": "nobody"}}, "Ephemera": {"Id": {"S": "nobody"}}}
# A condition that never holds: whoever may write is told so, and nothing is written.
NEVER = {"ConditionExpression": "attribute_exists(Never)"}
BY_USER_NAME = {
    "IndexName": "ByUserName",
    "KeyConditionExpression": "UserNameKey = :nobody",
    "ExpressionAttributeValues": {":nobody": {"S": "nobody"}},
}


def everything(table):
    """Every request to a table that a trigger might be tempted to make: action, and how it is made."""
    key = KEYS[table]
    [(name, value)] = key.items()
    by_key = {"KeyConditionExpression": f"{name} = :nobody", "ExpressionAttributeValues": {":nobody": value}}
    requests = {
        "GetItem": lambda db, table: db.get_item(TableName=table, Key=key),
        "UpdateItem": lambda db, table: db.update_item(TableName=table, Key=key, **NEVER),
        "PutItem": lambda db, table: db.put_item(TableName=table, Item=key, **NEVER),
        "DeleteItem": lambda db, table: db.delete_item(TableName=table, Key=key, **NEVER),
        "Query": lambda db, table: db.query(TableName=table, **by_key),
        "Scan": lambda db, table: db.scan(TableName=table),
        "BatchGetItem": lambda db, table: db.batch_get_item(RequestItems={table: {"Keys": [key]}}),
        "DescribeTable": lambda db, table: db.describe_table(TableName=table),
    }
    if table == "KnownUsers":
        requests["Query ByUserName"] = lambda db, table: db.query(TableName=table, **BY_USER_NAME)
        requests["Scan ByUserName"] = lambda db, table: db.scan(TableName=table, IndexName="ByUserName")
    return requests


REFUSED = {"AccessDenied", "AccessDeniedException"}


def is_allowed(request, *arguments):
    try:
        request(*arguments)
    except ClientError as failed:
        code = failed.response["Error"]["Code"]
        assert code in REFUSED | {"ConditionalCheckFailedException"}, failed
        return code not in REFUSED
    return True


@pytest.fixture(scope="session")
def administrator(cloud):
    """An IAM user who may do anything."""
    iam = cloud.client("iam")
    iam.create_user(UserName="administrator")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="administrator", PolicyName="everything", PolicyDocument=policy)
    return credentials(iam.create_access_key(UserName="administrator")["AccessKey"])


def credentials(key):
    session = {"aws_session_token": key["SessionToken"]} if "SessionToken" in key else {}
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"], **session}


def assumed(cloud, role, **caller):
    """The credentials of a role, such as Lambda gives to a function."""
    arn = cloud.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    taken = cloud.client("sts", **caller).assume_role(RoleArn=arn, RoleSessionName="test")
    return credentials(taken["Credentials"])


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_nobody_but_lambda_may_take_a_role(cloud, stack, administrator, trigger):
    assert not is_allowed(lambda: assumed(cloud, stack.resource(f"{trigger}Role"), **administrator))


def granted(cloud, role, table):
    """What the deployed policies of a role name, on a table and its index. tests/contract/grants.rs has what is needed."""
    iam = cloud.client("iam")
    names = set()
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        for statement in iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]:
            service, _, operation = statement["Action"].partition(":")
            if service == "dynamodb" and statement["Resource"].endswith(f":table/{table}"):
                names.add(operation)
            elif service == "dynamodb" and f":table/{table}/index/" in statement["Resource"]:
                names.add(f"{operation} {statement['Resource'].rsplit('/', 1)[1]}")
    return names


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_role_may_do_what_the_template_grants_it_and_nothing_else(cloud, stack, trigger):
    # MiniStack gives its root user any role, which AWS does not.
    role = assumed(cloud, stack.resource(f"{trigger}Role"))
    dynamodb = cloud.client("dynamodb", **role)
    tables = {"KnownUsers": stack.known_users, "Ephemera": stack.ephemera}
    for logical_id, table in tables.items():
        requests = everything(logical_id).items()
        allowed = {name for name, request in requests if is_allowed(request, dynamodb, table)}
        assert allowed == granted(cloud, stack.resource(f"{trigger}Role"), table)

    assert not is_allowed(lambda: cloud.client("lambda", **role).list_functions())
    assert not is_allowed(lambda: cloud.client("iam", **role).list_roles())
    mail = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    if trigger != "PostConfirmation":
        send = cloud.client("sesv2", **role).send_email
        to = {"ToAddresses": ["nobody@example.com"]}
        assert not is_allowed(lambda: send(FromEmailAddress=SENDER, Destination=to, Content=mail))


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_role_may_write_into_its_own_log_group_alone(cloud, stack, trigger):
    iam = cloud.client("iam")
    role = iam.get_role(RoleName=stack.resource(f"{trigger}Role"))["Role"]["Arn"]

    def may(action, group):
        # Simulated, as MiniStack asks for the group where AWS asks for its streams.
        stream = f"arn:aws:logs:{REGION}:{role.split(':')[4]}:log-group:{group}:log-stream:one"
        simulated = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=[action], ResourceArns=[stream])
        return simulated["EvaluationResults"][0]["EvalDecision"] == "allowed"

    groups = {name: stack.resource(f"{name}Logs") for name in TRIGGERS}
    for action, allowed in {
        "logs:CreateLogStream": {trigger},
        "logs:PutLogEvents": {trigger},
        "logs:CreateLogGroup": set(),
        "logs:GetLogEvents": set(),
    }.items():
        assert {name for name, group in groups.items() if may(action, group)} == allowed


# The operator's tool, as somebody would run it who is not there to answer.


def known_users(cloud, folder, *words, **environment):
    """Runs `known-users`: its exit code, all that it said, and its result."""
    environment |= {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": ROOT_KEY["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY["aws_secret_access_key"],
        "AWS_REGION": REGION,
    }
    done = subprocess.run(
        [os.environ["KNOWN_USERS"], "--json", *words],
        cwd=folder, env=ENVIRONMENT | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, done.stdout + done.stderr, json.loads(done.stdout)


LOADED = [
    Person("Apollonia", "apollonia.marked@example.com", "Apollonia Weiss", password="Old-Django-44"),
    Person("Leopold", "leopold.marked@example.com", "Leopold Grau"),
]


def test_people_are_loaded_from_a_file_and_sign_in_with_their_passwords(cloud, stack, pool, tmp_path):
    PEOPLE.extend(LOADED)
    [django_user, _] = LOADED
    django_user.password_hash = django(django_user.password)
    with (tmp_path / "people.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["email", "cognito:username", "name", "custom:legacy_id", "password_hash"])
        rows.writerows([p.email.upper(), p.name, p.full_name, p.legacy_id, p.password_hash] for p in LOADED)
    code, _, first = known_users(cloud, tmp_path, "import", "people.csv")
    assert (code, first["outcome"]) == (0, "imported"), first
    records = [stack.record(person) for person in LOADED]
    assert [record["UserName"]["S"] for record in records] == [person.name for person in LOADED]
    assert pool.sign_in(django_user)["AuthenticationResult"]["AccessToken"]
    assert pool.user(django_user)[0] == "CONFIRMED" and "PasswordHash" not in stack.record(django_user)

    # Loaded again, what the triggers noted stays, and the old password does not come back.
    moved = stack.record(django_user)
    code, _, again = known_users(cloud, tmp_path, "import", "people.csv")
    assert code == 0, again
    assert stack.record(django_user) == moved and "MigratedAt" in moved


def test_the_status_counts_who_has_come(cloud, stack, tmp_path):
    records = stack.dynamodb.scan(TableName=stack.known_users)["Items"]
    code, _, status = known_users(cloud, tmp_path, "status", "--html", "status.html")
    assert code == 0
    assert status["known"] == len(records)
    assert status["migrated"] == sum("MigratedAt" in record for record in records) > 0
    assert status["confirmed"] == sum("ConfirmedAt" in record for record in records) > 0
    page = (tmp_path / "status.html").read_text()
    assert "marked" not in page and "<svg" in page


def test_a_pool_that_was_there_before_is_attached_and_detached(cloud, stack, tmp_path):
    cognito = cloud.client("cognito-idp")
    theirs = stack.aliases["PostConfirmation"].rsplit(":", 2)[0] + ":theirs"
    pool = cognito.create_user_pool(
        PoolName="before",
        AutoVerifiedAttributes=["email"],
        UserPoolTags={"team": "people"},
        LambdaConfig={"CustomMessage": theirs, "PostConfirmation": theirs},
        Policies={"PasswordPolicy": {"MinimumLength": 14, "TemporaryPasswordValidityDays": 3}},
    )["UserPool"]["Id"]

    def described():
        described = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
        described.pop("LastModifiedDate")
        # MiniStack loses the older name of TemporaryPasswordValidityDays at an update.
        described["AdminCreateUserConfig"].pop("UnusedAccountValidityDays", None)
        return described

    before = described()
    code, *_ = known_users(cloud, tmp_path, "attach", "--user-pool-id", pool, "--yes")
    assert code == 3 and described() == before, "another maker's function stays unless somebody says otherwise"
    options = ["--user-pool-id", pool, "--yes"]
    code, *_ = known_users(
        cloud, tmp_path, "attach", *options, "--replace", "post-confirmation", "--backup", "before.json"
    )
    ours = {trigger: stack.outputs[f"{name}FunctionArn"] for name, trigger in TRIGGERS.items()}
    assert all(arn.endswith(":live") for arn in ours.values())
    assert code == 0 and described() == before | {"LambdaConfig": {"CustomMessage": theirs} | ours}
    code, _, again = known_users(cloud, tmp_path, "attach", *options)
    assert (code, again["outcome"]) == (0, "nothing-to-do")
    # The off switch, and the way back.
    code, *_ = known_users(cloud, tmp_path, "detach", *options, "--only", "pre-authentication")
    without = {trigger: arn for trigger, arn in ours.items() if trigger != "PreAuthentication"}
    assert code == 0 and described() == before | {"LambdaConfig": {"CustomMessage": theirs} | without}
    code, *_ = known_users(cloud, tmp_path, "attach", *options, "--only", "pre-authentication")
    assert code == 0 and described() == before | {"LambdaConfig": {"CustomMessage": theirs} | ours}
    # A pool that was attached before there were aliases.
    functions = cloud.client("lambda")
    itself = {trigger: stack.aliases[name].removesuffix(":live") for name, trigger in TRIGGERS.items()}
    cognito.update_user_pool(UserPoolId=pool, LambdaConfig={"CustomMessage": theirs} | itself)
    code, *_ = known_users(cloud, tmp_path, "attach", *options)
    assert code == 0 and described()["LambdaConfig"] == {"CustomMessage": theirs} | itself
    code, *_ = known_users(cloud, tmp_path, "attach", *options, "--to-alias")
    assert code == 0 and described()["LambdaConfig"] == {"CustomMessage": theirs} | ours
    statements = json.loads(functions.get_policy(FunctionName=itself["PreSignUp"])["Policy"])["Statement"]
    assert not any(pool in json.dumps(statement) for statement in statements), "a permission that is not needed goes"
    code, *_ = known_users(cloud, tmp_path, "detach", *options, "--restore", "before.json")
    assert code == 0 and described()["LambdaConfig"] == before["LambdaConfig"]
    cognito.delete_user_pool(UserPoolId=pool)


def test_the_doctor_finds_the_stack_well_but_for_the_emulator(cloud, tmp_path):
    code, _, diagnosis = known_users(cloud, tmp_path, "doctor")
    found = {(finding["severity"], finding["id"]) for finding in diagnosis["findings"]}
    # MiniStack does not tell of point-in-time recovery. Whoever still has a hash here has one of Django's. And the people
    # have arrived in cognito-local's pool, which is not the stack's.
    expected = {
        ("warning", "point-in-time-recovery-off"),
        ("warning", "dummy-hash-differs"),
        ("error", "table-of-two-pools"),
    }
    assert (code, {finding for finding in found if finding[0] != "note"}) == (5, expected), diagnosis

SCENARIOS = {
    "auto-confirm": ["--user", SHOWN.email],
    "migrate-user": ["--user-name", NEWCOMER.name, "--email", NEWCOMER.email],
    "activity-log": ["--user", SHOWN.name],
}
# What a person does who reads the code in a mail.
READ_CODE = """
import json, os, sys
print(json.load(open(sys.argv[1]))["Users"][os.environ["KNOWN_USERS_USER_NAME"]]["ConfirmationCode"])
"""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_shows_its_trigger_and_leaves_nothing_behind(cloud, stack, pool, scenario):
    stack.know(SHOWN)
    before = what_is_there(stack, pool)
    options = ["--yes", "--user-pool-id", pool.id, "--client-id", pool.app, *SCENARIOS[scenario]]
    if scenario == "migrate-user":
        options += ["--code-command", shlex.join([sys.executable, "-c", READ_CODE, str(pool.store)])]
    environment = {
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": pool.url,
        "KNOWN_USERS_PASSWORD": SHOWN.password,
    }
    code, told, result = known_users(cloud, ROOT, "scenario", scenario, *options, **environment)
    assert (code, result["outcome"]) == (0, "shown"), told
    assert SHOWN.password not in told and "eyJ" not in told
    assert what_is_there(stack, pool) == before


def what_is_there(stack, pool):
    """Everything that a scenario might leave behind or change, but for counts, which name nobody and expire."""
    described = pool.client.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    described.pop("LastModifiedDate")
    users = [user["Username"] for user in pool.client.list_users(UserPoolId=pool.id)["Users"]]
    tables = [stack.dynamodb.scan(TableName=table)["Items"] for table in (stack.known_users, stack.ephemera)]
    kept = [
        [item for item in items if not item.get("Id", {"S": ""})["S"].startswith(("attempts#", "forgotten#"))]
        for items in tables
    ]
    return described, sorted(users), [sorted(items, key=json.dumps) for items in kept]


# The logs.


def sam_logs(cloud, trigger):
    return cloud.sam("logs", "--stack-name", STACK, "--name", trigger, "--region", REGION)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_sam_logs_shows_one_structured_line_a_decision_and_nothing_personal(cloud, stack, pool, trigger):
    text = sam_logs(cloud, trigger)
    invocations = len(re.findall(r"START RequestId", text))
    starts = [line for line in structured(text) if line["message"] == "started"]
    lines = [line for line in structured(text) if line not in starts]
    assert invocations > 0 and len(lines) == invocations >= len(starts) > 0, text
    for line in starts:
        assert line.keys() == {"timestamp", "level", "message", "start_ms"}
    for line in lines:
        assert line.keys() - {"errorType"} == {"timestamp", "level", "message", "trigger", "pool", "client", "user"}
        assert line["trigger"].startswith(f"{TRIGGERS[trigger]}_")
        assert (line["pool"], line["client"] in (pool.app, pool.blocked_app)) == (pool.id, True)
        assert re.fullmatch(r"[0-9a-f]{12}", line["user"])
    subs = [user[1]["sub"] for user in map(pool.user, PEOPLE) if user]
    personal = [value for person in PEOPLE for value in (person.name, person.email, person.full_name, person.password)]
    hashes = [person.password_hash for person in BROUGHT]
    for value in [*personal, *subs, *hashes, NEW_PASSWORD, MIGRATING.legacy_id]:
        assert value.lower() not in text.lower()


def test_the_log_tells_what_was_refused(cloud):
    errors = [line["errorType"] for line in structured(sam_logs(cloud, "PreAuthentication")) if "errorType" in line]
    assert sorted(errors) == ["AppClientBlocked", "SignInRefused"]


# Deploying again, and deleting.


def test_a_second_deployment_changes_nothing(stack):
    assert "No changes to deploy" in stack.deploy()


def test_a_changed_setting_is_published_and_the_aliases_go_to_it(cloud, stack):
    functions = cloud.client("lambda")

    def versions():
        return {
            name: functions.get_alias(FunctionName=stack.functions[name], Name="live")["FunctionVersion"]
            for name in TRIGGERS
        }

    def policy(name):
        setting = functions.get_function_configuration(FunctionName=name)
        return setting["Environment"]["Variables"]["SIGN_UP_POLICY"]

    before = versions()
    assert all(version.isdigit() for version in before.values())
    stack.deploy(SignUpPolicy="deny")
    after = versions()
    assert all(int(after[name]) > int(before[name]) for name in TRIGGERS)
    assert policy(stack.aliases["PreSignUp"]) == policy(stack.functions["PreSignUp"]) == "deny"
    stack.deploy(SignUpPolicy="match")
    assert policy(stack.aliases["PreSignUp"]) == "match"


def pools(cloud):
    """The user pools that there are, with their app clients."""
    cognito = cloud.client("cognito-idp")
    ids = [pool["Id"] for pool in cognito.list_user_pools(MaxResults=10)["UserPools"]]
    clients = {pool: cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"] for pool in ids}
    return {pool: [client["ClientId"] for client in clients[pool]] for pool in ids}


@pytest.fixture(scope="session")
def created(stack):
    """The pool that the stack made, with its app client."""
    return {stack.outputs["UserPoolId"]: [stack.outputs["UserPoolClientId"]]}


def test_a_pool_that_is_given_later_leaves_the_created_one_with_everybody_in_it(cloud, stack, created):
    cognito = cloud.client("cognito-idp")
    given = cognito.create_user_pool(PoolName="given")["UserPool"]["Id"]
    stack.deploy(ExistingUserPoolId=given)
    assert stack.outputs["UserPoolId"] == given
    assert pools(cloud) == created | {given: []}
    cognito.delete_user_pool(UserPoolId=given)


def test_sam_delete_leaves_the_tables_and_the_pool_alone(cloud, stack, created):
    stack.let_ministack_send_no_mail()
    stack.delete()
    assert cloud.client("lambda").list_functions()["Functions"] == []
    assert [role for role in cloud.client("iam").list_roles()["Roles"] if STACK in role["RoleName"]] == []
    assert pools(cloud) == created
    assert [g for g in cloud.client("logs").describe_log_groups()["logGroups"] if STACK in g["logGroupName"]] == []
    assert sorted(cloud.client("dynamodb").list_tables()["TableNames"]) == sorted([stack.known_users, stack.ephemera])
    assert stack.record(KNOWN)["UserEmail"] == {"S": KNOWN.email}


def test_a_new_stack_finds_the_old_list_and_takes_a_pool_for_trying_out_with_it(cloud, stack, created):
    tables = [stack.known_users, stack.ephemera]
    del stack.parameters["ExistingUserPoolId"]
    stack.deploy(TrialUserPool="true", ExistingKnownUsersTable=tables[0], ExistingEphemeraTable=tables[1])
    assert [stack.known_users, stack.ephemera] == tables
    assert len(pools(cloud)) == 2
    dynamodb = cloud.client("dynamodb", **assumed(cloud, stack.resource("MigrateUserRole")))
    found = dynamodb.query(
        TableName=stack.known_users,
        **BY_USER_NAME | {"ExpressionAttributeValues": {":nobody": {"S": KNOWN.name.lower()}}},
    )
    assert [item["UserEmail"] for item in found["Items"]] == [{"S": KNOWN.email}]

    # Not for trying out any more, and for it again: it stays the same pool.
    trial = pools(cloud)
    for is_for_trial, protection in (("false", "ACTIVE"), ("true", "INACTIVE")):
        stack.deploy(TrialUserPool=is_for_trial)
        assert pools(cloud) == trial
        described = cloud.client("cognito-idp").describe_user_pool(UserPoolId=stack.outputs["UserPoolId"])
        assert described["UserPool"]["DeletionProtection"] == protection

    stack.delete()
    assert pools(cloud) == created
    assert sorted(cloud.client("dynamodb").list_tables()["TableNames"]) == sorted(tables)
