"""The decision of pre sign-up as a function for Python, with boto3."""

import os
from unicodedata import normalize

import boto3

client = boto3.client("dynamodb")
TABLE = os.environ["KNOWN_USERS_TABLE"]


def normalise(text):
    return normalize("NFC", text.strip()).lower()


def handler(event, _context):
    email = event["request"]["userAttributes"].get("email")
    if event["triggerSource"] != "PreSignUp_SignUp" or not email:
        return event
    known = client.get_item(TableName=TABLE, Key={"UserEmail": {"S": normalise(email)}}, ConsistentRead=True).get("Item")
    if not known or known.get("Suspended", {}).get("BOOL") or not known.get("EmailVerified", {}).get("BOOL", True):
        return event
    if known.get("UserNameKey", {}).get("S") == normalise(event["userName"]):
        event["response"]["autoConfirmUser"] = True
        event["response"]["autoVerifyEmail"] = True
    return event
