//! Writing notices into the outgoing queue.
use super::{
    deliver::Deliver,
    template::{self, TemplateError},
};
use crate::{
    domain::{Ctx, identity, settings},
    kernel::{
        db::WriteTx,
        fault::{self, Fault, FieldFault, Kind},
        token::sha256_hex,
    },
};
use entity::{
    customers::customer,
    identity::user,
    messaging::message,
    platform::file,
    value::{CustomerId, FileId, MessageId, MessageStatus, UserId},
};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, sea_query::OnConflict};

/// How the key of a file begins that goes with a notice.
pub const ATTACHED: &str = "mail:";

/// What can go wrong with notices.
#[derive(Debug, thiserror::Error)]
pub enum MessagingError {
    /// The notice cannot be written.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Missing.
    #[error("not found")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The message held a one-time link, which is struck out: there is nothing to send again.
    #[error("the one-time link of the message is gone")]
    LinkGone,
    /// Does not fit where the message stands.
    #[error("not possible in the present state")]
    InvalidState,
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Fault for MessagingError {
    fn kind(&self) -> Kind {
        match self {
            Self::Template(_) => Kind::Internal,
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::InvalidState | Self::LinkGone => Kind::Conflict,
            Self::Database(error) => fault::database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Template(_) => "INTERNAL",
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::LinkGone => "MESSAGE_LINK_GONE",
            Self::InvalidState => "INVALID_STATE",
            Self::Database(error) => fault::database_code(error),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}

/// Who is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Address.
    pub address: String,
    /// Name.
    pub name: String,
    /// `id` or `en`.
    pub locale: String,
    /// About which account.
    pub customer_id: Option<CustomerId>,
    /// To which user.
    pub user_id: Option<UserId>,
}

impl Recipient {
    /// A user.
    pub fn user(user: &user::Model) -> Self {
        Self {
            address: user.email.clone(),
            name: user.name.clone(),
            locale: user.locale.clone(),
            customer_id: user.last_customer_id.clone().map(CustomerId),
            user_id: Some(user.id.clone()),
        }
    }

    /// A customer, at the address for documents.
    pub fn customer(customer: &customer::Model) -> Self {
        Self {
            address: customer.email.clone(),
            name: customer.name.clone(),
            locale: customer.locale.clone(),
            customer_id: Some(customer.id.clone()),
            user_id: None,
        }
    }
}

/// A notice to be sent.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Which: a code of `NOTICES`.
    pub template: &'static str,
    /// To whom, in whose language.
    pub to: Recipient,
    /// Values of its variables; `name` is filled in where the notice wants it.
    pub values: Vec<(&'static str, String)>,
    /// Names the occasion: the same one is told once.
    pub once_key: Option<String>,
}

/// A file that goes with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Its content.
    pub body: Vec<u8>,
}

/// Writes a notice into the queue in `tx` and queues its delivery. `None`: the occasion was told before, and nothing
/// was written.
///
/// # Errors
/// `Template` for a mistake of ours; the database.
pub async fn send(ctx: &Ctx, tx: &WriteTx, notice: Notice) -> Result<Option<MessageId>, MessagingError> {
    write(ctx, tx, notice, None).await
}

/// The same with a file, which is kept as long as the notice is.
///
/// # Errors
/// As `send`.
pub async fn send_with(
    ctx: &Ctx,
    tx: &WriteTx,
    notice: Notice,
    attachment: Attachment,
) -> Result<Option<MessageId>, MessagingError> {
    let file_id = FileId::generate();
    let written = write(ctx, tx, notice, Some(file_id.clone())).await?;
    if let Some(message_id) = &written {
        let row = file::ActiveModel {
            id: Set(file_id),
            key: Set(format!("{ATTACHED}{message_id}")),
            sha256: Set(sha256_hex(&attachment.body)),
            content_type: Set(attachment.content_type),
            name: Set(attachment.name),
            body: Set(attachment.body),
            created_at: Set(ctx.now()),
        };
        file::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(written)
}

async fn write(
    ctx: &Ctx,
    tx: &WriteTx,
    notice: Notice,
    attachment_id: Option<FileId>,
) -> Result<Option<MessageId>, MessagingError> {
    let template = template::find(notice.template)?;
    let company = settings::load(tx).await?.company;
    let mut values = notice.values;
    if template.variables.contains(&"name") && !values.iter().any(|(name, _)| *name == "name") {
        values.push(("name", notice.to.name.clone()));
    }
    let footer = match company.email.as_str() {
        "" => company.name.clone(),
        email => format!("{} · {email}", company.name),
    };
    let mail = template.render(&notice.to.locale, &values, &company.name, &footer)?;
    let id = MessageId::generate();
    let row = message::ActiveModel {
        id: Set(id.clone()),
        customer_id: Set(notice.to.customer_id.map(|id| id.0)),
        user_id: Set(notice.to.user_id.map(|id| id.0)),
        to_address: Set(notice.to.address),
        to_name: Set(notice.to.name),
        template: Set(template.code.to_owned()),
        locale: Set(notice.to.locale),
        subject: Set(mail.subject),
        text: Set(mail.text),
        html: Set(mail.html),
        attachment_id: Set(attachment_id),
        status: Set(MessageStatus::Queued),
        once_key: Set(notice.once_key),
        attempts: Set(0),
        error: Set(None),
        queued_at: Set(ctx.now()),
        sent_at: Set(None),
    };
    let once = OnConflict::column(message::Column::OnceKey).do_nothing().to_owned();
    if message::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await? == 0 {
        return Ok(None);
    }
    ctx.enqueue(tx, &Deliver { message_id: id.clone() }).await?;
    Ok(Some(id))
}

/// Who gets staff alerts: the addresses of the configuration, else every active admin.
///
/// # Errors
/// The database.
pub async fn staff_recipients(ctx: &Ctx) -> Result<Vec<Recipient>, MessagingError> {
    let configured = ctx.config.mail.alerts_to.split(',').map(str::trim).filter(|address| !address.is_empty());
    let configured: Vec<Recipient> = configured
        .map(|address| Recipient {
            address: address.to_lowercase(),
            name: address.to_owned(),
            locale: "id".to_owned(),
            customer_id: None,
            user_id: None,
        })
        .collect();
    if !configured.is_empty() {
        return Ok(configured);
    }
    Ok(identity::roles::admins(&ctx.db).await?.iter().map(Recipient::user).collect())
}
