//! Each parser on any text behind what it knows an encoding by, and on one encoding with a part of it changed.
#![no_main]

use legacy_password::{FirebaseProject, PasswordHash};
use libfuzzer_sys::fuzz_target;

const ENCODINGS: &[&str] = &[
    "$2x$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O",
    "$argon2id$v=19$m=65536,t=3,p=1,keyid=a2V5,data=AAAA$FBMjI4RJBhIykCgol1KEJA$2ky5GAdhT1kH4kIgPN/oERE3Taiy43vNN70a3HpiKQU",
    "$scrypt$ln=14,r=8,p=1$OTEyNzU0ODg$Cc8SPjRH1hFQhuIPCdF51uNGtJ2aOY/isuoMlMUsJ8c",
    "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
    "$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE",
    "$pbkdf2$131000$r5WythYixPgfQ2jt3buXcg$8Kdr.QQEOaZIXNOrrru36I/.6Po",
    "pbkdf2_sha256$10000$1135411628$bFYX62rfJobJ07VwrUMXfuffLfj2RDM2G6/BrTrUWkE=",
    "bcrypt_sha256$$2b$04$......................K57FuF8SmTqT01ikAqOGGXW9QYefs8O",
    "argon2$argon2i$v=16$m=8,t=1,p=1$c29tZXNhbHQ$2ky5GAdhT1kH4kIgPN/oERE3Taiy43vNN70a3HpiKQU",
    "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==",
    "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3",
    "pbkdf2:sha1:4096$salt$4b007901b765489abead49d926f721d065a429c1",
    "scrypt:16384:8:1$salt$4b007901b765489abead49d926f721d065a429c1",
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
    r#"{"secretData":{"value":"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=","salt":"P5rtFkGtPfoaryJ6PizUJw=="},"credentialData":"{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{\"memory\":[\"8\"]}}"}"#,
    "$salted$sha256(salt+password)$MzYxNzY2MjA=$gW0d7R1iGHNZUEiRLqNAXZ1Cr81XtmbZ9dottNiXIIU=",
    "$pepper$hmac-sha256-hex$$1$38652870$DUjsu4TTlTsOe/xxZ05uf/",
];

fuzz_target!(|input: (u8, u8, u8, &str)| {
    let (encoding, start, length, text) = input;
    let encoded = ENCODINGS[usize::from(encoding) % ENCODINGS.len()];
    let start = usize::from(start) % (encoded.len() + 1);
    let end = encoded.len().min(start + usize::from(length));
    let (head, tail) = (&encoded[..start], &encoded[end..]);
    for encoded in [format!("{head}{text}"), format!("{head}{text}{tail}")] {
        let read = |encoded| PasswordHash::parse(encoded).map(|hash| (hash.format(), hash.cost()));
        assert_eq!(read(&encoded), read(&encoded));
    }
    drop(FirebaseProject::new(text, head, start as u32, end as u32));
});
