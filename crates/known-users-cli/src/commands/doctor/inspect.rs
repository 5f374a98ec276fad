//! What is there: one question after the other, each of which may fail by itself.

use std::collections::BTreeMap;

use aws_failure::Failure;
use aws_sdk_dynamodb::types::{IndexStatus, KeySchemaElement, KeyType, PointInTimeRecoveryStatus, TableDescription};
use known_user::Trigger;
use serde_json::Value;
use user_pool::{
    app_client::AppClient, configuration::Configuration, function::Function, functions::Functions, settings::Settings,
};

use crate::{
    aws::{
        clients::Aws,
        stack_outputs::{self, Outputs},
    },
    commands::doctor::{
        checks::{self, Deployed, Sender, Table},
        diagnosis::Diagnosis,
        hashes::{self, Sample},
    },
    options::Global,
};

/// How many app clients are looked at: a pool may have 10,000.
const MOST_CLIENTS: usize = 100;

/// How many records one page of the sample has at most.
const PAGE: usize = 500;

/// Looks at everything. An error where there is nothing to look at.
pub(crate) async fn inspect(aws: &Aws, global: &Global, sample: usize) -> Result<Diagnosis, Failure> {
    let mut diagnosis = Diagnosis::default();
    let outputs = match stack_outputs::outputs(aws, &global.stack).await {
        Ok(outputs) => outputs,
        // Of a stack that is gone, there is still the pool.
        Err(failure) if global.user_pool_id.is_some() => {
            diagnosis.not_seen.push(failure);
            Outputs::new()
        }
        Err(failure) => return Err(failure),
    };
    let known = |given: &Option<String>, name: &str| {
        given.clone().or_else(|| stack_outputs::output(&outputs, name).map(str::to_owned))
    };
    let user_pool_id = known(&global.user_pool_id, "UserPoolId").ok_or_else(|| {
        let why = format!("the stack `{}` has no output `UserPoolId`", global.stack);
        Failure::usage("find the user pool", why, "give --user-pool-id")
    })?;
    diagnosis.user_pool_id = Some(user_pool_id.clone());
    let table = known(&global.table, "KnownUsersTable");

    let configuration = Configuration::new(aws.cognito.clone(), user_pool_id);
    let settings = diagnosis.seen(configuration.describe().await);
    let functions = Functions::new(aws.lambda.clone());
    let deployed = deployed(&functions, &outputs, settings.as_ref(), &mut diagnosis).await;
    let mut clients_of_people = Vec::new();
    if let Some(settings) = settings {
        diagnosis.findings.extend(checks::pool(&settings));
        diagnosis.findings.extend(checks::sign_in(&settings));
        diagnosis.findings.extend(checks::agreement(&deployed));
        let found = clients(aws, &configuration.id, global.client_id.as_deref()).await;
        if let Some(found) = diagnosis.seen(found) {
            diagnosis.findings.extend(checks::clients(&found));
            clients_of_people = found;
        }
        for one in &deployed {
            diagnosis.findings.extend(checks::function(one, &settings, table.as_deref()));
        }
        others(&functions, &settings, &deployed, &mut diagnosis).await;
    }
    if let Some(table) = &table {
        let around = Around { user_pool_id: &configuration.id, deployed: &deployed, clients: &clients_of_people };
        look_at_table(aws, table, sample, &around, &mut diagnosis).await;
    }
    if let Some(table) = stack_outputs::output(&outputs, "EphemeraTable")
        && let Some(None) = diagnosis.seen(describe_table(aws, table).await)
    {
        diagnosis.findings.push(checks::missing_table(table, "the table of receipts and attempts"));
    }
    let welcomes = deployed.iter().find(|one| one.trigger == Trigger::PostConfirmation);
    let address = welcomes.and_then(|one| one.setting.as_ref()?.environment.get("WELCOME_EMAIL_FROM"));
    if let Some(address) = address.filter(|address| !address.is_empty()) {
        let sender = sender(aws, address).await;
        if let Some(sender) = diagnosis.seen(sender) {
            diagnosis.findings.extend(checks::mail(&sender));
        }
    }
    Ok(diagnosis)
}

// ---- Functions ----

