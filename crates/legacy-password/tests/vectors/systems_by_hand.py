"""Prints hashes of schemes that are written anew here, around Python's hashlib: Spring Security's, LDAP servers', Supabase's,
Magento's, Better Auth's, MediaWiki's, Shiro's, Atlassian's, Apache's, and what legacy-password's own $salted$, $prehash$ and
$pepper$ say of Devise, Meteor, vBulletin, MyBB, Joomla, Redmine, OpenCart, Symfony, Authlogic and ASP.NET Membership."""

import base64
import hashlib
import hmac
import json
import struct
import unicodedata

import bcrypt
from argon2.low_level import Type, hash_secret, hash_secret_raw
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PASSWORDS = [
    "",
    "correct horse battery staple",
    "Zo\u00eb",
    "Zoe\u0308",
    "\u043f\u0430\u0440\u043e\u043b\u044c \U0001f511",
    " spaces before and after ",
    "x" * 73,
]
SOURCE = "the scheme written anew in Python"
made = []


def vector(format, password, encoded, source=SOURCE, **parameters):
    made.append({"format": format, "password": password.encode().hex(), "encoded": encoded, "source": source, **parameters})


def b64(data):
    return base64.b64encode(data).decode()


def adapted(data):
    return b64(data).rstrip("=").replace("+", ".")


def salt_of(text, length):
    """Some salt that depends on the text."""
    return hashlib.shake_128(text.encode()).digest(length)


def h(name, *parts):
    return hashlib.new(name, b"".join(parts)).digest()


def hx(name, *parts):
    return h(name, *parts).hex().encode()


def repeated(name, first, rounds, next):
    state = first
    for _ in range(rounds - 1):
        state = hashlib.new(name, next(state)).digest()
    return state


def salted(recipe, salt, digest, password, hexadecimal=False):
    vector("salted", password, f"$salted${recipe}${b64(salt)}${digest.hex() if hexadecimal else b64(digest)}")


def wrapped(recipe, recipe_within, salt, digest, password, **parameters):
    encoded = f"{recipe}$salted${recipe_within}${b64(salt)}${digest.hex()}"
    vector("salted", password, encoded, **parameters)


def to_64(value, length):
    alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join(alphabet[value >> 6 * place & 63] for place in range(length))


