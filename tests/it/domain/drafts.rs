//! Invoices that staff write line by line: a draft is nothing to anybody else, and issued it is an invoice, once.
use crate::support::{World, drafts::line, shop::Buyer};
use chrono::Duration;
use entity::{
    billing::{invoice, invoice_item, invoice_tax},
    platform::audit_log,
    value::{InvoiceId, InvoiceKind, InvoiceStatus, business_day},
};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        billing::{
            InvoiceError,
            invoice::{
                self as invoices, Filter,
                draft::{self, DraftInput},
            },
        },
        customers::{self, ProfileChange},
        desk::{self, Leave},
        ledger::{self, BankAccount},
        payments::attempt::{self, Choice, together},
    },
    kernel::{fault::Fault, page::PageRequest},
};

async fn shop() -> (World, Buyer) {
    let world = World::new().await;
    world.open_shop().await;
    let budi = world.buyer("budi").await;
    (world, budi)
}

async fn now(world: &World, id: &InvoiceId) -> invoice::Model {
    invoices::get(&world.services.db, id).await.unwrap()
}

async fn postings(world: &World) -> i64 {
    ledger::verify(&world.services.db).await.unwrap().totals.postings
}

async fn acts(world: &World, id: &InvoiceId) -> Vec<String> {
    let rows = audit_log::Entity::find().filter(audit_log::Column::TargetId.eq(id.as_str()));
    let mut acts: Vec<String> = rows.all(&world.services.db).await.unwrap().into_iter().map(|row| row.action).collect();
    acts.sort();
    acts
}

fn faults<T: std::fmt::Debug>(result: Result<T, InvoiceError>) -> Vec<String> {
    let faults = result.unwrap_err().fields();
    faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
}

