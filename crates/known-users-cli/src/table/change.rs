//! What is said of somebody, as the change that it makes to their record.
//!
//! Field by field, and only the owner's fields: what the triggers noted is neither read back nor written, and a password
//! hash that has done its work does not come back.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{operation::update_item::builders::UpdateItemFluentBuilder, types::AttributeValue};
use known_user::{Item, KnownUser, MalformedRecord, attribute};
use known_users_file::Person;

use crate::table::readmit::COME;

/// The attributes of a record that are to be other than they are.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Change {
    fields: Vec<(&'static str, AttributeValue)>,
    attributes: BTreeMap<String, String>,
    without: Vec<String>,
    /// Whether the record has a map of attributes already.
    has_attributes: bool,
    /// Whether a password hash was said that is not taken, because the person has arrived in a user pool.
    pub(crate) hash_withheld: bool,
}

impl Change {
    /// What makes `item` say what `person` says, and lack the attributes `without`.
    pub(crate) fn to(item: &Item, person: &Person, without: &[String]) -> Result<Self, MalformedRecord> {
        let known = KnownUser::from_item(item)?;
        let mut change = Self { has_attributes: item.contains_key(attribute::ATTRIBUTES), ..Self::default() };
        let text = |text: &str| AttributeValue::S(text.to_owned());
        if let (Some(name), Some(key)) = (&person.user_name, person.user_name_key()) {
            for (attribute, value) in [(attribute::USER_NAME, name.as_str()), (attribute::USER_NAME_KEY, key.as_str())]
            {
                if item.get(attribute) != Some(&text(value)) {
                    change.fields.push((attribute, text(value)));
                }
            }
        }
        for (attribute, said, is) in [
            (attribute::EMAIL_VERIFIED, person.email_verified, known.email_verified),
            (attribute::SUSPENDED, person.suspended, known.suspended),
        ] {
            if let Some(said) = said.filter(|said| *said != is) {
                change.fields.push((attribute, AttributeValue::Bool(said)));
            }
        }
        if let Some(hash) = &person.password_hash
            && known.password_hash.as_ref() != Some(hash)
        {
            if COME.iter().any(|note| item.contains_key(*note)) {
                change.hash_withheld = true;
            } else {
                change.fields.push((attribute::PASSWORD_HASH, text(hash)));
            }
        }
        let differs = |(name, value): &(&String, &String)| known.attributes.get(*name) != Some(*value);
        change.attributes =
            person.attributes.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect();
        change.without = without.iter().filter(|name| known.attributes.contains_key(*name)).cloned().collect();
        Ok(change)
    }

