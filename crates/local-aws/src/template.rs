//! `template.yaml` as a tree: the one place that says what the tables look like.
//!
//! The local DynamoDB makes its tables from what is deployed, and `tests/tidy.rs` compares the crates with it, so
//! neither repeats what the template already says.

use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::Error;

/// A CloudFormation template in its JSON form: `!Ref X` is `{"Ref": "X"}`, `!GetAtt A.B` is
/// `{"Fn::GetAtt": ["A", "B"]}`, any other `!Name` is `{"Fn::Name": …}`.
#[derive(Debug, Clone)]
pub struct Template {
    root: Value,
}

impl Template {
    /// The template of this workspace.
    ///
    /// # Errors
    /// Where it is missing or is no YAML.
    pub fn workspace() -> Result<Self, Error> {
        Self::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")))
    }

    /// The template in this file.
    ///
    /// # Errors
    /// Where it cannot be read or is no YAML.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path)
            .map_err(|error| Error::new(format!("cannot read the template `{}`: {error}", path.display())))?;
        Self::parse(&text).map_err(|error| Error::new(format!("`{}`: {error}", path.display())))
    }

    /// The template in this text.
    ///
    /// # Errors
    /// Where it is no YAML, or no mapping.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let documents =
            Yaml::load_from_str(text).map_err(|error| Error::new(format!("the template is no YAML: {error}")))?;
        match documents.first().map(json_form) {
            Some(root @ Value::Object(_)) => Ok(Self { root }),
            _ => Err(Error::new("the template is no YAML mapping")),
        }
    }

    /// The whole tree.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The resources, by logical id.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        let resources = self.root.get("Resources").and_then(Value::as_object);
        resources.into_iter().flatten().map(|(id, resource)| (id.as_str(), resource))
    }

    /// The resource with this logical id.
    pub fn resource(&self, logical_id: &str) -> Option<&Value> {
        self.root.get("Resources")?.get(logical_id)
    }

    /// The table with this logical id.
    ///
    /// # Errors
    /// Where there is no such resource, or it is no `AWS::DynamoDB::Table` with keys and attribute definitions.
    pub fn table(&self, logical_id: &str) -> Result<Table, Error> {
        let resource = self.resource(logical_id).ok_or_else(|| {
            Error::new(format!("template.yaml has no resource `{logical_id}`, but a table is needed"))
        })?;
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        if kind != "AWS::DynamoDB::Table" {
            return Err(Error::new(format!(
                "`{logical_id}` in template.yaml should be an AWS::DynamoDB::Table, not `{kind}`"
            )));
        }
        let property = |name: &str| resource.get("Properties").and_then(|properties| properties.get(name));
        let required = |name: &str| {
            property(name)
                .cloned()
                .ok_or_else(|| Error::new(format!("`{logical_id}` in template.yaml has no `{name}`")))
        };
        // What the local database has no use for (recovery, encryption, protection) stays in the template.
        let mut create = json!({
            "TableName": logical_id,
            "KeySchema": required("KeySchema")?,
            "AttributeDefinitions": required("AttributeDefinitions")?,
            "BillingMode": "PAY_PER_REQUEST",
        });
        if let (Some(indexes), Some(create)) = (property("GlobalSecondaryIndexes"), create.as_object_mut()) {
            let indexes = indexes.as_array().into_iter().flatten().map(|index| {
                let part = |name: &str| index.get(name).cloned().unwrap_or_default();
                json!({
                    "IndexName": part("IndexName"), "KeySchema": part("KeySchema"), "Projection": part("Projection"),
                })
            });
            create.insert("GlobalSecondaryIndexes".into(), indexes.collect());
        }
        Ok(Table { create, time_to_live: property("TimeToLiveSpecification").cloned() })
    }
}

/// A table as the template defines it; its name is its logical id.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The `CreateTable` request.
    pub create: Value,
    /// The `TimeToLiveSpecification` for an `UpdateTimeToLive` request.
    pub time_to_live: Option<Value>,
}

impl Table {
    /// The name of the table's partition key.
    pub fn partition_key(&self) -> Option<&str> {
        let keys = self.create.get("KeySchema")?.as_array()?;
        let key = keys.iter().find(|key| key.get("KeyType").and_then(Value::as_str) == Some("HASH"))?;
        key.get("AttributeName")?.as_str()
    }
}

fn json_form(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(items) => items.iter().map(json_form).collect(),
        Yaml::Mapping(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key_text(key), json_form(value))).collect())
        }
        Yaml::Tagged(tag, node) => intrinsic_function(&tag.suffix, json_form(node)),
        // Neither occurs: scalars are parsed eagerly, and CloudFormation knows no aliases.
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}

