"""A stack of an earlier commit is updated to this one, and taken back, while people sign in.

MiniStack's user pool calls no pre authentication, so the test plays Cognito: twice a second it looks up what the pool is
to call, holds that against the function's own policy as Lambda would, and calls it.
"""

import json
import os
import threading
from collections import Counter
from pathlib import Path

from conftest import REGION, STACK, Stack

OLD = Path(os.environ["OLD_TEMPLATE"])
EMAIL = "ann@example.com"


class SignIns(threading.Thread):
    """Somebody who signs in twice a second, until it is stopped; what became of it, by step."""

    def __init__(self, cloud, stack):
        super().__init__(daemon=True)
        self.cognito, self.functions = cloud.client("cognito-idp"), cloud.client("lambda")
        self.pool = stack.outputs["UserPoolId"]
        self.step, self.outcomes, self.faults, self.stopped = "before", Counter(), [], threading.Event()

    def run(self):
        while not self.stopped.wait(0.5):
            step = self.step
            try:
                fault = self.sign_in()
            except Exception as failed:  # Whatever keeps somebody out counts.
                fault = repr(failed)
            self.outcomes[step, "refused" if fault else "signed in"] += 1
            if fault:
                self.faults.append(f"{step}: {fault}")

    def sign_in(self):
        pool = self.cognito.describe_user_pool(UserPoolId=self.pool)["UserPool"]
        for name in ("PreAuthentication", "PostAuthentication"):
            arn = pool["LambdaConfig"][name]
            policy = json.loads(self.functions.get_policy(FunctionName=arn)["Policy"])
            if not any(allows(statement, arn, pool["Arn"]) for statement in policy["Statement"]):
                return f"{arn} may not be called by the pool"
            attributes = {"sub": "1", "email": EMAIL, "email_verified": "true", "cognito:user_status": "CONFIRMED"}
            event = {
                "version": "1", "region": REGION, "userPoolId": self.pool, "userName": "ann",
                "callerContext": {"awsSdkVersion": "1", "clientId": "1example23456789"},
                "triggerSource": f"{name}_Authentication", "request": {"userAttributes": attributes}, "response": {},
            }  # fmt: skip
            answer = self.invoke(arn, event)
            # MiniStack ends the process of a function whose code it replaces, also while it answers; Lambda does not.
            if isinstance(answer, dict) and answer.get("errorType") == "Runtime.ExitError":
                self.outcomes[self.step, "cut off by MiniStack, and repeated"] += 1
                answer = self.invoke(arn, event)
            if answer != event:
                return f"{arn}: {answer}"
        return None

    def invoke(self, arn, event):
        return json.loads(self.functions.invoke(FunctionName=arn, Payload=json.dumps(event))["Payload"].read())


def allows(statement, arn, pool):
    """Whether a statement of a function's policy lets this pool call the function, or its alias, by this ARN."""
    conditions = {
        key.lower(): value for tests in statement.get("Condition", {}).values() for key, value in tests.items()
    }
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
        and statement["Action"] == "lambda:InvokeFunction"
        and statement["Resource"] == arn
        and conditions.get("aws:sourcearn") == pool
    )


def test_an_update_and_the_way_back_refuse_nobody_and_keep_tables_and_pool(cloud):
    new = Path(os.environ["TEMPLATE"])
    stack = Stack(cloud, OLD)
    ann = {"UserEmail": {"S": EMAIL}, "UserName": {"S": "ann"}, "UserNameKey": {"S": "ann"}}
    stack.dynamodb.put_item(TableName=stack.known_users, Item=ann)
    kept = {name: stack.outputs[name] for name in ("UserPoolId", "UserPoolClientId", "KnownUsersTable", "EphemeraTable")}
    sign_ins = SignIns(cloud, stack)
    sign_ins.start()
    own = dict(stack.parameters)
    steps = [
        ("to this version, the functions called", new, {"UserPoolCalls": "function"}),
        ("to the aliases", new, {"UserPoolCalls": "alias"}),
        ("to another setting", new, {"UserPoolCalls": "alias", "CheckSuspended": "after"}),
        ("back to the functions", new, {"UserPoolCalls": "function"}),
        ("back to the version before", OLD, {}),
    ]
    try:
        for step, template, parameters in steps:
            sign_ins.step = step
            stack.template, stack.parameters = template, dict(own)
            stack.deploy(**parameters)
            assert {name: stack.outputs[name] for name in kept} == kept, step
            config = sign_ins.cognito.describe_user_pool(UserPoolId=kept["UserPoolId"])["UserPool"]["LambdaConfig"]
            assert {arn.endswith(":live") for arn in config.values()} == {parameters.get("UserPoolCalls") == "alias"}
            before = sign_ins.outcomes.total()
            while sign_ins.outcomes.total() < before + 4:
                assert sign_ins.is_alive()
    finally:
        sign_ins.stopped.set()
        sign_ins.join()
    times = sum(times for (_, outcome), times in sign_ins.outcomes.items() if outcome in ("signed in", "refused"))
    print(f"\n{STACK}: {times} sign-ins, {len(sign_ins.faults)} refused")
    for (step, outcome), times in sign_ins.outcomes.items():
        print(f"  {step}: {times} {outcome}")
    assert sign_ins.faults == []
    record = stack.dynamodb.get_item(TableName=stack.known_users, Key={"UserEmail": {"S": EMAIL}})["Item"]
    assert record["UserSub"] == {"S": "1"} and "LastLogin" in record
