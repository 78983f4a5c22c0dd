//! The steps of work on an instance: the driver's phases, and finding a place first.
use super::{ProvisioningError, instance as instances};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{self, InstanceSpec, Provisioner, Target, Verb},
    },
    kernel::saga::{Outputs, Progress, Step, StepError},
};
use async_trait::async_trait;
use entity::{provisioning::instance, value::InstanceId};
use std::sync::Arc;

/// The step that finds a place for a new instance.
pub(super) const PLACE: &str = "place";

/// Names of the steps of `verb` on `row`, in order.
pub(super) fn names(driver: &dyn Provisioner, verb: Verb, row: &instance::Model) -> Vec<&'static str> {
    let first = (verb == Verb::Create).then_some(PLACE);
    // What never had a place has nothing to be removed.
    let is_nowhere = verb == Verb::Terminate && row.cluster_id.is_none();
    let phases = if is_nowhere { &[][..] } else { driver.phases(verb) };
    first.into_iter().chain(phases.iter().copied()).collect()
}

/// An instance at its place.
pub(super) struct Site {
    pub driver: Arc<dyn Provisioner>,
    pub target: Target,
    pub spec: InstanceSpec,
}

/// Finds a place.
pub(super) struct Place<'a> {
    pub ctx: &'a Ctx,
    pub instance_id: InstanceId,
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
                None => instances::assign(self.ctx, &tx, &row).await?,
            };
            tx.commit().await?;
            Ok::<_, ProvisioningError>(placed)
        };
        match place.await {
            Ok(Ok(row)) => Ok(Progress::Done { note: row.host.unwrap_or_default(), output: None }),
            Ok(Err(reasons)) => Err(StepError::Unavailable { message: reasons, retry_after: None }),
            Err(error) => Err(StepError::Unavailable { message: error.to_string(), retry_after: None }),
        }
    }
}

/// One phase of the driver.
pub(super) struct Phase {
    pub ctx: Ctx,
    pub instance_id: InstanceId,
    pub verb: Verb,
    pub name: &'static str,
    /// Taking back the first phase of a creation removes everything.
    pub removes_all: bool,
}

impl Phase {
    /// The site is read anew for every call: settings may have been mended meanwhile.
    async fn site(&self) -> Result<Site, StepError> {
        let site = async {
            let row = instances::reload(&self.ctx.db, &self.instance_id).await?;
            let (driver, target, spec) = instances::at_its_place(&self.ctx, &row).await?;
            Ok::<_, ProvisioningError>(Site { driver, target, spec })
        };
        site.await.map_err(|error| StepError::Unavailable { message: error.to_string(), retry_after: None })
    }
}

#[async_trait]
impl Step for Phase {
    fn name(&self) -> &str {
        self.name
    }

    async fn forward(&self, _: &Outputs) -> Result<Progress, StepError> {
        let site = self.site().await?;
        progress(site.driver.run(&site.target, &site.spec, self.verb, self.name).await)
    }

    async fn inspect(&self) -> Result<(), StepError> {
        let site = self.site().await?;
        site.driver.inspect(&site.target, &site.spec).await.map(drop).map_err(step_error)
    }

    async fn undo(&self, _: &Outputs) -> Result<Progress, StepError> {
        if !self.removes_all {
            return Ok(Progress::Done { note: String::new(), output: None });
        }
        let site = self.site().await?;
        // Every phase of a termination is repeatable, so that each try begins with the first.
        for phase in site.driver.phases(Verb::Terminate) {
            let came_to = progress(site.driver.run(&site.target, &site.spec, Verb::Terminate, phase).await)?;
            if matches!(came_to, Progress::Waiting { .. }) {
                return Ok(came_to);
            }
        }
        Ok(Progress::Done { note: "Everything of it was removed".to_owned(), output: None })
    }
}

fn progress(result: Result<drivers::Progress, OutsideError>) -> Result<Progress, StepError> {
    match result {
        Ok(drivers::Progress::Done { note }) => Ok(Progress::Done { note, output: None }),
        Ok(drivers::Progress::Waiting { reason, retry_in }) => {
            Ok(Progress::Waiting { code: reason.code, detail: reason.detail, retry_in })
        }
        Err(error) => Err(step_error(error)),
    }
}

fn step_error(error: OutsideError) -> StepError {
    match error {
        OutsideError::Rejected { code, message } => StepError::Rejected { code, message },
        OutsideError::Unavailable { retry_after, message } => StepError::Unavailable { message, retry_after },
        OutsideError::Unknown { message } => StepError::Unknown { message },
    }
}
