//! Each system's export, from its bytes to its people: the shapes of `docs/from.md`, and the rows that go wrong.

#![cfg(test)]

use std::{
    io::{self, Cursor},
    ops::ControlFlow,
};

use legacy_export::{Entry, LeftOut, Options, Password, Read, System, read};
use legacy_password::PasswordHash;

/// bcrypt of nobody knows what.
const BCRYPT: &str = "$2b$10$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC";

fn options() -> Options {
    Options::at(humantime::parse_rfc3339("2026-11-22T12:00:00Z").unwrap())
}

/// What comes of these files, an entry a line: `LINE email | name | flags | password | attributes`.
fn shown(system: System, options: &Options, files: &[&str], profiles: Option<&str>) -> (Vec<String>, Read) {
    let open = |text: &str| {
        let bytes = text.replace("BCRYPT", BCRYPT).into_bytes();
        move || -> io::Result<Box<dyn io::Read>> { Ok(Box::new(Cursor::new(bytes.clone()))) }
    };
    let openers: Vec<_> = files.iter().map(|file| open(file)).collect();
    let openers: Vec<legacy_export::File<'_>> =
        openers.iter().map(|opener| opener as legacy_export::File<'_>).collect();
    let profiles = profiles.map(open);
    let mut lines = Vec::new();
    let read = read(
        system,
        options,
        &openers,
        profiles.as_ref().map(|opener| opener as legacy_export::File<'_>),
        &mut |_, entry| {
            lines.push(line(entry));
            ControlFlow::Continue(())
        },
    );
    (lines, read.unwrap())
}

fn line(entry: Entry) -> String {
    let account = match entry {
        Entry::LeftOut { line, reason } => return format!("{line} left out: {}", reason.name()),
        Entry::Fault(fault) => return fault.to_string(),
        Entry::Account(account) => account,
    };
    let flags = [
        (account.email_verified, "verified"),
        (account.suspended, "suspended"),
        (account.has_second_factor, "second factor"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
    let password = match account.password {
        Password::None => "none".to_owned(),
        Password::Lost(why) => why.to_owned(),
        Password::Hash(hash) => match PasswordHash::parse(&hash) {
            Ok(hash) => hash.format().name().to_owned(),
            Err(error) => error.to_string(),
        },
    };
    let attributes = account.attributes.iter().map(|(name, value)| format!("{name}={value}"));
    let attributes: Vec<String> = attributes.collect();
    format!(
        "{} {} | {} | {} | {password} | {}",
        account.line,
        account.email,
        account.user_name.unwrap_or_default(),
        flags.join(", "),
        attributes.join(", ")
    )
}

/// These files are recognised, and come to these lines.
fn assert_read(system: System, options: &Options, files: &[&str], expected: &[&str]) -> Read {
    for file in files {
        assert_eq!(System::recognise(file.replace("BCRYPT", BCRYPT).as_bytes()), Some(system), "{file}");
    }
    let (lines, read) = shown(system, options, files, None);
    assert_eq!(lines, expected);
    read
}

#[test]
fn auth0() {
    let hashes = r#"{"_id":{"$oid":"01"},"email":"ann@example.com","email_verified":true,"passwordHash":"BCRYPT","tenant":"acme"}
{"_id":{"$oid":"02"},"alt_id":"euclid","identifiers":[{"type":"email","value":"bob@example.com","verified":true}],"passwordHash":"7|BCRYPT"}
{"_id":{"$oid":"03"},"passwordHash":"BCRYPT"}
"#;
    let read = assert_read(
        System::Auth0,
        &options(),
        &[hashes],
        &[
            "1 ann@example.com |  | verified | bcrypt | custom:legacy_id=auth0|01",
            "2 bob@example.com |  | verified | bcrypt | custom:legacy_id=auth0|euclid",
            "line 3: `email`: is empty: nobody is found without an address",
        ],
    );
    assert!(read.unmapped.is_empty());

    let profiles = r#"{"user_id":"auth0|euclid","email":"bob@example.com","email_verified":false,"username":"bob","name":"bob@example.com","given_name":"Bob","blocked":true,"user_metadata":{"lang":"en"},"identities":[],"multifactor":["guardian"]}
{"user_id":"google-oauth2|7","email":"cy@example.com","email_verified":true,"name":"Cy","identities":[{"isSocial":true}],"app_metadata":{}}
"#;
    let with_language = Options { map: vec![("user_metadata.lang".to_owned(), "locale".to_owned())], ..options() };
    let (lines, read) = shown(System::Auth0, &with_language, &[hashes], Some(profiles));
    assert_eq!(
        lines,
        [
            "1 bob@example.com | bob | suspended, second factor | bcrypt | given_name=Bob, custom:legacy_id=auth0|euclid, locale=en",
            "2 cy@example.com |  | verified | none | name=Cy, custom:legacy_id=google-oauth2|7",
            "1 ann@example.com |  | verified | bcrypt | custom:legacy_id=auth0|01",
            "line 3: `email`: is empty: nobody is found without an address",
        ]
    );
    assert!(read.unmapped.is_empty());
    let (_, read) = shown(System::Auth0, &options(), &[hashes], Some(profiles));
    assert_eq!(read.unmapped.into_iter().collect::<Vec<_>>(), ["user_metadata"]);
}

#[test]
fn firebase() {
    let (hash, salt) = (
        "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        "42xEC+ixf3L2lw==",
    );
    let json = r#"{"users":[
{"localId":"u1","email":"ann@example.com","emailVerified":true,"passwordHash":"HASH","salt":"SALT","displayName":"Ann Lee","createdAt":"1704067200000","phoneNumber":"+12025550100","disabled":false,"customAttributes":"{\"role\":\"editor\"}","providerUserInfo":[{"providerId":"google.com"}]},
{"localId":"u2","email":"bob@example.com","providerUserInfo":[{"providerId":"google.com"}],"disabled":true,"mfaInfo":[{}]},
{"localId":"u3","createdAt":"1704067200000"},
{"localId":"u4","phoneNumber":"+12025550101"}
]}"#;
    let people = [
        "2 ann@example.com |  | verified | firebase | name=Ann Lee, phone_number=+12025550100, custom:legacy_id=u1",
        "3 bob@example.com |  | suspended, second factor | none | custom:legacy_id=u2",
        "4 left out: anonymous",
        "line 5: `email`: is empty: nobody is found without an address",
    ];
    let read = assert_read(System::Firebase, &options(), &[&json.replace("HASH", hash).replace("SALT", salt)], &people);
    assert_eq!(read.unmapped.into_iter().collect::<Vec<_>>(), ["customAttributes"]);
    let cells = |first: &str, last: &str| format!("{first}{}{last},\n", ",".repeat(18));
    let csv = [
        cells(
            &format!("u1,ann@example.com,true,{hash},{salt},\"Lee, Ann\""),
            "1704067200000,1704153600000,+12025550100,false,",
        ),
        cells("u2,bob@example.com,false,,,", "1704067200000,,undefined,undefined,"),
    ]
    .concat();
    assert_read(
        System::Firebase,
        &Options { drop: vec!["googleId".to_owned()], ..options() },
        &[&csv],
        &[
            "1 ann@example.com |  | verified | firebase | name=Lee, Ann, phone_number=+12025550100, custom:legacy_id=u1",
            "2 bob@example.com |  |  | none | custom:legacy_id=u2",
        ],
    );
}

#[test]
fn keycloak() {
    let json = r#"{"realm":"acme","roles":{"realm":[{"name":"users"}]},"users":[{"id":"8267","username":"ann","enabled":true,"emailVerified":true,"firstName":"Ann","lastName":"Lee","email":"ann@example.com","attributes":{"phone_number":["+12025550100"]},
"credentials":[{"type":"password","createdDate":1,"secretData":"{}","credentialData":"{}"},{"type":"password","createdDate":2,"secretData":"{\"value\":\"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k=\",\"salt\":\"P5rtFkGtPfoaryJ6PizUJw==\"}","credentialData":"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\"}"},{"type":"otp"}]},
{"id":"1","username":"service-account-app","serviceAccountClientId":"app"},
{"id":"2","username":"bob","enabled":false,"email":"bob@example.com","federationLink":"f","credentials":[]},
{"id":"3","username":"cy@example.com","email":"cy@example.com","enabled":true,"federatedIdentities":[{}],"attributes":{"x":["y"]}}
],"clients":[]}"#;
    let read = assert_read(
        System::Keycloak,
        &options(),
        &[json],
        &[
            "1 ann@example.com | ann | verified, second factor | keycloak | given_name=Ann, family_name=Lee, custom:legacy_id=8267, phone_number=+12025550100",
            "3 left out: service",
            "4 bob@example.com | bob | suspended | the password is in the directory behind Keycloak | custom:legacy_id=2",
            "5 cy@example.com |  |  | none | custom:legacy_id=3",
        ],
    );
    assert_eq!(read.unmapped.into_iter().collect::<Vec<_>>(), ["attributes"]);
}

