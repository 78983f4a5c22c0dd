//! Taking a report in, and looking at it before anything is booked.
use super::{
    columns::{self, Columns, Told},
    find::{account_of, locked_draft, row},
    matching::{Match, match_all},
};
use crate::{
    domain::{Ctx, payments::PaymentError},
    kernel::{
        audit::Change,
        db::{self, WriteTx},
        fault::FieldFault,
        table::{self, Limits, Table, Unreadable},
        token::sha256_hex,
    },
};
use entity::{
    payments::{payment_account, settlement},
    platform::file,
    value::{FileId, PaymentAccountId, SettlementId, SettlementStatus, business_day},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use serde_json::json;

/// Largest report that is taken in, in bytes.
pub const LARGEST_FILE_BYTES: usize = 2 * 1024 * 1024;
pub(super) const LIMITS: Limits =
    Limits { bytes: LARGEST_FILE_BYTES, rows: 5_000, columns: 80, cell: 200, line_break: "" };

/// What the lines of a report come to, whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines that are booked with it, and what they come to.
    pub booked: usize,
    /// Out of clearing.
    pub gross_minor: i64,
    /// Kept by the gateway.
    pub fee_minor: i64,
    /// To our bank account.
    pub net_minor: i64,
    /// Lines that wait for a person.
    pub waiting: usize,
    /// What they say came to our bank account.
    pub waiting_net_minor: i64,
    /// Lines that were booked before.
    pub already: usize,
}

impl Totals {
    pub(super) fn of(matches: &[Match]) -> Self {
        let mut totals = Self::default();
        for line in matches {
            if line.verdict.is_booked() {
                totals.booked += 1;
                totals.gross_minor = totals.gross_minor.saturating_add(line.clearing_minor);
                totals.fee_minor = totals.fee_minor.saturating_add(line.fee_minor());
                totals.net_minor = totals.net_minor.saturating_add(line.told.net_minor);
            } else if line.verdict.waits() {
                totals.waiting += 1;
                totals.waiting_net_minor = totals.waiting_net_minor.saturating_add(line.told.net_minor);
            } else if line.verdict == super::Verdict::Already {
                totals.already += 1;
            }
        }
        totals
    }
}

/// A report before it is booked.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The report.
    pub settlement: settlement::Model,
    /// Name of the account.
    pub account_name: String,
    /// Word of the gateway.
    pub gateway: String,
    /// Headings of the table.
    pub headings: Vec<String>,
    /// Which of them says what.
    pub columns: Columns,
    /// The lines, with what was found about them.
    pub matches: Vec<Match>,
    /// Numbers of lines whose amounts cannot be read.
    pub unreadable: Vec<usize>,
    /// What the lines come to.
    pub totals: Totals,
}

/// Accounts whose gateways pay out to us: all but those that are our own bank account.
///
/// # Errors
/// The database.
pub async fn account_choices(ctx: &Ctx) -> Result<Vec<payment_account::Model>, PaymentError> {
    let by_people: Vec<&str> = ctx.gateways.iter().filter(|g| g.by_people().is_some()).map(|g| g.code()).collect();
    let all = payment_account::Entity::find().order_by_asc(payment_account::Column::Id).all(&ctx.db).await?;
    Ok(all.into_iter().filter(|account| !by_people.contains(&account.gateway.as_str())).collect())
}

/// Reports and lines of one account are booked one after the other: two of them may speak of the same payments, and
/// would wait for each other in a circle.
pub(in crate::domain::payments) async fn one_at_a_time(
    tx: &WriteTx,
    account_id: &PaymentAccountId,
) -> Result<(), DbErr> {
    db::exclusively(tx, &format!("settlements:{account_id}")).await
}

fn refused(why: Unreadable) -> PaymentError {
    match why {
        Unreadable::TooLarge | Unreadable::TooManyRows => PaymentError::SettlementTooLarge,
        Unreadable::NoText | Unreadable::NoTable => PaymentError::SettlementUnreadable,
    }
}

