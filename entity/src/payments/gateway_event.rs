//! Table `gateway_events`.
use crate::value::{GatewayEventId, GatewayEventStatus, PaymentAccountId, PaymentId, PaymentStatus};
use sea_orm::entity::prelude::*;

/// A notification as it came in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gateway_events")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GatewayEventId,
    /// For which account.
    pub account_id: PaymentAccountId,
    /// Which gateway.
    pub gateway: String,
    /// Same news, same key.
    pub deduplication_key: String,
    /// Reference it speaks of.
    pub reference: Option<String>,
    /// The gateway's own id of the charge.
    pub external_id: Option<String>,
    /// Where the charge stands by this news; the gateway's own answer may lag behind it.
    pub told: Option<PaymentStatus>,
    /// The attempt it belongs to.
    pub payment_id: Option<PaymentId>,
    /// Headers, signatures included, secrets removed.
    #[sea_orm(column_type = "JsonBinary")]
    pub headers: Json,
    /// Raw body.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// What became of it.
    pub status: GatewayEventStatus,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// How often the same news came.
    pub received_count: i32,
    /// When first.
    pub received_at: DateTimeUtc,
    /// When dealt with.
    pub processed_at: Option<DateTimeUtc>,
    /// Our account at a gateway.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::payment_account::Entity>,
    /// An attempt to collect money; stored before the gateway is asked.
    #[sea_orm(belongs_to, from = "payment_id", to = "id")]
    pub payment: BelongsTo<Option<super::payment::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
