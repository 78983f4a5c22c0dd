//! Making one account of two that are the same customer: which one, what would move, and the question.
use super::{
    KeyedReasonForm,
    closing::obstacle_table,
    customers::page_of,
    done, form_key, once, refuse, sent_key,
    view::{Action, Cell, DetailPage, Field, FormPage, Part, Table},
};
use crate::{
    domain::{
        Ctx,
        customers::{self, CustomerError},
        desk::{self, Preview},
    },
    kernel::{
        fault::{CommonFault, FieldFault},
        permission::can,
    },
    web::{
        WebError, flash,
        form_errors::FormErrors,
        forms::SafeForm,
        frame::Frame,
        principal::{Fresh, Staff},
        respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, ServiceConfig},
};
use entity::{
    customers::customer,
    value::{CustomerId, CustomerStatus, Money},
};
use serde::Deserialize;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/customers/{id}/merge", web::get().to(ask))
        .route("/customers/{id}/merge", web::post().to(choose))
        .route("/customers/{id}/merge/{into}", web::get().to(preview))
        .route("/customers/{id}/merge/{into}", web::post().to(merge));
}

/// Where the page of a merged account leads: links of old must not end at an empty one.
pub(super) async fn moved_to(ctx: &Ctx, customer: &customer::Model) -> Result<Option<String>, WebError> {
    if customer.status != CustomerStatus::Closed {
        return Ok(None);
    }
    let now = desk::merged_into(&ctx.db, &customer.id).await.map_err(CommonFault::from)?;
    Ok(now.map(|id| page_of(&id)))
}

/// What the page of a customer says of who was merged into him, and offers.
pub(super) async fn complete(
    staff: &Staff<can::ReadCustomers>,
    page: &mut DetailPage,
    customer: &customer::Model,
) -> Result<(), WebError> {
    let db = &staff.ctx.db;
    let merges = desk::merges_of(db, &customer.id).await.map_err(CommonFault::from)?;
    let names = customers::names_of(db, merges.iter().map(|row| row.from_id.clone())).await;
    let names = names.map_err(CommonFault::from)?;
    for row in merges {
        let name = names.get(&row.from_id).cloned().unwrap_or_else(|| row.from_id.0.clone());
        // The account itself leads here; what was done to it is in its history.
        let cell = match staff.may::<can::ReadAudit>() {
            true => Cell::link(name, format!("{}/history", page_of(&row.from_id))),
            false => Cell::Noted(name, row.from_id.0),
        };
        page.facts.push((page.frame.t("whm-merged-account"), cell));
    }
    if staff.may::<can::MergeCustomers>() {
        let label = page.frame.t("whm-merge");
        page.actions.push(Action::link(label, format!("{}/merge", page_of(&customer.id)), "arrows-exchange"));
    }
    Ok(())
}

/// Into whom, as typed.
#[derive(Debug, Deserialize)]
pub struct IntoForm {
    #[serde(default)]
    into: String,
}

/// `GET /whm/customers/{id}/merge`: into whom?
pub async fn ask(staff: Staff<can::MergeCustomers>, id: Path<CustomerId>) -> Result<HttpResponse, WebError> {
    let customer = customers::get(&staff.ctx.db, &id).await?;
    if let Some(now) = moved_to(&staff.ctx, &customer).await? {
        return Ok(flash::redirect(&now));
    }
    respond::page(&ask_page(staff.frame(), &customer, ""))
}

pub(super) fn ask_page(frame: Frame, customer: &customer::Model, into: &str) -> FormPage {
    FormPage {
        title: frame.t("whm-merge"),
        subtitle: frame.t("whm-merge-text"),
        back: page_of(&customer.id),
        back_label: customers::name_of(customer).to_owned(),
        action: format!("{}/merge", page_of(&customer.id)),
        submit: frame.t("whm-merge-look"),
        errors: FormErrors::none(),
        fields: vec![Field::line("into", frame.t("whm-merge-into")).help(frame.t("whm-merge-into-help")).value(into)],
        actions: Vec::new(),
        frame,
    }
}

/// `POST /whm/customers/{id}/merge`: leads to what would move.
pub async fn choose(
    staff: Staff<can::MergeCustomers>,
    id: Path<CustomerId>,
    SafeForm(form): SafeForm<IntoForm>,
) -> Result<HttpResponse, WebError> {
    let customer = customers::get(&staff.ctx.db, &id).await?;
    let wrong = match named(&staff.ctx, &id, form.into.trim()).await? {
        Some(into) if into != *id => return Ok(flash::redirect(&format!("{}/merge/{into}", page_of(&id)))),
        Some(_) => "same_customer",
        None => "unknown_customer",
    };
    let fault = CommonFault::Invalid(vec![FieldFault::new("into", wrong)]);
    refuse(fault, ask_page(staff.frame(), &customer, &form.into))
}

