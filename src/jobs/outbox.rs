//! Carries news to their reactions: one delivery row per event and reaction, in order per (reaction, aggregate), each
//! with its own attempts, so that a failing reaction delays neither the others nor the publisher.
use super::{
    Clockwork,
    queue::{Outcome, back_off, shorten, token_of_lease},
};
use crate::{
    domain::{Ctx, Services},
    kernel::{
        alert::{self, Alert},
        audit::Change,
        clock::machine_now,
        db,
        fault::CommonFault,
        job::JobError,
        outbox::TOPIC,
        said::{Arg, args},
    },
};
use chrono::{DateTime, Utc};
use entity::{
    platform::{outbox_delivery as delivery, outbox_event as event},
    value::{JobStatus, OutboxDeliveryId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::{collections::HashMap, time::Duration};

/// Events handed to their reactions in one transaction.
const BATCH: u64 = 100;
/// How often a reaction is tried before it is given up.
const MAX_ATTEMPTS: i32 = 10;
/// An earlier delivery of the same reaction and aggregate that is not finished blocks the later ones.
const IS_NEXT: &str = "NOT EXISTS (SELECT 1 FROM outbox_deliveries earlier \
    WHERE earlier.reaction = outbox_deliveries.reaction AND earlier.aggregate_id = outbox_deliveries.aggregate_id \
    AND earlier.status IN ('queued','running') AND earlier.event_id < outbox_deliveries.event_id)";

/// Makes delivery rows for events that have none yet. Returns how many events were handed on.
pub async fn expand(services: &Services, clockwork: &Clockwork) -> Result<usize, DbErr> {
    if !has_new_events(&services.db).await? {
        return Ok(0);
    }
    let now = services.clock.now();
    let tx = db::begin_write(&services.db, &services.live).await?;
    // In turns: a later event must not be delivered while the rows of an earlier one are still being written.
    db::exclusively(&tx, "yumna.outbox.expand").await?;
    let events = event::Entity::find()
        .filter(event::Column::DispatchedAt.is_null())
        .order_by_asc(event::Column::Id)
        .limit(BATCH)
        .all(&tx)
        .await?;
    let mut rows = Vec::new();
    for event in &events {
        let reactions = clockwork.reactions.iter().filter(|reaction| reaction.event == event.name);
        rows.extend(reactions.map(|reaction| delivery::ActiveModel {
            id: Set(OutboxDeliveryId::generate()),
            event_id: Set(event.id.clone()),
            aggregate_id: Set(event.aggregate_id.clone()),
            reaction: Set(reaction.name.to_owned()),
            status: Set(JobStatus::Queued),
            attempts: Set(0),
            run_at: Set(now),
            lease_until: Set(None),
            lease_token: Set(None),
            last_error: Set(None),
            finished_at: Set(None),
        }));
    }
    if !rows.is_empty() {
        let once = OnConflict::columns([delivery::Column::EventId, delivery::Column::Reaction]).do_nothing().to_owned();
        delivery::Entity::insert_many(rows).on_conflict(once).exec_without_returning(&tx).await?;
    }
    event::Entity::update_many()
        .col_expr(event::Column::DispatchedAt, Expr::value(now))
        .filter(event::Column::Id.is_in(events.iter().map(|event| event.id.as_str())))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(events.len())
}

async fn has_new_events(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let select = event::Entity::find().filter(event::Column::DispatchedAt.is_null());
    Ok(select.limit(1).one(db).await?.is_some())
}

/// Takes up to `wanted` deliveries that may run now and holds them for `lease`; of each reaction only so many that one
/// slow reaction does not take all places.
pub async fn claim(services: &Services, wanted: usize, lease: Duration) -> Result<Vec<delivery::Model>, DbErr> {
    let (now, machine) = (services.clock.now(), machine_now());
    if wanted == 0 || ready(now, machine, &[]).limit(1).one(&services.db).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db::begin_write(&services.db, &services.live).await?;
    db::exclusively(&tx, "yumna.outbox.claim").await?;
    let per_reaction = services.config.jobs.per_target;
    let mut running: HashMap<String, usize> = HashMap::new();
    let busy: Vec<String> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Reaction)
        .filter(delivery::Column::Status.eq(JobStatus::Running))
        .filter(delivery::Column::LeaseUntil.gte(machine))
        .into_tuple()
        .all(&tx)
        .await?;
    for reaction in busy {
        *running.entry(reaction).or_default() += 1;
    }
    let full: Vec<&str> = running.iter().filter(|(_, n)| **n >= per_reaction).map(|(name, _)| name.as_str()).collect();
    let candidates = ready(now, machine, &full).limit(wanted as u64).all(&tx).await?;
    let mut picked = Vec::new();
    for candidate in candidates {
        if candidate.status == JobStatus::Running && candidate.attempts >= MAX_ATTEMPTS {
            bury(&tx, now, &candidate, "its worker was lost in the last attempt", "outbox").await?;
            continue;
        }
        let count = running.entry(candidate.reaction.clone()).or_default();
        if *count < per_reaction {
            *count += 1;
            picked.push(candidate.id);
        }
    }
    let mut claimed = Vec::new();
    if !picked.is_empty() {
        let until = machine + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::seconds(30));
        claimed = delivery::Entity::update_many()
            .col_expr(delivery::Column::Status, Expr::value(JobStatus::Running))
            .col_expr(delivery::Column::Attempts, Expr::col(delivery::Column::Attempts).add(1))
            .col_expr(delivery::Column::LeaseUntil, Expr::value(until))
            .col_expr(delivery::Column::LeaseToken, Expr::value(token_of_lease()))
            .filter(delivery::Column::Id.is_in(picked.iter().map(OutboxDeliveryId::as_str)))
            .exec_with_returning(&tx)
            .await?;
        claimed.sort_by(|a, b| a.event_id.cmp(&b.event_id));
    }
    tx.commit().await?;
    Ok(claimed)
}

