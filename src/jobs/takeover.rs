//! Taking customers and contracts over from another system, some rows at a time.
use super::registry::{Registered, job};
use crate::{
    domain::{
        Ctx,
        ledger::LedgerError,
        takeover::{self, TakeOver, TakeoverError},
    },
    kernel::job::JobError,
};

/// Every job of this family.
pub fn all() -> Vec<Registered> {
    vec![job::<TakeOver>(take_over)]
}

async fn take_over(ctx: Ctx, work: TakeOver) -> Result<(), JobError> {
    match takeover::run_some(&ctx, &work.import_id, takeover::AT_ONCE).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let tx = ctx.begin().await?;
            ctx.enqueue(&tx, &work).await?;
            Ok(tx.commit().await?)
        }
        // A clock that jumped back; what was done stays done, and the rest goes on when it is right again.
        Err(TakeoverError::Ledger(error @ LedgerError::PeriodClosed { .. })) => Err(JobError::retry(error)),
        Err(error) => Err(error.into()),
    }
}
