//! Sagas: chains of steps with a way back, for work on the outside that no transaction can hold.
//!
//! Where a saga stands lies in `sagas` and `provision_steps`; a step begins and ends with a transaction, the call
//! outside lies between them. After a crash the unfinished step is run again, so every step must be repeatable. A step
//! may answer that it has to wait; the job that drives the saga then comes back later. A step that fails for good turns
//! the saga back: what was begun is undone in reverse. An undo that fails leaves the saga stuck for staff, who retry it
//! or mark it solved. An outcome nobody knows is neither success nor failure: before the step is run again, the outside
//! has to tell.
//!
//! Leases of steps (how long they wait, since when the outside is silent) are machine time; everything shown is
//! product time.
use super::{
    clock::{Clock, machine_now},
    db::{self, WriteTx},
    live::Live,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{
    platform::saga,
    provisioning::step,
    value::{ProvisionStepId, SagaStatus, StepStatus, next_ulid},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, UpdateMany, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How long one call of a step may take.
const CALL_LIMIT: Duration = Duration::from_secs(60);
/// Pauses while the outside does not answer.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(300));

/// Outputs of earlier steps by step name.
pub type Outputs = BTreeMap<String, Value>;

/// What a step came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// It is so.
    Done {
        /// A sentence for the log.
        note: String,
        /// What later steps need (never secrets).
        output: Option<Value>,
    },
    /// Not yet: ask again after `retry_in` of product time.
    Waiting {
        /// What it waits for: a stable word.
        code: String,
        /// The outside system's own words.
        detail: String,
        /// When to ask again.
        retry_in: Duration,
    },
}

/// How a step went wrong; the same three meanings as for every outside system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepError {
    /// Their answer is no.
    Rejected {
        /// Stable word.
        code: String,
        /// For staff.
        message: String,
    },
    /// Nothing happened: ask again.
    Unavailable {
        /// For staff.
        message: String,
        /// When they want to be asked again.
        retry_after: Option<Duration>,
    },
    /// It may or may not have happened.
    Unknown {
        /// For staff.
        message: String,
    },
}

/// One link of the chain. Both directions are safe to run twice, and after a half run.
#[async_trait]
pub trait Step: Send + Sync {
    /// Its name within the saga.
    fn name(&self) -> &str;

    /// Does it.
    async fn forward(&self, earlier: &Outputs) -> Result<Progress, StepError>;

    /// Asks the outside how things stand, before a step whose outcome is unknown is run again.
    async fn inspect(&self) -> Result<(), StepError> {
        Ok(())
    }

    /// Takes it back, also when it was done by half or not at all.
    async fn undo(&self, _outputs: &Outputs) -> Result<Progress, StepError> {
        Ok(Progress::Done { note: String::new(), output: None })
    }
}

/// Why a saga turned back or got stuck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In which step.
    pub step: String,
    /// Stable word.
    pub code: String,
    /// For staff.
    pub message: String,
}

/// How a saga goes on after a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The step is tried again after a pause of product time.
    Again {
        /// The pause.
        after: Duration,
    },
    /// What was begun is undone.
    TurnBack,
    /// It ends here: this kind of work has no way back.
    GiveUp,
}

/// How a saga ended, or where it can go no further by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step is done.
    Succeeded,
    /// Everything begun is undone.
    Failed(Failure),
    /// Staff have to help: an undo failed, or the outside was silent for too long.
    Stuck(Failure),
}

/// Limits of machine time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A step that waits longer has failed (`timeout`).
    pub waiting: Duration,
    /// After so much silence staff are told.
    pub alert: Duration,
    /// After so much silence staff have to decide.
    pub review: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting: Duration::from_secs(300),
            alert: Duration::from_secs(30 * 60),
            review: Duration::from_secs(24 * 3600),
        }
    }
}

/// A chain of steps and what its owner does as it goes. The hooks run in the transaction that makes them true.
#[async_trait]
pub trait Saga: Send + Sync {
    /// The steps in order; the same for the whole life of one saga.
    fn steps(&self) -> Vec<Box<dyn Step + '_>>;

    /// Limits.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Topics to wake whenever a step moves.
    fn topics(&self) -> Vec<String> {
        Vec::new()
    }

    /// A step was refused or waited too long.
    async fn on_failure(&self, tx: &WriteTx, failure: &Failure) -> Result<Verdict, DbErr>;

