"""Prints `django.json`, what `manage.py dumpdata auth.user auth.group account.emailaddress` writes: made by Django and django-allauth."""

import io
import sys

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "allauth", "allauth.account"],
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    PASSWORD_HASHERS=[
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ],
)
django.setup()
call_command("migrate", verbosity=0)

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

PASSWORD = "correct horse battery staple"
editors = Group.objects.create(name="editors")
hashers = ["pbkdf2_sha256", "argon2", "bcrypt_sha256", "scrypt", "md5"]
for number in range(16):
    user = User.objects.create(
        username=f"user{number}",
        email=f"user{number}@example.com",
        first_name=f"Given{number}",
        last_name="O'Neill, Jr." if number == 3 else f"Family{number}",
        password=make_password(PASSWORD, hasher=hashers[number % len(hashers)]),
        is_active=number != 5,
    )
    if number % 2:
        user.groups.add(editors)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=number != 6)
# What goes wrong: no password, no address, one address twice, a hash that was cut off.
User.objects.create_user("unusable", "unusable@example.com")
User.objects.create_user("noaddress", "", PASSWORD)
User.objects.create_user("twice", "user1@example.com", PASSWORD)
User.objects.create(username="cut", email="cut@example.com", password=make_password(PASSWORD)[:60])
output = io.StringIO()
call_command("dumpdata", "auth.user", "auth.group", "account.emailaddress", indent=1, stdout=output)
sys.stdout.write(output.getvalue())
