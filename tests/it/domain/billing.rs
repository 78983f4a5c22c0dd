//! Invoices and credit notes.
use crate::support::{World, money::line};
use chrono::Duration;
use entity::{
    billing::tax_rule,
    value::{InvoiceDisplay, InvoiceKind, InvoiceStatus},
};
use sea_orm::{EntityTrait, sea_query::Expr};
use yumna::{
    domain::{
        billing::{
            InvoiceError,
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::{self, Filter, NewInvoice},
        },
        customers::{self, ProfileChange},
    },
    kernel::{fault::Fault, page::PageRequest},
};

#[tokio::test]
async fn an_issued_invoice_has_a_number_its_tax_and_its_posting() {
    let world = World::new().await;
    world.charges_ppn().await;
    let budi = world.customer().await;

    let first = world.invoice(&budi, &[50_000]).await;
    let second = world.invoice(&budi, &[50_000, 49_999]).await;

    assert_eq!((first.number.as_deref(), second.number.as_deref()), (Some("INV/2026/000001"), Some("INV/2026/000002")));
    assert_eq!((first.subtotal_minor, first.tax_minor, first.total_minor), (50_000, 5_500, 55_500));
    assert_eq!(second.tax_minor, 11_000, "each line is rounded by itself");
    assert_eq!(second.previous_hash, first.document_hash);
    assert_eq!(first.buyer["name"], "Budi Santoso");
    assert_eq!(first.seller["is_pkp"], true);
    assert_eq!(first.tax_point_at, None, "tax falls due when it is paid");
    let full = invoice::get_full(&world.services.db, &second.id).await.unwrap();
    assert_eq!((full.items.len(), full.taxes.len(), full.taxes[0].base_minor), (2, 1, 99_999));
    assert_eq!(world.news("invoice.issued").await, 2);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_was_issued_stays_as_it_was_whatever_changes_afterwards() {
    let world = World::new().await;
    world.charges_ppn().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let issued = world.invoice(&budi, &[50_000]).await;
    let before = invoice::get_full(&ctx.db, &issued.id).await.unwrap();

    let dearer = tax_rule::Entity::update_many().col_expr(tax_rule::Column::BaseNum, Expr::value(12_i64));
    dearer.exec(&ctx.db).await.unwrap();
    let renamed = ProfileChange { name: Some("Budi Baru".to_owned()), ..ProfileChange::default() };
    let budi = customers::update_profile(&ctx, &budi.id, renamed).await.unwrap();

    let after = invoice::get_full(&ctx.db, &issued.id).await.unwrap();
    assert_eq!((after.invoice, after.items, after.taxes), (before.invoice, before.items, before.taxes));
    let next = world.invoice(&budi, &[50_000]).await;
    assert_eq!((next.tax_minor, next.buyer["name"].as_str()), (6_000, Some("Budi Baru")));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_seller_who_is_no_pkp_writes_no_tax_at_all() {
    let world = World::new().await;
    let budi = world.customer().await;
    let plain = world.invoice(&budi, &[50_000]).await;
    assert_eq!((plain.tax_minor, plain.total_minor), (0, 50_000));
    assert!(invoice::get_full(&world.services.db, &plain.id).await.unwrap().taxes.is_empty());
}

#[tokio::test]
async fn an_invoice_over_nothing_is_paid_at_once() {
    let world = World::new().await;
    let budi = world.customer().await;
    let free = world.invoice(&budi, &[0]).await;
    assert_eq!(free.status, InvoiceStatus::Paid);
    assert_eq!((world.news("invoice.issued").await, world.news("invoice.paid").await), (1, 1));
    world.books_are_right().await;
}

#[tokio::test]
async fn an_invoice_that_is_rolled_back_gives_its_number_back() {
    let world = World::new().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let tx = ctx.begin().await.unwrap();
    let new =
        NewInvoice { customer: &budi, kind: InvoiceKind::Order, lines: vec![line(5)], due_at: ctx.now(), notes: None };
    invoice::issue(&ctx, &tx, new.clone()).await.unwrap();
    drop(tx);
    assert_eq!(world.invoice(&budi, &[5]).await.number.as_deref(), Some("INV/2026/000001"));

    let tx = ctx.begin().await.unwrap();
    let empty = NewInvoice { lines: vec![], ..new.clone() };
    assert!(matches!(invoice::issue(&ctx, &tx, empty).await, Err(InvoiceError::NoLines)));
    let negative = NewInvoice { lines: vec![line(-5)], ..new };
    assert!(matches!(invoice::issue(&ctx, &tx, negative).await, Err(InvoiceError::InvalidAmount)));
}

#[tokio::test]
async fn numbers_begin_anew_with_the_business_year() {
    let world = World::new().await;
    let budi = world.customer().await;
    world.invoice(&budi, &[5]).await;
    // 31 December 2026, 17:00 UTC is the first of January in Jakarta.
    let new_year = "2026-12-31T17:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    world.advance(new_year - world.services.clock.now());
    assert_eq!(world.invoice(&budi, &[5]).await.number.as_deref(), Some("INV/2027/000001"));
    world.books_are_right().await;
}

#[tokio::test]
async fn only_an_untouched_invoice_can_be_voided_and_it_says_why() {
    let world = World::new().await;
    let (ctx, staff) = (world.system(), world.staff("ana"));
    let budi = world.customer().await;
    let (voided, touched) = (world.invoice(&budi, &[50_000]).await, world.invoice(&budi, &[50_000]).await);

    let tx = staff.begin().await.unwrap();
    assert!(matches!(invoice::void(&staff, &tx, &voided.id, " ").await, Err(InvoiceError::ReasonRequired)));
    invoice::void(&staff, &tx, &voided.id, "ordered twice").await.unwrap();
    tx.commit().await.unwrap();
    let tx = ctx.begin().await.unwrap();
    // As if a payment had come; the ledger of it is not the point here, so it is rolled back.
    invoice::apply_money(&ctx, &tx, &touched.id, 10, ctx.now(), &[]).await.unwrap();
    let error = invoice::void(&staff, &tx, &touched.id, "late").await.unwrap_err();
    drop(tx);

    assert_eq!(error.code(), "INVOICE_NOT_VOIDABLE");
    let seen = world.reload(&voided).await;
    assert_eq!(invoice::display_status(&seen, ctx.now()), InvoiceDisplay::Void);
    assert_eq!(world.news("invoice.voided").await, 1);
    let tx = ctx.begin().await.unwrap();
    assert!(matches!(invoice::void(&staff, &tx, &voided.id, "again").await, Err(InvoiceError::NotVoidable { .. })));
    drop(tx);
    world.books_are_right().await;
}

#[tokio::test]
async fn somebody_elses_invoice_looks_like_a_missing_one() {
    let world = World::new().await;
    let (budi, siti) = (world.customer().await, world.customer().await);
    let bill = world.invoice(&budi, &[50_000]).await;
    let db = &world.services.db;
    assert!(invoice::get_for(db, &budi.id, &bill.id).await.is_ok());
    assert!(matches!(invoice::get_for(db, &siti.id, &bill.id).await, Err(InvoiceError::NotFound)));
    assert_eq!(invoice::by_public_token(db, &bill.public_token).await.unwrap().id, bill.id);
    assert!(matches!(invoice::by_public_token(db, "guess").await, Err(InvoiceError::NotFound)));
}

#[tokio::test]
async fn staff_find_invoices_by_number_state_and_age() {
    let world = World::new().await;
    let ctx = world.system();
    let budi = world.customer().await;
    for _ in 0..3 {
        world.invoice(&budi, &[50_000]).await;
    }
    world.invoice(&budi, &[0]).await;
    let request = PageRequest { after: None, limit: 2 };
    let found = async |filter: Filter| invoice::list(&ctx, &filter, &PageRequest::default()).await.unwrap().rows.len();

    let page = invoice::list(&ctx, &Filter::default(), &request).await.unwrap();
    assert_eq!((page.rows.len(), page.rows[0].number.as_deref()), (2, Some("INV/2026/000004")));
    let next = PageRequest::parse(page.next_cursor.as_deref(), Some(2)).unwrap();
    assert_eq!(
        invoice::list(&ctx, &Filter::default(), &next).await.unwrap().rows[0].number.as_deref(),
        Some("INV/2026/000002")
    );
    assert_eq!(found(Filter { status: Some(InvoiceStatus::Issued), ..Filter::default() }).await, 3);
    assert_eq!(found(Filter { number: Some("INV/2026/000002".into()), ..Filter::default() }).await, 1);
    assert_eq!(found(Filter { number: Some("%".into()), ..Filter::default() }).await, 0);
    assert_eq!(found(Filter { is_overdue: true, ..Filter::default() }).await, 0);
    world.advance(Duration::days(8));
    assert_eq!(found(Filter { is_overdue: true, ..Filter::default() }).await, 3);
}

async fn credit(world: &World, id: &entity::value::InvoiceId, credit: Credit, key: &str) -> Result<i64, InvoiceError> {
    let ctx = world.staff("ana");
    let tx = ctx.begin().await.unwrap();
    let new = NewCreditNote { invoice_id: id, credit, against: Against::Open, reason: "not delivered", key };
    let issued = credit_note::issue(&ctx, &tx, new).await?;
    tx.commit().await.unwrap();
    Ok(issued.note.total_minor)
}

#[tokio::test]
async fn a_credit_note_takes_back_its_share_once_and_never_more_than_is_left() {
    let world = World::new().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000, 33_333]).await;

    assert_eq!(credit(&world, &bill.id, Credit::Gross(10_000), "a").await.unwrap(), 10_000);
    assert_eq!(credit(&world, &bill.id, Credit::Gross(10_000), "a").await.unwrap(), 10_000, "the same key");
    let left = bill.total_minor - 10_000;
    let error = credit(&world, &bill.id, Credit::Gross(left + 1), "b").await.unwrap_err();
    assert!(matches!(error, InvoiceError::NotCreditable { available_minor } if available_minor == left));
    assert!(credit(&world, &bill.id, Credit::Gross(0), "c").await.is_err());

    let notes = credit_note::list_of(&world.services.db, &bill.id).await.unwrap();
    assert_eq!((notes.len(), notes[0].number.as_str()), (1, "CN/2026/000001"));
    assert_eq!(notes[0].subtotal_minor + notes[0].tax_minor, 10_000);
    assert_eq!(invoice::open_minor(&world.reload(&bill).await), left);

    assert_eq!(credit(&world, &bill.id, Credit::Rest, "d").await.unwrap(), left);
    let closed = world.reload(&bill).await;
    assert_eq!((closed.status, closed.credited_minor), (InvoiceStatus::Void, bill.total_minor));
    let notes = credit_note::list_of(&world.services.db, &bill.id).await.unwrap();
    assert_eq!(notes.iter().map(|note| note.tax_minor).sum::<i64>(), bill.tax_minor, "to the rupiah");
    world.books_are_right().await;
}

#[tokio::test]
async fn one_line_can_be_credited_whole() {
    let world = World::new().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000, 33_333]).await;
    let items = invoice::items_of(&world.services.db, &bill.id).await.unwrap();

    let total = credit(&world, &bill.id, Credit::Items(vec![items[1].id.clone()]), "a").await.unwrap();

    assert_eq!(total, items[1].net_minor + items[1].tax_minor);
    assert!(
        credit(&world, &bill.id, Credit::Items(vec![items[1].id.clone()]), "b").await.is_err(),
        "nothing is left of it"
    );
    world.books_are_right().await;
}
