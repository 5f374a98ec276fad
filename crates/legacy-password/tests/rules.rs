//! What holds for passwords and encodings, whoever made them.

#![cfg(test)]
#![expect(clippy::string_slice, reason = "a test may panic")]

use legacy_password::{Answer, Error, FirebaseProject, Format, Limit, Limits, PasswordHash, Secrets};

fn verify(password: &[u8], encoded: &str) -> Result<Answer, Error> {
    PasswordHash::parse(encoded)?.verify(password, &Secrets::default())
}

fn format(encoded: &str) -> Result<Format, Error> {
    PasswordHash::parse(encoded).map(|hash| hash.format())
}

/// Which limit something is beyond.
fn limit<T>(result: Result<T, Error>) -> Option<Limit> {
    match result {
        Err(Error::BeyondLimit { limit, .. }) => Some(limit),
        _ => None,
    }
}

/// bcrypt of 72 times `x`, of cost 4, by the bcrypt package for Python.
const SEVENTY_TWO: &str = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";

#[test]
fn bcrypt_reads_72_bytes() {
    for (length, answer) in [(71, Answer::NoMatch), (72, Answer::Match), (73, Answer::Match), (256, Answer::Match)] {
        assert_eq!(verify(&vec![b'x'; length], SEVENTY_TWO), Ok(answer), "{length}");
    }
}

#[test]
fn the_four_bits_of_a_bcrypt_salt_that_mean_nothing_mean_nothing() {
    let dirty = SEVENTY_TWO.replacen("uu", "uv", 1);
    assert_ne!(dirty, SEVENTY_TWO);
    assert_eq!(verify(&[b'x'; 72], &dirty), Ok(Answer::Match));
    let other = SEVENTY_TWO.replacen("uu", "ue", 1);
    assert_eq!(verify(&[b'x'; 72], &other), Ok(Answer::NoMatch));
}

#[test]
fn a_nul_is_a_byte_of_the_password() {
    for (password, of_a, of_with_nul) in [
        (b"a".as_slice(), Answer::Match, Answer::NoMatch),
        (b"a\0b".as_slice(), Answer::NoMatch, Answer::Match),
        (b"a\0c".as_slice(), Answer::NoMatch, Answer::NoMatch),
    ] {
        assert_eq!((verify(password, A), verify(password, A_NUL_B)), (Ok(of_a), Ok(of_with_nul)), "{password:?}");
    }
}

/// bcrypt of `a`, and of `a`, NUL and `b`, of cost 4, by the bcrypt package for Python.
const A: &str = "$2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC";
const A_NUL_B: &str = "$2b$04$abcdefghijklmnopqrstuusjHI0zQHpOe3SFDK1IriYv6N79Gzr32";

#[test]
fn a_password_is_taken_as_it_was_typed() {
    assert_eq!(verify("Zo\u{eb}".as_bytes(), COMPOSED), Ok(Answer::Match));
    for other in ["Zoe\u{308}", "Zoe", "zo\u{eb}", " Zo\u{eb}", "Zo\u{eb} ", "Zo\u{eb}\n"] {
        assert_eq!(verify(other.as_bytes(), COMPOSED), Ok(Answer::NoMatch), "{other:?}");
    }
}

/// SHA-1 of `Zoë` in its composed form.
const COMPOSED: &str = "{SHA}R3GntH2zpaMe0eQ3XpHnzcZ1Bgs=";

