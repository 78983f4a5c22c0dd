//! Contracts that were taken over with a machine that is not ours: nothing is made, suspended or removed for them. Staff
//! are told what is to be done by hand (ADR 0090).
use super::ProvisioningError;
use crate::{
    domain::Ctx,
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
    },
};
use entity::{
    subscriptions::subscription,
    value::{SubscriptionId, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// What a contract in this state asks to be done by hand to its machine.
fn wanted(status: SubscriptionStatus) -> &'static str {
    match status {
        SubscriptionStatus::Suspended => "suspend",
        SubscriptionStatus::Terminated => "remove",
        _ => "resume",
    }
}

/// The three things that can be asked for by hand.
const ACTS: [&str; 3] = ["suspend", "resume", "remove"];

fn key(id: &SubscriptionId, act: &str) -> String {
    format!("machine_elsewhere:{id}:{act}")
}

/// Tells staff, in `tx`, what the contract asks to be done by hand to a machine that is not ours. What was asked for
/// before and is not wanted any more is closed. Told once as long as it stands.
pub(super) async fn tell(ctx: &Ctx, tx: &WriteTx, subscription: &subscription::Model) -> Result<(), ProvisioningError> {
    let (id, act) = (&subscription.id, wanted(subscription.status));
    for other in ACTS.iter().filter(|other| **other != act) {
        alert::resolve(tx, ctx.now(), &key(id, other)).await?;
    }
    let place = subscription.elsewhere.as_deref().filter(|place| !place.is_empty()).unwrap_or("an unknown place");
    let detail = format!("The contract {id} is {}; its machine at {place} is not ours.", subscription.status);
    let subject = format!("A machine elsewhere is to be dealt with by hand: {act}");
    let alert = Alert { code: "machine_elsewhere", subject: &subject, detail: &detail, key: &key(id, act) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// From now on the contract's machine is to be one of ours, noted in `tx`. Nothing happens where it was to be before.
pub(super) async fn move_here(
    ctx: &Ctx,
    tx: &WriteTx,
    contract: &subscription::Model,
) -> Result<(), ProvisioningError> {
    if contract.elsewhere.is_none() {
        return Ok(());
    }
    subscription::Entity::update_many()
        .col_expr(subscription::Column::Elsewhere, Expr::value(None::<String>))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    let change = Change {
        action: "provisioning.contract.move_here",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        before: Some(serde_json::json!({ "elsewhere": contract.elsewhere })),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    Ok(())
}
