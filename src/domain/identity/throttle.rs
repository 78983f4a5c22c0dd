//! How often somebody may try. Failures are counted per account and per network address over a sliding window; a
//! success forgives the account. A try is written down as failed before the password is looked at.
use super::IdentityError;
use crate::{
    domain::Ctx,
    kernel::db::{self, WriteTx},
};
use chrono::{DateTime, Duration, Utc};
use entity::identity::login_attempt;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

/// Minutes a failure counts.
const WINDOW_MINUTES: i64 = 15;
/// Failures of one account within the window before it has to wait.
const PER_ACCOUNT: u64 = 10;
/// Failures from one network address: many people share one.
const PER_ADDRESS: u64 = 100;

/// Refuses where too many tries failed; writes nothing.
pub(super) async fn check(ctx: &Ctx, db: &impl ConnectionTrait, email: &str) -> Result<(), IdentityError> {
    let now = ctx.now();
    let account = login_attempt::Column::Email.eq(email);
    wait_for(db, now, account, PER_ACCOUNT).await?;
    if let Some(address) = &ctx.address {
        wait_for(db, now, login_attempt::Column::Address.eq(address), PER_ADDRESS).await?;
    }
    Ok(())
}

async fn wait_for(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    of: sea_orm::sea_query::SimpleExpr,
    limit: u64,
) -> Result<(), IdentityError> {
    let since = now - Duration::minutes(WINDOW_MINUTES);
    // The failure that has to grow old before there is room again is the limit-th youngest.
    let oldest_that_counts = login_attempt::Entity::find()
        .select_only()
        .column(login_attempt::Column::At)
        .filter(of)
        .filter(login_attempt::Column::At.gt(since))
        .filter(login_attempt::Column::Succeeded.eq(false))
        .order_by(login_attempt::Column::At, Order::Desc)
        .offset(limit - 1)
        .limit(1)
        .into_tuple::<DateTime<Utc>>()
        .one(db)
        .await?;
    match oldest_that_counts {
        None => Ok(()),
        Some(at) => {
            let seconds = (at + Duration::minutes(WINDOW_MINUTES) - now).num_seconds().max(1);
            Err(IdentityError::TooManyAttempts { retry_after: u64::try_from(seconds).unwrap_or(1) })
        }
    }
}

/// Checks again and writes the try down as failed, in one transaction. Tries of one account or from one address take
/// turns: of many at once, no more pass than one after another would.
pub(super) async fn begin(ctx: &Ctx, email: &str) -> Result<String, IdentityError> {
    let tx = ctx.begin().await?;
    // Always the account before the address, so that nobody waits for somebody who waits for him.
    db::exclusively(&tx, &format!("yumna.throttle.account:{email}")).await?;
    if let Some(address) = &ctx.address {
        db::exclusively(&tx, &format!("yumna.throttle.address:{address}")).await?;
    }
    check(ctx, &tx, email).await?;
    let id = entity::value::next_ulid().to_string();
    let row = login_attempt::ActiveModel {
        id: Set(id.clone()),
        email: Set(email.to_owned()),
        address: Set(ctx.address.clone().unwrap_or_else(|| "-".to_owned())),
        succeeded: Set(false),
        at: Set(ctx.now()),
    };
    login_attempt::Entity::insert(row).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// The try turned out right: the account's failures are forgiven, the address's others stay.
pub(super) async fn succeed(tx: &WriteTx, email: &str) -> Result<(), DbErr> {
    login_attempt::Entity::update_many()
        .col_expr(login_attempt::Column::Succeeded, Expr::value(true))
        .filter(login_attempt::Column::Email.eq(email))
        .filter(login_attempt::Column::Succeeded.eq(false))
        .exec(tx)
        .await?;
    Ok(())
}

/// The try was neither right nor wrong (a code is still needed): it does not count.
pub(super) async fn withdraw(ctx: &Ctx, attempt: &str) -> Result<(), DbErr> {
    let tx = ctx.begin().await?;
    login_attempt::Entity::delete_by_id(attempt).exec(&tx).await?;
    tx.commit().await
}
