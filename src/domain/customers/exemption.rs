//! Customers who are charged no tax, and the certificate that says so.
use super::{CustomerError, find};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, fault::FieldFault},
};
use entity::{
    customers::customer,
    value::{CustomerId, contact},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

/// Longest reason, in characters: it is printed on documents.
const LONGEST_REASON: usize = 160;

/// Staff say that a customer is charged no tax, and by which certificate (`reason`, printed on his documents); or, with
/// `None`, that he is taxed as everybody is. Documents issued before stay as they are. The same again changes nothing.
///
/// # Errors
/// `NotFound`, `Invalid` with an empty reason; the database.
pub async fn set_tax_exemption(ctx: &Ctx, customer_id: &CustomerId, reason: Option<&str>) -> Result<(), CustomerError> {
    let wrong = |wrong| CustomerError::Invalid(vec![FieldFault::of("reason", wrong)]);
    let reason = reason.map(|text| contact::line(text, LONGEST_REASON)).transpose().map_err(wrong)?;
    let tx = ctx.begin().await?;
    let before = find::lock(&tx, customer_id).await?;
    if before.tax_exempt_reason == reason {
        return Ok(());
    }
    let row = customer::ActiveModel {
        id: Set(customer_id.clone()),
        tax_exempt_reason: Set(reason.clone()),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    row.update(&tx).await?;
    let action = if reason.is_some() { "customers.tax_exemption.set" } else { "customers.tax_exemption.lift" };
    let change = Change {
        action,
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(customer_id),
        before: Some(json!({ "tax_exempt_reason": before.tax_exempt_reason })),
        after: Some(json!({ "tax_exempt_reason": reason })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    tx.commit().await?;
    Ok(())
}
