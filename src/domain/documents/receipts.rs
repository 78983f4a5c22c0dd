//! Finding receipts. A receipt is drawn from its payment: it has the number, and the list is one of payments.
use crate::{
    domain::{Ctx, billing::withholding},
    kernel::page::{Page, PageRequest},
};
use entity::{
    billing::invoice,
    payments::payment,
    value::{CustomerId, PaymentStatus},
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// States of payments that have a receipt.
pub(super) const STANDING: [PaymentStatus; 3] =
    [PaymentStatus::Succeeded, PaymentStatus::PartiallyRefunded, PaymentStatus::Refunded];

/// Which receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptFilter {
    /// The one of this number, or those of the invoice of this number.
    pub number: Option<String>,
    /// Only those of one customer.
    pub customer_id: Option<CustomerId>,
}

/// Payments of invoices that have a receipt, newest first.
///
/// # Errors
/// The database.
pub async fn receipts(ctx: &Ctx, filter: &ReceiptFilter, request: &PageRequest) -> Result<Page<payment::Model>, DbErr> {
    use payment::Column::{AppliedMinor, CustomerId, Gateway, Id, InvoiceId, Reference, Status};
    let mut find = payment::Entity::find()
        .filter(InvoiceId.is_not_null())
        .filter(AppliedMinor.gt(0_i64))
        .filter(Gateway.ne(withholding::GATEWAY))
        .filter(Status.is_in(STANDING));
    if let Some(customer_id) = &filter.customer_id {
        find = find.filter(CustomerId.eq(customer_id));
    }
    if let Some(number) = filter.number.as_deref().map(|number| number.trim().to_uppercase()) {
        // Asked before: beside another condition a subquery is no way into an index.
        let of_invoice: Option<String> = invoice::Entity::find()
            .select_only()
            .column(invoice::Column::Id)
            .filter(invoice::Column::Number.eq(number.as_str()))
            .into_tuple()
            .one(&ctx.db)
            .await?;
        let of_invoice = of_invoice.map(|id| InvoiceId.eq(id));
        find = find.filter(Condition::any().add(Reference.eq(number)).add_option(of_invoice));
    }
    if let Some(after) = &request.after {
        find = find.filter(Id.lt(after.as_str()));
    }
    let rows = find.order_by_desc(Id).limit(request.fetch()).all(&ctx.db).await?;
    Ok(Page::of(rows, request, |row| row.id.as_str()))
}
