//! What was quoted is what is ordered and charged, to the unit, once; a quote that was sent never changes, and of an
//! answer, a withdrawal and the end of its days exactly one happens.
use crate::support::{
    World,
    people::PASSWORD,
    quotes::{plan, plan_for, words},
    shop::{self, Buyer},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::invoice,
    customers::customer,
    ordering::{order, quote},
    platform::audit_log,
    value::{
        Cycle, InvoiceId, OrderStatus, PurchasePolicy, QuoteId, QuoteStatus, SubscriptionId, SubscriptionStatus,
        business_day,
    },
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use yumna::{
    domain::{
        Ctx,
        billing::invoice as invoices,
        catalog::write::{self, Visibility},
        customers, identity,
        ordering::{
            self, OrderingError,
            quote::{self as quotes, Answers, QuoteInput, find},
        },
        payments::attempt::{self, Choice},
        settings, subscriptions,
    },
    kernel::{actor::Actor, fault::Fault, page::PageRequest},
};

async fn shop_with(quota: i64, policy: PurchasePolicy) -> (World, entity::catalog::plan::Model, Buyer) {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, policy).await;
    let basic = world.plan(&ghost, "ghost-basic", 1, quota).await;
    world.plan(&ghost, "ghost-pro", 2, quota).await;
    let budi = world.buyer("budi").await;
    (world, basic, budi)
}

fn faults<T: std::fmt::Debug>(result: Result<T, OrderingError>) -> Vec<String> {
    let faults = result.unwrap_err().fields();
    faults.into_iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect()
}

async fn bill_of(world: &World, order: &order::Model) -> invoices::Full {
    let id = InvoiceId(order.invoice_id.clone().unwrap());
    invoices::get_full(&world.services.db, &id).await.unwrap()
}

async fn orders_of(world: &World) -> u64 {
    order::Entity::find().count(&world.services.db).await.unwrap()
}

/// Jakarta's clock.
fn jakarta(time: &str) -> DateTime<Utc> {
    format!("{time}+07:00").parse().unwrap()
}

