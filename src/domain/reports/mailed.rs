//! Reports by mail: a member of staff has one mailed to him each day, week or month, with its table as a file. A period is
//! mailed once it is over, once however often the job runs, and only to who may read reports at that moment.
use super::{
    range::Range,
    sheet::{self, Report},
};
use crate::{
    domain::{
        Ctx, identity,
        messaging::{self, Attachment, Notice, Recipient},
    },
    kernel::{
        audit::Change,
        db::WriteTx,
        fault::CommonFault,
        format,
        locale::Lang,
        permission::{Permission, can},
    },
};
use chrono::{Datelike, Days, NaiveDate};
use entity::{
    reports::report_mail,
    value::{ReportMailId, ReportRhythm, UserId, business_day},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde_json::json;

/// Looked at in one go.
const BATCH: u64 = 100;
/// The largest table that goes as a file; of a larger one the mail says where it can be had. Servers refuse mails from some
/// ten MiB on, and a file grows by a third on its way.
pub const MOST_BYTES: usize = 5 << 20;

/// The last period of `rhythm` that is over on `today`: the day before, the week from Monday to Sunday, or the month.
pub fn last_over(rhythm: ReportRhythm, today: NaiveDate) -> Range {
    let before = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    match rhythm {
        ReportRhythm::Daily => Range { from: before(1), until: today },
        ReportRhythm::Weekly => {
            let since_monday = u64::from(today.weekday().num_days_from_monday());
            Range { from: before(since_monday + 7), until: before(since_monday) }
        }
        ReportRhythm::Monthly => Range::month_of(today).previous(),
    }
}

/// Has a report mailed to the member of staff who acts, from the period on that is under way. Twice is once.
///
/// # Errors
/// `Forbidden` for who is no staff; the database.
pub async fn subscribe(ctx: &Ctx, report: Report, rhythm: ReportRhythm) -> Result<report_mail::Model, CommonFault> {
    use report_mail::Column::{Report as OfReport, Rhythm, UserId as OfUser};
    let user_id = ctx.staff_id().ok_or(CommonFault::Forbidden)?;
    let row = report_mail::Model {
        id: ReportMailId::generate(),
        user_id: user_id.clone(),
        report: report.as_str().to_owned(),
        rhythm,
        mailed_to: last_over(rhythm, business_day(ctx.now())).from,
        created_at: ctx.now(),
    };
    let tx = ctx.begin().await?;
    let once = OnConflict::columns([OfUser, OfReport, Rhythm]).do_nothing().to_owned();
    let insert = report_mail::Entity::insert(row.clone().into_active_model().reset_all()).on_conflict(once);
    if insert.exec_without_returning(&tx).await? == 1 {
        audit(ctx, &tx, &row, "reports.mail.subscribe").await?;
    }
    let known = report_mail::Entity::find()
        .filter(OfUser.eq(&user_id))
        .filter(OfReport.eq(report.as_str()))
        .filter(Rhythm.eq(rhythm))
        .one(&tx)
        .await?
        .ok_or(CommonFault::NotFound)?;
    ctx.made(&tx, known.id.as_str()).await?;
    tx.commit().await?;
    Ok(known)
}

/// What is mailed to the member of staff who acts, in the order in which he asked for it: every report in every rhythm at
/// most.
///
/// # Errors
/// `Forbidden` for who is no staff; the database.
pub async fn of_mine(ctx: &Ctx) -> Result<Vec<report_mail::Model>, CommonFault> {
    let user_id = ctx.staff_id().ok_or(CommonFault::Forbidden)?;
    let mine = report_mail::Entity::find().filter(report_mail::Column::UserId.eq(&user_id));
    Ok(mine.order_by_asc(report_mail::Column::Id).all(&ctx.db).await?)
}

/// One that is mailed to the member of staff who acts.
///
/// # Errors
/// `NotFound`, also for somebody else's; the database.
pub async fn get_mine(ctx: &Ctx, id: &ReportMailId) -> Result<report_mail::Model, CommonFault> {
    of_mine(ctx).await?.into_iter().find(|row| row.id == *id).ok_or(CommonFault::NotFound)
}

/// It is mailed no more to the member of staff who acts.
///
/// # Errors
/// `NotFound`, also for somebody else's; the database.
pub async fn stop(ctx: &Ctx, id: &ReportMailId) -> Result<report_mail::Model, CommonFault> {
    let row = get_mine(ctx, id).await?;
    let tx = ctx.begin().await?;
    let gone = report_mail::Entity::delete_by_id(id.clone()).exec(&tx).await?;
    if gone.rows_affected == 1 {
        audit(ctx, &tx, &row, "reports.mail.stop").await?;
    }
    tx.commit().await?;
    Ok(row)
}

async fn audit(ctx: &Ctx, tx: &WriteTx, row: &report_mail::Model, action: &'static str) -> Result<(), DbErr> {
    let change = Change {
        action,
        target_type: "report_mail",
        target_id: row.id.as_str(),
        after: Some(json!({"report": row.report, "rhythm": row.rhythm})),
        ..Change::default()
    };
    ctx.audit(tx, change).await.map(drop)
}

/// Mails what is due. One that fails keeps none of the others back. Returns how many were mailed.
///
/// # Errors
/// The first that failed, after all were looked at.
pub async fn mail_due(ctx: &Ctx) -> Result<u64, CommonFault> {
    let today = business_day(ctx.now());
    let (mut mailed, mut failed, mut last) = (0, None, None::<ReportMailId>);
    loop {
        let mut find = report_mail::Entity::find().order_by_asc(report_mail::Column::Id).limit(BATCH);
        if let Some(last) = &last {
            find = find.filter(report_mail::Column::Id.gt(last.as_str()));
        }
        let rows = find.all(&ctx.db).await?;
        let Some(newest) = rows.last() else { return failed.map_or(Ok(mailed), Err) };
        last = Some(newest.id.clone());
        for row in rows.iter().filter(|row| row.mailed_to < last_over(row.rhythm, today).from) {
            match mail(ctx, row, last_over(row.rhythm, today)).await {
                Ok(was_mailed) => mailed += u64::from(was_mailed),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
    }
}

/// Mails one period to who may read reports now; whether it was.
async fn mail(ctx: &Ctx, row: &report_mail::Model, range: Range) -> Result<bool, CommonFault> {
    let Some(report) = Report::parse(&row.report) else { return Ok(false) };
    let Some(reader) = reader(ctx, &row.user_id).await? else { return Ok(false) };
    let lang = Lang::parse(&reader.locale).unwrap_or_default();
    let sheet = sheet::sheet(ctx, report, range, lang).await?;
    let file = Attachment {
        name: sheet.name.clone(),
        content_type: "text/csv; charset=utf-8".to_owned(),
        body: sheet.csv().into_bytes(),
    };
    let days = match range.from == range.last() {
        true => format::day(range.from, lang),
        false => format!("{} – {}", format::day(range.from, lang), format::day(range.last(), lang)),
    };
    let is_small = file.body.len() <= MOST_BYTES;
    let path = format!("/whm/reports/{}?from={}&to={}", report.as_str(), range.from, range.last());
    let mut values = vec![
        ("link", format!("{}{path}", ctx.config.public_url())),
        ("report", report.title(lang)),
        ("period", days),
        ("stop_link", format!("{}/whm/report-mails", ctx.config.public_url())),
    ];
    if !is_small {
        values.push(("size", format::bytes(file.body.len() as u64, lang)));
    }
    let notice = Notice {
        template: if is_small { "report_mail" } else { "report_mail_large" },
        to: reader,
        values,
        once_key: Some(format!("report_mail:{}:{}", row.id, range.from)),
    };
    let tx = ctx.begin().await?;
    // Whoever is first has the period; a twin of this job, or who has stopped it meanwhile, finds nothing.
    let claimed = report_mail::Entity::update_many()
        .col_expr(report_mail::Column::MailedTo, Expr::value(range.from))
        .filter(report_mail::Column::Id.eq(&row.id))
        .filter(report_mail::Column::MailedTo.lt(range.from))
        .exec(&tx)
        .await?;
    if claimed.rows_affected != 1 {
        return Ok(false);
    }
    let internal = |error: messaging::MessagingError| CommonFault::Internal(error.to_string());
    let written = match is_small {
        true => messaging::send_with(ctx, &tx, notice, file).await,
        false => messaging::send(ctx, &tx, notice).await,
    };
    let written = written.map_err(internal)?;
    tx.commit().await?;
    Ok(written.is_some())
}

/// The member of staff, if he may read reports now.
async fn reader(ctx: &Ctx, user_id: &UserId) -> Result<Option<Recipient>, DbErr> {
    let found = identity::find_user(&ctx.db, user_id).await?.filter(|found| found.user.is_staff);
    let may_read = found.filter(|found| found.may(can::ReadReports::CODE));
    Ok(may_read.map(|found| Recipient { customer_id: None, ..Recipient::user(&found.user) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_mailed_when_it_is_over() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let over = |rhythm, today: &str| {
            let range = last_over(rhythm, day(today));
            (range.from.to_string(), range.last().to_string())
        };
        let span = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(over(ReportRhythm::Daily, "2026-12-01"), span("2026-11-30", "2026-11-30"));
        // The 30th of November 2026 is a Monday.
        assert_eq!(over(ReportRhythm::Weekly, "2026-11-29"), span("2026-11-16", "2026-11-22"));
        assert_eq!(over(ReportRhythm::Weekly, "2026-11-30"), span("2026-11-23", "2026-11-29"));
        assert_eq!(over(ReportRhythm::Monthly, "2026-12-31"), span("2026-11-01", "2026-11-30"));
        assert_eq!(over(ReportRhythm::Monthly, "2027-01-01"), span("2026-12-01", "2026-12-31"));
    }
}
