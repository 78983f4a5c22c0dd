//! What keeps two accounts from becoming one.
use super::super::{
    Obstacle, ObstacleKind,
    obstacles::{self, NAMED},
};
use crate::domain::{Ctx, subscriptions::open::exclusive_key};
use chrono::{DateTime, Utc};
use entity::{
    catalog::product,
    customers::customer,
    ledger::wallet_hold,
    subscriptions::{automation_pause, plan_change, subscription},
    takeover::import,
    value::{CustomerId, CustomerStatus, ImportStatus, PauseScope, WalletHoldStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Everything that stands in the way; `balance_minor` is what the wallet of `from` holds.
pub(super) async fn obstacles(
    ctx: &Ctx,
    db: &impl ConnectionTrait,
    from: &customer::Model,
    into: &customer::Model,
    balance_minor: i64,
) -> Result<Vec<Obstacle>, DbErr> {
    let mut found = differences(from, into);
    found.extend(obstacles::under_way(db, &from.id).await?);
    found.extend(set_aside(db, &from.id).await?);
    found.extend((balance_minor < 0).then(|| Obstacle::new(ObstacleKind::Overdrawn, from.id.as_str(), "")));
    found.extend(products(db, &from.id, &into.id).await?);
    found.extend(pauses(db, ctx.now(), &from.id).await?);
    found.extend(imports(db).await?);
    Ok(found)
}

/// What has to be the same on both, because what moves was reckoned with it or will be invoiced by it.
fn differences(from: &customer::Model, into: &customer::Model) -> Vec<Obstacle> {
    let both = |one: &str, other: &str| format!("{one} / {other}");
    let is_exempt = |customer: &customer::Model| customer.tax_exempt_reason.is_some();
    // A number the other one lacks would be missing on the next invoices of what moves.
    let is_lost = |mine: Option<&str>, theirs: Option<&str>| mine.is_some() && mine != theirs;
    let number = |customer: &customer::Model| customer.npwp.clone().unwrap_or_else(|| "–".to_owned());
    let said = [
        (into.status == CustomerStatus::Closed, ObstacleKind::Closed, into.name.clone()),
        (from.currency != into.currency, ObstacleKind::Currency, both(&from.currency, &into.currency)),
        (from.tax_country != into.tax_country, ObstacleKind::TaxCountry, both(&from.tax_country, &into.tax_country)),
        (is_exempt(from) != is_exempt(into), ObstacleKind::TaxExempt, into.name.clone()),
        (
            is_lost(from.npwp.as_deref(), into.npwp.as_deref())
                || is_lost(from.nitku.as_deref(), into.nitku.as_deref()),
            ObstacleKind::TaxNumber,
            both(&number(from), &number(into)),
        ),
        // Who pays PPN to the state himself, or withholds PPh, is asked for less: invoices that move would be asked for
        // otherwise than they were issued.
        (
            from.vat_collector != into.vat_collector || from.withholds_income_tax != into.withholds_income_tax,
            ObstacleKind::TaxDuties,
            into.name.clone(),
        ),
    ];
    let stands = said.into_iter().filter(|(stands, ..)| *stands);
    stands.map(|(_, kind, label)| Obstacle::new(kind, into.id.as_str(), label)).collect()
}

/// Money of the wallet that is set aside: a payout, or a change of plan that is under way.
pub(super) async fn set_aside(db: &impl ConnectionTrait, from: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let holds = wallet_hold::Entity::find()
        .filter(wallet_hold::Column::CustomerId.eq(from))
        .filter(wallet_hold::Column::Status.eq(WalletHoldStatus::Open))
        .order_by_desc(wallet_hold::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let ids = holds.iter().map(|row| row.id.0.clone());
    let changes = plan_change::Entity::find().filter(plan_change::Column::HoldId.is_in(ids)).all(db).await?;
    let contract_of: HashMap<_, _> =
        changes.into_iter().filter_map(|row| Some((row.hold_id?, row.subscription_id.0))).collect();
    let named = holds.into_iter().map(|row| match contract_of.get(row.id.as_str()) {
        Some(contract) => Obstacle::new(ObstacleKind::PlanChange, contract.as_str(), ""),
        None => Obstacle::new(ObstacleKind::Payout, row.source_id, ""),
    });
    Ok(named.collect())
}

/// Products of which a customer has one live contract at most, and both have one.
async fn products(db: &impl ConnectionTrait, from: &CustomerId, into: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let his = subscription::Entity::find()
        .filter(subscription::Column::CustomerId.eq(from))
        .filter(subscription::Column::ExclusiveKey.is_not_null())
        .order_by_desc(subscription::Column::Id)
        .find_also_related(product::Entity)
        .all(db)
        .await?;
    let there: Vec<Option<String>> = subscription::Entity::find()
        .select_only()
        .column(subscription::Column::ExclusiveKey)
        .filter(
            subscription::Column::ExclusiveKey.is_in(his.iter().map(|(row, _)| exclusive_key(into, &row.product_id))),
        )
        .into_tuple()
        .all(db)
        .await?;
    let twice = his.into_iter().filter(|(row, _)| there.contains(&Some(exclusive_key(into, &row.product_id))));
    let named = twice.map(|(row, product)| {
        let name = product.map(|product| product.name).unwrap_or_default();
        Obstacle::new(ObstacleKind::Product, row.id.0, name)
    });
    Ok(named.collect())
}

/// A pause of the whole account would not reach what has moved.
async fn pauses(db: &impl ConnectionTrait, now: DateTime<Utc>, from: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let rows = automation_pause::Entity::find()
        .filter(automation_pause::Column::Scope.eq(PauseScope::Customer))
        .filter(automation_pause::Column::TargetId.eq(from.as_str()))
        .filter(automation_pause::Column::LiftedAt.is_null())
        .filter(automation_pause::Column::EndsAt.gt(now))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| Obstacle::new(ObstacleKind::Pause, row.id, row.reason)).collect())
}

/// A file that is being taken over may be about to give the account something.
async fn imports(db: &impl ConnectionTrait) -> Result<Vec<Obstacle>, DbErr> {
    let rows = import::Entity::find().filter(import::Column::Status.eq(ImportStatus::Running)).all(db).await?;
    Ok(rows.into_iter().map(|row| Obstacle::new(ObstacleKind::Import, row.id.0, row.source)).collect())
}