#[tokio::test]
async fn what_was_quoted_is_to_the_unit_what_is_charged_whatever_the_tax() {
    for (taxed, exempt) in [(true, false), (false, false), (true, true)] {
        let (world, basic, budi) = shop_with(10, PurchasePolicy::Multiple).await;
        if !taxed {
            settings::save_section(&world.system(), settings::Tax::default()).await.unwrap();
        }
        if exempt {
            customer::Entity::update_many()
                .col_expr(customer::Column::TaxExemptReason, Expr::value(Some("Kedutaan")))
                .filter(customer::Column::Id.eq(&budi.customer_id))
                .exec(&world.services.db)
                .await
                .unwrap();
        }
        // Amounts of which the tax of one and of three are not rounded alike.
        let lines =
            vec![plan_for("ghost-basic", 3, 33_337, 1_237), words("Pindahan situs", 7, 1_111), plan("ghost-pro", 1)];
        let draft = world.drafts(&budi, lines).await;
        let sent = quotes::send(&world.staff("ana"), &draft.id, None).await.unwrap();
        let order = world.accepts(&budi, &sent.id).await.unwrap();

        let bill = bill_of(&world, &order).await;
        let net = 3 * (33_337 + 1_237) + 7 * 1_111 + 100_000;
        let each = |net: i64| if taxed && !exempt { (net * 11 + 50) / 100 } else { 0 };
        let tax = 3 * (each(33_337) + each(1_237)) + each(7 * 1_111) + each(100_000);
        for (subtotal, taxes, total) in [
            (draft.subtotal_minor, draft.tax_minor, draft.total_minor),
            (sent.subtotal_minor, sent.tax_minor, sent.total_minor),
            (order.subtotal_minor, order.tax_minor, order.total_minor),
            (bill.invoice.subtotal_minor, bill.invoice.tax_minor, bill.invoice.total_minor),
        ] {
            assert_eq!((subtotal, taxes, total), (net, tax, net + tax), "taxed {taxed}, exempt {exempt}");
        }
        assert_eq!(sent.tax_label.is_some(), taxed && !exempt);
        assert_eq!(bill.items.len(), 3 * 2 + 1 + 1);
        assert_eq!(bill.invoice.notes.as_deref(), Some("Sesuai penawaran QUO/2026/000001"));
        assert_eq!(world.slots_used(&basic).await, 3);
        let now = world.quote(&sent.id).await;
        assert_eq!((now.status, now.order_id.as_deref()), (QuoteStatus::Accepted, Some(order.id.as_str())));
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn the_agreed_price_is_that_of_the_contract_and_the_order_shows_every_line() {
    let (world, _, budi) = shop_with(10, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    let sent = world.quotes(&budi, vec![plan_for("ghost-basic", 2, 40_000, 0), words("Pelatihan", 1, 250_000)]).await;
    let answers = Answers::from([("1".to_owned(), json!({ "title": "Toko Budi" }))]);
    let order = quotes::accept(&ctx, &budi.customer_id, &budi.user_id, &sent.id, &answers).await.unwrap();

    let view = ordering::find::view_owned(&ctx.db, &budi.customer_id, &order.id).await.unwrap();
    assert_eq!((view.items.len(), view.in_words().count()), (2, 1));
    assert_eq!(view.quote.as_ref().map(|full| full.quote.id.clone()), Some(sent.id.clone()));
    for line in &view.items {
        let id = SubscriptionId(line.item.subscription_id.clone().unwrap());
        let contract = subscriptions::find::get(&ctx.db, &id).await.unwrap();
        assert_eq!((contract.price_minor, contract.status), (40_000, SubscriptionStatus::Pending));
        assert_eq!(contract.config["title"], "Toko Budi", "each contract of a line takes its answers");
    }
    let tax = invoices::items_of(&ctx.db, &view.invoice.unwrap().id).await.unwrap();
    assert_eq!(tax.iter().map(|item| item.net_minor).sum::<i64>(), 330_000);
}

#[tokio::test]
async fn wrong_answers_are_refused_at_their_field_and_the_quote_stays_open() {
    let (world, _, budi) = shop_with(10, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![words("Pindahan", 1, 1_000), plan("ghost-basic", 1)]).await;
    for (answers, expected) in [
        (json!({ "2": { "title": "x".repeat(500) } }), "config.2.title too_long"),
        (json!({ "2": { "colour": "red" } }), "config.2.colour unknown"),
        (json!({ "2": "red" }), "config.2 invalid"),
        (json!({ "9": {} }), "config unknown"),
    ] {
        let answers: Answers = serde_json::from_value(answers).unwrap();
        let refused = quotes::accept(&world.system(), &budi.customer_id, &budi.user_id, &sent.id, &answers).await;
        assert_eq!(faults(refused), [expected]);
    }
    assert_eq!((world.quote(&sent.id).await.status, orders_of(&world).await), (QuoteStatus::Sent, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepted_twice_or_at_once_it_is_one_order() {
    let (world, basic, budi) = shop_with(50, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 2), words("Pelatihan", 1, 250_000)]).await;
    let mut clicks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (ctx, buyer, id) = (world.system(), budi.clone(), sent.id.clone());
        clicks.spawn(async move {
            quotes::accept(&ctx, &buyer.customer_id, &buyer.user_id, &id, &Answers::new()).await.unwrap().id
        });
    }
    let mut ids = clicks.join_all().await;
    ids.push(world.accepts(&budi, &sent.id).await.unwrap().id);
    ids.dedup();
    assert_eq!((ids.len(), orders_of(&world).await), (1, 1), "{ids:?}");
    assert_eq!(invoice::Entity::find().count(&world.services.db).await.unwrap(), 1);
    assert_eq!(world.slots_used(&basic).await, 2);
    assert_eq!(world.news("quote.decided").await, 1);
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_accepting_withdrawing_declining_and_expiring_exactly_one_happens() {
    let (world, basic, budi) = shop_with(50, PurchasePolicy::Multiple).await;
    for _ in 0..6 {
        let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;
        let before = orders_of(&world).await;
        let mut acts = tokio::task::JoinSet::new();
        let (ctx, buyer, id) = (world.system(), budi.clone(), sent.id.clone());
        acts.spawn(async move {
            let accepted = quotes::accept(&ctx, &buyer.customer_id, &buyer.user_id, &id, &Answers::new()).await;
            accepted.map(|_| QuoteStatus::Accepted).map_err(|fault| fault.code())
        });
        let (ctx, id) = (world.staff("ana"), sent.id.clone());
        acts.spawn(async move {
            let withdrawn = quotes::withdraw(&ctx, &id, "Salah harga", None).await;
            withdrawn.map(|row| row.status).map_err(|fault| fault.code())
        });
        let (ctx, buyer, id) = (world.system(), budi.clone(), sent.id.clone());
        acts.spawn(async move {
            let declined = quotes::decline(&ctx, &buyer.customer_id, &id, "Terlalu mahal").await;
            declined.map(|row| row.status).map_err(|fault| fault.code())
        });
        let results = acts.join_all().await;

        let done: Vec<QuoteStatus> = results.iter().filter_map(|result| result.ok()).collect();
        let row = world.quote(&sent.id).await;
        assert_eq!(done, [row.status], "{results:?}");
        assert!(results.iter().all(|result| matches!(result, Ok(_) | Err("QUOTE_NOT_OPEN"))), "{results:?}");
        let is_accepted = row.status == QuoteStatus::Accepted;
        assert_eq!((orders_of(&world).await - before, row.order_id.is_some()), (u64::from(is_accepted), is_accepted));
    }
    let accepted = quote::Entity::find().filter(quote::Column::Status.eq(QuoteStatus::Accepted));
    let accepted = accepted.count(&world.services.db).await.unwrap();
    assert_eq!(world.slots_used(&basic).await, i64::try_from(accepted).unwrap());
    world.books_are_right().await;
}

#[tokio::test]
async fn a_full_plan_is_said_and_the_quote_stays_open() {
    let (world, basic, budi) = shop_with(2, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 3), words("Pelatihan", 1, 250_000)]).await;
    let before = world.snapshot().await;

    let refused = world.accepts(&budi, &sent.id).await.unwrap_err();

    assert_eq!(refused.code(), "QUOTA_EXCEEDED");
    assert_eq!(before, world.snapshot().await, "nothing is left of the attempt");
    write::set_quota_total(&world.system(), &basic.id, 3).await.unwrap();
    let order = world.accepts(&budi, &sent.id).await.unwrap();
    assert_eq!((order.number.as_str(), world.slots_used(&basic).await), ("ORD/2026/000001", 3));
}

#[tokio::test]
async fn an_upgrade_only_service_is_quoted_once_and_not_to_whom_has_it() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let ctx = world.staff("ana");
    let twice = QuoteInput { lines: vec![plan("ghost-basic", 1), plan("ghost-pro", 1)], ..QuoteInput::default() };
    assert_eq!(faults(quotes::create(&ctx, &budi.customer_id, twice).await), ["lines[1].plan only_one"]);
    let two = QuoteInput { lines: vec![plan("ghost-basic", 2)], ..QuoteInput::default() };
    assert_eq!(faults(quotes::create(&ctx, &budi.customer_id, two).await), ["lines[0].quantity only_one"]);

    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;
    world.orders(&budi, "ghost-pro").await.unwrap();
    assert_eq!(world.accepts(&budi, &sent.id).await.unwrap_err().code(), "DUPLICATE_SUBSCRIPTION");
    assert_eq!(world.quote(&sent.id).await.status, QuoteStatus::Sent);
}

#[tokio::test]
async fn a_quote_counts_until_the_end_of_its_last_day_in_jakarta() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let [first, second] = [
        world.quotes(&budi, vec![plan("ghost-basic", 1)]).await,
        world.quotes(&budi, vec![plan("ghost-basic", 1)]).await,
    ];
    assert_eq!(first.valid_until.to_string(), "2026-12-05", "14 days from the 21st of November");
    world.clock.advance(jakarta("2026-12-05T23:59:00") - world.services.clock.now());
    quotes::expire_due(&world.system()).await.unwrap();
    world.accepts(&budi, &first.id).await.unwrap();

    world.advance(Duration::minutes(2));
    let late = world.accepts(&budi, &second.id).await.unwrap_err();
    assert_eq!((late.code(), late.extra()["quote_status"].as_str()), ("QUOTE_NOT_OPEN", Some("expired")));
    assert_eq!(world.quote(&second.id).await.status, QuoteStatus::Sent, "nobody has noted it yet");
    assert_eq!(find::standing(&world.quote(&second.id).await, world.services.clock.now()), QuoteStatus::Expired);
    for expected in [1, 0] {
        assert_eq!(quotes::expire_due(&world.system()).await.unwrap(), expected);
    }
    let status = (world.quote(&first.id).await.status, world.quote(&second.id).await.status);
    assert_eq!(status, (QuoteStatus::Accepted, QuoteStatus::Expired));
    assert_eq!(world.news("quote.decided").await, 2);
    let withdrawn = quotes::withdraw(&world.staff("ana"), &second.id, "x", None).await.unwrap_err();
    assert_eq!(withdrawn.code(), "QUOTE_NOT_OPEN");
}

