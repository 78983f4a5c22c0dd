//! Reports of money and tax: what they say of a shop with a mixed past, and that the ledger says the same.
use crate::support::{
    World,
    gateway::{self, ScriptedGateway},
    money::{by, with_gateway},
    shop,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    billing::invoice,
    customers::customer,
    ledger::{account, entry},
    payments::payment,
    subscriptions::{plan_change, subscription},
    value::{Money, PaymentStatus, PlanChangeId, PlanChangeStatus, PurchasePolicy, SubscriptionStatus},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    EntityTrait, IntoActiveModel,
    sea_query::{Expr, ExprTrait},
};
use yumna::{
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice::void_now,
        },
        ledger,
        payments::{
            attempt,
            refund::{Destination, NewRefund, refund},
        },
        reports::{
            ageing,
            coretax::{self, Gap},
            gateways, mrr,
            range::Range,
            revenue,
            tax::{self, Listed},
            wallets,
        },
        settings,
    },
    kernel::page::PageRequest,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn month(text: &str) -> Range {
    Range::month_of(day(&format!("{text}-01")))
}

/// A shop that charges PPN, and what happens in it.
struct Shop {
    world: World,
    gateway: ScriptedGateway,
    budi: customer::Model,
    siti: customer::Model,
}

impl Shop {
    async fn open() -> Self {
        let (world, gateway) = with_gateway().await;
        world.charges_ppn().await;
        let (budi, siti) = (world.customer().await, world.customer().await);
        Self { world, gateway, budi, siti }
    }

    /// Money came for an invoice: so much of it.
    async fn receives(&self, bill: &invoice::Model, minor: i64) -> payment::Model {
        let ctx = self.world.system();
        let pay = attempt::start(&ctx, &bill.customer_id, &bill.id, &by("qris", None)).await.unwrap();
        self.gateway.pay(&pay.reference, minor);
        self.comes(&pay, PaymentStatus::Succeeded, minor).await
    }

    async fn comes(&self, pay: &payment::Model, status: PaymentStatus, minor: i64) -> payment::Model {
        let mut report = gateway::report(&pay.reference, minor);
        report.status = status;
        report.amount = Money::idr(minor);
        attempt::apply_report(&self.world.system(), &pay.id, &report).await.unwrap()
    }

    async fn sells(&self, customer: &customer::Model, net: i64) -> invoice::Model {
        let bill = self.world.invoice(customer, &[net]).await;
        self.receives(&bill, bill.total_minor).await;
        self.world.reload(&bill).await
    }

    async fn gives_back(&self, pay: &payment::Model, minor: i64, destination: Destination) {
        let key = format!("back:{}:{minor}", pay.id);
        let new = NewRefund { payment_id: &pay.id, amount_minor: minor, destination, reason: "Salah", key: &key };
        refund(&self.world.staff("ana"), new).await.unwrap();
    }

    async fn credits(&self, bill: &invoice::Model, gross: i64) {
        let key = format!("credit:{}", bill.id);
        let new = NewCreditNote {
            invoice_id: &bill.id,
            credit: Credit::Gross(gross),
            against: Against::Open,
            reason: "Potongan",
            key: &key,
        };
        credit_note::issue_now(&self.world.staff("ana"), new).await.unwrap();
    }

    async fn tops_up(&self, customer: &customer::Model, minor: i64) {
        let ctx = self.world.system();
        let pay = attempt::start_top_up(&ctx, &customer.id, minor, &by("qris", None)).await.unwrap();
        self.comes(&pay, PaymentStatus::Succeeded, minor).await;
    }

    async fn pays_from_wallet(&self, bill: &invoice::Model) {
        let ctx = self.world.system();
        let choice = crate::support::money::by_wallet();
        attempt::start(&ctx, &bill.customer_id, &bill.id, &choice).await.unwrap();
    }

