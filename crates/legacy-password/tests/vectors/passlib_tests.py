"""Prints the hashes that passlib's own tests hold for right, of the formats that legacy-password reads."""

import json
import logging
import warnings
from importlib.metadata import version

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

from passlib.tests import test_handlers as handlers
from passlib.tests import test_handlers_argon2, test_handlers_bcrypt, test_handlers_django, test_handlers_pbkdf2
from passlib.tests import test_handlers_scrypt

CASES = [
    ("bcrypt", test_handlers_bcrypt, "_bcrypt_test"),
    ("md5-crypt", handlers, "_md5_crypt_test"),
    ("sha256-crypt", handlers, "_sha256_crypt_test"),
    ("sha512-crypt", handlers, "_sha512_crypt_test"),
    ("phpass", handlers, "phpass_test"),
    ("ldap-sha", handlers, "ldap_sha1_test"),
    ("ldap-ssha", handlers, "ldap_salted_sha1_test"),
    ("ldap-ssha256", handlers, "ldap_salted_sha256_test"),
    ("ldap-ssha512", handlers, "ldap_salted_sha512_test"),
    ("passlib-pbkdf2", test_handlers_pbkdf2, "pbkdf2_sha1_test"),
    ("passlib-pbkdf2", test_handlers_pbkdf2, "pbkdf2_sha256_test"),
    ("passlib-pbkdf2", test_handlers_pbkdf2, "pbkdf2_sha512_test"),
    ("argon2", test_handlers_argon2, "_base_argon2_test"),
    ("scrypt", test_handlers_scrypt, "_scrypt_test"),
    ("django-md5", test_handlers_django, "django_salted_md5_test"),
    ("django-pbkdf2", test_handlers_django, "django_pbkdf2_sha256_test"),
    ("django-pbkdf2", test_handlers_django, "django_pbkdf2_sha1_test"),
    ("django-bcrypt", test_handlers_django, "django_bcrypt_test"),
    ("django-bcrypt-sha256", test_handlers_django, "django_bcrypt_sha256_test"),
    ("django-argon2", test_handlers_django, "django_argon2_test"),
]
PREFIXES = {"bcrypt": ("$2a$", "$2b$", "$2x$", "$2y$"), "scrypt": ("$scrypt$", "$7$")}


def vectors():
    for format, module, name in CASES:
        for secret, encoded in getattr(module, name, None).known_correct_hashes:
            encoded = encoded.decode() if isinstance(encoded, bytes) else encoded
            if len(secret) > 256 or not encoded.startswith(PREFIXES.get(format, "")):
                continue
            password = secret if isinstance(secret, bytes) else secret.encode()
            if isinstance(encoded, str):
                yield {
                    "format": format,
                    "password": password.hex(),
                    "encoded": encoded,
                    "source": f"passlib {version('passlib')}, {module.__name__}.{name}",
                }


print(json.dumps(list(vectors()), indent=1, ensure_ascii=False))
