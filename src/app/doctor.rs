//! `yumna doctor` says what would not work, `yumna health` whether the server on this machine lives.
use super::services;
use crate::{
    domain::{Ctx, Services, payments::accounts, provisioning::clusters},
    kernel::{clock::SystemClock, config::Config, http},
};
use hickory_resolver::{TokioResolver, proto::rr::RecordType};
use sea_orm::ConnectionTrait;
use std::{process::ExitCode, sync::Arc, time::Duration};

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
    let services = match services::build(config, Arc::new(SystemClock), false).await {
        Ok(services) => services,
        Err(error) => {
            report.bad("start", &error.to_string());
            return Ok(ExitCode::FAILURE);
        }
    };
    report.good("keys", &format!("active key {}", services.secrets.active_key_id()));
    database(&services, &mut report).await;
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
        match tokio::time::timeout(PATIENCE, accounts::test(&ctx, &row.id)).await {
            Ok(Ok(acceptance)) => report.good(&name, &acceptance.facts.join(", ")),
            Ok(Err(error)) => report.bad(&name, &error.to_string()),
            Err(_) => report.bad(&name, "does not answer"),
        }
    }
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
                report.good(&name, &acceptance.facts.join(", "));
                acceptance.warnings.iter().for_each(|warning| report.note(&name, warning));
            }
            Ok(Err(error)) => report.bad(&name, &error.to_string()),
            Err(_) => report.bad(&name, "does not answer"),
        }
    }
}

async fn mail(services: &Services, report: &mut Report) {
    let Some(mailer) = &services.mailer else {
        return report.note("mail", "mail.url is not set: mail waits in the queue");
    };
    match tokio::time::timeout(PATIENCE, mailer.check()).await {
        Ok(Ok(())) => report.good("mail", "the server answers"),
        Ok(Err(error)) => report.bad("mail", &error.to_string()),
        Err(_) => report.bad("mail", "the server does not answer"),
    }
    let domain = services.config.mail.from.rsplit('@').next().unwrap_or_default().to_owned();
    sender_records(&domain, report).await;
}

/// SPF and DMARC of the sender's domain. DKIM's record has a name only the mail server knows.
async fn sender_records(domain: &str, report: &mut Report) {
    if !domain.contains('.') || domain.ends_with(".test") {
        return report.note("mail records", &format!("{domain} is not a public domain"));
    }
    let Ok(resolver) = TokioResolver::builder_tokio().and_then(|builder| builder.build()) else {
        return report.note("mail records", "no resolver on this machine");
    };
    for (what, name, mark) in [("SPF", domain.to_owned(), "v=spf1"), ("DMARC", format!("_dmarc.{domain}"), "v=DMARC1")]
    {
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

/// Asks the server on this machine.
pub async fn health(config: &Config) -> anyhow::Result<ExitCode> {
    let url = format!("http://127.0.0.1:{}/health/live", config.server.port);
    let answer = http::client().get(url).timeout(Duration::from_secs(2)).send().await;
    Ok(match answer {
        Ok(answer) if answer.status().is_success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