    /// The outside has been silent beyond `Limits::alert`; called at each try from then on.
    async fn on_silence(&self, tx: &WriteTx, silence: &Failure) -> Result<(), DbErr>;

    /// It is over, or stuck.
    async fn on_end(&self, tx: &WriteTx, end: &End) -> Result<(), DbErr>;
}

/// What the engine works with.
pub struct Engine<'a> {
    /// The database.
    pub db: &'a DatabaseConnection,
    /// Wake-up calls.
    pub live: &'a Live,
    /// Product time.
    pub clock: &'a dyn Clock,
}

/// Where a saga stands after it was driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advance {
    /// Come back after this much product time.
    Waiting {
        /// The pause.
        retry_in: Duration,
    },
    /// Nothing more to do.
    Over(SagaStatus),
}

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
    let limit = machine_now() - chrono::Duration::seconds(70);
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

/// Lets a stuck saga go on in the direction it had. False where it is not stuck.
pub async fn retry(tx: &WriteTx, now: DateTime<Utc>, id: &str) -> Result<bool, DbErr> {
    let steps = steps_of(tx, id).await?;
    let is_unwinding = steps.iter().any(|step| {
        matches!(step.status, StepStatus::Stuck | StepStatus::Undoing | StepStatus::Undone | StepStatus::Failed)
    });
    let status = if is_unwinding { SagaStatus::Unwinding } else { SagaStatus::Running };
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

/// Staff have done by hand what the stuck undo could not: it counts as undone, the rest is unwound. False where
/// nothing is stuck.
pub async fn mark_solved(tx: &WriteTx, now: DateTime<Utc>, id: &str, reason: &str) -> Result<bool, DbErr> {
    let solved = step::Entity::update_many()
        .col_expr(step::Column::Status, Expr::value(StepStatus::Undone))
        .col_expr(step::Column::Note, Expr::value(reason))
        .filter(step::Column::SagaId.eq(id))
        .filter(step::Column::Status.eq(StepStatus::Stuck))
        .exec(tx)
        .await?;
    Ok(solved.rows_affected > 0 && retry(tx, now, id).await?)
}

fn update_saga(id: &str, now: DateTime<Utc>) -> UpdateMany<saga::Entity> {
    saga::Entity::update_many().col_expr(saga::Column::UpdatedAt, Expr::value(now)).filter(saga::Column::Id.eq(id))
}

impl Engine<'_> {
    /// Drives the saga `id` until it ends or has to wait.
    pub async fn advance(&self, id: &str, saga: &dyn Saga) -> Result<Advance, DbErr> {
        loop {
            let row = find(self.db, id).await?.ok_or_else(|| DbErr::RecordNotFound(format!("saga {id}")))?;
            let moved = match row.status {
                SagaStatus::Running => self.forward(&row, saga).await?,
                SagaStatus::Unwinding => self.backward(&row, saga).await?,
                over => return Ok(Advance::Over(over)),
            };
            if let Some(retry_in) = moved {
                return Ok(Advance::Waiting { retry_in });
            }
        }
    }

    /// One step forward; `Some` when it has to wait.
    async fn forward(&self, row: &saga::Model, saga: &dyn Saga) -> Result<Option<Duration>, DbErr> {
        let rows = steps_of(self.db, &row.id).await?;
        let Some(current) = rows.iter().find(|step| step.status != StepStatus::Done) else {
            self.end(row, saga, &End::Succeeded, SagaStatus::Running).await?;
            return Ok(None);
        };
        let steps = saga.steps();
        let step = find_step(&steps, current)?;
        if !self.begin(row, current, StepStatus::Running, saga).await? {
            return Ok(None);
        }
        let outputs = outputs_of(&rows);
        let call = async {
            if was_unknown(current) {
                step.inspect().await?;
            }
            step.forward(&outputs).await
        };
        let result = limited(call).await;
        self.settle_forward(row, current, saga, result).await
    }

    async fn settle_forward(
        &self,
        row: &saga::Model,
        current: &step::Model,
        saga: &dyn Saga,
        result: Result<Progress, StepError>,
    ) -> Result<Option<Duration>, DbErr> {
        match result {
            Ok(Progress::Done { note, output }) => {
                let tx = self.tx().await?;
                let done = update_step(current, StepStatus::Done)
                    .col_expr(step::Column::Output, Expr::value(output))
                    .col_expr(step::Column::Note, Expr::value(note))
                    .col_expr(step::Column::Reason, Expr::value(Option::<Value>::None))
                    .col_expr(step::Column::FinishedAt, Expr::value(self.clock.now()));
                done.exec(&tx).await?;
                commit(tx, saga).await?;
                Ok(None)
            }
            Ok(Progress::Waiting { code, detail, retry_in }) => {
                let since = current.waiting_since.unwrap_or_else(machine_now);
                if elapsed(since) > saga.limits().waiting {
                    let failure = failure(current, "timeout", &format!("{code}: {detail}"));
                    return self.fail(row, current, saga, failure).await;
                }
                self.wait(
                    current,
                    StepStatus::Waiting,
                    saga,
                    json!({"code": code, "detail": detail}),
                    Some(since),
                    None,
                )
                .await?;
                Ok(Some(retry_in))
            }
            Err(StepError::Rejected { code, message }) => {
                self.fail(row, current, saga, failure(current, &code, &message)).await
            }
            Err(silence) => self.silence(row, current, saga, StepStatus::Waiting, silence).await,
        }
    }

    /// A step was refused: its owner decides.
    async fn fail(
        &self,
        row: &saga::Model,
        current: &step::Model,
        saga: &dyn Saga,
        failure: Failure,
    ) -> Result<Option<Duration>, DbErr> {
        let now = self.clock.now();
        let tx = self.tx().await?;
        let reason = json!({"code": failure.code, "detail": failure.message});
        // The guard comes first: an owner must not judge what other work has replaced.
        if update_saga(&row.id, now).filter(saga::Column::Status.eq(SagaStatus::Running)).exec(&tx).await?.rows_affected
            == 0
        {
            update_step(current, StepStatus::Failed).exec(&tx).await?;
            commit(tx, saga).await?;
            return Ok(None);
        }
        let nobody = || Expr::value(Option::<DateTime<Utc>>::None);
        let verdict = saga.on_failure(&tx, &failure).await?;
        let status = if matches!(verdict, Verdict::Again { .. }) { StepStatus::Waiting } else { StepStatus::Failed };
        update_step(current, status)
            .col_expr(step::Column::Reason, Expr::value(reason))
            .col_expr(step::Column::WaitingSince, nobody())
            .col_expr(step::Column::TroubleSince, nobody())
            .exec(&tx)
            .await?;
        if verdict == Verdict::TurnBack {
            update_saga(&row.id, now)
                .col_expr(saga::Column::Status, Expr::value(SagaStatus::Unwinding))
                .col_expr(saga::Column::Failure, Expr::value(json!(failure)))
                .exec(&tx)
                .await?;
        }
        if verdict == Verdict::GiveUp {
            update_saga(&row.id, now)
                .col_expr(saga::Column::Status, Expr::value(SagaStatus::Failed))
                .col_expr(saga::Column::Failure, Expr::value(json!(failure)))
                .col_expr(saga::Column::FinishedAt, Expr::value(now))
                .exec(&tx)
                .await?;
            saga.on_end(&tx, &End::Failed(failure)).await?;
        }
        commit(tx, saga).await?;
        Ok(match verdict {
            Verdict::Again { after } => Some(after),
            Verdict::TurnBack | Verdict::GiveUp => None,
        })
    }

    /// The outside does not answer, or nobody knows what it did.
    async fn silence(
        &self,
        row: &saga::Model,
        current: &step::Model,
        saga: &dyn Saga,
        status: StepStatus,
        error: StepError,
    ) -> Result<Option<Duration>, DbErr> {
        let (code, message, retry_after) = match error {
            StepError::Unavailable { message, retry_after } => ("unavailable", message, retry_after),
            StepError::Unknown { message } => ("unknown", message, None),
            StepError::Rejected { message, .. } => ("refused", message, None),
        };
        let since = current.trouble_since.unwrap_or_else(machine_now);
        let silent_for = elapsed(since);
        let failure = failure(current, code, &message);
        if silent_for > saga.limits().review {
            self.end(row, saga, &End::Stuck(failure), row.status).await?;
            return Ok(None);
        }
        let reason = json!({"code": code, "detail": message});
        let notify = (silent_for > saga.limits().alert).then_some(&failure);
        self.wait_in(current, status, saga, reason, current.waiting_since, Some(since), notify).await?;
        // As long as it has lasted so far: the pauses double by themselves.
        let pause = silent_for.clamp(PAUSES.0, PAUSES.1);
        Ok(Some(retry_after.map_or(pause, |wanted| wanted.clamp(PAUSES.0, PAUSES.1))))
    }

    /// One step back; `Some` when it has to wait.
    async fn backward(&self, row: &saga::Model, saga: &dyn Saga) -> Result<Option<Duration>, DbErr> {
        let rows = steps_of(self.db, &row.id).await?;
        let begun = |step: &&step::Model| !matches!(step.status, StepStatus::Pending | StepStatus::Undone);
        let Some(current) = rows.iter().rev().find(begun) else {
            let failure = row.failure.clone().and_then(|json| serde_json::from_value(json).ok());
            let failure =
                failure.unwrap_or_else(|| Failure { step: String::new(), code: String::new(), message: String::new() });
            self.end(row, saga, &End::Failed(failure), SagaStatus::Unwinding).await?;
            return Ok(None);
        };
        let steps = saga.steps();
        let step = find_step(&steps, current)?;
        let is_first_try = !matches!(current.status, StepStatus::Undoing | StepStatus::Stuck);
        if !self.begin(row, current, StepStatus::Undoing, saga).await? {
            return Ok(None);
        }
        // The way back has its own patience.
        let mut current = current.clone();
        if is_first_try {
            (current.waiting_since, current.trouble_since) = (None, None);
        }
        match limited(step.undo(&outputs_of(&rows))).await {
            Ok(Progress::Done { note, .. }) => {
                let tx = self.tx().await?;
                let mut undone = update_step(&current, StepStatus::Undone)
                    .col_expr(step::Column::FinishedAt, Expr::value(self.clock.now()));
                if !note.is_empty() {
                    undone = undone.col_expr(step::Column::Note, Expr::value(note));
                }
                undone.exec(&tx).await?;
                commit(tx, saga).await?;
                Ok(None)
            }
            Ok(Progress::Waiting { code, detail, retry_in }) => {
                let since = current.waiting_since.unwrap_or_else(machine_now);
                if elapsed(since) > saga.limits().waiting {
                    let failure = failure(&current, "timeout", &format!("{code}: {detail}"));
                    return self.stick(row, &current, saga, failure).await;
                }
                let reason = json!({"code": code, "detail": detail});
                self.wait(&current, StepStatus::Undoing, saga, reason, Some(since), None).await?;
                Ok(Some(retry_in))
            }
            Err(StepError::Rejected { code, message }) => {
                let failure = failure(&current, &code, &message);
                self.stick(row, &current, saga, failure).await
            }
            Err(silence) => self.silence(row, &current, saga, StepStatus::Undoing, silence).await,
        }
    }

    /// An undo failed: staff have to help.
    async fn stick(
        &self,
        row: &saga::Model,
        current: &step::Model,
        saga: &dyn Saga,
        failure: Failure,
    ) -> Result<Option<Duration>, DbErr> {
        let reason = json!({"code": failure.code, "detail": failure.message});
        self.wait(current, StepStatus::Stuck, saga, reason, None, None).await?;
        self.end(row, saga, &End::Stuck(failure), SagaStatus::Unwinding).await?;
        Ok(None)
    }

    /// Marks a step as under way. False where the saga has moved meanwhile.
    async fn begin(
        &self,
        row: &saga::Model,
        current: &step::Model,
        status: StepStatus,
        saga: &dyn Saga,
    ) -> Result<bool, DbErr> {
        let now = self.clock.now();
        let tx = self.tx().await?;
        let guard = update_saga(&row.id, now).filter(saga::Column::Status.eq(row.status));
        if guard.exec(&tx).await?.rows_affected != 1 {
            return Ok(false);
        }
        update_step(current, status)
            .col_expr(step::Column::Attempts, Expr::col(step::Column::Attempts).add(1))
            .col_expr(step::Column::StartedAt, Expr::value(current.started_at.unwrap_or(now)))
            .exec(&tx)
            .await?;
        commit(tx, saga).await?;
        Ok(true)
    }

    async fn wait(
        &self,
        current: &step::Model,
        status: StepStatus,
        saga: &dyn Saga,
        reason: Value,
        waiting_since: Option<DateTime<Utc>>,
        trouble_since: Option<DateTime<Utc>>,
    ) -> Result<(), DbErr> {
        self.wait_in(current, status, saga, reason, waiting_since, trouble_since, None).await
    }

    #[expect(clippy::too_many_arguments, reason = "one row is written in one place")]
    async fn wait_in(
        &self,
        current: &step::Model,
        status: StepStatus,
        saga: &dyn Saga,
        reason: Value,
        waiting_since: Option<DateTime<Utc>>,
        trouble_since: Option<DateTime<Utc>>,
        silence: Option<&Failure>,
    ) -> Result<(), DbErr> {
        let tx = self.tx().await?;
        update_step(current, status)
            .col_expr(step::Column::Reason, Expr::value(reason))
            .col_expr(step::Column::WaitingSince, Expr::value(waiting_since))
            .col_expr(step::Column::TroubleSince, Expr::value(trouble_since))
            .exec(&tx)
            .await?;
        if let Some(silence) = silence {
            saga.on_silence(&tx, silence).await?;
        }
        commit(tx, saga).await
    }

    /// Ends the saga, if it still has the status `from`, together with what its owner does then.
    async fn end(&self, row: &saga::Model, saga: &dyn Saga, end: &End, from: SagaStatus) -> Result<(), DbErr> {
        let now = self.clock.now();
        let tx = self.tx().await?;
        let (status, finished_at) = match end {
            End::Succeeded => (SagaStatus::Succeeded, Some(now)),
            End::Failed(_) => (SagaStatus::Failed, Some(now)),
            End::Stuck(_) => (SagaStatus::Stuck, None),
        };
        let mut update = update_saga(&row.id, now)
            .col_expr(saga::Column::Status, Expr::value(status))
            .col_expr(saga::Column::FinishedAt, Expr::value(finished_at))
            .filter(saga::Column::Status.eq(from));
        // A saga stuck on its way back remembers why it turned back.
        if let (End::Stuck(failure), None) = (end, &row.failure) {
            update = update.col_expr(saga::Column::Failure, Expr::value(json!(failure)));
        }
        if update.exec(&tx).await?.rows_affected != 1 {
            return Ok(());
        }
        saga.on_end(&tx, end).await?;
        commit(tx, saga).await
    }

    async fn tx(&self) -> Result<WriteTx, DbErr> {
        db::begin_write(self.db, self.live).await
    }
}

