//! Who is signed in, in two queries: one for the person, one for everything that follows from who he is.
use super::{IdentityError, tokens};
use crate::{
    domain::Services,
    kernel::{
        memo::{Family, Memo},
        token,
    },
};
use chrono::{DateTime, Utc};
use entity::{
    customers::{customer, member},
    identity::{refresh_token, role, role_permission, session, totp_secret, user, user_role},
    value::{CustomerId, CustomerStatus, Grant, SessionId, UserId, UserStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use std::{collections::BTreeSet, sync::Arc};

/// Sessions kept in memory at most.
const KNOWN_SESSIONS: u64 = 10_000;

/// Who is behind the sessions of late, by key hash, and until when.
pub struct KnownSessions(Memo<String, (Arc<SignedIn>, DateTime<Utc>)>);

impl Default for KnownSessions {
    fn default() -> Self {
        Self(Memo::new(&[Family::People], KNOWN_SESSIONS))
    }
}

/// A user's place in a customer's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The account.
    pub customer_id: CustomerId,
    /// Its name.
    pub customer_name: String,
    /// Its currency, ISO 4217.
    pub currency: String,
    /// Whether it is served.
    pub status: CustomerStatus,
    /// What the user may do there.
    pub grant: Grant,
}

/// Somebody signed in, with everything doors decide by.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: user::Model,
    /// Codes of staff roles, sorted.
    pub roles: Vec<String>,
    /// What he may do as staff.
    pub permissions: BTreeSet<String>,
    /// Accounts he belongs to and can act in, oldest first.
    pub memberships: Vec<Membership>,
    /// Whether an account he belongs to was closed.
    pub has_closed_account: bool,
    /// Whether a second factor is on.
    pub has_second_factor: bool,
    /// What fresh proof is tied to: key hash of the session or token family.
    pub holder: String,
    /// The session, for browsers.
    pub session_id: Option<SessionId>,
}

impl SignedIn {
    /// Whether he may do, as staff, what `permission` names.
    pub fn may(&self, permission: &str) -> bool {
        self.user.is_staff && self.permissions.contains(permission)
    }
}

/// Who is signed in with the browser session `key`: as kept in memory, or in two queries.
///
/// # Errors
/// The database.
pub async fn find_signed_in(services: &Services, key: &str) -> Result<Option<Arc<SignedIn>>, DbErr> {
    let holder = token::sha256_hex(key);
    let known = &services.kept.sessions.0;
    let found = known.get(&services.live, &holder, read_session(services, &holder)).await?;
    Ok(found.filter(|(_, expires_at)| *expires_at > services.clock.now()).map(|(signed_in, _)| signed_in))
}

async fn read_session(services: &Services, holder: &str) -> Result<Option<(Arc<SignedIn>, DateTime<Utc>)>, DbErr> {
    let found = session::Entity::find()
        .filter(session::Column::KeyHash.eq(holder))
        .filter(session::Column::ExpiresAt.gt(services.clock.now()))
        .find_also_related(user::Entity)
        .one(&services.db)
        .await?;
    let Some((session, Some(user))) = found else { return Ok(None) };
    let signed_in = complete(&services.db, user, holder.to_owned(), Some(session.id)).await?;
    Ok(signed_in.map(|signed_in| (Arc::new(signed_in), session.expires_at)))
}

/// Who is signed in with the access token, in two queries; a family that was ended ends its access tokens too.
///
/// # Errors
/// `InvalidToken`; the database.
pub async fn find_bearer(services: &Services, access_token: &str) -> Result<SignedIn, IdentityError> {
    let claims = tokens::read_access(services, access_token)?;
    let stands = Query::select()
        .expr(Expr::val(1))
        .from(refresh_token::Entity)
        .and_where(refresh_token::Column::Family.eq(&claims.fam))
        .and_where(refresh_token::Column::RevokedAt.is_null())
        .to_owned();
    let user = user::Entity::find_by_id(claims.sub).filter(Expr::exists(stands)).one(&services.db).await?;
    let user = user.ok_or(IdentityError::InvalidToken)?;
    complete(&services.db, user, claims.fam, None).await?.ok_or(IdentityError::InvalidToken)
}

/// A user with everything that follows, for jobs and tools; `None` where there is none or he may not sign in.
///
/// # Errors
/// The database.
pub async fn find_user(db: &impl ConnectionTrait, user_id: &UserId) -> Result<Option<SignedIn>, DbErr> {
    match user::Entity::find_by_id(user_id.clone()).one(db).await? {
        Some(user) => complete(db, user, String::new(), None).await,
        None => Ok(None),
    }
}

