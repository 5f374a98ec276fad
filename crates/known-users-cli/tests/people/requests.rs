//! Whatever goes wrong with a request, it is not printed.

use local_aws::{
    faults::{ALL, Fault},
    listener,
};

use crate::{
    environment::{self, Ended},
    tool::Place,
};

/// In what is sent, and in nothing that is said of it.
const PERSON: &str = "Marked-Person";

/// Writes a marked person by every kind of request that carries one. A variable that is empty is taken away.
async fn write(place: &Place, options: &[&str], variables: &[(&str, &str)]) -> Vec<Ended> {
    place.write("people.csv", &format!("email,name\n{PERSON}@example.com,{PERSON}\n"));
    let attribute = format!("name={PERSON}");
    let mut all = Vec::new();
    for words in [
        &["put", "--email", "new@example.com", "--attribute", &attribute][..],
        &["put", "--email", "there@example.com", "--attribute", &attribute, "--json"],
        &["import", "people.csv", "--give-up-after", "0"],
    ] {
        let ended = environment::run(&mut place.command_with(&[words, options].concat(), variables)).await;
        for text in [&ended.stdout, &ended.stderr] {
            let text = text.to_lowercase();
            assert!(!text.contains(&PERSON.to_lowercase()), "{words:?} {options:?} {variables:?}: {ended:?}");
            assert!(!text.contains("sdkbody") && !text.contains("request {"), "{words:?} {options:?}: {ended:?}");
        }
        std::fs::remove_file(place.path("people.csv.journal")).ok();
        all.push(ended);
    }
    all
}

async fn place() -> Place {
    let place = Place::new().await;
    place.put(&[("email", "there@example.com")], &[]);
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_no_url_is_said_before_any_request() {
    let place = place().await;
    for url in ["localhost:8000", "127.0.0.1:8000", "http://", "ftp://localhost", "http://a b", "//localhost", PERSON] {
        for (name, options, variables) in [
            ("--endpoint-url", &["--endpoint-url", url][..], &[][..]),
            ("AWS_ENDPOINT_URL", &[], &[("AWS_ENDPOINT_URL", url)]),
            ("AWS_ENDPOINT_URL_DYNAMODB", &[], &[("AWS_ENDPOINT_URL_DYNAMODB", url)]),
            ("AWS_ENDPOINT_URL_STS", &[], &[("AWS_ENDPOINT_URL_STS", url)]),
        ] {
            for ended in write(&place, options, variables).await {
                assert_eq!(ended.code, Some(2), "{url}: {ended:?}");
                let said =
                    format!("error: cannot use {name}\n  why: it is no URL that begins with http:// or https://\n");
                assert!(ended.stderr.contains(&said), "{url}: {ended:?}");
            }
        }
    }
    let ended = environment::run(place.command(&["get", "there@example.com"]).env("AWS_ENDPOINT_URL", "")).await;
    assert!(ended.code == Some(2) && ended.stderr.contains("cannot use AWS_ENDPOINT_URL\n"), "{ended:?}");
    assert_eq!(place.stack.dynamodb_faults.requests(), 0);
    // The option goes before the environment, also before one that is no URL.
    let url = place.stack.dynamodb_faults.url();
    for ended in write(&place, &["--endpoint-url", &url], &[("AWS_ENDPOINT_URL", "localhost:8000")]).await {
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_none_is_said_before_any_request() {
    let place = place().await;
    for region in ["eu west 1", "eu-west-1/", "x@y", PERSON.repeat(9).as_str()] {
        for ended in write(&place, &["--region", region], &[]).await {
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert!(ended.stderr.contains("cannot tell in which AWS region everything is"), "{ended:?}");
        }
    }
    assert_eq!(place.stack.dynamodb_faults.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_becomes_of_a_request_it_is_not_printed() {
    let answer = |status, body: &str| Fault::Answer { status, body: body.to_owned(), error_type: None };
    for fault in [
        Fault::Garbage,
        Fault::Reset,
        Fault::access_denied(),
        answer(200, "no JSON"),
        answer(200, "[1]"),
        answer(400, "<html>"),
        answer(404, ""),
    ] {
        for operations in [&[ALL][..], &["PutItem", "UpdateItem", "BatchWriteItem"]] {
            let place = place().await;
            for operation in operations {
                place.stack.dynamodb_faults.inject(operation, fault.clone());
            }
            for ended in write(&place, &[], &[("AWS_MAX_ATTEMPTS", "1")]).await {
                assert_eq!(ended.code, Some(1), "{fault:?} {operations:?}: {ended:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_sent_is_not_printed() {
    let place = place().await;
    let nowhere = listener::nowhere().unwrap();
    place.write(
        "config",
        "[profile p]\nservices = s\naws_access_key_id = A\naws_secret_access_key = s\n\n\
                           [services s]\ndynamodb =\n  endpoint_url = localhost:8000\n",
    );
    let config = place.path("config");
    let config = config.to_str().unwrap();
    for (options, variables, said) in [
        (&["--endpoint-url", &nowhere][..], &[][..], "Connection refused"),
        (&["--endpoint-url", "http://no-such-host.invalid"], &[], "nothing: io error"),
        (&["--endpoint-url", &nowhere.replace("http:", "https:")], &[], "nothing: io error"),
        // No credentials.
        (&[], &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")], "credential"),
        // An endpoint in a part of the profile that is not looked at beforehand.
        (
            &["--profile", "p"],
            &[("AWS_CONFIG_FILE", config), ("AWS_ENDPOINT_URL", "")],
            "AWS said: nothing: the request could not be made\n",
        ),
    ] {
        let variables = [variables, &[("AWS_MAX_ATTEMPTS", "1")]].concat();
        for ended in write(&place, options, &variables).await {
            assert_eq!(ended.code, Some(1), "{ended:?}");
            assert!(ended.stderr.contains(said), "{said}: {ended:?}");
        }
    }
}
