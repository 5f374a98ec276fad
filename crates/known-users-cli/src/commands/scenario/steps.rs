//! The steps that more than one scenario takes.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use aws_failure::Failure;
use known_user::{KnownUser, UserEmail};
use serde_json::json;
use user_pool::{
    pool::{PoolUser, SignedIn},
    secret::Secret,
    settings::Wiring,
};

use crate::{
    aws::logs,
    commands::scenario::{
        clean_up::Made,
        options::{PASSWORD_OPTIONS, Who},
        run::Run,
    },
    table::known_users::{Known, has_come},
    terminal::prompt::Ask,
};

/// How many people a list to choose from has at most.
const LIST: usize = 200;

impl Run<'_> {
    // ---- The pool's triggers ----

    /// Looks whether the pool calls the trigger, and whether it could be attached, before anybody is asked anything.
    pub(crate) async fn look_at_wiring(&mut self) -> Result<(), Failure> {
        let title = self.trigger.title();
        let Some((function, wiring)) = self.wiring() else {
            self.show.step(format!("The {title} trigger is taken for wired, as you said"));
            self.fact("wiring", json!("assumed"));
            return Ok(());
        };
        match wiring {
            Wiring::Calls => {
                self.show.step(format!("The pool calls `{function}` at {title}"));
                self.fact("wiring", json!("there"));
            }
            Wiring::CallsNothing => {
                self.pool.settings.trial()?;
                self.show
                    .step(format!("The pool calls nothing at {title}: `{function}` will be attached for this run"));
                self.fact("wiring", json!("attached"));
            }
            Wiring::CallsAnother(other) => {
                self.pool.settings.trial()?;
                let question = format!("The pool calls `{other}` at {title}. Call `{function}` instead for this run?");
                if !self.stage.replace_trigger && !self.ask_to_replace(&question).await? {
                    return Err(Failure::new(
                        format!("call `{function}` at {title}"),
                        format!("the pool calls another function there: `{other}`"),
                        "give --replace-trigger to have the pool call it for the time of the scenario",
                    ));
                }
                self.show.step(format!(
                    "The pool calls `{other}` at {title}: `{function}` will take its place for this run"
                ));
                self.fact("wiring", json!("replaced"));
            }
        }
        Ok(())
    }

    async fn ask_to_replace(&self, question: &str) -> Result<bool, Failure> {
        if self.ask.is_possible() { self.ask.yes(question, "--replace-trigger").await } else { Ok(false) }
    }

    /// The function's name and how the pool stands to it; nothing where that is not to be looked at.
    fn wiring(&self) -> Option<(String, Wiring)> {
        let function = self.site.function.as_ref().filter(|_| !self.stage.assume_wired)?;
        Some((function.name.clone(), self.pool.settings.wiring(self.trigger, function)))
    }

    /// Attaches the function where the pool does not call it yet.
    pub(crate) async fn attach(&mut self) -> Result<(), Failure> {
        let (Some((name, wiring)), Some(function)) = (self.wiring(), self.site.function.clone()) else {
            return Ok(());
        };
        if wiring == Wiring::Calls {
            return Ok(());
        }
        self.interrupt.check()?;
        let arn = function.arn_beside(self.pool.settings.arn()).ok_or_else(|| {
            Failure::usage(
                format!("attach `{name}` to the pool"),
                "its ARN is not known",
                "give --function the function's ARN",
            )
        })?;
        let before = self.pool.settings.called_at(self.trigger).map(str::to_owned);
        self.ledger.about_to(Made::Trigger { trigger: self.trigger, arn: arn.clone(), before: before.clone() });
        let differences = self.pool.call_at(self.trigger, Some(&arn), &self.pool.settings).await?;
        if !differences.is_empty() {
            // Once more with everything as it was; what it comes to is read back in the clean-up.
            let back = self.pool.call_at(self.trigger, before.as_deref(), &self.pool.settings).await?;
            let state = if back.is_empty() { "it was put back" } else { "and it could not be put back" };
            return Err(Failure::new(
                format!("attach `{name}` without changing anything else of the pool"),
                format!("these settings changed as well: {}; {state}", differences.join(", ")),
                "attach it in the console, under Extensions, and run the scenario again",
            ));
        }
        self.show.step(format!("Attached `{name}`; every other setting of the pool is as it was"));
        Ok(())
    }

    // ---- Who ----

    /// The known user whom the option names, or whom the operator chooses; or a sample person, where one is wanted and
    /// nobody else is there.
    pub(crate) async fn known_user(&mut self, who: &Who) -> Result<Known, Failure> {
        let needs_name = !self.pool.settings.email_is_user_name();
        let known = match &who.user {
            Some(spelling) => match self.interrupt.or(self.known.find(spelling)).await? {
                Some(known) => known,
                None => {
                    let nobody = format!("the table `{}` has nobody by that email or user name", self.known.table);
                    let todo = "give --user the email or the user name of somebody who is there, or \
                                --with-sample-people to have somebody added for the time of the scenario";
                    let failure = Failure::new(format!("find `{spelling}` among the known users"), nobody, todo);
                    // Whoever only presses Enter may have misspelt somebody.
                    self.sample_person_or(failure, who, false).await?
                }
            },
            None if who.with_sample_people => self.sample_person().await?,
            None => self.choose(who, needs_name).await?,
        };
        if needs_name && known.user.user_name.is_none() {
            return Err(Failure::new(
                format!("take `{}`", known.user.email.as_str()),
                "the record has no UserName, and in this pool everybody has a user name",
                "take somebody else, or add a UserName and a UserNameKey to the record",
            ));
        }
        let name = self.sign_in_name(&known.user);
        self.show.step(format!("Known user `{}`, who signs in as `{name}`", known.user.email.as_str()));
        self.fact("user", json!({"email": known.user.email.as_str(), "userName": name}));
        Ok(known)
    }

    async fn choose(&mut self, who: &Who, needs_name: bool) -> Result<Known, Failure> {
        let mut list = self.interrupt.or(self.known.list(LIST)).await?;
        list.people.retain(|known| !needs_name || known.user.user_name.is_some());
        if list.people.is_empty() {
            let failure = Failure::new(
                "list the known users",
                format!("the table `{}` has nobody who could take part", self.known.table),
                "put somebody into the table first (known-users put), or give --with-sample-people to have somebody \
                 added for the time of the scenario",
            );
            return self.sample_person_or(failure, who, true).await;
        }
        if list.more {
            self.show.note(format!("The table has more people than these {}; --user takes any.", list.people.len()));
        }
        if list.malformed > 0 {
            self.show.note(format!("{} records cannot be read, by the triggers neither.", list.malformed));
        }
        let options: Vec<String> = list.people.iter().map(|known| described(&known.user)).collect();
        let at = self.ask.choice("Which known user?", &options, "--user").await?;
        list.people.into_iter().nth(at).ok_or_else(Failure::interrupted)
    }

    /// Somebody added for the time of the scenario, where an option or the operator says so; else the failure. `default` is
    /// what Enter says.
    async fn sample_person_or(&mut self, failure: Failure, who: &Who, default: bool) -> Result<Known, Failure> {
        let is_wanted = who.with_sample_people
            || (self.ask.is_possible() && {
                self.show.step(format!("Nobody takes part yet: {} ({})", failure.said, self.caller));
                let question = "Add a sample person for the time of this scenario?";
                self.ask.yes_or_no(question, "--with-sample-people", default).await?
            });
        if is_wanted { self.sample_person().await } else { Err(failure) }
    }

    /// Adds somebody who is nobody, for the time of the scenario.
    async fn sample_person(&mut self) -> Result<Known, Failure> {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let user = sample(unique.get(..12).unwrap_or(&unique), self.pool.settings.required_attributes())?;
        self.add(&user).await?;
        self.show.note("an address of Amazon SES's mailbox simulator: whatever is mailed there, no person reads it");
        self.fact("samplePerson", json!(true));
        Ok(Known { item: user.clone().into_item(), user })
    }

    /// Adds somebody to the known users for the time of the scenario, unless somebody has that email.
    pub(crate) async fn add(&mut self, user: &KnownUser) -> Result<(), Failure> {
        self.interrupt.check()?;
        let (email, name) = (user.email.clone(), user.user_name.clone().unwrap_or_default());
        self.show.step(format!("Add `{name}` <{}> to the known users", email.as_str()));
        let mark = format!("known-users scenario {} {}", self.name, uuid::Uuid::new_v4());
        self.ledger.about_to(Made::KnownUser { email: email.clone(), run: mark.clone() });
        if !self.known.add(user.clone(), &mark).await? {
            self.ledger.nothing_came_of_it();
            return Err(Failure::new(
                format!("add `{}` to the known users", email.as_str()),
                format!("the table `{}` has that person already, and nobody's record is overwritten", self.known.table),
                "give an email that nobody is known by; if an earlier run was killed and left it, AddedBy in the record \
                 says so: delete the record",
            ));
        }
        let waiting = self.show.waiting("waiting for the index ByUserName");
        let indexed = self.interrupt.or(self.known.is_indexed(&email, &name)).await;
        drop(waiting);
        if !indexed? {
            self.show.note("the index ByUserName does not have the user name yet; going on");
        }
        Ok(())
    }

    /// The triggers are about to note something on a record, which is put back afterwards, unless it goes as a whole.
    pub(crate) fn about_to_be_noted(&mut self, known: &Known) {
        if !self.ledger.adds(&known.user.email) {
            self.ledger.about_to(Made::Notes { email: known.user.email.clone(), before: known.item.clone() });
        }
    }

    /// What the pool knows this person by.
    pub(crate) fn sign_in_name(&self, user: &KnownUser) -> String {
        match &user.user_name {
            Some(name) if !self.pool.settings.email_is_user_name() => name.trim().to_owned(),
            _ => user.email.as_str().to_owned(),
        }
    }

    /// Refuses somebody who is in the pool: what this run makes it deletes, and nobody else.
    pub(crate) async fn refuse_who_is_in_the_pool(&self, name: &str, email: &UserEmail) -> Result<(), Failure> {
        let mut names = vec![name];
        if self.pool.settings.email_is_alias() {
            names.push(email.as_str());
        }
        for name in names {
            if self.interrupt.or(self.pool.user(name)).await?.is_some() {
                return Err(Failure::new(
                    format!("begin with `{name}`"),
                    format!("the user pool `{}` has them already, and a scenario deletes whom it made", self.pool.id),
                    format!(
                        "take somebody else; if an earlier run was killed and left them: aws cognito-idp \
                         admin-delete-user --user-pool-id {} --username '{name}'",
                        self.pool.id
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The attributes that the pool requires, as far as the record has them, and the email.
    pub(crate) fn attributes(&self, user: &KnownUser) -> BTreeMap<String, String> {
        let required = self.pool.settings.required_attributes();
        let mut attributes: BTreeMap<String, String> =
            required.filter_map(|name| Some((name.to_owned(), user.attributes.get(name)?.clone()))).collect();
        attributes.insert("email".to_owned(), user.email.as_str().to_owned());
        attributes
    }

    /// The password that an option gives, or that the operator types.
    pub(crate) async fn password(&mut self, question: &str) -> Result<Secret, Failure> {
        match self.password.take() {
            Some(password) => Ok(password),
            None => self.ask.password(question, PASSWORD_OPTIONS).await,
        }
    }

    /// Another password, because the pool's policy refused one; without a terminal, the refusal.
    pub(crate) async fn another_password(&mut self, refusal: Failure) -> Result<Secret, Failure> {
        if !self.ask.is_possible() {
            return Err(refusal);
        }
        self.show.note(format!("Cognito refuses this password: {}", refusal.said));
        self.ask.password("Another password:", PASSWORD_OPTIONS).await
    }

    /// What the pool has of a user who was just made.
    pub(crate) async fn in_the_pool(&self, name: &str) -> Result<PoolUser, Failure> {
        self.interrupt.or(self.pool.user(name)).await?.ok_or_else(|| {
            Failure::not_shown(
                format!("find `{name}` in the user pool"),
                "the pool does not have them",
                "look at the function's log",
            )
        })
    }

    // ---- What happens ----

    /// Signs in, and says that it works, but never shows a token.
    pub(crate) async fn sign_in(&mut self, name: &str, password: &Secret) -> Result<(), Failure> {
        self.interrupt.check()?;
        self.show.step(format!("Sign in as `{name}`"));
        match self.pool.sign_in(name, password).await? {
            SignedIn::For(time) => {
                let minutes = time.map(|time| time.as_secs() / 60);
                self.show.note(match minutes {
                    Some(minutes) => format!("signed in: access token valid for {minutes} minutes"),
                    None => "signed in: access token valid for a time that is not told".to_owned(),
                });
                self.fact("signIn", json!({"succeeded": true, "accessTokenMinutes": minutes}));
                Ok(())
            }
            SignedIn::Challenged(challenge) => Err(Failure::new(
                format!("sign in as `{name}`"),
                format!("the password is right, and the pool asks for something more: {challenge}"),
                "run the scenario against a pool that does not require a second factor",
            )),
        }
    }

    /// Shows what the function logged since `since`.
    pub(crate) async fn show_log(&mut self, since: SystemTime) -> Result<(), Failure> {
        let (Some(group), seconds) = (self.site.log_group.clone(), self.stage.log_timeout) else { return Ok(()) };
        self.show.step(format!("What the {} function logged", self.trigger.title()));
        let limit = Duration::from_secs(seconds);
        let waiting = self.show.waiting(&format!("waiting for the log group `{group}`, at most {seconds} s"));
        let log = self.interrupt.or(logs::newest(&self.aws.logs, &group, self.trigger, since, limit)).await;
        drop(waiting);
        match log? {
            Some(log) => {
                self.show.note(format!("stream `{}` of `{}`:", log.stream, log.group));
                for line in &log.lines {
                    self.show.note(&line.text);
                }
                self.fact("log", log.to_json());
            }
            None => {
                self.show.note(format!("nothing within {seconds} s (decisions are logged at LogLevel INFO and below)"));
                self.fact("log", json!(null));
            }
        }
        Ok(())
    }
}

/// What has to be answered before anything is made, where somebody takes part who is known already.
pub(crate) fn require_somebody(ask: &Ask, who: &Who) -> Result<(), Failure> {
    let is_given = who.user.is_some() || who.with_sample_people;
    ask.require("which known user", is_given, "--user or --with-sample-people")
}

/// A person who does not exist, with what a pool may require of its users.
///
/// The address is one of SES's mailbox simulator: it takes mail and hands it to nobody, also while an account is in SES's
/// sandbox, and unlike mail to example.com (RFC 2606) it does not come back and count against the sender. The telephone
/// number is one of those kept for fiction (555-0100 to 555-0199).
fn sample<'a>(unique: &str, required: impl Iterator<Item = &'a str>) -> Result<KnownUser, Failure> {
    let name = format!("sample-{unique}");
    let email = format!("success+{name}@simulator.amazonses.com");
    let mut user = KnownUser::new(&email, Some(&name))
        .ok_or_else(|| Failure::new("make up a sample person", "the name is none", "give --user"))?;
    let attributes = required.filter_map(|attribute| {
        let value = match attribute {
            "name" => "Sample Person",
            "given_name" => "Sample",
            "family_name" => "Person",
            "middle_name" => "A.",
            "nickname" | "preferred_username" => &name,
            "gender" => "unspecified",
            "birthdate" => "1970-01-01",
            "zoneinfo" => "Etc/UTC",
            "locale" => "en-US",
            "address" => "1 Example Street",
            "phone_number" => "+12025550100",
            "profile" | "picture" | "website" => "https://example.com/",
            "updated_at" => "0",
            _ => return None,
        };
        Some((attribute.to_owned(), value.to_owned()))
    });
    user.attributes = attributes.collect();
    Ok(user)
}

/// Somebody in a list.
fn described(user: &KnownUser) -> String {
    let name = user.user_name.as_deref().unwrap_or("no user name");
    let mut text = format!("{name} <{}>", user.email.as_str());
    if user.suspended {
        text.push_str(", suspended");
    }
    if !user.email_verified {
        text.push_str(", email not verified");
    }
    if has_come(user) {
        text.push_str(", has an account");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_person_has_what_the_pool_requires_and_an_address_that_no_person_reads() {
        let user = sample("1a2b", ["name", "phone_number", "custom:team", "email"].into_iter()).unwrap();
        assert_eq!(user.email.as_str(), "success+sample-1a2b@simulator.amazonses.com");
        assert_eq!(user.user_name.as_deref(), Some("sample-1a2b"));
        assert!(user.email_verified && !user.suspended && user.password_hash.is_none() && !has_come(&user));
        let attributes: Vec<_> = user.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(attributes, [("name", "Sample Person"), ("phone_number", "+12025550100")]);
    }

    #[test]
    fn a_list_tells_what_will_matter() {
        let mut user = KnownUser::new("Lan.Nguyen@example.org", Some("lan")).unwrap();
        assert_eq!(described(&user), "lan <lan.nguyen@example.org>");
        user.suspended = true;
        user.email_verified = false;
        user.user_sub = Some("1".to_owned());
        assert_eq!(described(&user), "lan <lan.nguyen@example.org>, suspended, email not verified, has an account");
    }
}
