//! Sagas: chains of steps with a way back, for work on the outside that no transaction can hold.
//!
//! Where a saga stands lies in `sagas` and `provision_steps`; a step begins and ends with a transaction, the call
//! outside lies between them. After a crash the unfinished step is run again, so every step must be repeatable. A step
//! may answer that it has to wait; the job that drives the saga then comes back later. A step that fails for good turns
//! the saga back: what was begun is undone in reverse. An undo that fails, or an outside that is silent for too long,
//! leaves the saga stuck for staff, who retry it, turn it back or mark it solved. An outcome nobody knows is neither success nor failure: before the step is run again, the outside
//! has to tell.
//!
//! Leases of steps (how long they wait, since when the outside is silent) are machine time; everything shown is
//! product time.
mod rows;

pub use rows::{
    find, has_turned_back, is_in_flight, mark_solved, retry, start, steps_of, steps_of_all, supersede, turn_back,
};

use super::{
    clock::{Clock, machine_now},
    db::{self, WriteTx},
    live::Live,
    locale::Lang,
    said::Said,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use entity::{
    platform::saga,
    provisioning::step,
    value::{SagaStatus, StepStatus},
};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, ExprTrait, QueryFilter, UpdateMany, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// How often a step under way says that it still is.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A step that has not said so for this long is not under way any more.
const IN_FLIGHT: chrono::Duration = chrono::Duration::seconds(70);
/// A saga that has gone on for so long lets other work have the worker before its next step.
const STRETCH: Duration = Duration::from_secs(300);
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
        note: Option<Said>,
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
        /// Stable word: `unavailable` where there is no better one.
        code: String,
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

impl StepError {
    /// Nothing happened, and nobody said why.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable { code: "unavailable".to_owned(), message: message.into(), retry_after: None }
    }
}

/// One link of the chain. Both directions are safe to run twice, and after a half run.
#[async_trait]
pub trait Step: Send + Sync {
    /// Its name within the saga.
    fn name(&self) -> &str;

    /// Does it.
    async fn forward(&self, earlier: &Outputs) -> Result<Progress, StepError>;

    /// How long it may wait where that is longer than other steps may (`Limits::waiting`).
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Asks the outside how things stand, before a step whose outcome is unknown is run again.
    async fn inspect(&self) -> Result<(), StepError> {
        Ok(())
    }

    /// Takes it back, also when it was done by half or not at all.
    async fn undo(&self, _outputs: &Outputs) -> Result<Progress, StepError> {
        Ok(Progress::Done { note: None, output: None })
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
    /// It stops here until staff decide: they have it tried again, or say that it goes on without the step.
    AskStaff,
}

/// How a saga ended, or where it can go no further by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step is done.
    Succeeded,
    /// Everything begun is undone.
    Failed(Failure),
    /// Staff have to help: an undo failed, the outside was silent for too long, or nobody else may decide.
    Stuck(Failure),
}

/// Limits of machine time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One run of a step with all its calls may take so long; each call outside has a limit of its own.
    pub step: Duration,
    /// A step that waits longer has failed (`timeout`). Silence of the outside does not count.
    pub waiting: Duration,
    /// After so much silence staff are told.
    pub alert: Duration,
    /// After so much silence staff have to decide.
    pub review: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            step: Duration::from_secs(300),
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

fn update_saga(id: &str, now: DateTime<Utc>) -> UpdateMany<saga::Entity> {
    saga::Entity::update_many().col_expr(saga::Column::UpdatedAt, Expr::value(now)).filter(saga::Column::Id.eq(id))
}

