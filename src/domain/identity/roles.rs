//! Roles of staff: sets of permissions.
use super::IdentityError;
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx, permission},
};
use entity::{
    identity::{role, role_permission, user, user_role},
    value::{RoleId, UserId, UserStatus},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

/// Makes the built-in roles that are missing, and gives each its default permissions, also those a new version brings.
/// Twice is fine.
///
/// # Errors
/// The database.
pub async fn seed(ctx: &Ctx) -> Result<(), IdentityError> {
    let tx = ctx.begin().await?;
    for code in permission::BUILTIN_ROLES {
        let row = role::ActiveModel {
            id: Set(RoleId::generate()),
            code: Set((*code).to_owned()),
            name: Set((*code).to_owned()),
            is_builtin: Set(true),
            created_at: Set(ctx.now()),
        };
        let unless_there = OnConflict::column(role::Column::Code).do_nothing().to_owned();
        role::Entity::insert(row).on_conflict(unless_there).exec_without_returning(&tx).await?;
        let role = find_by_code(&tx, code).await?;
        grant(&tx, &role.id, permission::defaults_of(code)).await?;
    }
    tx.commit().await?;
    Ok(())
}

pub(super) async fn find_by_code(tx: &WriteTx, code: &str) -> Result<role::Model, IdentityError> {
    role::Entity::find().filter(role::Column::Code.eq(code)).one(tx).await?.ok_or(IdentityError::NotFound)
}

async fn grant(tx: &WriteTx, role_id: &RoleId, permissions: Vec<&str>) -> Result<(), DbErr> {
    let rows = permissions.into_iter().map(|permission| role_permission::ActiveModel {
        role_id: Set(role_id.clone()),
        permission: Set(permission.to_owned()),
    });
    let unless_there = OnConflict::columns([role_permission::Column::RoleId, role_permission::Column::Permission])
        .do_nothing()
        .to_owned();
    role_permission::Entity::insert_many(rows).on_conflict(unless_there).exec_without_returning(tx).await?;
    Ok(())
}

/// Gives a user the role called `code` and opens WHM to him. Twice is fine.
///
/// # Errors
/// `NotFound` for an unknown role or user; the database.
pub async fn assign(ctx: &Ctx, user_id: &UserId, code: &str) -> Result<(), IdentityError> {
    let tx = ctx.begin().await?;
    assign_in(ctx, &tx, user_id, code).await?;
    tx.commit().await?;
    Ok(())
}

/// Active users who hold the role `admin`, oldest first.
///
/// # Errors
/// The database.
pub async fn admins(db: &impl sea_orm::ConnectionTrait) -> Result<Vec<user::Model>, DbErr> {
    let held = Query::select()
        .column((user_role::Entity, user_role::Column::UserId))
        .from(user_role::Entity)
        .inner_join(
            role::Entity,
            Expr::col((role::Entity, role::Column::Id)).equals((user_role::Entity, user_role::Column::RoleId)),
        )
        .and_where(role::Column::Code.eq("admin"))
        .to_owned();
    user::Entity::find()
        .filter(user::Column::Id.in_subquery(held))
        .filter(user::Column::Status.eq(UserStatus::Active))
        .order_by_asc(user::Column::Id)
        .all(db)
        .await
}

pub(super) async fn assign_in(ctx: &Ctx, tx: &WriteTx, user_id: &UserId, code: &str) -> Result<(), IdentityError> {
    let role = find_by_code(tx, code).await?;
    let opened = user::Entity::update_many()
        .col_expr(user::Column::IsStaff, Expr::value(true))
        .col_expr(user::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await?;
    if opened.rows_affected != 1 {
        return Err(IdentityError::NotFound);
    }
    let row =
        user_role::ActiveModel { user_id: Set(user_id.clone()), role_id: Set(role.id), created_at: Set(ctx.now()) };
    let unless_there =
        OnConflict::columns([user_role::Column::UserId, user_role::Column::RoleId]).do_nothing().to_owned();
    if user_role::Entity::insert(row).on_conflict(unless_there).exec_without_returning(tx).await? == 1 {
        let change = Change {
            action: "identity.staff.assign_role",
            target_type: "user",
            target_id: user_id.as_str(),
            after: Some(serde_json::json!({"role": code})),
            ..Change::default()
        };
        ctx.audit(tx, change).await?;
    }
    Ok(())
}