/// What a user may do as staff.
///
/// # Errors
/// The database.
pub async fn permissions_of(db: &impl ConnectionTrait, user_id: &UserId) -> Result<BTreeSet<String>, DbErr> {
    Ok(find_user(db, user_id)
        .await?
        .filter(|found| found.user.is_staff)
        .map(|found| found.permissions)
        .unwrap_or_default())
}

async fn complete(
    db: &impl ConnectionTrait,
    user: user::Model,
    holder: String,
    session_id: Option<SessionId>,
) -> Result<Option<SignedIn>, DbErr> {
    if user.status != UserStatus::Active {
        return Ok(None);
    }
    let mut signed_in = SignedIn {
        roles: Vec::new(),
        permissions: BTreeSet::new(),
        memberships: Vec::new(),
        has_closed_account: false,
        has_second_factor: false,
        holder,
        session_id,
        user,
    };
    for row in db.query_all(&facts_of(&signed_in.user)).await? {
        let (kind, a, b): (String, String, String) =
            (row.try_get("", "kind")?, row.try_get("", "a")?, row.try_get("", "b")?);
        let (c, d, e): (String, String, String) = (row.try_get("", "c")?, row.try_get("", "d")?, row.try_get("", "e")?);
        match kind.as_str() {
            "role" => signed_in.roles.push(a),
            "permission" => drop(signed_in.permissions.insert(a)),
            "totp" => signed_in.has_second_factor = true,
            // Nobody acts in a closed account: it is known only so that its people can be told.
            "member" if d == CustomerStatus::Closed.as_str() => signed_in.has_closed_account = true,
            _ => signed_in.memberships.push(Membership {
                customer_id: CustomerId(a),
                customer_name: b,
                currency: e,
                grant: Grant::parse(&c).ok_or_else(|| DbErr::Type(format!("unknown grant {c}")))?,
                status: CustomerStatus::parse(&d).ok_or_else(|| DbErr::Type(format!("unknown status {d}")))?,
            }),
        }
    }
    signed_in.roles.sort();
    // Ids sort by age.
    signed_in.memberships.sort_by(|one, other| one.customer_id.cmp(&other.customer_id));
    Ok(Some(signed_in))
}

/// One statement for memberships, second factor, roles and permissions: pages ask this on every request.
fn facts_of(user: &user::Model) -> SelectStatement {
    let empty = || Expr::val("");
    let mut facts = Query::select()
        .expr_as(Expr::val("member"), "kind")
        .expr_as(Expr::col((member::Entity, member::Column::CustomerId)), "a")
        .expr_as(Expr::col((customer::Entity, customer::Column::Name)), "b")
        .expr_as(Expr::col((member::Entity, member::Column::Grant)), "c")
        .expr_as(Expr::col((customer::Entity, customer::Column::Status)), "d")
        .expr_as(Expr::col((customer::Entity, customer::Column::Currency)), "e")
        .from(member::Entity)
        .inner_join(
            customer::Entity,
            Expr::col((customer::Entity, customer::Column::Id)).equals((member::Entity, member::Column::CustomerId)),
        )
        .and_where(member::Column::UserId.eq(&user.id))
        .to_owned();
    let second_factor = Query::select()
        .expr(Expr::val("totp"))
        .expr(Expr::col(totp_secret::Column::UserId))
        .expr(empty())
        .expr(empty())
        .expr(empty())
        .expr(empty())
        .from(totp_secret::Entity)
        .and_where(totp_secret::Column::UserId.eq(&user.id))
        .and_where(totp_secret::Column::ConfirmedAt.is_not_null())
        .to_owned();
    facts.union(UnionType::All, second_factor);
    if user.is_staff {
        let roles = Query::select()
            .expr(Expr::val("role"))
            .expr(Expr::col((role::Entity, role::Column::Code)))
            .expr(empty())
            .expr(empty())
            .expr(empty())
            .expr(empty())
            .from(user_role::Entity)
            .inner_join(
                role::Entity,
                Expr::col((role::Entity, role::Column::Id)).equals((user_role::Entity, user_role::Column::RoleId)),
            )
            .and_where(user_role::Column::UserId.eq(&user.id))
            .to_owned();
        let permissions = Query::select()
            .expr(Expr::val("permission"))
            .expr(Expr::col((role_permission::Entity, role_permission::Column::Permission)))
            .expr(empty())
            .expr(empty())
            .expr(empty())
            .expr(empty())
            .from(user_role::Entity)
            .inner_join(
                role_permission::Entity,
                Expr::col((role_permission::Entity, role_permission::Column::RoleId))
                    .equals((user_role::Entity, user_role::Column::RoleId)),
            )
            .and_where(user_role::Column::UserId.eq(&user.id))
            .to_owned();
        facts.union(UnionType::All, roles).union(UnionType::All, permissions);
    }
    facts
}
