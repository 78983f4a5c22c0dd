//! Staff: who works here, in which roles. Somebody always stays administrator.
use super::{
    IdentityError, NewUser, Opened,
    events::{StaffAdded, occasion},
    password, register, roles, session, tokens, verification,
};
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx, fault::FieldFault, token},
};
use entity::{
    identity::{role, totp_secret, user, user_role},
    value::{UserId, UserStatus, contact},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use std::collections::{BTreeMap, BTreeSet};

/// How many people a list shows at most; a hosting business has tens.
const LISTED: u64 = 500;

/// Somebody who works here.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// Who.
    pub user: user::Model,
    /// Codes of his roles, sorted.
    pub roles: Vec<String>,
    /// Whether a second factor is on.
    pub has_second_factor: bool,
}

/// A member of staff to be made by command.
#[derive(Clone, Copy)]
pub struct NewStaff<'a> {
    /// Address to sign in with.
    pub email: &'a str,
    /// Name.
    pub name: &'a str,
    /// Code of the role.
    pub role: &'a str,
    /// `None`: one is generated.
    pub password: Option<&'a str>,
}

/// A member of staff that was made.
#[derive(Clone)]
pub struct CreatedStaff {
    /// Who.
    pub user_id: UserId,
    /// The password that was generated; `None` where one was given or the person keeps his own.
    pub generated_password: Option<String>,
    /// Whether the address had an account, which is staff now and keeps its name and password.
    pub was_known: bool,
}

/// Makes a member of staff whose address counts as proven. Somebody with an account (a customer) becomes staff with
/// the password he has.
///
/// # Errors
/// `Invalid` by field, also for an unknown role; `EmailTaken` where the address is staff already; the database.
pub async fn create(ctx: &Ctx, new: NewStaff<'_>) -> Result<CreatedStaff, IdentityError> {
    let (email, name) = parse(new.email, new.name, &[new.role.to_owned()], new.password)?;
    let generated = new.password.is_none().then(|| token::random().chars().take(20).collect::<String>());
    let chosen = new.password.or(generated.as_deref()).unwrap_or_default();
    let password_hash = password::hash(ctx, chosen).await?;
    roles::seed(ctx).await?;
    let tx = ctx.begin().await?;
    let (user_id, was_known) = take_on(ctx, &tx, email, name, password_hash).await?;
    roles::assign_in(ctx, &tx, &user_id, new.role).await?;
    tx.commit().await?;
    Ok(CreatedStaff { user_id, generated_password: generated.filter(|_| !was_known), was_known })
}

/// Makes an administrator: `create` with the role `admin`.
///
/// # Errors
/// As `create`.
pub async fn create_admin(
    ctx: &Ctx,
    email: &str,
    name: &str,
    password: Option<&str>,
) -> Result<CreatedStaff, IdentityError> {
    create(ctx, NewStaff { email, name, role: "admin", password }).await
}

/// Takes somebody on by mail: publishes `staff.added`, upon which he gets a one-time link that sets his password, or
/// where he has an account a word that WHM is open to him.
///
/// # Errors
/// `Invalid` by field; `EmailTaken` where the address is staff already; the database.
pub async fn invite(ctx: &Ctx, email: &str, name: &str, codes: &[String]) -> Result<UserId, IdentityError> {
    let (email, name) = parse(email, name, codes, None)?;
    // Nobody knows this password: the link in the mail sets one.
    let password_hash = password::hash(ctx, &token::random()).await?;
    let tx = ctx.begin().await?;
    let (user_id, was_known) = take_on(ctx, &tx, email, name, password_hash).await?;
    for code in codes {
        roles::assign_in(ctx, &tx, &user_id, code).await?;
    }
    ctx.publish(&tx, &StaffAdded { user_id: user_id.clone(), is_new: !was_known, occasion: occasion() }).await?;
    ctx.made(&tx, user_id.as_str()).await?;
    tx.commit().await?;
    Ok(user_id)
}

fn parse(email: &str, name: &str, codes: &[String], password: Option<&str>) -> Result<(String, String), IdentityError> {
    let mut faults = Vec::new();
    let email = contact::email(email).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("email", wrong));
        String::new()
    });
    let name = contact::name(name, 120).unwrap_or_else(|wrong| {
        faults.push(FieldFault::of("name", wrong));
        String::new()
    });
    faults.extend(wrong_roles(codes));
    faults.extend(password.and_then(|password| password::weakness(password, &[&email, &name])));
    if faults.is_empty() { Ok((email, name)) } else { Err(IdentityError::Invalid(faults)) }
}

fn wrong_roles(codes: &[String]) -> Option<FieldFault> {
    let is_unknown = codes.iter().any(|code| !crate::kernel::permission::BUILTIN_ROLES.contains(&code.as_str()));
    match (codes.is_empty(), is_unknown) {
        (true, _) => Some(FieldFault::new("role_admin", "required")),
        (_, true) => Some(FieldFault::new("role_admin", "unknown")),
        _ => None,
    }
}

/// The user with this address, made where there is none, and whether he was there before.
async fn take_on(
    ctx: &Ctx,
    tx: &WriteTx,
    email: String,
    name: String,
    password_hash: String,
) -> Result<(UserId, bool), IdentityError> {
    let known = user::Entity::find().filter(user::Column::Email.eq(&email)).one(tx).await?;
    if let Some(known) = known {
        let is_free = !known.is_staff && known.status == UserStatus::Active;
        return if is_free { Ok((known.id, true)) } else { Err(IdentityError::EmailTaken) };
    }
    let new = NewUser { email, name, password_hash, locale: "id".to_owned() };
    let Opened::New(user_id) = register::insert_user(ctx, tx, new).await? else {
        return Err(IdentityError::EmailTaken);
    };
    verification::mark_verified(ctx, tx, &user_id).await?;
    Ok((user_id, false))
}