fn ready(now: DateTime<Utc>, machine: DateTime<Utc>, full: &[&str]) -> sea_orm::Select<delivery::Entity> {
    let free = Condition::any()
        .add(delivery::Column::Status.eq(JobStatus::Queued))
        .add(delivery::Column::LeaseUntil.lt(machine));
    let select = delivery::Entity::find()
        .filter(delivery::Column::Status.is_in([JobStatus::Queued, JobStatus::Running]))
        .filter(delivery::Column::RunAt.lte(now))
        .filter(free)
        .filter(Expr::cust(IS_NEXT))
        .order_by_asc(delivery::Column::EventId);
    if full.is_empty() { select } else { select.filter(delivery::Column::Reaction.is_not_in(full.iter().copied())) }
}

/// Whether any delivery or event still has to run by now.
pub async fn has_due(services: &Services) -> Result<bool, DbErr> {
    let due = delivery::Entity::find()
        .filter(delivery::Column::Status.is_in([JobStatus::Queued, JobStatus::Running]))
        .filter(delivery::Column::RunAt.lte(services.clock.now()))
        .filter(Expr::cust(IS_NEXT))
        .limit(1)
        .one(&services.db)
        .await?;
    Ok(due.is_some() || has_new_events(&services.db).await?)
}

/// The event a delivery carries.
pub(super) async fn event_of(services: &Services, delivery: &delivery::Model) -> Result<event::Model, DbErr> {
    event::Entity::find_by_id(delivery.event_id.clone())
        .one(&services.db)
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("event {}", delivery.event_id)))
}

/// Ends every lease: what was running may be claimed at once.
pub(super) async fn free_all(services: &Services) -> Result<(), DbErr> {
    let tx = db::begin_write(&services.db, &services.live).await?;
    delivery::Entity::update_many()
        .col_expr(delivery::Column::LeaseUntil, Expr::value(DateTime::<Utc>::UNIX_EPOCH))
        .filter(delivery::Column::Status.eq(JobStatus::Running))
        .exec(&tx)
        .await?;
    tx.wake_after_commit(TOPIC);
    tx.commit().await
}

fn held(delivery: &delivery::Model) -> sea_orm::UpdateMany<delivery::Entity> {
    delivery::Entity::update_many()
        .filter(delivery::Column::Id.eq(&delivery.id))
        .filter(delivery::Column::Status.eq(JobStatus::Running))
        .filter(delivery::Column::LeaseToken.eq(delivery.lease_token.clone()))
}

/// Holds `delivery` for another `lease`. False: somebody else has it.
pub async fn extend(services: &Services, delivery: &delivery::Model, lease: Duration) -> Result<bool, DbErr> {
    let until = machine_now() + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::seconds(30));
    let tx = db::begin_write(&services.db, &services.live).await?;
    let extended = held(delivery).col_expr(delivery::Column::LeaseUntil, Expr::value(until)).exec(&tx).await?;
    tx.commit().await?;
    Ok(extended.rows_affected == 1)
}

