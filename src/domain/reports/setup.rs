//! What other contexts know of the checklist before the shop opens.
use crate::domain::{
    Ctx,
    payments::{PaymentError, accounts},
    provisioning::clusters,
    settings::Facts,
};

/// What is true now.
///
/// # Errors
/// The database.
pub async fn facts(ctx: &Ctx) -> Result<Facts, PaymentError> {
    Ok(Facts {
        is_gateway_tested: accounts::is_any_tested(ctx).await?,
        has_cluster: clusters::is_any_ready(&ctx.db).await?,
    })
}