/// The account somebody named: by its id, or by an address that one other account has.
async fn named(ctx: &Ctx, from: &CustomerId, typed: &str) -> Result<Option<CustomerId>, WebError> {
    if typed.contains('@') {
        let found = customers::with_address(&ctx.db, typed).await.map_err(CommonFault::from)?;
        let mut others = found.into_iter().filter(|id| id != from);
        let first = others.next();
        return Ok(first.filter(|_| others.next().is_none()));
    }
    match customers::get(&ctx.db, &CustomerId::from(typed)).await {
        Ok(customer) => Ok(Some(customer.id)),
        Err(CustomerError::NotFound) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /whm/customers/{id}/merge/{into}`: what would move, what stands in the way, and the question.
pub async fn preview(
    staff: Staff<can::MergeCustomers>,
    path: Path<(CustomerId, CustomerId)>,
) -> Result<HttpResponse, WebError> {
    let (id, into) = path.into_inner();
    let from = customers::get(&staff.ctx.db, &id).await?;
    if let Some(now) = moved_to(&staff.ctx, &from).await? {
        return Ok(flash::redirect(&now));
    }
    let preview = desk::preview(&staff.ctx, &id, &into).await?;
    respond::page(&preview_page(staff.frame(), &preview))
}

pub(super) fn preview_page(frame: Frame, preview: &Preview) -> DetailPage {
    let (from, into) = (&preview.from, &preview.into);
    let money = |minor| Cell::Money(Money::new(minor, &from.currency));
    let facts = vec![
        (frame.t("whm-merge-from"), Cell::link(customers::name_of(from), page_of(&from.id))),
        (frame.t("whm-email"), Cell::text(&from.email)),
        (frame.t("whm-merge-into"), Cell::link(customers::name_of(into), page_of(&into.id))),
        (frame.t("whm-email"), Cell::text(&into.email)),
        (frame.t("whm-merge-wallet"), money(preview.wallet_minor)),
        (frame.t("whm-merge-open"), money(preview.open_minor)),
    ];
    let is_free = preview.obstacles.is_empty();
    let mut parts = Vec::new();
    if !is_free {
        parts.push(Part::Rows(frame.t("whm-obstacles"), obstacle_table(&frame, &preview.obstacles)));
    }
    parts.push(Part::Rows(frame.t("whm-merge-moves"), moves_table(&frame, preview)));
    parts.push(Part::Rows(frame.t("whm-members"), people_table(&frame, preview)));
    let names = [("from", customers::name_of(from)), ("into", customers::name_of(into))];
    let act = || {
        let action = format!("{}/merge/{}", page_of(&from.id), into.id);
        let ask =
            Action::ask(frame.t("whm-merge"), frame.ta("whm-merge-ask", names), "merge", action, "arrows-exchange");
        let fields = vec![Field::line("reason", frame.t("whm-reason")), Field::hidden("key", form_key())];
        ask.with(fields).danger()
    };
    DetailPage {
        title: frame.t("whm-merge"),
        subtitle: format!("{} → {}", customers::name_of(from), customers::name_of(into)),
        back: page_of(&from.id),
        back_label: customers::name_of(from).to_owned(),
        notice: if is_free {
            ("info", frame.t("whm-merge-documents"))
        } else {
            ("warn", frame.t("whm-merge-obstacles"))
        },
        actions: is_free.then(act).into_iter().collect(),
        facts,
        parts,
        frame,
    }
}

fn moves_table(frame: &Frame, preview: &Preview) -> Table {
    let columns = [(frame.t("whm-merge-what"), "cell-main"), (frame.t("whm-merge-count"), "cell-side num")];
    let rows = preview
        .moves
        .iter()
        .map(|(kind, n)| vec![Cell::text(frame.word("merge-moves", kind)), Cell::text(n.to_string())]);
    Table::new(frame.t("whm-merge-moves"), columns).with(rows)
}

fn people_table(frame: &Frame, preview: &Preview) -> Table {
    let columns = [
        (frame.t("whm-name"), "cell-main"),
        (frame.t("whm-email"), "cell-sub"),
        (frame.t("whm-merge-grant"), "cell-side"),
    ];
    let rows = preview.people.iter().map(|(member, grant)| {
        vec![Cell::text(&member.name), Cell::text(&member.email), Cell::text(frame.word("grant", grant.as_str()))]
    });
    Table::new(frame.t("whm-members"), columns).with(rows)
}

/// `POST /whm/customers/{id}/merge/{into}`
pub async fn merge(
    staff: Fresh<can::MergeCustomers>,
    path: Path<(CustomerId, CustomerId)>,
    SafeForm(form): SafeForm<KeyedReasonForm>,
) -> Result<HttpResponse, WebError> {
    let (id, into) = path.into_inner();
    let act = async |ctx: &Ctx| Ok(desk::merge(ctx, &id, &into, &form.reason).await?);
    once(&staff.ctx, "merge-customers", sent_key(&form.key)?, act).await?;
    Ok(done(&page_of(&into), "whm-merge-done"))
}
