//! An invocation: a lenient typed view over the JSON it came in, which goes back unchanged but for `response`.
//!
//! Cognito's developer guide says that events "might change with new features", that strict validation of the input can
//! make a function fail, and that a function returns the event it was given. The structs of `aws_lambda_events` refuse
//! the guide's own test events and give `null` back as `{}` and `false`; so of that crate only the trigger sources are
//! used ([`Event::trigger_source`]), and the rest is read here: what is not there, or has another shape, is absent.
//!
//! Source: "Customizing user pool workflows with Lambda triggers", Amazon Cognito developer guide.

use std::{collections::BTreeMap, fmt};

use known_user::{Shown, UserEmail};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, IntoDeserializer, MapAccess, Visitor, value},
};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// What Cognito says when it invokes a trigger.
pub struct Event {
    json: Box<RawValue>,
    trigger_source: String,
    /// `userPoolId`, for example `eu-west-1_EXAMPLE`; empty if missing.
    pub user_pool_id: String,
    /// `callerContext.clientId`, the app client; nothing when none is involved (a user confirmed in the console).
    pub client_id: Option<String>,
    /// `userName`: as typed in migrate user, a UUID in pools whose user name is the email; empty if missing.
    pub user_name: String,
    /// `request.userAttributes`. Numbers and booleans are their text; nulls, lists and objects are left out.
    pub user_attributes: BTreeMap<String, String>,
    /// `request.validationData`, read like the attributes.
    pub validation_data: BTreeMap<String, String>,
}

/// The payload is not a JSON object.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAnEvent;

impl Event {
    /// Views `json` as an event. Every JSON object is one.
    pub fn new(json: Box<RawValue>) -> Result<Self, NotAnEvent> {
        let event: Object = serde_json::from_str(json.get()).map_err(|_| NotAnEvent)?;
        let request = event.object("request");
        let text = |name| event.get(name).and_then(text);
        Ok(Self {
            trigger_source: text("triggerSource").unwrap_or_default(),
            user_pool_id: text("userPoolId").unwrap_or_default(),
            client_id: event.object("callerContext").get("clientId").and_then(self::text),
            user_name: text("userName").unwrap_or_default(),
            user_attributes: request.object("userAttributes").texts(),
            validation_data: request.object("validationData").texts(),
            json,
        })
    }

    /// The trigger source as one of those that `T` knows; nothing for a missing, unknown or future one.
    pub fn trigger_source<T: DeserializeOwned>(&self) -> Option<T> {
        let source: value::StrDeserializer<'_, value::Error> = self.trigger_source.as_str().into_deserializer();
        T::deserialize(source).ok()
    }

    /// The trigger source as it came, known or not; empty if missing.
    pub fn source(&self) -> &str {
        &self.trigger_source
    }

    /// The user's email address as a key of the table; nothing for a missing or blank one.
    pub fn email(&self) -> Option<UserEmail> {
        self.user_attributes.get("email").and_then(|email| UserEmail::new(email))
    }

    /// The user's `sub`, an id that Cognito never gives twice.
    pub fn sub(&self) -> Option<&str> {
        self.user_attributes.get("sub").map(String::as_str)
    }

    /// `request.password`, as typed; migrate user alone is told it.
    pub fn password(&self) -> Option<Zeroizing<String>> {
        self.request().get("password").and_then(text).map(Zeroizing::new)
    }

    /// `request.clientMetadata`, read like the attributes.
    pub fn client_metadata(&self) -> BTreeMap<String, String> {
        self.request().object("clientMetadata").texts()
    }

