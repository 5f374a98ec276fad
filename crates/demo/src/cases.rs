//! The events of the demo, and what is expected of each.

use std::fs;
use std::path::Path;

use local_aws::Error;
use local_aws::effects::{Answer, Effects};
use serde_json::{Value, json};

use crate::expected::matches;
use crate::view::answer_lines;

/// An event and everything that should come of it.
pub(crate) struct Case {
    /// Its trigger source: the name of its file in `events/`.
    pub(crate) source: &'static str,
    /// What happens, in plain words.
    pub(crate) words: &'static str,
    /// What is changed in the event beforehand: JSON pointers, and the JSON to put there.
    change: &'static [(&'static str, &'static str)],
    /// The settings of the trigger, where they are not the defaults.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    answer: Expected,
    /// By table and key, the attributes that change, in JSON.
    changes: &'static str,
    /// The mails that are sent, in JSON.
    mails: &'static str,
}

enum Expected {
    /// The event as it came.
    Unchanged,
    /// The event with this response, in JSON.
    Response(&'static str),
    /// No event, but this error type and text.
    Error(&'static str, &'static str),
}

/// A case in which nothing is special.
const PLAIN: Case =
    Case { source: "", words: "", change: &[], settings: &[], answer: Expected::Unchanged, changes: "{}", mails: "[]" };

/// The password of the sample people who have a hash, and another.
const RIGHT: (&str, &str) = ("/request/password", r#""correct horse battery staple""#);
const WRONG: (&str, &str) = ("/request/password", r#""Correct horse battery staple""#);

const WELCOME: &[(&str, &str)] = &[("WELCOME_EMAIL_FROM", "welcome@example.com")];

/// One event per trigger source, in the order in which a pool sees them.
pub(crate) const SAMPLES: &[Case] = &[
    Case {
        source: "PreSignUp_SignUp",
        words: "Zoë signs up with the email and user name that the owner knows: confirmed without a code",
        answer: Expected::Response(r#"{"autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": false}"#),
        ..PLAIN
    },
    Case { source: "PreSignUp_AdminCreateUser", words: "An administrator creates Lan: nothing to decide", ..PLAIN },
    Case {
        source: "PreSignUp_ExternalProvider",
        words: "Amara first comes by way of Google: nothing to decide",
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "José signs in, whom only the owner knows: he comes into the pool and chooses a password",
        answer: Expected::Response(
            r#"{
                "userAttributes": {
                    "custom:legacy_id": "1004", "email": "jose.garcia@example.com", "email_verified": "true",
                    "name": "García Ortiz, José", "phone_number": "+12025550104"
                },
                "finalUserStatus": "RESET_REQUIRED", "messageAction": "SUPPRESS",
                "forceAliasCreation": null, "enableSMSMFA": null, "desiredDeliveryMediums": null
            }"#,
        ),
        changes: r#"{
            "KnownUsers": {"jose.garcia@example.com": {"MigratedAt": "<time>", "MigratedAs": "josé"}},
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#347e74640e08#<later>": {"Id": "attempts#eu-west-1_EXAMPLE12#347e74640e08#<later>", "ExpiresAt": "<later>", "Times": 1}}
        }"#,
        ..PLAIN
    },
    Case {
        source: "UserMigration_ForgotPassword",
        words: "Maria, whom only the owner knows, forgot her password: she comes into the pool and gets a code",
        answer: Expected::Response(
            r#"{
                "userAttributes": {
                    "custom:legacy_id": "1005", "email": "MARIA.SILVA@EXAMPLE.ORG", "email_verified": "true",
                    "name": "Maria da Silva", "phone_number": "+12025550105"
                },
                "finalUserStatus": null, "messageAction": "SUPPRESS",
                "forceAliasCreation": null, "enableSMSMFA": null, "desiredDeliveryMediums": null
            }"#,
        ),
        changes: r#"{
            "KnownUsers": {"maria.silva@example.org": {"MigratedAt": "<time>", "MigratedAs": "maria"}},
            "Ephemera": {"forgotten#eu-west-1_EXAMPLE12#046ff5755d99#<later>": {"Id": "forgotten#eu-west-1_EXAMPLE12#046ff5755d99#<later>", "ExpiresAt": "<later>", "Times": 1}}
        }"#,
        ..PLAIN
    },
    Case { source: "PreAuthentication_Authentication", words: "Tarō begins to sign in: nothing against it", ..PLAIN },
    Case {
        source: "PostAuthentication_Authentication",
        words: "Daria has signed in: recorded",
        changes: r#"{"KnownUsers": {"daria.ivanova@example.net": {
            "LastLogin": {"ClientId": "1example23456789", "Time": "<time>", "UserPoolId": "eu-west-1_EXAMPLE12"},
            "UserSub": "7a1c0de0-0000-4000-8000-000000000007"
        }}}"#,
        ..PLAIN
    },
    Case {
        source: "PostConfirmation_ConfirmSignUp",
        words: "Fatima has confirmed her sign-up: recorded, and congratulated by mail",
        settings: WELCOME,
        changes: r#"{
            "KnownUsers": {"fatima.alharbi@example.com": {"ConfirmedAt": "<time>"}},
            "Ephemera": {"welcome#eu-west-1_EXAMPLE12#7a1c0de0-0000-4000-8000-000000000008": {
                "ExpiresAt": "<later>", "PutAt": "<time>",
                "Id": "welcome#eu-west-1_EXAMPLE12#7a1c0de0-0000-4000-8000-000000000008"
            }}
        }"#,
        mails: r#"[{
            "from": "welcome@example.com", "to": ["fatima.alharbi@example.com"],
            "subject": "Cognito Identity Provider registration completed",
            "text": "Congratulations fatima, you have been confirmed."
        }]"#,
        ..PLAIN
    },
    Case {
        source: "PostConfirmation_ConfirmForgotPassword",
        words: "Sofia has chosen a new password by a code to her address: recorded, no mail",
        settings: WELCOME,
        changes: r#"{"KnownUsers": {"sofia.papadopoulou@example.org": {"ConfirmedAt": "<time>"}}}"#,
        ..PLAIN
    },
];