/// Writes down how a reaction ended, if `delivery` is still ours.
pub async fn finish(
    services: &Services,
    delivery: &delivery::Model,
    result: &Result<(), JobError>,
    correlation: &str,
) -> Result<Outcome, DbErr> {
    let now = services.clock.now();
    let tx = db::begin_write(&services.db, &services.live).await?;
    let nobody = Expr::value(Option::<DateTime<Utc>>::None);
    let (is_ours, outcome) = match result {
        Ok(()) => {
            let done = held(delivery)
                .col_expr(delivery::Column::Status, Expr::value(JobStatus::Done))
                .col_expr(delivery::Column::LeaseUntil, nobody)
                .col_expr(delivery::Column::FinishedAt, Expr::value(now));
            (done.exec(&tx).await?.rows_affected == 1, Outcome::Done)
        }
        Err(JobError::Retry { message, after }) if delivery.attempts < MAX_ATTEMPTS => {
            let pause = after.unwrap_or_else(|| back_off(delivery.attempts));
            let again = held(delivery)
                .col_expr(delivery::Column::Status, Expr::value(JobStatus::Queued))
                .col_expr(delivery::Column::LeaseUntil, nobody)
                .col_expr(
                    delivery::Column::RunAt,
                    Expr::value(now + chrono::Duration::from_std(pause).unwrap_or_default()),
                )
                .col_expr(delivery::Column::LastError, Expr::value(shorten(message)));
            (again.exec(&tx).await?.rows_affected == 1, Outcome::Again)
        }
        Err(JobError::Retry { message, .. } | JobError::Fail { message }) => {
            (bury(&tx, now, delivery, message, correlation).await?, Outcome::Dead)
        }
    };
    // The next delivery of the same aggregate may be waiting for this one.
    tx.wake_after_commit(TOPIC);
    tx.commit().await?;
    Ok(if is_ours { outcome } else { Outcome::Lost })
}

async fn bury(
    tx: &db::WriteTx,
    now: DateTime<Utc>,
    delivery: &delivery::Model,
    error: &str,
    correlation: &str,
) -> Result<bool, DbErr> {
    let dead = held(delivery)
        .col_expr(delivery::Column::Status, Expr::value(JobStatus::Dead))
        .col_expr(delivery::Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(delivery::Column::LastError, Expr::value(shorten(error)))
        .col_expr(delivery::Column::FinishedAt, Expr::value(now));
    if dead.exec(tx).await?.rows_affected != 1 {
        return Ok(false);
    }
    let alert = Alert {
        code: "reaction_dead",
        args: args([
            ("reaction", Arg::from(&delivery.reaction)),
            ("id", Arg::from(delivery.id.as_str())),
            ("about", Arg::from(&delivery.aggregate_id)),
            ("error", Arg::from(shorten(error))),
        ]),
        key: &dead_key(&delivery.id),
    };
    alert::raise(tx, now, correlation, alert).await?;
    Ok(true)
}

fn dead_key(id: &OutboxDeliveryId) -> String {
    format!("reaction_dead:{id}")
}

/// Queues a dead delivery again, with all its attempts.
///
/// # Errors
/// `NotFound`; `InvalidState` where it is not dead.
pub async fn retry(ctx: &Ctx, id: &OutboxDeliveryId) -> Result<(), CommonFault> {
    let tx = ctx.begin().await?;
    let found = delivery::Entity::find_by_id(id.clone()).one(&tx).await?.ok_or(CommonFault::NotFound)?;
    let revived = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(JobStatus::Queued))
        .col_expr(delivery::Column::Attempts, Expr::value(0))
        .col_expr(delivery::Column::RunAt, Expr::value(ctx.now()))
        .col_expr(delivery::Column::FinishedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(delivery::Column::Id.eq(id))
        .filter(delivery::Column::Status.eq(JobStatus::Dead))
        .exec(&tx)
        .await?;
    if revived.rows_affected != 1 {
        return Err(CommonFault::InvalidState(found.status.as_str()));
    }
    alert::resolve(&tx, ctx.now(), &dead_key(id)).await?;
    let change = Change {
        action: "platform.delivery.retry",
        target_type: "outbox_delivery",
        target_id: id.as_str(),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.wake_after_commit(TOPIC);
    tx.commit().await?;
    Ok(())
}
