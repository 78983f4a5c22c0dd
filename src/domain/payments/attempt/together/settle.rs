//! The money of a bundle is there: each of its invoices that is still open is paid from the wallet.
use super::{
    super::wallet::pay_at,
    find::{items_of, of_payment},
};
use crate::{
    domain::{
        Ctx,
        billing::invoice,
        ledger::{self, Account},
        payments::{InvoicesPaidTogether, PaymentError},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        said::{Arg, Said, args},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice as billed,
    customers::customer,
    payments::{bundle, bundle_item, payment},
    value::{InvoiceId, InvoiceStatus, PaymentPurpose},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::Expr};
use std::collections::BTreeSet;

/// A bundle whose money has come, with everything it touches locked.
pub(in crate::domain::payments::attempt) struct Locked {
    bundle: bundle::Model,
    items: Vec<bundle_item::Model>,
    bills: Vec<billed::Model>,
}

/// The bundle that the money of `payment` is meant for. Invoices are locked in the order of their ids and then every
/// account that will be moved: whoever pays one of the invoices locks in the same order, so that nobody waits in a
/// circle.
pub(in crate::domain::payments::attempt) async fn lock_of(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
) -> Result<Option<Locked>, PaymentError> {
    if payment.purpose != PaymentPurpose::TopUp {
        return Ok(None);
    }
    let Some(bundle) = of_payment(tx, &payment.id).await? else { return Ok(None) };
    let items = items_of(tx, &bundle.id).await?;
    let ids: BTreeSet<&InvoiceId> = items.iter().map(|item| &item.invoice_id).collect();
    let mut bills = Vec::with_capacity(items.len());
    for id in ids {
        bills.push(invoice::lock(tx, id).await?);
    }
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    let accounts = [
        Account::GatewayClearing(account_id),
        Account::Receivable(payment.customer_id.clone()),
        Account::Wallet(payment.customer_id.clone()),
    ];
    ledger::lock(ctx, tx, &payment.currency, &accounts).await?;
    Ok(Some(Locked { bundle, items, bills }))
}

/// Pays what is still open of the bundle with the money that `payment` has just brought into the wallet, at most with
/// all of it, and only whole invoices. What does not fit any more stays in the wallet, and staff are told.
pub(in crate::domain::payments::attempt) async fn settle(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    locked: Locked,
    came_at: DateTime<Utc>,
) -> Result<(), PaymentError> {
    let Locked { mut bundle, mut items, bills } = locked;
    // A wallet that was below zero, or of which something is set aside, may hold less than what came.
    let limit: Option<i64> = customer::Entity::find_by_id(payment.customer_id.clone())
        .select_only()
        .column(customer::Column::CreditLimitMinor)
        .into_tuple()
        .one(tx)
        .await?;
    let held = ledger::balance_minor(tx, &payment.customer_id, &payment.currency).await?;
    let spendable = payment.received_minor.min(held.saturating_add(limit.unwrap_or_default()));
    let rest = pay_items(ctx, tx, &mut items, &bills, spendable, came_at).await?;
    close(ctx, tx, &mut bundle, came_at).await?;
    let left = items.iter().filter(|item| item.paid_by.is_none()).count();
    if left > 0 {
        let what = Said::new(
            "alert-payment-to-wallet-together",
            [
                ("amount", Arg::money(payment.received_minor, &payment.currency)),
                ("invoices", items.len().into()),
                ("n", left.into()),
                ("rest", Arg::money(rest, &payment.currency)),
            ],
        );
        let args = args([("payment", Arg::from(&payment.reference)), ("what", Arg::Lines(vec![what]))]);
        let key = format!("payment_to_wallet:{}", payment.id);
        let alert = Alert { code: "payment_to_wallet", args, key: &key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    Ok(())
}

/// Pays the invoices of `items` that are still open, in their order, each whole, with at most `spendable` minor units of
/// the wallet; what is left of them.
pub(super) async fn pay_items(
    ctx: &Ctx,
    tx: &WriteTx,
    items: &mut [bundle_item::Model],
    bills: &[billed::Model],
    spendable: i64,
    came_at: DateTime<Utc>,
) -> Result<i64, PaymentError> {
    let mut rest = spendable;
    for item in items {
        let Some(bill) = bills.iter().find(|bill| bill.id == item.invoice_id) else { continue };
        let open = invoice::open_minor(bill);
        if bill.status != InvoiceStatus::Issued || open <= 0 || open > rest {
            continue;
        }
        let paid = pay_at(ctx, tx, &bill.id, came_at).await?;
        rest -= open;
        bundle_item::Entity::update_many()
            .col_expr(bundle_item::Column::PaidBy, Expr::value(Some(paid.id.0.clone())))
            .filter(bundle_item::Column::BundleId.eq(&item.bundle_id))
            .filter(bundle_item::Column::InvoiceId.eq(&item.invoice_id))
            .exec(tx)
            .await?;
        item.paid_by = Some(paid.id);
    }
    Ok(rest)
}

/// The bundle is over; its customer hears of it once.
pub(super) async fn close(
    ctx: &Ctx,
    tx: &WriteTx,
    bundle: &mut bundle::Model,
    came_at: DateTime<Utc>,
) -> Result<(), PaymentError> {
    bundle.settled_at = Some(came_at);
    bundle::Entity::update(bundle.clone().into_active_model().reset_all()).exec(tx).await?;
    let event = InvoicesPaidTogether { bundle_id: bundle.id.clone(), customer_id: bundle.customer_id.clone() };
    ctx.publish(tx, &event).await?;
    Ok(())
}
