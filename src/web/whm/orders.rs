//! Orders.
use super::{
    ReasonForm, done,
    query::ListQuery,
    view::{Action, Cell, DetailPage, Field, ListPage, Part, Table},
};
use crate::{
    domain::{
        customers,
        ordering::{
            cancel_unpaid,
            find::{self, Filter, OrderView},
            quote::agreed_minor,
        },
    },
    kernel::{fault::CommonFault, permission::can},
    web::{
        WebError, forms::SafeForm, frame::Frame, panel::orders::view::in_words, principal::Staff,
        public::quote::view::how_many, respond,
    },
};
use actix_web::{
    HttpResponse,
    web::{self, Path, Query, ServiceConfig},
};
use entity::{
    ordering::order,
    value::{CustomerId, Money, OrderId, OrderStatus},
};
use std::collections::HashMap;

const HOME: &str = "/whm/orders";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/orders", web::get().to(list))
        .route("/orders/{id}", web::get().to(show))
        .route("/orders/{id}/cancel", web::post().to(cancel));
}

/// `GET /whm/orders`
pub async fn list(staff: Staff<can::ReadOrders>, query: Query<ListQuery>) -> Result<HttpResponse, WebError> {
    let db = &staff.ctx.db;
    let filter =
        Filter { customer_id: query.of_customer().map(CustomerId::from), status: OrderStatus::parse(query.state()) };
    let page = find::list(db, &filter, &query.page()).await.map_err(CommonFault::from)?;
    let ids = page.rows.iter().map(|row| row.order.customer_id.clone());
    let names = customers::names_of(db, ids).await.map_err(CommonFault::from)?;
    respond::page(&list_page(staff.frame(), &query, &page.rows, &names, page.next_cursor.as_deref()))
}

pub(super) fn list_page(
    frame: Frame,
    query: &ListQuery,
    rows: &[OrderView],
    names: &HashMap<CustomerId, String>,
    next: Option<&str>,
) -> ListPage {
    let states: Vec<&str> = OrderStatus::ALL.iter().map(|status| status.as_str()).collect();
    ListPage {
        title: frame.t("nav-orders"),
        subtitle: String::new(),
        actions: Vec::new(),
        search: Default::default(),
        chips: query.chips(&frame, HOME, "order-status", &states),
        table: table(&frame, rows.iter().map(|view| &view.order), names),
        is_filtered: query.is_filtered(),
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// Orders as rows.
pub(super) fn table<'a>(
    frame: &Frame,
    rows: impl Iterator<Item = &'a order::Model>,
    names: &HashMap<CustomerId, String>,
) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-created"), ""),
        (frame.t("whm-total"), "cell-side num"),
    ];
    let cells = rows.map(|row| {
        vec![
            Cell::link(&row.number, format!("{HOME}/{}", row.id)),
            Cell::customer(names.get(&row.customer_id), row.customer_id.as_str()),
            Cell::Status("order-status", row.status.as_str()),
            Cell::Time(row.created_at),
            Cell::Money(Money::new(row.total_minor, &row.currency)),
        ]
    });
    Table::new(frame.t("nav-orders"), columns).with(cells)
}

/// `GET /whm/orders/{id}`
pub async fn show(staff: Staff<can::ReadOrders>, id: Path<OrderId>) -> Result<HttpResponse, WebError> {
    let view = find::view(&staff.ctx.db, &id).await?;
    let customer = customers::get(&staff.ctx.db, &view.order.customer_id).await?;
    let mut page = detail_page(staff.frame(), &view, &customer.name);
    if view.order.status == OrderStatus::Pending && staff.may::<can::CancelOrders>() {
        let (frame, text) = (&page.frame, page.frame.t("whm-order-cancel-text"));
        let ask = Action::ask(frame.t("whm-order-cancel"), text, "cancel", format!("{HOME}/{}/cancel", *id), "ban");
        let ask = ask.danger().with(vec![Field::line("reason", frame.t("whm-reason"))]);
        page.actions.push(ask);
    }
    respond::page(&page)
}