/// A member of staff who gets mail.
async fn maker(world: &World) -> Ctx {
    identity::roles::seed(&world.system()).await.unwrap();
    let admin = identity::create_admin(&world.system(), "sari@example.test", "Sari", Some(PASSWORD)).await.unwrap();
    Ctx { actor: Actor::Staff { user_id: admin.user_id }, ..world.system() }
}

#[tokio::test]
async fn customers_get_a_quote_and_one_reminder_and_its_maker_hears_the_answer() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let sari = maker(&world).await;
    let make = async |lines| {
        let input = QuoteInput { lines, ..QuoteInput::default() };
        let draft = quotes::create(&sari, &budi.customer_id, input).await.unwrap();
        quotes::send(&sari, &draft.id, None).await.unwrap()
    };
    let kept = make(vec![plan("ghost-basic", 1), words("Pelatihan", 1, 250_000)]).await;
    let declined = make(vec![words("Konsultasi", 2, 100_000)]).await;
    let forgotten = make(vec![words("Audit", 1, 500_000)]).await;
    let mails = async |address: &str, template: &str| {
        world.settle_down().await;
        let mut mails = world.mails_to(address).await;
        mails.retain(|mail| mail.template == template);
        mails
    };
    let sent = mails(&budi.email, "quote_sent").await;
    assert_eq!(sent.len(), 3);
    let link = format!("/quote/{}", kept.public_token);
    let told = sent.iter().find(|mail| mail.text.contains(&link)).expect("each mail has the link of its quote");
    assert!(told.text.contains("Rp 333.000") && told.text.contains("akhir 5 Des 2026 (WIB)"), "{}", told.text);
    let of = |number: &Option<String>| {
        let number = number.as_deref().unwrap();
        sent.iter().find(|mail| mail.text.contains(number)).expect("each mail names its quote")
    };
    assert!(of(&declined.number).text.contains("2 × Konsultasi"), "{}", of(&declined.number).text);

    quotes::decline(&world.system(), &budi.customer_id, &declined.id, "Terlalu mahal").await.unwrap();
    let told = mails("sari@example.test", "quote_declined").await;
    assert!(told.len() == 1 && told[0].text.contains("Terlalu mahal"), "{told:?}");
    // Ten days later there is nothing to remind of; eleven days later there are three days left.
    for (days, reminders) in [(10, 0), (1, 2), (1, 2)] {
        world.advance(Duration::days(days));
        quotes::remind_due(&world.system()).await.unwrap();
        quotes::remind_due(&world.system()).await.unwrap();
        assert_eq!(mails(&budi.email, "quote_ending").await.len(), reminders, "after {days} more days");
    }
    let order = world.accepts(&budi, &kept.id).await.unwrap();
    let told = mails("sari@example.test", "quote_accepted").await;
    assert!(told.len() == 1 && told[0].text.contains(&order.number), "{told:?}");
    world.advance(Duration::days(3));
    let told = mails("sari@example.test", "quote_expired").await;
    assert!(told.len() == 1 && told[0].text.contains(forgotten.number.as_deref().unwrap()), "{told:?}");
}

