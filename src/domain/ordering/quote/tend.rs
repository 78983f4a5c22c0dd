//! Time passes: customers are reminded once, and what nobody answered expires.
use super::{
    accept::tell,
    draft::note,
    events::QuoteEnding,
    find,
    send::{decided, turn},
};
use crate::domain::{Ctx, ordering::OrderingError};
use chrono::Days;
use entity::{
    ordering::quote,
    value::{QuoteStatus, business_day, day_start},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// Quotes one call takes at most.
const BATCH: u64 = 100;
/// Days before the last day of a quote on which its customer is reminded.
const REMINDED_BEFORE: Days = Days::new(3);

/// Ends sent quotes whose last day is over, each in a transaction of its own. One that was answered meanwhile is left
/// alone. Returns how many were looked at: none when there is nothing more to do.
///
/// # Errors
/// The database.
pub async fn expire_due(ctx: &Ctx) -> Result<usize, OrderingError> {
    let over = find::over(&ctx.db, business_day(ctx.now()), BATCH).await?;
    for before in &over {
        let tx = ctx.begin().await?;
        let row = decided(ctx, before.clone(), QuoteStatus::Expired, None);
        if turn(&tx, &row, &[QuoteStatus::Sent]).await? {
            note(ctx, &tx, "ordering.quote.expire", &row, Some(before)).await?;
            tell(ctx, &tx, &row).await?;
            tx.commit().await?;
        }
    }
    Ok(over.len())
}

/// Lets customers be reminded whose quotes end within three days, once per quote. What was sent on this very day reminds
/// of itself. Returns how many were looked at: none when there is nothing more to do.
///
/// # Errors
/// The database.
pub async fn remind_due(ctx: &Ctx) -> Result<usize, OrderingError> {
    let today = business_day(ctx.now());
    let until = today.checked_add_days(REMINDED_BEFORE).unwrap_or(today);
    let ending = find::ending(&ctx.db, today, until, day_start(today), BATCH).await?;
    for row in &ending {
        let tx = ctx.begin().await?;
        let reminded = quote::Entity::update_many()
            .col_expr(quote::Column::RemindedAt, Expr::value(Some(ctx.now())))
            .filter(quote::Column::Id.eq(&row.id))
            .filter(quote::Column::Status.eq(QuoteStatus::Sent))
            .filter(quote::Column::RemindedAt.is_null())
            .exec(&tx)
            .await?;
        if reminded.rows_affected == 1 {
            let news = QuoteEnding { quote_id: row.id.clone(), customer_id: row.customer_id.clone() };
            ctx.publish(&tx, &news).await?;
            tx.commit().await?;
        }
    }
    Ok(ending.len())
}