/// Everybody who works here, oldest first.
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Colleague>, DbErr> {
    // Found by their roles, which few have: the users are as many as the customers.
    let hold_roles = Query::select().column(user_role::Column::UserId).from(user_role::Entity).to_owned();
    let users = user::Entity::find()
        .filter(user::Column::Id.in_subquery(hold_roles))
        .filter(user::Column::IsStaff.eq(true))
        .order_by_asc(user::Column::Id);
    complete(db, users.limit(LISTED).all(db).await?).await
}

/// One who works here.
///
/// # Errors
/// `NotFound`, also for somebody who is no member of staff; the database.
pub async fn get(db: &impl ConnectionTrait, id: &UserId) -> Result<Colleague, IdentityError> {
    let found = user::Entity::find_by_id(id.clone()).filter(user::Column::IsStaff.eq(true)).all(db).await?;
    complete(db, found).await?.pop().ok_or(IdentityError::NotFound)
}

async fn complete(db: &impl ConnectionTrait, users: Vec<user::Model>) -> Result<Vec<Colleague>, DbErr> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
    let mut held: BTreeMap<UserId, BTreeSet<String>> = BTreeMap::new();
    let rows = user_role::Entity::find().filter(user_role::Column::UserId.is_in(ids.clone()));
    for (row, role) in rows.find_also_related(role::Entity).all(db).await? {
        held.entry(row.user_id).or_default().extend(role.map(|role| role.code));
    }
    let factors = totp_secret::Entity::find()
        .filter(totp_secret::Column::UserId.is_in(ids))
        .filter(totp_secret::Column::ConfirmedAt.is_not_null());
    let factors: BTreeSet<UserId> = factors.all(db).await?.into_iter().map(|row| row.user_id).collect();
    let colleague = |user: user::Model| Colleague {
        roles: held.remove(&user.id).unwrap_or_default().into_iter().collect(),
        has_second_factor: factors.contains(&user.id),
        user,
    };
    Ok(users.into_iter().map(colleague).collect())
}

/// Gives a member of staff exactly the roles `codes`; they hold from his next click. Twice is fine.
///
/// # Errors
/// `Invalid` for none or an unknown one; `NotFound`; `LastAdmin`; the database.
pub async fn set_roles(ctx: &Ctx, id: &UserId, codes: &[String]) -> Result<(), IdentityError> {
    if let Some(fault) = wrong_roles(codes) {
        return Err(IdentityError::Invalid(vec![fault]));
    }
    let tx = ctx.begin().await?;
    let held = locked(&tx, id).await?.roles;
    let wanted = |code: &String| codes.contains(code);
    if held.iter().any(|code| code == "admin") && !wanted(&"admin".to_owned()) {
        require_another_admin(&tx, id).await?;
    }
    let taken: Vec<&String> = held.iter().filter(|code| !wanted(code)).collect();
    take_roles(ctx, &tx, id, &taken).await?;
    for code in codes {
        roles::assign_in(ctx, &tx, id, code).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Closes WHM to somebody: his roles, sessions and tokens end at once. A customer among them stays a customer.
///
/// # Errors
/// `NotFound`; `LastAdmin`; the database.
pub async fn revoke(ctx: &Ctx, id: &UserId) -> Result<(), IdentityError> {
    let tx = ctx.begin().await?;
    let held = locked(&tx, id).await?.roles;
    if held.iter().any(|code| code == "admin") {
        require_another_admin(&tx, id).await?;
    }
    take_roles(ctx, &tx, id, &held.iter().collect::<Vec<_>>()).await?;
    user::Entity::update_many()
        .col_expr(user::Column::IsStaff, Expr::value(false))
        .col_expr(user::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(user::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    session::destroy_all_in(&tx, id, None).await?;
    tokens::revoke_all_in(&tx, ctx.now(), id, None).await?;
    let change = Change {
        action: "identity.staff.revoke",
        target_type: "user",
        target_id: id.as_str(),
        before: Some(serde_json::json!({ "roles": held })),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// The colleague, with the role `admin` locked: two administrators who remove each other at the same moment come one
/// after the other.
async fn locked(tx: &WriteTx, id: &UserId) -> Result<Colleague, IdentityError> {
    role::Entity::find().filter(role::Column::Code.eq("admin")).lock_exclusive().one(tx).await?;
    get(tx, id).await
}

async fn require_another_admin(tx: &WriteTx, id: &UserId) -> Result<(), IdentityError> {
    let others = roles::admins(tx).await?.into_iter().filter(|admin| admin.id != *id).count();
    if others == 0 { Err(IdentityError::LastAdmin) } else { Ok(()) }
}

async fn take_roles(ctx: &Ctx, tx: &WriteTx, id: &UserId, codes: &[&String]) -> Result<(), IdentityError> {
    for code in codes {
        let role = roles::find_by_code(tx, code).await?;
        user_role::Entity::delete_many()
            .filter(user_role::Column::UserId.eq(id))
            .filter(user_role::Column::RoleId.eq(role.id))
            .exec(tx)
            .await?;
        let change = Change {
            action: "identity.staff.take_role",
            target_type: "user",
            target_id: id.as_str(),
            before: Some(serde_json::json!({ "role": code })),
            ..Change::default()
        };
        ctx.audit(tx, change).await?;
    }
    Ok(())
}
