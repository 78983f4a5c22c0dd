//! Where the settings say so, a contract that was suspended because nobody paid begins anew on the day of payment: the
//! days in which it did not run are not charged, and it is due on that day of the month from now on (ADR 0104).
use super::{SubscriptionError, find, standing::period_of};
use crate::{
    domain::{
        Ctx,
        billing::{deferral, invoice, withholding},
        settings,
    },
    kernel::{audit::Change, db::WriteTx},
};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use entity::{
    subscriptions::{cycle, subscription},
    value::{HoldReason, InvoiceId, InvoiceStatus, Period, SubscriptionCycleStatus, business_day},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

/// The open cycle of a contract that `tx` has locked was paid: where it is suspended for that money, and nothing later was
/// asked for, its days begin on the business day of payment. Invoices stay as they were issued. It is asked once, before
/// the hold is lifted.
///
/// # Errors
/// The database.
pub(super) async fn at_payment(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
    open: &cycle::Model,
) -> Result<(), SubscriptionError> {
    let rules = settings::load(tx).await?.billing;
    if !rules.late_payment_restarts {
        return Ok(());
    }
    let holds = find::open_holds(tx, std::slice::from_ref(&contract.id)).await?;
    let held = holds.iter().find(|hold| hold.reason == HoldReason::NonPayment);
    let (Some(held), Some(invoice_id), Some(old)) = (held, &open.invoice_id, period_of(open)) else { return Ok(()) };
    let Some(paid_at) = paid_at(ctx, tx, invoice_id).await? else { return Ok(()) };
    let first = business_day(paid_at);
    // Money that came before the suspension, and was only seen later, was not late by it.
    let is_late = paid_at >= held.placed_at && first > old.start && contract.period_end == Some(old.end);
    if !is_late || is_followed(tx, open).await? {
        return Ok(());
    }
    let anchor_day = first.day();
    let period = Period::starting(first, contract.cycle, anchor_day);
    move_days(tx, contract, open, (period, first)).await?;
    let change = Change {
        action: "subscriptions.subscription.restart",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        before: Some(json!({ "period": old, "anchor_day": contract.anchor_day })),
        after: Some(json!({ "cycle": open.number, "period": period, "anchor_day": anchor_day })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(())
}

/// The days of a paid cycle of a contract that `tx` has locked are others from now on, and so are the contract's: it is
/// due on the day of month of `anchor` for ever, and its next invoice comes before the new end. What of the money was
/// earned stays so, the rest is earned until then.
///
/// # Errors
/// The database.
pub(super) async fn move_days(
    tx: &WriteTx,
    contract: &subscription::Model,
    paid: &cycle::Model,
    (period, anchor): (Period, NaiveDate),
) -> Result<(), SubscriptionError> {
    let rules = settings::load(tx).await?.billing;
    cycle::Entity::update_many()
        .col_expr(cycle::Column::PeriodStart, Expr::value(Some(period.start)))
        .col_expr(cycle::Column::PeriodEnd, Expr::value(Some(period.end)))
        .filter(cycle::Column::Id.eq(paid.id.as_str()))
        .exec(tx)
        .await?;
    let notice = Duration::days(rules.notice_days(contract.cycle));
    let next_invoice_at = contract.auto_renew.then(|| period.end_at() - notice);
    subscription::Entity::update_many()
        .col_expr(subscription::Column::PeriodStart, Expr::value(Some(period.start)))
        .col_expr(subscription::Column::PeriodEnd, Expr::value(Some(period.end)))
        .col_expr(subscription::Column::AnchorDay, Expr::value(i32::try_from(anchor.day()).unwrap_or(1)))
        .col_expr(subscription::Column::NextRenewalAt, Expr::value(Some(period.end_at())))
        .col_expr(subscription::Column::NextInvoiceAt, Expr::value(next_invoice_at))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    if let Some(invoice_id) = &paid.invoice_id {
        deferral::restart(tx, invoice_id, &contract.id, period).await?;
    }
    Ok(())
}

/// When the money came that paid an invoice; `None` where nobody paid it: a debt that was given up sells no new days.
async fn paid_at(ctx: &Ctx, tx: &WriteTx, id: &InvoiceId) -> Result<Option<DateTime<Utc>>, SubscriptionError> {
    let bill = invoice::get(tx, id).await?;
    Ok(match bill.status {
        InvoiceStatus::Paid => Some(bill.paid_at.unwrap_or_else(|| ctx.now())),
        InvoiceStatus::Issued if withholding::is_covered(tx, id).await? => Some(ctx.now()),
        _ => None,
    })
}

/// Whether a later cycle was asked for: its invoice says days that follow the old ones.
pub(super) async fn is_followed(tx: &WriteTx, open: &cycle::Model) -> Result<bool, DbErr> {
    let later = cycle::Entity::find()
        .filter(cycle::Column::SubscriptionId.eq(open.subscription_id.as_str()))
        .filter(cycle::Column::Number.gt(open.number))
        .filter(cycle::Column::Status.ne(SubscriptionCycleStatus::Void));
    Ok(later.count(tx).await? > 0)
}