fn key_text(key: &Yaml<'_>) -> String {
    match json_form(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The long form of a CloudFormation function that was written as a YAML tag.
fn intrinsic_function(tag: &str, value: Value) -> Value {
    let (name, value) = match (tag, value) {
        ("Ref" | "Condition", value) => (tag.to_owned(), value),
        ("GetAtt", Value::String(path)) => match path.split_once('.') {
            Some((resource, attribute)) => ("Fn::GetAtt".to_owned(), json!([resource, attribute])),
            None => ("Fn::GetAtt".to_owned(), json!(path)),
        },
        (_, value) => (format!("Fn::{tag}"), value),
    };
    Value::Object(Map::from_iter([(name, value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r"
AWSTemplateFormatVersion: 2010-09-09
Conditions:
  MakePool: !Equals [!Ref ExistingUserPoolId, '']
Resources:
  KnownUsers:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      DeletionProtectionEnabled: !If [MakePool, true, false]
      AttributeDefinitions:
        - {AttributeName: UserEmail, AttributeType: S}
        - {AttributeName: UserNameKey, AttributeType: S}
      KeySchema:
        - {AttributeName: UserEmail, KeyType: HASH}
      GlobalSecondaryIndexes:
        - IndexName: ByUserName
          KeySchema: [{AttributeName: UserNameKey, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
          ContributorInsightsSpecification: {Enabled: false}
  Ephemera:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: Id, AttributeType: S}]
      KeySchema: [{AttributeName: Id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: ExpiresAt, Enabled: true}
  Permission:
    Type: AWS::Lambda::Permission
    Condition: MakePool
    Properties:
      FunctionName: !GetAtt PreSignUp.Arn
      SourceArn: !Sub 'arn:${AWS::Partition}:cognito-idp:${AWS::Region}'
      SourceAccount: !Ref AWS::AccountId
      Numbers: {1: 2.5, two: ~}
";

    #[test]
    fn tags_become_the_json_form() {
        let template = Template::parse(TEMPLATE).unwrap();
        assert_eq!(
            template.resource("Permission").unwrap()["Properties"],
            json!({
                "FunctionName": {"Fn::GetAtt": ["PreSignUp", "Arn"]},
                "SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:cognito-idp:${AWS::Region}"},
                "SourceAccount": {"Ref": "AWS::AccountId"},
                "Numbers": {"1": 2.5, "two": null},
            })
        );
        assert_eq!(
            template.root()["Conditions"]["MakePool"],
            json!({"Fn::Equals": [{"Ref": "ExistingUserPoolId"}, ""]})
        );
        assert_eq!(template.root()["AWSTemplateFormatVersion"], "2010-09-09");
        let ids: Vec<&str> = template.resources().map(|(id, _)| id).collect();
        assert_eq!(ids, ["Ephemera", "KnownUsers", "Permission"]);
    }

    #[test]
    fn a_table_keeps_what_a_database_needs() {
        let template = Template::parse(TEMPLATE).unwrap();
        let table = template.table("KnownUsers").unwrap();
        assert_eq!(
            table.create,
            json!({
                "TableName": "KnownUsers",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": "UserEmail", "AttributeType": "S"},
                    {"AttributeName": "UserNameKey", "AttributeType": "S"},
                ],
                "KeySchema": [{"AttributeName": "UserEmail", "KeyType": "HASH"}],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "ByUserName",
                    "KeySchema": [{"AttributeName": "UserNameKey", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }],
            })
        );
        assert_eq!(table.time_to_live, None);
        assert_eq!(table.partition_key(), Some("UserEmail"));
        let table = template.table("Ephemera").unwrap();
        assert_eq!(table.time_to_live, Some(json!({"AttributeName": "ExpiresAt", "Enabled": true})));
    }

    #[test]
    fn what_is_no_table_is_named() {
        let template = Template::parse(TEMPLATE).unwrap();
        assert_eq!(
            template.table("Nothing").unwrap_err().to_string(),
            "template.yaml has no resource `Nothing`, but a table is needed"
        );
        assert_eq!(
            template.table("Permission").unwrap_err().to_string(),
            "`Permission` in template.yaml should be an AWS::DynamoDB::Table, not `AWS::Lambda::Permission`"
        );
        assert!(Template::parse("- a list").is_err());
        assert!(Template::parse("a: [").unwrap_err().to_string().starts_with("the template is no YAML"));
    }
}
