//! What instances write.
use super::{ProvisioningError, find, instance as instances};
use crate::{
    domain::Ctx,
    integrations::{
        OutsideError,
        drivers::{LogLine, LogQuery},
    },
};
use entity::{
    provisioning::instance,
    value::{CustomerId, InstanceId},
};
use futures_util::{StreamExt, stream::BoxStream};
use std::time::Duration;

/// How long a log that is not followed is read at most (machine time).
const READ_FOR: Duration = Duration::from_secs(10);

/// Lines as they are read, oldest first.
pub type Lines = BoxStream<'static, Result<LogLine, OutsideError>>;

/// The log of an instance, as `query` asks for it.
///
/// # Errors
/// `InvalidState` while it has no place; `NotCapable`; `Outside`.
pub async fn open(ctx: &Ctx, row: &instance::Model, query: LogQuery) -> Result<Lines, ProvisioningError> {
    let (driver, target, spec) = instances::at_its_place(ctx, row).await?;
    if !driver.capabilities().logs {
        return Err(ProvisioningError::NotCapable { driver: row.driver.clone() });
    }
    Ok(driver.logs(&target, &spec, query).await?)
}

/// The log of an instance of `customer_id`. See `open`.
///
/// # Errors
/// `NotFound`, also for somebody else's; those of `open`.
pub async fn open_for(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
    query: LogQuery,
) -> Result<Lines, ProvisioningError> {
    let row = find::get_for(&ctx.db, customer_id, id).await?;
    open(ctx, &row, query).await
}

/// The last `tail` lines an instance wrote, oldest first, read for ten seconds at most.
///
/// # Errors
/// Those of `open`.
pub async fn tail(ctx: &Ctx, row: &instance::Model, tail: i64) -> Result<Vec<LogLine>, ProvisioningError> {
    read(ctx, row, LogQuery { tail: Some(tail), ..LogQuery::default() }).await
}

/// What `query` asks for of a log that is not followed, oldest first, read for ten seconds at most.
///
/// # Errors
/// Those of `open`.
pub async fn read(ctx: &Ctx, row: &instance::Model, query: LogQuery) -> Result<Vec<LogLine>, ProvisioningError> {
    let read = async {
        let mut lines = open(ctx, row, LogQuery { follow: false, ..query }).await?;
        let mut read = Vec::new();
        while let Some(line) = lines.next().await {
            read.push(line?);
        }
        Ok(read)
    };
    let late = || OutsideError::unavailable("the log was not read in time");
    tokio::time::timeout(READ_FOR, read).await.unwrap_or_else(|_| Err(late().into()))
}
