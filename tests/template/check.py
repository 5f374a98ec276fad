"""What `template.yaml` deploys, checked on the CloudFormation template that SAM makes of it: no account, no network.

    python -m venv target/template && target/template/bin/pip install -r tests/template/requirements.txt
    target/template/bin/python tests/template/check.py

One file because each check resolves the same template by the functions at its head.
"""

import copy
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


def transformed():
    """The template as CloudFormation sees it after the SAM transform."""
    template = copy.deepcopy(SOURCE)
    template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/bootstrap.zip"  # As `sam deploy` writes it.

    class NoManagedPolicies:
        def load(self):
            return {}

    return transform(template, {}, NoManagedPolicies())


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
        self.resources = self.created("Resources")
        self.outputs = {name: output["Value"] for name, output in self.created("Outputs").items()}

    def created(self, section):
        return {
            name: self.resolve(item)
            for name, item in TRANSFORMED[section].items()
            if "Condition" not in item or self.condition(item["Condition"])
        }

    def condition(self, name):
        return self.resolve(TRANSFORMED["Conditions"][name])

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
    assert "ManagedPolicyArns" not in stack.properties(role)
    return policy["PolicyDocument"]


# The template itself.


def test_cfn_lint_finds_nothing_in_the_template_nor_in_what_sam_makes_of_it():
    for text in (TEMPLATE.read_text(encoding="utf-8"), json.dumps(TRANSFORMED)):
        found = cfnlint.api.lint(text, regions=["us-east-1", "eu-west-1"])
        assert not found, "\n".join(f"line {match.linenumber}: {match}" for match in found)


def test_cfn_lint_would_find_something():
    assert cfnlint.api.lint(TEMPLATE.read_text(encoding="utf-8").replace("BillingMode", "BilingMode"))


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
            used = functions([assertion["Assert"], rule["RuleCondition"]])
            assert used <= {"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or", "Ref"}  # Not a Condition, and not Fn::If.
            assert re.search(r"\. (Set|Leave|If)\b", assertion["AssertDescription"])


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
    names |= {trigger + part for trigger in TRIGGERS for part in ("", "Role", "Logs", "Failures", "Permission")}
    if not stack.given.get("ExistingUserPoolId"):
        names |= {"UserPool", "UserPoolClient"}
    assert stack.resources.keys() == names


def test_a_stack_refers_to_nothing_that_it_does_not_create(stack):
    text = json.dumps([stack.resources, stack.outputs])
    assert set(re.findall(r"\$\{(\w+)[^}]*}", text)) <= stack.resources.keys()
    assert "Fn::" not in text and '"Ref"' not in text


def test_nothing_has_a_name_that_a_second_stack_would_want_too(stack):
    for item in stack.resources.values():
        names = {"TableName", "FunctionName", "RoleName", "LogGroupName"} & item["Properties"].keys()
        allowed = {"AWS::Lambda::Permission": {"FunctionName"}, "AWS::Logs::MetricFilter": {"LogGroupName"}}
        assert names == allowed.get(item["Type"], set())


def test_the_tables_outlive_the_stack_encrypted_and_on_demand(stack):
    for name, properties in stack.of_type("AWS::DynamoDB::Table").items():
        assert stack.resources[name]["DeletionPolicy"] == "Retain"
        assert stack.resources[name]["UpdateReplacePolicy"] == "Retain"
        assert properties["SSESpecification"] == {"SSEEnabled": True}
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
        functions = stack.of_type("AWS::Lambda::Function")
        return {name: item.get("ReservedConcurrentExecutions") for name, item in functions.items()}

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
    permissions = stack.of_type("AWS::Lambda::Permission").values()
    [permission] = [item for item in permissions if item["FunctionName"] == "${" + trigger + "}"]
    assert permission == {
        "FunctionName": "${" + trigger + "}",
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
    assert stack.properties(trigger + "Logs") == {"RetentionInDays": "30"}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_what_a_function_fails_at_is_counted_by_error_type(stack, trigger):
    counted = stack.properties(trigger + "Failures")
    assert counted["LogGroupName"] == "${" + trigger + "Logs}"
    assert counted["FilterPattern"] == '{ $.errorType = "*" }'
    [metric] = counted["MetricTransformations"]
    assert metric == {
        "MetricNamespace": "known-user-triggers",
        "MetricName": trigger + "Failures",
        "MetricValue": "1",
        "Unit": "Count",
        "Dimensions": [{"Key": "ErrorType", "Value": "$.errorType"}],
    }


# The user pool.


@pytest.fixture(params=["username", "email-alias", "email"])
def pool(request):
    """The pool's properties with each way of signing in."""
    stack = Stack({"SignInWith": request.param, "SignUpPolicy": "verify"})
    return request.param, stack.properties("UserPool"), stack


def test_a_created_pool_calls_all_five_triggers(pool):
    _, properties, _ = pool
    assert properties["LambdaConfig"] == {key: "${" + name + ".Arn}" for name, (_, key, _) in TRIGGERS.items()}


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
        expected |= {trigger + "Function": "${" + trigger + "}", trigger + "FunctionArn": "${" + trigger + ".Arn}"}
    if existing := stack.given.get("ExistingUserPoolId"):
        expected |= {"UserPoolId": existing}
    else:
        expected |= {"UserPoolId": "${UserPool}", "UserPoolClientId": "${UserPoolClient}"}
    assert stack.outputs == expected
    assert all(output["Description"] and "Export" not in output for output in TRANSFORMED["Outputs"].values())


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(pytest.main([__file__, "-q", "-p", "no:cacheprovider", *sys.argv[1:]]))
