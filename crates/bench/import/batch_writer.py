"""What most people would write: boto3's batch_writer over a CSV file. `batch_writer.py URL people.csv`."""

import csv
import sys
import time

import boto3

url, path = sys.argv[1:]
table = boto3.resource("dynamodb", endpoint_url=url, region_name="eu-west-1").Table("KnownUsers")
start, rows = time.monotonic(), 0
with open(path, encoding="utf-8", newline="") as file, table.batch_writer() as batch:
    for row in csv.DictReader(file):
        item = {
            "UserEmail": row["email"].strip().lower(),
            "UserName": row["user_name"],
            "UserNameKey": row["user_name"].lower(),
            "EmailVerified": row["email_verified"] == "true",
            "Suspended": False,
            "Attributes": {name: row[name] for name in ("name", "phone_number", "custom:legacy_id") if row[name]},
        }
        if row["password_hash"]:
            item["PasswordHash"] = row["password_hash"]
        batch.put_item(Item=item)
        rows += 1
seconds = time.monotonic() - start
print(f"{rows} rows in {seconds:.1f} s: {rows / seconds:.0f} rows a second")