    /// A November in which everything happens, and a December that goes on with it.
    async fn with_a_past() -> (Self, i64) {
        let shop = Self::open().await;
        let (budi, siti) = (shop.budi.clone(), shop.siti.clone());
        // A, given back in December.
        let a = shop.world.invoice(&budi, &[50_000]).await;
        let a_paid = shop.receives(&a, a.total_minor).await;
        // B, paid in December.
        let b = shop.world.invoice(&budi, &[49_999]).await;
        // C, void.
        let c = shop.world.invoice(&budi, &[70_000]).await;
        void_now(&shop.world.staff("ana"), &c.id, "Salah").await.unwrap();
        // D, partly paid; E, overpaid.
        let d = shop.world.invoice(&siti, &[100_000]).await;
        shop.receives(&d, 20_000).await;
        let e = shop.world.invoice(&siti, &[30_000]).await;
        shop.receives(&e, 40_000).await;
        // F, partly given back through the gateway.
        let f = shop.world.invoice(&siti, &[80_000]).await;
        let f_paid = shop.receives(&f, f.total_minor).await;
        shop.gives_back(&f_paid, 11_100, Destination::Gateway).await;
        // G, paid from a wallet that was topped up.
        shop.tops_up(&budi, 100_000).await;
        let g = shop.world.invoice(&budi, &[60_000]).await;
        shop.pays_from_wallet(&g).await;
        // H, without tax.
        let mut exempt = budi.clone();
        exempt.tax_exempt_reason = Some("Kedutaan".to_owned());
        let h = shop.world.invoice(&exempt, &[25_000]).await;
        shop.receives(&h, 25_000).await;
        // I, partly credited before the rest was paid; J, paid and taken back by the gateway.
        let i = shop.world.invoice(&siti, &[90_000]).await;
        shop.credits(&i, 9_990).await;
        shop.receives(&i, i.total_minor - 9_990).await;
        let j = shop.world.invoice(&siti, &[40_000]).await;
        let j_paid = shop.receives(&j, j.total_minor).await;
        shop.comes(&j_paid, PaymentStatus::Chargeback, j.total_minor).await;
        let owed = -shop.balance_of("wallet").await;

        shop.world.advance(Duration::days(20));
        shop.receives(&b, b.total_minor).await;
        shop.gives_back(&a_paid, a.total_minor, Destination::Wallet).await;
        shop.sells(&budi, 10_000).await;
        shop.world.books_are_right().await;
        (shop, owed)
    }

    /// What accounts of a kind come to in the ledger: debit positive.
    async fn balance_of(&self, kind: &str) -> i64 {
        let totals = ledger::verify(&self.world.services.db).await.unwrap().totals;
        totals.balances.get(&(kind.to_owned(), "IDR".to_owned())).copied().unwrap_or(0)
    }

    async fn tax(&self, range: Range) -> tax::TaxReport {
        tax::report(&self.world.system(), range).await.unwrap()
    }
}

fn part(documents: i64, net_minor: i64, other_base_minor: i64, tax_minor: i64) -> tax::Part {
    tax::Part { documents, net_minor, other_base_minor, tax_minor }
}

#[tokio::test]
async fn the_tax_report_goes_by_tax_point_and_is_what_the_ledger_says() {
    let (shop, _) = Shop::with_a_past().await;

    let november = shop.tax(month("2026-11")).await;
    // A 50.000, E 30.000, F 80.000, G 60.000, I 90.000; B, C, D and J are unpaid, void, partly paid, taken back.
    assert_eq!(november.taxed, part(5, 310_000, 284_166, 34_100));
    assert_eq!(november.returned, part(2, -19_000, -17_417, -2_090));
    assert_eq!(november.exempt, part(1, 25_000, 0, 0));
    assert_eq!(november.total().tax_minor, 32_010);
    assert_eq!((november.tie.booked_minor, november.tie.elsewhere_minor), (52_910, 20_900));
    assert!(november.tie.holds(), "{:?}", november.tie);

    // B is paid and A given back in December: a credit note in a later month than its invoice lowers the later month.
    let december = shop.tax(month("2026-12")).await;
    assert_eq!(december.taxed, part(2, 59_999, 45_832 + 9_167, 6_600));
    assert_eq!(december.returned, part(1, -50_000, -45_833, -5_500));
    assert_eq!((december.tie.booked_minor, december.tie.earlier_minor), (-4_400, 5_500));
    assert!(december.tie.holds(), "{:?}", december.tie);

    // Everything ever declared is the tax account, less what is not due yet: D and J.
    let year = shop.tax(Range::year_of(day("2026-12-11"))).await;
    let not_due = 11_000 + 4_400;
    assert_eq!(year.total().tax_minor, -shop.balance_of("tax_payable").await - not_due);
    assert_eq!(shop.tax(month("2026-10")).await.total(), tax::Part::default());
}

