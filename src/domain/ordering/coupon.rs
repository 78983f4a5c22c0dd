//! A coupon and an order: looked at in the cart, reserved at checkout, committed when the order is paid, given back
//! when it comes to nothing.
use super::{OrderingError, pricing::Choice};
use crate::{
    domain::{
        Ctx,
        catalog::coupon::{self as coupons, Item, ItemDiscount, Offered, Refusal},
    },
    kernel::{
        db::WriteTx,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::coupon,
    ordering::{coupon_redemption, order},
    value::{CouponId, CouponRedemptionId, CustomerId, OrderId, OrderStatus, RedemptionStatus},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};

/// A coupon with what it takes off what is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Which.
    pub coupon: coupon::Model,
    /// What it takes off.
    pub offered: Offered,
}

/// A use of a coupon with the order it is for.
pub type Redemption = (coupon_redemption::Model, Option<order::Model>);

/// What the coupon called `code` would take off, without using it; `customer_id` is none for a visitor, who is
/// believed to be a new customer until he signs in.
///
/// # Errors
/// Inside: why it is refused. Outside: the database.
pub async fn look(
    db: &impl ConnectionTrait,
    code: &str,
    customer_id: Option<&CustomerId>,
    choices: &[Choice],
    now: DateTime<Utc>,
) -> Result<Result<Applied, Refusal>, DbErr> {
    let Some(code) = coupons::normal_code(code) else { return Ok(Err(Refusal::Unknown)) };
    let Some(coupon) = coupons::find::by_code(db, &code).await? else { return Ok(Err(Refusal::Unknown)) };
    if coupon.max_uses.is_some_and(|most| coupon.used >= most) {
        // Of a coupon that is over, that is what the customer should hear.
        return Ok(Err(coupons::judge(&coupon, &items(choices), now).err().unwrap_or(Refusal::UsedUp)));
    }
    judge(db, coupon, customer_id, choices, now).await
}

/// Takes a use of the coupon called `code` in `tx`; its row stays locked until `tx` ends, so that neither its limit nor
/// that of the customer is passed by orders at the same time.
///
/// # Errors
/// `CouponRefused`; the database.
pub(super) async fn reserve(
    ctx: &Ctx,
    tx: &WriteTx,
    code: &str,
    customer_id: &CustomerId,
    choices: &[Choice],
) -> Result<Applied, OrderingError> {
    let code = coupons::normal_code(code).ok_or(OrderingError::CouponRefused(Refusal::Unknown))?;
    let coupon = coupons::take(tx, &code).await?.map_err(OrderingError::CouponRefused)?;
    judge(tx, coupon, Some(customer_id), choices, ctx.now()).await?.map_err(OrderingError::CouponRefused)
}

