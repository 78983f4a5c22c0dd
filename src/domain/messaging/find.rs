//! Finding messages.
use super::{MessagingError, template};
use crate::kernel::page::{Page, PageRequest};
use entity::{
    messaging::{message, suppression},
    value::{CustomerId, MessageId, MessageStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::BTreeSet;

/// How many addresses the suppression list shows.
const SUPPRESSIONS_SHOWN: u64 = 500;

/// Messages to an address, newest first.
///
/// # Errors
/// The database.
pub async fn list_for(
    db: &impl ConnectionTrait,
    address: &str,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    let address = address.trim().to_lowercase();
    page(db, message::Entity::find().filter(message::Column::ToAddress.eq(address)), request).await
}

/// Messages about a customer's account, newest first.
///
/// # Errors
/// The database.
pub async fn list_of(
    db: &impl ConnectionTrait,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    page(db, message::Entity::find().filter(message::Column::CustomerId.eq(customer_id)), request).await
}

async fn page(
    db: &impl ConnectionTrait,
    mut query: Select<message::Entity>,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    if let Some(after) = &request.after {
        query = query.filter(message::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(message::Column::Id).limit(request.fetch()).all(db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}

/// Messages in a state, or all, newest first.
///
/// # Errors
/// The database.
pub async fn list(
    db: &impl ConnectionTrait,
    status: Option<MessageStatus>,
    request: &PageRequest,
) -> Result<Page<message::Model>, DbErr> {
    let all = message::Entity::find();
    let query = match status {
        Some(status) => all.filter(message::Column::Status.eq(status)),
        None => all,
    };
    page(db, query, request).await
}

/// A message as staff may see it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The message; its one-time links are struck out, whether it has gone or not.
    pub message: message::Model,
    /// Whether it can be sent again.
    pub can_retry: bool,
    /// Whether it held a one-time link.
    pub has_one_time_link: bool,
}

/// One message, without secrets.
///
/// # Errors
/// `NotFound`; the database.
pub async fn get_shown(db: &impl ConnectionTrait, id: &MessageId) -> Result<Shown, MessagingError> {
    let mut message = message::Entity::find_by_id(id.clone()).one(db).await?.ok_or(MessagingError::NotFound)?;
    let has_one_time_link = template::has_one_time_link(&message.text);
    message.text = template::strike_tokens(&message.text);
    message.html = template::strike_tokens(&message.html);
    let is_over = matches!(message.status, MessageStatus::Failed | MessageStatus::Suppressed);
    Ok(Shown { can_retry: is_over && !has_one_time_link, has_one_time_link, message })
}

/// Addresses that are not written to, the newest 500.
///
/// # Errors
/// The database.
pub async fn suppressions(db: &impl ConnectionTrait) -> Result<Vec<suppression::Model>, DbErr> {
    let newest = suppression::Entity::find().order_by_desc(suppression::Column::CreatedAt);
    newest.order_by_asc(suppression::Column::Address).limit(SUPPRESSIONS_SHOWN).all(db).await
}

/// Which of the occasions `once_keys` were told already.
///
/// # Errors
/// The database.
pub async fn told(db: &impl ConnectionTrait, once_keys: Vec<String>) -> Result<BTreeSet<String>, DbErr> {
    if once_keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let keys = message::Entity::find().select_only().column(message::Column::OnceKey);
    let keys: Vec<String> = keys.filter(message::Column::OnceKey.is_in(once_keys)).into_tuple().all(db).await?;
    Ok(keys.into_iter().collect())
}
