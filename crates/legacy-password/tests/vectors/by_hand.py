"""Prints hashes of schemes that are written anew here, around Python's hashlib and the bcrypt and cryptography packages:
ASP.NET Core Identity's, Firebase's, WordPress's, Drupal's, Keycloak's, LDAP's, PBKDF2 in the PHC string format, and
legacy-password's own $salted$ and $pepper$."""

import base64
import hashlib
import hmac
import json
import struct

import bcrypt
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PASSWORDS = [
    "",
    "correct horse battery staple",
    "Zo\u00eb",
    "Zoe\u0308",
    "\u043f\u0430\u0440\u043e\u043b\u044c \U0001f511",
    "with a NUL\0inside",
    " spaces before and after ",
    "x" * 73,
    "\u00e9" * 128,
]
SOURCE = "the scheme written anew in Python"
made = []


def vector(format, password, encoded, **parameters):
    made.append({"format": format, "password": password.hex(), "encoded": encoded, "source": SOURCE, **parameters})


def b64(data):
    return base64.b64encode(data).decode()


def unpadded(data):
    return b64(data).rstrip("=")


def bytes_of(text, length):
    """Some salt that depends on the text."""
    return hashlib.shake_128(text.encode()).digest(length)


def crypt_text(data):
    alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    bits = "".join(f"{byte:08b}"[::-1] for byte in data)
    groups = (bits[place : place + 6][::-1] for place in range(0, len(bits), 6))
    return "".join(alphabet[int(group, 2)] for group in groups)


def aspnet_2(password, salt):
    return b64(b"\0" + salt + hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 32))


def aspnet_3(password, salt, prf, rounds):
    digest = ["sha1", "sha256", "sha512"][prf]
    header = b"\1" + struct.pack(">III", prf, rounds, len(salt))
    return b64(header + salt + hashlib.pbkdf2_hmac(digest, password, salt, rounds, 32))


def firebase(password, salt, project):
    signer_key, separator = (base64.b64decode(project[name]) for name in ("signer_key", "salt_separator"))
    key = hashlib.scrypt(
        password, salt=salt + separator, n=2 ** project["mem_cost"], r=project["rounds"], p=1, maxmem=2**27, dklen=64
    )
    encryptor = Cipher(algorithms.AES(key[:32]), modes.CTR(bytes(16))).encryptor()
    return f"$firebase${b64(salt)}${b64(encryptor.update(signer_key) + encryptor.finalize())}"


def repeated(digest, prefix, log_rounds, salt, password):
    state = hashlib.new(digest, salt + password).digest()
    for _ in range(2**log_rounds):
        state = hashlib.new(digest, state + password).digest()
    return prefix + crypt_text(bytes([log_rounds]))[0] + salt.decode() + crypt_text(state)


def keycloak(algorithm, password, salt, rounds, length):
    digest = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}[algorithm]
    value = hashlib.pbkdf2_hmac(digest, password, salt, rounds, length)
    secret = {"value": b64(value), "salt": b64(salt), "additionalParameters": {}}
    data = {"hashIterations": rounds, "algorithm": algorithm, "additionalParameters": {}}
    return json.dumps({"secretData": json.dumps(secret), "credentialData": json.dumps(data)})


def keycloak_argon2(password, salt, type, version):
    value = hash_secret_raw(password, salt, 5, 7168, 1, 32, type, version)
    kind = {Type.D: "d", Type.I: "i", Type.ID: "id"}[type]
    more = {"hashLength": ["32"], "memory": ["7168"], "type": [kind], "parallelism": ["1"]}
    more["version"] = ["1.3" if version == 19 else "1.0"]
    secret = {"value": b64(value), "salt": b64(salt), "additionalParameters": {}}
    data = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": more}
    return json.dumps({"secretData": json.dumps(secret), "credentialData": json.dumps(data)})


