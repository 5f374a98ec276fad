"""What `template.yaml` deploys, checked on the CloudFormation template that SAM makes of it: no account, no network.

    python -m venv target/template && target/template/bin/pip install -r tests/template/requirements.txt
    target/template/bin/python tests/template/check.py

One file because each check resolves the same template by the functions at its head.
"""

import copy
import functools
import json
import os
import re
import sys
from pathlib import Path

# The SAM translator asks for a region before it does anything. Never the caller's, so that every run is the same.
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

import cfnlint.api
import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
SOURCE = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))

# A partition of its own shows that no ARN assumes the usual one.
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-north-1",
    "AWS::StackId": "arn:aws-cn:cloudformation:cn-north-1:111122223333:stack/known-user-triggers/11111111-2222",
    "AWS::StackName": "known-user-triggers",
    "AWS::URLSuffix": "amazonaws.com.cn",
}

# Every condition of the template is true in one of these and false in another.
DEPLOYMENTS = {
    "a pool with user names": {},
    "a pool with email aliases": {"SignInWith": "email-alias"},
    "a pool with emails as user names": {"SignInWith": "email", "SignUpPolicy": "verify"},
    "a pool with emails as user names, and claim codes": {"SignInWith": "email", "SignUpPolicy": "claim"},
    "a pool for trying out": {"TrialUserPool": "true"},
    "a pool with user names, and claim codes": {"SignUpPolicy": "claim"},
    "a pool with user names, and suspension after the password": {"CheckSuspended": "after"},
    "a pool with user names, and no suspension": {"CheckSuspended": "never", "BlockedAppClients": "1example23456789"},
    "a pool with user names, and welcome mail": {"WelcomeEmailFrom": "welcome@mail.example.com"},
    "a pool with user names, and peppered passwords": {
        "PasswordSecretArn": "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:pepper-AbCdEf",
    },
    "a pool with user names, and few migrations at once": {"MigrateUserConcurrency": "20"},
    "an existing pool": {"ExistingUserPoolId": "cn-north-1_AbCdEfGhI"},
    "an existing pool that minds letter case": {
        "ExistingUserPoolId": "cn-north-1_AbCdEfGhI",
        "CaseSensitiveUserNames": "true",
    },
    "an existing pool, and welcome mail": {
        "ExistingUserPoolId": "cn-north-1_AbCdEfGhI",
        "SignInWith": "email",
        "SignUpPolicy": "deny",
        "WelcomeEmailFrom": "welcome@mail.example.com",
    },
    "an existing table of known users": {"ExistingKnownUsersTable": "earlier-KnownUsers-1ABC"},
    "an existing table of receipts and attempts": {"ExistingEphemeraTable": "earlier-Ephemera-1ABC"},
    "a gradual rollout": {"DeploymentPreference": "Canary10Percent5Minutes"},
    "a pool that calls the functions themselves": {"UserPoolCalls": "function"},
    "alarms by mail": {"AlarmEmail": "oncall@example.com"},
    "alarms to a topic, by mail too, and of welcome mails": {
        "AlarmTopicArn": "arn:aws-cn:sns:cn-north-1:111122223333:oncall",
        "AlarmEmail": "oncall@example.com",
        "WelcomeEmailFrom": "welcome@mail.example.com",
    },
    "a dashboard with the migration's progress": {"Dashboard": "true", "PublishProgress": "true"},
    "what a company asks for": {
        "ResourcePrefix": "acme-prod-",
        "PermissionsBoundary": "arn:aws-cn:iam::111122223333:policy/boundary",
        "KmsKeyArn": "arn:aws-cn:kms:cn-north-1:111122223333:key/11111111-2222-3333-4444-555555555555",
        "VpcSubnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
        "VpcSecurityGroups": "sg-0123456789abcdef0",
        "TraceRequests": "true",
    },
    "everything at once": {
        "ResourcePrefix": "acme-prod-",
        "PermissionsBoundary": "arn:aws-cn:iam::111122223333:policy/boundary",
        "KmsKeyArn": "arn:aws-cn:kms:cn-north-1:111122223333:key/11111111-2222-3333-4444-555555555555",
        "VpcSubnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
        "VpcSecurityGroups": "sg-0123456789abcdef0",
        "TraceRequests": "true",
        "DeploymentPreference": "Linear10PercentEvery1Minute",
        "AlarmEmail": "oncall@example.com",
        "Dashboard": "true",
        "PublishProgress": "true",
    },
    "all that an earlier stack left, and welcome mail": {
        "ExistingUserPoolId": "cn-north-1_AbCdEfGhI",
        "ExistingKnownUsersTable": "earlier-KnownUsers-1ABC",
        "ExistingEphemeraTable": "earlier-Ephemera-1ABC",
        "WelcomeEmailFrom": "welcome@mail.example.com",
    },
}

# In a resolved template `${X}` is the name and `${X.Y}` an attribute of the resource X, as in `Fn::Sub`.
TABLE = "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/"
IDENTITY = "arn:aws-cn:ses:cn-north-1:111122223333:identity/"
CONFIGURATION_SETS = "arn:aws-cn:ses:cn-north-1:111122223333:configuration-set/*"

# Logical id: package, key in the pool's `LambdaConfig`, settings apart from those of every function.
TRIGGERS = {
    "PreSignUp": ("pre-sign-up", "PreSignUp", {"CHECK_SUSPENDED", "SIGN_UP_POLICY"}),
    "MigrateUser": (
        "migrate-user",
        "UserMigration",
        {"DUMMY_HASH", "EPHEMERA_TABLE", "PASSWORD_SECRET", "USER_NAMES_CASE_SENSITIVE"},
    ),
    "PreAuthentication": (
        "pre-authentication",
        "PreAuthentication",
        {"BLOCKED_APP_CLIENTS", "CHECK_SUSPENDED", "REQUIRED_VALIDATION_DATA", "USER_NAMES_CASE_SENSITIVE"},
    ),
    "PostAuthentication": (
        "post-authentication",
        "PostAuthentication",
        {"CHECK_SUSPENDED", "USER_NAMES_CASE_SENSITIVE"},
    ),
    "PostConfirmation": ("post-confirmation", "PostConfirmation", {"EPHEMERA_TABLE", "WELCOME_EMAIL_FROM"}),
}
EVERY_FUNCTION = {"KNOWN_USERS_TABLE", "SIGN_IN_WITH"}
# The parameter that a setting has its value from. The tables are the stack's own where there is none.
SETTINGS = {
    "KNOWN_USERS_TABLE": "ExistingKnownUsersTable",
    "EPHEMERA_TABLE": "ExistingEphemeraTable",
    "SIGN_IN_WITH": "SignInWith",
    "USER_NAMES_CASE_SENSITIVE": "CaseSensitiveUserNames",
    "DUMMY_HASH": "DummyHash",
    "PASSWORD_SECRET": "PasswordSecretArn",
    "SIGN_UP_POLICY": "SignUpPolicy",
    "BLOCKED_APP_CLIENTS": "BlockedAppClients",
    "REQUIRED_VALIDATION_DATA": "RequiredValidationData",
    "CHECK_SUSPENDED": "CheckSuspended",
    "WELCOME_EMAIL_FROM": "WelcomeEmailFrom",
}


