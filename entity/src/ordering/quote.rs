//! Table `quotes`.
use crate::value::{CustomerId, QuoteId, QuoteStatus};
use sea_orm::entity::prelude::*;

/// What a customer is offered at which price until which day. Once sent it changes no more but for its state.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quotes")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: QuoteId,
    /// Number people name, given when it is sent.
    #[sea_orm(unique)]
    pub number: Option<String>,
    /// To whom.
    pub customer_id: CustomerId,
    /// Where it stands.
    pub status: QuoteStatus,
    /// Language of the document.
    pub locale: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Net, minor units.
    pub subtotal_minor: i64,
    /// Tax, minor units.
    pub tax_minor: i64,
    /// To pay, minor units.
    pub total_minor: i64,
    /// Words of the tax; none where none is charged.
    pub tax_label: Option<String>,
    /// The customer as he was when it was sent.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub buyer: Option<Json>,
    /// The seller as he was when it was sent.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub seller: Option<Json>,
    /// Words before the lines.
    #[sea_orm(column_type = "Text")]
    pub intro: String,
    /// Words after the lines.
    #[sea_orm(column_type = "Text")]
    pub terms: String,
    /// The last business day on which it can be accepted.
    pub valid_until: Date,
    /// Secret part of the address under which it is read without signing in.
    #[sea_orm(unique)]
    pub public_token: String,
    /// The quote it was copied from.
    pub copied_from: Option<String>,
    /// Who of staff made it.
    pub made_by: String,
    /// Why it was declined or withdrawn.
    pub reason: Option<String>,
    /// The order it became.
    pub order_id: Option<String>,
    /// When it was sent.
    pub sent_at: Option<DateTimeUtc>,
    /// When the customer was reminded of its end.
    pub reminded_at: Option<DateTimeUtc>,
    /// When it was accepted, declined or withdrawn, or expired.
    pub decided_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
    /// An account that pays: a person or a company.
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<crate::customers::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