/// The stack's functions, as Lambda has them: by the version or alias that the pool calls, for each has a policy of its own.
async fn deployed(
    functions: &Functions,
    outputs: &Outputs,
    settings: Option<&Settings>,
    diagnosis: &mut Diagnosis,
) -> Vec<Deployed> {
    let mut all = Vec::new();
    for trigger in Trigger::ALL {
        let Some(function) = stack_outputs::function(outputs, trigger) else { continue };
        let called = settings.and_then(|settings| settings.called_at(trigger));
        let called = called.filter(|arn| function.is_called_by(arn));
        let name =
            called.map(str::to_owned).or_else(|| function.arn_beside("")).unwrap_or_else(|| function.name.clone());
        let setting = functions.setting(&name).await;
        let policy = functions.policy(&name).await;
        if let (Some(setting), Some(policy)) = (diagnosis.seen(setting), diagnosis.seen(policy)) {
            all.push(Deployed { trigger, function, setting, policy });
        }
    }
    all
}

/// Whatever else the pool calls, of whomever: whether it is there.
async fn others(functions: &Functions, settings: &Settings, deployed: &[Deployed], diagnosis: &mut Diagnosis) {
    for (name, called) in settings.lambda_config() {
        // The newer members are objects: {"LambdaArn": …, "LambdaVersion": …}.
        let arn = called.as_str().or_else(|| called.get("LambdaArn").and_then(Value::as_str)).unwrap_or_default();
        if Function::new(arn).arn.is_none() {
            continue;
        }
        let is_looked_at = |one: &Deployed| one.function.is_called_by(arn);
        let is_there = match deployed.iter().find(|one| is_looked_at(one)) {
            Some(one) => Some(one.setting.is_some()),
            None => diagnosis.seen(functions.setting(arn).await).map(|setting| setting.is_some()),
        };
        if is_there == Some(false) {
            diagnosis.findings.push(checks::deleted(settings.id(), &name, arn));
        }
    }
}

// ---- App clients ----

async fn clients(aws: &Aws, pool: &str, only: Option<&str>) -> Result<Vec<AppClient>, Failure> {
    let mut ids: Vec<String> = only.map(str::to_owned).into_iter().collect();
    if ids.is_empty() {
        let mut pages = aws.cognito.list_user_pool_clients().user_pool_id(pool).max_results(60).into_paginator().send();
        while ids.len() < MOST_CLIENTS
            && let Some(page) = pages.next().await
        {
            let page = page.map_err(|error| {
                let tried = format!("list the app clients of the user pool `{pool}`");
                Failure::aws(tried, "cognito-idp:ListUserPoolClients", &error)
            })?;
            let found = page.user_pool_clients().iter().filter_map(|client| client.client_id());
            ids.extend(found.map(str::to_owned));
        }
        ids.truncate(MOST_CLIENTS);
    }
    let mut clients = Vec::new();
    for id in ids {
        clients.extend(AppClient::read(&aws.cognito, pool, &id).await?);
    }
    Ok(clients)
}

// ---- Tables ----

/// What a table is held against.
struct Around<'a> {
    user_pool_id: &'a str,
    deployed: &'a [Deployed],
    clients: &'a [AppClient],
}

async fn look_at_table(aws: &Aws, name: &str, most: usize, around: &Around<'_>, diagnosis: &mut Diagnosis) {
    let Some(table) = diagnosis.seen(describe_table(aws, name).await) else { return };
    let Some(table) = table else {
        diagnosis.findings.push(checks::missing_table(name, "the table of known users"));
        return;
    };
    diagnosis.findings.extend(checks::known_users(&read_table(name, &table)));
    if let Some(is_on) = diagnosis.seen(point_in_time(aws, name).await) {
        diagnosis.findings.extend(checks::point_in_time(name, is_on));
    }
    if most == 0 {
        return;
    }
    let migrates = around.deployed.iter().find(|one| one.trigger == Trigger::MigrateUser);
    let processor = migrates.and_then(|migrates| migrates.setting.as_ref()).map(|setting| setting.processor);
    let sample = Sample::of_hashes_on(processor.unwrap_or_default());
    let Some(sample) = diagnosis.seen(sampled(aws, name, most, sample).await) else { return };
    diagnosis.findings.extend(checks::unreadable(name, &sample));
    diagnosis.findings.extend(checks::writable(around.clients, &sample));
    diagnosis.findings.extend(checks::people(name, around.user_pool_id, &sample));
    if let Some(migrates) = migrates {
        diagnosis.findings.extend(checks::memory(migrates, &sample));
        diagnosis.findings.extend(checks::dummy(migrates, &sample));
    }
    diagnosis.sample = Some(sample.to_json());
}

