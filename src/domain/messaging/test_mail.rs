//! Trying whether mail goes out.
use super::{Delivery, MessagingError, Notice, Recipient, deliver, send};
use crate::domain::{Ctx, settings};

/// Sends a test mail to `to` at once and notes for the first-run checklist that it was accepted. Each call is a mail.
///
/// # Errors
/// The database.
pub async fn send_test(ctx: &Ctx, to: Recipient) -> Result<Delivery, MessagingError> {
    let values = vec![("link", format!("{}/whm/setup", ctx.config.public_url()))];
    let tx = ctx.begin().await?;
    let id = send(ctx, &tx, Notice { template: "mail_test", to, values, once_key: None }).await?;
    tx.commit().await?;
    let id = id.ok_or(MessagingError::NotFound)?;
    let delivery = deliver(ctx, &id).await?;
    if matches!(delivery, Delivery::Sent) {
        settings::record_mail_test(ctx).await.map_err(|error| match error {
            crate::kernel::fault::CommonFault::Database(error) => MessagingError::Database(error),
            _ => MessagingError::InvalidState,
        })?;
    }
    Ok(delivery)
}