#[test]
fn what_is_beyond_a_limit_is_refused_and_what_is_at_it_is_not() {
    let bcrypt = |cost: u32| format!("$2b${cost:02}$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O");
    let argon2 = |m: u32, t: u32, p: u32| format!("$argon2id$v=19$m={m},t={t},p={p}$c29tZXNhbHQ${}", "A".repeat(43));
    let scrypt = |n: u64, r: u32, p: u32| format!("scrypt:{n}:{r}:{p}$salt${}", "0".repeat(128));
    let phc_scrypt = |ln: u32| format!("$scrypt$ln={ln},r=8,p=1$c2FsdA${}", "A".repeat(43));
    let pbkdf2 = |rounds: &str| format!("pbkdf2_sha256${rounds}$salt${}=", "A".repeat(43));
    let passlib = |rounds: &str| format!("$pbkdf2${rounds}$c2FsdA${}", "A".repeat(27));
    let phc = |length: usize| format!("$pbkdf2-sha1$i=1,l={length}$c2FsdA${}", "A".repeat((length * 4).div_ceil(3)));
    let phpass = |log_rounds: char| format!("$P${log_rounds}saltsalt{}", ".".repeat(22));
    let drupal = |log_rounds: char| format!("$S${log_rounds}saltsalt{}", ".".repeat(43));
    let sha512 = |rounds: &str| format!("$6$rounds={rounds}$salt${}", ".".repeat(86));
    let aspnet =
        |text: &str| format!("AQAAAAEA{text}AAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==");
    for (within, beyond, expected) in [
        (bcrypt(15), bcrypt(16), Limit::BcryptCost),
        (bcrypt(4), bcrypt(31), Limit::BcryptCost),
        (argon2(262_144, 10, 16), argon2(262_145, 10, 16), Limit::Argon2Memory),
        (argon2(262_144, 10, 16), argon2(u32::MAX, 10, 16), Limit::Argon2Memory),
        (argon2(262_144, 10, 16), argon2(262_144, 11, 16), Limit::Argon2Passes),
        (argon2(262_144, 10, 16), argon2(262_144, 10, 17), Limit::Argon2Lanes),
        (scrypt(1 << 18, 8, 2), scrypt(1 << 19, 8, 1), Limit::ScryptMemory),
        (scrypt(1 << 18, 8, 2), scrypt(u64::MAX, 8, 1), Limit::ScryptMemory),
        (scrypt(2, 1, 8192), scrypt(2, 1, 8193), Limit::ScryptBlocks),
        (scrypt(2, 1, 1), scrypt(2, u32::MAX, u32::MAX), Limit::ScryptMemory),
        (scrypt(1 << 18, 8, 2), scrypt(1 << 18, 8, 3), Limit::ScryptWork),
        (phc_scrypt(18), phc_scrypt(19), Limit::ScryptMemory),
        (phc_scrypt(18), phc_scrypt(64), Limit::ScryptMemory),
        (phc_scrypt(18), phc_scrypt(u32::MAX), Limit::ScryptMemory),
        (pbkdf2("10000000"), pbkdf2("10000001"), Limit::Rounds),
        (pbkdf2("10000000"), pbkdf2("99999999999999999999999999"), Limit::Rounds),
        (passlib("10000000"), passlib("10000001"), Limit::Rounds),
        (phc(1023), "$pbkdf2-sha1$i=10000001,l=512$c2FsdA$".to_owned() + &"A".repeat(683), Limit::Rounds),
        (phpass('L'), phpass('M'), Limit::Rounds),
        (drupal('L'), drupal('S'), Limit::Rounds),
        (sha512("10000000"), sha512("10000001"), Limit::Rounds),
        (aspnet("ACcQ"), aspnet("//8Q"), Limit::Rounds),
    ] {
        assert!(format(&within).is_ok(), "{within}: {:?}", format(&within));
        assert_eq!(limit(format(&beyond)), Some(expected), "{beyond}");
    }
}

