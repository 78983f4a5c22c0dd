//! What becomes of schedules with the life of their contract.
use super::{
    share::{move_to, rest},
    take::save,
};
use crate::{domain::Ctx, kernel::db::WriteTx};
use entity::{
    billing::revenue_schedule,
    value::{InvoiceId, Period, SubscriptionId, business_day},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
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

/// What `invoice_id` asked for a contract is given over other days than it said: what was earned of it stays, the rest is
/// earned evenly until the end of `period`. Twice is once.
///
/// # Errors
/// The database.
pub async fn restart(tx: &WriteTx, invoice_id: &InvoiceId, id: &SubscriptionId, period: Period) -> Result<(), DbErr> {
    use revenue_schedule::Column;
    let mut rows = revenue_schedule::Entity::find()
        .filter(Column::InvoiceId.eq(invoice_id.as_str()))
        .filter(Column::SubscriptionId.eq(id.as_str()))
        .filter(Column::EndedOn.is_null())
        .filter(Column::StartsOn.is_not_null())
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.iter_mut().for_each(|row| move_to(row, period));
    save(tx, rows).await
}

/// A contract ends, in the transaction in which it does: nothing more of it is earned by day. What is left is looked at
/// within the hour: revenue where its invoice is settled, else it waits for what becomes of the invoice. Twice is once.
///
/// # Errors
/// The database.
pub async fn end(ctx: &Ctx, tx: &WriteTx, id: &SubscriptionId) -> Result<(), DbErr> {
    use revenue_schedule::Column;
    let mut rows = revenue_schedule::Entity::find()
        .filter(Column::SubscriptionId.eq(id.as_str()))
        .filter(Column::EndedOn.is_null())
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let today = business_day(ctx.now());
    for row in &mut rows {
        row.ended_on = Some(today);
        row.next_on = (rest(row) != 0).then_some(today);
    }
    save(tx, rows).await
}

/// Whether something of a schedule is not earned.
fn is_open() -> SimpleExpr {
    let column = |column| Expr::col((revenue_schedule::Entity, column));
    column(revenue_schedule::Column::WholeMinor).ne(column(revenue_schedule::Column::RecognisedMinor))
}
