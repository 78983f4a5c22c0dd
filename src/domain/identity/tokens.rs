//! Tokens of the API: short access tokens (JWT) and refresh tokens that are exchanged once each. A refresh token used
//! twice was stolen or copied: the whole family ends.
use super::IdentityError;
use crate::{
    domain::{Ctx, Services},
    kernel::{audit::Change, db::WriteTx, token},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    identity::{refresh_token, step_up, user},
    value::{RefreshTokenId, UserId, UserStatus},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

/// Seconds an access token works.
pub const ACCESS_SECONDS: i64 = 15 * 60;
/// Days an unused refresh token works.
pub const REFRESH_DAYS: i64 = 30;
const ISSUER: &str = "yumna";

/// What a client is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPair {
    /// For the `Authorization` header.
    pub access_token: String,
    /// To be exchanged once for the next pair.
    pub refresh_token: String,
    /// Seconds the access token works.
    pub expires_in: i64,
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose.
    pub sub: UserId,
    /// Family of refresh tokens it belongs to; ends with it.
    pub fam: String,
    /// Who made it.
    pub iss: String,
    /// When made, Unix seconds.
    pub iat: i64,
    /// When it ends, Unix seconds of product time.
    pub exp: i64,
}

/// A first pair for a user who has signed in.
///
/// # Errors
/// The database.
pub async fn issue(ctx: &Ctx, user_id: &UserId) -> Result<TokenPair, IdentityError> {
    let tx = ctx.begin().await?;
    let family = entity::value::next_ulid().to_string();
    let refresh_token = insert(ctx, &tx, user_id, &family).await?;
    tx.commit().await?;
    pair(ctx, user_id, family, refresh_token)
}

async fn insert(ctx: &Ctx, tx: &WriteTx, user_id: &UserId, family: &str) -> Result<String, DbErr> {
    let token = token::random();
    let now = ctx.now();
    let row = refresh_token::ActiveModel {
        id: Set(RefreshTokenId::generate()),
        family: Set(family.to_owned()),
        user_id: Set(user_id.clone()),
        token_hash: Set(token::sha256_hex(&token)),
        used_at: Set(None),
        revoked_at: Set(None),
        address: Set(ctx.address.clone()),
        created_at: Set(now),
        expires_at: Set(now + Duration::days(REFRESH_DAYS)),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

fn pair(ctx: &Ctx, user_id: &UserId, family: String, refresh_token: String) -> Result<TokenPair, IdentityError> {
    let now = ctx.now().timestamp();
    let claims =
        Claims { sub: user_id.clone(), fam: family, iss: ISSUER.to_owned(), iat: now, exp: now + ACCESS_SECONDS };
    let key = keys(ctx).swap_remove(0);
    let header = Header { kid: Some(key_id(&key)), ..Header::new(Algorithm::HS256) };
    let access_token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&key))
        .map_err(|error| IdentityError::Internal(format!("cannot sign a token: {error}")))?;
    Ok(TokenPair { access_token, refresh_token, expires_in: ACCESS_SECONDS })
}

/// Exchanges a refresh token for the next pair. A token used before ends its whole family.
///
/// # Errors
/// `InvalidToken`; the database.
pub async fn refresh(ctx: &Ctx, refresh_token: &str) -> Result<TokenPair, IdentityError> {
    let now = ctx.now();
    let tx = ctx.begin().await?;
    let (row, user) = refresh_token::Entity::find()
        .filter(refresh_token::Column::TokenHash.eq(token::sha256_hex(refresh_token)))
        .find_also_related(user::Entity)
        .one(&tx)
        .await?
        .ok_or(IdentityError::InvalidToken)?;
    if row.revoked_at.is_some() || row.expires_at <= now {
        return Err(IdentityError::InvalidToken);
    }
    let exchanged = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(&row.id))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(&tx)
        .await?;
    let is_active = user.is_some_and(|user| user.status == UserStatus::Active);
    if exchanged.rows_affected != 1 || !is_active {
        revoke_family_in(&tx, now, &row.family).await?;
        let change = Change {
            action: "identity.token.reuse",
            target_type: "user",
            target_id: row.user_id.as_str(),
            ..Change::default()
        };
        ctx.audit(&tx, change).await?;
        tx.commit().await?;
        tracing::warn!(user.id = %row.user_id, "A refresh token came twice; its family ends");
        return Err(IdentityError::InvalidToken);
    }
    let next = insert(ctx, &tx, &row.user_id, &row.family).await?;
    tx.commit().await?;
    pair(ctx, &row.user_id, row.family, next)
}

/// Ends a family: signs a client of the API out. Twice is fine.
///
/// # Errors
/// The database.
pub async fn revoke_family(ctx: &Ctx, family: &str) -> Result<(), IdentityError> {
    let tx = ctx.begin().await?;
    revoke_family_in(&tx, ctx.now(), family).await?;
    step_up::Entity::delete_by_id(family).exec(&tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn revoke_family_in(tx: &WriteTx, now: DateTime<Utc>, family: &str) -> Result<(), DbErr> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now))
        .filter(refresh_token::Column::Family.eq(family))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends every family of a user but `keep`.
pub(super) async fn revoke_all_in(
    tx: &WriteTx,
    now: DateTime<Utc>,
    user_id: &UserId,
    keep: Option<&str>,
) -> Result<(), DbErr> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now))
        .filter(refresh_token::Column::UserId.eq(user_id))
        .filter(refresh_token::Column::Family.ne(keep.unwrap_or_default()))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// What an access token says, if it is ours, whole and not too old by product time. Whether its family still stands,
/// `find_bearer` asks the database.
///
/// # Errors
/// `InvalidToken`.
pub fn read_access(services: &Services, access_token: &str) -> Result<Claims, IdentityError> {
    let invalid = |_| IdentityError::InvalidToken;
    let kid = jsonwebtoken::decode_header(access_token).map_err(invalid)?.kid.ok_or(IdentityError::InvalidToken)?;
    let key = keys(services).into_iter().find(|key| key_id(key) == kid).ok_or(IdentityError::InvalidToken)?;
    let mut validation = Validation::new(Algorithm::HS256);
    // The library compares with the machine's clock; product time rules the expiry of tokens.
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    let claims = jsonwebtoken::decode::<Claims>(access_token, &DecodingKey::from_secret(&key), &validation)
        .map_err(invalid)?
        .claims;
    if claims.exp <= services.clock.now().timestamp() { Err(IdentityError::InvalidToken) } else { Ok(claims) }
}

/// The keys, the active one first.
fn keys(services: &Services) -> Vec<[u8; 32]> {
    services.secrets.derive("jwt")
}

/// Names a key without telling it.
fn key_id(key: &[u8; 32]) -> String {
    token::sha256_hex(key).chars().take(12).collect()
}