#[test]
fn supabase() {
    let csv = "instance_id,id,aud,email,encrypted_password,email_confirmed_at,banned_until,raw_user_meta_data,phone,is_sso_user,deleted_at,is_anonymous
0,u1,authenticated,ann@example.com,BCRYPT,2024-01-15 10:30:00+00,,\"{\"\"full_name\"\":\"\"Ann Lee\"\"}\",12025550100,false,,false
0,u2,authenticated,bob@example.com,,,2999-01-01 00:00:00+00,,,f,,f
0,u3,authenticated,,,,,,,false,,true
0,u4,authenticated,cy@example.com,x,,2020-01-01 00:00:00+00,,,false,2024-01-15 10:30:00+00,false
0,u5,authenticated,dan@example.com,,,,,,true,,false
0,u6,authenticated,eve@example.com,,,,,,perhaps,,false
";
    assert_read(
        System::Supabase,
        &options(),
        &[csv],
        &[
            "2 ann@example.com |  | verified | bcrypt | custom:legacy_id=u1, phone_number=+12025550100, name=Ann Lee",
            "3 bob@example.com |  | suspended | none | custom:legacy_id=u2",
            "4 left out: anonymous",
            "5 left out: deleted",
            "6 left out: federated",
            "line 7: `is_sso_user`: is neither true nor false",
        ],
    );
}

