//! What the pool shall call: pure.

use std::collections::BTreeMap;

use known_user::Trigger;
use serde_json::{Map, Value};

use crate::{
    function::Function,
    settings::{Settings, Wires, Wiring},
};

/// What shall become of what the pool calls.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What changes.
    pub wires: Wires,
    /// Our functions that the pool will call then, those included that it calls already: their ARNs.
    pub called: BTreeMap<Trigger, String>,
    /// Our functions that the pool will no longer call, or no longer by this version or alias: their ARNs.
    pub dropped: Vec<String>,
    /// Where another maker's function is called, which stays unless somebody says otherwise.
    pub conflicts: Vec<Conflict>,
    /// Where the backup had a function, and somebody has put another one since.
    pub not_ours: Vec<(Trigger, String)>,
}

/// A trigger at which the pool calls another maker's function.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The trigger.
    pub trigger: Trigger,
    /// The ARN of the function that is called.
    pub theirs: String,
    /// The ARN of ours.
    pub ours: String,
}

/// The pool shall call these functions; where it calls one by another version or alias, so as it does, or with `moves` as it
/// is given here.
pub fn attach(settings: &Settings, functions: &BTreeMap<Trigger, Function>, moves: bool) -> Plan {
    let mut plan = Plan::default();
    for (trigger, function) in functions {
        let ours = function.arn_beside(settings.arn()).unwrap_or_else(|| function.name.clone());
        match settings.wiring(*trigger, function) {
            Wiring::Calls => {
                let called = settings.called_at(*trigger).unwrap_or(&ours).to_owned();
                if moves && called != ours {
                    plan.wires.insert(*trigger, Some(ours.clone()));
                    plan.called.insert(*trigger, ours);
                    plan.dropped.push(called);
                } else {
                    plan.called.insert(*trigger, called);
                }
            }
            Wiring::CallsNothing => {
                plan.wires.insert(*trigger, Some(ours.clone()));
                plan.called.insert(*trigger, ours);
            }
            Wiring::CallsAnother(theirs) => plan.conflicts.push(Conflict { trigger: *trigger, theirs, ours }),
        }
    }
    plan
}

/// At these triggers the pool shall call none of these functions; instead, what it called in the backup.
pub fn detach(settings: &Settings, triggers: &[Trigger], functions: &[Function], backup: Option<&Settings>) -> Plan {
    let mut plan = Plan::default();
    for &trigger in triggers {
        let (now, before) = (settings.called_at(trigger), backup.and_then(|backup| backup.called_at(trigger)));
        match now {
            Some(arn) if functions.iter().any(|function| function.is_called_by(arn)) => {
                if before == now {
                    continue;
                }
                plan.wires.insert(trigger, before.map(str::to_owned));
                plan.dropped.push(arn.to_owned());
            }
            Some(arn) if backup.is_some() && before != now => plan.not_ours.push((trigger, arn.to_owned())),
            _ => {}
        }
    }
    plan
}

/// What of the pool would let a stranger take somebody's place once the functions are called; `doctor` has it all.
pub fn warnings(settings: &Settings) -> Vec<&'static str> {
    if settings.has_changed_emails_proven() {
        Vec::new()
    } else if settings.email_is_user_name() {
        vec![
            "Its users may change their email without proving the new one, and sign in by it: whoever takes a known person's \
             address is in their place. First set UserAttributeUpdateSettings to \
             AttributesRequireVerificationBeforeUpdate=[email].",
        ]
    } else {
        vec![
            "Its users may change their email without proving the new one: set UserAttributeUpdateSettings to \
             AttributesRequireVerificationBeforeUpdate=[email].",
        ]
    }
}

