//! Second factor: codes that change every 30 seconds (RFC 6238), each accepted once, and recovery codes.
use super::IdentityError;
use crate::{
    domain::Ctx,
    kernel::{audit::Change, db::WriteTx, fault::FieldFault, token},
};
use entity::{
    identity::{recovery_code, totp_secret, user},
    value::UserId,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Condition, Expr, OnConflict},
};

/// Recovery codes given at once.
const RECOVERY_CODES: usize = 10;

/// What a person scans or types into an authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// Secret in base 32.
    pub secret: String,
    /// `otpauth://…` for a QR code.
    pub url: String,
}

/// Whether the user's second factor is on.
///
/// # Errors
/// The database.
pub async fn is_active(db: &impl ConnectionTrait, user_id: &UserId) -> Result<bool, DbErr> {
    let secret = totp_secret::Entity::find_by_id(user_id.clone())
        .filter(totp_secret::Column::ConfirmedAt.is_not_null())
        .one(db)
        .await?;
    Ok(secret.is_some())
}

/// Begins enrolment: a fresh secret that does not count until its first code was right. Beginning again replaces it.
///
/// # Errors
/// `TotpActive` where it is on already; the database.
pub async fn enrol(ctx: &Ctx, user_id: &UserId) -> Result<Enrolment, IdentityError> {
    let user = user::Entity::find_by_id(user_id.clone()).one(&ctx.db).await?.ok_or(IdentityError::NotFound)?;
    let secret: [u8; 20] = token::bytes();
    let tx = ctx.begin().await?;
    if is_active(&tx, user_id).await? {
        return Err(IdentityError::TotpActive);
    }
    let row = totp_secret::ActiveModel {
        user_id: Set(user_id.clone()),
        secret_sealed: Set(ctx.secrets.seal(user_id.as_str(), &secret)),
        confirmed_at: Set(None),
        last_used_step: Set(None),
        created_at: Set(ctx.now()),
    };
    let replace = OnConflict::column(totp_secret::Column::UserId)
        .update_columns([totp_secret::Column::SecretSealed, totp_secret::Column::CreatedAt])
        .to_owned();
    totp_secret::Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
    tx.commit().await?;
    enrolment(secret, &user.email)
}

/// An enrolment that was begun and not confirmed yet, to show it again after a wrong code.
///
/// # Errors
/// The database; a secret that cannot be opened.
pub async fn pending(ctx: &Ctx, user_id: &UserId) -> Result<Option<Enrolment>, IdentityError> {
    let found = totp_secret::Entity::find_by_id(user_id.clone())
        .filter(totp_secret::Column::ConfirmedAt.is_null())
        .find_also_related(user::Entity)
        .one(&ctx.db)
        .await?;
    let Some((row, Some(user))) = found else { return Ok(None) };
    let internal = |error: String| IdentityError::Internal(error);
    let secret = ctx.secrets.open(user_id.as_str(), &row.secret_sealed).map_err(|error| internal(error.to_string()))?;
    let secret = <[u8; 20]>::try_from(secret.as_slice()).map_err(|error| internal(error.to_string()))?;
    enrolment(secret, &user.email).map(Some)
}

fn enrolment(secret: [u8; 20], email: &str) -> Result<Enrolment, IdentityError> {
    let totp = generator(secret.to_vec(), email)?;
    let url = totp.to_url().map_err(|error| IdentityError::Internal(error.to_string()))?;
    Ok(Enrolment { secret: totp_rs::Secret::from(secret).to_base32(), url })
}

fn generator(secret: Vec<u8>, email: &str) -> Result<totp_rs::Totp, IdentityError> {
    totp_rs::Builder::new()
        .with_secret(secret)
        .with_issuer(Some("Yumna"))
        // A colon separates issuer and account in the URL and is refused by the library.
        .with_account_name(email.replace(':', "_"))
        .build()
        .map_err(|error| IdentityError::Internal(error.to_string()))
}

