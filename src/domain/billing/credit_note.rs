//! Credit notes: the only way to correct what was issued. A note takes back part or all of an invoice, line by line,
//! each line with its exact share of tax.
use super::{
    CreditNoteIssued, InvoiceError, deferral,
    invoice::{open_minor, return_money},
    withholding, write_off,
};
use crate::{
    domain::{
        Ctx,
        billing::invoice::{items_of, lock, lock_to_give_up, mark_paid, publish_paid, update},
        ledger::{self, Account, Posting, Series},
    },
    kernel::{
        audit::Change,
        db::{WriteTx, sum_i64},
    },
};
use entity::{
    billing::{credit_note, credit_note_item, invoice, invoice_item},
    value::{CreditNoteId, CreditNoteItemId, InvoiceId, InvoiceItemId, InvoiceStatus, MoneyError, Ratio, allocate},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;
use std::collections::BTreeMap;

/// How much is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credit {
    /// Everything that is left of the invoice.
    Rest,
    /// So much, tax included, minor units, spread over the lines.
    Gross(i64),
    /// Everything that is left of these lines.
    Items(Vec<InvoiceItemId>),
    /// So much of what is left of these lines, tax included, minor units.
    Part {
        /// Which.
        lines: Vec<InvoiceItemId>,
        /// How much.
        gross_minor: i64,
    },
}

/// Which part of the invoice is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// What is still open: the customer need not pay it.
    Open,
    /// What was paid: the caller gives the money back in the same transaction.
    Paid,
}

/// A credit note to be issued.
#[derive(Clone, Debug)]
pub struct NewCreditNote<'a> {
    /// Of which invoice.
    pub invoice_id: &'a InvoiceId,
    /// How much.
    pub credit: Credit,
    /// Of which part.
    pub against: Against,
    /// Why; printed.
    pub reason: &'a str,
    /// The same key credits once.
    pub key: &'a str,
}

/// What was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The credit note.
    pub note: credit_note::Model,
    /// False where it was issued before under the same key.
    pub is_new: bool,
}

/// Issues a credit note, as a use case of its own, of staff.
///
/// # Errors
/// As `issue`; `Ledger(OwnPayout)` where who issues it belongs to the account.
pub async fn issue_now(ctx: &Ctx, new: NewCreditNote<'_>) -> Result<Issued, InvoiceError> {
    let tx = ctx.begin().await?;
    lock_to_give_up(ctx, &tx, new.invoice_id).await?;
    let issued = issue(ctx, &tx, new).await?;
    ctx.made(&tx, issued.note.id.as_str()).await?;
    tx.commit().await?;
    Ok(issued)
}

/// Issues a credit note in `tx`: own number series, hash chain, posting against revenue and tax; publishes
/// `credit_note.issued`. `Against::Open`
/// lowers what is open: nothing paid and nothing left makes the invoice void, a paid rest makes it paid
/// (`invoice.paid`). `Against::Paid` notes the money as given back; the caller posts where it goes. The same key again
/// gives the note that exists.
///
/// # Errors
/// `NotFound`, `ReasonRequired`, `InvalidAmount`, `NotCreditable` where more is asked for than is left, `KeyReused`;
/// the ledger; the database.
pub async fn issue(ctx: &Ctx, tx: &WriteTx, new: NewCreditNote<'_>) -> Result<Issued, InvoiceError> {
    issue_before(ctx, tx, new, &[]).await
}

