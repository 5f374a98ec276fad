//! A function does what its role allows, and is allowed what it does.
//!
//! A trigger's test runs the binary under each combination of the parameters that matter, with the environment that
//! `template.yaml` gives it there. The proxies before DynamoDB, SES and all other services see each operation; these are
//! compared with what the role is granted under the same parameters.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use known_user::KnownUser;
use local_aws::{
    ACCOUNT, REGION,
    faults::{self, Fault, Faults, Seen},
    function::RunningFunction,
    listener,
    stack::Stack,
    template::Template,
};
use serde_json::{Map, Value, json};

use super::{Trigger, stack_knowing};

/// An action, and what it is done to.
type Grants = BTreeSet<(String, String)>;

/// What Secrets Manager answers, whatever it is asked.
const SECRET: &str = r#"{"SecretString":"{\"pepper\":\"key\"}"}"#;

/// Asserts, under each combination of these values of template parameters, that what the function does while it starts is
/// granted, and that what it does in `events` is what is granted.
pub(crate) async fn assert_exact(
    trigger: &Trigger,
    parameters: &[(&str, &[&str])],
    people: &[KnownUser],
    events: impl AsyncFn(&Stack, &RunningFunction),
) {
    let template = Template::workspace().unwrap();
    let mut never_granted = statements(&role(&template, trigger));
    let mut tried = 0;
    for values in combinations(parameters) {
        let deployment = Deployment::with(&template, &values);
        if deployment.is_refused() {
            continue;
        }
        tried += 1;
        let role = deployment.resolve(&role(&template, trigger));
        let granted = granted(&role);
        never_granted.retain(|statement| !statements(&role).contains(statement));

        let stack = stack_knowing(people.iter().cloned()).await;
        // What is neither DynamoDB nor SES: Secrets Manager, or a call that nobody knows of.
        let others = Faults::start(listener::listen(0).await.unwrap(), listener::nowhere().unwrap()).unwrap();
        others.inject(faults::ALL, Fault::Answer { status: 200, body: SECRET.to_owned(), error_type: None });
        let environment = deployment.environment(trigger);
        let mut settings: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
        let others_url = others.url();
        settings.push(("AWS_ENDPOINT_URL", &others_url));

        let function = stack.function(trigger.binary, &settings).await.unwrap();
        function.ready().await.unwrap_or_else(|_| panic!("{values:?}: {}", function.output()));
        let at_start = done(&stack, &others);
        assert!(at_start.is_subset(&granted), "{values:?}: {at_start:#?} are not all among {granted:#?}");
        for proxy in [&stack.dynamodb_faults, &stack.mailbox_faults, &others] {
            proxy.forget();
        }
        events(&stack, &function).await;
        let did = done(&stack, &others);
        let (not_granted, not_done) = (&did - &granted, &granted - &did);
        assert!(
            not_granted.is_empty() && not_done.is_empty(),
            "{} under {values:?}: done but not granted: {not_granted:#?}; granted but not done: {not_done:#?}",
            trigger.name
        );
    }
    assert!(tried > 0);
    assert!(never_granted.is_empty(), "granted under none of these parameters: {never_granted:?}");
}

/// Each way to choose one value of each parameter.
fn combinations<'a>(parameters: &[(&'a str, &[&'a str])]) -> Vec<BTreeMap<&'a str, &'a str>> {
    let mut combinations = vec![BTreeMap::new()];
    for (name, values) in parameters {
        let with =
            |value: &&'a str, chosen: &BTreeMap<_, _>| chosen.clone().into_iter().chain([(*name, *value)]).collect();
        combinations =
            combinations.iter().flat_map(|chosen| values.iter().map(move |value| with(value, chosen))).collect();
    }
    combinations
}

