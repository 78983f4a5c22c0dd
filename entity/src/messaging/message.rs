//! Table `messages`.
use crate::value::{FileId, MessageId, MessageStatus};
use sea_orm::entity::prelude::*;

/// A notice in the outgoing queue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// About which account.
    pub customer_id: Option<String>,
    /// To which user.
    pub user_id: Option<String>,
    /// Address.
    pub to_address: String,
    /// Name.
    pub to_name: String,
    /// Which notice.
    pub template: String,
    /// Language.
    pub locale: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// HTML.
    #[sea_orm(column_type = "Text")]
    pub html: String,
    /// The file that goes with it.
    pub attachment_id: Option<FileId>,
    /// Where it stands.
    pub status: MessageStatus,
    /// The same occasion is told once.
    #[sea_orm(unique)]
    pub once_key: Option<String>,
    /// How often tried.
    pub attempts: i32,
    /// Why it did not go.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// When written.
    pub queued_at: DateTimeUtc,
    /// When accepted by the mail server.
    pub sent_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
