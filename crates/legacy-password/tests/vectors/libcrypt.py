"""Prints hashes made by the machine's crypt(3), which has to be libxcrypt, and by the `openssl` command."""

import ctypes
import ctypes.util
import json
import subprocess

library = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1")
library.crypt.restype = ctypes.c_char_p
OPENSSL = subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split()[1]

PASSWORDS = [
    b"",
    b"a",
    b"correct horse battery staple",
    "Zo\u00eb".encode(),
    "Zoe\u0308".encode(),
    "\u043f\u0430\u0440\u043e\u043b\u044c \U0001f511".encode(),
    b"\xa3",
    b"\xff\xff\xa3",
    b"\xff\xa334\xff\xff\xff\xa3345",
    b"\xff\xa3345",
    b"\xa3ab",
    b"1\xa3 345",
    b"x" * 71,
    b"x" * 72,
    b"x" * 73,
    "\u00e9".encode() * 128,
]
SETTINGS = [
    ("bcrypt", "$2a$04$abcdefghijklmnopqrstuu"),
    ("bcrypt", "$2b$04$/OK.fbVrR/bpIqNJ5ianF."),
    ("bcrypt", "$2x$04$/OK.fbVrR/bpIqNJ5ianF."),
    ("bcrypt", "$2y$05$/OK.fbVrR/bpIqNJ5ianF."),
    ("scrypt", "$7$66..../....salt"),
    ("scrypt", "$7$71....0....SodiumChloride"),
    ("md5-crypt", "$1$"),
    ("md5-crypt", "$1$saltsalt"),
    ("sha256-crypt", "$5$s"),
    ("sha256-crypt", "$5$rounds=1777$saltsaltsaltsalt"),
    ("sha512-crypt", "$6$salt"),
    ("sha512-crypt", "$6$rounds=1000$saltsaltsaltsalt"),
]
made = []
for password in PASSWORDS:
    for format, setting in SETTINGS:
        encoded = library.crypt(password, setting.encode()).decode()
        assert encoded.startswith("$"), setting
        made.append((format, password, encoded, "made by libxcrypt's crypt(3)"))
    for option, format in (("-1", "md5-crypt"), ("-5", "sha256-crypt"), ("-6", "sha512-crypt")):
        command = ["openssl", "passwd", option, "-salt", "Salt.1/x", "-stdin"]
        encoded = subprocess.run(command, input=password + b"\n", capture_output=True).stdout.decode().strip()
        # It cuts passwords off at 256 bytes less the line's end, and takes an empty line for none.
        if password and len(password) < 255:
            made.append((format, password, encoded, f"made by openssl {OPENSSL} passwd {option}"))
            made.append(("ldap-crypt", password, "{CRYPT}" + encoded, f"made by openssl {OPENSSL} passwd {option}"))
made = [dict(zip(("format", "password", "encoded", "source"), (f, p.hex(), e, s))) for f, p, e, s in made]
print(json.dumps(made, indent=1, ensure_ascii=False))
