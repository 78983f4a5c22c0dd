//! Everything that happened around a customer, in one line of time.
use crate::domain::Ctx;
use chrono::{DateTime, Utc};
use entity::{
    billing::{credit_note, invoice},
    messaging::message,
    payments::{payment, refund},
    platform::audit_log,
    provisioning::task,
    value::CustomerId,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Rows read of each kind.
const OF_EACH: u64 = 40;
/// Lines shown at most.
const SHOWN: usize = 120;

/// What happened.
#[derive(Clone, Debug)]
pub enum Happened {
    /// An invoice was issued.
    Invoice(Box<invoice::Model>),
    /// A credit note was issued.
    CreditNote(Box<credit_note::Model>),
    /// A payment was begun; its state is the present one.
    Payment(Box<payment::Model>),
    /// Money went back.
    Refund(Box<refund::Model>),
    /// A mail was written.
    Mail(Box<message::Model>),
    /// Work on an instance was asked for.
    Task(Box<task::Model>),
    /// Somebody changed something.
    Change(Box<audit_log::Model>),
}

/// A line of the history.
#[derive(Clone, Debug)]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Happened,
}

/// The history of a customer, newest first: the last 40 of each kind, 120 lines at most, in seven statements. What the
/// program did of its own accord is told by documents, payments and tasks; the trail adds what people did.
///
/// # Errors
/// The database.
pub async fn of_customer(ctx: &Ctx, id: &CustomerId) -> Result<Vec<Line>, DbErr> {
    let mut lines = Vec::new();
    macro_rules! read {
        ($table:ident, $kind:ident, $at:expr $(, $condition:expr)?) => {
            let select = $table::Entity::find().filter($table::Column::CustomerId.eq(id.as_str()))$(.filter($condition))?;
            let rows = select.order_by_desc($table::Column::Id).limit(OF_EACH).all(&ctx.db).await?;
            let at = $at;
            lines.extend(rows.into_iter().map(|row| Line { at: at(&row), what: Happened::$kind(Box::new(row)) }));
        };
    }
    read!(invoice, Invoice, |row: &invoice::Model| row.issued_at.unwrap_or(row.created_at));
    read!(credit_note, CreditNote, |row: &credit_note::Model| row.issued_at);
    read!(payment, Payment, |row: &payment::Model| row.settled_at.unwrap_or(row.created_at));
    read!(message, Mail, |row: &message::Model| row.sent_at.unwrap_or(row.queued_at));
    read!(task, Task, |row: &task::Model| row.created_at);
    let by_people = audit_log::Column::ActorKind.ne("system");
    read!(audit_log, Change, |row: &audit_log::Model| row.created_at, by_people);
    let paid = lines.iter().filter_map(|line| match &line.what {
        Happened::Payment(payment) => Some(payment.id.0.clone()),
        _ => None,
    });
    let refunds = refund::Entity::find().filter(refund::Column::PaymentId.is_in(paid.collect::<Vec<_>>()));
    let refunds = refunds.order_by_desc(refund::Column::Id).limit(OF_EACH).all(&ctx.db).await?;
    lines.extend(refunds.into_iter().map(|row| Line { at: row.created_at, what: Happened::Refund(Box::new(row)) }));
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines.truncate(SHOWN);
    Ok(lines)
}
