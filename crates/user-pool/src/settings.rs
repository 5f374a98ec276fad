//! A pool's settings, and what to send so that the pool calls other functions and nothing else changes.
//!
//! `UpdateUserPool` sets everything that it is not given back to its default. So what `DescribeUserPool` answered goes
//! back, as the JSON it came in: a member that a newer Cognito nests somewhere goes back too, and a setting of a name that
//! is not in the two lists below stops everything before anything is changed.
//!
//! Where the two differ in shape (API reference of `UpdateUserPool` and `UserPoolType`):
//! - `Name` is sent as `PoolName`, `Id` as `UserPoolId`;
//! - `AdminCreateUserConfig.UnusedAccountValidityDays` is the old name of `PasswordPolicy.TemporaryPasswordValidityDays`;
//!   a pool describes both, and refuses to be sent both;
//! - `MfaConfiguration` other than `OFF` may be refused without an `SmsConfiguration`: a pool whose second factor is an
//!   app or a mail got it from `SetUserPoolMfaConfig`. A scenario does not try it on such a pool ([`Settings::trial`]);
//!   attach does, since a refusal changes nothing, and what is accepted is read back.

use std::collections::BTreeMap;

use aws_failure::Failure;
use known_user::Trigger;
use serde_json::{Map, Value, json};

use crate::function::Function;

/// What a pool shall call: at each of these triggers this ARN, or nothing. At the others, what it calls already.
pub type Wires = BTreeMap<Trigger, Option<String>>;

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

const TRIED: &str = "change what the pool calls without resetting another setting of it";
const BY_HAND: &str = "attach the function to the pool in the console, under Extensions, and run this again";

/// The member `UserPool` of what `DescribeUserPool` answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings(Map<String, Value>);

/// How the pool stands to a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// It calls the function.
    Calls,
    /// It calls nothing.
    CallsNothing,
    /// It calls another function: its ARN.
    CallsAnother(String),
}