/// What was done, as IAM names it.
fn done(stack: &Stack, others: &Faults) -> Grants {
    let text = |seen: &Seen, member: &str| seen.body[member].as_str().unwrap_or_default().to_owned();
    let dynamodb = stack.dynamodb_faults.seen().into_iter().map(|seen| {
        let index = seen.body["IndexName"].as_str().map_or_else(String::new, |index| format!("/index/{index}"));
        (format!("dynamodb:{}", seen.operation), arn("dynamodb", &format!("table/{}{index}", text(&seen, "TableName"))))
    });
    let ses = stack.mailbox_faults.seen().into_iter().flat_map(|seen| {
        let from = text(&seen, "FromEmailAddress");
        let domain = from.rsplit('@').next().unwrap();
        // SES asks for the address or its domain, whichever is verified, and for that identity's configuration set.
        let on = [format!("identity/{from}"), format!("identity/{domain}"), "configuration-set/*".to_owned()];
        let action = match seen.operation.as_str() {
            "/v2/email/outbound-emails" => "ses:SendEmail",
            other => other,
        };
        on.map(|resource| (action.to_owned(), arn("ses", &resource)))
    });
    let others = others.seen().into_iter().map(|seen| match seen.operation.as_str() {
        "GetSecretValue" => ("secretsmanager:GetSecretValue".to_owned(), text(&seen, "SecretId")),
        other => (other.to_owned(), seen.body.to_string()),
    });
    dynamodb.chain(ses).chain(others).collect()
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn role(template: &Template, trigger: &Trigger) -> Value {
    let role = template.resource(&format!("{}Role", logical_id(trigger))).unwrap()["Properties"].clone();
    // What a key, a VPC and traces need is the same for all roles, and not there without them.
    let shared = [("OwnKey", "TableKeyAccess"), ("InVpc", "VpcAccess"), ("TraceRequests", "TraceAccess")];
    let shared = shared.map(|(on, policy)| json!({"Fn::If": [on, {"Ref": policy}, {"Ref": "AWS::NoValue"}]}));
    assert_eq!(role["ManagedPolicyArns"], json!(shared), "a role has no other policy but its own");
    role["Policies"].clone()
}

fn logical_id(trigger: &Trigger) -> &'static str {
    trigger.name.parse::<known_user::Trigger>().unwrap().logical_id()
}

/// The names of all statements, granted or not, but for those of the log, which Lambda writes.
fn statements(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) if members.contains_key("Sid") && !is_of_the_log(value) => {
            [members["Sid"].as_str().unwrap().to_owned()].into()
        }
        Value::Object(members) => members.values().flat_map(statements).collect(),
        Value::Array(items) => items.iter().flat_map(statements).collect(),
        _ => BTreeSet::new(),
    }
}

fn is_of_the_log(statement: &Value) -> bool {
    statement["Action"].as_str().is_some_and(|action| action.starts_with("logs:"))
}

/// What the policies of a role grant, resolved as they are.
fn granted(policies: &Value) -> Grants {
    let policies = policies.as_array().unwrap().iter();
    let statements = policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    let mut granted = Grants::new();
    for statement in statements.filter(|statement| !is_of_the_log(statement)) {
        assert_eq!(statement["Effect"], "Allow");
        let action = statement["Action"].as_str().expect("one statement, one action");
        let resources = match &statement["Resource"] {
            Value::Array(resources) => resources.clone(),
            resource => vec![resource.clone()],
        };
        for resource in resources {
            let grant = (action.to_owned(), resource.as_str().unwrap().to_owned());
            assert!(granted.insert(grant.clone()), "{grant:?} is granted twice");
        }
    }
    granted
}

/// The template under the values of its parameters.
struct Deployment<'a> {
    root: &'a Value,
    parameters: BTreeMap<&'a str, String>,
}

impl<'a> Deployment<'a> {
    fn with(template: &'a Template, given: &BTreeMap<&'a str, &'a str>) -> Self {
        let root = template.root();
        let mut parameters = BTreeMap::new();
        for (name, parameter) in root["Parameters"].as_object().unwrap() {
            let default = &parameter["Default"];
            parameters.insert(name.as_str(), default.as_str().map_or_else(|| default.to_string(), str::to_owned));
        }
        for (name, value) in given {
            assert!(parameters.insert(name, (*value).to_owned()).is_some(), "template.yaml has no parameter {name}");
        }
        Self { root, parameters }
    }

