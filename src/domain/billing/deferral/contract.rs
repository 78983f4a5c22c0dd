//! What becomes of schedules with the life of their contract.
use super::EarnRevenue;
use crate::{domain::Ctx, kernel::db::WriteTx};
use entity::{
    billing::revenue_schedule,
    value::{Period, SubscriptionId, business_day},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter,
    sea_query::{Expr, SimpleExpr},
};

/// The service of a contract begins: what was asked for it before its days were known is earned over `period`. Twice is
/// once.
///
/// # Errors
/// The database.
pub async fn begin(tx: &WriteTx, id: &SubscriptionId, period: Period) -> Result<(), DbErr> {
    use revenue_schedule::Column;
    revenue_schedule::Entity::update_many()
        .col_expr(Column::StartsOn, Expr::value(Some(period.start)))
        .col_expr(Column::EndsOn, Expr::value(Some(period.end)))
        .col_expr(Column::EvenFrom, Expr::value(Some(period.start)))
        .col_expr(Column::EarnedTo, Expr::value(Some(period.start)))
        .col_expr(Column::NextOn, Expr::value(period.start.succ_opt()))
        .filter(Column::SubscriptionId.eq(id.as_str()))
        .filter(Column::StartsOn.is_null())
        .filter(is_open())
        .exec(tx)
        .await
        .map(drop)
}

/// A contract ended: nothing more of it is earned by day. What is left is looked at at once: revenue where its invoice is
/// settled, else it waits for what becomes of the invoice. Twice is once.
///
/// # Errors
/// The database.
pub async fn end(ctx: &Ctx, id: &SubscriptionId) -> Result<(), DbErr> {
    use revenue_schedule::Column;
    let of_contract = || Column::SubscriptionId.eq(id.as_str()).and(Column::EndedOn.is_null());
    // Most contracts have none: nobody waits for the turn at writing.
    if revenue_schedule::Entity::find().filter(of_contract()).count(&ctx.db).await? == 0 {
        return Ok(());
    }
    let today = business_day(ctx.now());
    let tx = ctx.begin().await?;
    revenue_schedule::Entity::update_many()
        .col_expr(Column::EndedOn, Expr::value(Some(today)))
        .col_expr(Column::NextOn, Expr::value(Some(today)))
        .filter(of_contract())
        .exec(&tx)
        .await?;
    ctx.enqueue(&tx, &EarnRevenue {}).await?;
    tx.commit().await
}

/// Whether something of a schedule is not earned.
fn is_open() -> SimpleExpr {
    let column = |column| Expr::col((revenue_schedule::Entity, column));
    column(revenue_schedule::Column::WholeMinor).ne(column(revenue_schedule::Column::RecognisedMinor))
}