    /// `request`, for what few ask for.
    fn request(&self) -> Object<'_> {
        serde_json::from_str::<Object>(self.json.get()).unwrap_or_default().object("request")
    }

    /// The event exactly as it came: Cognito goes on as if there were no trigger.
    pub fn unchanged(self) -> Box<RawValue> {
        self.json
    }

    /// The event with the members of `response`, which must serialise as an object, laid over those that its `response`
    /// came with. All else is as it came.
    pub fn with_response(self, response: &impl Serialize) -> serde_json::Result<Box<RawValue>> {
        let ours = serde_json::value::to_raw_value(response)?;
        let mut event: Object = serde_json::from_str(self.json.get())?;
        let mut merged = event.object("response");
        for (name, value) in serde_json::from_str::<Object>(ours.get())?.0 {
            merged.set(name, value);
        }
        let merged = serde_json::value::to_raw_value(&merged)?;
        event.set("response".to_owned(), &merged);
        serde_json::value::to_raw_value(&event)
    }

    /// What the user of the event has shown. An absent `email_verified` is not `true`, and without an email there is nothing
    /// to verify.
    pub fn shown(&self) -> Shown {
        let is_verified = self.user_attributes.get("email_verified").is_some_and(|verified| verified == "true");
        match (is_verified && self.email().is_some(), self.is_federated()) {
            (true, false) => Shown::Proven,
            (true, true) => Shown::Federated,
            (false, _) => Shown::Said,
        }
    }

    /// Whether the user comes by another provider. A native user with a linked provider has `identities` too, and is not
    /// federated.
    pub fn is_federated(&self) -> bool {
        match self.user_attributes.get("cognito:user_status") {
            Some(status) => status == "EXTERNAL_PROVIDER",
            None => self.user_attributes.get("identities").is_some_and(|list| !["", "[]"].contains(&list.trim())),
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Event(…)") // it names somebody, and may hold their password
    }
}

