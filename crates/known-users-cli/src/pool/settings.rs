//! A pool's settings, and what to send so that one trigger changes and nothing else.
//!
//! `UpdateUserPool` sets everything that it is not given back to its default. So what `DescribeUserPool` answered goes
//! back, as the JSON it came in: a member that a newer Cognito nests somewhere goes back too, and a setting of a name that
//! is not in the two lists below stops everything before anything is changed.
//!
//! Where the two differ in shape (API reference of `UpdateUserPool` and `UserPoolType`):
//! - `Name` is sent as `PoolName`, `Id` as `UserPoolId`;
//! - `AdminCreateUserConfig.UnusedAccountValidityDays` is the old name of `PasswordPolicy.TemporaryPasswordValidityDays`;
//!   a pool describes both, and refuses to be sent both;
//! - `MfaConfiguration` other than `OFF` is accepted only together with an `SmsConfiguration`; a pool whose second factor
//!   is an app or a mail got it from `SetUserPoolMfaConfig`, and is not touched here.

use serde_json::{Map, Value, json};

use crate::{failure::Failure, place::Function, trigger::Trigger};

/// What `DescribeUserPool` answers and `UpdateUserPool` takes, in the same shape.
const SENT_BACK: [&str; 22] = [
    "AccountRecoverySetting",
    "AcrConfiguration",
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "DeletionProtection",
    "DeviceConfiguration",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "IssuerConfiguration",
    "KeyConfiguration",
    "LambdaConfig",
    "MfaConfiguration",
    "Policies",
    "SmsAuthenticationMessage",
    "SmsConfiguration",
    "SmsVerificationMessage",
    "UserAttributeUpdateSettings",
    "UserPoolAddOns",
    "UserPoolTags",
    "UserPoolTier",
    "VerificationMessageTemplate",
];

/// What `DescribeUserPool` answers and `UpdateUserPool` cannot change, so that it cannot reset it either.
const FIXED: [&str; 9] = [
    "AliasAttributes",
    "Arn",
    "CreationDate",
    "CustomDomain",
    "Domain",
    "Id",
    "SchemaAttributes",
    "UsernameAttributes",
    "UsernameConfiguration",
];

/// What changes by itself, so that it is not compared.
const PASSING: [&str; 5] =
    ["EmailConfigurationFailure", "EstimatedNumberOfUsers", "LastModifiedDate", "SmsConfigurationFailure", "Status"];

/// The member `UserPool` of what `DescribeUserPool` answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings(Map<String, Value>);

/// How the pool stands to a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wiring {
    /// It calls the function.
    Calls,
    /// It calls nothing.
    CallsNothing,
    /// It calls another function: its ARN.
    CallsAnother(String),
}