#[tokio::test]
async fn the_months_of_a_chart_are_the_reports_of_those_months() {
    let (shop, owed) = Shop::with_a_past().await;
    let ctx = shop.world.system();
    let charted = month("2026-12").charted();

    let taxed = tax::by_month(&ctx, charted).await.unwrap();
    let closing = wallets::report(&ctx, month("2026-12")).await.unwrap().closing_minor;
    let wallets = wallets::by_month(&ctx, charted, closing).await.unwrap();

    let words: Vec<&str> = taxed.iter().map(|(month, _)| month.as_str()).collect();
    assert_eq!((words.len(), words[0], words[11]), (12, "2026-01", "2026-12"));
    for (word, minor) in &taxed {
        assert_eq!(*minor, shop.tax(month(word)).await.total().tax_minor, "{word}");
    }
    assert_eq!((taxed[10].1, taxed[11].1), (32_010, 1_100));
    assert_eq!(
        wallets[9..],
        [("2026-10".to_owned(), 0), ("2026-11".to_owned(), owed), ("2026-12".to_owned(), closing)]
    );
    let received = gateways::report(&ctx, month("2026-11")).await.unwrap();
    let by_account: i64 = received.received_by_account().iter().map(|(.., minor)| *minor).sum();
    assert_eq!(by_account, received.total().received_minor);
}

#[tokio::test]
async fn a_report_that_does_not_agree_with_the_ledger_says_so() {
    let shop = Shop::open().await;
    shop.sells(&shop.budi, 50_000).await;
    shop.tops_up(&shop.siti, 20_000).await;
    shop.world.invoice(&shop.siti, &[10_000]).await;
    let (ctx, november) = (shop.world.system(), month("2026-11"));
    assert!(shop.tax(november).await.tie.holds());

    // Somebody writes into the ledger by hand.
    shop.world.lowers_the_guards().await;
    entry::Entity::update_many()
        .col_expr(entry::Column::AmountMinor, Expr::col(entry::Column::AmountMinor).add(7))
        .exec(&ctx.db)
        .await
        .unwrap();
    account::Entity::update_many()
        .col_expr(account::Column::BalanceMinor, Expr::col(account::Column::BalanceMinor).add(3))
        .exec(&ctx.db)
        .await
        .unwrap();

    assert!(!shop.tax(november).await.tie.holds());
    assert!(!revenue::report(&ctx, november).await.unwrap().ties());
    assert!(!wallets::report(&ctx, november).await.unwrap().ties());
    let at = ageing::end_of(&ctx, day("2026-11-21"));
    assert!(!ageing::report(&ctx, at).await.unwrap().ties());
}