#[tokio::test]
async fn a_draft_has_its_totals_and_owes_nothing() {
    let (world, budi) = shop().await;
    let before = postings(&world).await;

    let made = world.writes(&budi, vec![line("Pelatihan", 2, 250_000), line("Perjalanan", 1, 99_999)]).await;

    assert_eq!((made.status, made.kind, made.number.as_deref()), (InvoiceStatus::Draft, InvoiceKind::Manual, None));
    assert_eq!((made.subtotal_minor, made.tax_minor, made.total_minor), (599_999, 66_000, 665_999));
    assert_eq!((made.issued_at, made.document_hash.as_deref(), made.tax_point_at), (None, None, None));
    let today = business_day(world.system().now());
    assert_eq!(draft::due_day(&made), Some(today + chrono::Days::new(7)), "as the settings say");
    let full = invoices::get_full(&world.services.db, &made.id).await.unwrap();
    assert_eq!((full.items.len(), full.taxes.len()), (2, 1));
    assert_eq!(full.invoice, made, "what was written is what was told");
    assert_eq!(invoices::open_minor(&made), 0);
    assert!(invoices::owed_by(&world.services.db, &budi.customer_id).await.unwrap().is_empty());
    assert_eq!((world.news("invoice.issued").await, postings(&world).await), (0, before));
    assert_eq!(acts(&world, &made.id).await, ["billing.draft.create"]);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_draft_is_changed_as_often_as_staff_like_and_thrown_away_without_a_trace_but_the_trail() {
    let (world, budi) = shop().await;
    let (ana, db) = (world.staff("ana"), &world.services.db);
    let made = world.writes(&budi, vec![line("Pelatihan", 2, 250_000), line("Perjalanan", 1, 100_000)]).await;
    let before = invoices::get_full(db, &made.id).await.unwrap();

    let change = |input: &mut DraftInput| {
        input.notes = " Tahap pertama\n".to_owned();
        input.lines.remove(0);
        input.lines.push(line("Audit", 1, 900_000));
    };
    let changed = draft::revise(&ana, &made.id, change).await.unwrap();

    assert_eq!((changed.subtotal_minor, changed.notes.as_deref()), (1_000_000, Some("Tahap pertama")));
    assert_eq!(draft::due_day(&changed), draft::due_day(&made), "what nobody names stays");
    let after = invoices::get_full(db, &made.id).await.unwrap();
    assert_eq!(after.items[0].id, before.items[1].id, "a line keeps its id");
    assert_eq!((after.items[1].position, after.items[1].description.as_str()), (2, "Audit"));

    draft::discard(&ana, &made.id, None).await.unwrap();

    assert!(matches!(draft::discard(&ana, &made.id, None).await, Err(InvoiceError::NotFound)));
    assert_eq!(invoice_item::Entity::find().count(db).await.unwrap(), 0);
    assert_eq!(invoice_tax::Entity::find().count(db).await.unwrap(), 0);
    let all = ["billing.draft.change", "billing.draft.create", "billing.draft.discard"];
    assert_eq!(acts(&world, &made.id).await, all);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_is_said_at_its_fields() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let today = business_day(ana.now());
    let wrong = DraftInput {
        due: today.pred_opt(),
        notes: "x".repeat(2_001),
        lines: vec![line(" ", 0, -1), line("Pelatihan", 1, 0)],
    };
    let expected = [
        "due due_past",
        "notes too_long",
        "lines[0].description required",
        "lines[0].quantity out_of_range",
        "lines[0].price out_of_range",
    ];
    assert_eq!(faults(draft::create(&ana, &budi.customer_id, wrong).await), expected);
    let far = DraftInput { due: Some(today + chrono::Days::new(366)), ..DraftInput::default() };
    assert_eq!(faults(draft::create(&ana, &budi.customer_id, far).await), ["due due_far"]);
    let many = DraftInput { lines: vec![line("x", 1, 1); 31], ..DraftInput::default() };
    assert_eq!(faults(draft::create(&ana, &budi.customer_id, many).await), ["lines too_many"]);
    let nobody = draft::create(&ana, &"cus_nobody".into(), DraftInput::default()).await;
    assert_eq!(faults(nobody), ["customer unknown"]);
    assert_eq!(invoice::Entity::find().count(&ana.db).await.unwrap(), 0);
}

#[tokio::test]
async fn an_issued_draft_keeps_its_id_and_is_an_invoice_of_this_day() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let draft = world.writes(&budi, vec![line("Pelatihan", 2, 250_000)]).await;
    let other = world.writes(&budi, vec![line("Audit", 1, 100_000)]).await;
    world.advance(Duration::days(1));
    let renamed = ProfileChange { name: Some("Budi Baru".to_owned()), ..ProfileChange::default() };
    customers::update_profile(&ana, &budi.customer_id, renamed).await.unwrap();

    // The one that was begun last is issued first: numbers are given at issue.
    let first = draft::issue(&ana, &other.id, None).await.unwrap();
    let second = draft::issue(&ana, &draft.id, None).await.unwrap();

    assert_eq!((first.number.as_deref(), &first.id), (Some("INV/2026/000001"), &other.id));
    assert_eq!((second.number.as_deref(), &second.id), (Some("INV/2026/000002"), &draft.id));
    assert_eq!(second.previous_hash, first.document_hash);
    assert_eq!((second.status, second.total_minor), (InvoiceStatus::Issued, 555_000));
    assert_eq!((second.buyer["name"].as_str(), second.issued_at), (Some("Budi Baru"), Some(ana.now())));
    assert_eq!(second.due_at, draft.due_at);
    assert_eq!(now(&world, &draft.id).await, second);
    let owed = invoices::owed_by(&ana.db, &budi.customer_id).await.unwrap();
    assert_eq!(owed, [("IDR".to_owned(), 2, 666_000)]);
    assert_eq!(acts(&world, &draft.id).await, ["billing.draft.create", "billing.invoice.issue"]);
    world.settle_down().await;
    let mails = world.mails_to(&budi.email).await;
    assert_eq!(mails.iter().filter(|mail| mail.template == "invoice_issued").count(), 2);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_draft_issued_twice_at_once_is_one_invoice() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let draft = world.writes(&budi, vec![line("Pelatihan", 1, 250_000)]).await;
    let seen = draft::seen(&invoices::get_full(&ana.db, &draft.id).await.unwrap());

    let clicks = join_all((0..3).map(|_| draft::issue(&ana, &draft.id, Some(&seen)))).await;

    for click in clicks {
        assert_eq!(click.unwrap().number.as_deref(), Some("INV/2026/000001"));
    }
    let again = draft::issue(&ana, &draft.id, Some(&seen)).await.unwrap();
    assert_eq!(again, now(&world, &draft.id).await, "later too");
    assert_eq!((world.news("invoice.issued").await, invoice::Entity::find().count(&ana.db).await.unwrap()), (1, 1));
    let change = draft::revise(&ana, &draft.id, |input| input.notes = "x".to_owned()).await;
    assert!(matches!(change, Err(InvoiceError::NotDraft)));
    assert!(matches!(draft::discard(&ana, &draft.id, None).await, Err(InvoiceError::NotDraft)));
    invoices::void_now(&ana, &draft.id, "Salah").await.unwrap();
    assert!(matches!(draft::issue(&ana, &draft.id, None).await, Err(InvoiceError::NotDraft)));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_draft_that_changed_since_it_was_seen_stays_as_it_is() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let draft = world.writes(&budi, vec![line("Pelatihan", 1, 250_000)]).await;
    let seen = draft::seen(&invoices::get_full(&ana.db, &draft.id).await.unwrap());
    draft::revise(&world.staff("sari"), &draft.id, |input| input.lines[0].unit_minor = 950_000).await.unwrap();

    let issue = draft::issue(&ana, &draft.id, Some(&seen)).await;
    let discard = draft::discard(&ana, &draft.id, Some(&seen)).await;

    assert!(matches!(issue, Err(InvoiceError::DraftChanged)));
    assert!(matches!(discard, Err(InvoiceError::DraftChanged)));
    let left = now(&world, &draft.id).await;
    assert_eq!((left.status, left.subtotal_minor), (InvoiceStatus::Draft, 950_000));
}