/// The same events with one thing changed.
pub(crate) const VARIATIONS: &[Case] = &[
    Case {
        source: "PreSignUp_SignUp",
        words: "A stranger signs up: Cognito sends a code",
        change: &[("/userName", r#""stranger""#), ("/request/userAttributes/email", r#""stranger@example.com""#)],
        ..PLAIN
    },
    Case {
        source: "PreSignUp_SignUp",
        words: "A stranger signs up under Zoë's user name: it is kept for her",
        change: &[("/request/userAttributes/email", r#""stranger@example.com""#)],
        answer: Expected::Error("UserNameReserved", "this user name is taken"),
        ..PLAIN
    },
    Case {
        source: "PreSignUp_SignUp",
        words: "Somebody signs up with Zoë's email and another user name: Cognito sends a code",
        change: &[("/userName", r#""somebody""#)],
        ..PLAIN
    },
    Case {
        source: "PreSignUp_SignUp",
        words: "Aoife signs up, but the owner does not vouch for her email: Cognito sends a code",
        change: &[("/userName", r#""aoife""#), ("/request/userAttributes/email", r#""aoife.nibhriain@example.com""#)],
        ..PLAIN
    },
    Case {
        source: "PreSignUp_SignUp",
        words: "In a pool where the email is the user name (SIGN_IN_WITH=email), Noor's email is no proof: \
                Cognito sends a code",
        change: &[
            ("/userName", r#""7a1c0de0-0000-4000-8000-000000000012""#),
            ("/request/userAttributes/email", r#""NOOR.Khan@example.org""#),
        ],
        settings: &[("SIGN_IN_WITH", "email"), ("SIGN_UP_POLICY", "verify")],
        ..PLAIN
    },
    Case {
        source: "PreSignUp_SignUp",
        words: "Under SIGN_UP_POLICY=deny Zoë is told to sign in instead",
        settings: &[("SIGN_UP_POLICY", "deny")],
        answer: Expected::Error("AccountExists", "this account already exists, sign in instead"),
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "Somebody signs in as Amara with another password: as if nobody knew her",
        change: &[("/userName", r#""amara""#), WRONG],
        changes: r#"{
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#1c9066ee9703#<later>": {
                "Id": "attempts#eu-west-1_EXAMPLE12#1c9066ee9703#<later>",
                "ExpiresAt": "<later>", "Times": 1
            }}
        }"#,
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "Erik, who is suspended, signs in with the right password: as if nobody knew him",
        change: &[("/userName", r#""erik""#), RIGHT],
        changes: r#"{
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#bddc10c44aae#<later>": {
                "Id": "attempts#eu-west-1_EXAMPLE12#bddc10c44aae#<later>",
                "ExpiresAt": "<later>", "Times": 1
            }}
        }"#,
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "Kwame signs in with the password of the Django site (pbkdf2_sha256): he is in, and keeps it",
        change: &[("/userName", r#""kwame""#), RIGHT],
        answer: Expected::Response(
            r#"{
                "userAttributes": {
                    "custom:legacy_id": "1013", "email": "kwame.mensah@example.com", "email_verified": "true",
                    "name": "Kwame Mensah"
                },
                "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
                "forceAliasCreation": null, "enableSMSMFA": null, "desiredDeliveryMediums": null
            }"#,
        ),
        changes: r#"{
            "KnownUsers": {"kwame.mensah@example.com": {"MigratedAt": "<time>", "MigratedAs": "kwame"}},
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#b0bea50445f0#<later>": {
                "Id": "attempts#eu-west-1_EXAMPLE12#b0bea50445f0#<later>",
                "ExpiresAt": "<later>", "Times": 1
            }}
        }"#,
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "Ingrid signs in by email, with the password of the PHP site (bcrypt): she is in, and keeps it",
        change: &[("/userName", r#""Ingrid.Berg@example.net""#), RIGHT],
        settings: &[("SIGN_IN_WITH", "email-alias")],
        answer: Expected::Response(
            r#"{
                "userAttributes": {
                    "custom:legacy_id": "1014", "email": "ingrid.berg@example.net", "email_verified": "true",
                    "name": "Ingrid Berg", "username": "ingrid"
                },
                "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
                "forceAliasCreation": null, "enableSMSMFA": null, "desiredDeliveryMediums": null
            }"#,
        ),
        changes: r#"{
            "KnownUsers": {"ingrid.berg@example.net": {"MigratedAt": "<time>", "MigratedAs": "ingrid"}},
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#042b42c05426#<later>": {
                "Id": "attempts#eu-west-1_EXAMPLE12#042b42c05426#<later>",
                "ExpiresAt": "<later>", "Times": 1
            }}
        }"#,
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "Ravi signs in with the password of the ASP.NET site (Identity v3): he is in, and keeps it",
        change: &[("/userName", r#""Ravi""#), RIGHT],
        answer: Expected::Response(
            r#"{
                "userAttributes": {
                    "custom:legacy_id": "1015", "email": "ravi.iyer@example.org", "email_verified": "true",
                    "name": "ரவி ஐயர்"
                },
                "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
                "forceAliasCreation": null, "enableSMSMFA": null, "desiredDeliveryMediums": null
            }"#,
        ),
        changes: r#"{
            "KnownUsers": {"ravi.iyer@example.org": {"MigratedAt": "<time>", "MigratedAs": "ravi"}},
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#b426b01970f9#<later>": {
                "Id": "attempts#eu-west-1_EXAMPLE12#b426b01970f9#<later>",
                "ExpiresAt": "<later>", "Times": 1
            }}
        }"#,
        ..PLAIN
    },
    Case {
        source: "UserMigration_Authentication",
        words: "A stranger signs in: as after a wrong password, Cognito says no",
        change: &[("/userName", r#""stranger@example.com""#), WRONG],
        changes: r#"{
            "Ephemera": {"attempts#eu-west-1_EXAMPLE12#aa0bef1bce87#<later>": {
                "Id": "attempts#eu-west-1_EXAMPLE12#aa0bef1bce87#<later>",
                "ExpiresAt": "<later>", "Times": 1
            }}
        }"#,
        ..PLAIN
    },
    Case {
        source: "PreAuthentication_Authentication",
        words: "Erik, who is suspended, begins to sign in: refused",
        change: &[("/userName", r#""erik""#), ("/request/userAttributes/email", r#""erik.mueller@example.net""#)],
        answer: Expected::Error("SignInRefused", "sign-in is not available"),
        ..PLAIN
    },
    Case {
        source: "PreAuthentication_Authentication",
        words: "Tarō begins to sign in by an app client that is blocked: refused",
        settings: &[("BLOCKED_APP_CLIENTS", "1example23456789")],
        answer: Expected::Error("AppClientBlocked", "cannot authenticate users from this user pool app client"),
        ..PLAIN
    },
    Case {
        source: "PostConfirmation_ConfirmSignUp",
        words: "Cognito reports Fatima's confirmation once more: no second mail",
        settings: WELCOME,
        ..PLAIN
    },
    Case {
        source: "PreSignUp_SignUp",
        words: "Something that is no event at all (an empty list): refused in words that tell nothing",
        change: &[("", "[]")],
        answer: Expected::Error("EventMalformed", "try again later"),
        ..PLAIN
    },
];

impl Case {
    /// The sample event with the change.
    pub(crate) fn event(&self) -> Result<Value, Error> {
        let file =
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events")).join(format!("{}.json", self.source));
        let text = fs::read_to_string(&file)
            .map_err(|error| Error::new(format!("cannot read the sample event `{}`: {error}", file.display())))?;
        let mut event = serde_json::from_str(&text)
            .map_err(|error| Error::new(format!("the sample event `{}` is no JSON: {error}", file.display())))?;
        for (pointer, value) in self.change {
            let place = Value::pointer_mut(&mut event, pointer).ok_or_else(|| {
                Error::new(format!("the sample event `{}` has nothing at `{pointer}` to change", file.display()))
            })?;
            *place = json_of(value)?;
        }
        Ok(event)
    }

    /// What is not as expected, each in a line; nothing where all is.
    pub(crate) fn problems(&self, event: &Value, effects: &Effects) -> Vec<String> {
        let mut problems = Vec::new();
        let expected = match &self.answer {
            Expected::Unchanged => Ok(Answer::Unchanged),
            Expected::Error(kind, text) => Ok(Answer::Error { kind: (*kind).to_owned(), text: (*text).to_owned() }),
            Expected::Response(response) => json_of(response).map(|response| changed(event, response)),
        };
        match expected {
            Ok(expected) if expected == effects.answer => {}
            Ok(expected) => {
                problems.push("but expected was".to_owned());
                problems.extend(answer_lines(&expected).iter().map(|line| format!("  {line}")));
            }
            Err(error) => problems.push(error.to_string()),
        }
        for (what, expected, actual) in
            [("changes", self.changes, json!(effects.changes)), ("mails", self.mails, json!(effects.mails))]
        {
            match json_of(expected) {
                Ok(expected) if matches(&expected, &actual) => {}
                Ok(expected) => problems.push(format!("but expected {what} were {expected}")),
                Err(error) => problems.push(error.to_string()),
            }
        }
        problems
    }
}

/// The answer that gives the event back with this whole response.
fn changed(event: &Value, response: Value) -> Answer {
    let mut answer = event.clone();
    if let Some(place) = answer.get_mut("response") {
        *place = response;
    }
    Answer::between(event.clone(), answer)
}

fn json_of(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| Error::new(format!("the demo's own JSON is wrong: {error}: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_can_be_played() {
        for case in SAMPLES.iter().chain(VARIATIONS) {
            case.event().unwrap();
            json_of(case.changes).unwrap();
            json_of(case.mails).unwrap();
            if let Expected::Response(response) = case.answer {
                json_of(response).unwrap();
            }
        }
    }

    #[test]
    fn a_sample_is_named_after_its_trigger_source() {
        for case in SAMPLES {
            assert_eq!(case.event().unwrap()["triggerSource"], case.source);
        }
    }
}
