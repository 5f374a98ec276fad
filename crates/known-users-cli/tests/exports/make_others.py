"""Writes the exports of the systems that do not run here, after their documentation (docs/from.md), each of 20 people and a
few rows that go wrong. The hashes are made by bcrypt, argon2-cffi, passlib and Python's hashlib."""

import base64
import csv
import hashlib
import hmac
import io
import json
import struct

import bcrypt
from argon2.low_level import Type, hash_secret
from passlib import hash as passlib

PASSWORD = b"correct horse battery staple"


def salt(number, length=16):
    return hashlib.shake_128(str(number).encode()).digest(length)


def b64(data):
    return base64.b64encode(data).decode()


def bcrypted(number, prefix="$2b$"):
    text = base64.b64encode(salt(number), altchars=b"./").decode()[:21] + "u"
    return prefix + bcrypt.hashpw(PASSWORD, f"$2b$04${text}".encode()).decode()[4:]


def argon2(number):
    return hash_secret(PASSWORD, salt(number), 1, 64, 1, 32, Type.ID).decode()


def rows(name, header, body):
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(body)
    open(name, "w", encoding="utf-8").write(output.getvalue())


def lines(name, values):
    open(name, "w", encoding="utf-8").write("".join(json.dumps(value) + "\n" for value in values))


def email(number):
    return f"user{number}@example.com"


PEOPLE = range(20)

lines(
    "auth0-hashes.ndjson",
    [
        {"_id": {"$oid": f"{n:024x}"}, "email": email(n), "email_verified": n != 3, "passwordHash": bcrypted(n), "tenant": "acme", "connection": "Username-Password-Authentication"}
        for n in PEOPLE
    ]
    + [{"_id": {"$oid": "f" * 24}, "email": email(1), "passwordHash": bcrypted(1), "connection": "Other"}],
)
lines(
    "auth0-profiles.ndjson",
    [
        {"user_id": f"auth0|{n:024x}", "email": email(n), "email_verified": n != 3, "username": f"user{n}", "name": email(n), "given_name": "Zo\u00eb", "blocked": n == 5, "identities": [{"isSocial": False}], "user_metadata": {"lang": "en"}}
        for n in PEOPLE
    ]
    + [{"user_id": "google-oauth2|1", "email": "social@example.com", "email_verified": True, "identities": [{"isSocial": True}]}, {"user_id": "auth0|nobody"}],
)


def keycloak(number):
    if number % 2:
        data = {"hashIterations": 27500, "algorithm": "pbkdf2-sha256", "additionalParameters": {}}
        value = hashlib.pbkdf2_hmac("sha256", PASSWORD, salt(number), 27500, 64)
    else:
        data = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": {"hashLength": ["32"], "memory": ["7168"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}}
        encoded = hash_secret(PASSWORD, salt(number), 5, 7168, 1, 32, Type.ID).decode().rsplit("$", 1)[1]
        value = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    secret = {"value": b64(value), "salt": b64(salt(number)), "additionalParameters": {}}
    return {"type": "password", "createdDate": 1, "secretData": json.dumps(secret), "credentialData": json.dumps(data)}


users = [
    {"id": f"id{n}", "username": f"user{n}", "enabled": n != 5, "emailVerified": n != 3, "firstName": "Zo\u00eb", "email": email(n), "attributes": {"plan": ["gold"]}, "credentials": [keycloak(n)]}
    for n in PEOPLE
]
users += [
    {"id": "s", "username": "service-account-app", "serviceAccountClientId": "app"},
    {"id": "l", "username": "ldap", "email": "ldap@example.com", "enabled": True, "federationLink": "x"},
    {"id": "n", "username": "noaddress", "enabled": True, "credentials": [keycloak(1)]},
]
json.dump({"realm": "acme", "roles": {"realm": []}, "users": users, "clients": []}, open("keycloak.json", "w"), indent=1)

rows(
    "supabase.csv",
    ["instance_id", "id", "aud", "email", "encrypted_password", "email_confirmed_at", "raw_user_meta_data", "phone", "banned_until", "is_sso_user", "deleted_at", "is_anonymous"],
    [["0", f"id{n}", "authenticated", email(n), bcrypted(n, "$2a$") if n % 2 else argon2(n), "2024-01-15 10:30:00+00" if n != 3 else "", json.dumps({"full_name": "Zo\u00eb, \"Z\""}), "12025550100" if n == 4 else "", "2999-01-01 00:00:00+00" if n == 5 else "", "false", "", "false"] for n in PEOPLE]
    + [["0", "a", "authenticated", "", "", "", "", "", "", "false", "", "true"], ["0", "d", "authenticated", "d@example.com", "", "", "", "", "", "false", "2024-01-15 10:30:00+00", "false"]],
)
rows(
    "clerk.csv",
    ["id", "first_name", "last_name", "username", "primary_email_address", "primary_phone_number", "verified_email_addresses", "unverified_email_addresses", "totp_secret", "password_digest", "password_hasher"],
    [[f"user_{n}", "Zo\u00eb", "", f"user{n}", email(n), "", email(n) if n != 3 else "", "", "SECRET" if n == 4 else "", bcrypted(n) if n % 2 else argon2(n), "bcrypt" if n % 2 else "argon2id"] for n in PEOPLE]
    + [["user_x", "", "", "", "x@example.com", "", "", "", "", "abc", "awscognito"]],
)
rows(
    "wordpress.csv",
    ["ID", "user_login", "user_pass", "user_email", "user_registered", "display_name", "spam", "deleted"],
    [[n, f"user{n}", [passlib.phpass.using(rounds=8).hash(PASSWORD), bcrypted(n, "$2y$"), "$wp" + bcrypt.hashpw(base64.b64encode(hmac.digest(b"wp-sha384", PASSWORD, "sha384")), b"$2b$04$......................").decode().replace("$2b$", "$2y$"), hashlib.md5(PASSWORD).hexdigest()][n % 4], email(n), "2024-01-01 00:00:00", "Zo\u00eb", "1" if n == 5 else "0", "0"] for n in PEOPLE]
    + [[99, "gone", "", "gone@example.com", "", "", "0", "1"], [98, "noaddress", "", "", "", "", "0", "0"]],
)


