//! The steps of work on an instance: the driver's phases, and finding a place first.
use super::{
    ProvisioningError, access,
    backups::{self, FINAL_BACKUP},
    environment, instance as instances, resize, troubles,
};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{self, InstanceSpec, Provisioner, Resources, Target, Verb},
    },
    kernel::{
        alert::{self, Alert},
        db::WriteTx,
        locale::Lang,
        saga::{Outputs, Progress, Step, StepError},
        said::{self, Arg, Said, args},
    },
};
use async_trait::async_trait;
use entity::{
    provisioning::instance,
    value::{InstanceId, InstanceStatus, ProvisionTaskId},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;

/// The step that finds a place for a new instance.
pub(super) const PLACE: &str = "place";

/// Word for an order that waits for room, and code of the alert about it.
pub(super) const NO_ROOM: &str = "no_room";

/// Names of the steps of `verb` on `row`, in order.
pub(super) fn names(driver: &dyn Provisioner, verb: Verb, row: &instance::Model) -> Vec<&'static str> {
    let first = (verb == Verb::Create).then_some(PLACE);
    // What never had a place has nothing to be removed.
    let is_nowhere = verb == Verb::Terminate && row.cluster_id.is_none();
    let phases = if is_nowhere { &[][..] } else { driver.phases(verb) };
    let keeps = verb == Verb::Terminate && !is_nowhere && driver.capabilities().backup;
    let first = first.or_else(|| keeps.then_some(FINAL_BACKUP));
    first.into_iter().chain(phases.iter().copied()).collect()
}

/// An instance at its place.
pub(super) struct Site {
    pub row: instance::Model,
    pub driver: Arc<dyn Provisioner>,
    pub target: Target,
    pub spec: InstanceSpec,
}

/// An instance at its place, read anew for every call: settings may have been mended meanwhile.
pub(super) async fn site_of(ctx: &Ctx, id: &InstanceId) -> Result<Site, StepError> {
    let site = async {
        let row = instances::reload(&ctx.db, id).await?;
        let (driver, target, spec) = instances::at_its_place(ctx, &row).await?;
        Ok::<_, ProvisioningError>(Site { row, driver, target, spec })
    };
    site.await.map_err(|error| StepError::unavailable(error.to_string()))
}

/// What a call came to, after it was noted whether the cluster lets us in.
pub(super) async fn told<T>(ctx: &Ctx, site: &Site, result: Result<T, OutsideError>) -> Result<T, StepError> {
    let noted = access::note(ctx, &site.target, &result).await;
    noted.map_err(|error| StepError::unavailable(error.to_string()))?;
    result.map_err(step_error)
}

/// Finds a place.
pub(super) struct Place<'a> {
    pub ctx: &'a Ctx,
    pub instance_id: InstanceId,
}

impl Place<'_> {
    /// Staff hear at once that paid orders wait for room, and that none does any more.
    async fn tell(&self, tx: &WriteTx, row: &instance::Model, reasons: Option<&Vec<Said>>) -> Result<(), DbErr> {
        let key = format!("{NO_ROOM}:{}", row.driver);
        let Some(reasons) = reasons else {
            let others = instance::Entity::find()
                .filter(instance::Column::Driver.eq(row.driver.as_str()))
                .filter(instance::Column::Status.eq(InstanceStatus::Provisioning))
                .filter(instance::Column::ClusterId.is_null())
                .count(tx)
                .await?;
            if others == 0 {
                alert::resolve(tx, self.ctx.now(), &key).await?;
            }
            return Ok(());
        };
        let args = args([("instance", Arg::from(&row.name)), ("reasons", Arg::Lines(reasons.clone()))]);
        let alert = Alert { code: NO_ROOM, args, key: &key };
        alert::raise(tx, self.ctx.now(), &self.ctx.correlation, alert).await.map(drop)
    }
}

#[async_trait]
impl Step for Place<'_> {
    fn name(&self) -> &str {
        PLACE
    }

    async fn forward(&self, _: &Outputs) -> Result<Progress, StepError> {
        let place = async {
            let tx = self.ctx.begin().await?;
            let row = instances::reload(&tx, &self.instance_id).await?;
            let placed = match row.cluster_id {
                Some(_) => Ok(row),
                None => {
                    let placed = instances::assign(self.ctx, &tx, &row).await?;
                    self.tell(&tx, &row, placed.as_ref().err()).await?;
                    placed
                }
            };
            tx.commit().await?;
            Ok::<_, ProvisioningError>(placed)
        };
        match place.await {
            Ok(Ok(row)) => Ok(Progress::Done {
                note: row.host.map(|host| Said::new("did-placed", [("host", host.into())])),
                output: None,
            }),
            // Room is made by people, which may take longer than any rollout.
            Ok(Err(reasons)) => Err(StepError::Unavailable {
                code: NO_ROOM.to_owned(),
                message: said::lines(Lang::En, &reasons),
                retry_after: None,
            }),
            Err(error) => Err(StepError::unavailable(error.to_string())),
        }
    }
}