#[tokio::test]
async fn what_was_sent_today_reminds_of_itself() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let today = business_day(world.services.clock.now());
    let input = QuoteInput { valid_until: Some(today), lines: vec![plan("ghost-basic", 1)], ..QuoteInput::default() };
    let draft = quotes::create(&world.staff("ana"), &budi.customer_id, input).await.unwrap();
    quotes::send(&world.staff("ana"), &draft.id, None).await.unwrap();
    assert_eq!(quotes::remind_due(&world.system()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_sent_quote_never_changes_and_its_copy_is_a_draft_of_its_own() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let ctx = world.staff("ana");
    let draft = world.drafts(&budi, vec![plan_for("ghost-basic", 2, 40_000, 5_000)]).await;
    assert_eq!((draft.number.clone(), draft.status), (None, QuoteStatus::Draft));
    let change = |input: &mut QuoteInput| input.lines.push(words("Pelatihan", 1, 250_000));
    let changed = quotes::revise(&ctx, &draft.id, change).await.unwrap();
    assert_eq!(changed.subtotal_minor, 340_000);
    let items = find::get_full(&ctx.db, &draft.id).await.unwrap().items;
    let gone = items[1].id.clone();
    let remove = |input: &mut QuoteInput| input.lines.retain(|line| line.id.as_ref() != Some(&gone));
    assert_eq!(quotes::revise(&ctx, &draft.id, remove).await.unwrap().subtotal_minor, 90_000);

    let sent = quotes::send(&ctx, &draft.id, None).await.unwrap();
    let again = quotes::send(&ctx, &draft.id, None).await.unwrap();
    assert_eq!((sent.number.as_deref(), &again.number), (Some("QUO/2026/000001"), &sent.number));
    let refused = quotes::revise(&ctx, &draft.id, |input| input.lines.clear()).await.unwrap_err();
    assert_eq!(refused.code(), "QUOTE_NOT_DRAFT");
    assert_eq!(world.quote(&draft.id).await, sent, "nothing of it changed");

    let copy = quotes::copy(&ctx, &sent.id).await.unwrap();
    assert_eq!((copy.status, copy.number.clone(), copy.total_minor), (QuoteStatus::Draft, None, sent.total_minor));
    assert_eq!(copy.copied_from.as_deref(), Some(sent.id.as_str()));
    assert_ne!(copy.public_token, sent.public_token);
    quotes::withdraw(&ctx, &sent.id, "Harga baru", None).await.unwrap();
    quotes::withdraw(&ctx, &sent.id, "Harga baru", None).await.unwrap();
    assert_eq!(world.accepts(&budi, &sent.id).await.unwrap_err().code(), "QUOTE_NOT_OPEN");
    assert_eq!(quotes::send(&ctx, &sent.id, None).await.unwrap_err().code(), "QUOTE_NOT_DRAFT");
    assert_eq!(quotes::send(&ctx, &copy.id, None).await.unwrap().number.as_deref(), Some("QUO/2026/000002"));
}

#[tokio::test]
async fn what_staff_enter_wrongly_is_named_field_by_field() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let ctx = world.staff("ana");
    let with = |lines| QuoteInput { lines, ..QuoteInput::default() };
    let mut silent = plan_for("ghost-basic", 1, 40_000, 0);
    if let quotes::What::Plan { reason, .. } = &mut silent.what {
        reason.clear();
    }
    let mut yearly = plan("ghost-basic", 1);
    if let quotes::What::Plan { cycle, .. } = &mut yearly.what {
        *cycle = "weekly".to_owned();
    }
    let input = with(vec![plan("nothing", 1), yearly, silent, plan("ghost-basic", 0), words(" ", 1, -1)]);
    let refused = quotes::create(&ctx, &budi.customer_id, input).await;
    assert_eq!(
        faults(refused),
        [
            "lines[0].plan unknown",
            "lines[1].cycle unknown",
            "lines[2].reason required",
            "lines[3].quantity out_of_range",
            "lines[4].description required",
            "lines[4].price out_of_range",
        ]
    );
    let many =
        quotes::create(&ctx, &budi.customer_id, with(vec![plan("ghost-basic", 11), plan("ghost-pro", 10)])).await;
    assert_eq!(faults(many), ["lines too_many"]);
    let past = QuoteInput { valid_until: "2026-11-20".parse().ok(), ..with(Vec::new()) };
    assert_eq!(faults(quotes::create(&ctx, &budi.customer_id, past).await), ["valid_until quote_past"]);
    let nobody = quotes::create(&ctx, &"cus_nobody".into(), with(Vec::new())).await;
    assert_eq!(faults(nobody), ["customer unknown"]);
    // The shop's own price needs no reason, also where it is written out.
    let written = with(vec![plan_for("ghost-basic", 1, 50_000, 0)]);
    let draft = quotes::create(&ctx, &budi.customer_id, written).await.unwrap();
    assert_eq!(find::get_full(&ctx.db, &draft.id).await.unwrap().items[0].price_reason, None);

    let empty = world.drafts(&budi, Vec::new()).await;
    assert_eq!(faults(quotes::send(&ctx, &empty.id, None).await), ["lines required"]);
    world.advance(Duration::days(20));
    assert_eq!(faults(quotes::send(&ctx, &draft.id, None).await), ["valid_until quote_past"]);
    assert_eq!(world.quote(&draft.id).await.status, QuoteStatus::Draft);
}