def identity(number):
    if number % 3 == 0:
        return b64(b"\0" + salt(number) + hashlib.pbkdf2_hmac("sha1", PASSWORD, salt(number), 1000, 32))
    prf, digest, rounds = [(1, "sha256", 10000), (2, "sha512", 1000)][number % 3 - 1]
    return b64(b"\1" + struct.pack(">III", prf, rounds, 16) + salt(number) + hashlib.pbkdf2_hmac(digest, PASSWORD, salt(number), rounds, 32))


# As SQL Server's tools write it.
rows(
    "aspnet.csv",
    ["Id", "UserName", "Email", "EmailConfirmed", "PasswordHash", "PhoneNumber", "TwoFactorEnabled", "LockoutEnd"],
    [[f"id{n}", f"user{n}", email(n), int(n != 3), identity(n), "NULL", int(n == 4), "9999-12-31 23:59:59.9999999 +00:00" if n == 5 else "NULL"] for n in PEOPLE]
    + [["x", "social", "social@example.com", 1, "NULL", "NULL", 0, "NULL"]],
)
text = open("aspnet.csv", encoding="utf-8").read().replace("\n", "\r\n")
open("aspnet.csv", "wb").write(b"\xff\xfe" + text.encode("utf-16-le"))
wide = PASSWORD.decode().encode("utf-16-le")
rows(
    "membership.csv",
    ["UserId", "UserName", "Password", "PasswordFormat", "PasswordSalt", "Email", "IsApproved", "IsLockedOut"],
    [[f"id{n}", f"user{n}", b64(hashlib.sha1(salt(n) + wide).digest() if n % 2 else hmac.digest(salt(n), wide, "sha256")), 1, b64(salt(n)), email(n), int(n != 5), 0] for n in PEOPLE]
    + [["x", "clear", "secret", 0, b64(salt(1)), "clear@example.com", 1, 0]],
)
rows(
    "devise.csv",
    ["id", "email", "encrypted_password", "confirmed_at", "locked_at", "otp_required_for_login"],
    [[n, email(n), bcrypted(n, "$2a$"), "2024-01-01 00:00:00" if n != 3 else "", "", "t" if n == 4 else "f"] for n in PEOPLE] + [[99, "", bcrypted(1), "", "", "f"]],
)
rows(
    "laravel.csv",
    ["id", "name", "email", "email_verified_at", "password", "remember_token", "deleted_at"],
    [[n, "Zo\u00eb", email(n), "2024-01-01 00:00:00" if n != 3 else "NULL", bcrypted(n, "$2y$") if n % 2 else argon2(n), "NULL", "NULL"] for n in PEOPLE] + [[99, "Gone", "gone@example.com", "NULL", "NULL", "NULL", "2024-01-01 00:00:00"]],
)
rows(
    "discourse.csv",
    ["id", "username", "name", "email", "active", "approved", "suspended_till", "silenced_till", "staged", "password_hash", "password_salt", "password_algorithm"],
    [[n, f"user{n}", "Zo\u00eb", email(n), "t" if n != 3 else "f", "t", "2999-01-01 00:00:00" if n == 5 else "", "", "f", hashlib.pbkdf2_hmac("sha256", PASSWORD, salt(n).hex().encode(), 1000, 32).hex(), salt(n).hex(), "$pbkdf2-sha256$i=1000,l=32$"] for n in PEOPLE]
    + [[-1, "system", "", "no_email", "t", "t", "", "", "f", "", "", ""]],
)


def fusionauth(number):
    if number % 2:
        return [bcrypted(number)[29:], bcrypted(number)[7:29], "salted-bcrypt", 4]
    return [b64(hashlib.pbkdf2_hmac("sha256", PASSWORD, salt(number), 1000, 32)), b64(salt(number)), "salted-pbkdf2-hmac-sha256", 1000]


rows(
    "fusionauth.csv",
    ["users_id", "email", "username", "password", "salt", "encryption_scheme", "factor", "verified", "active", "first_name"],
    [[f"id{n}", email(n), f"user{n}", *fusionauth(n), "t" if n != 3 else "f", "t" if n != 5 else "f", "Zo\u00eb"] for n in PEOPLE],
)
json.dump(
    [{"id": f"00u{n}", "status": "SUSPENDED" if n == 5 else "ACTIVE", "profile": {"login": f"user{n}", "email": email(n), "firstName": "Zo\u00eb"}, "credentials": {"provider": {"type": "OKTA"}}} for n in PEOPLE]
    + [{"id": "x", "status": "STAGED", "profile": {"login": "x", "email": "x@example.com"}}],
    open("okta.json", "w"), indent=1,
)
json.dump(
    {"Users": [{"Username": f"user{n}", "Attributes": [{"Name": "sub", "Value": f"sub{n}"}, {"Name": "email", "Value": email(n)}, {"Name": "email_verified", "Value": "true" if n != 3 else "false"}], "Enabled": n != 5, "UserStatus": "CONFIRMED"} for n in PEOPLE] + [{"Username": "google_1", "Attributes": [], "Enabled": True, "UserStatus": "EXTERNAL_PROVIDER"}]},
    open("cognito.json", "w"), indent=1,
)