/// What taking back a phase does. The first phase of a work takes back all of it.
pub(super) enum WayBack {
    /// The phase leaves nothing behind.
    Nothing,
    /// Everything of the instance is removed.
    RemoveAll,
    /// The instance gets the size of before. A volume that grew stays as it is: volumes do not shrink.
    Resize(Resources),
    /// The instance gets the settings of before.
    Reconfigure,
}

/// One phase of the driver.
pub(super) struct Phase {
    pub ctx: Ctx,
    pub instance_id: InstanceId,
    /// For which task.
    pub task_id: ProvisionTaskId,
    pub verb: Verb,
    pub name: &'static str,
    /// What taking it back does.
    pub way_back: WayBack,
}

impl Phase {
    async fn run(&self, site: &Site, verb: Verb, phase: &str) -> Result<Progress, StepError> {
        let result = site.driver.run(&site.target, &site.spec, verb, phase).await;
        told(&self.ctx, site, result).await.map(progress)
    }

    /// Nothing is removed of which a backup can be made and none was read back, whatever led here.
    async fn refuse_to_lose(&self, site: &Site) -> Result<(), StepError> {
        if self.verb != Verb::Terminate || !site.driver.capabilities().backup {
            return Ok(());
        }
        let safe = backups::is_safe(&self.ctx.db, &self.task_id).await;
        if safe.map_err(|error| StepError::unavailable(error.to_string()))? {
            return Ok(());
        }
        let message = "no backup of it was read back".to_owned();
        Err(StepError::Rejected { code: "no_backup".to_owned(), message })
    }

    /// Whether to ask what goes wrong: with what does not come up, now and then while it is waited for, and once it is
    /// refused.
    fn is_time_to_ask(&self, came_to: &Result<Progress, StepError>) -> bool {
        let comes_up = !matches!(self.verb, Verb::Stop | Verb::Suspend | Verb::Terminate);
        if comes_up && matches!(came_to, Ok(Progress::Waiting { .. })) {
            return troubles::are_due(&self.ctx, &self.instance_id);
        }
        troubles::are_over(&self.instance_id);
        comes_up && matches!(came_to, Err(StepError::Rejected { .. }))
    }
}

#[async_trait]
impl Step for Phase {
    fn name(&self) -> &str {
        self.name
    }

    async fn forward(&self, _: &Outputs) -> Result<Progress, StepError> {
        let site = site_of(&self.ctx, &self.instance_id).await?;
        self.refuse_to_lose(&site).await?;
        let came_to = self.run(&site, self.verb, self.name).await;
        if self.is_time_to_ask(&came_to) {
            let noted = troubles::note(&self.ctx, &site).await;
            noted.map_err(|error| StepError::unavailable(error.to_string()))?;
        }
        came_to
    }

    async fn inspect(&self) -> Result<(), StepError> {
        let site = site_of(&self.ctx, &self.instance_id).await?;
        let result = site.driver.inspect(&site.target, &site.spec).await;
        told(&self.ctx, &site, result).await.map(drop)
    }

    async fn undo(&self, _: &Outputs) -> Result<Progress, StepError> {
        let verb = match &self.way_back {
            WayBack::Nothing => return Ok(Progress::Done { note: None, output: None }),
            WayBack::RemoveAll => Verb::Terminate,
            WayBack::Resize(size) => {
                let restored = resize::set_size(&self.ctx, &self.instance_id, size).await;
                restored.map_err(|error| StepError::unavailable(error.to_string()))?;
                Verb::Resize
            }
            WayBack::Reconfigure => {
                let restored = environment::restore(&self.ctx, &self.instance_id).await;
                restored.map_err(|error| StepError::unavailable(error.to_string()))?;
                Verb::Reconfigure
            }
        };
        let site = site_of(&self.ctx, &self.instance_id).await?;
        // Every phase of these is repeatable, so that each try begins with the first.
        for phase in site.driver.phases(verb) {
            let came_to = self.run(&site, verb, phase).await?;
            if matches!(came_to, Progress::Waiting { .. }) {
                return Ok(came_to);
            }
        }
        let note = match verb {
            Verb::Terminate => "did-all-removed",
            Verb::Reconfigure => "did-old-settings",
            _ => "did-old-size",
        };
        Ok(Progress::Done { note: Some(Said::plain(note)), output: None })
    }
}

pub(super) fn progress(came_to: drivers::Progress) -> Progress {
    match came_to {
        drivers::Progress::Done { note } => Progress::Done { note: Some(note), output: None },
        drivers::Progress::Waiting { reason, retry_in } => {
            Progress::Waiting { code: reason.code, detail: reason.detail, retry_in }
        }
    }
}

fn step_error(error: OutsideError) -> StepError {
    match error {
        error if drivers::refuses_us(&error) => StepError::Unavailable {
            code: access::REFUSED.to_owned(),
            message: error.message().to_owned(),
            retry_after: None,
        },
        OutsideError::Rejected { code, message } => StepError::Rejected { code, message },
        OutsideError::Unavailable { retry_after, message } => {
            StepError::Unavailable { code: "unavailable".to_owned(), message, retry_after }
        }
        OutsideError::Unknown { message } => StepError::Unknown { message },
    }
}
