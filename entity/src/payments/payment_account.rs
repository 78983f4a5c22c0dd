//! Table `payment_accounts`.
use crate::value::PaymentAccountId;
use sea_orm::entity::prelude::*;

/// Our account at a gateway.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_accounts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentAccountId,
    /// Which gateway.
    pub gateway: String,
    /// Name for staff.
    pub name: String,
    /// Part of its own notification address.
    #[sea_orm(unique)]
    pub token: String,
    /// Used where no other is named.
    pub is_default: bool,
    /// Whether offered.
    pub is_enabled: bool,
    /// Place among the accounts: of several that offer the same way to pay, the one with the lowest is used.
    pub position: i32,
    /// Ways to pay that customers are not offered, by `MethodOffer::key`: a list of texts.
    #[sea_orm(column_type = "JsonBinary")]
    pub hidden_ways: Json,
    /// Keys come from configuration; read-only in WHM.
    pub is_from_environment: bool,
    /// Settings, encrypted.
    #[sea_orm(column_type = "Text")]
    pub settings_sealed: String,
    /// Address instead of the vendor's (simulator).
    pub base_url: Option<String>,
    /// When its connection test last succeeded.
    pub tested_at: Option<DateTimeUtc>,
    /// When made.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