/// Turns the second factor on with its first code and gives the recovery codes: shown once, stored as hashes.
///
/// # Errors
/// `Invalid` for a wrong code; `TotpActive`; `NotFound` where enrolment was not begun; the database.
pub async fn confirm(ctx: &Ctx, user_id: &UserId, code: &str) -> Result<Vec<String>, IdentityError> {
    let tx = ctx.begin().await?;
    let row = totp_secret::Entity::find_by_id(user_id.clone()).one(&tx).await?.ok_or(IdentityError::NotFound)?;
    if row.confirmed_at.is_some() {
        return Err(IdentityError::TotpActive);
    }
    let wrong = || IdentityError::Invalid(vec![FieldFault::new("code", "wrong_code")]);
    let step = matching_step(ctx, &row, code.trim())?.ok_or_else(wrong)?;
    totp_secret::Entity::update_many()
        .col_expr(totp_secret::Column::ConfirmedAt, Expr::value(ctx.now()))
        .col_expr(totp_secret::Column::LastUsedStep, Expr::value(step))
        .filter(totp_secret::Column::UserId.eq(user_id))
        .exec(&tx)
        .await?;
    let codes = write_recovery_codes(ctx, &tx, user_id).await?;
    audit(ctx, &tx, "identity.totp.confirm", user_id).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Fresh recovery codes; the old ones stop working.
///
/// # Errors
/// `NotFound` where the second factor is off; the database.
pub async fn renew_recovery_codes(ctx: &Ctx, user_id: &UserId) -> Result<Vec<String>, IdentityError> {
    let tx = ctx.begin().await?;
    if !is_active(&tx, user_id).await? {
        return Err(IdentityError::NotFound);
    }
    let codes = write_recovery_codes(ctx, &tx, user_id).await?;
    audit(ctx, &tx, "identity.totp.renew_recovery_codes", user_id).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns the second factor off. The caller has asked for fresh proof. Twice is fine.
///
/// # Errors
/// The database.
pub async fn remove(ctx: &Ctx, user_id: &UserId) -> Result<(), IdentityError> {
    let tx = ctx.begin().await?;
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user_id)).exec(&tx).await?;
    let removed = totp_secret::Entity::delete_by_id(user_id.clone()).exec(&tx).await?;
    if removed.rows_affected == 1 {
        audit(ctx, &tx, "identity.totp.remove", user_id).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn audit(ctx: &Ctx, tx: &WriteTx, action: &str, user_id: &UserId) -> Result<(), DbErr> {
    let change = Change { action, target_type: "user", target_id: user_id.as_str(), ..Change::default() };
    ctx.audit(tx, change).await
}

async fn write_recovery_codes(ctx: &Ctx, tx: &WriteTx, user_id: &UserId) -> Result<Vec<String>, DbErr> {
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user_id)).exec(tx).await?;
    // 50 random bits each: too many to guess under the throttle, few enough to type.
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| {
            let text = hex::encode(token::bytes::<6>());
            format!("{}-{}", &text[..6], &text[6..])
        })
        .collect();
    let rows = codes.iter().map(|code| recovery_code::ActiveModel {
        code_hash: Set(recovery_hash(user_id, code)),
        user_id: Set(user_id.clone()),
        used_at: Set(None),
        created_at: Set(ctx.now()),
    });
    recovery_code::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(codes)
}

fn recovery_hash(user_id: &UserId, code: &str) -> String {
    let bare: String = code.to_ascii_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    token::sha256_hex(format!("{user_id}:{bare}"))
}

fn matching_step(ctx: &Ctx, row: &totp_secret::Model, code: &str) -> Result<Option<i64>, IdentityError> {
    let secret = ctx
        .secrets
        .open(row.user_id.as_str(), &row.secret_sealed)
        .map_err(|error| IdentityError::Internal(error.to_string()))?;
    let now = u64::try_from(ctx.now().timestamp()).unwrap_or_default();
    let step = generator(secret.to_vec(), "account")?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Takes a code of the authenticator or a recovery code; each works once.
pub(super) async fn accept(ctx: &Ctx, user_id: &UserId, code: &str) -> Result<bool, IdentityError> {
    let Some(row) = totp_secret::Entity::find_by_id(user_id.clone()).one(&ctx.db).await? else { return Ok(false) };
    let tx = ctx.begin().await?;
    let accepted = if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        let Some(step) = matching_step(ctx, &row, code)? else { return Ok(false) };
        let younger = Condition::any()
            .add(totp_secret::Column::LastUsedStep.is_null())
            .add(totp_secret::Column::LastUsedStep.lt(step));
        totp_secret::Entity::update_many()
            .col_expr(totp_secret::Column::LastUsedStep, Expr::value(step))
            .filter(totp_secret::Column::UserId.eq(user_id))
            .filter(younger)
            .exec(&tx)
            .await?
    } else {
        recovery_code::Entity::update_many()
            .col_expr(recovery_code::Column::UsedAt, Expr::value(ctx.now()))
            .filter(recovery_code::Column::CodeHash.eq(recovery_hash(user_id, code)))
            .filter(recovery_code::Column::UserId.eq(user_id))
            .filter(recovery_code::Column::UsedAt.is_null())
            .exec(&tx)
            .await?
    };
    tx.commit().await?;
    Ok(accepted.rows_affected == 1)
}