#[test]
fn okta() {
    let json = r#"[{"id":"00u1","status":"ACTIVE","profile":{"login":"ann","email":"ann@example.com","firstName":"Ann","lastName":"Lee","mobilePhone":"+12025550100"},"credentials":{"provider":{"type":"OKTA"}}},
{"id":"00u2","status":"SUSPENDED","profile":{"login":"bob@example.com","email":"bob@example.com"},"credentials":{"provider":{"type":"ACTIVE_DIRECTORY"}}},
{"id":"00u3","status":"STAGED","activated":null,"profile":{"login":"cy","email":"cy@example.com"}}]"#;
    assert_read(
        System::Okta,
        &options(),
        &[json],
        &[
            "1 ann@example.com | ann | verified | Okta gives no password hashes | given_name=Ann, family_name=Lee, phone_number=+12025550100, custom:legacy_id=00u1",
            "2 bob@example.com |  | suspended | the password is in the directory behind Okta | custom:legacy_id=00u2",
            "3 left out: never-activated",
        ],
    );
}

#[test]
fn clerk() {
    let csv = "# exported today
id,first_name,last_name,username,primary_email_address,primary_phone_number,verified_email_addresses,unverified_email_addresses,verified_phone_numbers,unverified_phone_numbers,totp_secret,password_digest,password_hasher
user_1,Ann,Lee,,ann@example.com,,a@example.com|ann@example.com,,,,SECRET,BCRYPT,bcrypt
user_2,,,bob,bob@example.com,,,bob@example.com,,,,x,awscognito
user_3,,,,cy@example.com,,,,,,,$scrypt$,scrypt_firebase
";
    assert_read(
        System::Clerk,
        &options(),
        &[csv],
        &[
            "3 ann@example.com |  | verified, second factor | bcrypt | given_name=Ann, family_name=Lee, custom:legacy_id=user_1",
            "4 bob@example.com | bob |  | none | custom:legacy_id=user_2",
            "5 cy@example.com |  |  | the hash is of a kind of Clerk's that is not read | custom:legacy_id=user_3",
        ],
    );
}