async fn commit(tx: WriteTx, saga: &dyn Saga) -> Result<(), DbErr> {
    for topic in saga.topics() {
        tx.wake_after_commit(topic);
    }
    tx.commit().await
}

fn update_step(current: &step::Model, status: StepStatus) -> UpdateMany<step::Entity> {
    step::Entity::update_many()
        .col_expr(step::Column::Status, Expr::value(status))
        .col_expr(step::Column::UpdatedAt, Expr::value(machine_now()))
        .filter(step::Column::Id.eq(&current.id))
}

fn find_step<'a>(steps: &'a [Box<dyn Step + 'a>], current: &step::Model) -> Result<&'a (dyn Step + 'a), DbErr> {
    let found = steps.iter().find(|step| step.name() == current.name);
    found.map(|step| &**step).ok_or_else(|| DbErr::Custom(format!("the saga has no step {}", current.name)))
}

async fn limited(call: impl Future<Output = Result<Progress, StepError>>) -> Result<Progress, StepError> {
    match tokio::time::timeout(CALL_LIMIT, call).await {
        Ok(result) => result,
        Err(_) => Err(StepError::Unknown { message: format!("no answer within {} s", CALL_LIMIT.as_secs()) }),
    }
}

fn outputs_of(steps: &[step::Model]) -> Outputs {
    steps.iter().filter_map(|step| Some((step.name.clone(), step.output.clone()?))).collect()
}

fn was_unknown(step: &step::Model) -> bool {
    // A step found running was under way when its worker died: nobody knows how far it came.
    step.status == StepStatus::Running
        || step.reason.as_ref().and_then(|reason| reason["code"].as_str()).is_some_and(|code| code == "unknown")
}

fn failure(step: &step::Model, code: &str, message: &str) -> Failure {
    Failure { step: step.name.clone(), code: code.to_owned(), message: message.to_owned() }
}

fn elapsed(since: DateTime<Utc>) -> Duration {
    (machine_now() - since).to_std().unwrap_or_default()
}
