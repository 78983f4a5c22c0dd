//! Table `report_mails`.
use crate::value::{ReportMailId, ReportRhythm, UserId};
use sea_orm::entity::prelude::*;

/// A report that a member of staff has mailed to him.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_mails")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReportMailId,
    /// To whom.
    pub user_id: UserId,
    /// Which report.
    pub report: String,
    /// How often.
    pub rhythm: ReportRhythm,
    /// The first day of the last period that was mailed, or need not be.
    pub mailed_to: Date,
    /// Since when.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
