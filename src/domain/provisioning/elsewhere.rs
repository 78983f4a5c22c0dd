//! Contracts that were taken over with a machine that is not ours: nothing is made, suspended, resized or removed for
//! them. Staff are told what is to be done by hand (ADR 0090).
use super::ProvisioningError;
use crate::{
    domain::Ctx,
    kernel::{
        alert::{self, Alert},
        audit::Change,
        db::WriteTx,
        said::{Arg, Said, args},
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
    let status = Arg::word(format!("subscription-status-{}", subscription.status.as_str().replace('_', "-")));
    ask(ctx, tx, subscription, act, Said::new("alert-machine-elsewhere-is", [("status", status)])).await
}

/// Tells staff, in `tx`, that the contract has another plan and its machine, which is not ours, is to get its size by
/// hand. Another change before that is done is the same alert, with the size of the last one.
pub(super) async fn tell_resize(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    plan: &plan::Model,
) -> Result<(), ProvisioningError> {
    let size = Said::new(
        "alert-machine-elsewhere-size",
        [
            ("plan", Arg::from(&plan.code)),
            ("cpu", format!("{} mCPU", plan.cpu_milli).into()),
            ("memory", format!("{} MB", plan.memory_mb).into()),
            ("storage", format!("{} GB", plan.storage_gb).into()),
        ],
    );
    ask(ctx, tx, subscription, RESIZE, size).await
}

async fn ask(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    act: &str,
    why: Said,
) -> Result<(), ProvisioningError> {
    let id = &subscription.id;
    let place = match subscription.elsewhere.as_deref() {
        None | Some("") => Arg::word("alert-machine-elsewhere-nowhere"),
        Some(place) => place.into(),
    };
    let args = args([
        ("act", Arg::word(format!("alert-machine-elsewhere-{act}"))),
        ("contract", id.as_str().into()),
        ("why", Arg::Lines(vec![why])),
        ("place", place),
    ]);
    let alert = Alert { code: "machine_elsewhere", args, key: &key(id, act) };
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