pub(super) fn detail_page(frame: Frame, view: &OrderView, customer: &str) -> DetailPage {
    let row = &view.order;
    let money = |minor| Cell::Money(Money::new(minor, &row.currency));
    let invoice = view.invoice.as_ref().map_or(Cell::Nothing, |invoice| {
        let number = invoice.number.as_deref().unwrap_or(invoice.id.as_str());
        Cell::link(number, format!("/whm/invoices/{}", invoice.id))
    });
    let quote = view.quote.as_ref().map_or(Cell::Nothing, |full| {
        let number = full.quote.number.as_deref().unwrap_or(full.quote.id.as_str());
        Cell::link(number, format!("/whm/quotes/{}", full.quote.id))
    });
    let facts = vec![
        (frame.t("whm-status"), Cell::Status("order-status", row.status.as_str())),
        (frame.t("whm-customer"), Cell::link(customer, format!("/whm/customers/{}", row.customer_id))),
        (frame.t("whm-invoice"), invoice),
        (frame.t("whm-quote"), quote),
        (frame.t("whm-coupon"), Cell::maybe(row.coupon_code.clone())),
        (frame.t("whm-discount"), if row.discount_minor == 0 { Cell::Nothing } else { money(row.discount_minor) }),
        (frame.t("whm-net"), money(row.subtotal_minor)),
        (frame.t("whm-tax"), money(row.tax_minor)),
        (frame.t("whm-total"), money(row.total_minor)),
        (frame.t("whm-cancel-reason"), Cell::maybe(row.cancel_reason.as_deref().map(|reason| frame.why(reason)))),
        (frame.t("whm-created"), Cell::Time(row.created_at)),
        ("ID".to_owned(), Cell::Code(row.id.0.clone())),
    ];
    let heads = [
        (frame.t("whm-description"), "cell-main"),
        (frame.t("whm-cycle"), "cell-sub"),
        (frame.t("whm-subscription"), ""),
        (frame.t("whm-setup-fee"), "num"),
        (frame.t("whm-amount"), "cell-side num"),
    ];
    let rows = view.items.iter().map(|line| {
        let item = &line.item;
        let contract = item.subscription_id.as_ref();
        vec![
            match in_words(&item.options, &frame) {
                Some(note) => Cell::Noted(item.description.clone(), note),
                None => Cell::text(&item.description),
            },
            Cell::text(frame.word("cycle", item.cycle.as_str())),
            contract.map_or(Cell::Nothing, |id| Cell::link(frame.t("action-open"), format!("/whm/subscriptions/{id}"))),
            Cell::price(&frame, item.setup_fee_minor, &row.currency, item.tax_included),
            Cell::price(&frame, item.amount_minor, &row.currency, item.tax_included),
        ]
    });
    let in_words = view.in_words().map(|item| {
        let words = match how_many(&frame, item, &row.currency) {
            Some(note) => Cell::Noted(item.description.clone(), note),
            None => Cell::text(&item.description),
        };
        vec![words, Cell::Nothing, Cell::Nothing, Cell::Nothing, money(agreed_minor(item))]
    });
    let rows = rows.chain(in_words);
    DetailPage {
        title: row.number.clone(),
        subtitle: customer.to_owned(),
        back: HOME.to_owned(),
        back_label: frame.t("nav-orders"),
        notice: ("info", String::new()),
        actions: Vec::new(),
        facts,
        parts: vec![Part::Rows(frame.t("whm-lines"), Table::new(frame.t("whm-lines"), heads).with(rows))],
        frame,
    }
}

/// `POST /whm/orders/{id}/cancel`
pub async fn cancel(
    staff: Staff<can::CancelOrders>,
    id: Path<OrderId>,
    SafeForm(form): SafeForm<ReasonForm>,
) -> Result<HttpResponse, WebError> {
    cancel_unpaid(&staff.ctx, &id, &form.reason).await?;
    Ok(done(&format!("{HOME}/{id}"), "whm-order-cancelled"))
}
