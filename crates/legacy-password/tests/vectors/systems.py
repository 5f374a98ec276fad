"""Prints hashes made by passlib, libxcrypt and OpenSSL in the forms of LDAP servers, Atlassian, Apache and Debian."""

import base64
import ctypes
import json
import subprocess
from importlib.metadata import version

from passlib import hash as passlib

PASSWORDS = ["", "correct horse battery staple", "Zo\u00eb", "Zoe\u0308", "\u043f\u0430\u0440\u043e\u043b\u044c \U0001f511", " a ", "x" * 73]
made = []
libcrypt = ctypes.CDLL("libcrypt.so.1")
libcrypt.crypt.restype = ctypes.c_char_p


def vector(format, password, encoded, source):
    made.append({"format": format, "password": password.encode().hex(), "encoded": encoded, "source": source})


def crypt(password, setting):
    return libcrypt.crypt(password.encode(), setting.encode()).decode()


by_passlib = f"made by passlib {version('passlib')}"
for number, password in enumerate(PASSWORDS):
    for name, format in [
        ("ldap_md5", "ldap-md5"),
        ("ldap_salted_md5", "ldap-smd5"),
        ("atlassian_pbkdf2_sha1", "atlassian"),
    ]:
        vector(format, password, getattr(passlib, name).hash(password), by_passlib)
    for name in ("ldap_pbkdf2_sha1", "ldap_pbkdf2_sha256", "ldap_pbkdf2_sha512"):
        vector("ldap-pbkdf2", password, getattr(passlib, name).using(rounds=100 + number).hash(password), by_passlib)
    vector("apr1-crypt", password, passlib.apr_md5_crypt.hash(password), by_passlib)
    if password:
        command = ["openssl", "passwd", "-apr1", "-salt", f"salt{number}", "-stdin"]
        done = subprocess.run(command, input=password.encode(), capture_output=True, check=True)
        vector("apr1-crypt", password, done.stdout.decode().strip(), "made by openssl passwd")
    salt = f"$y$j75$salt{number}salt{number}..$"[:24]
    yescrypt = crypt(password, salt)
    vector("yescrypt", password, yescrypt, "made by libxcrypt")
    vector("ldap-crypt", password, "{CRYPT}" + yescrypt, "made by libxcrypt")
    # Dovecot writes crypt(3)'s behind names of its own.
    vector("ldap-crypt", password, "{SHA512-CRYPT}" + crypt(password, f"$6$rounds=1000$salt{number}"), "made by libxcrypt")
    vector("ldap-crypt", password, "{BLF-CRYPT}" + crypt(password, "$2b$04$......................"), "made by libxcrypt")
vector("yescrypt", "correct horse", crypt("correct horse", "$y$j9T$abcdefgh$"), "made by libxcrypt, as Debian does")
print(json.dumps(made, indent=1))
