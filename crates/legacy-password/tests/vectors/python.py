"""Prints hashes made by Django, Werkzeug, argon2-cffi, bcrypt and passlib, with fixed salts where they take one."""

import json
from importlib.metadata import version

import argon2
import bcrypt
import django
from argon2.low_level import Type, hash_secret
from django.conf import settings
from passlib import hash as passlib
from werkzeug import security

settings.configure()
django.setup()
from django.contrib.auth import hashers

PASSWORDS = [
    "",
    "correct horse battery staple",
    "Zo\u00eb",
    "Zoe\u0308",
    "\u043f\u0430\u0440\u043e\u043b\u044c \U0001f511",
    "with a NUL\0inside",
    " spaces before and after ",
    "x" * 71,
    "x" * 72,
    "x" * 73,
    "\u00e9" * 128,
]
made = []


def vector(format, password, encoded, source):
    encoded = encoded.decode() if isinstance(encoded, bytes) else encoded
    made.append({"format": format, "password": password.encode().hex(), "encoded": encoded, "source": source})


def by(package):
    return f"made by {package} {version(package)}"


for number, password in enumerate(PASSWORDS):
    salt = f"salt{number:04}salt{number:04}"
    nul = "\0" in password

    pbkdf2 = hashers.PBKDF2PasswordHasher()
    vector("django-pbkdf2", password, pbkdf2.encode(password, salt, 1000 + number), by("Django"))
    vector("django-pbkdf2", password, hashers.PBKDF2SHA1PasswordHasher().encode(password, salt, 999), by("Django"))
    vector("django-md5", password, hashers.MD5PasswordHasher().encode(password, salt), by("Django"))
    scrypt = hashers.ScryptPasswordHasher()
    vector("django-scrypt", password, scrypt.encode(password, salt, n=2**10, r=8, p=1 + number % 3), by("Django"))
    hasher = hashers.Argon2PasswordHasher()
    hasher.time_cost, hasher.memory_cost, hasher.parallelism = 2, 64 + number, 1 + number % 4
    vector("django-argon2", password, hasher.encode(password, salt), by("Django"))
    for hasher in (hashers.BCryptPasswordHasher(), hashers.BCryptSHA256PasswordHasher()):
        if nul and hasher.digest is None:
            continue
        hasher.rounds = 4
        format = "django-bcrypt" if hasher.digest is None else "django-bcrypt-sha256"
        vector(format, password, hasher.encode(password, bcrypt.gensalt(4)), by("Django"))

    for digest in ("sha1", "sha256", "sha512"):
        method = f"pbkdf2:{digest}:{500 + number}"
        vector("werkzeug-pbkdf2", password, security.generate_password_hash(password, method), by("Werkzeug"))
    method = f"scrypt:{2 ** (10 + number % 3)}:{4 + number % 5}:{1 + number % 3}"
    vector("werkzeug-scrypt", password, security.generate_password_hash(password, method), by("Werkzeug"))

    for type in (Type.D, Type.I, Type.ID):
        for argon2_version in (16, 19):
            hash_length = 16 + 8 * (number % 5)
            encoded = hash_secret(
                password.encode(), salt.encode(), 1 + number % 3, 64, 1 + number % 4, hash_length, type, argon2_version
            )
            vector("argon2", password, encoded, by("argon2-cffi"))

    # bcrypt takes a NUL for a byte like any other.
    for prefix in (b"2a", b"2b"):
        vector("bcrypt", password, bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, prefix=prefix)), by("bcrypt"))

    # passlib's Unicode normalisation is for SASLprep alone; its hashes take UTF-8 as it is.
    for handler in (passlib.pbkdf2_sha1, passlib.pbkdf2_sha256, passlib.pbkdf2_sha512):
        vector("passlib-pbkdf2", password, handler.using(rounds=700 + number).hash(password), by("passlib"))
    handler = passlib.scrypt.using(rounds=4 + number % 6, block_size=1 + number % 8, parallelism=1 + number % 3)
    vector("scrypt", password, handler.hash(password), by("passlib"))
    vector("ldap-sha", password, passlib.ldap_sha1.hash(password), by("passlib"))
    vector("ldap-ssha", password, passlib.ldap_salted_sha1.using(salt_size=4 + number).hash(password), by("passlib"))
    vector("ldap-ssha256", password, passlib.ldap_salted_sha256.hash(password), by("passlib"))
    vector("ldap-ssha512", password, passlib.ldap_salted_sha512.hash(password), by("passlib"))
    if not nul:
        vector("phpass", password, passlib.phpass.using(rounds=7 + number % 3).hash(password), by("passlib"))
        vector("phpass", password, passlib.phpass.using(rounds=7, ident="H").hash(password), by("passlib"))
        vector("md5-crypt", password, passlib.md5_crypt.hash(password), by("passlib"))
        vector("sha256-crypt", password, passlib.sha256_crypt.using(rounds=1000 + number).hash(password), by("passlib"))
        vector("sha512-crypt", password, passlib.sha512_crypt.using(rounds=5000).hash(password), by("passlib"))
        vector("ldap-crypt", password, passlib.ldap_sha512_crypt.using(rounds=1000).hash(password), by("passlib"))
        vector("ldap-crypt", password, passlib.ldap_md5_crypt.hash(password), by("passlib"))

print(json.dumps(made, indent=1, ensure_ascii=False))