/// A JSON object with its members in the order in which they were written, their values untouched.
#[derive(Default)]
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The member's value; the last one where a name stands twice, as everywhere in JSON.
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(this, _)| this == name).map(|(_, value)| *value)
    }

    /// The member as an object; an empty one if it is missing or something else.
    fn object(&self, name: &str) -> Self {
        self.get(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }

    /// All members that are texts.
    fn texts(self) -> BTreeMap<String, String> {
        self.0.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
    }

    /// Replaces the member in its place, or adds it at the end.
    fn set(&mut self, name: String, value: &'a RawValue) {
        match self.0.iter_mut().rev().find(|(this, _)| *this == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

/// A string, or what a number or a boolean looks like; nothing for `null`, lists and objects.
fn text(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'n' | b'[' | b'{' => None,
        _ => Some(value.get().to_owned()),
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::cognito::{
        CognitoEventUserPoolsMigrateUserTriggerSource as Migrate, CognitoEventUserPoolsPreSignupTriggerSource as SignUp,
    };
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    fn event(json: &str) -> Event {
        Event::new(RawValue::from_string(json.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn an_event_of_nothing_is_about_nobody() {
        let event = event("{}");
        assert_eq!((event.email(), event.sub(), event.client_id.as_deref()), (None, None, None));
        assert_eq!((event.user_pool_id.as_str(), event.user_name.as_str()), ("", ""));
        assert!(event.user_attributes.is_empty() && event.validation_data.is_empty());
        assert_eq!(event.trigger_source::<SignUp>(), None);
        assert_eq!(event.unchanged().get(), "{}");
    }

    #[test]
    fn what_is_no_object_is_no_event() {
        for json in ["[]", "\"x\"", "7", "null", "true"] {
            let json = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(Event::new(json).unwrap_err(), NotAnEvent);
        }
    }

    #[test]
    fn only_the_sources_of_its_own_trigger_are_known() {
        for (source, sign_up, migrate) in [
            (r#""PreSignUp_SignUp""#, Some(SignUp::SignUp), None),
            (r#""PreSignUp_ExternalProvider""#, Some(SignUp::ExternalProvider), None),
            (r#""UserMigration_ForgotPassword""#, None, Some(Migrate::ForgotPassword)),
            (r#""PreSignUp_Tomorrow""#, None, None),
            (r#""presignup_signup""#, None, None),
            (r#"null"#, None, None),
            (r#"{"PreSignUp_SignUp":null}"#, None, None),
            (r#"["PreSignUp_SignUp"]"#, None, None),
        ] {
            let event = event(&format!(r#"{{"triggerSource":{source}}}"#));
            assert_eq!(event.trigger_source::<SignUp>(), sign_up, "{source}");
            assert_eq!(event.trigger_source::<Migrate>(), migrate, "{source}");
        }
    }

    #[test]
    fn values_are_read_as_far_as_they_are_texts() {
        let event = event(
            r#"{"userPoolId":7,"userName":"Zo\u00eb","callerContext":{"clientId":"c"},"request":{"userAttributes":
               {"email":" ","email_verified":true,"age":41.50,"none":null,"list":[1],"map":{"a":1},"half":"\ud800",
                "name":"first","name":"last"},"validationData":{"k":"v"},"clientMetadata":{"m":7}}}"#,
        );
        let attributes = [("age", "41.50"), ("email", " "), ("email_verified", "true"), ("name", "last")];
        assert_eq!(event.user_attributes, attributes.map(|(n, v)| (n.to_owned(), v.to_owned())).into());
        assert_eq!(event.validation_data, [("k".to_owned(), "v".to_owned())].into());
        assert_eq!(event.client_metadata(), [("m".to_owned(), "7".to_owned())].into());
        assert_eq!(event.client_id.as_deref(), Some("c"));
        assert_eq!(event.user_pool_id, "7");
        assert_eq!((event.email(), event.user_name.as_str()), (None, "Zoë"), "a blank email is none");
    }

    #[test]
    fn a_password_is_taken_as_typed() {
        for (json, password) in [
            (r#"{"request":{"password":" p\u0000\u00eb "}}"#, Some(" p\0ë ")),
            (r#"{"request":{"password":""}}"#, Some("")),
            (r#"{"request":{"password":"\ud800"}}"#, None),
            (r#"{"request":{"password":null}}"#, None),
            (r#"{"request":null,"password":"elsewhere"}"#, None),
            ("{}", None),
        ] {
            assert_eq!(event(json).password().as_deref().map(String::as_str), password, "{json}");
        }
    }

    #[test]
    fn another_shape_is_as_good_as_absent() {
        for json in [
            r#"{"request":null,"callerContext":null,"response":null}"#,
            r#"{"request":[],"callerContext":"x","response":7}"#,
            r#"{"request":{"userAttributes":null,"validationData":[1],"clientMetadata":"x"},"callerContext":{"clientId":null}}"#,
            r#"{"request":{"userAttributes":"x","validationData":7},"callerContext":{"clientId":{}}}"#,
        ] {
            let event = event(json);
            assert!(event.user_attributes.is_empty() && event.validation_data.is_empty(), "{json}");
            assert!(event.client_metadata().is_empty(), "{json}");
            assert_eq!(event.client_id, None, "{json}");
            assert_eq!(event.unchanged().get(), json);
        }
    }

    #[test]
    fn a_response_is_laid_over_the_one_that_came() {
        let ours = json!({"a": true});
        for (came, goes) in [
            (
                r#"{"x":1.50,"response":{"a":false,"b":null},"y":1e400}"#,
                r#"{"x":1.50,"response":{"a":true,"b":null},"y":1e400}"#,
            ),
            (r#"{"response":null,"x":"\u00eb"}"#, r#"{"response":{"a":true},"x":"\u00eb"}"#),
            (r#"{"response":[1],"x":{ "deep" : [ ] }}"#, r#"{"response":{"a":true},"x":{ "deep" : [ ] }}"#),
            (
                r#"{ "x" : 123456789012345678901234567890 }"#,
                r#"{"x":123456789012345678901234567890,"response":{"a":true}}"#,
            ),
        ] {
            assert_eq!(event(came).with_response(&ours).unwrap().get(), goes);
        }
    }

    #[test]
    fn depth_is_no_obstacle() {
        let deep = format!(r#"{{"x":{}{},"userName":"a"}}"#, "[".repeat(5000), "]".repeat(5000));
        assert_eq!(event(&deep).user_name, "a");
        assert!(event(&deep).with_response(&json!({"a": 1})).unwrap().get().contains(&"[".repeat(5000)));
        assert_eq!(event(&deep).unchanged().get(), deep);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)), // floats that survive print and parse
            "\\PC{0,12}".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(name(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "version",
                "triggerSource",
                "userPoolId",
                "userName",
                "callerContext",
                "clientId",
                "request",
                "userAttributes",
                "validationData",
                "response",
                "email",
                "sub",
                "autoConfirmUser",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ]
    }

    /// Any JSON object, most often one that resembles an event.
    fn any_event() -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::btree_map(name(), any_json(), 0..12).prop_map(|map| map.into_iter().collect())
    }

    proptest! {
        #[test]
        fn whatever_object_comes_in_goes_out_as_it_was(event in any_event()) {
            let json = serde_json::to_string(&event).unwrap();
            let view = Event::new(RawValue::from_string(json.clone()).unwrap()).unwrap();
            let _ = (view.email(), view.sub(), view.trigger_source::<SignUp>());
            let unchanged = view.unchanged();
            prop_assert_eq!(unchanged.get(), json);
        }

        #[test]
        fn what_goes_out_differs_in_the_response_only(event in any_event(), ours in any_event()) {
            let json = serde_json::value::to_raw_value(&event).unwrap();
            let answer = Event::new(json).unwrap().with_response(&ours).unwrap();
            let mut answer: Map<String, Value> = serde_json::from_str(answer.get()).unwrap();

            let mut response = event.get("response").and_then(Value::as_object).cloned().unwrap_or_default();
            response.extend(ours);
            prop_assert_eq!(answer.remove("response"), Some(Value::Object(response)));
            let mut rest = event;
            rest.remove("response");
            prop_assert_eq!(answer, rest);
        }

        #[test]
        fn no_payload_panics(payload in "\\PC*") {
            if let Ok(json) = RawValue::from_string(payload) {
                let _ = Event::new(json).map(Event::unchanged);
            }
        }
    }

    fn user(attributes: &Value, email: &str) -> Event {
        let mut event = json!({ "request": { "userAttributes": attributes } });
        event["request"]["userAttributes"]["email"] = json!(email);
        Event::new(serde_json::value::to_raw_value(&event).unwrap()).unwrap()
    }

    #[test]
    fn only_the_pools_own_word_proves_an_email() {
        for (attributes, shown) in [
            (json!({}), Shown::Said),
            (json!({ "email_verified": "true" }), Shown::Proven),
            (json!({ "email_verified": true }), Shown::Proven),
            (json!({ "email_verified": "false" }), Shown::Said),
            (json!({ "email_verified": "TRUE" }), Shown::Said),
            (json!({ "email_verified": "" }), Shown::Said),
            (json!({ "email_verified": null }), Shown::Said),
            (json!({ "email_verified": "true", "cognito:user_status": "CONFIRMED" }), Shown::Proven),
            (json!({ "email_verified": "true", "cognito:user_status": "EXTERNAL_PROVIDER" }), Shown::Federated),
            (json!({ "email_verified": "false", "cognito:user_status": "EXTERNAL_PROVIDER" }), Shown::Said),
            (json!({ "email_verified": "true", "identities": "[{\"providerName\":\"Google\"}]" }), Shown::Federated),
            (json!({ "email_verified": "true", "identities": "[]" }), Shown::Proven),
            (
                json!({ "email_verified": "true", "identities": "[{}]", "cognito:user_status": "CONFIRMED" }),
                Shown::Proven,
            ),
        ] {
            assert_eq!(user(&attributes, "ann@example.com").shown(), shown, "{attributes}");
            assert_eq!(user(&attributes, " ").shown(), Shown::Said, "{attributes}");
        }
    }
}
