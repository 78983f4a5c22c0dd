//! `yumna doctor` says what would not work, `yumna health` whether the server on this machine lives.
use super::services;
use crate::{
    domain::{Ctx, Services, identity, payments::accounts, provisioning::clusters, settings},
    kernel::{clock::SystemClock, config::Config, http, locale::Lang, said::Said, sealed},
};
use hickory_resolver::{TokioResolver, proto::rr::RecordType};
use sea_orm::ConnectionTrait;
use std::{net::IpAddr, process::ExitCode, sync::Arc, time::Duration};

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the checks found.
#[derive(Default)]
struct Report {
    troubles: usize,
}

impl Report {
    fn good(&self, what: &str, fact: &str) {
        println!("ok       {what}: {fact}");
    }

    fn note(&self, what: &str, fact: &str) {
        println!("note     {what}: {fact}");
    }

    fn bad(&mut self, what: &str, trouble: &str) {
        self.troubles += 1;
        println!("trouble  {what}: {trouble}");
    }
}

/// Checks everything this node needs; exit code 1 if something would not work.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    report.good("configuration", "read");
    let services = match services::build_on_existing(config, Arc::new(SystemClock)).await {
        Ok(services) => services,
        Err(error) => {
            report.bad("start", &error.to_string());
            return Ok(ExitCode::FAILURE);
        }
    };
    database(&services, &mut report).await;
    keys(&services, &mut report).await;
    people(&services, &mut report).await;
    checklist(&services, &mut report).await;
    gateways(&services, &mut report).await;
    targets(&services, &mut report).await;
    mail(&services, &mut report).await;
    if !services.config.is_secure() {
        report.note("public address", "not https: cookies are not marked Secure");
    }
    Ok(if report.troubles == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(services: &Services, report: &mut Report) {
    match services.db.execute_unprepared("SELECT 1").await {
        Ok(_) if crate::kernel::db::is_postgres(&services.db) => report.good("database", "PostgreSQL answers"),
        Ok(_) => report.good("database", "SQLite answers"),
        Err(error) => report.bad("database", &error.to_string()),
    }
}

/// Whether this node holds the keys under which the stored secrets were sealed: another key file, or a node that was
/// forgotten when keys were changed, would show only when a customer asks.
async fn keys(services: &Services, report: &mut Report) {
    let sealed = match sealed::keys_in_use(&services.db).await {
        Ok(sealed) => sealed,
        Err(error) => return report.bad("keys", &error.to_string()),
    };
    let missing: Vec<&str> = sealed.keys().filter(|id| !services.secrets.holds(id)).map(String::as_str).collect();
    if !missing.is_empty() {
        return report
            .bad("keys", &format!("stored secrets need key {}, which this node does not have", missing.join(", ")));
    }
    let active = services.secrets.active_key_id();
    let older: u64 = sealed.iter().filter(|(id, _)| *id != active).map(|(_, count)| count).sum();
    report.good("keys", &format!("active key {active}; every stored secret can be opened"));
    if older > 0 {
        report.note(
            "keys",
            &format!("{older} secrets lie under other keys: keep those until the worker has sealed them anew"),
        );
    }
}

async fn people(services: &Services, report: &mut Report) {
    match identity::roles::admins(&services.db).await {
        Ok(admins) if admins.is_empty() => {
            report.bad("staff", "nobody can sign in to WHM: make an administrator with `yumna admin create`");
        }
        Ok(admins) => report.good("staff", &format!("{} administrators", admins.len())),
        Err(error) => report.bad("staff", &error.to_string()),
    }
}

/// What the first-run checklist in WHM still wants.
async fn checklist(services: &Services, report: &mut Report) {
    match settings::load(&services.db).await {
        Ok(found) if found.sales.is_selling => report.good("shop", "open"),
        Ok(_) => report.note("shop", "closed: work through the checklist at /whm/setup and open it there"),
        Err(error) => report.bad("shop", &error.to_string()),
    }
}

async fn gateways(services: &Arc<Services>, report: &mut Report) {
    let ctx = Ctx::system(services.clone(), "doctor", "doctor");
    let found = match accounts::list(&ctx).await {
        Ok(found) => found,
        Err(error) => return report.bad("gateways", &error.to_string()),
    };
    if found.is_empty() {
        report.note("gateways", "no payment account yet: customers can only pay from their wallets");
    }
    for row in found {
        let name = format!("gateway {}", row.name);
        match tokio::time::timeout(PATIENCE, accounts::probe(&ctx, &row.id)).await {
            Ok(Ok(acceptance)) => report.good(&name, &listed(&acceptance.facts)),
            Ok(Err(error)) => report.bad(&name, &error.to_string()),
            Err(_) => report.bad(&name, "does not answer"),
        }
    }
}

/// What a connection test found. The program speaks English to whoever types commands.
fn listed(facts: &[Said]) -> String {
    facts.iter().map(|fact| fact.say(Lang::En)).collect::<Vec<_>>().join(", ")
}

async fn targets(services: &Arc<Services>, report: &mut Report) {
    let ctx = Ctx::system(services.clone(), "doctor", "doctor");
    let found = match clusters::list(&ctx.db).await {
        Ok(found) => found,
        Err(error) => return report.bad("clusters", &error.to_string()),
    };
    if found.is_empty() {
        report.note("clusters", "none yet: nothing can be provisioned");
    }
    for (row, _) in found {
        let name = format!("cluster {}", row.name);
        match tokio::time::timeout(PATIENCE, clusters::check(&ctx, &row.id)).await {
            Ok(Ok(acceptance)) => {
                report.good(&name, &listed(&acceptance.facts));
                acceptance.warnings.iter().for_each(|warning| report.note(&name, &warning.say(Lang::En)));
            }
            Ok(Err(error)) => report.bad(&name, &error.to_string()),
            Err(_) => report.bad(&name, "does not answer"),
        }
    }
}

async fn mail(services: &Services, report: &mut Report) {
    let Some(mailer) = &services.mailer else {
        return report.bad("mail", "mail.url is not set: nobody could prove an address or set a password; mail waits");
    };
    match tokio::time::timeout(PATIENCE, mailer.check()).await {
        Ok(Ok(())) => report.good("mail", "the server answers"),
        Ok(Err(error)) => report.bad("mail", &error.to_string()),
        Err(_) => report.bad("mail", "the server does not answer"),
    }
    let domain = services.config.mail.from.rsplit('@').next().unwrap_or_default().to_owned();
    sender_records(&domain, &services.config.mail.dkim_selector, report).await;
}

/// SPF, DMARC and DKIM of the sender's domain. The name of DKIM's record is the mail server's: `mail.dkim_selector`.
async fn sender_records(domain: &str, selector: &str, report: &mut Report) {
    if !domain.contains('.') || domain.ends_with(".test") {
        return report.note("mail records", &format!("{domain} is not a public domain"));
    }
    let Ok(resolver) = TokioResolver::builder_tokio().and_then(|builder| builder.build()) else {
        return report.note("mail records", "no resolver on this machine");
    };
    if selector.is_empty() {
        report.note("DKIM", "mail.dkim_selector is not set: whether mail is signed is not checked");
    }
    for (what, name, mark) in records_of(domain, selector) {
        let answer = tokio::time::timeout(PATIENCE, resolver.lookup(name, RecordType::TXT)).await;
        let is_there =
            matches!(&answer, Ok(Ok(found)) if found.answers().iter().any(|record| record.to_string().contains(mark)));
        if is_there {
            report.good(what, domain);
        } else {
            report.note(what, &format!("no record found for {domain}: mail may be taken for spam"));
        }
    }
}

/// Kind, name and mark of each record that says who may send for a domain.
fn records_of(domain: &str, selector: &str) -> Vec<(&'static str, String, &'static str)> {
    let mut records = vec![("SPF", domain.to_owned(), "v=spf1"), ("DMARC", format!("_dmarc.{domain}"), "v=DMARC1")];
    if !selector.is_empty() {
        // `v=DKIM1` may be left out of the record, the key may not (RFC 6376, 3.6.1).
        records.push(("DKIM", format!("{selector}._domainkey.{domain}"), "p="));
    }
    records
}

/// Asks the server or worker that listens here on this machine.
pub async fn health(bind: IpAddr, port: u16) -> anyhow::Result<ExitCode> {
    let bind = match bind {
        any if any.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        one => one,
    };
    let url = format!("http://{}/health/live", std::net::SocketAddr::new(bind, port));
    let answer = http::client().get(&url).timeout(Duration::from_secs(2)).send().await;
    let trouble = match answer {
        Ok(answer) if answer.status().is_success() => {
            println!("ok: {url} answers");
            return Ok(ExitCode::SUCCESS);
        }
        Ok(answer) => format!("answers {}", answer.status()),
        Err(_) => "does not answer".to_owned(),
    };
    eprintln!("yumna: {url} {trouble}");
    Ok(ExitCode::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dkim_is_looked_for_where_the_mail_server_puts_it() {
        let names = |selector| records_of("awan.id", selector).into_iter().map(|(_, name, _)| name).collect::<Vec<_>>();

        assert_eq!(names(""), ["awan.id", "_dmarc.awan.id"]);
        assert_eq!(names("mail2026")[2], "mail2026._domainkey.awan.id");
    }
}