    /// Whether the record says it all already.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.attributes.is_empty() && self.without.is_empty()
    }

    /// Whether the user name is another one than before.
    pub(crate) fn renames(&self) -> bool {
        self.fields.iter().any(|(name, _)| *name == attribute::USER_NAME_KEY)
    }

    /// The update, on condition that the record is still one that it was made for.
    pub(crate) fn into_update(self, mut update: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let (mut set, mut conditions) = (Vec::new(), vec!["attribute_exists(UserEmail)".to_owned()]);
        for (number, (name, value)) in self.fields.into_iter().enumerate() {
            if name == attribute::PASSWORD_HASH {
                conditions.extend(COME.iter().map(|note| format!("attribute_not_exists({note})")));
            }
            set.push(format!("{name} = :f{number}"));
            update = update.expression_attribute_values(format!(":f{number}"), value);
        }
        let touches_attributes = !self.attributes.is_empty() || !self.without.is_empty();
        let mut remove = Vec::new();
        if touches_attributes && self.has_attributes {
            conditions.push("attribute_exists(Attributes)".to_owned());
            for (number, (name, value)) in self.attributes.into_iter().enumerate() {
                set.push(format!("Attributes.#a{number} = :a{number}"));
                update = update.expression_attribute_names(format!("#a{number}"), name);
                update = update.expression_attribute_values(format!(":a{number}"), AttributeValue::S(value));
            }
            for (number, name) in self.without.into_iter().enumerate() {
                remove.push(format!("Attributes.#w{number}"));
                update = update.expression_attribute_names(format!("#w{number}"), name);
            }
        } else if touches_attributes {
            conditions.push("attribute_not_exists(Attributes)".to_owned());
            set.push("Attributes = :attributes".to_owned());
            let map = self.attributes.into_iter().map(|(name, value)| (name, AttributeValue::S(value))).collect();
            update = update.expression_attribute_values(":attributes", AttributeValue::M(map));
        }
        let clause = |verb: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{verb} {} ", parts.join(", ")) }
        };
        let expression = clause("SET", &set) + &clause("REMOVE", &remove);
        update.update_expression(expression.trim()).condition_expression(conditions.join(" AND "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(values: &[(&str, &str)]) -> Person {
        Person::from_values([("email", "zoë@example.com")].into_iter().chain(values.iter().copied())).unwrap()
    }

    fn record(values: &[(&str, &str)], notes: &[&str]) -> Item {
        let mut item = person(values).into_known_user().into_item();
        for note in notes {
            item.insert((*note).to_owned(), AttributeValue::S("2026-11-20T10:00:00.000Z".to_owned()));
        }
        item
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    #[test]
    fn what_is_not_said_is_not_changed_and_what_is_said_already_neither() {
        let item = record(
            &[
                ("user_name", "Zoë"),
                ("email_verified", "false"),
                ("suspended", "true"),
                ("password_hash", "h"),
                ("name", "Z"),
            ],
            &["MigratedAt"],
        );
        for said in [&[][..], &[("user_name", "Zoë"), ("suspended", "true"), ("name", "Z"), ("password_hash", "h")]] {
            let change = Change::to(&item, &person(said), &[]).unwrap();
            assert!(change.is_empty() && !change.hash_withheld, "{change:?}");
        }
    }

    #[test]
    fn what_is_said_is_changed_field_by_field() {
        let item = record(&[("user_name", "Zoë"), ("name", "Z"), ("custom:a", "1")], &[]);
        let said = person(&[
            ("user_name", "ZOE"),
            ("email_verified", "false"),
            ("suspended", "true"),
            ("password_hash", "h"),
            ("name", "Z"),
            ("custom:a", "2"),
        ]);
        let change = Change::to(&item, &said, &["name".to_owned(), "nickname".to_owned()]).unwrap();
        assert_eq!(
            change,
            Change {
                fields: vec![
                    ("UserName", s("ZOE")),
                    ("UserNameKey", s("zoe")),
                    ("EmailVerified", AttributeValue::Bool(false)),
                    ("Suspended", AttributeValue::Bool(true)),
                    ("PasswordHash", s("h")),
                ],
                attributes: [("custom:a".to_owned(), "2".to_owned())].into(),
                without: vec!["name".to_owned()],
                has_attributes: true,
                hash_withheld: false,
            }
        );
        assert!(change.renames());
        // Another spelling of the same name is no other name.
        let change = Change::to(&item, &person(&[("user_name", "ZOË")]), &[]).unwrap();
        assert!(!change.is_empty() && !change.renames());
    }

    #[test]
    fn a_password_hash_is_not_given_to_somebody_who_has_arrived() {
        // A sign-in by another provider is no arrival, and whoever was readmitted keeps their last sign-in.
        let change = Change::to(&record(&[], &["LastLogin"]), &person(&[("password_hash", "h")]), &[]).unwrap();
        assert!(!change.is_empty() && !change.hash_withheld);
        for note in ["ConfirmedAt", "MigratedAt", "MigratedAs", "UserSub"] {
            for before in [&[][..], &[("password_hash", "old")]] {
                let change = Change::to(&record(before, &[note]), &person(&[("password_hash", "h")]), &[]).unwrap();
                assert!(change.is_empty() && change.hash_withheld, "{note}");
            }
        }
    }

    #[test]
    fn a_record_that_is_none_is_not_changed() {
        let item = Item::from([("UserEmail".to_owned(), s("a@b.c")), ("Suspended".to_owned(), s("no"))]);
        assert_eq!(Change::to(&item, &person(&[]), &[]).unwrap_err().attribute, "Suspended");
    }
}
