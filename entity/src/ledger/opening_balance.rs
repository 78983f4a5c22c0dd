//! Table `opening_balances`.
use crate::value::OpeningBalanceId;
use sea_orm::entity::prelude::*;

/// What an account held when the business came here.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opening_balances")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OpeningBalanceId,
    /// Code of the account: `bank`.
    pub account: String,
    /// As it stood when this business day began.
    pub day: Date,
    /// Debit positive, credit negative, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it was taken back.
    pub reversed_at: Option<DateTimeUtc>,
    /// Who took it back.
    pub reversed_by: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