#[tokio::test]
async fn a_draft_without_lines_or_with_a_day_that_is_over_is_not_issued() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let empty = world.writes(&budi, Vec::new()).await;
    let draft = world.writes(&budi, vec![line("Pelatihan", 1, 250_000)]).await;
    assert_eq!(faults(draft::issue(&ana, &empty.id, None).await), ["lines required"]);
    let at_once = draft::create_issued(&ana, &budi.customer_id, DraftInput::default()).await;
    assert_eq!(faults(at_once), ["lines required"]);

    world.advance(Duration::days(8));
    let ana = world.staff("ana");

    assert_eq!(faults(draft::issue(&ana, &draft.id, None).await), ["due due_past"]);
    draft::revise(&ana, &draft.id, |input| input.notes = "Masih draf".to_owned()).await.unwrap();
    let day = business_day(ana.now());
    draft::revise(&ana, &draft.id, |input| input.due = Some(day)).await.unwrap();
    let issued = draft::issue(&ana, &draft.id, None).await.unwrap();
    assert_eq!(draft::due_day(&issued), Some(day));
    assert!(issued.due_at.is_some_and(|at| at > ana.now()), "the day itself is in time");
}

#[tokio::test]
async fn a_draft_over_nothing_is_paid_when_it_is_issued() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let draft = world.writes(&budi, vec![line("Garansi", 1, 0)]).await;
    assert_eq!((draft.status, world.news("invoice.paid").await), (InvoiceStatus::Draft, 0));

    let issued = draft::issue(&ana, &draft.id, None).await.unwrap();

    assert_eq!((issued.status, world.news("invoice.paid").await), (InvoiceStatus::Paid, 1));
    assert_eq!(draft::issue(&ana, &draft.id, None).await.unwrap().number, issued.number);
    world.books_are_right().await;
}

#[tokio::test]
async fn nobody_but_staff_finds_a_draft() {
    let (world, budi) = shop().await;
    let (ctx, whose) = (world.system(), &budi.customer_id);
    let draft = world.writes(&budi, vec![line("Pelatihan", 1, 250_000)]).await;
    let request = PageRequest::default();

    assert!(matches!(invoices::get_for(&ctx.db, whose, &draft.id).await, Err(InvoiceError::NotFound)));
    let by_link = invoices::by_public_token(&ctx.db, &draft.public_token).await;
    assert!(matches!(by_link, Err(InvoiceError::NotFound)));
    let seen = Filter { customer_id: Some(whose.clone()), ..Filter::default() };
    assert!(invoices::list(&ctx, &seen, &request).await.unwrap().rows.is_empty());
    assert!(invoices::list(&ctx, &Filter::default(), &request).await.unwrap().rows.is_empty());
    let of_staff = Filter { with_drafts: true, ..Filter::default() };
    assert_eq!(invoices::list(&ctx, &of_staff, &request).await.unwrap().rows.len(), 1);
    let paid = attempt::start(&ctx, whose, &draft.id, &Choice::wallet()).await;
    assert_eq!(paid.unwrap_err().code(), "NOT_FOUND");
    let paid = together::pay(&ctx, whose, std::slice::from_ref(&draft.id), &Choice::wallet()).await;
    assert_eq!(paid.unwrap_err().code(), "NOT_FOUND");
    let pdf = yumna::domain::documents::invoice_pdf(&ctx, &draft.id).await;
    assert_eq!(pdf.unwrap_err().code(), "NOT_FOUND", "it is no document");
    assert!(matches!(invoices::void_now(&ctx, &draft.id, "x").await, Err(InvoiceError::NotVoidable { .. })));
}

#[tokio::test]
async fn a_closed_account_is_not_billed_any_more() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    let draft = world.writes(&budi, vec![line("Pelatihan", 1, 250_000)]).await;
    let bank = BankAccount { bank_name: "BCA", account_holder: "Budi Santoso", account_number: "1234567890" };

    desk::close(&ana, &budi.customer_id, &Leave { reason: "Pindah", bank }).await.expect("a draft is no obstacle");

    assert!(matches!(draft::issue(&ana, &draft.id, None).await, Err(InvoiceError::CustomerClosed)));
    let another = draft::create(&ana, &budi.customer_id, DraftInput::default()).await;
    assert!(matches!(another, Err(InvoiceError::CustomerClosed)));
    draft::discard(&ana, &draft.id, None).await.unwrap();
    world.books_are_right().await;
}

#[tokio::test]
async fn a_draft_goes_with_an_account_that_is_merged() {
    let (world, old) = shop().await;
    let ana = world.staff("ana");
    let new = world.buyer("siti").await;
    let draft = world.writes(&old, vec![line("Pelatihan", 1, 250_000)]).await;

    desk::merge(&ana, &old.customer_id, &new.customer_id, "Mendaftar dua kali").await.unwrap();

    let another = draft::create(&ana, &old.customer_id, DraftInput::default()).await;
    assert_eq!(another.unwrap_err().code(), "CUSTOMER_MERGED");
    let issued = draft::issue(&ana, &draft.id, None).await.unwrap();
    assert_eq!((issued.customer_id, issued.number.as_deref()), (new.customer_id, Some("INV/2026/000001")));
    world.books_are_right().await;
}
