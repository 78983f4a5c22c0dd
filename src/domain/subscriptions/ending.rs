//! Contracts that are not renewed end with the period that was paid.
use super::{EndReason, SubscriptionError, cancel::end, room};
use crate::domain::Ctx;
use chrono::{DateTime, Utc};
use entity::{
    subscriptions::subscription,
    value::{SubscriptionId, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

/// Contracts looked at in one go.
const BATCH: u64 = 200;

/// Ends contracts that are not renewed and whose paid period is over. Returns how many. Running it twice ends each
/// once. What is paid and waits for room has not had its days: it is let in, or its money goes back. One that fails keeps
/// none of the others back.
///
/// # Errors
/// The first that failed, after all were looked at.
pub async fn end_due(ctx: &Ctx) -> Result<u64, SubscriptionError> {
    let before = ctx.now();
    let (mut count, mut failed, mut last) = (0, None, None);
    loop {
        let due = next_due(ctx, before, last.as_ref()).await?;
        let Some(newest) = due.last() else { return failed.map_or(Ok(count), Err) };
        last = newest.next_renewal_at.map(|at| (at, newest.id.clone()));
        for contract in &due {
            match end_one(ctx, contract).await {
                Ok(is_ended) => count += u64::from(is_ended),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    }
}

/// The next contracts to end, whose period was over first first, those after the one that `last` names.
async fn next_due(
    ctx: &Ctx,
    before: DateTime<Utc>,
    last: Option<&(DateTime<Utc>, SubscriptionId)>,
) -> Result<Vec<subscription::Model>, DbErr> {
    use subscription::Column;
    let standing = [
        SubscriptionStatus::Trialing,
        SubscriptionStatus::Active,
        SubscriptionStatus::PastDue,
        SubscriptionStatus::Cancelled,
        SubscriptionStatus::Suspended,
    ];
    let mut select = subscription::Entity::find()
        .filter(Column::Status.is_in(standing))
        .filter(Column::NextRenewalAt.lte(before))
        .filter(Column::AutoRenew.eq(false))
        .filter(room::waits().not())
        .order_by_asc(Column::NextRenewalAt)
        .order_by_asc(Column::Id)
        .limit(BATCH);
    if let Some((at, id)) = last {
        let same = Column::NextRenewalAt.eq(*at).and(Column::Id.gt(id.as_str()));
        select = select.filter(Column::NextRenewalAt.gt(*at).or(same));
    }
    select.all(&ctx.db).await
}

/// Ends one of them, in a transaction of its own. Whether this call did it.
async fn end_one(ctx: &Ctx, contract: &subscription::Model) -> Result<bool, SubscriptionError> {
    let tx = ctx.begin().await?;
    // Guarded again: the customer may have taken the notice back since it was read.
    let still = subscription::Entity::update_many()
        .col_expr(subscription::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(subscription::Column::Id.eq(&contract.id))
        .filter(subscription::Column::AutoRenew.eq(false))
        .filter(room::waits().not())
        .exec(&tx)
        .await?;
    let reason = if contract.cancel_reason.is_some() { EndReason::Cancelled } else { EndReason::NotRenewed };
    if still.rows_affected == 0 || !end(ctx, &tx, &contract.id, reason).await? {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}