#[test]
fn django() {
    let json = r#"[
  {"model": "account.emailaddress", "pk": 1, "fields": {"user": 7, "email": "Ann@example.com", "verified": true, "primary": true}},
  {"model": "auth.user", "pk": 7, "fields": {"password": "pbkdf2_sha256$600000$salt$bFYX62rfJobJ07VwrUMXfuffLfj2RDM2G6/BrTrUWkE=", "username": "ann", "first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "is_active": true, "groups": [3]}},
  {"model": "auth.user", "pk": 8, "fields": {"password": "!Fq3", "username": "bob", "email": "bob@example.com", "is_active": false}},
  {"model": "auth.user", "pk": 9, "fields": {"password": "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8", "username": "cy", "email": ""}},
  {"model": "auth.group", "pk": 3, "fields": {"name": "editors"}}
]"#;
    let read = assert_read(
        System::Django,
        &options(),
        &[json],
        &[
            "3 ann@example.com | ann | verified | django-pbkdf2 | given_name=Ann, family_name=Lee, custom:legacy_id=7",
            "4 bob@example.com | bob | suspended | none | custom:legacy_id=8",
            "line 5: `email`: is empty: nobody is found without an address",
        ],
    );
    assert!(!read.needs_email_verified);
    let csv = "id,password,last_login,is_superuser,username,first_name,last_name,email,is_staff,is_active,date_joined
7,sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8,,f,ann,Ann,Lee,ann@example.com,f,t,2024-01-01
";
    let expected = ["2 ann@example.com | ann |  | salted | given_name=Ann, family_name=Lee, custom:legacy_id=7"];
    assert!(assert_read(System::Django, &options(), &[csv], &expected).needs_email_verified);
    let said = Options { email_verified: Some(true), ..options() };
    let expected =
        ["2 ann@example.com | ann | verified | salted | given_name=Ann, family_name=Lee, custom:legacy_id=7"];
    assert!(!assert_read(System::Django, &said, &[csv], &expected).needs_email_verified);
    let custom = csv.replace("auth.user", "accounts.user");
    let (lines, _) = shown(System::Django, &Options { model: "accounts.user".to_owned(), ..said }, &[&custom], None);
    assert_eq!(lines, expected);
}

#[test]
fn wordpress() {
    let csv = "ID,user_login,user_pass,user_email,user_registered,display_name,spam,deleted
7,ann,$P$984478476IagS59wHZvyQMArzfx58u.,ann@example.com,\"2024-01-01 00:00:00\",\"Ann Lee\",0,0
8,bob,5f4dcc3b5aa765d61d8327deb882cf99,bob@example.com,,Bob,1,0
9,cy,,cy@example.com,,,0,1
10,dan,,,,,,
";
    let said = Options { email_verified: Some(false), ..options() };
    assert_read(
        System::WordPress,
        &said,
        &[csv],
        &[
            "2 ann@example.com | ann |  | phpass | name=Ann Lee, custom:legacy_id=7",
            "3 bob@example.com | bob | suspended | salted | name=Bob, custom:legacy_id=8",
            "4 left out: deleted",
            "line 5: `email`: is empty: nobody is found without an address",
        ],
    );
}

#[test]
fn aspnet() {
    let csv = "Id,UserName,Email,EmailConfirmed,PasswordHash,PhoneNumber,TwoFactorEnabled,LockoutEnd
1,ann@example.com,Ann@example.com,1,AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==,NULL,1,NULL
2,bob,bob@example.com,0,NULL,+12025550100,0,9999-12-31 23:59:59.9999999 +00:00
3,cy,cy@example.com,0,,NULL,0,2026-11-22 12:05:00 +00:00
";
    assert_read(
        System::AspNet,
        &options(),
        &[csv],
        &[
            "2 Ann@example.com |  | verified, second factor | aspnet-identity-3 | custom:legacy_id=1",
            "3 bob@example.com | bob | suspended | none | phone_number=+12025550100, custom:legacy_id=2",
            "4 cy@example.com | cy |  | none | custom:legacy_id=3",
        ],
    );
    let membership = "UserId,UserName,Password,PasswordFormat,PasswordSalt,Email,IsApproved,IsLockedOut
1,ann,uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=,1,c2FsdA==,ann@example.com,1,0
2,bob,secret,0,c2FsdA==,bob@example.com,0,0
3,cy,AAAA,2,c2FsdA==,cy@example.com,1,1
";
    assert_read(
        System::AspNet,
        &Options { email_verified: Some(true), locked_is_suspended: true, ..options() },
        &[membership],
        &[
            "2 ann@example.com | ann | verified | salted | custom:legacy_id=1",
            "3 bob@example.com | bob | verified, suspended | the password is stored in clear: nothing reads that | custom:legacy_id=2",
            "4 cy@example.com | cy | verified, suspended | the password is encrypted with the machine's key | custom:legacy_id=3",
        ],
    );
}

#[test]
fn devise_and_laravel() {
    let devise = "id,email,encrypted_password,confirmed_at,locked_at,otp_required_for_login,plan
7,ann@example.com,BCRYPT,2024-01-01 00:00:00,,t,gold
8,bob@example.com,\"\",,2024-01-01 00:00:00,f,
";
    let read = assert_read(
        System::Devise,
        &Options { locked_is_suspended: true, ..options() },
        &[devise],
        &[
            "2 ann@example.com |  | verified, second factor | bcrypt | custom:legacy_id=7",
            "3 bob@example.com |  | suspended | none | custom:legacy_id=8",
        ],
    );
    assert_eq!(read.unmapped.into_iter().collect::<Vec<_>>(), ["plan"]);
    let laravel = "id;name;email;email_verified_at;password;two_factor_confirmed_at;remember_token;deleted_at
7;Ann Lee;ann@example.com;2024-01-01 00:00:00;BCRYPT;\\N;\\N;\\N
8;Bob;bob@example.com;\\N;\\N;\\N;\\N;2024-01-01 00:00:00
";
    assert_read(
        System::Laravel,
        &options(),
        &[laravel],
        &["2 ann@example.com |  | verified | bcrypt | name=Ann Lee, custom:legacy_id=7", "3 left out: deleted"],
    );
}

#[test]
fn discourse() {
    let csv = "id,username,name,email,active,approved,suspended_till,silenced_till,staged,password_hash,password_salt,password_algorithm
1,ann,Ann,ann@example.com,t,t,,,f,0000000000000000000000000000000000000000000000000000000000000000,salt,$pbkdf2-sha256$i=600000,l=32$
";
    // The algorithm has a comma, so a CSV quotes it.
    let csv = csv.replace("$pbkdf2-sha256$i=600000,l=32$", "\"$pbkdf2-sha256$i=600000,l=32$\"")
        + "2,bob,,bob@example.com,f,t,2999-01-01 00:00:00,,f,00,,\n-1,system,,no_email,t,t,,,f,,,\n3,cy,,cy@example.com,f,f,,,t,,,\n";
    assert_read(
        System::Discourse,
        &options(),
        &[&csv],
        &[
            "2 ann@example.com | ann | verified | pbkdf2 | name=Ann, custom:legacy_id=1",
            "3 bob@example.com | bob | suspended | the export has a hash without its salt | custom:legacy_id=2",
            "4 left out: service",
            "5 left out: never-activated",
        ],
    );
}

#[test]
fn ldap() {
    let ldif = "version: 1

dn: dc=example,dc=com
objectClass: dcObject

dn: uid=ann,ou=people,dc=example,dc=com
objectClass: top
objectClass: inetOrgPerson
uid: ann
cn: Ann Lee
givenName: Ann
sn: Lee
mail: ann@example.com
mail: lee@example.com
telephoneNumber: +1 202 555 0100
employeeNumber: 12
userPassword:: e1NTSEF9RkxXb2NRcXlsZTZNbzdOdnJ3WENNQW1SelhReE5qWXhNVFl6Tnc9PQ==

dn: uid=bob,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: bob
mail: bob@example.com
nsAccountLock: true
userPassword: !

dn: uid=backup,ou=services,dc=example,dc=com
objectClass: account
uid: backup
";
    let read = assert_read(
        System::Ldap,
        &Options { email_verified: Some(true), ..options() },
        &[ldif],
        &[
            "6 ann@example.com | ann | verified | ldap-ssha | given_name=Ann, family_name=Lee, name=Ann Lee, phone_number=+12025550100, custom:legacy_id=uid=ann,ou=people,dc=example,dc=com",
            "19 bob@example.com | bob | verified, suspended | none | custom:legacy_id=uid=bob,ou=people,dc=example,dc=com",
            "26 left out: service",
        ],
    );
    assert_eq!(read.unmapped.into_iter().collect::<Vec<_>>(), ["employeeNumber"]);
}

#[test]
fn cognito() {
    let page = r#"{"Users":[{"Username":"9a1c","Attributes":[{"Name":"sub","Value":"9a1c"},{"Name":"email","Value":"ann@example.com"},{"Name":"email_verified","Value":"true"},{"Name":"custom:tenant","Value":"1"}],"Enabled":true,"UserStatus":"CONFIRMED"},
{"Username":"bob","Attributes":[{"Name":"sub","Value":"9a1d"},{"Name":"email","Value":"bob@example.com"}],"Enabled":false,"UserStatus":"RESET_REQUIRED"}],"PaginationToken":"x"}
{"Users":[{"Username":"google_7","Attributes":[],"UserStatus":"EXTERNAL_PROVIDER"},{"Username":"cy","Attributes":[],"UserStatus":"UNCONFIRMED"}]}"#;
    assert_read(
        System::Cognito,
        &options(),
        &[page],
        &[
            "1 ann@example.com |  | verified | Cognito gives no password hashes | custom:tenant=1, custom:legacy_id=9a1c",
            "2 bob@example.com | bob | suspended | Cognito gives no password hashes | custom:legacy_id=9a1d",
            "3 left out: federated",
            "3 left out: never-activated",
        ],
    );
}