impl Settings {
    /// From the whole answer of `DescribeUserPool`.
    pub(crate) fn from_answer(answer: &Value) -> Option<Self> {
        answer.get("UserPool")?.as_object().cloned().map(Self)
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    pub(crate) fn arn(&self) -> &str {
        self.text("Arn")
    }

    /// Whether people's email is their user name.
    pub(crate) fn email_is_user_name(&self) -> bool {
        self.list("UsernameAttributes").any(|name| name == "email")
    }

    /// Whether people may sign in with their email as well.
    pub(crate) fn email_is_alias(&self) -> bool {
        self.list("AliasAttributes").any(|name| name == "email")
    }

    /// The attributes that everybody in the pool must have, but for `sub`, which Cognito makes.
    pub(crate) fn required_attributes(&self) -> impl Iterator<Item = &str> {
        self.list("SchemaAttributes")
            .filter(|attribute| attribute.get("Required") == Some(&Value::Bool(true)))
            .filter_map(|attribute| attribute.get("Name")?.as_str())
            .filter(|name| *name != "sub")
    }

    /// What the pool calls at `trigger`.
    pub(crate) fn called_at(&self, trigger: Trigger) -> Option<&str> {
        self.0.get("LambdaConfig")?.get(trigger.cognito_name())?.as_str().filter(|arn| !arn.is_empty())
    }

    /// How the pool stands to `trigger`, seen from `function`.
    pub(crate) fn wiring(&self, trigger: Trigger, function: &Function) -> Wiring {
        match self.called_at(trigger) {
            None => Wiring::CallsNothing,
            Some(arn) if function.is_called_by(arn) => Wiring::Calls,
            Some(arn) => Wiring::CallsAnother(arn.to_owned()),
        }
    }

    /// The body of an `UpdateUserPool` that makes the pool call `arn`, or nothing, at `trigger`, and leaves everything
    /// else as it is.
    pub(crate) fn update(&self, trigger: Trigger, arn: Option<&str>) -> Result<Value, Failure> {
        self.refuse_what_cannot_be_sent_back(trigger)?;
        let mut body: Map<String, Value> =
            self.0.iter().filter(|(name, _)| SENT_BACK.contains(&name.as_str())).map(own).collect();
        body.insert("UserPoolId".to_owned(), json!(self.text("Id")));
        if let Some(name) = self.0.get("Name") {
            body.insert("PoolName".to_owned(), name.clone());
        }
        let temporary = "/Policies/PasswordPolicy/TemporaryPasswordValidityDays";
        let says_it_by_its_new_name =
            Value::Object(self.0.clone()).pointer(temporary).is_some_and(|days| !days.is_null());
        if says_it_by_its_new_name && let Some(Value::Object(admin)) = body.get_mut("AdminCreateUserConfig") {
            admin.remove("UnusedAccountValidityDays");
        }
        let lambda = body.entry("LambdaConfig").or_insert_with(|| json!({}));
        if let Value::Object(lambda) = lambda {
            match arn {
                Some(arn) => lambda.insert(trigger.cognito_name().to_owned(), json!(arn)),
                None => lambda.remove(trigger.cognito_name()),
            };
        }
        Ok(Value::Object(body))
    }

    fn refuse_what_cannot_be_sent_back(&self, trigger: Trigger) -> Result<(), Failure> {
        let by_hand = format!(
            "attach the {} function to the pool in the console, under Extensions, and run the scenario again",
            trigger.title()
        );
        let tried = format!("attach the {} function without resetting a setting of the pool", trigger.title());
        let known = |name: &&String| {
            let name = name.as_str();
            name == "Name" || SENT_BACK.contains(&name) || FIXED.contains(&name) || PASSING.contains(&name)
        };
        if let Some(unknown) = self.0.keys().find(|name| !known(name)) {
            return Err(Failure::new(tried, format!("the pool has a setting that is new here: `{unknown}`"), by_hand));
        }
        let has_a_second_factor = !matches!(self.text("MfaConfiguration"), "" | "OFF");
        if has_a_second_factor && !self.0.contains_key("SmsConfiguration") {
            let why = "its second factor is not SMS, and UpdateUserPool would refuse it or turn it off";
            return Err(Failure::new(tried, why, by_hand));
        }
        Ok(())
    }

    /// The settings, but for what changes by itself and for what the pool calls at `trigger`, in which the two differ.
    pub(crate) fn differences(&self, other: &Self, trigger: Trigger) -> Vec<String> {
        let (ours, theirs) = (self.comparable(trigger), other.comparable(trigger));
        let mut names: Vec<String> = ours.keys().chain(theirs.keys()).cloned().collect();
        names.sort();
        names.dedup();
        names.retain(|name| ours.get(name) != theirs.get(name));
        names
    }

    fn comparable(&self, trigger: Trigger) -> Map<String, Value> {
        let mut settings: Map<String, Value> =
            self.0.iter().filter(|(name, _)| !PASSING.contains(&name.as_str())).map(own).collect();
        let lambda = settings.entry("LambdaConfig").or_insert_with(|| json!({}));
        if let Value::Object(lambda) = lambda {
            lambda.remove(trigger.cognito_name());
        }
        settings
    }
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool with every setting set, as `DescribeUserPool` answers it.
    const FULL: &str = include_str!("../../tests/pools/full.json");

    const OURS: &str = "arn:aws:lambda:eu-west-1:123456789012:function:stack-PreSignUp-X";

    fn full() -> Settings {
        Settings::from_answer(&serde_json::from_str(FULL).unwrap()).unwrap()
    }

    fn changed(pointer: &str, value: Option<Value>) -> Settings {
        let mut answer: Value = serde_json::from_str(FULL).unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = answer.pointer_mut(&format!("/UserPool{parent}")).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => parent.insert(name.to_owned(), value),
            None => parent.remove(name),
        };
        Settings::from_answer(&answer).unwrap()
    }

    #[test]
    fn the_full_pool_has_every_setting_there_is() {
        for name in SENT_BACK.iter().chain(&FIXED).chain(&PASSING) {
            assert!(full().0.contains_key(*name), "{name} is missing in tests/pools/full.json");
        }
    }

