//! Files for DynamoDB's own import from S3: `DYNAMODB_JSON`, gzip, split.
//!
//! For ten million people: DynamoDB makes a new table of them without a single write unit. The format is
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html>.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use aws_failure::Failure;
use flate2::{Compression, write::GzEncoder};
use known_user::attribute::BY_USER_NAME;
use known_users_file::dynamodb_json;
use serde_json::{Map, Value, json};

use crate::{
    commands::import::{counts::Counts, journal::LeftOut, progress::Bar, source::Source},
    terminal::{interrupt::Interrupt, output::Show},
};

/// How many people a file has: some ten megabytes, so that DynamoDB reads many files at once.
const ROWS: u64 = 200_000;

/// Writes the rows of `source` into new files in `folder`, which has to be empty. Files of a run that fails are removed.
pub(crate) fn write(
    source: &Source,
    folder: &Path,
    left_out: &mut LeftOut,
    interrupt: &Interrupt,
    meter: &Bar<'_>,
) -> Result<Counts, Failure> {
    let broken = |error: io::Error| {
        Failure::new(format!("write into `{}`", folder.display()), error, "give a folder that can be written to")
    };
    fs::create_dir_all(folder).map_err(broken)?;
    if fs::read_dir(folder).map_err(broken)?.next().is_some() {
        let why = "it is not empty, and everything in it would be imported";
        return Err(Failure::usage(format!("write into `{}`", folder.display()), why, "give another folder"));
    }
    let mut files = Files { folder, made: Vec::new(), is_done: false };
    let mut counts = Counts::default();
    let mut rows = source.rows()?;
    let mut output = None;
    while let Some(row) = rows.next().map_err(|fault| source.unusable(&fault))? {
        counts.rows += 1;
        if counts.rows.is_multiple_of(1000) {
            interrupt.check()?;
            meter.at("written", counts.rows, row.end.byte);
        }
        if left_out.has(row.line).map_err(broken)? {
            continue;
        }
        let person = row.person.map_err(|fault| source.unusable(&fault))?;
        if counts.added.is_multiple_of(ROWS) {
            finish(output.take()).map_err(broken)?;
            output = Some(files.next().map_err(broken)?);
        }
        if let Some(output) = &mut output {
            writeln!(output, "{}", json!({"Item": dynamodb_json(person.into_known_user())})).map_err(broken)?;
        }
        counts.added += 1;
    }
    finish(output).map_err(broken)?;
    files.is_done = true;
    meter.clear();
    Ok(counts)
}

type Output = BufWriter<GzEncoder<File>>;

fn finish(output: Option<Output>) -> io::Result<()> {
    let Some(output) = output else { return Ok(()) };
    output.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.sync_all()
}

/// The files so far.
struct Files<'a> {
    folder: &'a Path,
    made: Vec<PathBuf>,
    is_done: bool,
}

impl Files<'_> {
    fn next(&mut self) -> io::Result<Output> {
        let path = self.folder.join(format!("known-users-{:05}.json.gz", self.made.len() + 1));
        let file = File::create_new(&path)?;
        self.made.push(path);
        Ok(BufWriter::with_capacity(64 * 1024, GzEncoder::new(file, Compression::default())))
    }
}

impl Drop for Files<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            for path in &self.made {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// What DynamoDB is told of the new table: keys and index as in `template.yaml`.
fn table_creation(table: &str) -> Value {
    json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "UserEmail", "AttributeType": "S"},
            {"AttributeName": "UserNameKey", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "UserEmail", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": BY_USER_NAME,
            "KeySchema": [{"AttributeName": "UserNameKey", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    })
}

/// Says what to do with the files.
pub(crate) fn tell(
    show: &Show,
    folder: &Path,
    table: Option<&str>,
    facts: &mut Map<String, Value>,
) -> Result<(), Failure> {
    let folder = folder.display().to_string().replace('\'', r"'\''");
    let copy = format!("aws s3 cp '{folder}' s3://BUCKET/known-users/ --recursive");
    let creation = table_creation(table.unwrap_or("KnownUsers"));
    let import = format!(
        "aws dynamodb import-table --s3-bucket-source S3Bucket=BUCKET,S3KeyPrefix=known-users/ \
         --input-format DYNAMODB_JSON --input-compression-type GZIP --table-creation-parameters '{creation}'"
    );
    show.step("Written. DynamoDB makes a new table of it, with your own bucket for BUCKET:");
    show.note(&copy);
    show.note(&import);
    show.note("then remove the files from the bucket: they may hold password hashes");
    show.note("the stack takes the new table over as its KnownUsers by a resource import of CloudFormation");
    facts.insert("commands".to_owned(), json!([copy, import]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use local_aws::template::Template;

    use super::*;

    #[test]
    fn the_new_table_is_the_one_of_the_template() {
        let template = Template::workspace().unwrap().table("KnownUsers").unwrap();
        assert_eq!(table_creation("KnownUsers"), template.create);
    }
}