SALTED = {
    "sha256(salt+password)": lambda salt, password: hashlib.sha256(salt + password),
    "sha512(salt+password)": lambda salt, password: hashlib.sha512(salt + password),
    "sha256(password+salt)": lambda salt, password: hashlib.sha256(password + salt),
    "sha512(password+salt)": lambda salt, password: hashlib.sha512(password + salt),
    "hmac-sha256(salt,password)": lambda salt, password: hmac.new(salt, password, "sha256"),
    "hmac-sha512(salt,password)": lambda salt, password: hmac.new(salt, password, "sha512"),
    "hmac-sha256(password,salt)": lambda salt, password: hmac.new(password, salt, "sha256"),
    "hmac-sha512(password,salt)": lambda salt, password: hmac.new(password, salt, "sha512"),
}
PROJECT = {"signer_key": b64(bytes(range(64))), "salt_separator": b64(b"sep"), "rounds": 4, "mem_cost": 10}
PEPPER = b"a key of the project"

for number, text in enumerate(PASSWORDS):
    password = text.encode()
    salt = bytes_of(f"{number}", 16)
    vector("aspnet-identity-2", password, aspnet_2(password, salt))
    for prf in range(3):
        vector("aspnet-identity-3", password, aspnet_3(password, bytes_of(f"{number}", 16 + prf), prf, 1000 + number))
    vector("firebase", password, firebase(password, salt[:10], PROJECT), firebase=PROJECT)

    text_salt = crypt_text(salt)[:8].encode()
    vector("drupal-7", password, repeated("sha512", "$S$", 7 + number % 3, text_salt, password)[:55])
    digest = hashlib.md5(password).hexdigest().encode()
    vector("drupal-7", password, "U" + repeated("sha512", "$S$", 7, text_salt, digest)[:55])
    vector("phpass", password, repeated("md5", "$P$", 8, text_salt, password))
    mac = base64.b64encode(hmac.new(b"wp-sha384", password, "sha384").digest())
    vector("wordpress", password, "$wp" + bcrypt.hashpw(mac, bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"))

    for algorithm, length in (("pbkdf2", 64), ("pbkdf2-sha256", 64), ("pbkdf2-sha512", 64), ("pbkdf2-sha256", 32)):
        vector("keycloak", password, keycloak(algorithm, password, salt, 500 + number, length))
    vector("keycloak", password, keycloak_argon2(password, salt, list(Type)[number % 3], 16 + 3 * (number % 2)))

    for digest in ("sha1", "sha256", "sha512"):
        hash = hashlib.pbkdf2_hmac(digest, password, salt, 800, 32)
        encoded = f"$pbkdf2-{digest}$i=800,l=32${unpadded(salt)}${unpadded(hash)}"
        vector("pbkdf2", password, encoded)
    for name, digest in (("SSHA", "sha1"), ("SSHA256", "sha256"), ("SSHA512", "sha512"), ("ssha", "sha1")):
        hash = hashlib.new(digest, password + salt[:8]).digest()
        vector(f"ldap-{name.lower()}", password, f"{{{name}}}{b64(hash + salt[:8])}")
    vector("ldap-sha", password, f"{{SHA}}{b64(hashlib.sha1(password).digest())}")

    for recipe, scheme in SALTED.items():
        own_salt = salt[: 2 * number]
        vector("salted", password, f"$salted${recipe}${b64(own_salt)}${b64(scheme(own_salt, password).digest())}")
    for digest in ("sha1", "sha256", "sha384", "sha512"):
        mac = hmac.new(PEPPER, password, digest).digest()
        for spelling, peppered in (("raw", mac), ("hex", mac.hex().encode()), ("base64", base64.b64encode(mac))):
            encoded = f"$pepper$hmac-{digest}-{spelling}${aspnet_3(peppered, salt, 1, 1000)}"
            vector("aspnet-identity-3", password, encoded, pepper=PEPPER.hex())
    mac = hmac.new(PEPPER, password, "sha256").hexdigest().encode()
    encoded = f"$pepper$hmac-sha256-hex${bcrypt.hashpw(mac, bcrypt.gensalt(4)).decode()}"
    vector("bcrypt", password, encoded, pepper=PEPPER.hex())

print(json.dumps(made, indent=1, ensure_ascii=False))