impl Engine<'_> {
    /// Drives the saga `id` until it ends or has to wait.
    pub async fn advance(&self, id: &str, saga: &dyn Saga) -> Result<Advance, DbErr> {
        let begun = tokio::time::Instant::now();
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
            if begun.elapsed() > STRETCH {
                return Ok(Advance::Waiting { retry_in: Duration::ZERO });
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
        let result = self.limited(current, saga.limits().step, call).await;
        let patience = step.patience().unwrap_or(saga.limits().waiting);
        self.settle_forward(row, current, saga, result, patience).await
    }

    async fn settle_forward(
        &self,
        row: &saga::Model,
        current: &step::Model,
        saga: &dyn Saga,
        result: Result<Progress, StepError>,
        patience: Duration,
    ) -> Result<Option<Duration>, DbErr> {
        match result {
            Ok(Progress::Done { note, output }) => {
                let tx = self.tx().await?;
                let done = update_step(current, StepStatus::Done)
                    .col_expr(step::Column::Output, Expr::value(output))
                    .col_expr(step::Column::Note, Expr::value(note.as_ref().map(|said| said.say(Lang::En))))
                    .col_expr(step::Column::Said, Expr::value(note.map(|said| json!(said))))
                    .col_expr(step::Column::Reason, Expr::value(Option::<Value>::None))
                    .col_expr(step::Column::FinishedAt, Expr::value(self.clock.now()));
                done.exec(&tx).await?;
                commit(tx, saga).await?;
                Ok(None)
            }
            Ok(Progress::Waiting { code, detail, retry_in }) => {
                let since = waiting_since(current);
                if elapsed(since) > patience {
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
        let status = match verdict {
            Verdict::Again { .. } => StepStatus::Waiting,
            Verdict::TurnBack | Verdict::GiveUp => StepStatus::Failed,
            Verdict::AskStaff => StepStatus::Stuck,
        };
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
        } else if verdict == Verdict::AskStaff {
            update_saga(&row.id, now).col_expr(saga::Column::Status, Expr::value(SagaStatus::Stuck)).exec(&tx).await?;
            saga.on_end(&tx, &End::Stuck(failure)).await?;
        }
        commit(tx, saga).await?;
        Ok(match verdict {
            Verdict::Again { after } => Some(after),
            Verdict::TurnBack | Verdict::GiveUp | Verdict::AskStaff => None,
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
            StepError::Unavailable { code, message, retry_after } => (code, message, retry_after),
            StepError::Unknown { message } => ("unknown".to_owned(), message, None),
            StepError::Rejected { code, message } => (code, message, None),
        };
        let since = current.trouble_since.unwrap_or_else(machine_now);
        let silent_for = elapsed(since);
        let failure = failure(current, &code, &message);
        if silent_for > saga.limits().review {
            return self.stick(row, current, saga, failure).await;
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
        match self.limited(&current, saga.limits().step, step.undo(&outputs_of(&rows))).await {
            Ok(Progress::Done { note, .. }) => {
                let tx = self.tx().await?;
                let mut undone = update_step(&current, StepStatus::Undone)
                    .col_expr(step::Column::FinishedAt, Expr::value(self.clock.now()));
                if let Some(said) = note {
                    undone = undone
                        .col_expr(step::Column::Note, Expr::value(said.say(Lang::En)))
                        .col_expr(step::Column::Said, Expr::value(json!(said)));
                }
                undone.exec(&tx).await?;
                commit(tx, saga).await?;
                Ok(None)
            }
            Ok(Progress::Waiting { code, detail, retry_in }) => {
                let since = waiting_since(&current);
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

    /// It goes no further by itself, in either direction: staff have to help.
    async fn stick(
        &self,
        row: &saga::Model,
        current: &step::Model,
        saga: &dyn Saga,
        failure: Failure,
    ) -> Result<Option<Duration>, DbErr> {
        let reason = json!({"code": failure.code, "detail": failure.message});
        self.wait(current, StepStatus::Stuck, saga, reason, None, None).await?;
        self.end(row, saga, &End::Stuck(failure), row.status).await?;
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
        // Why it turned back stays written down; one that is stuck on its way forward has not.
        let update = update_saga(&row.id, now)
            .col_expr(saga::Column::Status, Expr::value(status))
            .col_expr(saga::Column::FinishedAt, Expr::value(finished_at))
            .filter(saga::Column::Status.eq(from));
        if update.exec(&tx).await?.rows_affected != 1 {
            return Ok(());
        }
        saga.on_end(&tx, end).await?;
        commit(tx, saga).await
    }

    /// Runs a step within `limit` and keeps it marked as under way meanwhile.
    async fn limited(
        &self,
        current: &step::Model,
        limit: Duration,
        call: impl Future<Output = Result<Progress, StepError>>,
    ) -> Result<Progress, StepError> {
        let over = tokio::time::sleep(limit);
        tokio::pin!(call, over);
        loop {
            tokio::select! {
                result = &mut call => return result,
                () = &mut over => {
                    return Err(StepError::Unknown { message: format!("no answer within {} s", limit.as_secs()) });
                }
                () = tokio::time::sleep(HEARTBEAT) => self.beat(current).await,
            }
        }
    }

    async fn beat(&self, current: &step::Model) {
        let beat = async {
            let tx = self.tx().await?;
            step::Entity::update_many()
                .col_expr(step::Column::UpdatedAt, Expr::value(machine_now()))
                .filter(step::Column::Id.eq(&current.id))
                .filter(step::Column::Status.is_in([StepStatus::Running, StepStatus::Undoing]))
                .exec(&tx)
                .await?;
            tx.commit().await
        };
        // The next one comes soon.
        if let Err(error) = beat.await {
            tracing::warn!(%error, "A step under way could not say so");
        }
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

fn outputs_of(steps: &[step::Model]) -> Outputs {
    steps.iter().filter_map(|step| Some((step.name.clone(), step.output.clone()?))).collect()
}

/// Since when a step waits, without the time in which the outside was silent.
fn waiting_since(step: &step::Model) -> DateTime<Utc> {
    let now = machine_now();
    let silence = step.trouble_since.map_or_else(chrono::Duration::zero, |since| now - since);
    step.waiting_since.map_or(now, |since| std::cmp::min(since + silence, now))
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