#[tokio::test]
async fn documents_of_the_tax_report_come_page_by_page_and_sum_to_it() {
    let (shop, _) = Shop::with_a_past().await;
    let ctx = shop.world.system();
    let (november, december) = (month("2026-11"), month("2026-12"));
    let mut seen = Vec::new();
    let mut request = PageRequest { after: None, limit: 2 };
    loop {
        let page = tax::rows(&ctx, november, Listed::Invoices, &request).await.unwrap();
        seen.extend(page.rows);
        let Some(cursor) = page.next_cursor else { break };
        request = PageRequest::parse(Some(&cursor), Some(2)).unwrap();
    }

    let all = tax::all_rows(&ctx, november, Listed::Invoices).await.unwrap();
    assert_eq!(seen, all);
    let report = shop.tax(november).await;
    assert_eq!(all.len(), 6, "five taxed and one exempt");
    assert_eq!(all.iter().map(|row| row.tax_minor).sum::<i64>(), report.taxed.tax_minor);
    assert_eq!(all.iter().map(|row| row.other_base_minor).sum::<i64>(), report.taxed.other_base_minor);
    let exempt: Vec<_> = all.iter().filter(|row| row.taxed == 0).collect();
    assert_eq!((exempt.len(), exempt[0].exempt_reason()), (1, Some("Kedutaan")));
    let returned = tax::all_rows(&ctx, december, Listed::Returns).await.unwrap();
    assert_eq!((returned.len(), returned[0].net_minor, returned[0].tax_minor), (1, -50_000, -5_500));
    assert_eq!(returned[0].invoice_number.as_deref(), Some("INV/2026/000001"));
    assert_eq!(returned[0].buyer_name(), "Budi Santoso");
}

#[tokio::test]
async fn a_month_ends_at_midnight_in_jakarta() {
    let shop = Shop::open().await;
    let until = |shop: &Shop, text: &str| text.parse::<DateTime<Utc>>().unwrap() - shop.world.services.clock.now();
    let first = shop.world.invoice(&shop.budi, &[1_000]).await;
    let second = shop.world.invoice(&shop.budi, &[2_000]).await;
    shop.world.advance(until(&shop, "2026-11-30T16:59:59.999999Z"));
    shop.receives(&first, first.total_minor).await;
    shop.world.advance(until(&shop, "2026-11-30T17:00:00Z"));
    shop.receives(&second, second.total_minor).await;

    assert_eq!(shop.tax(month("2026-11")).await.taxed.net_minor, 1_000);
    assert_eq!(shop.tax(month("2026-12")).await.taxed.net_minor, 2_000);
    let ctx = shop.world.system();
    let months =
        revenue::report(&ctx, Range { from: day("2026-11-01"), until: day("2027-01-01") }).await.unwrap().months;
    let received: Vec<(&str, i64)> = months.iter().map(|month| (month.month.as_str(), month.received_minor)).collect();
    assert_eq!(received, [("2026-11", 1_110), ("2026-12", 2_220)]);
}

#[tokio::test]
async fn a_seller_who_is_no_pkp_declares_nothing() {
    let (world, gateway) = with_gateway().await;
    let (budi, siti) = (world.customer().await, world.customer().await);
    let shop = Shop { world, gateway, budi, siti };
    shop.sells(&shop.budi, 50_000).await;
    let report = shop.tax(month("2026-11")).await;
    assert!(!report.is_pkp && report.exempt.documents == 0 && report.taxed.documents == 0);
    assert!(report.tie.holds());
}

#[tokio::test]
async fn what_was_issued_is_the_revenue_of_the_ledger_and_what_was_received_lies_at_the_gateway() {
    let (shop, _) = Shop::with_a_past().await;
    let ctx = shop.world.system();
    let report = revenue::report(&ctx, Range::year_of(day("2026-12-11"))).await.unwrap();
    let total = report.total();

    assert!(report.ties(), "{report:?}");
    assert_eq!(total.issued_minor(), -shop.balance_of("revenue").await);
    assert_eq!((total.voided_minor, total.credited_minor), (70_000, 69_000));
    assert_eq!(total.kept_minor(), shop.balance_of("gateway_clearing").await + shop.balance_of("bank").await);
    assert_eq!((total.refunded_minor, total.reversed_minor), (11_100, 44_400));
    assert_eq!(report.months.len(), 12, "months without anything are there too");
    let by_product: i64 = report.products.iter().map(|product| product.issued_minor).sum();
    assert_eq!(by_product, total.issued_minor());
    // Paid in full: A, B, E, F, G, H, I and the last one.
    let paid: i64 = report.products.iter().map(|product| product.paid_minor).sum();
    assert_eq!(paid, 50_000 + 49_999 + 30_000 + 80_000 + 60_000 + 25_000 + 90_000 + 10_000);
}

