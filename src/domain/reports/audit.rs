//! Reading the audit trail.
use crate::{
    domain::Ctx,
    kernel::page::{Page, PageRequest},
};
use entity::{identity::user, platform::audit_log, value::AuditId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Which rows are read. Each has an index of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only about this customer.
    pub customer_id: Option<String>,
    /// Only about this thing: its id, whose prefix names its kind.
    pub target: Option<(String, String)>,
    /// Only what this actor did.
    pub actor_id: Option<String>,
}

/// The trail, newest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, filter: &Filter, request: &PageRequest) -> Result<Page<audit_log::Model>, DbErr> {
    let mut select = audit_log::Entity::find().order_by_desc(audit_log::Column::Id).limit(request.fetch());
    if let Some(customer_id) = &filter.customer_id {
        select = select.filter(audit_log::Column::CustomerId.eq(customer_id));
    }
    if let Some((kind, id)) = &filter.target {
        select = select.filter(audit_log::Column::TargetType.eq(kind)).filter(audit_log::Column::TargetId.eq(id));
    }
    if let Some(actor_id) = &filter.actor_id {
        select = select.filter(audit_log::Column::ActorId.eq(actor_id));
    }
    if let Some(after) = &request.after {
        select = select.filter(audit_log::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(&ctx.db).await?, request, |row| row.id.as_str()))
}

/// One row of the trail.
///
/// # Errors
/// The database.
pub async fn find(ctx: &Ctx, id: &AuditId) -> Result<Option<audit_log::Model>, DbErr> {
    audit_log::Entity::find_by_id(id.clone()).one(&ctx.db).await
}

/// Names of the people among `actors`, by id.
///
/// # Errors
/// The database.
pub async fn names_of(ctx: &Ctx, actors: impl IntoIterator<Item = String>) -> Result<HashMap<String, String>, DbErr> {
    let people: Vec<String> = actors.into_iter().filter(|id| id.starts_with("usr_")).collect();
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let users = user::Entity::find().filter(user::Column::Id.is_in(people)).all(&ctx.db).await?;
    Ok(users.into_iter().map(|user| (user.id.0, user.name)).collect())
}
