//! DynamoDB: an engine on SQLite, in this process, behind the real HTTP protocol.
//!
//! The triggers reach it through the SDK as they reach Amazon's. Tests and the demo also look into the tables from
//! behind, in plain JSON, so that what they see is not what a trigger says about itself.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, Database, DynoxideError, ImportOptions, Item, server};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::template::{Table, Template};
use crate::{Error, listener};

/// The table of known users; its name here is its logical id in the template.
pub const KNOWN_USERS: &str = "KnownUsers";

/// The table of what may be forgotten; its name here is its logical id in the template.
pub const EPHEMERA: &str = "Ephemera";

/// A running DynamoDB with the two tables of the template.
pub struct DynamoDb {
    database: Database,
    partition_keys: BTreeMap<&'static str, String>,
    address: SocketAddr,
    is_new: bool,
    shutdown: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

impl DynamoDb {
    /// Starts a database on this listener and makes the tables that do not exist yet: in memory, or kept in a file in
    /// the folder `data`.
    ///
    /// # Errors
    /// Where the folder or the template cannot be used.
    pub async fn start(listener: TcpListener, data: Option<&Path>, template: &Template) -> Result<Self, Error> {
        let address = listener::address(&listener)?;
        let database = open(data)?;
        let mut is_new = false;
        let mut partition_keys = BTreeMap::new();
        for name in [KNOWN_USERS, EPHEMERA] {
            let table = template.table(name)?;
            let key = table.partition_key().ok_or_else(|| Error::new(format!("`{name}` has no partition key")))?;
            partition_keys.insert(name, key.to_owned());
            is_new |= create(&database, name, &table)?;
        }
        let (shutdown, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve_with_shutdown(listener, database.clone(), async {
            stopped.await.ok();
        }));
        Ok(Self { database, partition_keys, address, is_new, shutdown, server })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether the tables were made now, rather than found in the folder.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// The item with this partition key, in plain JSON: `{"Suspended": true}`, not `{"Suspended": {"BOOL": true}}`.
    ///
    /// # Panics
    /// Where the table is not one of the two: a mistake in the caller.
    pub fn item(&self, table: &str, key: &str) -> Option<Value> {
        let request = GetItemRequest {
            table_name: table.to_owned(),
            key: Item::from([(self.partition_key(table).to_owned(), AttributeValue::S(key.to_owned()))]),
            consistent_read: Some(true),
            ..GetItemRequest::default()
        };
        sound(self.database.get_item(request)).item.map(|item| plain_item(&item))
    }

    /// Every item of a table in plain JSON, by partition key.
    ///
    /// # Panics
    /// Where the table is not one of the two: a mistake in the caller.
    pub fn items(&self, table: &str) -> BTreeMap<String, Value> {
        let key = self.partition_key(table);
        let mut items = BTreeMap::new();
        let mut exclusive_start_key = None;
        loop {
            let request = ScanRequest { table_name: table.to_owned(), exclusive_start_key, ..ScanRequest::default() };
            let page = sound(self.database.scan(request));
            items.extend(page.items.unwrap_or_default().iter().filter_map(|item| match item.get(key) {
                Some(AttributeValue::S(key)) => Some((key.clone(), plain_item(item))),
                _ => None,
            }));
            exclusive_start_key = page.last_evaluated_key;
            if exclusive_start_key.is_none() {
                return items;
            }
        }
    }

    /// Writes an item given in DynamoDB's JSON: `{"UserEmail": {"S": "…"}}`. An item with the same key is replaced.
    ///
    /// # Errors
    /// Where it is no such item, or has no key.
    pub fn put(&self, table: &str, item: Value) -> Result<(), Error> {
        let request = PutItemRequest { table_name: table.to_owned(), item: item_from(item)?, ..Default::default() };
        self.database.put_item(request).map(drop).map_err(|error| failed(&format!("write to `{table}`"), &error))
    }

    /// Writes an item given in plain JSON, as [`DynamoDb::item`] gives it. An item with the same key is replaced.
    ///
    /// # Errors
    /// Where it is no object, or has no key.
    pub fn put_plain(&self, table: &str, item: &Value) -> Result<(), Error> {
        let Value::Object(members) = item else { return Err(Error::new("an item is an object")) };
        let item = members.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
        let request = PutItemRequest { table_name: table.to_owned(), item, ..Default::default() };
        self.database.put_item(request).map(drop).map_err(|error| failed(&format!("write to `{table}`"), &error))
    }

    /// Writes many items given in DynamoDB's JSON, in one go: all of them or none.
    ///
    /// # Errors
    /// Where one of them is no such item, or has no key.
    pub fn load(&self, table: &str, items: impl IntoIterator<Item = Value>) -> Result<usize, Error> {
        let items = items.into_iter().map(item_from).collect::<Result<Vec<Item>, Error>>()?;
        let result = self.database.import_items(table, items, ImportOptions::default());
        Ok(result.map_err(|error| failed(&format!("load items into `{table}`"), &error))?.items_imported)
    }

    /// Removes every item of a table.
    ///
    /// # Errors
    /// Where the database does not take it.
    ///
    /// # Panics
    /// Where the table is not one of the two: a mistake in the caller.
    pub fn clear(&self, table: &str) -> Result<(), Error> {
        for key in self.items(table).into_keys() {
            let request = DeleteItemRequest {
                table_name: table.to_owned(),
                key: Item::from([(self.partition_key(table).to_owned(), AttributeValue::S(key))]),
                ..DeleteItemRequest::default()
            };
            self.database.delete_item(request).map_err(|error| failed(&format!("clear `{table}`"), &error))?;
        }
        Ok(())
    }

    /// Ends the server; what is kept in a file is on the disk when this returns.
    pub async fn stop(self) {
        self.shutdown.send(()).ok();
        // A client that hangs in the middle of a request would hold the server up for as long as it likes.
        let mut server = self.server;
        if tokio::time::timeout(Duration::from_secs(2), &mut server).await.is_err() {
            server.abort();
        }
    }

    #[expect(clippy::panic, reason = "the tables are known when a test is written: a wrong name is a mistake in it")]
    fn partition_key(&self, table: &str) -> &str {
        match self.partition_keys.get(table) {
            Some(key) => key,
            None => panic!("there is no table `{table}`, only `{KNOWN_USERS}` and `{EPHEMERA}`"),
        }
    }
}

fn open(data: Option<&Path>) -> Result<Database, Error> {
    let Some(folder) = data else {
        return Database::memory().map_err(|error| failed("open a database in memory", &error));
    };
    fs::create_dir_all(folder)
        .map_err(|error| Error::new(format!("cannot make the folder `{}` for the data: {error}", folder.display())))?;
    let file = folder.join("dynamodb.sqlite");
    let path = file.to_str().ok_or_else(|| Error::new(format!("`{}` is no UTF-8 path", file.display())))?;
    Database::new(path).map_err(|error| failed(&format!("open the database `{path}`"), &error))
}

/// Makes the table where there is none; says whether it did.
fn create(database: &Database, name: &str, table: &Table) -> Result<bool, Error> {
    match database.create_table(request(table.create.clone())?) {
        Err(DynoxideError::ResourceInUseException(_)) => return Ok(false),
        result => result.map_err(|error| failed(&format!("create table `{name}`"), &error))?,
    };
    if let Some(specification) = &table.time_to_live {
        let specification = request(json!({"TableName": name, "TimeToLiveSpecification": specification}))?;
        database
            .update_time_to_live(specification)
            .map_err(|error| failed(&format!("set the TTL of `{name}`"), &error))?;
    }
    Ok(true)
}

fn request<T: DeserializeOwned>(request: Value) -> Result<T, Error> {
    serde_json::from_value(request)
        .map_err(|error| Error::new(format!("the database does not take a table as template.yaml has it: {error}")))
}

fn item_from(item: Value) -> Result<Item, Error> {
    serde_json::from_value(item).map_err(|error| Error::new(format!("not an item in DynamoDB's JSON: {error}")))
}

fn failed(what: &str, error: &DynoxideError) -> Error {
    Error::new(format!("cannot {what}: {error}"))
}

/// A read of a table that exists cannot fail but by a defect of the database.
#[expect(clippy::panic, reason = "an embedded database that cannot read its own table leaves nothing to test")]
fn sound<T>(result: Result<T, DynoxideError>) -> T {
    result.unwrap_or_else(|error| panic!("the embedded database failed: {error}"))
}

fn plain_item(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
}

fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => serde_json::from_str(number).unwrap_or_else(|_| json!(number)),
        AttributeValue::BOOL(value) => json!(value),
        AttributeValue::NULL(_) => Value::Null,
        AttributeValue::L(items) => items.iter().map(plain).collect(),
        AttributeValue::M(entries) => {
            Value::Object(entries.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>())
        }
        AttributeValue::SS(texts) => json!(texts),
        AttributeValue::NS(numbers) => json!(numbers),
        AttributeValue::B(bytes) => json!(bytes),
        AttributeValue::BS(items) => json!(items),
    }
}

/// What [`plain`] makes of it is this value again.
fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Bool(value) => AttributeValue::BOOL(*value),
        Value::Null => AttributeValue::NULL(true),
        Value::Array(items) => AttributeValue::L(items.iter().map(attribute).collect()),
        Value::Object(members) => {
            AttributeValue::M(members.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
        }
    }
}