/// What becomes of `LambdaConfig`, line by line: `-` goes, `+` comes, the others stay.
pub fn diff(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let line = |sign: char, name: &str, value: &Value| format!("{sign} {name}: {value}");
    let mut lines = Vec::new();
    for name in names {
        match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) if old == new => lines.push(line(' ', name, old)),
            (old, new) => {
                lines.extend(old.map(|old| line('-', name, old)));
                lines.extend(new.map(|new| line('+', name, new)));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const THEIRS: &str = "arn:aws:lambda:eu-west-1:123456789012:function:theirs";

    fn arn(trigger: Trigger) -> String {
        format!("arn:aws:lambda:eu-west-1:123456789012:function:stack-{}", trigger.logical_id())
    }

    fn functions() -> BTreeMap<Trigger, Function> {
        Trigger::ALL.into_iter().map(|trigger| (trigger, Function::new(&arn(trigger)))).collect()
    }

    fn pool(lambda: Value) -> Settings {
        Settings::from_answer(&json!({"UserPool": {"Id": "eu-west-1_X", "LambdaConfig": lambda}})).unwrap()
    }

    #[test]
    fn a_pool_whose_changed_emails_are_not_proven_is_warned_of() {
        let pool = |more: Value| {
            let mut pool = json!({"Id": "eu-west-1_X"});
            pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Settings::from_answer(&json!({ "UserPool": pool })).unwrap()
        };
        let proven = json!({"AttributesRequireVerificationBeforeUpdate": ["email"]});
        assert!(warnings(&pool(json!({ "UserAttributeUpdateSettings": proven }))).is_empty());
        assert!(warnings(&pool(json!({})))[0].contains("set UserAttributeUpdateSettings"));
        assert!(warnings(&pool(json!({"UsernameAttributes": ["email"]})))[0].contains("and sign in by it"));
    }

    #[test]
    fn a_bare_pool_gets_all_five() {
        let plan = attach(&pool(json!({})), &functions(), false);
        let all = || Trigger::ALL.into_iter().map(|trigger| (trigger, arn(trigger)));
        assert_eq!(
            plan,
            Plan {
                wires: all().map(|(trigger, arn)| (trigger, Some(arn))).collect(),
                called: all().collect(),
                ..Plan::default()
            }
        );
    }

    #[test]
    fn what_is_attached_stays_by_the_alias_that_it_is_called_by() {
        let alias = format!("{}:live", arn(Trigger::PreSignUp));
        let mut lambda: Map<String, Value> =
            Trigger::ALL.into_iter().map(|trigger| (trigger.cognito_name().to_owned(), json!(arn(trigger)))).collect();
        lambda.insert("PreSignUp".to_owned(), json!(alias));
        let plan = attach(&pool(Value::Object(lambda)), &functions(), false);
        assert_eq!((&plan.wires, plan.conflicts.len()), (&Wires::new(), 0));
        assert_eq!(plan.called[&Trigger::PreSignUp], alias);
    }

    #[test]
    fn a_pool_is_moved_to_the_aliases_and_loses_the_permission_to_call_what_it_called() {
        let alias = |trigger: Trigger| format!("{}:live", arn(trigger));
        let functions = Trigger::ALL.into_iter().map(|trigger| (trigger, Function::new(&alias(trigger)))).collect();
        let mut lambda: Map<String, Value> =
            Trigger::ALL.into_iter().map(|trigger| (trigger.cognito_name().to_owned(), json!(arn(trigger)))).collect();
        lambda.insert("PreSignUp".to_owned(), json!(alias(Trigger::PreSignUp)));
        let pool = pool(Value::Object(lambda));
        let stays = attach(&pool, &functions, false);
        assert_eq!((stays.wires.len(), &stays.called[&Trigger::MigrateUser]), (0, &arn(Trigger::MigrateUser)));

        let moved = attach(&pool, &functions, true);
        let others = || Trigger::ALL.into_iter().filter(|trigger| *trigger != Trigger::PreSignUp);
        assert_eq!(moved.wires, others().map(|trigger| (trigger, Some(alias(trigger)))).collect());
        assert_eq!(moved.called, Trigger::ALL.into_iter().map(|trigger| (trigger, alias(trigger))).collect());
        assert_eq!(moved.dropped, others().map(arn).collect::<Vec<_>>());
    }

    #[test]
    fn another_makers_function_is_a_conflict_and_not_a_change() {
        let pool = pool(json!({"PostConfirmation": THEIRS, "CustomMessage": THEIRS}));
        let plan = attach(&pool, &functions(), false);
        let ours = arn(Trigger::PostConfirmation);
        assert_eq!(plan.conflicts, [Conflict { trigger: Trigger::PostConfirmation, theirs: THEIRS.to_owned(), ours }]);
        assert!(plan.wires.len() == 4 && !plan.wires.contains_key(&Trigger::PostConfirmation));
    }

    #[test]
    fn detaching_takes_ours_out_and_nobody_elses() {
        let now = pool(json!({"PreSignUp": arn(Trigger::PreSignUp), "PostConfirmation": THEIRS,
            "UserMigration": format!("{}:live", arn(Trigger::MigrateUser))}));
        let ours: Vec<Function> = functions().into_values().collect();
        let plan = detach(&now, &Trigger::ALL, &ours, None);
        assert_eq!(plan.wires, Wires::from([(Trigger::PreSignUp, None), (Trigger::MigrateUser, None)]));
        assert_eq!(plan.dropped, [arn(Trigger::PreSignUp), format!("{}:live", arn(Trigger::MigrateUser))]);
        assert_eq!(detach(&pool(json!({"PostConfirmation": THEIRS})), &Trigger::ALL, &ours, None), Plan::default());
    }

    #[test]
    fn one_trigger_is_detached_and_the_others_stay() {
        let all = Trigger::ALL.into_iter().map(|trigger| (trigger.cognito_name().to_owned(), json!(arn(trigger))));
        let ours: Vec<Function> = functions().into_values().collect();
        let plan = detach(&pool(Value::Object(all.collect())), &[Trigger::PreAuthentication], &ours, None);
        assert_eq!(plan.wires, Wires::from([(Trigger::PreAuthentication, None)]));
        assert_eq!(plan.dropped, [arn(Trigger::PreAuthentication)]);
    }

    #[test]
    fn a_backup_says_what_was_called_before_unless_somebody_has_decided_since() {
        let ours: Vec<Function> = functions().into_values().collect();
        let backup = pool(json!({"PreSignUp": THEIRS, "PostConfirmation": THEIRS}));
        let now = pool(json!({"PreSignUp": arn(Trigger::PreSignUp), "UserMigration": arn(Trigger::MigrateUser),
            "PostConfirmation": "arn:aws:lambda:eu-west-1:123456789012:function:newer"}));
        let plan = detach(&now, &Trigger::ALL, &ours, Some(&backup));
        assert_eq!(
            plan.wires,
            Wires::from([(Trigger::PreSignUp, Some(THEIRS.to_owned())), (Trigger::MigrateUser, None)])
        );
        let newer = "arn:aws:lambda:eu-west-1:123456789012:function:newer".to_owned();
        assert_eq!(plan.not_ours, [(Trigger::PostConfirmation, newer)]);
        // A backup that has our function already is of a time when it was attached: it is not taken out.
        assert_eq!(detach(&now, &Trigger::ALL, &ours, Some(&now)).wires, Wires::new());
    }

    #[test]
    fn a_diff_has_every_member_once_and_every_change_twice() {
        let members = |value: Value| value.as_object().unwrap().clone();
        let before = members(json!({"A": "1", "B": {"LambdaArn": "2"}, "C": "3"}));
        let after = members(json!({"A": "1", "B": {"LambdaArn": "4"}, "D": "5"}));
        assert_eq!(
            diff(&before, &after),
            [r#"  A: "1""#, r#"- B: {"LambdaArn":"2"}"#, r#"+ B: {"LambdaArn":"4"}"#, r#"- C: "3""#, r#"+ D: "5""#]
        );
    }
}
