//! Income tax (PPh 23) that customers withhold: declared, proven, taken back (ADR 0074). A proof is a payment that moves
//! no money: what the state owes us against what the customer does.
mod declare;
mod prove;

pub use declare::{declare, offered, withdraw};
pub use prove::{NewProof, file_of, prove, revert};

use super::PaymentError;
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx},
};
use entity::{
    billing::withholding,
    value::{WithholdingId, WithholdingStatus},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// It has ended as `status`.
fn over(ctx: &Ctx, status: WithholdingStatus) -> withholding::ActiveModel {
    withholding::ActiveModel {
        status: Set(status),
        live_key: Set(None),
        closed_by: Set(Some(ctx.actor.id().to_owned())),
        closed_at: Set(Some(ctx.now())),
        ..Default::default()
    }
}

/// Changes a row that stands so; the guard against a twin.
async fn turn(
    tx: &WriteTx,
    id: &WithholdingId,
    from: WithholdingStatus,
    change: withholding::ActiveModel,
) -> Result<bool, PaymentError> {
    let updated = withholding::Entity::update_many()
        .set(change)
        .filter(withholding::Column::Id.eq(id))
        .filter(withholding::Column::Status.eq(from))
        .exec(tx)
        .await?;
    Ok(updated.rows_affected == 1)
}

async fn note(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &withholding::Model,
    action: &'static str,
    after: serde_json::Value,
    reason: Option<&str>,
) -> Result<(), PaymentError> {
    let change = Change {
        action,
        target_type: "withholding",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        after: Some(after),
        reason,
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    tx.wake_after_commit(format!("invoice:{}", row.invoice_id));
    tx.wake_after_commit(format!("customer:{}", row.customer_id));
    Ok(())
}
