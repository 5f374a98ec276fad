//! A function's own policy: whether it lets a user pool call the function, and whom else besides.
//!
//! Cognito calls as `cognito-idp.amazonaws.com` and says for which pool (`AWS:SourceArn`) and whose it is
//! (`AWS:SourceAccount`). A statement without either lets other pools, or other people's, call the function as well.

use serde_json::Value;

/// As whom Cognito calls a function.
pub const COGNITO: &str = "cognito-idp.amazonaws.com";

/// Who calls: a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The pool's ARN.
    pub pool_arn: String,
    /// The account that it belongs to: 12 digits.
    pub account: String,
}

impl Caller {
    /// From the pool's ARN, which has the account in it.
    pub fn new(pool_arn: &str) -> Option<Self> {
        match pool_arn.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", _, "cognito-idp", _, account, _, ..] if !account.is_empty() => {
                Some(Self { pool_arn: pool_arn.to_owned(), account: (*account).to_owned() })
            }
            _ => None,
        }
    }
}

/// A function's own policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy(Vec<Value>);

/// A statement that lets a pool call the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The statement's id, where it has one.
    pub id: Option<String>,
    /// Whether it names this pool, and nobody else's: `AWS:SourceArn` and `AWS:SourceAccount`.
    pub is_narrow: bool,
}

impl Policy {
    /// From the JSON that `lambda:GetPolicy` answers.
    ///
    /// # Errors
    /// Where it is no JSON.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let policy: Value = serde_json::from_str(text)?;
        Ok(Self(match policy.get("Statement") {
            Some(Value::Array(statements)) => statements.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        }))
    }

    /// The statements that let the pool call the function.
    pub fn grants(&self, caller: &Caller) -> Vec<Grant> {
        self.0
            .iter()
            .filter(|statement| statement.get("Effect") == Some(&Value::from("Allow")))
            .filter_map(|statement| {
                let conditions = conditions(statement)?;
                let matches = conditions.iter().all(|condition| condition.holds(caller));
                (is_about_cognito(statement) && matches).then(|| Grant {
                    id: statement.get("Sid").and_then(Value::as_str).map(str::to_owned),
                    is_narrow: [(SOURCE_ARN, &caller.pool_arn), (SOURCE_ACCOUNT, &caller.account)].iter().all(
                        |(key, value)| conditions.iter().any(|one| one.key == *key && one.values == [value.as_str()]),
                    ),
                })
            })
            .collect()
    }

    /// Whether a statement keeps Cognito from calling the function, whatever else allows it.
    pub fn denies(&self, caller: &Caller) -> bool {
        self.0.iter().filter(|statement| statement.get("Effect") == Some(&Value::from("Deny"))).any(|statement| {
            // A condition that is not understood is taken to hold: better to look once too often.
            let holds = conditions(statement).is_none_or(|all| all.iter().all(|one| one.holds(caller)));
            is_about_cognito(statement) && holds
        })
    }

    /// Whether there is a statement with this id.
    pub fn has(&self, id: &str) -> bool {
        self.0.iter().any(|statement| statement.get("Sid").and_then(Value::as_str) == Some(id))
    }
}

const SOURCE_ARN: &str = "aws:sourcearn";
const SOURCE_ACCOUNT: &str = "aws:sourceaccount";

/// One key of a statement's condition.
struct Condition<'a> {
    /// In lower case, as keys are compared.
    key: String,
    values: Vec<&'a str>,
    has_wildcards: bool,
}

impl Condition<'_> {
    fn holds(&self, caller: &Caller) -> bool {
        let said = match self.key.as_str() {
            SOURCE_ARN => &caller.pool_arn,
            SOURCE_ACCOUNT => &caller.account,
            // Anything else is not said by Cognito, or not known here.
            _ => return false,
        };
        self.values.iter().any(|value| if self.has_wildcards { is_like(value, said) } else { value == said })
    }
}

/// What a statement asks for besides; nothing where it asks in a way that is not understood here.
fn conditions(statement: &Value) -> Option<Vec<Condition<'_>>> {
    let Some(condition) = statement.get("Condition") else { return Some(Vec::new()) };
    let mut found = Vec::new();
    for (operator, keys) in condition.as_object()? {
        let has_wildcards = match operator.as_str() {
            // The two mean the same (IAM user guide, "Amazon Resource Name condition operators").
            "ArnLike" | "ArnEquals" | "StringLike" => true,
            "StringEquals" | "StringEqualsIgnoreCase" => false,
            _ => return None,
        };
        for (key, values) in keys.as_object()? {
            found.push(Condition { key: key.to_ascii_lowercase(), values: texts(values), has_wildcards });
        }
    }
    Some(found)
}