impl Settings {
    /// From the whole answer of `DescribeUserPool`.
    pub fn from_answer(answer: &Value) -> Option<Self> {
        answer.get("UserPool")?.as_object().cloned().map(Self)
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.0.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    /// The pool's id.
    pub fn id(&self) -> &str {
        self.text("Id")
    }

    /// The pool's ARN.
    pub fn arn(&self) -> &str {
        self.text("Arn")
    }

    /// Whether people's email is their user name.
    pub fn email_is_user_name(&self) -> bool {
        self.list("UsernameAttributes").any(|name| name == "email")
    }

    /// Whether people may sign in with their email as well.
    pub fn email_is_alias(&self) -> bool {
        self.list("AliasAttributes").any(|name| name == "email")
    }

    /// Whether people sign in with this attribute in the place of a user name.
    pub fn is_user_name(&self, attribute: &str) -> bool {
        self.list("UsernameAttributes").any(|name| name == attribute)
    }

    /// Whether people sign in with this attribute as well.
    pub fn is_alias(&self, attribute: &str) -> bool {
        self.list("AliasAttributes").any(|name| name == attribute)
    }

    /// Whether `Ann` and `ann` are two users.
    pub fn minds_letter_case(&self) -> bool {
        self.at("/UsernameConfiguration/CaseSensitive") != Some(&Value::Bool(false))
    }

    /// Whether a changed email takes effect only once its code was entered.
    pub fn has_changed_emails_proven(&self) -> bool {
        let proven = self.at("/UserAttributeUpdateSettings/AttributesRequireVerificationBeforeUpdate");
        proven.and_then(Value::as_array).is_some_and(|names| names.iter().any(|name| name == "email"))
    }

    /// The attributes that somebody in the pool can have.
    pub fn schema(&self) -> impl Iterator<Item = &str> {
        self.list("SchemaAttributes").filter_map(|attribute| attribute.get("Name")?.as_str())
    }

    /// The attributes that everybody in the pool must have, but for `sub`, which Cognito makes.
    pub fn required_attributes(&self) -> impl Iterator<Item = &str> {
        self.list("SchemaAttributes")
            .filter(|attribute| attribute.get("Required") == Some(&Value::Bool(true)))
            .filter_map(|attribute| attribute.get("Name")?.as_str())
            .filter(|name| *name != "sub")
    }

    /// What the pool calls at `trigger`.
    pub fn called_at(&self, trigger: Trigger) -> Option<&str> {
        self.0.get("LambdaConfig")?.get(trigger.cognito_name())?.as_str().filter(|arn| !arn.is_empty())
    }

    /// How the pool stands to `trigger`, seen from `function`.
    pub fn wiring(&self, trigger: Trigger, function: &Function) -> Wiring {
        match self.called_at(trigger) {
            None => Wiring::CallsNothing,
            Some(arn) if function.is_called_by(arn) => Wiring::Calls,
            Some(arn) => Wiring::CallsAnother(arn.to_owned()),
        }
    }

    /// These settings with another `LambdaConfig`: what they shall be.
    pub fn with(&self, wires: &Wires) -> Self {
        let mut settings = self.0.clone();
        let lambda = settings.entry("LambdaConfig").or_insert_with(|| json!({}));
        if let Value::Object(lambda) = lambda {
            for (trigger, arn) in wires {
                match arn {
                    Some(arn) => lambda.insert(trigger.cognito_name().to_owned(), json!(arn)),
                    None => lambda.remove(trigger.cognito_name()),
                };
            }
        }
        Self(settings)
    }

    /// The body of an `UpdateUserPool` that gives the pool these settings. Settings of the names in `allowed` are sent
    /// back although they are new here.
    pub fn update(&self, allowed: &[String]) -> Result<Value, Failure> {
        self.refuse_what_cannot_be_sent_back(allowed)?;
        let is_sent = |name: &str| {
            SENT_BACK.contains(&name) || (!is_known(name) && allowed.iter().any(|allowed| allowed == name))
        };
        let mut body: Map<String, Value> = self.0.iter().filter(|(name, _)| is_sent(name)).map(own).collect();
        body.insert("UserPoolId".to_owned(), json!(self.text("Id")));
        if let Some(name) = self.0.get("Name") {
            body.insert("PoolName".to_owned(), name.clone());
        }
        if self.says_days_by_their_new_name() {
            forget_the_old_name(&mut body);
        }
        Ok(Value::Object(body))
    }

    fn says_days_by_their_new_name(&self) -> bool {
        self.at("/Policies/PasswordPolicy/TemporaryPasswordValidityDays").is_some_and(|days| !days.is_null())
    }

    /// The names of settings that are in none of the lists above.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| !is_known(name))
    }

    fn refuse_what_cannot_be_sent_back(&self, allowed: &[String]) -> Result<(), Failure> {
        if let Some(unknown) = self.unknown().find(|name| !allowed.iter().any(|allowed| allowed == name)) {
            return Err(Failure::new(TRIED, format!("the pool has a setting that is new here: `{unknown}`"), BY_HAND));
        }
        Ok(())
    }

    /// Whether the pool has second factors, and SMS is none of them.
    pub fn has_other_second_factors(&self) -> bool {
        !matches!(self.text("MfaConfiguration"), "" | "OFF") && !self.0.contains_key("SmsConfiguration")
    }

    /// Refuses a pool that is not to be changed for a trial.
    pub fn trial(&self) -> Result<(), Failure> {
        self.refuse_what_cannot_be_sent_back(&[])?;
        if self.has_other_second_factors() {
            let why = "its second factor is not SMS, and UpdateUserPool may refuse it or turn it off";
            return Err(Failure::new(TRIED, why, BY_HAND));
        }
        Ok(())
    }

