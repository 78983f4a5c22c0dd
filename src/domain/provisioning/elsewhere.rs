//! Contracts that were taken over with a machine that is not ours: nothing is made, suspended, resized or removed for
//! them. Staff are told what is to be done by hand (ADR 0090).
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
    catalog::plan,
    subscriptions::subscription,
    value::{SubscriptionId, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

/// What a contract in this state asks to be done by hand to its machine.
fn wanted(status: SubscriptionStatus) -> &'static str {
    match status {
        SubscriptionStatus::Suspended => "suspend",
        SubscriptionStatus::Terminated => REMOVE,
        _ => "resume",
    }
}

const REMOVE: &str = "remove";
const RESIZE: &str = "resize";
/// What can be asked for by hand.
const ACTS: [&str; 4] = ["suspend", "resume", REMOVE, RESIZE];

fn key(id: &SubscriptionId, act: &str) -> String {
    format!("machine_elsewhere:{id}:{act}")
}

/// Tells staff, in `tx`, what the contract asks to be done by hand to a machine that is not ours. What was asked for
/// before and is not wanted any more is closed. Told once as long as it stands.
pub(super) async fn tell(ctx: &Ctx, tx: &WriteTx, subscription: &subscription::Model) -> Result<(), ProvisioningError> {
    let act = wanted(subscription.status);
    // Its size is another question than whether it runs, until nothing is left that has one.
    let is_over = |other: &&&str| **other != act && (**other != RESIZE || act == REMOVE);
    for other in ACTS.iter().filter(is_over) {
        alert::resolve(tx, ctx.now(), &key(&subscription.id, other)).await?;
    }
    ask(ctx, tx, subscription, act, &format!("is {}", subscription.status)).await
}

/// Tells staff, in `tx`, that the contract has another plan and its machine, which is not ours, is to get its size by
/// hand. Another change before that is done is the same alert, with the size of the last one.
pub(super) async fn tell_resize(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    plan: &plan::Model,
) -> Result<(), ProvisioningError> {
    let size = format!("{} mCPU, {} MB of memory, {} GB of storage", plan.cpu_milli, plan.memory_mb, plan.storage_gb);
    ask(ctx, tx, subscription, RESIZE, &format!("has the plan {} ({size})", plan.code)).await
}

async fn ask(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    act: &str,
    why: &str,
) -> Result<(), ProvisioningError> {
    let id = &subscription.id;
    let place = subscription.elsewhere.as_deref().filter(|place| !place.is_empty()).unwrap_or("an unknown place");
    let detail = format!("The contract {id} {why}; its machine at {place} is not ours.");
    let subject = format!("A machine elsewhere is to be dealt with by hand: {act}");
    let alert = Alert { code: "machine_elsewhere", subject: &subject, detail: &detail, key: &key(id, act) };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// From now on the contract's machine is one of ours, noted in `tx`: nothing is left to be done by hand to the other.
pub(super) async fn end(ctx: &Ctx, tx: &WriteTx, contract: &subscription::Model) -> Result<(), DbErr> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::Elsewhere, Expr::value(None::<String>))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(&contract.id))
        .exec(tx)
        .await?;
    for act in ACTS {
        alert::resolve(tx, ctx.now(), &key(&contract.id, act)).await?;
    }
    let change = Change {
        action: "provisioning.contract.move_here",
        target_type: "subscription",
        target_id: contract.id.as_str(),
        customer_id: Some(&contract.customer_id),
        before: Some(serde_json::json!({ "elsewhere": contract.elsewhere })),
        ..Change::default()
    };
    ctx.audit(tx, change).await
}