#[tokio::test]
async fn revenue_is_told_by_the_product_of_the_contract() {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    world.gives(&budi, 55_500).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&placed).await;

    let report = revenue::report(&world.system(), month("2026-11")).await.unwrap();
    assert_eq!(report.products.len(), 1);
    assert_eq!(report.products[0].name.as_deref(), Some("GHOST"));
    assert_eq!((report.products[0].issued_minor, report.products[0].paid_minor), (50_000, 50_000));
    assert_eq!(report.total().received_minor, 0, "money of a wallet is not received again");
}

#[tokio::test]
async fn receivables_are_those_of_the_ledger_today_and_on_any_day_before() {
    let (shop, _) = Shop::with_a_past().await;
    let ctx = shop.world.system();
    let now = ageing::report(&ctx, ageing::end_of(&ctx, day("2026-12-11"))).await.unwrap();
    assert!(now.ties(), "{now:?}");
    // D less its part, and J, which the gateway took back.
    assert_eq!(now.ages.total_minor(), 91_000 + 44_400);
    assert_eq!(now.ages.total_minor(), shop.balance_of("receivable").await);
    assert_eq!((now.customers, now.invoices, now.ages.days_30_minor), (1, 2, 135_400));

    // On the 21st of November B was open too, and nothing was due.
    let then = ageing::report(&ctx, ageing::end_of(&ctx, day("2026-11-21"))).await.unwrap();
    assert!(then.ties(), "{then:?}");
    assert_eq!(then.ages.total_minor(), 91_000 + 44_400 + 55_499);
    assert_eq!((then.customers, then.invoices, then.ages.overdue_minor()), (2, 3, 0));
    let before = ageing::report(&ctx, ageing::end_of(&ctx, day("2026-11-20"))).await.unwrap();
    assert_eq!((before.ages.total_minor(), before.ledger_minor), (0, 0));

    let first = ageing::debtors(&ctx, then.at, &PageRequest { after: None, limit: 1 }).await.unwrap();
    assert_eq!(
        (first.rows[0].customer_id.as_str(), first.rows[0].ages.total_minor()),
        (shop.siti.id.as_str(), 135_400)
    );
    let request = PageRequest::parse(first.next_cursor.as_deref(), Some(1)).unwrap();
    let second = ageing::debtors(&ctx, then.at, &request).await.unwrap();
    assert_eq!((second.rows[0].customer_id.as_str(), second.next_cursor), (shop.budi.id.as_str(), None));
}

#[tokio::test]
async fn a_debt_grows_older_by_days_of_its_due_date() {
    let shop = Shop::open().await;
    shop.world.invoice(&shop.budi, &[1_000]).await;
    let ctx = shop.world.system();
    let due = ctx.now() + Duration::days(7);
    for (days, place) in [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (400, 4)] {
        let at = due + Duration::days(days);
        let ages = ageing::report(&ctx, at).await.unwrap().ages.each();
        let expected: Vec<i64> = (0..5).map(|age| if age == place { 1_110 } else { 0 }).collect();
        assert_eq!(ages.to_vec(), expected, "{days} days after");
    }
}