#[test]
fn a_password_and_an_encoding_have_a_longest_length() {
    let Limits { encoding_length, password_length, .. } = Limits::default();
    let encoded = "{SHA}uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=";
    assert_eq!(verify(&vec![b'x'; password_length], encoded), Ok(Answer::NoMatch));
    assert_eq!(limit(verify(&vec![b'x'; password_length + 1], encoded)), Some(Limit::PasswordLength));
    // Characters are counted, as Cognito does it.
    for character in ["é", "€", "🔑"] {
        let longest = character.repeat(password_length);
        assert_eq!(verify(longest.as_bytes(), encoded), Ok(Answer::NoMatch), "{character}");
        let longer = longest + "x";
        assert_eq!(limit(verify(longer.as_bytes(), encoded)), Some(Limit::PasswordLength), "{character}");
    }
    assert_eq!(limit(verify(&vec![0x80; 4 * password_length + 1], encoded)), Some(Limit::PasswordLength));
    let salted = |length| format!("md5${}$3f86d0d3d465b7b458c231bf3555c0e3", "s".repeat(length));
    assert_eq!(verify(b"x", &salted(encoding_length - 37)), Ok(Answer::NoMatch));
    assert_eq!(limit(verify(b"x", &salted(encoding_length - 36))), Some(Limit::EncodingLength));
    assert_eq!(format(&"x".repeat(encoding_length)), Err(Error::UnknownFormat));
    assert_eq!(limit(format(&"x".repeat(encoding_length + 1))), Some(Limit::EncodingLength));
}

#[test]
fn a_caller_sets_the_limits() {
    let argon2 = format!("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ${}", "A".repeat(43));
    let scrypt = format!("scrypt:16384:8:2$salt${}", "0".repeat(128));
    let pbkdf2 = format!("pbkdf2_sha256$5000$salt${}=", "A".repeat(43));
    let bcrypt = |cost: u32| format!("$2b${cost:02}$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O");
    type Set = fn(&mut Limits);
    let rows: [(&str, Set, Set, Limit, &str); 10] = [
        (&argon2, |l| l.argon2_memory = 65536, |l| l.argon2_memory = 65535, Limit::Argon2Memory, "65,535 KiB"),
        (&argon2, |l| l.argon2_passes = 3, |l| l.argon2_passes = 2, Limit::Argon2Passes, "2 passes"),
        (&argon2, |l| l.argon2_lanes = 4, |l| l.argon2_lanes = 3, Limit::Argon2Lanes, "3 lanes"),
        (&argon2, |l| l.output_length = 32, |l| l.output_length = 31, Limit::OutputLength, "31 bytes"),
        (&argon2, |l| l.encoding_length = 86, |l| l.encoding_length = 85, Limit::EncodingLength, "85 bytes"),
        (&scrypt, |l| l.scrypt_memory = 16 << 20, |l| l.scrypt_memory = 15 << 20, Limit::ScryptMemory, "15 MiB"),
        (&scrypt, |l| l.scrypt_work = 1 << 18, |l| l.scrypt_work = 1 << 17, Limit::ScryptWork, "131,072"),
        (&scrypt, |l| l.scrypt_blocks = 16, |l| l.scrypt_blocks = 15, Limit::ScryptBlocks, "15 as"),
        (&pbkdf2, |l| l.rounds = 5000, |l| l.rounds = 4999, Limit::Rounds, "4,999 rounds"),
        (&bcrypt(17), |l| l.bcrypt_cost = 17, |l| l.bcrypt_cost = 16, Limit::BcryptCost, "cost of 16"),
    ];
    for (encoded, enough, too_little, expected, described) in rows {
        let parse = |set: Set| {
            let mut limits = Limits::default();
            set(&mut limits);
            PasswordHash::parse_within(encoded, &limits).map(drop)
        };
        assert_eq!(parse(enough), Ok(()), "{encoded}");
        let refused = parse(too_little);
        assert_eq!(limit(refused), Some(expected), "{encoded}");
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(described), "{error} and {described}");
    }
}

#[test]
fn a_caller_sets_the_longest_password() {
    let mut limits = Limits::default();
    limits.password_length = 7;
    let hash = PasswordHash::parse_within("{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==", &limits).unwrap();
    assert_eq!(hash.verify(b"hashcat", &Secrets::default()), Ok(Answer::Match));
    let refused = hash.verify(b"hashcats", &Secrets::default()).unwrap_err();
    assert_eq!(refused, Error::BeyondLimit { limit: Limit::PasswordLength, most: 7 });
    assert_eq!(refused.to_string(), "beyond the limit: a password of 7 characters");
}