async fn judge(
    db: &impl ConnectionTrait,
    coupon: coupon::Model,
    customer_id: Option<&CustomerId>,
    choices: &[Choice],
    now: DateTime<Utc>,
) -> Result<Result<Applied, Refusal>, DbErr> {
    let offered = match coupons::judge(&coupon, &items(choices), now) {
        Ok(offered) => offered,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(customer_id) = customer_id {
        if coupon.is_for_new_customers && !is_new(db, customer_id).await? {
            return Ok(Err(Refusal::NewCustomersOnly));
        }
        if let Some(most) = coupon.max_uses_per_customer
            && uses_of(db, &coupon.id, customer_id).await? >= most.unsigned_abs()
        {
            return Ok(Err(Refusal::UsedByCustomer));
        }
    }
    Ok(Ok(Applied { coupon, offered }))
}

fn items(choices: &[Choice]) -> Vec<Item> {
    let item = |choice: &Choice| Item {
        product_id: choice.offer.product.id.clone(),
        plan_id: choice.offer.plan.id.clone(),
        cycle: choice.price.cycle,
        currency: choice.price.currency.clone(),
        price_minor: choice.price.amount_minor,
        setup_fee_minor: choice.price.setup_fee_minor,
    };
    choices.iter().map(item).collect()
}

/// What is taken off each of `count` things; nothing where there is no coupon.
pub(super) fn discounts(applied: Option<&Applied>, count: usize) -> Vec<ItemDiscount> {
    applied.map_or_else(|| vec![ItemDiscount::default(); count], |applied| applied.offered.items.clone())
}

/// Whether a customer has never paid for an order, nor has one that waits with a coupon for new customers.
async fn is_new(db: &impl ConnectionTrait, customer_id: &CustomerId) -> Result<bool, DbErr> {
    let bought = order::Entity::find()
        .select_only()
        .column(order::Column::Id)
        .filter(order::Column::CustomerId.eq(customer_id))
        .filter(order::Column::Status.is_not_in([OrderStatus::Pending, OrderStatus::Cancelled]))
        .limit(1)
        .into_tuple::<OrderId>()
        .one(db)
        .await?;
    let welcomed = coupon_redemption::Column::WelcomeKey.eq(customer_id.as_str());
    Ok(bought.is_none() && coupon_redemption::Entity::find().filter(welcomed).one(db).await?.is_none())
}

async fn uses_of(db: &impl ConnectionTrait, id: &CouponId, customer_id: &CustomerId) -> Result<u64, DbErr> {
    coupon_redemption::Entity::find()
        .filter(coupon_redemption::Column::CouponId.eq(id))
        .filter(coupon_redemption::Column::CustomerId.eq(customer_id))
        .filter(coupon_redemption::Column::Status.is_in([RedemptionStatus::Reserved, RedemptionStatus::Committed]))
        .count(db)
        .await
}

/// Notes which order uses the coupon that [`reserve`] has taken.
///
/// # Errors
/// `CouponRefused` where another order of a new customer, placed at the same time, was the first; the database.
pub(super) async fn record(
    ctx: &Ctx,
    tx: &WriteTx,
    applied: &Applied,
    order: &order::Model,
) -> Result<(), OrderingError> {
    let welcome = applied.coupon.is_for_new_customers.then(|| order.customer_id.to_string());
    let row = coupon_redemption::ActiveModel {
        id: Set(CouponRedemptionId::generate()),
        coupon_id: Set(applied.coupon.id.clone()),
        customer_id: Set(order.customer_id.clone()),
        order_id: Set(order.id.clone()),
        status: Set(RedemptionStatus::Reserved),
        welcome_key: Set(welcome),
        discount_minor: Set(order.discount_minor),
        currency: Set(applied.coupon.currency.clone()),
        created_at: Set(ctx.now()),
        updated_at: Set(ctx.now()),
    };
    let inserted = coupon_redemption::Entity::insert(row)
        .on_conflict(OnConflict::column(coupon_redemption::Column::WelcomeKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if inserted == 0 { Err(OrderingError::CouponRefused(Refusal::NewCustomersOnly)) } else { Ok(()) }
}

/// The order was paid: its use stands. Calling twice commits once.
pub(super) async fn commit(ctx: &Ctx, tx: &WriteTx, order_id: &OrderId) -> Result<(), DbErr> {
    coupon_redemption::Entity::update_many()
        .col_expr(coupon_redemption::Column::Status, Expr::value(RedemptionStatus::Committed))
        .col_expr(coupon_redemption::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(coupon_redemption::Column::OrderId.eq(order_id))
        .filter(coupon_redemption::Column::Status.eq(RedemptionStatus::Reserved))
        .exec(tx)
        .await?;
    Ok(())
}

/// The order came to nothing: its use is given back. Calling twice gives it back once; what was paid stands.
pub(super) async fn release(ctx: &Ctx, tx: &WriteTx, order_id: &OrderId) -> Result<(), DbErr> {
    let released = coupon_redemption::Entity::update_many()
        .col_expr(coupon_redemption::Column::Status, Expr::value(RedemptionStatus::Released))
        .col_expr(coupon_redemption::Column::WelcomeKey, Expr::value(None::<String>))
        .col_expr(coupon_redemption::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(coupon_redemption::Column::OrderId.eq(order_id))
        .filter(coupon_redemption::Column::Status.eq(RedemptionStatus::Reserved))
        .exec(tx)
        .await?;
    if released.rows_affected == 0 {
        return Ok(());
    }
    let of_order = coupon_redemption::Column::OrderId.eq(order_id);
    if let Some(row) = coupon_redemption::Entity::find().filter(of_order).one(tx).await? {
        coupons::give_back(tx, &row.coupon_id).await?;
    }
    Ok(())
}

/// The uses of a coupon with their orders, newest first.
pub async fn redemptions(
    db: &impl ConnectionTrait,
    id: &CouponId,
    request: &PageRequest,
) -> Result<Page<Redemption>, DbErr> {
    let mut select = coupon_redemption::Entity::find()
        .find_also_related(order::Entity)
        .filter(coupon_redemption::Column::CouponId.eq(id))
        .order_by_desc(coupon_redemption::Column::Id)
        .limit(request.fetch());
    if let Some(after) = &request.after {
        select = select.filter(coupon_redemption::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(db).await?, request, |(row, _)| row.id.as_str()))
}

/// What the uses of a coupon that stand have taken off so far, net, minor units.
pub async fn given_minor(db: &impl ConnectionTrait, id: &CouponId) -> Result<i64, DbErr> {
    let sum: Option<Option<i64>> = coupon_redemption::Entity::find()
        .select_only()
        .column_as(crate::kernel::db::sum_i64(coupon_redemption::Column::DiscountMinor), "sum")
        .filter(coupon_redemption::Column::CouponId.eq(id))
        .filter(coupon_redemption::Column::Status.eq(RedemptionStatus::Committed))
        .into_tuple()
        .one(db)
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}
