//! Whether a customer is one to look at.
use crate::kernel::db::WriteTx;
use chrono::{DateTime, Utc};
use entity::{customers::customer, value::CustomerId};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};

/// How closely a customer is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Like everybody.
    Normal,
    /// Somebody looks before he is given anything on trust.
    High,
}

impl Risk {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// Says in `tx` how closely a customer is looked at. Saying the same again changes nothing.
///
/// # Errors
/// The database.
pub async fn set_risk(tx: &WriteTx, now: DateTime<Utc>, id: &CustomerId, risk: Risk) -> Result<(), DbErr> {
    let set =
        customer::ActiveModel { risk_level: Set(risk.as_str().to_owned()), updated_at: Set(now), ..Default::default() };
    customer::Entity::update_many()
        .set(set)
        .filter(customer::Column::Id.eq(id))
        .filter(customer::Column::RiskLevel.ne(risk.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}
