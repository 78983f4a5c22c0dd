//! How a customer's renewals are asked for: whether his wallet pays them by itself, and whether they share invoices.
use super::{CustomerError, find};
use crate::{domain::Ctx, kernel::audit::Change};
use entity::{customers::customer, value::CustomerId};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value, json};

/// A change of how renewals are asked for; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenewingChange {
    /// Whether renewals are taken from the wallet by themselves.
    pub auto_debit: Option<bool>,
    /// Whether each contract is renewed by an invoice of its own.
    pub separate_invoices: Option<bool>,
}

/// Says how renewals of a customer are asked for, with its audit row. Invoices that were issued stay as they are; the
/// wallet is asked anew on the day after a renewal that waits. The same again changes nothing.
///
/// # Errors
/// `NotFound`; the database.
pub async fn set_renewing(
    ctx: &Ctx,
    customer_id: &CustomerId,
    change: RenewingChange,
) -> Result<customer::Model, CustomerError> {
    let tx = ctx.begin().await?;
    let before = find::lock(&tx, customer_id).await?;
    let auto_debit = change.auto_debit.unwrap_or(before.auto_debit);
    let separate_invoices = change.separate_invoices.unwrap_or(before.separate_invoices);
    if (auto_debit, separate_invoices) == (before.auto_debit, before.separate_invoices) {
        return Ok(before);
    }
    let row = customer::ActiveModel {
        id: Set(customer_id.clone()),
        auto_debit: Set(auto_debit),
        separate_invoices: Set(separate_invoices),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    let after = row.update(&tx).await?;
    let entry = Change {
        action: "customers.renewing.set",
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(customer_id),
        before: Some(told(&before)),
        after: Some(told(&after)),
        ..Change::default()
    };
    ctx.audit(&tx, entry).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    tx.commit().await?;
    Ok(after)
}

fn told(row: &customer::Model) -> Value {
    json!({ "auto_debit": row.auto_debit, "separate_invoices": row.separate_invoices })
}