/// Nothing where there is no such table.
async fn describe_table(aws: &Aws, name: &str) -> Result<Option<TableDescription>, Failure> {
    let answer = aws.dynamodb.describe_table().table_name(name).send().await;
    match answer.map_err(|error| Failure::aws(format!("look at the table `{name}`"), "dynamodb:DescribeTable", &error))
    {
        Ok(answer) => Ok(answer.table),
        Err(failure) if failure.is("ResourceNotFoundException") => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn read_table(name: &str, table: &TableDescription) -> Table {
    let indexes: BTreeMap<_, _> = table
        .global_secondary_indexes()
        .iter()
        .filter_map(|index| {
            // An emulator may say nothing of the status.
            let is_ready = index.index_status().is_none_or(|status| *status == IndexStatus::Active);
            Some((index.index_name()?.to_owned(), (partition_key(index.key_schema()), is_ready)))
        })
        .collect();
    Table {
        name: name.to_owned(),
        key: partition_key(table.key_schema()),
        is_deletion_protected: table.deletion_protection_enabled().unwrap_or_default(),
        indexes,
    }
}

fn partition_key(schema: &[KeySchemaElement]) -> Option<String> {
    match schema {
        [only] if *only.key_type() == KeyType::Hash => Some(only.attribute_name().to_owned()),
        _ => None,
    }
}

async fn point_in_time(aws: &Aws, name: &str) -> Result<bool, Failure> {
    let answer = aws.dynamodb.describe_continuous_backups().table_name(name).send().await.map_err(|error| {
        let tried = format!("look whether the table `{name}` can be put back to an earlier time");
        Failure::aws(tried, "dynamodb:DescribeContinuousBackups", &error)
    })?;
    let status = answer
        .continuous_backups_description()
        .and_then(|described| described.point_in_time_recovery_description())
        .and_then(|described| described.point_in_time_recovery_status());
    Ok(status == Some(&PointInTimeRecoveryStatus::Enabled))
}

/// Looks at so many records, page by page; no hash is kept, and nobody's name is shown.
async fn sampled(aws: &Aws, name: &str, most: usize, mut sample: Sample) -> Result<Sample, Failure> {
    let mut from = None;
    loop {
        let limit = i32::try_from(PAGE.min(most.saturating_sub(sample.records)).max(1)).unwrap_or(1);
        let page = aws
            .dynamodb
            .scan()
            .table_name(name)
            .projection_expression(hashes::READ.join(", "))
            .limit(limit)
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(|error| {
                let tried = format!("look at the records in the table `{name}`");
                Failure::aws(tried, "dynamodb:Scan", &error).or("give --sample 0 to go without them")
            })?;
        for item in page.items() {
            sample.add_record(item);
        }
        from = page.last_evaluated_key().cloned();
        if from.is_none() || sample.records >= most {
            sample.has_more = from.is_some();
            return Ok(sample);
        }
    }
}

// ---- Mail ----

async fn sender(aws: &Aws, address: &str) -> Result<Sender, Failure> {
    let mut is_verified = false;
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    for identity in [Some(address), domain].into_iter().flatten() {
        let answer = aws.ses.get_email_identity().email_identity(identity).send().await.map_err(|error| {
            Failure::aws(format!("look at the identity `{identity}` of SES"), "ses:GetEmailIdentity", &error)
        });
        match answer {
            Ok(answer) => is_verified |= answer.verified_for_sending_status(),
            Err(failure) if failure.is("NotFoundException") => {}
            Err(failure) => return Err(failure),
        }
    }
    let account = aws
        .ses
        .get_account()
        .send()
        .await
        .map_err(|error| Failure::aws("look whether SES may send for this account", "ses:GetAccount", &error))?;
    Ok(Sender {
        address: address.to_owned(),
        is_verified,
        is_out_of_the_sandbox: account.production_access_enabled(),
        may_send: account.sending_enabled(),
    })
}