#[tokio::test]
async fn gateways_changed_by_what_the_report_lists() {
    let (shop, _) = Shop::with_a_past().await;
    let ctx = shop.world.system();
    let (november, december) = (month("2026-11"), month("2026-12"));
    let first = gateways::report(&ctx, november).await.unwrap();
    let second = gateways::report(&ctx, december).await.unwrap();
    assert!(first.ties() && second.ties(), "{first:?} {second:?}");
    assert_eq!(first.balances.iter().map(|balance| balance.opening_minor).sum::<i64>(), 0);
    let closing: i64 = second.balances.iter().map(|balance| balance.closing_minor).sum();
    assert_eq!(closing, shop.balance_of("gateway_clearing").await + shop.balance_of("bank").await);
    let total = first.total();
    assert_eq!((total.refunds, total.refunded_minor, total.reversed_minor), (1, 11_100, 44_400));
    let line = &first.lines[0];
    assert_eq!(
        (line.gateway.as_deref(), line.method.as_deref(), line.name.as_deref()),
        (Some("scripted"), Some("qris"), Some("Scripted"))
    );
    // A, D, E, F, H, I, J and the top-up; G came from the wallet.
    assert_eq!(
        (line.payments, line.received_minor),
        (8, 55_500 + 20_000 + 40_000 + 88_800 + 25_000 + 89_910 + 44_400 + 100_000)
    );
}

