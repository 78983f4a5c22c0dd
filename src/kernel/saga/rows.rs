//! The rows of sagas: writing them down, reading them, and what staff do with one that is stuck.
use super::{Failure, IN_FLIGHT, update_saga};
use crate::kernel::{clock::machine_now, db::WriteTx};
use chrono::{DateTime, Utc};
use entity::{
    platform::saga,
    provisioning::step,
    value::{ProvisionStepId, SagaStatus, StepStatus, next_ulid},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::{Value, json};

/// Writes down a new saga with its steps. Returns its id.
pub async fn start(
    tx: &WriteTx,
    now: DateTime<Utc>,
    name: &str,
    subject_id: &str,
    params: Value,
    steps: &[&str],
) -> Result<String, DbErr> {
    let id = format!("sag_{}", next_ulid());
    let row = saga::ActiveModel {
        id: Set(id.clone()),
        name: Set(name.to_owned()),
        subject_id: Set(subject_id.to_owned()),
        params: Set(params),
        status: Set(SagaStatus::Running),
        failure: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        finished_at: Set(None),
    };
    saga::Entity::insert(row).exec_without_returning(tx).await?;
    let rows = steps.iter().zip(1..).map(|(name, position)| step::ActiveModel {
        id: Set(ProvisionStepId::generate()),
        saga_id: Set(id.clone()),
        position: Set(position),
        name: Set((*name).to_owned()),
        status: Set(StepStatus::Pending),
        attempts: Set(0),
        output: Set(None),
        note: Set(None),
        said: Set(None),
        reason: Set(None),
        waiting_since: Set(None),
        trouble_since: Set(None),
        started_at: Set(None),
        finished_at: Set(None),
        updated_at: Set(machine_now()),
    });
    step::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(id)
}

/// The saga's row.
pub async fn find(db: &impl ConnectionTrait, id: &str) -> Result<Option<saga::Model>, DbErr> {
    saga::Entity::find_by_id(id).one(db).await
}

/// The steps of a saga in order.
pub async fn steps_of(db: &impl ConnectionTrait, saga_id: &str) -> Result<Vec<step::Model>, DbErr> {
    let steps = step::Entity::find().filter(step::Column::SagaId.eq(saga_id));
    steps.order_by_asc(step::Column::Position).all(db).await
}

/// The steps of several sagas, each saga's in order (one query).
pub async fn steps_of_all(db: &impl ConnectionTrait, saga_ids: &[&str]) -> Result<Vec<step::Model>, DbErr> {
    let steps = step::Entity::find().filter(step::Column::SagaId.is_in(saga_ids.iter().copied()));
    steps.order_by_asc(step::Column::Position).all(db).await
}

/// Whether a call of one of its steps may still be under way somewhere.
pub async fn is_in_flight(db: &impl ConnectionTrait, saga_id: &str) -> Result<bool, DbErr> {
    let limit = machine_now() - IN_FLIGHT;
    let steps = steps_of(db, saga_id).await?;
    Ok(steps.iter().any(|step| step.status == StepStatus::Running && step.updated_at > limit))
}

/// Ends a saga that other work replaces: it takes no further step, and nothing is undone here.
pub async fn supersede(tx: &WriteTx, now: DateTime<Utc>, id: &str, why: &Failure) -> Result<bool, DbErr> {
    let closed = update_saga(id, now)
        .col_expr(saga::Column::Status, Expr::value(SagaStatus::Failed))
        .col_expr(saga::Column::Failure, Expr::value(json!(why)))
        .col_expr(saga::Column::FinishedAt, Expr::value(now))
        .filter(saga::Column::Status.is_in([SagaStatus::Running, SagaStatus::Unwinding, SagaStatus::Stuck]));
    Ok(closed.exec(tx).await?.rows_affected == 1)
}

/// Whether a saga is on its way back, or was when it got stuck.
pub fn has_turned_back(row: &saga::Model, steps: &[step::Model]) -> bool {
    let is_undoing = |step: &step::Model| {
        matches!(step.status, StepStatus::Stuck | StepStatus::Undoing | StepStatus::Undone | StepStatus::Failed)
    };
    row.failure.is_some() && steps.iter().any(is_undoing)
}

/// Lets a stuck saga go on in the direction it had. False where it is not stuck.
pub async fn retry(tx: &WriteTx, now: DateTime<Utc>, id: &str) -> Result<bool, DbErr> {
    let Some(row) = find(tx, id).await? else { return Ok(false) };
    let is_back = has_turned_back(&row, &steps_of(tx, id).await?);
    free(tx, now, id, if is_back { SagaStatus::Unwinding } else { SagaStatus::Running }).await
}

async fn free(tx: &WriteTx, now: DateTime<Utc>, id: &str, status: SagaStatus) -> Result<bool, DbErr> {
    step::Entity::update_many()
        .col_expr(step::Column::WaitingSince, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(step::Column::TroubleSince, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(step::Column::SagaId.eq(id))
        .exec(tx)
        .await?;
    let freed = update_saga(id, now)
        .col_expr(saga::Column::Status, Expr::value(status))
        .filter(saga::Column::Status.eq(SagaStatus::Stuck));
    Ok(freed.exec(tx).await?.rows_affected == 1)
}

/// Staff give up a saga that is stuck on its way forward: what was begun is undone. False where it is not stuck, or
/// on its way back already.
pub async fn turn_back(tx: &WriteTx, now: DateTime<Utc>, id: &str, why: &Failure) -> Result<bool, DbErr> {
    let Some(row) = find(tx, id).await? else { return Ok(false) };
    if row.status != SagaStatus::Stuck || has_turned_back(&row, &steps_of(tx, id).await?) {
        return Ok(false);
    }
    step::Entity::update_many()
        .col_expr(step::Column::Status, Expr::value(StepStatus::Failed))
        .filter(step::Column::SagaId.eq(id))
        .filter(step::Column::Status.eq(StepStatus::Stuck))
        .exec(tx)
        .await?;
    update_saga(id, now).col_expr(saga::Column::Failure, Expr::value(json!(why))).exec(tx).await?;
    free(tx, now, id, SagaStatus::Unwinding).await
}

/// Staff have done by hand what the stuck step could not: it counts as done (on the way back: as undone), the rest
/// goes on. False where nothing is stuck.
pub async fn mark_solved(tx: &WriteTx, now: DateTime<Utc>, id: &str, reason: &str) -> Result<bool, DbErr> {
    let Some(row) = find(tx, id).await? else { return Ok(false) };
    let is_back = has_turned_back(&row, &steps_of(tx, id).await?);
    let (step_status, status) = match is_back {
        true => (StepStatus::Undone, SagaStatus::Unwinding),
        false => (StepStatus::Done, SagaStatus::Running),
    };
    let solved = step::Entity::update_many()
        .col_expr(step::Column::Status, Expr::value(step_status))
        .col_expr(step::Column::Note, Expr::value(reason))
        .col_expr(step::Column::Said, Expr::value(Option::<Value>::None))
        .col_expr(step::Column::Reason, Expr::value(Option::<Value>::None))
        .col_expr(step::Column::FinishedAt, Expr::value(now))
        .filter(step::Column::SagaId.eq(id))
        .filter(step::Column::Status.eq(StepStatus::Stuck))
        .exec(tx)
        .await?;
    Ok(solved.rows_affected > 0 && free(tx, now, id, status).await?)
}
