//! How a customer's own duties as a collector of taxes change what he pays us.
use super::{CustomerError, find};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, fault::FieldFault},
};
use entity::{
    customers::customer,
    value::{CustomerId, VatCollector, contact},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::json;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 255;

/// What a customer collects for the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// As what he pays the PPN of larger invoices to the state himself.
    pub vat_collector: Option<VatCollector>,
    /// Whether he withholds income tax (PPh 23) of what he pays.
    pub withholds_income_tax: bool,
}

/// Staff say what a customer collects for the state, on the evidence `reason` names. Documents issued before stay as they
/// are. The same again changes nothing.
///
/// # Errors
/// `NotFound`, `Invalid` without a reason; the database.
pub async fn set_tax_duties(
    ctx: &Ctx,
    customer_id: &CustomerId,
    duties: Duties,
    reason: &str,
) -> Result<(), CustomerError> {
    let wrong = |wrong| CustomerError::Invalid(vec![FieldFault::of("reason", wrong)]);
    let reason = contact::line(reason, LONGEST_REASON).map_err(wrong)?;
    let tx = ctx.begin().await?;
    let before = find::lock(&tx, customer_id).await?;
    let told = |duties: Duties| json!({"vat_collector": duties.vat_collector, "withholds_income_tax": duties.withholds_income_tax});
    let known = Duties { vat_collector: before.vat_collector, withholds_income_tax: before.withholds_income_tax };
    if known == duties {
        return Ok(());
    }
    let row = customer::ActiveModel {
        id: Set(customer_id.clone()),
        vat_collector: Set(duties.vat_collector),
        withholds_income_tax: Set(duties.withholds_income_tax),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    row.update(&tx).await?;
    let change = Change {
        action: "customers.tax_duties.set",
        target_type: "customer",
        target_id: customer_id.as_str(),
        customer_id: Some(customer_id),
        before: Some(told(known)),
        after: Some(told(duties)),
        reason: Some(&reason),
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit(format!("customer:{customer_id}"));
    tx.commit().await?;
    Ok(())
}