#[tokio::test]
async fn wallets_are_what_the_ledger_owes_and_their_histories_explain_it() {
    let (shop, owed) = Shop::with_a_past().await;
    let ctx = shop.world.system();
    let november = wallets::report(&ctx, month("2026-11")).await.unwrap();
    let december = wallets::report(&ctx, month("2026-12")).await.unwrap();
    assert!(november.ties() && december.ties(), "{november:?} {december:?}");
    assert_eq!((november.opening_minor, november.closing_minor), (0, owed));
    assert_eq!((december.opening_minor, december.closing_minor), (owed, -shop.balance_of("wallet").await));
    let moved: Vec<(&str, i64)> =
        november.movements.iter().map(|moved| (moved.r#type.as_str(), moved.in_minor - moved.out_minor)).collect();
    assert_eq!(moved, [("top_up", 100_000), ("payment", -66_600), ("overpayment", 6_700)]);
    assert_eq!(december.movements.len(), 1, "the refund of A");

    let first = wallets::holders(&ctx, month("2026-12"), &PageRequest { after: None, limit: 1 }).await.unwrap();
    assert_eq!(
        (first.rows[0].customer_id.as_str(), first.rows[0].balance_minor),
        (shop.budi.id.as_str(), 33_400 + 55_500)
    );
    let request = PageRequest::parse(first.next_cursor.as_deref(), Some(1)).unwrap();
    let second = wallets::holders(&ctx, month("2026-12"), &request).await.unwrap();
    assert_eq!((second.rows[0].balance_minor, second.next_cursor), (6_700, None));
}

#[tokio::test]
async fn recurring_revenue_is_what_contracts_come_to_in_a_month() {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    let plan = world.plan(&ghost, "ghost-basic", 1, 9).await;
    let (budi, siti) = (world.buyer("budi").await, world.buyer("siti").await);
    for buyer in [&budi, &siti] {
        for _ in 0..2 {
            world.gives(buyer, 900_000).await;
        }
    }
    let ctx = world.system();
    let (monthly, kept) =
        (world.orders(&budi, "ghost-basic").await.unwrap(), world.orders(&siti, "ghost-basic").await.unwrap());
    let mut yearly = world.checkout(&siti, &["ghost-basic"]);
    yearly.items[0].cycle = "annually".to_owned();
    let yearly = yumna::domain::ordering::place(&ctx, yearly).await.unwrap();
    let unpaid = world.orders(&siti, "ghost-basic").await.unwrap();
    for placed in [&monthly, &kept, &yearly] {
        world.pays(placed).await;
    }

    let only = month("2026-11");
    let november = mrr::report(&ctx, only).await.unwrap();
    // Rp 500.000 a year is Rp 41.667 a month; what was never paid does not count.
    assert_eq!(november.months[0].end_minor(), 50_000 + 50_000 + 41_667);
    assert_eq!((november.months[0].contracts, november.months[0].customers_end), (3, 2));
    assert_eq!((november.products[0].name.as_str(), november.products[0].mrr_minor), ("GHOST", 141_667));
    assert_eq!(world.contract(&unpaid).await.activated_at, None);
    // The monthly ones are what the ledger earned with them; the yearly one earned twelve months.
    let earned = revenue::report(&ctx, only).await.unwrap().total().issued_minor();
    assert_eq!(earned, 50_000 * 3 + 500_000);

    // December: Siti's monthly contract becomes dearer, Budi's ends and with it Budi.
    world.advance(Duration::days(14));
    let changed = world.contract(&kept).await;
    becomes_dearer(&world, &changed, &plan.id, 80_000).await;
    let ended = subscription::ActiveModel {
        id: Set(world.contract(&monthly).await.id),
        status: Set(SubscriptionStatus::Terminated),
        terminated_at: Set(Some(ctx.now())),
        ..Default::default()
    };
    ended.update(&world.services.db).await.unwrap();

    let both = Range { from: day("2026-11-01"), until: day("2027-01-01") };
    let report = mrr::report(&ctx, both).await.unwrap();
    assert_eq!(report.months[0].end_minor(), 141_667, "the past stays what it was");
    let december = &report.months[1];
    assert_eq!((december.start_minor, december.new_minor), (141_667, 0));
    assert_eq!((december.expansion_minor, december.contraction_minor, december.churned_minor), (30_000, 0, 50_000));
    assert_eq!((december.end_minor(), december.contracts), (121_667, 2));
    assert_eq!((december.customers_start, december.customers_lost, december.customers_end), (2, 1, 1));
    assert_eq!(december.logo_churn_bp(), Some(5_000));
    let by_product: i64 = report.products.iter().map(|product| product.mrr_minor).sum();
    assert_eq!(by_product, december.end_minor());
}

async fn becomes_dearer(world: &World, contract: &subscription::Model, plan: &entity::value::PlanId, price: i64) {
    let now = world.services.clock.now();
    let change = plan_change::Model {
        id: PlanChangeId::generate(),
        subscription_id: contract.id.clone(),
        customer_id: contract.customer_id.clone(),
        status: PlanChangeStatus::Done,
        open_key: None,
        from_plan_id: plan.clone(),
        to_plan_id: plan.clone(),
        from_price_minor: contract.price_minor,
        from_tax_included: contract.tax_included,
        to_price_minor: price,
        to_tax_included: contract.tax_included,
        options: contract.options.clone(),
        from_cycle: contract.cycle,
        to_cycle: contract.cycle,
        takes_effect_on: None,
        period_end: day("2026-12-21"),
        lines: serde_json::json!([]),
        tax_minor: 0,
        total_minor: 0,
        currency: "IDR".to_owned(),
        valid_until: now,
        payment_id: None,
        hold_id: None,
        task_id: None,
        invoice_id: None,
        end_reason: None,
        agreed_by: None,
        created_at: now,
        updated_at: now,
    };
    plan_change::Entity::insert(change.into_active_model()).exec_without_returning(&world.services.db).await.unwrap();
    let dearer =
        subscription::ActiveModel { id: Set(contract.id.clone()), price_minor: Set(price), ..Default::default() };
    dearer.update(&world.services.db).await.unwrap();
}

/// A customer with a company name, and what else was filled in.
async fn company(shop: &Shop, name: &str, npwp: Option<&str>, street: Option<&str>) -> customer::Model {
    let row = shop.world.customer().await;
    let changed = customer::ActiveModel {
        id: Set(row.id.clone()),
        company: Set(Some(name.to_owned())),
        npwp: Set(npwp.map(str::to_owned)),
        street_1: Set(street.map(str::to_owned)),
        ..Default::default()
    };
    changed.update(&shop.world.services.db).await.unwrap()
}

#[tokio::test]
async fn the_export_for_coretax_has_everybody_who_can_be_exported_and_names_the_others() {
    let shop = Shop::open().await;
    let ctx = shop.world.system();
    let stored = settings::load(&ctx.db).await.unwrap().company;
    let text = str::to_owned;
    let seller = settings::Company {
        legal_name: text("PT Awan Nusantara Digital"),
        street: text("Jl. Kaliurang Km 5 No. 12"),
        city: text("Sleman"),
        postal_code: text("55281"),
        email: text("halo@awannusantara.test"),
        npwp: text("018550814412000"),
        bank_name: text("BCA"),
        bank_account: text("1234567890"),
        bank_account_name: text("PT Awan Nusantara Digital"),
        ..stored
    };
    settings::save_section(&ctx, seller).await.unwrap();
    let complete = company(&shop, "PT <Maju> & Co", Some("013456789012000"), Some("Jl. Kenanga 2")).await;
    let nameless = company(&shop, "CV Tanpa Nomor", None, None).await;
    let person = shop.budi.clone();
    for buyer in [&complete, &nameless, &person] {
        shop.sells(buyer, 50_000).await;
    }
    // Partly credited before it was paid, partly given back afterwards.
    let bill = shop.world.invoice(&complete, &[90_000]).await;
    shop.credits(&bill, 9_990).await;
    let pay = shop.receives(&bill, bill.total_minor - 9_990).await;
    shop.world.advance(Duration::minutes(5));
    shop.gives_back(&pay, 11_100, Destination::Gateway).await;
    let unpaid = shop.world.invoice(&complete, &[70_000]).await;

    let november = month("2026-11");
    let export = coretax::export(&ctx, november).await.unwrap();
    assert_eq!(export.seller_tin.as_deref(), Some("0018550814412000"));
    assert_eq!((export.invoices.len(), export.without_number, export.files()), (3, 1, 1));
    let left_out = &export.incomplete[0];
    assert_eq!((left_out.customer_id.as_str(), left_out.invoices), (nameless.id.as_str(), 1));
    assert_eq!(left_out.gaps, [Gap::Npwp, Gap::Address]);
    let reduced = export.invoices.iter().find(|one| Some(&one.number) == bill.number.as_ref()).unwrap();
    assert_eq!(
        (reduced.goods[0].net_minor, reduced.goods[0].discount_minor, reduced.goods[0].tax_minor),
        (81_000, 9_000, 8_910)
    );

    // What is in the file, what is left out and what was returned afterwards are the tax report.
    let report = shop.tax(november).await;
    assert_eq!(export.tax_minor + export.left_out_minor - 1_100, report.total().tax_minor);
    let xml = export.file(1).unwrap();
    assert!(xml.contains("<BuyerName>PT &lt;Maju&gt; &amp; Co</BuyerName>"), "{xml}");
    assert!(xml.contains("<BuyerIDTKU>0013456789012000000000</BuyerIDTKU>"), "{xml}");
    assert!(xml.contains("<BuyerDocument>Other ID</BuyerDocument>") && xml.contains("<TrxCode>04</TrxCode>"));
    assert!(!xml.contains(unpaid.number.as_deref().unwrap()) && !xml.contains("CV Tanpa Nomor"));
    assert_eq!(export.file(2), None);

    // Once the number is known, the invoice is in the file.
    let mut fixed = nameless.into_active_model();
    fixed.npwp = Set(Some("3273010101010001".to_owned()));
    fixed.street_1 = Set(Some("Jl. Mawar 3".to_owned()));
    fixed.update(&shop.world.services.db).await.unwrap();
    let export = coretax::export(&ctx, november).await.unwrap();
    assert_eq!((export.invoices.len(), export.incomplete.len(), export.left_out_minor), (4, 0, 0));
}

#[tokio::test]
async fn without_the_sellers_number_there_is_no_file() {
    let shop = Shop::open().await;
    shop.sells(&shop.budi, 50_000).await;
    let export = coretax::export(&shop.world.system(), month("2026-11")).await.unwrap();
    assert_eq!((export.seller_tin.as_ref(), export.file(1)), (None, None));
}
