//! Finding transfers and their proofs. A constant number of statements, whatever there is to show.
use crate::{
    domain::{Ctx, payments::PaymentError},
    kernel::{
        memo::{Family, Memo},
        page::{Page, PageRequest},
    },
};
use entity::{
    billing::invoice,
    payments::{payment, proof},
    platform::file,
    value::{InvoiceId, PaymentId, PaymentProofId, PaymentStatus},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Where transfers stand, as staff sort them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A proof came: somebody has to look.
    Check,
    /// No proof came yet; the money may be there all the same.
    Waiting,
    /// Over without money; late money is still taken.
    Ended,
}

impl Stage {
    /// Every stage with its word.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Check, "check"), (Self::Waiting, "waiting"), (Self::Ended, "ended")];

    /// The stage a word names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == word).map(|(stage, _)| stage)
    }

    fn statuses(self) -> Vec<PaymentStatus> {
        match self {
            Self::Check => vec![PaymentStatus::Review],
            Self::Waiting => vec![PaymentStatus::Pending],
            Self::Ended => vec![PaymentStatus::Failed, PaymentStatus::Cancelled, PaymentStatus::Expired],
        }
    }
}

/// What staff look for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only transfers that stand there.
    pub stage: Option<Stage>,
    /// Only transfers of exactly so much, as a statement shows it; minor units.
    pub amount_minor: Option<i64>,
}

/// A transfer with what a list says of it.
#[derive(Clone, Debug)]
pub struct TransferView {
    /// The attempt.
    pub payment: payment::Model,
    /// Number of its invoice.
    pub invoice_number: Option<String>,
    /// Its proofs, oldest first.
    pub proofs: Vec<proof::Model>,
}

/// Codes of the gateways whose money people confirm.
fn gateways(ctx: &Ctx) -> Vec<String> {
    let by_people = ctx.gateways.iter().filter(|gateway| gateway.by_people().is_some());
    by_people.map(|gateway| gateway.code().to_owned()).collect()
}

/// Transfers as staff look for them, newest first.
///
/// # Errors
/// The database.
pub async fn list(ctx: &Ctx, filter: &Filter, request: &PageRequest) -> Result<Page<TransferView>, PaymentError> {
    let mut find = payment::Entity::find().filter(payment::Column::Gateway.is_in(gateways(ctx)));
    if let Some(stage) = filter.stage {
        find = find.filter(payment::Column::Status.is_in(stage.statuses()));
    }
    if let Some(amount) = filter.amount_minor {
        find = find.filter(payment::Column::AmountMinor.eq(amount));
    }
    if let Some(after) = &request.after {
        find = find.filter(payment::Column::Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(payment::Column::Id).limit(request.fetch()).all(&ctx.db).await?;
    let page = Page::of(rows, request, |row| row.id.as_str());
    let invoices: Vec<InvoiceId> = page.rows.iter().filter_map(|row| row.invoice_id.clone()).collect();
    let numbers = numbers_of(&ctx.db, invoices).await?;
    let mut proofs = proofs_of_all(&ctx.db, page.rows.iter().map(|row| row.id.clone()).collect()).await?;
    Ok(page.map(|payment| TransferView {
        invoice_number: payment.invoice_id.as_ref().and_then(|id| numbers.get(id).cloned()),
        proofs: proofs.remove(&payment.id).unwrap_or_default(),
        payment,
    }))
}

async fn numbers_of(db: &impl ConnectionTrait, ids: Vec<InvoiceId>) -> Result<HashMap<InvoiceId, String>, DbErr> {
    let found: Vec<(InvoiceId, Option<String>)> = invoice::Entity::find()
        .select_only()
        .column(invoice::Column::Id)
        .column(invoice::Column::Number)
        .filter(invoice::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(id, number)| Some((id, number?))).collect())
}

async fn proofs_of_all(
    db: &impl ConnectionTrait,
    ids: Vec<PaymentId>,
) -> Result<HashMap<PaymentId, Vec<proof::Model>>, DbErr> {
    let rows = proof::Entity::find()
        .filter(proof::Column::PaymentId.is_in(ids.into_iter().map(|id| id.0)))
        .order_by_asc(proof::Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<PaymentId, Vec<proof::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.payment_id.clone()).or_default().push(row);
    }
    Ok(found)
}

/// The proofs of an attempt, oldest first.
///
/// # Errors
/// The database.
pub async fn proofs_of(db: &impl ConnectionTrait, id: &PaymentId) -> Result<Vec<proof::Model>, DbErr> {
    Ok(proofs_of_all(db, vec![id.clone()]).await?.remove(id).unwrap_or_default())
}

/// Why the newest proof of an attempt was refused; `None` where it was not.
///
/// # Errors
/// The database.
pub async fn last_refusal(db: &impl ConnectionTrait, id: &PaymentId) -> Result<Option<String>, DbErr> {
    Ok(proofs_of(db, id).await?.pop().and_then(|proof| proof.reason))
}

/// A proof of the attempt `id` with its file.
///
/// # Errors
/// `NotFound`, also for a proof of another attempt; the database.
pub async fn get_proof(
    ctx: &Ctx,
    id: &PaymentId,
    proof_id: &PaymentProofId,
) -> Result<(proof::Model, file::Model), PaymentError> {
    let find = proof::Entity::find_by_id(proof_id.clone()).filter(proof::Column::PaymentId.eq(id));
    let row = find.one(&ctx.db).await?.ok_or(PaymentError::NotFound)?;
    let file = file::Entity::find_by_id(row.file_id.clone()).one(&ctx.db).await?.ok_or(PaymentError::NotFound)?;
    Ok((row, file))
}

/// Other attempts that were shown to be paid by the very same file, by id; at most ten.
///
/// # Errors
/// The database.
pub async fn used_elsewhere(
    db: &impl ConnectionTrait,
    id: &PaymentId,
    proofs: &[proof::Model],
) -> Result<Vec<PaymentId>, DbErr> {
    if proofs.is_empty() {
        return Ok(Vec::new());
    }
    let mut others: Vec<PaymentId> = proof::Entity::find()
        .select_only()
        .column(proof::Column::PaymentId)
        .filter(proof::Column::Sha256.is_in(proofs.iter().map(|proof| proof.sha256.clone())))
        .filter(proof::Column::PaymentId.ne(id))
        .order_by_asc(proof::Column::Id)
        .limit(10)
        .into_tuple()
        .all(db)
        .await?;
    others.dedup();
    Ok(others)
}

/// How many transfers wait for staff, read now.
pub(super) async fn count(ctx: &Ctx, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let codes = gateways(ctx);
    if codes.is_empty() {
        return Ok(0);
    }
    payment::Entity::find()
        .filter(payment::Column::Gateway.is_in(codes))
        .filter(payment::Column::Status.eq(PaymentStatus::Review))
        .count(db)
        .await
}

/// How many transfers wait for staff, kept in memory until a payment changes: every page of WHM shows it.
pub struct KnownCount(Memo<(), u64>);

impl Default for KnownCount {
    fn default() -> Self {
        Self(Memo::new(&[Family::Payments], 1))
    }
}

/// How many transfers wait for staff.
///
/// # Errors
/// The database.
pub async fn to_check(ctx: &Ctx) -> Result<u64, DbErr> {
    let read = async { count(ctx, &ctx.db).await.map(Some) };
    Ok(ctx.kept.transfers.0.get(&ctx.live, &(), read).await?.unwrap_or_default())
}
