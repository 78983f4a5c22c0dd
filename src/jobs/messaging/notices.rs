//! News that become mail. One-time links are made here, in the transaction that writes the mail.
use crate::{
    domain::{
        Ctx,
        identity::{
            self, ResetMail, VerificationMail,
            events::{
                PasswordChanged, PasswordForgotten, RegistrationRepeated, StaffAdded, UserInvited, UserRegistered,
                VerificationRequested,
            },
        },
        messaging::{self, Notice, Recipient},
    },
    kernel::{
        alert::{AlertRaised, Words, words},
        db::WriteTx,
        format,
        job::JobError,
        locale::Lang,
    },
};
use entity::{identity::user, platform::alert, value::UserId};
use sea_orm::EntityTrait;

/// Lines of a document named in a mail; the document lists all.
const LINES_NAMED: usize = 3;

/// The first lines of a document, each with how many.
pub(super) fn named<'a>(lines: impl ExactSizeIterator<Item = (i64, &'a str)>, lang: Lang) -> String {
    let further = if lines.len() > LINES_NAMED { ", …" } else { "" };
    let first: Vec<String> =
        lines.take(LINES_NAMED).map(|(quantity, words)| format::times(quantity, words, lang)).collect();
    format!("{}{further}", first.join(", "))
}

/// Whoever registered proves the address.
pub async fn welcome(ctx: Ctx, news: UserRegistered) -> Result<(), JobError> {
    let Some(user) = find_user(&ctx, &news.user_id).await? else { return Ok(()) };
    let once_key = format!("verify_email:{}", user.id);
    send_verification(&ctx, &user.email, once_key).await
}

/// The verification mail, asked for again.
pub async fn verify_again(ctx: Ctx, news: VerificationRequested) -> Result<(), JobError> {
    send_verification(&ctx, &news.email, format!("verify_email:{}", news.occasion)).await
}

async fn send_verification(ctx: &Ctx, email: &str, once_key: String) -> Result<(), JobError> {
    let tx = ctx.begin().await?;
    let made = identity::make_verification_link(ctx, &tx, email).await?;
    let Some(VerificationMail { user, token, hours }) = made else { return Ok(()) };
    let values = vec![("link", link(ctx, &format!("/verify?token={token}"))), ("hours", hours.to_string())];
    let notice = Notice { template: "verify_email", to: Recipient::user(&user), values, once_key: Some(once_key) };
    commit_if_new(ctx, tx, notice).await
}