    /// The settings, but for what changes by itself, in which the two differ; members of `LambdaConfig` one by one.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (ours, theirs) = (self.comparable(), other.comparable());
        let mut names: Vec<String> = ours.keys().chain(theirs.keys()).cloned().collect();
        names.sort();
        names.dedup();
        names.retain(|name| ours.get(name) != theirs.get(name));
        names
    }

    /// Nothing is compared that says nothing (an empty list, an empty object), and no order: the lists of a pool are
    /// sets.
    fn comparable(&self) -> Map<String, Value> {
        let mut settings: Map<String, Value> = self
            .0
            .iter()
            .filter(|(name, value)| !PASSING.contains(&name.as_str()) && says_something(value))
            .map(own)
            .collect();
        // An emulator stops describing the old name once the new one was sent.
        if self.says_days_by_their_new_name() {
            forget_the_old_name(&mut settings);
        }
        settings.values_mut().for_each(sort);
        if let Some(Value::Object(lambda)) = settings.remove("LambdaConfig") {
            let members = lambda.into_iter().filter(|(_, value)| says_something(value) && *value != "");
            settings.extend(members.map(|(name, value)| (format!("LambdaConfig.{name}"), value)));
        }
        settings
    }

    /// What the pool calls, by the names that `LambdaConfig` has, those of other makers included.
    pub fn lambda_config(&self) -> Map<String, Value> {
        self.0.get("LambdaConfig").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// As `DescribeUserPool` answered it.
    pub fn as_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// How many settings there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The value at a JSON pointer: `/UsernameConfiguration/CaseSensitive`.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = pointer.strip_prefix('/')?.split_once('/').unwrap_or((pointer.get(1..)?, ""));
        let value = self.0.get(first)?;
        if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
    }
}

fn forget_the_old_name(settings: &mut Map<String, Value>) {
    if let Some(Value::Object(admin)) = settings.get_mut("AdminCreateUserConfig") {
        admin.remove("UnusedAccountValidityDays");
    }
}