fn is_about_cognito(statement: &Value) -> bool {
    let principals = statement.get("Principal").map(|principal| match principal {
        Value::Object(kinds) => ["Service", "AWS"].iter().filter_map(|kind| kinds.get(*kind)).flat_map(texts).collect(),
        other => texts(other),
    });
    let is_cognito = principals.unwrap_or_default().iter().any(|principal| [COGNITO, "*"].contains(principal));
    let actions = statement.get("Action").map(texts).unwrap_or_default();
    is_cognito && actions.iter().any(|action| is_like(&action.to_ascii_lowercase(), "lambda:invokefunction"))
}

/// One text or several.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether `text` is like `pattern`, in which `*` is anything and `?` any character.
fn is_like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = here.clone();
                retry = Some((pattern.clone(), here));
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(is)) if wanted == is => {}
            _ => {
                // The last star stands for one character more.
                let Some((behind_star, mut from)) = retry.take() else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind_star.clone(), from.clone());
                retry = Some((behind_star, from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POOL: &str = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_X";

    fn caller() -> Caller {
        Caller::new(POOL).unwrap()
    }

    fn policy(effect: &str, principal: Value, action: &str, condition: Option<Value>) -> Policy {
        let mut statement = json!({"Sid": "a", "Effect": effect, "Principal": principal, "Action": action,
            "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f"});
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        Policy::parse(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()).unwrap()
    }

    #[test]
    fn a_pool_is_let_in_narrowly_widely_or_not_at_all() {
        let both = json!({"StringEquals": {"AWS:SourceAccount": "123456789012"}, "ArnLike": {"AWS:SourceArn": POOL}});
        for (condition, narrow) in [
            (Some(both), Some(true)),
            (None, Some(false)),
            (Some(json!({"ArnLike": {"AWS:SourceArn": POOL}})), Some(false)),
            (Some(json!({"StringEquals": {"aws:SourceAccount": "123456789012"}})), Some(false)),
            (
                Some(json!({"StringEquals": {"AWS:SourceAccount": "123456789012"},
                    "ArnLike": {"AWS:SourceArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*"}})),
                Some(false),
            ),
            (Some(json!({"ArnLike": {"AWS:SourceArn": format!("{POOL}Y")}})), None),
            (Some(json!({"StringEquals": {"AWS:SourceAccount": "999999999999"}})), None),
            (Some(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})), None),
            (Some(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})), None),
        ] {
            let service = json!({"Service": COGNITO});
            let grants = policy("Allow", service, "lambda:InvokeFunction", condition.clone()).grants(&caller());
            let expected = narrow.map(|is_narrow| Grant { id: Some("a".to_owned()), is_narrow });
            assert_eq!(grants, Vec::from_iter(expected), "{condition:?}");
        }
    }

    #[test]
    fn who_and_what_has_to_be_right() {
        let service = |name: &str| json!({"Service": name});
        for (effect, principal, action, lets_in) in [
            ("Allow", service(COGNITO), "lambda:InvokeFunction", true),
            ("Allow", service(COGNITO), "lambda:Invoke*", true),
            ("Allow", service(COGNITO), "lambda:*", true),
            ("Allow", json!({"Service": ["s3.amazonaws.com", COGNITO]}), "lambda:InvokeFunction", true),
            ("Allow", json!("*"), "lambda:InvokeFunction", true),
            ("Allow", json!({"AWS": "*"}), "lambda:InvokeFunction", true),
            ("Allow", service("s3.amazonaws.com"), "lambda:InvokeFunction", false),
            ("Allow", service(COGNITO), "lambda:GetFunction", false),
            ("Deny", service(COGNITO), "lambda:InvokeFunction", false),
        ] {
            let policy = policy(effect, principal.clone(), action, None);
            assert_eq!(!policy.grants(&caller()).is_empty(), lets_in, "{principal} {action}");
            assert_eq!(policy.denies(&caller()), effect == "Deny");
        }
        assert_eq!(Policy::parse("{}").unwrap().grants(&caller()), []);
        assert!(Policy::parse("no").is_err());
    }

    #[test]
    fn a_statement_is_known_by_its_id() {
        let policy = policy("Allow", json!("*"), "lambda:InvokeFunction", None);
        assert!(policy.has("a") && !policy.has("b"));
    }

    #[test]
    fn a_caller_is_in_the_pools_arn() {
        assert_eq!(caller().account, "123456789012");
        assert_eq!((Caller::new("local_pool"), Caller::new("arn:aws:cognito-idp:eu-west-1::userpool/x")), (None, None));
    }

    #[test]
    fn stars_and_question_marks_are_anything() {
        for (pattern, text, is) in [
            ("", "", true),
            ("*", "", true),
            ("*", "abc", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("*b*b", "abab", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc", "abcd", false),
            ("a*", "b", false),
            ("*ab", "aab", true),
        ] {
            assert_eq!(is_like(pattern, text), is, "{pattern} {text}");
        }
    }
}