/// The owner of an address hears that somebody tried to register with it.
pub async fn already_registered(ctx: Ctx, news: RegistrationRepeated) -> Result<(), JobError> {
    let Some(user) = find_user(&ctx, &news.user_id).await? else { return Ok(()) };
    let notice = Notice {
        template: "already_registered",
        to: Recipient::user(&user),
        values: vec![("link", link(&ctx, "/login")), ("reset_link", link(&ctx, "/forgot"))],
        once_key: Some(format!("already_registered:{}", news.occasion)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// A way to a new password.
pub async fn reset_password(ctx: Ctx, news: PasswordForgotten) -> Result<(), JobError> {
    let tx = ctx.begin().await?;
    let made = identity::make_reset_link(&ctx, &tx, &news.email).await?;
    let Some(ResetMail { user, token, minutes }) = made else { return Ok(()) };
    let notice = Notice {
        template: "password_reset",
        to: Recipient::user(&user),
        values: vec![("link", link(&ctx, &format!("/reset?token={token}"))), ("minutes", minutes.to_string())],
        once_key: Some(format!("password_reset:{}", news.occasion)),
    };
    commit_if_new(&ctx, tx, notice).await
}

/// A changed password is told, so that a theft is noticed.
pub async fn password_changed(ctx: Ctx, news: PasswordChanged) -> Result<(), JobError> {
    let Some(user) = find_user(&ctx, &news.user_id).await? else { return Ok(()) };
    let time = format::date_wib(ctx.now(), lang(&user.locale));
    let notice = Notice {
        template: "password_changed",
        to: Recipient::user(&user),
        values: vec![("link", link(&ctx, "/forgot")), ("time", time)],
        once_key: Some(format!("password_changed:{}", news.occasion)),
    };
    commit_if_new(&ctx, ctx.begin().await?, notice).await
}

/// Whoever was taken on hears how to come in.
pub async fn staff_added(ctx: Ctx, news: StaffAdded) -> Result<(), JobError> {
    let Some(user) = find_user(&ctx, &news.user_id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    let (template, values) = if news.is_new {
        let (token, hours) = identity::make_invitation_link(&ctx, &tx, &user.id).await?;
        let values = vec![("link", link(&ctx, &format!("/reset?token={token}"))), ("hours", hours.to_string())];
        ("staff_invited", values)
    } else {
        ("staff_added", vec![("link", link(&ctx, "/whm"))])
    };
    let once_key = Some(format!("staff_added:{}", news.occasion));
    commit_if_new(&ctx, tx, Notice { template, to: Recipient::user(&user), values, once_key }).await
}

/// Whoever was taken over from another system chooses a password, once.
pub async fn user_invited(ctx: Ctx, news: UserInvited) -> Result<(), JobError> {
    let Some(user) = find_user(&ctx, &news.user_id).await? else { return Ok(()) };
    let tx = ctx.begin().await?;
    let (token, hours) = identity::make_invitation_link(&ctx, &tx, &user.id).await?;
    let values = vec![
        ("link", link(&ctx, &format!("/reset?token={token}"))),
        ("hours", hours.to_string()),
        ("forgot_link", link(&ctx, "/forgot")),
    ];
    let once_key = Some(format!("user_invited:{}", user.id));
    commit_if_new(&ctx, tx, Notice { template: "customer_invited", to: Recipient::user(&user), values, once_key }).await
}

/// Staff hear of new trouble.
pub async fn staff_alert(ctx: Ctx, news: AlertRaised) -> Result<(), JobError> {
    match alert::Entity::find_by_id(news.alert_id.clone()).one(&ctx.db).await? {
        Some(alert) => tell_staff(&ctx, &alert).await,
        None => Ok(()),
    }
}

/// Names the mail about `alert` to `address`: it is written once.
pub(in crate::jobs) fn staff_alert_key(alert: &alert::Model, address: &str) -> String {
    format!("staff_alert:{}:{address}", alert.id)
}

/// Writes to everybody who gets staff alerts, once per alert.
pub(in crate::jobs) async fn tell_staff(ctx: &Ctx, alert: &alert::Model) -> Result<(), JobError> {
    let readers = messaging::staff_recipients(ctx).await?;
    let tx = ctx.begin().await?;
    for to in readers {
        let once_key = Some(staff_alert_key(alert, &to.address));
        let Words { subject, detail } = words(alert, lang(&to.locale));
        let values = vec![("link", link(ctx, "/whm")), ("subject", subject), ("detail", detail)];
        messaging::send(ctx, &tx, Notice { template: "staff_alert", to, values, once_key }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Sends the notice and commits; where the occasion was told before, everything is undone, so that no link is made for
/// a mail that does not exist.
pub(super) async fn commit_if_new(ctx: &Ctx, tx: WriteTx, notice: Notice) -> Result<(), JobError> {
    if messaging::send(ctx, &tx, notice).await?.is_some() {
        tx.commit().await?;
    }
    Ok(())
}

pub(super) async fn find_user(ctx: &Ctx, user_id: &UserId) -> Result<Option<user::Model>, JobError> {
    Ok(identity::find_user(&ctx.db, user_id).await?.map(|found| found.user))
}

pub(super) fn link(ctx: &Ctx, path: &str) -> String {
    format!("{}{path}", ctx.config.public_url())
}

pub(super) fn lang(locale: &str) -> Lang {
    Lang::parse(locale).unwrap_or_default()
}