fn is_known(name: &str) -> bool {
    name == "Name" || [&SENT_BACK[..], &FIXED, &PASSING].iter().any(|list| list.contains(&name))
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

fn sort(value: &mut Value) {
    match value {
        Value::Array(values) => {
            values.iter_mut().for_each(sort);
            values.sort_by_key(Value::to_string);
        }
        Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pool with every setting set, as `DescribeUserPool` answers it.
    const FULL: &str = include_str!("../tests/pools/full.json");

    const OURS: &str = "arn:aws:lambda:eu-west-1:123456789012:function:stack-PreSignUp-X";

    fn calling(trigger: Trigger, arn: Option<&str>) -> Wires {
        Wires::from([(trigger, arn.map(str::to_owned))])
    }

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
        let body = full().with(&calling(Trigger::PreSignUp, Some(OURS))).update(&[]).unwrap();
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
        let body = bare.with(&calling(Trigger::MigrateUser, Some(OURS))).update(&[]).unwrap();
        assert_eq!(
            body,
            json!({"UserPoolId": "eu-west-1_X", "PoolName": "bare", "LambdaConfig": {"UserMigration": OURS}})
        );
        assert_eq!(
            bare.with(&calling(Trigger::MigrateUser, None)).update(&[]).unwrap(),
            json!({"UserPoolId": "eu-west-1_X", "PoolName": "bare", "LambdaConfig": {}})
        );
    }

    #[test]
    fn the_old_name_of_the_days_is_sent_where_it_is_the_only_one() {
        let old = changed("/Policies/PasswordPolicy/TemporaryPasswordValidityDays", None);
        let body = old.update(&[]).unwrap();
        assert_eq!(body["AdminCreateUserConfig"]["UnusedAccountValidityDays"], json!(7));
    }

    #[test]
    fn members_that_are_new_inside_a_setting_go_back() {
        let new = changed("/Policies/PasswordPolicy/NewRule", Some(json!({"deep": [1, 2]})));
        let body = new.update(&[]).unwrap();
        assert_eq!(body["Policies"]["PasswordPolicy"]["NewRule"], json!({"deep": [1, 2]}));
    }

    #[test]
    fn a_setting_that_is_new_stops_everything() {
        let failure = changed("/QuantumSettings", Some(json!({}))).update(&[]).unwrap_err();
        assert!(failure.said.contains("`QuantumSettings`") && failure.todo.contains("in the console"), "{failure}");
    }

    #[test]
    fn a_second_factor_that_may_not_be_sent_back_is_not_touched_for_a_trial() {
        let refused = |pool: Settings| pool.trial().is_err();
        assert!(!refused(full()) && refused(changed("/QuantumSettings", Some(json!({})))));
        let mut app_only = changed("/SmsConfiguration", None);
        assert!(refused(app_only.clone()));
        assert_eq!(app_only.update(&[]).unwrap()["MfaConfiguration"], "OPTIONAL");
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
    fn a_setting_that_is_new_goes_back_where_that_is_allowed() {
        let pool = changed("/QuantumSettings", Some(json!({"Qubits": 5})));
        assert_eq!(pool.unknown().collect::<Vec<_>>(), ["QuantumSettings"]);
        let body = pool.update(&["QuantumSettings".to_owned()]).unwrap();
        assert_eq!(body["QuantumSettings"], json!({"Qubits": 5}));
        assert!(pool.update(&["Others".to_owned()]).is_err());
        assert!(full().update(&["Arn".to_owned()]).unwrap().get("Arn").is_none(), "what is fixed is never sent");
    }

    #[test]
    fn reading_back_finds_what_else_changed() {
        let ours = full().with(&calling(Trigger::PreSignUp, Some(OURS)));
        for (pointer, value, names) in [
            ("/LastModifiedDate", json!(2), vec![]),
            ("/EstimatedNumberOfUsers", json!(12), vec![]),
            ("/AutoVerifiedAttributes", json!(["phone_number", "email"]), vec![]),
            ("/UsernameAttributes", json!(null), vec![]),
            ("/AdminCreateUserConfig/UnusedAccountValidityDays", json!(null), vec![]),
            ("/Policies/PasswordPolicy/TemporaryPasswordValidityDays", json!(4), vec!["Policies"]),
            ("/LambdaConfig/PreSignUp", json!("x"), vec!["LambdaConfig.PreSignUp"]),
            ("/LambdaConfig/PostConfirmation", json!("x"), vec!["LambdaConfig.PostConfirmation"]),
            ("/AdminCreateUserConfig/AllowAdminCreateUserOnly", json!(true), vec!["AdminCreateUserConfig"]),
            ("/NewSetting", json!(1), vec!["NewSetting"]),
        ] {
            let mut pool = changed(pointer, Some(value));
            if pointer != "/LambdaConfig/PreSignUp" {
                pool = pool.with(&calling(Trigger::PreSignUp, Some(OURS)));
            }
            assert_eq!(ours.differences(&pool), names, "{pointer}");
        }
        assert_eq!(ours.differences(&full()), ["LambdaConfig.PreSignUp"]);
        assert_eq!(full().differences(&changed("/UserPoolTags", None)), ["UserPoolTags"]);
        assert_eq!(full().differences(&changed("/LambdaConfig", None)).len(), full().lambda_config().len());
    }

    #[test]
    fn a_value_is_found_by_its_pointer() {
        assert_eq!(full().at("/UsernameConfiguration/CaseSensitive"), Some(&json!(false)));
        assert_eq!(full().at("/Id"), Some(&json!("eu-west-1_EXAMPLE12")));
        assert_eq!((full().at("/Nothing"), full().at("/Id/deeper"), full().at("Id")), (None, None, None));
    }

    #[test]
    fn what_everybody_must_have_and_sign_in_with() {
        assert_eq!(full().required_attributes().collect::<Vec<_>>(), ["email", "name"]);
        assert!(!full().email_is_user_name() && full().email_is_alias());
        assert!(changed("/UsernameAttributes", Some(json!(["email"]))).email_is_user_name());
    }
}