@functools.cache
def transformed(rollout="AllAtOnce"):
    """The template as CloudFormation sees it after the SAM transform, which asks for this parameter alone."""
    template = copy.deepcopy(SOURCE)
    template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/bootstrap.zip"  # As `sam deploy` writes it.
    for helper in ("VerifyVersion", "PublishProgressFunction"):
        template["Resources"][helper]["Properties"]["Code"] = {"S3Bucket": "artifacts", "S3Key": "bootstrap.zip"}

    class NoManagedPolicies:
        def load(self):
            return {}

    return transform(template, {"DeploymentPreference": rollout}, NoManagedPolicies())


TRANSFORMED = transformed()
NO_VALUE = object()


class Stack:
    """What CloudFormation would create of the transformed template, every function of it resolved."""

    def __init__(self, parameters):
        unknown = parameters.keys() - TRANSFORMED["Parameters"].keys()
        assert not unknown, f"no such parameter: {unknown}"
        self.given = parameters
        defaults = {name: str(parameter["Default"]) for name, parameter in TRANSFORMED["Parameters"].items()}
        self.parameters = PSEUDO_PARAMETERS | defaults | parameters
        self.template = transformed(self.parameters["DeploymentPreference"])
        self.resources = self.created("Resources")
        self.outputs = {name: output["Value"] for name, output in self.created("Outputs").items()}

    def created(self, section):
        return {
            name: self.resolve(item)
            for name, item in self.template[section].items()
            if "Condition" not in item or self.condition(item["Condition"])
        }

    def condition(self, name):
        return self.resolve(self.template["Conditions"][name])

    def properties(self, logical_id):
        return self.resources[logical_id]["Properties"]

    def of_type(self, kind):
        return {name: item["Properties"] for name, item in self.resources.items() if item["Type"] == kind}

    def value(self, name):
        return self.parameters.get(name, "${" + name + "}")

    def resolve(self, node):
        if isinstance(node, list):
            return [item for item in map(self.resolve, node) if item is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, argument)] = node.items()
            if function == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if function == "Ref":
                return NO_VALUE if argument == "AWS::NoValue" else self.value(argument)
            if function.startswith("Fn::"):
                return FUNCTIONS[function](self, argument)
        resolved = {key: self.resolve(item) for key, item in node.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def substitute(self, argument):
        text, names = argument if isinstance(argument, list) else (argument, {})
        names = self.resolve(names)
        return re.sub(r"\$\{([^}]+)}", lambda found: names.get(found[1]) or self.value(found[1]), text)


# Like CloudFormation, `Fn::If` leaves the other branch alone.
FUNCTIONS = {
    "Fn::And": lambda stack, items: all(map(stack.resolve, items)),
    "Fn::Equals": lambda stack, items: stack.resolve(items[0]) == stack.resolve(items[1]),
    "Fn::GetAtt": lambda stack, path: "${" + ".".join(path) + "}",
    "Fn::If": lambda stack, items: stack.resolve(items[1] if stack.condition(items[0]) else items[2]),
    "Fn::Join": lambda stack, items: items[0].join(stack.resolve(items[1])),
    "Fn::Not": lambda stack, items: not stack.resolve(items[0]),
    "Fn::Or": lambda stack, items: any(map(stack.resolve, items)),
    "Fn::Select": lambda stack, items: stack.resolve(items[1])[int(items[0])],
    "Fn::Split": lambda stack, items: stack.resolve(items[1]).split(items[0]),
    "Fn::Sub": lambda stack, argument: stack.substitute(argument),
}


@pytest.fixture(scope="module", params=DEPLOYMENTS.values(), ids=DEPLOYMENTS.keys())
def stack(request):
    return Stack(request.param)


def pool_arn(stack):
    """The one pool that may call the triggers."""
    existing = stack.given.get("ExistingUserPoolId")
    return f"arn:aws-cn:cognito-idp:cn-north-1:111122223333:userpool/{existing}" if existing else "${UserPool.Arn}"


def table(stack, logical_id):
    """The name of the table that the functions use."""
    return stack.given.get(f"Existing{logical_id}Table") or "${" + logical_id + "}"


def only_policy(stack, role):
    [policy] = stack.properties(role)["Policies"]
    added = {"KmsKeyArn": "${TableKeyAccess}", "VpcSubnets": "${VpcAccess}", "TraceRequests": "${TraceAccess}"}
    shared = [policy for name, policy in added.items() if name in stack.given]
    assert stack.properties(role)["ManagedPolicyArns"] == shared
    return policy["PolicyDocument"]


# The template itself.


def test_cfn_lint_finds_nothing_in_the_template_nor_in_what_sam_makes_of_it():
    def made(rollout):
        template = copy.deepcopy(transformed(rollout))
        del template["Mappings"]  # SAM's alone, which has asked it.
        return json.dumps(template)

    def is_meant(match):
        # SAM makes the deployment groups for a gradual rollout alone, and cfn-lint tries them without one.
        return "'ServiceRoleArn' is a required property" in match.message

    for text in (TEMPLATE.read_text(encoding="utf-8"), made("AllAtOnce"), made("Canary10Percent5Minutes")):
        found = cfnlint.api.lint(text, regions=["us-east-1", "eu-west-1"])
        found = [match for match in found if not is_meant(match)]
        assert not found, "\n".join(f"line {match.linenumber}: {match}" for match in found)


def test_cfn_lint_would_find_something():
    assert cfnlint.api.lint(TEMPLATE.read_text(encoding="utf-8").replace("BillingMode", "BilingMode"))


def test_the_serverless_application_repository_takes_the_metadata():
    application = SOURCE["Metadata"]["AWS::ServerlessRepo::Application"]
    # The limits of https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-publishing-applications-metadata-properties.html.
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", application["Name"])
    assert 1 <= len(application["Description"]) <= 256
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", application["Author"]) and len(application["Author"]) <= 127
    assert len(application["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+_:/@-]{1,127}", label) for label in application["Labels"])
    for name in ("LicenseUrl", "ReadmeUrl"):
        assert (TEMPLATE.parent / application[name]).is_file()
    cargo = (TEMPLATE.parent / "Cargo.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{application["SemanticVersion"]}"\n' in cargo


def test_a_line_fits_in_120_columns():
    assert max(map(len, TEMPLATE.read_text(encoding="utf-8").splitlines())) <= 120


@pytest.mark.parametrize("name", SOURCE["Parameters"])
def test_a_parameter_explains_itself(name):
    parameter = SOURCE["Parameters"][name]
    assert len(parameter["Description"]) > 40 and parameter["Description"].endswith(".")
    assert "Default" in parameter
    assert parameter["ConstraintDescription"].startswith("must be ")
    assert {"AllowedValues", "AllowedPattern", "MinValue"} & parameter.keys()
    assert takes(name, str(parameter["Default"]))


def test_the_console_shows_each_parameter_once_and_with_a_label():
    interface = SOURCE["Metadata"]["AWS::CloudFormation::Interface"]
    shown = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(shown) == sorted(interface["ParameterLabels"]) == sorted(SOURCE["Parameters"])
    assert all(label["default"] for label in interface["ParameterLabels"].values())


def takes(name, value):
    """Whether CloudFormation would accept this value for the parameter."""
    parameter = SOURCE["Parameters"][name]
    if parameter["Type"] == "Number" and not value.isdecimal():
        return False
    return (
        value in map(str, parameter.get("AllowedValues", [value]))
        and re.fullmatch(parameter.get("AllowedPattern", ".*"), value) is not None
        and float(parameter.get("MinValue", "-inf")) <= float(value if parameter["Type"] == "Number" else 0)
    )


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "ExistingUserPoolId",
            ["", "eu-west-1_AbCdEfGhI", "us-gov-west-1_123456789"],
            ["a pool", "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEfGhI", "eu-west-1_*"],
        ),
        ("SignInWith", ["username", "email-alias", "email"], ["", "Email", "phone"]),
        ("SignUpPolicy", ["match", "claim", "verify", "deny"], ["", "allow"]),
        (
            "WelcomeEmailFrom",
            ["", "welcome@example.com", "no-reply+eu@mail.example.co.uk"],
            ["Team <welcome@example.com>", "welcome", "*@example.com", "${aws:x}@example.com", "a@example.com,b@x.com"],
        ),
        ("TrialUserPool", ["false", "true"], ["", "yes"]),
        ("CaseSensitiveUserNames", ["false", "true"], ["", "yes"]),
        *(
            (
                name,
                ["", "KnownUsers", "known-user-triggers-KnownUsers-1ABC", "a.b_c"],
                ["ab", "Known Users", "Known*", "${aws:x}", "a/b", "arn:aws:dynamodb:eu-west-1:111122223333:table/a"],
            )
            for name in ("ExistingKnownUsersTable", "ExistingEphemeraTable")
        ),
        ("CheckSuspended", ["before", "after", "never"], ["", "true", "false"]),
        (
            "BlockedAppClients",
            ["", "1example23456789", "1example23456789,2example23456789"],
            ["1example23456789, 2example23456789", "1example23456789,", "my-app"],
        ),
        (
            "RequiredValidationData",
            ["", "channel=mobile", "channel=mobile,version=2", "token=YQ=="],
            ["channel", "channel=", "=mobile", "channel=mobile, version=2", "channel=mobile,"],
        ),
        (
            "DummyHash",
            [
                "",
                "none",
                "$2y$12$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2",
                "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI",
                '{"secretData":{"value":"aGFzaA==","salt":"c2FsdA=="}}',
            ],
            ["$2y$12$VVt6y.2livvfS5m6UIEem.cqMqcGEz9ebqB2lk2znWV.M16JiRVs2 ", "zoë"],
        ),
        (
            "PasswordSecretArn",
            ["", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/pepper-AbCdEf"],
            ["pepper", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*", "arn:aws:s3:::pepper"],
        ),
        ("MigrateUserMemorySize", ["128", "1769"], ["", "64", "128MB"]),
        ("MigrateUserConcurrency", ["", "1", "20", "1000"], ["0", "-1", "ten", "1.5"]),
        ("Architecture", ["arm64", "x86_64"], ["", "x86"]),
        ("MemorySize", ["128", "1769"], ["", "64", "128MB"]),
        ("LogLevel", ["TRACE", "INFO", "ERROR"], ["", "info", "FATAL"]),
        ("LogRetentionDays", ["1", "30", "3653"], ["", "0", "31"]),
        *((name, ["false", "true"], ["", "yes"]) for name in ("TraceRequests", "Dashboard", "PublishProgress")),
        (
            "DeploymentPreference",
            ["AllAtOnce", "Canary10Percent5Minutes", "Linear10PercentEvery1Minute"],
            ["", "Canary", "CodeDeployDefault.LambdaCanary10Percent5Minutes"],
        ),
        ("UserPoolCalls", ["alias", "function"], ["", "live"]),
        ("AlarmTopicArn", ["", "arn:aws:sns:eu-west-1:111122223333:on-call"], ["on-call", "arn:aws:sns:*"]),
        ("AlarmEmail", ["", "on-call@example.com"], ["on-call", "a@example.com,b@example.com", "On Call <a@b.example>"]),
        ("ResourcePrefix", ["", "acme-prod-"], ["-acme", "1acme", "acme_", "acme/"]),
        (
            "PermissionsBoundary",
            ["", "arn:aws:iam::111122223333:policy/team/boundary", "arn:aws:iam::aws:policy/PowerUserAccess"],
            ["boundary", "arn:aws:iam::111122223333:role/boundary", "arn:aws:iam::111122223333:policy/*"],
        ),
        (
            "KmsKeyArn",
            ["", "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"],
            ["alias/tables", "arn:aws:kms:eu-west-1:111122223333:alias/tables", "arn:aws:kms:eu-west-1:1:key/*"],
        ),
        ("VpcSubnets", ["", "subnet-0a1b", "subnet-0a1b,subnet-0c2d"], ["subnet-0a1b, subnet-0c2d", "sg-0a1b", "vpc-1"]),
        ("VpcSecurityGroups", ["", "sg-0a1b", "sg-0a1b,sg-0c2d"], ["sg-0a1b, sg-0c2d", "subnet-0a1b"]),
    ],
)
def test_a_parameter_refuses_what_cannot_be_right(name, good, bad):
    assert [value for value in good if not takes(name, value)] == []
    assert [value for value in bad if takes(name, value)] == []


def test_the_texts_say_what_a_change_of_what_exists_does():
    for name in ("ExistingUserPoolId", "ExistingKnownUsersTable"):
        text = SOURCE["Parameters"][name]["Description"]
        assert "Set later:" in text and "Removed again:" in text and "kept" in text
    assert "Set at the first deployment:" in SOURCE["Parameters"]["ExistingUserPoolId"]["Description"]


def broken_rules(parameters):
    """The rules that refuse a deployment with these parameters."""
    stack = Stack(parameters)
    return {
        name
        for name, rule in TRANSFORMED["Rules"].items()
        if "RuleCondition" not in rule or stack.resolve(rule["RuleCondition"])
        if not all(stack.resolve(assertion["Assert"]) for assertion in rule["Assertions"])
    }


POOL = {"ExistingUserPoolId": "cn-north-1_AbCdEfGhI"}


@pytest.mark.parametrize(
    ("rule", "accepted", "refused"),
    [
        (
            "PreAuthenticationHasSomethingToCheck",
            [
                {"CheckSuspended": "after"},
                {"CheckSuspended": "never", "BlockedAppClients": "1example23456789"},
                {"CheckSuspended": "never", "RequiredValidationData": "channel=mobile"},
            ],
            [{"CheckSuspended": "never"}],
        ),
        (
            "MatchHasUserNamesToMatch",
            [
                {"SignInWith": "email-alias"},
                *({"SignInWith": "email", "SignUpPolicy": policy} for policy in ("claim", "verify", "deny")),
            ],
            [
                {"SignInWith": "email"},
                {"SignInWith": "email", "SignUpPolicy": "match"},
                {"SignInWith": "email", **POOL},
            ],
        ),
        (
            "CreatedUserPoolIsNotCaseSensitive",
            [POOL, {"CaseSensitiveUserNames": "true", **POOL}],
            [{"CaseSensitiveUserNames": "true"}],
        ),
        (
            "VpcHasSubnetsAndSecurityGroups",
            [{"VpcSubnets": "subnet-01", "VpcSecurityGroups": "sg-01"}],
            [{"VpcSubnets": "subnet-01"}, {"VpcSecurityGroups": "sg-01"}],
        ),
        (
            "ExistingUserPoolIsNotForTrial",
            [{"TrialUserPool": "true"}, POOL],
            [{"TrialUserPool": "true", **POOL}],
        ),
    ],
)
def test_a_rule_refuses_what_does_not_go_together(rule, accepted, refused):
    assert [parameters for parameters in accepted if broken_rules(parameters)] == []
    assert [parameters for parameters in refused if broken_rules(parameters) != {rule}] == []


def test_what_is_deployed_here_breaks_no_rule():
    assert {name: broken_rules(parameters) for name, parameters in DEPLOYMENTS.items()} == dict.fromkeys(
        DEPLOYMENTS, set()
    )


def test_a_rule_uses_what_cloudformation_knows_in_rules_and_says_what_to_do():
    def functions(node):
        if isinstance(node, list):
            return set().union(*map(functions, node))
        return set().union(node.keys(), *map(functions, node.values())) if isinstance(node, dict) else set()

    for rule in TRANSFORMED["Rules"].values():
        for assertion in rule["Assertions"]:
            used = functions([assertion["Assert"], rule.get("RuleCondition")])
            assert used <= {"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Ref"}  # Not a Condition, and not Fn::If.
            assert re.search(r"(^|\. )(Give|Set|Leave|If)\b", assertion["AssertDescription"])


def test_who_sets_only_how_people_sign_in_is_told_the_policies_to_choose_from():
    [assertion] = TRANSFORMED["Rules"]["MatchHasUserNamesToMatch"]["Assertions"]
    text = assertion["AssertDescription"]
    assert "SignUpPolicy=match, the default" in text
    assert re.search(r"Set SignUpPolicy to claim .*, verify .* or deny ", text)


def test_every_condition_is_true_in_one_deployment_and_false_in_another():
    for name in TRANSFORMED["Conditions"]:
        assert {Stack(parameters).condition(name) for parameters in DEPLOYMENTS.values()} == {True, False}


# What it creates.


def test_a_stack_is_these_resources_and_no_others(stack):
    names = {name for name in ("KnownUsers", "Ephemera") if f"Existing{name}Table" not in stack.given}
    parts = ("", "Role", "Logs", "Failures", "Crashes", "Starts", "Permission", "LivePermission", "Aliaslive")
    names |= {trigger + part for trigger in TRIGGERS for part in parts} | {version(stack, name) for name in TRIGGERS}
    names |= {"SettingsApplication", "SettingsProfile", "Settings", "MigrationsWithPassword", "MigrationsWithReset"}
    if not stack.given.get("ExistingUserPoolId"):
        names |= {"UserPool", "UserPoolClient"}
    added = {"KmsKeyArn": "TableKeyAccess", "VpcSubnets": "VpcAccess", "TraceRequests": "TraceAccess"}
    names |= {resource for name, resource in added.items() if name in stack.given}
    if is_gradual(stack):
        names |= {"RolloutRole", "ServerlessDeploymentApplication", *(trigger + "DeploymentGroup" for trigger in TRIGGERS)}
        names |= {"VerifyVersion" + part for part in ("", "Role", "Logs")}
    if is_watched(stack):
        names |= {alarm for alarm in ALARMS if alarm != "WelcomeEmailFailed" or "WelcomeEmailFrom" in stack.given}
    if "AlarmEmail" in stack.given and "AlarmTopicArn" not in stack.given:
        names |= {"AlarmTopic"}
    if "PublishProgress" in stack.given:
        names |= {"PublishProgress" + part for part in ("Function", "Role", "Logs", "Schedule", "Permission")}
    if "Dashboard" in stack.given:
        names |= {"Overview"}
    assert stack.resources.keys() == {name + "Alarm" if name in ALARMS else name for name in names}


def test_a_stack_refers_to_nothing_that_it_does_not_create(stack):
    text = json.dumps([stack.resources, stack.outputs])
    assert set(re.findall(r"\$\{(\w+)[^}]*}", text)) <= stack.resources.keys()
    assert "Fn::" not in text and '"Ref"' not in text


NAMED = {
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
}


def test_nothing_has_a_name_that_a_second_stack_would_want_too_unless_a_prefix_is_given(stack):
    prefix = stack.given.get("ResourcePrefix")
    for item in stack.resources.values():
        name = item["Properties"].get(NAMED.get(item["Type"]))
        assert (name is not None) == bool(prefix and item["Type"] in NAMED), item
        assert not prefix or name is None or name.removeprefix("/aws/lambda/").startswith(prefix)
    names = [item["Properties"].get(NAMED.get(item["Type"])) for item in stack.resources.values()]
    names = [name for name in names if name]
    assert len(set(names)) == len(names)


def test_the_longest_prefix_leaves_room_in_every_name():
    stack = Stack({**DEPLOYMENTS["everything at once"], "ResourcePrefix": "a" * 24})
    for name, role in stack.of_type("AWS::IAM::Role").items():
        assert len(role["RoleName"].replace("cn-north-1", "ap-southeast-99")) <= 64, name


def test_the_tables_outlive_the_stack_encrypted_and_on_demand(stack):
    for name, properties in stack.of_type("AWS::DynamoDB::Table").items():
        assert stack.resources[name]["DeletionPolicy"] == "Retain"
        assert stack.resources[name]["UpdateReplacePolicy"] == "Retain"
        key = stack.given.get("KmsKeyArn")
        own = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        assert properties["SSESpecification"] == (own if key else {"SSEEnabled": True})
        assert properties["BillingMode"] == "PAY_PER_REQUEST"


def test_known_users_are_found_by_email_and_by_user_name_and_can_be_recovered():
    table = Stack({}).properties("KnownUsers")
    assert table["KeySchema"] == [{"AttributeName": "UserEmail", "KeyType": "HASH"}]
    [index] = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "ByUserName"
    assert index["KeySchema"] == [{"AttributeName": "UserNameKey", "KeyType": "HASH"}]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True


def test_ephemera_expire():
    table = Stack({}).properties("Ephemera")
    assert table["KeySchema"] == [{"AttributeName": "Id", "KeyType": "HASH"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ExpiresAt", "Enabled": True}


@pytest.mark.parametrize("logical_id", ["KnownUsers", "Ephemera"])
def test_a_table_that_exists_takes_the_place_of_the_created_one_everywhere(logical_id):
    name = f"Existing{logical_id}Table"
    own, existing = Stack({}), Stack({name: "earlier-1ABC"})
    del own.resources[logical_id]
    # The rest is the same, with the other name in the place of the created table's.
    for of_own, of_existing in ((own.resources, existing.resources), (own.outputs, existing.outputs)):
        assert json.loads(json.dumps(of_own).replace("${" + logical_id + "}", "earlier-1ABC")) == of_existing


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_function_is_built_from_the_package_of_its_trigger(trigger):
    metadata = SOURCE["Resources"][trigger]["Metadata"]
    assert metadata == {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": TRIGGERS[trigger][0]}}
    assert SOURCE["Globals"]["Function"]["CodeUri"] == "."


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_function_runs_as_the_parameters_say(stack, trigger):
    function = stack.properties(trigger)
    assert function["Handler"] == "bootstrap"
    assert function["Runtime"] == "provided.al2023"
    assert function["Architectures"] == ["arm64"]
    memory = "MigrateUserMemorySize" if trigger == "MigrateUser" else "MemorySize"
    assert function["MemorySize"] == str(SOURCE["Parameters"][memory]["Default"])
    assert function["Timeout"] == 5
    assert function["Role"] == "${" + trigger + "Role.Arn}"
    other = Stack({"Architecture": "x86_64", memory: "256"}).properties(trigger)
    assert (other["Architectures"], other["MemorySize"]) == (["x86_64"], "256")


def test_migrate_user_alone_can_be_limited_and_is_not_unless_it_is_asked_for():
    def limits(stack):
        return {name: stack.properties(name).get("ReservedConcurrentExecutions") for name in TRIGGERS}

    unlimited = dict.fromkeys(TRIGGERS)
    assert limits(Stack({})) == unlimited
    assert limits(Stack({"MigrateUserConcurrency": "20"})) == unlimited | {"MigrateUser": "20"}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_function_gets_exactly_the_settings_that_it_reads(trigger):
    given = {
        "ExistingUserPoolId": "cn-north-1_AbCdEfGhI",
        "ExistingKnownUsersTable": "earlier-KnownUsers-1ABC",
        "ExistingEphemeraTable": "earlier-Ephemera-1ABC",
        "SignInWith": "email",
        "CaseSensitiveUserNames": "true",
        "SignUpPolicy": "deny",
        "DummyHash": "none",
        "PasswordSecretArn": "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:pepper-AbCdEf",
        "BlockedAppClients": "1example23456789",
        "RequiredValidationData": "channel=mobile",
        "CheckSuspended": "never",
        "WelcomeEmailFrom": "welcome@example.com",
    }
    names = TRIGGERS[trigger][2] | EVERY_FUNCTION
    variables = Stack(given).properties(trigger)["Environment"]["Variables"]
    assert variables == {name: given[SETTINGS[name]] for name in names}

    own = {"KNOWN_USERS_TABLE": "${KnownUsers}", "EPHEMERA_TABLE": "${Ephemera}"}
    defaults = {name: own.get(name, SOURCE["Parameters"][SETTINGS[name]]["Default"]) for name in names}
    assert Stack({}).properties(trigger)["Environment"]["Variables"] == defaults


def statements(stack, trigger):
    return only_policy(stack, trigger + "Role")["Statement"]


def resources(statement):
    on = statement["Resource"]
    return [on] if isinstance(on, str) else on


# Which actions, under which settings: tests/contract/grants.rs compares the role with what the function was seen to do.
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_role_is_one_named_action_a_statement(stack, trigger):
    for statement in statements(stack, trigger):
        assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        assert re.fullmatch(r"[a-z]+:[A-Z]\w+", statement["Action"])
        mail = {"StringEquals": {"ses:FromAddress": stack.given.get("WelcomeEmailFrom")}}
        assert statement.get("Condition") == (mail if statement["Action"] == "ses:SendEmail" else None)
    sids = [statement["Sid"] for statement in statements(stack, trigger)]
    assert len(set(sids)) == len(sids)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_role_reaches_only_its_log_and_what_the_stack_was_given(stack, trigger):
    logs = "${" + trigger + "Logs.Arn}"  # It ends in `:*`, which stands for its streams.
    sender = stack.given.get("WelcomeEmailFrom", "nobody@nowhere.example")
    known_users = TABLE + table(stack, "KnownUsers")
    # The identity is the address or its domain; either may have a configuration set, whose name nobody here knows.
    identities = {IDENTITY + sender, IDENTITY + sender.split("@")[1], CONFIGURATION_SETS}
    reachable = {
        "logs": {logs},
        "dynamodb": {known_users, known_users + "/index/ByUserName", TABLE + table(stack, "Ephemera")},
        "ses": identities if trigger == "PostConfirmation" and "WelcomeEmailFrom" in stack.given else set(),
        "secretsmanager": {stack.given.get("PasswordSecretArn")} if trigger == "MigrateUser" else set(),
    }
    for statement in statements(stack, trigger):
        service = statement["Action"].split(":")[0]
        assert set(resources(statement)) <= reachable[service], statement
    log = {statement["Action"] for statement in statements(stack, trigger) if resources(statement) == [logs]}
    assert log == {"logs:CreateLogStream", "logs:PutLogEvents"}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_nobody_but_lambda_can_take_a_role(stack, trigger):
    [statement] = stack.properties(trigger + "Role")["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_nobody_but_the_one_user_pool_may_call_a_function(stack, trigger):
    for function in (trigger, trigger + "Aliaslive"):
        permissions = stack.of_type("AWS::Lambda::Permission").values()
        [permission] = [item for item in permissions if item["FunctionName"] == "${" + function + "}"]
        assert permission == {
            "FunctionName": "${" + function + "}",
            "Action": "lambda:InvokeFunction",
            "Principal": "cognito-idp.amazonaws.com",
            "SourceArn": pool_arn(stack),
            "SourceAccount": "111122223333",
        }


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_function_logs_json_into_a_group_of_its_own_that_forgets(stack, trigger):
    assert stack.properties(trigger)["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": "${" + trigger + "Logs}",
    }
    assert stack.resources[trigger + "Logs"]["Type"] == "AWS::Logs::LogGroup"
    name = f"/aws/lambda/{stack.given.get('ResourcePrefix')}{TRIGGERS[trigger][0]}"
    named = {"LogGroupName": name} if "ResourcePrefix" in stack.given else {}
    encrypted = {"KmsKeyId": stack.given["KmsKeyArn"]} if "KmsKeyArn" in stack.given else {}
    assert stack.properties(trigger + "Logs") == {"RetentionInDays": "30"} | named | encrypted


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_what_a_function_fails_at_is_counted_by_error_type(stack, trigger):
    counted = stack.properties(trigger + "Failures")
    assert counted["LogGroupName"] == "${" + trigger + "Logs}"
    assert counted["FilterPattern"] == '{ $.errorType = "*" }'
    [metric] = counted["MetricTransformations"]
    assert metric == {
        "MetricNamespace": "known-user-triggers",
        "MetricName": "Failures",
        "MetricValue": "1",
        "Unit": "Count",
        "Dimensions": [{"Key": "ErrorType", "Value": "$.errorType"}],
    }


# How a new version goes out.


def version(stack, trigger):
    """The logical id that SAM gives to a version of a function."""
    [name] = [name for name in stack.of_type("AWS::Lambda::Version") if re.fullmatch(trigger + "Version[0-9a-f]{10}", name)]
    return name


def is_gradual(stack):
    return stack.parameters["DeploymentPreference"] != "AllAtOnce"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_an_alias_stands_for_the_newest_version_of_a_function(stack, trigger):
    alias = stack.resources[trigger + "Aliaslive"]
    assert alias["Properties"] == {
        "Name": "live",
        "FunctionName": "${" + trigger + "}",
        "FunctionVersion": "${" + version(stack, trigger) + ".Version}",
    }
    assert stack.properties(version(stack, trigger)) == {
        "FunctionName": "${" + trigger + "}",
        "Description": "settings ${Settings.VersionNumber}",
    }
    assert "(settings ${Settings.VersionNumber})" in stack.properties(trigger)["Description"]


OTHER_VALUES = {
    "Architecture": "x86_64",
    "BlockedAppClients": "1example23456789",
    "CaseSensitiveUserNames": "true",
    "CheckSuspended": "after",
    "DummyHash": "none",
    "ExistingEphemeraTable": "earlier-Ephemera-1ABC",
    "ExistingKnownUsersTable": "earlier-KnownUsers-1ABC",
    "LogLevel": "DEBUG",
    "MemorySize": "256",
    "MigrateUserMemorySize": "1024",
    "PasswordSecretArn": "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:pepper-AbCdEf",
    "RequiredValidationData": "channel=mobile",
    "SignInWith": "email-alias",
    "SignUpPolicy": "deny",
    "TraceRequests": "true",
    "VpcSecurityGroups": "sg-0123456789abcdef0",
    "VpcSubnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
    "WelcomeEmailFrom": "welcome@example.com",
}
# They change no function, or (the limit, and the prefix that gives it another name) nothing that a version keeps.
OF_NO_VERSION = {
    "AlarmEmail", "AlarmTopicArn", "Dashboard", "DeploymentPreference", "ExistingUserPoolId", "KmsKeyArn",
    "LogRetentionDays", "MigrateUserConcurrency", "PermissionsBoundary", "PublishProgress", "ResourcePrefix",
    "TrialUserPool", "UserPoolCalls",
}  # fmt: skip


def test_every_parameter_that_reaches_a_function_has_a_new_version_published():
    assert OTHER_VALUES.keys() | OF_NO_VERSION == SOURCE["Parameters"].keys()
    own = Stack({})

    def functions(stack):
        return {name: {**stack.properties(name), "Description": None} for name in TRIGGERS}

    for name, value in OTHER_VALUES.items():
        vpc = {key: OTHER_VALUES[key] for key in ("VpcSecurityGroups", "VpcSubnets")} if name.startswith("Vpc") else {}
        other = Stack({name: value} | vpc)
        assert functions(other) != functions(own), name
        assert other.properties("Settings")["Content"] != own.properties("Settings")["Content"], name


def test_a_hosted_configuration_is_replaced_and_never_changed():
    settings = Stack({}).properties("Settings")
    assert settings.keys() == {"ApplicationId", "ConfigurationProfileId", "ContentType", "Content"}


def test_the_settings_have_a_name_that_is_never_too_long():
    assert Stack({}).properties("SettingsApplication")["Name"] == "11111111-2222"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_gradual_rollout_asks_the_hook_and_goes_back_by_the_alarms(stack, trigger):
    policy = stack.resources[trigger + "Aliaslive"].get("UpdatePolicy")
    if not is_gradual(stack):
        assert policy is None
        return
    assert policy == {
        "CodeDeployLambdaAliasUpdate": {
            "ApplicationName": "${ServerlessDeploymentApplication}",
            "DeploymentGroupName": "${" + trigger + "DeploymentGroup}",
            "BeforeAllowTrafficHook": "${VerifyVersion}",
        }
    }
    group = stack.properties(trigger + "DeploymentGroup")
    assert group["DeploymentConfigName"] == "CodeDeployDefault.Lambda" + stack.given["DeploymentPreference"]
    assert group["ServiceRoleArn"] == "${RolloutRole.Arn}"
    alarms = {alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]}
    assert alarms == {"${" + name + "Alarm}" for name, (_, turns_back) in ALARMS.items() if turns_back}
    assert len(alarms) <= 10  # CodeDeploy's quota for a deployment group.
    assert group["AutoRollbackConfiguration"]["Events"] == [
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_ALARM",
        "DEPLOYMENT_STOP_ON_REQUEST",
    ]


def test_the_hook_may_invoke_the_new_versions_and_give_its_verdict_and_no_more():
    stack = Stack(DEPLOYMENTS["a gradual rollout"])
    [policy] = stack.properties("VerifyVersionRole")["Policies"]
    granted = {statement["Action"]: resources(statement) for statement in policy["PolicyDocument"]["Statement"]}
    versions = ["${" + version(stack, trigger) + "}" for trigger in TRIGGERS]
    group = "arn:aws-cn:codedeploy:cn-north-1:111122223333:deploymentgroup:"
    assert granted == {
        "lambda:InvokeFunction": versions,
        "codedeploy:PutLifecycleEventHookExecutionStatus": [
            group + "known-user-triggers-ServerlessDeploymentApplication-*/*"
        ],
        "logs:CreateLogStream": ["${VerifyVersionLogs.Arn}"],
        "logs:PutLogEvents": ["${VerifyVersionLogs.Arn}"],
    }
    environment = stack.properties("VerifyVersion")["Environment"]["Variables"]
    names = [TRIGGERS[trigger][0].replace("-", "_").upper() + "_VERSION" for trigger in TRIGGERS]
    assert environment == dict(zip(names, versions)) | {"REQUIRED_VALIDATION_DATA": ""}


def test_a_boundary_is_on_every_role_and_a_key_on_every_table_and_log():
    stack = Stack(DEPLOYMENTS["everything at once"])
    for name, role in stack.of_type("AWS::IAM::Role").items():
        assert role["PermissionsBoundary"] == stack.given["PermissionsBoundary"], name
    for name, group in stack.of_type("AWS::Logs::LogGroup").items():
        assert group["KmsKeyId"] == stack.given["KmsKeyArn"], name
    for name in TRIGGERS:
        vpc = {
            "SubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            "SecurityGroupIds": ["sg-0123456789abcdef0"],
        }
        assert stack.properties(name)["VpcConfig"] == vpc
        assert stack.properties(name)["TracingConfig"] == {"Mode": "Active"}
        own = Stack({}).properties(name)
        assert "VpcConfig" not in own and own["TracingConfig"] == {"Mode": "PassThrough"}


# Watching.

# What each alarm counts (error types, `Crashes`, or a metric of Lambda's), and whether a rollout goes back by it.
ALARMS = {
    "KnownUsersUnavailable": ({"KnownUsersUnavailable", "EphemeraUnavailable", "PasswordSecretUnavailable"}, True),
    "StartFailed": ({"StartFailed"}, True),
    "TimedOut": ({"TimedOut"}, True),
    "Failed": ({"Panicked", "EventMalformed", "Crashes"}, True),
    "RecordUnusable": ({"PasswordHashUnusable", "KnownUserMalformed", "UserNameShared"}, True),
    "TooManyAttempts": ({"TooManyAttempts"}, False),
    "WelcomeEmailFailed": ({"WelcomeEmailFailed"}, False),
    "Slow": ({"Duration"}, True),
    "Throttled": ({"Throttles"}, True),
    "NoSignIns": ({"Invocations"}, False),
    "PeopleCannotSignIn": (set(), False),
}


def is_watched(stack):
    return is_gradual(stack) or bool({"AlarmEmail", "AlarmTopicArn"} & stack.given.keys())


def test_an_alarm_counts_what_the_functions_and_lambda_publish(stack):
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        counted = set()
        for metric in (metric["MetricStat"]["Metric"] for metric in alarm["Metrics"] if "MetricStat" in metric):
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
            if metric["MetricName"] == "Failures":
                assert (metric["Namespace"], dimensions.keys()) == ("known-user-triggers", {"ErrorType"})
                counted.add(dimensions["ErrorType"])
            elif metric["MetricName"] == "Crashes":
                assert (metric["Namespace"], dimensions) == ("known-user-triggers", {})
                counted.add("Crashes")
            else:
                assert (metric["Namespace"], dimensions.keys()) == ("AWS/Lambda", {"FunctionName"})
                counted.add(metric["MetricName"])
        assert counted == ALARMS[name.removesuffix("Alarm")][0]
        # CloudWatch's rules for an alarm on an expression.
        assert len(alarm["Metrics"]) <= 11 and alarm["TreatMissingData"] == "notBreaching"
        assert [metric.get("ReturnData", True) for metric in alarm["Metrics"]].count(True) == 1
        assert all(re.fullmatch("[a-z][A-Za-z0-9_]*", metric["Id"]) for metric in alarm["Metrics"])


def test_an_alarm_goes_to_the_topic_that_is_given_or_made_or_only_turns_a_rollout_back(stack):
    given, mailed = stack.given.get("AlarmTopicArn"), "AlarmEmail" in stack.given
    topic = [given or "${AlarmTopic}"] if given or mailed else None
    alarms = stack.of_type("AWS::CloudWatch::Alarm") | stack.of_type("AWS::CloudWatch::CompositeAlarm")
    assert bool(alarms) == is_watched(stack)
    for alarm in alarms.values():
        assert (alarm.get("AlarmActions"), alarm.get("OKActions")) == (topic, topic)
        assert alarm["AlarmDescription"].endswith(".")


def test_the_dashboard_is_json_and_shows_what_is_published():
    body = json.loads(Stack(DEPLOYMENTS["everything at once"]).properties("Overview")["DashboardBody"])
    published = {"Failures", "Crashes", "ColdStarts", "MigrationsWithPassword", "MigrationsWithReset"}
    published |= {"KnownUsers", "Arrived", "NotYetArrived"}  # publish-progress: tests/publish-progress.rs.
    shown = set()
    for widget in body["widgets"]:
        assert widget["properties"]["region"] == "cn-north-1" and widget["width"] == 12
        shown |= {metric[1] for metric in widget["properties"]["metrics"] if metric[0] == "known-user-triggers"}
    assert shown == published
    places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
    assert len(set(places)) == len(places)


# The user pool.


@pytest.fixture(params=["username", "email-alias", "email"])
def pool(request):
    """The pool's properties with each way of signing in."""
    stack = Stack({"SignInWith": request.param, "SignUpPolicy": "verify"})
    return request.param, stack.properties("UserPool"), stack


def test_a_created_pool_calls_all_five_triggers(pool):
    _, properties, _ = pool
    assert properties["LambdaConfig"] == {key: "${" + name + "Aliaslive}" for name, (_, key, _) in TRIGGERS.items()}
    itself = Stack({"UserPoolCalls": "function"}).properties("UserPool")["LambdaConfig"]
    assert itself == {key: "${" + name + ".Arn}" for name, (_, key, _) in TRIGGERS.items()}


def test_a_created_pool_signs_people_in_as_the_parameter_says(pool):
    sign_in_with, properties, _ = pool
    assert properties.get("UsernameAttributes") == (["email"] if sign_in_with == "email" else None)
    assert properties.get("AliasAttributes") == (["email"] if sign_in_with == "email-alias" else None)
    email, legacy_id = properties["Schema"]
    assert (email["Name"], email["Mutable"]) == ("email", True)
    assert email["Required"] is (sign_in_with != "username")
    assert legacy_id == {"Name": "legacy_id", "AttributeDataType": "String", "Mutable": True}
    assert properties["UsernameConfiguration"] == {"CaseSensitive": False}


def test_a_created_pool_verifies_emails_by_code_also_when_they_change(pool):
    _, properties, _ = pool
    assert properties["AutoVerifiedAttributes"] == ["email"]
    assert properties["VerificationMessageTemplate"] == {"DefaultEmailOption": "CONFIRM_WITH_CODE"}
    assert properties["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    recovery = properties["AccountRecoverySetting"]["RecoveryMechanisms"]
    assert recovery == [{"Name": "verified_email", "Priority": 1}]


def test_a_created_pool_and_its_client_are_kept_and_the_pool_is_protected_unless_it_is_for_trying_out(stack):
    if "ExistingUserPoolId" in stack.given:
        return
    is_for_trial = stack.given.get("TrialUserPool") == "true"
    assert stack.properties("UserPool")["DeletionProtection"] == ("INACTIVE" if is_for_trial else "ACTIVE")
    for name in ("UserPool", "UserPoolClient"):
        assert stack.resources[name]["DeletionPolicy"] == ("Delete" if is_for_trial else "Retain")
        assert stack.resources[name]["UpdateReplacePolicy"] == "Retain"


def test_a_pool_that_is_no_longer_for_trying_out_stays_the_pool_that_it_was(pool):
    sign_in_with, _, stack = pool
    trial = Stack(stack.given | {"TrialUserPool": "true"})
    assert trial.resources.keys() == stack.resources.keys()
    changed = {key for key, value in trial.properties("UserPool").items() if value != stack.properties("UserPool")[key]}
    assert changed == {"DeletionProtection"}
    assert trial.properties("UserPoolClient") == stack.properties("UserPoolClient")


def test_people_cannot_write_their_own_custom_attributes_and_can_write_every_other(pool):
    _, properties, stack = pool
    # Cognito keeps the rest of OpenID Connect's standard claims to itself: sub, email_verified, phone_number_verified.
    assert stack.properties("UserPoolClient")["WriteAttributes"] == [
        "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name",
        "nickname", "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
    ]  # fmt: skip
    assert "legacy_id" in {attribute["Name"] for attribute in properties["Schema"]}


def test_the_client_tells_nobody_who_exists_and_lets_people_migrate(pool):
    _, _, stack = pool
    client = stack.properties("UserPoolClient")
    assert client["UserPoolId"] == "${UserPool}"
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    }


def test_the_outputs_name_what_a_user_needs(stack):
    expected = {"KnownUsersTable": table(stack, "KnownUsers"), "EphemeraTable": table(stack, "Ephemera")}
    for trigger in TRIGGERS:
        expected |= {trigger + "Function": "${" + trigger + "}", trigger + "FunctionArn": "${" + trigger + "Aliaslive}"}
    if existing := stack.given.get("ExistingUserPoolId"):
        expected |= {"UserPoolId": existing}
    else:
        expected |= {"UserPoolId": "${UserPool}", "UserPoolClientId": "${UserPoolClient}"}
    assert stack.outputs == expected
    assert all(output["Description"] and "Export" not in output for output in TRANSFORMED["Outputs"].values())


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