#[tokio::test]
async fn somebody_elses_quote_and_a_draft_are_missing() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let (ctx, rudi) = (world.system(), world.buyer("rudi").await);
    let draft = world.drafts(&budi, vec![plan("ghost-basic", 1)]).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;

    for (buyer, id) in [(&rudi, &sent.id), (&rudi, &draft.id), (&budi, &draft.id)] {
        assert_eq!(find::get_owned(&ctx.db, &buyer.customer_id, id).await.unwrap_err().code(), "NOT_FOUND");
        assert_eq!(world.accepts(buyer, id).await.unwrap_err().code(), "NOT_FOUND");
        let declined = quotes::decline(&ctx, &buyer.customer_id, id, "").await.unwrap_err();
        assert_eq!(declined.code(), "NOT_FOUND", "before anything else is looked at");
    }
    assert!(find::by_public_token(&ctx.db, &draft.public_token).await.is_err());
    assert_eq!(find::by_public_token(&ctx.db, &sent.public_token).await.unwrap().quote.id, sent.id);
    let page = PageRequest::default();
    assert_eq!(find::list_owned(&ctx.db, &budi.customer_id, &page).await.unwrap().rows.len(), 1);
    assert!(find::list_owned(&ctx.db, &rudi.customer_id, &page).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn a_tax_that_moved_is_never_charged_under_an_old_quote() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;
    let before = world.slots_used_in_all().await;
    customers::set_tax_country(&world.staff("ana"), &budi.customer_id, "SG", "ACRA 201912345K").await.unwrap();
    assert_eq!(world.accepts(&budi, &sent.id).await.unwrap_err().code(), "QUOTE_OUTDATED");
    assert_eq!((world.quote(&sent.id).await.status, orders_of(&world).await), (QuoteStatus::Sent, 0));
    assert_eq!(world.slots_used_in_all().await, before);
    customers::set_tax_country(&world.staff("ana"), &budi.customer_id, "ID", "Kembali").await.unwrap();
    assert_eq!(world.accepts(&budi, &sent.id).await.unwrap().total_minor, sent.total_minor);
}