    #[test]
    fn nothing_of_a_full_pool_is_lost() {
        let body = full().update(Trigger::PreSignUp, Some(OURS)).unwrap();
        let body = body.as_object().unwrap();
        for name in SENT_BACK.iter().filter(|name| !["LambdaConfig", "AdminCreateUserConfig"].contains(name)) {
            assert_eq!(body[*name], full().0[*name], "{name}");
        }
        let (mut lambda, mut admin) = (full().0["LambdaConfig"].clone(), full().0["AdminCreateUserConfig"].clone());
        lambda["PreSignUp"] = json!(OURS);
        assert_eq!(body["LambdaConfig"], lambda);
        admin.as_object_mut().unwrap().remove("UnusedAccountValidityDays");
        assert_eq!(body["AdminCreateUserConfig"], admin);
        assert_eq!((&body["PoolName"], &body["UserPoolId"]), (&full().0["Name"], &full().0["Id"]));
        assert_eq!(body.len(), SENT_BACK.len() + 2, "and nothing is sent that Cognito would refuse");
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        let bare = Settings::from_answer(&json!({"UserPool": {"Id": "eu-west-1_X", "Name": "bare"}})).unwrap();
        let body = bare.update(Trigger::MigrateUser, Some(OURS)).unwrap();
        assert_eq!(
            body,
            json!({"UserPoolId": "eu-west-1_X", "PoolName": "bare", "LambdaConfig": {"UserMigration": OURS}})
        );
        assert_eq!(
            bare.update(Trigger::MigrateUser, None).unwrap(),
            json!({"UserPoolId": "eu-west-1_X", "PoolName": "bare", "LambdaConfig": {}})
        );
    }

    #[test]
    fn the_old_name_of_the_days_is_sent_where_it_is_the_only_one() {
        let old = changed("/Policies/PasswordPolicy/TemporaryPasswordValidityDays", None);
        let body = old.update(Trigger::PreSignUp, None).unwrap();
        assert_eq!(body["AdminCreateUserConfig"]["UnusedAccountValidityDays"], json!(7));
    }

    #[test]
    fn members_that_are_new_inside_a_setting_go_back() {
        let new = changed("/Policies/PasswordPolicy/NewRule", Some(json!({"deep": [1, 2]})));
        let body = new.update(Trigger::PreSignUp, None).unwrap();
        assert_eq!(body["Policies"]["PasswordPolicy"]["NewRule"], json!({"deep": [1, 2]}));
    }

    #[test]
    fn a_setting_that_is_new_stops_everything() {
        let failure = changed("/QuantumSettings", Some(json!({}))).update(Trigger::PreSignUp, Some(OURS)).unwrap_err();
        assert!(failure.said.contains("`QuantumSettings`") && failure.todo.contains("in the console"), "{failure}");
    }

    #[test]
    fn a_second_factor_that_cannot_be_sent_back_is_not_touched() {
        let refused = |pool: Settings| pool.update(Trigger::PreSignUp, Some(OURS)).is_err();
        let mut app_only = changed("/SmsConfiguration", None);
        assert!(refused(app_only.clone()));
        app_only.0.insert("MfaConfiguration".to_owned(), json!("OFF"));
        assert!(!refused(app_only));
    }

    #[test]
    fn a_pool_stands_to_a_function_in_one_of_three_ways() {
        let function = Function::new(OURS);
        for (called, wiring) in [
            (None, Wiring::CallsNothing),
            (Some(""), Wiring::CallsNothing),
            (Some(OURS), Wiring::Calls),
            (Some("arn:aws:lambda:eu-west-1:123456789012:function:stack-PreSignUp-X:live"), Wiring::Calls),
            (
                Some("arn:aws:lambda:eu-west-1:123456789012:function:another"),
                Wiring::CallsAnother("arn:aws:lambda:eu-west-1:123456789012:function:another".to_owned()),
            ),
        ] {
            let pool = changed("/LambdaConfig/PreSignUp", called.map(|arn| json!(arn)));
            assert_eq!(pool.wiring(Trigger::PreSignUp, &function), wiring);
        }
    }

    #[test]
    fn reading_back_finds_what_else_changed() {
        for (pointer, value, names) in [
            ("/LambdaConfig/PreSignUp", json!(OURS), vec![]),
            ("/LastModifiedDate", json!(2), vec![]),
            ("/EstimatedNumberOfUsers", json!(12), vec![]),
            ("/LambdaConfig/PostConfirmation", json!("x"), vec!["LambdaConfig"]),
            ("/AdminCreateUserConfig/AllowAdminCreateUserOnly", json!(true), vec!["AdminCreateUserConfig"]),
            ("/NewSetting", json!(1), vec!["NewSetting"]),
        ] {
            let pool = changed(pointer, Some(value));
            assert_eq!(full().differences(&pool, Trigger::PreSignUp), names, "{pointer}");
        }
        assert_eq!(full().differences(&changed("/UserPoolTags", None), Trigger::PreSignUp), ["UserPoolTags"]);
    }

    #[test]
    fn what_everybody_must_have_and_sign_in_with() {
        assert_eq!(full().required_attributes().collect::<Vec<_>>(), ["email", "name"]);
        assert!(!full().email_is_user_name() && full().email_is_alias());
        assert!(changed("/UsernameAttributes", Some(json!(["email"]))).email_is_user_name());
    }
}
