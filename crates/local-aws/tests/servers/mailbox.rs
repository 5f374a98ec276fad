use local_aws::listener::listen;
use local_aws::mailbox::{Mail, Mailbox};
use serde_json::json;

use crate::client::{get, post};

const SEND_EMAIL: &str = "/v2/email/outbound-emails";

#[tokio::test]
async fn a_mail_is_kept_and_listed() {
    let mailbox = Mailbox::start(listen(0).await.unwrap()).unwrap();
    let answer = post(
        &(mailbox.url() + SEND_EMAIL),
        json!({
            "FromEmailAddress": "welcome@example.com",
            "Destination": {"ToAddresses": ["zoë@example.com"]},
            "Content": {"Simple": {
                "Subject": {"Data": "Hello", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "Welcome, Zoë.", "Charset": "UTF-8"}},
            }},
        })
        .to_string(),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["MessageId"].is_string());
    let mail = Mail {
        from: "welcome@example.com".to_owned(),
        to: vec!["zoë@example.com".to_owned()],
        subject: "Hello".to_owned(),
        text: "Welcome, Zoë.".to_owned(),
    };
    assert_eq!(mailbox.mails(), [mail]);
    assert_eq!(get(&mailbox.url()).await.json()[0]["subject"], "Hello");
    mailbox.empty();
    assert_eq!(get(&mailbox.url()).await.json(), json!([]));
}

#[tokio::test]
async fn what_ses_would_refuse_is_refused() {
    let mailbox = Mailbox::start(listen(0).await.unwrap()).unwrap();
    let content = json!({"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}});
    let to = json!({"ToAddresses": ["a@example.com"]});
    for (request, problem) in [
        (json!("no object").to_string(), "Destination.ToAddresses is missing or holds something other than text"),
        ("{".to_owned(), "the request is no JSON"),
        (json!({"Destination": to, "Content": content}).to_string(), "FromEmailAddress is missing"),
        (
            json!({"FromEmailAddress": "f@example.com", "Destination": {"ToAddresses": []}, "Content": content})
                .to_string(),
            "Destination.ToAddresses is empty",
        ),
        (
            json!({"FromEmailAddress": "f", "Destination": to, "Content": content}).to_string(),
            "Missing final '@domain'",
        ),
        (
            json!({"FromEmailAddress": "f@example.com", "Destination": to}).to_string(),
            "Content.Simple.Subject.Data is missing",
        ),
    ] {
        let answer = post(&(mailbox.url() + SEND_EMAIL), request).await;
        assert_eq!((answer.status, answer.header("x-amzn-errortype")), (400, Some("BadRequestException")));
        assert_eq!(answer.json(), json!({"message": problem}));
    }
    assert_eq!(mailbox.mails(), []);
    assert_eq!(post(&(mailbox.url() + "/v2/email/identities"), "{}").await.status, 404);
}