#[tokio::test]
async fn the_shop_may_change_but_not_what_was_quoted() {
    let (world, basic, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;
    let dearer =
        write::NewPrice { cycle: Cycle::Monthly, amount_minor: 90_000, setup_fee_minor: 9_000, tax_included: None };
    write::set_price(&world.system(), &basic.id, dearer).await.unwrap();
    write::set_plan_visibility(&world.system(), &basic.id, Visibility::Hidden).await.unwrap();
    assert!(world.orders(&budi, "ghost-basic").await.is_err(), "the shop sells it no more");
    let order = world.accepts(&budi, &sent.id).await.unwrap();
    assert_eq!((sent.total_minor, order.total_minor), (55_500, 55_500));
    let anew = world.drafts(&budi, vec![plan("ghost-basic", 1)]).await;
    assert_eq!(anew.subtotal_minor, 99_000, "staff may quote what is hidden, at today's price");

    let ana = world.staff("ana");
    let copy = quotes::copy(&ana, &sent.id).await.unwrap();
    let line = find::get_full(&world.services.db, &copy.id).await.unwrap().items.remove(0);
    assert_eq!((line.unit_minor, line.list_minor), (50_000, Some(90_000)), "the old price, beside the shop's of today");
    assert_eq!(line.price_reason, sent.number, "by agreement, and it says which");
    let changed = quotes::revise(&ana, &copy.id, |input| input.intro = "Seperti dulu".to_owned());
    assert_eq!(changed.await.unwrap().subtotal_minor, 50_000);
}

#[tokio::test]
async fn an_order_of_words_alone_is_done_when_it_is_paid() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let ctx = world.system();
    world.gives(&budi, 500_000).await;
    let sent = world.quotes(&budi, vec![words("Pelatihan", 1, 250_000)]).await;
    let order = world.accepts(&budi, &sent.id).await.unwrap();
    let invoice_id = InvoiceId(order.invoice_id.clone().unwrap());
    attempt::start(&ctx, &budi.customer_id, &invoice_id, &Choice::wallet()).await.unwrap();
    world.settle_down().await;
    let paid = ordering::find::get(&ctx.db, &order.id).await.unwrap();
    assert_eq!(paid.status, OrderStatus::Active);
    let mails = world.mails_to(&budi.email).await;
    let about: Vec<&str> = mails.iter().map(|mail| mail.template.as_str()).collect();
    assert!(about.contains(&"payment_received") && !about.contains(&"order_paid"), "nothing is set up: {about:?}");
    world.books_are_right().await;
}

#[tokio::test]
async fn whoever_may_not_order_may_not_accept() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let nina = world.newcomer("nina").await;
    let sent = world.quotes(&nina, vec![plan("ghost-basic", 1)]).await;
    assert_eq!(world.accepts(&nina, &sent.id).await.unwrap_err().code(), "EMAIL_NOT_VERIFIED");
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;
    let facts = settings::Facts { is_gateway_tested: true, has_cluster: true };
    settings::set_selling(&world.system(), false, &facts).await.unwrap();
    assert_eq!(world.accepts(&budi, &sent.id).await.unwrap_err().code(), "SHOP_CLOSED");
    assert_eq!(orders_of(&world).await, 0);
}

#[tokio::test]
async fn a_quote_on_paper_is_what_was_sent_even_if_the_customer_moved() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1), words("Pelatihan", 1, 250_000)]).await;
    let full = find::get_full(&world.services.db, &sent.id).await.unwrap();
    let file = quotes::pdf(&world.system(), &full).await.unwrap();
    assert!(file.body.starts_with(b"%PDF-1.") && file.name == "QUO-2026-000001.pdf", "{}", file.name);
    assert_eq!(sent.buyer.as_ref().unwrap()["name"], "budi");
    assert_eq!(sent.seller.as_ref().unwrap()["legal_name"], "PT Awan Nusantara Digital");
}

