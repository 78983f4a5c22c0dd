//! Exact amounts: given out so that no two open transfers of an account look the same, and held back for a while after
//! their end.
use crate::{
    domain::{Ctx, payments::PaymentError},
    integrations::gateways::Terms,
    kernel::{db::WriteTx, token},
};
use chrono::Duration;
use entity::payments::{payment, transfer};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};
use std::collections::BTreeSet;

/// Reserves an amount for `payment` (whose row is stored) under `terms` and gives the unique code, minor units; 0 where
/// the terms add none. Twins that choose the same amount are told apart by the unique index, and the later one takes
/// another.
///
/// # Errors
/// `TransferAmountsTaken` where every code of the range is taken; the database.
pub(in crate::domain::payments) async fn reserve(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
    terms: &Terms,
) -> Result<i64, PaymentError> {
    let account_id = payment.account_id.clone().ok_or(PaymentError::NotConfigured)?;
    let mut row = transfer::Model {
        payment_id: payment.id.clone(),
        account_id,
        amount_minor: payment.amount_minor,
        unique_code: 0,
        reserved_minor: None,
        quarantine_days: terms.quarantine_days,
        held_until: None,
    };
    let Some(codes) = &terms.codes else {
        transfer::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
        return Ok(0);
    };
    let (base, taken) = (payment.amount_minor, taken(ctx, tx, &row, terms).await?);
    let mut free: Vec<i64> = codes.clone().filter(|code| !taken.contains(&(base + code))).collect();
    while !free.is_empty() {
        let code = free.swap_remove(any_of(free.len()));
        row.unique_code = code;
        row.amount_minor = base + code;
        row.reserved_minor = Some(base + code);
        release(ctx, tx, &row).await?;
        let insert = transfer::Entity::insert(row.clone().into_active_model().reset_all())
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        if insert.exec_without_returning(tx).await? == 1 {
            return Ok(code);
        }
    }
    Err(PaymentError::TransferAmountsTaken)
}

/// Any place of a list of `length`: which code comes next is nobody's business to foresee.
fn any_of(length: usize) -> usize {
    let drawn = u64::from_le_bytes(token::bytes::<8>());
    let length = u64::try_from(length).unwrap_or(u64::MAX).max(1);
    usize::try_from(drawn % length).unwrap_or(0)
}

/// Amounts of the range that others hold now.
async fn taken(ctx: &Ctx, tx: &WriteTx, row: &transfer::Model, terms: &Terms) -> Result<BTreeSet<i64>, PaymentError> {
    let (first, last) = terms.codes.as_ref().map_or((0, 0), |codes| (*codes.start(), *codes.end()));
    let is_held =
        Condition::any().add(transfer::Column::HeldUntil.is_null()).add(transfer::Column::HeldUntil.gt(ctx.now()));
    let amounts: Vec<Option<i64>> = transfer::Entity::find()
        .select_only()
        .column(transfer::Column::ReservedMinor)
        .filter(transfer::Column::AccountId.eq(&row.account_id))
        .filter(transfer::Column::ReservedMinor.between(row.amount_minor + first, row.amount_minor + last))
        .filter(is_held)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(amounts.into_iter().flatten().collect())
}

/// Lets go of the amount of `row` where its quarantine is over. One row at a time: nobody waits for a row while holding
/// another.
async fn release(ctx: &Ctx, tx: &WriteTx, row: &transfer::Model) -> Result<(), PaymentError> {
    transfer::Entity::update_many()
        .set(transfer::ActiveModel { reserved_minor: Set(None), ..Default::default() })
        .filter(transfer::Column::AccountId.eq(&row.account_id))
        .filter(transfer::Column::ReservedMinor.eq(row.reserved_minor))
        .filter(transfer::Column::HeldUntil.lte(ctx.now()))
        .exec(tx)
        .await?;
    Ok(())
}

/// The attempt has ended: its quarantine begins. Twice is once.
pub(in crate::domain::payments) async fn set_aside(
    ctx: &Ctx,
    tx: &WriteTx,
    payment: &payment::Model,
) -> Result<(), PaymentError> {
    let Some(row) = transfer::Entity::find_by_id(payment.id.clone()).one(tx).await? else { return Ok(()) };
    let held_until = ctx.now() + Duration::days(i64::from(row.quarantine_days));
    transfer::Entity::update_many()
        .set(transfer::ActiveModel { held_until: Set(Some(held_until)), ..Default::default() })
        .filter(transfer::Column::PaymentId.eq(&payment.id))
        .filter(transfer::Column::HeldUntil.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