/// As [`issue`], where the caller posts to `further` accounts afterwards in `tx`: they are locked together with those
/// of the note, in the one order everybody keeps.
///
/// # Errors
/// As `issue`.
pub async fn issue_before(
    ctx: &Ctx,
    tx: &WriteTx,
    new: NewCreditNote<'_>,
    further: &[Account],
) -> Result<Issued, InvoiceError> {
    let reason: String = new.reason.trim().chars().take(160).collect();
    if reason.is_empty() {
        return Err(InvoiceError::ReasonRequired);
    }
    let invoice = lock(tx, new.invoice_id).await?;
    if let Some(note) = find_by_key(tx, new.key).await? {
        let is_other_sum = matches!(new.credit, Credit::Gross(gross) if gross != note.total_minor);
        return if note.invoice_id == invoice.id && !is_other_sum {
            Ok(Issued { note, is_new: false })
        } else {
            Err(InvoiceError::KeyReused)
        };
    }
    let items = items_of(tx, &invoice.id).await?;
    let left = left_of(tx, &items).await?;
    let parts = split(&new.credit, &items, &left)?;
    let total: i64 = parts.iter().map(|part| part.net + part.tax).sum();
    let available = match new.against {
        Against::Open => open_minor(&invoice),
        Against::Paid => invoice.paid_minor - invoice.refunded_minor,
    };
    // Of what was given up nothing is open; what was paid of it before may go back.
    let is_live = match invoice.status {
        InvoiceStatus::Issued | InvoiceStatus::Paid => true,
        InvoiceStatus::WrittenOff => new.against == Against::Paid,
        InvoiceStatus::Draft | InvoiceStatus::Void => false,
    };
    if total <= 0 || total > available || !is_live {
        return Err(InvoiceError::NotCreditable { available_minor: if is_live { available } else { 0 } });
    }
    let note = write(ctx, tx, &invoice, &parts, reason, new.key).await?;
    let nets: Vec<_> = parts.iter().map(|part| (&items[part.item], part.net)).collect();
    let (earned, debits) = deferral::take_back(ctx, tx, &invoice.id, &nets).await?;
    let posting = posting(&invoice, &note, debits);
    earned.lock(ctx, tx, &invoice.currency, std::slice::from_ref(&posting), further).await?;
    earned.post(ctx, tx).await?;
    ledger::post(ctx, tx, posting).await?;
    if new.against == Against::Paid {
        return_money(ctx, tx, &invoice.id, total).await?;
    }
    settle(ctx, tx, &invoice.id, &note, new.against).await?;
    let change = Change {
        action: "billing.credit_note.create",
        target_type: "credit_note",
        target_id: note.id.as_str(),
        customer_id: Some(&note.customer_id),
        after: Some(json!({"number": note.number, "invoice_id": note.invoice_id, "total_minor": note.total_minor})),
        reason: Some(&note.reason),
        ..Change::default()
    };
    ctx.audit(tx, change).await?;
    let event = CreditNoteIssued {
        credit_note_id: note.id.clone(),
        invoice_id: note.invoice_id.clone(),
        customer_id: note.customer_id.clone(),
        is_paid_back: new.against == Against::Paid,
    };
    ctx.publish(tx, &event).await?;
    Ok(Issued { note, is_new: true })
}

/// What is left of these lines of an invoice after its notes so far, tax included, minor units.
///
/// # Errors
/// The database.
pub async fn left_minor(tx: &WriteTx, id: &InvoiceId, lines: &[InvoiceItemId]) -> Result<i64, InvoiceError> {
    let items = items_of(tx, id).await?;
    let left = left_of(tx, &items).await?;
    Ok(left.iter().filter(|part| lines.contains(&items[part.item].id)).map(|part| part.net + part.tax).sum())
}

/// Net and tax of one line, minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Place of the line among the lines of its invoice.
    pub(super) item: usize,
    pub(super) net: i64,
    pub(super) tax: i64,
    /// Tax that the buyer pays to the state himself: moves with its net, and is no money of ours.
    pub(super) collected: i64,
}

/// `gross_minor` of what is left of an invoice, spread over its lines.
pub(super) async fn part_of(
    tx: &WriteTx,
    items: &[invoice_item::Model],
    gross_minor: i64,
) -> Result<Vec<Part>, InvoiceError> {
    split(&Credit::Gross(gross_minor), items, &left_of(tx, items).await?)
}

/// What was credited of a line: net, tax, and tax that the buyer pays to the state himself.
type Credited = (InvoiceItemId, Option<i64>, Option<i64>, Option<i64>);

/// What is left of each line after the notes so far and what was given up.
async fn left_of(tx: &WriteTx, items: &[invoice_item::Model]) -> Result<Vec<Part>, InvoiceError> {
    let mut gone: BTreeMap<InvoiceItemId, (i64, i64, i64)> = BTreeMap::new();
    for part in write_off::parts_of(tx, items).await? {
        let (net, tax, collected) = gone.entry(part.invoice_item_id).or_default();
        *net += part.net_minor;
        *tax += part.tax_minor;
        *collected += part.collected_tax_minor;
    }
    let ids = items.iter().map(|item| item.id.0.clone());
    let sums: Vec<Credited> = credit_note_item::Entity::find()
        .select_only()
        .column(credit_note_item::Column::InvoiceItemId)
        .column_as(sum_i64(credit_note_item::Column::NetMinor), "net")
        .column_as(sum_i64(credit_note_item::Column::TaxMinor), "tax")
        .column_as(sum_i64(credit_note_item::Column::CollectedTaxMinor), "collected")
        .filter(credit_note_item::Column::InvoiceItemId.is_in(ids))
        .group_by(credit_note_item::Column::InvoiceItemId)
        .into_tuple()
        .all(tx)
        .await?;
    for (id, net_back, tax_back, collected_back) in sums {
        let (net, tax, collected) = gone.entry(id).or_default();
        *net += net_back.unwrap_or(0);
        *tax += tax_back.unwrap_or(0);
        *collected += collected_back.unwrap_or(0);
    }
    let left = items.iter().enumerate().map(|(i, item)| {
        let (net, tax, collected) = gone.get(&item.id).copied().unwrap_or_default();
        Part {
            item: i,
            net: item.net_minor - net,
            tax: item.tax_minor - tax,
            collected: item.collected_tax_minor - collected,
        }
    });
    Ok(left.collect())
}