/// Takes in a report for an account; nothing is booked. Its columns are those of the last report of the account where
/// they fit, and guessed otherwise; headings that are new are guessed in any case. The same file again, while it is
/// looked at or after it was booked, is the report it was before.
///
/// # Errors
/// `Invalid` for an account that is none; `SettlementTooLarge`, `SettlementUnreadable`; the database.
pub async fn send_in(
    ctx: &Ctx,
    account_id: &PaymentAccountId,
    body: Vec<u8>,
) -> Result<settlement::Model, PaymentError> {
    let account = account_choices(ctx).await?.into_iter().find(|account| account.id == *account_id);
    let unknown = || PaymentError::Invalid(vec![FieldFault::new("account", "unknown")]);
    let account = account.ok_or_else(unknown)?;
    let table = table::read(&body, &LIMITS).map_err(refused)?;
    let columns = columns_for(ctx, account_id, &table).await?;
    let (id, file_id, now, sha256) = (SettlementId::generate(), FileId::generate(), ctx.now(), sha256_hex(&body));
    let tx = ctx.begin().await?;
    one_at_a_time(&tx, account_id).await?;
    let same = settlement::Entity::find()
        .filter(settlement::Column::AccountId.eq(account_id))
        .filter(settlement::Column::FileKey.eq(&sha256));
    if let Some(known) = same.one(&tx).await? {
        ctx.made(&tx, known.id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    let kept = file::Model {
        id: file_id.clone(),
        key: format!("settlement:{id}"),
        sha256: sha256.clone(),
        content_type: "text/csv".to_owned(),
        // A name of ours: the sender's may be anything.
        name: format!("{}-{}.csv", account.gateway, business_day(now)),
        body,
        created_at: now,
    };
    file::Entity::insert(kept.into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let row = settlement::Model {
        id: id.clone(),
        account_id: account_id.clone(),
        file_id,
        file_key: Some(sha256.clone()),
        columns: json!(columns),
        status: SettlementStatus::Draft,
        lines: i32::try_from(table.rows.len()).unwrap_or(i32::MAX),
        gross_minor: 0,
        fee_minor: 0,
        net_minor: 0,
        created_by: ctx.staff_id(),
        created_at: now,
        booked_by: None,
        booked_at: None,
    };
    let twin =
        OnConflict::columns([settlement::Column::AccountId, settlement::Column::FileKey]).do_nothing().to_owned();
    let insert = settlement::Entity::insert(row.clone().into_active_model().reset_all()).on_conflict(twin);
    if insert.exec_without_returning(&tx).await? == 0 {
        return Err(PaymentError::SettlementChanged);
    }
    let change = Change {
        action: "payments.settlement.import",
        target_type: "settlement",
        target_id: id.as_str(),
        after: Some(json!({"account_id": account_id, "sha256": sha256, "lines": row.lines})),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, id.as_str()).await?;
    tx.commit().await?;
    Ok(row)
}

/// The columns of the account's last booked report where its table looks the same, and guesses for headings that report
/// did not have: a kind of line that is told from now on would be taken for a payment.
async fn columns_for(ctx: &Ctx, account_id: &PaymentAccountId, table: &Table) -> Result<Columns, PaymentError> {
    let last = settlement::Entity::find()
        .filter(settlement::Column::Status.eq(SettlementStatus::Booked))
        .filter(settlement::Column::AccountId.eq(account_id))
        .order_by_desc(settlement::Column::Id)
        .one(&ctx.db)
        .await?;
    let Some(last) = last else { return Ok(Columns::guess(&table.headings)) };
    let (before, columns) = table_of(&ctx.db, &last).await?;
    if !columns.fit(&table.headings) {
        return Ok(Columns::guess(&table.headings));
    }
    let new = table.headings.iter().filter(|heading| !before.headings.contains(heading));
    Ok(columns.with_guesses(&new.cloned().collect::<Vec<_>>()))
}

/// The table of a report and its columns, as stored.
pub(super) async fn table_of(
    db: &impl sea_orm::ConnectionTrait,
    settlement: &settlement::Model,
) -> Result<(Table, Columns), PaymentError> {
    let file = file::Entity::find_by_id(settlement.file_id.clone()).one(db).await?.ok_or(PaymentError::NotFound)?;
    let table = table::read(&file.body, &LIMITS).map_err(refused)?;
    Ok((table, serde_json::from_value(settlement.columns.clone()).unwrap_or_default()))
}

/// Lines that can be read, and the numbers of those that cannot.
pub(super) fn read_lines(table: &Table, columns: &Columns) -> (Vec<Told>, Vec<usize>) {
    let (mut told, mut unreadable) = (Vec::new(), Vec::new());
    if columns.missing().is_none() {
        for line in columns::lines(table, columns) {
            match line {
                Ok(line) => told.push(line),
                Err(number) => unreadable.push(number),
            }
        }
    }
    (told, unreadable)
}

/// What booking a report would do, line by line. Nothing changes.
///
/// # Errors
/// `NotFound`; `SettlementOver` where it is no draft any more; the database.
pub async fn preview(ctx: &Ctx, id: &SettlementId) -> Result<Preview, PaymentError> {
    let settlement = row(&ctx.db, id).await?;
    if settlement.status != SettlementStatus::Draft {
        return Err(PaymentError::SettlementOver);
    }
    let account = account_of(&ctx.db, &settlement.account_id).await?;
    let (table, columns) = table_of(&ctx.db, &settlement).await?;
    let (told, unreadable) = read_lines(&table, &columns);
    let told = told.into_iter().map(|told| (told, None)).collect();
    let matches = match_all(&ctx.db, &settlement.account_id, id, told).await?;
    Ok(Preview {
        account_name: account.name,
        gateway: account.gateway,
        headings: table.headings,
        columns,
        unreadable,
        totals: Totals::of(&matches),
        matches,
        settlement,
    })
}

/// Says which column of a report says what. An unknown heading is refused; saying the same again changes nothing.
///
/// # Errors
/// `NotFound`; `SettlementOver`; `Invalid` for a heading that is none of the table, or where what is needed is missing;
/// the database.
pub async fn remap(ctx: &Ctx, id: &SettlementId, columns: Columns) -> Result<settlement::Model, PaymentError> {
    let settlement = row(&ctx.db, id).await?;
    let (table, _) = table_of(&ctx.db, &settlement).await?;
    let wrong = |role: columns::Role, code: &'static str| {
        PaymentError::Invalid(vec![FieldFault::new(format!("column_{}", role.as_str()), code)])
    };
    if let Some((role, _)) = columns.0.iter().find(|(_, heading)| !table.headings.contains(heading)) {
        return Err(wrong(*role, "unknown"));
    }
    if let Some(role) = columns.missing() {
        return Err(wrong(role, "required"));
    }
    let tx = ctx.begin().await?;
    let before = locked_draft(&tx, id).await?;
    let set = settlement::ActiveModel { columns: Set(json!(columns)), ..Default::default() };
    settlement::Entity::update_many().set(set).filter(settlement::Column::Id.eq(id)).exec(&tx).await?;
    let change = Change {
        action: "payments.settlement.map",
        target_type: "settlement",
        target_id: id.as_str(),
        before: Some(before.columns.clone()),
        after: Some(json!(columns)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(settlement::Model { columns: json!(columns), ..before })
}

/// Puts a report away that is not to be booked; its file may be sent in again. Twice is once.
///
/// # Errors
/// `NotFound`; `SettlementOver` where it was booked; the database.
pub async fn discard(ctx: &Ctx, id: &SettlementId) -> Result<settlement::Model, PaymentError> {
    let known = row(&ctx.db, id).await?;
    if known.status == SettlementStatus::Discarded {
        return Ok(known);
    }
    let tx = ctx.begin().await?;
    let before = locked_draft(&tx, id).await?;
    let set =
        settlement::ActiveModel { status: Set(SettlementStatus::Discarded), file_key: Set(None), ..Default::default() };
    settlement::Entity::update_many().set(set).filter(settlement::Column::Id.eq(id)).exec(&tx).await?;
    let change = Change {
        action: "payments.settlement.discard",
        target_type: "settlement",
        target_id: id.as_str(),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(settlement::Model { status: SettlementStatus::Discarded, file_key: None, ..before })
}
