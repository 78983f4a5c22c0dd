//! Uses of a coupon, counted.
//!
//! One conditional UPDATE takes a use, so that any number of parallel buyers cannot exceed the limit; the row stays
//! locked until the transaction ends, so that uses of one customer are counted one after the other.
use super::{Refusal, find};
use crate::kernel::db::WriteTx;
use entity::{catalog::coupon, value::CouponId};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

/// Takes a use of the coupon called `code` (see `normal_code`) in `tx` and reads its terms under the lock. What the
/// caller then finds against it takes the use back with the transaction.
///
/// # Errors
/// Inside: `Unknown`, `UsedUp`. Outside: the database.
pub async fn take(tx: &WriteTx, code: &str) -> Result<Result<coupon::Model, Refusal>, DbErr> {
    let has_room =
        coupon::Column::MaxUses.is_null().or(Expr::col(coupon::Column::Used).lt(Expr::col(coupon::Column::MaxUses)));
    let taken = coupon::Entity::update_many()
        .col_expr(coupon::Column::Used, Expr::col(coupon::Column::Used).add(1))
        .filter(coupon::Column::Code.eq(code))
        .filter(has_room)
        .exec(tx)
        .await?;
    Ok(match find::by_code(tx, code).await? {
        None => Err(Refusal::Unknown),
        Some(_) if taken.rows_affected == 0 => Err(Refusal::UsedUp),
        Some(coupon) => Ok(coupon),
    })
}

/// Gives a use back. The caller's guard decides that it is given back once.
pub async fn give_back(tx: &WriteTx, id: &CouponId) -> Result<(), DbErr> {
    coupon::Entity::update_many()
        .col_expr(coupon::Column::Used, Expr::col(coupon::Column::Used).sub(1))
        .filter(coupon::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