/// Splits a credit over the lines that have something left. Pure.
fn split(credit: &Credit, items: &[invoice_item::Model], left: &[Part]) -> Result<Vec<Part>, InvoiceError> {
    let of = |ids: &[InvoiceItemId]| -> Vec<Part> {
        left.iter().filter(|part| ids.contains(&items[part.item].id)).copied().collect()
    };
    let parts = match credit {
        Credit::Rest => left.to_vec(),
        Credit::Items(ids) => of(ids),
        Credit::Gross(gross) => so_much(*gross, left)?,
        Credit::Part { lines, gross_minor } => so_much(*gross_minor, &of(lines))?,
    };
    Ok(parts.into_iter().filter(|part| part.net != 0 || part.tax != 0).collect())
}

/// `gross` of what is left of some lines.
fn so_much(gross: i64, left: &[Part]) -> Result<Vec<Part>, InvoiceError> {
    let rest: i64 = left.iter().map(|part| part.net + part.tax).sum();
    match gross {
        gross if gross == rest => Ok(left.to_vec()),
        gross if gross < 1 => Err(InvoiceError::InvalidAmount),
        gross if gross > rest => Err(InvoiceError::NotCreditable { available_minor: rest }),
        gross => Ok(partial(gross, left)?),
    }
}

/// `gross` spread over the lines by what is left of them; tax of a part is its share of the line's tax, rounded once,
/// and net is the remainder, so that no line is ever credited with more than it has.
fn partial(gross: i64, left: &[Part]) -> Result<Vec<Part>, MoneyError> {
    let weights: Vec<i64> = left.iter().map(|part| (part.net + part.tax).max(0)).collect();
    let shares = allocate(gross, &weights);
    let parts = left.iter().zip(shares).zip(weights).filter(|((_, share), _)| *share > 0);
    parts
        .map(|((part, share), weight)| {
            let tax = Ratio::new(part.tax, weight).of(share)?;
            let collected = Ratio::new(part.collected, weight).of(share)?;
            Ok(Part { item: part.item, net: share - tax, tax, collected })
        })
        .collect()
}

