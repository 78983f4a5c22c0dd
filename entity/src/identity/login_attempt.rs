//! Table `login_attempts`.
use sea_orm::entity::prelude::*;

/// A failed or successful try to sign in, for throttling.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempts")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Address that was tried.
    pub email: String,
    /// Network address it came from.
    pub address: String,
    /// Whether it worked.
    pub succeeded: bool,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