    /// Whether a rule of the template does not let these values be deployed.
    fn is_refused(&self) -> bool {
        let mut rules = self.root["Rules"].as_object().unwrap().values();
        rules.any(|rule| {
            let assertions = rule["Assertions"].as_array().unwrap();
            let is_asked = rule.get("RuleCondition").is_none_or(|condition| self.holds(condition));
            is_asked && !assertions.iter().all(|assertion| self.holds(&assertion["Assert"]))
        })
    }

    /// What the function finds in its environment.
    fn environment(&self, trigger: &Trigger) -> Vec<(String, String)> {
        let function = &self.root["Resources"][logical_id(trigger)]["Properties"];
        let variables =
            [&self.root["Globals"]["Function"], function].map(|part| part["Environment"]["Variables"].as_object());
        let variables = variables.into_iter().flatten().flatten();
        variables.map(|(name, value)| (name.clone(), self.resolve(value).as_str().unwrap().to_owned())).collect()
    }

    fn holds(&self, condition: &Value) -> bool {
        let (name, value) = condition.as_object().unwrap().iter().next().unwrap();
        let parts = || value.as_array().unwrap().iter();
        match name.as_str() {
            "Condition" => self.holds(&self.root["Conditions"][value.as_str().unwrap()]),
            "Fn::Equals" => self.resolve(&value[0]) == self.resolve(&value[1]),
            "Fn::Not" => !self.holds(&value[0]),
            "Fn::And" => parts().all(|part| self.holds(part)),
            "Fn::Or" => parts().any(|part| self.holds(part)),
            other => panic!("{other} is no condition"),
        }
    }

    /// The value with its functions replaced by what they come to; a resource comes to its logical id.
    fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).filter(|item| !item.is_null()).collect(),
            Value::Object(members) => {
                let mut entries = members.iter();
                match (entries.next(), entries.next()) {
                    (Some((name, value)), None) => self.call(name, value),
                    _ => None,
                }
                .unwrap_or_else(|| members.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect())
            }
            other => other.clone(),
        }
    }

    /// What a function of CloudFormation comes to; nothing where it is none.
    fn call(&self, name: &str, value: &Value) -> Option<Value> {
        Some(match (name, value) {
            ("Ref", Value::String(of)) => self.named(of),
            ("Fn::If", _) => {
                let is_met = self.holds(&json!({ "Condition": value[0] }));
                self.resolve(&value[if is_met { 1 } else { 2 }])
            }
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Map::new()),
            ("Fn::Sub", _) => {
                let own = self.resolve(&json!({ "own": value[1], "": "" }));
                self.substitute(value[0].as_str().unwrap(), own["own"].as_object().unwrap())
            }
            ("Fn::GetAtt", _) => json!(format!("{}.{}", value[0].as_str().unwrap(), value[1].as_str().unwrap())),
            ("Fn::Split", _) => {
                let text = self.resolve(&value[1]);
                text.as_str().unwrap().split(value[0].as_str().unwrap()).map(|part| json!(part)).collect()
            }
            ("Fn::Select", _) => self.resolve(&value[1])[usize::try_from(value[0].as_u64().unwrap()).unwrap()].clone(),
            _ => return None,
        })
    }

    fn named(&self, name: &str) -> Value {
        match name {
            "AWS::NoValue" => Value::Null,
            "AWS::Partition" => json!("aws"),
            "AWS::Region" => json!(REGION),
            "AWS::AccountId" => json!(ACCOUNT),
            _ => json!(self.parameters.get(name).map_or(name, String::as_str)),
        }
    }

    fn substitute(&self, text: &str, own: &Map<String, Value>) -> Value {
        let mut parts = text.split("${");
        let first = parts.next().unwrap().to_owned();
        let rest = parts.map(|part| {
            let (name, rest) = part.split_once('}').unwrap();
            let value = own.get(name).cloned().unwrap_or_else(|| self.named(name));
            format!("{}{rest}", value.as_str().unwrap())
        });
        json!(iter::once(first).chain(rest).collect::<String>())
    }
}