#[test]
fn debug_of_a_hash_shows_its_format_alone() {
    let hash = PasswordHash::parse("{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==").unwrap();
    assert_eq!(format!("{hash:?}"), "PasswordHash(ldap-ssha, …)");
}

#[test]
fn an_argon2_hash_is_computed_with_the_secret_where_there_is_one() {
    // By npm's argon2, with the password `a` and the secret `pepper-secret`; it writes no keyid.
    let parameters = "$argon2id$v=19$m=1024,p=4,t=2";
    let rest = "$RTnhKTyyUdyYg2PrLr9xBA$XpZbFi979/kR92iqrJUCwqo/s1ccvqABTLE2zA0KCuA";
    let secrets = Secrets::default().with_argon2_secret(b"pepper-secret");
    for keyid in ["", ",keyid=AA"] {
        let hash = PasswordHash::parse(&format!("{parameters}{keyid}{rest}")).unwrap();
        assert_eq!(hash.verify(b"a", &secrets), Ok(Answer::Match), "{keyid}");
        assert_ne!(hash.verify(b"a", &Secrets::default()), Ok(Answer::Match), "{keyid}");
    }
}

#[test]
fn a_missing_secret_is_named() {
    let firebase = format!("$firebase$c2FsdA==${}==", "A".repeat(86));
    let keyed = format!("$argon2id$v=19$m=8,t=1,p=1,keyid=a2V5$c29tZXNhbHQ${}", "A".repeat(43));
    for (encoded, secret) in [
        (firebase.as_str(), "Firebase project"),
        (&keyed, "Argon2 secret"),
        ("$pepper$hmac-sha256-hex${SHA}uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=", "pepper"),
    ] {
        assert_eq!(verify(b"password", encoded), Err(Error::SecretMissing { secret }), "{encoded}");
        assert!(format(encoded).is_ok(), "{encoded}");
    }
}

#[test]
fn a_firebase_project_is_checked_at_once() {
    let key = format!("{}==", "A".repeat(86));
    assert!(FirebaseProject::new(&key, "Bw==", 8, 14).is_ok());
    assert!(FirebaseProject::new(&key, "", 8, 14).is_ok());
    let malformed = |secret| Some(Error::SecretMalformed { secret });
    assert_eq!(FirebaseProject::new("AAAA", "Bw==", 8, 14).err(), malformed("Firebase signer key"));
    assert_eq!(FirebaseProject::new("!", "Bw==", 8, 14).err(), malformed("Firebase signer key"));
    assert_eq!(FirebaseProject::new(&key, "Bw", 8, 14).err(), malformed("Firebase salt separator"));
    assert_eq!(FirebaseProject::new(&key, "Bw==", 0, 14).err(), malformed("Firebase rounds or memory cost"));
    assert_eq!(limit(FirebaseProject::new(&key, "Bw==", 8, 19)), Some(Limit::ScryptMemory));
    assert_eq!(limit(FirebaseProject::new(&key, "Bw==", 8, 64)), Some(Limit::ScryptMemory));
}

#[test]
fn what_begins_like_nothing_known_is_unknown() {
    for encoded in [
        "",
        " ",
        "$",
        "{",
        "{}",
        "{noop}password",
        "{DES}ab1Hv2Lg7ltQo",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "password",
        "$2$05$abc",
        "$2c$05$abc",
        "$argon2$",
        "ab1Hv2Lg7ltQo",
        "!",
        "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8",
        " $2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O",
        "é",
        "$pepper$hmac-sha256-hex$",
        "$prehash$md5-hex$",
        "1|$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA",
        // One wrapper too many.
        "$prehash$md5-hex$$prehash$md5-hex$$prehash$md5-hex$$prehash$md5-hex$$prehash$md5-hex${SHA}uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=",
    ] {
        assert_eq!(format(encoded), Err(Error::UnknownFormat), "{encoded}");
        assert_eq!(verify(b"", encoded), Err(Error::UnknownFormat), "{encoded}");
    }
}