#[tokio::test]
async fn a_plan_that_is_not_sold_any_more_is_neither_sent_nor_accepted_nor_copied() {
    let (world, basic, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let ana = world.staff("ana");
    let lines = || vec![words("Pelatihan", 1, 250_000), plan("ghost-basic", 1), plan("ghost-pro", 1)];
    let (draft, sent) = (world.drafts(&budi, lines()).await, world.quotes(&budi, lines()).await);
    world.stops_selling(&basic.product_id).await;
    let before = world.snapshot().await;

    let refused = [
        quotes::send(&ana, &draft.id, None).await.unwrap_err(),
        world.accepts(&budi, &sent.id).await.unwrap_err(),
        quotes::copy(&ana, &sent.id).await.unwrap_err(),
    ];

    for fault in refused {
        assert_eq!(fault.code(), "QUOTE_PLAN_GONE");
        assert_eq!(fault.args(), [("plan", "GHOST ghost-basic (Bulanan)".to_owned())], "which one is said");
    }
    assert_eq!(before, world.snapshot().await, "nothing is left of the attempts");
    let more = quotes::revise(&ana, &draft.id, |input| input.lines[1].quantity = 2).await;
    assert_eq!(faults(more), ["lines[1].plan unknown"]);
    for left in [300_000, 250_000] {
        assert_eq!(quotes::send(&ana, &draft.id, None).await.unwrap_err().code(), "QUOTE_PLAN_GONE");
        let less = quotes::revise(&ana, &draft.id, |input| drop(input.lines.pop())).await.unwrap();
        assert_eq!(less.subtotal_minor, left, "such lines are taken off one by one");
    }
    let sent = quotes::send(&ana, &draft.id, None).await.unwrap();
    assert_eq!((sent.status, sent.subtotal_minor), (QuoteStatus::Sent, 250_000), "without them it goes");
}

#[tokio::test]
async fn a_plan_that_staff_hid_is_sent_all_the_same() {
    let (world, basic, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let draft = world.drafts(&budi, vec![plan("ghost-basic", 1)]).await;
    write::set_plan_visibility(&world.system(), &basic.id, Visibility::Hidden).await.unwrap();
    assert_eq!(quotes::send(&world.staff("ana"), &draft.id, None).await.unwrap().status, QuoteStatus::Sent);
}

#[tokio::test]
async fn a_quote_that_is_not_what_staff_saw_is_neither_sent_nor_withdrawn() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let (ana, sari) = (world.staff("ana"), world.staff("sari"));
    let draft = world.drafts(&budi, vec![plan("ghost-basic", 1)]).await;
    let first = world.seen(&draft.id).await;
    let changes: [fn(&mut QuoteInput); 3] = [
        |input| input.lines.push(words("Pelatihan", 1, 250_000)),
        |input| input.terms = "Dibayar di muka".to_owned(),
        |input| input.valid_until = "2026-12-24".parse().ok(),
    ];
    for change in changes {
        let seen = world.seen(&draft.id).await;
        quotes::revise(&sari, &draft.id, change).await.unwrap();
        let before = world.snapshot().await;
        let send = quotes::send(&ana, &draft.id, Some(&seen)).await.unwrap_err();
        let withdraw = quotes::withdraw(&ana, &draft.id, "Tidak jadi", Some(&seen)).await.unwrap_err();
        assert_eq!((send.code(), withdraw.code()), ("QUOTE_CHANGED", "QUOTE_CHANGED"));
        assert_eq!(before, world.snapshot().await, "it waits for somebody who saw it as it is");
    }

    let now = world.seen(&draft.id).await;
    let sent = quotes::send(&sari, &draft.id, Some(&now)).await.unwrap();
    let withdraw = quotes::withdraw(&ana, &draft.id, "Draf tidak terpakai", Some(&now)).await.unwrap_err();
    assert_eq!(withdraw.code(), "QUOTE_CHANGED", "who discards a draft does not take back what the customer has");
    assert_eq!(quotes::send(&ana, &draft.id, Some(&now)).await.unwrap(), sent, "it was sent as she saw it");
    let late = quotes::send(&ana, &draft.id, Some(&first)).await.unwrap_err();
    assert_eq!(late.code(), "QUOTE_CHANGED", "what she wanted to send is not what was sent");
    let now = world.seen(&draft.id).await;
    for _ in 0..2 {
        let back = quotes::withdraw(&ana, &draft.id, "Salah harga", Some(&now)).await.unwrap();
        assert_eq!((back.status, back.reason.as_deref()), (QuoteStatus::Withdrawn, Some("Salah harga")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_of_staff_who_act_at_once_do_it_once() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let draft = world.drafts(&budi, vec![plan("ghost-basic", 1)]).await;
    let acts = async |act: &str| {
        let rows = audit_log::Entity::find().filter(audit_log::Column::Action.eq(act));
        rows.count(&world.services.db).await.unwrap()
    };

    let (mut clicks, seen) = (tokio::task::JoinSet::new(), world.seen(&draft.id).await);
    for name in ["ana", "sari", "ana", "sari"] {
        let (ctx, id, seen) = (world.staff(name), draft.id.clone(), seen.clone());
        clicks.spawn(async move { quotes::send(&ctx, &id, Some(&seen)).await.unwrap().number });
    }
    let numbers = clicks.join_all().await;
    assert!(numbers.iter().all(|number| number.as_deref() == Some("QUO/2026/000001")), "{numbers:?}");
    assert_eq!((acts("ordering.quote.send").await, world.news("quote.sent").await), (1, 1));

    let (mut clicks, seen) = (tokio::task::JoinSet::new(), world.seen(&draft.id).await);
    for name in ["ana", "sari", "ana", "sari"] {
        let (ctx, id, seen) = (world.staff(name), draft.id.clone(), seen.clone());
        clicks.spawn(async move { quotes::withdraw(&ctx, &id, name, Some(&seen)).await.unwrap().reason });
    }
    let mut reasons = clicks.join_all().await;
    reasons.dedup();
    assert_eq!((reasons.len(), acts("ordering.quote.withdraw").await), (1, 1), "{reasons:?}");
}

#[tokio::test]
async fn a_quote_follows_its_customers_language_until_it_is_sent_and_keeps_it_from_then_on() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let speaks = async |locale: &str| {
        let change = customers::ProfileChange { locale: Some(locale.to_owned()), ..Default::default() };
        customers::update_profile(&world.system(), &budi.customer_id, change).await.unwrap()
    };
    let told = async |id: &QuoteId| {
        let full = find::get_full(&world.services.db, id).await.unwrap();
        let lines: Vec<String> = quotes::shown(&full).into_iter().map(|line| line.description).collect();
        (full.quote.locale, lines)
    };
    let draft = world.drafts(&budi, vec![plan_for("ghost-basic", 1, 40_000, 5_000), words("Pelatihan", 1, 1)]).await;
    let indonesian = ["GHOST ghost-basic (Bulanan)", "Biaya pemasangan: GHOST ghost-basic (Bulanan)", "Pelatihan"]
        .map(str::to_owned);
    assert_eq!(told(&draft.id).await, ("id".to_owned(), indonesian.to_vec()));

    speaks("en").await;
    let sent = quotes::send(&world.staff("ana"), &draft.id, None).await.unwrap();
    let english =
        ["GHOST ghost-basic (Monthly)", "Setup fee: GHOST ghost-basic (Monthly)", "Pelatihan"].map(str::to_owned);
    assert_eq!(told(&sent.id).await, ("en".to_owned(), english.to_vec()), "what was typed stays as it was typed");
    assert_eq!((sent.total_minor, sent.subtotal_minor), (draft.total_minor, draft.subtotal_minor));

    speaks("id").await;
    assert_eq!(told(&sent.id).await, ("en".to_owned(), english.to_vec()));
    assert_eq!(world.quote(&sent.id).await, sent);
}

#[tokio::test]
async fn every_setup_fee_is_a_line_and_the_lines_sum_to_what_is_charged() {
    let (world, basic, budi) = shop_with(9, PurchasePolicy::Multiple).await;
    let with_fee =
        write::NewPrice { cycle: Cycle::Monthly, amount_minor: 50_000, setup_fee_minor: 7_000, tax_included: None };
    write::set_price(&world.system(), &basic.id, with_fee).await.unwrap();
    let lines = vec![
        plan("ghost-basic", 2),
        plan_for("ghost-basic", 1, 45_000, 0),
        plan_for("ghost-pro", 1, 90_000, 3_000),
        words("Pelatihan", 3, 250_000),
    ];
    let sent = world.quotes(&budi, lines).await;
    let full = find::get_full(&world.services.db, &sent.id).await.unwrap();

    let shown = quotes::shown(&full);

    let prices: Vec<_> = shown.iter().map(|line| (line.quantity, line.unit_minor, line.list_minor)).collect();
    assert_eq!(
        prices,
        [
            (2, 50_000, None),
            (2, 7_000, None),
            (1, 45_000, Some(50_000)),
            (1, 0, Some(7_000)),
            (1, 90_000, Some(100_000)),
            (1, 3_000, None),
            (3, 250_000, None),
        ],
        "a fee that is waived is shown as well"
    );
    let bill = bill_of(&world, &world.accepts(&budi, &sent.id).await.unwrap()).await;
    let net: i64 = shown.iter().map(|line| line.amount_minor).sum();
    assert_eq!((net, sent.subtotal_minor, bill.invoice.subtotal_minor), (1_002_000, 1_002_000, 1_002_000));
    assert_eq!(full.items.iter().map(quotes::agreed_minor).sum::<i64>(), net, "as staff see it");
    let fees: i64 = bill
        .items
        .iter()
        .filter(|item| item.description.starts_with("Biaya pemasangan"))
        .map(|item| item.net_minor)
        .sum();
    assert_eq!((fees, bill.invoice.total_minor), (2 * 7_000 + 3_000, sent.total_minor));
}

#[tokio::test]
async fn a_quote_names_buyer_and_seller_as_its_invoice_does() {
    let (world, _, budi) = shop_with(5, PurchasePolicy::Multiple).await;
    let sent = world.quotes(&budi, vec![plan("ghost-basic", 1)]).await;
    let bill = bill_of(&world, &world.accepts(&budi, &sent.id).await.unwrap()).await.invoice;
    let parties = |seller: &serde_json::Value| {
        let mut seller = seller.as_object().unwrap().clone();
        seller.retain(|key, _| !key.contains("_words") && !key.starts_with("terms_note"));
        seller
    };
    assert_eq!(sent.buyer, Some(bill.buyer));
    assert_eq!(parties(&sent.seller.unwrap()), parties(&bill.seller), "but for the words below them");
}