def apr1(password, salt):
    """Poul-Henning Kamp's MD5, with Apache's mark."""
    inner = h("md5", password, salt, password)
    outer = password + b"$apr1$" + salt + (inner * (len(password) // 16 + 1))[: len(password)]
    length = len(password)
    while length:
        outer += b"\0" if length & 1 else password[:1]
        length >>= 1
    state = h("md5", outer)
    for number in range(1000):
        text = password if number & 1 else state
        text += salt if number % 3 else b""
        text += password if number % 7 else b""
        state = h("md5", text, state if number & 1 else password)
    order = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
    text = "".join(to_64(state[a] << 16 | state[b] << 8 | state[c], 4) for a, b, c in order)
    return f"$apr1${salt.decode()}${text}{to_64(state[11], 2)}"


SIGNER_KEY = salt_of("signer key", 64)
for number, password in enumerate(PASSWORDS):
    p = password.encode()
    salt = salt_of(password, 16)
    text = salt.hex()

    # Spring Security: Pbkdf2PasswordEncoder, SCryptPasswordEncoder, StandardPasswordEncoder, and those of others by id.
    vector("spring-pbkdf2", password, "{pbkdf2}" + (salt[:8] + hashlib.pbkdf2_hmac("sha1", p, salt[:8], 185000, 32)).hex())
    if number < 2:
        key = salt + hashlib.pbkdf2_hmac("sha256", p, salt, 310000, 32)
        vector("spring-pbkdf2", password, "{pbkdf2@SpringSecurity_v5_8}" + (key.hex() if number else b64(key)))
    key = hashlib.scrypt(p, salt=salt, n=1024, r=8, p=1, dklen=32)
    vector("spring-scrypt", password, "{scrypt@SpringSecurity_v5_8}$a0801$" + b64(salt) + "$" + b64(key))
    key = repeated("sha256", h("sha256", salt[:8], p), 1024, lambda state: state)
    vector("spring-sha256", password, "{sha256}" + (salt[:8] + key).hex())
    argon2 = hash_secret(p, salt, 2, 64, 1, 32, Type.ID).decode()
    vector("argon2", password, "{argon2@SpringSecurity_v5_8}" + argon2)
    vector("argon2", password, "{ARGON2}" + argon2)
    vector("argon2", password, "3|" + argon2)
    vector("argon2", password, "$shiro2" + argon2)
    bcrypted = bcrypt.hashpw(p, b"$2a$04$......................").decode()
    vector("ldap-crypt", password, "{bcrypt}" + bcrypted)
    vector("bcrypt", password, "1|" + bcrypted.replace("$2a$", "$2y$"))
    vector("ldap-ssha", password, "{ldap}{SSHA}" + b64(h("sha1", p, salt) + salt))

    # LDAP servers.
    for scheme, format, name in [
        ("MD5", "ldap-md5", "md5"),
        ("SHA256", "ldap-sha256", "sha256"),
        ("SHA384", "ldap-sha384", "sha384"),
        ("SHA512", "ldap-sha512", "sha512"),
    ]:
        vector(format, password, "{%s}%s" % (scheme, b64(h(name, p))))
    vector("ldap-smd5", password, "{SMD5}" + b64(h("md5", p, salt) + salt))
    vector("ldap-ssha384", password, "{SSHA384}" + b64(h("sha384", p, salt) + salt))
    for name in ("sha1", "sha256", "sha512"):
        key = hashlib.pbkdf2_hmac(name, p, salt, 1000)
        vector("ldap-pbkdf2", password, "{PBKDF2-%s}1000$%s$%s" % (name.upper(), adapted(salt), adapted(key)))
        vector("ldap-pbkdf2", password, "{PBKDF2-HMAC-%s}1000:%s" % (name.upper(), b64(key + salt)))
    long = salt_of(password, 64)
    key = hashlib.pbkdf2_hmac("sha256", p, long, 2048, 256)
    vector("ldap-pbkdf2", password, "{PBKDF2_SHA256}" + b64(struct.pack(">I", 2048) + long + key))
    vector("atlassian", password, "{PKCS5S2}" + b64(salt + hashlib.pbkdf2_hmac("sha1", p, salt, 10000, 32)))
    vector("apr1-crypt", password, apr1(p, text[:8].encode()))

    # Supabase, of people who came from Firebase.
    key = hashlib.scrypt(p, salt=salt + b"\7", n=1024, r=8, p=1, dklen=32)
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    encrypted = encryptor.update(SIGNER_KEY) + encryptor.finalize()
    parameters = f"v=1,n=10,r=8,p=1,ss=Bw==,sk={b64(SIGNER_KEY)}"
    vector("supabase-firebase", password, f"$fbscrypt${parameters}${b64(salt)}${b64(encrypted)}")

    # Magento, Better Auth, MediaWiki, Shiro.
    s = text.encode()
    vector("magento", password, f"{h('sha256', s, p).hex()}:{text}:1")
    key = hash_secret_raw(hx("sha256", s, p), s[:16], 2, 65536, 1, 32, Type.ID)
    vector("magento", password, f"{key.hex()}:{text}:1:3_32_2_67108864")
    normalised = unicodedata.normalize("NFKC", password).encode()
    key = hashlib.scrypt(normalised, salt=s, n=16384, r=16, p=1, maxmem=1 << 26, dklen=64)
    vector("better-auth", password, f"{text}:{key.hex()}")
    key = hashlib.pbkdf2_hmac("sha512", p, salt, 1000, 64)
    vector("mediawiki", password, f":pbkdf2:sha512:1000:64:{b64(salt)}:{b64(key)}")
    key = hashlib.pbkdf2_hmac("sha256", p, salt, 1000, 128)
    vector("mediawiki", password, f":pbkdf2:sha256:1000:128:{b64(salt)}:{b64(key)}")
    vector("mediawiki", password, f":B:{text[:8]}:{h('md5', s[:8], b'-', hx('md5', p)).hex()}")
    for shiro, name in [("SHA-256", "sha256"), ("SHA-512", "sha512")]:
        key = repeated(name, h(name, salt, p), 500, lambda state: state)
        vector("shiro", password, f"$shiro1${shiro}$500${b64(salt)}${b64(key)}")

    # This crate's own: each recipe, with what uses it.
    salted("md5(password+salt)", s, h("md5", p, s), password, True)  # Joomla 1.5
    salted("sha1(salt+password)", s, h("sha1", s, p), password, True)  # Django's SHA-1
    salted("hmac-sha1(salt,password)", s, hmac.digest(s, p, "sha1"), password, True)  # old Werkzeug
    salted("hmac-md5(salt,password)", s, hmac.digest(s, p, "md5"), password)
    salted("sha384(salt+password)", s, h("sha384", s, p), password)
    braced = b"{" + s + b"}"
    key = repeated("sha512", h("sha512", p, braced), 5000, lambda state: state + p + braced)
    salted("sha512(password+salt)*5000-input", braced, key, password)  # Symfony 2, FOSUserBundle
    key = repeated("sha512", h("sha512", p, s), 20, lambda state: state.hex().encode())
    salted("sha512(password+salt)*20-hex", s, key, password, True)  # Authlogic
    wide = password.encode("utf-16-le")
    wrapped("$prehash$utf16$", "sha1(salt+password)", salt, h("sha1", salt, wide), password)  # ASP.NET Membership
    wrapped("$prehash$utf16$", "hmac-sha256(salt,password)", salt, hmac.digest(salt, wide, "sha256"), password)
    wrapped("$prehash$md5-hex$", "md5(password+salt)", s, h("md5", hx("md5", p), s), password)  # vBulletin 3
    wrapped("$prehash$md5-hex$", "md5(salt+password)", hx("md5", s), h("md5", hx("md5", s), hx("md5", p)), password)  # MyBB
    wrapped("$prehash$sha1-hex$", "sha1(salt+password)", s, h("sha1", s, hx("sha1", p)), password)  # Redmine
    three = h("sha1", s, hx("sha1", s, hx("sha1", p)))
    nested = f"$prehash$sha1-hex$$prehash$text({b64(s)})+password$$prehash$sha1-hex$"
    wrapped(nested, "sha1(salt+password)", s, three, password)  # OpenCart
    pepper = {"pepper": b"devise-pepper".hex()}

    def bcrypt_of(recipe, prepared, **parameters):
        encoded = bcrypt.hashpw(prepared, b"$2b$04$......................").decode()
        vector("bcrypt", password, recipe + encoded, **parameters)

    bcrypt_of("$pepper$password+pepper$", p + b"devise-pepper", **pepper)  # Devise
    bcrypt_of("$pepper$pepper+password$", b"devise-pepper" + p, **pepper)
    bcrypt_of("$prehash$sha256-hex$", hx("sha256", p))  # Meteor
    bcrypt_of("$prehash$sha384-base64$", base64.b64encode(h("sha384", p)))  # BCrypt.Net, CodeIgniter
    bcrypt_of("$prehash$md5-hex$", hx("md5", p))  # vBulletin 5, Matomo
    bcrypt_of(f"$prehash$text({b64(b'ann')})+password$", b"ann" + p)  # SMF 2.1
    bcrypt_of(f"$prehash$password+text({b64(b'!')})$", p + b"!")
    bcrypt_of("$prehash$nfkc$", normalised)

# WordPress's slashes and phpBB's entities are in the password, and not in what is stored.
for password, stored in [("a'b\"c\\d", "a\\'b\\\"c\\\\d"), (" a'b ", "a\\'b"), (" ab ", "ab"), ("a'b", "a'b")]:
    key = base64.b64encode(hmac.digest(b"wp-sha384", stored.encode(), "sha384"))
    encoded = bcrypt.hashpw(key, b"$2b$04$......................").decode()
    vector("wordpress", password, "$wp" + encoded.replace("$2b$", "$2y$"), "WordPress's slashes and blanks, written anew")
for password, stored in [("<a&b>\"'", "&lt;a&amp;b&gt;&quot;'"), ("Zoe\u0308", "Zo\u00eb"), ("<a>", "<a>")]:
    encoded = bcrypt.hashpw(stored.encode(), b"$2b$04$......................").decode()
    if stored != password:
        vector("bcrypt", password, "$prehash$phpbb$" + encoded, "phpBB's entities, written anew")
print(json.dumps(made, indent=1))