#[test]
fn fusionauth() {
    let csv = "users_id,email,username,password,salt,encryption_scheme,factor,verified,active,first_name
1,ann@example.com,,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,c2FsdHNhbHQ=,salted-pbkdf2-hmac-sha256,24000,t,t,Ann
2,bob@example.com,bob,MFdJu9yVgmagVAIC24fOZkaFqd3s9JC,abcdefghijklmnopqrstuu,salted-bcrypt,10,f,f,
3,cy@example.com,,AAAA,AAAA,salted-md5,20000,t,t,
";
    assert_read(
        System::FusionAuth,
        &options(),
        &[csv],
        &[
            "2 ann@example.com |  | verified | pbkdf2 | given_name=Ann, custom:legacy_id=1",
            "3 bob@example.com | bob | suspended | bcrypt | custom:legacy_id=2",
            "4 cy@example.com |  | verified | the hash is of a scheme of FusionAuth's that is not read | custom:legacy_id=3",
        ],
    );
}

#[test]
fn what_is_a_list_of_known_users_or_nothing_is_nobodys_export() {
    for text in [
        "",
        "email,user_name,name\n",
        "{\"email\":\"ann@example.com\"}\n",
        "cognito:username,email,name\n",
        "hello",
        "[]",
    ] {
        assert_eq!(System::recognise(text.as_bytes()), None, "{text}");
    }
    for system in System::ALL {
        assert_eq!(system.name().parse(), Ok(system));
    }
    assert_eq!("Auth0".parse::<System>().unwrap_err().to_string(), "is none of the systems that are known");
    assert_eq!(LeftOut::NeverActivated.name(), "never-activated");
}
