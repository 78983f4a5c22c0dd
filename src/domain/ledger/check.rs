//! The proof of the books by night and on demand, kept so that people can look at it.
use super::verify::{self, Finding, Verification, verify};
use crate::{
    domain::Ctx,
    kernel::{
        alert::{self, Alert},
        said::{Arg, args},
    },
};
use entity::{ledger::check, value::next_ulid};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, QueryOrder};
use serde_json::json;
use std::time::Duration;

/// Findings kept of one check.
const KEPT_FINDINGS: usize = 200;
/// A finding is believed when it is still there after so long: what is read while something is written may not fit.
const PATIENCE: Duration = Duration::from_secs(2);
/// Key of the alert while the books are wrong.
const ALERT: &str = "books_wrong";

/// Proves the books and keeps the result. Staff are told of what is broken, and the alert ends with the next proof that
/// finds nothing.
///
/// # Errors
/// The database.
pub async fn check(ctx: &Ctx) -> Result<check::Model, DbErr> {
    let began_at = ctx.now();
    let Verification { mut findings, totals } = verify(&ctx.db).await?;
    if !findings.is_empty() {
        tokio::time::sleep(PATIENCE).await;
        let again = verify(&ctx.db).await?.findings;
        findings.retain(|finding| again.contains(finding));
    }
    let shown: Vec<_> = findings.iter().take(KEPT_FINDINGS).map(as_json).collect();
    let balances: Vec<_> =
        totals.balances.iter().map(|((kind, currency), minor)| json!([kind, currency, minor])).collect();
    let row = check::Model {
        id: format!("lck_{}", next_ulid()),
        began_at,
        finished_at: ctx.now(),
        found: i64::try_from(findings.len()).unwrap_or(i64::MAX),
        findings: json!(shown),
        totals: json!({
            "postings": totals.postings,
            "invoices": totals.invoices,
            "payments": totals.payments,
            "balances": balances,
        }),
    };
    let tx = ctx.begin().await?;
    check::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    match findings.first() {
        None => {
            alert::resolve(&tx, ctx.now(), ALERT).await?;
        }
        Some(first) => {
            let args = args([
                ("n", findings.len().into()),
                ("rule", Arg::word(format!("books-{}", word_of(first.invariant)))),
                ("row", Arg::from(&first.row)),
                ("detail", Arg::from(&first.detail)),
            ]);
            let what = Alert { code: ALERT, args, key: ALERT };
            alert::raise(&tx, ctx.now(), &ctx.correlation, what).await?;
        }
    }
    tx.commit().await?;
    Ok(row)
}

fn as_json(finding: &Finding) -> serde_json::Value {
    json!({ "invariant": word_of(finding.invariant), "row": finding.row, "detail": finding.detail })
}

/// The newest proof, if there was one.
///
/// # Errors
/// The database.
pub async fn last_check(ctx: &Ctx) -> Result<Option<check::Model>, DbErr> {
    check::Entity::find().order_by_desc(check::Column::Id).one(&ctx.db).await
}

/// Every invariant that is proven, as the word behind which its sentence stands (`books-…`).
pub fn invariants() -> Vec<String> {
    verify::queried().chain(verify::INVARIANTS).map(word_of).collect()
}

fn word_of(invariant: &str) -> String {
    let kept = invariant.chars().filter(|c| *c != '\'');
    kept.map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