async fn write(
    ctx: &Ctx,
    tx: &WriteTx,
    invoice: &invoice::Model,
    parts: &[Part],
    reason: String,
    key: &str,
) -> Result<credit_note::Model, InvoiceError> {
    let items = items_of(tx, &invoice.id).await?;
    let taken = ledger::take(ctx, tx, Series::CreditNote).await?;
    let (net, tax) = parts.iter().fold((0, 0), |(net, tax), part| (net + part.net, tax + part.tax));
    let mut note = credit_note::Model {
        id: CreditNoteId::generate(),
        number: taken.number.clone(),
        invoice_id: invoice.id.clone(),
        customer_id: invoice.customer_id.clone(),
        reason,
        subtotal_minor: net,
        tax_minor: tax,
        total_minor: net + tax,
        currency: invoice.currency.clone(),
        idempotency_key: key.to_owned(),
        document_hash: String::new(),
        previous_hash: taken.previous_hash.clone(),
        issued_at: ctx.now(),
    };
    let rows: Vec<_> = parts
        .iter()
        .map(|part| credit_note_item::Model {
            id: CreditNoteItemId::generate(),
            credit_note_id: note.id.clone(),
            invoice_item_id: items[part.item].id.clone(),
            net_minor: part.net,
            tax_minor: part.tax,
            collected_tax_minor: part.collected,
        })
        .collect();
    note.document_hash = ledger::credit_note_hash(taken.previous_hash.as_deref(), &note, &rows);
    credit_note::Entity::insert(note.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    credit_note_item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    ledger::seal(tx, &taken, &note.document_hash).await?;
    Ok(note)
}

fn posting(invoice: &invoice::Model, note: &credit_note::Model, debits: Vec<(Account, i64)>) -> Posting {
    let mut entries = vec![
        (Account::Receivable(invoice.customer_id.clone()), -note.total_minor),
        (Account::TaxPayable, note.tax_minor),
    ];
    entries.extend(debits);
    Posting {
        idempotency_key: format!("credit_note_issued:{}", note.id),
        kind: "credit_note_issued",
        source_type: "credit_note",
        source_id: note.id.0.clone(),
        description: format!(
            "Credit note {} of invoice {}",
            note.number,
            invoice.number.as_deref().unwrap_or_default()
        ),
        currency: invoice.currency.clone(),
        entries,
        wallet: None,
    }
}

/// Adds a note to what was credited and closes the invoice where nothing is left to pay.
async fn settle(
    ctx: &Ctx,
    tx: &WriteTx,
    id: &InvoiceId,
    note: &credit_note::Model,
    against: Against,
) -> Result<(), InvoiceError> {
    let (invoice, total) = (lock(tx, id).await?, note.total_minor);
    let credited = invoice.credited_minor + total;
    let mut changed = invoice::ActiveModel {
        credited_minor: sea_orm::Set(credited),
        updated_at: sea_orm::Set(ctx.now()),
        ..Default::default()
    };
    let is_closed = open_minor(&invoice) - total == 0 && invoice.status == InvoiceStatus::Issued;
    let is_void = is_closed && invoice.paid_minor == 0;
    if is_void {
        changed.status = sea_orm::Set(InvoiceStatus::Void);
        changed.voided_at = sea_orm::Set(Some(ctx.now()));
        changed.void_reason = sea_orm::Set(Some("credited".to_owned()));
    } else if is_closed {
        mark_paid(ctx.now(), &invoice, &mut changed);
    }
    update(tx, &invoice, changed).await?;
    if is_closed {
        withholding::end_awaited(ctx, tx, id).await?;
    } else if against == Against::Open {
        withholding::follow_credit(ctx, tx, &invoice, note.subtotal_minor).await?;
    }
    if is_void {
        let event = super::InvoiceVoided { invoice_id: id.clone(), customer_id: invoice.customer_id.clone() };
        ctx.publish(tx, &event).await?;
    } else if is_closed && credited < invoice.total_minor {
        publish_paid(ctx, tx, &invoice).await?;
    }
    Ok(())
}

/// The credit note issued under `key`.
///
/// # Errors
/// The database.
pub async fn find_by_key(db: &impl ConnectionTrait, key: &str) -> Result<Option<credit_note::Model>, DbErr> {
    credit_note::Entity::find().filter(credit_note::Column::IdempotencyKey.eq(key)).one(db).await
}

/// A credit note with its lines.
#[derive(Clone, Debug)]
pub struct FullNote {
    /// The credit note.
    pub note: credit_note::Model,
    /// What it takes back of which line, in the order of the invoice.
    pub items: Vec<credit_note_item::Model>,
}

/// The credit note `id` of this invoice, with its lines; whose invoice it is, is the caller's check.
///
/// # Errors
/// `NotFound`, also for a note of another invoice; the database.
pub async fn get_full(
    db: &impl ConnectionTrait,
    invoice_id: &InvoiceId,
    id: &CreditNoteId,
) -> Result<FullNote, InvoiceError> {
    let found = credit_note::Entity::find_by_id(id.clone())
        .filter(credit_note::Column::InvoiceId.eq(invoice_id))
        .one(db)
        .await?;
    let note = found.ok_or(InvoiceError::NotFound)?;
    let items = credit_note_item::Entity::find()
        .filter(credit_note_item::Column::CreditNoteId.eq(id))
        .order_by_asc(credit_note_item::Column::Id)
        .all(db)
        .await?;
    Ok(FullNote { note, items })
}

/// The credit notes of an invoice, in order.
///
/// # Errors
/// The database.
pub async fn list_of(db: &impl ConnectionTrait, invoice_id: &InvoiceId) -> Result<Vec<credit_note::Model>, DbErr> {
    credit_note::Entity::find()
        .filter(credit_note::Column::InvoiceId.eq(invoice_id))
        .order_by_asc(credit_note::Column::Id)
        .all(db)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        proptest::collection::vec((0i64..5_000_000, 0i64..600_000), 1..8).prop_map(|lines| {
            lines
                .into_iter()
                .enumerate()
                .map(|(item, (net, tax))| Part { item, net, tax: tax.min(net), collected: 0 })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn partial_credits_sum_to_what_was_asked_and_never_exceed_a_line(lines in parts(), shares in proptest::collection::vec(1i64..2_000_000, 1..12)) {
            let mut left = lines.clone();
            for share in shares {
                let rest: i64 = left.iter().map(|part| part.net + part.tax).sum();
                if rest == 0 { break; }
                let gross = share.min(rest);
                let taken = if gross == rest { left.clone() } else { partial(gross, &left).unwrap() };
                prop_assert_eq!(taken.iter().map(|part| part.net + part.tax).sum::<i64>(), gross);
                for part in taken {
                    let line = &mut left[part.item];
                    prop_assert!(part.net >= 0 && part.tax >= 0 && part.net <= line.net && part.tax <= line.tax);
                    line.net -= part.net;
                    line.tax -= part.tax;
                }
            }
        }
    }
}