#[test]
fn what_is_malformed_is_said_where() {
    let hash = "K57FuF8SmTqT01ikAqOGGXW9QYefs8O";
    for (encoded, message) in [
        ("$2b$".to_owned(), "the bcrypt hash is malformed: its salt is missing"),
        (format!("$2b$4$......................{hash}"), "the bcrypt hash is malformed: its cost is not two digits"),
        (
            format!("$2b$03$......................{hash}"),
            "the bcrypt hash is malformed: its cost is not one of 04 to 31",
        ),
        (format!("$2b$04$.....................é{hash}"), "the bcrypt hash is malformed: its salt is too short"),
        (
            format!("$2b$04$.....................!{hash}"),
            "the bcrypt hash is malformed: its salt is not bcrypt's base64",
        ),
        (
            format!("$2b$04$......................{hash}."),
            "the bcrypt hash is malformed: its hash is not of 31 characters",
        ),
        (
            "$argon2id$v=18$m=8,t=1,p=1$c29tZXNhbHQ$AAAA".to_owned(),
            "the argon2 hash is malformed: its version is neither 16 nor 19",
        ),
        (
            "$argon2id$m=8,m=8,t=1,p=1$c29tZXNhbHQ$AAAA".to_owned(),
            "the argon2 hash is malformed: its parameters are there twice",
        ),
        (
            "$argon2id$m=8,t=1,x=1$c29tZXNhbHQ$AAAA".to_owned(),
            "the argon2 hash is malformed: its parameters are not known",
        ),
        ("$argon2id$m=8,t=1$c29tZXNhbHQ$AAAA".to_owned(), "the argon2 hash is malformed: its p is missing"),
        (
            format!("$argon2id$m=7,t=1,p=1$c29tZXNhbHQ${}", "A".repeat(43)),
            "the argon2 hash is malformed: its parameters are not Argon2's",
        ),
        (
            format!("$argon2id$m=8,t=0,p=1$c29tZXNhbHQ${}", "A".repeat(43)),
            "the argon2 hash is malformed: its parameters are not Argon2's",
        ),
        (
            format!("$argon2id$m=8,t=1,p=1$c2FsdA${}", "A".repeat(43)),
            "the argon2 hash is malformed: its salt is too short",
        ),
        ("$argon2id$m=8,t=1,p=1$c29tZXNhbHQ$AAAA".to_owned(), "the argon2 hash is malformed: its hash is too short"),
        ("$scrypt$ln=0,r=8,p=1$c2FsdA$AAAA".to_owned(), "the scrypt hash is malformed: its N is not a power of two"),
        (
            "$scrypt$ln=4,r=0,p=1$c2FsdA$AAAA".to_owned(),
            "the scrypt hash is malformed: its parameters are not scrypt's",
        ),
        ("scrypt:1000:8:1$salt$00".to_owned(), "the werkzeug-scrypt hash is malformed: its N is not a power of two"),
        (
            "pbkdf2:sha256$salt$00".to_owned(),
            "the werkzeug-pbkdf2 hash is malformed: its method is not a digest and rounds",
        ),
        (
            "pbkdf2:md5:1$salt$00".to_owned(),
            "the werkzeug-pbkdf2 hash is malformed: its digest is none of sha1, sha256 and sha512",
        ),
        (
            "pbkdf2_sha256$0$salt$AAAA".to_owned(),
            "the django-pbkdf2 hash is malformed: its hash is of another length than it should be",
        ),
        (
            format!("pbkdf2_sha256$0$salt${}=", "A".repeat(43)),
            "the django-pbkdf2 hash is malformed: its rounds are none",
        ),
        ("bcrypt$$1$".to_owned(), "the django-bcrypt hash is malformed: its bcrypt hash is missing"),
        (
            format!("$6$rounds=999$salt${}", ".".repeat(86)),
            "the sha512-crypt hash is malformed: its rounds are too few",
        ),
        (
            format!("$5${}${}", "s".repeat(17), ".".repeat(43)),
            "the sha256-crypt hash is malformed: its salt is too long",
        ),
        ("{SSHA}AAAA".to_owned(), "the ldap-ssha hash is malformed: its hash is too short"),
        ("{SSHA}uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=".to_owned(), "the ldap-ssha hash is malformed: its salt is missing"),
        (
            "{CRYPT}ab1Hv2Lg7ltQo".to_owned(),
            "the ldap-crypt hash is malformed: its crypt hash is of none of the known kinds",
        ),
        (
            r#"{"secretData": "{}", "credentialData": "{}"}"#.to_owned(),
            "the keycloak hash is malformed: its secretData is not its JSON",
        ),
        (r#"{"a": 1}"#.to_owned(), "the keycloak hash is malformed: its hashedSaltedValue is missing"),
        (r#"{"a": 1"#.to_owned(), "the keycloak hash is malformed: its credential is not its JSON"),
        ("$salted$md5(password)$$".to_owned(), "the salted hash is malformed: its recipe is not known"),
        ("$salted$hmac-md5(salt,password)*2$$".to_owned(), "the salted hash is malformed: its recipe is not known"),
        ("$salted$md5(salt+password)*2-raw$$".to_owned(), "the salted hash is malformed: its recipe is not known"),
        (
            "$salted$md5(salt+password)$$5f4dcc3b5aa765d61d8327deb882cf9".to_owned(),
            "the salted hash is malformed: its hash is neither base64 nor hexadecimal",
        ),
        ("$prehash$md5-hex".to_owned(), "the prehashed hash is malformed: its encoding is missing"),
        ("$prehash$text(!)+password$".to_owned(), "the prehashed hash is malformed: its recipe is not known"),
        ("$prehash$sha224-hex$".to_owned(), "the prehashed hash is malformed: its recipe is not known"),
        ("{SMD5}XrY7u+Ae7tCTyyK7j1rNww==".to_owned(), "the ldap-smd5 hash is malformed: its salt is missing"),
        (
            "{SHA512}uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=".to_owned(),
            "the ldap-sha512 hash is malformed: its hash is of another length than the digest",
        ),
        (
            "{PBKDF2_SHA256}AAAgAHNhbHQ=".to_owned(),
            "the ldap-pbkdf2 hash is malformed: its hash is not of 324 bytes",
        ),
        (
            "{PBKDF2-SHA256}1$c2FsdA$AAAA".to_owned(),
            "the ldap-pbkdf2 hash is malformed: its hash is of another length than the digest",
        ),
        ("{PKCS5S2}AAAA".to_owned(), "the atlassian hash is malformed: its hash is not of 48 bytes"),
        ("{ARGON2}argon2id".to_owned(), "the argon2 hash is malformed: its algorithm is none of Argon2's"),
        (
            "{pbkdf2}5d923b44".to_owned(),
            "the spring-pbkdf2 hash is malformed: its hash is of another length than by default",
        ),
        ("{scrypt}$e0801$".to_owned(), "the spring-scrypt hash is malformed: its hash is missing"),
        (
            "$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk=AA==$AA==$AA==".to_owned(),
            "the supabase-firebase hash is malformed: its v is not 1",
        ),
        (
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=AA==$AA==$AA==".to_owned(),
            "the supabase-firebase hash is malformed: its parameters are not Firebase's",
        ),
        (
            format!("{}:salt:4", "0".repeat(64)),
            "the magento hash is malformed: its version is not known",
        ),
        (
            format!("{}:salt:1", "0".repeat(32)),
            "the magento hash is malformed: its hash is of another length than its version's",
        ),
        (":B:salt:00".to_owned(), "the mediawiki hash is malformed: its hash is not of 16 bytes"),
        (
            ":pbkdf2:sha512:1:64:c2FsdA==:AAAA".to_owned(),
            "the mediawiki hash is malformed: its hash is of another length than it should be",
        ),
        ("$shiro1$SHA-3$1$AAAA$AAAA".to_owned(), "the shiro hash is malformed: its digest is not known"),
        ("$apr1$salt$hash".to_owned(), "the apr1-crypt hash is malformed: its hash is of another length than it should be"),
        ("$y$j9T$salt$".to_owned(), "the yescrypt hash is malformed: its hash is not of 32 bytes"),
        (
            "$y$jD5.7....$LdJMENpBABJJ3hIHjB1Bi.$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6".to_owned(),
            "the yescrypt hash is malformed: its parameters are not yescrypt's",
        ),
        (
            "$bcrypt$v=120$r=10$AAAAAAAAAAAAAAAAAAAAAA$AAAA".to_owned(),
            "the bcrypt hash is malformed: its version is none of bcrypt's",
        ),
        (
            r#"{"secretData":{"value":"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=","salt":"P5rtFkGtPfoaryJ6PizUJw=="},"credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha512\"}"}"#.to_owned(),
            "the keycloak hash is malformed: its value is of another length than Keycloak's",
        ),
        ("$pepper$md5$".to_owned(), "the peppered hash is malformed: its recipe is not known"),
        ("AQAAAA".to_owned(), "the aspnet-identity-3 hash is malformed: its structure is not base64"),
        (
            "AQAAAAMAACcQAAAAEB98ik4rMnThQzVdtfVfStpq0EpSA4tnEhciZTU8kznWADk4TOPsjRjqrA7PGIfxlQ==".to_owned(),
            "the aspnet-identity-3 hash is malformed: its PRF is none of SHA-1, SHA-256 and SHA-512",
        ),
        (
            "AQAAAAEAACcQAAAADwgXTwPfMz/1hZrAcmJdRM04f0nJxC4vzsW82I71yiX07QCuttE2Sg3ly9yPUoYM".to_owned(),
            "the aspnet-identity-3 hash is malformed: its salt is shorter than 16 bytes",
        ),
    ] {
        let error = format(&encoded).unwrap_err();
        assert_eq!(error.to_string(), message, "{encoded}");
        assert_eq!(verify(b"", &encoded), Err(error), "{encoded}");
    }
}

mod strings {
    use super::*;
    use proptest::prelude::*;

    /// One encoding of each kind, to be changed.
    const ENCODINGS: &[&str] = &[
        "$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O",
        "$argon2id$v=19$m=65536,t=3,p=1,keyid=a2V5,data=AAAA$FBMjI4RJBhIykCgol1KEJA$2ky5GAdhT1kH4kIgPN/oERE3Taiy43vNN70a3HpiKQU",
        "$scrypt$ln=14,r=8,p=1$OTEyNzU0ODg$Cc8SPjRH1hFQhuIPCdF51uNGtJ2aOY/isuoMlMUsJ8c",
        "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
        "$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE",
        "$pbkdf2$131000$r5WythYixPgfQ2jt3buXcg$8Kdr.QQEOaZIXNOrrru36I/.6Po",
        "pbkdf2_sha256$10000$1135411628$bFYX62rfJobJ07VwrUMXfuffLfj2RDM2G6/BrTrUWkE=",
        "bcrypt_sha256$$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O",
        "argon2$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2ky5GAdhT1kH4kIgPN/oERE3Taiy43vNN70a3HpiKQU",
        "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==",
        "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3",
        "pbkdf2:sha1:4096$salt$4b007901b765489abead49d926f721d065a429c1",
        "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==",
        "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
        "$firebase$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        "$P$946647711V1klyitUYhtB8Yw5DMA/w.",
        "$wp$2y$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O",
        "$S$C20340258nzjDWpoQthrdNTR02f0pmev0K/5/Nx80WSkOQcPEQRh",
        "$1$38652870$DUjsu4TTlTsOe/xxZ05uf/",
        "$5$rounds=1000$7777657035274252$XftMj84MW.New1/ViLY5V4CM4Y7EBvfETaZsCW9vcJ8",
        "{SSHA}FLzWcQqyle6Mo7NvrwXCMAmRzXQxNjYxMTYzNw==",
        "{CRYPT}$1$38652870$DUjsu4TTlTsOe/xxZ05uf/",
        r#"{"secretData":{"value":"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=","salt":"P5rtFkGtPfoaryJ6PizUJw=="},"credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\"}"}"#,
        "$salted$sha256(salt+password)$MzYxNzY2MjA=$gW0d7R1iGHNZUEiRLqNAXZ1Cr81XtmbZ9dottNiXIIU=",
        "$pepper$hmac-sha256-hex$$1$38652870$DUjsu4TTlTsOe/xxZ05uf/",
        "$pepper$password+pepper$$1$38652870$DUjsu4TTlTsOe/xxZ05uf/",
        "$prehash$sha1-hex$$prehash$text(c2FsdA==)+password$$salted$sha512(password+salt)*5000-input$e3NhbHR9$gW0d7R1iGHNZUEiRLqNAXZ1Cr81XtmbZ9dottNiXIIWBbR3tHWIYc1lQSJEuo0BdnUKvzVe2Ztn12i202JcghQ==",
        "{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8dc",
        "{scrypt}$e0801$8bWJaSu2IKSn9Z9kM+TPXfOc/9bdYSrN1oD9qfVThWEwdRTnO7re7Ei+fUZRJ68k9lTyuTeUp4of4g24hHnazw==$OAOec05+bXxvuu/1qZ6NUR+xQYvYv7BeL1QxwRpY5Pc=",
        "{sha256}97cde38028ad898ebc02e690819fa220e88c62e0699403e94fff291cfffaf8410849f27605abcbc0",
        "{PBKDF2-HMAC-SHA256}10000:gW0d7R1iGHNZUEiRLqNAXZ1Cr81XtmbZ9dottNiXIIVzYWx0",
        "816d1ded1d621873595048912ea3405d9d42afcd57b666d9f5da2db4d8972085:salt:1",
        "$y$j9T$abcdefgh$4mqd6JVlUo/.JMgenptcdPqIowfqDPoC9lSyWQhPMf1",
        ":pbkdf2:sha256:10000:32:c2FsdA==:gW0d7R1iGHNZUEiRLqNAXZ1Cr81XtmbZ9dottNiXIIU=",
        "$shiro1$SHA-256$500000$c2FsdA==$gW0d7R1iGHNZUEiRLqNAXZ1Cr81XtmbZ9dottNiXIIU=",
        "$apr1$38652870$DUjsu4TTlTsOe/xxZ05uf/",
    ];

    fn same_twice(encoded: &str) -> Result<(), TestCaseError> {
        let first = format(encoded);
        prop_assert_eq!(first, format(encoded));
        if let Err(error) = first {
            // What is refused is refused without work, and so at once.
            prop_assert_eq!(verify(b"password", encoded), Err(error));
            prop_assert!(error.to_string().len() < 120);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_has_a_format_or_an_error(encoded in any::<String>()) {
            same_twice(&encoded)?;
        }

        #[test]
        fn any_text_behind_the_beginning_of_an_encoding(
            encoding in 0..ENCODINGS.len(), end in any::<prop::sample::Index>(), rest in "[ -~é]{0,120}",
        ) {
            let encoded = ENCODINGS[encoding];
            same_twice(&format!("{}{rest}", &encoded[..end.index(encoded.len())]))?;
        }

        #[test]
        fn an_encoding_with_another_character_or_without_a_part(
            encoding in 0..ENCODINGS.len(), at in any::<prop::sample::Index>(), gone in 0..8usize, new in "\\PC{0,3}",
        ) {
            let encoded = ENCODINGS[encoding];
            let at = at.index(encoded.len());
            let rest = encoded.get(at + gone..).unwrap_or_default();
            same_twice(&format!("{}{new}{rest}", &encoded[..at]))?;
        }
    }

    #[test]
    fn the_encodings_to_be_changed_are_right() {
        for encoded in ENCODINGS {
            assert!(format(encoded).is_ok(), "{encoded}: {:?}", format(encoded));
        }
    }
}
